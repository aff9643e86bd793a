// SPDX-License-Identifier: Apache-2.0
// The text of a scenario file, looked at before anything is made of it: what would take long, or
// would be ignored or misread, is refused with file and line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lockarb {

constexpr std::size_t kLongestScenario = 8 << 20;  // bytes
constexpr uint64_t kMostThreads = 10000;           // entries, and threads in all
constexpr uint64_t kMostValues = 250000;           // an alias counts as all that it stands for

// Throws ScenarioError (scenario.h). A pipe is read to its end, or to the limit.
std::string read_scenario_text(const std::string &path);

}  // namespace lockarb
