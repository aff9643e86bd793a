// SPDX-License-Identifier: Apache-2.0
#include "sim/reference/reference_model.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

using namespace contract;

constexpr uint32_t kWindowMask = (1u << LOCKARB_WINDOW_SHIFT) - 1;
constexpr unsigned kOperations = 32;
constexpr uint32_t kPlaceMask = LOCKARB_ARM_OPERATION_MASK | LOCKARB_ARM_LOCK_MASK;
constexpr uint32_t kThreadMask = LOCKARB_OPERAND_THREAD_MASK;
constexpr uint32_t kIrqlApc = 1;

// The cells of the tables, found by number.
constexpr unsigned kStates = 6 * 8;
unsigned number_of(const LockState &state) {
  return static_cast<unsigned>(state.standing) * 8 + state.writer_first * 4 +
         state.exclusive_waiters * 2 + state.shared_waiters;
}

enum HoldColumn { kMoreThanOne, kOne, kNone, kHoldColumns };

struct Cells {
  AcquireWord acquire[kStates][kAcquireRoutines][2] = {};
  ReleaseWord release[kStates][kHoldColumns] = {};
  ConvertWord convert[kStates] = {};
  OwnerWord owner[2][kOwnerColumns] = {};
  LifetimeWord lifetime[kLifetimeOperations][kLifetimeColumns] = {};
  ApcWord apc[2][2][2][3] = {};

  Cells() {
    // A row that does not name the mode bit is for both.
    for (const bool writer_first : {false, true}) {
      for (const AcquireRow &row : kAcquireTable) {
        LockState state = parse_state(row.state);
        state.writer_first = writer_first;
        for (unsigned routine = 0; routine < kAcquireRoutines; ++routine) {
          for (const bool wait : {false, true}) {
            acquire[number_of(state)][routine][wait] = parse_acquire(row.routine[routine], wait);
          }
        }
      }
      for (const ReleaseRow &row : kReleaseTable) {
        LockState state = parse_state(row.state);
        if (state.writer_first && !writer_first) continue;
        state.writer_first = writer_first;
        ReleaseWord(&cells)[kHoldColumns] = release[number_of(state)];
        cells[kMoreThanOne] = parse_release(row.more_than_one);
        cells[kOne] = parse_release(row.one);
        cells[kNone] = parse_release(row.no_owner);
        // Who is no owner of a shared lock sees one of S(others).
        if (state.standing == Standing::kSharedMineAndOthers) {
          state.standing = Standing::kSharedOthers;
          release[number_of(state)][kNone] = cells[kNone];
        }
      }
      for (const ConvertRow &row : kConvertTable) {
        if (&row == &kConvertTable.back()) continue;  // what is left is "anything else"
        LockState state = parse_state(row.state);
        state.writer_first = writer_first;
        convert[number_of(state)] = parse_convert(row.outcome);
      }
    }
    for (unsigned row = 0; row < 2; ++row) {
      for (unsigned column = 0; column < kOwnerColumns; ++column) {
        owner[row][column] = parse_owner(kOwnerTable[row].column[column]);
      }
    }
    for (unsigned row = 0; row < kLifetimeOperations; ++row) {
      for (unsigned column = 0; column < kLifetimeColumns; ++column) {
        lifetime[row][column] = parse_lifetime(kLifetimeTable[row].column[column]);
      }
    }
    for (const ApcRow &row : kApcTable) {
      ApcWord(&cells)[3] = apc[row.kernel][row.special][row.apc_level];
      cells[0] = parse_apc(row.special_apc);
      cells[1] = parse_apc(row.normal_apc);
      cells[2] = parse_apc(row.user_apc);
    }
  }
};

const Cells &cells() {
  static const Cells all;
  return all;
}

[[noreturn]] void unreachable(const char *table) {
  throw std::logic_error(std::string("reference model: a state that table ") + table +
                         " does not have");
}

bool is_acquire(unsigned operation) { return operation < LOCKARB_OP_RELEASE; }
bool enters_region(unsigned operation) { return is_acquire(operation) && (operation & 8) != 0; }
bool is_initialize(unsigned operation) {
  return operation == LOCKARB_OP_INITIALIZE || operation >= LOCKARB_OP_INITIALIZE_WRITER_FIRST;
}
bool initializes_user(unsigned operation) { return operation >= LOCKARB_OP_INITIALIZE_USER; }
bool initializes_writer_first(unsigned operation) {
  return operation == LOCKARB_OP_INITIALIZE_WRITER_FIRST ||
         operation == LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
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

unsigned bits_of(unsigned numbers) {
  unsigned bits = 1;
  while (numbers > 1u << bits) ++bits;
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
    case LOCKARB_GRANT_OFFSET: {
      if (c.grants.empty()) return 0;
      const Thread &thread = threads_[c.grants.front()];
      const unsigned lock = thread.bad ? thread.lock ^ thread.lock_shown : thread.lock;
      return LOCKARB_GRANT_VALID_MASK | uint32_t{thread.bad} << LOCKARB_GRANT_BAD_SHIFT |
             uint32_t{c.grants.front()} << LOCKARB_GRANT_THREAD_SHIFT |
             lock << LOCKARB_GRANT_LOCK_SHIFT;
    }
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
      if (c.grants.empty()) return true;
      threads_[c.grants.front()].state = Thread::kIdle;
      threads_[c.grants.front()].bad = false;
      c.grants.pop_front();
      if (c.grants.empty()) grant_lines_ &= ~(1u << core);
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

// --------------------------------------------------------------------------------- APC mask, E

void ReferenceModel::count_region(unsigned core, int step) {
  uint32_t &mask = cores_[core].apc_mask;
  mask = (mask & LOCKARB_APC_MASK_SPECIAL_MASK) |
         ((mask + static_cast<uint32_t>(step)) & LOCKARB_APC_MASK_KERNEL_MASK);
  update_deliverable(core);
}

void ReferenceModel::update_deliverable(unsigned core) {
  Core &c = cores_[core];
  const ApcWord(&words)[3] =
      cells().apc[(c.apc_mask & LOCKARB_APC_MASK_KERNEL_MASK) != 0]
                 [(c.apc_mask & LOCKARB_APC_MASK_SPECIAL_MASK) != 0][c.irql >= kIrqlApc];
  c.deliverable = 0;
  for (unsigned kind = 0; kind < 3; ++kind) {  // the bits of APC_PENDING and APC_DELIVERABLE
    const bool open = words[kind] == ApcWord::kYes ||
                      (words[kind] == ApcWord::kIfNoneInProgress &&
                       (c.apc_pending & LOCKARB_APC_PENDING_IN_PROGRESS_MASK) == 0) ||
                      (words[kind] == ApcWord::kIfAlertable &&
                       (c.apc_pending & LOCKARB_APC_PENDING_ALERTABLE_MASK) != 0);
    if (open) c.deliverable |= c.apc_pending & 1u << kind;
  }
  apc_lines_ = (apc_lines_ & ~(1u << core)) | uint32_t{c.deliverable != 0} << core;
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
    const unsigned thread = (for_operand(operation) ? c.operand : c.current_thread) & kThreadMask;
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

LockState ReferenceModel::state(unsigned lock, unsigned thread) {
  const Lock &row = locks_[lock];
  const bool mine = hold(lock, thread) != 0;
  LockState state;
  if (row.owners == 0) {
    state.standing = Standing::kFree;
  } else if (row.exclusive) {
    state.standing = mine ? Standing::kExclusiveMine : Standing::kExclusiveOther;
  } else if (mine) {
    state.standing = row.owners == 1 ? Standing::kSharedMine : Standing::kSharedMineAndOthers;
  } else {
    state.standing = Standing::kSharedOthers;
  }
  state.exclusive_waiters = !row.exclusive_queue.empty();
  state.shared_waiters = !row.shared_queue.empty();
  state.writer_first = row.writer_first;
  return state;
}

// A
unsigned ReferenceModel::acquire(unsigned core, unsigned operation, unsigned lock,
                                 unsigned thread) {
  const bool wait = (operation & 4) != 0;
  const unsigned kind = operation & 3;
  const unsigned routine = kind == 0 && !wait ? unsigned{kTryExclusive} : kExclusive + kind;
  const AcquireWord word = cells().acquire[number_of(state(lock, thread))][routine][wait];
  Lock &row = locks_[lock];
  uint16_t &count = hold(lock, thread);
  // The grant of a shared waiter may add to what it holds.
  const bool adds = word == AcquireWord::kRecX || word == AcquireWord::kRecS ||
                    word == AcquireWord::kWaitS || word == AcquireWord::kWaitSSelfBlock;
  if (adds && count == hold_limit_) return LOCKARB_STATUS_ERR_OVERFLOW;
  switch (word) {
    case AcquireWord::kGrantX:
    case AcquireWord::kGrantS:
      if (row.owners == 0) row.owned_since = static_cast<uint32_t>(now_);
      row.exclusive = word == AcquireWord::kGrantX;
      ++row.owners;
      count = 1;
      ++row.statistics.acquisitions;
      return row.exclusive ? LOCKARB_STATUS_GRANTED_EXCLUSIVE : LOCKARB_STATUS_GRANTED_SHARED;
    case AcquireWord::kRecX:
    case AcquireWord::kRecS:
      ++count;
      ++row.statistics.acquisitions;
      return word == AcquireWord::kRecX ? LOCKARB_STATUS_RECURSED_EXCLUSIVE
                                        : LOCKARB_STATUS_RECURSED_SHARED;
    case AcquireWord::kFalse:
      return LOCKARB_STATUS_NOT_GRANTED;
    case AcquireWord::kWaitE:
    case AcquireWord::kWaitS:
      enqueue(core, lock, thread, word == AcquireWord::kWaitE);
      return LOCKARB_STATUS_WAITING;
    case AcquireWord::kWaitESelfBlock:
    case AcquireWord::kWaitSSelfBlock:
      enqueue(core, lock, thread, word == AcquireWord::kWaitESelfBlock);
      return LOCKARB_STATUS_WAITING_SELF_BLOCK;
    default:
      unreachable("A");
  }
}

// B
unsigned ReferenceModel::release(unsigned lock, unsigned thread) {
  Lock &row = locks_[lock];
  uint16_t &count = hold(lock, thread);
  const HoldColumn column = count == 0 ? kNone : count == 1 ? kOne : kMoreThanOne;
  switch (cells().release[number_of(state(lock, thread))][column]) {
    case ReleaseWord::kCount:
      --count;
      return LOCKARB_STATUS_HELD;
    case ReleaseWord::kFree:
      count = 0;
      row.owners = 0;
      row.exclusive = false;
      change_hands(lock);
      return LOCKARB_STATUS_FREED;
    case ReleaseWord::kAllShared:
      count = 0;
      row.owners = 0;
      row.exclusive = false;
      change_hands(lock);
      grant_all_shared(lock);
      return LOCKARB_STATUS_HANDED_SHARED;
    case ReleaseWord::kHeadOfExclusive:
      count = 0;
      row.owners = 0;
      row.exclusive = true;
      change_hands(lock);
      grant_head_of_exclusive(lock);
      return LOCKARB_STATUS_HANDED_EXCLUSIVE;
    case ReleaseWord::kEntryRemoved:
      count = 0;
      --row.owners;
      return LOCKARB_STATUS_LEFT;
    case ReleaseWord::kNotOwnedShared:
      return LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
    case ReleaseWord::kNotOwnedExclusive:
      return LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE;
    default:
      unreachable("B");
  }
}

// C
unsigned ReferenceModel::convert(unsigned lock, unsigned thread) {
  switch (cells().convert[number_of(state(lock, thread))]) {
    case ConvertWord::kMine:
      locks_[lock].exclusive = false;
      return LOCKARB_STATUS_CONVERTED;
    case ConvertWord::kMineAndAllShared:
      locks_[lock].exclusive = false;
      grant_all_shared(lock);
      return LOCKARB_STATUS_HANDED_SHARED;
    default:
      return LOCKARB_STATUS_ERR_CONVERT;
  }
}

// D
unsigned ReferenceModel::set_owner(unsigned core, unsigned lock, unsigned thread) {
  const unsigned slot = cores_[core].operand & kThreadMask;
  if (is_bad(lock, slot)) return LOCKARB_STATUS_ERR_PARITY;
  // A slot that is a thread's, now, is no pointer's.
  const bool pointer = (cores_[core].operand & LOCKARB_OPERAND_POINTER_MASK) != 0 &&
                       slot != thread && threads_[slot].state == Thread::kIdle;
  uint16_t &mine = hold(lock, thread);
  uint16_t &pointers = hold(lock, slot);
  OwnerColumn column = kOwnsNot;
  if (mine != 0) {
    column = locks_[lock].exclusive ? kOwnsExclusive
             : pointers == 0        ? kOwnsShared
                                    : kOwnsSharedAsPointerDoes;
  }
  switch (cells().owner[pointer ? 0 : 1][column]) {
    case OwnerWord::kRenamed:
      pointers = mine;
      mine = 0;
      return LOCKARB_STATUS_DONE;
    case OwnerWord::kAdded:
      if (unsigned{pointers} + mine > hold_limit_) return LOCKARB_STATUS_ERR_OVERFLOW;
      pointers = static_cast<uint16_t>(pointers + mine);
      mine = 0;
      --locks_[lock].owners;
      return LOCKARB_STATUS_DONE;
    case OwnerWord::kNotOwned:
      // As table B says it to who is no owner.
      return release(lock, thread);
    default:
      return LOCKARB_STATUS_ERR_OWNER_VALUE;
  }
}

// D
unsigned ReferenceModel::lifetime(unsigned operation, unsigned lock) {
  Lock &row = locks_[lock];
  const LifetimeOperation what = operation == LOCKARB_OP_DELETE         ? kDelete
                                 : operation == LOCKARB_OP_REINITIALIZE ? kReinitialize
                                                                        : kInitialize;
  const LifetimeColumn column = !row.live || row.bad ? kNotInitialized
                                : !row.shared_queue.empty() || !row.exclusive_queue.empty()
                                    ? kWaiters
                                : row.owners != 0 ? kOwned
                                                  : kNotOwned;
  const LifetimeWord word = cells().lifetime[what][column];
  switch (word) {
    case LifetimeWord::kZero:
    case LifetimeWord::kZeroHeld:
      row.live = true;
      if (what == kInitialize) {
        row.writer_first = initializes_writer_first(operation);
        row.user = initializes_user(operation);
      }
      row.statistics = {};
      break;
    case LifetimeWord::kFreed:
    case LifetimeWord::kFreedHeld:
      row.live = false;
      row.user = false;
      break;
    case LifetimeWord::kWaiters:
      return LOCKARB_STATUS_ERR_WAITERS;
    case LifetimeWord::kSecond:
      return LOCKARB_STATUS_ERR_INITIALIZED;
    default:
      unreachable("D");
  }
  row.exclusive = false;
  row.owners = 0;
  std::fill_n(&hold(lock, 0), sizes_.threads, uint16_t{0});
  std::fill_n(bad_holds_.begin() + std::size_t{lock} * sizes_.threads, sizes_.threads, false);
  forget_waiters(lock);
  return word == LifetimeWord::kZeroHeld || word == LifetimeWord::kFreedHeld
             ? LOCKARB_STATUS_DONE_HELD
             : LOCKARB_STATUS_DONE;
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
