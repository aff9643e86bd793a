// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "driver/lockarb_regs.h"
#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class Threads : public WdmTest {
 protected:
  // main runs with the highest priority, so that it can set the scene before the others run.
  Machine::End run_one_core(const std::function<void()> &main) {
    build({1, 64, 16});
    return run([main] {
      KeSetPriorityThread(KeGetCurrentThread(), 31);
      main();
    });
  }
};

TEST_F(Threads, RunEndsWhenEveryThreadHasEnded) {
  int ran = 0;
  EXPECT_EQ(run([&] {
              for (int i = 0; i < 5; i++) spawn([&] { ran++; });
            }),
            Machine::End::kAllEnded);
  EXPECT_EQ(ran, 5);
}

TEST_F(Threads, AreSpreadOverTheCoresInTurn) {
  build({3, 64, 16});
  std::vector<unsigned> cores(6);
  run([&] {
    for (auto &core : cores) spawn([&core] { core = KeGetCurrentProcessorNumber(); });
  });
  EXPECT_THAT(cores, ElementsAre(1, 2, 0, 1, 2, 0));
}

TEST_F(Threads, RunOnTheCoreAndUnderTheNameTheyWereGiven) {
  run([&] {
    join(spawn(
        [&] {
          EXPECT_EQ(KeGetCurrentProcessorNumber(), 1u);
          EXPECT_STREQ(lockarb_thread_name(KeGetCurrentThread()), "reader");
          EXPECT_EQ(lockarb_thread_number(KeGetCurrentThread()), 2u);
          EXPECT_EQ(KeQueryPriorityThread(KeGetCurrentThread()), 12);
        },
        {"reader", 1, 12}));
  });
}

TEST_F(Threads, RunByPriorityAndInOrderWithinOne) {
  run_one_core([&] {
    spawn([&] { log("low"); }, {"low", 0, 4});
    spawn([&] { log("a"); }, {"a", 0, 9});
    spawn([&] { log("high"); }, {"high", 0, 20});
    spawn([&] { log("b"); }, {"b", 0, 9});
  });
  EXPECT_THAT(log_, ElementsAre("high", "a", "b", "low"));
}

TEST_F(Threads, HigherPriorityPreemptsAtOnce) {
  run_one_core([&] {
    KeSetPriorityThread(KeGetCurrentThread(), 8);
    spawn([&] { log("high"); }, {"high", 0, 9});
    log("main");
  });
  EXPECT_THAT(log_, ElementsAre("high", "main"));
}

TEST_F(Threads, HigherPriorityPreemptsOnAnotherCore) {
  KEVENT go;
  uint64_t set_at = 0, ran_at = 0;
  run([&] {
    KeInitializeEvent(&go, SynchronizationEvent, FALSE);
    spawn([&] { wait(go), ran_at = now_us(); }, {"high", 1, 20});
    spawn([&] { KeStallExecutionProcessor(5000), log("low ends"); }, {"low", 1, 5});
    delay(1000);
    set_at = now_us();
    KeSetEvent(&go, 0, FALSE);
  });
  EXPECT_LE(ran_at, set_at + 10) << "the computing thread kept the core";
}

TEST_F(Threads, EqualsShareTheCoreByQuantum) {
  run_one_core([&] {
    lockarb_set_quantum(100);
    for (const char *name : {"a", "b"}) {
      spawn(
          [this, name] {
            for (int i = 0; i < 3; i++) {
              log(name);
              KeStallExecutionProcessor(150);
            }
          },
          {name, 0, 8});
    }
  });
  EXPECT_THAT(log_, ElementsAre("a", "b", "a", "b", "a", "b"));
}

TEST_F(Threads, PreemptedThreadGoesOnBeforeItsEquals) {
  run_one_core([&] {
    spawn([&] { KeStallExecutionProcessor(100), log("first"); }, {"first", 0, 8});
    spawn([&] { log("second"); }, {"second", 0, 8});
    spawn([&] { delay(10), log("high"); }, {"high", 0, 20});
  });
  EXPECT_THAT(log_, ElementsAre("high", "first", "second"));
}

TEST_F(Threads, ThreadThatStartsABetterOneGoesOnBeforeItsEquals) {
  run_one_core([&] {
    spawn(
        [&] {
          spawn([&] { log("high"); }, {"high", 0, 20});
          log("first");
        },
        {"first", 0, 8});
    spawn([&] { log("second"); }, {"second", 0, 8});
  });
  EXPECT_THAT(log_, ElementsAre("high", "first", "second"));
}

TEST_F(Threads, LoweredPriorityGivesTheCoreAway) {
  run_one_core([&] {
    spawn([&] { log("other"); }, {"other", 0, 10});
    EXPECT_EQ(KeSetPriorityThread(KeGetCurrentThread(), 5), 31);
    log("main");
  });
  EXPECT_THAT(log_, ElementsAre("other", "main"));
}

TEST_F(Threads, RaisedPriorityMovesAReadyThreadForward) {
  run_one_core([&] {
    spawn([&] { log("a"); }, {"a", 0, 8});
    PKTHREAD b = object(spawn([&] { log("b"); }, {"b", 0, 7}));
    KeSetPriorityThread(b, 9);
    EXPECT_EQ(KeQueryPriorityThread(b), 9);
    ObDereferenceObject(b);
  });
  EXPECT_THAT(log_, ElementsAre("b", "a"));
}

TEST_F(Threads, DispatchLevelKeepsTheCore) {
  run_one_core([&] {
    KeSetPriorityThread(KeGetCurrentThread(), 8);
    KIRQL old = KeRaiseIrqlToDpcLevel();
    spawn([&] { log("high"); }, {"high", 0, 20});
    KeStallExecutionProcessor(50000);
    log("main at DISPATCH_LEVEL");
    KeLowerIrql(old);
    log("main");
  });
  EXPECT_THAT(log_, ElementsAre("main at DISPATCH_LEVEL", "high", "main"));
}

TEST_F(Threads, WaitForAThreadEndsWithIt) {
  run([&] {
    HANDLE thread = spawn([&] { delay(100), log("thread"); });
    EXPECT_EQ(ZwWaitForSingleObject(thread, FALSE, nullptr), STATUS_SUCCESS);
    log("main");
    EXPECT_EQ(ZwWaitForSingleObject(thread, FALSE, nullptr), STATUS_SUCCESS) << "stays signalled";
    ZwClose(thread);
  });
  EXPECT_THAT(log_, ElementsAre("thread", "main"));
}

TEST_F(Threads, TerminateDoesNotReturn) {
  run([&] {
    join(spawn([&] {
      log("before");
      PsTerminateSystemThread(STATUS_SUCCESS);
      log("after");
    }));
  });
  EXPECT_THAT(log_, ElementsAre("before"));
}

TEST_F(Threads, ReferenceOutlivesThreadAndHandle) {
  run([&] {
    HANDLE handle = spawn([] {}, {"short", 1});
    PKTHREAD thread = object(handle);
    join(handle);
    EXPECT_STREQ(lockarb_thread_name(thread), "short");
    EXPECT_EQ(KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, nullptr), STATUS_SUCCESS);
    EXPECT_EQ(ObDereferenceObject(thread), 0);
  });
}

TEST_F(Threads, ClosedHandleIsInvalid) {
  run([&] {
    HANDLE handle = spawn([] {});
    PVOID thread = nullptr;
    EXPECT_EQ(ZwClose(handle), STATUS_SUCCESS);
    EXPECT_EQ(ZwClose(handle), STATUS_INVALID_HANDLE);
    EXPECT_EQ(ZwWaitForSingleObject(handle, FALSE, nullptr), STATUS_INVALID_HANDLE);
    EXPECT_EQ(ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, &thread, nullptr),
              STATUS_INVALID_HANDLE);
  });
}

TEST_F(Threads, BadOptionsCreateNothing) {
  build({2, 64, 16});
  run([] {
    HANDLE handle = nullptr;
    const auto start = [](PVOID) { ADD_FAILURE() << "a refused thread ran"; };
    lockarb_thread_options options = {"x", 2, 8, false, false};
    EXPECT_EQ(lockarb_create_thread(&handle, start, nullptr, &options), STATUS_INVALID_PARAMETER);
    options = {"x", 0, 32, false, false};
    EXPECT_EQ(lockarb_create_thread(&handle, start, nullptr, &options), STATUS_INVALID_PARAMETER);
    options = {"x", 0, 8, false, false};
    EXPECT_EQ(lockarb_create_thread(nullptr, start, nullptr, &options), STATUS_INVALID_PARAMETER);
  });
}

TEST_F(Threads, AreNotMadeHalfWhereMemoryEnds) {
  run([this] {
    for (const unsigned allocations : {0u, 1u}) {
      const size_t before = machine().pieces();
      HANDLE handle = nullptr;
      machine().allocations_left = allocations;
      EXPECT_EQ(PsCreateSystemThread(
                    &handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr,
                    [](PVOID) { ADD_FAILURE() << "a thread without a stack ran"; }, nullptr),
                STATUS_INSUFFICIENT_RESOURCES);
      EXPECT_EQ(machine().pieces(), before) << allocations << " succeeded";
      machine().allocations_left = UINT_MAX;
    }
    join(spawn([] {}));
  });
}

TEST_F(Threads, ClientIdNamesTheThread) {
  run([] {
    HANDLE handle = nullptr;
    CLIENT_ID id = {};
    EXPECT_EQ(PsCreateSystemThread(
                  &handle, THREAD_ALL_ACCESS, nullptr, nullptr, &id, [](PVOID) {}, nullptr),
              STATUS_SUCCESS);
    EXPECT_EQ(id.UniqueThread, handle);
    EXPECT_EQ(id.UniqueProcess, reinterpret_cast<HANDLE>(4)) << "the system";
    join(handle);
  });
}

// The machine that the executive starts on.
TEST_F(Threads, StartOnlyWhereTheArbiterIsTheDrivers) {
  MachineConfig windows, nothing, other;
  windows.windows = 1;
  nothing.id = 0;
  other.id = (LOCKARB_ID_MAGIC_RESET << LOCKARB_ID_MAGIC_SHIFT) | (LOCKARB_ID_MAJOR_RESET + 1)
                                                                      << LOCKARB_ID_MAJOR_SHIFT;
  const std::pair<MachineConfig, std::string> refused[] = {
      {windows, "lockarb: the arbiter has fewer windows than there are cores\n"},
      {nothing, "lockarb: there is no arbiter at the given address\n"},
      {other, "lockarb: the arbiter has another version than its driver\n"},
  };
  for (const auto &[config, reason] : refused) {
    build(config);
    EXPECT_EQ(run([] { ADD_FAILURE() << "it started"; }), Machine::End::kStopped);
    EXPECT_EQ(machine().printed(), reason);
    EXPECT_NE(machine().exit_code(), 0);
  }
}

TEST_F(Threads, StartOnlyWhereThereIsMemoryForTheTables) {
  const char *const tables[] = {"2 cores", "64 thread slots", "1025 cells of shared memory"};
  for (unsigned allocations = 0; allocations < std::size(tables); allocations++) {
    build({2, 64, 16});
    machine().allocations_left = allocations;
    EXPECT_EQ(run([] { ADD_FAILURE() << "it started"; }), Machine::End::kStopped);
    EXPECT_THAT(machine().printed(),
                StartsWith("lockarb: there is no memory for " + std::string(tables[allocations])));
    EXPECT_NE(machine().exit_code(), 0);
  }
}

TEST_F(Threads, AThousandRun) {
  build({4, 16, 16});
  int ran = 0;
  run([&] {
    for (int i = 0; i < 1000; i++) spawn([&] { delay(10), ran++; });
  });
  EXPECT_EQ(ran, 1000);
}

TEST_F(Threads, SameProgramRunsTheSame) {
  const auto program = [this](Machine &machine) {
    machine.run([&] {
      for (int i = 0; i < 20; i++) {
        spawn([i] {
          for (int j = 0; j < 10; j++) KeStallExecutionProcessor(i), delay(3 + i % 4);
        });
      }
    });
    return machine.bus_log;
  };
  Machine first, second;
  EXPECT_EQ(program(first), program(second));
}

TEST_F(Threads, AreNamedWhenTheyAreStuck) {
  EXPECT_EQ(run([&] {
              KEVENT never;
              KeInitializeEvent(&never, NotificationEvent, FALSE);
              HANDLE thread = spawn([&] { wait(never); }, {"sleeper", 1});
              join(thread);
            }),
            Machine::End::kStuck);
  EXPECT_THAT(machine().printed(),
              HasSubstr("thread 1 (main) on core 0 waits for the end of thread 2 (sleeper)\n"
                        "thread 2 (sleeper) on core 1 waits for an event\n"));
}

}  // namespace
}  // namespace lockarb
