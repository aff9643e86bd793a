// Reference: what lockarb must answer, written from the contract's words and tables with plain
// containers: no rows, no predicates, no clocks. The RTL is compared with it command by command.
#ifndef LOCKARB_TESTS_RTL_REFERENCE_H_
#define LOCKARB_TESTS_RTL_REFERENCE_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "sw/driver/lockarb_regs.h"

namespace lockarb {

class Reference {
 public:
  Reference(unsigned cores, unsigned threads, unsigned locks, unsigned hold_width)
      : cores_(cores), threads_(threads), locks_(locks), hold_limit_((1u << hold_width) - 1) {}

  // The 32-bit answer of a command.
  uint32_t command(unsigned core, unsigned op, unsigned lock) {
    const unsigned status = decide(core, op, lock);
    if (status >= LOCKARB_STATUS_ERR_NOT_OWNED_SHARED && error_ == 0)
      error_ = 1u << 31 | status << 26 | core << 21 | subject(core, op) << 12 | lock;
    if (op == LOCKARB_OP_HOLD_COUNT)
      return (status == LOCKARB_STATUS_DONE ? hold(lock, cores_[core].current) : 0) << 5 | status;
    if (lock >= locks_.size()) return status;
    const Lock &row = locks_[lock];
    return static_cast<uint32_t>(row.exclusive_queue.size() << 23 | row.shared_queue.size() << 14 |
                                 row.owners.size() << 5 | status);
  }

  void set_thread(unsigned core, bool valid, unsigned thread) {
    cores_[core].current_valid = valid;
    cores_[core].current = thread;
  }
  void set_operand(unsigned core, unsigned thread) { cores_[core].operand = thread; }
  void set_irql(unsigned core, unsigned irql) { cores_[core].irql = irql; }
  void set_mask(unsigned core, uint32_t mask) {
    cores_[core].kernel = static_cast<uint16_t>(mask);
    cores_[core].special = static_cast<uint16_t>(mask >> 16);
  }
  uint32_t mask(unsigned core) const {
    return uint32_t{cores_[core].special} << 16 | cores_[core].kernel;
  }
  void set_pending(unsigned core, uint32_t pending) { cores_[core].pending = pending & 0x307; }

  // Contract II.E.
  uint32_t deliverable(unsigned core) const {
    const Core &c = cores_[core];
    uint32_t kinds = 0;
    if (c.special != 0 || c.irql >= 1) return 0;
    if (c.pending & 1) kinds |= 1;
    if (c.kernel != 0) return kinds;
    if (c.pending & 2 && !(c.pending & 0x100)) kinds |= 2;
    if (c.pending & 4 && c.pending & 0x200) kinds |= 4;
    return kinds;
  }

  uint32_t grant(unsigned core) const {
    const auto &grants = cores_[core].grants;
    return grants.empty() ? 0 : 1u << 31 | grants.front().thread << 16 | grants.front().lock;
  }
  void remove_grant(unsigned core) {
    auto &grants = cores_[core].grants;
    if (grants.empty()) return;
    threads_[grants.front().thread].state = Thread::kIdle;
    grants.pop_front();
  }

  uint32_t error() const { return error_; }
  void clear_error() { error_ = 0; }

  bool irq(unsigned core) const {
    return !cores_[core].grants.empty() || deliverable(core) != 0 ||
           (error_ != 0 && (error_ >> 21 & 31) == core);
  }

 private:
  struct Lock {
    bool live = false;
    bool exclusive = false;
    std::map<unsigned, unsigned> owners;  // thread -> hold count
    std::deque<unsigned> shared_queue;
    std::deque<unsigned> exclusive_queue;
  };
  struct Thread {
    enum { kIdle, kWaiting, kGranted } state = kIdle;
    unsigned lock = 0;
    unsigned core = 0;
  };
  struct GrantEntry {
    unsigned thread;
    unsigned lock;
  };
  struct Core {
    bool current_valid = false;
    unsigned current = 0;
    unsigned operand = 0;
    unsigned irql = 0;
    uint16_t kernel = 0;
    uint16_t special = 0;
    uint32_t pending = 0;
    std::deque<GrantEntry> grants;
  };

  static bool for_operand(unsigned op) {
    return op == LOCKARB_OP_RELEASE_FOR || op == LOCKARB_OP_CANCEL;
  }
  unsigned subject(unsigned core, unsigned op) const {
    return for_operand(op) ? cores_[core].operand : cores_[core].current;
  }
  unsigned hold(unsigned lock, unsigned thread) const {
    const auto entry = locks_[lock].owners.find(thread);
    return entry == locks_[lock].owners.end() ? 0 : entry->second;
  }

  void give(unsigned lock, unsigned thread) {
    ++locks_[lock].owners[thread];
    threads_[thread].state = Thread::kGranted;
    cores_[threads_[thread].core].grants.push_back({thread, lock});
  }
  void give_to_all_shared_waiters(unsigned lock) {
    Lock &row = locks_[lock];
    row.exclusive = false;
    for (const unsigned thread : row.shared_queue) give(lock, thread);
    row.shared_queue.clear();
  }

  unsigned decide(unsigned core, unsigned op, unsigned lock) {
    Core &c = cores_[core];
    const bool exists =
        op <= LOCKARB_OP_CONVERT || (op >= LOCKARB_OP_HOLD_COUNT && op <= LOCKARB_OP_CANCEL);
    if (!exists) return LOCKARB_STATUS_ERR_OPERATION;
    if (lock >= locks_.size()) return LOCKARB_STATUS_ERR_LOCK;
    if (!locks_[lock].live && op != LOCKARB_OP_INITIALIZE) return LOCKARB_STATUS_ERR_LOCK;
    const unsigned thread = subject(core, op);
    switch (op) {
      case LOCKARB_OP_INITIALIZE:
      case LOCKARB_OP_REINITIALIZE:
      case LOCKARB_OP_DELETE:
        break;
      case LOCKARB_OP_RELEASE_FOR:
      case LOCKARB_OP_CANCEL:
        if (thread >= threads_.size()) return LOCKARB_STATUS_ERR_THREAD;
        break;
      default:
        if (!c.current_valid) return LOCKARB_STATUS_ERR_THREAD;
        if (threads_[thread].state != Thread::kIdle) return LOCKARB_STATUS_ERR_THREAD;
    }
    const bool low_irql_only = op < 16 || op == LOCKARB_OP_RELEASE_AND_LEAVE ||
                               op == LOCKARB_OP_CONVERT || op == LOCKARB_OP_DELETE;
    if (low_irql_only && c.irql > 1) return LOCKARB_STATUS_ERR_IRQL;

    if (op < 16) {
      const unsigned status = acquire(core, op & 3, (op & 4) != 0, lock, thread);
      const bool entered =
          status != LOCKARB_STATUS_NOT_GRANTED && status < LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
      if (op & 8 && entered) --c.kernel;
      return status;
    }
    switch (op) {
      case LOCKARB_OP_RELEASE:
      case LOCKARB_OP_RELEASE_FOR:
        return release(lock, thread);
      case LOCKARB_OP_RELEASE_AND_LEAVE: {
        const unsigned status = release(lock, thread);
        if (status < LOCKARB_STATUS_ERR_NOT_OWNED_SHARED) ++c.kernel;
        return status;
      }
      case LOCKARB_OP_CONVERT:
        return convert(lock, thread);
      case LOCKARB_OP_HOLD_COUNT:
        return LOCKARB_STATUS_DONE;
      case LOCKARB_OP_CANCEL:
        return cancel(lock, thread);
      default:
        return lifetime(op, lock);
    }
  }

  // Contract II.A, one paragraph per row group.
  unsigned acquire(unsigned core, unsigned kind, bool wait, unsigned lock, unsigned thread) {
    enum { kExclusive, kShared, kStarveExclusive, kWaitForExclusive };
    Lock &row = locks_[lock];
    const unsigned mine = hold(lock, thread);
    const bool writers_wait = !row.exclusive_queue.empty();
    bool granted;
    if (row.owners.empty()) {
      granted = true;
    } else if (row.exclusive) {
      granted = mine != 0;
    } else {
      switch (kind) {
        case kExclusive:
          granted = false;
          break;
        case kShared:
          granted = mine != 0 || !writers_wait;
          break;
        case kStarveExclusive:
          granted = true;
          break;
        default:
          granted = !writers_wait;
          break;
      }
    }
    // A hold count has no room for one more; a shared waiter's grant may add to what it holds.
    if (mine == hold_limit_ && (granted || (wait && kind != kExclusive)))
      return LOCKARB_STATUS_ERR_OVERFLOW;
    if (granted) {
      if (row.owners.empty()) row.exclusive = kind == kExclusive;
      ++row.owners[thread];
      if (mine != 0)
        return row.exclusive ? LOCKARB_STATUS_RECURSED_EXCLUSIVE : LOCKARB_STATUS_RECURSED_SHARED;
      return row.exclusive ? LOCKARB_STATUS_GRANTED_EXCLUSIVE : LOCKARB_STATUS_GRANTED_SHARED;
    }
    if (!wait) return LOCKARB_STATUS_NOT_GRANTED;
    (kind == kExclusive ? row.exclusive_queue : row.shared_queue).push_back(thread);
    threads_[thread] = {Thread::kWaiting, lock, core};
    return mine != 0 ? LOCKARB_STATUS_WAITING_SELF_BLOCK : LOCKARB_STATUS_WAITING;
  }

  // Contract II.B.
  unsigned release(unsigned lock, unsigned thread) {
    Lock &row = locks_[lock];
    if (hold(lock, thread) == 0)
      return row.exclusive && !row.owners.empty() ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                                  : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
    if (--row.owners[thread] != 0) return LOCKARB_STATUS_HELD;
    row.owners.erase(thread);
    if (!row.owners.empty()) return LOCKARB_STATUS_LEFT;
    if (row.exclusive && !row.shared_queue.empty()) {
      give_to_all_shared_waiters(lock);
      return LOCKARB_STATUS_HANDED_SHARED;
    }
    if (!row.exclusive_queue.empty()) {
      const unsigned next = row.exclusive_queue.front();
      row.exclusive_queue.pop_front();
      row.exclusive = true;
      give(lock, next);
      return LOCKARB_STATUS_HANDED_EXCLUSIVE;
    }
    row.exclusive = false;
    return LOCKARB_STATUS_FREED;
  }

  // Contract II.C.
  unsigned convert(unsigned lock, unsigned thread) {
    Lock &row = locks_[lock];
    if (!row.exclusive || hold(lock, thread) == 0) return LOCKARB_STATUS_ERR_CONVERT;
    row.exclusive = false;
    if (row.shared_queue.empty()) return LOCKARB_STATUS_CONVERTED;
    give_to_all_shared_waiters(lock);
    return LOCKARB_STATUS_HANDED_SHARED;
  }

  unsigned cancel(unsigned lock, unsigned thread) {
    Lock &row = locks_[lock];
    if (threads_[thread].state != Thread::kWaiting || threads_[thread].lock != lock)
      return hold(lock, thread) != 0 ? LOCKARB_STATUS_ALREADY_GRANTED : LOCKARB_STATUS_ERR_THREAD;
    threads_[thread].state = Thread::kIdle;
    for (auto *queue : {&row.shared_queue, &row.exclusive_queue})
      queue->erase(std::remove(queue->begin(), queue->end(), thread), queue->end());
    if (row.exclusive || !row.exclusive_queue.empty() || row.shared_queue.empty())
      return LOCKARB_STATUS_CANCELLED;
    give_to_all_shared_waiters(lock);
    return LOCKARB_STATUS_HANDED_SHARED;
  }

  // Contract II.D.
  unsigned lifetime(unsigned op, unsigned lock) {
    Lock &row = locks_[lock];
    if (op == LOCKARB_OP_INITIALIZE && row.live) return LOCKARB_STATUS_ERR_INITIALIZED;
    if (!row.shared_queue.empty() || !row.exclusive_queue.empty())
      return LOCKARB_STATUS_ERR_WAITERS;
    const bool held = !row.owners.empty();
    row = Lock{};
    row.live = op != LOCKARB_OP_DELETE;
    return held ? LOCKARB_STATUS_DONE_HELD : LOCKARB_STATUS_DONE;
  }

  std::vector<Core> cores_;
  std::vector<Thread> threads_;
  std::vector<Lock> locks_;
  unsigned hold_limit_;
  uint32_t error_ = 0;
};

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_REFERENCE_H_
