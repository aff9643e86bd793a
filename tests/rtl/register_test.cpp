// SPDX-License-Identifier: Apache-2.0
// Registers, refusals, the map, reset.
#include <gtest/gtest.h>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

TEST_F(ArbiterOnPins, IdentifiesItself) {
  EXPECT_EQ(bus.read_register(0, LOCKARB_ID_OFFSET), 0x4C4B0200u);
  EXPECT_EQ(bus.read_register(3, LOCKARB_PARAMS_OFFSET), 256u << 16 | 64u << 6 | 4u);
  EXPECT_EQ(bus.read_register(2, LOCKARB_LIMITS_OFFSET), LOCKARB_LIMITS_STATISTICS_MASK | 4u);
}

TEST_F(ArbiterOnPins, ShowsTheTimeInput) {
  bus.pins().time_i = 0x0123456789abcdef;
  EXPECT_EQ(bus.read_register(1, LOCKARB_TIME_LO_OFFSET), 0x89abcdefu);
  EXPECT_EQ(bus.read_register(1, LOCKARB_TIME_HI_OFFSET), 0x01234567u);
  bus.pins().time_i = 0xfedcba9876543210;
  EXPECT_EQ(bus.read_register(1, LOCKARB_TIME_LO_OFFSET), 0x76543210u);
  EXPECT_EQ(bus.read_register(1, LOCKARB_TIME_HI_OFFSET), 0xfedcba98u);
}

TEST_F(ArbiterOnPins, KeepsTheFirstErrorAndInterruptsItsCore) {
  EXPECT_EQ(status(2, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
  EXPECT_EQ(status(1, LOCKARB_OP_CONVERT), LOCKARB_STATUS_ERR_CONVERT);
  EXPECT_TRUE(bus.irq(2));
  EXPECT_FALSE(bus.irq(1));
  EXPECT_EQ(bus.read_register(0, LOCKARB_ERROR_OFFSET),
            1u << 31 | LOCKARB_STATUS_ERR_NOT_OWNED_SHARED << 26 | 2u << 21 | 2u << 12 | kLock);
  bus.write_register(1, LOCKARB_ERROR_OFFSET, 0);
  EXPECT_FALSE(bus.irq(2));
  EXPECT_EQ(bus.read_register(0, LOCKARB_ERROR_OFFSET), 0u);
}

TEST_F(ArbiterOnPins, KnowsOnlyLocksThatAreInitialized) {
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 100), LOCKARB_STATUS_ERR_LOCK);
  EXPECT_EQ(status(1, LOCKARB_OP_INITIALIZE, 256), LOCKARB_STATUS_ERR_LOCK);
  EXPECT_EQ(status(1, LOCKARB_OP_INITIALIZE, kLock), LOCKARB_STATUS_ERR_INITIALIZED);
  EXPECT_EQ(status(1, LOCKARB_OP_DELETE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_ERR_LOCK);
}

TEST_F(ArbiterOnPins, ForgetsTheOwnersOfADeletedLock) {
  run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  EXPECT_EQ(run(0, LOCKARB_OP_DELETE).word, LOCKARB_STATUS_DONE_HELD);
  EXPECT_EQ(status(0, LOCKARB_OP_INITIALIZE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(hold_count(1), 0u);
  run(1, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(run(0, LOCKARB_OP_REINITIALIZE).word, LOCKARB_STATUS_DONE_HELD);
  EXPECT_EQ(status(63, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  queue_exclusive({1});
  EXPECT_EQ(status(0, LOCKARB_OP_REINITIALIZE), LOCKARB_STATUS_ERR_WAITERS);
  EXPECT_EQ(status(0, LOCKARB_OP_DELETE), LOCKARB_STATUS_ERR_WAITERS);
}

TEST_F(ArbiterOnPins, RefusesCommandsAboveApcLevel) {
  bus.write_register(1, LOCKARB_IRQL_OFFSET, 2);
  EXPECT_EQ(status(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_ERR_IRQL);
  EXPECT_EQ(mask(1), 0u);
  bus.write_register(1, LOCKARB_IRQL_OFFSET, 1);
  EXPECT_EQ(status(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  bus.write_register(1, LOCKARB_IRQL_OFFSET, 2);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED) << "allowed at DISPATCH_LEVEL";
}

TEST_F(ArbiterOnPins, ACommandRightBehindARegisterWriteSeesIt) {
  run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  for (unsigned gap = 0; gap < 6; ++gap) {
    bus.set_thread(1, 1);
    bus.settle();
    auto &pins = bus.pins();
    pins.s_axil_awaddr = Pins::register_address(1, LOCKARB_CURRENT_THREAD_OFFSET);
    pins.s_axil_wdata = LOCKARB_CURRENT_THREAD_VALID_MASK | 2;
    pins.s_axil_awvalid = pins.s_axil_wvalid = 1;
    bus.tick();
    pins.s_axil_awvalid = pins.s_axil_wvalid = 0;
    bus.tick(gap);
    EXPECT_EQ(bus.command(1, LOCKARB_OP_HOLD_COUNT, kLock).hold_count(), 0u)
        << "told of the thread before, " << gap << " clocks after the write";
  }
}

TEST_F(ArbiterOnPins, NeedsACurrentThread) {
  bus.write_register(1, LOCKARB_CURRENT_THREAD_OFFSET, 5);
  EXPECT_EQ(bus.command(1, LOCKARB_OP_ACQUIRE_SHARED, kLock).status(), LOCKARB_STATUS_ERR_THREAD);
  EXPECT_FALSE(bus.write(Pins::register_address(1, LOCKARB_CURRENT_THREAD_OFFSET), 511).error)
      << "no thread, whatever the number";
  bus.write_register(1, LOCKARB_OPERAND_OFFSET, 64);
  for (const unsigned op : {LOCKARB_OP_RELEASE_FOR, LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN})
    EXPECT_EQ(bus.command(1, op, kLock).status(), LOCKARB_STATUS_ERR_THREAD) << "operation " << op;
}

TEST_F(ArbiterOnPins, OverflowOfAHoldCountIsRefused) {
  for (unsigned i = 0; i < 15; ++i) run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  EXPECT_EQ(hold_count(1), 15u);
  EXPECT_EQ(status(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_ERR_OVERFLOW);
  EXPECT_EQ(hold_count(1), 15u);
  EXPECT_EQ(mask(1), 0u);
}

TEST_F(ArbiterOnPins, AnswersAccessesOutsideOfTheMapWithAnError) {
  const auto address = [](unsigned core, uint32_t offset) {
    return Pins::register_address(core, offset);
  };
  EXPECT_TRUE(bus.read(address(4, LOCKARB_ID_OFFSET)).error) << "no such core";
  EXPECT_TRUE(bus.read(Pins::command_address(4, LOCKARB_OP_ACQUIRE_SHARED, kLock)).error);
  EXPECT_TRUE(bus.read(address(0, 0x1c)).error);
  EXPECT_TRUE(bus.read(address(0, LOCKARB_ISSUE_OFFSET)).error) << "written only";
  EXPECT_TRUE(bus.read(address(0, 0x58)).error);
  EXPECT_TRUE(bus.write(address(0, 0x58), 0).error);
  EXPECT_TRUE(bus.read(address(0, 0x7c)).error);
  EXPECT_TRUE(bus.read(address(0, 0x80)).error);
  EXPECT_TRUE(bus.read(address(0, 0x80 + LOCKARB_ARM_OFFSET)).error);
  EXPECT_TRUE(bus.read(address(0, 0x7fffc)).error);
  EXPECT_TRUE(bus.read(address(0, LOCKARB_ID_OFFSET + 1)).error);
  EXPECT_TRUE(bus.write(address(0, LOCKARB_ID_OFFSET), 0).error);
  EXPECT_TRUE(bus.write(address(0, LOCKARB_APC_DELIVERABLE_OFFSET), 0).error);
  EXPECT_TRUE(bus.write(Pins::command_address(0, LOCKARB_OP_ACQUIRE_SHARED, kLock), 0).error);
  EXPECT_TRUE(bus.write(address(0, LOCKARB_CURRENT_THREAD_OFFSET), 1u << 31 | 64).error);
  EXPECT_EQ(bus.read_register(0, LOCKARB_CURRENT_THREAD_OFFSET), 0u);
  bus.pins().s_axil_wstrb = 0x7;
  EXPECT_TRUE(bus.write(address(0, LOCKARB_IRQL_OFFSET), 3).error);
  bus.pins().s_axil_wstrb = 0xf;
  EXPECT_EQ(bus.read_register(0, LOCKARB_IRQL_OFFSET), 0u);
  EXPECT_EQ(bus.read_register(0, LOCKARB_ERROR_OFFSET), 0u) << "a bus error is no refused command";
}

TEST_F(ArbiterOnPins, UnprivilegedAccessReachesOnlyTheLocksOfItsThread) {
  const auto readable = [this](uint32_t offset) {
    return !bus.read(Pins::register_address(1, offset)).error;
  };
  ASSERT_EQ(bus.command(1, LOCKARB_OP_INITIALIZE_USER, 200).status(), LOCKARB_STATUS_DONE);
  bus.set_thread(1, 1);
  bus.pins().s_axil_arprot = bus.pins().s_axil_awprot = 0;
  for (const uint32_t offset :
       {LOCKARB_ID_OFFSET, LOCKARB_PARAMS_OFFSET, LOCKARB_LIMITS_OFFSET, LOCKARB_STATUS_OFFSET,
        LOCKARB_TIME_LO_OFFSET, LOCKARB_TIME_HI_OFFSET, LOCKARB_USER_ANSWER_OFFSET})
    EXPECT_TRUE(readable(offset)) << offset;
  for (uint32_t offset = LOCKARB_CONTROL_OFFSET; offset <= LOCKARB_ANSWER_OFFSET; offset += 4)
    EXPECT_FALSE(readable(offset)) << offset;
  for (uint32_t offset = 0; offset < LOCKARB_ISSUE_OFFSET; offset += 4)
    EXPECT_TRUE(bus.write(Pins::register_address(1, offset), 0).error) << offset;
  for (unsigned op = 0; op < 32; ++op) {
    const bool own = op < 8 || op == LOCKARB_OP_RELEASE || op == LOCKARB_OP_CONVERT ||
                     op == LOCKARB_OP_HOLD_COUNT;
    EXPECT_EQ(bus.read(Pins::command_address(1, op, 200)).error, !own) << "operation " << op;
    EXPECT_EQ(bus.write(Pins::register_address(1, LOCKARB_ISSUE_OFFSET), place_of(op, 200)).error,
              !own)
        << "operation " << op;
    EXPECT_TRUE(bus.read(Pins::command_address(1, op, kLock)).error)
        << "of privileged code, operation " << op;
    EXPECT_TRUE(bus.read(Pins::command_address(1, op, 256 + 200)).error)
        << "no such lock, operation " << op;
  }
  bus.pins().s_axil_arprot = bus.pins().s_axil_awprot = 1;
  EXPECT_EQ(mask(1), 0u);
}

TEST_F(ArbiterOnPins, ARefusedReadTellsNothing) {
  bus.write_register(1, LOCKARB_OPERAND_OFFSET, 63);
  bus.pins().s_axil_arprot = 0;
  const BusResult refused = bus.read(Pins::register_address(1, LOCKARB_OPERAND_OFFSET));
  EXPECT_TRUE(refused.error);
  EXPECT_EQ(refused.data, 0u);
}

TEST(ArbiterWithCheckedUser, RefusesTheWindowOfAnotherCore) {
  ArbiterPins<OddArbiter> bus;
  bus.pins().s_axil_araddr = ArbiterPins<OddArbiter>::register_address(1, LOCKARB_ID_OFFSET);
  for (const unsigned user : {0u, 1u, 2u, 17u}) {
    bus.pins().s_axil_aruser = user;
    bus.pins().s_axil_arvalid = 1;
    bus.tick();
    bus.pins().s_axil_arvalid = 0;
    while (!bus.pins().s_axil_rvalid) bus.tick();
    EXPECT_EQ(bus.pins().s_axil_rresp != 0, user != 1) << "core " << user;
    bus.tick();
  }
}

TEST(ArbiterAfterReset, HoldsCommandsBackWhileItSweeps) {
  Pins bus;
  EXPECT_TRUE(bus.pins().busy_o);
  EXPECT_EQ(bus.read_register(0, LOCKARB_STATUS_OFFSET), LOCKARB_STATUS_BUSY_MASK);
  const BusResult first = bus.read(Pins::command_address(0, LOCKARB_OP_DELETE, 255));
  EXPECT_EQ(Answer{first.data}.status(), LOCKARB_STATUS_ERR_LOCK) << "it was never initialized";
  EXPECT_GT(first.clocks, 200u);
  EXPECT_EQ(bus.read_register(0, LOCKARB_STATUS_OFFSET) & LOCKARB_STATUS_BUSY_MASK, 0u);
}

TEST(ArbiterAfterReset, ShowsNothingOfAnyCoreFromTheFirstClockOn) {
  Pins bus;
  const uint32_t registers[] = {
      LOCKARB_CONTROL_OFFSET,  LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_OPERAND_OFFSET,
      LOCKARB_APC_MASK_OFFSET, LOCKARB_IRQL_OFFSET,           LOCKARB_APC_PENDING_OFFSET,
      LOCKARB_ARM_OFFSET,      LOCKARB_ANSWER_OFFSET,         LOCKARB_USER_ANSWER_OFFSET};
  for (const unsigned core : {3u, 2u, 1u, 0u})
    for (const uint32_t offset : registers) {
      for (unsigned other = 0; other < 4; ++other)
        for (const uint32_t every : registers)
          bus.write_register(other, every, 0x80010003u + 2 * other);
      bus.reset();
      EXPECT_EQ(bus.read_register(core, offset), 0u) << "register " << offset << " of " << core;
    }
}

TEST(ArbiterAfterReset, ForgetsEverything) {
  Pins bus;
  bus.command(0, LOCKARB_OP_INITIALIZE, 3);
  bus.command_for(0, 1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, 3);
  bus.command_for(2, 2, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, 3);
  bus.reset();
  bus.open_apertures();
  bus.set_thread(0, 2);
  EXPECT_EQ(bus.command(0, LOCKARB_OP_ACQUIRE_SHARED, 3).status(), LOCKARB_STATUS_ERR_LOCK);
  bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
  bus.command(0, LOCKARB_OP_INITIALIZE, 3);
  EXPECT_EQ(bus.command(0, LOCKARB_OP_ACQUIRE_SHARED, 3).word,
            1u << 5 | LOCKARB_STATUS_GRANTED_SHARED)
      << "thread 2 waits no more";
  EXPECT_EQ(bus.read_register(0, LOCKARB_APC_MASK_OFFSET), 0u);
}

}  // namespace
}  // namespace lockarb
