// SPDX-License-Identifier: Apache-2.0
// What an ERESOURCE costs on the platform, on a lock of the arbiter and on one in shared memory.
#pragma once

#include "eresource_threads.h"

namespace lockarb::bench {

// Clocks of a hand-off, from the call that releases to the first instruction of the next owner.
struct HandOff {
  double arbiter = 0;   // it carries out the release, and shows the grant
  double bus = 0;       // requests and responses of the two accesses
  double waiting = 0;   // for the bus, which others have
  double software = 0;  // the rest: before, between and behind the accesses
  double all() const { return arbiter + bus + waiting + software; }
};

struct ResourceOverhead {
  double clocks;     // per acquire and release, beyond the work in between
  double bus_taken;  // share of the time
  HandOff hand_off;  // of writers on locks of the arbiter; else nothing
};

// Of so many threads on each of eight cores, in a process of their own.
ResourceOverhead measure_resource(eresource_crowd crowd, bool software, unsigned per_core);

}  // namespace lockarb::bench
