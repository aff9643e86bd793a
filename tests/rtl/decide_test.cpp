// SPDX-License-Identifier: Apache-2.0
// lockarb_check and lockarb_decide against the tables of contract part II
// (sim/reference/contract_tables.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "Vlockarb_check.h"
#include "Vlockarb_decide.h"
#include "sim/reference/contract_tables.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/rtl/model_pointer.h"

namespace lockarb {
namespace {

using namespace contract;

// A state by the name that the contract gives it; `t` of table B reads as `me`.
struct State {
  explicit State(const std::string &text) : name(text) {
    free = text.rfind("FREE", 0) == 0;
    exclusive = text[0] == 'X';
    const std::string owners = text.substr(0, text.find(')') + 1);
    mine = owners.find("(me") != std::string::npos || owners.find("(t") != std::string::npos;
    alone = exclusive || owners == "S(me)" || owners == "S(t)";
    ew = text.find("Ew") != std::string::npos;
    sw = text.find("Sw") != std::string::npos;
  }
  std::string name;
  bool free, exclusive, mine, alone, ew, sw;
};

constexpr unsigned kInitializes[] = {LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_WRITER_FIRST,
                                     LOCKARB_OP_INITIALIZE_USER,
                                     LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST};
bool is_initialize(unsigned op) {
  return std::find(std::begin(kInitializes), std::end(kInitializes), op) != std::end(kInitializes);
}
bool initializes_writer_first(unsigned op) {
  return op == LOCKARB_OP_INITIALIZE_WRITER_FIRST || op == LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
}

// All that a decision does. The fields that are not set in a test must stay zero.
struct Effect {
  unsigned status = 0;
  bool exclusive = false;  // the mode after the command
  bool writer_first = false;
  bool row = false, hold = false, give = false, forget = false, cancel = false;
  int owners = 0, shared_waiters = 0, exclusive_waiters = 0, count = 0, mask = 0;
  bool clear_owners = false, queue = false, grant_head = false, grant_batch = false, live = true;

  bool operator==(const Effect &o) const {
    return status == o.status && exclusive == o.exclusive && writer_first == o.writer_first &&
           row == o.row && hold == o.hold && give == o.give && forget == o.forget &&
           cancel == o.cancel && owners == o.owners && shared_waiters == o.shared_waiters &&
           exclusive_waiters == o.exclusive_waiters && count == o.count && mask == o.mask &&
           clear_owners == o.clear_owners && queue == o.queue && grant_head == o.grant_head &&
           grant_batch == o.grant_batch && live == o.live;
  }
  friend std::ostream &operator<<(std::ostream &out, const Effect &e) {
    return out << "status " << e.status << ", exclusive " << e.exclusive << ", writer first "
               << e.writer_first << ", row written " << e.row << ", owners " << e.owners
               << (e.clear_owners ? " cleared" : "") << ", shared waiters " << e.shared_waiters
               << ", exclusive waiters " << e.exclusive_waiters << ", hold written " << e.hold
               << ' ' << e.count << ", given " << e.give << ", mask " << e.mask << ", queue "
               << e.queue << ", grant head " << e.grant_head << ", grant batch " << e.grant_batch
               << ", cancel " << e.cancel << ", forget " << e.forget << ", live " << e.live;
  }
};

class Decide : public ::testing::Test {
 protected:
  // The inputs of a command on a live lock in that state; the thread's count is 1 if it owns it.
  void enter_state(const State &state) {
    check.bad_thread_i = check.thread_busy_i = check.irql_high_i = check.bad_lock_i = 0;
    check.bad_row_i = check.bad_word_i = 0;
    check.live_i = check.armed_i = 1;
    model.exclusive_i = state.exclusive;
    model.writer_first_i = false;
    model.owners_zero_i = state.free;
    model.owners_one_i = !state.free && state.alone;
    model.shared_waiters_i = state.sw;
    model.exclusive_waiters_i = state.ew;
    model.exclusive_waiters_one_i = state.ew;
    set_count(state.mine ? 1 : 0);
    model.waits_here_i = model.waits_exclusive_i = 0;
    model.owner_bad_i = model.owner_owns_i = model.owner_full_i = 0;
  }
  void set_count(unsigned count) {
    model.hold_zero_i = count == 0;
    model.hold_one_i = count == 1;
    model.hold_full_i = count == 15;
  }

  Effect decide(unsigned op) {
    check.command_i = 1;
    check.op_i = op;
    check.eval();
    model.refusal_i = check.refusal_o;
    model.acquire_i = check.acquire_o;
    model.release_i = check.release_o;
    model.convert_i = check.convert_o;
    model.set_owner_i = check.set_owner_o;
    model.hold_count_i = check.hold_count_o;
    model.initialize_i = check.initialize_o;
    model.reinitialize_i = check.reinitialize_o;
    model.delete_i = check.delete_o;
    model.cancel_i = check.cancel_o;
    model.drain_i = check.drain_o;
    const int may = check.acquire_o + check.release_o + check.convert_o + check.set_owner_o +
                    check.hold_count_o + check.initialize_o + check.reinitialize_o +
                    check.delete_o + check.cancel_o + check.drain_o;
    EXPECT_EQ(may, check.refusal_o == 0) << "operation " << op;
    model.kind_i = op & 3;
    model.wait_i = op >> 2 & 1;
    model.wants_writer_first_i = initializes_writer_first(op);
    model.region_i = op < 16 ? op >> 3 & 1 : op == LOCKARB_OP_RELEASE_AND_LEAVE;
    model.eval();
    Effect e;
    e.status = model.status_o;
    e.exclusive = model.exclusive_o;
    e.writer_first = model.writer_first_o;
    e.row = model.row_we_o;
    e.hold = model.hold_we_o;
    e.give = model.give_o;
    e.forget = model.forget_o;
    e.cancel = model.cancel_o;
    e.owners = model.owners_inc_o - model.owners_dec_o;
    e.clear_owners = model.owners_clear_o;
    e.shared_waiters = model.shared_inc_o - model.shared_dec_o;
    e.exclusive_waiters = model.exclusive_inc_o - model.exclusive_dec_o;
    if (e.hold) e.count = op < 16 ? 1 : -1;
    if (model.mask_move_o) e.mask = op < 16 ? -1 : 1;
    e.queue = model.queue_o;
    e.grant_head = model.grant_head_o;
    e.grant_batch = model.grant_batch_o;
    e.live = model.live_o || !e.row;
    const bool by_release = op != LOCKARB_OP_CONVERT && !e.cancel;
    EXPECT_EQ(model.ended_o, e.status == LOCKARB_STATUS_FREED ||
                                 e.status == LOCKARB_STATUS_HANDED_EXCLUSIVE ||
                                 (e.status == LOCKARB_STATUS_HANDED_SHARED && by_release))
        << "operation " << op << ", status " << e.status;
    EXPECT_EQ(model.refused_o, e.status >= LOCKARB_STATUS_ERR_NOT_ARMED) << "status " << e.status;
    if (e.queue) {
      EXPECT_EQ(model.queue_exclusive_o, e.exclusive_waiters == 1) << "wrong queue";
    }
    return e;
  }

  // A refusal, and NOT_GRANTED: nothing moves.
  Effect nothing(const State &state, unsigned status) {
    Effect e;
    e.status = status;
    e.exclusive = state.exclusive;
    return e;
  }

  ModelPointer<Vlockarb_check> check_model{new Vlockarb_check};
  ModelPointer<Vlockarb_decide> decide_model{new Vlockarb_decide};
  Vlockarb_check &check = *check_model;
  Vlockarb_decide &model = *decide_model;
};

// What a word of table II.A does.
Effect effect_of(AcquireWord word, const State &state) {
  Effect e;
  e.exclusive = state.exclusive;
  switch (word) {
    case AcquireWord::kGrantX:
    case AcquireWord::kGrantS:
      e.row = e.hold = true;
      e.owners = e.count = 1;
      e.exclusive = word == AcquireWord::kGrantX;
      e.status = e.exclusive ? LOCKARB_STATUS_GRANTED_EXCLUSIVE : LOCKARB_STATUS_GRANTED_SHARED;
      break;
    case AcquireWord::kRecX:
    case AcquireWord::kRecS:
      e.row = e.hold = true;
      e.count = 1;
      e.status = word == AcquireWord::kRecX ? LOCKARB_STATUS_RECURSED_EXCLUSIVE
                                            : LOCKARB_STATUS_RECURSED_SHARED;
      break;
    case AcquireWord::kFalse:
      e.status = LOCKARB_STATUS_NOT_GRANTED;
      break;
    case AcquireWord::kWaitE:
    case AcquireWord::kWaitESelfBlock:
      e.row = e.queue = true;
      e.exclusive_waiters = 1;
      e.status =
          word == AcquireWord::kWaitE ? LOCKARB_STATUS_WAITING : LOCKARB_STATUS_WAITING_SELF_BLOCK;
      break;
    case AcquireWord::kWaitS:
    case AcquireWord::kWaitSSelfBlock:
      e.row = e.queue = true;
      e.shared_waiters = 1;
      e.status =
          word == AcquireWord::kWaitS ? LOCKARB_STATUS_WAITING : LOCKARB_STATUS_WAITING_SELF_BLOCK;
      break;
    case AcquireWord::kUnreachable:
      ADD_FAILURE() << state.name << ": no word";
      break;
  }
  return e;
}
// The grant of a shared waiter may add to what it holds.
bool needs_room(AcquireWord word) {
  return word == AcquireWord::kRecX || word == AcquireWord::kRecS || word == AcquireWord::kWaitS ||
         word == AcquireWord::kWaitSSelfBlock;
}
AcquireWord word_of(const AcquireRow &row, unsigned op) {
  const bool wait = (op & 4) != 0;
  const unsigned kind = op & 3;
  return parse_acquire(
      row.routine[kind == 0 && !wait ? unsigned{kTryExclusive} : kExclusive + kind], wait);
}

// What a word of table II.B does.
Effect effect_of(ReleaseWord word, const State &state) {
  Effect e;
  e.exclusive = state.exclusive;
  if (word == ReleaseWord::kNotOwnedShared || word == ReleaseWord::kNotOwnedExclusive) {
    e.status = word == ReleaseWord::kNotOwnedShared ? LOCKARB_STATUS_ERR_NOT_OWNED_SHARED
                                                    : LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE;
    return e;
  }
  e.row = e.hold = true;
  e.count = -1;
  switch (word) {
    case ReleaseWord::kCount:
      e.status = LOCKARB_STATUS_HELD;
      break;
    case ReleaseWord::kEntryRemoved:
      e.status = LOCKARB_STATUS_LEFT;
      e.owners = -1;
      break;
    case ReleaseWord::kFree:
      e.status = LOCKARB_STATUS_FREED;
      e.owners = -1;
      e.exclusive = false;
      break;
    case ReleaseWord::kAllShared:
      e.status = LOCKARB_STATUS_HANDED_SHARED;
      e.grant_batch = true;
      e.exclusive = false;
      break;
    case ReleaseWord::kHeadOfExclusive:
      e.status = LOCKARB_STATUS_HANDED_EXCLUSIVE;
      e.grant_head = true;
      e.exclusive = true;
      e.exclusive_waiters = -1;
      break;
    default:
      ADD_FAILURE() << state.name << ": no word";
      break;
  }
  return e;
}

// What a word of table II.C does.
Effect effect_of(ConvertWord word, const State &state) {
  Effect e;
  e.exclusive = state.exclusive;
  e.status = LOCKARB_STATUS_ERR_CONVERT;
  if (word == ConvertWord::kError) return e;
  e.row = true;
  e.exclusive = false;
  e.grant_batch = word == ConvertWord::kMineAndAllShared;
  e.owners = e.grant_batch;  // on top of the batch: the thread itself stays
  e.status = e.grant_batch ? LOCKARB_STATUS_HANDED_SHARED : LOCKARB_STATUS_CONVERTED;
  return e;
}
ConvertWord convert_word(const State &state) {
  for (const ConvertRow &row : kConvertTable) {
    if (state.name == row.state) return parse_convert(row.outcome);
  }
  return parse_convert(kConvertTable.back().outcome);
}

TEST_F(Decide, AcquiresAsTableASays) {
  const unsigned kEnter = LOCKARB_OP_ENTER_TRY_EXCLUSIVE - LOCKARB_OP_TRY_EXCLUSIVE;
  unsigned cells = 0;
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (unsigned op = 0; op < kEnter; ++op) {
      // TryExclusive and Exclusive with Wait=FALSE are one operation.
      cells += op == LOCKARB_OP_TRY_EXCLUSIVE ? 2 : 1;
      const AcquireWord word = word_of(row, op);
      Effect expected = effect_of(word, state);
      // Many owners and one, many waiters and one: the tables tell neither apart.
      for (const bool one : {false, true}) {
        enter_state(state);
        model.exclusive_waiters_one_i = state.ew && one;
        if (state.mine) set_count(one ? 1 : 5);
        if (state.name.rfind("S(others)", 0) == 0) model.owners_one_i = one;
        expected.mask = 0;
        EXPECT_EQ(decide(op), expected) << state.name << ", operation " << op;
        expected.mask = word == AcquireWord::kFalse ? 0 : -1;
        EXPECT_EQ(decide(op | kEnter), expected)
            << state.name << ", operation " << op << " with enter";
      }
    }
    EXPECT_EQ(parse_acquire(row.routine[kTryExclusive], false),
              parse_acquire(row.routine[kExclusive], false));
  }
  EXPECT_EQ(cells, 18u * 9u);
}

TEST_F(Decide, ReleasesAsTableBSays) {
  for (const ReleaseRow &row : kReleaseTable) {
    const State state(row.state);
    const struct {
      const char *cell;
      unsigned count;
    } kColumns[] = {{row.more_than_one, 5}, {row.one, 1}, {row.no_owner, 0}};
    for (const auto &column : kColumns)
      for (const bool writer_first : {false, true}) {
        // The one row that names the mode bit is followed by no other for that state.
        const bool both = parse_state(row.state).exclusive_waiters &&
                          parse_state(row.state).shared_waiters && state.exclusive && state.mine;
        if (both && writer_first != parse_state(row.state).writer_first) continue;
        const ReleaseWord word = parse_release(column.cell);
        if (word == ReleaseWord::kUnreachable) continue;
        Effect expected = effect_of(word, state);
        expected.writer_first = writer_first;
        enter_state(state);
        model.writer_first_i = writer_first;
        set_count(column.count);
        // Its own waiting is no matter of the thread for which is released.
        EXPECT_EQ(decide(LOCKARB_OP_RELEASE), expected) << state.name << ", count " << column.count;
        check.thread_busy_i = 1;
        EXPECT_EQ(decide(LOCKARB_OP_RELEASE_FOR), expected) << state.name << ", released for it";
        check.thread_busy_i = 0;
        expected.mask = expected.status < 20 ? 1 : 0;
        EXPECT_EQ(decide(LOCKARB_OP_RELEASE_AND_LEAVE), expected) << state.name << ", with leave";
      }
  }
}

TEST_F(Decide, WritersFirstIsOnlyForReleases) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (unsigned op = 0; op < 32; ++op) {
      if ((op >= LOCKARB_OP_RELEASE && op <= LOCKARB_OP_RELEASE_FOR) || op == LOCKARB_OP_DRAIN)
        continue;
      enter_state(state);
      Effect expected = decide(op);
      model.writer_first_i = 1;
      expected.writer_first = true;
      EXPECT_EQ(decide(op), expected) << state.name << ", operation " << op;
    }
  }
}

TEST_F(Decide, ConvertsAsTableCSays) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    const Effect expected = effect_of(convert_word(state), state);
    for (const unsigned count : {1u, 5u, 15u}) {
      enter_state(state);
      if (state.mine) set_count(count);
      EXPECT_EQ(decide(LOCKARB_OP_CONVERT), expected) << state.name;
    }
  }
}

TEST_F(Decide, SetsTheOwnerPointerAsTableDSays) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (const bool bad : {false, true})
      for (const bool owns : {false, true})
        for (const bool full : {false, true}) {
          if (state.free && owns) continue;
          enter_state(state);
          model.owner_bad_i = bad;
          model.owner_owns_i = owns;
          model.owner_full_i = full;
          Effect expected = nothing(state, LOCKARB_STATUS_DONE);
          if (bad) {
            expected.status = LOCKARB_STATUS_ERR_OWNER_VALUE;
          } else if (!state.mine) {
            expected.status = state.exclusive ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                              : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
          } else if (full) {
            expected.status = LOCKARB_STATUS_ERR_OVERFLOW;
          } else {
            expected.give = true;
            expected.owners = owns ? -1 : 0;
          }
          for (const unsigned count : {1u, 5u, 15u}) {
            if (state.mine) set_count(count);
            EXPECT_EQ(decide(LOCKARB_OP_SET_OWNER), expected)
                << state.name << ", bad pointer " << bad << ", owns " << owns << ", full " << full;
          }
        }
  }
}

TEST_F(Decide, InitializesReinitializesAndDeletesAsTableDSays) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    enter_state(state);
    check.bad_thread_i = check.thread_busy_i = 1;  // no thread is needed
    for (const unsigned op : kInitializes)
      EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_INITIALIZED));
    Effect expected = nothing(state, LOCKARB_STATUS_ERR_WAITERS);
    if (!state.ew && !state.sw) {
      expected.status = state.free ? LOCKARB_STATUS_DONE : LOCKARB_STATUS_DONE_HELD;
      expected.clear_owners = true;
      expected.exclusive = false;
      expected.forget = true;
    }
    EXPECT_EQ(decide(LOCKARB_OP_REINITIALIZE), expected) << state.name;
    if (expected.forget) {
      expected.forget = expected.live = false;
      expected.row = true;
    }
    EXPECT_EQ(decide(LOCKARB_OP_DELETE), expected) << state.name;
  }
}

TEST_F(Decide, InitializesADeadLock) {
  const State state("FREE");
  enter_state(state);
  check.live_i = 0;
  Effect expected = nothing(state, LOCKARB_STATUS_DONE);
  expected.forget = expected.clear_owners = true;
  // The order of waiters is that of the last initialize, whatever it was before.
  for (const bool before : {false, true}) {
    model.writer_first_i = before;
    for (const unsigned op : kInitializes) {
      expected.writer_first = initializes_writer_first(op);
      EXPECT_EQ(decide(op), expected) << "operation " << op;
    }
  }
  model.writer_first_i = false;
  for (unsigned op = 0; op <= LOCKARB_OP_DRAIN; ++op) {
    if (is_initialize(op)) continue;
    EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_LOCK)) << "operation " << op;
  }
}

TEST_F(Decide, CancelLeavesNoSharedWaiterBehindNobody) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (const bool exclusive_waiter : {false, true}) {
      if (exclusive_waiter ? !state.ew : !state.sw) continue;
      for (const bool last_exclusive : {false, true}) {
        enter_state(state);
        check.thread_busy_i = 1;
        model.waits_here_i = 1;
        model.waits_exclusive_i = exclusive_waiter;
        model.exclusive_waiters_one_i = state.ew && last_exclusive;
        const bool freed = !state.exclusive && state.sw && exclusive_waiter && last_exclusive;
        Effect expected =
            nothing(state, freed ? LOCKARB_STATUS_HANDED_SHARED : LOCKARB_STATUS_CANCELLED);
        expected.cancel = true;
        expected.grant_batch = freed;
        (exclusive_waiter ? expected.exclusive_waiters : expected.shared_waiters) = -1;
        for (const unsigned op : {LOCKARB_OP_CANCEL, LOCKARB_OP_DRAIN})
          EXPECT_EQ(decide(op), expected)
              << state.name << ", exclusive waiter " << exclusive_waiter << ", operation " << op;
      }
    }
    enter_state(state);
    EXPECT_EQ(decide(LOCKARB_OP_CANCEL), nothing(state, state.mine ? LOCKARB_STATUS_ALREADY_GRANTED
                                                                   : LOCKARB_STATUS_ERR_THREAD))
        << state.name << ", does not wait here";
  }
}

TEST_F(Decide, TellsTheHoldCountAndChangesNothing) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    enter_state(state);
    EXPECT_EQ(decide(LOCKARB_OP_HOLD_COUNT), nothing(state, LOCKARB_STATUS_DONE)) << state.name;
  }
}

TEST_F(Decide, RefusesAFullHoldCount) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    if (!state.mine) continue;
    enter_state(state);
    set_count(15);
    for (unsigned op = 0; op < 16; ++op) {
      const bool full = needs_room(word_of(row, op));
      EXPECT_EQ(decide(op).status == LOCKARB_STATUS_ERR_OVERFLOW, full)
          << state.name << ", op " << op;
      if (full) {
        EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_OVERFLOW));
      }
    }
  }
}

TEST_F(Decide, RefusalsChangeNothing) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (unsigned op = 0; op < 32; ++op) {
      const bool exists = op <= LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
      const bool needs_no_thread =
          is_initialize(op) || op == LOCKARB_OP_REINITIALIZE || op == LOCKARB_OP_DELETE;
      const bool other_thread =
          op == LOCKARB_OP_RELEASE_FOR || op == LOCKARB_OP_CANCEL || op == LOCKARB_OP_DRAIN;
      const bool needs_low_irql = op < 16 || op == LOCKARB_OP_RELEASE_AND_LEAVE ||
                                  op == LOCKARB_OP_CONVERT || op == LOCKARB_OP_DELETE;
      enter_state(state);
      const Effect allowed = decide(op);
      const auto expect = [&](bool refused, unsigned status) {
        EXPECT_EQ(decide(op), refused && exists ? nothing(state, status) : allowed)
            << state.name << ", operation " << op << ", refusal " << status;
        enter_state(state);
      };
      if (!exists) {
        EXPECT_EQ(allowed, nothing(state, LOCKARB_STATUS_ERR_OPERATION)) << "operation " << op;
      }
      check.bad_lock_i = 1;
      expect(true, LOCKARB_STATUS_ERR_LOCK);
      check.armed_i = 0;
      expect(needs_no_thread || other_thread || op == LOCKARB_OP_SET_OWNER,
             LOCKARB_STATUS_ERR_NOT_ARMED);
      check.bad_thread_i = 1;
      expect(!needs_no_thread, LOCKARB_STATUS_ERR_THREAD);
      check.thread_busy_i = 1;
      expect(!needs_no_thread && !other_thread, LOCKARB_STATUS_ERR_THREAD);
      check.irql_high_i = 1;
      expect(needs_low_irql, LOCKARB_STATUS_ERR_IRQL);
    }
  }
}

// A bad row is known before anything else of the lock, a bad word as soon as it is one of a lock
// and a thread that exist.
TEST_F(Decide, RefusesABadWordBeforeWhatItSays) {
  const State state(kAcquireTable[0].state);
  for (unsigned op = 0; op <= LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST; ++op) {
    const bool initialize = is_initialize(op);
    const bool no_thread = initialize || op == LOCKARB_OP_REINITIALIZE || op == LOCKARB_OP_DELETE;
    const auto expect = [&](unsigned status) {
      EXPECT_EQ(decide(op), nothing(state, status)) << "operation " << op;
    };
    enter_state(state);
    check.bad_row_i = check.bad_word_i = check.bad_thread_i = check.thread_busy_i =
        check.irql_high_i = 1;
    check.live_i = 0;
    if (!initialize) expect(LOCKARB_STATUS_ERR_PARITY);
    check.bad_lock_i = 1;
    expect(LOCKARB_STATUS_ERR_LOCK);

    enter_state(state);
    const Effect allowed = decide(op);
    check.bad_word_i = 1;
    if (no_thread) {
      EXPECT_EQ(decide(op), allowed) << "operation " << op;
      continue;
    }
    check.thread_busy_i = check.irql_high_i = 1;
    expect(LOCKARB_STATUS_ERR_PARITY);
    check.bad_thread_i = 1;
    expect(LOCKARB_STATUS_ERR_THREAD);
    check.live_i = 0;
    expect(LOCKARB_STATUS_ERR_LOCK);
  }
}

TEST_F(Decide, InitializesALockWhoseRowIsBadAsOneThatIsNotInitialized) {
  const State state(kAcquireTable[0].state);
  for (const unsigned op : kInitializes) {
    enter_state(state);
    check.live_i = 0;
    const Effect expected = decide(op);
    EXPECT_EQ(expected.status, LOCKARB_STATUS_DONE);
    for (const bool live : {false, true}) {
      check.live_i = live;
      check.bad_row_i = 1;
      EXPECT_EQ(decide(op), expected) << "operation " << op << ", live " << live;
    }
  }
}

// Whether a command is armed is asked when its lock is known to be one, and before who commands it.
TEST_F(Decide, RefusesWhatIsNotArmedBehindTheLockAndBeforeTheThread) {
  const State state(kAcquireTable[0].state);
  for (const unsigned op : {LOCKARB_OP_RELEASE_FOR, LOCKARB_OP_SET_OWNER, LOCKARB_OP_INITIALIZE,
                            LOCKARB_OP_REINITIALIZE, LOCKARB_OP_DELETE, LOCKARB_OP_CANCEL,
                            LOCKARB_OP_DRAIN, LOCKARB_OP_INITIALIZE_WRITER_FIRST,
                            LOCKARB_OP_INITIALIZE_USER, LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST}) {
    enter_state(state);
    check.armed_i = 0;
    check.bad_word_i = check.bad_thread_i = check.thread_busy_i = check.irql_high_i = 1;
    EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_NOT_ARMED)) << "operation " << op;
    check.live_i = 0;
    EXPECT_EQ(decide(op), nothing(state, is_initialize(op) ? LOCKARB_STATUS_ERR_NOT_ARMED
                                                           : LOCKARB_STATUS_ERR_LOCK))
        << "operation " << op;
    check.bad_row_i = 1;
    EXPECT_EQ(decide(op), nothing(state, is_initialize(op) ? LOCKARB_STATUS_ERR_NOT_ARMED
                                                           : LOCKARB_STATUS_ERR_PARITY))
        << "operation " << op;
    check.bad_lock_i = 1;
    EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_LOCK)) << "operation " << op;
  }
}

// All inputs that a live lock and a thread can have together.
struct Inputs {
  State state;
  bool writer_first, one_owner, one_exclusive_waiter;
  unsigned count;
  bool waits_here, waits_exclusive;
  bool owner_bad, owner_owns, owner_full;
};

template <class Visit>
void for_every_input(const Visit &visit) {
  for (const AcquireRow &row : kAcquireTable) {
    const State state(row.state);
    for (unsigned bits = 0; bits < 1u << 10; ++bits) {
      const auto bit = [bits](unsigned i) { return (bits >> i & 1) != 0; };
      Inputs in{state, bit(0), bit(1), bit(2), 0, bit(3), bit(4), bit(5), bit(6), bit(7)};
      static constexpr unsigned kCounts[] = {1, 2, 14, 15};
      in.count = state.mine ? kCounts[bits >> 8] : 0;
      if (!state.mine && bits >> 8 != 0) continue;
      // The number of owners and of waiters is many, or what the state says.
      const bool others = state.name.rfind("S(others)", 0) == 0;
      if (in.one_owner != (others ? in.one_owner : !state.free && state.alone)) continue;
      if (in.one_exclusive_waiter && !state.ew) continue;
      if (in.waits_here) {
        if (in.waits_exclusive ? !state.ew : !state.sw) continue;
        if (state.exclusive && state.mine) continue;
      }
      // A pointer that owns it as well is one owner more.
      if (in.owner_owns && (state.free || (state.mine && state.alone))) continue;
      if (in.owner_full && !(in.owner_owns && state.mine)) continue;
      visit(row, in);
    }
  }
}

// From the words of the tables.
Effect expected_of(unsigned op, const AcquireRow &row, const Inputs &in) {
  const State &state = in.state;
  Effect e;
  e.exclusive = state.exclusive;
  const auto release = [&](unsigned count) {
    Effect released;
    for (const ReleaseRow &line : kReleaseTable) {
      const LockState a = parse_state(line.state), b = parse_state(row.state);
      const bool stranger = count == 0 && b.standing == Standing::kSharedOthers &&
                            a.standing == Standing::kSharedMineAndOthers;
      if (!(a.standing == b.standing || stranger) || a.exclusive_waiters != b.exclusive_waiters ||
          a.shared_waiters != b.shared_waiters || (a.writer_first && !in.writer_first)) {
        continue;
      }
      // A later row that names the mode bit goes before.
      released = effect_of(parse_release(count == 0   ? line.no_owner
                                         : count == 1 ? line.one
                                                      : line.more_than_one),
                           state);
    }
    return released;
  };
  const auto cancel = [&] {
    const bool frees =
        !state.exclusive && state.sw && in.waits_exclusive && in.one_exclusive_waiter;
    e.status = frees ? LOCKARB_STATUS_HANDED_SHARED : LOCKARB_STATUS_CANCELLED;
    e.cancel = true;
    e.grant_batch = frees;
    (in.waits_exclusive ? e.exclusive_waiters : e.shared_waiters) = -1;
    return e;
  };
  if (op < 16) {
    const AcquireWord word = word_of(row, op);
    if (in.count == 15 && needs_room(word)) {
      e.status = LOCKARB_STATUS_ERR_OVERFLOW;
    } else {
      e = effect_of(word, state);
      if ((op & 8) != 0 && word != AcquireWord::kFalse) e.mask = -1;
    }
    return e;
  }
  switch (op) {
    case LOCKARB_OP_RELEASE:
    case LOCKARB_OP_RELEASE_FOR:
      return release(in.count);
    case LOCKARB_OP_RELEASE_AND_LEAVE:
      e = release(in.count);
      if (e.status < LOCKARB_STATUS_ERR_NOT_ARMED) e.mask = 1;
      return e;
    case LOCKARB_OP_CONVERT:
      return effect_of(convert_word(state), state);
    case LOCKARB_OP_SET_OWNER: {
      const OwnerColumn column = !state.mine       ? kOwnsNot
                                 : state.exclusive ? kOwnsExclusive
                                 : in.owner_owns   ? kOwnsSharedAsPointerDoes
                                                   : kOwnsShared;
      const OwnerWord word = parse_owner(kOwnerTable[in.owner_bad].column[column]);
      if (word == OwnerWord::kNotOwned) return release(0);
      e.status = word == OwnerWord::kError ? LOCKARB_STATUS_ERR_OWNER_VALUE
                 : in.owner_full           ? LOCKARB_STATUS_ERR_OVERFLOW
                                           : LOCKARB_STATUS_DONE;
      e.give = e.status == LOCKARB_STATUS_DONE;
      e.owners = e.give && word == OwnerWord::kAdded ? -1 : 0;
      return e;
    }
    case LOCKARB_OP_HOLD_COUNT:
      e.status = LOCKARB_STATUS_DONE;
      return e;
    case LOCKARB_OP_CANCEL:
      if (in.waits_here) return cancel();
      e.status = state.mine ? LOCKARB_STATUS_ALREADY_GRANTED : LOCKARB_STATUS_ERR_THREAD;
      return e;
    case LOCKARB_OP_DRAIN:
      if (in.waits_here) return cancel();
      if (state.mine) return release(1);
      e.status = LOCKARB_STATUS_DONE;
      return e;
    case LOCKARB_OP_INITIALIZE:
    case LOCKARB_OP_INITIALIZE_WRITER_FIRST:
    case LOCKARB_OP_INITIALIZE_USER:
    case LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST:
    case LOCKARB_OP_REINITIALIZE:
    case LOCKARB_OP_DELETE: {
      const LifetimeOperation what = op == LOCKARB_OP_DELETE         ? kDelete
                                     : op == LOCKARB_OP_REINITIALIZE ? kReinitialize
                                                                     : kInitialize;
      const LifetimeColumn column = state.ew || state.sw ? kWaiters
                                    : state.free         ? kNotOwned
                                                         : kOwned;
      const LifetimeWord word = parse_lifetime(kLifetimeTable[what].column[column]);
      if (word == LifetimeWord::kSecond || word == LifetimeWord::kWaiters) {
        e.status = word == LifetimeWord::kSecond ? LOCKARB_STATUS_ERR_INITIALIZED
                                                 : LOCKARB_STATUS_ERR_WAITERS;
        return e;
      }
      const bool freed = word == LifetimeWord::kFreed || word == LifetimeWord::kFreedHeld;
      const bool held = word == LifetimeWord::kFreedHeld || word == LifetimeWord::kZeroHeld;
      e.status = held ? LOCKARB_STATUS_DONE_HELD : LOCKARB_STATUS_DONE;
      e.exclusive = false;
      e.clear_owners = true;
      e.row = freed;
      e.live = !freed;
      e.forget = !freed;
      return e;
    }
    default:
      e.status = LOCKARB_STATUS_ERR_OPERATION;
      return e;
  }
}

TEST_F(Decide, DecidesEveryCombinationOfInputsAsTheTablesSay) {
  unsigned combinations = 0;
  for_every_input([&](const AcquireRow &row, const Inputs &in) {
    for (unsigned op = 0; op < 32; ++op) {
      enter_state(in.state);
      set_count(in.count);
      check.thread_busy_i = 0;
      model.writer_first_i = in.writer_first;
      model.owners_one_i = in.one_owner;
      model.exclusive_waiters_one_i = in.one_exclusive_waiter;
      model.waits_here_i = in.waits_here;
      model.waits_exclusive_i = in.waits_exclusive;
      model.owner_bad_i = in.owner_bad;
      model.owner_owns_i = in.owner_owns;
      model.owner_full_i = in.owner_full;
      // Who waits commands nothing for itself: see RefusalsChangeNothing.
      if (in.waits_here && op != LOCKARB_OP_CANCEL && op != LOCKARB_OP_DRAIN) continue;
      ++combinations;
      Effect expected = expected_of(op, row, in);
      expected.writer_first = in.writer_first;
      ASSERT_EQ(decide(op), expected)
          << in.state.name << ", operation " << op << ", writers first " << in.writer_first
          << ", one owner " << in.one_owner << ", one exclusive waiter " << in.one_exclusive_waiter
          << ", count " << in.count << ", waits here " << in.waits_here << ", exclusively "
          << in.waits_exclusive << ", pointer bad " << in.owner_bad << ", owns " << in.owner_owns
          << ", full " << in.owner_full;
    }
  });
  EXPECT_GT(combinations, 30000u);
}

TEST_F(Decide, NoCommandDoesNothing) {
  enter_state(State("FREE"));
  for (unsigned op = 0; op < 32; ++op) {
    check.op_i = op;
    check.command_i = 0;
    check.eval();
    EXPECT_EQ(check.refusal_o, 0u);
    EXPECT_FALSE(check.acquire_o || check.release_o || check.convert_o || check.set_owner_o ||
                 check.hold_count_o || check.initialize_o || check.reinitialize_o ||
                 check.delete_o || check.cancel_o || check.drain_o);
  }
}

}  // namespace
}  // namespace lockarb
