// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/lockarb_regs.h"
#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class BugChecks : public WdmTest {
 protected:
  // The body stops the machine with that first line.
  void expect_stop(const std::string &line, const std::function<void()> &body) {
    EXPECT_EQ(run([&] {
                ExInitializeResourceLite(&resource_);
                body();
                ADD_FAILURE() << "the run went on";
              }),
              Machine::End::kStopped);
    EXPECT_NE(machine().exit_code(), 0);
    EXPECT_THAT(machine().printed(), StartsWith(as_printed("\n*** STOP " + line + "\n")));
  }

  void owned_by_another(bool exclusive) {
    spawn([this, exclusive] {
      if (exclusive) {
        ExAcquireResourceExclusiveLite(&resource_, TRUE);
      } else {
        ExAcquireResourceSharedLite(&resource_, TRUE);
      }
      delay(1000);
    });
    delay(100);
  }

  ERESOURCE resource_ = {};
};

// What only a lock of the arbiter does: not run on software locks.
class HardwareBugChecks : public BugChecks {};

TEST_F(BugChecks, SayWhatWhoWhereAndWhen) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 2, 0x0, 0x3)", [&] {
    join(spawn([&] { ExReleaseResourceLite(&resource_); }, {"stranger", 1}));
  });
  EXPECT_THAT(machine().printed(), HasSubstr(as_printed("    routine  ExReleaseResourceLite\n"
                                                        "    thread   2 (stranger)\n"
                                                        "    core     1\n"
                                                        "    lock     0\n"
                                                        "    time     ")));
  EXPECT_EQ(machine().notes().back().kind, PORT_NOTE_BUG_CHECK);
  EXPECT_EQ(machine().notes().back().value, 0xE3u);
}

TEST_F(BugChecks, NameTheCallersLineWhereTheMachineKnowsIt) {
  machine().source_line = "driver.c:7 (leave)";
  run([&] {
    ExInitializeResourceLite(&resource_);
    KeLeaveCriticalRegion();
    ExReleaseResourceLite(&resource_);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("more often than entered, at driver.c:7 (leave)\n"));
  EXPECT_THAT(machine().printed(), HasSubstr("    routine  ExReleaseResourceLite\n"
                                             "    at       driver.c:7 (leave)\n"
                                             "    thread "));
}

TEST_F(BugChecks, ReleaseOfASharedLockByAStranger) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 1, 0x0, 0x3)", [&] {
    owned_by_another(false);
    ExReleaseResourceLite(&resource_);
  });
}

TEST_F(BugChecks, ReleaseOfAnExclusiveLockByAStranger) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 1, 0x0, 0x1)", [&] {
    owned_by_another(true);
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
  });
}

TEST_F(BugChecks, ReleaseForAThreadThatIsNoOwner) {
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 2, 0x0, 0x3)", [&] {
    PKTHREAD other = object(spawn([] { delay(1000); }));
    delay(10);
    ExReleaseResourceForThreadLite(&resource_, (ERESOURCE_THREAD)other);
  });
}

TEST_F(HardwareBugChecks, ReleaseForAThreadWithoutASlot) {
  build({1, 2, 16});
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 3, 0x0, 0x1)", [&] {
    owned_by_another(true);
    ERESOURCE own;
    ExInitializeResourceLite(&own);
    ExAcquireResourceSharedLite(&own, TRUE);
    PKTHREAD other = object(spawn([] {}));
    ExReleaseResourceForThreadLite(&resource_, (ERESOURCE_THREAD)other);
  });
}

TEST_F(BugChecks, ReleaseForSomethingThatIsNoThread) {
  expect_stop("0x0000016E ERESOURCE_INVALID_RELEASE (lock 0, thread 1, 0x1000, 0x0)",
              [&] { ExReleaseResourceForThreadLite(&resource_, 0x1000); });
}

TEST_F(BugChecks, ConvertOfALockThatIsNotOwnedExclusively) {
  expect_stop("0x000001C6 FAST_ERESOURCE_PRECONDITION_VIOLATION (0x16, lock 0, thread 1, 0x0)",
              [&] {
                ExAcquireResourceSharedLite(&resource_, TRUE);
                ExConvertExclusiveToSharedLite(&resource_);
              });
}

TEST_F(BugChecks, AcquireAboveApcLevel) {
  expect_stop("0x0000000A IRQL_NOT_LESS_OR_EQUAL (lock 0, 0x2, 0x0, 0x0)", [&] {
    KeRaiseIrqlToDpcLevel();
    ExAcquireResourceSharedLite(&resource_, FALSE);
  });
}

TEST_F(HardwareBugChecks, WaitForASlotAtDispatchLevel) {
  build({1, 2, 16});
  expect_stop("0x000000B8 ATTEMPTED_SWITCH_FROM_DPC (thread 3, 0x2, 0x0, 0x0)", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    owned_by_another(false);
    join(spawn([&] {
      KeRaiseIrqlToDpcLevel();
      ExReleaseResourceLite(&resource_);
    }));
  });
}

TEST_F(BugChecks, ReleaseAndLeaveAboveApcLevel) {
  expect_stop("0x0000000A IRQL_NOT_LESS_OR_EQUAL (lock 0, 0x2, 0x0, 0x0)", [&] {
    ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
    KeRaiseIrqlToDpcLevel();
    ExReleaseResourceAndLeaveCriticalRegion(&resource_);
  });
}

TEST_F(BugChecks, InitializeTwice) {
  expect_stop("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0xD0, lock 0, 0x0, 0x0)", [&] {
    resource_.lockarb_lock = 0xCCCCCCCC;
    ExInitializeResourceLite(&resource_);
  });
}

TEST_F(BugChecks, DeleteTwice) {
  run([&] {
    ExInitializeResourceLite(&resource_);
    ExDeleteResourceLite(&resource_);
    ExDeleteResourceLite(&resource_);
  });
  EXPECT_THAT(machine().printed(), StartsWith("\n*** STOP 0x000000C4 DRIVER_VERIFIER_DETECTED_"
                                              "VIOLATION (0xD1, address 1, 0x0, 0x0)\n"));
  EXPECT_THAT(machine().printed(),
              HasSubstr("    meaning  the resource is not initialized, or is deleted already\n"));
}

TEST_F(BugChecks, DeleteWithWaiters) {
  expect_stop("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0xD2, lock 0, 0x0, 0x0)", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    spawn([&] { ExAcquireResourceExclusiveLite(&resource_, TRUE); });
    delay(100);
    ExDeleteResourceLite(&resource_);
  });
}

TEST_F(BugChecks, ReinitializeWithWaiters) {
  expect_stop("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0xD2, lock 0, 0x0, 0x0)", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    spawn([&] { ExAcquireResourceExclusiveLite(&resource_, TRUE); });
    delay(100);
    ExReinitializeResourceLite(&resource_);
  });
}

TEST_F(BugChecks, UseWithoutInitialize) {
  static ERESOURCE never;
  run([] {
    never.lockarb_lock = 0;
    ExAcquireResourceSharedLite(&never, TRUE);
  });
  EXPECT_EQ(never.lockarb_lock, 0u) << "who knows what is there";
  EXPECT_THAT(machine().printed(), StartsWith("\n*** STOP 0x000000C4 DRIVER_VERIFIER_DETECTED_"
                                              "VIOLATION (0x1002, address 1, 0x0, 0x0)\n"));
  EXPECT_THAT(machine().printed(), HasSubstr("    meaning  the resource is not initialized\n"));
}

TEST_F(BugChecks, NullResource) {
  expect_stop("0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED (0xC0000005, 0x0, 0x0, 0x0)",
              [&] { ExReleaseResourceLite(nullptr); });
}

TEST_F(BugChecks, NullResourceIsNoticedByEveryRoutine) {
  const std::vector<std::pair<const char *, void (*)()>> routines = {
      {"ExInitializeResourceLite", [] { ExInitializeResourceLite(nullptr); }},
      {"ExReinitializeResourceLite", [] { ExReinitializeResourceLite(nullptr); }},
      {"ExSetResourceOwnerPointer", [] { ExSetResourceOwnerPointer(nullptr, nullptr); }},
      {"ExSetResourceOwnerPointerEx", [] { ExSetResourceOwnerPointerEx(nullptr, nullptr, 0); }},
      {"ExDisableResourceBoostLite", [] { ExDisableResourceBoostLite(nullptr); }},
      {"ExDeleteResourceLite", [] { ExDeleteResourceLite(nullptr); }},
      {"ExAcquireResourceExclusiveLite", [] { ExAcquireResourceExclusiveLite(nullptr, FALSE); }},
      {"ExTryToAcquireResourceExclusiveLite", [] { ExTryToAcquireResourceExclusiveLite(nullptr); }},
      {"ExAcquireResourceSharedLite", [] { ExAcquireResourceSharedLite(nullptr, TRUE); }},
      {"ExAcquireSharedStarveExclusive", [] { ExAcquireSharedStarveExclusive(nullptr, TRUE); }},
      {"ExAcquireSharedWaitForExclusive", [] { ExAcquireSharedWaitForExclusive(nullptr, TRUE); }},
      {"ExEnterCriticalRegionAndAcquireResourceExclusive",
       [] { ExEnterCriticalRegionAndAcquireResourceExclusive(nullptr); }},
      {"ExReleaseResourceForThreadLite", [] { ExReleaseResourceForThreadLite(nullptr, 0); }},
      {"ExReleaseResourceAndLeaveCriticalRegion",
       [] { ExReleaseResourceAndLeaveCriticalRegion(nullptr); }},
      {"ExConvertExclusiveToSharedLite", [] { ExConvertExclusiveToSharedLite(nullptr); }},
      {"ExIsResourceAcquiredExclusiveLite", [] { ExIsResourceAcquiredExclusiveLite(nullptr); }},
      {"ExIsResourceAcquiredSharedLite", [] { ExIsResourceAcquiredSharedLite(nullptr); }},
      {"ExGetExclusiveWaiterCount", [] { ExGetExclusiveWaiterCount(nullptr); }},
      {"ExGetSharedWaiterCount", [] { ExGetSharedWaiterCount(nullptr); }},
  };
  for (const auto &[name, call] : routines) {
    for (const bool verifier : {false, true}) {
      build({});
      run([&, call = call] {
        lockarb_set_verifier(verifier);
        call();
      });
      EXPECT_THAT(machine().printed(),
                  StartsWith("\n*** STOP 0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED "
                             "(0xC0000005, 0x0, 0x0, 0x0)\n    routine  " +
                             std::string(name) + "\n"));
    }
  }
}

TEST_F(HardwareBugChecks, HoldCountOverflow) {
  build({1, 64, 16});
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              for (int i = 0; i < 300; i++) ExAcquireResourceSharedLite(&resource_, TRUE);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(),
              HasSubstr("STOP 0x20004C4B LOCKARB_MISUSE (0x1C, lock 0, thread 1, 0x0)"));
}

// Between the two accesses of a command that is armed; those that are issued
// by writes are not.
TEST_F(HardwareBugChecks, RefusedCommandOfAnotherProgramDisarmsACommand) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0x13, lock 0, thread 1, 0x0)", [&] {
    spawn(
        [&] {
          while (machine().bus_log.empty() || machine().bus_log.back().rfind("W 44 ", 0) != 0)
            port_spend(1);
          machine().arbiter().write(LOCKARB_ISSUE_OFFSET, LOCKARB_OP_CONVERT << LOCKARB_OP_SHIFT);
        },
        {"another", 1});
    delay(100);
    ExDeleteResourceLite(&resource_);
  });
}

// Where a thread's second lock would be noted there is no memory: the arbiter is not even asked.
TEST_F(HardwareBugChecks, NoMemoryForOneLockMore) {
  build({1, 64, 16});
  ERESOURCE second;
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              ExInitializeResourceLite(&second);
              ExAcquireResourceExclusiveLite(&resource_, TRUE);
              machine().allocations_left = 0;
              ExReleaseResourceLite(&resource_);
              ExAcquireResourceExclusiveLite(&resource_, TRUE); /* the same memory again */
              machine().bus_log.clear();
              ExAcquireResourceExclusiveLite(&second, TRUE);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(),
              HasSubstr("STOP 0x20004C4B LOCKARB_MISUSE (0x1C, lock 1, thread 1, 0x0)"));
  EXPECT_THAT(machine().bus_log, IsEmpty());
}

// A bit of the arbiter flips, and thread 2 on core 1 meets it.
TEST_F(HardwareBugChecks, FlippedBitOfALockOrItsHoldCount) {
  if (machine().is_on_board()) GTEST_SKIP() << "no bit of a board can be flipped";
  for (const RamBit &at : {RamBit{Ram::kRow, 0, 0, 30}, RamBit{Ram::kHold, 0, 1, 2}}) {
    expect_stop("0x0000002E DATA_BUS_ERROR (lock 0, thread 2, 0x1F, 0x0)", [&] {
      join(spawn(
          [&] {
            ExAcquireResourceSharedLite(&resource_, TRUE);
            machine().arbiter().flip(at);
            ExReleaseResourceLite(&resource_);
          },
          {"unlucky", 1}));
    });
    EXPECT_THAT(machine().printed(), HasSubstr("    routine  ExReleaseResourceLite\n"
                                               "    thread   2 (unlucky)\n"
                                               "    core     1\n"
                                               "    lock     0\n"));
    build({});
  }
}

// 0 would be an answer like any other.
TEST_F(HardwareBugChecks, FlippedBitIsNoHoldCountOfZero) {
  if (machine().is_on_board()) GTEST_SKIP() << "no bit of a board can be flipped";
  expect_stop("0x0000002E DATA_BUS_ERROR (lock 0, thread 1, 0x1F, 0x0)", [&] {
    ExAcquireResourceSharedLite(&resource_, TRUE);
    machine().arbiter().flip({Ram::kHold, 0, 0, 2});
    ExIsResourceAcquiredSharedLite(&resource_);
  });
}

TEST_F(HardwareBugChecks, FlippedBitOfAThreadThatIsGrantedALock) {
  if (machine().is_on_board()) GTEST_SKIP() << "no bit of a board can be flipped";
  // In the number of the lock that GRANT shows.
  expect_stop("0x0000002E DATA_BUS_ERROR (lock 0, thread 2, 0x1F, 0x0)", [&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    const HANDLE waiter =
        spawn([&] { ExAcquireResourceExclusiveLite(&resource_, TRUE); }, {"unlucky", 1});
    delay(1000);
    // Interrupts are off from the hand-off to the flip, and on again before core 1 has its own.
    KeRaiseIrqlToDpcLevel();
    ExReleaseResourceLite(&resource_);
    machine().arbiter().flip({Ram::kThread, 0, 1, 0});
    KeLowerIrql(PASSIVE_LEVEL);
    join(waiter);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("    routine  ExAcquireResourceExclusiveLite\n"
                                             "    thread   2 (unlucky)\n"
                                             "    core     1\n"
                                             "    lock     0\n"));
}

// Two runs print the same, whatever a parameter points to.
TEST_F(BugChecks, PrintNoAddressOfTheHost) {
  static int variable;
  machine().names[reinterpret_cast<uintptr_t>(&variable)] = "variable";
  const auto as_parameter = [](const void *address, int offset = 0) {
    return reinterpret_cast<ULONG_PTR>(address) + static_cast<ULONG_PTR>(offset);
  };
  const auto heap = std::make_unique<int>(0);
  expect_stop("0x000000E2 MANUALLY_INITIATED_CRASH (variable, thread 1 + 0x3, address 1, 0xDEAD)",
              [&] {
                KeBugCheckEx(0xE2, as_parameter(&variable), as_parameter(KeGetCurrentThread(), 3),
                             as_parameter(heap.get()), 0xDEAD);
              });
  build({});
  const int *first = heap.get();
  expect_stop("0x000000E2 MANUALLY_INITIATED_CRASH (address 1, address 2, address 1, lock 0)", [&] {
    KeBugCheckEx(0xE2, as_parameter(first), as_parameter(&variable), as_parameter(first),
                 as_parameter(&resource_));
  });
  build({});
  run([&] {
    PVOID block = ExAllocatePoolWithTag(NonPagedPool, 16, 0x6B636F4C);
    KeBugCheckEx(0xE2, as_parameter(block, 8), 0, 0, 0);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("CRASH (pool block 1 + 0x8, 0x0, 0x0, 0x0)\n"));
  build({});
  run([&] {
    join(spawn([&] {
      int local = 0;
      KeBugCheckEx(0xE2, as_parameter(&local, 3), 0, 0, 0);
    }));
  });
  EXPECT_THAT(machine().printed(),
              testing::ContainsRegex("CRASH \\(stack of thread 2 - 0x[0-9A-F]+, 0x0, 0x0, 0x0"));
}

TEST_F(BugChecks, OwnerThatNeverOwnedIsNamed) {
  static int variable;
  const auto pointer = reinterpret_cast<ULONG_PTR>(&variable) | 3;
  machine().names[pointer] = "variable + 0x3";
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, variable + 0x3, 0x0, 0x1)", [&] {
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    ExReleaseResourceForThreadLite(&resource_, pointer);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr("meaning  the resource is released for an owner that it does not have\n"));
}

TEST_F(BugChecks, LockIsNamedByItsVariable) {
  machine().names[reinterpret_cast<uintptr_t>(&resource_)] = "Fcb";
  expect_stop("0x000000E3 RESOURCE_NOT_OWNED (lock 0, thread 1, 0x0, 0x3)",
              [&] { ExReleaseResourceLite(&resource_); });
  EXPECT_THAT(machine().printed(), HasSubstr(as_printed("    lock     0 Fcb\n")));
}

TEST_F(BugChecks, InitializeTwiceSaysItInWords) {
  expect_stop("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0xD0, lock 0, 0x0, 0x0)",
              [&] { ExInitializeResourceLite(&resource_); });
  EXPECT_THAT(machine().printed(),
              HasSubstr("    meaning  the resource is initialized already; delete it first\n"));
}

TEST_F(BugChecks, WaitAtDispatchLevel) {
  expect_stop("0x000000B8 ATTEMPTED_SWITCH_FROM_DPC (thread 1, 0x2, 0x0, 0x0)", [&] {
    KeRaiseIrqlToDpcLevel();
    delay(1);
  });
}

TEST_F(BugChecks, RaiseThatLowers) {
  expect_stop("0x00000009 IRQL_NOT_GREATER_OR_EQUAL (0x0, 0x2, 0x1, 0x0)", [&] {
    KeRaiseIrqlToDpcLevel();
    KfRaiseIrql(APC_LEVEL);
  });
}

TEST_F(BugChecks, LowerThatRaises) {
  expect_stop("0x0000000A IRQL_NOT_LESS_OR_EQUAL (0x0, 0x0, 0x1, 0x0)",
              [&] { KeLowerIrql(APC_LEVEL); });
}

TEST_F(BugChecks, ThreadEndsInACriticalRegion) {
  expect_stop("0x00000020 KERNEL_APC_PENDING_DURING_EXIT (0x0, 0xFFFF, 0x0, 0x0)",
              [&] { join(spawn([] { KeEnterCriticalRegion(); })); });
}

// A critical region and its lock are regions as well.
TEST_F(BugChecks, RegionThatIsLeftOverIsNamedByItsLine) {
  machine().source_line = "driver.c:7 (query)";
  expect_stop("0x00000020 KERNEL_APC_PENDING_DURING_EXIT (0x0, 0xFFFEFFFE, 0x0, 0x0)", [&] {
    join(spawn([&] {
      KeEnterCriticalRegion();
      KeEnterCriticalRegion();
      KeLeaveCriticalRegion();
      ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
      KeEnterGuardedRegion();
      KeEnterGuardedRegion();
    }));
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr(as_printed("    meaning  the thread ends in a region, or at a raised IRQL\n"
                                   "    entered  driver.c:7 (query)\n"
                                   "    entered  driver.c:7 (query)\n"
                                   "    guarded  driver.c:7 (query)\n"
                                   "    guarded  driver.c:7 (query)\n"
                                   "    owns     lock 0 since driver.c:7 (query)\n"
                                   "**** Resources ****\n")));
}

TEST_F(BugChecks, WorkerReturnsInARegion) {
  expect_stop("0x00000001 APC_INDEX_MISMATCH (0x0, 0x0, 0xFFFE, 0x1)", [] {
    KeEnterCriticalRegion();
    lockarb_enter_callback(LOCKARB_WORKER, "DriverEntry");
    KeEnterCriticalRegion();
    lockarb_leave_callback();
  });
  EXPECT_THAT(machine().printed(), HasSubstr("    routine  DriverEntry\n    thread   1 (main)\n"));
}

TEST_F(BugChecks, WorkerThatReturnsAsItWasCalledGoesOn) {
  EXPECT_EQ(run([] {
              KeEnterCriticalRegion();
              lockarb_enter_callback(LOCKARB_WORKER, "work");
              KeEnterGuardedRegion();
              KeLeaveGuardedRegion();
              lockarb_leave_callback();
              KeLeaveCriticalRegion();
            }),
            Machine::End::kAllEnded);
  EXPECT_EQ(machine().printed(), "");
}

TEST_F(BugChecks, ApcReturnsInARegion) {
  static KAPC apc;
  const PKKERNEL_ROUTINE enters = [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
    KeEnterCriticalRegion();
  };
  const PKKERNEL_ROUTINE nothing = [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {};
  const PKNORMAL_ROUTINE leaves = [](PVOID, PVOID, PVOID) { KeLeaveGuardedRegion(); };
  expect_stop("0x00000001 APC_INDEX_MISMATCH (0x0, 0x0, 0xFFFF, 0x0)", [&] {
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, enters, nullptr, nullptr,
                    KernelMode, nullptr);
    KeInsertQueueApc(&apc, nullptr, nullptr, 0);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr("    routine  the kernel routine of a special kernel APC\n"));
  build({});
  EXPECT_EQ(run([&] {
              KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, nothing, nullptr,
                              leaves, KernelMode, nullptr);
              KeInsertQueueApc(&apc, nullptr, nullptr, 0);
            }),
            Machine::End::kStopped);
  EXPECT_THAT(machine().printed(), HasSubstr("APC_INDEX_MISMATCH (0x0, 0x0, 0x10000, 0x0)\n"
                                             "    routine  the normal routine of a kernel APC\n"));
}

TEST_F(BugChecks, CountOfRegionsThatWrapsIsSaid) {
  for (bool guarded : {false, true}) {
    build({});
    run([&] {
      SHORT &count = guarded ? KeGetCurrentThread()->SpecialApcDisable
                             : KeGetCurrentThread()->KernelApcDisable;
      const auto enter = guarded ? KeEnterGuardedRegion : KeEnterCriticalRegion;
      const auto leave = guarded ? KeLeaveGuardedRegion : KeLeaveCriticalRegion;
      for (int i = 0; i < 32768; i++) enter();
      EXPECT_EQ(machine().printed(), "");
      enter();
      EXPECT_EQ(count, 32767) << "and goes on, as Windows does";
      count = -1;
      leave();
    });
    const std::string routine = guarded ? "KeEnterGuardedRegion" : "KeEnterCriticalRegion";
    EXPECT_EQ(machine().printed(), "lockarb: " + routine +
                                       " by thread 1 (main): the count of regions wraps from "
                                       "-32768 to 32767\n");
  }
}

TEST_F(BugChecks, CountOfRegionsThatWrapsInAnAcquireOrAMutexIsSaid) {
  run([&] {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    ExInitializeResourceLite(&resource_);
    SHORT &count = KeGetCurrentThread()->KernelApcDisable;
    count = -32768;
    ExEnterCriticalRegionAndAcquireResourceShared(&resource_);
    EXPECT_EQ(count, 32767);
    count = -32768;
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);
    EXPECT_EQ(count, 32767);
    count = -1;
    KeReleaseMutex(&mutex, FALSE);
    ExReleaseResourceLite(&resource_);
  });
  EXPECT_EQ(machine().printed(),
            "lockarb: ExEnterCriticalRegionAndAcquireResourceShared by thread 1 (main): the count "
            "of regions wraps from -32768 to 32767\n"
            "lockarb: KeWaitForSingleObject by thread 1 (main): the count of regions wraps from "
            "-32768 to 32767\n");
}

TEST_F(BugChecks, ThreadEndsAtRaisedIrql) {
  expect_stop("0x00000020 KERNEL_APC_PENDING_DURING_EXIT (0x0, 0x0, 0x1, 0x0)",
              [&] { join(spawn([] { KfRaiseIrql(APC_LEVEL); })); });
}

TEST_F(BugChecks, ThreadEndsWithALock) {
  expect_stop("0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION (0x1006, thread 2, 0x1, 0x0)",
              [&] { join(spawn([&] { ExAcquireResourceSharedLite(&resource_, TRUE); })); });
}

TEST_F(BugChecks, PriorityOutOfRange) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0xC000000D, thread 1, 0x20, 0x0)",
              [&] { KeSetPriorityThread(KeGetCurrentThread(), 32); });
}

TEST_F(BugChecks, PatienceOutOfRange) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0xC000000D, 0xF4241, 0xF4240, 0x0)",
              [] { lockarb_set_patience(LOCKARB_MAX_PATIENCE + 1); });
}

TEST_F(BugChecks, ByThePrograms) {
  expect_stop("0x000000E2 MANUALLY_INITIATED_CRASH (0x1, 0x2, 0x3, 0x4)",
              [] { KeBugCheckEx(0xE2, 1, 2, 3, 4); });
}

TEST_F(BugChecks, ByTheProgramsWithACodeThatHasNoName) {
  expect_stop("0x0000BEEF UNKNOWN (0x0, 0x0, 0x0, 0x0)", [] { KeBugCheck(0xBEEF); });
}

TEST_F(HardwareBugChecks, ApcThatBrokeALockWaitKeepsALock) {
  expect_stop("0x20004C4B LOCKARB_MISUSE (0x1D, thread 2, 0x1, 0x0)", [&] {
    static ERESOURCE other;
    ExInitializeResourceLite(&other);
    ExAcquireResourceExclusiveLite(&resource_, TRUE);
    PKTHREAD waiter = object(spawn([&] { ExAcquireResourceSharedLite(&resource_, TRUE); }));
    delay(100);
    static KAPC apc;
    KeInitializeApc(
        &apc, waiter, OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
          ExAcquireResourceSharedLite(&other, TRUE);
        },
        nullptr, nullptr, KernelMode, nullptr);
    KeInsertQueueApc(&apc, nullptr, nullptr, 0);
    delay(100);
  });
}

TEST_F(BugChecks, WarningsLetTheRunGoOn) {
  EXPECT_EQ(run([&] {
              ExInitializeResourceLite(&resource_);
              KeLeaveCriticalRegion();
              KeEnterCriticalRegion();
              ExAcquireResourceSharedLite(&resource_, TRUE);
              ExReleaseResourceAndLeaveCriticalRegion(&resource_);
              KeEnterCriticalRegion();
              ExAcquireResourceSharedLite(&resource_, TRUE);
              ExDeleteResourceLite(&resource_);
            }),
            Machine::End::kAllEnded);
  EXPECT_EQ(
      machine().printed(),
      as_printed(
          "lockarb: KeLeaveCriticalRegion by thread 1 (main): left more often than entered\n"
          "lockarb: ExReleaseResourceAndLeaveCriticalRegion by thread 1 (main) on lock 0: left "
          "more often than entered\n"
          "lockarb: ExDeleteResourceLite by thread 1 (main) on lock 0: deleted while owned\n"));
}

}  // namespace
}  // namespace lockarb
