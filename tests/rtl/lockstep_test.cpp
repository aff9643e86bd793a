// SPDX-License-Identifier: Apache-2.0
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

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/rtl/access_list.h"
#include "tests/rtl/lockstep.h"
#include "tests/rtl/lockstep_sets.h"

namespace lockarb {
namespace {

const Set &set_named(const std::string &name) {
  for (const Set &set : lockstep_sets()) {
    if (set.name == name) return set;
  }
  throw std::runtime_error("no set " + name);
}

class LockstepOf : public ::testing::TestWithParam<Set> {};

TEST_P(LockstepOf, RtlAndReferenceModelAgree) {
  const Result result = run(GetParam(), 300000);
  EXPECT_EQ(result.mismatches, 0u) << result.report;
}

std::string test_name(const ::testing::TestParamInfo<Set> &info) {
  std::string name;
  for (const char *c = info.param.name; *c != 0; ++c) {
    if (*c != '-') name += *c;
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sizes, LockstepOf, ::testing::ValuesIn(lockstep_sets()), test_name);

// Random lists never bring all threads to one lock. Here they own it together, wait for it one way
// and the other, and one of them takes it more often than its count can hold. What the answers of
// the reference model showed at most tells that they did.
class Crowd {
 public:
  explicit Crowd(const ReferenceModel::Sizes &sizes) : sizes_(sizes), model_(sizes) {
    for (unsigned core = 0; core < sizes.cores; ++core) {
      add(core << LOCKARB_WINDOW_SHIFT | LOCKARB_CONTROL_OFFSET, true,
          LOCKARB_CONTROL_APERTURE_MASK);
    }
    add(LOCKARB_ISSUE_OFFSET, true, place_of(LOCKARB_OP_INITIALIZE, sizes.locks - 1));
    for (unsigned t = 0; t < sizes.threads; ++t) run(t, LOCKARB_OP_ACQUIRE_SHARED);
    read_statistics();
    for (unsigned t = 0; t < sizes.threads; ++t) run(t, LOCKARB_OP_RELEASE);
    wait_for_the_first(LOCKARB_OP_ACQUIRE_EXCLUSIVE, sizes.threads);
    for (unsigned t = 1; t < sizes.threads; ++t) {
      take_grant(t);
      run(t, LOCKARB_OP_RELEASE);
    }
    for (const unsigned threads : {sizes.threads * 2 / 3, sizes.threads}) {
      wait_for_the_first(LOCKARB_OP_ACQUIRE_SHARED, threads);
      for (unsigned t = 1; t < threads; ++t) take_grant(t);
      for (unsigned t = 1; t < threads; ++t) run(t, LOCKARB_OP_RELEASE);
    }
    read_statistics();
    run(0, LOCKARB_OP_TRY_EXCLUSIVE);
    for (unsigned level = 1; level < 1u << sizes.hold_width; ++level) {
      command(0, LOCKARB_OP_TRY_EXCLUSIVE);
    }
    levels = field(command(0, LOCKARB_OP_HOLD_COUNT), LOCKARB_HOLD_COUNT_RESULT_COUNT_MASK);
  }

  AccessList list;
  unsigned owners = 0, shared_waiters = 0, exclusive_waiters = 0, levels = 0;

 private:
  static unsigned field(uint32_t word, uint32_t mask) { return (word & mask) / (mask & -mask); }

  uint32_t add(uint32_t address, bool write, uint32_t data = 0) {
    Access access;
    access.time = time_ += 1000;
    access.address = address;
    access.write = write;
    access.data = data;
    access.user = static_cast<uint8_t>(address >> LOCKARB_WINDOW_SHIFT);
    access.settle = true;
    list.push_back(access);
    if (!write) return model_.read(address, access.sideband()).value();
    model_.write(address, data, access.sideband());
    return 0;
  }
  uint32_t command(unsigned core, uint32_t op) {
    const uint32_t answer =
        add(core << LOCKARB_WINDOW_SHIFT | LOCKARB_COMMAND_OFFSET | op << LOCKARB_OP_SHIFT |
                (sizes_.locks - 1) << LOCKARB_LOCK_SHIFT,
            false);
    if (op == LOCKARB_OP_HOLD_COUNT) return answer;
    owners = std::max(owners, field(answer, LOCKARB_RESULT_OWNERS_MASK));
    shared_waiters = std::max(shared_waiters, field(answer, LOCKARB_RESULT_SHARED_WAITERS_MASK));
    exclusive_waiters =
        std::max(exclusive_waiters, field(answer, LOCKARB_RESULT_EXCLUSIVE_WAITERS_MASK));
    return answer;
  }
  uint32_t window_of(unsigned thread) const {
    return thread % sizes_.cores << LOCKARB_WINDOW_SHIFT;
  }
  void run(unsigned thread, uint32_t op) {
    add(window_of(thread) | LOCKARB_CURRENT_THREAD_OFFSET, true,
        LOCKARB_CURRENT_THREAD_VALID_MASK | thread);
    command(thread % sizes_.cores, op);
  }
  void take_grant(unsigned thread) {
    add(window_of(thread) | LOCKARB_GRANT_OFFSET, false);
    add(window_of(thread) | LOCKARB_GRANT_OFFSET, true);
  }
  // Until the first one releases.
  void wait_for_the_first(uint32_t op, unsigned threads) {
    run(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    for (unsigned t = 1; t < threads; ++t) run(t, op);
    read_statistics();
    run(0, LOCKARB_OP_RELEASE);
  }
  void read_statistics() {
    for (uint32_t word = 0; sizes_.statistics && word <= LOCKARB_DEEPEST_QUEUE_OFFSET; word += 4) {
      add(LOCKARB_STATISTICS_OFFSET + ((sizes_.locks - 1) << LOCKARB_STATISTICS_LOCK_SHIFT) + word,
          false);
    }
  }

  const ReferenceModel::Sizes sizes_;
  ReferenceModel model_;
  uint64_t time_ = 0;
};

TEST_P(LockstepOf, CountsHoldAllThreadsAndAllLevels) {
  const Set &set = GetParam();
  const Crowd crowd(set.sizes);
  EXPECT_EQ(crowd.owners, set.sizes.threads);
  EXPECT_EQ(crowd.shared_waiters, set.sizes.threads - 1);
  EXPECT_EQ(crowd.exclusive_waiters, set.sizes.threads - 1);
  EXPECT_EQ(crowd.levels, (1u << set.sizes.hold_width) - 1);
  const std::optional<Mismatch> mismatch = set.run(crowd.list, set.sizes);
  EXPECT_FALSE(mismatch) << mismatch->text;
}

// Otherwise agreement would say little.
TEST(Lockstep, ReachesEveryStatus) {
  const Set set = set_named("few");
  AccessGenerator generator(set.sizes, set.used_threads, set.used_locks, 1);
  generator.draw(100000);
  for (unsigned status = LOCKARB_STATUS_GRANTED_EXCLUSIVE; status <= LOCKARB_STATUS_ERR_OPERATION;
       ++status) {
    if (status == 18 || status == 19) continue;  // no such status
    EXPECT_GT(generator.statuses()[status], 10u) << status_name(status);
  }
}

TEST(Lockstep, TheSameSeedDrawsTheSameList) {
  const Set set = set_named("few");
  std::ostringstream first, second;
  print(first, AccessGenerator(set.sizes, 5, 2, 7).draw(500));
  print(second, AccessGenerator(set.sizes, 5, 2, 7).draw(500));
  EXPECT_EQ(first.str(), second.str());
}

// A model with a narrower hold count disagrees at the overflow only, if LIMITS is left out.
TEST(Lockstep, ShortensAFailureToAFewAccessesThatCanBeReplayed) {
  const Set set = set_named("few");
  ReferenceModel::Sizes wrong = set.sizes;
  wrong.hold_width = 3;
  AccessList list;
  for (const Access &access : AccessGenerator(set.sizes, 5, 2, 1).draw(4000)) {
    if ((access.address & 0xfffff) != LOCKARB_LIMITS_OFFSET) list.push_back(access);
  }
  ASSERT_FALSE(set.run(list, set.sizes));
  ASSERT_TRUE(set.run(list, wrong)) << "the mistake was not noticed";

  const AccessList few = shortened(set, wrong, list);
  // Initialize, a thread, and eight levels make ten; with apertures to open, and a way over set
  // owner, it may be longer.
  EXPECT_LE(few.size(), 20u) << "of " << list.size();

  std::stringstream text;
  print(text, few);
  const AccessList again = parse(text);
  EXPECT_EQ(again.size(), few.size());
  EXPECT_TRUE(set.run(again, wrong));
  EXPECT_FALSE(set.run(again, set.sizes));
}

// ------------------------------------------------------------------------------------ command line

// The result of a program: 2 is a file that is no list of accesses.
int replay(const char *path) try {
  std::ifstream file(path);
  std::string word, name;
  if (!(file >> word >> name) || word != "set") throw std::runtime_error("no list of accesses");
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
} catch (const std::exception &error) {
  std::cerr << path << ": " << error.what() << '\n';
  return 2;
}

int run_all(uint64_t commands) {
  using Clock = std::chrono::steady_clock;
  const uint64_t share = commands / lockstep_sets().size() + 1;
  uint64_t total = 0, mismatches = 0;
  double total_seconds = 0;
  std::printf("%-11s %5s %7s %5s %9s %8s %10s\n", "set", "cores", "threads", "locks", "commands",
              "seconds", "mismatches");
  for (const Set &set : lockstep_sets()) {
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
