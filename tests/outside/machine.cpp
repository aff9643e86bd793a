// SPDX-License-Identifier: Apache-2.0
// A machine of somebody else's: two masters, wired to the arbiter without a bus. Their software is
// masters.c.
#include <tlm_utils/simple_initiator_socket.h>

#include <systemc>

#include "hal/mmio.h"
#include "sim/platform/arbiter.h"

extern "C" {
extern int handed_over;
void run_master(unsigned core);
void wait_clocks(unsigned n);
void wait_for_interrupt(unsigned core);
}

namespace {

struct Masters : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<Masters> isock{"isock"};
  sc_core::sc_vector<sc_core::sc_in<bool>> irq{"irq", 2};

  SC_CTOR(Masters) {
    SC_THREAD(master0);
    SC_THREAD(master1);
  }
  void master0() { run_master(0); }
  void master1() { run_master(1); }

  void access(tlm::tlm_command command, uint64_t address, uint32_t *value) {
    tlm::tlm_generic_payload transaction;
    transaction.set_command(command);
    transaction.set_address(address);
    transaction.set_data_ptr(reinterpret_cast<unsigned char *>(value));
    transaction.set_data_length(sizeof *value);
    transaction.set_streaming_width(sizeof *value);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    isock->b_transport(transaction, delay);
    if (transaction.is_response_error()) {
      SC_REPORT_FATAL("masters", transaction.get_response_string().c_str());
    }
    wait(delay);
  }
};

Masters *masters;

}  // namespace

uint32_t mmio_read32(uintptr_t address) {
  uint32_t value = 0;
  masters->access(tlm::TLM_READ_COMMAND, address, &value);
  return value;
}
void mmio_write32(uintptr_t address, uint32_t value) {
  masters->access(tlm::TLM_WRITE_COMMAND, address, &value);
}
void wait_clocks(unsigned n) { sc_core::wait(10 * n, sc_core::SC_NS); }
void wait_for_interrupt(unsigned core) {
  if (!masters->irq[core].read()) sc_core::wait(masters->irq[core].posedge_event());
}

int sc_main(int, char **) {
  lockarb::Arbiter arbiter("arbiter");
  Masters both("two_masters");
  sc_core::sc_vector<sc_core::sc_signal<bool>> line("line", 2);
  masters = &both;
  both.isock.bind(arbiter.tsock);
  for (unsigned core = 0; core < 2; ++core) {
    arbiter.irq[core].bind(line[core]);
    both.irq[core].bind(line[core]);
  }
  sc_core::sc_start();
  return handed_over == 1 ? 0 : 1;
}
