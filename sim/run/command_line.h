// SPDX-License-Identifier: Apache-2.0
// What all commands have in common: exit codes, and how an error is said.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lockarb {

// What the process ends with.
enum ExitCode {
  kExitOk = 0,
  kExitHalted = 1,  // or the code that the software gave
  kExitUsage = 2,
  kExitStuck = 3,
  kExitMismatch = 4,
  kExitFailed = 5,
  kExitSignal = 128,  // and the number of the signal
};

// Parses the command line and runs `action`; prints usage errors and what it throws. What goes to
// the standard output and cannot be written there makes kExitUsage of any exit code.
int command_line(CLI::App *app, int argc, char **argv, const std::function<int()> &action);

// For options: `transform(whole_number(...))`, `check(one_of(...))`. What they refuse is told with
// option, value, and range or choices.
CLI::Validator whole_number(uint64_t min, uint64_t max);
CLI::Validator one_of(std::vector<std::string> choices);

}  // namespace lockarb
