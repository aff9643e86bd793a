// SPDX-License-Identifier: Apache-2.0
// One run of a program on the simulated SoC.
#pragma once

#include <cstdint>
#include <string>

#include "sim/run/run_options.h"

namespace lockarb::soc {

struct CoreRun {
  std::string file;   // an ELF file
  std::string name;   // of what runs, for the report
  std::string again;  // the command that runs it, with its cores and without other options
  unsigned cores = 0;
  std::string scenario;   // that it was made from, which no output may overwrite; empty: none
  std::string faults;     // a scenario whose faults strike; empty: none
  bool is_quiet = false;  // of a program that tells nothing: no table
  bool marks = false;
  RunOptions options;
};

// Runs and reports; returns what the process ends with. Throws as run_simulation() does.
int run(const CoreRun &request);

}  // namespace lockarb::soc
