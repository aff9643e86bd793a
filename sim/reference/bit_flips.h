// SPDX-License-Identifier: Apache-2.0
// Bits of the arbiter's RAMs that change in a run, and whether the arbiter told somebody.
//
// A bit changes between two clocks in which nothing is under way in the arbiter: there the
// reference model knows what it means (the lock monitor goes on), and it is the same clock however
// the RTL is clocked. A flip while a command reads or writes the word is one before or after it, or
// is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/model/arbiter_model.h"
#include "sim/reference/ram.h"
#include "sim/reference/reference_model.h"

namespace lockarb {

class BitFlips {
 public:
  struct Flip {
    std::size_t number;  // the caller's
    RamBit at;
    uint64_t after;  // clock from which on it strikes
    bool struck = false;
    uint64_t clock = 0;     // in which it struck
    std::string what;       // the word was for
    std::string found;      // by which access; empty: by none
    uint64_t found_in = 0;  // clock in which that was answered
    bool used = false;      // somebody may read the bit before it is written again
    unsigned lock = 0;      // whose commands can meet it, of a RAM of links
  };

  void add(std::size_t number, const RamBit &at, uint64_t after);
  bool empty() const { return flips_.empty(); }
  const std::vector<Flip> &flips() const { return flips_; }

  // The first clock in which one may strike; kNever: none is left.
  uint64_t next() const;
  // The next one's turn, in clock `clock`. Returns the bit to flip in the arbiter; nullptr: none,
  // since the word is bad already, and two such bits in a word are not what parity finds.
  const RamBit *strike(uint64_t clock, ReferenceModel *reference);
  // Before the reference model knows of it.
  void look_at(const Transfer &transfer, const Answer &answer, const ReferenceModel &reference);

 private:
  std::vector<Flip> flips_;  // in the order in which they strike
  std::size_t next_ = 0;
};

}  // namespace lockarb
