// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "tests/sim/platform/parts_fixture.h"

namespace lockarb {
namespace {

class ClintInterrupts : public Parts {};

TEST_F(ClintInterrupts, TimerComesInTheClockThatWasSet) {
  build({[](Core &core) {
    set_timer(core, 500);
    EXPECT_EQ(core.pending(), 0u);
    core.wait_for_interrupt();
    EXPECT_EQ(core.clock(), 500u);
    EXPECT_EQ(core.pending(), uint32_t{kLineTimer});
    set_timer(core, kNever);
    EXPECT_EQ(core.pending(), 0u) << "the line stays high after mtimecmp went up";
  }});
  sc_core::sc_start();
}

TEST_F(ClintInterrupts, TimerSetAnewForgetsTheOldTime) {
  build({[](Core &core) {
    set_timer(core, 500);
    set_timer(core, 900);
    core.wait_for_interrupt();
    EXPECT_EQ(core.clock(), 900u);
  }});
  sc_core::sc_start();
}

TEST_F(ClintInterrupts, TimerInThePastComesAtOnce) {
  build({[](Core &core) {
    core.compute(50, false);
    set_timer(core, 10);
    EXPECT_EQ(core.pending(), uint32_t{kLineTimer});
  }});
  sc_core::sc_start();
}

TEST_F(ClintInterrupts, InterruptAComputingCoreInItsClock) {
  uint64_t sent = 0;
  build({[](Core &core) {
           const uint64_t left = core.compute(1000, true);
           EXPECT_EQ(core.pending(), uint32_t{kLineCore});
           EXPECT_EQ(core.clock() + left, 1000u) << "time was lost or gained";
           EXPECT_LT(core.clock(), 210u);
         },
         [&](Core &core) {
           core.compute(200 - core.clock(), false);
           write(core, kTestClint + Clint::kMsip, 1);
           sent = core.clock();
         }});
  sc_core::sc_start();
  EXPECT_EQ(sent, 200 + Bus::kRequestClocks + Clint::kAccessClocks + Bus::kResponseClocks);
}

TEST_F(ClintInterrupts, DoNotStopAComputationWithInterruptsOff) {
  build({[](Core &core) {
    set_timer(core, 100);
    EXPECT_EQ(core.compute(1000, false), 0u);
    EXPECT_EQ(core.pending(), uint32_t{kLineTimer});
  }});
  sc_core::sc_start();
}

TEST_F(ClintInterrupts, AreNotForUnprivilegedSoftware) {
  build({[](Core &core) {
    uint32_t set = 1;
    Core::Access access;
    access.command = tlm::TLM_WRITE_COMMAND;
    access.address = kTestClint + Clint::kMsip;
    access.data = &set;
    access.size = access.streaming_width = sizeof set;
    access.privileged = false;
    EXPECT_EQ(core.attempt(access), tlm::TLM_GENERIC_ERROR_RESPONSE);
    core.compute(10, false);
    EXPECT_EQ(core.pending(), 0u);
    access.privileged = true;
    access.streaming_width = 1;
    EXPECT_EQ(core.attempt(access), tlm::TLM_BURST_ERROR_RESPONSE);
    core.compute(10, false);
    EXPECT_EQ(core.pending(), 0u);
  }});
  sc_core::sc_start();
}

TEST_F(ClintInterrupts, MtimeIsTheClockOfTheRead) {
  build({[](Core &core) {
    core.compute(1234, false);
    uint64_t time = 0;
    core.access(tlm::TLM_READ_COMMAND, kTestClint + Clint::kMtime, &time, sizeof time);
    EXPECT_EQ(time, 1234 + Bus::kRequestClocks + Clint::kAccessClocks);
  }});
  sc_core::sc_start();
}

class ClintRefuses : public Parts {};

TEST_F(ClintRefuses, RegistersOfACoreThatIsNotThere) {
  expect_refused([](Core &core) { read(core, kTestClint + Clint::kMsip + 4); },
                 "TLM_ADDRESS_ERROR_RESPONSE");
}

TEST_F(ClintRefuses, WritesOfTheTime) {
  expect_refused(
      [](Core &core) {
        uint64_t time = 0;
        core.access(tlm::TLM_WRITE_COMMAND, kTestClint + Clint::kMtime, &time, sizeof time);
      },
      "TLM_ADDRESS_ERROR_RESPONSE");
}

TEST_F(ClintRefuses, HalfATimer) {
  expect_refused([](Core &core) { write(core, kTestClint + Clint::kMtimecmp, 1); },
                 "TLM_BURST_ERROR_RESPONSE");
}

TEST_F(ClintRefuses, Atomics) {
  expect_refused([](Core &core) { atomic(core, Atomic::kSwap, kTestClint + Clint::kMsip, 1); },
                 "TLM_COMMAND_ERROR_RESPONSE");
}

}  // namespace
}  // namespace lockarb
