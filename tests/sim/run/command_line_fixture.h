// SPDX-License-Identifier: Apache-2.0
// `lockarb run` and programs in processes of their own, with files in a folder that goes when the
// test ends.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "sim/model/arbiter_model.h"
#include "tests/sim/shell.h"

namespace lockarb {

namespace fs = std::filesystem;

inline std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class CommandLine : public testing::Test {
 protected:
  void SetUp() override {
    const auto *test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + "." + test->name();
    std::replace(name.begin(), name.end(), '/', '.');
    folder_ = fs::path(testing::TempDir()) / ("lockarb." + name + "." + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string &name) const { return (folder_ / name).string(); }
  std::string scenario(const std::string &text) const {
    std::ofstream(file("scenario.yaml")) << text;
    return file("scenario.yaml");
  }
  static Result run(const std::string &arguments) {
    return shell(LOCKARB_COMMAND " run " + arguments);
  }
  static std::string shipped(const std::string &name) {
    return LOCKARB_SCENARIOS "/" + name + ".yaml";
  }
  // What needs more cores than this build's models have is skipped (LOCKARB_GATE_LEVEL).
  static void skip_without_cores(const std::string &name) {
    const std::string text = contents(shipped(name));
    std::smatch cores;
    ASSERT_TRUE(std::regex_search(text, cores, std::regex("\ncores: ([0-9]+)\n")));
    if (std::stoul(cores[1]) > model_size().cores) {
      GTEST_SKIP() << name << " needs " << cores[1] << " cores, the model has "
                   << model_size().cores;
    }
  }

  fs::path folder_;
};

inline const auto kShippedScenarios =
    testing::Values("handoff", "writer_storm", "readers_and_writers", "apc_traffic",
                    "sixty_four_threads", "thousand_threads", "locks_in_software", "faults");

// Each shipped scenario, as one person after the other would run it.
class ShippedScenario : public CommandLine, public testing::WithParamInterface<const char *> {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    skip_without_cores(GetParam());
  }
};

}  // namespace lockarb
