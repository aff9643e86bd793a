// SPDX-License-Identifier: Apache-2.0
// Faults of each kind, where it strikes, and what comes of it: as a user sees it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/sim/run/command_line_fixture.h"

namespace lockarb {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

// Two writers on two cores that contend for one lock.
class Fault : public CommandLine {
 protected:
  void run_with(const std::string &fault, const std::string &more = "") {
    result_ = run(scenario("cores: 2\nthreads:\n"
                           "  - {name: a, core: 0, loop: 20, hold_clocks: 300}\n"
                           "  - {name: b, core: 1, loop: 20, hold_clocks: 300}\n" +
                           more + "faults: [{" + fault + "}]\n") +
                  options_ + " --json " + file("report.json"));
    report_ = nlohmann::json::parse(contents(file("report.json")));
  }
  std::string outcome() const { return report_["faults"][0]["outcome"]; }
  std::string what() const { return report_["faults"][0]["what"]; }

  // The access of core 1 whose text has `words`, by trying one after the other.
  unsigned access_that_is(const std::string &words) {
    for (unsigned access = 1; access < 200; ++access) {
      run_with("bus_stall: {core: 1, access: " + std::to_string(access) + ", clocks: 1}");
      if (what().find(words) != std::string::npos) return access;
    }
    ADD_FAILURE() << "core 1 does no access such as " << words;
    return 0;
  }
  void run_with_error_at(const std::string &words, const std::string &more = "") {
    const std::string access = std::to_string(access_that_is(words));
    run_with("bus_error: {core: 1, access: " + access + more + "}");
  }

  Result result_;
  nlohmann::json report_;
  std::string options_;  // of the run
};

TEST_F(Fault, ErrorOnACommandIsABugCheckWithRoutineThreadCoreAndLock) {
  for (const char *carried_out : {", carried_out: false", ", carried_out: true"}) {
    run_with_error_at("ENTER_ACQUIRE_EXCLUSIVE of lock 0", carried_out);
    EXPECT_EQ(result_.exit_code, 1);
    EXPECT_THAT(result_.output, HasSubstr("*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION"));
    EXPECT_THAT(result_.output,
                HasSubstr("routine  ExEnterCriticalRegionAndAcquireResourceExclusive"));
    EXPECT_THAT(result_.output,
                HasSubstr("thread   3 (b)\n    core     1\n    lock     0 (initialized at"));
    EXPECT_EQ(outcome(), "named");
    EXPECT_EQ(report_["stopped_by"], "bug check 0x9c of thread 3 (b) on core 1, lock 0");
  }
}

TEST_F(Fault, ErrorOnARegisterIsDoneAgain) {
  for (const char *carried_out : {", carried_out: false", ", carried_out: true"}) {
    run_with_error_at("CURRENT_THREAD", carried_out);
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_EQ(outcome(), "harmless");
  }
}

// The second read tells what the first one did: the thread waits no more.
TEST_F(Fault, ErrorOnTheReadThatTakesAGrantIsDoneAgain) {
  for (const char *carried_out : {", carried_out: false", ", carried_out: true"}) {
    run_with_error_at("read of TAKE", carried_out);
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_EQ(outcome(), "harmless");
    EXPECT_EQ(report_["threads"][2]["acquisitions"].get<int>(), 20) << carried_out;
  }
}

TEST_F(Fault, ErrorOnTheRemovalOfAGrantIsNotDoneAgain) {
  options_ = " --commands write";
  run_with_error_at("GRANT = ", ", carried_out: true");
  EXPECT_EQ(result_.exit_code, 1) << result_.output;
  EXPECT_EQ(outcome(), "named");
}

// Up to the last one, by which the memory of the lock is given back while it is still listed.
TEST_F(Fault, ErrorOnAnyAccessToALockInMemoryEndsOrIsNamed) {
  unsigned access = 0;
  do {
    ++access;
    result_ = run(scenario("cores: 1\nlocks: 1\nlock: software\nthreads:\n"
                           "  - {name: a, core: 0, loop: 1, hold_clocks: 10}\n"
                           "faults: [{bus_error: {core: 0, access: " +
                           std::to_string(access) + ", carried_out: true}}]\n") +
                  " --json " + file("report.json"));
    ASSERT_THAT(result_.exit_code, testing::AnyOf(0, 1)) << access << '\n' << result_.output;
    report_ = nlohmann::json::parse(contents(file("report.json")));
    EXPECT_EQ(outcome() == "named", result_.exit_code == 1) << access;
  } while (outcome() != "did not strike");
  EXPECT_GT(access, 20u);
}

TEST_F(Fault, StallIsOnlyTime) {
  run_with("spurious_interrupt: {core: 0, at: 999999999}");
  const uint64_t without = report_["clocks"];
  EXPECT_EQ(outcome(), "did not strike");
  run_with("bus_stall: {core: 1, access: 20, clocks: 5000}");
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_GE(report_["clocks"].get<uint64_t>(), without + 4000);
}

TEST_F(Fault, LateInterruptMakesTheNextOwnerLate) {
  run_with("late_interrupt: {core: 1, after: 0, clocks: 7000}");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_GE(report_["threads"][2]["waiting_clocks"]["max"].get<uint64_t>(), 7000u);
}

TEST_F(Fault, SpuriousInterruptFindsNothing) {
  run_with("spurious_interrupt: {core: 1, at: 700, clocks: 400}");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
}

// The core waits for core 0 to set the executive up, with interrupts off.
TEST_F(Fault, SpuriousInterruptBeforeTheStartLetsTimeGoOn) {
  run_with("spurious_interrupt: {core: 1, at: 10, clocks: 17}");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
}

// The waiter's core looks at any other interrupt too: at that of the last quantum.
TEST_F(Fault, LostInterruptHealsAtTheNextTimerOfTheCore) {
  run_with("lost_interrupt: {core: 1, after: 0}");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_GT(report_["threads"][2]["waiting_clocks"]["max"].get<uint64_t>(), 900000u);
}

TEST_F(Fault, LostInterruptOfAnIdleCoreIsReportedWithWhoWasHandedTheLock) {
  // Longer than a quantum: no timer runs on core 1 any more.
  result_ = run(scenario("cores: 2\nthreads:\n"
                         "  - {name: a, core: 0, loop: 2, hold_clocks: 1500000}\n"
                         "  - {name: b, core: 1, loop: 2, hold_clocks: 300}\n"
                         "faults: [{lost_interrupt: {core: 1, after: 1400000}}]\n") +
                " --json " + file("report.json"));
  report_ = nlohmann::json::parse(contents(file("report.json")));
  EXPECT_EQ(result_.exit_code, 3) << result_.output;
  EXPECT_THAT(result_.output,
              ContainsRegex("thread 3 \\(b\\) on core 1 waits for lock 0 \\(.*\\) exclusively at "
                            "workload.c:[0-9]+ \\(acquire\\); it was handed the lock, but no "
                            "interrupt told core 1"));
  EXPECT_EQ(outcome(), "named");
}

// Somebody else's timer interrupts go on, and a slice of the wait is half a second.
TEST_F(Fault, LostInterruptHealsAtTheEndOfASliceWhileACoreIsBusy) {
  run_with("lost_interrupt: {core: 1, after: 0}",
           "  - {name: c, core: 0, do: nothing, think_clocks: 60000000}\n");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
}

// A clock in which a owns the lock, and b waits for it.
constexpr unsigned kAOwns = 3670;

// A bit of the arbiter's RAMs flips: slots 1 and 2 are those of b and a.
class FlippedBit : public Fault {
 protected:
  void flip(const std::string &word, unsigned after, const std::string &more = "") {
    run_with("flip_bit: {" + word + ", after: " + std::to_string(after) + "}", more);
  }
  std::string found_by() const { return report_["faults"][0].value("/found/by"_json_pointer, ""); }
  void expect_bug_check() {
    EXPECT_EQ(result_.exit_code, 1) << result_.output;
    EXPECT_THAT(result_.output, HasSubstr("*** STOP 0x0000002E DATA_BUS_ERROR (lock 0, thread "));
    EXPECT_THAT(result_.output, HasSubstr("    lock     0 (initialized at workload.c:"));
    EXPECT_EQ(outcome(), "named");
    EXPECT_GE(report_["faults"][0]["found"]["clock"], report_["faults"][0]["clock"]);
  }
};

TEST_F(FlippedBit, OfALocksRowIsABugCheckWithTheLock) {
  flip("ram: row, lock: 0, bit: 40", kAOwns);
  expect_bug_check();
  EXPECT_EQ(what(), "a lock in use");
  EXPECT_THAT(found_by(), HasSubstr("RELEASE_AND_LEAVE of lock 0"));
}

TEST_F(FlippedBit, OfAHoldCountIsABugCheckWithTheLock) {
  flip("ram: hold, lock: 0, slot: 2, bit: 0", kAOwns);
  expect_bug_check();
  EXPECT_EQ(what(), "a hold count of 1");
}

TEST_F(FlippedBit, OfAThreadThatDoesNotWaitIsABugCheckOfItsNextCommand) {
  flip("ram: thread, slot: 2, bit: 0", kAOwns);
  expect_bug_check();
}

TEST_F(FlippedBit, OfAThreadThatWaitsIsRepairedByItsGrant) {
  flip("ram: thread, slot: 1, bit: 0", kAOwns);
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_EQ(what(), "a thread that waits for lock 0");
}

TEST_F(FlippedBit, OfAThreadWithAGrantIsToldWithIt) {
  unsigned clock = 3300;
  do flip("ram: thread, slot: 1, bit: 0", ++clock);
  while (what() != "a thread with a grant" && clock < 4000);
  expect_bug_check();
  EXPECT_EQ(found_by(), "core 1: read of TAKE");
  EXPECT_EQ(report_["stopped_by"], "bug check 0x2e of thread 3 (b) on core 1, lock 0");
}

// Three threads want the lock: one owns it, one waits behind slot 2 from some clock on.
TEST_F(FlippedBit, OfALinkOfAQueueIsABugCheckAfterTheHandOff) {
  unsigned clock = 3000;
  do {
    flip("ram: next, slot: 2, bit: 0", clock += 100,
         "  - {name: c, core: 1, loop: 20, hold_clocks: 300}\n");
  } while (result_.exit_code == 0 && clock < 4500);
  expect_bug_check();
  EXPECT_EQ(what(), "a thread that waits for lock 0");
}

TEST_F(FlippedBit, OfTheCoreThatAThreadWaitsOnIsHarmless) {
  flip("ram: core, slot: 1, bit: 0", kAOwns);
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(outcome(), "harmless");
}

TEST_F(FlippedBit, ThatNobodyReadsIsHarmless) {
  for (const char *word : {"ram: row, lock: 0, bit: 14", "ram: hold, lock: 0, slot: 40, bit: 1"}) {
    flip(word, kAOwns);
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_EQ(outcome(), "harmless");
    EXPECT_EQ(found_by(), "");
  }
}

TEST_F(FlippedBit, OfAWordThatIsBadAlreadyDoesNotStrike) {
  flip("ram: row, lock: 0, bit: 40, after: " + std::to_string(kAOwns) +
           "}}, {flip_bit: {ram: row, lock: 0, bit: 41",
       kAOwns);
  expect_bug_check();
  EXPECT_EQ(report_["faults"][1]["outcome"], "did not strike");
}

// The sweep after reset, and the first command behind it.
TEST_F(FlippedBit, WaitsUntilNothingIsUnderWay) {
  flip("ram: row, lock: 0, bit: 40", 0);
  expect_bug_check();
  EXPECT_GT(report_["faults"][0]["clock"], model_size().locks);
}

TEST_F(FlippedBit, IsFlippedInTheSameClockInBothClockingsAndInTheReplay) {
  const std::string text =
      "cores: 2\nlocks: 2\nthreads:\n  - {name: a, count: 6, loop: 20, do: {exclusive: 1, shared: "
      "2}, "
      "locks: any, hold_clocks: 60}\nfaults:\n"
      "  - flip_bit: {ram: core, slot: 1, bit: 0, after: 500}\n"
      "  - flip_bit: {ram: walk_core, slot: 2, bit: 0, after: 700}\n"
      "  - flip_bit: {ram: thread, slot: 3, bit: 1, after: 900}\n"
      "  - flip_bit: {ram: row, lock: 1, bit: 44, after: 5000}\n";
  for (const char *clocking : {"sync", "always-clock"}) {
    const Result result = run(scenario(text) + " --replay-check --clocking " + clocking +
                              " --json " + file(clocking));
    EXPECT_THAT(result.output, HasSubstr(" 0 mismatches"));
  }
  EXPECT_EQ(contents(file("sync")), contents(file("always-clock")));
}

TEST_F(FlippedBit, IsRefusedWhereNoneCanBeFlipped) {
  const Result result = run(scenario("threads: [{}]\nfaults:\n"
                                     "  - flip_bit: {ram: row, lock: 0, bit: 0, after: 1}\n") +
                            " --model gate");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("no bit of the gate-level model can be flipped (flip_bit)"));
  EXPECT_THAT(result.output, HasSubstr("--model rtl"));
}

// Programs on each of three cores that access everything in every way.
class HostileProgram : public Fault {
 protected:
  void attack(const std::string &more, const std::string &options = "") {
    std::string text =
        "cores: 3\nlocks: 2\nthreads:\n"
        "  - {name: a, count: 6, loop: 40, do: {exclusive: 1, shared: 2}, locks: any, "
        "hold_clocks: 60, think_clocks: 100}\nfaults:\n";
    for (const char *core : {"0", "1", "2"}) {
      text += "  - hostile: {core: " + std::string(core) + ", accesses: 1000" + more + "}\n";
    }
    result_ = run(scenario(text) + " --json " + file("report.json") + " " + options);
    report_ = nlohmann::json::parse(contents(file("report.json")));
  }
  void expect_no_harm() {
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    for (const auto &fault : report_["faults"]) {
      EXPECT_EQ(fault["outcome"], "harmless");
      EXPECT_THAT(fault["what"], testing::MatchesRegex("1000 accesses, [0-9]+ refused"));
    }
    for (const auto &thread : report_["threads"]) {
      EXPECT_TRUE(thread["ended"]);
      const bool honest = std::string(thread["name"]).substr(0, 2) == "a.";
      EXPECT_EQ(thread["acquisitions"], honest ? 40 : 0) << thread["name"];
    }
  }
};

TEST_F(HostileProgram, IsKeptOff) {
  for (const char *lock : {"--lock hardware", "--lock software"}) {
    attack("", lock);
    expect_no_harm();
  }
}

TEST_F(HostileProgram, WithPrivilegeIsKeptOffWhereItIsMalformed) {
  for (const char *lock : {"--lock hardware", "--lock software"}) {
    attack(", privileged: true", lock);
    expect_no_harm();
  }
}

TEST_F(HostileProgram, MayDoAsItLikesToALockOfItsOwn) {
  attack(", privileged: true, lock: 5");
  expect_no_harm();
  EXPECT_GT(report_["ignored_grants"], 0);
  EXPECT_THAT(result_.output, HasSubstr(" grants that no thread waited for"));
}

TEST_F(HostileProgram, DoesTheSameInBothClockingsAndInTheReplay) {
  std::string before;
  for (const char *clocking : {"sync", "always-clock"}) {
    attack(", privileged: true, lock: 5", "--replay-check --clocking " + std::string(clocking));
    EXPECT_THAT(result_.output, HasSubstr(" 0 mismatches"));
    const std::string now = contents(file("report.json"));
    if (!before.empty()) {
      EXPECT_EQ(now, before);
    }
    before = now;
  }
}

// A scenario with a thread that is killed, on both kinds of locks. The thread on core 1 is the
// first one to have the lock, then comes the one on core 2: core 0 has to start the others.
class Kill : public Fault, public testing::WithParamInterface<const char *> {
 protected:
  void run_threads(const std::string &threads, const std::string &thread, unsigned after) {
    result_ = run(scenario("cores: 3\nthreads:\n" + threads + "faults: [{kill_thread: {thread: " +
                           thread + ", after: " + std::to_string(after) + "}}]\n") +
                  " --lock " + GetParam() + " --json " + file("report.json"));
    report_ = nlohmann::json::parse(contents(file("report.json")));
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_THAT(result_.output, Not(HasSubstr("deleted while owned")));
  }
  nlohmann::json thread(const std::string &name) const {
    for (const nlohmann::json &thread : report_["threads"]) {
      if (thread["name"] == name) return thread;
    }
    ADD_FAILURE() << "no thread " << name;
    return {};
  }
  uint64_t acquired(const std::string &name) const { return thread(name)["acquisitions"]; }
  uint64_t waited(const std::string &name) const { return thread(name)["waiting_clocks"]["max"]; }
};

INSTANTIATE_TEST_SUITE_P(On, Kill, testing::Values("hardware", "software"),
                         [](const auto &info) { return std::string(info.param); });

TEST_P(Kill, OfAnOwnerLetsTheNextWaiterRunWithin600Clocks) {
  run_threads(
      "  - {name: owner, core: 1, hold_clocks: 100000, recursion: 3}\n"
      "  - {name: next, core: 2}\n",
      "owner", 5000);
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_THAT(what(), HasSubstr("exclusively 3 times; waits cancelled: 0"));
  EXPECT_TRUE(thread("owner")["killed"]);
  EXPECT_EQ(acquired("next"), 1u);
  EXPECT_LE(report_["clocks"].get<uint64_t>(), 5600u) << "the end of next, and of the run";
}

TEST_P(Kill, OfTheOnlyWriterBetweenReadersLetsThoseBehindItIn) {
  run_threads(
      "  - {name: owner, core: 1, do: shared, hold_clocks: 20000}\n"
      "  - {name: writer, core: 2}\n"
      "  - {name: behind, core: 0, do: shared, count: 2}\n",
      "writer", 5000);
  EXPECT_THAT(what(), HasSubstr("owned nothing; waits cancelled: 1"));
  EXPECT_EQ(acquired("writer"), 0u);
  EXPECT_LT(waited("behind.0"), 5000u);
  EXPECT_LT(waited("behind.1"), 5000u);
}

TEST_P(Kill, OfAReaderThatWaitsLeavesTheOthersInTheBatch) {
  run_threads(
      "  - {name: owner, core: 1, hold_clocks: 9000}\n"
      "  - {name: reader, core: 2, count: 3, do: shared}\n",
      "reader.1", 5000);
  EXPECT_THAT(what(), HasSubstr("owned nothing; waits cancelled: 1"));
  EXPECT_EQ(acquired("reader.1"), 0u);
  EXPECT_EQ(acquired("reader.0"), 1u);
  EXPECT_EQ(acquired("reader.2"), 1u);
}

// Clock by clock: before the hand-off it waits, then it owns without having run, then it runs.
TEST_P(Kill, AroundAHandOffIsDrainedInEachClock) {
  const std::string threads =
      "  - {name: owner, core: 1, hold_clocks: 4000}\n"
      "  - {name: next, core: 2, hold_clocks: 4000}\n"
      "  - {name: last, core: 0}\n";
  unsigned waiting = 0, owning = 0;
  for (unsigned after = 4520; after < 4640; after += 2) {
    run_threads(threads, "next", after);
    waiting += what().find("cancelled: 1") != std::string::npos;
    owning += what().find("exclusively; waits cancelled: 0") != std::string::npos;
    EXPECT_EQ(acquired("last"), 1u) << after;
  }
  EXPECT_GT(waiting, 0u);
  EXPECT_GT(owning, 0u);
}

TEST_P(Kill, BeforeItsBirthIsAtItsBirthAndAfterItsEndIsNothing) {
  const std::string threads = "  - {name: a, core: 1}\n  - {name: b, core: 1}\n";
  run_threads(threads, "a", 0);
  EXPECT_EQ(outcome(), "harmless");
  EXPECT_EQ(acquired("a"), 0u);
  run_threads(threads, "a", 3000);
  EXPECT_EQ(outcome(), "did not strike");
}

class ResetInAWait : public Fault, public testing::WithParamInterface<const char *> {
 protected:
  // Of three cores with these threads. *told: it held a spin lock, and that is what the bug check
  // says.
  void reset_core_2(const std::string &threads, unsigned after, bool *told) {
    result_ =
        run(scenario("cores: 3\nthreads:\n" + threads +
                     "faults: [{reset_core: {core: 2, after: " + std::to_string(after) + "}}]\n") +
            " --lock " + GetParam() + " --json " + file("report.json"));
    *told = result_.exit_code == 1;
    if (*told) {
      EXPECT_THAT(result_.output, HasSubstr("routine  a reset of the core, which held a spin"));
      return;
    }
    ASSERT_EQ(result_.exit_code, 0) << after << '\n' << result_.output;
    EXPECT_THAT(result_.output, Not(HasSubstr("deleted while owned")));
    report_ = nlohmann::json::parse(contents(file("report.json")));
  }
};

INSTANTIATE_TEST_SUITE_P(On, ResetInAWait, testing::Values("hardware", "software"),
                         [](const auto &info) { return std::string(info.param); });

// Core 1 is reset while it does that access. b is the thread that runs there.
class Reset : public Fault {
 protected:
  void run_with_reset_in(const std::string &words) {
    access_that_is(words);
    const uint64_t clock = report_["faults"][0]["clock"];
    run_with("reset_core: {core: 1, after: " + std::to_string(clock + 1) + "}");
  }
  void expect_b_lost_and_a_done() {
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_EQ(outcome(), "harmless");
    EXPECT_THAT(what(), HasSubstr("thread 3 (b), which owned "));
    EXPECT_TRUE(report_["threads"][2]["killed"]);
    EXPECT_EQ(report_["threads"][1]["acquisitions"].get<int>(), 20);
  }
};

// The arbiter carries it out, and nobody on the core knows.
TEST_F(Reset, InAnAcquireGivesUpWhatItGot) {
  run_with_reset_in("ENTER_ACQUIRE_EXCLUSIVE of lock 0");
  expect_b_lost_and_a_done();
  EXPECT_THAT(what(), testing::AnyOf(HasSubstr("owned lock 0"), HasSubstr("cancelled: 1")));
}

TEST_F(Reset, InAReleaseLeavesTheLockToTheNext) {
  run_with_reset_in("RELEASE_AND_LEAVE of lock 0");
  expect_b_lost_and_a_done();
  EXPECT_THAT(what(), HasSubstr("owned nothing; waits cancelled: 0"));
}

// The thread goes on with the lock: nobody but it loses anything.
TEST_F(Reset, InTheRemovalOfAGrantGivesUpTheLock) {
  options_ = " --commands write";
  run_with_reset_in("GRANT = ");
  expect_b_lost_and_a_done();
  EXPECT_THAT(what(), HasSubstr("owned lock 0 exclusively; waits cancelled: 0"));
}

TEST_F(Reset, InTheReadThatTakesAGrantGivesUpTheLock) {
  run_with_reset_in("read of TAKE");
  expect_b_lost_and_a_done();
  EXPECT_THAT(what(), HasSubstr("owned lock 0 exclusively; waits cancelled: 0"));
}

TEST_F(Reset, WhileItsThreadsWaitLosesNobody) {
  run_with("reset_core: {core: 1, after: 0}");  // before it has any
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_EQ(what(), "it was idle");
  const uint64_t without = report_["clocks"];
  // The hand-offs go back and forth, so in most clocks one of the two cores idles.
  unsigned idle = 0;
  for (unsigned after = 1500; after < 3500; after += 100) {
    run_with("reset_core: {core: 1, after: " + std::to_string(after) + "}");
    if (what() != "it was idle" || outcome() == "named") continue;
    ++idle;
    EXPECT_EQ(result_.exit_code, 0) << result_.output;
    EXPECT_EQ(report_["threads"][2]["acquisitions"].get<int>(), 20) << after;
    EXPECT_LT(report_["clocks"].get<uint64_t>(), without + 300);
  }
  EXPECT_GT(idle, 3u);
}

// Not when the burst of accesses ends in which it is.
TEST_F(Reset, EndsAHostileProgramInItsAccess) {
  const auto attack = [this](const std::string &faults) {
    result_ =
        run(scenario("cores: 2\nthreads:\n  - {name: a, core: 0, loop: 20}\nfaults: [{hostile: "
                     "{core: 1, accesses: 1000, after: 1000}}" +
                     faults + "]\n") +
            " --json " + file("report.json"));
    report_ = nlohmann::json::parse(contents(file("report.json")));
  };
  attack("");
  const uint64_t first = report_["faults"][0]["clock"];
  attack(", {reset_core: {core: 1, after: " + std::to_string(first + 1) + "}}");
  EXPECT_EQ(result_.exit_code, 0) << result_.output;
  EXPECT_THAT(what(), testing::StartsWith("1 accesses, "));
  EXPECT_THAT(std::string(report_["faults"][1]["what"]), HasSubstr("(hostile.1), which owned "));
}

// From before the wait to behind the hand-off: what is lost is who ran.
TEST_P(ResetInAWait, LosesTheWaiterOnlyWhereItRuns) {
  unsigned kept = 0, lost = 0;
  for (unsigned after = 600; after < 1080; after += 2) {
    bool told = false;
    ASSERT_NO_FATAL_FAILURE(
        reset_core_2("  - {name: owner, core: 1, hold_clocks: 300}\n"
                     "  - {name: waiter, core: 2, hold_clocks: 100}\n"
                     "  - {name: last, core: 0}\n",
                     after, &told));
    if (told) continue;
    const nlohmann::json &waiter = report_["threads"][2];
    EXPECT_EQ(report_["threads"][3]["acquisitions"], 1) << after;
    ++(waiter.contains("killed") ? lost : kept);
    if (what() == "it was idle") {
      EXPECT_EQ(waiter["acquisitions"], 1) << after;
    }
  }
  EXPECT_GT(kept, 100u);
  EXPECT_GT(lost, 20u);
}

// The core idles in the context of the first of the two, also when the second one has begun to
// wait.
TEST_P(ResetInAWait, OfTwoLosesTheOneThatRunsAtMost) {
  unsigned both = 0, one = 0;
  for (unsigned after = 600; after < 1500; after += 7) {
    bool told = false;
    ASSERT_NO_FATAL_FAILURE(
        reset_core_2("  - {name: owner, core: 1, hold_clocks: 400}\n"
                     "  - {name: first, core: 2, hold_clocks: 100}\n"
                     "  - {name: second, core: 2, hold_clocks: 100}\n"
                     "  - {name: last, core: 0}\n",
                     after, &told));
    if (told) continue;
    unsigned lost = 0;
    for (const unsigned thread : {2, 3}) {
      const nlohmann::json &waiter = report_["threads"][thread];
      lost += waiter.contains("killed");
      EXPECT_TRUE(waiter.contains("killed") || waiter["acquisitions"] == 1) << after;
    }
    EXPECT_LE(lost, what() == "it was idle" ? 0u : 1u) << after;
    EXPECT_EQ(report_["threads"][4]["acquisitions"], 1) << after;
    ++(lost == 0 ? both : one);
  }
  EXPECT_GT(both, 40u);
  EXPECT_GT(one, 10u);
}

TEST_F(Reset, OfACoreThatHoldsASpinLockIsABugCheck) {
  run_with_reset_in("write of 0x2004008");  // the timer, set under the dispatcher's lock
  EXPECT_EQ(result_.exit_code, 1) << result_.output;
  EXPECT_THAT(result_.output, HasSubstr("*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION (0x0, 0x0, "
                                        "0x0, 0x1)\n    routine  a reset of the core, which held a "
                                        "spin lock\n"));
  EXPECT_THAT(result_.output, HasSubstr("    core     1\n"));
  EXPECT_EQ(outcome(), "named");
}

TEST_F(Reset, WhileItEndsTheLostThreadIsFollowedUp) {
  unsigned twice = 0;
  for (unsigned later = 0; later < 160; later += 4) {
    run_with("reset_core: {core: 1, after: 1000}}, {reset_core: {core: 1, after: " +
             std::to_string(1000 + later) + "}");
    if (result_.exit_code == 1) continue;  // it held a spin lock
    EXPECT_EQ(result_.exit_code, 0) << later << result_.output;
    EXPECT_TRUE(report_["threads"][2]["ended"]) << later;
    EXPECT_EQ(report_["threads"][1]["acquisitions"].get<int>(), 20) << later;
    twice += report_["faults"][1]["what"] == what();
  }
  EXPECT_GT(twice, 1u);
}

// The interrupt that brings the news of a killed thread is being taken.
TEST_F(Reset, DoesNotForgetWhoWasKilled) {
  unsigned whole = 0;
  for (unsigned later = 0; later < 40; later += 3) {
    result_ = run(scenario("cores: 3\nthreads:\n"
                           "  - {name: waiter, core: 1, loop: 100, hold_clocks: 50}\n"
                           "  - {name: owner, core: 2, hold_clocks: 9000}\n"
                           "faults: [{reset_core: {core: 1, after: " +
                           std::to_string(5000 + later) +
                           "}}, {kill_thread: {thread: waiter, after: 5000}}]\n") +
                  " --json " + file("report.json"));
    if (result_.exit_code == 1) continue;  // it held a spin lock
    report_ = nlohmann::json::parse(contents(file("report.json")));
    EXPECT_THAT(std::string(report_["faults"][1]["what"]), HasSubstr("waits cancelled: 1"))
        << later;
    ++whole;
  }
  EXPECT_GT(whole, 3u);
}

// A swap that takes the lock is carried out and answered with an error, which nobody gets.
TEST_F(Reset, InASwapWithABusErrorIsABugCheckToo) {
  unsigned named = 0;
  for (unsigned number = 1; number < 40; ++number) {
    const std::string access = std::to_string(number);
    run_with("bus_stall: {core: 1, access: " + access + ", clocks: 1}");
    if (what() != "atomic of 0x80000000") continue;
    const uint64_t clock = report_["faults"][0]["clock"];
    run_with("reset_core: {core: 1, after: " + std::to_string(clock + 1) +
             "}}, {bus_error: {core: 1, access: " + access + ", carried_out: true}");
    EXPECT_THAT(result_.exit_code, testing::AnyOf(0, 1)) << "the lock is nobody's";
    named += result_.output.find("routine  a reset of the core, which held") != std::string::npos;
  }
  EXPECT_GT(named, 0u);
}

// Clock by clock, in a machine that is busy with two locks: a run ends, with all that the others
// had to do, or it names the core, or it says who waits for the first thread, which is on core 0.
class AnyClock : public Fault, public testing::WithParamInterface<std::tuple<const char *, int>> {};

INSTANTIATE_TEST_SUITE_P(Of, AnyClock,
                         testing::Combine(testing::Values("hardware", "software"),
                                          testing::Values(0, 1)),
                         [](const auto &info) {
                           return std::string(std::get<0>(info.param)) + "OnCore" +
                                  std::to_string(std::get<1>(info.param));
                         });

TEST_P(AnyClock, IsFitForAReset) {
  const auto [lock, core] = GetParam();
  unsigned lost = 0, whole = 0, named = 0;
  for (unsigned after = 300; after < 1500; after += 17) {
    result_ = run(scenario("cores: 2\nlocks: 2\nthreads:\n"
                           "  - {name: a, core: 0, loop: 4, hold_clocks: 60, locks: any}\n"
                           "  - {name: b, core: 1, loop: 4, hold_clocks: 30, locks: any}\n"
                           "  - {name: c, core: 1, count: 2, loop: 4, do: shared, locks: any,\n"
                           "     rest_clocks: 50}\n"
                           "faults: [{reset_core: {core: " +
                           std::to_string(core) + ", after: " + std::to_string(after) + "}}]\n") +
                  " --lock " + lock + " --json " + file("report.json"));
    report_ = nlohmann::json::parse(contents(file("report.json")));
    if (result_.exit_code == 1) {
      EXPECT_THAT(result_.output, HasSubstr("routine  a reset of the core, which held a spin"));
      ++named;
      continue;
    }
    const bool first_lost = report_["threads"][0].contains("killed");
    if (result_.exit_code == 3) {
      EXPECT_TRUE(first_lost) << result_.output;
      continue;
    }
    ASSERT_EQ(result_.exit_code, 0) << after << '\n' << result_.output;
    EXPECT_THAT(result_.output, Not(HasSubstr("deleted while owned")));
    for (const nlohmann::json &thread : report_["threads"]) {
      if (thread["name"] == "main" || thread.contains("killed")) continue;
      EXPECT_EQ(thread["acquisitions"].get<int>(), 4) << after << thread["name"];
    }
    ++(what().find("which owned") == std::string::npos ? whole : lost);
  }
  EXPECT_GT(lost, 5u);
  EXPECT_GT(whole, 0u);
  EXPECT_GT(named, 5u);
}

// The workload looks at the ERESOURCE in the end, and nobody has used it since.
TEST_P(AnyClock, LetsTheLastOwnerLeaveTheLockFree) {
  const auto [lock, core] = GetParam();
  unsigned lost = 0;
  for (unsigned after = 400; after < 800; after += 5) {
    result_ = run(scenario("cores: 2\nthreads: [{core: " + std::to_string(core) +
                           ", loop: 3}]\nfaults: [{reset_core: {core: " + std::to_string(core) +
                           ", after: " + std::to_string(after) + "}}]\n") +
                  " --lock " + lock);
    EXPECT_THAT(result_.output, Not(HasSubstr("MANUALLY_INITIATED_CRASH"))) << after;
    lost +=
        result_.exit_code == 0 && result_.output.find("(thread0) was lost") != std::string::npos;
  }
  EXPECT_GT(lost, 5u);
}

}  // namespace
}  // namespace lockarb
