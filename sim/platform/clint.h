// SPDX-License-Identifier: Apache-2.0
// Timer and inter-processor interrupts, at the addresses of RISC-V's CLINT.
//
//     0x0000 + 4*core  msip      RW  bit 0 raises that core's inter-processor interrupt
//     0x4000 + 8*core  mtimecmp  RW  64 bits in one access; the timer interrupt is high while
//                                    mtime >= mtimecmp. Reset: never.
//     0xbff8           mtime     RO  64 bits in one access: the bus clock's number
//
// Timing: kAccessClocks; an interrupt line changes in the clock after the access.
// Refused: other addresses (address error), other sizes (burst error), atomics (command error),
// unprivileged writes (generic error).
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/platform/interrupt_inputs.h"

namespace lockarb {

class Clint : public sc_core::sc_module {
 public:
  static constexpr uint64_t kAccessClocks = 1;
  static constexpr uint64_t kMsip = 0x0;
  static constexpr uint64_t kMtimecmp = 0x4000;
  static constexpr uint64_t kMtime = 0xbff8;
  static constexpr uint64_t kSize = 0xc000;

  tlm_utils::simple_target_socket<Clint> tsock{"tsock"};

  // The interrupt inputs of each core, in order; they outlive the device.
  Clint(const sc_core::sc_module_name &name, std::vector<InterruptInputs *> cores);

 private:
  void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);
  void set_timer(unsigned core, uint64_t deadline, uint64_t at);

  const std::vector<InterruptInputs *> cores_;
  std::vector<uint32_t> msip_;
  std::vector<uint64_t> mtimecmp_;
};

}  // namespace lockarb
