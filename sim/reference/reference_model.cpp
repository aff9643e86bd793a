// SPDX-License-Identifier: Apache-2.0
// ReferenceModel: the registers, and what is refused before the tables are asked.
#include "sim/reference/reference_model.h"

#include <utility>

#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

using namespace contract;

constexpr uint32_t kWindowMask = (1u << LOCKARB_WINDOW_SHIFT) - 1;
constexpr unsigned kOperations = 32;
constexpr uint32_t kPlaceMask = LOCKARB_ARM_OPERATION_MASK | LOCKARB_ARM_LOCK_MASK;
constexpr uint32_t kThreadMask = LOCKARB_OPERAND_THREAD_MASK;

bool is_acquire(unsigned operation) { return operation < LOCKARB_OP_RELEASE; }
bool enters_region(unsigned operation) { return is_acquire(operation) && (operation & 8) != 0; }
bool is_initialize(unsigned operation) {
  return operation == LOCKARB_OP_INITIALIZE || operation >= LOCKARB_OP_INITIALIZE_WRITER_FIRST;
}

bool is_lifetime(unsigned operation) {
  return is_initialize(operation) || operation == LOCKARB_OP_REINITIALIZE ||
         operation == LOCKARB_OP_DELETE;
}
// Acts for the thread in OPERAND.
bool for_operand(unsigned operation) {
  return operation == LOCKARB_OP_RELEASE_FOR || operation == LOCKARB_OP_CANCEL ||
         operation == LOCKARB_OP_DRAIN;
}
// Contract part IV, I2.
bool acts_for_others(unsigned operation) {
  return is_lifetime(operation) || for_operand(operation) || operation == LOCKARB_OP_SET_OWNER;
}
bool needs_low_irql(unsigned operation) {
  return is_acquire(operation) || operation == LOCKARB_OP_RELEASE_AND_LEAVE ||
         operation == LOCKARB_OP_CONVERT || operation == LOCKARB_OP_DELETE;
}
bool for_everybody(unsigned operation) {
  return (is_acquire(operation) && !enters_region(operation)) || operation == LOCKARB_OP_RELEASE ||
         operation == LOCKARB_OP_CONVERT || operation == LOCKARB_OP_HOLD_COUNT;
}

unsigned operation_at(uint32_t place) { return place >> LOCKARB_OP_SHIFT & (kOperations - 1); }
unsigned lock_at(uint32_t place) { return place >> LOCKARB_LOCK_SHIFT & LOCKARB_GRANT_LOCK_MASK; }

// The bits that the number of a slot can have.
unsigned slot_bits(unsigned threads) {
  unsigned bits = 1;
  while (bits < threads - 1) bits = bits << 1 | 1;
  return bits;
}

bool is_error(unsigned status) { return status >= LOCKARB_STATUS_ERR_NOT_ARMED; }

}  // namespace

ReferenceModel::ReferenceModel(const Sizes &sizes)
    : sizes_(sizes),
      hold_limit_((1u << sizes.hold_width) - 1),
      cores_(sizes.cores),
      threads_(sizes.threads),
      locks_(sizes.locks),
      holds_(std::size_t{sizes.locks} * sizes.threads),
      bad_holds_(holds_.size()) {}

uint32_t ReferenceModel::interrupts() const {
  uint32_t lines = grant_lines_ | apc_lines_;
  for (const uint32_t error : errors_) {
    if (error != 0) lines |= 1u << ((error & LOCKARB_ERROR_CORE_MASK) >> LOCKARB_ERROR_CORE_SHIFT);
  }
  return lines;
}

// ------------------------------------------------------------------------------------------ bus

bool ReferenceModel::reaches(uint32_t address, const Sideband &sideband) const {
  const unsigned core = address >> LOCKARB_WINDOW_SHIFT;
  return core < sizes_.cores && address % 4 == 0 && (!sizes_.check_user || sideband.user == core);
}

std::optional<uint32_t> ReferenceModel::read(uint32_t address, const Sideband &sideband) {
  if (!reaches(address, sideband)) return std::nullopt;
  const unsigned core = address >> LOCKARB_WINDOW_SHIFT;
  const uint32_t offset = address & kWindowMask;
  if ((offset & LOCKARB_COMMAND_OFFSET) == 0) {
    return read_register(core, offset, sideband.privileged);
  }
  const unsigned operation = operation_at(offset), lock = lock_at(offset);
  if (!cores_[core].aperture) return std::nullopt;
  if (!may_issue(operation, lock, sideband.privileged)) return std::nullopt;
  return command(core, offset & kPlaceMask, false, sideband.privileged);
}

// Contract part IV, I5: unprivileged code uses locks of its class only.
bool ReferenceModel::may_issue(unsigned operation, unsigned lock, bool privileged) const {
  return privileged || (for_everybody(operation) && lock < sizes_.locks && locks_[lock].user);
}

std::optional<uint32_t> ReferenceModel::read_register(unsigned core, uint32_t offset,
                                                      bool privileged) {
  switch (offset) {
    case LOCKARB_ID_OFFSET:
      return LOCKARB_ID_MAGIC_RESET << LOCKARB_ID_MAGIC_SHIFT |
             LOCKARB_ID_MAJOR_RESET << LOCKARB_ID_MAJOR_SHIFT |
             LOCKARB_ID_MINOR_RESET << LOCKARB_ID_MINOR_SHIFT;
    case LOCKARB_PARAMS_OFFSET:
      return sizes_.cores << LOCKARB_PARAMS_CORES_SHIFT |
             sizes_.threads << LOCKARB_PARAMS_THREADS_SHIFT |
             sizes_.locks << LOCKARB_PARAMS_LOCKS_SHIFT;
    case LOCKARB_LIMITS_OFFSET:
      return sizes_.hold_width << LOCKARB_LIMITS_HOLD_WIDTH_SHIFT |
             uint32_t{sizes_.statistics} << LOCKARB_LIMITS_STATISTICS_SHIFT;
    case LOCKARB_STATUS_OFFSET:
      return uint32_t{interrupt(core)} << LOCKARB_STATUS_IRQ_SHIFT |
             uint32_t{!cores_[core].grants.empty()} << LOCKARB_STATUS_GRANT_SHIFT |
             uint32_t{cores_[core].deliverable != 0} << LOCKARB_STATUS_APC_SHIFT |
             uint32_t{errors_[true] != 0} << LOCKARB_STATUS_ERROR_SHIFT |
             uint32_t{errors_[false] != 0} << LOCKARB_STATUS_USER_ERROR_SHIFT;
    case LOCKARB_TIME_LO_OFFSET:
      return static_cast<uint32_t>(now_);
    case LOCKARB_TIME_HI_OFFSET:
      return static_cast<uint32_t>(now_ >> 32);
    case LOCKARB_USER_ANSWER_OFFSET:
      return cores_[core].answer[false];
    default:
      break;
  }
  if (!privileged) return std::nullopt;
  const Core &c = cores_[core];
  switch (offset) {
    case LOCKARB_CONTROL_OFFSET:
      return uint32_t{c.aperture} << LOCKARB_CONTROL_APERTURE_SHIFT;
    case LOCKARB_CURRENT_THREAD_OFFSET:
      return c.current_thread;
    case LOCKARB_OPERAND_OFFSET:
      return c.operand;
    case LOCKARB_GRANT_OFFSET:
      return oldest_grant(c);
    case LOCKARB_TAKE_OFFSET:
      return take(core);
    case LOCKARB_ERROR_OFFSET:
      return errors_[true];
    case LOCKARB_USER_ERROR_OFFSET:
      return errors_[false];
    case LOCKARB_ARM_OFFSET:
      return uint32_t{c.armed} << LOCKARB_ARM_VALID_SHIFT | c.arm;
    case LOCKARB_ANSWER_OFFSET:
      return c.answer[true];
    case LOCKARB_APC_MASK_OFFSET:
      return c.apc_mask;
    case LOCKARB_IRQL_OFFSET:
      return c.irql;
    case LOCKARB_APC_PENDING_OFFSET:
      return c.apc_pending;
    case LOCKARB_APC_DELIVERABLE_OFFSET:
      return c.deliverable;
    default:
      return read_statistics(offset);
  }
}

uint32_t ReferenceModel::oldest_grant(const Core &core) const {
  if (core.grants.empty()) return 0;
  const Thread &thread = threads_[core.grants.front()];
  const unsigned lock = thread.bad ? thread.lock ^ thread.lock_shown : thread.lock;
  return LOCKARB_GRANT_VALID_MASK | uint32_t{thread.bad} << LOCKARB_GRANT_BAD_SHIFT |
         uint32_t{core.grants.front()} << LOCKARB_GRANT_THREAD_SHIFT |
         lock << LOCKARB_GRANT_LOCK_SHIFT;
}

void ReferenceModel::remove_grant(unsigned core) {
  Core &c = cores_[core];
  if (c.grants.empty()) return;
  threads_[c.grants.front()].state = Thread::kIdle;
  threads_[c.grants.front()].bad = false;
  c.grants.pop_front();
  if (c.grants.empty()) grant_lines_ &= ~(1u << core);
}

// Its own grant only, and only while the aperture is open (contract part IV, I3 and I4).
uint32_t ReferenceModel::take(unsigned core) {
  const Core &c = cores_[core];
  const bool error = errors_[false] != 0 || errors_[true] != 0;
  uint32_t word = oldest_grant(c) | uint32_t{error} << LOCKARB_TAKE_ERROR_SHIFT;
  if ((c.current_thread & LOCKARB_CURRENT_THREAD_VALID_MASK) == 0) return word;
  const unsigned current = c.current_thread & kThreadMask;
  if (c.grants.empty()) {
    const bool waits = threads_[current].state != Thread::kIdle || threads_[current].bad;
    return word | uint32_t{waits} << LOCKARB_TAKE_WAITS_SHIFT;
  }
  if (c.grants.front() == current && c.aperture) {
    word |= LOCKARB_TAKE_TAKEN_MASK;
    remove_grant(core);
  }
  return word;
}

std::optional<uint32_t> ReferenceModel::read_statistics(uint32_t offset) const {
  if (!sizes_.statistics || offset < LOCKARB_STATISTICS_OFFSET) return std::nullopt;
  const uint32_t in_array = offset - LOCKARB_STATISTICS_OFFSET;
  const unsigned lock = in_array >> LOCKARB_STATISTICS_LOCK_SHIFT;
  if (lock >= sizes_.locks) return std::nullopt;
  const Statistics &statistics = locks_[lock].statistics;
  switch (in_array & ((1u << LOCKARB_STATISTICS_LOCK_SHIFT) - 1)) {
    case LOCKARB_ACQUISITIONS_OFFSET:
      return statistics.acquisitions;
    case LOCKARB_CONTENTIONS_OFFSET:
      return statistics.contentions;
    case LOCKARB_LONGEST_WAIT_OFFSET:
      return statistics.longest_wait;
    case LOCKARB_LONGEST_HOLD_OFFSET:
      return statistics.longest_hold;
    case LOCKARB_DEEPEST_QUEUE_OFFSET:
      return statistics.deepest_queue;
    default:
      return std::nullopt;
  }
}

bool ReferenceModel::write(uint32_t address, uint32_t value, const Sideband &sideband) {
  if (!reaches(address, sideband) || sideband.lanes != 15) return false;
  const unsigned core = address >> LOCKARB_WINDOW_SHIFT;
  const uint32_t offset = address & kWindowMask;
  Core &c = cores_[core];
  if (offset == LOCKARB_ISSUE_OFFSET) {
    if (!may_issue(operation_at(value), lock_at(value), sideband.privileged)) return false;
    if (sideband.privileged) c.issued = value & kPlaceMask;
    c.answer[sideband.privileged] = command(core, value & kPlaceMask, true, sideband.privileged);
    return true;
  }
  if (!sideband.privileged) return false;
  switch (offset) {
    case LOCKARB_CONTROL_OFFSET:
      c.aperture = (value & LOCKARB_CONTROL_APERTURE_MASK) != 0;
      return true;
    case LOCKARB_ARM_OFFSET:
      c.armed = true;
      c.arm = value & kPlaceMask;
      return true;
    case LOCKARB_ANSWER_OFFSET:
      c.answer[true] = value;
      return true;
    case LOCKARB_USER_ANSWER_OFFSET:
      c.answer[false] = value;
      return true;
    case LOCKARB_CURRENT_THREAD_OFFSET: {
      const uint32_t thread = value & (LOCKARB_CURRENT_THREAD_VALID_MASK | kThreadMask);
      if ((thread & LOCKARB_CURRENT_THREAD_VALID_MASK) != 0) {
        if ((thread & kThreadMask) >= sizes_.threads) return false;
        for (const Core &other : cores_) {
          if (&other != &c && other.current_thread == thread) return false;
        }
      }
      c.current_thread = thread;
      c.armed = false;
      return true;
    }
    case LOCKARB_OPERAND_OFFSET:
      c.operand = value & (LOCKARB_OPERAND_POINTER_MASK | kThreadMask);
      return true;
    case LOCKARB_GRANT_OFFSET:
      remove_grant(core);
      return true;
    case LOCKARB_ERROR_OFFSET:
      errors_[true] = 0;
      return true;
    case LOCKARB_USER_ERROR_OFFSET:
      errors_[false] = 0;
      return true;
    case LOCKARB_APC_MASK_OFFSET:
      c.apc_mask = value;
      update_deliverable(core);
      return true;
    case LOCKARB_IRQL_OFFSET:
      c.irql = value & LOCKARB_IRQL_VALUE_MASK;
      update_deliverable(core);
      return true;
    case LOCKARB_APC_PENDING_OFFSET:
      c.apc_pending =
          value & (LOCKARB_APC_PENDING_SPECIAL_MASK | LOCKARB_APC_PENDING_NORMAL_MASK |
                   LOCKARB_APC_PENDING_USER_MASK | LOCKARB_APC_PENDING_IN_PROGRESS_MASK |
                   LOCKARB_APC_PENDING_ALERTABLE_MASK);
      update_deliverable(core);
      return true;
    default:
      return false;
  }
}

// ------------------------------------------------------------------------------------- commands

uint32_t ReferenceModel::command(unsigned core, uint32_t place, bool by_write, bool privileged) {
  const unsigned operation = operation_at(place), lock = lock_at(place);
  const bool was_bad = lock < sizes_.locks && locks_[lock].bad;
  Core &c = cores_[core];
  const bool armed = std::exchange(c.armed, false) && c.arm == place;
  unsigned status = refusal(core, operation, lock, by_write || armed);
  if (status == 0) status = execute(core, operation, lock);
  uint32_t &error = errors_[privileged];
  if (is_error(status) && error == 0) {
    unsigned thread = (for_operand(operation) ? c.operand : c.current_thread) & kThreadMask;
    if (!privileged) thread &= slot_bits(sizes_.threads);
    error = LOCKARB_ERROR_VALID_MASK | status << LOCKARB_ERROR_STATUS_SHIFT |
            core << LOCKARB_ERROR_CORE_SHIFT | thread << LOCKARB_ERROR_THREAD_SHIFT |
            lock << LOCKARB_ERROR_LOCK_SHIFT;
  }
  if (operation == LOCKARB_OP_HOLD_COUNT) {
    const unsigned count =
        is_error(status) ? 0 : hold(lock, cores_[core].current_thread & kThreadMask);
    return count << LOCKARB_HOLD_COUNT_RESULT_COUNT_SHIFT | status;
  }
  if (lock >= sizes_.locks) return status;
  const Lock &row = locks_[lock];
  // Counts that cannot be trusted are not told.
  if (was_bad || (status == LOCKARB_STATUS_ERR_PARITY && row.bad)) return status;
  return status | row.owners << LOCKARB_RESULT_OWNERS_SHIFT |
         static_cast<uint32_t>(row.shared_queue.size()) << LOCKARB_RESULT_SHARED_WAITERS_SHIFT |
         static_cast<uint32_t>(row.exclusive_queue.size())
             << LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT;
}

// What is wrong with a command before the tables are asked; of several reasons the first. 0:
// nothing.
unsigned ReferenceModel::refusal(unsigned core, unsigned operation, unsigned lock,
                                 bool armed) const {
  if (operation > LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST) return LOCKARB_STATUS_ERR_OPERATION;
  if (lock >= sizes_.locks) return LOCKARB_STATUS_ERR_LOCK;
  if (locks_[lock].bad && !is_initialize(operation)) return LOCKARB_STATUS_ERR_PARITY;
  if (!locks_[lock].live && !is_initialize(operation)) return LOCKARB_STATUS_ERR_LOCK;
  if (acts_for_others(operation) && !armed) return LOCKARB_STATUS_ERR_NOT_ARMED;
  const Core &c = cores_[core];
  const bool uses_operand = for_operand(operation) || operation == LOCKARB_OP_SET_OWNER;
  if (uses_operand && (c.operand & kThreadMask) >= sizes_.threads) {
    return LOCKARB_STATUS_ERR_THREAD;
  }
  if (for_operand(operation)) {
    if (is_bad(lock, c.operand & kThreadMask)) return LOCKARB_STATUS_ERR_PARITY;
  } else if (!is_lifetime(operation)) {
    if ((c.current_thread & LOCKARB_CURRENT_THREAD_VALID_MASK) == 0) {
      return LOCKARB_STATUS_ERR_THREAD;
    }
    const unsigned thread = c.current_thread & kThreadMask;
    if (is_bad(lock, thread)) return LOCKARB_STATUS_ERR_PARITY;
    if (threads_[thread].state != Thread::kIdle) return LOCKARB_STATUS_ERR_THREAD;
  }
  if (needs_low_irql(operation) && c.irql > kIrqlApc) return LOCKARB_STATUS_ERR_IRQL;
  return 0;
}

unsigned ReferenceModel::execute(unsigned core, unsigned operation, unsigned lock) {
  const unsigned current = cores_[core].current_thread & kThreadMask;
  const unsigned operand = cores_[core].operand & kThreadMask;
  unsigned status;
  if (is_acquire(operation)) {
    status = acquire(core, operation, lock, current);
    // A thread that waits waits inside the region.
    if (enters_region(operation) && !is_error(status) && status != LOCKARB_STATUS_NOT_GRANTED) {
      count_region(core, -1);
    }
    return status;
  }
  switch (operation) {
    case LOCKARB_OP_RELEASE:
      return release(lock, current);
    case LOCKARB_OP_RELEASE_AND_LEAVE:
      status = release(lock, current);
      if (!is_error(status)) count_region(core, +1);
      return status;
    case LOCKARB_OP_RELEASE_FOR:
      return release(lock, operand);
    case LOCKARB_OP_CONVERT:
      return convert(lock, current);
    case LOCKARB_OP_SET_OWNER:
      return set_owner(core, lock, current);
    case LOCKARB_OP_HOLD_COUNT:
      return LOCKARB_STATUS_DONE;
    case LOCKARB_OP_CANCEL:
      return cancel(lock, operand);
    case LOCKARB_OP_DRAIN:
      return drain(lock, operand);
    default:
      return lifetime(operation, lock);
  }
}

}  // namespace lockarb
