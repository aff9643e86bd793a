// SPDX-License-Identifier: Apache-2.0
// Counts what the executive's notes tell: per lock and per thread. A passive observer.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "executive/port.h"
#include "sim/observe/histogram.h"

namespace lockarb {

struct LockUse {
  bool used = false;          // somebody has initialized it
  uint64_t acquisitions = 0;  // first levels and recursions
  uint64_t recursions = 0;
  uint64_t contentions = 0;  // acquires that had to wait
  uint64_t refusals = 0;     // tries that were not granted
  Histogram waiting;         // of contentions: from the acquire to its end
  Histogram holding;         // from the first level to the last release

  void add(const LockUse &other);
};

struct ThreadUse : LockUse {
  std::string name;
  unsigned core = 0;
  bool ended = false;
  bool killed = false;
  // By kind: special, normal, user.
  uint64_t apcs_queued[3] = {};
  uint64_t apcs_held_back[3] = {};
  uint64_t apcs_delivered[3] = {};

  void add(const ThreadUse &other);
};

class Statistics {
 public:
  void note(const struct port_note &note, uint64_t clock);

  const std::vector<LockUse> &locks() const { return locks_; }        // by lock number
  uint64_t ignored_grants() const { return ignored_grants_; }         // nobody waited for them
  const std::vector<ThreadUse> &threads() const { return threads_; }  // by number - 1

 private:
  LockUse &lock(unsigned number);
  ThreadUse &thread(unsigned number);

  std::vector<LockUse> locks_;
  std::vector<ThreadUse> threads_;
  uint64_t ignored_grants_ = 0;
  std::vector<uint64_t> wanted_;                 // since when each thread wants its lock
  std::unordered_map<uint64_t, uint64_t> held_;  // (thread, lock) -> since when
};

}  // namespace lockarb
