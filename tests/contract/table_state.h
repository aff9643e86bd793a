// SPDX-License-Identifier: Apache-2.0
// TableState: a lock and its threads as the tables say they become, one word of a cell at a time.
// What each word does is the contract's "word | effect".
#pragma once

#include <deque>
#include <set>
#include <utility>

#include "subject.h"

namespace lockarb::contract {

class TableState {
 public:
  explicit TableState(bool writer_first) : writer_first_(writer_first) {}

  Result acquire(Actor actor, AcquireRoutine routine, Way way);
  Result release(Owner owner, bool and_leave);
  Result convert(Actor actor);
  Result set_owner(Actor actor, unsigned low_bits);
  Result change_lifetime(LifetimeOperation operation);
  void move_critical_region(Actor actor, int step) { kernel_apc_disable_[actor] += step; }

  // As the rows of table A name it.
  LockState state_for(Owner owner) const;
  bool waits(Owner owner) const;
  unsigned count(Owner owner) const { return counts_[owner]; }
  int kernel_apc_disable(Actor actor) const { return kernel_apc_disable_[actor]; }
  bool live() const { return live_; }
  View view() const;
  std::set<Actor> take_granted() { return std::exchange(granted_, {}); }

 private:
  unsigned owners() const;
  void grant(Actor actor);
  void grant_all_shared();
  void grant_head_of_exclusive();

  const bool writer_first_;
  bool live_ = true;
  bool exclusive_ = false;
  std::array<unsigned, kOwners> counts_ = {};
  std::deque<Actor> shared_queue_, exclusive_queue_;
  unsigned contentions_ = 0;
  std::array<int, kActors> kernel_apc_disable_ = {};
  std::set<Actor> granted_;
};

}  // namespace lockarb::contract
