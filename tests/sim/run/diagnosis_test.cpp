// SPDX-License-Identifier: Apache-2.0
// What a program is told about what went wrong: by name and line, and the same in each run.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>

#include "tests/sim/shell.h"

namespace lockarb {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// The kind of locks.
class Diagnosis : public testing::TestWithParam<const char *> {
 protected:
  Result run(const std::string &program, int seed, const std::string &options = "") {
    return shell(std::string(LOCKARB_TEST_PROGRAMS "/") + program + "_program --lock " +
                 GetParam() + " --seed " + std::to_string(seed) + " " + options);
  }
  // "lock 0" and "lock 1" in a text about hardware locks.
  std::string on(const std::string &text) {
    if (std::string(GetParam()) == "hardware") return text;
    return std::regex_replace(std::regex_replace(text, std::regex("lock 0"), "lock 256"),
                              std::regex("lock 1"), "lock 257");
  }
  // All but the host's time, which is told last.
  static std::string without_host_time(const std::string &output) {
    return output.substr(0, output.rfind("host "));
  }
};

INSTANTIATE_TEST_SUITE_P(, Diagnosis, testing::Values("hardware", "software"),
                         [](const auto &info) { return std::string(info.param); });

TEST_P(Diagnosis, TwoRunsPrintTheSameWhateverTheyPointTo) {
  // An address of this host: 44 bits or more, and no negative number.
  const std::string address = "0x[0-9A-Fa-e][0-9A-Fa-f]{11}[^0-9A-Fa-f]";
  const struct {
    const char *program;
    int seeds;
  } programs[] = {{"addresses", 7}, {"diagnosis", 6}, {"regions", 5}, {"order", 3},
                  {"bug_check", 1}, {"stuck", 1},     {"deadlock", 1}};
  for (const auto &p : programs) {
    for (int seed = 1; seed <= p.seeds; ++seed) {
      SCOPED_TRACE(p.program + std::string(", seed ") + std::to_string(seed));
      const std::string options = "--locks=vp --verifier --deadlock-check";
      const std::string first = without_host_time(run(p.program, seed, options).output);
      EXPECT_EQ(first, without_host_time(run(p.program, seed, options).output));
      EXPECT_FALSE(std::regex_search(first, std::regex(address))) << first;
    }
  }
}

TEST_P(Diagnosis, ParametersAreNamedByVariableStackOrNumber) {
  EXPECT_THAT(run("addresses", 1).output,
              HasSubstr("VIOLATION (0x1002, file.resource, 0x0, 0x0)\n"));
  EXPECT_THAT(run("addresses", 2).output,
              ContainsRegex(on("RESOURCE_NOT_OWNED \\(lock 0, stack of thread 1 - 0x[0-9A-F]+, "
                               "0x0, 0x3\\)\n")));
  EXPECT_THAT(run("addresses", 2).output, HasSubstr(on("    lock     ") + on("lock 0").substr(5) +
                                                    " file.resource (addresses_program.c:13)\n"));
  EXPECT_THAT(run("addresses", 3).output, HasSubstr("CRASH (address 1, routine, "));
  EXPECT_THAT(run("addresses", 3).output, HasSubstr(", pool block 1 + 0x8)\n"));
  EXPECT_THAT(run("addresses", 4).output,
              HasSubstr("CRASH (address 1, address 2, address 1, 0x0)"));
  EXPECT_THAT(run("addresses", 5).output, HasSubstr("BAD_POOL_CALLER (0x46, address 1, 0x0, 0x0)"));
  EXPECT_THAT(run("addresses", 7).output, HasSubstr("CRASH (table + 0x186A0, table, 0x0, 0x0)\n"))
      << "a page of zeros, which is not in the program's file";
  EXPECT_THAT(run("addresses", 6).output,
              ContainsRegex("CRASH \\(0xDEADBEEF, 0xF+, file, 0x40000000\\)\n"));
}

TEST_P(Diagnosis, WriterInTheQueueIsInTheCycle) {
  const std::string output = run("diagnosis", 1, "--locks=v").output;
  EXPECT_THAT(
      output,
      HasSubstr(
          on("thread 4 (write) on core 3 waits for lock 0 Tree (diagnosis_program.c:7) shared at "
             "diagnosis_program.c:49 (write), behind thread 3 (flush) exclusively since "
             "diagnosis_program.c:41 (flush), owned by thread 2 (fast_write) shared since "
             "diagnosis_program.c:32 (fast_write)\n")));
  EXPECT_THAT(
      output,
      HasSubstr(on("deadlock: thread 2 (fast_write) holds lock 0 waits lock 1, thread 4 (write) "
                   "holds lock 1 waits lock 0, thread 3 (flush) stands before it at lock 0 waits "
                   "lock 0\n"
                   "    thread 2 waits for lock 1 Fcb (diagnosis_program.c:7) at "
                   "diagnosis_program.c:34 (fast_write); "
                   "thread 4 has it since diagnosis_program.c:47 (write)\n"
                   "    thread 4 waits for lock 0 Tree (diagnosis_program.c:7) at "
                   "diagnosis_program.c:49 (write), behind "
                   "thread 3, which waits at diagnosis_program.c:41 (flush)\n"
                   "    thread 3 waits for lock 0 Tree (diagnosis_program.c:7) at "
                   "diagnosis_program.c:41 (flush); thread "
                   "2 has it since diagnosis_program.c:32 (fast_write)\n")));
  EXPECT_THAT(output, HasSubstr("    Variable Tree (diagnosis_program.c:7)\n"));
  EXPECT_THAT(output, HasSubstr("         2 owns since diagnosis_program.c:32 (fast_write)\n"
                                "         3 waits since diagnosis_program.c:41 (flush)\n"
                                "         4 waits since diagnosis_program.c:49 (write)\n"));
  EXPECT_THAT(run("diagnosis", 1).output, Not(HasSubstr(" owns since ")));
}

TEST_P(Diagnosis, ApcThatIsHeldBackIsTold) {
  EXPECT_THAT(
      run("diagnosis", 2).output,
      HasSubstr(
          "thread 3 (opener) on core 2 waits for an event completed (diagnosis_program.c:10) at "
          "diagnosis_program.c:74 (open_under_fast_mutex)\n"
          "    it owns a fast mutex Header (diagnosis_program.c:8) since diagnosis_program.c:70 "
          "(open_under_fast_mutex)\n"
          "    a special kernel APC is pending, held back by IRQL 1 (APC_LEVEL), "
          "raised at diagnosis_program.c:70 (open_under_fast_mutex)\n"));
  EXPECT_THAT(
      run("diagnosis", 3).output,
      HasSubstr("    it owns a mutex Volume (diagnosis_program.c:9) since diagnosis_program.c:79 "
                "(open_in_region)\n"
                "    a normal kernel APC is pending, held back by a critical region, "
                "entered at diagnosis_program.c:79 (open_in_region)\n"));
}

TEST_P(Diagnosis, WaitInsideOfAnApcIsTold) {
  EXPECT_THAT(
      run("diagnosis", 4).output,
      HasSubstr(
          "thread 3 (opener) on core 2 waits for an event completed (diagnosis_program.c:10) at "
          "diagnosis_program.c:65 (normal), inside the normal routine of a kernel "
          "APC\n"));
}

TEST_P(Diagnosis, MutexesOfACycleAreNamed) {
  EXPECT_THAT(run("diagnosis", 5).output,
              HasSubstr("    thread 2 waits for a mutex Volume (diagnosis_program.c:9) at "
                        "diagnosis_program.c:106 "
                        "(backwards); thread 3 has it since diagnosis_program.c:111 (forwards)\n"
                        "    thread 3 waits for a mutex Header (diagnosis_program.c:8) at "
                        "diagnosis_program.c:113 "
                        "(forwards); thread 2 has it since diagnosis_program.c:104 (backwards)\n"));
}

TEST_P(Diagnosis, OwnerPointerIsToldWithWhoSetIt) {
  EXPECT_THAT(run("diagnosis", 6, "--locks=v").output,
              HasSubstr("owned by owner pointer Fcb + 0x3 shared, set by thread 2 (post) at "
                        "diagnosis_program.c:122 (post)\n"));
  EXPECT_THAT(run("diagnosis", 6, "--locks=v").output,
              HasSubstr("         pointer 0 was set by 2 at diagnosis_program.c:122 (post)\n"
                        "         2 waits since diagnosis_program.c:123 (post)\n"));
}

TEST_P(Diagnosis, RegionThatIsNotLeftIsToldWithItsLine) {
  const std::string entered = "    entered  regions_program.c:8 (query)\n";
  const Result driver = run("regions", 1);
  EXPECT_EQ(driver.exit_code, 1);
  EXPECT_THAT(driver.output, StartsWith("\n*** STOP 0x00000001 APC_INDEX_MISMATCH (0x0, 0x0, "
                                        "0xFFFF, 0x1)\n    routine  DriverEntry\n"));
  EXPECT_THAT(driver.output, HasSubstr(entered));
  EXPECT_THAT(run("regions", 2).output, StartsWith("\n*** STOP 0x00000020 KERNEL_APC_PENDING_"));
  EXPECT_THAT(run("regions", 2).output, HasSubstr(entered));
  EXPECT_THAT(run("regions", 3, "--verifier").output, HasSubstr("(0xC5, 0x0, 0xFFFF, 0x0)\n"));
  EXPECT_THAT(run("regions", 3, "--verifier").output, HasSubstr(entered));
  EXPECT_THAT(run("regions", 3).output, StartsWith("\n*** STOP 0x00000001 APC_INDEX_MISMATCH"))
      << "of DriverEntry";
  EXPECT_THAT(run("regions", 5).output,
              HasSubstr("    entered  regions_program.c:20 (leak)\n"
                        "    entered  and 93 times more, at last regions_program.c:24 (leak)\n"));
  EXPECT_THAT(run("regions", 4).output, HasSubstr("    raised   regions_program.c:31 (raise)\n"));
}

TEST_P(Diagnosis, MoreOwnerPointersThanThreadSlotsGoOn) {
  const Result result = run("pointers", 1, "--replay-check");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              StartsWith("150 requests are pending\nall are answered, 0 are pending\n"));
}

TEST_P(Diagnosis, OrderOfLocksIsToldWithBothPlaces) {
  const auto output = [this](int kind) { return run("order", kind, "--verifier").output; };
  EXPECT_THAT(
      output(1),
      HasSubstr("    thread 1 took fast mutex FastA (order_program.c:6) at order_program.c:15 "
                "(forwards), then fast mutex FastB (order_program.c:6) at order_program.c:16 "
                "(forwards)\n"
                "    thread 2 took fast mutex FastB (order_program.c:6) at order_program.c:37 "
                "(backwards), then fast mutex FastA (order_program.c:6) at order_program.c:38 "
                "(backwards)\n"));
  EXPECT_THAT(output(1), HasSubstr("VIOLATION (0x1001, FastA, 0x0, 0x0)\n"));
  EXPECT_THAT(output(2),
              HasSubstr("    thread 2 took mutex MutexB (order_program.c:7) at order_program.c:42 "
                        "(backwards), then mutex MutexA (order_program.c:7) at order_program.c:43 "
                        "(backwards)\n"));
  EXPECT_THAT(
      output(3),
      HasSubstr(on("    thread 1 took lock 0 ResourceA (order_program.c:8) at order_program.c:25 "
                   "(forwards), then lock 1 ResourceB (order_program.c:8) at order_program.c:26 "
                   "(forwards)\n")));
  for (int kind : {1, 2, 3}) {
    const Result without = run("order", kind);
    EXPECT_EQ(without.exit_code, 0) << without.output;
    EXPECT_THAT(without.output, StartsWith("end\n"));
  }
}

}  // namespace
}  // namespace lockarb
