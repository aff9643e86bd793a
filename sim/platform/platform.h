// SPDX-License-Identifier: Apache-2.0
// The whole simulated machine: what is bound to what, and nothing else.
//
//     core 0..n-1 -> bus -> arbiter (Verilated)      0x4000_0000
//                        -> clint                    0x0200_0000
//                        -> memory                   0x8000_0000
//     arbiter, clint -> interrupt inputs of each core
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/faults/fault_injector.h"
#include "sim/model/bus_record.h"
#include "sim/model/replay_check.h"
#include "sim/observe/outcome.h"
#include "sim/platform/arbiter.h"
#include "sim/platform/bus.h"
#include "sim/platform/clint.h"
#include "sim/platform/core.h"
#include "sim/platform/memory.h"
#include "sim/platform/port_systemc.h"

namespace lockarb {

enum class Clocking { kSync, kAlwaysClock };

struct PlatformConfig {
  unsigned cores = 4;
  ModelKind model = ModelKind::kRtl;
  Clocking clocking = Clocking::kSync;
  bool commands_by_write = false;    // LOCKARB_BY_WRITE of the driver
  std::optional<CacheCosts> caches;  // of the cores; none: each access of memory is on the bus
  TraceWindow trace;
  bool replay_check = false;
  BusRecord *record = nullptr;  // keeps what happens at the arbiter's pins
  std::vector<Fault> faults;
  void (*first)(void *) = nullptr;  // the first system thread, on core 0
  void *argument = nullptr;
  std::function<void(const struct port_note &, uint64_t clock)> observer;
  // Now and then, while software runs; returns whether to go on.
  std::function<bool(uint64_t clock)> heartbeat;
  std::function<void(const char *text)> print;  // none: to the standard output
};

class Platform : private PortHost {
 public:
  enum RegionIndex { kArbiter, kClint, kMemory };

  explicit Platform(const PlatformConfig &config);
  ~Platform() override;

  // Runs to the end. Call it once.
  Outcome run();

  // May be called from a signal handler: the run ends soon.
  static void stop();
  // Completes the waveform at once; for a process that is about to die.
  void close_trace();

  int exit_code() const { return exit_code_; }  // of kHalted
  uint64_t clock() const { return end_; }       // when the run ended
  const Bus &bus() const { return bus_; }
  Bus &bus() { return bus_; }
  uint64_t evaluated_clocks() { return arbiter_.model().evaluated(); }
  const FaultAccount *faults() const {  // nullptr: the run has none
    return faults_ ? &faults_->account() : nullptr;
  }
  const ReplayCheck *replay() const { return replay_.get(); }

 private:
  unsigned cores() const override { return static_cast<unsigned>(cores_.size()); }
  bool commands_by_write() const override { return config_.commands_by_write; }
  void note(const struct port_note &note, uint64_t clock) override;
  void print(const char *text) override;
  uint32_t peek(uint64_t address) override;
  void end(int exit_code, uint64_t clock) override;
  void fail(const std::string &reason, uint64_t clock) override;
  bool attack(unsigned number, uint64_t *rest) override;

  void let_faults_strike();
  void end_run(Outcome outcome, uint64_t clock);
  void heartbeat();
  std::vector<InterruptInputs *> interrupt_inputs();

  const PlatformConfig config_;
  std::vector<std::unique_ptr<Core>> cores_;
  Bus bus_;
  Memory memory_;
  Clint clint_;
  Arbiter arbiter_;
  std::unique_ptr<FaultInjector> faults_;
  std::unique_ptr<ReplayCheck> replay_;
  std::string stop_;  // why the run did not end by itself
  bool ended_ = false;
  Outcome outcome_ = Outcome::kStuck;
  int exit_code_ = 0;
  uint64_t end_ = 0;
};

}  // namespace lockarb
