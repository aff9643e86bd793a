// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/statistics.h"

namespace lockarb {

void LockUse::add(const LockUse &other) {
  acquisitions += other.acquisitions;
  recursions += other.recursions;
  contentions += other.contentions;
  refusals += other.refusals;
  waiting.add(other.waiting);
  holding.add(other.holding);
}

void ThreadUse::add(const ThreadUse &other) {
  LockUse::add(other);
  for (int kind = 0; kind < 3; ++kind) {
    apcs_queued[kind] += other.apcs_queued[kind];
    apcs_held_back[kind] += other.apcs_held_back[kind];
    apcs_delivered[kind] += other.apcs_delivered[kind];
  }
}

LockUse &Statistics::lock(unsigned number) {
  if (number >= locks_.size()) locks_.resize(number + 1);
  return locks_[number];
}

ThreadUse &Statistics::thread(unsigned number) {
  if (number > threads_.size()) {
    threads_.resize(number);
    wanted_.resize(number);
  }
  return threads_[number - 1];
}

void Statistics::note(const struct port_note &note, uint64_t clock) {
  if (note.kind == PORT_NOTE_GRANT_IGNORED) ++ignored_grants_;
  if (note.thread == 0) return;  // the idle thread
  const uint64_t key = static_cast<uint64_t>(note.thread) << 32 | note.lock;
  ThreadUse &user = thread(note.thread);
  switch (note.kind) {
    case PORT_NOTE_THREAD_CREATED:
      user.name = note.name;
      user.core = note.core;
      break;
    case PORT_NOTE_THREAD_KILLED:
      user.killed = true;
      break;
    case PORT_NOTE_THREAD_ENDED:
      user.ended = true;
      break;
    case PORT_NOTE_LOCK_INITIALIZED:
      lock(note.lock).used = true;
      break;
    case PORT_NOTE_LOCK_WANTED:
      wanted_[note.thread - 1] = clock;
      break;
    case PORT_NOTE_LOCK_ACQUIRED:
      for (LockUse *use : {&lock(note.lock), static_cast<LockUse *>(&user)}) {
        ++use->acquisitions;
        if (note.value == 0) ++use->recursions;
        if (note.waited) {
          ++use->contentions;
          use->waiting.add(clock - wanted_[note.thread - 1]);
        }
      }
      if (note.value != 0) held_[key] = clock;
      break;
    case PORT_NOTE_LOCK_REFUSED:
      ++lock(note.lock).refusals;
      ++user.refusals;
      break;
    case PORT_NOTE_LOCK_RELEASED:
    case PORT_NOTE_LOCK_GIVEN:
    case PORT_NOTE_LOCK_DRAINED:
      if (note.value != 0) {
        const auto since = held_.find(key);
        if (since != held_.end()) {
          lock(note.lock).holding.add(clock - since->second);
          user.holding.add(clock - since->second);
          held_.erase(since);
        }
      }
      break;
    case PORT_NOTE_APC_QUEUED:
      ++user.apcs_queued[note.apc];
      break;
    case PORT_NOTE_APC_HELD_BACK:
      ++user.apcs_held_back[note.apc];
      break;
    case PORT_NOTE_APC_DELIVERED:
      ++user.apcs_delivered[note.apc];
      break;
    default:
      break;
  }
}

}  // namespace lockarb
