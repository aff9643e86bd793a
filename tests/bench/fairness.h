// SPDX-License-Identifier: Apache-2.0
// How fair a lock was to those who wanted it all the time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace lockarb::bench {

class Fairness {
 public:
  // `total` acquires will be done by `members` together.
  Fairness(unsigned members, uint64_t total) : acquired_(members), half_(total / 2) {}

  void waited(unsigned member, uint64_t clocks) {
    longest_ = std::max(longest_, clocks);
    sum_ += clocks;
    ++count_;
    // Later some have done all of theirs, and no longer compete.
    if (count_ <= half_) ++acquired_[member];
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
  uint64_t half_;
  uint64_t longest_ = 0, sum_ = 0, count_ = 0;
};

}  // namespace lockarb::bench
