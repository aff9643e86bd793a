// Random accesses from all cores into the RTL and the reference model: every answer, grant,
// register and interrupt must agree. A list that does not is shortened as long as it still fails,
// and kept in a file that repeats it.
//
//   lockstep_test                  the short share of `make test`
//   lockstep_test --commands N     N commands over all sets of sizes, as a table
//   lockstep_test --replay FILE    a list that failed
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "Vlockarb.h"
#include "Vlockarb_large.h"
#include "Vlockarb_many_cores.h"
#include "Vlockarb_many_locks.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_tiny.h"
#include "Vlockarb_wide.h"
#include "sim/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/rtl/access_list.h"
#include "tests/rtl/lockstep.h"

namespace lockarb {
namespace {

// The parameters are those of tests/rtl/CMakeLists.txt; LIMITS and PARAMS tell when they are not.
const Set kSets[] = {
    {"tiny", {1, 2, 1, 2, true, false}, 2, 1, Lockstep<Vlockarb_tiny>::run},
    {"odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_odd>::run},
    {"few", {4, 64, 256, 4, true, false}, 5, 2, Lockstep<Vlockarb>::run},
    {"queues", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb>::run},
    {"spread", {4, 64, 256, 4, true, false}, 64, 256, Lockstep<Vlockarb>::run},
    {"wide", {8, 64, 256, 8, true, false}, 24, 4, Lockstep<Vlockarb_wide>::run},
    {"many-locks", {2, 3, 4096, 16, true, true}, 3, 9, Lockstep<Vlockarb_many_locks>::run},
    {"many-cores", {32, 33, 17, 2, false, false}, 33, 5, Lockstep<Vlockarb_many_cores>::run},
    {"large", {8, 300, 1024, 8, true, false}, 100, 5, Lockstep<Vlockarb_large>::run},
};

const Set &set_named(const std::string &name) {
  for (const Set &set : kSets) {
    if (set.name == name) return set;
  }
  throw std::runtime_error("no set " + name);
}

class LockstepOf : public ::testing::TestWithParam<const char *> {};

TEST_P(LockstepOf, RtlAndReferenceModelAgree) {
  const Result result = run(set_named(GetParam()), 300000);
  EXPECT_EQ(result.mismatches, 0u) << result.report;
}

std::string test_name(const ::testing::TestParamInfo<const char *> &info) {
  std::string name;
  for (const char *c = info.param; *c != 0; ++c) {
    if (*c != '-') name += *c;
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sizes, LockstepOf,
                         ::testing::Values("tiny", "odd", "few", "queues", "spread", "wide",
                                           "many-locks", "many-cores", "large"),
                         test_name);

// Otherwise agreement would say little.
TEST(Lockstep, ReachesEveryStatus) {
  const Set &set = set_named("few");
  AccessGenerator generator(set.sizes, set.used_threads, set.used_locks, 1);
  generator.draw(100000);
  for (unsigned status = LOCKARB_STATUS_GRANTED_EXCLUSIVE; status <= LOCKARB_STATUS_ERR_OPERATION;
       ++status) {
    if (status == 18 || status == 19) continue;  // no such status
    EXPECT_GT(generator.statuses()[status], 10u) << status_name(status);
  }
}

TEST(Lockstep, TheSameSeedDrawsTheSameList) {
  const Set &set = set_named("few");
  std::ostringstream first, second;
  print(first, AccessGenerator(set.sizes, 5, 2, 7).draw(500));
  print(second, AccessGenerator(set.sizes, 5, 2, 7).draw(500));
  EXPECT_EQ(first.str(), second.str());
}

// A model with a narrower hold count disagrees at the overflow only, if LIMITS is left out.
TEST(Lockstep, ShortensAFailureToAFewAccessesThatCanBeReplayed) {
  const Set &set = set_named("few");
  ReferenceModel::Sizes wrong = set.sizes;
  wrong.hold_width = 3;
  AccessList list;
  for (const Access &access : AccessGenerator(set.sizes, 5, 2, 1).draw(4000)) {
    if ((access.address & 0xfffff) != LOCKARB_LIMITS_OFFSET) list.push_back(access);
  }
  ASSERT_FALSE(set.run(list, set.sizes));
  ASSERT_TRUE(set.run(list, wrong)) << "the mistake was not noticed";

  const AccessList few = shortened(set, wrong, list);
  // Initialize, a thread, and eight levels make ten; a way over set owner may be longer.
  EXPECT_LE(few.size(), 16u) << "of " << list.size();

  std::stringstream text;
  print(text, few);
  const AccessList again = parse(text);
  EXPECT_EQ(again.size(), few.size());
  EXPECT_TRUE(set.run(again, wrong));
  EXPECT_FALSE(set.run(again, set.sizes));
}

// ------------------------------------------------------------------------------------ command line

int replay(const char *path) {
  std::ifstream file(path);
  std::string word, name;
  if (!(file >> word >> name) || word != "set") {
    std::cerr << path << ": no list of accesses\n";
    return 2;
  }
  const Set &set = set_named(name);
  const AccessList list = parse(file);
  const std::optional<Mismatch> mismatch = set.run(list, set.sizes);
  if (!mismatch) {
    std::cout << list.size() << " accesses, no mismatch\n";
    return 0;
  }
  std::cout << "access " << mismatch->access + 1 << " of " << list.size() << ": " << mismatch->text
            << '\n';
  return 1;
}

int run_all(uint64_t commands) {
  using Clock = std::chrono::steady_clock;
  const uint64_t share = commands / std::size(kSets) + 1;
  uint64_t total = 0, mismatches = 0;
  double total_seconds = 0;
  std::printf("%-11s %5s %7s %5s %9s %8s %10s\n", "set", "cores", "threads", "locks", "commands",
              "seconds", "mismatches");
  for (const Set &set : kSets) {
    const Clock::time_point start = Clock::now();
    const Result result = run(set, share);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    std::printf("%-11s %5u %7u %5u %9llu %8.1f %10llu\n", set.name, set.sizes.cores,
                set.sizes.threads, set.sizes.locks,
                static_cast<unsigned long long>(result.commands), seconds,
                static_cast<unsigned long long>(result.mismatches));
    std::fputs(result.report.c_str(), stdout);
    std::fflush(stdout);
    total += result.commands;
    total_seconds += seconds;
    mismatches += result.mismatches;
  }
  std::printf("%-30s %9llu %8.1f %10llu\n", "total", static_cast<unsigned long long>(total),
              total_seconds, static_cast<unsigned long long>(mismatches));
  return mismatches == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lockarb

int main(int argc, char **argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (argc == 3 && std::strcmp(argv[1], "--replay") == 0) return lockarb::replay(argv[2]);
  if (argc == 3 && std::strcmp(argv[1], "--commands") == 0) {
    return lockarb::run_all(std::strtoull(argv[2], nullptr, 0));
  }
  return RUN_ALL_TESTS();
}
