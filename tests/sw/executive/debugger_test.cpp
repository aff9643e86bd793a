// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "lockarb_debugger.h"
#include "lockarb_resource.h"
#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Debugger : public WdmTest {
 protected:
  static constexpr int kResources = 3;

  // The run ends in that way.
  void with_resources(Machine::End end, const std::function<void()> &body) {
    EXPECT_EQ(run([&] {
                for (ERESOURCE &resource : resources_) ExInitializeResourceLite(&resource);
                body();
              }),
              end)
        << machine().printed();
  }

  // What `print` prints.
  std::string printed_by(const std::function<void()> &print) {
    const size_t before = machine().printed().size();
    print();
    return machine().printed().substr(before);
  }
  std::string listed(ULONG flags = 0) {
    return printed_by([flags] { lockarb_print_locks(flags); });
  }
  std::string deadlocks(ULONG number) {
    return printed_by([number] { EXPECT_EQ(lockarb_print_deadlock(), number); });
  }

  // A thread that takes one resource, and after a while wants the other.
  HANDLE taker(const char *name, int first, int second) {
    return spawn(
        [this, first, second] {
          ExAcquireResourceExclusiveLite(&resources_[first], TRUE);
          delay(10);
          ExAcquireResourceExclusiveLite(&resources_[second], TRUE);
          ExReleaseResourceLite(&resources_[second]);
          ExReleaseResourceLite(&resources_[first]);
        },
        {name});
  }

  // A thread that takes resource 0 and gives it back after a while.
  HANDLE user(const char *name, bool exclusive, int64_t hold_us) {
    return spawn(
        [this, exclusive, hold_us] {
          if (exclusive) {
            ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
          } else {
            ExAcquireResourceSharedLite(&resources_[0], TRUE);
          }
          delay(hold_us);
          ExReleaseResourceLite(&resources_[0]);
        },
        {name});
  }

  static PVOID pointer_of(PVOID address) { return (PVOID)((ULONG_PTR)address | 3); }

  ERESOURCE resources_[kResources] = {};
};

// What only locks of the arbiter have: not run on software locks.
class HardwareDebugger : public Debugger {};

TEST_F(Debugger, ListsWhoOwnsALockAndWhoWaits) {
  build({4, 64, 16});
  with_resources(Machine::End::kAllEnded, [&] {
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    std::vector<HANDLE> threads;
    for (bool exclusive : {true, false, true, false}) {
      threads.push_back(user(nullptr, exclusive, 10));
      delay(20);
    }
    EXPECT_EQ(listed(), as_printed("**** Resources ****\n"
                                   "\n"
                                   "Resource @ lock 0    Exclusively owned\n"
                                   "    Contention Count = 4\n"
                                   "    NumberOfSharedWaiters = 2\n"
                                   "    NumberOfExclusiveWaiters = 2\n"
                                   "     Threads:    1-02<*>    3-01    5-01\n"
                                   "     Threads Waiting On Exclusive Access:    2    4\n"
                                   "\n"
                                   "3 total locks, 1 locks currently held\n"));
    ExReleaseResourceLite(&resources_[0]);
    ExReleaseResourceLite(&resources_[0]);
    EXPECT_THAT(listed(), HasSubstr("    Shared 2 owning threads\n"
                                    "    Contention Count = 4\n"
                                    "    NumberOfExclusiveWaiters = 2\n"
                                    "     Threads:    3-01<*>    5-01<*>\n"
                                    "     Threads Waiting On Exclusive Access:    2    4\n"))
        << "of the batch, at the latest when the releasing call is over";
    for (HANDLE thread : threads) join(thread);
    EXPECT_EQ(listed(), as_printed("**** Resources ****\n"
                                   "\n"
                                   "Resource @ lock 0    Not owned\n"
                                   "    Contention Count = 4\n"
                                   "\n"
                                   "3 total locks, 0 locks currently held\n"));
  });
}

// The new owner learns of it by an interrupt, which takes longer than the releasing command.
TEST_F(Debugger, NewOwnerIsListedFromTheHandOffOn) {
  with_resources(Machine::End::kAllEnded, [&] {
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    HANDLE writer = user("writer", true, 10);
    delay(20);
    ExReleaseResourceLite(&resources_[0]);
    EXPECT_EQ(deadlocks(0), "");
    EXPECT_THAT(listed(), HasSubstr("    Exclusively owned\n"
                                    "    Contention Count = 1\n"
                                    "     Threads:    2-01<*>\n"
                                    "\n"));
    join(writer);
  });
}

TEST_F(Debugger, ListsOwnerPointersWithTheirThreads) {
  with_resources(Machine::End::kAllEnded, [&] {
    PVOID pointers[] = {pointer_of(KeGetCurrentThread()), pointer_of(&resources_[1])};
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    ExSetResourceOwnerPointerEx(&resources_[0], pointers[0], FLAG_OWNER_POINTER_IS_THREAD);
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    ExSetResourceOwnerPointer(&resources_[0], pointers[1]);
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    EXPECT_THAT(listed(),
                HasSubstr("    Shared 3 owning threads\n"
                          "     Threads:    1-01<*>    pointer 0-02<*> *** Actual Thread 1"
                          "    pointer 1-01<*>\n"));
    ExSetResourceOwnerPointer(&resources_[0], pointers[1]);
    EXPECT_THAT(listed(), HasSubstr("    Shared 2 owning threads\n"
                                    "     Threads:    pointer 0-02<*> *** Actual Thread 1"
                                    "    pointer 1-02<*>\n"));
    for (int i : {0, 0, 1, 1}) {
      ExReleaseResourceForThreadLite(&resources_[0], (ERESOURCE_THREAD)pointers[i]);
    }
    EXPECT_EQ(listed(), "**** Resources ****\n\n3 total locks, 0 locks currently held\n");
  });
}

// A waiter may lift it at any time.
TEST_F(Debugger, ThreadLivesAsLongAsAnOwnerPointerStandsForIt) {
  with_resources(Machine::End::kAllEnded, [&] {
    PVOID pointer = nullptr;
    join(spawn([&] {
      pointer = pointer_of(KeGetCurrentThread());
      for (int i : {0, 1, 0}) {
        ExAcquireResourceSharedLite(&resources_[i], TRUE);
        ExSetResourceOwnerPointerEx(&resources_[i], pointer, FLAG_OWNER_POINTER_IS_THREAD);
      }
    }));
    for (int i : {0, 0, 1}) {
      EXPECT_THAT(listed(), HasSubstr("<*> *** Actual Thread 2\n"));
      ExReleaseResourceForThreadLite(&resources_[i], (ERESOURCE_THREAD)pointer);
    }
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    ExSetResourceOwnerPointer(&resources_[0], pointer);
    EXPECT_THAT(listed(), HasSubstr("     Threads:    pointer 0-01<*>\n")) << "is not gone";
    ExReleaseResourceForThreadLite(&resources_[0], (ERESOURCE_THREAD)pointer);
  });
}

TEST_F(Debugger, FollowsConvertReinitializeAndDelete) {
  with_resources(Machine::End::kAllEnded, [&] {
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    HANDLE reader = user("reader", false, 10);
    delay(20);
    ExConvertExclusiveToSharedLite(&resources_[0]);
    EXPECT_THAT(listed(), HasSubstr("    Shared 2 owning threads\n"
                                    "    Contention Count = 1\n"
                                    "     Threads:    1-01<*>    2-01<*>\n"));
    join(reader);
    ExReinitializeResourceLite(&resources_[0]);
    EXPECT_EQ(listed(), "**** Resources ****\n\n3 total locks, 0 locks currently held\n");
    ExDeleteResourceLite(&resources_[0]);
    EXPECT_THAT(listed(), EndsWith("\n2 total locks, 0 locks currently held\n"));
  });
}

TEST_F(Debugger, VerboseListsAllLocksAndWhatTheyStandOn) {
  with_resources(Machine::End::kAllEnded, [&] {
    ExDeleteResourceLite(&resources_[2]);
    const std::string stands =
        on_software_locks() ? "    Stands on shared memory\n" : "    Stands on the arbiter\n";
    EXPECT_EQ(listed(LOCKARB_LOCKS_ALL), as_printed("**** Resources ****\n"
                                                    "\n"
                                                    "Resource @ lock 0    Not owned\n" +
                                                    stands +
                                                    "\n"
                                                    "Resource @ lock 1    Not owned\n" +
                                                    stands +
                                                    "\n"
                                                    "2 total locks, 0 locks currently held\n"));
  });
}

TEST_F(HardwareDebugger, StatisticsAreTheArbiters) {
  with_resources(Machine::End::kAllEnded, [&] {
    ERESOURCE software;
    lockarb_set_resource_flags(LOCKARB_RESOURCE_SOFTWARE);
    ExInitializeResourceLite(&software);
    ExAcquireResourceSharedLite(&software, TRUE);
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    const HANDLE writers[] = {user("a", true, 0), user("b", true, 0)};
    delay(20);
    ExReleaseResourceLite(&resources_[0]);
    for (HANDLE writer : writers) join(writer);
    machine().bus_log.clear();
    const std::string list = listed(LOCKARB_LOCKS_STATISTICS);
    EXPECT_EQ(machine().bus_log.size(), 5u) << "one lock of the arbiter is worth listing";
    EXPECT_THAT(list, testing::ContainsRegex("Resource @ lock 0    Not owned\n"
                                             "    Stands on the arbiter\n"
                                             "    Contention Count = 2\n"
                                             "    Statistics: 3 acquisitions, 2 contentions, "
                                             "longest wait 2[0-9]+, longest hold 2[0-9]+ ticks, "
                                             "deepest queue 2\n"));
    EXPECT_THAT(list, HasSubstr("Resource @ lock 16    Shared 1 owning threads\n"
                                "    Stands on shared memory\n"
                                "    Statistics: none of a lock in shared memory\n"
                                "     Threads:    1-01<*>\n"));
    ExReleaseResourceLite(&software);
  });
}

TEST_F(HardwareDebugger, ArbiterWithoutStatisticsIsSaidToHaveNone) {
  MachineConfig config;
  config.statistics = false;
  build(config);
  with_resources(Machine::End::kAllEnded, [&] {
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    EXPECT_THAT(listed(LOCKARB_LOCKS_STATISTICS),
                HasSubstr("    Statistics: none in this arbiter\n"));
    ExReleaseResourceLite(&resources_[0]);
  });
}

TEST_F(Debugger, ListingTouchesNoBus) {
  with_resources(Machine::End::kAllEnded, [&] {
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    HANDLE writer = user("writer", true, 0);
    delay(20);
    machine().bus_log.clear();
    listed(LOCKARB_LOCKS_ALL);
    deadlocks(0);
    EXPECT_THAT(machine().bus_log, IsEmpty());
    ExReleaseResourceLite(&resources_[0]);
    join(writer);
  });
}

TEST_F(Debugger, ListsAtTheEndWhenAsked) {
  with_resources(Machine::End::kAllEnded, [] { lockarb_list_locks_at_end(LOCKARB_LOCKS_ALL); });
  EXPECT_THAT(machine().printed(), EndsWith("\n3 total locks, 0 locks currently held\n"));
}

TEST_F(Debugger, ListsAtTheEndOnce) {
  with_resources(Machine::End::kAllEnded, [&] {
    lockarb_list_locks_at_end(0);
    EXPECT_THAT(printed_by(lockarb_list_locks_now),
                EndsWith("3 total locks, 0 locks currently held\n"));
    EXPECT_EQ(printed_by(lockarb_list_locks_now), "");
  });
  EXPECT_THAT(machine().printed(), testing::StartsWith("**** Resources ****\n"));
  EXPECT_EQ(machine().printed().rfind("**** Resources ****\n"), 0u) << "listed twice";
}

TEST_F(Debugger, BugCheckListsLocksAndDeadlocks) {
  build({4, 64, 16});
  with_resources(Machine::End::kStopped, [&] {
    taker("a", 0, 1), taker("b", 1, 0);
    delay(100);
    machine().bus_log.clear();
    KeBugCheckEx(0xE2, 0, 0, 0, 0);
  });
  EXPECT_THAT(machine().printed(),
              EndsWith(as_printed(" us\n"
                                  "**** Resources ****\n"
                                  "\n"
                                  "Resource @ lock 0    Exclusively owned\n"
                                  "    Contention Count = 1\n"
                                  "    NumberOfExclusiveWaiters = 1\n"
                                  "     Threads:    2-01<*>\n"
                                  "     Threads Waiting On Exclusive Access:    3\n"
                                  "\n"
                                  "Resource @ lock 1    Exclusively owned\n"
                                  "    Contention Count = 1\n"
                                  "    NumberOfExclusiveWaiters = 1\n"
                                  "     Threads:    3-01<*>\n"
                                  "     Threads Waiting On Exclusive Access:    2\n"
                                  "\n"
                                  "3 total locks, 2 locks currently held\n"
                                  "deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                                  " thread 3 (b) holds lock 1 waits lock 0\n")));
  EXPECT_THAT(machine().bus_log, IsEmpty());
}

TEST_F(Debugger, StoppedMachineIsAskedForNoStatistics) {
  with_resources(Machine::End::kStuck, [&] {
    lockarb_list_locks_at_end(LOCKARB_LOCKS_STATISTICS);
    ExAcquireResourceSharedLite(&resources_[0], TRUE);
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr(on_software_locks() ? "Statistics: none of a lock in shared memory\n"
                                            : "Statistics: not read, the machine has stopped\n"));
}

TEST_F(Debugger, StuckThreadsAreNamedWithTheirCycle) {
  with_resources(Machine::End::kStuck, [&] { taker("a", 0, 1), taker("b", 1, 0); });
  EXPECT_EQ(machine().printed(),
            as_printed("thread 2 (a) on core 1 waits for lock 1 exclusively, owned by thread 3 (b) "
                       "exclusively\n"
                       "thread 3 (b) on core 0 waits for lock 0 exclusively, owned by thread 2 (a) "
                       "exclusively\n"
                       "deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                       " thread 3 (b) holds lock 1 waits lock 0\n"));
}

TEST_F(Debugger, WhoOnlyWaitsForACycleIsNotInIt) {
  with_resources(Machine::End::kStuck, [&] {
    taker("a", 0, 1), taker("b", 1, 0);
    user("c", false, 0);
    delay(100);
    EXPECT_EQ(deadlocks(1), as_printed("deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                                       " thread 3 (b) holds lock 1 waits lock 0\n"));
  });
}

TEST_F(Debugger, EachSharerIsNamedInACycle) {
  build({4, 64, 16});
  with_resources(Machine::End::kStuck, [&] {
    for (const char *name : {"a", "b"}) {
      spawn(
          [&] {
            ExAcquireResourceSharedLite(&resources_[0], TRUE);
            delay(10);
            ExAcquireResourceSharedLite(&resources_[1], TRUE);
          },
          {name});
    }
    spawn(
        [&] {
          ExAcquireResourceSharedLite(&resources_[0], TRUE);
          delay(1000);
          ExReleaseResourceLite(&resources_[0]);
        },
        {"goes on"});
    taker("writer", 1, 0);
    delay(100);
    EXPECT_EQ(deadlocks(2), as_printed("deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                                       " thread 5 (writer) holds lock 1 waits lock 0\n"
                                       "deadlock: thread 3 (b) holds lock 0 waits lock 1,"
                                       " thread 5 (writer) holds lock 1 waits lock 0\n"));
  });
}

TEST_F(Debugger, WaitForOnesOwnHoldIsACycle) {
  with_resources(Machine::End::kAllEnded, [&] {
    HANDLE handle = spawn(
        [&] {
          ExAcquireResourceSharedLite(&resources_[0], TRUE);
          ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
          ExReleaseResourceLite(&resources_[0]);
        },
        {"a"});
    delay(100);
    EXPECT_EQ(deadlocks(1), as_printed("deadlock: thread 2 (a) holds lock 0 waits lock 0\n"));
    PKTHREAD thread = object(handle);
    ExReleaseResourceForThreadLite(&resources_[0], (ERESOURCE_THREAD)thread);
    EXPECT_EQ(deadlocks(0), "");
    ObDereferenceObject(thread);
    join(handle);
  });
}

// Anybody may release for a pointer.
TEST_F(Debugger, OwnerPointerEndsTheSearchUnlessItIsAThread) {
  for (bool is_thread : {false, true}) {
    build({4, 64, 16});
    with_resources(Machine::End::kStuck, [&] {
      spawn(
          [&] {
            ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
            ExSetResourceOwnerPointerEx(&resources_[0], pointer_of(KeGetCurrentThread()),
                                        is_thread ? FLAG_OWNER_POINTER_IS_THREAD : 0);
            delay(10);
            ExAcquireResourceExclusiveLite(&resources_[1], TRUE);
          },
          {"a"});
      taker("b", 1, 0);
      delay(100);
      if (is_thread) {
        EXPECT_EQ(deadlocks(1),
                  as_printed("deadlock: thread 2 (a) holds lock 0 by an owner pointer waits lock 1,"
                             " thread 3 (b) holds lock 1 waits lock 0\n"));
      } else {
        EXPECT_EQ(deadlocks(0), "");
      }
    });
  }
}

TEST_F(Debugger, WaitForTheEndOfAThreadClosesACycle) {
  with_resources(Machine::End::kStuck, [&] {
    HANDLE waiter = spawn([&] { ExAcquireResourceSharedLite(&resources_[0], TRUE); }, {"a"});
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    PKTHREAD thread = object(waiter);
    LARGE_INTEGER soon = microseconds(100);
    spawn([&] {
      delay(50);
      EXPECT_EQ(deadlocks(0), "") << "the wait has a timeout";
    });
    EXPECT_EQ(KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, &soon), STATUS_TIMEOUT);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, nullptr);
  });
  EXPECT_THAT(machine().printed(),
              EndsWith(as_printed(
                  "deadlock: thread 1 (main) holds lock 0 waits for the end of thread 2 (a),"
                  " thread 2 (a) waits lock 0\n")));
}

TEST_F(Debugger, MutexesCloseACycleWithLocks) {
  for (const bool fast : {false, true}) {
    build({});
    with_resources(Machine::End::kStuck, [&] {
      static KMUTEX mutex;
      static FAST_MUTEX fast_mutex;
      KeInitializeMutex(&mutex, 0);
      ExInitializeFastMutex(&fast_mutex);
      spawn(
          [&] {
            if (fast) {
              ExAcquireFastMutexUnsafe(&fast_mutex);
            } else {
              KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);
            }
            delay(10);
            ExAcquireResourceSharedLite(&resources_[0], TRUE);
          },
          {"a"});
      ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
      delay(50);
      if (fast) {
        ExAcquireFastMutexUnsafe(&fast_mutex);
      } else {
        KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);
      }
    });
    EXPECT_THAT(machine().printed(),
                EndsWith(as_printed(
                    "deadlock: thread 1 (main) holds lock 0 waits for a mutex of thread 2 (a),"
                    " thread 2 (a) holds a mutex waits lock 0\n")));
  }
}

TEST_F(Debugger, EventsCloseNoCycle) {
  with_resources(Machine::End::kStuck, [&] {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    user("a", true, 0);
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    wait(never);
  });
  EXPECT_THAT(machine().printed(), Not(HasSubstr("deadlock")));
}

// A thread slot is free when any of those who have one can go on.
TEST_F(HardwareDebugger, ThreadSlotsCloseACycleWhenAllWhoHaveOneAreStuck) {
  build({4, 2, 16});
  with_resources(Machine::End::kStuck, [&] {
    HANDLE third = nullptr;
    bool go_on = false;
    spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
          delay(50);
          ZwWaitForSingleObject(third, FALSE, nullptr);
        },
        {"a"});
    spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resources_[1], TRUE);
          while (!go_on) delay(10);
          ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
        },
        {"b"});
    delay(10);
    third = spawn([&] { ExAcquireResourceExclusiveLite(&resources_[2], TRUE); }, {"c"});
    delay(100);
    EXPECT_EQ(deadlocks(0), "") << "b may release";
    go_on = true;
    delay(100);
    EXPECT_EQ(deadlocks(2),
              "deadlock: thread 2 (a) holds a thread slot waits for the end of thread 4 (c),"
              " thread 4 (c) waits for a thread slot\n"
              "deadlock: thread 3 (b) holds a thread slot waits lock 0,"
              " thread 2 (a) holds lock 0 waits for the end of thread 4 (c),"
              " thread 4 (c) waits for a thread slot\n");
  });
}

// While an APC runs, the thread still waits for the lock whose wait the APC broke.
TEST_F(Debugger, WaitThatAnApcBrokeIsStillOne) {
  build({4, 64, 16});
  static KAPC apc;
  static ERESOURCE inner;
  with_resources(Machine::End::kStuck, [&] {
    ExInitializeResourceLite(&inner);
    HANDLE handle = taker("a", 0, 1);
    taker("b", 1, 2);
    ExAcquireResourceExclusiveLite(&resources_[2], TRUE);
    spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&inner, TRUE);
          delay(300);
          EXPECT_EQ(deadlocks(1), "deadlock: thread 1 (main) holds " + lock(2) + " waits " +
                                      lock(0) + ", thread 2 (a) holds " + lock(0) + " waits " +
                                      lock(1) + ", thread 3 (b) holds " + lock(1) + " waits " +
                                      lock(2) + "\n");
          ExReleaseResourceLite(&inner);
        },
        {"witness"});
    delay(100);
    PKTHREAD a = object(handle);
    KeInitializeApc(
        &apc, a, OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
          ExAcquireResourceExclusiveLite(&inner, TRUE);
          ExReleaseResourceLite(&inner);
        },
        nullptr, nullptr, KernelMode, nullptr);
    KeInsertQueueApc(&apc, nullptr, nullptr, 0);
    delay(100);
    EXPECT_EQ(deadlocks(0), "");
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
  });
}

TEST_F(Debugger, WatchNamesACycleInTheMomentThatClosesIt) {
  build({4, 64, 16});
  uint64_t closed_at = 0;
  with_resources(Machine::End::kStuck, [&] {
    lockarb_watch_deadlocks(TRUE);
    taker("a", 0, 1);
    spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resources_[1], TRUE);
          delay(100);
          closed_at = now_us();
          ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
        },
        {"b"});
    user("c", false, 0);  // waits in vain, too
    for (int i = 0; i < 5; i++) {
      delay(100);
      ExAcquireResourceExclusiveLite(&resources_[2], TRUE);
      ExReleaseResourceLite(&resources_[2]);
    }
    log("others went on");
  });
  EXPECT_THAT(log_, testing::ElementsAre("others went on"));
  const std::string line = as_printed(
      "deadlock: thread 2 (a) holds lock 0 waits lock 1,"
      " thread 3 (b) holds lock 1 waits lock 0; since ");
  ASSERT_THAT(machine().printed(), testing::StartsWith(line));
  const uint64_t said_at = std::stoull(machine().printed().substr(line.size()));
  EXPECT_THAT(said_at, testing::AllOf(testing::Ge(closed_at), testing::Le(closed_at + 1)))
      << "the acquire that closes it begins in the first and takes less than one";
  EXPECT_EQ(machine().printed().rfind("; since "), line.size() - strlen("; since "))
      << "said more than once";
}

TEST_F(Debugger, WatchSaysItAgainWhenACycleComesAgain) {
  with_resources(Machine::End::kAllEnded, [&] {
    lockarb_watch_deadlocks(TRUE);
    HANDLE handle = spawn(
        [&] {
          for (int i = 0; i < 2; i++) {
            ExAcquireResourceSharedLite(&resources_[0], TRUE);
            ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
            ExReleaseResourceLite(&resources_[0]);
          }
        },
        {"a"});
    PKTHREAD thread = object(handle);
    for (int i = 0; i < 2; i++) {
      delay(100);
      ExReleaseResourceForThreadLite(&resources_[0], (ERESOURCE_THREAD)thread);
    }
    ObDereferenceObject(thread);
    join(handle);
  });
  const std::string &text = machine().printed();
  EXPECT_NE(text.find("deadlock"), text.rfind("deadlock"));
}

// The inner wait is there first; the cycle closes when the outer one is granted.
TEST_F(Debugger, WatchSeesAGrantThatClosesACycle) {
  build({4, 64, 16});
  static KAPC apc;
  static ERESOURCE *inner;
  inner = &resources_[1];
  with_resources(Machine::End::kStuck, [&] {
    lockarb_watch_deadlocks(TRUE);
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    PKTHREAD a = object(user("a", false, 0));
    delay(10);
    taker("b", 1, 0);
    delay(50);
    KeInitializeApc(
        &apc, a, OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
          ExAcquireResourceExclusiveLite(inner, TRUE);
        },
        nullptr, nullptr, KernelMode, nullptr);
    KeInsertQueueApc(&apc, nullptr, nullptr, 0);
    delay(100);
    EXPECT_THAT(machine().printed(), Not(HasSubstr("deadlock")));
    ExReleaseResourceLite(&resources_[0]);
    delay(100);
    EXPECT_THAT(machine().printed(),
                HasSubstr(as_printed("deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                                     " thread 3 (b) holds lock 1 waits lock 0; since ")));
  });
}

// The writer in the queue owns nothing, and nobody passes it.
TEST_F(Debugger, WriterInTheQueueClosesACycle) {
  build({4, 64, 16});
  with_resources(Machine::End::kStuck, [&] {
    HANDLE reader = spawn(
        [&] {
          ExAcquireResourceSharedLite(&resources_[0], TRUE);
          delay(60);
          ExAcquireResourceExclusiveLite(&resources_[1], TRUE);
        },
        {"reader"});
    delay(20);
    user("writer", true, 0);
    spawn(
        [&] {
          ExAcquireResourceExclusiveLite(&resources_[1], TRUE);
          delay(30);
          ExAcquireResourceSharedLite(&resources_[0], TRUE);
        },
        {"late"});
    join(reader);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr(as_printed("thread 3 (writer) on core 2 waits for lock 0 exclusively,"
                                   " owned by thread 2 (reader) shared\n"
                                   "thread 4 (late) on core 3 waits for lock 0 shared,"
                                   " behind thread 3 (writer) exclusively,"
                                   " owned by thread 2 (reader) shared\n")));
  EXPECT_THAT(machine().printed(),
              EndsWith(as_printed("deadlock: thread 2 (reader) holds lock 0 waits lock 1,"
                                  " thread 4 (late) holds lock 1 waits lock 0,"
                                  " thread 3 (writer) stands before it at lock 0 waits lock 0\n")));
}

// So it is as soon as they stand in that order: nobody needs to be granted anything.
TEST_F(Debugger, WriterThatIsStuckInAnApcKeepsTheQueueBehindItStuck) {
  build({4, 64, 16});
  static KAPC apc;
  static ERESOURCE *inner;
  inner = &resources_[1];
  with_resources(Machine::End::kStuck, [&] {
    ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
    PKTHREAD a = object(user("a", true, 0));
    delay(10);
    taker("b", 1, 0);
    delay(50);
    KeInitializeApc(
        &apc, a, OriginalApcEnvironment,
        [](KAPC *, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {
          ExAcquireResourceExclusiveLite(inner, TRUE);
        },
        nullptr, nullptr, KernelMode, nullptr);
    KeInsertQueueApc(&apc, nullptr, nullptr, 0);
    delay(100);
    EXPECT_EQ(deadlocks(1),
              as_printed("deadlock: thread 2 (a) stands before it at lock 0 waits lock 1,"
                         " thread 3 (b) holds lock 1 waits lock 0\n"));
    ExReleaseResourceLite(&resources_[0]);
    delay(100);
    EXPECT_EQ(deadlocks(1), as_printed("deadlock: thread 2 (a) holds lock 0 waits lock 1,"
                                       " thread 3 (b) holds lock 1 waits lock 0\n"));
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr(", inside the kernel routine of a special kernel APC\n"));
}

// Writers first: a reader waits for all of them.
TEST_F(Debugger, ReaderStandsBehindEveryWriterWhereWritersAreFirst) {
  build({4, 64, 16});
  const ULONG flags =
      LOCKARB_RESOURCE_WRITER_FIRST | (on_software_locks() ? ULONG{LOCKARB_RESOURCE_SOFTWARE} : 0);
  EXPECT_EQ(run([&] {
              lockarb_initialize_resource(&resources_[0], flags);
              ExAcquireResourceExclusiveLite(&resources_[0], TRUE);
              for (const char *name : {"one", "two"}) {
                user(name, true, 0);
                delay(20);
              }
              user("reader", false, 0);
              delay(20);
              KEVENT never;
              KeInitializeEvent(&never, NotificationEvent, FALSE);
              wait(never);
            }),
            Machine::End::kStuck);
  EXPECT_THAT(machine().printed(),
              HasSubstr(as_printed("waits for lock 0 shared, behind thread 2 (one) exclusively and"
                                   " thread 3 (two) exclusively, owned by thread 1 (main) "
                                   "exclusively\n")));
}

// Hand-offs in every state that the watch, and a thread that does nothing but look, can meet.
TEST_F(Debugger, ContentionIsNoDeadlock) {
  build({4, 8, 16});
  with_resources(Machine::End::kAllEnded, [&] {
    lockarb_watch_deadlocks(TRUE);
    std::vector<HANDLE> threads;
    int left = 24;
    for (int i = 0; i < 24; i++) {
      threads.push_back(spawn(
          [&, i] {
            for (int j = 0; j < 20; j++) {
              for (int r = 0; r < kResources; r++) {
                if ((i * 7 + j * 3 + r) % 4 == 0) {
                  ExEnterCriticalRegionAndAcquireResourceExclusive(&resources_[r]);
                } else {
                  ExEnterCriticalRegionAndAcquireResourceShared(&resources_[r]);
                }
              }
              KeStallExecutionProcessor(1);
              for (ERESOURCE &resource : resources_) {
                ExReleaseResourceAndLeaveCriticalRegion(&resource);
              }
            }
            left--;
          },
          {nullptr, static_cast<unsigned>(1 + i % 3)}));
    }
    while (left != 0) {
      ASSERT_EQ(lockarb_print_deadlock(), 0u);
      port_spend(1);
    }
    for (HANDLE thread : threads) join(thread);
  });
  EXPECT_EQ(machine().printed(), "");
}

}  // namespace
}  // namespace lockarb
