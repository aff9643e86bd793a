// SPDX-License-Identifier: Apache-2.0
// ExSetResourceOwnerPointer and what follows from it: contract II.D.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wdm/resource_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OwnerPointers : public Resource {
 protected:
  static PVOID pointer(ULONG_PTR value) { return reinterpret_cast<PVOID>(value | 3); }
  void release(ULONG_PTR value) { ExReleaseResourceForThreadLite(&resource_, value | 3); }
};

TEST_F(OwnerPointers, TakeAllLevelsOfAnExclusiveOwner) {
  with_resource([&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    expect_mirror(1, 0, 0, 0, true);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, 0x1003u);
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 2u);
    EXPECT_FALSE(ExIsResourceAcquiredExclusiveLite(&resource_));
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 0u);
    EXPECT_FALSE(ExAcquireResourceExclusiveLite(&resource_, FALSE)) << "a stranger now";
    EXPECT_FALSE(ExAcquireSharedStarveExclusive(&resource_, FALSE));
    release(0x1000);
    expect_mirror(1, 0, 0, 0, true);
    release(0x1000);
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(OwnerPointers, CanBeThree) {
  with_resource([&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0));
    expect_mirror(1, 0, 0, 0, false);
    release(0);
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(OwnerPointers, AddTheLevelsOfSharedOwners) {
  with_resource([&] {
    for (int i = 0; i < 2; i++) ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    HANDLE other = spawn([&] {
      for (int i = 0; i < 3; i++) ExAcquireResourceSharedLite(&resource_, TRUE);
      expect_mirror(2, 0, 0, 0, false);
      ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
      expect_mirror(1, 0, 0, 0, false);
    });
    join(other);
    for (int i = 0; i < 4; i++) release(0x1000);
    expect_mirror(1, 0, 0, 0, false);
    release(0x1000);
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(OwnerPointers, AreStrangersToEachOther) {
  with_resource([&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x2000));
    expect_mirror(2, 0, 0, 0, false);
    release(0x2000);
    expect_mirror(1, 0, 0, 0, false);
    release(0x1000);
  });
}

TEST_F(OwnerPointers, HandOnToWhoWaits) {
  with_resource([&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    HANDLE writer = taker("writer", true, 10);
    delay(50);
    expect_mirror(1, 0, 1, 1, true);
    release(0x1000);
    expect_mirror(1, 0, 0, 1, true);
    join(writer);
  });
  EXPECT_THAT(log_, ElementsAre("writer"));
}

TEST_F(OwnerPointers, AreReleasedOutsideOfTheRegionByAnotherThread) {
  with_resource([&] {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    KeLeaveCriticalRegion();
    join(spawn([&] { release(0x1000); }));
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(OwnerPointers, OwnManyResourcesAtOnce) {
  with_resource([&] {
    ERESOURCE others[3];
    for (ERESOURCE &other : others) {
      ExInitializeResourceLite(&other);
      ExAcquireResourceExclusiveLite(&other, TRUE);
      ExSetResourceOwnerPointer(&other, pointer(0x1000));
    }
    for (ERESOURCE &other : others) {
      ExReleaseResourceForThreadLite(&other, 0x1003);
      EXPECT_EQ(other.ActiveCount, 0);
      ExDeleteResourceLite(&other);
    }
  });
}

TEST_F(OwnerPointers, ThatAreAThreadLetItEnd) {
  with_resource([&] {
    ERESOURCE_THREAD value = 0;
    HANDLE thread = spawn([&] {
      value = ExGetCurrentResourceThread() | 3;
      ExAcquireResourceExclusiveLite(&resource_, TRUE);
      ExSetResourceOwnerPointerEx(&resource_, reinterpret_cast<PVOID>(value),
                                  FLAG_OWNER_POINTER_IS_THREAD);
    });
    join(thread);
    ExReleaseResourceForThreadLite(&resource_, value);
    expect_mirror(0, 0, 0, 0, false);
  });
}

class OwnerPointerMisuse : public OwnerPointers {
 protected:
  void expect_stop(const std::string &line, const std::function<void()> &body) {
    EXPECT_EQ(run([&] {
                ExInitializeResourceLite(&resource_);
                body();
              }),
              Machine::End::kStopped);
    EXPECT_THAT(machine().printed(), HasSubstr(as_printed("*** STOP " + line + "\n")));
  }
};

TEST_F(OwnerPointerMisuse, SetByAStrangerToAFreeLock) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 1, 0x0, 0x3)",
              [&] { ExSetResourceOwnerPointer(&resource_, pointer(0x1000)); });
}

TEST_F(OwnerPointerMisuse, SetByAStrangerToAnExclusiveOwner) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 2, 0x0, 0x1)", [&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    join(spawn([&] { ExSetResourceOwnerPointer(&resource_, pointer(0x1000)); }));
  });
}

TEST_F(OwnerPointerMisuse, SetToAValueWithoutTheLowBits) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0x16, lock 0, thread 1, 0x0)", [&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(0x1000));
  });
}

TEST_F(OwnerPointerMisuse, ReleasedByTheThreadThatGaveItAway) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 1, 0x0, 0x3)", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    ExReleaseResourceLite(&resource_);
  });
}

TEST_F(OwnerPointerMisuse, ReleasedForAPointerThatOwnsNothing) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, 0x1003, 0x0, 0x3)", [&] { release(0x1000); });
}

TEST_F(OwnerPointerMisuse, ReleasedForAPointerThatOwnsAnotherResource) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, 0x1003, 0x0, 0x1)", [&] {
    ERESOURCE other;
    ExInitializeResourceLite(&other);
    ExAcquireResourceSharedLite(&other, TRUE);
    ExSetResourceOwnerPointer(&other, pointer(0x1000));
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    release(0x1000);
  });
}

// An owner pointer borrows a thread slot of the arbiter.
class HardwareOwnerPointers : public OwnerPointers {};

TEST_F(HardwareOwnerPointers, GiveTheirSlotBack) {
  build({2, 3, 16});
  with_resource([&] {
    for (ULONG_PTR i = 1; i <= 20; i++) {
      ExAcquireResourceExclusiveLite(&resource_, TRUE);
      ExSetResourceOwnerPointer(&resource_, pointer(i << 12));
      release(i << 12);
    }
    expect_mirror(0, 0, 0, 0, false);
  });
}

// More than there are slots, each on a resource of its own and all on one.
TEST_F(OwnerPointers, MayBeMoreThanThereAreThreadSlots) {
  constexpr ULONG_PTR kPointers = 40;
  build({2, 4, 64});
  static ERESOURCE own[kPointers];
  with_resource([&] {
    for (ULONG_PTR i = 0; i < kPointers; i++) {
      ExInitializeResourceLite(&own[i]);
      ExAcquireResourceExclusiveLite(&own[i], TRUE);
      ExSetResourceOwnerPointer(&own[i], pointer((i + 1) << 12));
      ExAcquireResourceSharedLite(&resource_, TRUE);
      ExSetResourceOwnerPointer(&resource_, pointer((i + 1) << 12));
      EXPECT_EQ(resource_.ActiveEntries, i + 1);
    }
    EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 0u);
    HANDLE writer = spawn([&] {
      ExAcquireResourceExclusiveLite(&resource_, TRUE);
      log("writer");
      ExReleaseResourceLite(&resource_);
    });
    delay(100);
    for (ULONG_PTR i = 0; i < kPointers; i++) {
      EXPECT_TRUE(log_.empty()) << "the last reader has not left";
      expect_mirror(static_cast<unsigned>(kPointers - i), 0, 1, 1, false);
      release((i + 1) << 12);
      ExReleaseResourceForThreadLite(&own[i], (i + 1) << 12 | 3);
      EXPECT_EQ(own[i].ActiveCount, 0);
      ExDeleteResourceLite(&own[i]);
    }
    join(writer);
    EXPECT_EQ(log_.size(), 1u);
    expect_mirror(0, 0, 0, 1, false);
  });
}

// More levels than a hold count of the arbiter has.
TEST_F(OwnerPointers, MayOwnMoreLevelsThanAThread) {
  with_resource([&] {
    for (int i = 0; i < 30; i++) {
      for (int n = 0; n < 10; n++) ExAcquireResourceSharedLite(&resource_, TRUE);
      ExSetResourceOwnerPointer(&resource_, pointer(i < 20 ? 0x1000 : 0x2000));
    }
    expect_mirror(2, 0, 0, 0, false);
    for (int n = 0; n < 100; n++) release(0x2000);
    expect_mirror(1, 0, 0, 0, false);
    EXPECT_FALSE(ExTryToAcquireResourceExclusiveLite(&resource_));
    for (int n = 0; n < 199; n++) release(0x1000);
    EXPECT_FALSE(ExTryToAcquireResourceExclusiveLite(&resource_));
    release(0x1000);
    expect_mirror(0, 0, 0, 0, false);
  });
}

// One that shares the lock with others is refused like any that owns nothing.
TEST_F(OwnerPointers, AreKeptApartThoughTheyShareALock) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              for (ULONG_PTR i = 1; i <= 2; i++) {
                ExAcquireResourceSharedLite(&resource_, TRUE);
                ExSetResourceOwnerPointer(&resource_, pointer(i << 12));
              }
              release(0x1000);
              EXPECT_EQ(resource_.ActiveEntries, 1u);
              release(0x1000);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(), HasSubstr(as_printed("RESOURCE_NOT_OWNED (lock 0, 0x1003, 0x0, "
                                                        "0x3)\n")));
}

TEST_F(OwnerPointers, AreForgottenByAReinitializeAndADelete) {
  with_resource([&] {
    for (int round = 0; round < 2; round++) {
      for (ULONG_PTR i = 1; i <= 3; i++) {
        ExAcquireResourceSharedLite(&resource_, TRUE);
        ExSetResourceOwnerPointer(&resource_, pointer(i << 12));
      }
      ExReinitializeResourceLite(&resource_);
      expect_mirror(0, 0, 0, 0, false);
    }
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExSetResourceOwnerPointer(&resource_, pointer(0x2000));
    expect_mirror(1, 0, 0, 0, false);
  });
}

TEST_F(OwnerPointers, StuckReportSaysWhoSetIt) {
  machine().source_line = "driver.c:7 (post)";
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              ExAcquireResourceSharedLite(&resource_, TRUE);
              ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
              ExAcquireResourceExclusiveLite(&resource_, TRUE);
            }),
            Machine::End::kStuck);
  EXPECT_EQ(machine().printed(),
            as_printed(
                "thread 1 (main) on core 0 waits for lock 0 exclusively at driver.c:7 (post),"
                " owned by owner pointer 0x1003 shared, set by thread 1 (main) at driver.c:7 (post)"
                "\n"));
}

TEST_F(HardwareOwnerPointers, WaitForASlotInTheirTurn) {
  build({2, 3, 16});
  with_resource([&] {
    ERESOURCE other;
    ExInitializeResourceLite(&other);
    ExAcquireResourceSharedLite(&resource_, TRUE);
    // The second and third slot.
    HANDLE second = spawn(
        [&] {
          ExAcquireResourceSharedLite(&other, TRUE);
          delay(500);
          ExReleaseResourceLite(&other);
        },
        {"second", 1});
    HANDLE third = spawn(
        [&] {
          ExAcquireResourceSharedLite(&other, TRUE);
          delay(1000);
          ExReleaseResourceLite(&other);
        },
        {"third", 1});
    delay(50);
    ExSetResourceOwnerPointer(&resource_, pointer(0x1000));
    EXPECT_GE(now_us(), 500u);
    EXPECT_LT(now_us(), 600u);
    join(second), join(third);
    release(0x1000);
    ExDeleteResourceLite(&other);
  });
}

}  // namespace
}  // namespace lockarb
