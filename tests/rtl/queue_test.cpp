// SPDX-License-Identifier: Apache-2.0
// Queues and hand-offs: who is next, who waits, and what a waiting thread cannot do.
#include <gtest/gtest.h>

#include <vector>

#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

TEST_F(ArbiterOnPins, CountsRecursionOfAnExclusiveOwner) {
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_RECURSED_EXCLUSIVE);
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_RECURSED_EXCLUSIVE);
  EXPECT_EQ(hold_count(1), 3u);
  EXPECT_EQ(hold_count(2), 0u);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HELD);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HELD);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
}

TEST_F(ArbiterOnPins, CountsRecursionOfEachSharedOwner) {
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_GRANTED_SHARED);
  EXPECT_EQ(run(2, LOCKARB_OP_ACQUIRE_SHARED).owners(), 2u);
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_RECURSED_SHARED);
  EXPECT_EQ(hold_count(1), 2u);
  EXPECT_EQ(hold_count(2), 1u);
  EXPECT_EQ(run(2, LOCKARB_OP_RELEASE).word, 1u << 5 | LOCKARB_STATUS_LEFT);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HELD);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
}

TEST_F(ArbiterOnPins, ServesExclusiveWaitersInTheirOrder) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({9, 2, 63, 5});
  EXPECT_EQ(order_of_owners(0), (std::vector<unsigned>{9, 2, 63, 5}));
}

TEST_F(ArbiterOnPins, GrantsAllSharedWaitersTogether) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 2});
  queue_exclusive({3});
  queue_shared({4, 5, 9, 63});
  // The answer of the release has them all as owners already.
  EXPECT_EQ(run(0, LOCKARB_OP_RELEASE).word, 1u << 23 | 6u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{4, 1, 5, 9, 2, 63}));
  for (const unsigned thread : {1u, 2u, 4u, 5u, 9u, 63u}) EXPECT_EQ(hold_count(thread), 1u);
  // A new reader waits behind the writer; the last reader hands on to it.
  queue_shared({6});
  for (const unsigned thread : {63u, 1u, 2u, 9u, 5u})
    EXPECT_EQ(status(thread, LOCKARB_OP_RELEASE), LOCKARB_STATUS_LEFT);
  EXPECT_EQ(run(4, LOCKARB_OP_RELEASE).word, 1u << 14 | 1u << 5 | LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{3}));
  EXPECT_EQ(status(3, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{6}));
}

// The second release stands in the pipeline while the first one's batch is granted.
TEST_F(ArbiterOnPins, HandsTwoLocksOverBackToBack) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 8);
  for (const unsigned thread : {10u, 14u, 18u}) run(thread, LOCKARB_OP_ACQUIRE_SHARED, 8);
  run(1, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({7, 11, 20});
  bus.set_thread(0, 0);
  bus.set_thread(1, 1);
  bus.settle();
  bus.pins().s_axil_arvalid = 1;
  bus.pins().s_axil_araddr = Pins::command_address(0, LOCKARB_OP_RELEASE, 8);
  ASSERT_TRUE(bus.pins().s_axil_arready);
  bus.tick();
  bus.pins().s_axil_araddr = Pins::command_address(1, LOCKARB_OP_RELEASE, kLock);
  ASSERT_TRUE(bus.pins().s_axil_arready);
  bus.tick();
  bus.pins().s_axil_arvalid = 0;
  bus.settle();
  for (const unsigned thread : {10u, 14u, 18u}) {
    EXPECT_EQ(bus.grant(2).thread, thread);
    bus.remove_grant(2);
  }
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{7}));
  EXPECT_EQ(order_of_owners(7), (std::vector<unsigned>{11, 20}));
}

TEST_F(ArbiterOnPins, ConvertKeepsTheCountAndGrantsTheSharedWaiters) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  queue_shared({2, 3});
  EXPECT_EQ(run(0, LOCKARB_OP_CONVERT).word, 1u << 23 | 3u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(hold_count(0), 2u);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{2, 3}));
  EXPECT_EQ(status(0, LOCKARB_OP_CONVERT), LOCKARB_STATUS_ERR_CONVERT);
}

TEST_F(ArbiterOnPins, ReleaseForAnotherThreadEndsASelfBlock) {
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(status(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING_SELF_BLOCK);
  bus.write_register(0, LOCKARB_OPERAND_OFFSET, 5);
  EXPECT_EQ(bus.command(0, LOCKARB_OP_RELEASE_FOR, kLock).status(),
            LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{5}));
  EXPECT_EQ(hold_count(5), 1u);
}

TEST_F(ArbiterOnPins, AThreadThatWaitsOrWasGrantedCannotCommand) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  EXPECT_EQ(status(1, LOCKARB_OP_ACQUIRE_SHARED, 8), LOCKARB_STATUS_ERR_THREAD);
  run(0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_THREAD);
  take_grants();
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE), LOCKARB_STATUS_FREED);
}

TEST_F(ArbiterOnPins, AGrantThatIsNotThereCannotBeRemoved) {
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({0, 1, 2, 3});
  for (unsigned core = 0; core < 4; ++core) bus.remove_grant(core);
  for (const unsigned thread : {0u, 1u, 2u, 3u})
    EXPECT_EQ(status(thread, LOCKARB_OP_HOLD_COUNT), LOCKARB_STATUS_ERR_THREAD) << "it waits";
  EXPECT_EQ(order_of_owners(5), (std::vector<unsigned>{0, 1, 2, 3}));
}

TEST_F(ArbiterOnPins, ReinitializeLeavesAGrantThatIsNotRemoved) {
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  run(5, LOCKARB_OP_RELEASE);
  EXPECT_EQ(status(0, LOCKARB_OP_REINITIALIZE), LOCKARB_STATUS_DONE_HELD);
  EXPECT_EQ(status(1, LOCKARB_OP_HOLD_COUNT), LOCKARB_STATUS_ERR_THREAD);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{1}));
  EXPECT_EQ(hold_count(1), 0u);
}

TEST_F(ArbiterOnPins, ARemovedGrantShowsTheNextOneThoughAnotherCoreReads) {
  for (unsigned gap = 0; gap < 8; ++gap) {
    run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    queue_shared({1, 5, 9, 2, 6, 10});
    run(0, LOCKARB_OP_RELEASE);
    auto &pins = bus.pins();
    pins.s_axil_awaddr = Pins::register_address(1, LOCKARB_GRANT_OFFSET);
    pins.s_axil_awvalid = pins.s_axil_wvalid = 1;
    bus.tick();
    pins.s_axil_awvalid = pins.s_axil_wvalid = 0;
    bus.tick(gap);
    EXPECT_EQ(bus.grant(2).thread, 2u);
    bus.settle();
    EXPECT_EQ(take_grants(), (std::vector<unsigned>{5, 9, 2, 6, 10})) << gap << " clocks later";
    for (const unsigned thread : {1u, 5u, 9u, 2u, 6u, 10u}) run(thread, LOCKARB_OP_RELEASE);
  }
}

TEST_F(ArbiterOnPins, TakeTakesTheOldestGrantOfTheThreadThatRunsThere) {
  const uint32_t valid = LOCKARB_TAKE_VALID_MASK | kLock;
  const auto take = [this] { return bus.read_register(1, LOCKARB_TAKE_OFFSET); };
  const auto of = [](uint32_t thread) { return thread << LOCKARB_TAKE_THREAD_SHIFT; };
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 5, 9});
  EXPECT_EQ(take(), LOCKARB_TAKE_WAITS_MASK) << "9 runs, and waits";
  run(0, LOCKARB_OP_RELEASE);
  EXPECT_EQ(take(), valid | of(1)) << "of another thread";
  EXPECT_EQ(take(), valid | of(1)) << "and so it stays";
  bus.write_register(1, LOCKARB_CURRENT_THREAD_OFFSET, 1);
  EXPECT_EQ(take(), valid | of(1)) << "of the slot that is named, but nobody runs";
  bus.set_thread(1, 1);
  bus.write_register(1, LOCKARB_CONTROL_OFFSET, 0);
  EXPECT_EQ(take(), valid | of(1)) << "a closed aperture takes nothing";
  bus.write_register(1, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  bus.pins().s_axil_arprot = 0;
  EXPECT_TRUE(bus.read(Pins::register_address(1, LOCKARB_TAKE_OFFSET)).error) << "unprivileged";
  bus.pins().s_axil_arprot = 1;
  EXPECT_TRUE(bus.write(Pins::register_address(1, LOCKARB_TAKE_OFFSET), 0).error);
  EXPECT_EQ(take(), valid | LOCKARB_TAKE_TAKEN_MASK | of(1));
  EXPECT_EQ(take(), valid | of(5)) << "the next one";
  EXPECT_EQ(hold_count(1), 1u);
  bus.set_thread(1, 5);
  EXPECT_EQ(take(), valid | LOCKARB_TAKE_TAKEN_MASK | of(5));
  EXPECT_EQ(status(1, LOCKARB_OP_CONVERT), LOCKARB_STATUS_ERR_CONVERT);
  EXPECT_EQ(status(9, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_THREAD) << "its grant is there yet";
  EXPECT_TRUE(bus.irq(1));
  EXPECT_EQ(take(), valid | LOCKARB_TAKE_TAKEN_MASK | LOCKARB_TAKE_ERROR_MASK | of(9));
  EXPECT_EQ(take(), uint32_t{LOCKARB_TAKE_ERROR_MASK}) << "it waits no more";
  bus.write_register(1, LOCKARB_ERROR_OFFSET, 0);
  EXPECT_EQ(take(), 0u);
  EXPECT_FALSE(bus.irq(1));
  for (const unsigned thread : {1u, 5u, 9u}) EXPECT_EQ(hold_count(thread), 1u);
}

// On a bus that serves reads before writes, as there are (a RISC-V core's own), those who look for
// their grant keep the write out that removes one.
class ArbiterBehindReadsFirst : public ArbiterOnPins {
 protected:
  // Four threads want the lock for ever: how often each has got it, in so many transfers.
  std::vector<unsigned> acquisitions(bool by_take, unsigned transfers = 3000) {
    enum Next { kAcquire, kLook, kRemove, kRelease };
    std::vector<Next> next(4, kAcquire);
    std::vector<unsigned> got(4);
    for (unsigned core = 0; core < 4; ++core) bus.set_thread(core, core);
    unsigned core = 0;
    while (transfers-- != 0) {
      const unsigned last = core;
      do {
        core = (core + 1) % 4;
      } while (next[core] == kRemove && core != last);
      switch (next[core]) {
        case kAcquire:
          next[core] = bus.command(core, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kLock).status() ==
                               LOCKARB_STATUS_WAITING
                           ? kLook
                           : kRelease;
          break;
        case kLook: {
          const uint32_t word =
              bus.read_register(core, by_take ? LOCKARB_TAKE_OFFSET : LOCKARB_GRANT_OFFSET);
          if ((word & LOCKARB_GRANT_VALID_MASK) == 0) break;
          EXPECT_EQ((word & LOCKARB_TAKE_TAKEN_MASK) != 0, by_take);
          next[core] = by_take ? kRelease : kRemove;
          break;
        }
        case kRemove:
          bus.remove_grant(core);
          next[core] = kRelease;
          break;
        case kRelease:
          EXPECT_FALSE(bus.command(core, LOCKARB_OP_RELEASE, kLock).status() >=
                       LOCKARB_STATUS_ERR_NOT_ARMED);
          ++got[core];
          next[core] = kAcquire;
          break;
      }
    }
    return got;
  }
};

TEST_F(ArbiterBehindReadsFirst, WhoLooksByTakeGoesOn) {
  for (const unsigned got : acquisitions(true)) EXPECT_GT(got, 100u);
}

TEST_F(ArbiterBehindReadsFirst, WhoLooksByGrantStandsStill) {
  for (const unsigned got : acquisitions(false)) EXPECT_LE(got, 1u) << "TAKE would not be needed";
}

// Answers are not taken, so that the last commands stand still one behind the other.
class ArbiterThatStandsStill : public ArbiterOnPins {
 protected:
  static constexpr unsigned kStill = 20;
  ArbiterThatStandsStill() {
    for (unsigned lock = kLock; lock < kLock + 2; ++lock)
      run(lock, LOCKARB_OP_ACQUIRE_EXCLUSIVE, lock);
    const unsigned threads[] = {4, 9, 10, 3};
    for (unsigned core = 0; core < 4; ++core) bus.set_thread(core, threads[core]);
    bus.settle();
  }
};

TEST_F(ArbiterThatStandsStill, LetsEachThreadWaitForItsOwnLock) {
  EXPECT_EQ(statuses({{0, LOCKARB_OP_TRY_SHARED, 10},
                      {1, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kLock},
                      {3, LOCKARB_OP_TRY_SHARED, 11},
                      {2, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kLock + 1}},
                     kStill),
            (std::vector<unsigned>{LOCKARB_STATUS_GRANTED_SHARED, LOCKARB_STATUS_WAITING,
                                   LOCKARB_STATUS_GRANTED_SHARED, LOCKARB_STATUS_WAITING}));
  bus.settle();
  EXPECT_EQ(order_of_owners(kLock), (std::vector<unsigned>{9}));
}

TEST_F(ArbiterThatStandsStill, KnowsWhichThreadWaits) {
  EXPECT_EQ(statuses({{0, LOCKARB_OP_TRY_SHARED, 10},
                      {1, LOCKARB_OP_TRY_SHARED, 11},
                      {3, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kLock},
                      {2, LOCKARB_OP_TRY_SHARED, 12}},
                     kStill),
            (std::vector<unsigned>{LOCKARB_STATUS_GRANTED_SHARED, LOCKARB_STATUS_GRANTED_SHARED,
                                   LOCKARB_STATUS_WAITING, LOCKARB_STATUS_GRANTED_SHARED}));
}

class ArbiterWithWritersFirst : public ArbiterOnPins {
 protected:
  ArbiterWithWritersFirst() {
    EXPECT_EQ(status(0, LOCKARB_OP_DELETE), LOCKARB_STATUS_DONE);
    EXPECT_EQ(status(0, LOCKARB_OP_INITIALIZE_WRITER_FIRST), LOCKARB_STATUS_DONE);
  }
};

TEST_F(ArbiterWithWritersFirst, HandsOnToEveryWriterBeforeTheReaders) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_shared({1, 5});
  queue_exclusive({2});
  queue_shared({3});
  queue_exclusive({6});
  EXPECT_EQ(run(0, LOCKARB_OP_RELEASE).word,
            1u << 23 | 3u << 14 | 1u << 5 | LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{2}));
  EXPECT_EQ(order_of_owners(2), (std::vector<unsigned>{6}));
  // The release of thread 6, the last writer, gave it to the readers.
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{1, 5, 3}));
  EXPECT_EQ(run(1, LOCKARB_OP_RELEASE).word, 2u << 5 | LOCKARB_STATUS_LEFT);
}

TEST_F(ArbiterWithWritersFirst, ConvertsForTheReadersAllTheSame) {
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  queue_shared({2, 6, 10});
  EXPECT_EQ(run(0, LOCKARB_OP_CONVERT).word, 1u << 23 | 4u << 5 | LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{2, 6, 10}));
}

TEST_F(ArbiterWithWritersFirst, KeepsItsOrderWhenReinitializedAndForgetsItWhenDeleted) {
  const auto first_owner = [this] {
    run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    queue_shared({1});
    queue_exclusive({2});
    run(0, LOCKARB_OP_RELEASE);
    const unsigned first = take_grants().at(0);
    run(first, LOCKARB_OP_RELEASE);
    run(take_grants().at(0), LOCKARB_OP_RELEASE);
    return first;
  };
  EXPECT_EQ(status(0, LOCKARB_OP_REINITIALIZE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(first_owner(), 2u);
  EXPECT_EQ(status(0, LOCKARB_OP_DELETE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(status(0, LOCKARB_OP_INITIALIZE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(first_owner(), 1u);
}

}  // namespace
}  // namespace lockarb
