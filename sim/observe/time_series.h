// SPDX-License-Identifier: Apache-2.0
// How many clocks something lasted in each part of a run, in a bounded number of parts.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockarb {

// All parts are one power of two of clocks wide: the smallest with which kParts reach to the end of
// the run. As the run goes on, two and two become one.
class TimeSeries {
 public:
  static constexpr std::size_t kParts = 128;

  // It lasted from clock `from` to `to`. What lasts twice at once counts twice.
  void add(uint64_t from, uint64_t to) {
    if (from >= to) return;
    reach(to);
    for (uint64_t at = from; at < to;) {
      const uint64_t end = std::min(to, (at / width_ + 1) * width_);
      parts_[at / width_] += end - at;
      at = end;
    }
  }

  // The parts of a run that ends in clock `end`, which is behind all that was added.
  std::vector<uint64_t> parts(uint64_t end) const {
    TimeSeries scaled = *this;
    scaled.reach(end);
    return {scaled.parts_.begin(),
            scaled.parts_.begin() +
                static_cast<std::ptrdiff_t>((end + scaled.width_ - 1) / scaled.width_)};
  }
  static uint64_t width(uint64_t end) {
    TimeSeries empty;
    empty.reach(end);
    return empty.width_;
  }

 private:
  void reach(uint64_t clock) {
    while (clock > width_ * kParts) {
      for (std::size_t i = 0; i < kParts; ++i) {
        parts_[i] = 2 * i < kParts ? parts_[2 * i] + parts_[2 * i + 1] : 0;
      }
      width_ *= 2;
    }
  }

  std::array<uint64_t, kParts> parts_{};
  uint64_t width_ = 1;
};

}  // namespace lockarb
