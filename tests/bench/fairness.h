// SPDX-License-Identifier: Apache-2.0
// How fair a lock was to those who wanted it all the time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lockarb::bench {

class Fairness {
 public:
  // `total` acquires will be done by `members` together. What counts is the half in the middle: not
  // all have begun before, and some have done all of theirs behind it.
  Fairness(unsigned members, uint64_t total) : acquired_(members), quarter_(total / 4) {}

  void waited(unsigned member, uint64_t clocks) {
    const uint64_t number = number_++;
    if (number < quarter_ || number >= 3 * quarter_) return;
    longest_ = std::max(longest_, clocks);
    sum_ += clocks;
    ++count_;
    ++acquired_[member];
  }

  // The longest wait by the mean one; 1 if nobody waited.
  double longest_by_mean() const {
    return sum_ == 0 ? 1
                     : static_cast<double>(longest_) * static_cast<double>(count_) /
                           static_cast<double>(sum_);
  }
  // Jain's index: 1 if all had as many, 1 / members if one had all (Jain, Chiu and Hawe, 1984).
  double jain() const {
    double sum = 0, squares = 0;
    for (const uint64_t n : acquired_) {
      sum += static_cast<double>(n);
      squares += static_cast<double>(n) * static_cast<double>(n);
    }
    return sum * sum / (static_cast<double>(acquired_.size()) * squares);
  }

 private:
  std::vector<uint64_t> acquired_;
  const uint64_t quarter_;
  uint64_t number_ = 0, longest_ = 0, sum_ = 0, count_ = 0;
};

}  // namespace lockarb::bench
