// SPDX-License-Identifier: Apache-2.0
#include "exceptions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::StartsWith;

class Exceptions : public WdmTest {
 protected:
  void SetUp() override { exception_log[0] = '\0'; }

  std::string steps_of(void (*body)()) {
    EXPECT_EQ(run([=] {
                body();
                // Nobody may be left on the list.
                EXPECT_EQ(return_out_of_body(2), 12);
              }),
              Machine::End::kAllEnded)
        << machine().printed();
    return exception_log;
  }

  void expect_stop(const char *line, void (*body)()) {
    EXPECT_EQ(run(body), Machine::End::kStopped);
    EXPECT_THAT(machine().printed(), StartsWith(std::string("\n*** STOP ") + line));
  }
};

TEST_F(Exceptions, NullResourceGetsToTheHandler) {
  EXPECT_EQ(steps_of(handle_null_resource), "handled C0000005; after; ");
}

TEST_F(Exceptions, GoToTheInnermostFilterThatTakesThem) {
  EXPECT_EQ(steps_of(handle_by_the_innermost_filter_that_takes_it),
            "inner C000000D; middle C000000D; middle handles; after middle; ");
}

TEST_F(Exceptions, RunFinallyBlocksOnTheirWay) {
  EXPECT_EQ(steps_of(raise_through_finally_blocks),
            "inner abnormal; outer; handled; body; normal; ");
}

TEST_F(Exceptions, BodiesCanBeLeft) { EXPECT_EQ(steps_of(leave_bodies), "normal; second time; "); }

TEST_F(Exceptions, ReturnTakesTheBlockOffTheList) {
  run([] {
    EXPECT_EQ(return_out_of_body(0), 10);
    EXPECT_EQ(return_out_of_body(1), 11);
    EXPECT_EQ(return_out_of_body(2), 12);
    ExRaiseStatus(STATUS_UNSUCCESSFUL);  // a block left on the list would catch it
  });
  EXPECT_THAT(machine().printed(), StartsWith("\n*** STOP 0x0000007E "));
}

TEST_F(Exceptions, ReturnPastAFinallyBlockStops) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0xC0000029, 0x0, 0x0, 0x0)",
              return_out_of_a_body_with_finally);
}

TEST_F(Exceptions, OfAHandlerGoFurtherOut) {
  EXPECT_EQ(steps_of(raise_in_a_handler), "handled C0000008; ");
}

TEST_F(Exceptions, OfAFinallyBlockTakeThePlaceOfTheFirst) {
  EXPECT_EQ(steps_of(raise_in_a_finally_block), "handled C0000008; ");
}

TEST_F(Exceptions, CannotBeContinued) {
  EXPECT_EQ(steps_of(continue_execution), "handled C0000025; ");
}

TEST_F(Exceptions, WithoutAHandlerStopAtTheRaise) {
  expect_stop(
      "0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED (0xC0000005, 0x0, 0x0, 0x0)\n"
      "    routine  ExRaiseAccessViolation\n",
      raise_with_finally_blocks_only);
  EXPECT_STREQ(exception_log, "") << "a finally block ran before the bug check";
}

TEST_F(Exceptions, StayInTheirThread) {
  EXPECT_EQ(steps_of(raise_in_two_threads), "handled C0000001; handled C0000002; ");
}

TEST_F(Exceptions, LeaveIrqlAndRegionsAlone) {
  EXPECT_EQ(steps_of(raise_at_apc_level_in_a_region), "APC_LEVEL; in the region; ");
}

TEST_F(Exceptions, OfAnApcAreNotTheInterruptedCodes) {
  expect_stop("0x0000007E ", handle_outside_of_an_apc);
}

TEST_F(Exceptions, OfAnApcCanBeHandledThere) {
  EXPECT_EQ(steps_of(handle_inside_of_an_apc), "handled in the APC; handled C0000008; ");
}

}  // namespace
}  // namespace lockarb
