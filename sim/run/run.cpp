// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "lockarb_debugger.h"
#include "lockarb_simulation.h"
#include "lockarb_threads.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/observe/late_waveform.h"
#include "sim/observe/output_file.h"
#include "sim/observe/stop_signals.h"
#include "sim/platform/costs.h"
#include "sim/reference/access_text.h"
#include "sim/run/command_line.h"
#include "sim/run/outputs.h"
#include "sim/run/plain_text.h"

namespace lockarb {
namespace {

using HostClock = std::chrono::steady_clock;

double seconds_since(HostClock::time_point start) {
  return std::chrono::duration<double>(HostClock::now() - start).count();
}

// A line on the terminal that is overwritten in place, for runs that last longer than a second.
class ProgressBar {
 public:
  explicit ProgressBar(std::function<double()> done)
      : done_(std::move(done)), on_terminal_(isatty(STDERR_FILENO) != 0) {}

  void update(uint64_t clock) {
    if (!on_terminal_) return;
    const double now = seconds_since(start_);
    if (now < 1 || now - last_ < 0.1) return;
    last_ = now;
    std::string bar;
    if (done_) {
      constexpr int kWidth = 40;
      const double done = std::min(1.0, done_());
      const int filled = static_cast<int>(done * kWidth);
      bar = fmt::format("[{}{}] {:3.0f} %  ", std::string(static_cast<std::size_t>(filled), '#'),
                        std::string(static_cast<std::size_t>(kWidth - filled), '.'), 100 * done);
    }
    fmt::print(stderr, "\r{}{:.1f} us simulated, {:.0f} s\033[K", bar,
               static_cast<double>(clock) * kClockNanoseconds / 1000, now);
    shown_ = true;
  }

  void clear() {
    if (shown_) fmt::print(stderr, "\r\033[K");
    shown_ = false;
  }

 private:
  const std::function<double()> done_;
  const bool on_terminal_;
  const HostClock::time_point start_ = HostClock::now();
  double last_ = 0;
  bool shown_ = false;
};

// The run that is going on: for its program, and for the handler of SIGABRT.
uint64_t live_seed = 0;
Platform *live_platform = nullptr;
OutputFile *live_trace = nullptr;
LateWaveform *live_late = nullptr;
TraceKind live_kind;

// A failed assert() of the software: the waveform up to here is what one wants to see.
void on_abort(int) {
  std::signal(SIGABRT, SIG_DFL);
  if (live_trace != nullptr) {
    try {
      bool is_drawn = true;
      if (live_late != nullptr) {
        is_drawn = !live_late->draw(live_trace, live_kind, live_late->last_transfer()).empty();
      } else {
        live_platform->close_trace();
      }
      if (is_drawn) live_trace->commit();
    } catch (const std::exception &error) {
      fmt::print(stderr, "lockarb: {}\n", error.what());
    }
  }
  die_of(SIGABRT);
}

bool has_flips(const RunRequest &request) {
  return std::any_of(request.faults.begin(), request.faults.end(),
                     [](const Fault &fault) { return fault.kind == FaultKind::kFlipBit; });
}

unsigned resource_flags(const RunRequest &request, const RunOptions &options) {
  constexpr unsigned kSoftware = LOCKARB_RESOURCE_SOFTWARE;
  if (options.lock.empty()) return request.resource_flags;
  return options.lock == "software" ? request.resource_flags | kSoftware
                                    : request.resource_flags & ~kSoftware;
}

// The first thread: the software's settings, then the program.
struct FirstThread {
  const RunRequest &request;
  const RunOptions &options;

  static void enter(void *self) {
    const auto &[request, options] = *static_cast<FirstThread *>(self);
    lockarb_set_resource_flags(resource_flags(request, options));
    lockarb_set_patience(static_cast<ULONG>(request.patience * kClockNanoseconds));
    lockarb_set_verifier(options.verifier);
    lockarb_set_personality(options.personality == "nt5.2" ? LOCKARB_NT52 : LOCKARB_NT6);
    if (!options.locks.empty()) lockarb_list_locks_at_end(locks_flags(options));
    lockarb_watch_deadlocks(options.deadlock_check);
    request.first(request.argument);
  }
};

// What a core does on the bus: "core 2: read of TAKE", "core 1: write to memory".
std::string transfer_text(const Bus &bus, unsigned core, uint64_t address, bool write, bool read) {
  const Bus::Region &arbiter = bus.regions()[Platform::kArbiter];
  if (address - arbiter.base < arbiter.size) {
    const uint32_t offset = static_cast<uint32_t>(address - arbiter.base);
    return fmt::format("core {}: {}", core, place_text(offset, write));
  }
  const char *how = write ? "write to" : read ? "read of" : "atomic access to";
  for (const Bus::Region &region : bus.regions()) {
    if (address - region.base < region.size)
      return fmt::format("core {}: {} {}", core, how, region.name);
  }
  return fmt::format("core {}: {} nothing", core, how);
}

void show_bus(Bus *bus, Timeline *timeline) {
  bus->watch = [bus, timeline](unsigned core, const tlm::tlm_generic_payload &transaction, uint64_t,
                               uint64_t at, uint64_t end) {
    const uint64_t address = transaction.get_address();
    const bool write = transaction.is_write();
    const bool read = transaction.is_read();
    // Of the arbiter each place has a name, of other devices only the device.
    const Bus::Region &arbiter = bus->regions()[Platform::kArbiter];
    const uint64_t place = address - arbiter.base < arbiter.size ? address : address >> 24 << 24;
    const uint64_t key = place << 8 | core << 2 | (write ? 1U : 0U) << 1 | (read ? 1U : 0U);
    timeline->transfer(
        key, [&] { return transfer_text(*bus, core, address, write, read); }, at, end);
  };
}

// Returns the line of the report. Nothing stays of the file when there is nothing to see.
std::string draw_late(const RunOptions &options, TraceKind kind, uint64_t end, LateWaveform *late,
                      std::optional<OutputFile> *trace, std::string *lost) {
  try {
    const std::string drawn = late->draw(&**trace, kind, end);
    if (!drawn.empty()) return fmt::format("waveform   {}\n", drawn);
    trace->reset();
    return fmt::format("waveform   none: \"{}\" did not happen\n", options.trace_on);
  } catch (const std::exception &error) {
    trace->reset();
    *lost = error.what();
    return {};
  }
}

std::vector<DeviceUse> devices_of(const Bus &bus, unsigned cores) {
  std::vector<DeviceUse> devices;
  for (unsigned region = 0; region < bus.regions().size(); ++region) {
    DeviceUse all{bus.regions()[region].name.c_str(), 0, 0, 0, 0};
    for (unsigned core = 0; core < cores; ++core) {
      const Bus::Count &count = bus.count(core, region);
      all.reads += count.reads;
      all.writes += count.writes;
      all.atomics += count.atomics;
      all.waited_clocks += count.waited_clocks;
    }
    devices.push_back(all);
  }
  return devices;
}

// What has the same results, in as few words.
std::string replay_command(const RunRequest &request, const RunOptions &options) {
  std::string command = request.scenario.empty()
                            ? fmt::format("{} --cores {}", shell_word(request.name), request.cores)
                            : "lockarb run " + shell_word(request.scenario);
  command += fmt::format(" --seed {}", request.seed);
  if (!is_built_in(model_size())) command += " --arbiter " + text_of(model_size());
  command += replay_options(options);
  const RunOptions usual;
  if (options.commands != usual.commands) command += " --commands " + options.commands;
  if (options.costs != usual.costs) command += " --costs " + options.costs;
  return command;
}

}  // namespace

int run_simulation(const RunRequest &request, const RunOptions &options) {
  if (options.limit != RunOptions{}.limit) {
    throw std::runtime_error("--limit is for --machine riscv; leave it out");
  }
  if (options.model == "gate" && has_flips(request)) {
    throw std::runtime_error(
        "no bit of the gate-level model can be flipped (flip_bit); --model rtl");
  }
  use_costs(read_costs(options.costs));
  const TraceWindow window = trace_window(options);
  std::optional<LateWaveform> late;
  if (!options.trace_on.empty() || !options.trace_last.empty()) {
    late.emplace(options.trace_on, late_clocks(options));
  }
  std::vector<NamedFile> inputs;
  if (!request.scenario.empty()) inputs.push_back({"the scenario", request.scenario});
  RunOutputs outputs(options, inputs);
  std::optional<OutputFile> &trace = outputs.trace();

  ProgressBar progress(request.done);
  PlatformConfig config;
  config.cores = request.cores;
  if (options.model == "gate") config.model = ModelKind::kGate;
  config.clocking = options.clocking == "sync" ? Clocking::kSync : Clocking::kAlwaysClock;
  config.commands_by_write = options.commands == "write";
  config.trace = window;
  if (trace && !late) config.trace.file = &*trace;
  if (late) config.record = late->record();
  config.replay_check = options.replay_check;
  config.faults = request.faults;
  FirstThread first{request, options};
  config.first = FirstThread::enter;
  config.argument = &first;
  config.observer = [&](const struct port_note &note, uint64_t clock) {
    outputs.note(note, clock);
    if (late) late->note(note, clock);
  };
  config.heartbeat = [&](uint64_t clock) {
    progress.update(clock);
    // Without what it was to write, the rest of the run is for nobody.
    return standard_output_error() == 0 && !outputs.failed();
  };
  Platform platform(config);
  if (outputs.timeline() != nullptr) show_bus(&platform.bus(), outputs.timeline());

  live_seed = request.seed;
  live_platform = &platform;
  live_trace = trace ? &*trace : nullptr;
  live_late = late ? &*late : nullptr;
  live_kind = window.kind;
  const auto start = HostClock::now();
  const Outcome outcome = [&] {
    const StopSignals stop(Platform::stop);
    const auto before = std::signal(SIGABRT, on_abort);
    const Outcome result = platform.run();
    std::signal(SIGABRT, before);
    return result;
  }();
  const double host_seconds = seconds_since(start);
  live_platform = nullptr;
  live_trace = nullptr;
  live_late = nullptr;
  progress.clear();
  if (standard_output_error() != 0) return kExitUsage;  // command_line() says it

  int exit_code = exit_code_of(outcome, platform.exit_code());
  const ReplayCheck *replay = platform.replay();
  if (outcome == Outcome::kEnded && replay != nullptr && replay->mismatches() != 0) {
    exit_code = kExitMismatch;
  }
  RunSummary summary{
      request.name,
      replay_command(request, options),
      (resource_flags(request, options) & LOCKARB_RESOURCE_SOFTWARE) != 0 ? "software" : "hardware",
      request.seed,
      request.cores,
      outcome,
      exit_code,
      platform.clock(),
      host_seconds,
      model_size(),
      platform.bus().busy_clocks(),
      devices_of(platform.bus(), request.cores)};
  if (const FaultAccount *faults = platform.faults()) {
    summary.faults = faults->faults();
    summary.fault_results = faults->results();
    summary.stopped_by = faults->stop();
  }
  if (replay != nullptr) {
    summary.replay = {replay->transfers(), replay->edges(), replay->mismatches()};
  }
  std::string more, lost;  // one file that cannot be written is no reason to lose the other
  if (late && outcome == Outcome::kAbandoned) trace.reset();
  if (late && outcome != Outcome::kAbandoned) {
    more = draw_late(options, window.kind, platform.clock(), &*late, &trace, &lost);
  }
  outputs.finish(summary, more, lost);
  return exit_code;
}

}  // namespace lockarb

uint64_t lockarb_simulation_seed(void) { return lockarb::live_seed; }
