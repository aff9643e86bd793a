// SPDX-License-Identifier: Apache-2.0
// Where the objects of a program were initialized, and released last: what messages say of a lock
// beside its name. It listens to the executive's notes, and takes no simulated time.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "executive/port.h"

namespace lockarb {

class ObjectLines {
 public:
  void note(const struct port_note &note);

  // "filesystem.c:31" for a variable, "initialized at volume.c:40 (mount)" for other memory; empty
  // if neither is known.
  std::string made(uintptr_t object) const;
  // "filesystem.c:60 (flush) by thread 2"; empty if it is not known.
  std::string released(uintptr_t object) const;

 private:
  struct Lines {
    uintptr_t initialized = 0;  // return addresses
    uintptr_t released = 0;
    unsigned by = 0;  // the thread that released it
  };
  std::unordered_map<uintptr_t, Lines> objects_;
};

}  // namespace lockarb
