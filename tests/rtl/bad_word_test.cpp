// SPDX-License-Identifier: Apache-2.0
// What the engine does with a word whose parity is wrong.
#include <gtest/gtest.h>

#include <vector>

#include "sim/model/verilated_rams.h"
#include "tests/rtl/arbiter_on_pins.h"

namespace lockarb {
namespace {

// A bit flips in the word that says what a thread does, though the thread is idle as before.
class ArbiterWithABadThread : public ArbiterOnPins {
 protected:
  template <class Model>
  static void flip([[maybe_unused]] Model &model, [[maybe_unused]] unsigned thread) {
    if constexpr (kHasRams<Model>) flip_bit(model, {Ram::kThread, 0, thread, 0});
  }
  void SetUp() override {
    if (!kHasRams<Arbiter>) GTEST_SKIP() << "a netlist has no bits to flip";
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
  if constexpr (kHasRams<Arbiter>) {
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
  EXPECT_EQ(clocks_behind_initialize<ManyCoresArbiter>(), 3u + 2 * kRamStage);
  EXPECT_EQ(clocks_behind_initialize<Arbiter>(), 4u + 2 * kRamStage);
}

}  // namespace
}  // namespace lockarb
