// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/object_lines.h"

#include <fmt/format.h>

#include "sim/observe/source_line.h"

namespace lockarb {
namespace {

const std::string &line_of(uintptr_t from) {
  static const std::string none;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return from == 0 ? none : source_line(reinterpret_cast<const void *>(from));
}

}  // namespace

void ObjectLines::note(const struct port_note &note) {
  switch (note.kind) {
    case PORT_NOTE_LOCK_INITIALIZED:
    case PORT_NOTE_OBJECT_INITIALIZED:
      objects_[note.address] = {note.from};
      break;
    case PORT_NOTE_LOCK_RELEASED:
    case PORT_NOTE_OBJECT_RELEASED: {
      Lines &lines = objects_[note.address];
      lines.released = note.from;
      lines.by = note.thread;
      break;
    }
    default:
      break;
  }
}

std::string ObjectLines::made(uintptr_t object) const {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  std::string line = declaration_line(reinterpret_cast<const void *>(object));
  if (!line.empty()) return line;
  const auto found = objects_.find(object);
  if (found == objects_.end() || line_of(found->second.initialized).empty()) return {};
  return fmt::format("initialized at {}", line_of(found->second.initialized));
}

std::string ObjectLines::released(uintptr_t object) const {
  const auto found = objects_.find(object);
  if (found == objects_.end() || line_of(found->second.released).empty()) return {};
  return fmt::format("{} by thread {}", line_of(found->second.released), found->second.by);
}

}  // namespace lockarb
