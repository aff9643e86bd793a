// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cases.h"
#include "wdm_fixture.h"

struct lockarb_case *lockarb_cases;

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

// The tests that are written in C.
class Case : public WdmTest {
 public:
  explicit Case(const lockarb_case &tested) : tested_(tested) {}

  void TestBody() override {
    build({4, 64, 16});
    const Machine::End end = run([&] {
      lockarb_set_verifier(tested_.verified != 0);
      tested_.run();
    });
    if (tested_.stop == nullptr) {
      EXPECT_EQ(end, Machine::End::kAllEnded);
      EXPECT_EQ(machine().printed(), "");
    } else {
      EXPECT_NE(end, Machine::End::kAllEnded);
      EXPECT_THAT(machine().printed(), testing::HasSubstr(tested_.stop));
    }
  }

 private:
  const lockarb_case &tested_;
};

// They are in the list before any object of C++ is made.
const bool kRegistered = [] {
  for (const lockarb_case *tested = lockarb_cases; tested != nullptr; tested = tested->next) {
    testing::RegisterTest(tested->suite, tested->name, nullptr, nullptr, __FILE__, __LINE__,
                          [tested]() -> WdmTest * { return new Case(*tested); });
  }
  return true;
}();

}  // namespace
}  // namespace lockarb
