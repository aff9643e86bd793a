// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/timeline.h"

#include <fmt/format.h>

#include <cstdlib>

#include "sim/model/units.h"
#include "sim/observe/source_line.h"

namespace lockarb {
namespace {

// Numbers of Perfetto's fields, by message.
namespace trace {
enum : unsigned { kPacket = 1 };
}
namespace packet {
enum : unsigned {
  kTimestamp = 8,
  kSequence = 10,
  kTrackEvent = 11,
  kInternedData = 12,
  kSequenceFlags = 13,
  kTrackDescriptor = 60
};
}
namespace interned_data {
enum : unsigned { kEventNames = 2, kSourceLocations = 4 };
}
namespace event_name {
enum : unsigned { kId = 1, kName = 2 };
}
namespace source_location {
enum : unsigned { kId = 1, kFile = 2, kFunction = 3, kLine = 4 };
}
namespace track_descriptor {
enum : unsigned {
  kUuid = 1,
  kName = 2,
  kParent = 5,
  kCounter = 8,
  kRank = 12,
  kChildOrdering = 11
};
}
namespace counter_descriptor {
enum : unsigned { kUnitName = 6 };
}
namespace track_event {
enum : unsigned { kType = 9, kName = 10, kTrack = 11, kValue = 30, kSource = 34, kArrows = 47 };
}

// Values of them.
enum : unsigned { kStateCleared = 1, kNeedsState = 2 };
constexpr unsigned kByRank = 3;
constexpr unsigned kOurSequence = 1;

constexpr const char *kApcs[] = {"special", "normal", "user"};

const char *mode(const struct port_note &note) { return note.exclusive ? "exclusive" : "shared"; }

// How a thread ceases to own a lock.
const char *how_it_let_go(port_note_kind kind) {
  if (kind == PORT_NOTE_LOCK_GIVEN) return "gives away";
  if (kind == PORT_NOTE_LOCK_DRAINED) return "is killed and loses";
  return kind == PORT_NOTE_LOCK_CONVERTED ? "makes shared" : "releases";
}

}  // namespace

Timeline::Timeline(OutputFile *file)
    : packets_(file),
      run_(add_track(0, "Run")),
      cores_(add_track(0, "Cores")),
      threads_(add_track(0, "Threads")),
      locks_(add_track(0, "Locks")),
      bus_(add_track(0, "Bus")) {}

// Each packet needs the texts that were written before it, which the first one says it does not.
std::size_t Timeline::begin_packet() {
  const std::size_t whole = packets_.begin(trace::kPacket);
  packets_.add(packet::kSequence, kOurSequence);
  packets_.add(packet::kSequenceFlags, open_.empty() ? kStateCleared : kNeedsState);
  return whole;
}

void Timeline::end_packet(std::size_t whole) {
  packets_.end(whole);
  packets_.pass_on();
}

// `unit`: of a counter's values; nullptr: the track has slices.
Timeline::Track Timeline::add_track(Track parent, const std::string &name, const char *unit) {
  const std::size_t whole = begin_packet();
  if (open_.empty()) open_.push_back(false);  // there is no track 0
  const Track track = static_cast<Track>(open_.size());
  open_.push_back(false);
  const std::size_t descriptor = packets_.begin(packet::kTrackDescriptor);
  packets_.add(track_descriptor::kUuid, track);
  packets_.add(track_descriptor::kName, name);
  if (parent != 0) packets_.add(track_descriptor::kParent, parent);
  packets_.add(track_descriptor::kChildOrdering, kByRank);
  packets_.add(track_descriptor::kRank, track);
  if (unit != nullptr) {
    const std::size_t counter = packets_.begin(track_descriptor::kCounter);
    packets_.add(counter_descriptor::kUnitName, std::string(unit));
    packets_.end(counter);
  }
  packets_.end(descriptor);
  end_packet(whole);
  return track;
}

Timeline::NameId Timeline::intern(const std::string &text) {
  const auto [found, is_new] = texts_.try_emplace(text, texts_.size() + 1);
  if (!is_new) return found->second;
  const std::size_t whole = begin_packet();
  const std::size_t data = packets_.begin(packet::kInternedData);
  const std::size_t name = packets_.begin(interned_data::kEventNames);
  packets_.add(event_name::kId, found->second);
  packets_.add(event_name::kName, text);
  packets_.end(name);
  packets_.end(data);
  end_packet(whole);
  return found->second;
}

// "smallest.c:14 (count)", by its number.
uint64_t Timeline::source_of(const struct port_note &note) {
  if (note.from == 0) return 0;
  const auto known = sources_.find(note.from);
  if (known != sources_.end()) return known->second;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const std::string &text = source_line(reinterpret_cast<const void *>(note.from));
  const std::size_t colon = text.rfind(':');
  const std::size_t space = text.find(" (", colon == std::string::npos ? 0 : colon);
  if (colon == std::string::npos || space == std::string::npos) return sources_[note.from] = 0;
  const uint64_t id = sources_.size() + 1;
  const std::size_t whole = begin_packet();
  const std::size_t data = packets_.begin(packet::kInternedData);
  const std::size_t location = packets_.begin(interned_data::kSourceLocations);
  packets_.add(source_location::kId, id);
  packets_.add(source_location::kFile, text.substr(0, colon));
  packets_.add(source_location::kFunction, text.substr(space + 2, text.size() - space - 3));
  packets_.add(source_location::kLine, std::strtoull(text.c_str() + colon + 1, nullptr, 10));
  packets_.end(location);
  packets_.end(data);
  end_packet(whole);
  return sources_[note.from] = id;
}

Timeline::Event Timeline::begin_event(unsigned type, Track track, uint64_t clock) {
  const std::size_t whole = begin_packet();
  packets_.add(packet::kTimestamp, clock * kClockNanoseconds);
  const std::size_t event = packets_.begin(packet::kTrackEvent);
  packets_.add(track_event::kType, type);
  packets_.add(track_event::kTrack, track);
  return {whole, event};
}

void Timeline::end_event(Event begun) {
  packets_.end(begun.event);
  end_packet(begun.whole);
}

// `arrow`: the viewer draws one from each event of that number to the next; 0: none.
void Timeline::event(unsigned type, Track track, uint64_t clock, NameId name, uint64_t source,
                     uint64_t arrow) {
  const Event begun = begin_event(type, track, clock);
  if (name != 0) packets_.add(track_event::kName, name);
  if (source != 0) packets_.add(track_event::kSource, source);
  if (arrow != 0) packets_.add_fixed64(track_event::kArrows, arrow);
  end_event(begun);
}

void Timeline::count(Track track, uint64_t clock, int64_t value) {
  const Event begun = begin_event(kCounter, track, clock);
  packets_.add(track_event::kValue, static_cast<uint64_t>(value));
  end_event(begun);
}

void Timeline::slice(Track track, uint64_t clock, NameId name, uint64_t source) {
  end_slice(track, clock);
  open_[track] = true;
  event(kSliceBegin, track, clock, name, source);
}

void Timeline::end_slice(Track track, uint64_t clock) {
  if (!open_[track]) return;
  open_[track] = false;
  event(kSliceEnd, track, clock, 0);
}

Timeline::Thread &Timeline::thread(unsigned number) {
  if (number > thread_of_.size()) thread_of_.resize(number);
  return thread_of_[number - 1];
}

Timeline::Lock &Timeline::lock(unsigned number) {
  if (number >= lock_of_.size()) lock_of_.resize(number + 1);
  return lock_of_[number];
}

// A number is used again for another lock, which gets tracks of its own.
void Timeline::name_lock(const struct port_note &note) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const std::string &variable = symbol_name(reinterpret_cast<const void *>(note.address));
  const std::string name = variable.empty() ? fmt::format("lock {}", note.lock)
                                            : fmt::format("{} (lock {})", variable, note.lock);
  Lock &of = lock(note.lock);
  if (of.name == name) return;
  of = {};
  of.name = name;
  of.id = intern(name);
  of.owner = add_track(locks_, name);
  of.readers = add_track(locks_, name + ": shared owners", "threads");
  of.waiters = add_track(locks_, name + ": waiters", "threads");
}

void Timeline::run_on_core(const struct port_note &note, uint64_t clock) {
  while (core_tracks_.size() <= note.core) {
    core_tracks_.push_back(add_track(cores_, fmt::format("core {}", core_tracks_.size())));
  }
  end_slice(core_tracks_[note.core], clock);
  if (note.thread == 0) return;
  const Thread &self = thread(note.thread);
  slice(core_tracks_[note.core], clock, self.name);
  slice(self.track, clock, name_of(Verb::kRuns, note.core, 0, [&] {
          return fmt::format("runs on core {}", note.core);
        }));
}

void Timeline::acquire(const struct port_note &note, uint64_t clock) {
  Lock &of = lock(note.lock);
  Thread &self = thread(note.thread);
  const uint64_t source = source_of(note);
  if (note.waited) {
    count(of.waiters, clock, --of.waiter_count);
    const NameId name = name_of(Verb::kGranted, of.id, note.exclusive,
                                [&] { return fmt::format("granted {} {}", of.name, mode(note)); });
    event(kInstant, self.track, clock, name, source, of.release);
  }
  if (note.value == 0) return;  // one level more
  if (note.exclusive) {
    if (of.exclusive != 0) ++of.told_late;
    of.exclusive = note.thread;
    slice(of.owner, clock, self.name, source);
  } else {
    count(of.readers, clock, ++of.reader_count);
  }
  Track &hold = self.holds[note.lock];
  if (hold == 0) hold = add_track(self.track, of.name);
  slice(hold, clock,
        name_of(Verb::kOwns, 0, note.exclusive, [&] { return std::string(mode(note)); }), source);
}

void Timeline::let_go(const struct port_note &note, uint64_t clock) {
  Lock &of = lock(note.lock);
  const Thread &self = thread(note.thread);
  const bool stays_owned = note.kind == PORT_NOTE_LOCK_GIVEN;  // by an owner pointer
  if (!stays_owned) of.release = ++arrows_;
  const NameId name = name_of(Verb::kLetGo, of.id, note.kind, [&] {
    return fmt::format("{} {}", how_it_let_go(note.kind), of.name);
  });
  event(kInstant, self.track, clock, name, source_of(note), stays_owned ? 0 : of.release);
  const auto hold = self.holds.find(note.lock);
  const bool is_owner = hold != self.holds.end() && open_[hold->second];
  if (is_owner) end_slice(hold->second, clock);
  if (stays_owned) return;
  if (of.exclusive != note.thread && of.told_late != 0) {
    --of.told_late;
  } else if (of.exclusive == note.thread || (of.exclusive != 0 && !is_owner)) {
    // Who is no owner acts for an owner pointer.
    of.exclusive = 0;
    end_slice(of.owner, clock);
  } else {
    count(of.readers, clock, --of.reader_count);
  }
}

// It lets go of being the only owner.
void Timeline::convert(const struct port_note &note, uint64_t clock) {
  let_go(note, clock);
  Lock &of = lock(note.lock);
  count(of.readers, clock, ++of.reader_count);
  slice(thread(note.thread).holds[note.lock], clock, intern("shared"), source_of(note));
}

void Timeline::region(const struct port_note &note, uint64_t clock) {
  Thread &self = thread(note.thread);
  const bool guarded = note.kind == PORT_NOTE_GUARDED_REGION;
  Track &track = self.regions[guarded];
  if (track == 0) track = add_track(self.track, guarded ? "guarded region" : "critical region");
  if (note.value == 0) return end_slice(track, clock);
  const NameId name = name_of(Verb::kInside, note.value, 0, [&] {
    return note.value == 1 ? "inside" : fmt::format("inside of {}", note.value);
  });
  slice(track, clock, name, source_of(note));
}

void Timeline::note(const struct port_note &note, uint64_t clock) {
  if (note.kind == PORT_NOTE_THREAD_RUNNING) return run_on_core(note, clock);
  if (note.thread == 0) return;  // the idle thread
  Thread &self = thread(note.thread);
  const auto tell = [&](const std::string &what) {
    event(kInstant, self.track, clock, intern(what), source_of(note));
  };
  const auto tell_apc = [&](const char *what) {
    tell(fmt::format("{} APC {}", kApcs[note.apc], what));
  };
  switch (note.kind) {
    case PORT_NOTE_THREAD_CREATED: {
      const std::string numbered = fmt::format("thread {}", note.thread);
      const std::string name =
          note.name == numbered ? numbered : fmt::format("{} ({})", note.name, numbered);
      self = {};
      self.track = add_track(threads_, name);
      self.name = intern(name);
      break;
    }
    case PORT_NOTE_THREAD_READY:
      slice(self.track, clock, name_of(Verb::kReady, 0, 0, [] { return std::string("ready"); }));
      break;
    case PORT_NOTE_THREAD_WAITING:
      slice(self.track, clock,
            note.lock == PORT_NO_LOCK
                ? name_of(Verb::kWaits, 0, 0, [] { return std::string("waits"); })
                : name_of(Verb::kWaits, lock(note.lock).id, 0,
                          [&] { return "waits for " + lock(note.lock).name; }),
            source_of(note));
      break;
    case PORT_NOTE_THREAD_KILLED:
      tell(note.value != 0 ? "lost with its core" : "killed");
      break;
    case PORT_NOTE_THREAD_ENDED:
      end_slice(self.track, clock);
      break;
    case PORT_NOTE_CRITICAL_REGION:
    case PORT_NOTE_GUARDED_REGION:
      region(note, clock);
      break;
    case PORT_NOTE_LOCK_INITIALIZED:
      name_lock(note);
      break;
    case PORT_NOTE_LOCK_QUEUED:
      count(lock(note.lock).waiters, clock, ++lock(note.lock).waiter_count);
      break;
    case PORT_NOTE_LOCK_ACQUIRED:
      acquire(note, clock);
      break;
    case PORT_NOTE_LOCK_REFUSED:
      tell(fmt::format("refused {} {}", lock(note.lock).name, mode(note)));
      break;
    case PORT_NOTE_LOCK_RELEASED:
    case PORT_NOTE_LOCK_GIVEN:
    case PORT_NOTE_LOCK_DRAINED:
      if (note.value != 0) let_go(note, clock);
      break;
    case PORT_NOTE_LOCK_CONVERTED:
      convert(note, clock);
      break;
    case PORT_NOTE_LOCK_CANCELLED:
      count(lock(note.lock).waiters, clock, --lock(note.lock).waiter_count);
      break;
    case PORT_NOTE_APC_QUEUED:
      tell_apc("is queued");
      break;
    case PORT_NOTE_APC_HELD_BACK:
      tell_apc("is held back");
      break;
    case PORT_NOTE_APC_DELIVERED:
      tell_apc("runs");
      break;
    case PORT_NOTE_DEADLOCK:
      tell("deadlock");
      break;
    case PORT_NOTE_BUG_CHECK:
      tell(fmt::format("bug check {:#x}", note.value));
      break;
    default:
      break;
  }
}

void Timeline::fault(const std::string &what, uint64_t clock) {
  event(kInstant, run_, clock, intern("fault: " + what));
}

void Timeline::finish(const std::string &outcome, uint64_t clock) {
  for (Track track = 1; track < open_.size(); ++track) end_slice(track, clock);
  event(kInstant, run_, clock, intern(outcome));
  packets_.flush();
}

}  // namespace lockarb
