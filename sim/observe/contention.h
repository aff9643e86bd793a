// SPDX-License-Identifier: Apache-2.0
// Who waits for whom, in a form that has a bound: waiting and owning over time, the lines of the
// program that wait and that keep others waiting, who owned what around the longest wait, and who
// waited for whom when most did. A passive observer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "executive/port.h"
#include "sim/observe/time_series.h"

namespace lockarb {

class Contention {
 public:
  void note(const struct port_note &note, uint64_t clock);
  // The run is over: what goes on ends here.
  void finish(uint64_t clock);

  // A thread waits for a lock or owns it.
  struct Span {
    bool waits;
    bool exclusive;
    unsigned lock;
    unsigned thread;
    uint64_t from;
    uint64_t to;  // the same as `from`: it goes on
  };

  // An acquire in the program, of one lock.
  struct Place {
    unsigned lock;
    uintptr_t from;  // the return address of the call; 0: not known
    uint64_t acquisitions = 0;
    uint64_t contentions = 0;
    uint64_t waiting_clocks = 0;
    uint64_t longest_wait = 0;
    uint64_t holding_clocks = 0;
    uint64_t longest_hold = 0;
    uint64_t others_waited = 0;  // thread-clocks, while somebody owned the lock by this acquire
  };

  struct Lock {
    uintptr_t address = 0;  // of its ERESOURCE
    TimeSeries waiting;
    TimeSeries exclusive;
    TimeSeries shared;

    uint64_t waiters = 0;
    uint64_t waited = 0;  // thread-clocks up to `since`
    uint64_t since = 0;
  };

  // Of its variable, as symbol_name() has it (source_line.h); empty: not known.
  const std::string &lock_name(std::size_t lock) const;
  const std::vector<Lock> &locks() const { return locks_; }     // by number
  const TimeSeries &waiting() const { return waiting_; }        // for any lock
  const std::vector<Place> &places() const { return places_; }  // in the order of their first use
  // At most kMostSpans that ended around the end of the longest wait, that one, and what went on
  // then. Empty: nobody waited.
  const std::vector<Span> &around_longest_wait() const { return around_; }
  const Span &longest_wait() const { return longest_; }
  uintptr_t longest_wait_from() const { return longest_from_; }
  // Who waited and who owned, when for the first time most threads waited. At most kMostSpans.
  const std::vector<Span> &most_waiting() const { return most_; }
  uint64_t most_waiting_clock() const { return most_clock_; }
  uint64_t most_waiting_threads() const { return most_threads_; }

 private:
  static constexpr std::size_t kMostSpans = 512;

  struct Hold {
    Span span;
    std::size_t place;
    uint64_t waited;  // of the lock, when it began
  };
  struct Wait {
    Span span;
    uintptr_t from;
  };

  Lock &lock(unsigned number);
  uint64_t &wanted(unsigned thread);
  std::size_t place(unsigned lock, uintptr_t from);
  uint64_t waited_until(Lock *lock, uint64_t clock);
  void begin_wait(const struct port_note &note, uint64_t clock);
  void end_wait(unsigned thread, uint64_t clock);
  void begin_hold(const struct port_note &note, uint64_t clock, std::size_t place);
  void end_hold(uint64_t key, uint64_t clock);
  void keep(const Span &span);
  void keep_around();
  void add_going_on(std::vector<Span> *spans, bool waits) const;

  std::vector<Lock> locks_;
  TimeSeries waiting_;
  std::vector<Place> places_;
  std::unordered_map<uint64_t, std::size_t> place_of_;
  std::vector<uint64_t> wanted_;              // by thread number - 1: since when
  std::unordered_map<unsigned, Wait> waits_;  // by thread
  std::unordered_map<uint64_t, Hold> holds_;  // by thread and lock
  std::vector<Span> last_;                    // a ring
  uint64_t kept_ = 0;                         // in it, since the run began
  Span longest_{};
  uintptr_t longest_from_ = 0;
  uint64_t longest_at_ = 0;  // kept_ then
  bool around_is_due_ = false;
  std::vector<Span> around_;
  std::vector<Span> most_;
  uint64_t most_clock_ = 0;
  uint64_t most_threads_ = 0;
};

}  // namespace lockarb
