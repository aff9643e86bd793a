// SPDX-License-Identifier: Apache-2.0
// Statistics of a lock.
#include <gtest/gtest.h>

#include <ostream>
#include <vector>

#include "sim/model/verilated_rams.h"
#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

// What the words of statistics show, and the times at which things happen.
class ArbiterStatistics : public ArbiterOnPins {
 protected:
  struct Shown {
    uint32_t acquisitions, contentions, longest_wait, longest_hold, deepest_queue;
    bool operator==(const Shown &o) const {
      return acquisitions == o.acquisitions && contentions == o.contentions &&
             longest_wait == o.longest_wait && longest_hold == o.longest_hold &&
             deepest_queue == o.deepest_queue;
    }
    friend std::ostream &operator<<(std::ostream &out, const Shown &s) {
      return out << s.acquisitions << " acquisitions, " << s.contentions
                 << " contentions, longest wait " << s.longest_wait << ", longest hold "
                 << s.longest_hold << ", deepest queue " << s.deepest_queue;
    }
  };
  static uint32_t address(unsigned lock, uint32_t word) {
    return Pins::register_address(
        2, LOCKARB_STATISTICS_OFFSET + (lock << LOCKARB_STATISTICS_LOCK_SHIFT) + word);
  }
  Shown shown(unsigned lock = kLock) {
    const auto word = [&](uint32_t offset) {
      const BusResult result = bus.read(address(lock, offset));
      EXPECT_FALSE(result.error) << "word " << offset;
      return result.data;
    };
    return {word(LOCKARB_ACQUISITIONS_OFFSET), word(LOCKARB_CONTENTIONS_OFFSET),
            word(LOCKARB_LONGEST_WAIT_OFFSET), word(LOCKARB_LONGEST_HOLD_OFFSET),
            word(LOCKARB_DEEPEST_QUEUE_OFFSET)};
  }
  unsigned at(uint64_t time, unsigned thread, unsigned op, unsigned lock = kLock) {
    bus.pins().time_i = time;
    return status(thread, op, lock);
  }
};

TEST_F(ArbiterStatistics, StartAtZeroAndAreKeptForEachLock) {
  EXPECT_EQ(shown(), (Shown{0, 0, 0, 0, 0}));
  EXPECT_EQ(shown(200), (Shown{0, 0, 0, 0, 0})) << "never initialized";
  at(100, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(107, 1, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{1, 0, 0, 7, 0}));
  EXPECT_EQ(shown(8), (Shown{0, 0, 0, 0, 0}));
  bus.reset();
  EXPECT_EQ(shown(), (Shown{0, 0, 0, 0, 0})) << "told before the sweep after reset got there";
}

TEST_F(ArbiterStatistics, CountEveryGrantButNoTryThatFails) {
  run(1, LOCKARB_OP_ACQUIRE_SHARED);
  run(1, LOCKARB_OP_TRY_SHARED);
  run(2, LOCKARB_OP_ENTER_ACQUIRE_SHARED);
  run(3, LOCKARB_OP_TRY_EXCLUSIVE);
  run(3, LOCKARB_OP_RELEASE);
  run(3, LOCKARB_OP_CONVERT);
  run(1, LOCKARB_OP_HOLD_COUNT);
  EXPECT_EQ(shown(), (Shown{3, 0, 0, 0, 0}));
  for (unsigned i = 0; i < 14; ++i) run(1, LOCKARB_OP_TRY_SHARED);
  EXPECT_EQ(shown().acquisitions, 16u) << "a full hold count is refused";
}

TEST_F(ArbiterStatistics, MeasureTheWaitOfTheFirstThreadThatIsGranted) {
  at(1000, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(1010, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(1020, 2, LOCKARB_OP_ACQUIRE_SHARED);
  at(1030, 3, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(shown(), (Shown{1, 3, 0, 0, 3}));
  EXPECT_EQ(at(1100, 0, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(shown(), (Shown{3, 3, 80, 100, 3}));
  take_grants();
  EXPECT_EQ(at(1110, 3, LOCKARB_OP_RELEASE), LOCKARB_STATUS_LEFT);
  EXPECT_EQ(shown(), (Shown{3, 3, 80, 100, 3}));
  EXPECT_EQ(at(1150, 2, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(shown(), (Shown{4, 3, 140, 100, 3})) << "held for 50 by the readers";
  take_grants();
  EXPECT_EQ(at(1400, 1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
  EXPECT_EQ(shown(), (Shown{4, 3, 140, 250, 3}));
  // A free lock is held by nobody.
  at(9000, 1, LOCKARB_OP_ACQUIRE_SHARED);
  at(9001, 1, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{5, 3, 140, 250, 3}));
}

TEST_F(ArbiterStatistics, AConversionIsNoChangeOfHands) {
  at(100, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(110, 1, LOCKARB_OP_ACQUIRE_SHARED);
  at(120, 2, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(at(150, 0, LOCKARB_OP_CONVERT), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(shown(), (Shown{3, 2, 40, 0, 2}));
  for (const unsigned thread : take_grants()) at(160, thread, LOCKARB_OP_RELEASE);
  EXPECT_EQ(at(170, 0, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
  EXPECT_EQ(shown(), (Shown{3, 2, 40, 70, 2}));
}

TEST_F(ArbiterStatistics, ACancelThatFreesReadersIsNoChangeOfHands) {
  at(100, 0, LOCKARB_OP_ACQUIRE_SHARED);
  at(110, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(130, 2, LOCKARB_OP_ACQUIRE_SHARED);
  at(140, 3, LOCKARB_OP_ACQUIRE_SHARED);
  bus.pins().time_i = 200;
  EXPECT_EQ(cancel(1).status(), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(shown(), (Shown{3, 3, 70, 0, 3})) << "the writer's wait ended without a grant";
  take_grants();
  // A drain of an owner is a change of hands.
  at(300, 4, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  for (const unsigned thread : {2u, 3u, 0u}) {
    bus.pins().time_i = 500;
    drain(thread);
  }
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{4}));
  EXPECT_EQ(shown(), (Shown{4, 4, 200, 400, 3}));
  at(501, 4, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{4, 4, 200, 400, 3})) << "thread 4 owned it since the drain";
}

TEST_F(ArbiterStatistics, SetOwnerCountsNothing) {
  at(100, 5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  bus.pins().time_i = 150;
  EXPECT_EQ(set_owner(5, 40).status(), LOCKARB_STATUS_DONE);
  EXPECT_EQ(shown(), (Shown{1, 0, 0, 0, 0}));
  bus.pins().time_i = 180;
  EXPECT_EQ(act_upon(40, LOCKARB_OP_RELEASE_FOR).status(), LOCKARB_STATUS_FREED);
  EXPECT_EQ(shown(), (Shown{1, 0, 0, 80, 0}));
}

TEST_F(ArbiterStatistics, TimesSurviveTheTurnOfThe32Bits) {
  at(0x1fffffff0, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(0x1fffffffe, 1, LOCKARB_OP_ACQUIRE_SHARED);
  at(0x200000010, 0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{2, 1, 0x12, 0x20, 1}));
}

#ifndef LOCKARB_NETLIST  // it has no RAM of that name
TEST_F(ArbiterStatistics, CountModulo2ToThe32) {
  // Of a row from its lowest bit on: the deepest queue, three times, the counts of 32 bits.
  constexpr unsigned kContentions = 7 + 3 * 32, kAcquisitions = kContentions + 32;
  auto &row =
      bus.pins()
          .rootp
          ->lockarb__DOT__u_engine__DOT__g_statistics__DOT__u_statistics__DOT__u_row__DOT__words
              [kLock];
  for (unsigned bit = 1; bit < 32; ++bit) {
    flip_bit(row, kContentions + bit);
    flip_bit(row, kAcquisitions + bit);
  }
  EXPECT_EQ(shown(), (Shown{UINT32_MAX - 1, UINT32_MAX - 1, 0, 0, 0}));
  at(100, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(100, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  EXPECT_EQ(shown(), (Shown{UINT32_MAX, UINT32_MAX, 0, 0, 1}));
  at(100, 0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{0, UINT32_MAX, 0, 0, 1}));
  at(100, 2, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  EXPECT_EQ(shown(), (Shown{0, 0, 0, 0, 1}));
}
#endif

TEST_F(ArbiterStatistics, StartAgainWhenTheLockIsInitialized) {
  const auto use = [this] {
    at(100, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    at(110, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    at(120, 0, LOCKARB_OP_RELEASE);
    take_grants();
    at(130, 1, LOCKARB_OP_RELEASE);
  };
  const Shown used{2, 1, 10, 20, 1}, zero{0, 0, 0, 0, 0};
  use();
  EXPECT_EQ(shown(), used);
  status(0, LOCKARB_OP_DELETE);
  EXPECT_EQ(shown(), used) << "until then what was counted can be read";
  status(0, LOCKARB_OP_INITIALIZE_WRITER_FIRST);
  EXPECT_EQ(shown(), zero);
  use();
  EXPECT_EQ(shown(), used);
  status(0, LOCKARB_OP_REINITIALIZE);
  EXPECT_EQ(shown(), zero);
}

// Reads wait for what was commanded before them, however near.
TEST_F(ArbiterStatistics, CountCommandsThatComeWithoutAGap) {
  for (unsigned core = 0; core < 4; ++core) bus.set_thread(core, core);
  auto &pins = bus.pins();
  for (unsigned commands = 1; commands <= 12; ++commands) {
    for (const unsigned locks : {1u, 2u, 3u}) {
      for (unsigned lock = kLock; lock < kLock + 3; ++lock) {
        bus.command(0, LOCKARB_OP_DELETE, lock);
        bus.command(0, LOCKARB_OP_INITIALIZE, lock);
      }
      bus.settle();
      std::vector<uint32_t> answers;
      for (unsigned issued = 0; answers.size() <= commands; bus.tick()) {
        pins.s_axil_arvalid = issued <= commands;
        pins.s_axil_araddr =
            issued == commands
                ? address(kLock, LOCKARB_ACQUISITIONS_OFFSET)
                : Pins::command_address(issued % 4, LOCKARB_OP_TRY_SHARED, kLock + issued % locks);
        pins.eval();
        if (pins.s_axil_arvalid && pins.s_axil_arready) ++issued;
        if (pins.s_axil_rvalid) answers.push_back(pins.s_axil_rdata);
      }
      EXPECT_EQ(answers.back(), (commands + locks - 1) / locks)
          << commands << " commands on " << locks << " locks";
    }
  }
}

TEST_F(ArbiterStatistics, StandStillWithoutAccesses) {
  at(100, 0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  at(110, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  for (unsigned clock = 0; clock < 50; ++clock) {
    bus.pins().time_i = 1000 * clock;
    EXPECT_FALSE(bus.pins().busy_o);
    bus.tick();
  }
  at(130, 0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(shown(), (Shown{2, 1, 20, 30, 1}));
}

// A simulator stops the clock when busy_o falls: two more clocks are needed when there is to
// count, three with a register behind the RAM.
TEST_F(ArbiterStatistics, KeepTheArbiterBusyUntilTheyAreWritten) {
  const auto busy_clocks = [this](unsigned op) {
    bus.set_thread(1, 1);
    bus.settle();
    bus.pins().s_axil_araddr = Pins::command_address(1, op, kLock);
    bus.pins().s_axil_arvalid = 1;
    bus.tick();
    bus.pins().s_axil_arvalid = 0;
    unsigned clocks = 0;
    for (; bus.pins().busy_o; bus.tick()) ++clocks;
    return clocks;
  };
  EXPECT_EQ(busy_clocks(LOCKARB_OP_TRY_SHARED), busy_clocks(LOCKARB_OP_HOLD_COUNT) + 2 + kRamStage);
}

TEST_F(ArbiterStatistics, AreReadOnlyWordsOfLocksForPrivilegedAccesses) {
  EXPECT_FALSE(bus.read(address(255, LOCKARB_DEEPEST_QUEUE_OFFSET)).error);
  EXPECT_TRUE(bus.read(address(256, LOCKARB_ACQUISITIONS_OFFSET)).error) << "no such lock";
  EXPECT_TRUE(bus.read(address(4096, LOCKARB_ACQUISITIONS_OFFSET)).error) << "beyond the window";
  for (const uint32_t word : {0x14u, 0x18u, 0x1cu, 0x1u, 0x2u, 0x11u})
    EXPECT_TRUE(bus.read(address(kLock, word)).error) << "word " << word;
  EXPECT_TRUE(bus.write(address(kLock, LOCKARB_ACQUISITIONS_OFFSET), 0).error);
  bus.pins().s_axil_arprot = 0;
  EXPECT_TRUE(bus.read(address(kLock, LOCKARB_ACQUISITIONS_OFFSET)).error);
}

TEST(ArbiterWithoutStatistics, HasNoWindowForThem) {
  ArbiterPins<OddArbiter> bus;
  EXPECT_EQ(bus.read_register(0, LOCKARB_LIMITS_OFFSET), 3u);
  EXPECT_TRUE(
      bus.read(ArbiterPins<OddArbiter>::register_address(0, LOCKARB_STATISTICS_OFFSET)).error);
}

TEST(ArbiterWithoutStatistics, RefusesReadsOfThemWhileItSweeps) {
  using ManyCores = ArbiterPins<ManyCoresArbiter>;
  ManyCores bus;
  bus.reset();
  bus.tick(4 * 32);  // the registers of its cores come first
  ASSERT_TRUE(bus.pins().busy_o) << "of 150 locks some are left";
  const BusResult read = bus.read(ManyCores::register_address(0, LOCKARB_STATISTICS_OFFSET));
  EXPECT_TRUE(read.error);
  EXPECT_LE(read.clocks, 4u + kRamStage);
  EXPECT_TRUE(bus.pins().busy_o);
}

}  // namespace
}  // namespace lockarb
