// SPDX-License-Identifier: Apache-2.0
// ReferenceModel: what a command does to the lock, cell by cell of the contract's tables A to E.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "sim/reference/reference_model.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

using namespace contract;

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
bool initializes_user(unsigned operation) { return operation >= LOCKARB_OP_INITIALIZE_USER; }
bool initializes_writer_first(unsigned operation) {
  return operation == LOCKARB_OP_INITIALIZE_WRITER_FIRST ||
         operation == LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
}
}  // namespace

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
  const unsigned slot = cores_[core].operand & LOCKARB_OPERAND_THREAD_MASK;
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
// E
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

}  // namespace lockarb
