// SPDX-License-Identifier: Apache-2.0
// One simulation from the command line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/platform/platform.h"
#include "sim/run/run_options.h"

namespace lockarb {

struct RunRequest {
  std::string name;
  std::string scenario;  // its file; empty: a program
  unsigned cores;
  uint64_t seed;
  unsigned resource_flags;  // LOCKARB_RESOURCE_...
  std::vector<Fault> faults;
  void (*first)(void *);
  void *argument;
  std::function<double()> done;  // 0..1, for the progress bar; empty when nobody knows
  uint64_t patience = 0;         // in clocks
};

// Runs and reports; returns what the process ends with. Throws std::runtime_error when an option
// does not make sense or a file cannot be opened, and nothing has run then; or when an output could
// not be written to its end, and nothing of it stays then.
int run_simulation(const RunRequest &request, const RunOptions &options);

}  // namespace lockarb
