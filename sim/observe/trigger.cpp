// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/trigger.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "sim/observe/source_line.h"

namespace lockarb {
namespace {

constexpr const char *kForms =
    "\"lock 3 waits > 500\", \"lock any holds > 2000\", \"bug check\", \"deadlock\", "
    "\"thread NAME queued\" or \"line FILE:N\"";

const std::map<std::string, port_note_kind> kVerbs = {
    {"acquires", PORT_NOTE_LOCK_ACQUIRED}, {"ended", PORT_NOTE_THREAD_ENDED},
    {"granted", PORT_NOTE_LOCK_ACQUIRED},  {"killed", PORT_NOTE_THREAD_KILLED},
    {"queued", PORT_NOTE_LOCK_QUEUED},     {"refused", PORT_NOTE_LOCK_REFUSED},
    {"releases", PORT_NOTE_LOCK_RELEASED}};

[[noreturn]] void refuse(const std::string &text, const std::string &why) {
  throw std::runtime_error(fmt::format("--trace-on \"{}\": {}", text, why));
}

bool to_number(const std::string &text, uint64_t *number) {
  const char *const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *number);
  return !text.empty() && stop == end && error == std::errc();
}

uint64_t key_of(const struct port_note &note) {
  return static_cast<uint64_t>(note.thread) << 32 | note.lock;
}

}  // namespace

Trigger::Trigger(const std::string &text) {
  const std::string first = text.substr(0, text.find(' '));
  if (text == "bug check") return;
  if (text == "deadlock") {
    kind_ = PORT_NOTE_DEADLOCK;
  } else if (first == "lock") {
    parse_lock(text);
  } else if (first == "thread") {
    parse_thread(text);
  } else if (first == "line") {
    parse_line(text);
  } else {
    refuse(text, fmt::format("\"{}\" begins no event; write {}", first, kForms));
  }
}

void Trigger::parse_lock(const std::string &text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (words.size() != 5) {
    refuse(text, "is not of the form \"lock N waits > CLOCKS\"; N is a number, a name or any");
  }
  if (words[2] != "waits" && words[2] != "holds") {
    refuse(text, fmt::format("\"{}\" is nothing that a lock does; write waits or holds", words[2]));
  }
  if (words[3] != ">") refuse(text, fmt::format("\"{}\" does not compare; write >", words[3]));
  if (!to_number(words[4], &limit_)) {
    refuse(text, fmt::format("\"{}\" is no whole number of clocks", words[4]));
  }
  what_ = words[2] == "waits" ? What::kWaits : What::kHolds;
  uint64_t number = 0;
  if (to_number(words[1], &number)) {
    lock_ = static_cast<unsigned>(std::min<uint64_t>(number, PORT_NO_LOCK));
  } else if (words[1] != "any") {
    lock_name_ = words[1];
  }
}

void Trigger::parse_thread(const std::string &text) {
  const std::size_t space = text.rfind(' ');
  const std::string verb = text.substr(space + 1);
  if (space <= std::string("thread").size()) {
    refuse(text, "is not of the form \"thread NAME queued\"");
  }
  const auto found = kVerbs.find(verb);
  if (found == kVerbs.end()) {
    std::string verbs;
    for (const auto &[name, kind] : kVerbs) verbs += (verbs.empty() ? "" : ", ") + name;
    refuse(text, fmt::format("\"{}\" is nothing that a thread does; one of: {}", verb, verbs));
  }
  thread_ = text.substr(std::string("thread ").size(), space - std::string("thread ").size());
  kind_ = found->second;
  waited_ = verb == "granted";
}

void Trigger::parse_line(const std::string &text) {
  const std::size_t colon = text.rfind(':');
  uint64_t number = 0;
  const std::size_t begin = std::string("line ").size();
  if (colon == std::string::npos || colon <= begin || !to_number(text.substr(colon + 1), &number)) {
    refuse(text, "is not of the form \"line FILE:N\", such as line filesystem.c:98");
  }
  what_ = What::kLine;
  line_ = text.substr(begin) + " (";
}

// A lock by its variable has its number from when it is initialized.
bool Trigger::is_of_the_lock(const struct port_note &note) {
  return lock_ ? note.lock == *lock_ : lock_name_.empty();
}

bool Trigger::is_in_the_line(uintptr_t from) {
  if (from == 0) return false;
  const auto [found, is_new] = in_the_line_.try_emplace(from, false);
  if (is_new) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const std::string &line = source_line(reinterpret_cast<const void *>(from));
    found->second = line.compare(0, line_.size(), line_) == 0;
  }
  return found->second;
}

void Trigger::lasted(uint64_t since, uint64_t clock) {
  if (clock <= since + limit_) return;
  clock_ = std::min(clock_.value_or(since + limit_), since + limit_);
}

void Trigger::begin(const struct port_note &note, uint64_t clock) {
  if (is_of_the_lock(note)) since_[key_of(note)] = clock;
}

// The first that lasts too long need not be the first that ends.
void Trigger::end(uint64_t key, uint64_t clock) {
  const auto found = since_.find(key);
  if (found == since_.end()) return;
  lasted(found->second, clock);
  since_.erase(found);
  if (clock_) finish(clock);
}

void Trigger::note(const struct port_note &note, uint64_t clock) {
  if (clock_ || note.thread == 0) return;
  if (note.kind == PORT_NOTE_LOCK_INITIALIZED && !lock_name_.empty()) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    if (symbol_name(reinterpret_cast<const void *>(note.address)) == lock_name_) lock_ = note.lock;
  }
  switch (what_) {
    case What::kNote:
      if (note.kind == kind_ && (thread_.empty() || thread_ == note.name) &&
          (!waited_ || note.waited)) {
        clock_ = clock;
      }
      break;
    case What::kLine:
      if (is_in_the_line(note.from)) clock_ = clock;
      break;
    case What::kWaits:
      if (note.kind == PORT_NOTE_LOCK_WANTED) wanted_[note.thread] = clock;
      if (note.kind == PORT_NOTE_LOCK_QUEUED) begin(note, wanted_[note.thread]);
      if (note.kind == PORT_NOTE_LOCK_ACQUIRED || note.kind == PORT_NOTE_LOCK_CANCELLED) {
        end(key_of(note), clock);
      }
      break;
    case What::kHolds:
      if (note.kind == PORT_NOTE_LOCK_ACQUIRED && note.value != 0) begin(note, clock);
      if ((note.kind == PORT_NOTE_LOCK_RELEASED || note.kind == PORT_NOTE_LOCK_GIVEN ||
           note.kind == PORT_NOTE_LOCK_DRAINED) &&
          note.value != 0) {
        end(key_of(note), clock);
      }
      break;
  }
}

void Trigger::finish(uint64_t clock) {
  for (const auto &[key, since] : since_) lasted(since, clock);
}

}  // namespace lockarb
