// SPDX-License-Identifier: Apache-2.0
// One simulation from the command line: the options that `lockarb run` and every program share, and
// the run itself.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/platform/platform.h"
#include "sim/run/command_line.h"

namespace lockarb {

struct RunOptions {
  std::string trace;
  std::string trace_from;
  std::string trace_to;
  std::string trace_on;  // an event, as Trigger has it (sim/observe/trigger.h)
  std::string trace_around;
  std::string trace_last;
  std::string json;
  std::string csv;
  std::string timeline;
  std::string arbiter;  // sizes that are not those of the scenario, or not the built-in ones
  std::string model = "rtl";
  std::string clocking = "sync";
  std::string commands = "read";
  std::string lock;   // empty: as the program or scenario says
  std::string locks;  // what to list at the end: "held", "v", "p" or "vp"; empty: nothing
  std::optional<uint64_t> seed;
  std::string costs = "default";
  bool deadlock_check = false;
  bool replay_check = false;
  bool verifier = false;
  std::string personality = "nt6";
};

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

void add_run_options(CLI::App *app, RunOptions *options);

// "12us", "1.5ms", "300ns", "300" or "300clocks", rounded up to whole clocks; nullopt: not a time.
std::optional<uint64_t> parse_clocks(const std::string &text);

// Runs and reports; returns what the process ends with. Throws std::runtime_error when an option
// does not make sense or a file cannot be opened, and nothing has run then; or when an output could
// not be written to its end, and nothing of it stays then.
int run_simulation(const RunRequest &request, const RunOptions &options);

}  // namespace lockarb
