// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_options.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "lockarb_debugger.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/platform/costs.h"
#include "sim/run/command_line.h"
#include "sim/run/plain_text.h"

namespace lockarb {
namespace {

constexpr uint64_t kUsualAround = 500;  // clocks, for --trace-around

uint64_t clocks_option(const char *option, const std::string &text, uint64_t otherwise) {
  if (text.empty()) return otherwise;
  const std::optional<uint64_t> clocks = parse_clocks(text);
  if (!clocks) {
    throw std::runtime_error(
        fmt::format("{} {}: not a simulated time; write 12us, 1.5ms, 300ns or a number of clocks",
                    option, text));
  }
  return *clocks;
}

bool ends_with(const std::string &text, const std::string &end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string choices() {
  std::string text;
  for (const SizeKey &key : size_keys()) {
    text += fmt::format("{}{} {} to {}", text.empty() ? "" : ", ", key.name, key.least, key.most);
  }
  return text;
}

CLI::Validator sizes_of_an_arbiter() {
  const auto check = [](const std::string &text) {
    ModelSize size = model_size();
    return printable(change_sizes(text, &size));
  };
  return {check, ""};
}

}  // namespace

std::optional<uint64_t> parse_clocks(const std::string &text) {
  std::size_t digits = 0;
  double number = 0;
  if (text.empty() || text.find_first_not_of("0123456789.") == 0) return std::nullopt;
  try {
    number = std::stod(text, &digits);
  } catch (const std::exception &) {
    return std::nullopt;
  }
  const std::string unit = text.substr(digits);
  double clocks_per_unit = 0;
  if (unit.empty() || unit == "clocks") clocks_per_unit = 1;
  if (unit == "ns") clocks_per_unit = 1.0 / kClockNanoseconds;
  if (unit == "us") clocks_per_unit = 1e3 / kClockNanoseconds;
  if (unit == "ms") clocks_per_unit = 1e6 / kClockNanoseconds;
  if (unit == "s") clocks_per_unit = 1e9 / kClockNanoseconds;
  const double clocks = std::ceil(number * clocks_per_unit);
  if (clocks_per_unit == 0 || clocks > 1e18) return std::nullopt;
  return static_cast<uint64_t>(clocks);
}

void add_options_for_cores(CLI::App *app, RunOptions *options) {
  app->add_option("--trace", options->trace, "Record a waveform of the arbiter: .fst or .vcd")
      ->type_name("FILE");
  app->add_option("--trace-from", options->trace_from,
                  "Begin of the waveform in simulated time, such as 12us or 300 (clocks)")
      ->type_name("TIME");
  app->add_option("--trace-to", options->trace_to, "End of the waveform in simulated time")
      ->type_name("TIME");
  app->add_option("--json", options->json,
                  "Write the results as JSON; -: to the standard output, and all that is for "
                  "people to the standard error")
      ->type_name("FILE");
  app->add_option("--csv", options->csv,
                  "Write the rows of locks and threads as comma-separated values; -: as of --json")
      ->type_name("FILE");
  app->add_option(
         "--timeline", options->timeline,
         "Write what threads, locks and the bus did, for https://ui.perfetto.dev: .pftrace")
      ->type_name("FILE");
  app->add_option("--seed", options->seed, "Seed of all random choices")
      ->transform(whole_number(0, UINT64_MAX))
      ->type_name("N");
  app->add_option("--lock", options->lock,
                  "What resources stand on: hardware (while the arbiter has locks) or software "
                  "(locks in shared memory)")
      ->check(one_of({"hardware", "software"}));
  app->add_flag(
         "--locks{held}", options->locks,
         "List the locks at the end of the run, owned and contended ones; =v: all, =p: with the "
         "arbiter's statistics, =vp: both")
      ->check(one_of({"held", "v", "p", "vp", "pv"}).description(""))
      ->type_name("");
  app->add_flag("--deadlock-check", options->deadlock_check,
                "Name each deadlock in the moment that closes it, also while other threads go on");
  app->add_flag("--verifier", options->verifier,
                "Stop where code breaks a rule that Driver Verifier checks (sw/README.md)");
  app->add_option("--personality", options->personality,
                  "Version of Windows to behave as where programs can see the difference")
      ->check(one_of({"nt5.2", "nt6"}))
      ->capture_default_str();
  app->add_option("--limit", options->limit,
                  "Of RISC-V cores: stop after so many clocks, exit code 3")
      ->transform(whole_number(1, UINT64_MAX))
      ->type_name("N")
      ->capture_default_str();
}

void add_run_options(CLI::App *app, RunOptions *options) {
  add_options_for_cores(app, options);
  app->add_option("--trace-on", options->trace_on,
                  "Record around an event only, at no cost before it: \"lock 3 waits > 500\", "
                  "\"bug check\", \"deadlock\", \"thread writer_a queued\", \"line FILE:N\"")
      ->type_name("EVENT");
  app->add_option("--trace-around", options->trace_around,
                  "How much before and after the event of --trace-on [5us]")
      ->type_name("TIME");
  app->add_option("--trace-last", options->trace_last,
                  "Record the last part of the run only, such as 10us, at no cost before it")
      ->type_name("TIME");
  app->add_option("--arbiter", options->arbiter,
                  "Sizes of the arbiter, such as cores=8,threads=128,locks=1024: " + choices() +
                      ". Other sizes than " + text_of(model_size()) +
                      " are built when they are first asked for")
      ->check(sizes_of_an_arbiter())
      ->type_name("SIZES");
  app->add_option("--model", options->model,
                  "rtl, or gate: the netlist of iCE40 cells, in a build that has it (make gate)")
      ->check(one_of({"rtl", "gate"}))
      ->envname("LOCKARB_MODEL")
      ->capture_default_str();
  app->add_option("--clocking", options->clocking,
                  "sync: evaluate the RTL's clocks on demand; always-clock: evaluate all (same "
                  "results)")
      ->check(one_of({"sync", "always-clock"}))
      ->capture_default_str();
  app->add_option(
         "--commands", options->commands,
         "How the driver issues commands. read: one read of the command aperture; write: a "
         "write of ISSUE and a read of ANSWER, the aperture stays closed")
      ->check(CLI::IsMember({"read", "write"}))
      ->envname("LOCKARB_COMMANDS")
      ->capture_default_str();
  app->add_option(
         "--costs", options->costs,
         "Clocks of the software's own work: default, or vexriscv, as measured on the cores of "
         "rtl/soc; single ones can be changed: vexriscv,switch=50")
      ->type_name("SET")
      ->capture_default_str();
  app->add_flag(
      "--replay-check", options->replay_check,
      "Replay the bus record into a fresh model of the RTL with every clock evaluated; exit "
      "4 when an answer differs");
  app->add_option(
         "--machine", options->machine,
         "host: threads of the host, whose software takes what --costs says; riscv: the RISC-V "
         "cores of rtl/soc, clock for clock (make soc)")
      ->check(one_of({"host", "riscv"}))
      ->capture_default_str();
}

std::vector<std::string> arguments_for_cores(const CLI::App &app) {
  static const std::map<std::string, const char *> kWhyNot = {
      {"--trace-on", "it needs a record of the bus; give --trace-from and --trace-to"},
      {"--trace-around", "it needs --trace-on, which is for host threads"},
      {"--trace-last", "it needs a record of the bus; give --trace-from and --trace-to"},
      {"--arbiter", "the arbiter has as many windows as there are cores, 64 threads and 64 locks"},
      {"--model", "the arbiter is that of rtl/soc"},
      {"--clocking", "every clock is evaluated"},
      {"--commands", "the driver's commands are reads"},
      {"--costs", "software takes what the cores take"},
      {"--replay-check", "every clock is evaluated, so there is nothing to compare with"}};
  std::vector<std::string> arguments;
  for (const CLI::Option *option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--machine" || name.compare(0, 2, "--") != 0) continue;
    const std::string value = option->results().back();
    const auto no = kWhyNot.find(name);
    if (no == kWhyNot.end()) {
      arguments.push_back(name + "=" + value);
    } else if (value != option->get_default_str()) {
      throw std::runtime_error(
          fmt::format("{}: is not for --machine riscv: {}; leave it out", name, no->second));
    }
  }
  return arguments;
}

unsigned locks_flags(const RunOptions &options) {
  unsigned flags = 0;
  if (options.locks.find('v') != std::string::npos) flags |= LOCKARB_LOCKS_ALL;
  if (options.locks.find('p') != std::string::npos) flags |= LOCKARB_LOCKS_STATISTICS;
  return flags;
}

std::string replay_options(const RunOptions &options) {
  std::string text;
  if (!options.lock.empty()) text += " --lock " + options.lock;
  const RunOptions usual;
  if (options.personality != usual.personality) text += " --personality " + options.personality;
  if (options.verifier) text += " --verifier";
  return text;
}

TraceWindow trace_window(const RunOptions &options) {
  TraceWindow window;
  window.from = clocks_option("--trace-from", options.trace_from, 0);
  window.to = clocks_option("--trace-to", options.trace_to, kNever);
  if (options.trace.empty()) {
    if (!options.trace_from.empty() || !options.trace_to.empty() || !options.trace_on.empty() ||
        !options.trace_around.empty() || !options.trace_last.empty()) {
      throw std::runtime_error(
          "--trace-from, --trace-to, --trace-on, --trace-around and --trace-last need --trace "
          "FILE");
    }
    return window;
  }
  const bool from_to = !options.trace_from.empty() || !options.trace_to.empty();
  if (from_to + !options.trace_on.empty() + !options.trace_last.empty() > 1) {
    throw std::runtime_error(
        "--trace-from and --trace-to, --trace-on, --trace-last: each says which clocks; give one");
  }
  if (options.trace_on.empty() && !options.trace_around.empty()) {
    throw std::runtime_error("--trace-around needs --trace-on EVENT");
  }
  if (window.from >= window.to) {
    throw std::runtime_error(fmt::format("--trace-from {} is not before --trace-to {}; swap them",
                                         options.trace_from, options.trace_to));
  }
  if (ends_with(options.trace, ".vcd")) {
    window.kind = TraceKind::kVcd;
  } else if (!ends_with(options.trace, ".fst")) {
    throw std::runtime_error(
        fmt::format("--trace {}: the name must end in .fst or .vcd", options.trace));
  }
  return window;
}

uint64_t late_clocks(const RunOptions &options) {
  return options.trace_on.empty()
             ? clocks_option("--trace-last", options.trace_last, 0)
             : clocks_option("--trace-around", options.trace_around, kUsualAround);
}

}  // namespace lockarb
