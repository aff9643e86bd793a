// SPDX-License-Identifier: Apache-2.0
// Cancel at every place of a queue, and whom it frees.
#include <gtest/gtest.h>

#include <vector>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

// Cancels one waiter of a queue of four, wherever it stands: the others keep their order.
TEST_F(ArbiterOnPins, CancelsAnExclusiveWaiterAtEveryPlace) {
  for (unsigned place = 0; place < 4; ++place) {
    std::vector<unsigned> queue{4, 11, 2, 37};
    run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    queue_exclusive(queue);
    EXPECT_EQ(cancel(queue[place]).word, 3u << 23 | 1u << 5 | LOCKARB_STATUS_CANCELLED);
    queue.erase(queue.begin() + place);
    // Who comes now stands behind the last that is left; another one each time, lest a link of the
    // time before looks right.
    queue_exclusive({50 + place});
    queue.push_back(50 + place);
    EXPECT_EQ(order_of_owners(0), queue) << "after a cancel at place " << place;
  }
}

TEST_F(ArbiterOnPins, CancelsASharedWaiterAtEveryPlace) {
  for (unsigned place = 0; place < 4; ++place) {
    std::vector<unsigned> queue{4, 8, 12, 16};  // one core, so that their order shows
    run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    queue_shared(queue);
    EXPECT_EQ(cancel(queue[place]).status(), LOCKARB_STATUS_CANCELLED);
    queue.erase(queue.begin() + place);
    queue_shared({40 + 4 * place});
    queue.push_back(40 + 4 * place);
    EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_SHARED);
    EXPECT_EQ(take_grants(), queue) << "after a cancel at place " << place;
    for (const unsigned thread : queue) run(thread, LOCKARB_OP_RELEASE);
  }
}

// The head that a release would grant is in the other queue.
TEST_F(ArbiterOnPins, CancelsTheHeadOfAQueueWhileTheOtherOneIsNext) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 5});
  queue_exclusive({2, 6, 3});
  EXPECT_EQ(cancel(2).word, 2u << 23 | 2u << 14 | 1u << 5 | LOCKARB_STATUS_CANCELLED);
  run(0, LOCKARB_OP_RELEASE);
  take_grants();
  queue_shared({4, 8, 12});
  EXPECT_EQ(cancel(4).word, 2u << 23 | 2u << 14 | 2u << 5 | LOCKARB_STATUS_CANCELLED);
  run(1, LOCKARB_OP_RELEASE);
  run(5, LOCKARB_OP_RELEASE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{6}));
  EXPECT_EQ(status(6, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{8, 12}));
  for (const unsigned thread : {8u, 12u}) run(thread, LOCKARB_OP_RELEASE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{3}));
}

TEST_F(ArbiterOnPins, CancelsTheOnlyWaiterOfEachKind) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({5});
  EXPECT_EQ(cancel(5).status(), LOCKARB_STATUS_CANCELLED);
  queue_shared({6});
  EXPECT_EQ(cancel(6).status(), LOCKARB_STATUS_CANCELLED);
  EXPECT_EQ(status(0, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
  EXPECT_EQ(take_grants(), std::vector<unsigned>{});
  // Nothing holds the cancelled threads back.
  EXPECT_EQ(status(5, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_GRANTED_SHARED);
  EXPECT_EQ(status(6, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_GRANTED_SHARED);
}

TEST_F(ArbiterOnPins, CancelOfTheLastWriterGrantsTheReadersBehindIt) {
  run(0, LOCKARB_OP_ACQUIRE_SHARED);
  queue_exclusive({1});
  queue_shared({2, 3, 6});
  EXPECT_EQ(cancel(1).word, 4u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{2, 6, 3}));
  for (const unsigned thread : {2u, 3u, 6u}) EXPECT_EQ(hold_count(thread), 1u);
}

TEST_F(ArbiterOnPins, CancelGrantsAReaderThatWaitsForMoreThanItHolds) {
  run(0, LOCKARB_OP_ACQUIRE_SHARED);
  queue_exclusive({1});
  EXPECT_EQ(status(0, LOCKARB_OP_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE),
            LOCKARB_STATUS_WAITING_SELF_BLOCK);
  queue_shared({2});
  // Two owners, of which one holds it twice.
  EXPECT_EQ(cancel(1).word, 2u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{0, 2}));
  EXPECT_EQ(hold_count(0), 2u);
  EXPECT_EQ(hold_count(2), 1u);
}

// Three owners at the end, of whom the last one that is freed owned the lock already.
TEST_F(ArbiterOnPins, CancelKeepsTheRowWholeWhenTheLastReaderItFreesIsAnOwner) {
  run(0, LOCKARB_OP_ACQUIRE_SHARED);
  run(3, LOCKARB_OP_ACQUIRE_SHARED);
  queue_exclusive({1});
  queue_shared({2});
  EXPECT_EQ(status(0, LOCKARB_OP_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE),
            LOCKARB_STATUS_WAITING_SELF_BLOCK);
  EXPECT_EQ(cancel(1).word, 3u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{0, 2}));
  EXPECT_EQ(run(3, LOCKARB_OP_RELEASE).word, 2u << 5 | LOCKARB_STATUS_LEFT);
}

TEST_F(ArbiterOnPins, CancelAndGrantNeverBothHappen) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  run(0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(cancel(1).status(), LOCKARB_STATUS_ALREADY_GRANTED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{1}));
  EXPECT_EQ(cancel(1).status(), LOCKARB_STATUS_ALREADY_GRANTED) << "the grant was removed";
  EXPECT_EQ(hold_count(1), 1u);
  run(1, LOCKARB_OP_RELEASE);
  EXPECT_EQ(cancel(1).status(), LOCKARB_STATUS_ERR_THREAD) << "it neither waits nor owns";
}

}  // namespace
}  // namespace lockarb
