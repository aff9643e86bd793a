// SPDX-License-Identifier: Apache-2.0
// Watches the arbiter in every simulation: each answer and the interrupt lines must be those of the
// reference model. Passive: it sees what happens at the pins and changes nothing.
//
// Not compared: what depends on the clock inside a transfer (TIME, LONGEST_WAIT, LONGEST_HOLD), and
// STATUS.busy.
#pragma once

#include <cstdint>
#include <string>

#include "sim/model/arbiter_model.h"
#include "sim/reference/bit_flips.h"
#include "sim/reference/reference_model.h"

namespace lockarb {

class LockMonitor {
 public:
  explicit LockMonitor(const ReferenceModel::Sizes &sizes) : reference_(sizes) {}

  // Both throw std::runtime_error when the arbiter did not do what the contract says.
  void transfer(const Transfer &transfer, const Answer &answer);
  // A bit flips, or the next of `flips` finds its word bad already: as BitFlips::strike().
  const RamBit *strike(BitFlips *flips, uint64_t clock) {
    return flips->strike(clock, &reference_);
  }
  // Nothing moves in the arbiter: its interrupt outputs, one bit per core.
  void quiet(uint32_t lines) const;

  // What the arbiter must be by now.
  const ReferenceModel &reference() const { return reference_; }

 private:
  std::string subject(const Transfer &transfer) const;

  ReferenceModel reference_;
};

}  // namespace lockarb
