// SPDX-License-Identifier: Apache-2.0
// Whoever waits long lifts the owners: contract I.5, timeouts, contention, boosting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wdm/resource_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;

// An owner of low priority on core 0, whose core a thread of middle priority takes, and a waiter of
// high priority on core 1.
class Boost : public Resource {
 protected:
  static constexpr int64_t kMillisecond = 1000;

  // Runs the owner's work beside the hog; says when the work was done, in ms.
  uint64_t run_owner(int waiter_priority, const std::function<void()> &acquire,
                     const std::function<void()> &release) {
    uint64_t done = 0;
    with_resource([&] {
      HANDLE owner = spawn(
          [&] {
            acquire();
            KeStallExecutionProcessor(2 * kMillisecond);  // the hog comes in between
            done = now_us() / kMillisecond;
            release();
          },
          {"owner", 0, 2});
      delay(kMillisecond);
      HANDLE hog = spawn([] { KeStallExecutionProcessor(6000 * kMillisecond); }, {"hog", 0, 5});
      HANDLE waiter = spawn(
          [&] {
            ExAcquireResourceExclusiveLite(&resource_, TRUE);
            ExReleaseResourceLite(&resource_);
          },
          {"waiter", 1, waiter_priority});
      join(waiter), join(hog), join(owner);
    });
    return done;
  }
  // As run_owner(), of an owner pointer with the address of a thread.
  uint64_t run_pointer(ULONG flags) {
    const auto pointer = [] { return ExGetCurrentResourceThread() | 3; };
    return run_owner(
        10,
        [&] {
          acquire_exclusive();
          ExSetResourceOwnerPointerEx(&resource_, reinterpret_cast<PVOID>(pointer()), flags);
        },
        [&] { ExReleaseResourceForThreadLite(&resource_, pointer()); });
  }
  void acquire_exclusive() { ExAcquireResourceExclusiveLite(&resource_, TRUE); }
  void acquire_shared() { ExAcquireResourceSharedLite(&resource_, TRUE); }
  void release() { ExReleaseResourceLite(&resource_); }
};

TEST_F(Boost, LiftsAnExclusiveOwnerAfterHalfASecond) {
  const uint64_t done = run_owner(
      10, [&] { acquire_exclusive(); }, [&] { release(); });
  EXPECT_GE(done, 500u);
  EXPECT_LE(done, 520u) << "a slice ends at a quantum's end";
}

TEST_F(Boost, LiftsSharedOwners) {
  const uint64_t done = run_owner(
      10, [&] { acquire_shared(); }, [&] { release(); });
  EXPECT_GE(done, 500u);
  EXPECT_LE(done, 520u);
}

TEST_F(Boost, NeedsAWaiterOfHigherPriority) {
  EXPECT_GE(run_owner(
                2, [&] { acquire_exclusive(); }, [&] { release(); }),
            6000u);
}

TEST_F(Boost, IsOffForAResourceThatHasItDisabled) {
  const uint64_t done = run_owner(
      10,
      [&] {
        ExDisableResourceBoostLite(&resource_);
        EXPECT_EQ(resource_.Flag & 0x08, 0x08);
        acquire_exclusive();
      },
      [&] { release(); });
  EXPECT_GE(done, 6000u);
}

TEST_F(Boost, LeavesAnOwnerPointerAlone) {
  const uint64_t done = run_owner(
      10,
      [&] {
        acquire_exclusive();
        ExSetResourceOwnerPointer(&resource_,
                                  reinterpret_cast<PVOID>(ExGetCurrentResourceThread() | 3));
      },
      [&] { ExReleaseResourceForThreadLite(&resource_, ExGetCurrentResourceThread() | 3); });
  EXPECT_GE(done, 6000u);
}

TEST_F(Boost, LeavesAnOwnerPointerAloneOfWhichAnotherFlagIsSet) {
  const uint64_t done = run_pointer(FLAG_OWNER_POINTER_IS_THREAD << 1);
  EXPECT_GE(done, 6000u);
}

TEST_F(Boost, LiftsTheThreadThatAnOwnerPointerIsSaidToBe) {
  const uint64_t done = run_pointer(FLAG_OWNER_POINTER_IS_THREAD);
  EXPECT_GE(done, 500u);
  EXPECT_LE(done, 520u);
}

TEST_F(Boost, EndsWithTheQuantum) {
  with_resource([&] {
    KPRIORITY lifted = 0, later = 0;
    HANDLE owner = spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resource_, TRUE);
          KeStallExecutionProcessor(505 * kMillisecond);
          while (lifted != 14) lifted = KeQueryPriorityThread(KeGetCurrentThread()), delay(1);
          KeStallExecutionProcessor(30 * kMillisecond);
          later = KeQueryPriorityThread(KeGetCurrentThread());
          ExReleaseResourceLite(&resource_);
        },
        {"owner", 0, 2});
    HANDLE waiter = taker("waiter", true, 1);
    join(waiter), join(owner);
    EXPECT_EQ(lifted, 14);
    EXPECT_EQ(later, 2);
  });
}

TEST_F(Boost, GoesOnEveryFourSeconds) {
  with_resource([&] {
    std::vector<uint64_t> lifted_at;  // ms
    HANDLE owner = spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resource_, TRUE);
          bool was_lifted = false;
          while (now_us() < 9000 * kMillisecond) {
            KeStallExecutionProcessor(1 * kMillisecond);
            const bool lifted = KeQueryPriorityThread(KeGetCurrentThread()) == 14;
            if (lifted && !was_lifted) lifted_at.push_back(now_us() / kMillisecond);
            was_lifted = lifted;
          }
          ExReleaseResourceLite(&resource_);
        },
        {"owner", 0, 2});
    HANDLE waiter = taker("waiter", true, 1);
    join(waiter), join(owner);
    ASSERT_EQ(lifted_at.size(), 3u);
    EXPECT_NEAR(static_cast<double>(lifted_at[0]), 505, 10);
    EXPECT_NEAR(static_cast<double>(lifted_at[1]), 4505, 10);
    EXPECT_NEAR(static_cast<double>(lifted_at[2]), 8505, 10);
  });
}

TEST_F(Boost, WaitIsReportedAfterTheResourceTimeout) {
  const auto reports = [this] {
    size_t count = 0;
    for (size_t at = 0; (at = machine().printed().find("0x1CC", at)) != std::string::npos; at++) {
      count++;
    }
    return count;
  };
  with_resource([&] {
    lockarb_set_resource_timeout(1);
    HANDLE owner = taker("owner", true, 1);
    join(owner);
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    HANDLE waiter = taker("waiter", true, 1);
    KeStallExecutionProcessor(4400 * kMillisecond);
    EXPECT_THAT(machine().printed(), testing::Not(HasSubstr("0x1CC")))
        << "the half second at the beginning is none of the slices";
    KeStallExecutionProcessor(200 * kMillisecond);
    EXPECT_EQ(reports(), 1u);
    KeStallExecutionProcessor(4000 * kMillisecond);
    EXPECT_EQ(reports(), 2u) << "once after each slice";
    ExReleaseResourceLite(&resource_);
    join(waiter);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr(as_printed(
                  "thread 3 (waiter) has waited 4.5 s for lock 0 exclusively, owned by thread 1 "
                  "(main) exclusively")));
  EXPECT_THAT(machine().printed(), HasSubstr("has waited 8.5 s for"));
}

}  // namespace
}  // namespace lockarb
