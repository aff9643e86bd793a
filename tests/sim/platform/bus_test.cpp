// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "tests/sim/platform/parts_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uint64_t kReadClocks = Bus::kRequestClocks + Memory::kAccessClocks + Bus::kResponseClocks;

void three_reads(Core &core) {
  core.compute(100 - core.clock(), false);  // all begin in the same clock
  for (int i = 0; i < 3; ++i) {
    uint32_t value;
    core.access(tlm::TLM_READ_COMMAND, kTestMemory, &value, sizeof value);
  }
}

class BusArbitration : public Parts {};

TEST_F(BusArbitration, ServesWaitingCoresInTurn) {
  build({three_reads, three_reads, three_reads});
  sc_core::sc_start();
  EXPECT_THAT(served, ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2));
}

TEST_F(BusArbitration, DoesNotDependOnTheOrderInWhichSystemCRunsTheCores) {
  build({three_reads, three_reads, three_reads}, true);
  sc_core::sc_start();
  EXPECT_THAT(served, ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2));
}

TEST_F(BusArbitration, ServesTheNextCoreAfterTheLastServedOne) {
  const auto one_read_at = [](uint64_t clock) {
    return [clock](Core &core) {
      core.compute(clock - core.clock(), false);
      read(core, kTestMemory);
    };
  };
  // Core 1 is being served when the others ask: 2 and 3 come before 0.
  build({one_read_at(51), one_read_at(50), one_read_at(52), one_read_at(52)});
  sc_core::sc_start();
  EXPECT_THAT(served, ElementsAre(1, 2, 3, 0));
}

TEST_F(BusArbitration, CountsClocksOfWaiting) {
  build({three_reads, three_reads});
  sc_core::sc_start();
  EXPECT_EQ(bus->count(0, 0).reads, 3u);
  EXPECT_EQ(bus->count(1, 0).reads, 3u);
  EXPECT_EQ(bus->count(0, 0).waited_clocks, 2 * kReadClocks);
  EXPECT_EQ(bus->count(1, 0).waited_clocks, 3 * kReadClocks);
  EXPECT_EQ(bus->busy_clocks(), 6 * kReadClocks);
}

TEST_F(BusArbitration, ServesALoneCoreAheadOfTheKernel) {
  build({[](Core &core) {
    for (uint64_t i = 1; i <= 10; ++i) {
      read(core, kTestMemory);
      EXPECT_EQ(core.clock(), i * kReadClocks);
    }
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::SC_ZERO_TIME) << "the kernel was asked to wait";
  }});
  sc_core::sc_start();
}

TEST_F(BusArbitration, ACoreAheadOfTheKernelSeesWhatOthersDidBefore) {
  uint32_t seen_before = 1;
  uint32_t seen_after = 0;
  build({[&](Core &core) {
           core.compute(50, false);
           seen_before = read(core, kTestMemory);  // done before clock 100
           core.compute(100, false);
           seen_after = read(core, kTestMemory);
         },
         [](Core &core) {
           core.compute(100 - core.clock(), false);
           write(core, kTestMemory, 7);
         }});
  sc_core::sc_start();
  EXPECT_EQ(seen_before, 0u);
  EXPECT_EQ(seen_after, 7u);
}

TEST_F(BusArbitration, WhatOthersDidDuringATransferIsDoneWhenItReturns) {
  bool done = false;
  build({[&](Core &core) {
           core.compute(100, false);
           read(core, kTestMemory);
           EXPECT_EQ(core.clock(), 100 + kReadClocks);
           EXPECT_TRUE(done) << "the core's software ran before that of an earlier clock";
         },
         [&](Core &core) {
           core.compute(101 - core.clock(), false);
           done = true;
         }});
  sc_core::sc_start();
}

TEST_F(BusArbitration, StopsAtAnAddressThatNobodyAnswers) {
  build({[](Core &core) { read(core, 0x123450); }});
  try {
    sc_core::sc_start();
    FAIL() << "a read from nowhere was answered";
  } catch (const std::exception &error) {
    EXPECT_THAT(error.what(), HasSubstr("core 0, read of 4 bytes at 0x123450"));
    EXPECT_THAT(error.what(), HasSubstr("TLM_ADDRESS_ERROR_RESPONSE"));
  }
}

}  // namespace
}  // namespace lockarb
