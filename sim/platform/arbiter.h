// SPDX-License-Identifier: Apache-2.0
// The arbiter as a SystemC module: a TLM target in front, the AXI4-Lite pins of the Verilated RTL
// behind. It is part of our platform, and of anybody's who links lockarb::Arbiter.
//
// One owner drives the pins: b_transport() does one transfer at a time, and between transfers only
// run_on(), a process of the module, evaluates clocks. b_transport() never waits. It may be called
// from any process, with any delay; a transfer that would begin before the last one has ended
// begins then.
//
// Clock on demand
//   - The arbiter's clock has 10 ns and begins at time 0 (sim/model/units.h). SystemC's time
//     resolution must be its default, 1 ps. A time between two clocks counts as the later one.
//   - A transfer evaluates the clocks that it lasts, ahead of the kernel's time, and returns their
//     number in `delay`. Clocks before it that had nothing to do are skipped (arbiter_model.h).
//   - While busy_o stays high after a transfer, run_on() evaluates further, but never past the
//     clock in which the next transfer could reach the pins.
//   - Interrupt lines change in the clock in which the RTL changed them, although the model may
//     have run ahead.
//
// Who accesses is said by BusAccess, an extension of the transaction. One without it counts as
// privileged, and of the core whose window it names.
//
// What lies within one word goes to the pins as AXI4-Lite has it: a read is of the whole word, a
// write has byte lanes. Refused before a pin moves: addresses from kSize on (address error), what
// is not within a word (burst error), byte enables of a read, atomics (command error).
// The lock monitor watches; when it disagrees, the transfer (or run_on()) throws what it says.
// An error answer of the RTL becomes TLM_GENERIC_ERROR_RESPONSE (SLVERR) or
// TLM_ADDRESS_ERROR_RESPONSE (DECERR).
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <systemc>

#include "sim/model/arbiter_model.h"

namespace lockarb {

class BitFlips;
class BusRecord;
class LockMonitor;
class ReplayCheck;

class Arbiter : public sc_core::sc_module {
 public:
  static constexpr uint64_t kSize = 0x2000000;

  struct Options {
    ArbiterModel::Options model;
    // What a bus in front of tsock promises: a transfer reaches the pins so many clocks after its
    // initiator has acted, and the next one so many clocks after its answer.
    uint64_t request_clocks = 0;
    uint64_t turnaround_clocks = 0;
  };
  // Binds to an sc_signal<bool>.
  using InterruptPort =
      sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

  tlm_utils::simple_target_socket<Arbiter> tsock{"tsock"};
  sc_core::sc_vector<InterruptPort> irq{"irq"};  // level, one for each core; may be left unbound

  // For a part of the machine that runs ahead of the kernel's time: if it is set, it is told of
  // each change of an interrupt line at once, with the clock from which on it is so.
  std::function<void(unsigned core, bool level, uint64_t clock)> interrupt;

  // Throws std::runtime_error when there is no such model, or SystemC's time resolution is not 1
  // ps.
  explicit Arbiter(const sc_core::sc_module_name &name);
  Arbiter(const sc_core::sc_module_name &name, const Options &options);
  ~Arbiter() override;

  ArbiterModel &model() { return *model_; }
  // Every transfer and interrupt edge is handed to `check` from now on.
  void record(ReplayCheck *check) { replay_ = check; }
  // Every transfer and flipped bit is kept in it from now on.
  void record(BusRecord *record) { record_ = record; }
  // Its bits flip when their time has come.
  void strike(BitFlips *flips) { flips_ = flips; }
  // The run ends in this clock.
  void finish(uint64_t cycle);

 private:
  void start_of_simulation() override;
  void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);
  void run_on();
  void drive_ports();
  void flip_until(uint64_t clock);
  void settle(uint64_t until);

  const uint64_t request_clocks_;
  const uint64_t turnaround_clocks_;
  const std::unique_ptr<ArbiterModel> model_;
  const std::unique_ptr<LockMonitor> monitor_;
  uint32_t lines_ = 0;
  ReplayCheck *replay_ = nullptr;
  BusRecord *record_ = nullptr;
  BitFlips *flips_ = nullptr;
  sc_core::sc_event more_;  // run_on() has something to do
  bool ports_bound_ = false;
  uint32_t driven_ = 0;            // what the ports show
  std::deque<InterruptEdge> due_;  // what they do not show yet
  sc_core::sc_event port_changes_;
};

}  // namespace lockarb
