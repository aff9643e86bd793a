// SPDX-License-Identifier: Apache-2.0
// An event of a run, in words: when does it happen for the first time? A passive observer.
//
//     lock 3 waits > 500        a thread waits for that lock longer than so many clocks
//     lock any holds > 2000     a thread owns a lock longer; `any`, a number, or a variable's name
//     bug check
//     deadlock                  found; while other threads run only with --deadlock-check
//     thread writer_a queued    or: acquires, granted, refused, releases, killed, ended
//     line filesystem.c:96      something is noted of a call in that line
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "executive/port.h"

namespace lockarb {

class Trigger {
 public:
  // Throws std::runtime_error: the word that is wrong, and what could stand there.
  explicit Trigger(const std::string &text);

  void note(const struct port_note &note, uint64_t clock);
  // The run is over: what goes on may have lasted long enough.
  void finish(uint64_t clock);

  std::optional<uint64_t> clock() const { return clock_; }

 private:
  enum class What { kWaits, kHolds, kNote, kLine };

  void parse_lock(const std::string &text);
  void parse_thread(const std::string &text);
  void parse_line(const std::string &text);
  bool is_of_the_lock(const struct port_note &note);
  bool is_in_the_line(uintptr_t from);
  void begin(const struct port_note &note, uint64_t clock);
  void end(uint64_t key, uint64_t clock);
  void lasted(uint64_t since, uint64_t clock);

  What what_ = What::kNote;
  std::optional<unsigned> lock_;  // empty: any, or not known yet
  std::string lock_name_;
  uint64_t limit_ = 0;  // in clocks
  port_note_kind kind_ = PORT_NOTE_BUG_CHECK;
  bool waited_ = false;                              // only an acquire that had to wait
  std::string thread_;                               // empty: any
  std::string line_;                                 // "filesystem.c:96 ("
  std::unordered_map<uint64_t, uint64_t> since_;     // by thread and lock, what goes on
  std::unordered_map<unsigned, uint64_t> wanted_;    // by thread
  std::unordered_map<uintptr_t, bool> in_the_line_;  // by return address
  std::optional<uint64_t> clock_;
};

}  // namespace lockarb
