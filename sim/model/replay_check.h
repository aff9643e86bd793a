// SPDX-License-Identifier: Apache-2.0
// Checks that clock on demand is exact: what the arbiter's pins did in a run, done again in a fresh
// model with every clock evaluated, must give the same answers, in the same clocks, and the same
// interrupt edges. The fresh model is always of the RTL, so the record of a netlist says whether
// that is the same, clock by clock.
//
// The record is replayed in portions as the run goes on, so its size is bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "sim/model/arbiter_model.h"

namespace lockarb {

class ReplayCheck {
 public:
  ReplayCheck();

  void transfer(const Transfer &transfer, const Answer &answer);
  // A bit flipped before clock `cycle`.
  void flip(uint64_t cycle, const RamBit &at);
  void edge(const InterruptEdge &edge) { edges_.push_back(edge); }
  // The run ended in this clock: replays what is left.
  void finish(uint64_t cycle);

  uint64_t transfers() const { return transfers_; }
  uint64_t edges() const { return edge_count_; }
  uint64_t mismatches() const { return mismatches_; }

 private:
  struct Record {
    Transfer transfer;
    Answer answer;
    std::optional<RamBit> flip;  // before clock transfer.start, in place of a transfer
  };
  static constexpr std::size_t kPortion = 1 << 14;

  void replay();
  void compare_edges(bool all);

  const std::unique_ptr<ArbiterModel> model_;
  std::vector<Record> records_;
  std::deque<InterruptEdge> edges_;     // of the run, not compared yet
  std::deque<InterruptEdge> replayed_;  // of the replay, not compared yet
  uint64_t transfers_ = 0;
  uint64_t edge_count_ = 0;
  uint64_t mismatches_ = 0;
};

}  // namespace lockarb
