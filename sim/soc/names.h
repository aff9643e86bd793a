// SPDX-License-Identifier: Apache-2.0
// What the program's threads do, as texts of a waveform (rtl/views/lockarb_soc_names.v).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "executive/port.h"
#include "sim/observe/source_line.h"

namespace lockarb::soc {

class Names {
 public:
  struct Texts {
    std::uint32_t *thread, *lock;
  };
  explicit Names(std::vector<Texts> cores) : cores_(std::move(cores)), running_(cores_.size()) {}

  void note(const struct port_note &note) {
    if (note.kind == PORT_NOTE_THREAD_RUNNING) {
      running_[note.core] = note.thread;
      show<8>(cores_[note.core].thread, note.thread == 0 ? "" : note.name);
    } else if (note.kind == PORT_NOTE_LOCK_INITIALIZED) {
      // NOLINTNEXTLINE(performance-no-int-to-ptr)
      const std::string &name = symbol_name(reinterpret_cast<const void *>(note.address));
      locks_[note.lock] = name.empty() ? "lock " + std::to_string(note.lock) : name;
    } else if (!does(note)) {
      return;
    }
    if (running_[note.core] == note.thread)
      show<12>(cores_[note.core].lock, note.thread == 0 ? "" : doing_[note.thread]);
  }

 private:
  bool does(const struct port_note &note) {
    std::string &text = doing_[note.thread];
    switch (note.kind) {
      case PORT_NOTE_LOCK_WANTED:
        text = "wants " + locks_[note.lock];
        return true;
      case PORT_NOTE_LOCK_QUEUED:
        text = "waits for " + locks_[note.lock];
        return true;
      case PORT_NOTE_LOCK_ACQUIRED:
        text = "owns " + locks_[note.lock];
        return true;
      case PORT_NOTE_LOCK_REFUSED:
      case PORT_NOTE_LOCK_RELEASED:
        text.clear();
        return true;
      default:
        return false;
    }
  }

  // As Verilog has a text: its last character in the lowest bits.
  template <unsigned Words>
  static void show(std::uint32_t *words, const std::string &text) {
    std::fill_n(words, Words, 0);
    const std::size_t size = std::min<std::size_t>(text.size(), 4 * Words);
    for (std::size_t i = 0; i < size; ++i) {
      words[i / 4] |= std::uint32_t{static_cast<unsigned char>(text[size - 1 - i])} << 8 * (i % 4);
    }
  }

  const std::vector<Texts> cores_;
  std::vector<unsigned> running_;  // thread numbers
  std::unordered_map<unsigned, std::string> locks_, doing_;
};

}  // namespace lockarb::soc
