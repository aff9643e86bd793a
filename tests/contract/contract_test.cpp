// SPDX-License-Identifier: Apache-2.0
// Part II of the contract, cell by cell, on every subject: each state is reached by calls, and
// after each call the result, who was granted the lock and all that can be seen are what the tables
// say. In the end of a cell all is released, so that the order of the queues shows.
#include <gmock/gmock.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "subject.h"
#include "table_state.h"

namespace lockarb::contract {
namespace {

constexpr const char *kRoutineNames[] = {"TryExclusive", "Exclusive", "Shared", "StarveExclusive",
                                         "SharedWaitForExclusive"};
constexpr const char *kWayNames[] = {"try", "wait", "enter region and wait"};

enum class Order { kWritersFirst, kReadersFirst };

// What part F says of each state and each step, whatever the tables say.
void expect_assertions(const View &before, const View &view, Result result) {
  const unsigned waiters = view.shared_waiters + view.exclusive_waiters;
  EXPECT_TRUE(view.owners != 0 || waiters == 0) << "F1: free, and somebody waits";
  EXPECT_TRUE(!view.exclusive || view.owners == 1) << "F2: X, and more than one owner";
  EXPECT_TRUE(view.exclusive || view.shared_waiters == 0 || view.exclusive_waiters != 0)
      << "F3: readers wait for readers";
  if (view.contentions < before.contentions) return;  // made new
  if (view.exclusive_waiters < before.exclusive_waiters) {
    EXPECT_TRUE(view.exclusive) << "F6: an exclusive waiter left the queue without the lock";
  }
  EXPECT_TRUE(view.shared_waiters >= before.shared_waiters || view.shared_waiters == 0)
      << "F7: a part of the readers was let in";
  const bool queued = result == Result::kWaits || result == Result::kWaitsForItself;
  EXPECT_EQ(view.contentions, before.contentions + queued) << "F10";
}

// A lock on the subject beside the lock of the tables. After the first difference nothing more is
// done.
class Scene {
 public:
  Scene(Subject &subject, const std::string &what, bool writer_first = false)
      : subject_(subject), state_(writer_first), history_(what) {
    subject_.begin_scene(writer_first);
  }
  ~Scene() {
    if (ok_) subject_.end_scene();
  }

  void acquire(Actor actor, AcquireRoutine routine, Way way) {
    step(
        std::string(name_of(actor)) + " " + kRoutineNames[routine] + " " +
            kWayNames[static_cast<unsigned>(way)],
        [&] { return state_.acquire(actor, routine, way); },
        [&] { return subject_.acquire(actor, routine, way); });
  }
  void release(Actor actor, Release routine, Owner owner) {
    static constexpr const char *kNames[] = {"releases for", "releases by ForThread for",
                                             "releases and leaves for"};
    step(
        std::string(name_of(actor)) + " " + kNames[static_cast<unsigned>(routine)] + " " +
            name_of(owner),
        [&] { return state_.release(owner, routine == Release::kAndLeaveRegion); },
        [&] { return subject_.release(actor, routine, owner); });
  }
  void convert(Actor actor) {
    step(
        std::string(name_of(actor)) + " converts", [&] { return state_.convert(actor); },
        [&] { return subject_.convert(actor); });
  }
  void set_owner(Actor actor, SetOwner routine, unsigned low_bits) {
    step(
        std::string(name_of(actor)) + " sets an owner pointer with low bits " +
            std::to_string(low_bits),
        [&] { return state_.set_owner(actor, low_bits); },
        [&] { return subject_.set_owner(actor, routine, low_bits); });
  }
  void change_lifetime(LifetimeOperation operation) {
    step(
        kLifetimeTable[operation].operation, [&] { return state_.change_lifetime(operation); },
        [&] { return subject_.change_lifetime(operation); });
  }
  void move_critical_region(Actor actor, int step_by) {
    step(
        std::string(name_of(actor)) + " moves K by " + std::to_string(step_by),
        [&] { return state_.move_critical_region(actor, step_by), Result::kDone; },
        [&] {
          subject_.move_region(actor, Region::kCritical, step_by);
          return Result::kDone;
        });
  }

  // Reaches a state of the tables. `count`: how often I own it; 0: another one does in my place.
  void enter(const LockState &state, unsigned count = 1, Order order = Order::kWritersFirst,
             Way way = Way::kWait) {
    const auto own = [&](Actor actor, AcquireRoutine routine) { acquire(actor, routine, way); };
    const auto own_mine = [&](AcquireRoutine routine) {
      for (unsigned i = 0; i < count; ++i) own(kMe, routine);
      if (count == 0) own(kOther2, routine);
    };
    switch (state.standing) {
      case Standing::kFree:
        break;
      case Standing::kExclusiveMine:
        own_mine(kExclusive);
        break;
      case Standing::kExclusiveOther:
        own(kOther, kExclusive);
        break;
      case Standing::kSharedMine:
        own_mine(kShared);
        break;
      case Standing::kSharedOthers:
        own(kOther, kShared);
        own(kOther2, kShared);
        break;
      case Standing::kSharedMineAndOthers:
        own(kOther, kShared);
        own_mine(kShared);
        break;
    }
    for (const bool writers : {order == Order::kWritersFirst, order != Order::kWritersFirst}) {
      if (writers && state.exclusive_waiters) {
        acquire(kWriter, kExclusive, Way::kWait);
        acquire(kWriter2, kExclusive, Way::kWait);
      }
      if (!writers && state.shared_waiters) {
        acquire(kReader, kShared, Way::kWait);
        acquire(kReader2, kShared, Way::kWait);
      }
    }
  }

  // Everybody gives everything back, until the lock is free; then it is deleted.
  void release_all() {
    for (Owner owner = first_owner(); ok_ && owner != kOwners; owner = first_owner()) {
      const auto actor = static_cast<Actor>(owner);
      if (owner == kPointer || state_.waits(owner)) {
        release(kHelper, Release::kForThread, owner);
      } else if (state_.kernel_apc_disable(actor) < 0) {
        release(actor, Release::kAndLeaveRegion, owner);
      } else {
        release(actor, Release::kOwn, owner);
      }
    }
    for (unsigned actor = 0; actor < kActors; ++actor) {
      const int k = state_.kernel_apc_disable(static_cast<Actor>(actor));
      for (int i = k; ok_ && i < 0; ++i) move_critical_region(static_cast<Actor>(actor), +1);
    }
    change_lifetime(kDelete);
  }

  const TableState &state() const { return state_; }
  bool ok() const { return ok_; }

 private:
  Owner first_owner() const {
    Owner owner = 0;
    while (owner < kOwners && state_.count(owner) == 0) ++owner;
    return owner;
  }

  template <class Expect, class Do>
  void step(const std::string &what, Expect expect, Do perform) {
    if (!ok_) return;
    history_ += "\n  " + what;
    const Result expected = expect();
    const Result result = perform();
    EXPECT_EQ(result, expected) << history_;
    ok_ = result == expected;
    const std::set<Actor> expected_granted = state_.take_granted();
    const std::set<Actor> granted = subject_.take_granted();
    EXPECT_EQ(granted, expected_granted) << "granted to others, by " << history_;
    ok_ = ok_ && granted == expected_granted;
    if (!state_.live()) return;
    const View expected_view = state_.view();
    const View view = subject_.look();
    EXPECT_EQ(view, expected_view) << history_;
    ok_ = ok_ && view == expected_view;
    expect_assertions(before_, view, result);
    before_ = view;
  }

  Subject &subject_;
  TableState state_;
  std::string history_;
  View before_;  // what was seen last
  bool ok_ = true;
};

class OnSubject : public testing::TestWithParam<NamedSubject> {
 protected:
  void run(const std::function<void()> &body) { subject->run(body); }

  const std::unique_ptr<Subject> subject = GetParam().make();
};

// By number, so that CTest puts the printed name in its place.
#define ON_EVERY_SUBJECT(suite) INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(subjects()))

class Acquire : public OnSubject {};
class ReleaseBy : public OnSubject {};
class Convert : public OnSubject {};
class OwnerPointer : public OnSubject {};
class Lifetime : public OnSubject {};
class Apc : public OnSubject {
 protected:
  void begin() { subject->begin_scene(false); }
  void end() {
    EXPECT_EQ(subject->change_lifetime(kDelete), Result::kDone);
    subject->end_scene();
  }
};
class Walk : public OnSubject {};
ON_EVERY_SUBJECT(Acquire);
ON_EVERY_SUBJECT(ReleaseBy);
ON_EVERY_SUBJECT(Convert);
ON_EVERY_SUBJECT(OwnerPointer);
ON_EVERY_SUBJECT(Lifetime);
ON_EVERY_SUBJECT(Apc);
ON_EVERY_SUBJECT(Walk);

// A

TEST_P(Acquire, AsTableASays) {
  unsigned cells = 0;
  run([&] {
    for (const AcquireRow &row : kAcquireTable) {
      for (unsigned routine = 0; routine < kAcquireRoutines; ++routine) {
        for (const Way way : {Way::kTry, Way::kWait}) {
          if (routine == kTryExclusive && way == Way::kWait) continue;
          Scene scene(*subject, row.state);
          scene.enter(parse_state(row.state));
          scene.acquire(kMe, static_cast<AcquireRoutine>(routine), way);
          scene.release_all();
          cells += scene.ok();
        }
      }
    }
  });
  EXPECT_EQ(cells, 162u);
}

TEST_P(Acquire, InsideOfARegionAsTableASays) {
  unsigned cells = 0;
  run([&] {
    for (const AcquireRow &row : kAcquireTable) {
      for (const AcquireRoutine routine : {kExclusive, kShared, kSharedWaitForExclusive}) {
        Scene scene(*subject, row.state);
        scene.enter(parse_state(row.state));
        scene.acquire(kMe, routine, Way::kEnterRegionAndWait);
        scene.release_all();
        cells += scene.ok();
      }
    }
  });
  EXPECT_EQ(cells, 54u);
}

// B

// How often t owns the lock, by column.
constexpr unsigned kCounts[] = {3, 1, 0};

TEST_P(ReleaseBy, OwnersAndStrangersAsTableBSays) {
  unsigned cells = 0;
  run([&] {
    for (const ReleaseRow &row : kReleaseTable) {
      const char *const columns[] = {row.more_than_one, row.one, row.no_owner};
      const LockState state = parse_state(row.state);
      for (unsigned column = 0; column < 3; ++column) {
        if (parse_release(columns[column]) == ReleaseWord::kUnreachable) continue;
        for (const Order order : {Order::kWritersFirst, Order::kReadersFirst}) {
          const bool both = state.exclusive_waiters && state.shared_waiters &&
                            state.standing == Standing::kExclusiveMine;
          if (order == Order::kReadersFirst && !both) continue;
          for (const Release routine :
               {Release::kOwn, Release::kForThread, Release::kAndLeaveRegion}) {
            Scene scene(*subject, row.state, state.writer_first);
            const bool leave = routine == Release::kAndLeaveRegion;
            scene.enter(state, kCounts[column], order,
                        leave ? Way::kEnterRegionAndWait : Way::kWait);
            if (leave && kCounts[column] == 0) scene.move_critical_region(kMe, -1);
            scene.release(routine == Release::kForThread ? kHelper : kMe, routine, kMe);
            scene.release_all();
            cells += scene.ok();
          }
        }
      }
    }
  });
  // 33 cells of the table; two rows have their two columns in both orders. Three routines each.
  EXPECT_EQ(cells, 3u * (33 + 4));
}

// C

TEST_P(Convert, AsTableCSays) {
  unsigned cells = 0;
  run([&] {
    for (const AcquireRow &row : kAcquireTable) {
      for (const unsigned count : {1, 3}) {
        for (const Order order : {Order::kWritersFirst, Order::kReadersFirst}) {
          const LockState state = parse_state(row.state);
          if (order == Order::kReadersFirst && state.standing != Standing::kExclusiveMine) continue;
          for (const bool newcomer : {false, true}) {  // who sees whether it is shared now
            Scene scene(*subject, row.state);
            scene.enter(state, count, order);
            scene.convert(kMe);
            if (newcomer) scene.acquire(kHelper, kStarveExclusive, Way::kTry);
            scene.release_all();
            cells += scene.ok();
          }
        }
      }
    }
  });
  EXPECT_EQ(cells, 2u * (18 + 4) * 2);
}

// D

TEST_P(OwnerPointer, TakesWhatIOwnAsTableDSays) {
  unsigned cells = 0;
  run([&] {
    for (const AcquireRow &row : kAcquireTable) {
      for (const unsigned low_bits : {0, 1, 2, 3}) {
        for (const SetOwner routine : {SetOwner::kPlain, SetOwner::kEx}) {
          Scene scene(*subject, row.state);
          scene.enter(parse_state(row.state), 2);
          scene.set_owner(kMe, routine, low_bits);
          scene.release_all();
          cells += scene.ok();
        }
      }
    }
  });
  EXPECT_EQ(cells, 18u * 4 * 2);
}

TEST_P(OwnerPointer, AddsToWhatItOwnsAlreadyAsTableDSays) {
  run([&] {
    for (const char *state : {"S(me+others)", "S(me+others), Ew", "S(me+others), Ew+Sw"}) {
      Scene scene(*subject, state);
      scene.enter(parse_state(state), 2);
      scene.set_owner(kOther, SetOwner::kPlain, 3);
      scene.set_owner(kMe, SetOwner::kPlain, 3);
      EXPECT_EQ(scene.state().count(kPointer), 3u);
      scene.release_all();
      EXPECT_TRUE(scene.ok());
    }
  });
}

TEST_P(OwnerPointer, MakesAStrangerOfWhoOwnedTheLock) {
  run([&] {
    for (const char *state : {"X(me)", "S(me)", "S(me), Ew+Sw"}) {
      Scene scene(*subject, state);
      scene.enter(parse_state(state));
      scene.set_owner(kMe, SetOwner::kPlain, 3);
      scene.acquire(kMe, kExclusive, Way::kTry);
      scene.acquire(kMe, kShared, Way::kTry);
      scene.convert(kMe);
      scene.release(kHelper, Release::kForThread, kPointer);
      scene.release(kHelper, Release::kForThread, kPointer);
      scene.release_all();
      EXPECT_TRUE(scene.ok());
    }
  });
}

TEST_P(Lifetime, GoesAsTableDSays) {
  unsigned cells = 0;
  run([&] {
    for (const LifetimeOperation operation : {kDelete, kReinitialize, kInitialize}) {
      for (const AcquireRow &row : kAcquireTable) {
        Scene scene(*subject, row.state);
        // So that there is something to make zero.
        scene.acquire(kOther, kExclusive, Way::kWait);
        scene.acquire(kWriter, kExclusive, Way::kWait);
        scene.release(kOther, Release::kOwn, kOther);
        scene.release(kWriter, Release::kOwn, kWriter);

        scene.enter(parse_state(row.state), 2);
        scene.change_lifetime(operation);
        if (!scene.state().live()) scene.change_lifetime(kInitialize);
        scene.acquire(kMe, kExclusive, Way::kTry);
        scene.release_all();
        cells += scene.ok();
      }
      Scene scene(*subject, "no lock");
      scene.change_lifetime(kDelete);
      scene.change_lifetime(operation);
      if (!scene.state().live()) scene.change_lifetime(kInitialize);
      scene.release_all();
      cells += scene.ok();
    }
  });
  EXPECT_EQ(cells, 3u * (18 + 1));
}

// E

constexpr unsigned kApcLevel = 1;

TEST_P(Apc, RegionsMoveTheirCounterAndNoOther) {
  run([&] {
    begin();
    int kernel = 0, special = 0;
    // Nested, interleaved, left more often than entered.
    for (const auto &[region, step] :
         std::initializer_list<std::pair<Region, int>>{{Region::kCritical, -1},
                                                       {Region::kGuarded, -1},
                                                       {Region::kCritical, -1},
                                                       {Region::kCritical, +1},
                                                       {Region::kGuarded, -1},
                                                       {Region::kCritical, +1},
                                                       {Region::kGuarded, +1},
                                                       {Region::kGuarded, +1},
                                                       {Region::kCritical, +1},
                                                       {Region::kGuarded, +1},
                                                       {Region::kCritical, -1},
                                                       {Region::kGuarded, -1}}) {
      (region == Region::kCritical ? kernel : special) += step;
      subject->move_region(kMe, region, step);
      const ApcState state = subject->apc_state(kMe);
      EXPECT_EQ(state.kernel, kernel);
      EXPECT_EQ(state.special, special);
    }
    end();
  });
}

// Makes the state of a row, in which I am; taken back step by step.
class ApcScene {
 public:
  ApcScene(Subject &subject, const ApcRow &row, int count)
      : subject_(subject), row_(row), kernel_(row.kernel ? count : 0) {
    for (int i = 0; i != kernel_; i += count) move(Region::kCritical, count);
    if (row.special) move(Region::kGuarded, -1);
    if (row.apc_level) subject_.set_irql(kMe, kApcLevel);
  }

  // The row of the table that it is in now.
  const ApcRow &row() const {
    for (const ApcRow &row : kApcTable) {
      if (row.kernel == row_.kernel && row.special == row_.special &&
          row.apc_level == row_.apc_level) {
        return row;
      }
    }
    throw std::logic_error("a state that table E does not have");
  }

  // One of the three is undone; false: it was not there.
  bool undo(unsigned which) {
    bool *const conditions[] = {&row_.kernel, &row_.special, &row_.apc_level};
    if (!*conditions[which]) return false;
    *conditions[which] = false;
    if (which == 0) move(Region::kCritical, -kernel_);
    if (which == 1) move(Region::kGuarded, +1);
    if (which == 2) subject_.set_irql(kMe, 0);
    return true;
  }
  void undo_all() {
    for (const unsigned which : {2, 1, 0}) undo(which);
  }

 private:
  void move(Region region, int step) { subject_.move_region(kMe, region, step); }

  Subject &subject_;
  ApcRow row_;
  const int kernel_;
};

bool may_run(const ApcRow &row, ApcKind kind, bool in_normal_apc, bool alertable) {
  const char *const cells[] = {row.special_apc, row.normal_apc, row.user_apc};
  switch (parse_apc(cells[kind])) {
    case ApcWord::kYes:
      return true;
    case ApcWord::kIfNoneInProgress:
      return !in_normal_apc;
    case ApcWord::kIfAlertable:
      return alertable;
    default:
      return false;
  }
}

std::string apc_text(const ApcRow &row, ApcKind kind) {
  static constexpr const char *kKinds[] = {"a special", "a normal", "a user"};
  std::ostringstream text;
  text << kKinds[kind] << " APC with K " << row.kernel << ", P " << row.special << ", IRQL "
       << row.apc_level;
  return text.str();
}

TEST_P(Apc, OfEachKindRunsAsTableESays) {
  unsigned cells = 0;
  run([&] {
    for (const bool in_normal_apc : {false, true}) {
      for (const bool alertable : {false, true}) {
        for (const int count : {-1, +1}) {  // left more often than entered is disabled as well
          for (const ApcRow &row : kApcTable) {
            if (count > 0 && !row.kernel) continue;
            begin();
            if (in_normal_apc) subject->set_in_normal_apc(kMe, true);
            subject->set_alertable(kMe, alertable);
            ApcScene scene(*subject, row, count);
            const ApcState state = subject->apc_state(kMe);
            EXPECT_EQ(state.apcs_disabled.value_or(row.apcs_disabled), row.apcs_disabled);
            EXPECT_EQ(state.all_apcs_disabled.value_or(row.all_apcs_disabled),
                      row.all_apcs_disabled);
            for (const ApcKind kind : {kSpecialApc, kNormalApc, kUserApc}) {
              subject->queue_apc(kMe, kind);
              EXPECT_EQ(subject->apc_ran(kMe, kind), may_run(row, kind, in_normal_apc, alertable))
                  << apc_text(row, kind) << (in_normal_apc ? ", inside of a normal APC" : "")
                  << (alertable ? ", alertable" : "");
              subject->drop_apc(kMe, kind);
              ++cells;
            }
            scene.undo_all();
            subject->set_alertable(kMe, false);
            if (in_normal_apc) subject->set_in_normal_apc(kMe, false);
            end();
          }
        }
      }
    }
  });
  EXPECT_EQ(cells, 2u * 2 * (8 + 4) * 3);
}

TEST_P(Apc, HeldBackRunsAsSoonAsTableELetsIt) {
  run([&] {
    const std::vector<std::vector<unsigned>> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (const ApcRow &row : kApcTable) {
      for (const auto &order : orders) {
        for (const ApcKind kind : {kSpecialApc, kNormalApc, kUserApc}) {
          begin();
          subject->set_alertable(kMe, true);
          ApcScene scene(*subject, row, -1);
          subject->queue_apc(kMe, kind);
          for (const unsigned which : order) {
            if (!scene.undo(which)) continue;
            EXPECT_EQ(subject->apc_ran(kMe, kind), may_run(scene.row(), kind, false, true))
                << apc_text(scene.row(), kind);
          }
          EXPECT_TRUE(subject->apc_ran(kMe, kind));
          subject->drop_apc(kMe, kind);
          subject->set_alertable(kMe, false);
          end();
        }
      }
    }
  });
}

// F

TEST_P(Walk, OfRandomCallsStaysInTheTables) {
  run([&] {
    for (unsigned seed = 1; seed <= 16; ++seed) {
      std::mt19937 random(seed);
      const auto draw = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
      Scene scene(*subject, "seed " + std::to_string(seed), seed % 2 == 0);
      for (unsigned calls = 0; scene.ok() && calls < 150;) {
        const auto actor = static_cast<Actor>(draw(kHelper));
        const TableState &state = scene.state();
        if (state.waits(actor)) {
          // For somebody, who may be the actor itself or the pointer.
          const Owner owner = draw(kOwners);
          if (state.count(owner) == 0) continue;
          scene.release(kHelper, Release::kForThread, owner);
        } else if (draw(2) == 0) {
          const auto routine = static_cast<AcquireRoutine>(draw(kAcquireRoutines));
          const bool fused = routine != kTryExclusive && routine != kStarveExclusive;
          scene.acquire(
              actor, routine,
              routine == kTryExclusive ? Way::kTry : static_cast<Way>(draw(fused ? 3 : 2)));
        } else if (draw(8) == 0) {
          scene.convert(actor);
        } else if (draw(12) == 0) {
          scene.set_owner(actor, SetOwner::kPlain, 3);
        } else if (state.count(actor) != 0 || draw(8) == 0) {
          const bool leave = state.kernel_apc_disable(actor) < 0 && draw(2) == 0;
          scene.release(actor, leave ? Release::kAndLeaveRegion : Release::kOwn, actor);
        } else {
          continue;
        }
        ++calls;
      }
      scene.release_all();
      EXPECT_TRUE(scene.ok());
    }
  });
}

}  // namespace
}  // namespace lockarb::contract
