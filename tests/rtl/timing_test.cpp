// SPDX-License-Identifier: Apache-2.0
// The clocks of the datasheet, and when the arbiter is busy.
#include <gtest/gtest.h>

#include <vector>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

// Clocks from ARVALID to RVALID when nothing is under way.
constexpr unsigned kAnswer = 4 + kRamStage;

// The figures of the datasheet.
TEST_F(ArbiterOnPins, AnswersInAsManyClocksAsTheDatasheetSays) {
  bus.set_thread(1, 1);
  bus.settle();
  const BusResult acquire =
      bus.read(Pins::command_address(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, kLock));
  EXPECT_EQ(acquire.clocks, kAnswer) << "ARVALID to RVALID of an uncontended fused acquire";
  EXPECT_EQ(bus.read(Pins::command_address(1, LOCKARB_OP_RELEASE_AND_LEAVE, kLock)).clocks,
            kAnswer);
  EXPECT_EQ(bus.read(Pins::register_address(1, LOCKARB_GRANT_OFFSET)).clocks, kAnswer);
}

TEST_F(ArbiterOnPins, LongCommandsTakeAsManyClocksAsTheDatasheetSays) {
  const auto clocks = [this](unsigned op) {
    arm(3, op);
    bus.settle();
    return bus.read(Pins::command_address(3, op, kLock)).clocks;
  };
  EXPECT_EQ(clocks(LOCKARB_OP_REINITIALIZE), kAnswer + 64);
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  const std::vector<unsigned> queue{5, 6, 9, 10};
  for (unsigned place = 0; place < 4; ++place) {
    for (const unsigned op : {LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN}) {
      queue_exclusive(queue);
      bus.write_register(3, LOCKARB_OPERAND_OFFSET, queue[place]);
      EXPECT_EQ(clocks(op), kAnswer + 3 + kRamStage + (place > 1 ? place - 1 : 0) * (1 + kRamStage))
          << "place " << place;
      for (const unsigned thread : queue) cancel(thread);
    }
  }
  bus.set_thread(3, 0);
  bus.write_register(3, LOCKARB_OPERAND_OFFSET, LOCKARB_OPERAND_POINTER_MASK | 40);
  EXPECT_EQ(clocks(LOCKARB_OP_SET_OWNER), kAnswer + 4 + kRamStage);
  EXPECT_EQ(clocks(LOCKARB_OP_SET_OWNER), kAnswer + 3 + kRamStage) << "refused: not owned";
  EXPECT_EQ(clocks(LOCKARB_OP_DRAIN), kAnswer) << "of an owner";
}

TEST_F(ArbiterOnPins, InterruptsTheNextOwnerWithTheAnswerOrAClockLater) {
  for (const bool shared : {false, true}) {
    run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    shared ? queue_shared({2, 3, 4}) : queue_exclusive({2});
    bus.settle();
    bus.pins().s_axil_araddr = Pins::command_address(1, LOCKARB_OP_RELEASE, kLock);
    bus.pins().s_axil_arvalid = 1;
    ASSERT_TRUE(bus.pins().s_axil_arready);
    unsigned clocks = 0;
    while (!bus.irq(2)) {
      bus.tick();
      bus.pins().s_axil_arvalid = 0;
      ASSERT_LT(++clocks, 10u);
    }
    EXPECT_EQ(clocks, kAnswer + kRamStage) << "from the clock in which the release is accepted";
    bus.tick(kRamStage);  // the walker's first look at who is behind
    for (const unsigned core : {3u, 0u}) {
      bus.tick();
      EXPECT_EQ(bus.irq(core), shared) << "a batch is granted at one thread per clock";
    }
    bus.settle();
    for (const unsigned thread : take_grants()) run(thread, LOCKARB_OP_RELEASE);
  }
}

TEST_F(ArbiterOnPins, TakesOneCommandPerClockToDifferentLocks) {
  for (unsigned core = 0; core < 4; ++core) bus.set_thread(core, core);
  const unsigned kCount = 40;
  // Eight locks and four threads: neither comes again within three clocks.
  const auto clocks_for = [&](unsigned locks, unsigned cores, unsigned op = LOCKARB_OP_TRY_SHARED) {
    bus.settle();
    unsigned issued = 0, answered = 0, clocks = 0;
    uint64_t first = 0, last = 0;
    while (answered < kCount && clocks < 1000) {
      bus.pins().s_axil_arvalid = issued < kCount;
      bus.pins().s_axil_araddr = Pins::command_address(issued % cores, op, kLock + issued % locks);
      bus.pins().eval();
      if (bus.pins().s_axil_arvalid && bus.pins().s_axil_arready) ++issued;
      if (bus.pins().s_axil_rvalid) {
        if (answered++ == 0) first = bus.clocks();
        last = bus.clocks();
      }
      bus.tick();
      ++clocks;
    }
    return static_cast<unsigned>(last - first);
  };
  const unsigned kApart = 3 + kRamStage;  // commands on one lock, or for one thread
  // R has four places, and each is taken for as long as an answer takes.
  const unsigned kOnePerClock = kRamStage == 0 ? kCount - 1 : kCount / 4 * 5 - 2;
  EXPECT_EQ(clocks_for(8, 4), kOnePerClock) << "one per clock, four in five clocks with the stage";
  for (const unsigned op : {LOCKARB_OP_CONVERT, LOCKARB_OP_HOLD_COUNT, LOCKARB_OP_RELEASE})
    EXPECT_EQ(clocks_for(8, 4, op), kOnePerClock) << "operation " << op;
  EXPECT_LE(clocks_for(1, 4), kApart * (kCount - 1))
      << "one per " << kApart << " clocks on one lock";
  EXPECT_LE(clocks_for(8, 1), kApart * (kCount - 1))
      << "one per " << kApart << " clocks for one thread";
}

// A simulator stops the clock there.
TEST_F(ArbiterOnPins, HasDoneAllWhenItIsNotBusyAnyMore) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 5, 9, 13, 17, 21, 25, 29, 2, 3});
  bus.command_for(0, 0, LOCKARB_OP_RELEASE, kLock);
  bus.settle();
  EXPECT_EQ(bus.pins().irq_o, 0xeu) << "grants";
  EXPECT_EQ(take_grants().size(), 10u);
  bus.settle();
  EXPECT_EQ(bus.pins().irq_o, 0u);
  auto &pins = bus.pins();
  pins.s_axil_awaddr = Pins::register_address(2, LOCKARB_APC_PENDING_OFFSET);
  pins.s_axil_wdata = LOCKARB_APC_PENDING_SPECIAL_MASK;
  pins.s_axil_awvalid = pins.s_axil_wvalid = 1;
  bus.tick();
  pins.s_axil_awvalid = pins.s_axil_wvalid = 0;
  bus.settle();
  EXPECT_EQ(bus.pins().irq_o, 0x4u) << "an APC";
}

TEST_F(ArbiterOnPins, IsIdleWhenNotBusy) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 2, 3});
  EXPECT_FALSE(bus.pins().busy_o);
  bus.tick(50);
  EXPECT_EQ(take_grants(), std::vector<unsigned>{});
}

}  // namespace
}  // namespace lockarb
