// SPDX-License-Identifier: Apache-2.0
#include "sim/faults/fault.h"

namespace lockarb {

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
