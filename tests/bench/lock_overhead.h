// SPDX-License-Identifier: Apache-2.0
// What taking one contended lock costs on the platform: the arbiter beside the two software locks
// that every kernel book compares with.
#pragma once

namespace lockarb::bench {

enum class LockKind {
  kLockarb,  // one bus read to acquire; waits for its interrupt, reads and removes its grant
  kTicket,   // draws a number, reads the number served until it is its own
  kMcs,      // queue of nodes; each waiter reads a flag of its own
};

struct LockOverhead {
  double clocks;     // per critical section, beyond the work inside it
  double bus_taken;  // share of the time
};

enum class Work {
  kCompute,     // the owner stays off the bus
  kReadMemory,  // most of its work are reads over the bus
};

// `cores` cores take one lock without a pause, interrupts off. What the owner does takes
// kWorkClocks on a free bus. The platform has no caches: a spinning core reads memory over the bus,
// every kSpinClocks.
LockOverhead measure_lock(LockKind kind, unsigned cores, Work work);

}  // namespace lockarb::bench
