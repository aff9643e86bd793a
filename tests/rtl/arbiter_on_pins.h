// SPDX-License-Identifier: Apache-2.0
// A whole arbiter, 4 x 64 x 256, on its pins, with eight locks: what the tests of the engine share.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "tests/rtl/arbiter_models.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {

using Pins = ArbiterPins<Arbiter>;
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

}  // namespace lockarb
