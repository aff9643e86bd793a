// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

enum Kind { kSpecial, kNormal, kUser };

class Apcs : public WdmTest {
 protected:
  // An APC that logs its name and IRQL when it runs, and then does something.
  struct Apc {
    KAPC apc;  // first: the kernel routine gets its address
    Apcs *test;
    std::string name;
    std::function<void()> body;
  };

  // Queue one to a thread; the name is what the log will say.
  Apc &queue(
      PKTHREAD thread, Kind kind, const std::string &name,
      const std::function<void()> &body = [] {}) {
    apcs_.push_back(std::make_unique<Apc>());
    Apc &apc = *apcs_.back();
    apc.test = this;
    apc.name = name;
    apc.body = body;
    KeInitializeApc(&apc.apc, thread, OriginalApcEnvironment,
                    kind == kSpecial ? special_routine : kernel_routine, nullptr,
                    kind == kSpecial ? nullptr : normal_routine,
                    kind == kUser ? UserMode : KernelMode, &apc);
    EXPECT_TRUE(KeInsertQueueApc(&apc.apc, &apc, nullptr, 0));
    return apc;
  }
  Apc &queue_self(
      Kind kind, const std::string &name, const std::function<void()> &body = [] {}) {
    return queue(KeGetCurrentThread(), kind, name, body);
  }

  // One thread, and another one that queues APCs to it from another core.
  void run_with_target(const std::function<void()> &target,
                       const std::function<void(PKTHREAD)> &other) {
    EXPECT_EQ(run([&] {
                HANDLE handle = spawn(target, {"target", 1});
                PKTHREAD thread = object(handle);
                delay(100);
                other(thread);
                join(handle);
                ObDereferenceObject(thread);
              }),
              Machine::End::kAllEnded)
        << machine().printed();
  }

  // For what happens at any of the clocks around one at which a thread begins to wait.
  static constexpr uint64_t kWaitBegins = 50000, kAroundAWait = 200;
  static void stall_until(uint64_t time) {
    if (port_time() < time) port_spend(time - port_time());
  }

  unsigned noted(port_note_kind kind) {
    unsigned count = 0;
    for (const struct port_note &n : machine().notes()) count += n.kind == kind;
    return count;
  }

 private:
  static void log_run(Apc *apc, const char *where) {
    apc->test->log(apc->name + where + std::to_string(KeGetCurrentIrql()));
  }
  static void special_routine(KAPC *apc, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
    auto *self = reinterpret_cast<Apc *>(apc);
    log_run(self, "@");
    self->body();
  }
  static void kernel_routine(KAPC *apc, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
    log_run(reinterpret_cast<Apc *>(apc), ".kernel@");
  }
  static void normal_routine(PVOID context, PVOID argument1, PVOID) {
    EXPECT_EQ(context, argument1);
    auto *self = static_cast<Apc *>(context);
    log_run(self, "@");
    self->body();
  }

  std::vector<std::unique_ptr<Apc>> apcs_;
};

TEST_F(Apcs, RunAtOnceOnTheOwnThread) {
  run([&] {
    queue_self(kSpecial, "special");
    queue_self(kNormal, "normal");
    log("main");
  });
  EXPECT_THAT(log_, ElementsAre("special@1", "normal.kernel@1", "normal@0", "main"));
  EXPECT_EQ(noted(PORT_NOTE_APC_QUEUED), 2u);
  EXPECT_EQ(noted(PORT_NOTE_APC_DELIVERED), 2u);
  EXPECT_EQ(noted(PORT_NOTE_APC_HELD_BACK), 0u);
}

TEST_F(Apcs, SpecialOnesRunBeforeNormalOnesInOrderOfEachKind) {
  run([&] {
    KeEnterGuardedRegion();
    queue_self(kNormal, "n1");
    queue_self(kSpecial, "s1");
    queue_self(kNormal, "n2");
    queue_self(kSpecial, "s2");
    EXPECT_THAT(log_, IsEmpty());
    KeLeaveGuardedRegion();
    EXPECT_THAT(log_, ElementsAre("s1@1", "s2@1", "n1.kernel@1", "n1@0", "n2.kernel@1", "n2@0"));
  });
  EXPECT_EQ(noted(PORT_NOTE_APC_HELD_BACK), 4u);
}

// Every row of contract II.E: what the queries say, and what runs.
struct Row {
  int kernel, special, irql;
  bool disabled, all_disabled, special_runs, normal_runs;
};

class MaskRow : public Apcs, public testing::WithParamInterface<Row> {};

TEST_P(MaskRow, DecidesWhatRuns) {
  const Row row = GetParam();
  run([&] {
    PKTHREAD self = KeGetCurrentThread();
    for (int i = row.kernel; i < 0; i++) KeEnterCriticalRegion();
    for (int i = row.kernel; i > 0; i--) KeLeaveCriticalRegion();
    for (int i = row.special; i < 0; i++) KeEnterGuardedRegion();
    for (int i = row.special; i > 0; i--) KeLeaveGuardedRegion();
    KIRQL old = KfRaiseIrql(static_cast<KIRQL>(row.irql));
    EXPECT_EQ(self->KernelApcDisable, row.kernel);
    EXPECT_EQ(self->SpecialApcDisable, row.special);
    EXPECT_EQ(KeAreApcsDisabled(), row.disabled);
    EXPECT_EQ(KeAreAllApcsDisabled(), row.all_disabled);
    EXPECT_EQ(machine().arbiter().apc_mask(0), self->CombinedApcDisable) << "the arbiter knows";
    EXPECT_EQ(machine().arbiter().irql(0), static_cast<uint32_t>(row.irql));
    queue_self(kSpecial, "special");
    EXPECT_EQ(!log_.empty(), row.special_runs);
    log_.clear();
    queue_self(kNormal, "normal");
    EXPECT_EQ(!log_.empty(), row.normal_runs);
    log_.clear();
    KeLowerIrql(old);
    EXPECT_EQ(machine().arbiter().irql(0), 0u);
    while (self->SpecialApcDisable < 0) KeLeaveGuardedRegion();
    while (self->SpecialApcDisable > 0) KeEnterGuardedRegion();
    while (self->KernelApcDisable < 0) KeLeaveCriticalRegion();
    while (self->KernelApcDisable > 0) KeEnterCriticalRegion();
    if (row.special > 0 || row.kernel > 0) {
      // Entering is no point of delivery; the next one is.
      KfRaiseIrql(APC_LEVEL);
      KeLowerIrql(PASSIVE_LEVEL);
    }
    EXPECT_EQ(log_.size(), (row.special_runs ? 0u : 1u) + (row.normal_runs ? 0u : 2u))
        << "what was held back runs in the end";
  });
}

INSTANTIATE_TEST_SUITE_P(
    ContractTableE, MaskRow,
    testing::Values(
        Row{0, 0, 0, false, false, true, true}, Row{-1, 0, 0, true, false, true, false},
        Row{-3, 0, 0, true, false, true, false}, Row{1, 0, 0, true, false, true, false},
        Row{0, -1, 0, true, true, false, false}, Row{0, 1, 0, true, true, false, false},
        Row{-1, -1, 0, true, true, false, false}, Row{0, 0, 1, false, true, false, false},
        Row{0, 0, 2, false, true, false, false}, Row{-1, 0, 1, true, true, false, false},
        Row{0, -1, 1, true, true, false, false}, Row{-1, -1, 2, true, true, false, false}));

TEST_F(Apcs, AreDeliveredAtExactlyZero) {
  run([&] {
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    queue_self(kNormal, "normal");
    KeLeaveCriticalRegion();
    log("still inside");
    KeLeaveCriticalRegion();
    log("outside");
  });
  EXPECT_THAT(log_, ElementsAre("still inside", "normal.kernel@1", "normal@0", "outside"));
}

TEST_F(Apcs, LeavingTheGuardedRegionLetsOnlySpecialOnesIntoACriticalOne) {
  run([&] {
    KeEnterCriticalRegion();
    KeEnterGuardedRegion();
    queue_self(kNormal, "normal");
    queue_self(kSpecial, "special");
    KeLeaveGuardedRegion();
    log("critical");
    KeLeaveCriticalRegion();
  });
  EXPECT_THAT(log_, ElementsAre("special@1", "critical", "normal.kernel@1", "normal@0"));
}

TEST_F(Apcs, LastRegionLeftAtApcLevelDeliversAtTheDrop) {
  run([&] {
    KeEnterCriticalRegion();
    queue_self(kNormal, "normal");
    KIRQL old;
    KeRaiseIrql(APC_LEVEL, &old);
    KeLeaveCriticalRegion();
    log("at APC_LEVEL");
    KeLowerIrql(old);
    log("at PASSIVE_LEVEL");
  });
  EXPECT_THAT(log_, ElementsAre("at APC_LEVEL", "normal.kernel@1", "normal@0", "at PASSIVE_LEVEL"));
}

TEST_F(Apcs, ArbiterFollowsTheIrqlBothWays) {
  run([&] {
    KIRQL old = KeRaiseIrqlToDpcLevel();
    EXPECT_EQ(machine().arbiter().irql(0), 2u);
    KeLowerIrql(old);
    EXPECT_EQ(machine().arbiter().irql(0), 0u);
  });
}

TEST_F(Apcs, CountersWrittenInMemoryCount) {
  run([&] {
    PKTHREAD self = KeGetCurrentThread();
    self->KernelApcDisable--;
    queue_self(kNormal, "normal");
    EXPECT_THAT(log_, IsEmpty());
    EXPECT_EQ(machine().arbiter().apc_mask(0), 0xFFFFu) << "sent before it was used";
    KeLeaveCriticalRegion();
    EXPECT_EQ(log_.size(), 2u);
    self->SpecialApcDisable--;
    KeEnterCriticalRegion();
    EXPECT_EQ(machine().arbiter().apc_mask(0), 0xFFFFFFFFu);
    KeLeaveCriticalRegion();
    self->SpecialApcDisable++;
  });
}

TEST_F(Apcs, SpecialOnePreemptsANormalOneButNoSecondNormalOneDoes) {
  run([&] {
    queue_self(kNormal, "first", [&] {
      queue_self(kNormal, "second");
      queue_self(kSpecial, "special");
      log("end of first");
    });
  });
  EXPECT_THAT(log_, ElementsAre("first.kernel@1", "first@0", "special@1", "end of first",
                                "second.kernel@1", "second@0"));
}

TEST_F(Apcs, QueuedOnesAreNotQueuedTwiceAndCanBeRemovedOnce) {
  run([&] {
    KeEnterCriticalRegion();
    Apc &apc = queue_self(kNormal, "normal");
    EXPECT_FALSE(KeInsertQueueApc(&apc.apc, &apc, nullptr, 0));
    EXPECT_TRUE(KeRemoveQueueApc(&apc.apc));
    EXPECT_FALSE(KeRemoveQueueApc(&apc.apc));
    KeLeaveCriticalRegion();
    EXPECT_THAT(log_, IsEmpty());
    EXPECT_TRUE(KeInsertQueueApc(&apc.apc, &apc, nullptr, 0)) << "and can be queued again";
    EXPECT_EQ(log_.size(), 2u);
  });
}

TEST_F(Apcs, CanBeQueuedAgainFromTheirOwnRoutine) {
  int runs = 0;
  run([&] {
    Apc *apc = nullptr;
    KeEnterCriticalRegion();
    apc = &queue_self(kNormal, "again", [&] {
      if (++runs < 3) {
        EXPECT_TRUE(KeInsertQueueApc(&apc->apc, apc, nullptr, 0));
      }
    });
    KeLeaveCriticalRegion();
  });
  EXPECT_EQ(runs, 3);
}

TEST_F(Apcs, InterruptAComputingThreadOnAnotherCore) {
  uint64_t queued_at = 0, ran_at = 0;
  run_with_target([&] { KeStallExecutionProcessor(1000), log("computed"); },
                  [&](PKTHREAD target) {
                    queued_at = now_us();
                    queue(target, kNormal, "normal", [&] { ran_at = now_us(); });
                  });
  EXPECT_THAT(log_, ElementsAre("normal.kernel@1", "normal@0", "computed"));
  EXPECT_LE(ran_at, queued_at + 5);
}

TEST_F(Apcs, WaitForTheLeaveOfAThreadOnAnotherCore) {
  run_with_target(
      [&] {
        KeEnterCriticalRegion();
        KeStallExecutionProcessor(1000);
        log("inside");
        KeLeaveCriticalRegion();
        log("outside");
      },
      [&](PKTHREAD target) {
        queue(target, kNormal, "normal");
        queue(target, kSpecial, "special");
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "inside", "normal.kernel@1", "normal@0", "outside"));
}

TEST_F(Apcs, BreakAWaitThatTheCallerNeverSeesBroken) {
  KEVENT event;
  run_with_target(
      [&] {
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        EXPECT_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr),
                  STATUS_SUCCESS);
        log("waited");
      },
      [&](PKTHREAD target) {
        queue(target, kSpecial, "special");
        queue(target, kNormal, "normal");
        delay(100);
        log("set");
        KeSetEvent(&event, 0, FALSE);
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "normal.kernel@1", "normal@0", "set", "waited"));
}

// Whether the APC comes before the wait, in the clocks in which it begins, or in it.
TEST_F(Apcs, AreNotLostWhereAWaitBegins) {
  for (uint64_t ticks = 0; ticks < 2 * kAroundAWait; ticks++) {
    build({});
    log_.clear();
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    run_with_target(
        [&] {
          stall_until(kWaitBegins);
          wait(event);
          log("waited");
        },
        [&](PKTHREAD target) {
          stall_until(kWaitBegins - kAroundAWait + ticks);
          queue(target, kNormal, "normal");
          delay(100);
          log("set");
          KeSetEvent(&event, 0, FALSE);
        });
    ASSERT_THAT(log_, ElementsAre("normal.kernel@1", "normal@0", "set", "waited"))
        << "queued at tick " << ticks;
  }
}

TEST_F(Apcs, DoNotLengthenATimeout) {
  uint64_t start = 0, end = 0;
  run_with_target([&] { start = now_us(), delay(1000), end = now_us(); },
                  [&](PKTHREAD target) {
                    for (int i = 0; i < 5; i++) queue(target, kSpecial, "s"), delay(50);
                  });
  EXPECT_LE(end - start, 1002u);
  EXPECT_EQ(log_.size(), 5u);
}

TEST_F(Apcs, LeaveAWaitAloneThatIsInARegion) {
  KEVENT event;
  run_with_target(
      [&] {
        KeInitializeEvent(&event, SynchronizationEvent, FALSE);
        KeEnterCriticalRegion();
        wait(event);
        log("waited");
        KeLeaveCriticalRegion();
      },
      [&](PKTHREAD target) {
        queue(target, kNormal, "normal");
        queue(target, kSpecial, "special");
        delay(100);
        log("set");
        KeSetEvent(&event, 0, FALSE);
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "set", "waited", "normal.kernel@1", "normal@0"));
}

TEST_F(Apcs, UserOneEndsAnAlertableUserModeWait) {
  run_with_target(
      [&] {
        LARGE_INTEGER long_time = microseconds(1000000);
        EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &long_time), STATUS_USER_APC);
        log("ended");
      },
      [&](PKTHREAD target) { queue(target, kUser, "user"); });
  EXPECT_THAT(log_, ElementsAre("user.kernel@1", "user@0", "ended"));
}

TEST_F(Apcs, UserOnesOfOneWaitRunOneAfterTheOther) {
  run([&] {
    KeEnterGuardedRegion();  // both are queued before either can run
    queue_self(kUser, "a", [&] { KeStallExecutionProcessor(10), log("a ends"); });
    queue_self(kUser, "b");
    KeLeaveGuardedRegion();
    LARGE_INTEGER interval = microseconds(100);
    EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &interval), STATUS_USER_APC);
  });
  EXPECT_THAT(log_, ElementsAre("a.kernel@1", "a@0", "a ends", "b.kernel@1", "b@0"));
}

TEST_F(Apcs, UserOneWaitsForAnAlertableUserModeWait) {
  run([&] {
    queue_self(kUser, "user");
    LARGE_INTEGER time = microseconds(100);
    EXPECT_EQ(KeDelayExecutionThread(KernelMode, FALSE, &time), STATUS_SUCCESS);
    EXPECT_EQ(KeDelayExecutionThread(KernelMode, TRUE, &time), STATUS_SUCCESS);
    EXPECT_EQ(KeDelayExecutionThread(UserMode, FALSE, &time), STATUS_SUCCESS);
    KeEnterCriticalRegion();
    EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &time), STATUS_SUCCESS) << "in a region";
    KeLeaveCriticalRegion();
    EXPECT_THAT(log_, IsEmpty());
    EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &time), STATUS_USER_APC);
    EXPECT_EQ(log_.size(), 2u);
    EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &time), STATUS_SUCCESS);
  });
}

TEST_F(Apcs, KernelOneInAnAlertableWaitDoesNotEndIt) {
  run_with_target(
      [&] {
        LARGE_INTEGER time = microseconds(500);
        EXPECT_EQ(KeDelayExecutionThread(UserMode, TRUE, &time), STATUS_SUCCESS);
      },
      [&](PKTHREAD target) { queue(target, kNormal, "normal"); });
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(Apcs, RefusedByAThreadThatHasEnded) {
  run([&] {
    HANDLE handle = spawn([] {});
    PKTHREAD thread = object(handle);
    join(handle);
    KAPC apc;
    KeInitializeApc(
        &apc, thread, OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, nullptr, nullptr, KernelMode,
        nullptr);
    EXPECT_FALSE(KeInsertQueueApc(&apc, nullptr, nullptr, 0));
    ObDereferenceObject(thread);
  });
}

TEST_F(Apcs, UserOnesLeftAtTheEndAreRunDown) {
  static int rundowns;
  rundowns = 0;
  KAPC apc;
  run([&] {
    join(spawn([&] {
      KeInitializeApc(
          &apc, KeGetCurrentThread(), OriginalApcEnvironment,
          [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, [](KAPC *) { rundowns++; },
          [](PVOID, PVOID, PVOID) {}, UserMode, nullptr);
      KeInsertQueueApc(&apc, nullptr, nullptr, 0);
    }));
  });
  EXPECT_EQ(rundowns, 1);
  EXPECT_FALSE(apc.Inserted);
}

// Hardware locks and APCs together

class ApcsAndLocks : public Apcs {
 protected:
  void with_resource(const std::function<void()> &target,
                     const std::function<void(PKTHREAD)> &other) {
    run([&] {
      ExInitializeResourceLite(&resource_);
      HANDLE handle = spawn(target, {"target", 1});
      PKTHREAD thread = object(handle);
      other(thread);
      join(handle);
      ObDereferenceObject(thread);
    });
  }
  ERESOURCE resource_;
};

TEST_F(ApcsAndLocks, NormalOneRunsRightAfterTheReleaseAndLeave) {
  with_resource(
      [&] {
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
        KeStallExecutionProcessor(1000);
        log("before");
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        log("after");
      },
      [&](PKTHREAD target) {
        delay(100);
        queue(target, kNormal, "normal");
        queue(target, kSpecial, "special");
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "before", "normal.kernel@1", "normal@0", "after"));
}

TEST_F(ApcsAndLocks, OnlySpecialOnesRunInAFusedWaitAndThePlaceIsKept) {
  with_resource(
      [&] {
        delay(10);
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
        log("target");
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
      },
      [&](PKTHREAD target) {
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
        delay(100);
        HANDLE later = spawn(
            [&] {
              ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
              KeStallExecutionProcessor(50);  // the other core is at work, too
              log("later");
              ExReleaseResourceAndLeaveCriticalRegion(&resource_);
            },
            {"later", 0});
        delay(100);
        queue(target, kNormal, "normal");
        queue(target, kSpecial, "special");
        delay(100);
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        join(later);
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "target", "normal.kernel@1", "normal@0", "later"));
}

TEST_F(ApcsAndLocks, NormalOneRunsInAWaitWithoutRegion) {
  with_resource(
      [&] {
        delay(10);
        ExAcquireResourceSharedLite(&resource_, TRUE);
        log("target");
        ExReleaseResourceLite(&resource_);
      },
      [&](PKTHREAD target) {
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
        delay(100);
        queue(target, kNormal, "normal");
        delay(100);
        ExReleaseResourceLite(&resource_);
      });
  EXPECT_THAT(log_, ElementsAre("normal.kernel@1", "normal@0", "target"));
}

TEST_F(ApcsAndLocks, NoneIsLostWhereALockWaitBegins) {
  for (uint64_t ticks = 0; ticks < 2 * kAroundAWait; ticks++) {
    build({});
    log_.clear();
    with_resource(
        [&] {
          stall_until(kWaitBegins);
          ExAcquireResourceSharedLite(&resource_, TRUE);
          log("target");
          ExReleaseResourceLite(&resource_);
        },
        [&](PKTHREAD target) {
          ExAcquireResourceExclusiveLite(&resource_, TRUE);
          stall_until(kWaitBegins - kAroundAWait + ticks);
          queue(target, kNormal, "normal");
          delay(100);
          log("release");
          ExReleaseResourceLite(&resource_);
        });
    ASSERT_THAT(log_, ElementsAre("normal.kernel@1", "normal@0", "release", "target"))
        << "queued at tick " << ticks;
  }
}

TEST_F(ApcsAndLocks, GrantThatComesWhileAnApcRunsIsNotLost) {
  with_resource(
      [&] {
        delay(10);
        ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
        log("target");
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
      },
      [&](PKTHREAD target) {
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
        delay(100);
        queue(target, kSpecial, "special",
              [&] { KeStallExecutionProcessor(500), log("end of special"); });
        delay(100);
        ExReleaseResourceLite(&resource_);
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "end of special", "target"));
}

TEST_F(ApcsAndLocks, ApcInALockWaitCanWaitForOtherLocks) {
  ERESOURCE other;
  with_resource(
      [&] {
        delay(10);
        ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
        log("target");
        EXPECT_TRUE(ExIsResourceAcquiredExclusiveLite(&resource_));
        ExReleaseResourceAndLeaveCriticalRegion(&resource_);
      },
      [&](PKTHREAD target) {
        ExInitializeResourceLite(&other);
        ExAcquireResourceExclusiveLite(&other, TRUE);
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
        delay(100);
        queue(target, kSpecial, "special", [&] {
          ExAcquireResourceSharedLite(&other, TRUE);
          log("owns other");
          ExReleaseResourceLite(&other);
        });
        delay(100);
        log("release");
        ExReleaseResourceLite(&resource_);  // the grant comes while the APC waits for the other
        delay(100);
        ExReleaseResourceLite(&other);
      });
  EXPECT_THAT(log_, ElementsAre("special@1", "release", "owns other", "target"));
}

TEST_F(ApcsAndLocks, MaskGoesWithTheThread) {
  build({1, 64, 16});
  run([&] {
    HANDLE inside = spawn(
        [&] {
          KeEnterCriticalRegion();
          delay(100);
          EXPECT_EQ(machine().arbiter().apc_mask(0), 0xFFFFu);
          KeLeaveCriticalRegion();
        },
        {"inside", 0});
    delay(50);
    EXPECT_EQ(machine().arbiter().apc_mask(0), 0u) << "main is in no region";
    join(inside);
  });
}

}  // namespace
}  // namespace lockarb
