// SPDX-License-Identifier: Apache-2.0
// What an ERESOURCE costs on the platform, on a lock of the arbiter and on one in shared memory.
#pragma once

#include "eresource_threads.h"

namespace lockarb::bench {

struct ResourceOverhead {
  double clocks;     // per acquire and release, beyond the work in between
  double bus_taken;  // share of the time
};

// Eight threads, one on each core, in one process of their own.
// Of so many threads on each of eight cores.
ResourceOverhead measure_resource(eresource_crowd crowd, bool software, unsigned per_core);

}  // namespace lockarb::bench
