#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lockarb_resource.h"
#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr ULONG kTag = 0x6B636F4C;

class Verifier : public WdmTest {
 protected:
  // With the verifier, the body stops the machine with that first parameter and the others. Without
  // it, the body runs to its end, if that can be.
  void expect_rule(const std::string &parameters, const std::function<void()> &body,
                   bool goes_on_without = true) {
    expect("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (" + parameters + ")", body,
           goes_on_without);
  }

  void expect_misuse(NTSTATUS status, const std::function<void()> &body) {
    char line[80];
    std::snprintf(line, sizeof line, "0x20004C4B LOCKARB_MISUSE (0x%X, 0x0, 0x0, 0x0)",
                  static_cast<unsigned>(status));
    expect(line, body, true);
  }

  // As a thread of a user process.
  std::function<void()> user(const std::function<void()> &body) {
    return [this, body] { join(spawn(body, {"user", 0, 0, true})); };
  }

  ERESOURCE resource_;

 private:
  void expect(const std::string &line, const std::function<void()> &body, bool goes_on_without) {
    build({});
    EXPECT_EQ(run([&] {
                ExInitializeResourceLite(&resource_);
                lockarb_set_verifier(true);
                body();
              }),
              Machine::End::kStopped);
    EXPECT_THAT(machine().printed(), StartsWith("\nlockarb verifier: "));
    EXPECT_THAT(machine().printed(), HasSubstr(as_printed("\n*** STOP " + line + "\n")));
    EXPECT_THAT(machine().printed(), HasSubstr("    routine  "));
    build({});
    const Machine::End end = run([&] {
      ExInitializeResourceLite(&resource_);
      body();
    });
    if (goes_on_without) {
      EXPECT_EQ(end, Machine::End::kAllEnded) << machine().printed();
    } else {
      EXPECT_NE(end, Machine::End::kAllEnded);
    }
    EXPECT_THAT(machine().printed(), testing::Not(HasSubstr("verifier:")));
  }
};

TEST_F(Verifier, AcquireWithApcsOn) {
  const auto release = [this] {
    KeEnterCriticalRegion();
    ExReleaseResourceLite(&resource_);
    KeLeaveCriticalRegion();
  };
  expect_rule("0x37, 0x0, 0x0, lock 0", user([&] {
                ExAcquireResourceExclusiveLite(&resource_, TRUE);
                release();
              }));
  expect_rule("0x37, 0x0, 0x0, lock 0", user([&] {
                ExAcquireResourceSharedLite(&resource_, FALSE);
                release();
              }));
  EXPECT_THAT(machine().printed(), "") << "the second run is without the verifier";
}

TEST_F(Verifier, ReleaseWithApcsOn) {
  expect_rule("0x38, 0x0, 0x0, lock 0", user([&] {
                KeEnterCriticalRegion();
                ExAcquireResourceExclusiveLite(&resource_, TRUE);
                KeLeaveCriticalRegion();
                ExReleaseResourceLite(&resource_);
              }));
  expect_rule("0x38, 0x0, 0x0, lock 0", user([&] {
                KeEnterCriticalRegion();
                ExAcquireResourceExclusiveLite(&resource_, TRUE);
                KeLeaveCriticalRegion();
                ExReleaseResourceForThreadLite(&resource_, ExGetCurrentResourceThread());
              }));
}

TEST_F(Verifier, ReleaseForAnOwnerPointerMayComeAfterTheRegion) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              lockarb_set_verifier(true);
              user([&] {
                const auto pointer = reinterpret_cast<ULONG_PTR>(&resource_) | 3;
                KeEnterCriticalRegion();
                ExAcquireResourceSharedLite(&resource_, TRUE);
                ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(pointer));
                KeLeaveCriticalRegion();
                ExReleaseResourceForThreadLite(&resource_, pointer);
              })();
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, AcceptsEveryWayToHaveApcsOff) {
  const auto use = [this] {
    EXPECT_TRUE(ExAcquireResourceExclusiveLite(&resource_, TRUE));
    EXPECT_TRUE(ExAcquireResourceSharedLite(&resource_, TRUE));
    ExReleaseResourceLite(&resource_);
    ExReleaseResourceForThreadLite(&resource_, ExGetCurrentResourceThread());
  };
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              lockarb_set_verifier(true);
              use();  // a system thread is exempt
              user([&] {
                KeEnterCriticalRegion();
                use();
                KeLeaveCriticalRegion();
                KeEnterGuardedRegion();
                use();
                KeLeaveGuardedRegion();
                KfRaiseIrql(APC_LEVEL);
                use();
                KeLowerIrql(PASSIVE_LEVEL);
                ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
                ExReleaseResourceAndLeaveCriticalRegion(&resource_);
                KMUTEX mutex;
                KeInitializeMutex(&mutex, 0);
                KeWaitForMutexObject(&mutex, Executive, KernelMode, FALSE, nullptr);
                use();
                KeReleaseMutex(&mutex, FALSE);
              })();
              ExDeleteResourceLite(&resource_);
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

// The routines that Windows does not check for it either.
TEST_F(Verifier, OtherAcquiresDoNotAskForApcsOff) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              lockarb_set_verifier(true);
              user([&] {
                EXPECT_TRUE(ExTryToAcquireResourceExclusiveLite(&resource_));
                EXPECT_TRUE(ExAcquireSharedStarveExclusive(&resource_, TRUE));
                EXPECT_TRUE(ExAcquireSharedWaitForExclusive(&resource_, TRUE));
                KeEnterCriticalRegion();
                for (int i = 0; i < 3; i++) ExReleaseResourceLite(&resource_);
                KeLeaveCriticalRegion();
              })();
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, CallsAboveApcLevel) {
  const std::vector<std::function<void()>> calls = {
      [&] { ExAcquireResourceExclusiveLite(&resource_, FALSE); },
      [&] { ExAcquireResourceSharedLite(&resource_, FALSE); },
      [&] { ExTryToAcquireResourceExclusiveLite(&resource_); },
      [&] { ExAcquireSharedStarveExclusive(&resource_, FALSE); },
      [&] { ExAcquireSharedWaitForExclusive(&resource_, FALSE); },
      [&] { ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_); },
      [&] { ExEnterCriticalRegionAndAcquireResourceShared(&resource_); },
      [&] { ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(&resource_); },
  };
  for (const auto &call : calls) {
    expect_rule(
        "0x20007, 0x0, 0x0, 0x0",
        [&] {
          KeRaiseIrqlToDpcLevel();
          call();
        },
        false);
    EXPECT_THAT(machine().printed(), HasSubstr("STOP 0x0000000A IRQL_NOT_LESS_OR_EQUAL"));
  }
}

TEST_F(Verifier, OtherCallsAboveApcLevel) {
  const std::vector<std::function<void()>> calls = {
      [&] { ExDeleteResourceLite(&resource_); },
      [&] { ExConvertExclusiveToSharedLite(&resource_); },
      [&] { ExReleaseResourceAndLeaveCriticalRegion(&resource_); },
  };
  for (const auto &call : calls) {
    build({});
    run([&] {
      ExInitializeResourceLite(&resource_);
      ExEnterCriticalRegionAndAcquireResourceExclusive(&resource_);
      lockarb_set_verifier(true);
      KeRaiseIrqlToDpcLevel();
      call();
    });
    EXPECT_THAT(machine().printed(), HasSubstr("VIOLATION (0x20007, 0x0, 0x0, 0x0)"));
  }
}

TEST_F(Verifier, ReleaseAtDispatchLevelIsAllowed) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              lockarb_set_verifier(true);
              ExAcquireResourceSharedLite(&resource_, TRUE);
              KeRaiseIrqlToDpcLevel();
              ExReleaseResourceLite(&resource_);
              KeLowerIrql(PASSIVE_LEVEL);
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, RegionsLeftTooOften) {
  expect_rule("0x3E, 0x0, 0x1, 0x0", [] {
    KeLeaveCriticalRegion();
    KeEnterCriticalRegion();
  });
  expect_rule("0x4000E, 0x0, 0x0, 0x0", [] {
    KeLeaveGuardedRegion();
    KeEnterGuardedRegion();
  });
  expect_rule("0x40003, 0x0, 0x0, 0x0", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
    KeEnterCriticalRegion();
  });
}

TEST_F(Verifier, RegionsAboveApcLevel) {
  const auto high = [](const std::function<void()> &body) {
    return [body] {
      KeRaiseIrqlToDpcLevel();
      body();
      KeLowerIrql(PASSIVE_LEVEL);
    };
  };
  expect_rule("0x11A, 0x2, 0x0, 0x0", high([] {
                KeEnterCriticalRegion();
                KeLeaveCriticalRegion();
              }));
  expect_rule("0x11B, 0x2, 0x0, 0x0", [&] {
    KeEnterCriticalRegion();
    high([] { KeLeaveCriticalRegion(); })();
  });
  expect_rule("0x20010, 0x0, 0x0, 0x0", high([] {
                KeEnterGuardedRegion();
                KeLeaveGuardedRegion();
              }));
  expect_rule("0x20010, 0x0, 0x0, 0x0", [&] {
    KeEnterGuardedRegion();
    high([] { KeLeaveGuardedRegion(); })();
  });
}

TEST_F(Verifier, GuardedMutexesAreGuardedRegions) {
  expect_rule("0x20010, 0x0, 0x0, 0x0", [] {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeRaiseIrqlToDpcLevel();
    KeAcquireGuardedMutex(&mutex);
    KeReleaseGuardedMutex(&mutex);
    KeLowerIrql(PASSIVE_LEVEL);
  });
}

TEST_F(Verifier, BadAlignment) {
  static std::aligned_storage_t<sizeof(ERESOURCE) + 8, 16> memory;
  const auto address = reinterpret_cast<uintptr_t>(&memory) + 4;
  char parameters[64];
  std::snprintf(parameters, sizeof parameters, "0x3D, 0x0, 0x0, 0x%lX", address);
  run([&] {
    lockarb_set_verifier(true);
    ExInitializeResourceLite(reinterpret_cast<PERESOURCE>(address));
  });
  EXPECT_THAT(machine().printed(), HasSubstr(parameters));
}

TEST_F(Verifier, ResourceInPagedPool) {
  expect_misuse(STATUS_INVALID_ADDRESS, [] {
    auto *resource =
        static_cast<PERESOURCE>(ExAllocatePool2(POOL_FLAG_PAGED, sizeof(ERESOURCE), kTag));
    ExInitializeResourceLite(resource);
  });
  expect_misuse(STATUS_INVALID_ADDRESS, [] {
    auto *resource =
        static_cast<PERESOURCE>(ExAllocatePoolWithTag(PagedPool, sizeof(ERESOURCE), kTag));
    lockarb_initialize_resource(resource, LOCKARB_RESOURCE_SOFTWARE);
  });
}

TEST_F(Verifier, ResourceOnAStack) {
  expect_misuse(STATUS_INVALID_ADDRESS, [] {
    ERESOURCE resource;
    ExInitializeResourceLite(&resource);
    ExDeleteResourceLite(&resource);
  });
}

TEST_F(Verifier, ResourceInNonpagedPoolIsRight) {
  EXPECT_EQ(run([] {
              lockarb_set_verifier(true);
              auto *resource = static_cast<PERESOURCE>(
                  ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(ERESOURCE), kTag));
              ExInitializeResourceLite(resource);
              ExDeleteResourceLite(resource);
              ExFreePoolWithTag(resource, kTag);
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, MemoryOfAResourceFreedInUse) {
  struct Context {
    ULONG other;
    ERESOURCE resource;
  };
  expect_rule("0xD2, lock 1, 0x0, 0x0", [] {
    auto *context =
        static_cast<Context *>(ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(Context), kTag));
    ExInitializeResourceLite(&context->resource);
    ExFreePoolWithTag(context, kTag);
  });
}

TEST_F(Verifier, SharedOwnerWaitsForItself) {
  expect_rule(
      "0x1000, lock 0, 0x0, 0x0",
      [&] {
        ExAcquireResourceSharedLite(&resource_, TRUE);
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
      },
      false);
}

// Legal: it answers FALSE.
TEST_F(Verifier, SharedOwnerMayTryForExclusive) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              lockarb_set_verifier(true);
              ExAcquireResourceSharedLite(&resource_, TRUE);
              EXPECT_FALSE(ExAcquireResourceExclusiveLite(&resource_, FALSE));
              ExReleaseResourceLite(&resource_);
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, StorPortCallbackUsesAResource) {
  expect_misuse(STATUS_INVALID_DEVICE_REQUEST, [&] {
    lockarb_enter_callback(LOCKARB_HW_STOR, "HwStorStartIo");
    ExIsResourceAcquiredSharedLite(&resource_);
    lockarb_leave_callback();
    ExIsResourceAcquiredSharedLite(&resource_);
  });
  build({});
  run([&] {
    ExInitializeResourceLite(&resource_);
    lockarb_set_verifier(true);
    lockarb_enter_callback(LOCKARB_DISPATCH, "DispatchRead");
    lockarb_enter_callback(LOCKARB_HW_STOR, "HwStorBuildIo");
    lockarb_leave_callback();
    ExAcquireResourceSharedLite(&resource_, TRUE);
    ExReleaseResourceLite(&resource_);
    lockarb_enter_callback(LOCKARB_HW_STOR, "HwStorStartIo");
    lockarb_enter_callback(LOCKARB_COMPLETION, "Done");
    ExAcquireResourceSharedLite(&resource_, FALSE);
  });
  EXPECT_THAT(machine().printed(), StartsWith("\nlockarb verifier: HwStorStartIo is a StorPort "));
}

TEST_F(Verifier, RoutinesThatChangeTheApcDisableCount) {
  const struct {
    lockarb_callback kind;
    const char *code;
  } kinds[] = {{LOCKARB_DISPATCH, "0xC5"}, {LOCKARB_FAST_IO, "0xC6"}, {LOCKARB_COMPLETION, "0xFB"}};
  for (const auto &kind : kinds) {
    expect_rule(std::string(kind.code) + ", 0x0, 0xFFFF, 0x0", [&] {
      lockarb_enter_callback(kind.kind, "TheRoutine");
      KeEnterCriticalRegion();
      lockarb_leave_callback();
      KeLeaveCriticalRegion();
    });
  }
}

TEST_F(Verifier, CallbackIsNamedAsTheRoutine) {
  run([&] {
    lockarb_set_verifier(true);
    KeEnterCriticalRegion();
    lockarb_enter_callback(LOCKARB_DISPATCH, "DispatchRead");
    KeLeaveCriticalRegion();
    lockarb_leave_callback();
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr("(0xC5, 0x0, 0x0, 0xFFFF)\n    routine  DispatchRead\n"));
}

TEST_F(Verifier, CallbacksAreLeftAsOftenAsEntered) {
  run([] { lockarb_leave_callback(); });
  EXPECT_THAT(machine().printed(), StartsWith("\n*** STOP 0x20004C4B "));
  build({});
  run([] {
    for (int i = 0; i < 9; i++) lockarb_enter_callback(LOCKARB_DISPATCH, "DispatchRead");
  });
  EXPECT_THAT(machine().printed(), StartsWith("\n*** STOP 0x20004C4B "));
}

}  // namespace
}  // namespace lockarb
