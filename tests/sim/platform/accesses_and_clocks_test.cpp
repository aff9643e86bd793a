// SPDX-License-Identifier: Apache-2.0
// What the contract promises software, seen on the whole platform: bus accesses counted, and the
// clocks in which things happened as the executive noted them.
#include <gmock/gmock.h>
#include <wdm.h>

#include <functional>
#include <vector>

#include "lockarb_resource.h"
#include "lockarb_threads.h"
#include "sim/platform/platform.h"
#include "tests/sim/model_under_test.h"

namespace lockarb {
namespace {

struct Note {
  port_note_kind kind;
  unsigned thread;
  port_note_apc apc;
  bool waited;
  uint64_t clock;
};

using Body = std::function<void()>;

class Contract : public testing::Test {
 protected:
  // Runs `body` as the first thread of a machine with three cores.
  void run(Body body) {
    PlatformConfig config;
    config.cores = 3;
    config.model = model_under_test();
    config.first = [](void *argument) { (*static_cast<Body *>(argument))(); };
    config.argument = &body;
    config.observer = [this](const struct port_note &note, uint64_t clock) {
      notes.push_back({note.kind, note.thread, note.apc, note.waited, clock});
    };
    Platform machine(config);
    platform = &machine;
    EXPECT_EQ(machine.run(), Outcome::kEnded);
    platform = nullptr;
  }

  static PKTHREAD start(ULONG core, Body *body) {
    HANDLE handle;
    PVOID thread = nullptr;
    const lockarb_thread_options options = {nullptr, core, 0, false, false};
    EXPECT_EQ(lockarb_create_thread(
                  &handle, [](PVOID body) { (*static_cast<Body *>(body))(); }, body, &options),
              STATUS_SUCCESS);
    ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &thread,
                              nullptr);
    ZwClose(handle);
    return static_cast<PKTHREAD>(thread);
  }
  static void wait_for(PKTHREAD thread) {
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, nullptr);
    ObDereferenceObject(thread);
  }
  static void spend_until(uint64_t clock) {
    while (port_time() < clock) port_spend(clock - port_time());
  }

  // The clock of the first note of that kind about the thread, after `since`; 0: there is none.
  uint64_t clock_of(unsigned thread, port_note_kind kind, uint64_t since = 0) const {
    for (const Note &note : notes) {
      if (note.thread == thread && note.kind == kind && note.clock >= since) return note.clock;
    }
    return 0;
  }
  uint64_t clock_of_apc(port_note_kind kind, port_note_apc apc) const {
    for (const Note &note : notes) {
      if (note.kind == kind && note.apc == apc) return note.clock;
    }
    return 0;
  }

  Bus::Count arbiter_accesses(unsigned core) const {
    return platform->bus().count(core, Platform::kArbiter);
  }

  Platform *platform = nullptr;
  std::vector<Note> notes;
};

TEST_F(Contract, UncontendedFusedAcquireIsOneReadAndItsReleaseOneAccess) {
  run([this] {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    const Bus::Count before = arbiter_accesses(0);
    const uint64_t transfers_before = platform->bus().transfers();

    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);

    const Bus::Count acquired = arbiter_accesses(0);
    EXPECT_EQ(acquired.reads - before.reads, 1u);
    EXPECT_EQ(acquired.writes - before.writes, 0u);
    EXPECT_EQ(platform->bus().transfers() - transfers_before, 1u) << "other devices count as well";

    ExReleaseResourceAndLeaveCriticalRegion(&resource);

    EXPECT_EQ(platform->bus().transfers() - transfers_before, 2u);
    ExDeleteResourceLite(&resource);
  });
}

// sw/README.md, "Locks in software".
TEST_F(Contract, UncontendedSoftwareLockIsSixAccessesOfMemory) {
  run([this] {
    ERESOURCE resource;
    lockarb_initialize_resource(&resource, LOCKARB_RESOURCE_SOFTWARE);
    const Bus::Count before = platform->bus().count(0, Platform::kMemory);
    const uint64_t transfers_before = platform->bus().transfers();

    ExAcquireResourceExclusiveLite(&resource, TRUE);

    const Bus::Count after = platform->bus().count(0, Platform::kMemory);
    EXPECT_EQ(after.atomics - before.atomics, 1u);
    EXPECT_EQ(after.reads - before.reads, 1u);
    EXPECT_EQ(after.writes - before.writes, 4u);
    EXPECT_EQ(platform->bus().transfers() - transfers_before, 6u) << "other devices count as well";
    ExReleaseResourceLite(&resource);
    ExDeleteResourceLite(&resource);
  });
}

TEST_F(Contract, UncontendedSharedAcquireAndRecursionAreOneAccessEach) {
  run([this] {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    const uint64_t before = platform->bus().transfers();
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    EXPECT_EQ(platform->bus().transfers() - before, 2u);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    EXPECT_EQ(platform->bus().transfers() - before, 4u);
    ExDeleteResourceLite(&resource);
  });
}

// A thread on core 0 takes a lock in clocks 20000 to 25000 while another on core 1 sends it one
// APC.
class ApcTiming : public Contract {
 protected:
  static constexpr uint64_t kStart = 20000;
  static constexpr uint64_t kSend = 22000;
  static constexpr uint64_t kRelease = 25000;
  static constexpr unsigned kTarget = 2;  // number of the first thread that run() starts
  // Interrupts, a switch and the accesses around them: far less than all times above.
  static constexpr uint64_t kSoon = 1000;

  static VOID kernel_routine(PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}
  static VOID normal_routine(PVOID resource, PVOID, PVOID) {
    count_when_run = ExIsResourceAcquiredSharedLite(static_cast<PERESOURCE>(resource));
    apcs_disabled_when_run = KeAreApcsDisabled();
  }
  static inline ULONG count_when_run = 99;
  static inline BOOLEAN apcs_disabled_when_run = TRUE;

  static void send(PKTHREAD target, PKAPC apc, bool special, PERESOURCE resource) {
    KeInitializeApc(apc, target, OriginalApcEnvironment, kernel_routine, nullptr,
                    special ? nullptr : normal_routine, KernelMode, resource);
    EXPECT_TRUE(KeInsertQueueApc(apc, nullptr, nullptr, 0));
  }

  // `before` runs on core 2 from the beginning: it may own the lock.
  void run_target(bool special, const std::function<void(PERESOURCE)> &target_body,
                  const std::function<void(PERESOURCE)> &before = nullptr) {
    run([&] {
      ERESOURCE resource;
      KAPC apc;
      ExInitializeResourceLite(&resource);
      Body target = [&] {
        spend_until(kStart);
        target_body(&resource);
      };
      const PKTHREAD target_thread = start(0, &target);
      Body sender = [&] {
        spend_until(kSend);
        send(target_thread, &apc, special, &resource);
      };
      Body first_owner = [&] {
        if (before) before(&resource);
      };
      const PKTHREAD sender_thread = start(1, &sender);
      const PKTHREAD owner_thread = start(2, &first_owner);
      wait_for(target_thread);
      wait_for(sender_thread);
      wait_for(owner_thread);
      ExDeleteResourceLite(&resource);
    });
  }

  static void hold(PERESOURCE resource) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
    spend_until(kRelease);
    ExReleaseResourceAndLeaveCriticalRegion(resource);
  }
  // Owns the lock from the beginning, so that the target waits for it.
  static void hold_before(PERESOURCE resource) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
    spend_until(kSend + 2000);
    ExReleaseResourceAndLeaveCriticalRegion(resource);
  }

  uint64_t released() const { return clock_of(kTarget, PORT_NOTE_LOCK_RELEASED); }
  uint64_t acquired() const { return clock_of(kTarget, PORT_NOTE_LOCK_ACQUIRED); }
};

TEST_F(ApcTiming, NormalOneQueuedInsideTheRegionRunsRightAfterTheLeave) {
  run_target(false, hold);
  const uint64_t queued = clock_of_apc(PORT_NOTE_APC_QUEUED, PORT_APC_NORMAL);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_NORMAL);
  EXPECT_NE(clock_of_apc(PORT_NOTE_APC_HELD_BACK, PORT_APC_NORMAL), 0u);
  EXPECT_GT(queued, acquired());
  EXPECT_LT(queued, released());
  EXPECT_GE(delivered, released()) << "it ran inside the region";
  EXPECT_LT(delivered, released() + kSoon) << "it did not run right after the leave";
  EXPECT_EQ(count_when_run, 0u) << "the target still owned the lock";
  EXPECT_FALSE(apcs_disabled_when_run);
}

TEST_F(ApcTiming, SpecialOneRunsInsideTheRegion) {
  run_target(true, hold);
  const uint64_t queued = clock_of_apc(PORT_NOTE_APC_QUEUED, PORT_APC_SPECIAL);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_SPECIAL);
  EXPECT_EQ(clock_of_apc(PORT_NOTE_APC_HELD_BACK, PORT_APC_SPECIAL), 0u);
  EXPECT_GT(queued, acquired());
  EXPECT_GE(delivered, queued);
  EXPECT_LT(delivered, queued + kSoon);
  EXPECT_LT(delivered, released());
}

TEST_F(ApcTiming, SpecialOneRunsWhileTheThreadWaits) {
  run_target(true, hold, hold_before);
  const uint64_t queued = clock_of_apc(PORT_NOTE_APC_QUEUED, PORT_APC_SPECIAL);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_SPECIAL);
  EXPECT_GT(queued, clock_of(kTarget, PORT_NOTE_LOCK_QUEUED));
  EXPECT_LT(delivered, queued + kSoon);
  EXPECT_LT(delivered, acquired()) << "it waited for the lock as well";
}

TEST_F(ApcTiming, NormalOneDoesNotRunWhileTheThreadWaitsInsideTheRegion) {
  run_target(false, hold, hold_before);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_NORMAL);
  EXPECT_GT(clock_of_apc(PORT_NOTE_APC_QUEUED, PORT_APC_NORMAL),
            clock_of(kTarget, PORT_NOTE_LOCK_QUEUED));
  EXPECT_NE(clock_of_apc(PORT_NOTE_APC_HELD_BACK, PORT_APC_NORMAL), 0u);
  EXPECT_GE(delivered, released());
  EXPECT_LT(delivered, released() + kSoon);
}

TEST_F(ApcTiming, NormalOneRunsWhileTheThreadWaitsOutsideOfRegions) {
  run_target(
      false,
      [](PERESOURCE resource) {
        ExAcquireResourceExclusiveLite(resource, TRUE);
        spend_until(kRelease);
        ExReleaseResourceLite(resource);
      },
      hold_before);
  const uint64_t queued = clock_of_apc(PORT_NOTE_APC_QUEUED, PORT_APC_NORMAL);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_NORMAL);
  EXPECT_GT(queued, clock_of(kTarget, PORT_NOTE_LOCK_QUEUED));
  EXPECT_LT(delivered, queued + kSoon);
  EXPECT_LT(delivered, acquired());
}

TEST_F(ApcTiming, NeitherRunsInAGuardedRegion) {
  run_target(true, [](PERESOURCE) {
    KeEnterGuardedRegion();
    spend_until(kRelease);
    KeLeaveGuardedRegion();
  });
  EXPECT_NE(clock_of_apc(PORT_NOTE_APC_HELD_BACK, PORT_APC_SPECIAL), 0u);
  const uint64_t delivered = clock_of_apc(PORT_NOTE_APC_DELIVERED, PORT_APC_SPECIAL);
  EXPECT_GE(delivered, kRelease);
  EXPECT_LT(delivered, kRelease + kSoon);
}

TEST_F(Contract, AnApcThatBreaksAWaitDoesNotLoseThePlaceInTheQueue) {
  std::vector<int> order;
  run([&] {
    ERESOURCE resource;
    KAPC apc;
    ExInitializeResourceLite(&resource);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    Body first = [&] {
      ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
      order.push_back(1);
      ExReleaseResourceAndLeaveCriticalRegion(&resource);
    };
    Body second = [&] {
      spend_until(20000);
      ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
      order.push_back(2);
      ExReleaseResourceAndLeaveCriticalRegion(&resource);
    };
    const PKTHREAD first_thread = start(1, &first);
    const PKTHREAD second_thread = start(2, &second);
    spend_until(30000);
    KeInitializeApc(
        &apc, first_thread, OriginalApcEnvironment,
        [](PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, nullptr, nullptr, KernelMode,
        nullptr);
    EXPECT_TRUE(KeInsertQueueApc(&apc, nullptr, nullptr, 0));
    spend_until(40000);
    EXPECT_FALSE(apc.Inserted) << "the special APC did not break the wait";
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    wait_for(first_thread);
    wait_for(second_thread);
    ExDeleteResourceLite(&resource);
  });
  EXPECT_THAT(order, testing::ElementsAre(1, 2));
}

TEST_F(Contract, ASpinLockKeepsTheOtherCoresOut) {
  static constexpr int kRounds = 20;
  int counter = 0;
  run([&] {
    port_lock lock{};
    Body count = [&] {
      for (int i = 0; i < kRounds; ++i) {
        const bool on = port_interrupts_off();
        port_spin_lock(&lock);
        const int before = counter;
        port_spend(30);
        counter = before + 1;
        port_spin_unlock(&lock);
        port_interrupts_restore(on);
        port_spend(7);
      }
    };
    const PKTHREAD one = start(0, &count);
    const PKTHREAD two = start(1, &count);
    const PKTHREAD three = start(2, &count);
    wait_for(one);
    wait_for(two);
    wait_for(three);
  });
  EXPECT_EQ(counter, 3 * kRounds);
}

TEST_F(Contract, AReleaseHandsTheLockToTheCoreThatWaits) {
  run([] {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    Body other = [&] {
      ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
      ExReleaseResourceAndLeaveCriticalRegion(&resource);
    };
    const PKTHREAD thread = start(1, &other);
    spend_until(20000);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    wait_for(thread);
    ExDeleteResourceLite(&resource);
  });
  const uint64_t released = clock_of(1, PORT_NOTE_LOCK_RELEASED, 20000);
  const uint64_t acquired = clock_of(2, PORT_NOTE_LOCK_ACQUIRED);
  EXPECT_GE(acquired, released);
  EXPECT_LT(acquired, released + 300) << "the next owner was told late";
}

}  // namespace
}  // namespace lockarb
