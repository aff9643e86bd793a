// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

class Personality : public WdmTest {
 protected:
  void with_resource(const std::function<void()> &body) {
    EXPECT_EQ(run([&] {
                ExInitializeResourceLite(&resource_);
                body();
                ExDeleteResourceLite(&resource_);
              }),
              Machine::End::kAllEnded)
        << machine().printed();
  }

  // What ActiveCount is with 0 to 3 sharers, and then with one exclusive owner.
  std::vector<int> active_counts() {
    std::vector<int> counts = {resource_.ActiveCount};
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    std::vector<HANDLE> threads;
    for (int i = 0; i < 3; i++) {
      threads.push_back(spawn([&] {
        ExAcquireResourceSharedLite(&resource_, TRUE);
        wait(done);
        ExReleaseResourceLite(&resource_);
      }));
      delay(50);
      counts.push_back(resource_.ActiveCount);
      EXPECT_EQ(resource_.ActiveEntries, static_cast<ULONG>(i + 1));
    }
    KeSetEvent(&done, 0, FALSE);
    for (HANDLE thread : threads) join(thread);
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    counts.push_back(resource_.ActiveCount);
    ExReleaseResourceLite(&resource_);
    EXPECT_EQ(resource_.ActiveCount, 0);
    return counts;
  }

  ERESOURCE resource_;
};

TEST_F(Personality, Nt6ShowsOneForAnyNumberOfSharers) {
  with_resource([&] { EXPECT_EQ(active_counts(), (std::vector<int>{0, 1, 1, 1, 1})); });
}

TEST_F(Personality, Nt52CountsSharers) {
  with_resource([&] {
    lockarb_set_personality(LOCKARB_NT52);
    EXPECT_EQ(active_counts(), (std::vector<int>{0, 1, 2, 3, 1}));
  });
}

TEST_F(Personality, Nt52FusedCallsReturnWin32Thread) {
  with_resource([&] {
    lockarb_set_personality(LOCKARB_NT52);
    EXPECT_EQ(ExEnterCriticalRegionAndAcquireResourceShared(&resource_), nullptr);
    int gui;
    KeGetCurrentThread()->Win32Thread = &gui;
    EXPECT_EQ(ExEnterCriticalRegionAndAcquireResourceShared(&resource_), &gui);
    EXPECT_EQ(ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(&resource_), &gui);
    EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, -3);
    for (int i = 0; i < 3; i++) ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    EXPECT_EQ(KeGetCurrentThread()->KernelApcDisable, 0);
  });
}

TEST_F(Personality, Nt6FusedCallsReturnWhatTheThreadWasGiven) {
  with_resource([&] {
    int gui, value;
    KeGetCurrentThread()->Win32Thread = &gui;
    EXPECT_EQ(ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_), nullptr);
    lockarb_set_thread_entry_value(KeGetCurrentThread(), &value);
    EXPECT_EQ(ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_), &value);
    for (int i = 0; i < 2; i++) ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    join(spawn([&] {
      EXPECT_EQ(ExEnterCriticalRegionAndAcquireResourceShared(&resource_), nullptr)
          << "the value belongs to one thread";
      ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    }));
  });
}

}  // namespace
}  // namespace lockarb
