// SPDX-License-Identifier: Apache-2.0
// Tests of one ERESOURCE: a machine, the resource, and what its mirror in memory must show.
#ifndef LOCKARB_TESTS_SW_RESOURCE_FIXTURE_H_
#define LOCKARB_TESTS_SW_RESOURCE_FIXTURE_H_

#include <cstring>

#include "wdm_fixture.h"

namespace lockarb {

class Resource : public WdmTest {
 protected:
  void with_resource(const std::function<void()> &body) {
    EXPECT_EQ(run([&] {
                memset(&resource_, 0xCC, sizeof resource_);
                ASSERT_EQ(ExInitializeResourceLite(&resource_), STATUS_SUCCESS);
                body();
                EXPECT_EQ(ExDeleteResourceLite(&resource_), STATUS_SUCCESS);
              }),
              Machine::End::kAllEnded)
        << machine().printed();
  }

  // owners, shared waiters, exclusive waiters, contentions, owned exclusively
  void expect_mirror(unsigned owners, unsigned shared, unsigned exclusive, unsigned contentions,
                     bool owned_exclusively) {
    EXPECT_EQ(resource_.ActiveEntries, owners);
    EXPECT_EQ(resource_.ActiveCount, owners != 0);
    EXPECT_EQ(resource_.NumberOfSharedWaiters, shared);
    EXPECT_EQ(resource_.NumberOfExclusiveWaiters, exclusive);
    EXPECT_EQ(resource_.ContentionCount, contentions);
    EXPECT_EQ(resource_.Flag, owned_exclusively ? ResourceOwnedExclusive : 0);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread != 0, owned_exclusively);
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount != 0, owned_exclusively);
    EXPECT_EQ(ExGetSharedWaiterCount(&resource_), shared);
    EXPECT_EQ(ExGetExclusiveWaiterCount(&resource_), exclusive);
  }

  // A thread that takes the resource, says so, and gives it back after a while.
  HANDLE taker(const char *name, bool exclusive, int64_t hold_us) {
    return spawn(
        [this, name, exclusive, hold_us] {
          if (exclusive) {
            ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
          } else {
            ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
          }
          log(name);
          delay(hold_us);
          ExReleaseResourceAndLeaveCriticalRegion(&resource_);
        },
        {name});
  }

  ERESOURCE resource_;
};

}  // namespace lockarb

#endif
