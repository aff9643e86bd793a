// The whole arbiter on its pins: queues, hand-offs, cancel, masks, refusals and clocks.
#include <gtest/gtest.h>

#include "Vlockarb.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {
namespace {

class ArbiterOnPins : public ::testing::Test {
 protected:
  // Commands for a thread on the core that its number names, so that threads 0 to 3 are on cores 0 to 3.
  unsigned core_of(unsigned thread) { return thread % 4; }
  Answer run(unsigned thread, unsigned op, unsigned lock = 7) {
    return bus.command_for(core_of(thread), thread, op, lock);
  }
  void initialize(unsigned lock) {
    ASSERT_EQ(bus.command(0, LOCKARB_OP_INITIALIZE, lock).status(), LOCKARB_STATUS_DONE);
  }

  ArbiterPins<Vlockarb> bus;
};

TEST_F(ArbiterOnPins, IdentifiesItself) {
  EXPECT_EQ(bus.read_register(0, LOCKARB_ID_OFFSET), 0x4C4B0100u);
  EXPECT_EQ(bus.read_register(3, LOCKARB_PARAMS_OFFSET), 256u << 16 | 64u << 6 | 4u);
}

TEST_F(ArbiterOnPins, HandsOverToTheExclusiveWaiter) {
  initialize(7);
  EXPECT_EQ(run(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE).status(), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  EXPECT_EQ(run(2, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE).status(), LOCKARB_STATUS_WAITING);
  EXPECT_EQ(run(1, LOCKARB_OP_RELEASE_AND_LEAVE).status(), LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_TRUE(bus.irq(2));
  EXPECT_EQ(bus.grant(2).thread, 2u);
  bus.remove_grant(2);
  EXPECT_FALSE(bus.irq(2));
  EXPECT_EQ(run(2, LOCKARB_OP_RELEASE_AND_LEAVE).status(), LOCKARB_STATUS_FREED);
}

}  // namespace
}  // namespace lockarb
