// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/contention.h"

#include <algorithm>
#include <tuple>

#include "sim/observe/source_line.h"

namespace lockarb {
namespace {

uint64_t hold_key(unsigned thread, unsigned lock) {
  return static_cast<uint64_t>(thread) << 32 | lock;
}

// What comes out of a map has no order of its own.
void sort(std::vector<Contention::Span> *spans) {
  std::sort(spans->begin(), spans->end(), [](const auto &a, const auto &b) {
    return std::tie(a.from, a.lock, a.thread, a.waits) <
           std::tie(b.from, b.lock, b.thread, b.waits);
  });
}

}  // namespace

Contention::Lock &Contention::lock(unsigned number) {
  if (number >= locks_.size()) locks_.resize(number + 1);
  return locks_[number];
}

uint64_t &Contention::wanted(unsigned thread) {
  if (thread > wanted_.size()) wanted_.resize(thread);
  return wanted_[thread - 1];
}

std::size_t Contention::place(unsigned lock, uintptr_t from) {
  const uint64_t key = static_cast<uint64_t>(lock) << 48 ^ from;
  const auto [found, is_new] = place_of_.try_emplace(key, places_.size());
  if (is_new) {
    Place place{};
    place.lock = lock;
    place.from = from;
    places_.push_back(place);
  }
  return found->second;
}

// Cores note a little ahead of each other, never more than a computation is long.
uint64_t Contention::waited_until(Lock *lock, uint64_t clock) {
  if (clock > lock->since) {
    lock->waited += lock->waiters * (clock - lock->since);
    lock->since = clock;
  }
  return lock->waited;
}

void Contention::keep(const Span &span) {
  if (last_.size() < kMostSpans) {
    last_.push_back(span);
  } else {
    last_[kept_ % kMostSpans] = span;
  }
  ++kept_;
  if (around_is_due_ && kept_ - longest_at_ == kMostSpans / 2) keep_around();
}

void Contention::keep_around() {
  around_is_due_ = false;
  around_ = last_;
  add_going_on(&around_, false);
  sort(&around_);
}

void Contention::add_going_on(std::vector<Span> *spans, bool waits) const {
  std::vector<Span> found;
  if (waits) {
    for (const auto &[thread, wait] : waits_) found.push_back(wait.span);
  } else {
    for (const auto &[key, hold] : holds_) found.push_back(hold.span);
  }
  sort(&found);
  found.resize(std::min(found.size(), kMostSpans));
  spans->insert(spans->end(), found.begin(), found.end());
}

void Contention::begin_wait(const struct port_note &note, uint64_t clock) {
  const uint64_t from = wanted(note.thread);
  waits_[note.thread] = {{true, note.exclusive, note.lock, note.thread, from, from}, note.from};
  Lock &of = lock(note.lock);
  waited_until(&of, clock);
  ++of.waiters;
  if (waits_.size() <= most_threads_) return;
  most_threads_ = waits_.size();
  most_clock_ = clock;
  most_.clear();
  add_going_on(&most_, true);
  add_going_on(&most_, false);
}

void Contention::end_wait(unsigned thread, uint64_t clock) {
  const auto found = waits_.find(thread);
  if (found == waits_.end()) return;
  Wait wait = found->second;
  waits_.erase(found);
  wait.span.to = clock;
  Lock &of = lock(wait.span.lock);
  waited_until(&of, clock);
  --of.waiters;
  of.waiting.add(wait.span.from, clock);
  waiting_.add(wait.span.from, clock);
  const uint64_t waited = clock - std::min(clock, wait.span.from);
  if (waited > longest_.to - longest_.from) {
    longest_ = wait.span;
    longest_from_ = wait.from;
    longest_at_ = kept_;
    around_is_due_ = true;
  }
  keep(wait.span);
}

void Contention::begin_hold(const struct port_note &note, uint64_t clock, std::size_t place) {
  holds_[hold_key(note.thread, note.lock)] = {
      {false, note.exclusive, note.lock, note.thread, clock, clock},
      place,
      waited_until(&lock(note.lock), clock)};
}

void Contention::end_hold(uint64_t key, uint64_t clock) {
  const auto found = holds_.find(key);
  if (found == holds_.end()) return;
  Hold hold = found->second;
  holds_.erase(found);
  hold.span.to = clock;
  Lock &of = lock(hold.span.lock);
  (hold.span.exclusive ? of.exclusive : of.shared).add(hold.span.from, clock);
  const uint64_t held = clock - std::min(clock, hold.span.from);
  Place &by = places_[hold.place];
  by.holding_clocks += held;
  by.longest_hold = std::max(by.longest_hold, held);
  by.others_waited += waited_until(&of, clock) - hold.waited;
  keep(hold.span);
}

void Contention::note(const struct port_note &note, uint64_t clock) {
  if (note.thread == 0) return;  // the idle thread
  switch (note.kind) {
    case PORT_NOTE_LOCK_INITIALIZED:
      lock(note.lock).address = note.address;
      break;
    case PORT_NOTE_LOCK_WANTED:
      wanted(note.thread) = clock;
      break;
    case PORT_NOTE_LOCK_QUEUED:
      begin_wait(note, clock);
      break;
    case PORT_NOTE_LOCK_CANCELLED:
      end_wait(note.thread, clock);
      break;
    case PORT_NOTE_LOCK_ACQUIRED: {
      const std::size_t at = place(note.lock, note.from);
      ++places_[at].acquisitions;
      if (note.waited) {
        const uint64_t waited = clock - std::min(clock, wanted(note.thread));
        ++places_[at].contentions;
        places_[at].waiting_clocks += waited;
        places_[at].longest_wait = std::max(places_[at].longest_wait, waited);
        end_wait(note.thread, clock);
      }
      if (note.value != 0) begin_hold(note, clock, at);
      break;
    }
    case PORT_NOTE_LOCK_CONVERTED: {
      const auto hold = holds_.find(hold_key(note.thread, note.lock));
      if (hold == holds_.end()) break;
      const std::size_t at = hold->second.place;
      end_hold(hold->first, clock);
      struct port_note shared = note;
      shared.exclusive = false;
      begin_hold(shared, clock, at);
      break;
    }
    case PORT_NOTE_LOCK_RELEASED:
    case PORT_NOTE_LOCK_GIVEN:
    case PORT_NOTE_LOCK_DRAINED:
      if (note.value != 0) end_hold(hold_key(note.thread, note.lock), clock);
      break;
    default:
      break;
  }
}

const std::string &Contention::lock_name(std::size_t lock) const {
  const uintptr_t address = lock < locks_.size() ? locks_[lock].address : 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return symbol_name(reinterpret_cast<const void *>(address));
}

void Contention::finish(uint64_t clock) {
  std::vector<Span> going_on;
  for (const auto &[thread, wait] : waits_) going_on.push_back(wait.span);
  for (const auto &[key, hold] : holds_) going_on.push_back(hold.span);
  sort(&going_on);
  for (const Span &span : going_on) {
    span.waits ? end_wait(span.thread, clock) : end_hold(hold_key(span.thread, span.lock), clock);
  }
  if (around_is_due_) keep_around();
}

}  // namespace lockarb
