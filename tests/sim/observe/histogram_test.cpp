// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/histogram.h"

#include <gtest/gtest.h>

namespace lockarb {
namespace {

TEST(Durations, AreExactBelow256) {
  Histogram histogram;
  for (uint64_t i = 1; i <= 100; ++i) histogram.add(2 * i);
  EXPECT_EQ(histogram.min(), 2u);
  EXPECT_EQ(histogram.percentile(50), 100u);
  EXPECT_EQ(histogram.percentile(99), 198u);
  EXPECT_EQ(histogram.percentile(100), 200u);
  EXPECT_EQ(histogram.max(), 200u);
}

TEST(Durations, AreWithinOnePercentAbove) {
  for (uint64_t value : {256u, 257u, 511u, 512u, 1000u, 123456u, 4000000000u}) {
    Histogram histogram;
    histogram.add(0);
    histogram.add(value);
    histogram.add(value);
    histogram.add(2 * value);
    EXPECT_NEAR(static_cast<double>(histogram.percentile(50)), static_cast<double>(value),
                0.01 * static_cast<double>(value));
    EXPECT_EQ(histogram.max(), 2 * value);
  }
}

TEST(Durations, OfTwoHistogramsAddUp) {
  Histogram a;
  Histogram b;
  a.add(5);
  b.add(1000);
  b.add(2);
  a.add(b);
  EXPECT_EQ(a.count(), 3u);
  EXPECT_EQ(a.min(), 2u);
  EXPECT_EQ(a.percentile(50), 5u);
  EXPECT_EQ(a.max(), 1000u);
}

TEST(Durations, AreZeroWithoutAny) {
  const Histogram histogram;
  EXPECT_EQ(histogram.min(), 0u);
  EXPECT_EQ(histogram.percentile(50), 0u);
  EXPECT_EQ(histogram.max(), 0u);
}

}  // namespace
}  // namespace lockarb
