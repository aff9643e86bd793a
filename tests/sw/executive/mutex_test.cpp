// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "exceptions.h"
#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// A normal kernel APC to the current thread that logs when it runs.
class Mutexes : public WdmTest {
 protected:
  void queue_normal_apc() {
    KeInitializeApc(
        &apc_, KeGetCurrentThread(), OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, nullptr,
        [](PVOID context, PVOID, PVOID) { static_cast<Mutexes *>(context)->log("apc"); },
        KernelMode, this);
    EXPECT_TRUE(KeInsertQueueApc(&apc_, nullptr, nullptr, 0));
  }

  static NTSTATUS acquire(KMUTEX &mutex, int64_t timeout_us = -1) {
    LARGE_INTEGER timeout = microseconds(timeout_us);
    return KeWaitForMutexObject(&mutex, Executive, KernelMode, FALSE,
                                timeout_us < 0 ? nullptr : &timeout);
  }

  KMUTEX mutex_;
  FAST_MUTEX fast_;
  KGUARDED_MUTEX guarded_;
  KAPC apc_;
};

TEST_F(Mutexes, MutexIsRecursiveForItsOwner) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    EXPECT_EQ(KeReadStateMutex(&mutex_), 1);
    EXPECT_EQ(acquire(mutex_), STATUS_SUCCESS);
    EXPECT_EQ(KeReadStateMutex(&mutex_), 0);
    EXPECT_EQ(acquire(mutex_, 0), STATUS_SUCCESS);
    EXPECT_EQ(KeReadStateMutex(&mutex_), -1);
    EXPECT_EQ(KeReleaseMutex(&mutex_, FALSE), -1);
    EXPECT_EQ(KeReleaseMutex(&mutex_, FALSE), 0);
    EXPECT_EQ(KeReadStateMutex(&mutex_), 1);
  });
}

TEST_F(Mutexes, MutexKeepsOthersOutAndGoesToThemInOrder) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    std::vector<HANDLE> threads;
    for (const char *name : {"a", "b"}) {
      threads.push_back(spawn([&, name] {
        EXPECT_EQ(acquire(mutex_, 0), STATUS_TIMEOUT);
        EXPECT_EQ(acquire(mutex_), STATUS_SUCCESS);
        log(name);
        KeReleaseMutex(&mutex_, FALSE);
      }));
      delay(100);
    }
    log("owner");
    KeReleaseMutex(&mutex_, FALSE);
    EXPECT_EQ(KeReadStateMutex(&mutex_), 0) << "handed over, not free";
    for (HANDLE thread : threads) join(thread);
  });
  EXPECT_THAT(log_, ElementsAre("owner", "a", "b"));
}

TEST_F(Mutexes, OwnedMutexIsACriticalRegion) {
  run([&] {
    PKTHREAD self = KeGetCurrentThread();
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    acquire(mutex_);
    EXPECT_EQ(self->KernelApcDisable, -1) << "one region for all levels";
    queue_normal_apc();
    KeReleaseMutex(&mutex_, FALSE);
    log("inner release");
    KeReleaseMutex(&mutex_, FALSE);
    log("outer release");
    EXPECT_EQ(self->KernelApcDisable, 0);
  });
  EXPECT_THAT(log_, ElementsAre("inner release", "apc", "outer release"));
}

TEST_F(Mutexes, MutexHandedToAWaiterHoldsItsApcsBack) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    HANDLE waiter = spawn(
        [&] {
          EXPECT_EQ(acquire(mutex_), STATUS_SUCCESS);
          EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, -1);
          queue_normal_apc();
          log("owner");
          KeReleaseMutex(&mutex_, FALSE);
        },
        {"waiter", 1});
    delay(100);
    KeReleaseMutex(&mutex_, FALSE);
    join(waiter);
  });
  EXPECT_THAT(log_, ElementsAre("owner", "apc"));
}

TEST_F(Mutexes, MutexReleasedByAStrangerRaises) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    join(spawn([&] { KeReleaseMutex(&mutex_, FALSE); }));
  });
  EXPECT_THAT(machine().printed(),
              StartsWith("\n*** STOP 0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED (0xC0000046, "
                         "0x0, 0x0, 0x0)\n    routine  KeReleaseMutex\n    thread   2 "));
}

TEST_F(Mutexes, MutexReleasedTooOftenRaises) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    KeReleaseMutex(&mutex_, FALSE);
    KeReleaseMutex(&mutex_, FALSE);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("(0xC0000046, 0x0, 0x0, 0x0)"));
}

TEST_F(Mutexes, MutexOwnedAsOftenAsItCanBeRaises) {
  run([&] {
    KeInitializeMutex(&mutex_, 0);
    acquire(mutex_);
    mutex_.Header.SignalState = INT32_MIN + 1;
    EXPECT_EQ(acquire(mutex_), STATUS_SUCCESS) << "the last level";
    EXPECT_EQ(mutex_.Header.SignalState, INT32_MIN);
    EXPECT_EQ(raised_by_wait(&mutex_, true), STATUS_MUTANT_LIMIT_EXCEEDED);
    EXPECT_EQ(raised_by_wait(&mutex_, false), STATUS_MUTANT_LIMIT_EXCEEDED);
    EXPECT_EQ(mutex_.Header.SignalState, INT32_MIN) << "unchanged";
    EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, -1);
    join(spawn([&] { EXPECT_EQ(acquire(mutex_, 0), STATUS_TIMEOUT); }));
    mutex_.Header.SignalState = 0;
    KeReleaseMutex(&mutex_, FALSE);
  });
}

// A mutant: its ApcDisable is 0.
TEST_F(Mutexes, MutexThatEntersNoRegionLeavesNone) {
  run([&] {
    PKTHREAD self = KeGetCurrentThread();
    KeInitializeMutex(&mutex_, 0);
    mutex_.ApcDisable = 0;
    acquire(mutex_);
    EXPECT_EQ(self->KernelApcDisable, 0);
    HANDLE waiter = spawn(
        [&] {
          acquire(mutex_);
          EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, 0);
          KeReleaseMutex(&mutex_, FALSE);
          EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, 0);
        },
        {"waiter", 1});
    delay(100);
    KeReleaseMutex(&mutex_, FALSE);
    EXPECT_EQ(self->KernelApcDisable, 0);
    join(waiter);
  });
  EXPECT_EQ(machine().printed(), "");
}

TEST_F(Mutexes, FastMutexIsInitializedButForTheIrqlOfItsOwner) {
  FAST_MUTEX mutex;
  run([&] {
    std::memset(static_cast<void *>(&mutex), 0xCC, sizeof(mutex));
    ExInitializeFastMutex(&mutex);
  });
  EXPECT_EQ(mutex.Count, 1);
  EXPECT_EQ(mutex.Owner, nullptr);
  EXPECT_EQ(mutex.Contention, 0u);
  EXPECT_EQ(mutex.Event.Header.SignalState, 0);
  EXPECT_TRUE(IsListEmpty(&mutex.Event.Header.WaitListHead));
  EXPECT_EQ(mutex.OldIrql, 0xCCCCCCCCu);
}

TEST_F(Mutexes, FastMutexRunsItsOwnerAtApcLevel) {
  run([&] {
    ExInitializeFastMutex(&fast_);
    ExAcquireFastMutex(&fast_);
    EXPECT_EQ(KeGetCurrentIrql(), APC_LEVEL);
    EXPECT_FALSE(KeAreApcsDisabled());
    EXPECT_TRUE(KeAreAllApcsDisabled());
    queue_normal_apc();
    log("owner");
    ExReleaseFastMutex(&fast_);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
  });
  EXPECT_THAT(log_, ElementsAre("owner", "apc"));
}

TEST_F(Mutexes, FastMutexGoesBackToTheIrqlBefore) {
  run([&] {
    ExInitializeFastMutex(&fast_);
    KfRaiseIrql(APC_LEVEL);
    ExAcquireFastMutex(&fast_);
    ExReleaseFastMutex(&fast_);
    EXPECT_EQ(KeGetCurrentIrql(), APC_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
  });
}

// The waiter's IRQL must not become the owner's: each goes back to its own.
TEST_F(Mutexes, FastMutexKeepsOthersOut) {
  run([&] {
    ExInitializeFastMutex(&fast_);
    ExAcquireFastMutex(&fast_);
    HANDLE waiter = spawn(
        [&] {
          EXPECT_FALSE(ExTryToAcquireFastMutex(&fast_));
          EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
          KfRaiseIrql(APC_LEVEL);
          ExAcquireFastMutex(&fast_);
          log("waiter");
          ExReleaseFastMutex(&fast_);
          EXPECT_EQ(KeGetCurrentIrql(), APC_LEVEL);
          KeLowerIrql(PASSIVE_LEVEL);
        },
        {"waiter", 1});
    delay(100);
    log("owner");
    EXPECT_EQ(fast_.Contention, 1u);
    ExReleaseFastMutex(&fast_);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    join(waiter);
    EXPECT_TRUE(ExTryToAcquireFastMutex(&fast_));
    EXPECT_EQ(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&fast_);
  });
  EXPECT_THAT(log_, ElementsAre("owner", "waiter"));
}

TEST_F(Mutexes, UnsafeFastMutexLeavesTheIrqlAlone) {
  run([&] {
    ExInitializeFastMutex(&fast_);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&fast_);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    join(spawn([&] { EXPECT_FALSE(ExTryToAcquireFastMutex(&fast_)); }));
    ExReleaseFastMutexUnsafe(&fast_);
    KeLeaveCriticalRegion();
  });
}

TEST_F(Mutexes, EightThreadsShareAFastMutex) {
  int inside = 0, total = 0;
  build({4, 64, 16});
  run([&] {
    ExInitializeFastMutex(&fast_);
    std::vector<HANDLE> threads;
    for (int i = 0; i < 8; i++) {
      threads.push_back(spawn([&] {
        for (int n = 0; n < 50; n++) {
          ExAcquireFastMutex(&fast_);
          EXPECT_EQ(++inside, 1);
          KeStallExecutionProcessor(1);
          --inside, ++total;
          ExReleaseFastMutex(&fast_);
        }
      }));
    }
    for (HANDLE thread : threads) join(thread);
  });
  EXPECT_EQ(total, 400);
}

TEST_F(Mutexes, GuardedMutexIsAGuardedRegion) {
  run([&] {
    PKTHREAD self = KeGetCurrentThread();
    KeInitializeGuardedMutex(&guarded_);
    KeAcquireGuardedMutex(&guarded_);
    EXPECT_EQ(self->SpecialApcDisable, -1);
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    join(spawn([&] {
      EXPECT_FALSE(KeTryToAcquireGuardedMutex(&guarded_));
      EXPECT_FALSE(KeAreAllApcsDisabled()) << "a failed attempt leaves the region again";
    }));
    queue_normal_apc();
    log("owner");
    KeReleaseGuardedMutex(&guarded_);
    EXPECT_EQ(self->SpecialApcDisable, 0);
    EXPECT_TRUE(KeTryToAcquireGuardedMutex(&guarded_));
    EXPECT_EQ(self->SpecialApcDisable, -1);
    KeReleaseGuardedMutex(&guarded_);
    KeAcquireGuardedMutexUnsafe(&guarded_);
    EXPECT_EQ(self->SpecialApcDisable, 0);
    KeReleaseGuardedMutexUnsafe(&guarded_);
  });
  EXPECT_THAT(log_, ElementsAre("owner", "apc"));
}

TEST_F(Mutexes, CostWhatTheGuideSays) {
  run([&] {
    const auto cost = [this](const std::function<void()> &call) {
      machine().bus_log.clear();
      call();
      return machine().bus_log.size();
    };
    KeInitializeMutex(&mutex_, 0);
    EXPECT_EQ(cost([&] { acquire(mutex_); }), 1u);
    EXPECT_EQ(cost([&] { acquire(mutex_); }), 0u);
    EXPECT_EQ(cost([&] { KeReleaseMutex(&mutex_, FALSE); }), 0u);
    EXPECT_EQ(cost([&] { KeReleaseMutex(&mutex_, FALSE); }), 1u);
    ExInitializeFastMutex(&fast_);
    EXPECT_EQ(cost([&] { ExAcquireFastMutex(&fast_); }), 1u);
    EXPECT_EQ(cost([&] { ExReleaseFastMutex(&fast_); }), 1u);
    KeInitializeGuardedMutex(&guarded_);
    EXPECT_EQ(cost([&] { KeAcquireGuardedMutex(&guarded_); }), 1u);
    EXPECT_EQ(cost([&] { KeReleaseGuardedMutex(&guarded_); }), 1u);
    KeEnterGuardedRegion();
    EXPECT_EQ(cost([&] { KeAcquireGuardedMutexUnsafe(&guarded_); }), 0u);
    EXPECT_EQ(cost([&] { KeReleaseGuardedMutexUnsafe(&guarded_); }), 0u);
    KeLeaveGuardedRegion();
  });
}

TEST_F(Mutexes, FastMutexReleasedByAStrangerStops) {
  run([&] {
    ExInitializeFastMutex(&fast_);
    ExAcquireFastMutexUnsafe(&fast_);
    join(spawn([&] { ExReleaseFastMutexUnsafe(&fast_); }));
  });
  EXPECT_THAT(machine().printed(),
              StartsWith("\n*** STOP 0x20004C4B LOCKARB_MISUSE (0xC0000046, thread 1, 0x0, 0x0)\n"
                         "    routine  ExReleaseFastMutexUnsafe\n"));
}

TEST_F(Mutexes, StuckThreadsNameTheOwner) {
  EXPECT_EQ(run([&] {
              KeInitializeMutex(&mutex_, 0);
              KeInitializeGuardedMutex(&guarded_);
              acquire(mutex_);
              spawn([&] { acquire(mutex_); });
              KeAcquireGuardedMutex(&guarded_);
              KeAcquireGuardedMutex(&guarded_);
            }),
            Machine::End::kStuck);
  EXPECT_THAT(machine().printed(), HasSubstr("waits for a mutex, owned by thread 1 (main)\n"));
  EXPECT_THAT(machine().printed(), HasSubstr("waits for a fast mutex, owned by thread 1 (main)\n"));
}

}  // namespace
}  // namespace lockarb
