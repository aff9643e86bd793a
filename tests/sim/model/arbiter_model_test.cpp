// SPDX-License-Identifier: Apache-2.0
// The model itself: a bit that is flipped is another one for the arbiter, and only that one.
#include "sim/model/arbiter_model.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

class BitFlip : public testing::Test {
 protected:
  BitFlip() {
    transfer(LOCKARB_CURRENT_THREAD_OFFSET, true, LOCKARB_CURRENT_THREAD_VALID_MASK | kThread);
    for (const unsigned lock : {kLock, kOtherLock}) {
      command(LOCKARB_OP_INITIALIZE, lock);
      command(LOCKARB_OP_ACQUIRE_EXCLUSIVE, lock);
    }
  }

  uint32_t command(unsigned operation, unsigned lock) {
    transfer(LOCKARB_ISSUE_OFFSET, true,
             operation << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT);
    return transfer(LOCKARB_ANSWER_OFFSET);
  }
  uint32_t transfer(uint32_t address, bool write = false, uint32_t data = 0) {
    return model_->transfer({model_->cycle(), address, data, write, 0}).data;
  }

  static constexpr unsigned kThread = 5, kLock = 9, kOtherLock = 10;
  std::unique_ptr<ArbiterModel> model_ = ArbiterModel::create({});
};

TEST_F(BitFlip, ChangesThatWordUntilItIsFlippedBack) {
  const uint32_t before = command(LOCKARB_OP_HOLD_COUNT, kLock);
  model_->flip({Ram::kHold, kLock, kThread, 1});
  EXPECT_NE(command(LOCKARB_OP_HOLD_COUNT, kLock), before);
  EXPECT_EQ(command(LOCKARB_OP_HOLD_COUNT, kOtherLock), before);
  model_->flip({Ram::kHold, kLock, kThread, 1});
  EXPECT_EQ(command(LOCKARB_OP_HOLD_COUNT, kLock), before);
}

TEST_F(BitFlip, ReachesEveryRam) {
  for (const Ram ram : {Ram::kRow, Ram::kHold, Ram::kThread, Ram::kNext, Ram::kWalkNext, Ram::kCore,
                        Ram::kWalkCore, Ram::kGrantLink}) {
    EXPECT_NO_THROW(model_->flip({ram, kLock, kThread, 0}));
    EXPECT_THROW(model_->flip({ram, 4096, 511, 0}), std::out_of_range);
  }
}

}  // namespace
}  // namespace lockarb
