// SPDX-License-Identifier: Apache-2.0
// Threads that the machine kills: where they end, and who goes on then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lockarb_debugger.h"
#include "wdm/resource_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Killed : public Resource {
 protected:
  // What a machine does; false: there was nobody to kill.
  static bool kill(HANDLE thread) {
    PKTHREAD t = object(thread);
    const unsigned core = executive_kill_thread(lockarb_thread_number(t));
    ObDereferenceObject(t);
    if (core == port_core_count()) return false;
    port_interrupt_core(core);
    return true;
  }
  // Returns how long the end took.
  static uint64_t kill_and_join(HANDLE thread) {
    const uint64_t start = port_time();
    EXPECT_TRUE(kill(thread));
    join(thread);
    return port_time() - start;
  }
  // A thread that comes to the end of its body, unless it is killed.
  HANDLE victim(const std::function<void()> &body, unsigned core = 1) {
    return spawn(
        [this, body] {
          body();
          log("the victim goes on");
        },
        {"victim", core});
  }
  void exclusive(ERESOURCE *resource) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
  }
  void shared(ERESOURCE *resource) { ExEnterCriticalRegionAndAcquireResourceShared(resource); }
  static void release(ERESOURCE *resource) { ExReleaseResourceAndLeaveCriticalRegion(resource); }
  static void for_ever() {
    KEVENT never;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    wait(never);
  }
  // Beside main, which owns a lock.
  void expect_slots_for_two_more(ERESOURCE *resource) {
    const auto body = [&] { shared(resource), delay(50), release(resource); };
    const HANDLE owners[] = {spawn(body), spawn(body)};
    delay(30);
    EXPECT_EQ(resource->ActiveEntries, 2u);
    for (HANDLE owner : owners) join(owner);
  }
  std::string killed(unsigned locks, unsigned waits) {
    return "lockarb: thread 2 (victim) was killed: locks drained " + std::to_string(locks) +
           ", waits cancelled " + std::to_string(waits) + "\n";
  }
};

TEST_F(Killed, ExclusiveOwnerHandsAllItsLevelsToTheNextWriter) {
  with_resource([&] {
    HANDLE owner = victim([&] {
      for (int i = 0; i < 3; i++) exclusive(&resource_);
      for_ever();
    });
    delay(50);
    HANDLE writer = taker("writer", true, 50);
    delay(20);
    HANDLE second = taker("second", true, 50);
    delay(50);
    expect_mirror(1, 0, 2, 2, true);
    kill_and_join(owner);
    delay(5);
    expect_mirror(1, 0, 1, 2, true);
    PKTHREAD next = object(writer);
    EXPECT_EQ(resource_.OwnerEntry.OwnerThread, reinterpret_cast<ERESOURCE_THREAD>(next));
    EXPECT_EQ(resource_.OwnerEntry.OwnerCount, 1u);
    ObDereferenceObject(next);
    join(writer), join(second);
    expect_mirror(0, 0, 0, 2, false);
  });
  EXPECT_THAT(log_, ElementsAre("writer", "second"));
  EXPECT_THAT(machine().printed(), HasSubstr(killed(1, 0)));
}

TEST_F(Killed, ExclusiveOwnerHandsToAllReaders) {
  with_resource([&] {
    HANDLE owner = victim([&] {
      exclusive(&resource_);
      for_ever();
    });
    delay(50);
    const HANDLE readers[] = {taker("r1", false, 50), taker("r2", false, 50)};
    delay(20);
    kill_and_join(owner);
    expect_mirror(2, 0, 0, 2, false);
    for (HANDLE reader : readers) join(reader);
  });
  EXPECT_THAT(log_, UnorderedElementsAre("r1", "r2"));
}

TEST_F(Killed, SharedOwnerLeavesTheOthersAlone) {
  with_resource([&] {
    shared(&resource_);
    HANDLE owner = victim([&] {
      shared(&resource_), shared(&resource_);
      for_ever();
    });
    delay(50);
    HANDLE writer = taker("writer", true, 0);
    delay(50);
    expect_mirror(2, 0, 1, 1, false);
    kill_and_join(owner);
    expect_mirror(1, 0, 1, 1, false);
    log("reader");
    release(&resource_);
    join(writer);
  });
  EXPECT_THAT(log_, ElementsAre("reader", "writer"));
}

// Its turn goes to nobody, and who stood behind it is still known to wait.
TEST_F(Killed, WaiterLeavesTheQueueInOrder) {
  with_resource([&] {
    exclusive(&resource_);
    HANDLE first = taker("first", true, 0);
    delay(20);
    HANDLE middle = victim([&] { exclusive(&resource_); });
    delay(20);
    HANDLE last = taker("last", true, 0);
    delay(20);
    expect_mirror(1, 0, 3, 3, true);
    kill_and_join(middle);
    expect_mirror(1, 0, 2, 3, true);
    lockarb_print_locks(0);
    release(&resource_);
    join(first), join(last);
    expect_mirror(0, 0, 0, 3, false);
  });
  EXPECT_THAT(log_, ElementsAre("first", "last"));
  EXPECT_THAT(machine().printed(), HasSubstr("Waiting On Exclusive Access:    2    4\n"));
  EXPECT_THAT(machine().printed(), HasSubstr("thread 3 (victim) was killed: locks drained 0, "
                                             "waits cancelled 1\n"));
}

TEST_F(Killed, FirstAndLastWaitersOfBothKindsLeaveTheirQueues) {
  for (unsigned which = 0; which < 3; which++) {
    for (bool kind : {false, true}) {
      log_.clear();
      build({});
      with_resource([&] {
        exclusive(&resource_);
        HANDLE waiters[3];
        for (unsigned i = 0; i < 3; i++) {
          waiters[i] = taker("waiter", kind, 0);
          delay(20);
        }
        kill_and_join(waiters[which]);
        HANDLE behind = taker("behind", kind, 0);
        delay(20);
        release(&resource_);
        for (unsigned i = 0; i < 3; i++) {
          if (i != which) join(waiters[i]);
        }
        join(behind);
        expect_mirror(0, 0, 0, 4, false);
      });
      EXPECT_EQ(log_.size(), 3u) << which << kind;
    }
  }
}

TEST_F(Killed, LastWriterLetsTheReadersBehindItIn) {
  with_resource([&] {
    shared(&resource_);
    HANDLE writer = victim([&] { exclusive(&resource_); });
    delay(20);
    const HANDLE readers[] = {taker("r1", false, 0), taker("r2", false, 0)};
    delay(20);
    expect_mirror(1, 2, 1, 3, false);
    kill_and_join(writer);
    for (HANDLE reader : readers) join(reader);
    expect_mirror(1, 0, 0, 3, false);
    release(&resource_);
  });
  EXPECT_THAT(log_, UnorderedElementsAre("r1", "r2"));
}

TEST_F(Killed, WriterBeforeAnOwnerThatWaitedBehindItGivesThatOneMoreLevel) {
  with_resource([&] {
    HANDLE writer = nullptr;
    HANDLE reader = spawn(
        [&] {
          shared(&resource_);
          writer = victim([&] { exclusive(&resource_); });
          delay(20);
          ExAcquireSharedWaitForExclusive(&resource_, TRUE);
          EXPECT_EQ(ExIsResourceAcquiredSharedLite(&resource_), 2u);
          expect_mirror(1, 0, 0, 2, false);
          ExReleaseResourceLite(&resource_);
          release(&resource_);
        },
        {"reader", 0});
    delay(60);
    expect_mirror(1, 1, 1, 2, false);
    kill_and_join(writer);
    join(reader);
    expect_mirror(0, 0, 0, 2, false);
  });
}

// On the arbiter's locks it is in GRANT; while the interrupt is late, the core does not know.
TEST_F(Killed, OwnerWhoseGrantIsOnItsWayHandsOn) {
  for (unsigned later = 0; later < 40; later++) {
    const bool late = later < 20;
    log_.clear();
    build({});
    with_resource([&] {
      exclusive(&resource_);
      HANDLE next = victim([&] {
        exclusive(&resource_);
        for_ever();
      });
      delay(20);
      HANDLE writer = taker("writer", true, 0);
      delay(20);
      release(&resource_);
      if (late) machine().core(1).line_seen = port_time() + 1000;
      port_spend(later);
      EXPECT_EQ(executive_kill_thread(2), 1u);
      port_interrupt_core(1);
      join(next), join(writer);
      expect_mirror(0, 0, 0, 2, false);
    });
    EXPECT_THAT(log_, ElementsAre("writer")) << later;
  }
}

TEST_F(Killed, OwnerOfSeveralLocksGivesAllUp) {
  with_resource([&] {
    ERESOURCE more[3];
    for (ERESOURCE &resource : more) ExInitializeResourceLite(&resource);
    HANDLE owner = victim([&] {
      for (ERESOURCE &resource : more) exclusive(&resource), exclusive(&resource);
      exclusive(&more[1]);
      ExConvertExclusiveToSharedLite(&more[2]);
      exclusive(&resource_);
    });
    exclusive(&resource_);
    delay(50);
    HANDLE waiters[3];
    for (int i = 0; i < 3; i++) {
      waiters[i] = spawn([&, i] {
        exclusive(&more[i]);
        log("waiter");
        release(&more[i]);
      });
    }
    delay(20);
    kill_and_join(owner);
    for (HANDLE waiter : waiters) join(waiter);
    release(&resource_);
    for (ERESOURCE &resource : more) ExDeleteResourceLite(&resource);
  });
  EXPECT_THAT(log_, ElementsAre("waiter", "waiter", "waiter"));
  EXPECT_THAT(machine().printed(), HasSubstr(killed(3, 1)));
}

// An APC broke its wait and uses locks itself, through a thread slot of its own.
TEST_F(Killed, ThreadInAnApcEndsWithBothWaits) {
  MachineConfig config;
  config.threads = 3;
  build(config);
  with_resource([&] {
    ERESOURCE other, third;
    ExInitializeResourceLite(&other), ExInitializeResourceLite(&third);
    exclusive(&resource_), exclusive(&third);
    struct Locks {
      ERESOURCE *other, *third;
    } locks{&other, &third};
    HANDLE thread = victim([&] { ExAcquireResourceExclusiveLite(&resource_, TRUE); });
    delay(20);
    KAPC apc;
    PKTHREAD t = object(thread);
    KeInitializeApc(
        &apc, t, OriginalApcEnvironment,
        [](PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, nullptr,
        [](PVOID context, PVOID, PVOID) {
          auto *locks = static_cast<Locks *>(context);
          ExAcquireResourceExclusiveLite(locks->other, TRUE);
          ExAcquireResourceExclusiveLite(locks->third, TRUE);
        },
        KernelMode, &locks);
    EXPECT_TRUE(KeInsertQueueApc(&apc, nullptr, nullptr, 0));
    ObDereferenceObject(t);
    delay(20);
    EXPECT_EQ(other.ActiveCount, 1);
    EXPECT_EQ(third.NumberOfExclusiveWaiters, 1u);
    kill_and_join(thread);
    EXPECT_EQ(other.ActiveCount, 0);
    expect_mirror(1, 0, 0, 1, true);
    expect_slots_for_two_more(&other);
    release(&third), release(&resource_);
    ExDeleteResourceLite(&other), ExDeleteResourceLite(&third);
  });
  EXPECT_TRUE(log_.empty());
  EXPECT_THAT(machine().printed(), HasSubstr(killed(1, 2)));
}

TEST_F(Killed, ThreadEndsWhereverItIs) {
  const std::function<void()> places[] = {
      [] { for_ever(); },
      [] { delay(1000000); },
      [] { KeStallExecutionProcessor(1000000); },
      [] {
        KeEnterCriticalRegion();
        for_ever();
      },
  };
  for (const auto &place : places) {
    build({});
    EXPECT_EQ(run([&] {
                HANDLE thread = victim(place);
                delay(50);
                EXPECT_LT(kill_and_join(thread), 300u) << "ticks";
              }),
              Machine::End::kAllEnded);
  }
  EXPECT_TRUE(log_.empty());
}

TEST_F(Killed, ThreadThatIsReadyEndsWhenItsTurnComes) {
  run([&] {
    HANDLE thread = victim([] {}, 0);  // beside main, which runs
    EXPECT_TRUE(kill(thread));
    join(thread);
  });
  EXPECT_TRUE(log_.empty());
}

TEST_F(Killed, ThreadCanBeTheOneThatRuns) {
  run([&] {
    join(victim([] {
      EXPECT_NE(executive_kill_thread(2), port_core_count());
      port_interrupt_core(1);
      KeStallExecutionProcessor(1);
    }));
  });
  EXPECT_TRUE(log_.empty());
}

TEST_F(Killed, ThreadEndsOnce) {
  run([&] {
    HANDLE thread = victim([] { for_ever(); });
    delay(20);
    EXPECT_TRUE(kill(thread));
    kill(thread);
    delay(20);
    EXPECT_FALSE(kill(thread));
    join(thread);
    EXPECT_EQ(executive_kill_thread(77), port_core_count()) << "no such thread";
  });
  size_t ends = 0;
  for (const struct port_note &note : machine().notes())
    ends += note.kind == PORT_NOTE_THREAD_KILLED;
  EXPECT_EQ(ends, 1u);
}

// What the executive does goes on in other threads, and the run ends all the same.
TEST_F(Killed, WorkItemLeavesTheOthersToAnotherThread) {
  KEVENT done;
  HANDLE worker = nullptr;
  const Machine::End end = run([&] {
    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    WORK_QUEUE_ITEM waits, signals;
    ExInitializeWorkItem(
        &waits,
        [](PVOID id) {
          *static_cast<HANDLE *>(id) = PsGetCurrentThreadId();
          for_ever();
        },
        &worker);
    ExInitializeWorkItem(
        &signals, [](PVOID event) { KeSetEvent(static_cast<PKEVENT>(event), 0, FALSE); }, &done);
    ExQueueWorkItem(&waits, DelayedWorkQueue);
    delay(50);
    const unsigned core = executive_kill_thread(HandleToULong(worker) / 4);
    ASSERT_NE(core, port_core_count());
    port_interrupt_core(core);
    delay(50);
    ExQueueWorkItem(&signals, DelayedWorkQueue);
    wait(done);
  });
  EXPECT_EQ(end, Machine::End::kAllEnded);
  EXPECT_THAT(machine().printed(), HasSubstr("(delayed worker 1) was killed"));
}

// As a special kernel APC would have to.
TEST_F(Killed, ThreadWaitsForIrqlAndGuardedRegion) {
  const std::function<void()> sections[] = {
      [] {
        KIRQL irql = KeRaiseIrqlToDpcLevel();
        KeStallExecutionProcessor(100);
        KeLowerIrql(irql);
      },
      [] {
        KIRQL irql = KfRaiseIrql(APC_LEVEL);
        delay(100);
        KeLowerIrql(irql);
      },
      [] {
        KeEnterGuardedRegion();
        delay(100);
        KeLeaveGuardedRegion();
      },
  };
  for (const auto &section : sections) {
    build({});
    run([&] {
      HANDLE thread = victim(section);
      delay(50);
      EXPECT_GT(kill_and_join(thread), 4000u) << "ticks";
    });
  }
  EXPECT_TRUE(log_.empty());
}

TEST_F(Killed, OwnerOfAMutexGivesItBackFirst) {
  run([&] {
    KMUTEX mutex;
    FAST_MUTEX fast;
    KGUARDED_MUTEX guarded;
    KeInitializeMutex(&mutex, 0), ExInitializeFastMutex(&fast), KeInitializeGuardedMutex(&guarded);
    const std::function<void()> sections[] = {
        [&] {
          KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, nullptr);
          delay(100);
          KeReleaseMutex(&mutex, FALSE);
        },
        [&] {
          ExAcquireFastMutex(&fast);
          delay(100);
          ExReleaseFastMutex(&fast);
        },
        [&] {
          KeEnterCriticalRegion();
          ExAcquireFastMutexUnsafe(&fast);
          delay(100);
          ExReleaseFastMutexUnsafe(&fast);
          KeLeaveCriticalRegion();
        },
        [&] {
          KeAcquireGuardedMutex(&guarded);
          delay(100);
          KeReleaseGuardedMutex(&guarded);
        },
    };
    for (const auto &section : sections) {
      HANDLE thread = victim(section);
      delay(50);
      EXPECT_GT(kill_and_join(thread), 4000u) << "ticks";
    }
    EXPECT_EQ(KeReadStateMutex(&mutex), 1);
    EXPECT_EQ(fast.Count, 1);
    EXPECT_EQ(guarded.Count, 1);
  });
  EXPECT_TRUE(log_.empty());
}

// It counts as one of the mutex's until it has had it.
TEST_F(Killed, WaiterForAFastMutexHasItBeforeItEnds) {
  run([&] {
    FAST_MUTEX mutex;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    HANDLE thread = victim([&] {
      KeEnterCriticalRegion();
      ExAcquireFastMutexUnsafe(&mutex);
      ExReleaseFastMutexUnsafe(&mutex);
      KeLeaveCriticalRegion();
    });
    delay(50);
    EXPECT_TRUE(kill(thread));
    delay(50);
    ExReleaseFastMutex(&mutex);
    join(thread);
    EXPECT_EQ(mutex.Count, 1);
  });
  EXPECT_TRUE(log_.empty());
}

TEST_F(Killed, ThreadsApcsAreRunDown) {
  static unsigned run_downs;
  run_downs = 0;
  run([&] {
    HANDLE thread = victim([] {
      KeEnterCriticalRegion();
      for_ever();
    });
    delay(20);
    PKTHREAD t = object(thread);
    KAPC apcs[2];
    for (int i = 0; i < 2; i++) {
      KeInitializeApc(
          &apcs[i], t, OriginalApcEnvironment,
          [](PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) { FAIL(); },
          [](PKAPC) { run_downs++; }, [](PVOID, PVOID, PVOID) {}, i == 0 ? KernelMode : UserMode,
          nullptr);
      EXPECT_TRUE(KeInsertQueueApc(&apcs[i], nullptr, nullptr, 0));
    }
    kill_and_join(thread);
    EXPECT_FALSE(KeInsertQueueApc(&apcs[0], nullptr, nullptr, 0));
    EXPECT_TRUE(lockarb_is_killed(t));
    EXPECT_FALSE(lockarb_is_killed(KeGetCurrentThread()));
    ObDereferenceObject(t);
  });
  EXPECT_EQ(run_downs, 2u);
}

TEST_F(Killed, ThreadLeavesWhatIsOnItsStack) {
  KEVENT *event = nullptr;
  run([&] {
    HANDLE owner = victim([&] {
      KEVENT on_the_stack;
      KeInitializeEvent(&on_the_stack, NotificationEvent, FALSE);
      event = &on_the_stack;
      for_ever();
    });
    delay(20);
    HANDLE waiter = spawn([&] {
      wait(*event);
      log("waiter");
    });
    delay(20);
    kill_and_join(owner);
    join(spawn([] {}));  // it would get that stack
    KeSetEvent(event, 0, FALSE);
    join(waiter);
  });
  EXPECT_THAT(log_, ElementsAre("waiter"));
}

TEST_F(Killed, OwnerPointersKeepWhatTheyOwn) {
  with_resource([&] {
    HANDLE owner = victim([&] {
      exclusive(&resource_);
      ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(ULONG_PTR{0x1003}));
      for_ever();
    });
    delay(50);
    kill_and_join(owner);
    expect_mirror(1, 0, 0, 0, true);
    ExReleaseResourceForThreadLite(&resource_, 0x1003);
    expect_mirror(0, 0, 0, 0, false);
  });
}

using HardwareKilled = Killed;

// All slots are owners', so it waits for one: for itself, or for an owner pointer.
TEST_F(HardwareKilled, ThreadStopsWaitingForASlot) {
  for (bool for_pointer : {false, true}) {
    log_.clear();
    MachineConfig config;
    config.threads = 2;
    build(config);
    with_resource([&] {
      ERESOURCE other;
      ExInitializeResourceLite(&other);
      exclusive(&other);
      HANDLE second = nullptr;
      if (!for_pointer) second = taker("second", true, 1000);
      delay(50);
      HANDLE thread = victim([&] {
        exclusive(&resource_);
        ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(ULONG_PTR{0x1003}));
      });
      delay(50);
      kill_and_join(thread);
      if (second != nullptr) join(second);
      release(&other);
      ExDeleteResourceLite(&other);
      expect_mirror(0, 0, 0, 0, false);
      // The pointer is nobody's any more, nor is its place.
      join(spawn([&] {
        exclusive(&resource_);
        ExSetResourceOwnerPointer(&resource_, reinterpret_cast<PVOID>(ULONG_PTR{0x1003}));
        KeLeaveCriticalRegion();
      }));
      ExReleaseResourceForThreadLite(&resource_, 0x1003);
      expect_slots_for_two_more(&resource_);  // main's own is lent on
    });
    EXPECT_EQ(log_.size(), for_pointer ? 0u : 1u);
  }
}

TEST_F(HardwareKilled, WaitersSlotIsAnIdleOneAgain) {
  MachineConfig config;
  config.threads = 2;
  build(config);
  with_resource([&] {
    KEVENT done;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    exclusive(&resource_);
    HANDLE waiter = victim([&] { exclusive(&resource_); });
    delay(20);
    kill_and_join(waiter);
    HANDLE idle = spawn([&] { wait(done); });  // it gets the slot, and does not need it
    delay(20);
    ERESOURCE other;
    ExInitializeResourceLite(&other);
    join(spawn([&] { exclusive(&other), release(&other); }));
    ExDeleteResourceLite(&other);
    KeSetEvent(&done, 0, FALSE);
    join(idle);
    release(&resource_);
  });
}

// Of a core that was reset in a command on a lock of the arbiter: nobody knows what it did.
class HardwareLost : public Killed {
 protected:
  // A thread that gets the lock, and is lost in the command that follows.
  HANDLE owner_lost_in(const std::function<void()> &command, bool is_exclusive = true) {
    return victim([this, command, is_exclusive] {
      is_exclusive ? exclusive(&resource_) : shared(&resource_);
      delay(100);
      machine().reset_in_command = 1;
      command();
    });
  }
  ERESOURCE_THREAD owner() const { return resource_.OwnerEntry.OwnerThread; }
};

TEST_F(HardwareLost, ReleaseToReadersShowsThem) {
  with_resource([&] {
    HANDLE lost = owner_lost_in([&] { release(&resource_); });
    delay(50);
    const HANDLE readers[] = {taker("r1", false, 300)};
    join(lost);
    delay(50);
    expect_mirror(1, 0, 0, 1, false);
    EXPECT_EQ(owner(), 0u);
    for (HANDLE reader : readers) join(reader);
    expect_mirror(0, 0, 0, 1, false);
  });
  EXPECT_THAT(log_, ElementsAre("r1"));
  EXPECT_THAT(machine().printed(), HasSubstr("thread 2 (victim) was lost with its core: locks "
                                             "drained 0, waits cancelled 0\n"));
}

TEST_F(HardwareLost, ReleaseToAWriterShowsIt) {
  with_resource([&] {
    HANDLE lost = owner_lost_in([&] { release(&resource_); });
    delay(50);
    HANDLE writer = taker("writer", true, 300);
    PKTHREAD next = object(writer);
    join(lost);
    delay(50);
    expect_mirror(1, 0, 0, 1, true);
    EXPECT_EQ(owner(), reinterpret_cast<ERESOURCE_THREAD>(next));
    ObDereferenceObject(next);
    join(writer);
    expect_mirror(0, 0, 0, 1, false);
  });
}

TEST_F(HardwareLost, ReleaseToAWriterThatHasNotRunYetShowsThatItWasHandedOver) {
  struct Case {
    bool is_exclusive, has_another_flag;
  };
  for (const Case c : {Case{true, false}, Case{false, false}, Case{false, true}}) {
    build({});
    with_resource([&] {
      if (c.has_another_flag) ExDisableResourceBoostLite(&resource_);
      HANDLE lost = owner_lost_in([&] { release(&resource_); }, c.is_exclusive);
      delay(50);
      HANDLE writer = spawn([&] { exclusive(&resource_), release(&resource_); }, {"writer", 0, 1});
      delay(20);
      LARGE_INTEGER now = microseconds(0);
      while (ZwWaitForSingleObject(lost, FALSE, &now) != STATUS_SUCCESS) port_spend(10);
      EXPECT_EQ(owner(), 1u);
      EXPECT_NE(resource_.Flag & ResourceOwnedExclusive, 0);
      EXPECT_EQ(resource_.NumberOfExclusiveWaiters, 0u);
      join(lost), join(writer);
      EXPECT_EQ(resource_.Flag & ResourceOwnedExclusive, 0);
    });
  }
}

TEST_F(HardwareLost, ReleaseToAWriterThatRanMeanwhileDoesNotHideIt) {
  machine().reset_ticks = 10000;
  with_resource([&] {
    HANDLE lost = owner_lost_in([&] { release(&resource_); });
    delay(50);
    HANDLE writer =
        spawn([&] { exclusive(&resource_), delay(300), release(&resource_); }, {"writer", 0});
    PKTHREAD next = object(writer);
    delay(80);
    EXPECT_EQ(owner(), reinterpret_cast<ERESOURCE_THREAD>(next));
    join(lost);
    expect_mirror(1, 0, 0, 1, true);
    EXPECT_EQ(owner(), reinterpret_cast<ERESOURCE_THREAD>(next));
    ObDereferenceObject(next);
    join(writer);
  });
}

TEST_F(HardwareLost, ReleaseToNobodyShowsTheLockFree) {
  with_resource([&] {
    join(owner_lost_in([&] { release(&resource_); }));
    expect_mirror(0, 0, 0, 0, false);
  });
}

TEST_F(HardwareLost, ConvertIsFollowedByTheDrain) {
  with_resource([&] {
    HANDLE lost = owner_lost_in([&] { ExConvertExclusiveToSharedLite(&resource_); });
    delay(50);
    HANDLE reader = taker("reader", false, 300);
    join(lost);
    delay(50);
    expect_mirror(1, 0, 0, 1, false);
    EXPECT_EQ(owner(), 0u);
    join(reader);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("lost with its core: locks drained 1, waits"));
}

TEST_F(HardwareLost, AcquireThatGotTheLockGivesItUp) {
  with_resource([&] {
    join(victim([&] {
      machine().reset_in_command = 1;
      exclusive(&resource_);
    }));
    expect_mirror(0, 0, 0, 0, false);
    EXPECT_TRUE(ExTryToAcquireResourceExclusiveLite(&resource_));
    ExReleaseResourceLite(&resource_);
    // The arbiter had entered the region with it; the core is not in it any more.
    static bool runs;
    runs = false;
    HANDLE other = spawn([] { delay(100); }, {"other", 1});
    delay(20);
    KAPC apc;
    PKTHREAD t = object(other);
    KeInitializeApc(
        &apc, t, OriginalApcEnvironment,
        [](PKAPC, PKNORMAL_ROUTINE *, PVOID *, PVOID *, PVOID *) {}, nullptr,
        [](PVOID, PVOID, PVOID) { runs = true; }, KernelMode, nullptr);
    EXPECT_TRUE(KeInsertQueueApc(&apc, nullptr, nullptr, 0));
    ObDereferenceObject(t);
    join(other);
    EXPECT_TRUE(runs);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("lost with its core: locks drained 1, waits"));
}

TEST_F(HardwareLost, AcquireThatWasQueuedIsCancelled) {
  for (bool kind : {false, true}) {
    build({});
    with_resource([&] {
      exclusive(&resource_);
      join(victim([&] {
        machine().reset_in_command = 1;
        kind ? exclusive(&resource_) : shared(&resource_);
      }));
      expect_mirror(1, 0, 0, 0, true);
      EXPECT_EQ(owner(), ExGetCurrentResourceThread());
      release(&resource_);
      expect_mirror(0, 0, 0, 0, false);
    });
    EXPECT_THAT(machine().printed(), HasSubstr("locks drained 0, waits cancelled 1\n"));
  }
}

// Its grant comes to the core that has been reset, where nobody waits for it.
TEST_F(HardwareLost, AcquireThatWasQueuedAndGrantedSinceGivesItUp) {
  with_resource([&] {
    exclusive(&resource_);
    HANDLE lost = victim([&] { exclusive(&resource_); });
    machine().reset_in_command = 1;
    while (machine().reset_in_command != UINT32_MAX) port_spend(1);
    release(&resource_);
    join(lost);
    expect_mirror(0, 0, 0, 0, false);
    EXPECT_TRUE(ExTryToAcquireResourceExclusiveLite(&resource_));
    ExReleaseResourceLite(&resource_);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("locks drained 1, waits cancelled 0\n"));
}

TEST_F(HardwareLost, ThreadedDpcLeavesTheOthersToAnotherThread) {
  with_resource([&] {
    KDPC dpcs[2];
    unsigned ran = 0;
    for (KDPC &dpc : dpcs) {
      KeInitializeThreadedDpc(
          &dpc,
          [](PKDPC, PVOID context, PVOID resource, PVOID) {
            ++*static_cast<unsigned *>(context);
            if (resource != nullptr) {
              ExEnterCriticalRegionAndAcquireResourceShared(static_cast<PERESOURCE>(resource));
            }
          },
          &ran);
      KeSetTargetProcessorDpc(&dpc, 1);
    }
    machine().reset_in_command = 1;
    KeInsertQueueDpc(&dpcs[0], &resource_, nullptr);
    delay(100);
    EXPECT_EQ(ran, 1u);
    KeInsertQueueDpc(&dpcs[1], nullptr, nullptr);
    KeFlushQueuedDpcs();
    EXPECT_EQ(ran, 2u);
  });
  EXPECT_THAT(machine().printed(), HasSubstr("(threaded DPCs 1) was lost with its core"));
}

// What the lock guards may be half done, and others spin for it.
TEST_F(HardwareLost, OwnerOfASpinLockStopsTheMachine) {
  KSPIN_LOCK lock = 0;
  run([&] {
    ExInitializeResourceLite(&resource_);
    victim([&] {
      KIRQL irql;
      KeAcquireSpinLock(&lock, &irql);
      machine().reset_in_command = 1;
      ExIsResourceAcquiredSharedLite(&resource_);
    });
    KeStallExecutionProcessor(1000);
  });
  EXPECT_THAT(machine().printed(),
              HasSubstr("MACHINE_CHECK_EXCEPTION (0x0, 0x0, 0x0, 0x1)\n"
                        "    routine  a reset of the core, which held a spin lock\n"));
}

}  // namespace
}  // namespace lockarb
