// SPDX-License-Identifier: Apache-2.0
// ReferenceModel: who waits, who is granted, and what a flipped bit in a RAM does to them.
#include <algorithm>
#include <utility>
#include <vector>

#include "sim/reference/reference_model.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

unsigned bits_of(unsigned numbers) {
  unsigned bits = 1;
  while (numbers > 1u << bits) ++bits;
  return bits;
}

}  // namespace

unsigned ReferenceModel::width(Ram ram) const {
  const unsigned link = bits_of(sizes_.threads) + 1;
  switch (ram) {
    case Ram::kRow:  // modes, counts, ends of the queues
      return 6 + 3 * (bits_of(sizes_.threads + 1) + 1) + 4 * link;
    case Ram::kHold:
      return sizes_.hold_width + 1;
    case Ram::kThread:
      return 3 + bits_of(sizes_.locks) + 1;
    case Ram::kCore:
    case Ram::kWalkCore:
      return bits_of(sizes_.cores) + 1;
    default:
      return link;
  }
}

bool ReferenceModel::flip(const RamBit &at) {
  Thread &thread = threads_[at.thread];
  switch (at.ram) {
    case Ram::kRow: {
      Lock &row = locks_[at.lock];
      if (row.bad) return false;
      // The ends of the queues are the lowest bits; nobody looks at those of an empty queue.
      const unsigned ends = 2 * (bits_of(sizes_.threads) + 1);
      const bool used =
          at.bit >= 2 * ends || !(at.bit < ends ? row.exclusive_queue : row.shared_queue).empty();
      if (used) row.bad = true;
      // {mode, parity, class, ...}
      if (at.bit == width(Ram::kRow) - 3) row.user = !row.user;
      return true;
    }
    case Ram::kHold:
      if (bad_hold(at.lock, at.thread)) return false;
      bad_hold_bit(at.lock, at.thread) = true;
      return true;
    case Ram::kThread:
      if (thread.bad) return false;
      thread.bad = true;
      thread.lock_shown = at.bit < bits_of(sizes_.locks) ? 1u << at.bit : 0;
      return true;
    case Ram::kNext:
    case Ram::kWalkNext: {
      bool &bad = thread.bad_link[at.ram == Ram::kNext ? kOfCommand : kOfWalker];
      return !std::exchange(bad, true);
    }
    case Ram::kCore:
    case Ram::kWalkCore: {
      bool &bad = thread.bad_core[at.ram == Ram::kCore ? kOfCommand : kOfWalker];
      return !std::exchange(bad, true);
    }
    default:
      return false;
  }
}

bool ReferenceModel::is_followed(unsigned thread) const {
  if (threads_[thread].state != Thread::kWaiting) return false;
  const Lock &row = locks_[threads_[thread].lock];
  const auto has = [thread](const std::vector<uint16_t> &queue) {
    return std::find(queue.begin(), queue.end(), thread) != queue.end() && queue.back() != thread;
  };
  return has(row.shared_queue) || has(row.exclusive_queue);
}
// ---------------------------------------------------------------------------- waits and grants

unsigned ReferenceModel::cancel(unsigned lock, unsigned thread) {
  if (threads_[thread].state != Thread::kWaiting || threads_[thread].lock != lock) {
    return hold(lock, thread) != 0 ? LOCKARB_STATUS_ALREADY_GRANTED : LOCKARB_STATUS_ERR_THREAD;
  }
  Lock &row = locks_[lock];
  // Invariant: on a shared lock, shared waiters only wait behind exclusive ones.
  const std::vector<uint16_t> &writers = row.exclusive_queue;
  const bool frees = !row.exclusive && writers.size() == 1 && writers.front() == thread &&
                     !row.shared_queue.empty();
  if (frees) count_grants(lock, row.shared_queue, row.shared_queue.size());
  if (!leave_queue(lock, thread) || (frees && !grant_freed(lock))) {
    leave_bad(lock);
    return LOCKARB_STATUS_ERR_PARITY;
  }
  return frees ? LOCKARB_STATUS_HANDED_SHARED : LOCKARB_STATUS_CANCELLED;
}

unsigned ReferenceModel::drain(unsigned lock, unsigned thread) {
  if (threads_[thread].state == Thread::kWaiting && threads_[thread].lock == lock) {
    return cancel(lock, thread);
  }
  uint16_t &count = hold(lock, thread);
  if (count == 0) return LOCKARB_STATUS_DONE;
  count = 1;
  return release(lock, thread);
}

void ReferenceModel::enqueue(unsigned core, unsigned lock, unsigned thread, bool exclusive) {
  Lock &row = locks_[lock];
  std::vector<uint16_t> &queue = exclusive ? row.exclusive_queue : row.shared_queue;
  Thread &waiter = threads_[thread];
  for (const Copy copy : {kOfCommand, kOfWalker}) {
    if (!queue.empty()) threads_[queue.back()].bad_link[copy] = false;
    waiter.bad_core[copy] = false;
  }
  queue.push_back(static_cast<uint16_t>(thread));
  waiter.state = Thread::kWaiting;
  waiter.lock = lock;
  waiter.core = core;
  waiter.queued_at = static_cast<uint32_t>(now_);
  ++row.statistics.contentions;
  row.statistics.deepest_queue =
      std::max(row.statistics.deepest_queue,
               static_cast<uint32_t>(row.shared_queue.size() + row.exclusive_queue.size()));
}

// The walker looks for a thread that waits for this lock. False: the link to it is bad.
bool ReferenceModel::leave_queue(unsigned lock, unsigned thread) {
  Lock &row = locks_[lock];
  for (std::vector<uint16_t> *queue : {&row.shared_queue, &row.exclusive_queue}) {
    const auto place = std::find(queue->begin(), queue->end(), thread);
    if (place == queue->end()) continue;
    for (auto before = queue->begin(); before != place; ++before) {
      if (threads_[*before].bad_link[kOfWalker]) return false;
    }
    // Whoever stood before it gets its link, of a thread at the head the row does.
    const bool bad = threads_[thread].bad_link[kOfWalker];
    Thread &before = threads_[place == queue->begin() ? thread : *(place - 1)];
    before.bad_link[kOfCommand] = before.bad_link[kOfWalker] = bad;
    if (place == queue->begin() && queue->size() > 1 && bad) row.bad = true;
    queue->erase(place);
    break;
  }
  threads_[thread].state = Thread::kIdle;
  return true;
}

// The walker did not get to its end; the row that it leaves is nobody's.
void ReferenceModel::leave_bad(unsigned lock) {
  locks_[lock].bad = true;
  locks_[lock].user = false;
}

// A lock whose row was bad is initialized: nobody knows any more who waits for it.
void ReferenceModel::forget_waiters(unsigned lock) {
  Lock &row = locks_[lock];
  row.bad = false;
  row.shared_queue.clear();
  row.exclusive_queue.clear();
  for (Thread &thread : threads_) {
    if (thread.state == Thread::kWaiting && thread.lock == lock && !thread.bad) {
      thread.state = Thread::kIdle;
    }
  }
}

// The last owner has left; whoever owns the lock next does so from now on.
void ReferenceModel::change_hands(unsigned lock) {
  Lock &row = locks_[lock];
  const uint32_t now = static_cast<uint32_t>(now_);
  row.statistics.longest_hold = std::max(row.statistics.longest_hold, now - row.owned_since);
  row.owned_since = now;
}

// The first of those that are granted together has waited longest.
void ReferenceModel::count_grants(unsigned lock, const std::vector<uint16_t> &queue,
                                  std::size_t count) {
  Statistics &statistics = locks_[lock].statistics;
  statistics.acquisitions += static_cast<uint32_t>(count);
  statistics.longest_wait = std::max(
      statistics.longest_wait, static_cast<uint32_t>(now_) - threads_[queue.front()].queued_at);
}

void ReferenceModel::grant(unsigned lock, unsigned thread, Copy copy) {
  // A shared waiter may be an owner already (SHARED_WAIT_FOR_EXCLUSIVE).
  if (hold(lock, thread)++ == 0) ++locks_[lock].owners;
  bad_hold_bit(lock, thread) = false;
  Thread &owner = threads_[thread];
  owner.state = Thread::kGranted;
  owner.bad = false;
  const unsigned core = owner.bad_core[copy] ? 0 : owner.core;
  cores_[core].grants.push_back(static_cast<uint16_t>(thread));
  grant_lines_ |= 1u << core;
}

void ReferenceModel::grant_head_of_exclusive(unsigned lock) {
  Lock &row = locks_[lock];
  const unsigned thread = row.exclusive_queue.front();
  count_grants(lock, row.exclusive_queue, 1);
  row.exclusive_queue.erase(row.exclusive_queue.begin());
  grant(lock, thread, kOfCommand);
  if (!row.exclusive_queue.empty() && threads_[thread].bad_link[kOfCommand]) row.bad = true;
}

// By a release or a convert: the command has read the first link and core, the walker the others.
void ReferenceModel::grant_all_shared(unsigned lock) {
  Lock &row = locks_[lock];
  count_grants(lock, row.shared_queue, row.shared_queue.size());
  Copy copy = kOfCommand;
  for (const uint16_t thread : row.shared_queue) {
    // All are owners for the row, which is written before the walker goes.
    if (row.bad) {
      ++row.owners;
      continue;
    }
    grant(lock, thread, copy);
    if (thread != row.shared_queue.back() && threads_[thread].bad_link[copy]) leave_bad(lock);
    copy = kOfWalker;
  }
  row.shared_queue.clear();
}

// By a cancel. False: the walker met a bad word.
bool ReferenceModel::grant_freed(unsigned lock) {
  const std::vector<uint16_t> queue = std::exchange(locks_[lock].shared_queue, {});
  for (const uint16_t thread : queue) {
    if (bad_hold(lock, thread)) return false;
    grant(lock, thread, kOfWalker);
    if (thread != queue.back() && threads_[thread].bad_link[kOfWalker]) return false;
  }
  return true;
}

}  // namespace lockarb
