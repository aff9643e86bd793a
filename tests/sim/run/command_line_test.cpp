// SPDX-License-Identifier: Apache-2.0
// The commands as a user types them: `lockarb run` and the programs, each in a process of its own.
#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/sim/run/command_line_fixture.h"

namespace lockarb {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class BadArgument : public CommandLine {};

TEST_F(BadArgument, TraceOfAnotherKindIsRefused) {
  const Result result = run(shipped("handoff") + " --trace " + file("a.wave"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("must end in .fst or .vcd"));
}

TEST_F(BadArgument, TraceFromAfterToIsRefused) {
  const Result result =
      run(shipped("handoff") + " --trace " + file("a.fst") + " --trace-from 20us --trace-to 10us");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--trace-from 20us is not before --trace-to 10us"));
  EXPECT_TRUE(fs::is_empty(folder_)) << "a refused run left a file";
}

TEST_F(BadArgument, TraceFromThatIsNoTimeIsRefused) {
  const Result result =
      run(shipped("handoff") + " --trace " + file("a.fst") + " --trace-from soon");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--trace-from soon: not a simulated time"));
}

TEST_F(BadArgument, TraceWindowWithoutTraceIsRefused) {
  const Result result = run(shipped("handoff") + " --trace-from 1us");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("need --trace FILE"));
}

TEST_F(BadArgument, WhatCoresDoNotHaveIsRefusedWithTheReason) {
  const std::tuple<const char *, const char *, const char *> refused[] = {
      {"handoff", "--costs vexriscv", "--costs: is not for --machine riscv: software takes what"},
      {"handoff", "--arbiter locks=9", "--arbiter: is not for --machine riscv"},
      {"handoff", "--trace a.fst --trace-last 3us", "give --trace-from and --trace-to"},
      {"faults", "",
       "hostile of core 2 after clock 700 is not for --machine riscv: a hostile program"}};
  for (const auto &[scenario, options, message] : refused) {
    const Result result = run(shipped(scenario) + " --machine riscv " + options);
    EXPECT_EQ(result.exit_code, 2) << options;
    EXPECT_THAT(result.output, HasSubstr(message));
  }
  EXPECT_TRUE(fs::is_empty(folder_)) << "a refused run left a file";
  const Result limited = run(shipped("handoff") + " --limit 5");
  EXPECT_EQ(limited.exit_code, 2);
  EXPECT_THAT(limited.output, HasSubstr("--limit is for --machine riscv"));
}

TEST_F(BadArgument, UnwritableFilesAreNamed) {
  for (const char *option : {"--json", "--trace"}) {
    const Result result = run(shipped("handoff") + " " + option + " /nowhere/at_all.fst");
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.output, HasSubstr(std::string(option) +
                                         ": cannot write /nowhere/at_all.fst: No such file or "
                                         "directory; make its folder first"));
  }
}

TEST_F(BadArgument, IsToldWithOptionValueAndChoices) {
  const std::string all = "18446744073709551615";
  const std::pair<std::string, std::string> kBad[] = {
      {"--seed x", "--seed: \"x\" is not a whole number from 0 to " + all},
      {"--seed -1", "--seed: \"-1\" is not a whole number from 0 to " + all},
      {"--seed 1.5", "--seed: \"1.5\" is not a whole number from 0 to " + all},
      {"--seed 18446744073709551616", "is not a whole number from 0 to " + all},
      {"--clocking sometimes",
       "--clocking: \"sometimes\" is not known; one of: sync, always-clock"},
      {"--model net", "--model: \"net\" is not known; one of: rtl, gate"},
      {"--lock wood", "--lock: \"wood\" is not known; one of: hardware, software"},
      {"--locks=all", "--locks: \"all\" is not known; one of: held, v, p, vp, pv"},
      {"--personality nt4", "--personality: \"nt4\" is not known; one of: nt5.2, nt6"},
  };
  for (const auto &[option, said] : kBad) {
    const Result result = run(shipped("handoff") + " " + option);
    EXPECT_EQ(result.exit_code, 2) << option;
    EXPECT_THAT(result.output, HasSubstr(said)) << option;
  }
  const Result cores = shell(LOCKARB_PROGRAMS "/smallest --cores 0");
  EXPECT_EQ(cores.exit_code, 2);
  EXPECT_THAT(cores.output, HasSubstr("--cores: \"0\" is not a whole number from 1 to " +
                                      std::to_string(model_size().cores)));
  const Result baud = shell(LOCKARB_COMMAND " probe /dev/null --baud fast");
  EXPECT_EQ(baud.exit_code, 2);
  EXPECT_THAT(baud.output, HasSubstr("--baud: \"fast\" is not a whole number from 1 to"));
  EXPECT_THAT(run(shipped("handoff") + " --seed 010").output, HasSubstr("seed 10:"));
}

TEST_F(BadArgument, UnknownClockingIsRefused) {
  const Result result = run(shipped("handoff") + " --clocking sometimes");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--clocking"));
}

TEST_F(BadArgument, GateLevelThatIsNotBuiltIsRefusedWithTheCure) {
  const Result result = run(shipped("handoff") + " --model gate");
  if (result.exit_code == 0) GTEST_SKIP() << "this build has it";
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("no gate-level model; `make gate` makes one"));
}

TEST_F(BadArgument, MissingScenarioIsNamed) {
  EXPECT_EQ(run("").exit_code, 2);
  const Result result = run("/nowhere/at_all.yaml");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("/nowhere/at_all.yaml: cannot be read"));
}

TEST_F(BadArgument, BadScenarioIsNamedWithItsLine) {
  const Result result = run(scenario("cores: 2\nthread: 3\n"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("scenario.yaml:2: thread: no such key; did you mean"));
}

TEST_F(BadArgument, UnknownCostsAreNamed) {
  for (const char *costs : {"fast", "vexriscv,swich=3", "vexriscv,switch=", "switch=-1"}) {
    const Result result = run(shipped("handoff") + " --costs " + costs);
    EXPECT_EQ(result.exit_code, 2) << costs;
    EXPECT_THAT(result.output, HasSubstr("a set is default or vexriscv")) << costs;
  }
}

TEST_F(CommandLine, SoftwareCostsWhatTheChosenSetSays) {
  const std::string handoff = shipped("handoff") + " --json " + file("out.json");
  const auto clocks = [&](const std::string &costs) {
    EXPECT_EQ(run(handoff + costs).exit_code, 0);
    return nlohmann::json::parse(contents(file("out.json")))["clocks"].get<uint64_t>();
  };
  const uint64_t free = clocks("");
  EXPECT_EQ(clocks(" --costs default,interrupt=20"), free);
  EXPECT_GT(clocks(" --costs vexriscv"), 20 * free) << "a pair of routines takes 3400 clocks there";
}

TEST_F(CommandLine, HelpAndVersionSucceed) {
  EXPECT_EQ(shell(LOCKARB_COMMAND " --help").exit_code, 0);
  EXPECT_EQ(shell(LOCKARB_COMMAND " --version").exit_code, 0);
  const Result help = run("--help");
  EXPECT_EQ(help.exit_code, 0);
  for (const char *option :
       {"--trace", "--trace-from", "--trace-to", "--json", "--seed", "--model", "--clocking",
        "--commands", "--lock", "--locks", "--deadlock-check", "--replay-check", "--verifier",
        "--personality", "--arbiter", "SCENARIO"}) {
    EXPECT_THAT(help.output, HasSubstr(option));
  }
}

TEST_P(ShippedScenario, EndsAndReplaysWithoutAMismatch) {
  const Result result = run(shipped(GetParam()) + " --replay-check");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr(": 0 mismatches"));
}

TEST_P(ShippedScenario, EndsAndReplaysWithCommandsThatAreIssuedByWrites) {
  const Result result = run(shipped(GetParam()) + " --commands write --replay-check");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr(": 0 mismatches"));
}

TEST_P(ShippedScenario, GivesTheSameBytesInBothClockingsAndTwice) {
  for (const char *lock : {"hardware", "software"}) {
    const std::string arguments = shipped(GetParam()) + " --lock " + lock + " --json ";
    EXPECT_EQ(run(arguments + file("a.json")).exit_code, 0);
    EXPECT_EQ(run(arguments + file("b.json")).exit_code, 0);
    EXPECT_EQ(run(arguments + file("c.json") + " --clocking always-clock").exit_code, 0);
    ASSERT_THAT(contents(file("a.json")), HasSubstr(std::string("\"kind\": \"") + lock + '"'));
    EXPECT_EQ(contents(file("a.json")), contents(file("b.json"))) << "two runs differ";
    EXPECT_EQ(contents(file("a.json")), contents(file("c.json"))) << "clock on demand is not exact";
  }
}

class ShippedScenarioOn : public CommandLine,
                          public testing::WithParamInterface<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    CommandLine::SetUp();
    skip_without_cores(std::get<0>(GetParam()));
  }
};

TEST_P(ShippedScenarioOn, ConservesItsCounts) {
  const auto [scenario, lock_kind] = GetParam();
  ASSERT_EQ(run(shipped(scenario) + " --lock " + lock_kind + " --json " + file("a.json")).exit_code,
            0);
  const auto json = nlohmann::json::parse(contents(file("a.json")));
  uint64_t by_locks = 0;
  uint64_t by_threads = 0;
  uint64_t queued = 0;
  uint64_t delivered = 0;
  for (const auto &lock : json["locks"]) {
    by_locks += lock["acquisitions"].get<uint64_t>();
    EXPECT_EQ(lock["holding_clocks"]["count"].get<uint64_t>() + lock["recursions"].get<uint64_t>(),
              lock["acquisitions"].get<uint64_t>())
        << "lock " << lock["lock"] << " was acquired and never released, or the other way round";
    EXPECT_EQ(lock["waiting_clocks"]["count"], lock["contentions"]);
  }
  for (const auto &thread : json["threads"]) {
    by_threads += thread["acquisitions"].get<uint64_t>();
    EXPECT_TRUE(thread["ended"].get<bool>()) << thread["name"];
    for (const char *kind : {"special", "normal"}) {
      queued += thread["apcs_queued"][kind].get<uint64_t>();
      delivered += thread["apcs_delivered"][kind].get<uint64_t>();
    }
  }
  EXPECT_GT(by_locks, 0u);
  EXPECT_EQ(by_locks, by_threads);
  EXPECT_EQ(delivered, queued) << "kernel APCs were lost or doubled";
}

INSTANTIATE_TEST_SUITE_P(All, ShippedScenario, kShippedScenarios,
                         [](const auto &info) { return std::string(info.param); });
INSTANTIATE_TEST_SUITE_P(All, ShippedScenarioOn,
                         testing::Combine(kShippedScenarios,
                                          testing::Values("hardware", "software")),
                         [](const auto &info) {
                           return std::get<0>(info.param) + "_on_" + std::get<1>(info.param);
                         });

TEST_F(CommandLine, ShippedScenariosAreAllTested) {
  for (const auto &entry : fs::directory_iterator(LOCKARB_SCENARIOS)) {
    const std::string tests = shell(LOCKARB_TESTS " --gtest_list_tests").output;
    EXPECT_THAT(tests, HasSubstr("/" + entry.path().stem().string()));
  }
}

TEST_F(CommandLine, SeedChangesTheRunAndNothingElseDoes) {
  const std::string arguments = shipped("readers_and_writers") + " --json ";
  run(arguments + file("a.json") + " --seed 7");
  run(arguments + file("b.json") + " --seed 7");
  run(arguments + file("c.json") + " --seed 8");
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
  EXPECT_NE(nlohmann::json::parse(contents(file("a.json")))["locks"],
            nlohmann::json::parse(contents(file("c.json")))["locks"]);
}

TEST_F(CommandLine, WaveformsOfTwoRunsHaveTheSameBytes) {
  for (const std::string kind : {".fst", ".vcd"}) {
    for (const std::string name : {"a", "b"}) {
      const Result result = run(shipped("handoff") + " --trace " + file(name + kind));
      EXPECT_EQ(result.exit_code, 0) << result.output;
      std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // a date would differ
    }
    ASSERT_GT(fs::file_size(file("a" + kind)), 1000u);
    EXPECT_EQ(contents(file("a" + kind)), contents(file("b" + kind))) << kind;
  }
}

TEST_F(CommandLine, WaveformDoesNotChangeTheRun) {
  run(shipped("handoff") + " --json " + file("a.json"));
  run(shipped("handoff") + " --json " + file("b.json") + " --trace " + file("a.fst"));
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
}

// The model that records and the one that replays are built apart, and must be the same arbiter.
TEST_F(CommandLine, RunWithAWaveformReplaysWithoutAMismatch) {
  for (const char *name : {"a.fst", "a.vcd"}) {
    const Result result = run(shipped("handoff") + " --replay-check --trace " + file(name));
    EXPECT_EQ(result.exit_code, 0) << name << ": " << result.output;
  }
}

// Times of a VCD file, in nanoseconds.
std::pair<uint64_t, uint64_t> vcd_times(const std::string &text) {
  std::istringstream lines(text);
  uint64_t first = UINT64_MAX;
  uint64_t last = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] != '#') continue;
    last = std::stoull(line.substr(1));
    first = std::min(first, last);
  }
  return {first, last};
}

TEST_F(CommandLine, WaveformHasJustTheWindow) {
  const Result result =
      run(shipped("handoff") + " --trace " + file("a.vcd") + " --trace-from 10us --trace-to 1200");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const auto [first, last] = vcd_times(contents(file("a.vcd")));
  EXPECT_EQ(first, 10000u);
  EXPECT_EQ(last, 12000u);
}

// The signals of a VCD file by their full names: their bits, as in [31:0].
std::map<std::string, std::string> signals_of(const std::string &vcd) {
  std::map<std::string, std::string> signals;
  std::vector<std::string> scopes;
  std::istringstream text(vcd);
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::string what, kind, name, width, code, bits;
    words >> what >> kind;
    if (what == "$scope") words >> name, scopes.push_back(name);
    if (what == "$upscope") scopes.pop_back();
    if (what != "$var") continue;
    words >> width >> code >> name >> bits;
    std::string full;
    for (const std::string &scope : scopes) full += scope + '.';
    signals[full + name] = bits == "$end" ? "" : bits;
  }
  return signals;
}

TEST_F(CommandLine, SavedViewsNameSignalsThatExist) {
  ASSERT_EQ(run(shipped("handoff") + " --trace " + file("a.vcd") + " --trace-to 1us").exit_code, 0);
  const std::map<std::string, std::string> signals = signals_of(contents(file("a.vcd")));
  unsigned named = 0;
  for (const auto &entry : fs::directory_iterator(LOCKARB_VIEWS)) {
    const fs::path &view = entry.path();
    if (view.extension() != ".gtkw" && view.extension() != ".sucl") continue;
    std::istringstream text(contents(view));
    for (std::string word; text >> word;) {
      const std::size_t begin = word.find("TOP.lockarb.");
      if (begin == std::string::npos) continue;
      word = word.substr(begin);
      // GTKWave leaves a signal out, without a word, when it has other bits than the view says.
      const std::size_t colon = word.find(':');
      const std::size_t bits = colon == std::string::npos ? word.size() : word.rfind('[', colon);
      const auto signal = signals.find(word.substr(0, bits));
      ++named;
      ASSERT_TRUE(signal != signals.end()) << view << " names " << word;
      if (view.extension() == ".gtkw") {
        EXPECT_EQ(word.substr(bits), signal->second) << view << " names " << word;
      }
    }
  }
  EXPECT_GT(named, 200u);
}

TEST_F(CommandLine, FilesAppearWhenTheyAreComplete) {
  EXPECT_EQ(
      run(shipped("handoff") + " --trace " + file("a.fst") + " --json " + file("a.json")).exit_code,
      0);
  EXPECT_TRUE(fs::exists(file("a.fst")));
  EXPECT_TRUE(fs::exists(file("a.json")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 2)
      << "something half made is left";
}

TEST_F(CommandLine, ThousandThreadsAllGetTheirTurn) {
  ASSERT_EQ(run(shipped("thousand_threads") + " --json " + file("a.json")).exit_code, 0);
  const auto json = nlohmann::json::parse(contents(file("a.json")));
  unsigned workers = 0;
  for (const auto &thread : json["threads"]) {
    if (thread["name"].get<std::string>().rfind("worker", 0) != 0) continue;
    ++workers;
    EXPECT_EQ(thread["acquisitions"], 10) << thread["name"];
  }
  EXPECT_EQ(workers, 1000u);
}

TEST_F(CommandLine, InterruptedRunCompletesItsWaveformAndWritesNoJson) {
  const std::string endless = scenario("cores: 2\nthreads: [{count: 2, loop: 1000000000}]\n");
  // --foreground: one signal, not a second one to the whole process group, which would end it at
  // once.
  const Result result =
      shell("timeout --foreground --preserve-status -s INT 2 " LOCKARB_COMMAND " run " + endless +
            " --locks --trace " + file("a.vcd") + " --trace-to 20us --json " + file("a.json"));
  EXPECT_EQ(result.exit_code, 130) << result.output;
  EXPECT_THAT(result.output, HasSubstr("interrupted"));
  EXPECT_THAT(result.output, HasSubstr("\n1 total locks, "));
  EXPECT_EQ(vcd_times(contents(file("a.vcd"))).second, 20000u) << "the waveform is not complete";
  EXPECT_FALSE(fs::exists(file("a.json")));
  EXPECT_FALSE(fs::exists(file("a.json.part")));
}

TEST_F(CommandLine, StuckThreadsAreReported) {
  // Two readers of one lock that both want it exclusively inside: recursion cannot say that, but a
  // program can.
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/stuck_program --trace " + file("a.vcd") +
                              " --json " + file("a.json"));
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_THAT(result.output, HasSubstr("waits"));
  EXPECT_TRUE(fs::exists(file("a.vcd")));
  EXPECT_FALSE(fs::exists(file("a.json")));
}

TEST_F(BadArgument, UnknownDetailOfLocksIsRefused) {
  const Result result = run(shipped("handoff") + " --locks=x");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--locks"));
}

TEST_F(CommandLine, LocksAreListedAtTheEnd) {
  const Result held = run("--locks " + shipped("handoff"));
  EXPECT_EQ(held.exit_code, 0) << held.output;
  EXPECT_THAT(held.output, ContainsRegex("\nResource @ lock 0    Not owned\n"
                                         "    Was initialized at workload.c:[0-9]+ .*\n"
                                         "    Contention Count = [1-9][0-9]+\n"
                                         "\n1 total locks, 0 locks currently held\n"));
  EXPECT_THAT(
      run(shipped("handoff") + " --locks=vp").output,
      ContainsRegex("\n    Stands on the arbiter\n"
                    "    Contention Count = [1-9][0-9]+\n"
                    "    Statistics: 60 acquisitions, [1-9][0-9]+ contentions, longest wait "));
  EXPECT_THAT(run(shipped("handoff") + " --locks=v --lock software").output,
              HasSubstr("\n    Stands on shared memory\n"));
  EXPECT_THAT(run(shipped("handoff")).output, Not(HasSubstr("Resource @")));
}

TEST_F(CommandLine, LocksOfAStuckProgramAreListed) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/stuck_program --locks");
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_THAT(result.output, HasSubstr("deadlock: thread 1 (main) holds lock 0 waits lock 0\n"
                                       "    thread 1 waits for lock 0 (initialized at "
                                       "stuck_program.c:9 (DriverEntry)) at stuck_program.c:12 "
                                       "(DriverEntry); thread 1 has it since stuck_program.c:11 "
                                       "(DriverEntry)\n"
                                       "**** Resources ****\n"
                                       "\nResource @ lock 0    Shared 1 owning threads\n"));
}

TEST_F(CommandLine, BugCheckListsTheLocksAndEndsTheRun) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/bug_check_program --locks=v");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("\nResource @ lock 0    Not owned\n"
                                       "    Was initialized at bug_check_program.c:9 "
                                       "(DriverEntry)\n    Stands on the arbiter\n"
                                       "\n1 total locks, 0 locks currently held\n"));
}

TEST_F(CommandLine, DeadlockIsNamedWhileOtherThreadsGoOn) {
  const std::string cycle =
      "deadlock: thread 2 (thread 2) holds lock 0 waits lock 1,"
      " thread 3 (thread 3) holds lock 1 waits lock 0";
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/deadlock_program --deadlock-check");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, testing::StartsWith(cycle + "; since "));
  EXPECT_THAT(result.output, ContainsRegex(" us\n    thread 2 waits .*\n    thread 3 waits .*\n"
                                           "went on\n"));
  EXPECT_THAT(result.output, HasSubstr(cycle + "\n")) << "said again when all are stuck";
  const Result without = shell(LOCKARB_TEST_PROGRAMS "/deadlock_program");
  EXPECT_THAT(without.output, testing::StartsWith("went on\n"));
}

TEST_F(CommandLine, LookingAtLocksAndDeadlocksDoesNotChangeTheRun) {
  const std::string arguments = shipped("apc_traffic") + " --json ";
  run(arguments + file("a.json"));
  const Result result = run(arguments + file("b.json") + " --locks=v --deadlock-check");
  EXPECT_THAT(result.output, Not(HasSubstr("deadlock")));
  ASSERT_FALSE(contents(file("a.json")).empty());
  EXPECT_EQ(contents(file("a.json")), contents(file("b.json")));
}

TEST_F(CommandLine, BugCheckEndsWithTheWaveformComplete) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/bug_check_program --trace " + file("a.vcd"));
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("RESOURCE_NOT_OWNED"));
  EXPECT_GT(vcd_times(contents(file("a.vcd"))).second, 0u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1)
      << "something half made is left";
}

TEST_F(CommandLine, WarningsAndBugChecksNameTheProgramsOwnLine) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/source_line_program");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("left more often than entered, at source_line_program.c:6 "
                                       "(leave)\n"))
      << "a call in the last line of a function";
  EXPECT_THAT(result.output, HasSubstr("    routine  ExReleaseResourceLite\n"
                                       "    at       source_line_program.c:10 (release)\n"))
      << "a call in an inlined function";
}

TEST_F(CommandLine, VerifierStopsAProgramThatWouldGoOn) {
  const std::string program = LOCKARB_TEST_PROGRAMS "/verifier_program";
  const Result without = shell(program);
  EXPECT_EQ(without.exit_code, 0) << without.output;
  const Result with = shell(program + " --verifier");
  EXPECT_EQ(with.exit_code, 1) << with.output;
  EXPECT_THAT(with.output, HasSubstr("lockarb verifier: normal kernel APCs are on"));
  EXPECT_THAT(with.output, HasSubstr("DRIVER_VERIFIER_DETECTED_VIOLATION (0x37, 0x0, 0x0, lock 0)\n"
                                     "    routine  ExAcquireResourceSharedLite\n"
                                     "    at       verifier_program.c:10 (read_without_region)\n"
                                     "    thread   2 (application)\n"
                                     "    core     1\n"
                                     "    lock     0 resource (verifier_program.c:6)\n"));
}

TEST_F(CommandLine, VerifierFindsNothingInWhatIsShipped) {
  for (const char *program : {"smallest", "filesystem", "packet_queue", "volume", "write_behind"}) {
    const Result result = shell(std::string(LOCKARB_PROGRAMS "/") + program + " --verifier");
    EXPECT_EQ(result.exit_code, 0) << program << "\n" << result.output;
  }
  for (const char *name : {"handoff", "readers_and_writers", "apc_traffic"}) {
    const Result result = run(shipped(name) + " --verifier");
    EXPECT_EQ(result.exit_code, 0) << name << "\n" << result.output;
  }
}

TEST_F(CommandLine, PersonalityIsWhatProgramsSee) {
  const std::string program = LOCKARB_TEST_PROGRAMS "/personality_program";
  EXPECT_THAT(shell(program).output, HasSubstr("one owner shows 1, two show 1, Win32Thread no\n"));
  EXPECT_THAT(shell(program + " --personality nt6").output, HasSubstr("two show 1"));
  EXPECT_THAT(shell(program + " --personality nt5.2").output,
              HasSubstr("one owner shows 1, two show 2, Win32Thread yes\n"));
}

TEST_F(BadArgument, UnknownKindOfLockIsRefused) {
  const Result result = run(shipped("handoff") + " --lock wood");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--lock"));
}

TEST_F(BadArgument, UnknownWayToIssueCommandsIsRefused) {
  const Result result = run(shipped("handoff") + " --commands shout");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--commands"));
}

TEST_F(BadArgument, UnknownPersonalityIsRefused) {
  const Result result = run(shipped("handoff") + " --personality nt4");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--personality"));
}

TEST_F(CommandLine, FailedAssertEndsWithTheWaveformComplete) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/assert_program --trace " + file("a.vcd"));
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("never_true"));
  EXPECT_GT(vcd_times(contents(file("a.vcd"))).second, 0u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1)
      << "something half made is left";
}

TEST_F(CommandLine, BusErrorNamesCoreAndAddress) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/bus_error_program");
  EXPECT_EQ(result.exit_code, 5) << result.output;
  EXPECT_THAT(result.output, HasSubstr("core 0, read of 4 bytes at 0x12340000"));
}

TEST_F(CommandLine, ProgramsMayUseTheExecutivesNames) {
  const Result result = shell(LOCKARB_TEST_PROGRAMS "/own_names_program");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

class ForeignProgram : public CommandLine {
 protected:
  Result run_program(const std::string &name) {
    const Result result = shell(LOCKARB_TEST_PROGRAMS "/" + name + "_program");
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result;
  }
};

TEST_F(ForeignProgram, PrintsInTheFormatsOfTheWdk) {
  const Result result = run_program("formats");
  EXPECT_THAT(
      result.output,
      testing::StartsWith(
          "status c0000001, number 5, minus -7\n"
          "large -5000000000, fffffffed5fa0e00\n"
          "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\formats_program, wide\n"
          "FFFFA00000F"));
  EXPECT_THAT(
      result.output,
      ContainsRegex("\nFFFFA00000F..... FFFFF800........ FFFFF800........ FFFF900000010000\n"
                    "%f\nlockarb: DbgPrint by thread 1 .main.: the WDK has no format %f; .*"
                    ", at formats_program.c:18 .DriverEntry.\n"));
  const auto printed = [](const Result &run) {
    return run.output.substr(0, run.output.find("formats_program: 4 cores"));
  };
  EXPECT_EQ(printed(run_program("formats")), printed(result)) << "addresses, too";
}

TEST_F(ForeignProgram, IsNotStoppedByWarningsAndPragmas) { run_program("foreign"); }

TEST_F(ForeignProgram, MayAskForTwoVersions) { run_program("versions"); }

TEST_F(ForeignProgram, HasWideLiteralsOf16Bits) {
  EXPECT_THAT(run_program("wide").output, testing::StartsWith("abcd \\Constant\n"));
}

TEST_F(ForeignProgram, FindsTheNamesThatMostDriversUse) {
  EXPECT_THAT(run_program("everyday").output, testing::StartsWith("counted to 200 and 200\n"));
}

TEST_F(ForeignProgram, FindsItsHeadersByWindowsNames) { run_program("spellings"); }

TEST_F(ForeignProgram, MayBeCxx17OrCxx20) {
  for (const std::string &year : std::vector<std::string>{"17", "20"}) {
    EXPECT_THAT(run_program("cxx" + year).output,
                ContainsRegex("^C\\+\\+ 20[0-9]+: .*Services.cxx" + year +
                              "_program .Device.Lock wide 1\n"));
  }
}

TEST_F(CommandLine, DriverEntryThatFailsMakesTheExitCode) {
  EXPECT_EQ(shell(LOCKARB_TEST_PROGRAMS "/failing_program").exit_code, 1);
}

TEST_F(CommandLine, ProbeIsAProgramBesideIt) {
  EXPECT_THAT(shell(LOCKARB_COMMAND " load --help").output,
              HasSubstr("lockarb load [OPTIONS] DEVICE PROGRAM"));
  const Result help = shell(LOCKARB_COMMAND " probe --help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.output, HasSubstr("lockarb probe [OPTIONS] DEVICE"));
  const Result refused = shell(LOCKARB_COMMAND " probe /dev/null --baud 9600");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.output, HasSubstr("lockarb probe: /dev/null: not a serial device"));
}

class ShippedProgram : public CommandLine, public testing::WithParamInterface<const char *> {};

TEST_P(ShippedProgram, RunsOnOneToEightCoresAndReplays) {
  for (unsigned cores = 1; cores <= std::min(8u, model_size().cores); cores *= 2) {
    const Result result = shell(std::string(LOCKARB_PROGRAMS "/") + GetParam() + " --cores " +
                                std::to_string(cores) + " --replay-check");
    EXPECT_EQ(result.exit_code, 0) << cores << " cores\n" << result.output;
    EXPECT_THAT(result.output, HasSubstr(": 0 mismatches"));
    EXPECT_THAT(result.output, Not(HasSubstr("BROKEN")));
  }
}

// What a program prints itself, above the report.
std::string own_lines(const Result &result, const std::string &program) {
  return result.output.substr(0, result.output.find(program + ": 4 cores, seed "));
}

TEST_P(ShippedProgram, PrintsTheSameOnBothKindsOfLocksAndInBothClockings) {
  const std::string program = std::string(LOCKARB_PROGRAMS "/") + GetParam();
  std::set<std::string> printed;
  std::set<std::string> simulated;
  for (const char *lock : {" --lock hardware", " --lock software"}) {
    for (const char *clocking : {" --clocking sync", " --clocking always-clock"}) {
      const Result result = shell(program + lock + clocking + " --replay-check");
      EXPECT_EQ(result.exit_code, 0) << lock << clocking << "\n" << result.output;
      EXPECT_THAT(result.output, HasSubstr(": 0 mismatches"));
      printed.insert(own_lines(result, GetParam()));
      simulated.insert(result.output.substr(result.output.find("\nsimulated ")).substr(0, 40));
    }
  }
  const Result by_write = shell(program + " --commands write --replay-check");
  EXPECT_THAT(by_write.output, HasSubstr(": 0 mismatches"));
  printed.insert(own_lines(by_write, GetParam()));
  EXPECT_EQ(printed.size(), 1u) << testing::PrintToString(printed);
  EXPECT_NE(*printed.begin(), "");
  EXPECT_EQ(simulated.size(), 2u) << "the two kinds of locks took the same time";
}

TEST_P(ShippedProgram, IsRightForOtherSeeds) {
  for (const char *seed : {"2", "3", "4", "5"}) {
    for (const char *lock : {" --lock hardware", " --lock software"}) {
      const Result result =
          shell(std::string(LOCKARB_PROGRAMS "/") + GetParam() + lock + " --seed " + seed);
      EXPECT_EQ(result.exit_code, 0) << "seed " << seed << lock << "\n" << result.output;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedProgram,
                         testing::Values("smallest", "filesystem", "rwcache", "lookaside",
                                         "handover", "packet_queue", "volume", "write_behind"),
                         [](const auto &info) { return std::string(info.param); });

TEST_F(CommandLine, PushLocksOnTheArbiterGoFasterFromCoreToCore) {
  const auto nanoseconds = [](const std::string &seed, const std::string &cores) {
    const Result result = shell(LOCKARB_TEST_PROGRAMS "/push_lock_program --replay-check --seed " +
                                seed + " --cores " + cores);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return std::stoul(result.output.substr(result.output.find(", ") + 2));
  };
  EXPECT_LT(nanoseconds("1", "1"), nanoseconds("2", "1")) << "memory is free of charge";
  EXPECT_GT(nanoseconds("1", "4"), 3 * nanoseconds("2", "4"));
}

TEST_F(CommandLine, ProgramsTakeTheSeed) {
  const std::string program = LOCKARB_PROGRAMS "/filesystem";
  shell(program + " --json " + file("a.json") + " --seed 3");
  shell(program + " --json " + file("b.json") + " --seed 4");
  EXPECT_NE(nlohmann::json::parse(contents(file("a.json")))["locks"],
            nlohmann::json::parse(contents(file("b.json")))["locks"]);
}

}  // namespace
}  // namespace lockarb
