// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/platform.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace lockarb {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

std::vector<std::unique_ptr<Core>> make_cores(const PlatformConfig &config,
                                              const std::function<void()> &heartbeat) {
  std::vector<std::unique_ptr<Core>> cores;
  for (unsigned i = 0; i < config.cores; ++i) {
    auto software = [first = i == 0 ? config.first : nullptr, argument = config.argument] {
      executive_start_core(first, argument);
    };
    cores.push_back(
        std::make_unique<Core>(fmt::format("core{}", i).c_str(), i, software, heartbeat));
    Core &core = *cores.back();
    core.restart = [&core, first = i == 0 ? config.first : nullptr, argument = config.argument] {
      executive_restart_core(std::exchange(core.spin_locks, 0), first, argument);
    };
  }
  return cores;
}

TraceKind trace_kind(const PlatformConfig &config) {
  return config.trace.file == nullptr ? TraceKind::kNone : config.trace.kind;
}

}  // namespace

Platform::Platform(const PlatformConfig &config)
    : config_(config),
      cores_(make_cores(config, [this] { heartbeat(); })),
      bus_("bus", config.cores,
           {{"arbiter", kArbiterBase, Arbiter::kSize},
            {"clint", kClintBase, Clint::kSize},
            {"memory", kMemoryBase, kMemorySize}}),
      memory_("memory", kMemorySize),
      clint_("clint", interrupt_inputs()),
      arbiter_("arbiter",
               {{config.clocking == Clocking::kAlwaysClock, trace_kind(config), config.model},
                Bus::kRequestClocks,
                Bus::kResponseClocks + Bus::kRequestClocks}) {
  arbiter_.interrupt = arbiter_lines(interrupt_inputs());
  for (unsigned i = 0; i < config.cores; ++i) cores_[i]->isock.bind(bus_.from_core[i]);
  bus_.to_device[kArbiter].bind(arbiter_.tsock);
  bus_.to_device[kClint].bind(clint_.tsock);
  bus_.to_device[kMemory].bind(memory_.tsock);
  if (config.caches) bus_.cache(kMemory, *config.caches);

  if (!config.faults.empty()) let_faults_strike();
  if (config.replay_check) {
    replay_ = std::make_unique<ReplayCheck>();
    arbiter_.record(replay_.get());
  }
  if (config.record != nullptr) arbiter_.record(config.record);
  const TraceWindow &trace = config.trace;
  if (trace.file != nullptr) arbiter_.model().open_trace(trace.file, trace.from, trace.to);
  attach_port(this);
}

Platform::~Platform() { attach_port(nullptr); }

void Platform::let_faults_strike() {
  faults_ = std::make_unique<FaultInjector>("faults", config_.faults, interrupt_inputs());
  faults_->reset = [this](unsigned core) { cores_[core]->reset(); };
  bus_.fault = [this](unsigned core, const tlm::tlm_generic_payload &transaction, uint64_t at) {
    return faults_->on_access(core, transaction, at);
  };
  arbiter_.strike(faults_->flips());
  for (unsigned i = 0; i < config_.cores; ++i) {
    cores_[i]->interrupts.wire = [this, i](bool level, uint64_t at) {
      return faults_->on_edge(i, level, at);
    };
  }
}

std::vector<InterruptInputs *> Platform::interrupt_inputs() {
  std::vector<InterruptInputs *> inputs;
  for (const auto &core : cores_) inputs.push_back(&core->interrupts);
  return inputs;
}

Outcome Platform::run() {
  // The kernel's own words on the standard streams are not the platform's.
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
  try {
    sc_core::sc_start();
    if (!ended_) {
      end_ = clock_now();
      stop_ = fmt::format("{} threads are stuck", executive_all_stuck_report());
    }
    arbiter_.finish(end_);
  } catch (const std::exception &error) {
    fail(error.what(), clock_now());
    outcome_ = Outcome::kFailed;
    close_trace();
  }
  if (faults_) faults_->conclude(stop_);
  return outcome_;
}

void Platform::stop() { stop_requested = 1; }

void Platform::close_trace() { arbiter_.model().close_trace(); }

void Platform::note(const struct port_note &note, uint64_t clock) {
  if (note.kind == PORT_NOTE_BUG_CHECK) stop_ = bug_check_text(note);
  if (faults_) faults_->note(note, clock);
  if (config_.observer) config_.observer(note, clock);
}

void Platform::print(const char *text) {
  if (config_.print) return config_.print(text);
  write_standard_output(text);
}

uint32_t Platform::peek(uint64_t address) { return memory_.peek(address - kMemoryBase); }

void Platform::end(int exit_code, uint64_t clock) {
  exit_code_ = exit_code;
  end_run(exit_code == 0 ? Outcome::kEnded : Outcome::kHalted, clock);
}

void Platform::fail(const std::string &reason, uint64_t clock) {
  fmt::print(stderr, "lockarb: {} (clock {})\n", reason, clock);
  if (!ended_) stop_ = reason;
  end_run(Outcome::kFailed, clock);
}

bool Platform::attack(unsigned number, uint64_t *rest) { return faults_->attack(number, rest); }

void Platform::end_run(Outcome outcome, uint64_t clock) {
  if (ended_) return;  // the first one to end the run says why
  ended_ = true;
  outcome_ = outcome;
  end_ = clock;
  sc_core::sc_stop();
}

void Platform::heartbeat() {
  Core &core = Core::running();
  if (stop_requested) {
    executive_cut_off_report();
    stop_ = "interrupted";
    end_run(Outcome::kInterrupted, core.clock());
    core.stop();
  }
  if (config_.heartbeat && !config_.heartbeat(core.clock())) {
    stop_ = "abandoned";
    end_run(Outcome::kAbandoned, core.clock());
    core.stop();
  }
}

}  // namespace lockarb
