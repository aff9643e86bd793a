// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

class Wdm : public WdmTest {};

TEST_F(Wdm, EveryRoutineRunsInAPlainCProgram) {
  NTSTATUS status = STATUS_UNSUCCESSFUL;
  EXPECT_EQ(run([&] { status = DriverEntry(nullptr, nullptr); }), Machine::End::kAllEnded);
  EXPECT_EQ(status, STATUS_SUCCESS);
  EXPECT_EQ(machine().printed(),
            "\n*** Assertion failed: not sure\n***   Source File: file.c, line 7\n\n"
            "\n*** Assertion failed: sure\n***   Source File: file.c, line 8\n\n"
            "every routine has run\ncores: 3\nthread 4\nprocess 4\n5\nprefix: 5\n");
}

}  // namespace
}  // namespace lockarb
