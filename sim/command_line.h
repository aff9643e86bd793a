// What all commands have in common: exit codes, and how an error is said.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace lockarb {

// What the process ends with.
enum ExitCode {
  kExitOk = 0,
  kExitHalted = 1,  // or the code that the software gave
  kExitUsage = 2,
  kExitStuck = 3,
  kExitMismatch = 4,
  kExitFailed = 5,
  kExitInterrupted = 130,
};

// Parses the command line and runs `action`; prints usage errors and what it throws.
int command_line(CLI::App *app, int argc, char **argv, const std::function<int()> &action);

}  // namespace lockarb
