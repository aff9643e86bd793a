// SPDX-License-Identifier: Apache-2.0
// Set owner and drain: what a thread owns becomes another one's, or nobody's.
#include <gtest/gtest.h>

#include <vector>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

TEST_F(ArbiterOnPins, SetOwnerGivesAllLevelsOfAnExclusiveOwnerAway) {
  for (unsigned i = 0; i < 3; ++i) run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  queue_shared({2});
  EXPECT_EQ(set_owner(5, 40).word, 1u << 23 | 1u << 14 | 1u << 5 | LOCKARB_STATUS_DONE);
  EXPECT_EQ(hold_count(5), 0u);
  EXPECT_EQ(hold_count(40), 3u);
  EXPECT_EQ(status(5, LOCKARB_OP_TRY_EXCLUSIVE), LOCKARB_STATUS_NOT_GRANTED) << "a stranger now";
  EXPECT_EQ(status(5, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE);
  EXPECT_EQ(act_upon(40, LOCKARB_OP_RELEASE_FOR).status(), LOCKARB_STATUS_HELD);
  EXPECT_EQ(act_upon(40, LOCKARB_OP_RELEASE_FOR).status(), LOCKARB_STATUS_HELD);
  EXPECT_EQ(act_upon(40, LOCKARB_OP_RELEASE_FOR).status(), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{2}));
}

TEST_F(ArbiterOnPins, SetOwnerAddsToWhatASharedOwnerHas) {
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  for (unsigned i = 0; i < 3; ++i) run(6, LOCKARB_OP_ACQUIRE_SHARED);
  run(7, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(set_owner(5, 63).word, 3u << 5 | LOCKARB_STATUS_DONE) << "the entry is renamed";
  EXPECT_EQ(set_owner(6, 63).word, 2u << 5 | LOCKARB_STATUS_DONE) << "the counts are added";
  EXPECT_EQ(hold_count(5), 0u);
  EXPECT_EQ(hold_count(6), 0u);
  EXPECT_EQ(hold_count(7), 1u);
  EXPECT_EQ(hold_count(63), 5u);
  EXPECT_EQ(run(7, LOCKARB_OP_RELEASE).word, 1u << 5 | LOCKARB_STATUS_LEFT);
  EXPECT_EQ(drain(63).status(), LOCKARB_STATUS_FREED);
}

TEST_F(ArbiterOnPins, SetOwnerIsRefusedWithoutAnyChange) {
  const auto refused = [this](const Answer &answer, unsigned status) {
    EXPECT_EQ(answer.status(), status);
    EXPECT_EQ(bus.read_register(0, LOCKARB_ERROR_OFFSET),
              1u << 31 | status << 26 | 3u << 21 | 5u << 12 | kLock)
        << "the error names the current thread";
    bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
    EXPECT_EQ(answer.owners(), 2u);
    EXPECT_EQ(hold_count(40), 14u);
  };
  for (unsigned i = 0; i < 14; ++i) run(40, LOCKARB_OP_ACQUIRE_SHARED);
  run(6, LOCKARB_OP_ACQUIRE_SHARED);
  refused(set_owner(5, 40), LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
  run(6, LOCKARB_OP_RELEASE);
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  refused(set_owner(5, 40), LOCKARB_STATUS_ERR_OVERFLOW);
  refused(set_owner(5, 41, 0), LOCKARB_STATUS_ERR_OWNER_VALUE);
  refused(set_owner(5, 5), LOCKARB_STATUS_ERR_OWNER_VALUE);
  refused(set_owner(5, 64), LOCKARB_STATUS_ERR_THREAD);
  // A slot that waits, for whatever lock, and then one whose grant is not removed.
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 8);
  run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 8);
  refused(set_owner(5, 1), LOCKARB_STATUS_ERR_OWNER_VALUE);
  run(0, LOCKARB_OP_RELEASE, 8);
  refused(set_owner(5, 1), LOCKARB_STATUS_ERR_OWNER_VALUE);
  bus.remove_grant(1);
  EXPECT_EQ(hold_count(5), 2u);
  EXPECT_EQ(set_owner(5, 1).status(), LOCKARB_STATUS_DONE);
  // The thread that waits cannot give.
  EXPECT_EQ(status(40, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING_SELF_BLOCK);
  EXPECT_EQ(set_owner(40, 41).status(), LOCKARB_STATUS_ERR_THREAD);
  EXPECT_EQ(bus.command(3, LOCKARB_OP_HOLD_COUNT, kLock).status(), LOCKARB_STATUS_ERR_THREAD);
}

TEST_F(ArbiterOnPins, SetOwnerWantsNoLowIrqlButACurrentThread) {
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  bus.write_register(3, LOCKARB_IRQL_OFFSET, 2);
  EXPECT_EQ(set_owner(5, 40).status(), LOCKARB_STATUS_DONE);
  bus.write_register(3, LOCKARB_CURRENT_THREAD_OFFSET, 40);
  EXPECT_EQ(bus.command(3, LOCKARB_OP_SET_OWNER, kLock).status(), LOCKARB_STATUS_ERR_THREAD);
}

TEST_F(ArbiterOnPins, OperandKeepsItsPointerBit) {
  for (const uint32_t operand :
       {LOCKARB_OPERAND_POINTER_MASK | 0x1ffu, 0x0aau, LOCKARB_OPERAND_POINTER_MASK | 0u}) {
    bus.write_register(2, LOCKARB_OPERAND_OFFSET, operand);
    EXPECT_EQ(bus.read_register(2, LOCKARB_OPERAND_OFFSET), operand);
  }
}

TEST_F(ArbiterOnPins, DrainReleasesAllLevelsOfASharedOwner) {
  for (unsigned i = 0; i < 3; ++i) run(5, LOCKARB_OP_ACQUIRE_SHARED);
  run(6, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(drain(5).word, 1u << 5 | LOCKARB_STATUS_LEFT);
  EXPECT_EQ(drain(5).word, 1u << 5 | LOCKARB_STATUS_DONE) << "nothing is left of it";
  EXPECT_EQ(hold_count(5), 0u);
  EXPECT_EQ(hold_count(6), 1u);
  EXPECT_EQ(drain(6).word, LOCKARB_STATUS_FREED);
  EXPECT_EQ(drain(6).word, LOCKARB_STATUS_DONE);
  EXPECT_EQ(bus.read_register(0, LOCKARB_ERROR_OFFSET), 0u) << "DONE is no error";
}

TEST_F(ArbiterOnPins, DrainOfAnExclusiveOwnerHandsTheLockOn) {
  for (unsigned i = 0; i < 3; ++i) run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1, 2});
  queue_shared({3, 7});
  EXPECT_EQ(drain(5).word, 2u << 23 | 2u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{3, 7}));
  EXPECT_EQ(hold_count(3), 1u);
  EXPECT_EQ(hold_count(5), 0u);
  EXPECT_EQ(drain(3).word, 2u << 23 | 1u << 5 | LOCKARB_STATUS_LEFT);
  EXPECT_EQ(drain(7).word, 1u << 23 | 1u << 5 | LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(order_of_owners(1), (std::vector<unsigned>{})) << "the grant of 1 is not removed yet";
  EXPECT_EQ(drain(1).word, 1u << 5 | LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{1, 2})) << "the grant of the drained one stays";
  EXPECT_EQ(hold_count(2), 1u);
}

TEST_F(ArbiterOnPins, DrainTakesAWaiterOutOfItsQueueFirst) {
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(status(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING_SELF_BLOCK);
  queue_shared({1, 2});
  // Its wait, which frees the readers behind it; then its two levels; then there is nothing.
  EXPECT_EQ(drain(5).word, 3u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{1, 2}));
  EXPECT_EQ(hold_count(5), 2u);
  EXPECT_EQ(drain(5).word, 2u << 5 | LOCKARB_STATUS_LEFT);
  EXPECT_EQ(drain(5).word, 2u << 5 | LOCKARB_STATUS_DONE);
  queue_exclusive({4, 11, 9});
  EXPECT_EQ(drain(11).word, 2u << 23 | 2u << 5 | LOCKARB_STATUS_CANCELLED);
  run(1, LOCKARB_OP_RELEASE);
  EXPECT_EQ(order_of_owners(2), (std::vector<unsigned>{4, 9}));
}

TEST_F(ArbiterOnPins, DrainLeavesAWaitForAnotherLockAlone) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 8);
  run(6, LOCKARB_OP_ACQUIRE_SHARED, 8);
  queue_exclusive({5});
  EXPECT_EQ(drain(5, 8).word, 1u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(bus.grant(2).thread, 6u);
  bus.remove_grant(2);
  EXPECT_EQ(drain(5, 8).word, 1u << 5 | LOCKARB_STATUS_DONE);
  EXPECT_EQ(order_of_owners(0), (std::vector<unsigned>{5}));
}

}  // namespace
}  // namespace lockarb
