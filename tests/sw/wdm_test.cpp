#include <gtest/gtest.h>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

class Wdm : public WdmTest {};

TEST_F(Wdm, EveryRoutineRunsInAPlainCProgram) {
  NTSTATUS status = STATUS_UNSUCCESSFUL;
  EXPECT_EQ(run([&] { status = DriverEntry(nullptr, nullptr); }), Machine::End::kAllEnded);
  EXPECT_EQ(status, STATUS_SUCCESS);
  EXPECT_EQ(machine().printed(), "every routine has run\ncores: 3\n");
}

}  // namespace
}  // namespace lockarb
