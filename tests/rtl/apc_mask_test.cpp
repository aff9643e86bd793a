// SPDX-License-Identifier: Apache-2.0
// The mask of a core: fused commands, APCs.
#include <gtest/gtest.h>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

TEST_F(ArbiterOnPins, FusedCommandsMoveTheMaskOfTheirCoreOnly) {
  EXPECT_EQ(status(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  EXPECT_EQ(status(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_RECURSED_EXCLUSIVE);
  EXPECT_EQ(status(2, LOCKARB_OP_ENTER_ACQUIRE_SHARED), LOCKARB_STATUS_WAITING);
  EXPECT_EQ(mask(1), 0xfffeu);
  EXPECT_EQ(mask(2), 0xffffu) << "the thread waits inside the region";
  EXPECT_EQ(mask(0), 0u);
  EXPECT_EQ(status(3, LOCKARB_OP_ENTER_TRY_SHARED), LOCKARB_STATUS_NOT_GRANTED);
  EXPECT_EQ(status(3, LOCKARB_OP_RELEASE_AND_LEAVE), LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE);
  EXPECT_EQ(mask(3), 0u) << "both or neither";
  run(1, LOCKARB_OP_RELEASE_AND_LEAVE);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE_AND_LEAVE), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(mask(1), 0u);
}

TEST_F(ArbiterOnPins, FusedCommandsOfOneCoreMoveItsMaskOneByOne) {
  bus.set_thread(1, 1);
  auto &pins = bus.pins();
  for (const unsigned op : {LOCKARB_OP_ENTER_TRY_SHARED, LOCKARB_OP_RELEASE_AND_LEAVE}) {
    for (unsigned sent = 0; sent < 8; bus.tick()) {
      pins.s_axil_arvalid = 1;
      pins.s_axil_araddr = Pins::command_address(1, op, kLock + sent);
      pins.eval();
      if (pins.s_axil_arready) ++sent;
    }
    pins.s_axil_arvalid = 0;
    bus.settle();
    EXPECT_EQ(mask(1), op == LOCKARB_OP_RELEASE_AND_LEAVE ? 0u : 0xfff8u);
  }
}

TEST_F(ArbiterOnPins, LeaveOpensTheMaskForAPendingApc) {
  run(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE);
  bus.write_register(1, LOCKARB_APC_PENDING_OFFSET, LOCKARB_APC_PENDING_NORMAL_MASK);
  EXPECT_FALSE(bus.irq(1));
  bus.write_register(1, LOCKARB_APC_PENDING_OFFSET,
                     LOCKARB_APC_PENDING_NORMAL_MASK | LOCKARB_APC_PENDING_SPECIAL_MASK);
  EXPECT_TRUE(bus.irq(1)) << "a critical region does not mask special kernel APCs";
  EXPECT_EQ(bus.read_register(1, LOCKARB_APC_DELIVERABLE_OFFSET), 1u);
  bus.write_register(1, LOCKARB_APC_PENDING_OFFSET, LOCKARB_APC_PENDING_NORMAL_MASK);
  run(1, LOCKARB_OP_RELEASE_AND_LEAVE);
  EXPECT_TRUE(bus.irq(1));
  EXPECT_EQ(bus.read_register(1, LOCKARB_APC_DELIVERABLE_OFFSET), 2u);
}

// Contract II.E, the table of masks; I is 0 for PASSIVE, 1 for APC.
TEST_F(ArbiterOnPins, DeliversApcsAsTableESays) {
  const struct {
    unsigned k, p, irql, special, normal, user;
  } kRows[] = {
      {0, 0, 0, 1, 1, 1}, {1, 0, 0, 1, 0, 0}, {0, 1, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0},
      {0, 0, 1, 0, 0, 0}, {1, 0, 1, 0, 0, 0}, {0, 1, 1, 0, 0, 0}, {1, 1, 1, 0, 0, 0},
  };
  for (const auto &row : kRows) {
    for (const unsigned value : {0xffffu, 0x8000u, 1u}) {  // any counter but 0 masks
      bus.write_register(2, LOCKARB_APC_MASK_OFFSET, row.p * value << 16 | row.k * value);
      bus.write_register(2, LOCKARB_IRQL_OFFSET, row.irql);
      for (unsigned kinds = 0; kinds < 8; ++kinds)
        for (const bool in_progress : {false, true})
          for (const bool alertable : {false, true}) {
            bus.write_register(2, LOCKARB_APC_PENDING_OFFSET,
                               kinds | in_progress << 8 | alertable << 9);
            const unsigned expected = (kinds & row.special) |
                                      (kinds & (row.normal && !in_progress) << 1) |
                                      (kinds & (row.user && alertable) << 2);
            EXPECT_EQ(bus.read_register(2, LOCKARB_APC_DELIVERABLE_OFFSET), expected)
                << "K " << row.k << ", P " << row.p << ", IRQL " << row.irql;
            EXPECT_EQ(bus.irq(2), expected != 0);
          }
    }
  }
}

}  // namespace
}  // namespace lockarb
