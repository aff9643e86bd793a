// SPDX-License-Identifier: Apache-2.0
// The options that `lockarb run` and every program share, and those of them that RISC-V cores know.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/arbiter_model.h"

namespace lockarb {

struct RunOptions {
  std::string machine = "host";
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
  uint64_t limit = 100000000;  // clocks, of cores
};

void add_run_options(CLI::App *app, RunOptions *options);

// What makes sense on RISC-V cores, too, where time is what the cores take (sim/soc).
void add_options_for_cores(CLI::App *app, RunOptions *options);
// Those of them that were given, as arguments. Throws std::runtime_error for one that is none of
// them.
std::vector<std::string> arguments_for_cores(const CLI::App &app);

// LOCKARB_LOCKS_... of --locks.
unsigned locks_flags(const RunOptions &options);

// What of a run's results depends on, on whatever machine: " --lock software --verifier".
std::string replay_options(const RunOptions &options);

// "12us", "1.5ms", "300ns", "300" or "300clocks", rounded up to whole clocks; nullopt: not a time.
std::optional<uint64_t> parse_clocks(const std::string &text);

// Which clocks to record; its file is not set yet. Throws std::runtime_error where the options
// contradict each other.
TraceWindow trace_window(const RunOptions &options);

// Of --trace-last, or what is around the event of --trace-on.
uint64_t late_clocks(const RunOptions &options);

}  // namespace lockarb
