// SPDX-License-Identifier: Apache-2.0
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
  expect_rule("0x2000F, 0x0, 0x0, 0x0", [] {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeRaiseIrqlToDpcLevel();
    KeAcquireGuardedMutex(&mutex);
    KeReleaseGuardedMutex(&mutex);
    KeLowerIrql(PASSIVE_LEVEL);
  });
}

// Called at that IRQL, each routine breaks the rule that Windows names.
TEST_F(Verifier, RoutinesAboveTheIrqlThatTheyAreFor) {
  static KEVENT event;
  static KMUTEX mutex;
  static FAST_MUTEX fast;
  static HANDLE thread;
  struct Case {
    const char *parameters;
    KIRQL irql;
    void (*call)();
    bool goes_on = true;
  };
  const Case cases[] = {
      {"0x2001F, 0x0, 0x0, 0x0", APC_LEVEL, [] { ZwClose(thread); }},
      {"0xE6, 0x0, 0x1, 0x0", APC_LEVEL, [] { ZwWaitForSingleObject(thread, FALSE, nullptr); }},
      {"0x2001B, 0x0, 0x0, 0x0", APC_LEVEL,
       [] {
         PVOID thread_object;
         ObReferenceObjectByHandle(thread, 0, nullptr, KernelMode, &thread_object, nullptr);
       }},
      {"0x2001C, 0x0, 0x0, 0x0", APC_LEVEL,
       [] {
         HANDLE other;
         PsCreateSystemThread(
             &other, 0, nullptr, nullptr, nullptr, [](PVOID) {}, nullptr);
       }},
      {"0x2001C, 0x0, 0x0, 0x0", APC_LEVEL, [] { PsTerminateSystemThread(STATUS_SUCCESS); }, false},
      {"0x2000F, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { delay(1); }, false},
      {"0x20010, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { KeAreApcsDisabled(); }},
      {"0x20010, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { KeAreAllApcsDisabled(); }},
      {"0x20011, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeClearEvent(&event); }},
      {"0x20011, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeResetEvent(&event); }},
      {"0x20011, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeReadStateEvent(&event); }},
      {"0x20011, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeRaiseIrqlToDpcLevel(); }, false},
      {"0x20011, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeReleaseMutex(&mutex, FALSE); }},
      {"0x20016, 0x0, 0x0, 0x0", CLOCK_LEVEL, [] { KeSetEvent(&event, 0, FALSE); }},
      {"0x20016, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { KeSetEvent(&event, 0, TRUE); }},
      {"0x20005, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { ExAcquireFastMutex(&fast); }, false},
      {"0x20005, 0x0, 0x0, 0x0", DISPATCH_LEVEL, [] { ExTryToAcquireFastMutex(&fast); }, false},
      {"0x120, 0x0, event, 0x0", CLOCK_LEVEL,
       [] {
         LARGE_INTEGER none = microseconds(0);
         KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &none);
       }},
      {"0x121, 0x0, event, 0x0", DISPATCH_LEVEL,
       [] { KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, nullptr); }, false},
      {"0x122, 0x0, event, 0x0", DISPATCH_LEVEL,
       [] {
         LARGE_INTEGER some = microseconds(1);
         KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &some);
       },
       false},
  };
  for (const Case &c : cases) {
    SCOPED_TRACE(c.parameters);
    expect_rule(
        c.parameters,
        [&] {
          machine().names[reinterpret_cast<uintptr_t>(&event)] = "event";
          thread = spawn([] {});
          KeInitializeEvent(&event, NotificationEvent, FALSE);
          KeInitializeMutex(&mutex, 0);
          ExInitializeFastMutex(&fast);
          KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);
          const KIRQL before = KfRaiseIrql(c.irql);
          c.call();
          KeLowerIrql(before);
          if (KeReadStateMutex(&mutex) == 0) KeReleaseMutex(&mutex, FALSE);
        },
        c.goes_on);
  }
}

TEST_F(Verifier, AtTheIrqlThatTheyAreForRoutinesBreakNoRule) {
  EXPECT_EQ(run([&] {
              lockarb_set_verifier(true);
              KEVENT event;
              FAST_MUTEX fast;
              KeInitializeEvent(&event, NotificationEvent, FALSE);
              ExInitializeFastMutex(&fast);
              KIRQL before = KeRaiseIrqlToDpcLevel();
              LARGE_INTEGER none = microseconds(0);
              KeSetEvent(&event, 0, FALSE);
              KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &none);
              KeClearEvent(&event);
              KeLowerIrql(before);
              before = KfRaiseIrql(APC_LEVEL);
              delay(1);
              KeSetEvent(&event, 0, TRUE);
              KeAreApcsDisabled();
              ExAcquireFastMutex(&fast);
              ExReleaseFastMutex(&fast);
              ExAcquireFastMutexUnsafe(&fast);
              ExReleaseFastMutexUnsafe(&fast);
              KeLowerIrql(before);
              KeEnterCriticalRegion();
              ExAcquireFastMutexUnsafe(&fast);
              ExReleaseFastMutexUnsafe(&fast);
              KeLeaveCriticalRegion();
              join(spawn([] {}));
            }),
            Machine::End::kAllEnded)
      << machine().printed();
}

TEST_F(Verifier, ZwRoutinesWhereSpecialApcsAreHeldBack) {
  static HANDLE thread;
  expect_rule("0xE6, 0x0, 0x0, 0xFFFF", [&] {
    thread = spawn([] {});
    KeEnterGuardedRegion();
    ZwClose(thread);
    KeLeaveGuardedRegion();
  });
}

TEST_F(Verifier, FastMutexesAtTheWrongIrql) {
  static FAST_MUTEX fast;
  expect_rule(
      "0x34, 0x0, fast, 0x0",
      [&] {
        machine().names[reinterpret_cast<uintptr_t>(&fast)] = "fast";
        ExInitializeFastMutex(&fast);
        ExAcquireFastMutex(&fast);
        KeLowerIrql(PASSIVE_LEVEL);
        ExReleaseFastMutex(&fast);
      },
      true);
  expect_rule("0x39, 0x0, 0x0, fast", [&] {
    machine().names[reinterpret_cast<uintptr_t>(&fast)] = "fast";
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutexUnsafe(&fast);
    ExReleaseFastMutexUnsafe(&fast);
  });
  expect_rule("0x3A, 0x0, 0x0, fast", [&] {
    machine().names[reinterpret_cast<uintptr_t>(&fast)] = "fast";
    ExInitializeFastMutex(&fast);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&fast);
    KeLeaveCriticalRegion();
    ExReleaseFastMutexUnsafe(&fast);
  });
}

TEST_F(Verifier, CallbackReturnsAtAnotherIrql) {
  const auto raises = [](lockarb_callback kind) {
    return [kind] {
      lockarb_enter_callback(kind, "routine");
      KfRaiseIrql(APC_LEVEL);
      lockarb_leave_callback();
      KeLowerIrql(PASSIVE_LEVEL);
    };
  };
  expect_rule("0x2001D, 0x0, 0x0, 0x0", raises(LOCKARB_DISPATCH));
  expect_rule("0x2001D, 0x0, 0x0, 0x0", raises(LOCKARB_FAST_IO));
  expect_rule("0xFA, 0x0, 0x0, 0x1", raises(LOCKARB_COMPLETION));
}

// The order of locks: nobody is stopped by it, this time.
class VerifierOfOrder : public Verifier {
 protected:
  struct Lock {
    const char *name;
    std::function<void()> take, give;
  };

  Lock resource(ERESOURCE &r, bool exclusive = true) {
    return {"resource",
            [&r, exclusive] {
              if (exclusive) {
                ExAcquireResourceExclusiveLite(&r, TRUE);
              } else {
                ExAcquireResourceSharedLite(&r, TRUE);
              }
            },
            [&r] { ExReleaseResourceLite(&r); }};
  }
  Lock starving(ERESOURCE &r) {
    return {"resource", [&r] { ExAcquireSharedStarveExclusive(&r, TRUE); },
            [&r] { ExReleaseResourceLite(&r); }};
  }
  Lock tried(ERESOURCE &r) {
    return {"resource", [&r] { ExTryToAcquireResourceExclusiveLite(&r); },
            [&r] { ExReleaseResourceLite(&r); }};
  }
  Lock mutex(KMUTEX &m) {
    return {"mutex", [&m] { KeWaitForSingleObject(&m, Executive, KernelMode, FALSE, nullptr); },
            [&m] { KeReleaseMutex(&m, FALSE); }};
  }
  Lock fast(FAST_MUTEX &m) {
    return {"fast", [&m] { ExAcquireFastMutex(&m); }, [&m] { ExReleaseFastMutex(&m); }};
  }
  Lock guarded(KGUARDED_MUTEX &m) {
    return {"guarded", [&m] { KeAcquireGuardedMutex(&m); }, [&m] { KeReleaseGuardedMutex(&m); }};
  }

  static void in_order(const Lock &a, const Lock &b) { a.take(), b.take(), b.give(), a.give(); }

  // The locks, ready to use, with the verifier.
  Machine::End run_with_locks(const std::function<void()> &body) {
    build({});
    return run([this, body] {
      for (ERESOURCE &r : resources_) ExInitializeResourceLite(&r);
      for (KMUTEX &m : mutexes_) KeInitializeMutex(&m, 0);
      for (FAST_MUTEX &m : fast_) ExInitializeFastMutex(&m);
      KeInitializeGuardedMutex(&guarded_);
      for (int i = 0; i < 2; i++) {
        machine().names[reinterpret_cast<uintptr_t>(&mutexes_[i])] = i == 0 ? "A" : "B";
        machine().names[reinterpret_cast<uintptr_t>(&fast_[i])] = i == 0 ? "A" : "B";
      }
      lockarb_set_verifier(true);
      body();
    });
  }

  void expect_stop(const Lock &a, const Lock &b) {
    SCOPED_TRACE(std::string(a.name) + " and " + b.name);
    EXPECT_EQ(run_with_locks([&] {
                in_order(a, b);
                join(spawn([&] { in_order(b, a); }));
              }),
              Machine::End::kStopped);
    EXPECT_THAT(machine().printed(),
                HasSubstr("\n*** STOP 0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0x1001, "));
    EXPECT_THAT(machine().printed(), StartsWith("\nlockarb verifier: locks are taken in an order "
                                                "that can stop their threads for ever\n"));
  }

  void expect_silence(const std::function<void()> &body) {
    EXPECT_EQ(run_with_locks(body), Machine::End::kAllEnded) << machine().printed();
    EXPECT_EQ(machine().printed(), "");
  }

  ERESOURCE resources_[3];
  KMUTEX mutexes_[2];
  FAST_MUTEX fast_[2];
  KGUARDED_MUTEX guarded_;
};

TEST_F(VerifierOfOrder, TwoOrdersOfTwoLocks) {
  expect_stop(resource(resources_[0]), resource(resources_[1]));
  expect_stop(resource(resources_[0], false), resource(resources_[1], false));
  expect_stop(mutex(mutexes_[0]), mutex(mutexes_[1]));
  expect_stop(fast(fast_[0]), fast(fast_[1]));
  expect_stop(guarded(guarded_), resource(resources_[0]));
  expect_stop(mutex(mutexes_[0]), fast(fast_[0]));
}

TEST_F(VerifierOfOrder, EveryStepIsNamedWithItsLines) {
  machine().source_line = "";
  EXPECT_EQ(run_with_locks([&] {
              machine().source_line = "driver.c:1 (forwards)";
              in_order(fast(fast_[0]), resource(resources_[0]));
              machine().source_line = "driver.c:2 (sideways)";
              join(spawn([&] { in_order(resource(resources_[0]), mutex(mutexes_[1])); }));
              machine().source_line = "driver.c:3 (backwards)";
              join(spawn([&] { in_order(mutex(mutexes_[1]), fast(fast_[0])); }));
            }),
            Machine::End::kStopped);
  EXPECT_THAT(
      machine().printed(),
      StartsWith(as_printed(
          "\nlockarb verifier: locks are taken in an order that can stop their threads for ever\n"
          "    thread 1 took fast mutex A at driver.c:3 (backwards), then lock 0 at driver.c:3 "
          "(backwards)\n"
          "    thread 2 took lock 0 at driver.c:3 (backwards), then mutex B at driver.c:3 "
          "(backwards)\n"
          "    thread 3 took mutex B at driver.c:3 (backwards), then fast mutex A at driver.c:3 "
          "(backwards)\n"
          "\n*** STOP 0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0x1001, A, 0x0, 0x0)\n"
          "    routine  ExAcquireFastMutex\n"
          "    at       driver.c:3 (backwards)\n")))
      << "this machine has one line for all addresses";
}

TEST_F(VerifierOfOrder, OneOrderIsAsItShouldBe) {
  expect_silence([&] {
    for (int i = 0; i < 2; i++) {
      join(spawn([&] {
        in_order(resource(resources_[0]), resource(resources_[1]));
        in_order(resource(resources_[1]), mutex(mutexes_[0]));
        in_order(resource(resources_[0], false), fast(fast_[0]));
      }));
    }
  });
}

TEST_F(VerifierOfOrder, WhoDoesNotWaitCannotBeStopped) {
  expect_silence([&] {
    in_order(resource(resources_[0]), resource(resources_[1]));
    in_order(resource(resources_[1]), tried(resources_[0]));
    in_order(fast(fast_[0]), mutex(mutexes_[0]));
    mutex(mutexes_[0]).take();
    EXPECT_TRUE(ExTryToAcquireFastMutex(&fast_[0]));
    ExReleaseFastMutex(&fast_[0]);
    mutex(mutexes_[0]).give();
  });
}

TEST_F(VerifierOfOrder, LevelOfALockThatIsOwnedAlreadyIsNoOrder) {
  expect_silence([&] {
    const Lock a = resource(resources_[0]), b = resource(resources_[1]);
    a.take(), b.take(), a.take(), a.give(), b.give(), a.give();
    const Lock m = mutex(mutexes_[0]);
    m.take(), a.take(), m.take(), m.give(), a.give(), m.give();
  });
}

// It waits for a writer only: shared owners let it pass.
TEST_F(VerifierOfOrder, ReaderThatPassesWaitersIsStoppedByWritersOnly) {
  expect_silence([&] {
    in_order(resource(resources_[0], false), resource(resources_[1]));
    in_order(resource(resources_[1]), starving(resources_[0]));
  });
  expect_silence([&] {
    in_order(resource(resources_[0]), starving(resources_[1]));
    in_order(starving(resources_[1]), resource(resources_[0]));
  });
  for (bool first : {true, false}) {
    EXPECT_EQ(run_with_locks([&] {
                if (first) in_order(resource(resources_[0]), starving(resources_[1]));
                in_order(resource(resources_[1]), resource(resources_[0]));
                in_order(resource(resources_[0]), starving(resources_[1]));
              }),
              Machine::End::kStopped);
  }
}

TEST_F(VerifierOfOrder, LockThatIsGivenAwayIsNotOwnedAnyMore) {
  expect_silence([&] {
    const Lock a = resource(resources_[0]), b = resource(resources_[1]);
    in_order(a, b);
    b.take();
    ExSetResourceOwnerPointer(&resources_[1], reinterpret_cast<PVOID>(0x1003));
    a.take(), a.give();
    ExReleaseResourceForThreadLite(&resources_[1], 0x1003);
    b.take();
    join(spawn([&, self = KeGetCurrentThread()] {
      ExReleaseResourceForThreadLite(&resources_[1], (ERESOURCE_THREAD)self);
    }));
    a.take(), a.give();
  });
}

TEST_F(VerifierOfOrder, NewLockAtTheSameAddressHasNoOrder) {
  expect_silence([&] {
    in_order(resource(resources_[0]), resource(resources_[1]));
    ExDeleteResourceLite(&resources_[0]);
    ExInitializeResourceLite(&resources_[0]);
    in_order(resource(resources_[1]), resource(resources_[0]));
    in_order(mutex(mutexes_[0]), fast(fast_[0]));
    KeInitializeMutex(&mutexes_[0], 0);
    in_order(fast(fast_[0]), mutex(mutexes_[0]));
    in_order(fast(fast_[1]), mutex(mutexes_[1]));
    ExInitializeFastMutex(&fast_[1]);
    in_order(mutex(mutexes_[1]), fast(fast_[1]));
    for (bool first : {true, false}) {
      auto *pool = static_cast<KMUTEX *>(ExAllocatePoolWithTag(NonPagedPool, sizeof(KMUTEX), kTag));
      KeInitializeMutex(pool, 0);
      if (first) in_order(mutex(*pool), resource(resources_[2]));
      if (!first) in_order(resource(resources_[2]), mutex(*pool));
      ExFreePoolWithTag(pool, kTag);
    }
  });
}

TEST_F(VerifierOfOrder, FastMutexTakenAgainByItsOwner) {
  EXPECT_EQ(run_with_locks([&] {
              ExAcquireFastMutex(&fast_[0]);
              ExAcquireFastMutex(&fast_[0]);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(), HasSubstr("VIOLATION (0x1000, A, 0x0, 0x0)\n"));
}

TEST_F(Verifier, BadAlignment) {
  static std::aligned_storage_t<sizeof(ERESOURCE) + 8, 16> memory;
  const auto address = reinterpret_cast<uintptr_t>(&memory) + 4;
  machine().names[address] = "memory + 0x4";
  run([&] {
    lockarb_set_verifier(true);
    ExInitializeResourceLite(reinterpret_cast<PERESOURCE>(address));
  });
  EXPECT_THAT(machine().printed(), HasSubstr("(0x3D, 0x0, 0x0, memory + 0x4)"));
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
