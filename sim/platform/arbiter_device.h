// The arbiter on the bus: a TLM target in front, the AXI4-Lite pins of the Verilated RTL behind.
//
// One owner drives the pins: the bus calls b_transport() for one transfer at a time, and between
// transfers only run_on(), the device's own process, evaluates clocks.
//
// Clock on demand
//   - A transfer evaluates the clocks that it lasts, ahead of the kernel's time, and returns their
//     number in `delay`. Clocks before it that had nothing to do are skipped (arbiter_model.h).
//   - While busy_o stays high after a transfer, run_on() evaluates further, but never past the
//   clock
//     in which the next transfer could reach the pins.
//   - Interrupt lines change in the clock in which the RTL changed them, although the model may
//   have
//     run ahead.
//
// What lies within one word goes to the pins as AXI4-Lite has it: a read is of the whole word, a
// write has byte lanes. Refused before a pin moves: what does not (burst error), byte enables of a
// read, atomics (command error).
// The lock monitor watches; when it disagrees, the transfer (or run_on()) throws what it says.
// An error answer of the RTL becomes TLM_GENERIC_ERROR_RESPONSE (SLVERR) or
// TLM_ADDRESS_ERROR_RESPONSE (DECERR).
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "sim/model/arbiter_model.h"
#include "sim/model/replay_check.h"
#include "sim/platform/interrupt_inputs.h"
#include "sim/reference/lock_monitor.h"

namespace lockarb {

class ArbiterDevice : public sc_core::sc_module {
 public:
  static constexpr uint64_t kSize = 0x2000000;

  tlm_utils::simple_target_socket<ArbiterDevice> tsock{"tsock"};

  // `turnaround`: the bus lets at least so many clocks pass between two transfers at the pins.
  ArbiterDevice(const sc_core::sc_module_name &name, const ArbiterModel::Options &options,
                uint64_t turnaround, std::vector<InterruptInputs *> cores);

  ArbiterModel &model() { return *model_; }
  // Every transfer and interrupt edge is handed to `check` from now on.
  void record(ReplayCheck *check) { replay_ = check; }
  // Its bits flip when their time has come.
  void strike(BitFlips *flips) { flips_ = flips; }
  // The run ends in this clock.
  void finish(uint64_t cycle);

 private:
  void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);
  void run_on();
  void flip_until(uint64_t clock);
  void settle(uint64_t until);

  const uint64_t turnaround_;
  const std::unique_ptr<ArbiterModel> model_;
  const std::vector<InterruptInputs *> cores_;
  LockMonitor monitor_;
  uint32_t lines_ = 0;
  ReplayCheck *replay_ = nullptr;
  BitFlips *flips_ = nullptr;
  sc_core::sc_event more_;  // run_on() has something to do
};

}  // namespace lockarb
