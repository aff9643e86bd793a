// SPDX-License-Identifier: Apache-2.0
// Durations in clocks: exact below 256, within 1 % above.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace lockarb {

// Each power of two has kSteps buckets, so a bucket is at most 1/128 of its value wide. The
// smallest and the largest value are kept exactly.
class Histogram {
 public:
  void add(uint64_t value) {
    const std::size_t i = index(value);
    if (i >= buckets_.size()) buckets_.resize(i + 1);
    ++buckets_[i];
    ++count_;
    sum_ += value;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  void add(const Histogram &other) {
    if (other.buckets_.size() > buckets_.size()) buckets_.resize(other.buckets_.size());
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    min_ = std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
  }

  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  uint64_t min() const { return count_ == 0 ? 0 : min_; }
  uint64_t max() const { return max_; }

  // For a picture: four buckets for each power of two, those that are not empty. `from`: the
  // smallest value that belongs there; below 8 the only one.
  struct Bucket {
    uint64_t from;
    uint64_t count;
  };
  std::vector<Bucket> coarse() const {
    std::vector<Bucket> found;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] == 0) continue;
      uint64_t from = value(i);
      if (from >= 8) {
        const unsigned shift = 61 - static_cast<unsigned>(__builtin_clzll(from));
        from = from >> shift << shift;
      }
      if (found.empty() || found.back().from != from) found.push_back({from, 0});
      found.back().count += buckets_[i];
    }
    return found;
  }

  // The value that `percent` of all values do not exceed.
  uint64_t percentile(unsigned percent) const {
    const uint64_t rank = (count_ * percent + 99) / 100;
    uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= rank && seen != 0) return std::clamp(value(i), min(), max());
    }
    return 0;
  }

 private:
  static constexpr unsigned kStepBits = 7;
  static constexpr uint64_t kSteps = 1 << kStepBits;

  static std::size_t index(uint64_t value) {
    if (value < 2 * kSteps) return value;
    const unsigned shift = 63 - static_cast<unsigned>(__builtin_clzll(value)) - kStepBits;
    return shift * kSteps + (value >> shift);
  }
  static uint64_t value(std::size_t index) {  // the smallest value of a bucket
    if (index < 2 * kSteps) return index;
    const uint64_t shift = index / kSteps - 1;
    return (index - shift * kSteps) << shift;
  }

  std::vector<uint32_t> buckets_;
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t min_ = std::numeric_limits<uint64_t>::max();
  uint64_t max_ = 0;
};

}  // namespace lockarb
