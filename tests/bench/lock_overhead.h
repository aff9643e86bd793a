// SPDX-License-Identifier: Apache-2.0
// What taking one lock costs on the platform: the arbiter beside the locks of sw/baseline.
#pragma once

#include <cstdint>

#include "baseline/baseline.h"

namespace lockarb::bench {

// A lock of the arbiter by bare accesses: one bus read to acquire; a waiter waits for its interrupt
// and takes its grant.
extern const baseline_lock kLockarb;

enum class Work {
  kCompute,     // the owner stays off the bus
  kReadMemory,  // most of its work are reads over the bus, if there are no caches
};

struct LockLoad {
  unsigned cores = 8;
  Work work = Work::kCompute;
  unsigned reader_percent = 0;  // of the acquires are shared
  bool caches = false;          // sim/platform/caches.h; else each access of memory is on the bus
};

// Clocks of work inside the lock, on a free bus.
constexpr uint64_t kWorkClocks = 100;

struct LockOverhead {
  double clocks;     // of the whole machine for an acquire and a release, the work included
  double bus_taken;  // share of the time
  double longest;    // wait of a core, by the mean wait
  double jain;       // Jain's index of what the cores acquired in the middle of the run: 1 is fair
};

// All cores take one lock without a pause, interrupts off. A spinning core looks every 8 clocks.
LockOverhead measure_lock(const baseline_lock& lock, const LockLoad& load);

}  // namespace lockarb::bench
