// lockarb_check and lockarb_decide against the tables of contract part II, whose text stands here
// as it stands there.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "Vlockarb_check.h"
#include "Vlockarb_decide.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

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

// All that a decision does. The fields that are not set in a test must stay zero.
struct Effect {
  unsigned status = 0;
  bool exclusive = false;  // the mode after the command
  bool writer_first = false;
  bool row = false, hold = false, give = false, sweep = false, cancel = false;
  int owners = 0, shared_waiters = 0, exclusive_waiters = 0, count = 0, mask = 0;
  bool clear_owners = false, queue = false, grant_head = false, grant_batch = false, live = true;

  bool operator==(const Effect &o) const {
    return status == o.status && exclusive == o.exclusive && writer_first == o.writer_first &&
           row == o.row && hold == o.hold && give == o.give && sweep == o.sweep &&
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
               << ", cancel " << e.cancel << ", sweep " << e.sweep << ", live " << e.live;
  }
};

class Decide : public ::testing::Test {
 protected:
  ~Decide() override {
    check.final();
    model.final();
  }

  // The inputs of a command on a live lock in that state; the thread's count is 1 if it owns it.
  void enter_state(const State &state) {
    check.bad_thread_i = check.thread_busy_i = check.irql_high_i = check.bad_lock_i = 0;
    check.live_i = 1;
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
    model.wants_writer_first_i = op == LOCKARB_OP_INITIALIZE_WRITER_FIRST;
    model.region_i = op < 16 ? op >> 3 & 1 : op == LOCKARB_OP_RELEASE_AND_LEAVE;
    model.eval();
    Effect e;
    e.status = model.status_o;
    e.exclusive = model.exclusive_o;
    e.writer_first = model.writer_first_o;
    e.row = model.row_we_o;
    e.hold = model.hold_we_o;
    e.give = model.give_o;
    e.sweep = model.sweep_o;
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
    EXPECT_EQ(model.refused_o, e.status >= 20) << "status " << e.status;
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

  Vlockarb_check check;
  Vlockarb_decide model;
};

std::vector<std::string> split(const std::string &line, const std::string &separator) {
  std::vector<std::string> cells;
  size_t start = 0;
  for (size_t end; (end = line.find(separator, start)) != std::string::npos;
       start = end + separator.size())
    cells.push_back(line.substr(start, end - start));
  cells.push_back(line.substr(start));
  return cells;
}

// Contract II.A, its rows 0 to 17.
const char *const kAcquires[] = {
    "FREE | GRANT-X | GRANT-X | GRANT-S | GRANT-S | GRANT-S",
    "X(me) | REC-X | REC-X | REC-X | REC-X | REC-X",
    "X(me), Sw | REC-X | REC-X | REC-X | REC-X | REC-X",
    "X(me), Ew | REC-X | REC-X | REC-X | REC-X | REC-X",
    "X(me), Ew+Sw | REC-X | REC-X | REC-X | REC-X | REC-X",
    "X(other) | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | FALSE / WAIT-S | FALSE / WAIT-S",
    "X(other), Sw | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | FALSE / WAIT-S | FALSE / WAIT-S",
    "X(other), Ew | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | FALSE / WAIT-S | FALSE / WAIT-S",
    "X(other), Ew+Sw | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | FALSE / WAIT-S | FALSE / WAIT-S",
    "S(me) | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | REC-S",
    "S(me), Ew | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | FALSE / WAIT-S (self-block)",
    "S(me), Ew+Sw | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | FALSE / WAIT-S "
    "(self-block)",
    "S(others) | FALSE | FALSE / WAIT-E | GRANT-S | GRANT-S | GRANT-S",
    "S(others), Ew | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | GRANT-S | FALSE / WAIT-S",
    "S(others), Ew+Sw | FALSE | FALSE / WAIT-E | FALSE / WAIT-S | GRANT-S | FALSE / WAIT-S",
    "S(me+others) | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | REC-S",
    "S(me+others), Ew | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | FALSE / WAIT-S "
    "(self-block)",
    "S(me+others), Ew+Sw | FALSE | FALSE / WAIT-E (self-block) | REC-S | REC-S | FALSE / WAIT-S "
    "(self-block)",
};

// What a word of table II.A does.
Effect effect_of(const std::string &word, const State &state) {
  const std::map<std::string, Effect> effects = [] {
    std::map<std::string, Effect> e;
    Effect grant;
    grant.row = grant.hold = true;
    grant.owners = grant.count = 1;
    grant.status = LOCKARB_STATUS_GRANTED_EXCLUSIVE;
    grant.exclusive = true;
    e["GRANT-X"] = grant;
    grant.status = LOCKARB_STATUS_GRANTED_SHARED;
    grant.exclusive = false;
    e["GRANT-S"] = grant;
    grant.status = LOCKARB_STATUS_RECURSED_SHARED;
    grant.owners = 0;
    e["REC-S"] = grant;
    grant.status = LOCKARB_STATUS_RECURSED_EXCLUSIVE;
    grant.exclusive = true;
    e["REC-X"] = grant;
    Effect wait;
    wait.row = wait.queue = true;
    wait.shared_waiters = 1;
    wait.status = LOCKARB_STATUS_WAITING;
    e["WAIT-S"] = wait;
    wait.status = LOCKARB_STATUS_WAITING_SELF_BLOCK;
    e["WAIT-S (self-block)"] = wait;
    wait.shared_waiters = 0;
    wait.exclusive_waiters = 1;
    e["WAIT-E (self-block)"] = wait;
    wait.status = LOCKARB_STATUS_WAITING;
    e["WAIT-E"] = wait;
    Effect denied;
    denied.status = LOCKARB_STATUS_NOT_GRANTED;
    e["FALSE"] = denied;
    return e;
  }();
  Effect effect = effects.at(word);
  if (effect.owners == 0 && effect.count == 0) effect.exclusive = state.exclusive;
  return effect;
}

TEST_F(Decide, AcquiresAsTableASays) {
  // A column of the table: its place, and the operation without and with Wait.
  const struct {
    int column;
    int try_op, wait_op;
  } kRoutines[] = {
      {1, LOCKARB_OP_TRY_EXCLUSIVE, -1},
      {2, LOCKARB_OP_TRY_EXCLUSIVE, LOCKARB_OP_ACQUIRE_EXCLUSIVE},
      {3, LOCKARB_OP_TRY_SHARED, LOCKARB_OP_ACQUIRE_SHARED},
      {4, LOCKARB_OP_TRY_SHARED_STARVE_EXCLUSIVE, LOCKARB_OP_ACQUIRE_SHARED_STARVE_EXCLUSIVE},
      {5, LOCKARB_OP_TRY_SHARED_WAIT_FOR_EXCLUSIVE, LOCKARB_OP_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE},
  };
  const unsigned kEnter = LOCKARB_OP_ENTER_TRY_EXCLUSIVE - LOCKARB_OP_TRY_EXCLUSIVE;
  unsigned cells = 0;
  for (const char *line : kAcquires) {
    const auto row = split(line, " | ");
    const State state(row[0]);
    for (const auto &routine : kRoutines) {
      const auto words = split(row[routine.column], " / ");
      for (const bool wait : {false, true}) {
        const int op = wait ? routine.wait_op : routine.try_op;
        if (op < 0) continue;
        ++cells;
        const std::string &word = wait ? words.back() : words.front();
        Effect expected = effect_of(word, state);
        // Many owners and one, many waiters and one: the tables tell neither apart.
        for (const bool one : {false, true}) {
          enter_state(state);
          model.exclusive_waiters_one_i = state.ew && one;
          if (state.mine) set_count(one ? 1 : 5);
          if (state.name.rfind("S(others)", 0) == 0) model.owners_one_i = one;
          expected.mask = 0;
          EXPECT_EQ(decide(op), expected) << state.name << ", operation " << op;
          expected.mask = word == "FALSE" ? 0 : -1;
          EXPECT_EQ(decide(op | kEnter), expected)
              << state.name << ", operation " << op << " with enter";
        }
      }
    }
  }
  EXPECT_EQ(cells, 18u * 9u);
}

// Contract II.B: state | t's count > 1 | t's count = 1 | t not an owner. Of two words in a cell the
// second one is for a lock with writers first.
const char *const kReleases[] = {
    "FREE | - | - | ERR 3",
    "X(t) | HELD | FREE | -",
    "X(t), Sw | HELD | all shared | -",
    "X(t), Ew | HELD | one exclusive | -",
    "X(t), Ew+Sw | HELD | all shared / one exclusive | -",
    "X(u) | - | - | ERR 1",
    "X(u), Sw | - | - | ERR 1",
    "X(u), Ew | - | - | ERR 1",
    "X(u), Ew+Sw | - | - | ERR 1",
    "S(t) | HELD | FREE | ERR 3",
    "S(t), Ew | HELD | one exclusive | ERR 3",
    "S(t), Ew+Sw | HELD | one exclusive | ERR 3",
    "S(t+others) | HELD | LEFT | ERR 3",
    "S(t+others), Ew | HELD | LEFT | ERR 3",
    "S(t+others), Ew+Sw | HELD | LEFT | ERR 3",
};

TEST_F(Decide, ReleasesAsTableBSays) {
  const unsigned counts[] = {5, 1, 0};
  for (unsigned cell = 0; cell < std::size(kReleases) * 6; ++cell) {
    const bool writer_first = cell % 2 != 0;
    const unsigned column = cell / 2 % 3 + 1;
    const auto row = split(kReleases[cell / 6], " | ");
    const State state(row[0]);
    const auto words = split(row[column], " / ");
    const std::string &word = writer_first ? words.back() : words.front();
    if (word == "-") continue;
    Effect expected;
    expected.writer_first = writer_first;
    expected.exclusive = state.exclusive;
    if (word == "ERR 3") {
      expected.status = LOCKARB_STATUS_ERR_NOT_OWNED_SHARED;
    } else if (word == "ERR 1") {
      expected.status = LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE;
    } else {
      expected.row = expected.hold = true;
      expected.count = -1;
      if (word == "HELD") {
        expected.status = LOCKARB_STATUS_HELD;
      } else if (word == "LEFT") {
        expected.status = LOCKARB_STATUS_LEFT;
        expected.owners = -1;
      } else if (word == "FREE") {
        expected.status = LOCKARB_STATUS_FREED;
        expected.owners = -1;
        expected.exclusive = false;
      } else if (word == "all shared") {
        expected.status = LOCKARB_STATUS_HANDED_SHARED;
        expected.grant_batch = true;
        expected.exclusive = false;
      } else {
        ASSERT_EQ(word, "one exclusive");
        expected.status = LOCKARB_STATUS_HANDED_EXCLUSIVE;
        expected.grant_head = true;
        expected.exclusive = true;
        expected.exclusive_waiters = -1;
      }
    }
    enter_state(state);
    model.writer_first_i = writer_first;
    set_count(counts[column - 1]);
    // Its own waiting is no matter of the thread for which is released.
    EXPECT_EQ(decide(LOCKARB_OP_RELEASE), expected) << state.name << ", count column " << column;
    check.thread_busy_i = 1;
    EXPECT_EQ(decide(LOCKARB_OP_RELEASE_FOR), expected) << state.name << ", released for it";
    check.thread_busy_i = 0;
    if (counts[column - 1] == 1 || expected.status >= 20) {
      // A drain takes all levels as a release takes the last one, and does not mind a stranger.
      Effect drained = expected;
      if (expected.status >= 20) drained.status = LOCKARB_STATUS_DONE;
      for (const unsigned count : {1u, 5u, 15u}) {
        if (counts[column - 1] != 0) set_count(count);
        check.thread_busy_i = 1;  // it may wait for another lock
        EXPECT_EQ(decide(LOCKARB_OP_DRAIN), drained) << state.name << ", drained of " << count;
        check.thread_busy_i = 0;
      }
      set_count(counts[column - 1]);
    }
    expected.mask = expected.status < 20 ? 1 : 0;
    EXPECT_EQ(decide(LOCKARB_OP_RELEASE_AND_LEAVE), expected) << state.name << ", with leave";
  }
}

TEST_F(Decide, WritersFirstIsOnlyForReleases) {
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
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
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
    Effect expected = nothing(state, LOCKARB_STATUS_ERR_CONVERT);
    if (state.exclusive && state.mine) {
      expected.row = true;
      expected.exclusive = false;
      expected.status = state.sw ? LOCKARB_STATUS_HANDED_SHARED : LOCKARB_STATUS_CONVERTED;
      expected.grant_batch = state.sw;
      expected.owners = state.sw;  // on top of the batch: the thread itself stays
    }
    for (const unsigned count : {1u, 5u, 15u}) {
      enter_state(state);
      if (state.mine) set_count(count);
      EXPECT_EQ(decide(LOCKARB_OP_CONVERT), expected) << state.name;
    }
  }
}

TEST_F(Decide, SetsTheOwnerPointerAsTableDSays) {
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
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
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
    enter_state(state);
    check.bad_thread_i = check.thread_busy_i = 1;  // no thread is needed
    for (const unsigned op : {LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_WRITER_FIRST})
      EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_INITIALIZED));
    Effect expected = nothing(state, LOCKARB_STATUS_ERR_WAITERS);
    if (!state.ew && !state.sw) {
      expected.status = state.free ? LOCKARB_STATUS_DONE : LOCKARB_STATUS_DONE_HELD;
      expected.clear_owners = true;
      expected.exclusive = false;
      expected.sweep = true;
    }
    EXPECT_EQ(decide(LOCKARB_OP_REINITIALIZE), expected) << state.name;
    if (expected.sweep) {
      expected.sweep = expected.live = false;
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
  expected.sweep = expected.clear_owners = true;
  // The order of waiters is that of the last initialize, whatever it was before.
  for (const bool before : {false, true}) {
    model.writer_first_i = before;
    expected.writer_first = false;
    EXPECT_EQ(decide(LOCKARB_OP_INITIALIZE), expected);
    expected.writer_first = true;
    EXPECT_EQ(decide(LOCKARB_OP_INITIALIZE_WRITER_FIRST), expected);
  }
  model.writer_first_i = false;
  for (unsigned op = 0; op <= LOCKARB_OP_DRAIN; ++op) {
    if (op == LOCKARB_OP_INITIALIZE) continue;
    EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_LOCK)) << "operation " << op;
  }
}

TEST_F(Decide, CancelLeavesNoSharedWaiterBehindNobody) {
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
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
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
    enter_state(state);
    EXPECT_EQ(decide(LOCKARB_OP_HOLD_COUNT), nothing(state, LOCKARB_STATUS_DONE)) << state.name;
  }
}

TEST_F(Decide, RefusesAFullHoldCount) {
  for (const char *line : kAcquires) {
    const auto row = split(line, " | ");
    const State state(row[0]);
    if (!state.mine) continue;
    enter_state(state);
    set_count(15);
    for (unsigned op = 0; op < 16; ++op) {
      const auto words = split(row[(op & 3) == 0 ? 2 : 2 + (op & 3)], " / ");
      const std::string &word = op & 4 ? words.back() : words.front();
      const bool needs_room = word[0] == 'R' || word.rfind("WAIT-S", 0) == 0;
      const unsigned status = decide(op).status;
      EXPECT_EQ(status == LOCKARB_STATUS_ERR_OVERFLOW, needs_room) << state.name << ", op " << op;
      if (needs_room) {
        EXPECT_EQ(decide(op), nothing(state, LOCKARB_STATUS_ERR_OVERFLOW));
      }
    }
  }
}

TEST_F(Decide, RefusalsChangeNothing) {
  for (const char *line : kAcquires) {
    const State state(split(line, " | ")[0]);
    for (unsigned op = 0; op < 32; ++op) {
      const bool exists = op < 28;
      const bool needs_no_thread = op == LOCKARB_OP_INITIALIZE || op == LOCKARB_OP_REINITIALIZE ||
                                   op == LOCKARB_OP_DELETE ||
                                   op == LOCKARB_OP_INITIALIZE_WRITER_FIRST;
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
      check.bad_thread_i = 1;
      expect(!needs_no_thread, LOCKARB_STATUS_ERR_THREAD);
      check.thread_busy_i = 1;
      expect(!needs_no_thread && !other_thread, LOCKARB_STATUS_ERR_THREAD);
      check.irql_high_i = 1;
      expect(needs_low_irql, LOCKARB_STATUS_ERR_IRQL);
    }
  }
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
