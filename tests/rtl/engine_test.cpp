// The whole arbiter on its pins: queues, hand-offs, cancel, masks, refusals, and the clocks they
// take.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "Vlockarb_many_cores.h"
#include "Vlockarb_odd.h"
#include "sim/model/verilated_rams.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {
namespace {

using Pins = ArbiterPins<Vlockarb>;
constexpr unsigned kLock = 7;

class ArbiterOnPins : public ::testing::Test {
 protected:
  ArbiterOnPins() {
    for (const unsigned lock : {kLock, 8u, 9u, 10u, 11u, 12u, 13u, 14u})
      EXPECT_EQ(bus.command(0, LOCKARB_OP_INITIALIZE, lock).status(), LOCKARB_STATUS_DONE);
  }

  // A command of a thread, on the core that its number names: thread 6 is on core 2.
  static unsigned core_of(unsigned thread) { return thread % 4; }
  Answer run(unsigned thread, unsigned op, unsigned lock = kLock) {
    const Answer answer = bus.command_for(core_of(thread), thread, op, lock);
    bus.settle();
    return answer;
  }
  unsigned status(unsigned thread, unsigned op, unsigned lock = kLock) {
    return run(thread, op, lock).status();
  }
  // A command for the thread in OPERAND.
  Answer act_upon(unsigned thread, unsigned op, unsigned lock = kLock) {
    bus.write_register(3, LOCKARB_OPERAND_OFFSET, thread);
    const Answer answer = bus.command(3, op, lock);
    bus.settle();
    return answer;
  }
  // The current thread of core 3 gives the lock to the slot.
  Answer set_owner(unsigned thread, unsigned slot, uint32_t mark = LOCKARB_OPERAND_POINTER_MASK) {
    bus.set_thread(3, thread);
    return act_upon(mark | slot, LOCKARB_OP_SET_OWNER);
  }
  void arm(unsigned core, unsigned op, unsigned lock = kLock) {
    bus.write_register(core, LOCKARB_ARM_OFFSET, place_of(op, lock));
  }
  Answer cancel(unsigned thread) { return act_upon(thread, LOCKARB_OP_CANCEL); }
  Answer drain(unsigned thread, unsigned lock = kLock) {
    return act_upon(thread, LOCKARB_OP_DRAIN, lock);
  }
  unsigned hold_count(unsigned thread) { return run(thread, LOCKARB_OP_HOLD_COUNT).hold_count(); }
  void queue_exclusive(const std::vector<unsigned> &threads) {
    for (const unsigned thread : threads)
      ASSERT_EQ(status(thread, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING);
  }
  void queue_shared(const std::vector<unsigned> &threads) {
    for (const unsigned thread : threads)
      ASSERT_EQ(status(thread, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_WAITING);
  }
  // Takes the grants of all cores; the threads of one core come in their order.
  std::vector<unsigned> take_grants() {
    std::vector<unsigned> threads;
    for (unsigned core = 0; core < 4; ++core)
      for (Grant grant; (grant = bus.grant(core)).valid; bus.remove_grant(core)) {
        EXPECT_EQ(grant.lock, kLock);
        EXPECT_EQ(core_of(grant.thread), core) << "granted on a core where it was not queued";
        threads.push_back(grant.thread);
      }
    return threads;
  }
  // Releases for the owner, then for each owner that follows; who owned it in turn.
  std::vector<unsigned> order_of_owners(unsigned owner) {
    std::vector<unsigned> order;
    while (status(owner, LOCKARB_OP_RELEASE) == LOCKARB_STATUS_HANDED_EXCLUSIVE) {
      const auto granted = take_grants();
      EXPECT_EQ(granted.size(), 1u);
      if (granted.size() != 1) break;
      order.push_back(owner = granted[0]);
    }
    return order;
  }
  struct Command {
    unsigned core, op, lock;
  };
  // The statuses of commands that come one per clock. Answers are not taken in the first `still`.
  std::vector<unsigned> statuses(const std::vector<Command> &commands, unsigned still = 0) {
    auto &pins = bus.pins();
    std::vector<unsigned> statuses;
    std::size_t sent = 0;
    for (unsigned clock = 0; statuses.size() < commands.size() && clock < 200; ++clock) {
      pins.s_axil_rready = clock >= still;
      pins.s_axil_arvalid = sent < commands.size();
      if (pins.s_axil_arvalid)
        pins.s_axil_araddr =
            Pins::command_address(commands[sent].core, commands[sent].op, commands[sent].lock);
      sent += pins.s_axil_arvalid && pins.s_axil_arready;
      if (pins.s_axil_rvalid && pins.s_axil_rready)
        statuses.push_back(Answer{pins.s_axil_rdata}.status());
      bus.tick();
    }
    return statuses;
  }
  uint32_t mask(unsigned core) { return bus.read_register(core, LOCKARB_APC_MASK_OFFSET); }

  Pins bus;
};

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

TEST_F(ArbiterOnPins, ReleaseForAnotherThreadEndsASelfBlock) {
  run(5, LOCKARB_OP_ACQUIRE_SHARED);
  EXPECT_EQ(status(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING_SELF_BLOCK);
  bus.write_register(0, LOCKARB_OPERAND_OFFSET, 5);
  EXPECT_EQ(bus.command(0, LOCKARB_OP_RELEASE_FOR, kLock).status(),
            LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take_grants(), (std::vector<unsigned>{5}));
  EXPECT_EQ(hold_count(5), 1u);
}

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

// A bit flips in the word that says what a thread does, though the thread is idle as before.
class ArbiterWithABadThread : public ArbiterOnPins {
 protected:
  template <class Model>
  static void flip([[maybe_unused]] Model &model, [[maybe_unused]] unsigned thread) {
    if constexpr (kHasRams<Model>) flip_bit(model, {Ram::kThread, 0, thread, 0});
  }
  void SetUp() override {
    if (!kHasRams<Vlockarb>) GTEST_SKIP() << "a netlist has no bits to flip";
  }
};

TEST_F(ArbiterWithABadThread, NoticesItOfTheThreadThatQueuedLast) {
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  queue_exclusive({1});
  flip(bus.pins(), 1);
  EXPECT_EQ(bus.command(1, LOCKARB_OP_HOLD_COUNT, kLock).status(), LOCKARB_STATUS_ERR_PARITY);
}

TEST_F(ArbiterWithABadThread, GivesItNoLock) {
  run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  flip(bus.pins(), 40);
  EXPECT_EQ(set_owner(5, 40).status(), LOCKARB_STATUS_ERR_PARITY);
  EXPECT_EQ(hold_count(5), 1u);
}

// A row goes bad while the last of the slots waits for the lock; initialize forgets the waiter
// last.
TEST_F(ArbiterOnPins, AWaiterThatInitializeForgetsMayGoOnInTheNextClock) {
  if constexpr (kHasRams<Vlockarb>) {
    run(5, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    queue_exclusive({63});
    flip_bit(bus.pins(), {Ram::kRow, kLock, 0, 0});
    ASSERT_EQ(status(0, LOCKARB_OP_HOLD_COUNT), LOCKARB_STATUS_ERR_PARITY);
    arm(0, LOCKARB_OP_INITIALIZE);
    EXPECT_EQ(statuses({{0, LOCKARB_OP_INITIALIZE, kLock}, {3, LOCKARB_OP_TRY_SHARED, 8}}),
              (std::vector<unsigned>{LOCKARB_STATUS_DONE, LOCKARB_STATUS_GRANTED_SHARED}));
  } else {
    GTEST_SKIP() << "a netlist has no bits to flip";
  }
}

// Clocks from the answer of an initialize to that of a command on another lock, right behind it.
template <class Model>
unsigned clocks_behind_initialize() {
  ArbiterPins<Model> bus;
  bus.set_thread(1, 1);
  bus.write_register(0, LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_INITIALIZE, 3));
  bus.settle();
  auto &pins = bus.pins();
  const uint32_t addresses[] = {bus.command_address(0, LOCKARB_OP_INITIALIZE, 3),
                                bus.command_address(1, LOCKARB_OP_TRY_SHARED, 4)};
  std::vector<uint64_t> answers;
  for (unsigned sent = 0; answers.size() < 2 && bus.clocks() < 1000; bus.tick()) {
    pins.s_axil_arvalid = sent < 2;
    pins.s_axil_araddr = addresses[sent % 2];
    sent += pins.s_axil_arvalid && pins.s_axil_arready;
    if (pins.s_axil_rvalid) answers.push_back(bus.clocks());
  }
  return static_cast<unsigned>(answers.at(1) - answers.at(0));
}

// With parity it may forget a waiter, whose word is written one clock late.
TEST(ArbiterBehindAnInitialize, TakesOneClockMoreWithParity) {
  EXPECT_EQ(clocks_behind_initialize<Vlockarb_many_cores>(), 3u);
  EXPECT_EQ(clocks_behind_initialize<Vlockarb>(), 4u);
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
  EXPECT_TRUE(bus.read(address(0, 0x54)).error);
  EXPECT_TRUE(bus.write(address(0, 0x54), 0).error);
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
  ArbiterPins<Vlockarb_odd> bus;
  bus.pins().s_axil_araddr = ArbiterPins<Vlockarb_odd>::register_address(1, LOCKARB_ID_OFFSET);
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

// The figures of the datasheet.
TEST_F(ArbiterOnPins, AnswersWithinFourClocks) {
  bus.set_thread(1, 1);
  bus.settle();
  const BusResult acquire =
      bus.read(Pins::command_address(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, kLock));
  EXPECT_LE(acquire.clocks, 4u) << "ARVALID to RVALID of an uncontended fused acquire";
  EXPECT_LE(bus.read(Pins::command_address(1, LOCKARB_OP_RELEASE_AND_LEAVE, kLock)).clocks, 4u);
  EXPECT_LE(bus.read(Pins::register_address(1, LOCKARB_GRANT_OFFSET)).clocks, 4u);
}

TEST_F(ArbiterOnPins, LongCommandsTakeAsManyClocksAsTheDatasheetSays) {
  const unsigned kCommand = 4;
  const auto clocks = [this](unsigned op) {
    arm(3, op);
    bus.settle();
    return bus.read(Pins::command_address(3, op, kLock)).clocks;
  };
  EXPECT_EQ(clocks(LOCKARB_OP_REINITIALIZE), kCommand + 64);
  run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  const std::vector<unsigned> queue{5, 6, 9, 10};
  for (unsigned place = 0; place < 4; ++place) {
    for (const unsigned op : {LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN}) {
      queue_exclusive(queue);
      bus.write_register(3, LOCKARB_OPERAND_OFFSET, queue[place]);
      EXPECT_EQ(clocks(op), kCommand + 3 + (place > 1 ? place - 1 : 0)) << "place " << place;
      for (const unsigned thread : queue) cancel(thread);
    }
  }
  bus.set_thread(3, 0);
  bus.write_register(3, LOCKARB_OPERAND_OFFSET, LOCKARB_OPERAND_POINTER_MASK | 40);
  EXPECT_EQ(clocks(LOCKARB_OP_SET_OWNER), kCommand + 4);
  EXPECT_EQ(clocks(LOCKARB_OP_SET_OWNER), kCommand + 3) << "refused: not owned";
  EXPECT_EQ(clocks(LOCKARB_OP_DRAIN), kCommand) << "of an owner";
}

TEST_F(ArbiterOnPins, InterruptsTheNextOwnerWithinFourClocks) {
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
    EXPECT_LE(clocks, 4u) << "from the clock in which the release is accepted";
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
  EXPECT_EQ(clocks_for(8, 4), kCount - 1) << "one per clock";
  for (const unsigned op : {LOCKARB_OP_CONVERT, LOCKARB_OP_HOLD_COUNT, LOCKARB_OP_RELEASE})
    EXPECT_EQ(clocks_for(8, 4, op), kCount - 1) << "operation " << op;
  EXPECT_LE(clocks_for(1, 4), 3 * (kCount - 1)) << "one per three clocks on one lock";
  EXPECT_LE(clocks_for(8, 1), 3 * (kCount - 1)) << "one per three clocks for one thread";
}

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

// A simulator stops the clock when busy_o falls: two more clocks are needed when there is to count.
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
  EXPECT_EQ(busy_clocks(LOCKARB_OP_TRY_SHARED), busy_clocks(LOCKARB_OP_HOLD_COUNT) + 2);
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
  ArbiterPins<Vlockarb_odd> bus;
  EXPECT_EQ(bus.read_register(0, LOCKARB_LIMITS_OFFSET), 3u);
  EXPECT_TRUE(
      bus.read(ArbiterPins<Vlockarb_odd>::register_address(0, LOCKARB_STATISTICS_OFFSET)).error);
}

TEST(ArbiterWithoutStatistics, RefusesReadsOfThemWhileItSweeps) {
  using ManyCores = ArbiterPins<Vlockarb_many_cores>;
  ManyCores bus;
  bus.reset();
  bus.tick(4 * 32);  // the registers of its cores come first
  ASSERT_TRUE(bus.pins().busy_o) << "of 150 locks some are left";
  const BusResult read = bus.read(ManyCores::register_address(0, LOCKARB_STATISTICS_OFFSET));
  EXPECT_TRUE(read.error);
  EXPECT_LE(read.clocks, 4u);
  EXPECT_TRUE(bus.pins().busy_o);
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
