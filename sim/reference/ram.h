// SPDX-License-Identifier: Apache-2.0
// The RAMs of rtl/lockarb.v that hold who owns and who waits: where a test may flip a bit.
#pragma once

namespace lockarb {

enum class Ram {
  kRow,        // of a lock: who owns it and the ends of its queues
  kHold,       // of {lock, thread}: the hold count
  kThread,     // of a thread, as the rest: waits, has a grant or neither; and for which lock
  kNext,       // who is behind it in its queue, for the command that hands the lock to it;
  kWalkNext,   //   the same for the walker
  kCore,       // the core it was queued from, for the command that hands the lock to it;
  kWalkCore,   //   the same for the walker
  kGrantLink,  // whose grant is behind its own at that core
};

// One bit of one word. A RAM of locks does not look at `thread`, one of threads not at `lock`.
struct RamBit {
  Ram ram;
  unsigned lock;
  unsigned thread;
  unsigned bit;
};

}  // namespace lockarb
