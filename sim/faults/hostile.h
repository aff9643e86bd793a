// SPDX-License-Identifier: Apache-2.0
// A hostile program: random and malformed accesses to every address, from a seed.
//
// Unprivileged, it does whatever comes: the arbiter, the timer and the memory must keep it off.
// Privileged, it is part of the system, and could as well delete every lock; so what does harm by
// the contract is left out: well-formed accesses that write to the memory, the timer or its own
// core's window, and the commands there. What is left are reads, everything malformed, all of the
// other cores' windows, commands that do not exist and, if it has a lock of its own, all that can
// be done to that, in the name of thread slots that nobody else uses.
//
// Each program does it as software of its core (port_systemc.h, attempt()).
#pragma once

#include <cstdint>
#include <random>

#include "sim/faults/fault.h"
#include "sim/platform/core.h"

namespace lockarb {

class Hostile {
 public:
  Hostile(const Fault &fault, unsigned cores);

  // A burst of accesses; false: it was the last one. `rest`: how long to wait before the next one.
  bool attack(uint64_t *rest);

  uint64_t accesses() const { return accesses_; }
  uint64_t refused() const { return refused_; }

 private:
  static constexpr unsigned kLongestAccess = 64;  // bytes

  uint64_t below(uint64_t n) { return random_() % n; }
  bool one_in(uint64_t n) { return below(n) == 0; }

  Core::Access any_access();
  Core::Access access_to_own_lock();
  uint64_t any_address();
  uint64_t arbiter_offset();
  bool does_harm(const Core::Access &access) const;
  bool command_does_harm(uint32_t place) const;
  bool does_harm_in_own_window(const Core::Access &access, uint32_t offset) const;

  const Fault fault_;
  const unsigned cores_;
  std::mt19937_64 random_;  // the engine gives the same numbers everywhere; distributions do not
  unsigned char data_[kLongestAccess] = {};
  unsigned char enables_[8] = {};
  uint64_t accesses_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace lockarb
