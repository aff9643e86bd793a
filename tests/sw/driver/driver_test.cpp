// SPDX-License-Identifier: Apache-2.0
// The driver on a fake bus: each test reads as a bus log.
#include "driver/lockarb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "hal/mmio.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uintptr_t kBase = 0x40000000;

struct Bus {
  std::vector<std::string> log;
  std::deque<uint32_t> answers;  // to the next reads; 0 when there is none left
};
Bus bus;

std::string hex(uintptr_t value) {
  char text[20];
  snprintf(text, sizeof text, "%zx", static_cast<size_t>(value));
  return text;
}

uint32_t result(unsigned status, unsigned owners, unsigned shared, unsigned exclusive) {
  return status | owners << 5 | shared << 14 | exclusive << 23;
}

class Driver : public testing::Test {
 protected:
  void SetUp() override { bus = Bus(); }

  static std::vector<unsigned> words(lockarb_answer a) {
    return {a.status, a.owners, a.shared_waiters, a.exclusive_waiters};
  }

  const lockarb device{kBase, LOCKARB_BY_READ, 4, 64, 256, 255, true, false, 256};
};

}  // namespace

uint32_t mmio_read32(uintptr_t address) {
  bus.log.push_back("R " + hex(address - kBase));
  if (bus.answers.empty()) return 0;
  const uint32_t value = bus.answers.front();
  bus.answers.pop_front();
  return value;
}

void mmio_write32(uintptr_t address, uint32_t value) {
  bus.log.push_back("W " + hex(address - kBase) + " " + hex(value));
}

namespace {

TEST_F(Driver, ProbeLearnsTheSizes) {
  bus.answers = {0x4C4B0203, 8u | 64u << 6 | 256u << 16, 0x108};
  lockarb found = {};
  EXPECT_EQ(lockarb_probe(&found, kBase, 0, LOCKARB_BY_READ), LOCKARB_OK);
  EXPECT_THAT(bus.log, ElementsAre("R 0", "R 4", "R 8", "R 18", "W 18 1")) << "opens the aperture";
  EXPECT_EQ(found.base, kBase);
  EXPECT_EQ(found.cores, 8u);
  EXPECT_EQ(found.threads, 64u);
  EXPECT_EQ(found.locks, 256u);
  EXPECT_EQ(found.max_hold, 255u);
  EXPECT_TRUE(found.has_statistics);
  EXPECT_EQ(found.read_locks, 256u);
}

TEST_F(Driver, ProbeLearnsThatThereAreNoStatistics) {
  bus.answers = {0x4C4B0200, 1u | 2u << 6 | 1u << 16, 0x2};
  lockarb found = {};
  EXPECT_EQ(lockarb_probe(&found, kBase, 0, LOCKARB_BY_READ), LOCKARB_OK);
  EXPECT_FALSE(found.has_statistics);
}

TEST_F(Driver, ProbeRefusesWhatIsNoArbiter) {
  for (uint32_t id : {0u, ~0u, 0x4B4C0200u}) {
    bus = Bus();
    bus.answers = {id};
    lockarb found = {};
    EXPECT_EQ(lockarb_probe(&found, kBase, 0, LOCKARB_BY_READ), LOCKARB_NO_DEVICE);
    EXPECT_THAT(bus.log, ElementsAre("R 0"));
    EXPECT_EQ(found.base, 0u) << "nothing is trusted";
  }
}

TEST_F(Driver, ProbeRefusesAnotherVersion) {
  bus.answers = {0x4C4B0100};
  lockarb found = {};
  EXPECT_EQ(lockarb_probe(&found, kBase, 0, LOCKARB_BY_READ), LOCKARB_OTHER_VERSION);
  EXPECT_THAT(bus.log, ElementsAre("R 0"));
}

TEST_F(Driver, ProbeRefusesSizesThatNoArbiterHas) {
  struct {
    unsigned cores, threads, locks, hold_width;
    const char *name;
    unsigned value, min, max;
  } const kBad[] = {
      {0, 64, 256, 8, "PARAMS.cores", 0, 1, 32},
      {33, 64, 256, 8, "PARAMS.cores", 33, 1, 32},
      {4, 0, 256, 8, "PARAMS.threads", 0, 2, 511},
      {4, 512, 256, 8, "PARAMS.threads", 512, 2, 511},
      {4, 64, 0, 8, "PARAMS.locks", 0, 1, 4096},
      {4, 64, 4097, 8, "PARAMS.locks", 4097, 1, 4096},
      {4, 64, 256, 0, "LIMITS.hold_width", 0, 2, 16},
      {4, 64, 256, 31, "LIMITS.hold_width", 31, 2, 16},
  };
  for (const auto &bad : kBad) {
    const uint32_t params = bad.cores | bad.threads << 6 | bad.locks << 16;
    bus = Bus();
    bus.answers = {0x4C4B0203, params, bad.hold_width, params, bad.hold_width};
    lockarb found = {};
    EXPECT_EQ(lockarb_probe(&found, kBase, 0, LOCKARB_BY_READ), LOCKARB_BAD_SIZES)
        << bad.name << " " << bad.value;
    EXPECT_EQ(found.base, 0u) << "nothing is trusted";
    lockarb_size size = {};
    ASSERT_TRUE(lockarb_bad_size(kBase, 0, &size));
    EXPECT_STREQ(size.name, bad.name);
    EXPECT_EQ(size.value, bad.value);
    EXPECT_EQ(size.min, bad.min);
    EXPECT_EQ(size.max, bad.max);
    EXPECT_THAT(bus.log, ElementsAre("R 0", "R 4", "R 8", "R 4", "R 8"));
  }
}

TEST_F(Driver, TheSmallestAndTheLargestArbiterHaveNoBadSize) {
  lockarb_size none = {};
  bus.answers = {1u | 2u << 6 | 1u << 16, 2, 32u | 511u << 6 | 4096u << 16, 16};
  EXPECT_FALSE(lockarb_bad_size(kBase, 0, &none)) << none.name;
  EXPECT_FALSE(lockarb_bad_size(kBase, 31, &none)) << none.name;
  EXPECT_THAT(bus.log, ElementsAre("R 4", "R 8", "R 1f00004", "R 1f00008"));
}

TEST_F(Driver, AcquirePutsKindAndFlagsIntoTheAddress) {
  lockarb_acquire(&device, 0, 0, LOCKARB_EXCLUSIVE, LOCKARB_TRY);
  lockarb_acquire(&device, 0, 5, LOCKARB_SHARED, LOCKARB_WAIT);
  lockarb_acquire(&device, 1, 0, LOCKARB_SHARED_STARVE_EXCLUSIVE, LOCKARB_ENTER);
  lockarb_acquire(&device, 3, 255, LOCKARB_SHARED_WAIT_FOR_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER);
  EXPECT_THAT(bus.log, ElementsAre("R 80000", "R 94014", "R 1a8000", "R 3bc3fc"));
}

TEST_F(Driver, AnswerHasStatusAndCounts) {
  bus.answers = {result(LOCKARB_STATUS_WAITING, 1, 511, 3), result(30, 0, 0, 511)};
  EXPECT_THAT(words(lockarb_acquire(&device, 0, 0, LOCKARB_EXCLUSIVE, LOCKARB_WAIT)),
              ElementsAre(LOCKARB_STATUS_WAITING, 1, 511, 3));
  EXPECT_THAT(words(lockarb_release(&device, 0, 0)),
              ElementsAre(LOCKARB_STATUS_ERR_OPERATION, 0, 0, 511));
}

TEST_F(Driver, WhatAThreadDoesToItsOwnLocksIsOneRead) {
  lockarb_release(&device, 2, 1);
  lockarb_release_and_leave(&device, 2, 1);
  lockarb_convert(&device, 2, 1);
  EXPECT_THAT(bus.log, ElementsAre("R 2c0004", "R 2c4004", "R 2cc004"));
}

TEST_F(Driver, WindowOfACoreActsAsTheDeviceDoes) {
  const lockarb_window window = lockarb_window_of(&device, 2);
  bus.answers = {result(LOCKARB_STATUS_WAITING, 1, 511, 3)};
  EXPECT_THAT(words(lockarb_acquire_in(&window, 5, LOCKARB_SHARED, LOCKARB_WAIT)),
              ElementsAre(LOCKARB_STATUS_WAITING, 1, 511, 3));
  lockarb_release_in(&window, 1);
  lockarb_release_and_leave_in(&window, 255);
  EXPECT_THAT(bus.log, ElementsAre("R 294014", "R 2c0004", "R 2c43fc"));
}

TEST_F(Driver, WindowOfADeviceByWriteWritesAndReads) {
  const lockarb by_write{kBase, LOCKARB_BY_WRITE, 4, 64, 256, 255, true, false, 0};
  const lockarb_window window = lockarb_window_of(&by_write, 1);
  lockarb_acquire_in(&window, 2, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER);
  EXPECT_THAT(bus.log, ElementsAre("W 100050 30008", "R 100048"));
}

TEST_F(Driver, DeviceThatWasNotProbedNeedsNoReadLocks) {
  const lockarb by_hand{kBase, LOCKARB_BY_READ, 4, 64, 256, 255, true, false, 0};
  lockarb_acquire(&by_hand, 0, 0, LOCKARB_EXCLUSIVE, LOCKARB_TRY);
  EXPECT_THAT(bus.log, ElementsAre("R 80000"));
}

TEST_F(Driver, OneCompareTellsWhetherAnAnswerOwnsOrRefuses) {
  for (unsigned status = 0; status < 32; status++) {
    EXPECT_EQ(lockarb_is_owned(status), status >= LOCKARB_STATUS_GRANTED_EXCLUSIVE &&
                                            status <= LOCKARB_STATUS_RECURSED_SHARED);
    EXPECT_EQ(lockarb_is_refused(status),
              status == LOCKARB_STATUS_BAD_ARG || status >= LOCKARB_STATUS_FIRST_ERROR);
  }
}

TEST_F(Driver, WhatMakesOrDeletesALockIsArmedFirst) {
  lockarb_initialize(&device, 2, 1, LOCKARB_READERS_FIRST, LOCKARB_PRIVILEGED);
  lockarb_initialize(&device, 2, 1, LOCKARB_WRITER_FIRST, LOCKARB_PRIVILEGED);
  lockarb_initialize(&device, 2, 1, LOCKARB_READERS_FIRST, LOCKARB_USER);
  lockarb_initialize(&device, 2, 1, LOCKARB_WRITER_FIRST, LOCKARB_USER);
  lockarb_reinitialize(&device, 2, 1);
  lockarb_delete(&device, 2, 1);
  EXPECT_THAT(bus.log, ElementsAre("W 200044 58004", "R 2d8004", "W 200044 6c004", "R 2ec004",
                                   "W 200044 70004", "R 2f0004", "W 200044 74004", "R 2f4004",
                                   "W 200044 5c004", "R 2dc004", "W 200044 60004", "R 2e0004"));
}

// Nothing needs to be armed, and the aperture stays closed.
TEST_F(Driver, IssuesCommandsByWritesWhenItIsAskedTo) {
  bus.answers = {0x4C4B0200, 4u | 64u << 6 | 256u << 16, 0x8, 1};
  lockarb found = {};
  EXPECT_EQ(lockarb_probe(&found, kBase, 1, LOCKARB_BY_WRITE), LOCKARB_OK);
  EXPECT_TRUE(found.aperture_was_open);
  EXPECT_EQ(found.read_locks, 0u);
  EXPECT_EQ(lockarb_start_core(&found, 2), LOCKARB_OK);
  EXPECT_THAT(bus.log, ElementsAre("R 100000", "R 100004", "R 100008", "R 100018", "W 100018 0",
                                   "W 200018 0"));
  bus = Bus();
  bus.answers = {result(LOCKARB_STATUS_WAITING, 1, 511, 3), LOCKARB_STATUS_DONE | 70000u << 5,
                 result(LOCKARB_STATUS_FREED, 0, 0, 0)};
  unsigned count = 0;
  EXPECT_THAT(words(lockarb_acquire(&found, 1, 2, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER)),
              ElementsAre(LOCKARB_STATUS_WAITING, 1, 511, 3));
  EXPECT_EQ(lockarb_hold_count(&found, 1, 2, &count).status, LOCKARB_STATUS_DONE);
  EXPECT_EQ(count, 70000u);
  EXPECT_EQ(lockarb_release_for(&found, 1, 2, 63).status, LOCKARB_STATUS_FREED);
  lockarb_initialize(&found, 1, 2, LOCKARB_READERS_FIRST, LOCKARB_PRIVILEGED);
  EXPECT_THAT(bus.log,
              ElementsAre("W 100050 30008", "R 100048", "W 100050 54008", "R 100048", "W 100024 3f",
                          "W 100050 48008", "R 100048", "W 100050 58008", "R 100048"));
}

TEST_F(Driver, StartOfACoreOpensItsAperture) {
  EXPECT_EQ(lockarb_start_core(&device, 3), LOCKARB_OK);
  EXPECT_THAT(bus.log, ElementsAre("W 300018 1"));
}

TEST_F(Driver, ProbeRefusesACoreWithoutAWindow) {
  bus.answers = {0x4C4B0200, 2u | 64u << 6 | 256u << 16, 0x8};
  lockarb found = {};
  EXPECT_EQ(lockarb_probe(&found, kBase, 2, LOCKARB_BY_READ), LOCKARB_BAD_ARG);
  EXPECT_EQ(found.base, 0u) << "nothing is trusted";
}

TEST_F(Driver, CommandForAnotherThreadWritesTheOperandFirst) {
  bus.answers = {result(LOCKARB_STATUS_FREED, 0, 0, 0), result(LOCKARB_STATUS_CANCELLED, 1, 0, 0),
                 result(LOCKARB_STATUS_DONE, 1, 0, 0)};
  EXPECT_EQ(lockarb_release_for(&device, 1, 2, 63).status, LOCKARB_STATUS_FREED);
  EXPECT_EQ(lockarb_cancel(&device, 1, 2, 6).status, LOCKARB_STATUS_CANCELLED);
  EXPECT_EQ(lockarb_drain(&device, 1, 2, 8).status, LOCKARB_STATUS_DONE);
  EXPECT_THAT(bus.log, ElementsAre("W 100024 3f", "W 100044 48008", "R 1c8008", "W 100024 6",
                                   "W 100044 64008", "R 1e4008", "W 100024 8", "W 100044 68008",
                                   "R 1e8008"));
}

TEST_F(Driver, OwnerPointerIsMarkedInTheOperand) {
  bus.answers = {result(LOCKARB_STATUS_DONE, 1, 0, 0)};
  EXPECT_EQ(lockarb_set_owner(&device, 0, 3, 9).status, LOCKARB_STATUS_DONE);
  EXPECT_THAT(bus.log, ElementsAre("W 24 80000009", "W 44 5000c", "R d000c"));
}

TEST_F(Driver, StatisticsAreFiveReads) {
  bus.answers = {1, 2, 3, 4, 5};
  lockarb_statistics statistics = {};
  EXPECT_EQ(lockarb_read_statistics(&device, 1, 255, &statistics), LOCKARB_OK);
  EXPECT_THAT(bus.log, ElementsAre("R 141fe0", "R 141fe4", "R 141fe8", "R 141fec", "R 141ff0"));
  EXPECT_EQ(statistics.acquisitions, 1u);
  EXPECT_EQ(statistics.contentions, 2u);
  EXPECT_EQ(statistics.longest_wait, 3u);
  EXPECT_EQ(statistics.longest_hold, 4u);
  EXPECT_EQ(statistics.deepest_queue, 5u);
}

TEST_F(Driver, StatisticsOfAnArbiterWithoutThemLeaveTheBusUntouched) {
  lockarb plain = device;
  plain.has_statistics = false;
  lockarb_statistics statistics = {};
  EXPECT_EQ(lockarb_read_statistics(&plain, 0, 0, &statistics), LOCKARB_NO_STATISTICS);
  EXPECT_THAT(bus.log, IsEmpty());
}

TEST_F(Driver, HoldCountIsTheWholeUpperPart) {
  bus.answers = {LOCKARB_STATUS_DONE | 70000u << 5, LOCKARB_STATUS_ERR_THREAD | 9u << 5};
  unsigned count = 1;
  EXPECT_EQ(lockarb_hold_count(&device, 0, 3, &count).status, LOCKARB_STATUS_DONE);
  EXPECT_EQ(count, 70000u);
  EXPECT_EQ(lockarb_hold_count(&device, 0, 3, &count).status, LOCKARB_STATUS_ERR_THREAD);
  EXPECT_EQ(count, 70000u) << "an error sets nothing";
  EXPECT_THAT(bus.log, ElementsAre("R d400c", "R d400c"));
}

TEST_F(Driver, RegistersAreOneWriteEach) {
  EXPECT_EQ(lockarb_set_current_thread(&device, 1, 5), LOCKARB_OK);
  EXPECT_EQ(lockarb_clear_current_thread(&device, 1), LOCKARB_OK);
  EXPECT_EQ(lockarb_set_apc_mask(&device, 1, 0xFFFE0001), LOCKARB_OK);
  EXPECT_EQ(lockarb_set_irql(&device, 1, 31), LOCKARB_OK);
  EXPECT_EQ(lockarb_set_apc_pending(&device, 1, 0x103), LOCKARB_OK);
  EXPECT_THAT(bus.log, ElementsAre("W 100020 80000005", "W 100020 0", "W 100030 fffe0001",
                                   "W 100034 1f", "W 100038 103"));
}

TEST_F(Driver, FirstGrantStaysUntilItIsRemoved) {
  bus.answers = {0xC0000000u | 37u << 16 | 200u};
  lockarb_grant grant = {};
  EXPECT_TRUE(lockarb_first_grant(&device, 2, &grant));
  EXPECT_EQ(grant.thread, 37u);
  EXPECT_TRUE(grant.bad);
  EXPECT_EQ(lockarb_remove_grant(&device, 2), LOCKARB_OK);
  EXPECT_FALSE(lockarb_first_grant(&device, 2, &grant));
  EXPECT_THAT(bus.log, ElementsAre("R 200028", "W 200028 0", "R 200028"));
}

TEST_F(Driver, GrantOfTheCurrentThreadIsTakenByOneRead) {
  bus.answers = {0xA0000000u | 37u << 16 | 200u};
  lockarb_grant grant = {};
  EXPECT_TRUE(lockarb_take_grant(&device, 2, &grant));
  EXPECT_EQ(grant.thread, 37u);
  EXPECT_EQ(grant.lock, 200u);
  EXPECT_FALSE(grant.bad);
  EXPECT_FALSE(lockarb_take_grant(&device, 2, &grant));
  EXPECT_THAT(bus.log, ElementsAre("R 200054", "R 200054"));
}

TEST_F(Driver, GrantOfAnotherThreadIsReadThenRemoved) {
  bus.answers = {0xC0000000u | 37u << 16 | 200u};
  lockarb_grant grant = {};
  EXPECT_TRUE(lockarb_take_grant(&device, 2, &grant));
  EXPECT_EQ(grant.thread, 37u);
  EXPECT_EQ(grant.lock, 200u);
  EXPECT_TRUE(grant.bad);
  EXPECT_THAT(bus.log, ElementsAre("R 200054", "W 200028 0"));
}

TEST_F(Driver, TakeTellsWhatItHasDone) {
  const struct {
    uint32_t word;
    lockarb_taken what;
    bool error;
  } cases[] = {
      {LOCKARB_TAKE_WAITS_MASK, LOCKARB_STILL_WAITS, false},
      {LOCKARB_TAKE_WAITS_MASK | LOCKARB_TAKE_ERROR_MASK, LOCKARB_STILL_WAITS, true},
      {0, LOCKARB_NO_GRANT, false},
      {LOCKARB_TAKE_ERROR_MASK, LOCKARB_NO_GRANT, true},
      {3, LOCKARB_NO_GRANT, false},  // fields of no grant
      {LOCKARB_TAKE_VALID_MASK | 3, LOCKARB_SHOWN, false},
      {LOCKARB_TAKE_VALID_MASK | LOCKARB_TAKE_TAKEN_MASK | LOCKARB_TAKE_ERROR_MASK | 3,
       LOCKARB_TAKEN, true},
  };
  for (const auto &c : cases) {
    bus.answers = {c.word};
    const lockarb_take take = lockarb_take_own_grant(&device, 1);
    EXPECT_EQ(take.what, c.what) << std::hex << c.word;
    EXPECT_EQ(take.error, c.error) << std::hex << c.word;
    EXPECT_EQ(take.grant.lock, c.what >= LOCKARB_SHOWN ? 3u : 0u);
    EXPECT_EQ(take.grant.thread, 0u);
    EXPECT_FALSE(take.grant.bad);
  }
  EXPECT_EQ(bus.log, std::vector<std::string>(std::size(cases), "R 100054"));
}

TEST_F(Driver, ErrorIsReadThenRemoved) {
  bus.answers = {LOCKARB_STATUS_ERROR_MASK | LOCKARB_STATUS_USER_ERROR_MASK,
                 1u << 31 | 23u << 26 | 3u << 21 | 61u << 12 | 9u};
  lockarb_error error = {};
  EXPECT_TRUE(lockarb_take_error(&device, 0, &error));
  EXPECT_FALSE(error.user);
  EXPECT_EQ(error.status, LOCKARB_STATUS_ERR_CONVERT);
  EXPECT_EQ(error.core, 3u);
  EXPECT_EQ(error.thread, 61u);
  EXPECT_EQ(error.lock, 9u);
  EXPECT_FALSE(lockarb_take_error(&device, 0, &error));
  EXPECT_THAT(bus.log, ElementsAre("R c", "R 2c", "W 2c 0", "R c"));
}

TEST_F(Driver, ErrorOfUnprivilegedCodeIsTakenWhenThereIsNoOther) {
  bus.answers = {LOCKARB_STATUS_USER_ERROR_MASK, 1u << 31 | 21u << 26 | 1u << 21 | 6u << 12 | 5u};
  lockarb_error error = {};
  EXPECT_TRUE(lockarb_take_error(&device, 1, &error));
  EXPECT_TRUE(error.user);
  EXPECT_EQ(error.status, LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE);
  EXPECT_EQ(error.core, 1u);
  EXPECT_EQ(error.thread, 6u);
  EXPECT_EQ(error.lock, 5u);
  EXPECT_THAT(bus.log, ElementsAre("R 10000c", "R 100040", "W 100040 0"));
}

// A command was refused, and another core has taken it first.
TEST_F(Driver, ErrorThatIsGoneIsNotRemoved) {
  bus.answers = {LOCKARB_STATUS_ERROR_MASK, 23u << 26 | 3u << 21 | 61u << 12 | 9u};
  lockarb_error error = {};
  EXPECT_FALSE(lockarb_take_error(&device, 0, &error));
  EXPECT_THAT(bus.log, ElementsAre("R c", "R 2c"));
}

TEST_F(Driver, DeliverableIsOneRead) {
  bus.answers = {5};
  EXPECT_EQ(lockarb_apc_deliverable(&device, 3), 5u);
  EXPECT_THAT(bus.log, ElementsAre("R 30003c"));
}

TEST_F(Driver, SaysWhichAccessesMayBeDoneAgain) {
  const uintptr_t window = uintptr_t{3} << LOCKARB_WINDOW_SHIFT;
  const uintptr_t command = window | LOCKARB_COMMAND_OFFSET |
                            LOCKARB_OP_ACQUIRE_SHARED << LOCKARB_OP_SHIFT | 9 << LOCKARB_LOCK_SHIFT;
  EXPECT_TRUE(lockarb_is_repeatable(window | LOCKARB_GRANT_OFFSET, false));
  EXPECT_TRUE(lockarb_is_repeatable(window | LOCKARB_TAKE_OFFSET, false));
  EXPECT_TRUE(lockarb_is_repeatable(window | LOCKARB_OPERAND_OFFSET, true));
  EXPECT_FALSE(lockarb_is_repeatable(window | LOCKARB_GRANT_OFFSET, true));
  EXPECT_FALSE(lockarb_is_repeatable(window | LOCKARB_ERROR_OFFSET, true));
  EXPECT_FALSE(lockarb_is_repeatable(window | LOCKARB_USER_ERROR_OFFSET, true));
  EXPECT_FALSE(lockarb_is_repeatable(window | LOCKARB_ISSUE_OFFSET, true));
  EXPECT_TRUE(lockarb_is_repeatable(window | LOCKARB_ARM_OFFSET, true));
  EXPECT_TRUE(lockarb_is_repeatable(window | LOCKARB_ANSWER_OFFSET, false));
  EXPECT_FALSE(lockarb_is_repeatable(command, false));
  EXPECT_TRUE(lockarb_is_repeatable(window | (LOCKARB_GRANT_OFFSET + 1), false)) << "refused";
  EXPECT_TRUE(lockarb_is_repeatable(window | (LOCKARB_GRANT_OFFSET + 1), true)) << "refused";
  unsigned operation = 0;
  unsigned lock = 0;
  for (const uintptr_t offset : {LOCKARB_GRANT_OFFSET, LOCKARB_GRANT_OFFSET + 1})
    EXPECT_FALSE(lockarb_is_command(window | offset, &operation, &lock));
  EXPECT_TRUE(lockarb_is_command(command, &operation, &lock));
  EXPECT_EQ(operation, unsigned{LOCKARB_OP_ACQUIRE_SHARED});
  EXPECT_EQ(lock, 9u);
}

TEST_F(Driver, BadArgumentsLeaveTheBusUntouched) {
  unsigned count;
  lockarb found;
  lockarb_grant grant;
  lockarb_error error;
  EXPECT_EQ(lockarb_probe(nullptr, kBase, 0, LOCKARB_BY_READ), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_probe(&found, kBase + 2, 0, LOCKARB_BY_READ), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_probe(&found, kBase, 32, LOCKARB_BY_READ), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_probe(&found, kBase, 0, static_cast<lockarb_way>(2)), LOCKARB_BAD_ARG);
  lockarb_size size;
  EXPECT_FALSE(lockarb_bad_size(kBase, 0, nullptr));
  EXPECT_FALSE(lockarb_bad_size(kBase + 2, 0, &size));
  EXPECT_FALSE(lockarb_bad_size(kBase, 32, &size));
  EXPECT_EQ(lockarb_start_core(&device, 4), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_start_core(nullptr, 0), LOCKARB_BAD_ARG);
  const lockarb_window no_device = lockarb_window_of(nullptr, 0);
  const lockarb_window no_core = lockarb_window_of(&device, 4);
  const lockarb_window window = lockarb_window_of(&device, 0);
  for (const lockarb_answer &answer : {
           lockarb_release_in(&no_device, 0),
           lockarb_release_in(&no_core, 0),
           lockarb_release_in(&window, 256),
           lockarb_acquire_in(&window, 0, static_cast<lockarb_kind>(4), LOCKARB_WAIT),
           lockarb_acquire_in(&window, 0, LOCKARB_SHARED, 1),
           lockarb_acquire(nullptr, 0, 0, LOCKARB_SHARED, LOCKARB_WAIT),
           lockarb_acquire(&device, 4, 0, LOCKARB_SHARED, LOCKARB_WAIT),
           lockarb_acquire(&device, 0, 256, LOCKARB_SHARED, LOCKARB_WAIT),
           lockarb_acquire(&device, 0, 0, static_cast<lockarb_kind>(4), LOCKARB_WAIT),
           lockarb_acquire(&device, 0, 0, LOCKARB_SHARED, 1),
           lockarb_acquire(&device, 0, 0, LOCKARB_SHARED, 16),
           lockarb_release(&device, 4, 0),
           lockarb_release_and_leave(&device, 0, 256),
           lockarb_release_for(nullptr, 0, 0, 0),
           lockarb_release_for(&device, 0, 0, 64),
           lockarb_release_for(&device, 0, 256, 0),
           lockarb_convert(nullptr, 0, 0),
           lockarb_hold_count(&device, 0, 0, nullptr),
           lockarb_hold_count(nullptr, 0, 0, &count),
           lockarb_hold_count(&device, 4, 0, &count),
           lockarb_hold_count(&device, 0, 256, &count),
           lockarb_set_owner(&device, 0, 0, 64),
           lockarb_set_owner(&device, 0, 256, 0),
           lockarb_initialize(&device, 0, 4096, LOCKARB_READERS_FIRST, LOCKARB_PRIVILEGED),
           lockarb_initialize(&device, 0, 0, static_cast<lockarb_order>(2), LOCKARB_PRIVILEGED),
           lockarb_initialize(&device, 0, 0, LOCKARB_READERS_FIRST, static_cast<lockarb_class>(2)),
           lockarb_reinitialize(&device, 9, 0),
           lockarb_delete(&device, 0, 256),
           lockarb_cancel(&device, 0, 0, 64),
           lockarb_drain(&device, 0, 0, 64),
       }) {
    EXPECT_THAT(words(answer), ElementsAre(LOCKARB_STATUS_BAD_ARG, 0, 0, 0));
  }
  lockarb_statistics statistics;
  EXPECT_EQ(lockarb_read_statistics(nullptr, 0, 0, &statistics), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_read_statistics(&device, 4, 0, &statistics), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_read_statistics(&device, 0, 256, &statistics), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_read_statistics(&device, 0, 0, nullptr), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_current_thread(nullptr, 0, 0), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_current_thread(&device, 0, 64), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_current_thread(&device, 4, 0), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_clear_current_thread(&device, 4), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_apc_mask(nullptr, 0, 0), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_irql(&device, 0, 32), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_set_apc_pending(&device, 4, 0), LOCKARB_BAD_ARG);
  EXPECT_EQ(lockarb_apc_deliverable(&device, 4), 0u);
  EXPECT_FALSE(lockarb_take_grant(&device, 4, &grant));
  for (const lockarb_take take :
       {lockarb_take_own_grant(&device, 4), lockarb_take_own_grant(nullptr, 0)}) {
    EXPECT_EQ(take.what, LOCKARB_STILL_WAITS);
    EXPECT_FALSE(take.error);
    EXPECT_FALSE(take.grant.bad);
  }
  EXPECT_FALSE(lockarb_first_grant(&device, 4, &grant));
  EXPECT_FALSE(lockarb_first_grant(&device, 0, nullptr));
  EXPECT_EQ(lockarb_remove_grant(&device, 4), LOCKARB_BAD_ARG);
  EXPECT_FALSE(lockarb_take_grant(&device, 0, nullptr));
  EXPECT_FALSE(lockarb_take_error(&device, 4, &error));
  EXPECT_FALSE(lockarb_take_error(&device, 0, nullptr));
  EXPECT_THAT(bus.log, IsEmpty());
}

}  // namespace
