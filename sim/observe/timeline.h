// SPDX-License-Identifier: Apache-2.0
// A run as a timeline for https://ui.perfetto.dev: which thread each core runs, what each thread
// does and owns, who owns each lock and how many wait for it, what the bus does. A passive
// observer. An event is written when it happens, so memory grows with the threads, locks and source
// lines of a program, not with its run.
//
// The format is that of Perfetto's protos/perfetto/trace/trace_packet.proto and
// track_event/*.proto. Times are nanoseconds of the simulation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "executive/port.h"
#include "sim/observe/output_file.h"
#include "sim/observe/packet_writer.h"

namespace lockarb {

class Timeline {
 public:
  explicit Timeline(OutputFile *file);

  void note(const struct port_note &note, uint64_t clock);
  // The bus was taken from `at` to `end`, for a transfer that has the name text(), the same for the
  // same `key`.
  template <typename Text>
  void transfer(uint64_t key, Text text, uint64_t at, uint64_t end) {
    event(kSliceBegin, bus_, at, name_of(Verb::kTransfer, key, 0, text));
    event(kSliceEnd, bus_, end, 0);
  }
  void fault(const std::string &what, uint64_t clock);
  // The run is over: ends what goes on, and writes what is left.
  void finish(const std::string &outcome, uint64_t clock);

 private:
  using Track = unsigned;   // Perfetto's uuid of it; 0: none yet
  using NameId = uint64_t;  // of a text that was written once; 0: no name

  struct Thread {
    Track track = 0;
    NameId name = 0;
    Track regions[2] = {};                      // critical, guarded
    std::unordered_map<unsigned, Track> holds;  // by lock
  };
  struct Lock {
    std::string name;
    NameId id = 0;  // of its name
    Track owner = 0;
    Track readers = 0;
    Track waiters = 0;
    unsigned exclusive = 0;  // the number of the thread that owns it so
    unsigned told_late = 0;  // releases whose next owner told first: of locks in software
    int64_t reader_count = 0;
    int64_t waiter_count = 0;
    uint64_t release = 0;  // the arrow that its last one begins
  };
  // Perfetto's types of events.
  enum : unsigned { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4 };
  enum class Verb { kReady, kRuns, kWaits, kGranted, kOwns, kLetGo, kInside, kTransfer };

  Thread &thread(unsigned number);
  Lock &lock(unsigned number);

  Track add_track(Track parent, const std::string &name, const char *unit = nullptr);
  NameId intern(const std::string &text);
  // The name of all events of one verb, thing and manner: text() is called for the first.
  template <typename Text>
  NameId name_of(Verb verb, uint64_t of, uint64_t how, Text text) {
    const uint64_t key = static_cast<uint64_t>(verb) << 60 | how << 48 | of;
    const auto found = names_.find(key);
    if (found != names_.end()) return found->second;
    return names_[key] = intern(text());
  }
  uint64_t source_of(const struct port_note &note);

  // Where its packet and itself begin in what is written.
  struct Event {
    std::size_t whole, event;
  };
  std::size_t begin_packet();
  void end_packet(std::size_t whole);
  Event begin_event(unsigned type, Track track, uint64_t clock);
  void end_event(Event begun);
  void event(unsigned type, Track track, uint64_t clock, NameId name, uint64_t source = 0,
             uint64_t arrow = 0);
  void slice(Track track, uint64_t clock, NameId name, uint64_t source = 0);  // ends the one before
  void end_slice(Track track, uint64_t clock);                                // if there is one
  void count(Track track, uint64_t clock, int64_t value);

  void name_lock(const struct port_note &note);
  void run_on_core(const struct port_note &note, uint64_t clock);
  void acquire(const struct port_note &note, uint64_t clock);
  void convert(const struct port_note &note, uint64_t clock);
  void let_go(const struct port_note &note, uint64_t clock);
  void region(const struct port_note &note, uint64_t clock);

  PacketWriter packets_;
  std::vector<bool> open_;  // of each track: a slice has not ended
  const Track run_, cores_, threads_, locks_, bus_;
  std::vector<Track> core_tracks_;
  std::vector<Thread> thread_of_;  // by number - 1
  std::vector<Lock> lock_of_;      // by number
  std::unordered_map<std::string, NameId> texts_;
  std::unordered_map<uint64_t, NameId> names_;       // by name_of()'s arguments
  std::unordered_map<uintptr_t, uint64_t> sources_;  // by return address
  uint64_t arrows_ = 0;
};

}  // namespace lockarb
