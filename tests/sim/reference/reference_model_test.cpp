// SPDX-License-Identifier: Apache-2.0
// The reference model against the text of the contract's tables, each state reached by commands,
// and what the lockstep test cannot see because it takes the model's word for it.
#include "sim/reference/reference_model.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

using namespace contract;

constexpr unsigned kThreads = 8;
constexpr unsigned kHoldLimit = 7;
constexpr unsigned kLock = 2;
constexpr ReferenceModel::Sideband kUser{false, 0, 15};
// Slots of the threads that make the state of a lock.
enum { kMe, kOther, kThird, kWriter, kReader };

class Reference : public testing::Test {
 protected:
  static uint32_t address(unsigned core, uint32_t offset) {
    return core << LOCKARB_WINDOW_SHIFT | offset;
  }
  static uint32_t command_address(unsigned core, unsigned operation, unsigned lock = kLock) {
    return address(
        core, LOCKARB_COMMAND_OFFSET | operation << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT);
  }
  // Armed, if it has to be.
  uint32_t command(unsigned core, unsigned operation, unsigned lock = kLock) {
    if (needs_arm(operation)) {
      EXPECT_TRUE(model.write(address(core, LOCKARB_ARM_OFFSET), place_of(operation, lock)));
    }
    return model.read(command_address(core, operation, lock)).value();
  }
  // With the apertures open.
  static ReferenceModel fresh(const ReferenceModel::Sizes &sizes) {
    ReferenceModel model(sizes);
    for (unsigned core = 0; core < sizes.cores; ++core) {
      EXPECT_TRUE(model.write(address(core, LOCKARB_CONTROL_OFFSET), LOCKARB_CONTROL_APERTURE_MASK,
                              {true, core}));
    }
    return model;
  }
  // The slot is the current one of one core: the core that had it gives it up.
  void set_thread(unsigned core, unsigned thread) {
    for (unsigned other = 0; other < 2; ++other) {
      if (other != core &&
          model.current_thread(other) == (LOCKARB_CURRENT_THREAD_VALID_MASK | thread)) {
        ASSERT_TRUE(model.write(address(other, LOCKARB_CURRENT_THREAD_OFFSET), 0));
      }
    }
    ASSERT_TRUE(model.write(address(core, LOCKARB_CURRENT_THREAD_OFFSET),
                            LOCKARB_CURRENT_THREAD_VALID_MASK | thread));
  }
  unsigned status_for(unsigned thread, unsigned operation, unsigned lock = kLock) {
    set_thread(0, thread);
    return command(0, operation, lock) & LOCKARB_RESULT_STATUS_MASK;
  }
  unsigned status_upon(uint32_t operand, unsigned operation, unsigned lock = kLock) {
    EXPECT_TRUE(model.write(address(0, LOCKARB_OPERAND_OFFSET), operand));
    return command(0, operation, lock) & LOCKARB_RESULT_STATUS_MASK;
  }
  uint32_t statistic(uint32_t offset) {
    return model.read(address(0, LOCKARB_STATISTICS_OFFSET + 32 * kLock + offset)).value();
  }

  // All that can be seen of the lock.
  struct Counts {
    unsigned owners, shared_waiters, exclusive_waiters, mine;
    bool operator==(const Counts &o) const {
      return owners == o.owners && shared_waiters == o.shared_waiters &&
             exclusive_waiters == o.exclusive_waiters && mine == o.mine;
    }
    friend std::ostream &operator<<(std::ostream &out, const Counts &c) {
      return out << c.owners << " owners, " << c.shared_waiters << " shared and "
                 << c.exclusive_waiters << " exclusive waiters, hold count " << c.mine;
    }
  };
  // In the window of core 1, whose thread is set for the look: the slot must not wait.
  Counts counts(unsigned thread) {
    set_thread(1, thread);
    const uint32_t hold = command(1, LOCKARB_OP_HOLD_COUNT);
    const uint32_t word = counts_word();
    return {(word & LOCKARB_RESULT_OWNERS_MASK) >> LOCKARB_RESULT_OWNERS_SHIFT,
            (word & LOCKARB_RESULT_SHARED_WAITERS_MASK) >> LOCKARB_RESULT_SHARED_WAITERS_SHIFT,
            word >> LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT,
            hold >> LOCKARB_HOLD_COUNT_RESULT_COUNT_SHIFT};
  }
  // Of a command that is refused, and so changes only ERROR.
  uint32_t counts_word() {
    const uint32_t word = command(1, LOCKARB_OP_INITIALIZE);
    model.write(LOCKARB_ERROR_OFFSET, 0);
    return word;
  }

  // A fresh model with the lock in the state of a row.
  void enter_state(const LockState &state, unsigned my_count = 1) {
    model = fresh({2, kThreads, 4, 3});
    status_for(kMe,
               state.writer_first ? LOCKARB_OP_INITIALIZE_WRITER_FIRST : LOCKARB_OP_INITIALIZE);
    const auto own = [&](unsigned thread, unsigned operation, unsigned count) {
      for (unsigned i = 0; i < count; ++i) status_for(thread, operation);
    };
    switch (state.standing) {
      case Standing::kFree:
        return;
      case Standing::kExclusiveMine:
        own(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE, my_count);
        break;
      case Standing::kExclusiveOther:
        own(kOther, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 1);
        break;
      case Standing::kSharedMineAndOthers:
        own(kOther, LOCKARB_OP_ACQUIRE_SHARED, 1);
        own(kMe, LOCKARB_OP_ACQUIRE_SHARED, my_count);
        break;
      case Standing::kSharedMine:
        own(kMe, LOCKARB_OP_ACQUIRE_SHARED, my_count);
        break;
      case Standing::kSharedOthers:
        own(kOther, LOCKARB_OP_ACQUIRE_SHARED, 1);
        break;
    }
    if (state.exclusive_waiters) {
      ASSERT_EQ(status_for(kWriter, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING);
    }
    if (state.shared_waiters) {
      ASSERT_EQ(status_for(kReader, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_WAITING);
    }
    model.write(LOCKARB_ERROR_OFFSET, 0);
  }

  ReferenceModel model = fresh({2, kThreads, 4, 3});
};

struct Outcome {
  unsigned status;
  int owners, shared_waiters, exclusive_waiters, mine;
};

Outcome outcome_of(AcquireWord word) {
  switch (word) {
    case AcquireWord::kGrantX:
      return {LOCKARB_STATUS_GRANTED_EXCLUSIVE, 1, 0, 0, 1};
    case AcquireWord::kGrantS:
      return {LOCKARB_STATUS_GRANTED_SHARED, 1, 0, 0, 1};
    case AcquireWord::kRecX:
      return {LOCKARB_STATUS_RECURSED_EXCLUSIVE, 0, 0, 0, 1};
    case AcquireWord::kRecS:
      return {LOCKARB_STATUS_RECURSED_SHARED, 0, 0, 0, 1};
    case AcquireWord::kFalse:
      return {LOCKARB_STATUS_NOT_GRANTED, 0, 0, 0, 0};
    case AcquireWord::kWaitE:
      return {LOCKARB_STATUS_WAITING, 0, 0, 1, 0};
    case AcquireWord::kWaitS:
      return {LOCKARB_STATUS_WAITING, 0, 1, 0, 0};
    case AcquireWord::kWaitESelfBlock:
      return {LOCKARB_STATUS_WAITING_SELF_BLOCK, 0, 0, 1, 0};
    case AcquireWord::kWaitSSelfBlock:
      return {LOCKARB_STATUS_WAITING_SELF_BLOCK, 0, 1, 0, 0};
    default:
      ADD_FAILURE() << "no outcome";
      return {};
  }
}

TEST_F(Reference, AcquiresAsTableASays) {
  unsigned cells = 0;
  for (const AcquireRow &row : kAcquireTable) {
    for (unsigned routine = 0; routine < kAcquireRoutines; ++routine) {
      for (const bool wait : {false, true}) {
        if (routine == kTryExclusive && wait) continue;
        ++cells;
        const unsigned kind = routine == kTryExclusive ? 0 : routine - kExclusive;
        const Outcome outcome = outcome_of(parse_acquire(row.routine[routine], wait));
        enter_state(parse_state(row.state));
        const Counts before = counts(kMe);
        EXPECT_EQ(status_for(kMe, kind | (wait ? 4 : 0)), outcome.status)
            << row.state << ", routine " << routine << ", wait " << wait;
        const Counts after{
            before.owners + outcome.owners, before.shared_waiters + outcome.shared_waiters,
            before.exclusive_waiters + outcome.exclusive_waiters, before.mine + outcome.mine};
        Counts seen = counts(kMe);
        // Of a thread that waits nobody is told the hold count.
        if (outcome.shared_waiters + outcome.exclusive_waiters != 0) seen.mine = after.mine;
        EXPECT_EQ(seen, after) << row.state << ", routine " << routine << ", wait " << wait;
      }
    }
  }
  EXPECT_EQ(cells, 18u * 9u);
}

TEST_F(Reference, ReleasesAsTableBSays) {
  for (const ReleaseRow &row : kReleaseTable) {
    const LockState state = parse_state(row.state);
    const struct {
      const char *cell;
      unsigned count;
    } kColumns[] = {{row.more_than_one, 3}, {row.one, 1}};
    for (const auto &column : kColumns) {
      const ReleaseWord word = parse_release(column.cell);
      if (word == ReleaseWord::kUnreachable) continue;
      enter_state(state, column.count);
      const Counts before = counts(kMe);
      const unsigned status = status_for(kMe, LOCKARB_OP_RELEASE);
      const Counts after = counts(kMe);
      Counts expected = before;
      --expected.mine;
      switch (word) {
        case ReleaseWord::kCount:
          EXPECT_EQ(status, LOCKARB_STATUS_HELD) << row.state;
          break;
        case ReleaseWord::kFree:
          EXPECT_EQ(status, LOCKARB_STATUS_FREED) << row.state;
          expected.owners = 0;
          break;
        case ReleaseWord::kAllShared:
          EXPECT_EQ(status, LOCKARB_STATUS_HANDED_SHARED) << row.state;
          expected.owners = before.shared_waiters;
          expected.shared_waiters = 0;
          EXPECT_NE(model.interrupts(), 0u) << "nobody is told";
          break;
        case ReleaseWord::kHeadOfExclusive:
          EXPECT_EQ(status, LOCKARB_STATUS_HANDED_EXCLUSIVE) << row.state;
          expected.owners = 1;
          --expected.exclusive_waiters;
          EXPECT_NE(model.interrupts(), 0u) << "nobody is told";
          break;
        case ReleaseWord::kEntryRemoved:
          EXPECT_EQ(status, LOCKARB_STATUS_LEFT) << row.state;
          --expected.owners;
          EXPECT_EQ(model.interrupts(), 0u) << "somebody was woken";
          break;
        default:
          ADD_FAILURE() << row.state << ": an owner is told that it is none";
          break;
      }
      EXPECT_EQ(after, expected) << row.state << ", hold count " << column.count;
    }
    const ReleaseWord stranger = parse_release(row.no_owner);
    if (stranger == ReleaseWord::kUnreachable) continue;
    enter_state(state);
    const Counts before = counts(kThird);
    EXPECT_EQ(status_for(kThird, LOCKARB_OP_RELEASE), stranger == ReleaseWord::kNotOwnedShared
                                                          ? LOCKARB_STATUS_ERR_NOT_OWNED_SHARED
                                                          : LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE)
        << row.state;
    EXPECT_EQ(counts(kThird), before) << row.state << ": a refusal changed something";
  }
}

TEST_F(Reference, ConvertsAsTableCSays) {
  for (const AcquireRow &row : kAcquireTable) {
    const char *outcome = kConvertTable.back().outcome;
    for (const ConvertRow &convert : kConvertTable) {
      if (std::string(convert.state) == row.state) outcome = convert.outcome;
    }
    enter_state(parse_state(row.state), 3);
    Counts expected = counts(kMe);
    unsigned status = LOCKARB_STATUS_ERR_CONVERT;
    if (parse_convert(outcome) == ConvertWord::kMine) status = LOCKARB_STATUS_CONVERTED;
    if (parse_convert(outcome) == ConvertWord::kMineAndAllShared) {
      status = LOCKARB_STATUS_HANDED_SHARED;
      expected.owners += expected.shared_waiters;
      expected.shared_waiters = 0;
    }
    EXPECT_EQ(status_for(kMe, LOCKARB_OP_CONVERT), status) << row.state;
    EXPECT_EQ(counts(kMe), expected) << row.state;
    if (status != LOCKARB_STATUS_ERR_CONVERT) {
      EXPECT_NE(status_for(kMe, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE);
      EXPECT_EQ(status_for(kThird, LOCKARB_OP_RELEASE), LOCKARB_STATUS_ERR_NOT_OWNED_SHARED)
          << row.state << ": still exclusive";
    }
  }
}

class SetOwner : public Reference {
 protected:
  static constexpr uint32_t kPointer = LOCKARB_OPERAND_POINTER_MASK | 6;
  unsigned set_owner(unsigned thread, uint32_t operand) {
    model.write(LOCKARB_OPERAND_OFFSET, operand);
    return status_for(thread, LOCKARB_OP_SET_OWNER);
  }
  // For the pointer, as the executive would release it.
  unsigned release_pointer() { return status_upon(6, LOCKARB_OP_RELEASE_FOR); }
};

TEST_F(SetOwner, GivesAllLevelsToThePointer) {
  for (const Standing standing : {Standing::kExclusiveMine, Standing::kSharedMine}) {
    LockState state;
    state.standing = standing;
    enter_state(state, 3);
    EXPECT_EQ(set_owner(kMe, kPointer), LOCKARB_STATUS_DONE);
    EXPECT_EQ(counts(kMe), (Counts{1, 0, 0, 0}));
    EXPECT_EQ(counts(6), (Counts{1, 0, 0, 3}));
    EXPECT_EQ(release_pointer(), LOCKARB_STATUS_HELD);
    EXPECT_EQ(release_pointer(), LOCKARB_STATUS_HELD);
    EXPECT_EQ(release_pointer(), LOCKARB_STATUS_FREED);
  }
}

TEST_F(SetOwner, AddsToWhatThePointerHolds) {
  enter_state(parse_state("S(me+others)"), 3);
  EXPECT_EQ(set_owner(kOther, kPointer), LOCKARB_STATUS_DONE);
  EXPECT_EQ(counts(6), (Counts{2, 0, 0, 1}));
  EXPECT_EQ(set_owner(kMe, kPointer), LOCKARB_STATUS_DONE);
  EXPECT_EQ(counts(6), (Counts{1, 0, 0, 4}));
}

TEST_F(SetOwner, RefusesASumThatHasNoRoom) {
  enter_state(parse_state("S(me+others)"), kHoldLimit);
  EXPECT_EQ(set_owner(kOther, kPointer), LOCKARB_STATUS_DONE);
  EXPECT_EQ(set_owner(kMe, kPointer), LOCKARB_STATUS_ERR_OVERFLOW);
  EXPECT_EQ(counts(6), (Counts{2, 0, 0, 1}));
  EXPECT_EQ(counts(kMe), (Counts{2, 0, 0, kHoldLimit}));
}

TEST_F(SetOwner, RefusesWhatIsNoPointer) {
  enter_state(parse_state("X(me), Ew"));
  EXPECT_EQ(set_owner(kMe, 6), LOCKARB_STATUS_ERR_OWNER_VALUE) << "no pointer bit";
  EXPECT_EQ(set_owner(kMe, LOCKARB_OPERAND_POINTER_MASK | kMe), LOCKARB_STATUS_ERR_OWNER_VALUE);
  EXPECT_EQ(set_owner(kMe, LOCKARB_OPERAND_POINTER_MASK | kWriter), LOCKARB_STATUS_ERR_OWNER_VALUE)
      << "a thread that waits";
  EXPECT_EQ(set_owner(kMe, LOCKARB_OPERAND_POINTER_MASK | kThreads), LOCKARB_STATUS_ERR_THREAD);
  EXPECT_EQ(set_owner(kThird, LOCKARB_OPERAND_POINTER_MASK | kThird),
            LOCKARB_STATUS_ERR_OWNER_VALUE)
      << "told before that it does not own the lock";
  EXPECT_EQ(set_owner(kThird, kPointer), LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE);
  EXPECT_EQ(counts(kMe), (Counts{1, 0, 1, 1}));
}

TEST_F(Reference, LivesAsTableDSays) {
  // A lock that is not initialized has no state.
  const auto expect = [&](const char *state, LifetimeColumn column) {
    for (const LifetimeOperation what : {kDelete, kReinitialize, kInitialize}) {
      if (state != nullptr) {
        enter_state(parse_state(state));
      } else {
        model = fresh({2, kThreads, 4, 3});
      }
      static constexpr unsigned kOperation[] = {LOCKARB_OP_DELETE, LOCKARB_OP_REINITIALIZE,
                                                LOCKARB_OP_INITIALIZE};
      const unsigned status = command(0, kOperation[what]) & LOCKARB_RESULT_STATUS_MASK;
      const unsigned afterwards = status_for(kMe, LOCKARB_OP_TRY_EXCLUSIVE);
      unsigned expected = LOCKARB_STATUS_DONE, expected_afterwards = 0;
      switch (parse_lifetime(kLifetimeTable[what].column[column])) {
        case LifetimeWord::kFreedHeld:
          expected = LOCKARB_STATUS_DONE_HELD;
          [[fallthrough]];
        case LifetimeWord::kFreed:
          expected_afterwards = LOCKARB_STATUS_ERR_LOCK;
          break;
        case LifetimeWord::kZeroHeld:
          expected = LOCKARB_STATUS_DONE_HELD;
          [[fallthrough]];
        case LifetimeWord::kZero:
          expected_afterwards = LOCKARB_STATUS_GRANTED_EXCLUSIVE;
          break;
        case LifetimeWord::kNoLock:
          expected = LOCKARB_STATUS_ERR_LOCK;
          expected_afterwards = LOCKARB_STATUS_ERR_LOCK;
          break;
        case LifetimeWord::kWaiters:
          expected = LOCKARB_STATUS_ERR_WAITERS;
          break;
        case LifetimeWord::kSecond:
          expected = LOCKARB_STATUS_ERR_INITIALIZED;
          break;
      }
      const std::string where = std::string(kLifetimeTable[what].operation) + " of " +
                                (state != nullptr ? state : "no lock");
      EXPECT_EQ(status, expected) << where;
      if (expected_afterwards != 0) {
        EXPECT_EQ(afterwards, expected_afterwards) << where;
      }
    }
  };
  expect(nullptr, kNotInitialized);
  expect("FREE", kNotOwned);
  expect("X(me)", kOwned);
  expect("S(me+others)", kOwned);
  expect("X(me), Sw", kWaiters);
  expect("S(others), Ew", kWaiters);
}

TEST_F(Reference, DrainTakesOneStepAtATime) {
  enter_state(parse_state("S(me+others)"), 3);
  ASSERT_EQ(status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING_SELF_BLOCK);
  ASSERT_EQ(status_for(kReader, LOCKARB_OP_ACQUIRE_SHARED), LOCKARB_STATUS_WAITING);
  EXPECT_EQ(status_upon(kMe, LOCKARB_OP_DRAIN), LOCKARB_STATUS_HANDED_SHARED)
      << "the reader stays behind nobody";
  EXPECT_EQ(status_upon(kMe, LOCKARB_OP_DRAIN), LOCKARB_STATUS_LEFT) << "all levels at once";
  EXPECT_EQ(status_upon(kMe, LOCKARB_OP_DRAIN), LOCKARB_STATUS_DONE);
  EXPECT_EQ(counts(kMe), (Counts{2, 0, 0, 0}));
}

TEST_F(Reference, CountsWhatStatisticsSay) {
  enter_state(parse_state("FREE"));
  model.set_time(1000);
  status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  model.set_time(1010);
  status_for(kReader, LOCKARB_OP_ACQUIRE_SHARED);
  model.set_time(1020);
  status_for(kOther, LOCKARB_OP_ACQUIRE_SHARED);
  status_for(kWriter, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
  EXPECT_EQ(statistic(LOCKARB_ACQUISITIONS_OFFSET), 2u);
  EXPECT_EQ(statistic(LOCKARB_CONTENTIONS_OFFSET), 3u);
  EXPECT_EQ(statistic(LOCKARB_DEEPEST_QUEUE_OFFSET), 3u);
  model.set_time(1100);
  EXPECT_EQ(status_for(kMe, LOCKARB_OP_CONVERT), LOCKARB_STATUS_HANDED_SHARED);
  EXPECT_EQ(statistic(LOCKARB_ACQUISITIONS_OFFSET), 4u) << "the batch";
  EXPECT_EQ(statistic(LOCKARB_LONGEST_WAIT_OFFSET), 90u) << "of the first reader";
  EXPECT_EQ(statistic(LOCKARB_LONGEST_HOLD_OFFSET), 0u) << "a conversion is no change of hands";
  model.set_time(1200);
  status_upon(kMe, LOCKARB_OP_DRAIN);
  status_upon(kReader, LOCKARB_OP_DRAIN);
  EXPECT_EQ(status_upon(kOther, LOCKARB_OP_DRAIN), LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(statistic(LOCKARB_LONGEST_HOLD_OFFSET), 200u);
  EXPECT_EQ(statistic(LOCKARB_LONGEST_WAIT_OFFSET), 180u);
  model.set_time(1250);
  EXPECT_EQ(status_upon(kWriter, LOCKARB_OP_DRAIN), LOCKARB_STATUS_FREED);
  EXPECT_EQ(statistic(LOCKARB_LONGEST_HOLD_OFFSET), 200u) << "50 is less";
  command(0, LOCKARB_OP_DELETE);
  EXPECT_EQ(statistic(LOCKARB_ACQUISITIONS_OFFSET), 5u) << "DELETE leaves them";
  command(0, LOCKARB_OP_INITIALIZE);
  EXPECT_EQ(statistic(LOCKARB_ACQUISITIONS_OFFSET), 0u);
  EXPECT_EQ(statistic(LOCKARB_LONGEST_HOLD_OFFSET), 0u);
}

bool is_for_everybody(unsigned operation) {
  return operation < 8 || operation == LOCKARB_OP_RELEASE || operation == LOCKARB_OP_CONVERT ||
         operation == LOCKARB_OP_HOLD_COUNT;
}

// Contract part IV, I5: a lock of the class user, and of what thread of control.
TEST_F(Reference, UnprivilegedCodeUsesLocksOfItsClassOnly) {
  for (const bool user_lock : {false, true}) {
    for (unsigned operation = 0; operation < 32; ++operation) {
      for (const bool by_write : {false, true}) {
        model = fresh({2, kThreads, 4, 3});
        status_for(kMe, user_lock ? LOCKARB_OP_INITIALIZE_USER : LOCKARB_OP_INITIALIZE);
        status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
        status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE);
        if (needs_arm(operation)) model.write(LOCKARB_ARM_OFFSET, place_of(operation, kLock));
        const bool may = is_for_everybody(operation) && user_lock;
        EXPECT_EQ(by_write ? model.write(LOCKARB_ISSUE_OFFSET, place_of(operation, kLock), kUser)
                           : model.read(command_address(0, operation), kUser).has_value(),
                  may)
            << operation_name(operation) << user_lock << by_write;
        if (!may) {
          EXPECT_EQ(counts(kMe), (Counts{1, 0, 0, 2})) << operation_name(operation);
          EXPECT_EQ(model.read(LOCKARB_USER_ERROR_OFFSET), 0u) << "a bus error is no command";
        }
        EXPECT_FALSE(model.read(command_address(0, operation, 4), kUser)) << "there are four locks";
      }
    }
  }
}

TEST_F(Reference, ClassStaysUntilTheLockIsDeleted) {
  const auto open = [&] {
    set_thread(0, kMe);
    return model.read(command_address(0, LOCKARB_OP_HOLD_COUNT), kUser).has_value();
  };
  for (const unsigned operation :
       {LOCKARB_OP_INITIALIZE_USER, LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST}) {
    EXPECT_FALSE(open());
    EXPECT_EQ(status_for(kMe, operation), LOCKARB_STATUS_DONE);
    EXPECT_TRUE(open());
    EXPECT_EQ(status_for(kMe, LOCKARB_OP_REINITIALIZE), LOCKARB_STATUS_DONE);
    EXPECT_TRUE(open());
    EXPECT_EQ(status_for(kMe, LOCKARB_OP_DELETE), LOCKARB_STATUS_DONE);
  }
  EXPECT_FALSE(open());
  EXPECT_EQ(status_for(kMe, LOCKARB_OP_INITIALIZE), LOCKARB_STATUS_DONE);
  EXPECT_FALSE(open());
}

// Contract part IV, I2.
TEST_F(Reference, WhatActsForOthersIsArmedByTheSameCoreForOneCommand) {
  const auto unarmed = [&](unsigned core, unsigned operation) {
    const auto answer = model.read(command_address(core, operation));
    return answer && (*answer & LOCKARB_RESULT_STATUS_MASK) == LOCKARB_STATUS_ERR_NOT_ARMED;
  };
  const auto arm = [&](unsigned core, unsigned operation, unsigned lock = kLock) {
    EXPECT_TRUE(model.write(address(core, LOCKARB_ARM_OFFSET), place_of(operation, lock)));
  };
  for (const unsigned operation :
       {LOCKARB_OP_RELEASE_FOR, LOCKARB_OP_SET_OWNER, LOCKARB_OP_INITIALIZE,
        LOCKARB_OP_REINITIALIZE, LOCKARB_OP_DELETE, LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN,
        LOCKARB_OP_INITIALIZE_WRITER_FIRST, LOCKARB_OP_INITIALIZE_USER,
        LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST}) {
    enter_state(parse_state("S(me+others), Ew+Sw"), 2);
    set_thread(0, kMe);
    const Counts before = counts(kMe);
    set_thread(0, kMe);
    EXPECT_TRUE(unarmed(0, operation)) << operation_name(operation);
    EXPECT_EQ(model.read(LOCKARB_ERROR_OFFSET).value() >> LOCKARB_ERROR_STATUS_SHIFT & 31,
              LOCKARB_STATUS_ERR_NOT_ARMED);
    arm(1, operation);
    EXPECT_TRUE(unarmed(0, operation)) << "another core's";
    arm(0, operation, kLock + 1);
    EXPECT_TRUE(unarmed(0, operation)) << "another lock";
    arm(0, LOCKARB_OP_HOLD_COUNT);
    EXPECT_TRUE(unarmed(0, operation)) << "another operation";
    arm(0, operation);
    command(0, LOCKARB_OP_HOLD_COUNT);
    EXPECT_TRUE(unarmed(0, operation)) << "used up";
    arm(0, operation);
    set_thread(0, kMe);
    EXPECT_TRUE(unarmed(0, operation)) << "CURRENT_THREAD was written";
    arm(0, operation);
    EXPECT_TRUE(model.write(LOCKARB_ISSUE_OFFSET, place_of(LOCKARB_OP_HOLD_COUNT, kLock)));
    EXPECT_TRUE(unarmed(0, operation)) << "a command by a write uses it up too";
    EXPECT_EQ(counts(kMe), before);
    set_thread(0, kMe);
    arm(0, operation);
    EXPECT_FALSE(unarmed(0, operation));
    EXPECT_TRUE(unarmed(0, operation)) << "once";
  }
}

// Contract part IV, I3.
TEST_F(Reference, ClosedApertureChangesNothingAndIssueGivesTheSameAnswers) {
  enter_state(parse_state("X(me)"));
  set_thread(0, kMe);
  EXPECT_TRUE(model.write(LOCKARB_CONTROL_OFFSET, 0));
  for (unsigned operation = 0; operation < 32; ++operation) {
    model.write(LOCKARB_ARM_OFFSET, place_of(operation, kLock));
    EXPECT_FALSE(model.read(command_address(0, operation))) << operation_name(operation);
    EXPECT_EQ(model.armed(0), place_of(operation, kLock)) << "not even used up";
  }
  EXPECT_EQ(model.read(LOCKARB_ERROR_OFFSET), 0u);
  for (unsigned operation = 0; operation < 32; ++operation) {
    enter_state(parse_state("X(me)"), 2);
    set_thread(0, kMe);
    const uint32_t by_read = command(0, operation);
    enter_state(parse_state("X(me)"), 2);
    set_thread(0, kMe);
    EXPECT_TRUE(model.write(LOCKARB_ISSUE_OFFSET, place_of(operation, kLock)));
    EXPECT_EQ(model.read(LOCKARB_ANSWER_OFFSET), by_read) << operation_name(operation);
    EXPECT_EQ(model.read(LOCKARB_ANSWER_OFFSET), by_read) << "any number of times";
  }
  EXPECT_FALSE(model.read(LOCKARB_ISSUE_OFFSET));
  EXPECT_FALSE(model.read(LOCKARB_ANSWER_OFFSET, kUser));
  EXPECT_EQ(model.read(LOCKARB_USER_ANSWER_OFFSET, kUser), 0u);
}

// Contract part IV, I6.
TEST_F(Reference, ErrorsOfTheTwoClassesDoNotHideEachOther) {
  status_for(kMe, LOCKARB_OP_INITIALIZE_USER);
  const auto fail = [&](bool privileged) {
    set_thread(0, kMe);
    model.write(LOCKARB_ISSUE_OFFSET, place_of(LOCKARB_OP_RELEASE, kLock), {privileged, 0, 15});
  };
  fail(false);
  EXPECT_EQ(model.read(LOCKARB_ERROR_OFFSET), 0u);
  EXPECT_EQ(model.interrupts(), 1u);
  fail(true);
  EXPECT_NE(model.read(LOCKARB_ERROR_OFFSET), 0u);
  EXPECT_TRUE(model.write(LOCKARB_USER_ERROR_OFFSET, 0));
  EXPECT_NE(model.read(LOCKARB_ERROR_OFFSET), 0u);
  EXPECT_EQ(model.read(LOCKARB_USER_ERROR_OFFSET), 0u);
  EXPECT_EQ(model.interrupts(), 1u);
  fail(false);
  EXPECT_TRUE(model.write(LOCKARB_ERROR_OFFSET, 0));
  EXPECT_NE(model.read(LOCKARB_USER_ERROR_OFFSET), 0u);
}

// Contract part IV, I7.
TEST_F(Reference, SlotIsTheCurrentOneOfOneCore) {
  const uint32_t current = LOCKARB_CURRENT_THREAD_VALID_MASK | kOther;
  EXPECT_TRUE(model.write(address(0, LOCKARB_CURRENT_THREAD_OFFSET), current));
  EXPECT_TRUE(model.write(address(0, LOCKARB_CURRENT_THREAD_OFFSET), current)) << "the same core";
  EXPECT_FALSE(model.write(address(1, LOCKARB_CURRENT_THREAD_OFFSET), current));
  EXPECT_EQ(model.current_thread(1), 0u);
  EXPECT_TRUE(model.write(address(1, LOCKARB_CURRENT_THREAD_OFFSET), kOther)) << "not valid";
  EXPECT_TRUE(model.write(address(0, LOCKARB_CURRENT_THREAD_OFFSET), 0));
  EXPECT_TRUE(model.write(address(1, LOCKARB_CURRENT_THREAD_OFFSET), current));
}

TEST_F(Reference, TakeTakesAsTheTableOfGrantsSays) {
  const auto take = [this] { return model.read(address(0, LOCKARB_TAKE_OFFSET)); };
  const uint32_t shown = LOCKARB_TAKE_VALID_MASK | kMe << LOCKARB_TAKE_THREAD_SHIFT | kLock;
  EXPECT_EQ(status_for(kOther, LOCKARB_OP_INITIALIZE), LOCKARB_STATUS_DONE);
  EXPECT_EQ(status_for(kOther, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  EXPECT_EQ(take(), 0u) << "it owns the lock, and waits for nothing";
  EXPECT_EQ(status_for(kMe, LOCKARB_OP_ACQUIRE_EXCLUSIVE), LOCKARB_STATUS_WAITING);
  EXPECT_EQ(take(), uint32_t{LOCKARB_TAKE_WAITS_MASK});
  EXPECT_EQ(status_for(kOther, LOCKARB_OP_RELEASE), LOCKARB_STATUS_HANDED_EXCLUSIVE);
  EXPECT_EQ(take(), shown) << "another one runs";
  ASSERT_TRUE(model.write(address(0, LOCKARB_CURRENT_THREAD_OFFSET), kMe));
  EXPECT_EQ(take(), shown) << "nobody runs";
  set_thread(0, kMe);
  ASSERT_TRUE(model.write(address(0, LOCKARB_CONTROL_OFFSET), 0));
  EXPECT_EQ(take(), shown) << "the aperture is closed";
  ASSERT_TRUE(model.write(address(0, LOCKARB_CONTROL_OFFSET), LOCKARB_CONTROL_APERTURE_MASK));
  EXPECT_FALSE(model.read(address(0, LOCKARB_TAKE_OFFSET), kUser)) << "unprivileged";
  EXPECT_FALSE(model.write(address(0, LOCKARB_TAKE_OFFSET), 0));
  EXPECT_TRUE(model.interrupt(0));
  EXPECT_EQ(take(), shown | LOCKARB_TAKE_TAKEN_MASK);
  EXPECT_FALSE(model.interrupt(0));
  EXPECT_TRUE(model.idle(kMe));
  EXPECT_EQ(take(), 0u);
  EXPECT_EQ(status_for(kMe, LOCKARB_OP_CONVERT, kLock + 1), LOCKARB_STATUS_ERR_LOCK);
  EXPECT_EQ(take(), uint32_t{LOCKARB_TAKE_ERROR_MASK});
}

TEST_F(Reference, BusErrorsChangeNothing) {
  enter_state(parse_state("X(me)"));
  const ReferenceModel::Sideband user = kUser;
  for (unsigned operation = 0; operation < 32; ++operation) {
    enter_state(parse_state("X(me)"), 2);
    set_thread(0, kMe);
    EXPECT_FALSE(model.write(command_address(0, operation), 0));
    EXPECT_EQ(counts(kMe), (Counts{1, 0, 0, 2})) << operation_name(operation);
  }
  EXPECT_FALSE(model.read(address(2, LOCKARB_ID_OFFSET))) << "there are two cores";
  EXPECT_FALSE(model.read(LOCKARB_TAKE_OFFSET + 4));
  EXPECT_FALSE(model.read(LOCKARB_ID_OFFSET + 1));
  EXPECT_FALSE(model.write(LOCKARB_ID_OFFSET, 0));
  EXPECT_FALSE(model.write(LOCKARB_IRQL_OFFSET, 1, {true, 0, 7})) << "a byte lane is off";
  EXPECT_FALSE(model.write(LOCKARB_IRQL_OFFSET, 1, user));
  EXPECT_FALSE(
      model.write(LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | kThreads));
  EXPECT_FALSE(model.read(LOCKARB_STATISTICS_OFFSET + 32 * 4)) << "there are four locks";
  EXPECT_FALSE(model.read(LOCKARB_STATISTICS_OFFSET, user));
  EXPECT_TRUE(model.read(LOCKARB_STATUS_OFFSET, user));
  EXPECT_EQ(model.irql(0), 0u);
}

TEST_F(Reference, KeepsTheFirstErrorAndInterruptsItsCore) {
  enter_state(parse_state("FREE"));
  set_thread(1, kThird);
  command(1, LOCKARB_OP_RELEASE);
  status_for(kMe, LOCKARB_OP_CONVERT);
  EXPECT_EQ(model.interrupts(), 2u);
  EXPECT_EQ(model.read(LOCKARB_ERROR_OFFSET),
            LOCKARB_ERROR_VALID_MASK |
                LOCKARB_STATUS_ERR_NOT_OWNED_SHARED << LOCKARB_ERROR_STATUS_SHIFT |
                1u << LOCKARB_ERROR_CORE_SHIFT | kThird << LOCKARB_ERROR_THREAD_SHIFT | kLock);
  model.write(LOCKARB_ERROR_OFFSET, 0);
  EXPECT_EQ(model.interrupts(), 0u);
}

TEST(AccessText, NamesEveryOperationAndStatus) {
  for (unsigned operation = 0; operation <= LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST; ++operation) {
    EXPECT_NE(std::string(operation_name(operation)), "(no name)") << operation;
  }
  for (unsigned status = 1; status <= LOCKARB_STATUS_ERR_OPERATION; ++status) {
    if (status == 18) continue;  // no such status
    EXPECT_NE(std::string(status_name(status)), "(no name)") << status;
  }
}

TEST(AccessText, SaysWhatAnAccessIs) {
  EXPECT_EQ(access_text(0x1d4008, false, 0), "core 1: HOLD_COUNT of lock 2");
  EXPECT_EQ(access_text(0x20, true, 0x80000003), "core 0: CURRENT_THREAD = 0x80000003");
  EXPECT_EQ(access_text(0x44, true, 0x6000c), "core 0: ARM = DELETE of lock 3");
  EXPECT_EQ(access_text(0x100050, true, 0x30008),
            "core 1: ISSUE = ENTER_ACQUIRE_EXCLUSIVE of lock 2");
  EXPECT_EQ(access_text(0x240064, false, 0), "core 2: read of CONTENTIONS of lock 3");
  EXPECT_EQ(answer_text(0x94000, 0x804042u),
            "GRANTED_SHARED (owners 2, shared waiters 1, exclusive waiters 1)");
  EXPECT_EQ(answer_text(0xd4000, 0x70u), "DONE (hold count 3)");
  EXPECT_EQ(answer_text(0x28, std::nullopt), "bus error");
}

TEST(ContractTables, EveryStateOfTableAIsThereOnce) {
  for (const AcquireRow &a : kAcquireTable) {
    const LockState state = parse_state(a.state);
    if (state.standing == Standing::kFree) {
      EXPECT_FALSE(state.exclusive_waiters || state.shared_waiters) << "free, but awaited";
    }
    const bool exclusive = a.state[0] == 'X';
    EXPECT_TRUE(exclusive || !state.shared_waiters || state.exclusive_waiters)
        << a.state << ": shared waiters behind nobody";
    for (const AcquireRow &b : kAcquireTable) {
      EXPECT_EQ(&a == &b, std::string(a.state) == b.state) << a.state;
    }
  }
}

}  // namespace
}  // namespace lockarb
