// SPDX-License-Identifier: Apache-2.0
#include "lock_overhead.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <vector>

#include "fairness.h"
#include "in_child.h"
#include "mutex_device.h"
#include "sim/platform/platform.h"
#include "workload.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kRounds = 500;
constexpr uint64_t kSpinClocks = 8;
constexpr uint64_t kReadClocks = Bus::kRequestClocks + Memory::kAccessClocks + Bus::kResponseClocks;
constexpr uint64_t kReads = 20;
constexpr uint64_t kMutexBase = 0x20000000;
constexpr uint64_t kLockBase = kMemoryBase;
constexpr uint64_t kDataBase = kMemoryBase + uint64_t{BASELINE_LINE} * BASELINE_MOST_LINES;

// What software sees of the bus.
uint32_t atomic(Atomic kind, uint64_t address, uint32_t operand, uint32_t compare = 0) {
  Core::running().compare_with(compare);
  Core::running().access(tlm::TLM_IGNORE_COMMAND, address, &operand, sizeof operand, kind);
  return operand;
}
uint32_t arbiter_read(uint32_t address) { return baseline_load(kArbiterBase + address); }
void arbiter_write(uint32_t address, uint32_t value) {
  baseline_store(kArbiterBase + address, value);
}

// On every core, core 0 first.
void start_arbiter(unsigned core) {
  arbiter_write(window(core) + LOCKARB_CURRENT_THREAD_OFFSET, current_thread(core));
  arbiter_write(window(core) + LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  if (core != 0) return;
  const uint32_t initialize = command(core, LOCKARB_OP_INITIALIZE, 0);
  arbiter_write(LOCKARB_ARM_OFFSET, initialize - LOCKARB_COMMAND_OFFSET);
  arbiter_read(initialize);
}

template <unsigned operation, unsigned granted>
uint32_t acquire(uintptr_t, unsigned core) {
  const uint32_t answer = arbiter_read(command(core, operation, 0));
  if ((answer & LOCKARB_RESULT_STATUS_MASK) == granted) return 0;
  Core::running().wait_for_interrupt();
  arbiter_read(window(core) + LOCKARB_TAKE_OFFSET);
  return 0;
}
void release(uintptr_t, unsigned core, uint32_t) {
  arbiter_read(command(core, LOCKARB_OP_RELEASE_AND_LEAVE, 0));
}

LockOverhead simulate(const baseline_lock& lock, const LockLoad& load) {
  quiet_systemc();
  const uint64_t reads = load.work == Work::kReadMemory ? kReads : 0;
  const uintptr_t place = &lock == &baseline_hardware_mutex ? kMutexBase : kLockBase;
  unsigned writers = 0, readers = 0, left = load.cores;
  uint64_t started = 0, ended = 0;
  Fairness fairness(load.cores, uint64_t{kRounds} * load.cores);
  const auto software = [&] {
    Core& core = Core::running();
    const unsigned self = core.number();
    if (&lock == &kLockarb) start_arbiter(self);
    // All set up before the first one begins.
    constexpr uint64_t kStart = 2000;
    core.compute(kStart - core.clock(), false);
    started = kStart;
    for (unsigned round = 0; round < kRounds; ++round) {
      // Spread evenly, and each core begins elsewhere.
      const bool shared = (round * 37 + self * 13) % 100 < load.reader_percent;
      const uint64_t asked = core.clock();
      const uint32_t kept = (shared ? lock.acquire_shared : lock.acquire)(place, self);
      fairness.waited(self, core.clock() - asked);
      const bool alone = !shared || lock.acquire_shared == lock.acquire;
      if (writers != 0 || (alone && readers != 0))
        throw std::logic_error("bench: two own the lock");
      ++(alone ? writers : readers);
      for (uint64_t i = 0; i < reads; ++i) baseline_load(kDataBase + 8 * i);
      core.compute(kWorkClocks - reads * kReadClocks, false);
      --(alone ? writers : readers);
      (shared ? lock.release_shared : lock.release)(place, self, kept);
    }
    ended = core.clock();
    if (--left == 0) sc_core::sc_stop();
    core.stop();
  };

  std::vector<std::unique_ptr<Core>> machine;
  std::vector<InterruptInputs*> inputs;
  for (unsigned i = 0; i < load.cores; ++i) {
    machine.push_back(std::make_unique<Core>(fmt::format("core{}", i).c_str(), i, software, [] {}));
    inputs.push_back(&machine.back()->interrupts);
  }
  Bus bus("bus", load.cores,
          {{"arbiter", kArbiterBase, Arbiter::kSize},
           {"memory", kMemoryBase, kMemorySize},
           {"mutex", kMutexBase, MutexDevice::kSize}});
  if (load.caches) bus.cache(1, CacheCosts());
  Memory memory("memory", kMemorySize);
  MutexDevice mutex("mutex");
  Arbiter arbiter(
      "arbiter",
      {{false, TraceKind::kNone}, Bus::kRequestClocks, Bus::kResponseClocks + Bus::kRequestClocks});
  arbiter.interrupt = arbiter_lines(inputs);
  for (unsigned i = 0; i < load.cores; ++i) machine[i]->isock.bind(bus.from_core[i]);
  bus.to_device[0].bind(arbiter.tsock);
  bus.to_device[1].bind(memory.tsock);
  bus.to_device[2].bind(mutex.tsock);
  sc_core::sc_start();
  const double clocks = static_cast<double>(ended - started);
  return {clocks / (kRounds * load.cores), static_cast<double>(bus.busy_clocks()) / clocks,
          fairness.longest_by_mean(), fairness.jain()};
}

}  // namespace

const baseline_lock kLockarb = {
    "lockarb", acquire<LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, LOCKARB_STATUS_GRANTED_EXCLUSIVE>,
    release,   acquire<LOCKARB_OP_ENTER_ACQUIRE_SHARED, LOCKARB_STATUS_GRANTED_SHARED>,
    release,
};

LockOverhead measure_lock(const baseline_lock& lock, const LockLoad& load) {
  return in_child([&] { return simulate(lock, load); });
}

}  // namespace lockarb::bench

uint32_t baseline_load(uintptr_t address) {
  uint32_t value = 0;
  lockarb::Core::running().access(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
  return value;
}
void baseline_store(uintptr_t address, uint32_t value) {
  lockarb::Core::running().access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
}
uint32_t baseline_add(uintptr_t address, uint32_t value) {
  return lockarb::bench::atomic(lockarb::Atomic::kAdd, address, value);
}
uint32_t baseline_swap(uintptr_t address, uint32_t value) {
  return lockarb::bench::atomic(lockarb::Atomic::kSwap, address, value);
}
uint32_t baseline_compare_swap(uintptr_t address, uint32_t expected, uint32_t value) {
  return lockarb::bench::atomic(lockarb::Atomic::kCompareSwap, address, value, expected);
}
void baseline_pause() { lockarb::Core::running().compute(lockarb::bench::kSpinClocks, false); }
