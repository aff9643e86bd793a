// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "driver/lockarb_regs.h"
#include "lockarb_resource.h"
#include "wdm/resource_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What only a lock of the arbiter does: not run on software locks.
class HardwareResource : public Resource {};

TEST_F(HardwareResource, UncontendedFusedPairIsTwoBusReads) {
  with_resource([&] {
    machine().bus_log.clear();
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    EXPECT_THAT(machine().bus_log, ElementsAre("R b0000"));
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    EXPECT_THAT(machine().bus_log, ElementsAre("R b0000", "R c4000"));
    machine().bus_log.clear();
    ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    EXPECT_THAT(machine().bus_log, ElementsAre("R b4000", "R c4000"));
  });
}

// The table "Bus cost" of sw/README.md.
TEST_F(HardwareResource, RoutinesCostWhatTheGuideSays) {
  const auto cost = [this](const std::function<void()> &call) {
    machine().bus_log.clear();
    call();
    return machine().bus_log.size();
  };
  run([&] {
    KIRQL irql;
    const std::size_t arm = Machine::commands_by_write() ? 0 : 1;
    EXPECT_EQ(cost([&] { ExInitializeResourceLite(&resource_); }), 1 + arm);
    EXPECT_EQ(cost([&] { KeEnterCriticalRegion(); }), 1u);
    EXPECT_EQ(cost([&] { ExAcquireResourceExclusiveLite(&resource_, TRUE); }), 1u);
    EXPECT_EQ(cost([&] { ExAcquireResourceSharedLite(&resource_, TRUE); }), 1u);
    EXPECT_EQ(cost([&] { ExIsResourceAcquiredExclusiveLite(&resource_); }), 0u);
    EXPECT_EQ(cost([&] { ExIsResourceAcquiredSharedLite(&resource_); }), 1u);
    EXPECT_EQ(cost([&] { ExGetExclusiveWaiterCount(&resource_); }), 0u);
    EXPECT_EQ(cost([&] { ExGetSharedWaiterCount(&resource_); }), 0u);
    EXPECT_EQ(cost([&] { ExConvertExclusiveToSharedLite(&resource_); }), 1u);
    EXPECT_EQ(cost([&] { ExReleaseResourceLite(&resource_); }), 1u);
    EXPECT_EQ(cost([&] { ExReleaseResourceLite(&resource_); }), 1u);
    EXPECT_EQ(cost([&] { KeLeaveCriticalRegion(); }), 1u);
    EXPECT_EQ(cost([&] { KeEnterGuardedRegion(); }), 1u);
    EXPECT_EQ(cost([&] { KeLeaveGuardedRegion(); }), 1u);
    EXPECT_EQ(cost([&] { KeAreApcsDisabled(), KeAreAllApcsDisabled(); }), 0u);
    EXPECT_EQ(cost([&] { KeRaiseIrql(DISPATCH_LEVEL, &irql); }), 1u);
    EXPECT_EQ(cost([&] { KeLowerIrql(irql); }), 1u);
    ExAcquireResourceSharedLite(&resource_, TRUE);
    EXPECT_EQ(cost([&] { ExSetResourceOwnerPointer(&resource_, (PVOID)3); }), 2 + arm);
    EXPECT_EQ(cost([&] { ExReleaseResourceForThreadLite(&resource_, 3); }), 2 + arm);
    EXPECT_EQ(cost([&] { ExDisableResourceBoostLite(&resource_); }), 0u);
    EXPECT_EQ(cost([&] { ExReinitializeResourceLite(&resource_); }), 1 + arm);
    EXPECT_EQ(cost([&] { ExDeleteResourceLite(&resource_); }), 1 + arm);
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    EXPECT_EQ(cost([&] { KeSetEvent(&event, 0, FALSE), wait(event); }), 0u);
  });
}

TEST_F(HardwareResource, HandOffCostsOneReadAndNoSpinLockOfTheNewOwnersCore) {
  with_resource([&] {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    unsigned spin_locks = 0, spin_locks_before = 0;
    HANDLE writer = spawn(
        [&] {
          ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
          spin_locks = machine().core(1).spin_locks_taken;
          KeStallExecutionProcessor(100);
          ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        },
        {"writer", 1});
    KeStallExecutionProcessor(100);
    machine().bus_log.clear();
    spin_locks_before = machine().core(1).spin_locks_taken;
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    KeStallExecutionProcessor(10);
    std::vector<std::string> expected = {"R c4000", "R 100054"};
    if (Machine::commands_by_write()) expected.push_back("W 100028 0");  // its aperture is closed
    EXPECT_EQ(machine().bus_log, expected);
    EXPECT_EQ(spin_locks, spin_locks_before);
    join(writer);
  });
}

// Two threads of core 1 wait, then core 0 releases. While the second one begins to wait there is
// time: the core goes on in the context of the first one, if that comes before it.
class HardwareTwoWaiters : public HardwareResource {
 protected:
  // What the bus carries in a hand-off of `resource_`, for which the second one waits; the first
  // one does for `first`.
  void hand_off(ERESOURCE &first) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    if (&first != &resource_) ExEnterCriticalRegionAndAcquireResourceExclusive(&first);
    const auto wait_for = [](ERESOURCE &lock) {
      return [&lock] {
        ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
        KeStallExecutionProcessor(100);
        ExReleaseResourceAndLeaveCriticalRegion(&lock);
      };
    };
    const HANDLE one = spawn(wait_for(first), {"first", 1});
    const HANDLE other = spawn(wait_for(resource_), {"second", 1});
    KeStallExecutionProcessor(100);
    machine().bus_log.clear();
    const unsigned spin_locks = machine().core(1).spin_locks_taken;
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    KeStallExecutionProcessor(10);
    std::vector<std::string> expected = {"R c4000", "R 100054"};
    if (Machine::commands_by_write()) expected.push_back("W 100028 0");  // its aperture is closed
    EXPECT_EQ(machine().bus_log, expected);
    EXPECT_EQ(machine().core(1).spin_locks_taken, spin_locks);
    if (&first != &resource_) ExReleaseResourceAndLeaveCriticalRegion(&first);
    join(one), join(other);
  }
};

TEST_F(HardwareTwoWaiters, TheFirstOneOfALockIsHandedItAsIfItWereAlone) {
  with_resource([&] { hand_off(resource_); });
}

TEST_F(HardwareTwoWaiters, OneOfAnotherLockLeavesTheCoreToTheOneThatWaitedLast) {
  with_resource([&] {
    ERESOURCE other;
    ExInitializeResourceLite(&other);
    hand_off(other);
    ExDeleteResourceLite(&other);
  });
}

TEST_F(Resource, InitializeTrustsNothingInMemory) {
  run([&] {
    for (int fill : {0x00, 0x55, 0xCC, 0xFF}) {
      memset(&resource_, fill, sizeof resource_);
      ASSERT_EQ(ExInitializeResourceLite(&resource_), STATUS_SUCCESS);
      expect_mirror(0, 0, 0, 0, false);
      EXPECT_EQ(resource_.Flag, 0);
      EXPECT_EQ(resource_.OwnerTable, nullptr);
      EXPECT_EQ(resource_.OwnerEntry.OwnerThread, 0u);
      EXPECT_EQ(resource_.OwnerEntry.TableSize, 0u);
      EXPECT_EQ(resource_.SharedWaiters, nullptr);
      EXPECT_EQ(resource_.ExclusiveWaiters, nullptr);
      EXPECT_EQ(resource_.Address, nullptr);
      EXPECT_EQ(resource_.SpinLock, 0u);
      EXPECT_EQ(resource_.SystemResourcesList.Flink->Blink, &resource_.SystemResourcesList);
      EXPECT_EQ(ExDeleteResourceLite(&resource_), STATUS_SUCCESS);
    }
  });
}

TEST_F(HardwareResource, SoftwareLocksTakeOverWhenLocksRunOut) {
  build({2, 64, 4});
  run([&] {
    std::vector<ERESOURCE> resources(6);
    for (int i = 0; i < 5; i++) EXPECT_EQ(ExInitializeResourceLite(&resources[i]), STATUS_SUCCESS);
    EXPECT_EQ(resources[3].lockarb_lock, 3u);
    EXPECT_EQ(resources[4].lockarb_lock, 4u) << "the first one behind the arbiter's";
    machine().bus_log.clear();
    EXPECT_TRUE(ExAcquireResourceExclusiveLite(&resources[4], TRUE));
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resources[4]), 1u);
    ExReleaseResourceLite(&resources[4]);
    EXPECT_THAT(machine().bus_log, IsEmpty());
    ExDeleteResourceLite(&resources[2]);
    EXPECT_EQ(ExInitializeResourceLite(&resources[5]), STATUS_SUCCESS);
    EXPECT_EQ(resources[5].lockarb_lock, 2u) << "one of the arbiter's again";
  });
}

TEST_F(HardwareResource, LocksEndWhereSharedMemoryEnds) {
  build({2, 64, 2, 3 * 64});
  run([&] {
    std::vector<ERESOURCE> resources(6);
    for (int i = 0; i < 5; i++) EXPECT_EQ(ExInitializeResourceLite(&resources[i]), STATUS_SUCCESS);
    EXPECT_EQ(ExInitializeResourceLite(&resources[5]), STATUS_INSUFFICIENT_RESOURCES);
    ExDeleteResourceLite(&resources[4]);
    EXPECT_EQ(ExInitializeResourceLite(&resources[5]), STATUS_SUCCESS);
  });
}

TEST_F(Resource, MirrorFollowsTheExclusiveOwner) {
  with_resource([&] {
    EXPECT_EQ(ExAcquireResourceExclusiveLite(&resource_, FALSE), TRUE);
    expect_mirror(1, 0, 0, 0, true);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, ExGetCurrentResourceThread());
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 1u);
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, FALSE)) << "recursion, stays exclusive";
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 2u);
    expect_mirror(1, 0, 0, 0, true);
    EXPECT_TRUE(ExIsResourceAcquiredExclusiveLite(&resource_));
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 2u);
    ExReleaseResourceLite(&resource_);
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 1u);
    expect_mirror(1, 0, 0, 0, true);
    ExReleaseResourceLite(&resource_);
    expect_mirror(0, 0, 0, 0, false);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, 0u);
    EXPECT_FALSE(ExIsResourceAcquiredExclusiveLite(&resource_));
    EXPECT_EQ(ExIsResourceAcquiredLite(&resource_), 0u);
  });
}

TEST_F(Resource, SharersAreCounted) {
  with_resource([&] {
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, TRUE));
    HANDLE a = taker("a", false, 100), b = taker("b", false, 100);
    delay(50);
    expect_mirror(3, 0, 0, 0, false);
    join(a), join(b);
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, TRUE));
    expect_mirror(1, 0, 0, 0, false);
    ExReleaseResourceLite(&resource_);
    ExReleaseResourceLite(&resource_);
  });
}

TEST_F(Resource, TryChangesNothingWhenItIsRefused) {
  with_resource([&] {
    HANDLE owner = taker("owner", true, 100);
    delay(50);
    const SHORT region = KeGetCurrentThread()->KernelApcDisable;
    ERESOURCE before = resource_;
    EXPECT_FALSE(ExAcquireResourceExclusiveLite(&resource_, FALSE));
    EXPECT_FALSE(ExTryToAcquireResourceExclusiveLite(&resource_));
    EXPECT_FALSE(ExAcquireResourceSharedLite(&resource_, FALSE));
    EXPECT_FALSE(ExAcquireSharedStarveExclusive(&resource_, FALSE));
    EXPECT_FALSE(ExAcquireSharedWaitForExclusive(&resource_, FALSE));
    EXPECT_EQ(memcmp(&before, &resource_, sizeof before), 0);
    EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, region);
    join(owner);
  });
}

TEST_F(Resource, ThereIsNoUpgrade) {
  with_resource([&] {
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, TRUE));
    EXPECT_FALSE(ExAcquireResourceExclusiveLite(&resource_, FALSE));
    ExReleaseResourceLite(&resource_);
  });
}

TEST_F(Resource, FlavoursTreatExclusiveWaitersAsTheContractSays) {
  with_resource([&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    HANDLE writer = taker("writer", true, 10);
    delay(20);
    expect_mirror(1, 0, 1, 1, false);
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, FALSE)) << "an owner passes";
    EXPECT_FALSE(ExAcquireSharedWaitForExclusive(&resource_, FALSE)) << "not even an owner passes";
    EXPECT_TRUE(ExAcquireSharedStarveExclusive(&resource_, FALSE));
    HANDLE newcomer = spawn([&] {
      EXPECT_FALSE(ExAcquireResourceSharedLite(&resource_, FALSE)) << "a newcomer queues";
      EXPECT_TRUE(ExAcquireSharedStarveExclusive(&resource_, FALSE));
      ExReleaseResourceLite(&resource_);
    });
    join(newcomer);
    for (int i = 0; i < 3; i++) {
      expect_mirror(1, 0, 1, 1, false);
      ExReleaseResourceLite(&resource_);
    }
    join(writer);
  });
}

TEST_F(Resource, MirrorShowsNoExclusiveOwnerToSharersThatWaited) {
  with_resource([&] {
    EXPECT_TRUE(ExAcquireResourceExclusiveLite(&resource_, TRUE));
    std::vector<HANDLE> readers;
    for (const auto acquire : {ExAcquireResourceSharedLite, ExAcquireSharedStarveExclusive,
                               ExAcquireSharedWaitForExclusive}) {
      readers.push_back(spawn([this, acquire] {
        EXPECT_EQ(acquire(&resource_, TRUE), TRUE);
        delay(100);
        ExReleaseResourceLite(&resource_);
      }));
    }
    delay(50);
    expect_mirror(1, 3, 0, 3, true);
    ExReleaseResourceLite(&resource_);
    delay(50);
    expect_mirror(3, 0, 0, 3, false);
    for (HANDLE reader : readers) join(reader);
  });
}

TEST_F(Resource, MirrorShowsNoExclusiveOwnerOfASharedLockWithoutBoost) {
  with_resource([&] {
    const ERESOURCE_THREAD self = ExGetCurrentResourceThread();
    ExDisableResourceBoostLite(&resource_);
    for (int i = 0; i < 2; i++) ExAcquireResourceSharedLite(&resource_, TRUE);
    ExReleaseResourceLite(&resource_);
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 0u);
    ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(self | 3));
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, 0u);
    ExReleaseResourceForThreadLite(&resource_, self | 3);
  });
}

TEST_F(Resource, RoutinesLeaveInterruptsOn) {
  with_resource([&] {
    const auto expect_on = [](const char *routine) {
      const bool on = port_interrupts_off();
      port_interrupts_restore(true);
      EXPECT_TRUE(on) << routine;
    };
    const ERESOURCE_THREAD self = ExGetCurrentResourceThread();
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    expect_on("acquire");
    ExConvertExclusiveToSharedLite(&resource_);
    expect_on("convert");
    ExReleaseResourceLite(&resource_);
    expect_on("release");
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExReleaseResourceForThreadLite(&resource_, self);
    expect_on("release for");
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(self | 3));
    expect_on("set owner");
    ExReleaseResourceForThreadLite(&resource_, self | 3);
  });
}

TEST_F(Resource, HandOffIsMirroredByTheReleasingCall) {
  with_resource([&] {
    KeSetPriorityThread(KeGetCurrentThread(), 20);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    HANDLE writer = taker("writer", true, 100);
    delay(50);
    expect_mirror(1, 0, 1, 1, true);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    expect_mirror(1, 0, 0, 1, true);
    EXPECT_NE(resource_.OwnerEntry.OwnerThread, ExGetCurrentResourceThread());
    PKTHREAD object_of_writer = object(writer);
    delay(10);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, (ERESOURCE_THREAD)object_of_writer);
    ObDereferenceObject(object_of_writer);
    join(writer);
  });
}

TEST_F(Resource, ReadersBeforeWritersWhenAWriterLeaves) {
  build({4, 64, 16});
  with_resource([&] {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    std::vector<HANDLE> threads;
    for (const char *name : {"w1", "r1", "w2", "r2"}) {
      threads.push_back(taker(name, name[0] == 'w', 10));
      delay(10);
    }
    expect_mirror(1, 2, 2, 4, true);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    expect_mirror(2, 0, 2, 4, false);
    for (HANDLE thread : threads) join(thread);
    expect_mirror(0, 0, 0, 4, false);
  });
  EXPECT_THAT(log_, testing::AnyOf(ElementsAre("r1", "r2", "w1", "w2"),
                                   ElementsAre("r2", "r1", "w1", "w2")));
}

TEST_F(Resource, WriterFirstHandsOnToAWriter) {
  build({4, 64, 16});
  run([&] {
    const ULONG flags =
        LOCKARB_RESOURCE_WRITER_FIRST | (on_software_locks() ? LOCKARB_RESOURCE_SOFTWARE : 0);
    ASSERT_EQ(lockarb_initialize_resource(&resource_, flags), STATUS_SUCCESS);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    std::vector<HANDLE> threads;
    for (const char *name : {"r1", "w1", "r2", "w2"}) {
      threads.push_back(taker(name, name[0] == 'w', 10));
      delay(10);
    }
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    expect_mirror(1, 2, 1, 4, true);
    for (HANDLE thread : threads) join(thread);
    ExDeleteResourceLite(&resource_);
  });
  EXPECT_THAT(log_, testing::AnyOf(ElementsAre("w1", "w2", "r1", "r2"),
                                   ElementsAre("w1", "w2", "r2", "r1")));
}

TEST_F(Resource, UnknownFlagsAreRefused) {
  run([&] {
    EXPECT_EQ(lockarb_initialize_resource(&resource_, 4), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(ExInitializeResourceLite(&resource_), STATUS_SUCCESS) << "it was not initialized";
    ExDeleteResourceLite(&resource_);
  });
}

TEST_F(Resource, LockIsFoundWhateverMemorySays) {
  with_resource([&] {
    resource_.lockarb_lock = 0xCCCCCCCC;
    EXPECT_EQ(ExGetSharedWaiterCount(&resource_), 0u);
    EXPECT_EQ(resource_.lockarb_lock, first_lock()) << "the next call need not search";
  });
}

TEST_F(Resource, ReinitializeMakesItAsNew) {
  build({4, 64, 16});
  with_resource([&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    HANDLE writer = taker("writer", true, 10);
    delay(50);
    ExDisableResourceBoostLite(&resource_);
    ExReleaseResourceLite(&resource_);
    join(writer);
    EXPECT_EQ(resource_.ContentionCount, 1u);
    const ULONG lock = resource_.lockarb_lock;
    EXPECT_EQ(ExReinitializeResourceLite(&resource_), STATUS_SUCCESS);
    expect_mirror(0, 0, 0, 0, false);
    EXPECT_EQ(resource_.Flag, 0);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, 0u);
    EXPECT_EQ(resource_.OwnerEntry.TableSize, 0u);
    EXPECT_EQ(resource_.lockarb_lock, lock);
    EXPECT_EQ(resource_.SystemResourcesList.Flink->Blink, &resource_.SystemResourcesList);
  });
}

TEST_F(Resource, ReinitializeMakesOwnersForget) {
  with_resource([&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    EXPECT_EQ(ExReinitializeResourceLite(&resource_), STATUS_SUCCESS);
    expect_mirror(0, 0, 0, 0, false);
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 0u);
    join(taker("another", true, 1));
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, FALSE));
    ExReleaseResourceLite(&resource_);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("reinitialized while owned"));
}

TEST_F(Resource, ManyOwnersAreKeptApart) {
  build({4, 64, 16});
  with_resource([&] {
    std::vector<HANDLE> threads;
    for (int i = 0; i < 30; i++) {
      threads.push_back(spawn([&, i] {
        for (int level = 0; level <= i % 3; level++) ExAcquireResourceSharedLite(&resource_, TRUE);
        delay(1000 + 10 * (i * 7 % 30));  // they leave in another order
        EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 1u + i % 3);
        for (int level = 0; level <= i % 3; level++) ExReleaseResourceLite(&resource_);
      }));
    }
    delay(900);
    expect_mirror(30, 0, 0, 0, false);
    for (HANDLE thread : threads) join(thread);
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(Resource, ConvertLetsReadersIn) {
  with_resource([&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    HANDLE writer = taker("writer", true, 10), reader = taker("reader", false, 10);
    delay(50);
    expect_mirror(1, 1, 1, 2, true);
    ExConvertExclusiveToSharedLite(&resource_);
    expect_mirror(2, 0, 1, 2, false);
    EXPECT_FALSE(ExIsResourceAcquiredExclusiveLite(&resource_));
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 2u);
    join(reader);
    ExReleaseResourceLite(&resource_);
    ExReleaseResourceLite(&resource_);
    join(writer);
  });
  EXPECT_THAT(log_, ElementsAre("reader", "writer"));
}

TEST_F(Resource, ReleaseForAnotherThreadEndsItsSelfBlock) {
  with_resource([&] {
    HANDLE handle = spawn([&] {
      ExAcquireResourceSharedLite(&resource_, TRUE);
      ExAcquireResourceExclusiveLite(&resource_, TRUE);
      log("upgraded");
      EXPECT_TRUE(ExIsResourceAcquiredExclusiveLite(&resource_));
      ExReleaseResourceLite(&resource_);
    });
    delay(50);
    PKTHREAD thread = object(handle);
    ExReleaseResourceForThreadLite(&resource_, (ERESOURCE_THREAD)thread);
    ObDereferenceObject(thread);
    join(handle);
  });
  EXPECT_THAT(log_, ElementsAre("upgraded"));
  EXPECT_THAT(machine().printed(), HasSubstr("waits for its own shared hold"));
}

TEST_F(Resource, CountsAreConservedUnderContention) {
  build({4, 64, 16});
  int inside = 0, writes = 0, worst = 0;
  with_resource([&] {
    std::vector<HANDLE> threads;
    for (int i = 0; i < 24; i++) {
      threads.push_back(spawn([&, i] {
        for (int j = 0; j < 20; j++) {
          if ((i + j) % 3 == 0) {
            ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
            EXPECT_EQ(inside, 0);
            worst = std::max(worst, ++inside + 100);
            KeStallExecutionProcessor(1);
            EXPECT_EQ(inside, 1);
            inside--, writes++;
          } else {
            ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
            worst = std::max(worst, ++inside);
            KeStallExecutionProcessor(2);
            inside--;
          }
          ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        }
      }));
    }
    for (HANDLE thread : threads) join(thread);
    expect_mirror(0, 0, 0, resource_.ContentionCount, false);
  });
  EXPECT_EQ(writes, 160);
  EXPECT_GT(resource_.ContentionCount, 0u);
}

TEST_F(HardwareResource, ManyThreadsShareFewSlotsInOrder) {
  build({3, 4, 16});
  int done = 0;
  with_resource([&] {
    std::vector<HANDLE> threads;
    for (int i = 0; i < 200; i++) {
      threads.push_back(spawn([&] {
        for (int j = 0; j < 3; j++) {
          ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
          KeStallExecutionProcessor(1);
          ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        }
        done++;
      }));
    }
    for (HANDLE thread : threads) join(thread);
  });
  EXPECT_EQ(done, 200);
}

TEST_F(HardwareResource, SlotIsTakenBackFromAThreadThatComputes) {
  build({3, 2, 16});
  with_resource([&] {
    // Both slots are with threads that own nothing and never block.
    HANDLE computing = spawn([] { KeStallExecutionProcessor(10000); }, {"computing", 1});
    delay(100);
    HANDLE third = spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resource_, TRUE);
          EXPECT_LT(now_us(), 1000u);
          ExReleaseResourceLite(&resource_);
        },
        {"third", 2});
    KeStallExecutionProcessor(5000);
    join(third), join(computing);
  });
}

TEST_F(HardwareResource, SlotIsHandedOnWithTheLastRelease) {
  build({3, 2, 16});
  with_resource([&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);  // the first slot stays with main
    uint64_t released_at = 0, acquired_at = 0;
    HANDLE computing = spawn(
        [&] {
          ExAcquireResourceSharedLite(&resource_, TRUE);
          KeStallExecutionProcessor(500);
          ExReleaseResourceLite(&resource_);
          released_at = now_us();
          KeStallExecutionProcessor(5000);
        },
        {"computing", 1});
    delay(100);
    HANDLE third = spawn(
        [&] {
          ExAcquireResourceSharedLite(&resource_, TRUE);
          acquired_at = now_us();
          ExReleaseResourceLite(&resource_);
        },
        {"third", 2});
    join(third), join(computing);
    EXPECT_GE(acquired_at, released_at);
    EXPECT_LE(acquired_at, released_at + 5);
    ExReleaseResourceLite(&resource_);
  });
}

TEST_F(HardwareResource, RefusedCommandOfAnotherProgramDoesNotInterruptForEver) {
  run([&] {
    machine().arbiter().write(LOCKARB_ISSUE_OFFSET, LOCKARB_OP_CONVERT << LOCKARB_OP_SHIFT);
    machine().update_lines();
    delay(100);
    log("alive");
  });
  EXPECT_THAT(log_, ElementsAre("alive"));
}

// Another program uses slots that no thread has.
TEST_F(HardwareResource, GrantThatNoThreadWaitsForIsIgnored) {
  constexpr uint32_t kLock = 7, kOwner = 10, kWaiter = 11;
  with_resource([&] {
    const auto act_for = [&](uint32_t slot) {
      machine().write_arbiter(port_lockarb_base() + LOCKARB_CURRENT_THREAD_OFFSET,
                              LOCKARB_CURRENT_THREAD_VALID_MASK | slot);
    };
    const auto command = [&](uint32_t operation) {
      machine().write_arbiter(port_lockarb_base() + LOCKARB_ISSUE_OFFSET,
                              operation << LOCKARB_OP_SHIFT | kLock << LOCKARB_LOCK_SHIFT);
    };
    command(LOCKARB_OP_INITIALIZE);
    for (const uint32_t slot : {kOwner, kWaiter}) {
      act_for(slot);
      command(LOCKARB_OP_ACQUIRE_EXCLUSIVE);
    }
    act_for(kOwner);
    command(LOCKARB_OP_RELEASE);
    act_for(0);  // main's
    delay(100);
    EXPECT_FALSE(machine().arbiter().interrupt(0)) << "the grant is still there";
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExReleaseResourceLite(&resource_);
  });
  EXPECT_EQ(std::count_if(machine().notes().begin(), machine().notes().end(),
                          [](const struct port_note &note) {
                            return note.kind == PORT_NOTE_GRANT_IGNORED && note.lock == kLock &&
                                   note.value == kWaiter;
                          }),
            1);
}

// A level is added to what the pointer owns while the level that it had is released.
TEST_F(Resource, OwnerPointerKeepsALevelThatMeetsTheReleaseOfItsOtherOne) {
  constexpr uint64_t kOffsets = 200;
  with_resource([&] {
    const auto pointer = (ERESOURCE_THREAD)&resource_ | 3;
    for (uint64_t offset = 0; offset < kOffsets; offset++) {
      const uint64_t start = port_time() + 10000;
      const auto wait_until = [](uint64_t time) {
        if (port_time() < time) port_spend(time - port_time());
      };
      ExAcquireResourceSharedLite(&resource_, TRUE);
      ExSetResourceOwnerPointer(&resource_, (PVOID)pointer);
      HANDLE releaser = spawn(
          [&] {
            wait_until(start + offset);
            ExReleaseResourceForThreadLite(&resource_, pointer);
          },
          {"releaser", 1});
      ExAcquireResourceSharedLite(&resource_, TRUE);
      wait_until(start + kOffsets / 2);
      ExSetResourceOwnerPointer(&resource_, (PVOID)pointer);
      join(releaser);
      expect_mirror(1, 0, 0, 0, false);
      ExReleaseResourceForThreadLite(&resource_, pointer);
      expect_mirror(0, 0, 0, 0, false);
    }
  });
}

TEST_F(Resource, DeadlockNamesWaitersAndOwners) {
  ERESOURCE other;
  build({2, 64, 16});
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              ExInitializeResourceLite(&other);
              spawn(
                  [&] {
                    ExAcquireResourceExclusiveLite(&resource_, TRUE);
                    delay(10);
                    ExAcquireResourceSharedLite(&other, TRUE);
                  },
                  {"a", 0});
              spawn(
                  [&] {
                    ExAcquireResourceExclusiveLite(&other, TRUE);
                    delay(10);
                    ExAcquireResourceExclusiveLite(&resource_, TRUE);
                  },
                  {"b", 1});
            }),
            Machine::End::kStuck);
  EXPECT_THAT(
      machine().printed(),
      HasSubstr(as_printed(
          "thread 2 (a) on core 0 waits for lock 1 shared, owned by thread 3 (b) exclusively\n"
          "thread 3 (b) on core 1 waits for lock 0 exclusively, owned by thread 2 (a) "
          "exclusively\n")));
}

TEST_F(Resource, ObserverSeesTheLifeOfALock) {
  with_resource([&] {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    HANDLE reader = taker("reader", false, 10);
    delay(50);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    join(reader);
  });
  std::vector<std::string> seen;
  for (const struct port_note &n : machine().notes()) {
    if (n.kind < PORT_NOTE_LOCK_INITIALIZED || n.kind > PORT_NOTE_LOCK_CONVERTED) continue;
    const char *names[] = {"initialized", "deleted", "wanted",   "queued",
                           "acquired",    "refused", "released", "converted"};
    seen.push_back(std::to_string(n.thread) + " " + names[n.kind - PORT_NOTE_LOCK_INITIALIZED] +
                   (n.exclusive ? " exclusively" : "") + (n.waited ? " after a wait" : ""));
    EXPECT_EQ(n.lock, first_lock());
    EXPECT_EQ(n.address, (uintptr_t)&resource_);
  }
  EXPECT_THAT(seen, ElementsAre("1 initialized", "1 wanted exclusively", "1 acquired exclusively",
                                "2 wanted", "2 queued", "1 released", "2 acquired after a wait",
                                "2 released", "1 deleted"));
}

}  // namespace
}  // namespace lockarb
