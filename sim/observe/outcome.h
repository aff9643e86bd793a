// SPDX-License-Identifier: Apache-2.0
// How a run ended.
#pragma once

namespace lockarb {

enum class Outcome {
  kEnded,        // every thread has ended
  kHalted,       // the software stopped the machine: bug check, failed DriverEntry
  kStuck,        // threads are left and none can ever run again
  kFailed,       // bus error or an error of the machine itself
  kInterrupted,  // a signal asked for the end
  kAbandoned,    // what the run was to write cannot be written
};

constexpr const char *outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kEnded:
      return "ended";
    case Outcome::kHalted:
      return "halted";
    case Outcome::kStuck:
      return "stuck";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kInterrupted:
      return "interrupted";
    case Outcome::kAbandoned:
      return "abandoned";
  }
  return "";
}

}  // namespace lockarb
