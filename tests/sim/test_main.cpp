// SPDX-License-Identifier: Apache-2.0
// One simulation per process: SystemC elaborates once, and so does the executive.
#include <gmock/gmock.h>

#include <cstdio>

int main(int argc, char **argv) {
  testing::InitGoogleMock(&argc, argv);
  if (!testing::GTEST_FLAG(list_tests) &&
      testing::UnitTest::GetInstance()->test_to_run_count() > 1 &&
      testing::GTEST_FLAG(filter) == "*") {
    std::fputs("one simulation per process: use ctest, or --gtest_filter\n", stderr);
    return 2;
  }
  return RUN_ALL_TESTS();
}
