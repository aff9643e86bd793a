// SPDX-License-Identifier: Apache-2.0
// The check itself: it is silent on a true record and notices each kind of false one.
#include "sim/model/replay_check.h"

#include <gtest/gtest.h>

#include "tests/sim/model_under_test.h"

namespace lockarb {
namespace {

constexpr uint32_t kCommands = 0x80000;
constexpr uint32_t kControl = 0x18;
constexpr uint32_t kAnswer = 0x48;
constexpr uint32_t kIssue = 0x50;
constexpr uint32_t kCurrentThread = 0x20;
constexpr uint32_t kWindow = 0x100000;

uint32_t command(unsigned core, unsigned operation, unsigned lock) {
  return core * kWindow + kCommands + (operation << 14) + (lock << 2);
}

struct Record {
  std::vector<std::pair<Transfer, Answer>> transfers;
  std::vector<InterruptEdge> edges;
  uint64_t end = 0;
};

// A contended hand-off from core 0 to core 1, with long pauses.
Record handoff() {
  constexpr unsigned kAcquireExclusive = 4;  // it may wait
  constexpr unsigned kRelease = 16;
  constexpr unsigned kInitialize = 22;
  const auto model = ArbiterModel::create({false, TraceKind::kNone, model_under_test()});
  Record record;
  uint64_t clock = 1000;
  const auto transfer = [&](unsigned core, uint32_t address, bool write, uint32_t data) {
    const Transfer request{clock, address, data, write, static_cast<uint8_t>(core)};
    const Answer answer = model->transfer(request);
    record.transfers.emplace_back(request, answer);
    clock = answer.end + 500;
    model->advance(answer.end + 100);
  };
  transfer(0, kCurrentThread, true, 0x80000000);
  transfer(1, kWindow + kCurrentThread, true, 0x80000001);
  transfer(0, kControl, true, 1);
  transfer(1, kWindow + kControl, true, 1);
  transfer(0, kIssue, true, command(0, kInitialize, 3) - kCommands);
  transfer(0, command(0, kAcquireExclusive, 3), false, 0);
  transfer(1, command(1, kAcquireExclusive, 3), false, 0);
  transfer(0, command(0, kRelease, 3), false, 0);
  record.edges = model->edges;
  record.end = model->cycle();
  return record;
}

uint64_t mismatches(const Record &record) {
  ReplayCheck check;
  for (const auto &[transfer, answer] : record.transfers) check.transfer(transfer, answer);
  for (const InterruptEdge &edge : record.edges) check.edge(edge);
  check.finish(record.end);
  return check.mismatches();
}

TEST(Replay, FindsNothingInATrueRecord) {
  const Record record = handoff();
  ASSERT_FALSE(record.edges.empty()) << "the hand-off raised no interrupt";
  EXPECT_EQ(mismatches(record), 0u);
}

// A row goes bad between two commands, so the second one is refused.
uint64_t mismatches_after_a_flip(bool told) {
  constexpr unsigned kReinitialize = 23;
  constexpr unsigned kInitialize = 22;
  const RamBit bit{Ram::kRow, 3, 0, 40};
  const auto model = ArbiterModel::create({false, TraceKind::kNone});
  ReplayCheck check;
  const auto access = [&](uint64_t clock, uint32_t address, bool write, uint32_t data) {
    const Transfer request{clock, address, data, write, 0};
    const Answer answer = model->transfer(request);
    check.transfer(request, answer);
    return answer.data & 0x1f;
  };
  const auto transfer = [&](uint64_t clock, unsigned operation) {
    access(clock, kIssue, true, command(0, operation, 3) - kCommands);
    return access(clock + 500, kAnswer, false, 0);
  };
  EXPECT_EQ(transfer(1000, kInitialize), 16u);
  model->advance(2000);
  model->flip(bit);
  if (told) check.flip(2000, bit);
  EXPECT_EQ(transfer(3000, kReinitialize), 31u) << "nobody noticed the flip";
  model->advance(4000);
  for (const InterruptEdge &edge : model->edges) check.edge(edge);
  check.finish(4000);
  return check.mismatches();
}

TEST(Replay, FlipsTheBitsThatFlipped) { EXPECT_EQ(mismatches_after_a_flip(true), 0u); }

TEST(Replay, NoticesAFlipThatItWasNotTold) { EXPECT_GT(mismatches_after_a_flip(false), 0u); }

TEST(Replay, NoticesAFalseAnswer) {
  Record record = handoff();
  record.transfers[6].second.data ^= 1;
  EXPECT_EQ(mismatches(record), 1u);
}

TEST(Replay, NoticesAnAnswerInTheWrongClock) {
  Record record = handoff();
  record.transfers[5].second.end += 1;
  EXPECT_EQ(mismatches(record), 1u);
}

TEST(Replay, NoticesALostTransfer) {
  Record record = handoff();
  record.transfers.erase(record.transfers.begin() + 5);
  EXPECT_GT(mismatches(record), 0u);
}

TEST(Replay, NoticesALateInterrupt) {
  Record record = handoff();
  record.edges[0].cycle += 1;
  EXPECT_EQ(mismatches(record), 1u);
}

TEST(Replay, NoticesALostInterrupt) {
  Record record = handoff();
  record.edges.pop_back();
  EXPECT_EQ(mismatches(record), 1u);
}

}  // namespace
}  // namespace lockarb
