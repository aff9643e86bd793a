// SPDX-License-Identifier: Apache-2.0
#include "lock_overhead.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "in_child.h"
#include "sim/platform/platform.h"
#include "workload.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kRounds = 500;
constexpr uint64_t kSpinClocks = 8;
constexpr uint64_t kWorkClocks = 100;
constexpr uint64_t kReadClocks = Bus::kRequestClocks + Memory::kAccessClocks + Bus::kResponseClocks;
constexpr uint64_t kReads = 20;
constexpr uint64_t kFirstDataWord = 1024;

// The bus as software sees it: words of the memory, and the arbiter's registers and commands.
uint64_t load(uint64_t word) {
  uint64_t value = 0;
  Core::running().access(tlm::TLM_READ_COMMAND, kMemoryBase + 8 * word, &value, sizeof value);
  return value;
}
void store(uint64_t word, uint64_t value) {
  Core::running().access(tlm::TLM_WRITE_COMMAND, kMemoryBase + 8 * word, &value, sizeof value);
}
uint64_t atomic(Atomic kind, uint64_t word, uint64_t operand, uint64_t compare = 0) {
  Core::running().compare_with(compare);
  Core::running().access(tlm::TLM_IGNORE_COMMAND, kMemoryBase + 8 * word, &operand, sizeof operand,
                         kind);
  return operand;
}
uint32_t arbiter_read(uint32_t address) {
  uint32_t word = 0;
  Core::running().access(tlm::TLM_READ_COMMAND, kArbiterBase + address, &word, sizeof word);
  return word;
}
void arbiter_write(uint32_t address, uint32_t value) {
  Core::running().access(tlm::TLM_WRITE_COMMAND, kArbiterBase + address, &value, sizeof value);
}

class Lock {
 public:
  virtual ~Lock() = default;
  virtual void start(unsigned) {}  // on every core, core 0 first
  virtual void acquire(unsigned core) = 0;
  virtual void release(unsigned core) = 0;
};

class Lockarb : public Lock {
 public:
  void start(unsigned core) override {
    arbiter_write(window(core) + LOCKARB_CURRENT_THREAD_OFFSET, current_thread(core));
    arbiter_write(window(core) + LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    if (core != 0) return;
    const uint32_t initialize = command(core, LOCKARB_OP_INITIALIZE, 0);
    arbiter_write(LOCKARB_ARM_OFFSET, initialize - LOCKARB_COMMAND_OFFSET);
    arbiter_read(initialize);
  }
  void acquire(unsigned core) override {
    const uint32_t answer = arbiter_read(command(core, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, 0));
    if ((answer & LOCKARB_RESULT_STATUS_MASK) == LOCKARB_STATUS_GRANTED_EXCLUSIVE) return;
    Core::running().wait_for_interrupt();
    arbiter_read(window(core) + LOCKARB_TAKE_OFFSET);
  }
  void release(unsigned core) override {
    arbiter_read(command(core, LOCKARB_OP_RELEASE_AND_LEAVE, 0));
  }
};

class Ticket : public Lock {
 public:
  void acquire(unsigned core) override {
    ticket_[core] = atomic(Atomic::kAdd, kNext, 1);
    while (load(kServed) != ticket_[core]) Core::running().compute(kSpinClocks, false);
  }
  void release(unsigned core) override { store(kServed, ticket_[core] + 1); }

 private:
  enum Word { kNext, kServed };
  uint64_t ticket_[32] = {};
};

class Mcs : public Lock {
 public:
  void acquire(unsigned core) override {
    store(link(core), 0);
    const uint64_t before = atomic(Atomic::kSwap, kTail, core + 1);
    if (before == 0) return;
    store(waits(core), 1);
    store(link(static_cast<unsigned>(before) - 1), core + 1);
    while (load(waits(core)) != 0) Core::running().compute(kSpinClocks, false);
  }
  void release(unsigned core) override {
    uint64_t next = load(link(core));
    if (next == 0) {
      if (atomic(Atomic::kCompareSwap, kTail, 0, core + 1) == core + 1) return;
      while ((next = load(link(core))) == 0) Core::running().compute(kSpinClocks, false);
    }
    store(waits(static_cast<unsigned>(next) - 1), 0);
  }

 private:
  enum Word { kTail, kNodes };
  // Numbers in memory are core + 1; 0 is nobody.
  static uint64_t link(unsigned core) { return kNodes + 2 * core; }
  static uint64_t waits(unsigned core) { return kNodes + 2 * core + 1; }
};

std::unique_ptr<Lock> make_lock(LockKind kind) {
  switch (kind) {
    case LockKind::kLockarb:
      return std::make_unique<Lockarb>();
    case LockKind::kTicket:
      return std::make_unique<Ticket>();
    case LockKind::kMcs:
      return std::make_unique<Mcs>();
  }
  throw std::logic_error("bench: no such lock");
}

LockOverhead simulate(LockKind kind, unsigned cores, Work work) {
  const uint64_t reads = work == Work::kReadMemory ? kReads : 0;
  quiet_systemc();
  const std::unique_ptr<Lock> lock = make_lock(kind);
  unsigned inside = 0, left = cores;
  uint64_t started = 0, ended = 0;
  const auto software = [&] {
    Core& core = Core::running();
    lock->start(core.number());
    // All set up before the first one begins.
    constexpr uint64_t kStart = 2000;
    core.compute(kStart - core.clock(), false);
    started = kStart;
    for (unsigned round = 0; round < kRounds; ++round) {
      lock->acquire(core.number());
      if (inside++ != 0) throw std::logic_error("bench: two cores own the lock");
      for (uint64_t i = 0; i < reads; ++i) load(kFirstDataWord + i);
      core.compute(kWorkClocks - reads * kReadClocks, false);
      --inside;
      lock->release(core.number());
    }
    ended = core.clock();
    if (--left == 0) sc_core::sc_stop();
    core.stop();
  };

  std::vector<std::unique_ptr<Core>> machine;
  std::vector<InterruptInputs*> inputs;
  for (unsigned i = 0; i < cores; ++i) {
    machine.push_back(std::make_unique<Core>(fmt::format("core{}", i).c_str(), i, software, [] {}));
    inputs.push_back(&machine.back()->interrupts);
  }
  Bus bus("bus", cores,
          {{"arbiter", kArbiterBase, Arbiter::kSize}, {"memory", kMemoryBase, kMemorySize}});
  Memory memory("memory", kMemorySize);
  Arbiter arbiter(
      "arbiter",
      {{false, TraceKind::kNone}, Bus::kRequestClocks, Bus::kResponseClocks + Bus::kRequestClocks});
  arbiter.interrupt = arbiter_lines(inputs);
  for (unsigned i = 0; i < cores; ++i) machine[i]->isock.bind(bus.from_core[i]);
  bus.to_device[0].bind(arbiter.tsock);
  bus.to_device[1].bind(memory.tsock);
  sc_core::sc_start();
  const double clocks = static_cast<double>(ended - started);
  return {clocks / (kRounds * cores) - kWorkClocks,
          static_cast<double>(bus.busy_clocks()) / clocks};
}

}  // namespace

LockOverhead measure_lock(LockKind kind, unsigned cores, Work work) {
  return in_child([&] { return simulate(kind, cores, work); });
}

}  // namespace lockarb::bench
