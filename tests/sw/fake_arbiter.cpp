#include "fake_arbiter.h"

#include <cstdio>
#include <cstdlib>

#include "driver/lockarb_regs.h"

namespace lockarb {
namespace {

constexpr uint32_t kKernelMask = LOCKARB_APC_MASK_KERNEL_MASK;
constexpr unsigned kHoldWidth = 8;
constexpr unsigned kMaxHold = (1u << kHoldWidth) - 1;

[[noreturn]] void bus_error(const char *what, uint32_t offset, uint32_t value) {
  std::fprintf(stderr, "bus error: %s 0x%x 0x%x\n", what, offset, value);
  std::abort();
}

uint32_t count_region(uint32_t mask, int step) {
  return (mask & ~kKernelMask) | ((mask + static_cast<uint32_t>(step)) & kKernelMask);
}

}  // namespace

FakeArbiter::FakeArbiter(unsigned cores, unsigned threads, unsigned locks)
    : threads_(threads), windows_(cores), locks_(locks), busy_(threads) {}

uint32_t FakeArbiter::deliverable(unsigned core) const {
  const Window &w = windows_[core];
  if (w.irql >= 1 || (w.apc_mask & ~kKernelMask) != 0) return 0;
  const bool region = (w.apc_mask & kKernelMask) != 0;
  uint32_t open = w.apc_pending & LOCKARB_APC_PENDING_SPECIAL_MASK;
  if (!region && !(w.apc_pending & LOCKARB_APC_PENDING_IN_PROGRESS_MASK)) {
    open |= w.apc_pending & LOCKARB_APC_PENDING_NORMAL_MASK;
  }
  if (!region && (w.apc_pending & LOCKARB_APC_PENDING_ALERTABLE_MASK)) {
    open |= w.apc_pending & LOCKARB_APC_PENDING_USER_MASK;
  }
  return open;
}

bool FakeArbiter::interrupt(unsigned core) const {
  return !windows_[core].grants.empty() || deliverable(core) != 0 ||
         (error_ != 0 && error_core_ == core);
}

uint32_t FakeArbiter::read(uint32_t offset) {
  const unsigned core = offset >> LOCKARB_WINDOW_SHIFT;
  const uint32_t in_window = offset & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  if (core >= windows_.size()) bus_error("read", offset, 0);
  const Window &w = windows_[core];
  if (in_window & LOCKARB_COMMAND_OFFSET) {
    return command(core, in_window >> LOCKARB_OP_SHIFT & 31,
                   in_window >> LOCKARB_LOCK_SHIFT & 4095);
  }
  switch (in_window) {
    case LOCKARB_ID_OFFSET:
      return 0x4C4B0101;
    case LOCKARB_PARAMS_OFFSET:
      return static_cast<uint32_t>(windows_.size() | threads_ << 6 | locks_.size() << 16);
    case LOCKARB_LIMITS_OFFSET:
      return kHoldWidth;
    case LOCKARB_GRANT_OFFSET:
      if (w.grants.empty()) return 0;
      return LOCKARB_GRANT_VALID_MASK | w.grants.front().thread << LOCKARB_GRANT_THREAD_SHIFT |
             w.grants.front().lock;
    case LOCKARB_ERROR_OFFSET:
      return error_;
    case LOCKARB_APC_DELIVERABLE_OFFSET:
      return deliverable(core);
    default:
      bus_error("read", offset, 0);
  }
}

void FakeArbiter::write(uint32_t offset, uint32_t value) {
  const unsigned core = offset >> LOCKARB_WINDOW_SHIFT;
  if (core >= windows_.size()) bus_error("write", offset, value);
  Window &w = windows_[core];
  switch (offset & ((1u << LOCKARB_WINDOW_SHIFT) - 1)) {
    case LOCKARB_CURRENT_THREAD_OFFSET:
      w.current_thread = value;
      break;
    case LOCKARB_OPERAND_OFFSET:
      w.operand = value;
      break;
    case LOCKARB_GRANT_OFFSET:
      if (w.grants.empty()) break;
      busy_[w.grants.front().thread] = false;
      w.grants.pop_front();
      break;
    case LOCKARB_ERROR_OFFSET:
      error_ = 0;
      break;
    case LOCKARB_APC_MASK_OFFSET:
      w.apc_mask = value;
      break;
    case LOCKARB_IRQL_OFFSET:
      w.irql = value;
      break;
    case LOCKARB_APC_PENDING_OFFSET:
      w.apc_pending = value;
      break;
    default:
      bus_error("write", offset, value);
  }
}

uint32_t FakeArbiter::command(unsigned core, unsigned operation, unsigned number) {
  const unsigned status = execute(core, operation, number);
  if (status >= LOCKARB_STATUS_ERR_NOT_OWNED_SHARED && error_ == 0) {
    error_ = LOCKARB_ERROR_VALID_MASK | status << LOCKARB_ERROR_STATUS_SHIFT |
             core << LOCKARB_ERROR_CORE_SHIFT | number;
    error_core_ = core;
  }
  if (number >= locks_.size()) return status;
  const Lock &lock = locks_[number];
  if (operation == LOCKARB_OP_HOLD_COUNT) {
    const auto hold = lock.holds.find(windows_[core].current_thread & 511);
    return status | (hold == lock.holds.end() ? 0 : hold->second) << 5;
  }
  return status | static_cast<uint32_t>(lock.holds.size() << 5 | lock.shared_waiters.size() << 14 |
                                        lock.exclusive_waiters.size() << 23);
}

unsigned FakeArbiter::execute(unsigned core, unsigned operation, unsigned number) {
  Window &w = windows_[core];
  const unsigned thread = w.current_thread & 511;
  if (number >= locks_.size()) return LOCKARB_STATUS_ERR_LOCK;
  Lock &lock = locks_[number];

  if (operation == LOCKARB_OP_INITIALIZE) {
    if (lock.live) return LOCKARB_STATUS_ERR_INITIALIZED;
    lock.live = true;
    return LOCKARB_STATUS_DONE;
  }
  if (!lock.live) return LOCKARB_STATUS_ERR_LOCK;
  if (operation == LOCKARB_OP_DELETE) {
    if (!lock.exclusive_waiters.empty() || !lock.shared_waiters.empty()) {
      return LOCKARB_STATUS_ERR_WAITERS;
    }
    const bool held = !lock.holds.empty();
    lock = Lock();
    return held ? LOCKARB_STATUS_DONE_HELD : LOCKARB_STATUS_DONE;
  }
  if (operation == LOCKARB_OP_RELEASE_FOR) return release(w.operand, number);

  if (!(w.current_thread & LOCKARB_CURRENT_THREAD_VALID_MASK) || busy_[thread]) {
    return LOCKARB_STATUS_ERR_THREAD;
  }
  const bool needs_low_irql = operation < LOCKARB_OP_RELEASE ||
                              operation == LOCKARB_OP_RELEASE_AND_LEAVE ||
                              operation == LOCKARB_OP_CONVERT;
  if (needs_low_irql && w.irql > 1) return LOCKARB_STATUS_ERR_IRQL;
  switch (operation) {
    case LOCKARB_OP_RELEASE:
      return release(thread, number);
    case LOCKARB_OP_RELEASE_AND_LEAVE: {
      const unsigned status = release(thread, number);
      if (status < LOCKARB_STATUS_ERR_NOT_OWNED_SHARED) w.apc_mask = count_region(w.apc_mask, +1);
      return status;
    }
    case LOCKARB_OP_CONVERT:
      if (!lock.exclusive || lock.holds.count(thread) == 0) return LOCKARB_STATUS_ERR_CONVERT;
      lock.exclusive = false;
      if (lock.shared_waiters.empty()) return LOCKARB_STATUS_CONVERTED;
      grant_readers(lock, number);
      return LOCKARB_STATUS_HANDED_SHARED;
    case LOCKARB_OP_HOLD_COUNT:
      return LOCKARB_STATUS_DONE;
    default:
      if (operation < LOCKARB_OP_RELEASE) return acquire(w, core, operation, number);
      return LOCKARB_STATUS_ERR_OPERATION;
  }
}

unsigned FakeArbiter::acquire(Window &w, unsigned core, unsigned operation, unsigned number) {
  const unsigned thread = w.current_thread & 511;
  const unsigned kind = operation & 3;
  const bool enter = (operation & 8) != 0;
  Lock &lock = locks_[number];
  const bool free = lock.holds.empty();
  const bool owner = lock.holds.count(thread) != 0;
  const bool mine_exclusively = lock.exclusive && owner;
  const bool writers_wait = !lock.exclusive_waiters.empty();
  const bool shared = !free && !lock.exclusive;
  bool granted = free || mine_exclusively;
  if (kind == LOCKARB_OP_TRY_SHARED) granted |= shared && (!writers_wait || owner);
  if (kind == LOCKARB_OP_TRY_SHARED_STARVE_EXCLUSIVE) granted |= shared;
  if (kind == LOCKARB_OP_TRY_SHARED_WAIT_FOR_EXCLUSIVE) granted |= shared && !writers_wait;

  if (!granted && !(operation & 4)) return LOCKARB_STATUS_NOT_GRANTED;
  if (!granted) {
    if (enter) w.apc_mask = count_region(w.apc_mask, -1);
    auto &queue = kind == LOCKARB_OP_TRY_EXCLUSIVE ? lock.exclusive_waiters : lock.shared_waiters;
    queue.push_back({thread, core});
    busy_[thread] = true;
    return owner ? LOCKARB_STATUS_WAITING_SELF_BLOCK : LOCKARB_STATUS_WAITING;
  }
  if (owner && lock.holds[thread] == kMaxHold) return LOCKARB_STATUS_ERR_OVERFLOW;
  if (enter) w.apc_mask = count_region(w.apc_mask, -1);
  if (free) lock.exclusive = kind == LOCKARB_OP_TRY_EXCLUSIVE;
  lock.holds[thread]++;
  if (lock.exclusive) {
    return owner ? LOCKARB_STATUS_RECURSED_EXCLUSIVE : LOCKARB_STATUS_GRANTED_EXCLUSIVE;
  }
  return owner ? LOCKARB_STATUS_RECURSED_SHARED : LOCKARB_STATUS_GRANTED_SHARED;
}

unsigned FakeArbiter::release(unsigned thread, unsigned number) {
  Lock &lock = locks_[number];
  const auto hold = lock.holds.find(thread);
  if (hold == lock.holds.end()) {
    return lock.exclusive ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                          : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
  }
  if (--hold->second != 0) return LOCKARB_STATUS_HELD;
  lock.holds.erase(hold);
  if (!lock.holds.empty()) return LOCKARB_STATUS_LEFT;
  const bool was_exclusive = lock.exclusive;
  lock.exclusive = false;
  if (was_exclusive && !lock.shared_waiters.empty()) {
    grant_readers(lock, number);
    return LOCKARB_STATUS_HANDED_SHARED;
  }
  if (lock.exclusive_waiters.empty()) return LOCKARB_STATUS_FREED;
  const Waiter next = lock.exclusive_waiters.front();
  lock.exclusive_waiters.pop_front();
  lock.exclusive = true;
  grant(lock, number, next);
  return LOCKARB_STATUS_HANDED_EXCLUSIVE;
}

void FakeArbiter::grant(Lock &lock, unsigned number, const Waiter &waiter) {
  lock.holds[waiter.thread]++;
  windows_[waiter.core].grants.push_back({waiter.thread, number});
}

void FakeArbiter::grant_readers(Lock &lock, unsigned number) {
  for (const Waiter &waiter : lock.shared_waiters) grant(lock, number, waiter);
  lock.shared_waiters.clear();
}

}  // namespace lockarb
