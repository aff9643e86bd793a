// SPDX-License-Identifier: Apache-2.0
// Arbiters of other sizes than the built-in ones: by --arbiter and by the scenario's key.
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/run/command_line_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;
using testing::Not;

// All tests take the same sizes, so that they build one arbiter for each kind of waveform.
constexpr const char *kSizes = "cores=2,threads=8,locks=16,hold_width=4,statistics=1";
constexpr const char *kAllSizes =
    "cores=2,threads=8,locks=16,hold_width=4,statistics=1,check_user=1";
constexpr const char *kName = "cores2-threads8-locks16-hold_width4-statistics1-check_user1-NONE-";
const std::string kThreads =
    "cores: 2\nlocks: 16\nthreads:\n"
    "  - {name: writer, count: 6, loop: 20, recursion: 3, lock: any, hold_clocks: 20}\n"
    "  - {name: reader, count: 6, loop: 20, do: shared, lock: any, hold_clocks: 20}\n";

class ArbiterSizes : public CommandLine {
 protected:
  static std::string sizes() { return std::string(" --arbiter ") + kSizes + " "; }

  static std::vector<fs::path> built() {
    std::vector<fs::path> found;
    for (const fs::directory_entry &entry : fs::directory_iterator(LOCKARB_ARBITERS)) {
      const std::string name = entry.path().filename();
      if (name.rfind(kName, 0) == 0 && entry.path().extension() == ".so") found.push_back(entry);
    }
    return found;
  }

  // A cmake in the place of the real one, and a Verilator of a version of its own, so that nothing
  // is found in the cache, and nothing stays there. Returns what goes in front of a command.
  std::string with_cmake(const std::string &script) {
    for (const fs::directory_entry &entry : fs::directory_iterator(LOCKARB_ARBITERS)) {
      before_.insert(entry.path());
    }
    fs::create_directories(file("bin"));
    std::ofstream(file("bin/cmake")) << "#!/bin/sh\n" << script;
    fs::permissions(file("bin/cmake"), fs::perms::owner_all);
    std::ofstream(file("verilator-config-version.cmake")) << file("version");
    return "PATH=" + file("bin") + ":$PATH VERILATOR_ROOT=" + folder_.string() + " ";
  }
  void TearDown() override {
    CommandLine::TearDown();
    if (before_.empty()) return;
    for (const fs::directory_entry &entry : fs::directory_iterator(LOCKARB_ARBITERS)) {
      if (before_.count(entry.path()) == 0) fs::remove_all(entry.path());
    }
  }

 private:
  std::set<fs::path> before_;
};

TEST_F(ArbiterSizes, AreBuiltOnceAndFoundFromThenOn) {
  fs::create_directories(LOCKARB_ARBITERS);
  for (const fs::path &library : built()) fs::remove(library);
  const std::string path = scenario(kThreads);
  const Result first = run(path + sizes() + "--replay-check --json " + file("a.json"));
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_THAT(first.output, HasSubstr(std::string("building an arbiter of ") + kAllSizes + " in " +
                                      LOCKARB_ARBITERS));
  EXPECT_THAT(first.output, HasSubstr(": 0 mismatches"));
  EXPECT_EQ(built().size(), 1u);
  const Result second = run(path + sizes() + "--json " + file("b.json"));
  EXPECT_EQ(second.exit_code, 0) << second.output;
  EXPECT_THAT(second.output, Not(HasSubstr("building")));
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
  EXPECT_FALSE(contents(file("a.json")).empty());
}

TEST_F(ArbiterSizes, AreTheSameByTheKeyOfTheScenario) {
  const Result option = run(scenario(kThreads) + sizes() + "--json " + file("a.json"));
  EXPECT_EQ(option.exit_code, 0) << option.output;
  const Result key =
      run(scenario(kThreads + "arbiter: {cores: 2, threads: 8, locks: 16, hold_width: 4}\n") +
          " --json " + file("b.json"));
  EXPECT_EQ(key.exit_code, 0) << key.output;
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
  const Result both = run(scenario(kThreads + "arbiter: {cores: 9, threads: 8}\n") +
                          " --arbiter cores=2,locks=16,hold_width=4 --json " + file("c.json"));
  EXPECT_EQ(both.exit_code, 0) << both.output;
  EXPECT_EQ(contents(file("a.json")), contents(file("c.json")));
}

// 15 levels are what 4 bits of a hold count have.
TEST_F(ArbiterSizes, AreThoseOfTheHardware) {
  const auto levels = [&](unsigned count) {
    return run(scenario("threads: [{recursion: " + std::to_string(count) + "}]\n") + sizes());
  };
  EXPECT_EQ(levels(15).exit_code, 0);
  EXPECT_EQ(levels(16).exit_code, 1) << "the hold count has more than 4 bits";
  EXPECT_EQ(run(scenario("threads: [{recursion: 16}]\n")).exit_code, 0);
}

TEST_F(ArbiterSizes, AreForProgramsToo) {
  const std::string smallest = LOCKARB_PROGRAMS "/smallest";
  const Result result = shell(smallest + " --cores 2 --replay-check" + sizes());
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("smallest: 2 cores"));
  EXPECT_THAT(shell(smallest + sizes()).output, HasSubstr("smallest: 2 cores"));
  const Result cores = shell(smallest + " --cores 3" + sizes());
  EXPECT_EQ(cores.exit_code, 2);
  EXPECT_THAT(cores.output, HasSubstr("--cores: \"3\" is not a whole number from 1 to 2"));
}

TEST_F(ArbiterSizes, FlipBitsLikeTheBuiltInOnes) {
  const Result result =
      run(scenario(kThreads + "faults: [{flip_bit: {ram: row, lock: 0, bit: 0, after: 2000}}]\n") +
          sizes() + "--replay-check");
  EXPECT_THAT(result.output, HasSubstr("flip_bit 0 of row of lock 0"));
  EXPECT_THAT(result.output, Not(HasSubstr("did not strike")));
  EXPECT_THAT(result.output, Not(HasSubstr("lock monitor")));
}

TEST_F(ArbiterSizes, ShowInItsWaveform) {
  const Result result =
      run(scenario(kThreads) + sizes() + "--trace-to 5us --trace " + file("a.vcd"));
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(contents(file("a.vcd")),
              testing::ContainsRegex(R"(\$var wire +2 [^ ]+ irq_o \[1:0\])"));
}

TEST_F(ArbiterSizes, AreBuiltByOneOfTwoProcessesAndTheOtherWaits) {
  ASSERT_EQ(run(scenario(kThreads) + sizes()).exit_code, 0);
  ASSERT_FALSE(built().empty());
  const std::string cmake =
      with_cmake("test \"$1\" = --build || exit 0\necho >>" + file("builds") +
                 "\nsleep 2\nmkdir -p $2\ncp " + built().front().string() + " $2/arbiter.so\n");
  const std::string command = cmake + LOCKARB_COMMAND " run " + scenario(kThreads) + sizes();
  Result results[2];
  std::thread other([&] { results[1] = shell(command + "--json " + file("b.json")); });
  results[0] = shell(command + "--json " + file("a.json"));
  other.join();
  for (const Result &result : results) EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(contents(file("builds")), "\n");
  EXPECT_THAT(results[0].output + results[1].output,
              HasSubstr("waiting for another process that builds this arbiter"));
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
}

TEST_F(ArbiterSizes, ThatCannotBeBuiltNameTheLogAndLeaveNothing) {
  ASSERT_EQ(run(scenario(kThreads) + sizes()).exit_code, 0);
  const std::string command = LOCKARB_COMMAND " run " + scenario(kThreads) + sizes();
  const std::string broken = with_cmake("mkdir -p $4\ntouch $4/half\necho no such luck\nexit 1\n");
  const Result result = shell(broken + command);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr(std::string("the arbiter of ") + kAllSizes +
                                       " could not be built; " LOCKARB_ARBITERS "/" + kName));
  std::smatch log;
  const std::string text = result.output;
  ASSERT_TRUE(std::regex_search(text, log, std::regex("built; (.*) says why")));
  EXPECT_EQ(contents(log[1]), "no such luck\n");
  EXPECT_FALSE(fs::exists(fs::path(log[1].str()).replace_extension(".building")));
  EXPECT_FALSE(fs::exists(fs::path(log[1].str()).replace_extension(".so")));
}

TEST_F(ArbiterSizes, WithoutAToolNameItsPackage) {
  const std::string command = LOCKARB_COMMAND " run " + scenario(kThreads) + sizes();
  const Result cmake = shell("PATH=/nowhere " + command);
  EXPECT_EQ(cmake.exit_code, 2);
  EXPECT_THAT(cmake.output, HasSubstr("there is no cmake in PATH: apt-get install cmake"));
  fs::create_directories(file("bin"));
  fs::create_symlink("/bin/true", file("bin/cmake"));
  EXPECT_THAT(shell("PATH=" + file("bin") + " " + command).output,
              HasSubstr("there is no ninja in PATH: apt-get install ninja-build"));
  const Result verilator = shell("VERILATOR_ROOT=/nowhere " + command);
  EXPECT_EQ(verilator.exit_code, 2);
  EXPECT_THAT(verilator.output,
              HasSubstr("there is no Verilator in /nowhere: apt-get install verilator"));
}

TEST_F(ArbiterSizes, ThatAreWrongAreNamedWithRangeOrChoices) {
  const std::pair<std::string, std::string> kBad[] = {
      {"cores=33", "--arbiter: cores: \"33\" is not a whole number from 1 to 32"},
      {"cores=0", "--arbiter: cores: \"0\" is not a whole number from 1 to 32"},
      {"threads=1", "--arbiter: threads: \"1\" is not a whole number from 2 to 511"},
      {"locks=4097", "--arbiter: locks: \"4097\" is not a whole number from 1 to 4096"},
      {"hold_width=17", "--arbiter: hold_width: \"17\" is not a whole number from 2 to 16"},
      {"statistics=2", "--arbiter: statistics: \"2\" is not a whole number from 0 to 1"},
      {"check_user=-1", "--arbiter: check_user: \"-1\" is not a whole number from 0 to 1"},
      {"cores=", "--arbiter: cores: \"\" is not a whole number"},
      {"cores", "--arbiter: cores: \"\" is not a whole number"},
      {"cores=4x", "--arbiter: cores: \"4x\" is not a whole number"},
      {"cores=99999999999999999999", "--arbiter: cores: \"99999999999999999999\" is not a whole"},
      {"cores=2,cores=3", "--arbiter: cores is given twice; keep one"},
      {"core=2",
       "--arbiter: \"core=2\" is no size of the arbiter; give some of: cores, threads, "
       "locks, hold_width, statistics, check_user, such as cores=8"},
      {"cores=2,", "--arbiter: \"\" is no size of the arbiter"},
      {"''", "--arbiter: \"\" is no size of the arbiter"},
      {"$(printf 'a\\033')", "--arbiter: \"a?\" is no size of the arbiter"},
  };
  for (const auto &[sizes, said] : kBad) {
    const Result result = run(shipped("handoff") + " --arbiter " + sizes);
    EXPECT_EQ(result.exit_code, 2) << sizes;
    EXPECT_THAT(result.output, HasSubstr(said)) << sizes;
  }
  const Result gate = run(scenario(kThreads) + sizes() + "--model gate");
  EXPECT_EQ(gate.exit_code, 2);
  EXPECT_THAT(gate.output, HasSubstr("gate-level model"));
}

}  // namespace
}  // namespace lockarb
