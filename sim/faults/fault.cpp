// SPDX-License-Identifier: Apache-2.0
#include "sim/faults/fault.h"

#include <stdexcept>

namespace lockarb {
namespace {

// nullptr: they can have it.
const char *why_not_on_cores(FaultKind kind) {
  switch (kind) {
    case FaultKind::kHostile:
      return "a hostile program is software of the simulated platform";
    case FaultKind::kKillThread:
      return "nobody outside of the cores reaches their threads";
    case FaultKind::kResetCore:
      return "sw/port/riscv does not start a core again";
    default:
      return nullptr;
  }
}

}  // namespace

const char *fault_name(FaultKind kind) {
  switch (kind) {
    case FaultKind::kBusError:
      return "bus_error";
    case FaultKind::kBusStall:
      return "bus_stall";
    case FaultKind::kLateInterrupt:
      return "late_interrupt";
    case FaultKind::kLostInterrupt:
      return "lost_interrupt";
    case FaultKind::kSpuriousInterrupt:
      return "spurious_interrupt";
    case FaultKind::kFlipBit:
      return "flip_bit";
    case FaultKind::kHostile:
      return "hostile";
    case FaultKind::kKillThread:
      return "kill_thread";
    case FaultKind::kResetCore:
      return "reset_core";
  }
  return "";
}

void refuse_faults_of_host_threads(const std::string &scenario, const std::vector<Fault> &faults) {
  for (const Fault &fault : faults) {
    const char *why = why_not_on_cores(fault.kind);
    if (why == nullptr) continue;
    throw std::runtime_error(scenario + ": " + fault.text + " is not for --machine riscv: " + why +
                             "; take it away, or leave out --machine riscv");
  }
}

const char *fault_outcome_name(FaultOutcome outcome) {
  switch (outcome) {
    case FaultOutcome::kNone:
      return "did not strike";
    case FaultOutcome::kHarmless:
      return "harmless";
    case FaultOutcome::kBefore:
      return "before the stop";
    case FaultOutcome::kNamed:
      return "named";
  }
  return "";
}

}  // namespace lockarb
