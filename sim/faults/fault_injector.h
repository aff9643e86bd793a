// SPDX-License-Identifier: Apache-2.0
// Lets the faults of a run strike where they would on a board: on the bus, on the wire from the
// arbiter to a core, and in the arbiter's RAMs; kills threads and resets
// cores.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <systemc>
#include <vector>

#include "executive/port.h"
#include "sim/faults/fault_account.h"
#include "sim/faults/hostile.h"
#include "sim/platform/interrupt_inputs.h"

namespace lockarb {

// Lets the faults of a run strike, and keeps account of them.
class FaultInjector : public sc_core::sc_module {
 public:
  FaultInjector(const sc_core::sc_module_name &name, const std::vector<Fault> &faults,
                std::vector<InterruptInputs *> cores);

  const FaultAccount &account() const { return account_; }

  // Resets a core.
  std::function<void(unsigned core)> reset;

  // The platform's bus asks this about each access of a core.
  BusFault on_access(unsigned core, const tlm::tlm_generic_payload &transaction, uint64_t clock);
  // The clock in which an edge of the arbiter's line arrives at the core; kNever: not at all.
  uint64_t on_edge(unsigned core, bool level, uint64_t clock);

  // For the arbiter; nullptr: the run has none.
  BitFlips *flips() { return account_.flips(); }

  // Some accesses of the hostile program that is fault `number`: as workload_attack().
  bool attack(unsigned number, uint64_t *rest);

  // What software tells about its threads, in clock `clock`.
  void note(const struct port_note &note, uint64_t clock);

  // The run is over. `stop` says why it did not end by itself; empty: it did.
  void conclude(const std::string &stop);

 private:
  // A thread that has not ended.
  struct Victim {
    unsigned number = 0;
    std::string owned;       // once it is killed
    unsigned cancelled = 0;  // waits
  };

  const std::vector<Fault> &faults() const { return account_.faults(); }
  void strike_in_time();
  void kill(std::size_t index, uint64_t clock);
  // Of the last reset of the core that has struck.
  FaultResult &last_reset(unsigned core);

  FaultAccount account_;
  const std::vector<InterruptInputs *> cores_;
  std::map<unsigned, Hostile> hostiles_;   // by number of the fault
  std::vector<std::string> running_;       // on each core; empty: nothing
  std::map<std::string, Victim> threads_;  // by name
  sc_core::sc_event due_;
};

}  // namespace lockarb
