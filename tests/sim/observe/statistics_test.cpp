// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/statistics.h"

#include <gtest/gtest.h>

namespace lockarb {
namespace {

struct port_note note(port_note_kind kind, unsigned thread, unsigned lock = PORT_NO_LOCK,
                      uint64_t value = 0, bool waited = false) {
  struct port_note note {};
  note.kind = kind;
  note.thread = thread;
  note.name = "name";
  note.lock = lock;
  note.value = value;
  note.waited = waited;
  return note;
}

class Counted : public testing::Test {
 protected:
  Statistics statistics;
};

TEST_F(Counted, WaitingIsFromTheWishToTheAcquireOfAContention) {
  statistics.note(note(PORT_NOTE_LOCK_WANTED, 1, 2, 1), 100);
  statistics.note(note(PORT_NOTE_LOCK_QUEUED, 1, 2), 105);
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 1, 2, 1, true), 150);
  EXPECT_EQ(statistics.locks()[2].contentions, 1u);
  EXPECT_EQ(statistics.locks()[2].waiting.max(), 50u);
  EXPECT_EQ(statistics.threads()[0].waiting.max(), 50u);
}

TEST_F(Counted, AnAcquireThatDidNotWaitIsNoContention) {
  statistics.note(note(PORT_NOTE_LOCK_WANTED, 1, 0, 1), 100);
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 1, 0, 1), 105);
  EXPECT_EQ(statistics.locks()[0].acquisitions, 1u);
  EXPECT_EQ(statistics.locks()[0].contentions, 0u);
  EXPECT_EQ(statistics.locks()[0].waiting.count(), 0u);
}

TEST_F(Counted, HoldingIsFromTheFirstLevelToTheLastRelease) {
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 1, 0, 1), 100);
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 1, 0, 0), 110);
  statistics.note(note(PORT_NOTE_LOCK_RELEASED, 1, 0, 0), 120);
  statistics.note(note(PORT_NOTE_LOCK_RELEASED, 1, 0, 1), 170);
  EXPECT_EQ(statistics.locks()[0].acquisitions, 2u);
  EXPECT_EQ(statistics.locks()[0].recursions, 1u);
  EXPECT_EQ(statistics.locks()[0].holding.count(), 1u);
  EXPECT_EQ(statistics.locks()[0].holding.max(), 70u);
}

TEST_F(Counted, SharersHoldEachOnTheirOwn) {
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 1, 0, 1), 100);
  statistics.note(note(PORT_NOTE_LOCK_ACQUIRED, 2, 0, 1), 110);
  statistics.note(note(PORT_NOTE_LOCK_RELEASED, 1, 0, 1), 120);
  statistics.note(note(PORT_NOTE_LOCK_RELEASED, 2, 0, 1), 150);
  EXPECT_EQ(statistics.locks()[0].holding.min(), 20u);
  EXPECT_EQ(statistics.locks()[0].holding.max(), 40u);
}

TEST_F(Counted, ARefusedTryIsNoAcquisition) {
  statistics.note(note(PORT_NOTE_LOCK_WANTED, 1, 0, 0), 100);
  statistics.note(note(PORT_NOTE_LOCK_REFUSED, 1, 0), 105);
  EXPECT_EQ(statistics.locks()[0].refusals, 1u);
  EXPECT_EQ(statistics.locks()[0].acquisitions, 0u);
}

TEST_F(Counted, ApcsAreCountedByKindForTheirTarget) {
  struct port_note apc = note(PORT_NOTE_APC_DELIVERED, 2);
  apc.apc = PORT_APC_NORMAL;
  statistics.note(apc, 100);
  apc.kind = PORT_NOTE_APC_HELD_BACK;
  apc.apc = PORT_APC_USER;
  statistics.note(apc, 110);
  const ThreadUse &target = statistics.threads()[1];
  EXPECT_EQ(target.apcs_delivered[PORT_APC_NORMAL], 1u);
  EXPECT_EQ(target.apcs_delivered[PORT_APC_SPECIAL], 0u);
  EXPECT_EQ(target.apcs_held_back[PORT_APC_USER], 1u);
}

}  // namespace
}  // namespace lockarb
