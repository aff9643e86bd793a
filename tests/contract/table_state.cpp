// SPDX-License-Identifier: Apache-2.0
#include "table_state.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace lockarb::contract {
namespace {

bool same(const LockState &a, const LockState &b) {
  return a.standing == b.standing && a.exclusive_waiters == b.exclusive_waiters &&
         a.shared_waiters == b.shared_waiters && a.writer_first == b.writer_first;
}

// A row that does not name the mode bit is for both, unless another one names it.
template <class Table>
auto find_row(const Table &table, LockState state) {
  for (;;) {
    for (auto row = table.begin(); row != table.end(); ++row) {
      if (std::string(row->state) != "anything else" && same(parse_state(row->state), state)) {
        return row;
      }
    }
    if (!state.writer_first) return table.end();
    state.writer_first = false;
  }
}

[[noreturn]] void no_row(const char *table) {
  throw std::logic_error(std::string("a state that table ") + table + " does not have");
}

}  // namespace

unsigned TableState::owners() const {
  return static_cast<unsigned>(
      std::count_if(counts_.begin(), counts_.end(), [](unsigned count) { return count != 0; }));
}

bool TableState::waits(Owner owner) const {
  for (const auto &queue : {shared_queue_, exclusive_queue_}) {
    if (std::find(queue.begin(), queue.end(), owner) != queue.end()) return true;
  }
  return false;
}

LockState TableState::state_for(Owner owner) const {
  const bool mine = counts_[owner] != 0;
  LockState state;
  if (owners() == 0) {
    state.standing = Standing::kFree;
  } else if (exclusive_) {
    state.standing = mine ? Standing::kExclusiveMine : Standing::kExclusiveOther;
  } else if (mine) {
    state.standing = owners() == 1 ? Standing::kSharedMine : Standing::kSharedMineAndOthers;
  } else {
    state.standing = Standing::kSharedOthers;
  }
  state.exclusive_waiters = !exclusive_queue_.empty();
  state.shared_waiters = !shared_queue_.empty();
  state.writer_first = writer_first_;
  return state;
}

View TableState::view() const {
  View view;
  view.exclusive = exclusive_;
  view.owners = owners();
  view.shared_waiters = static_cast<unsigned>(shared_queue_.size());
  view.exclusive_waiters = static_cast<unsigned>(exclusive_queue_.size());
  view.contentions = contentions_;
  for (unsigned actor = 0; actor < kActors; ++actor) {
    if (waits(actor)) continue;
    view.holds[actor] = {counts_[actor], exclusive_ && counts_[actor] != 0};
  }
  view.kernel_apc_disable = kernel_apc_disable_;
  return view;
}

void TableState::grant(Actor actor) {
  ++counts_[actor];
  granted_.insert(actor);
}

void TableState::grant_all_shared() {
  for (const Actor actor : shared_queue_) grant(actor);
  shared_queue_.clear();
}

void TableState::grant_head_of_exclusive() {
  grant(exclusive_queue_.front());
  exclusive_queue_.pop_front();
}

Result TableState::acquire(Actor actor, AcquireRoutine routine, Way way) {
  const auto row = find_row(kAcquireTable, state_for(actor));
  if (row == kAcquireTable.end()) no_row("A");
  if (way == Way::kEnterRegionAndWait) --kernel_apc_disable_[actor];
  const auto queue = [&](std::deque<Actor> &queue, Result result) {
    ++contentions_;
    queue.push_back(actor);
    return result;
  };
  switch (parse_acquire(row->routine[routine], way != Way::kTry)) {
    case AcquireWord::kGrantX:
      exclusive_ = true;
      counts_[actor] = 1;
      return Result::kGrantedExclusive;
    case AcquireWord::kGrantS:
      counts_[actor] = 1;
      return Result::kGrantedShared;
    case AcquireWord::kRecX:
      ++counts_[actor];
      return Result::kRecursedExclusive;
    case AcquireWord::kRecS:
      ++counts_[actor];
      return Result::kRecursedShared;
    case AcquireWord::kFalse:
      return Result::kRefused;
    case AcquireWord::kWaitE:
      return queue(exclusive_queue_, Result::kWaits);
    case AcquireWord::kWaitS:
      return queue(shared_queue_, Result::kWaits);
    case AcquireWord::kWaitESelfBlock:
      return queue(exclusive_queue_, Result::kWaitsForItself);
    case AcquireWord::kWaitSSelfBlock:
      return queue(shared_queue_, Result::kWaitsForItself);
    default:
      no_row("A");
  }
}

Result TableState::release(Owner owner, bool and_leave) {
  const unsigned count = counts_[owner];
  LockState state = state_for(owner);
  // To who is no owner, t is one of the owners.
  if (state.standing == Standing::kSharedOthers) {
    state.standing = owners() == 1 ? Standing::kSharedMine : Standing::kSharedMineAndOthers;
  }
  const auto row = find_row(kReleaseTable, state);
  if (row == kReleaseTable.end()) no_row("B");
  const ReleaseWord word = parse_release(count == 0   ? row->no_owner
                                         : count == 1 ? row->one
                                                      : row->more_than_one);
  switch (word) {
    case ReleaseWord::kNotOwnedShared:
      return Result::kNotOwnedShared;
    case ReleaseWord::kNotOwnedExclusive:
      return Result::kNotOwnedExclusive;
    case ReleaseWord::kUnreachable:
      no_row("B");
    default:
      break;
  }
  --counts_[owner];
  if (and_leave) ++kernel_apc_disable_[owner];
  if (word == ReleaseWord::kFree || word == ReleaseWord::kAllShared) exclusive_ = false;
  if (word == ReleaseWord::kAllShared) grant_all_shared();
  if (word == ReleaseWord::kHeadOfExclusive) {
    exclusive_ = true;
    grant_head_of_exclusive();
  }
  return Result::kDone;
}

Result TableState::convert(Actor actor) {
  auto row = find_row(kConvertTable, state_for(actor));
  if (row == kConvertTable.end()) --row;  // "anything else"
  const ConvertWord word = parse_convert(row->outcome);
  if (word == ConvertWord::kError) return Result::kConvertedByStranger;
  exclusive_ = false;
  if (word == ConvertWord::kMineAndAllShared) grant_all_shared();
  return Result::kDone;
}

Result TableState::set_owner(Actor actor, unsigned low_bits) {
  const OwnerColumn column = counts_[actor] == 0      ? kOwnsNot
                             : exclusive_             ? kOwnsExclusive
                             : counts_[kPointer] == 0 ? kOwnsShared
                                                      : kOwnsSharedAsPointerDoes;
  switch (parse_owner(kOwnerTable[low_bits == 3 ? 0 : 1].column[column])) {
    case OwnerWord::kNotOwned:
      return release(actor, false);  // table B has what it is told
    case OwnerWord::kError:
      return Result::kNoOwnerPointer;
    default:
      counts_[kPointer] += std::exchange(counts_[actor], 0);
      return Result::kDone;
  }
}

Result TableState::change_lifetime(LifetimeOperation operation) {
  const LockState state = state_for(kMe);
  const LifetimeColumn column = !live_                                            ? kNotInitialized
                                : state.exclusive_waiters || state.shared_waiters ? kWaiters
                                : owners() != 0                                   ? kOwned
                                                                                  : kNotOwned;
  const LifetimeWord word = parse_lifetime(kLifetimeTable[operation].column[column]);
  switch (word) {
    case LifetimeWord::kNoLock:
      return Result::kNotInitialized;
    case LifetimeWord::kWaiters:
      return Result::kHasWaiters;
    case LifetimeWord::kSecond:
      return Result::kInitializedTwice;
    default:
      break;
  }
  live_ = word == LifetimeWord::kZero || word == LifetimeWord::kZeroHeld;
  exclusive_ = false;
  counts_ = {};
  contentions_ = 0;
  return word == LifetimeWord::kFreedHeld || word == LifetimeWord::kZeroHeld
             ? Result::kDoneThoughOwned
             : Result::kDone;
}

}  // namespace lockarb::contract
