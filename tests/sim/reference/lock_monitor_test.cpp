// SPDX-License-Identifier: Apache-2.0
// The monitor itself: it stays silent on what the arbiter did, and says in words what is false.
#include "sim/reference/lock_monitor.h"

#include <gmock/gmock.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "tests/sim/model_under_test.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr uint32_t kWindow = 0x100000;
constexpr uint32_t kCurrentThread = 0x20;
constexpr uint32_t kGrant = 0x28;
constexpr uint32_t kControl = 0x18;
constexpr uint32_t kIssue = 0x50;
constexpr unsigned kAcquireExclusive = 4;
constexpr unsigned kRelease = 16;
constexpr unsigned kInitialize = 22;
enum Step { kQueued = 6, kHandedOn = 7, kGrantRead = 8, kTimeRead = 11, kLongestWaitRead = 12 };

uint32_t command(unsigned core, unsigned operation, unsigned lock) {
  return core * kWindow + 0x80000 + (operation << 14) + (lock << 2);
}

struct Record {
  struct Item {
    Transfer transfer;
    Answer answer;
    uint32_t lines;  // once nothing moves any more
  };
  std::vector<Item> items;
};

// What the RTL does when core 0 hands lock 3 to core 1.
Record handoff() {
  const auto model = ArbiterModel::create({false, TraceKind::kNone, model_under_test()});
  Record record;
  uint64_t clock = 1000;
  const auto transfer = [&](unsigned core, uint32_t address, bool write = false,
                            uint32_t data = 0) {
    const Transfer request{clock, address, data, write, static_cast<uint8_t>(core)};
    const Answer answer = model->transfer(request);
    clock = answer.end + 500;
    model->advance(answer.end + 300);
    const uint32_t lines = model->edges.empty() ? 0 : model->edges.back().lines;
    record.items.push_back({request, answer, lines});
  };
  transfer(0, kCurrentThread, true, 0x80000000);
  transfer(1, kWindow + kCurrentThread, true, 0x80000007);
  transfer(0, kControl, true, 1);
  transfer(1, kWindow + kControl, true, 1);
  transfer(0, kIssue, true, kInitialize << 14 | 3 << 2);
  transfer(0, command(0, kAcquireExclusive, 3));
  transfer(1, command(1, kAcquireExclusive, 3));
  transfer(0, command(0, kRelease, 3));
  transfer(1, kWindow + kGrant);
  transfer(1, kWindow + kGrant, true, 0);
  transfer(1, kWindow + 0xc);               // STATUS
  transfer(1, kWindow + 0x10);              // TIME_LO
  transfer(1, kWindow + 0x40000 + 96 + 8);  // LONGEST_WAIT
  transfer(1, kWindow + 0x40000 + 96 + 4);  // CONTENTIONS
  transfer(1, kWindow, true, 0);            // ID cannot be written
  transfer(1, kWindow + 0x58);              // nothing there
  return record;
}

// What the monitor says; empty when it is silent.
std::string said(const Record &record) {
  const ModelSize size = model_size();
  LockMonitor monitor(
      {size.cores, size.threads, size.locks, size.hold_width, size.statistics, size.check_user});
  try {
    for (const Record::Item &item : record.items) {
      monitor.transfer(item.transfer, item.answer);
      monitor.quiet(item.lines);
    }
  } catch (const std::runtime_error &error) {
    return error.what();
  }
  return "";
}

TEST(Monitor, StaysSilentOnWhatTheArbiterDid) {
  const Record record = handoff();
  ASSERT_EQ(record.items[kHandedOn].lines, 2u) << "the hand-off raised no interrupt";
  EXPECT_EQ(said(record), "");
}

TEST(Monitor, SaysWhoDidWhatWhenAStatusIsFalse) {
  Record record = handoff();
  record.items[kQueued].answer.data = 1 | 1 << 5;
  EXPECT_EQ(said(record),
            "lock monitor: core 1: ACQUIRE_EXCLUSIVE of lock 3, thread slot 7: expected WAITING "
            "(owners 1, shared waiters 0, exclusive waiters 1), got GRANTED_EXCLUSIVE (owners 1, "
            "shared waiters 0, exclusive waiters 0)");
}

TEST(Monitor, NoticesAFalseCount) {
  Record record = handoff();
  record.items[kHandedOn].answer.data += 1 << 5;
  EXPECT_THAT(said(record), AllOf(HasSubstr("core 0: RELEASE of lock 3"), HasSubstr("owners 2")));
}

TEST(Monitor, NoticesALostGrant) {
  Record record = handoff();
  record.items[kHandedOn].lines = 0;
  EXPECT_EQ(said(record), "lock monitor: interrupt of core 1: expected up, got down");
}

TEST(Monitor, NoticesAnInterruptOfTheWrongCore) {
  Record record = handoff();
  record.items[kHandedOn].lines = 6;
  EXPECT_EQ(said(record), "lock monitor: interrupt of core 2: expected down, got up");
}

TEST(Monitor, NoticesAGrantForTheWrongThread) {
  Record record = handoff();
  record.items[kGrantRead].answer.data ^= 1 << 16;
  EXPECT_EQ(said(record),
            "lock monitor: core 1: read of GRANT: expected 0x80070003, got 0x80060003");
}

TEST(Monitor, NoticesALostTransfer) {
  Record record = handoff();
  record.items.erase(record.items.begin() + 5);
  EXPECT_NE(said(record), "");
}

TEST(Monitor, NoticesABusErrorTooMany) {
  Record record = handoff();
  record.items[0].answer.response = Response::kSlaveError;
  EXPECT_EQ(
      said(record),
      "lock monitor: core 0: CURRENT_THREAD = 0x80000000: expected 0x80000000, got bus error");
}

TEST(Monitor, NoticesAMissingBusError) {
  Record record = handoff();
  record.items.back().answer.response = Response::kOkay;
  EXPECT_THAT(said(record), HasSubstr("expected bus error"));
}

TEST(Monitor, DoesNotCompareWhatDependsOnTheClockOfATransfer) {
  Record record = handoff();
  record.items[kTimeRead].answer.data += 1;
  record.items[kLongestWaitRead].answer.data += 1;
  EXPECT_EQ(said(record), "");
}

// The row of lock 3 goes bad while core 0 owns it, and core 1 asks for it.
class MonitorOfABadRow : public testing::Test {
 protected:
  MonitorOfABadRow() {
    flips_.add(0, {Ram::kRow, 3, 0, 40}, 0);
    const ModelSize size = model_size();
    monitor_ = std::make_unique<LockMonitor>(ReferenceModel::Sizes{
        size.cores, size.threads, size.locks, size.hold_width, size.statistics, size.check_user});
    for (unsigned item = 0; item < kQueued; ++item) {
      monitor_->transfer(record_.items[item].transfer, record_.items[item].answer);
    }
  }
  // What the monitor says to this answer; empty when it is silent.
  std::string said(uint32_t data) {
    Answer answer = record_.items[kQueued].answer;
    answer.data = data;
    try {
      monitor_->transfer(record_.items[kQueued].transfer, answer);
    } catch (const std::runtime_error &error) {
      return error.what();
    }
    return "";
  }

  static constexpr uint32_t kParityError = 31;
  const Record record_ = handoff();
  BitFlips flips_;
  std::unique_ptr<LockMonitor> monitor_;
};

TEST_F(MonitorOfABadRow, ExpectsTheRefusal) {
  monitor_->strike(&flips_, 0);
  EXPECT_EQ(said(kParityError), "");
}

TEST_F(MonitorOfABadRow, NoticesASecondOwner) {
  monitor_->strike(&flips_, 0);
  EXPECT_THAT(said(1 | 2 << 5), AllOf(HasSubstr("expected ERR_PARITY"),
                                      HasSubstr("got GRANTED_EXCLUSIVE (owners 2,")));
}

TEST_F(MonitorOfABadRow, NoticesARefusalWithoutAFlip) {
  EXPECT_THAT(said(kParityError),
              AllOf(HasSubstr("expected WAITING"), HasSubstr("got ERR_PARITY")));
}

}  // namespace
}  // namespace lockarb
