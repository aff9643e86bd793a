// SPDX-License-Identifier: Apache-2.0
// The interrupt lines of one core, each a level over time.
#pragma once

#include <cstdint>
#include <functional>
#include <systemc>
#include <vector>

#include "sim/platform/clock.h"

namespace lockarb {

enum InterruptLine : uint32_t {
  kLineArbiter = 1,
  kLineTimer = 2,
  kLineCore = 4,
  kLineGlitch = 8,  // of a fault: the core sees the arbiter's line high
};

// Devices and cores run ahead of the kernel's time, so a line is not a value but a list of edges
// with their clocks: what a core sees does not depend on which process SystemC ran first.
class InterruptInputs {
 public:
  // Notified in the clock in which a line rises.
  sc_core::sc_event raised;

  // If it is set: the clock in which an edge of the arbiter's line arrives here; kNever: not at
  // all.
  std::function<uint64_t(bool level, uint64_t at)> wire;

  // `line` has `level` from clock `at` on, which lies in the future. Later edges of that line that
  // were set before are void: a timer is set anew this way.
  void set(InterruptLine line, bool level, uint64_t at);

  // The lines that are high in clock `at`; successive calls never go back in time.
  uint32_t pending(uint64_t at) {
    if (at >= next_) take(at);
    if ((levels_ & kLineGlitch) != 0) return (levels_ & ~kLineGlitch) | kLineArbiter;
    return levels_;
  }

 private:
  struct Edge {
    uint64_t at;
    InterruptLine line;
    bool level;
  };

  void take(uint64_t at);
  void arm();

  uint32_t levels_ = 0;
  uint64_t next_ = kNever;       // clock of the first edge
  uint64_t next_rise_ = kNever;  // clock for which `raised` is notified
  std::vector<Edge> edges_;      // in order of time
};

// Of Arbiter: its lines are these cores' kLineArbiter.
std::function<void(unsigned core, bool level, uint64_t clock)> arbiter_lines(
    std::vector<InterruptInputs *> cores);

}  // namespace lockarb
