// SPDX-License-Identifier: Apache-2.0
// What happened at the arbiter's pins since the run began, from which any part of its waveform can
// be drawn afterwards: the run itself needs no model that records. It is in a file without a name,
// 48 bytes a transfer, so memory does not grow.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>

#include "sim/model/arbiter_model.h"

namespace lockarb {

class BusRecord {
 public:
  // Throws std::runtime_error when there is no place for a file.
  BusRecord();

  void transfer(const Transfer &transfer);
  // A bit flipped before clock `cycle`.
  void flip(uint64_t cycle, const RamBit &at);
  // Nothing from this clock on is needed.
  void stop_at(uint64_t cycle) { stop_ = cycle; }
  // When the last transfer began.
  uint64_t last() const { return last_; }

  // Does it again in a fresh model of the RTL, which records clocks from..to-1 as `kind`. Throws
  // std::runtime_error when the record could not be written, or not read again.
  void draw(OutputFile *file, TraceKind kind, uint64_t from, uint64_t to) const;

 private:
  struct Entry {
    Transfer transfer;
    RamBit flipped;  // before clock transfer.start, in place of a transfer
    bool is_flip;
  };

  void add(const Entry &entry);

  const std::unique_ptr<std::FILE, int (*)(std::FILE *)> file_;
  uint64_t stop_ = kNever;
  uint64_t last_ = 0;
};

}  // namespace lockarb
