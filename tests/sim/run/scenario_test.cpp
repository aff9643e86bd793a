// SPDX-License-Identifier: Apache-2.0
#include "sim/run/scenario.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <string>

#include "lockarb_threads.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ScenarioFile : public testing::Test {
 protected:
  ~ScenarioFile() override { std::remove(path_.c_str()); }

  Scenario read(const std::string &text, const std::string &sizes = "") {
    std::ofstream(path_) << text;
    return read_scenario(path_, sizes);
  }
  std::string message(const std::string &text) {
    try {
      read(text);
    } catch (const ScenarioError &error) {
      return error.what();
    }
    return "(accepted)";
  }
  std::string at(int line) const { return path_ + ":" + std::to_string(line) + ": "; }

 private:
  static std::string path_of_test() {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::replace(name.begin(), name.end(), '/', '_');
    return testing::TempDir() + "scenario_" + name + ".yaml";
  }

  const std::string path_ = path_of_test();
};

TEST_F(ScenarioFile, FillsInWhatIsNotGiven) {
  const Scenario scenario = read("threads:\n  - {}\n");
  EXPECT_EQ(scenario.name, "scenario_FillsInWhatIsNotGiven");
  EXPECT_EQ(scenario.cores, 4u);
  EXPECT_EQ(scenario.locks, 1u);
  EXPECT_EQ(scenario.seed, 1u);
  ASSERT_EQ(scenario.threads.size(), 1u);
  const workload_thread &thread = scenario.threads[0];
  EXPECT_STREQ(thread.name, "thread0");
  EXPECT_EQ(thread.core, WORKLOAD_ANY_CORE);
  EXPECT_EQ(thread.priority, 8);
  EXPECT_EQ(thread.loop, 1u);
  EXPECT_EQ(thread.exclusive, 1u);
  EXPECT_EQ(thread.shared, 0u);
  EXPECT_EQ(thread.recursion, 1u);
  EXPECT_EQ(thread.hold.max, 0u);
  EXPECT_EQ(thread.apc, WORKLOAD_NO_APC);
}

TEST_F(ScenarioFile, SaysWhatItsLocksStandOn) {
  EXPECT_EQ(read("lock: hardware\norder: readers_first\nthreads: [{}]\n").resource_flags, 0u);
  EXPECT_EQ(read("lock: software\nthreads: [{}]\n").resource_flags,
            unsigned{LOCKARB_RESOURCE_SOFTWARE});
  EXPECT_EQ(read("order: writer_first\nthreads: [{}]\n").resource_flags,
            unsigned{LOCKARB_RESOURCE_WRITER_FIRST});
}

TEST_F(ScenarioFile, SaysTheSizesOfTheArbiter) {
  const std::string text =
      "arbiter: {cores: 2, threads: 8, locks: 300}\nlocks: 300\nthreads: [{}]\n";
  const Scenario scenario = read(text);
  EXPECT_EQ(scenario.arbiter.cores, 2u);
  EXPECT_EQ(scenario.arbiter.threads, 8u);
  EXPECT_EQ(scenario.arbiter.locks, 300u);
  EXPECT_EQ(scenario.arbiter.hold_width, model_size().hold_width) << "it is not named";
  EXPECT_EQ(scenario.cores, 2u) << "it has no more";
  EXPECT_EQ(scenario.locks, 300u);
}

TEST_F(ScenarioFile, SizesOfTheCommandLineComeFirst) {
  const std::string text = "arbiter: {cores: 2, threads: 8}\ncores: 3\nthreads: [{}]\n";
  EXPECT_THAT(message(text), HasSubstr("cores: \"3\" is not a whole number from 1 to 2"));
  const Scenario scenario = read(text, "cores=3,statistics=0");
  EXPECT_EQ(scenario.arbiter.cores, 3u);
  EXPECT_EQ(scenario.arbiter.threads, 8u);
  EXPECT_FALSE(scenario.arbiter.statistics);
}

TEST_F(ScenarioFile, SaysHowLongAWaitKeepsItsCore) {
  EXPECT_EQ(read("threads: [{}]\n").patience, 0u);
  EXPECT_EQ(read("patience_clocks: 300\nthreads: [{}]\n").patience, 300u);
}

TEST_F(ScenarioFile, ReplicatesAThread) {
  const Scenario scenario = read(
      "locks: 3\nthreads:\n  - {name: r, count: 3, loop: 5, locks: any}\n  - {name: w, apcs: "
      "{period: 10, target: r}}\n");
  ASSERT_EQ(scenario.threads.size(), 4u);
  EXPECT_STREQ(scenario.threads[2].name, "r.2");
  EXPECT_EQ(scenario.threads[2].lock_count, 3u);
  EXPECT_NE(scenario.threads[0].seed, scenario.threads[1].seed);
  EXPECT_EQ(scenario.threads[3].apc, WORKLOAD_NORMAL_APC);
  EXPECT_EQ(scenario.threads[3].apc_target, 0);
  EXPECT_EQ(scenario.loops, 16u);
}

TEST_F(ScenarioFile, TakesWeightsAndRanges) {
  const Scenario scenario = read(
      "threads: [{do: {exclusive: 1, shared: 9}, hold_clocks: {min: 5, max: 7}, think_clocks: 3}]");
  EXPECT_EQ(scenario.threads[0].shared, 9u);
  EXPECT_EQ(scenario.threads[0].hold.min, 5u);
  EXPECT_EQ(scenario.threads[0].hold.max, 7u);
  EXPECT_EQ(scenario.threads[0].think.min, 3u);
}

struct Bad {
  const char *name;
  const char *text;
  int line;
  const char *key;
  const char *why;
};

void PrintTo(const Bad &bad, std::ostream *stream) { *stream << bad.name; }

class BadScenario : public ScenarioFile, public testing::WithParamInterface<Bad> {};

TEST_P(BadScenario, NamesFileLineKeyValueAndCure) {
  EXPECT_THAT(
      message(GetParam().text),
      AllOf(HasSubstr(at(GetParam().line)), HasSubstr(GetParam().key), HasSubstr(GetParam().why)));
}

const Bad kBad[] = {
    {"UnknownKey", "cores: 2\nthread: []\n", 2, "thread:", "did you mean \"threads\"?"},
    {"UnknownThreadKey", "threads:\n  - {core: 0,\n     holdclocks: 3}\n", 3,
     "threads[0].holdclocks", "did you mean \"hold_clocks\"?"},
    {"FarUnknownKey", "threads: [{}]\nbanana: 1\n", 2, "banana", "one of: name, seed, cores"},
    {"TwiceGiven", "cores: 2\nthreads: [{}]\ncores: 3\n", 3, "cores", "given twice"},
    {"NoThreads", "cores: 2\n", 1, "threads", "at least one thread"},
    {"EmptyFile", "", 1, "must be a mapping", "of key: value"},
    {"ThreadsTooManyInAll", "threads:\n  - {count: 9999}\n  - {count: 2}\n", 3, "threads[1].count",
     "more than 10000 threads in all"},
    {"EmptyThreads", "cores: 2\nthreads: []\n", 2, "threads", "at least one thread"},
    {"ThreadIsNoMapping", "threads:\n  - 17\n", 2, "threads[0]", "must be a mapping"},
    {"CoresTooMany", "cores: 99\nthreads: [{}]\n", 1, "cores",
     "\"99\" is not a whole number from 1 to"},
    {"CoresNegative", "cores: -1\nthreads: [{}]\n", 1, "cores", "\"-1\" is not a whole number"},
    {"CoresNoNumber", "cores: four\nthreads: [{}]\n", 1, "cores", "\"four\" is not"},
    {"ArbiterWithTooManyThreads", "cores: 2\narbiter: {threads: 512}\nthreads: [{}]\n", 2,
     "arbiter.threads", "\"512\" is not a whole number from 2 to 511"},
    {"ArbiterWithAnUnknownSize", "arbiter: {thread: 8}\nthreads: [{}]\n", 1, "arbiter.thread",
     "did you mean \"threads\"?"},
    {"ArbiterIsNoMapping", "arbiter: 8\nthreads: [{}]\n", 1, "arbiter", "must be a mapping"},
    {"CoresThatTheArbiterHasNot", "arbiter: {cores: 2}\ncores: 3\nthreads: [{}]\n", 2, "cores",
     "\"3\" is not a whole number from 1 to 2"},
    {"LocksThatTheArbiterHasNot", "arbiter: {locks: 2}\nlocks: 3\nthreads: [{}]\n", 2, "locks",
     "\"3\" is not a whole number from 1 to 2"},
    {"LocksNone", "locks: 0\nthreads: [{}]\n", 1, "locks", "\"0\" is not a whole number from 1"},
    {"UnknownLockKind", "lock: softwear\nthreads: [{}]\n", 1, "lock", "did you mean \"software\"?"},
    {"UnknownOrder", "threads: [{}]\norder: fifo\n", 2, "order",
     "one of: readers_first, writer_first"},
    {"CoreOutside", "cores: 2\nthreads: [{core: 2}]\n", 2, "threads[0].core",
     "\"2\" is not a whole number from 0 to 1"},
    {"PatienceOutside", "patience_clocks: 100001\nthreads: [{}]\n", 1, "patience_clocks",
     "from 0 to 100000"},
    {"PriorityOutside", "threads: [{priority: 32}]\n", 1, "priority", "from 1 to 31"},
    {"LoopZero", "threads: [{loop: 0}]\n", 1, "threads[0].loop", "from 1"},
    {"UnknownDo", "threads: [{do: exklusive}]\n", 1, "threads[0].do",
     "did you mean \"exclusive\"?"},
    {"UnknownWeight", "threads: [{do: {exclusiv: 1}}]\n", 1, "threads[0].do.exclusiv",
     "did you mean \"exclusive\"?"},
    {"NoWeight", "threads: [{do: {exclusive: 0}}]\n", 1, "threads[0].do", "do: nothing"},
    {"LockOutside", "locks: 2\nthreads: [{lock: 2}]\n", 2, "threads[0].lock", "from 0 to 1"},
    {"LockInListOutside", "locks: 2\nthreads: [{locks: [0, 7]}]\n", 2, "threads[0].locks",
     "\"7\" is not"},
    {"LockListEmpty", "threads: [{locks: []}]\n", 1, "threads[0].locks", "the list is empty"},
    {"LockAndLocks", "threads: [{lock: 0, locks: any}]\n", 1, "threads[0].locks", "keep one"},
    {"RangeUpsideDown", "threads: [{hold_clocks: {min: 9, max: 3}}]\n", 1, "threads[0].hold_clocks",
     "swap them"},
    {"RangeHalf", "threads: [{think_clocks: {min: 9}}]\n", 1, "threads[0].think_clocks",
     "both min and max"},
    {"UnknownFault", "threads: [{}]\nfaults:\n  - buserror: {core: 0}\n", 3, "faults[0].buserror",
     "did you mean \"bus_error\"?"},
    {"FaultsNoList", "threads: [{}]\nfaults: {bus_error: {core: 0}}\n", 2, "faults",
     "must be a list"},
    {"TwoFaultsInOne",
     "threads: [{}]\nfaults:\n  - {bus_error: {core: 0, access: 1}, lost_interrupt: {core: 0, "
     "after: 1}}\n",
     3, "faults[0]", "a dash of its own"},
    {"FaultWithoutCore", "threads: [{}]\nfaults: [{lost_interrupt: {after: 1}}]\n", 2,
     "faults[0].lost_interrupt.core", "is missing"},
    {"FaultOfAnotherCore",
     "cores: 2\nthreads: [{}]\nfaults: [{lost_interrupt: {core: 2, after: 1}}]\n", 3,
     "faults[0].lost_interrupt.core", "from 0 to 1"},
    {"FaultInAccessZero", "threads: [{}]\nfaults: [{bus_error: {core: 0, access: 0}}]\n", 2,
     "faults[0].bus_error.access", "from 1"},
    {"FlipInARamWithoutParity",
     "threads: [{}]\nfaults: [{flip_bit: {ram: grant_link, slot: 0, bit: 0, after: 1}}]\n", 2,
     "faults[0].flip_bit.ram", "one of: row, hold,"},
    {"FlipWithoutARam", "threads: [{}]\nfaults: [{flip_bit: {lock: 0, bit: 0, after: 1}}]\n", 2,
     "faults[0].flip_bit.ram", "is missing; one of: row, hold,"},
    {"FlipInTheRowOfASlot",
     "threads: [{}]\nfaults: [{flip_bit: {ram: row, lock: 0, slot: 0, bit: 0, after: 1}}]\n", 2,
     "faults[0].flip_bit.slot", "take slot away"},
    {"FlipInTheThreadOfALock",
     "threads: [{}]\nfaults: [{flip_bit: {ram: thread, lock: 0, bit: 0, after: 1}}]\n", 2,
     "faults[0].flip_bit.lock", "say slot"},
    {"FlipInALockTooHigh",
     "locks: 3\nthreads: [{}]\nfaults: [{flip_bit: {ram: row, lock: 3, bit: 0, after: 1}}]\n", 3,
     "faults[0].flip_bit.lock", "from 0 to 2"},
    {"FlipOfABitTooHigh",
     "threads: [{}]\nfaults: [{flip_bit: {ram: hold, lock: 0, slot: 0, bit: 9, after: 1}}]\n", 2,
     "faults[0].flip_bit.bit", "from 0 to 8"},
    {"HostileWithoutAccesses", "threads: [{}]\nfaults: [{hostile: {core: 0}}]\n", 2,
     "faults[0].hostile.accesses", "is missing"},
    {"HostileWithALockWithoutPrivilege",
     "threads: [{}]\nfaults: [{hostile: {core: 0, accesses: 9, lock: 3}}]\n", 2,
     "faults[0].hostile.lock", "privileged: true"},
    {"HostileWithALockOfTheThreads",
     "locks: 4\nthreads: [{}]\nfaults: [{hostile: {core: 0, accesses: 9, privileged: true, lock: "
     "3}}]\n",
     3, "faults[0].hostile.lock", "from 4 to "},
    {"HostileWithALockBehindManyThreads",
     "threads: [{count: 60}]\nfaults: [{hostile: {core: 0, accesses: 9, privileged: true, lock: "
     "3}}]\n",
     2, "faults[0].hostile.lock", "more than 59 threads"},
    {"HostileWithALockBehindFewSlots",
     "arbiter: {threads: 3}\nthreads: [{}]\nfaults: [{hostile: {core: 0, accesses: 9, privileged: "
     "true, lock: 3}}]\n",
     3, "faults[0].hostile.lock", "give the arbiter more"},
    {"HostileThatTheArbiterDoesNotCheck",
     "arbiter: {check_user: 0}\nthreads: [{}]\nfaults: [{hostile: {core: 0, accesses: 9}}]\n", 3,
     "faults[0].hostile.core", "check_user: 0"},
    {"TwoHostilesOnACore",
     "threads: [{}]\nfaults:\n  - hostile: {core: 0, accesses: 9}\n  - hostile: {core: 0, "
     "accesses: "
     "9}\n",
     4, "faults[1].hostile.core", "keep one"},
    {"KeyOfAnotherFault", "threads: [{}]\nfaults: [{bus_error: {core: 0, acces: 1}}]\n", 2,
     "faults[0].bus_error.acces", "did you mean \"access\"?"},
    {"KillOfNobody", "threads: [{}]\nfaults: [{kill_thread: {after: 1}}]\n", 2,
     "faults[0].kill_thread.thread", "give the name of a thread"},
    {"KillOfAnUnknownThread",
     "threads: [{name: writer, count: 2}]\nfaults: [{kill_thread: {thread: writer, after: 1}}]\n",
     2, "faults[0].kill_thread.thread", "did you mean \"writer.0\"?"},
    {"KillAtNoTime", "threads: [{name: a}]\nfaults: [{kill_thread: {thread: a}}]\n", 2,
     "faults[0].kill_thread.after", "is missing"},
    {"TryNoTruth", "threads: [{try: maybe}]\n", 1, "threads[0].try", "neither true nor false"},
    {"NameTwice", "threads: [{name: a}, {name: a}]\n", 1, "threads[1].name", "taken"},
    {"NameLong", "threads: [{name: a_name_that_is_too_long_for_a_thread}]\n", 1, "threads[0].name",
     "longer than 31"},
    {"NameWithNul", "threads: [{name: \"a\\0b\"}]\n", 1, "threads[0].name",
     "has a control character"},
    {"NameWithC1", "cores: 2\nthreads: [{name: \"\\u009b31m\"}]\n", 2, "threads[0].name",
     "\"?31m\" has a control character"},
    {"NameWithOverride", "threads: [{name: \"a\\u202eb\"}]\n", 1, "threads[0].name",
     "\"a?b\" has a control character"},
    {"NameWithIsolate", "threads: [{name: \"\\u2066\"}]\n", 1, "threads[0].name",
     "\"?\" has a control character"},
    {"RunNameWithC1", "name: \xC2\x85x\nthreads: [{}]\n", 1, "name", "has a control character"},
    {"KeyWithOverride", "threads: [{}]\n\xE2\x80\xAE: 1\n", 2, "?: no such key", ""},
    {"NotUtf8InAName", "cores: 2\nthreads: [{name: \"\xC3(\"}]\n", 2, "byte 0xc3 is not UTF-8",
     "save the file as UTF-8"},
    {"Latin1", "name: \xFF\xFC\nthreads: [{name: a}]\n", 1, "byte 0xff is not UTF-8", ""},
    {"NotUtf8InAComment", "threads: [{}]\n\n# \xE4\n", 3, "byte 0xe4 is not UTF-8", ""},
    {"Overlong", "threads: [{}]\n# \xC0\x80\n", 2, "byte 0xc0 is not UTF-8", ""},
    {"SurrogateInUtf8", "threads: [{}]\n# \xED\xA0\x80\n", 2, "byte 0xed is not UTF-8", ""},
    {"Utf8CutOff", "threads: [{}]\n# \xE2\x82", 2, "byte 0xe2 is not UTF-8", ""},
    {"SecondDocument", "threads: [{}]\n---\nthreads: [{}]\n", 2, "a second document begins",
     "take away the ---"},
    {"SecondDocumentIsEmpty", "threads: [{}]\n---\n", 2, "a second document begins", ""},
    {"SecondDocumentAfterAnEnd", "threads: [{}]\n...\nthreads: [{}]\n", 3,
     "a second document begins", ""},
    {"AliasInsideItself", "threads: &a [*a]\n", 1, "an alias stands inside", ""},
    {"ApcKind", "threads: [{apcs: {kind: norml, period: 5}}]\n", 1, "threads[0].apcs.kind",
     "did you mean \"normal\"?"},
    {"ApcPeriodMissing", "threads: [{apcs: {kind: normal}}]\n", 1, "threads[0].apcs.period",
     "is missing"},
    {"ApcTarget", "threads: [{name: writer, apcs: {period: 5, target: writr}}]\n", 1,
     "threads[0].apcs.target", "did you mean \"writer\"?"},
    {"NotYaml", "cores: 2\nthreads: [\n", 3, "not YAML", ""},
    {"NulInAWord", "threads: [{name: writer, apcs: {period: 5, target: \"x\\0y\"}}]\n", 1,
     "threads[0].apcs.target", "\"x?y\" has a control character"},
};

INSTANTIATE_TEST_SUITE_P(Messages, BadScenario, testing::ValuesIn(kBad),
                         [](const auto &info) { return info.param.name; });

TEST_F(ScenarioFile, TakesOneDocumentHoweverItIsMarked) {
  EXPECT_EQ(read("---\nthreads: [{}]\n...\n").threads.size(), 1u);
  EXPECT_EQ(read("\xEF\xBB\xBFthreads: [{name: \"caf\xC3\xA9\"}]\n").threads.size(), 1u);
}

TEST_F(ScenarioFile, TakesAnAlias) {
  EXPECT_EQ(read("threads: [&a {count: 2, think_clocks: 5}, {hold_clocks: &n 4, rest_clocks: *n}]")
                .threads.size(),
            3u);
}

double seconds_of(const std::function<void()> &action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string repeated(const std::string &text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

// The limits are looked at while the text is read: none of these takes longer than to find it.
TEST_F(ScenarioFile, RefusesWhatWouldTakeLongAtOnce) {
  const std::string list = "[" + repeated("0,", 250) + "0]";
  const struct {
    std::string text;
    std::string said;
  } kLong[] = {
      {"threads:\n" + repeated("  - {}\n", 1000000),
       at(10002) + "threads: more than 10000 entries in the list"},
      {"threads: [{}]\nfaults:\n" + repeated("  - {}\n", 20000),
       at(10003) + "faults: more than 10000 entries in the list"},
      {"threads:\n" + repeated("  - {}\n", 2500000), "the file goes on behind 8 MiB"},
      {"threads:\n - {locks: &a " + list + "}\n" + repeated(" - {locks: *a}\n", 9000),
       "more than 250000 values in all, where an alias counts"},
      {"threads: [{lock: [" + repeated("0,", 300000) + "]}]\n", "more than 250000 values in all"},
      {"a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
       "d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
       "f: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n",
       "more than 250000 values in all"},
  };
  for (const auto &file : kLong) {
    std::string said;
    // Seconds on a busy host; half a minute when the limit is looked at afterwards.
    EXPECT_LT(seconds_of([&] { said = message(file.text); }), 10) << file.said;
    EXPECT_THAT(said, HasSubstr(file.said));
  }
}

TEST(ScenarioPath, FolderIsNoScenario) {
  try {
    read_scenario("/");
    FAIL();
  } catch (const ScenarioError &error) {
    EXPECT_STREQ(error.what(), "/: is a folder; give the path of a scenario file");
  }
}

TEST(ScenarioPath, EndlessFileIsRefused) {
  try {
    read_scenario("/dev/zero");
    FAIL();
  } catch (const ScenarioError &error) {
    EXPECT_THAT(error.what(), HasSubstr("/dev/zero:1: the file goes on behind 8 MiB"));
  }
}

TEST(ScenarioPath, NameOfTheFileIsTheNameOfTheRunOnlyWhenItIsPlain) {
  for (const char *name : {"bad\xFF", "bad\xC2\x9B"}) {
    const std::string path = testing::TempDir() + name + std::to_string(getpid()) + ".yaml";
    std::ofstream(path) << "threads: [{}]\n";
    try {
      read_scenario(path);
      ADD_FAILURE() << name;
    } catch (const ScenarioError &error) {
      EXPECT_THAT(error.what(), HasSubstr("yaml:1: name: \"bad?"));
    }
    std::ofstream(path) << "name: plain\nthreads: [{}]\n";
    EXPECT_EQ(read_scenario(path).name, "plain");
    std::remove(path.c_str());
  }
}

TEST(ScenarioPath, ThatDoesNotExistIsNamed) {
  try {
    read_scenario("/nowhere/at_all.yaml");
    FAIL();
  } catch (const ScenarioError &error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/at_all.yaml: cannot be read"));
  }
}

}  // namespace
}  // namespace lockarb
