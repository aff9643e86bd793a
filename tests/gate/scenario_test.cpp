// SPDX-License-Identifier: Apache-2.0
// Whole runs on the netlist and on the RTL of the same sizes.
#include <gmock/gmock.h>

#include "tests/sim/run/command_line_fixture.h"

namespace lockarb {
namespace {

TEST_P(ShippedScenario, GivesTheSameBytesOnNetlistAndRtl) {
  const std::string arguments = shipped(GetParam()) + " --json ";
  EXPECT_EQ(run(arguments + file("rtl.json") + " --model rtl").exit_code, 0);
  EXPECT_EQ(run(arguments + file("gate.json") + " --model gate").exit_code, 0);
  ASSERT_FALSE(contents(file("rtl.json")).empty());
  EXPECT_EQ(contents(file("rtl.json")), contents(file("gate.json")));
}

INSTANTIATE_TEST_SUITE_P(All, ShippedScenario, kShippedScenarios,
                         [](const auto &info) { return std::string(info.param); });

TEST_F(CommandLine, NetlistRecordsNoWaveform) {
  const Result result = run(shipped("handoff") + " --model gate --trace " + file("a.fst"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, testing::HasSubstr("the gate-level model records no waveform"));
  EXPECT_FALSE(fs::exists(file("a.fst")));
}

}  // namespace
}  // namespace lockarb
