// SPDX-License-Identifier: Apache-2.0
// Coherent caches of the cores, as far as time goes: which core has which line of the memory, and
// so what an access costs. The words themselves stay in the memory.
//
// Model
//   - Each core has a cache of its own that forgets nothing. A line is with nobody, with one core
//   that may
//     write it, or with several that may read it.
//   - A hit costs the core a few clocks and nobody else anything. Any other access is a transfer on
//   the bus,
//     and its line needs `line` clocks to come: from another core's cache, from the memory, or, for
//     a write to a line that others read, until they have dropped it. The bus serves others
//     meanwhile.
//   - A line comes to one core after the other, in the order in which the bus served them.
//   - Other devices are behind a bridge for accesses without a cache, which costs `device` clocks
//   more.
#pragma once

#include <cstdint>
#include <optional>
#include <tlm>
#include <vector>

namespace lockarb {

// In clocks. These are what a cluster of RISC-V Rocket cores took, clock for clock: a free
// test-and-set lock 8 clocks to take and 3 to release, a line from core to core 70, a command of
// the arbiter 20.
struct CacheCosts {
  uint64_t read_hit = 2;
  uint64_t write_hit = 3;
  uint64_t atomic_hit = 8;
  uint64_t line = 70;
  uint64_t device = 14;
};

class Caches {
 public:
  static constexpr uint64_t kLineBytes = 64;

  // For the memory at those addresses of the bus.
  Caches(uint64_t base, uint64_t size, const CacheCosts &costs);

  // Clocks of an access that its core's own cache carries out; none if it must go to the bus.
  std::optional<uint64_t> hit(unsigned core, const tlm::tlm_generic_payload &access) const;

  // The bus has begun to serve an access in clock `at`; its transfer leaves the bus in `end`. The
  // clock in which the core has its answer.
  uint64_t served(unsigned core, const tlm::tlm_generic_payload &access, uint64_t at, uint64_t end);

 private:
  struct Line {
    uint32_t cores = 0;      // that have it, a bit each
    bool exclusive = false;  // the one that has it may write it
    uint64_t there = 0;      // when it has come to the last one
  };

  bool covers(uint64_t address) const { return address - base_ < size_; }

  const uint64_t base_, size_;
  const CacheCosts costs_;
  std::vector<Line> lines_;
};

}  // namespace lockarb
