// SPDX-License-Identifier: Apache-2.0
// A fault of the machine around the arbiter, and what came of it: data of a scenario's key
// `faults:` and of a report (sim/README.md, "Faults").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/reference/ram.h"
#include "sim/run/workload.h"

namespace lockarb {

enum class FaultKind {
  kBusError,
  kBusStall,
  kLateInterrupt,
  kLostInterrupt,
  kSpuriousInterrupt,
  kFlipBit,
  kHostile,
  kKillThread,
  kResetCore,
};

// Thread slots that a hostile program uses which has a lock of its own: the arbiter's last ones.
constexpr unsigned kHostileSlots = 4;

// A fault as the scenario has it. What a kind does not use is 0.
struct Fault {
  FaultKind kind;
  std::string text;  // for reports: "bus_error of core 1 at its access 17"
  unsigned core = 0;
  std::string thread;        // its name
  uint64_t access = 0;       // of the core, from 1
  uint64_t at = 0;           // clock from which on it strikes
  uint64_t clocks = 0;       // that it lasts
  bool carried_out = false;  // kBusError: the device did what the access says
  RamBit bit{};              // kFlipBit
  struct {
    uint64_t accesses = 0;
    workload_range rest{};  // clocks between two bursts of them
    bool privileged = false;
    std::optional<unsigned> lock;  // that it may do to what it likes
    uint64_t seed = 0;
  } hostile;
};

const char *fault_name(FaultKind kind);

// Throws std::runtime_error when one of them is nothing for RISC-V cores (--machine riscv).
void refuse_faults_of_host_threads(const std::string &scenario, const std::vector<Fault> &faults);

// What came of a fault in the end.
enum class FaultOutcome {
  kNone,      // it did not strike
  kHarmless,  // the run ended as without it
  kBefore,    // the run was stopped after it, but it is nothing that stops one
  kNamed,     // the run was stopped after it, and the report says by what
};
const char *fault_outcome_name(FaultOutcome outcome);

struct FaultResult {
  bool struck = false;
  uint64_t clock = 0;
  std::string what;       // it met
  uint64_t address = 0;   // kBusError, kBusStall: of the access
  std::string found;      // kFlipBit: the access whose answer told of it; empty: none
  uint64_t found_in = 0;  //   and the clock of that
  FaultOutcome outcome = FaultOutcome::kNone;
};

}  // namespace lockarb
