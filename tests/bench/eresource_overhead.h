// SPDX-License-Identifier: Apache-2.0
// What an ERESOURCE costs on the platform, on a lock of the arbiter and on one in shared memory.
#pragma once

#include <cstdint>

namespace lockarb::bench {

// Clocks of a hand-off, from the call that releases to the first instruction of the next owner.
struct HandOff {
  double arbiter = 0;   // it carries out the release, and shows the grant
  double bus = 0;       // requests and responses of the two accesses
  double waiting = 0;   // for the bus, which others have
  double software = 0;  // the rest: before, between and behind the accesses
  double all() const { return arbiter + bus + waiting + software; }
};

struct ResourceLoad {
  unsigned threads = 8;
  unsigned cores = 8;
  bool alone = false;           // each thread has a resource of its own; else all share one
  unsigned reader_percent = 0;  // of the acquires are shared
  bool caches = false;          // sim/platform/caches.h
};

struct ResourceOverhead {
  double clocks;     // of the whole machine for an acquire and a release, the work included
  double bus_taken;  // share of the time
  double longest;    // wait of a thread, by the mean wait
  double jain;  // Jain's index of what the threads acquired in the middle of the run: 1 is fair
  HandOff hand_off;  // of writers on one lock of the arbiter; else nothing
};

// Clocks of work while a thread owns its resource.
constexpr uint64_t kResourceWork = 100;

// In a process of its own. `software`: on locks in shared memory.
ResourceOverhead measure_resource(const ResourceLoad& load, bool software);

}  // namespace lockarb::bench
