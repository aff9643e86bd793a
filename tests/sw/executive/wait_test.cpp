// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wdm_fixture.h"

namespace lockarb {
namespace {

using testing::ElementsAre;

class Waits : public WdmTest {
 protected:
  static NTSTATUS wait_for(KEVENT &event, int64_t timeout_us) {
    LARGE_INTEGER timeout = microseconds(timeout_us);
    return KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout);
  }
};

TEST_F(Waits, SynchronizationEventWakesOneAndResets) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    int woken = 0;
    HANDLE a = spawn([&] { wait(event), woken++; });
    HANDLE b = spawn([&] { wait(event), woken++; });
    delay(100);
    EXPECT_EQ(KeSetEvent(&event, 0, FALSE), 0);
    delay(100);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(KeReadStateEvent(&event), 0) << "the waiter took the signal";
    KeSetEvent(&event, 0, FALSE);
    join(a), join(b);
    EXPECT_EQ(woken, 2);
  });
}

TEST_F(Waits, SynchronizationEventWakesInOrder) {
  build({1, 64, 16});
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    std::vector<HANDLE> threads;
    for (const char *name : {"a", "b", "c"}) {
      threads.push_back(spawn([&, name] { wait(event), log(name); }, {name, 0}));
    }
    delay(10);
    for (int i = 0; i < 3; i++) KeSetEvent(&event, 0, FALSE), delay(10);
    for (HANDLE thread : threads) join(thread);
  });
  EXPECT_THAT(log_, ElementsAre("a", "b", "c"));
}

TEST_F(Waits, NotificationEventWakesAllAndStays) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    int woken = 0;
    std::vector<HANDLE> threads;
    for (int i = 0; i < 4; i++) threads.push_back(spawn([&] { wait(event), woken++; }));
    delay(100);
    KeSetEvent(&event, 0, FALSE);
    for (HANDLE thread : threads) join(thread);
    EXPECT_EQ(woken, 4);
    EXPECT_EQ(KeReadStateEvent(&event), 1);
    wait(event);
    EXPECT_EQ(KeSetEvent(&event, 0, FALSE), 1) << "returns the state before";
    EXPECT_EQ(KeResetEvent(&event), 1);
    EXPECT_EQ(KeResetEvent(&event), 0);
    EXPECT_EQ(wait_for(event, 0), STATUS_TIMEOUT);
    KeSetEvent(&event, 0, FALSE);
    KeClearEvent(&event);
    EXPECT_EQ(KeReadStateEvent(&event), 0);
  });
}

TEST_F(Waits, InitialStateCounts) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    EXPECT_EQ(wait_for(event, 0), STATUS_SUCCESS);
    EXPECT_EQ(wait_for(event, 0), STATUS_TIMEOUT);
  });
}

TEST_F(Waits, TimeoutComesInTime) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    uint64_t start = now_us();
    EXPECT_EQ(wait_for(event, 250), STATUS_TIMEOUT);
    EXPECT_GE(now_us(), start + 250);
    EXPECT_LE(now_us(), start + 252);
    KeSetEvent(&event, 0, FALSE);
    EXPECT_EQ(wait_for(event, 0), STATUS_SUCCESS) << "a timed-out waiter takes no signal";
  });
}

TEST_F(Waits, AbsoluteTimeoutIsSystemTime) {
  run([&] {
    LARGE_INTEGER until;
    KeQuerySystemTime(&until);
    until.QuadPart += 5000;
    EXPECT_EQ(KeDelayExecutionThread(KernelMode, FALSE, &until), STATUS_SUCCESS);
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    EXPECT_GE(now.QuadPart, until.QuadPart);
    EXPECT_LE(now.QuadPart, until.QuadPart + 20);
    EXPECT_EQ(KeDelayExecutionThread(KernelMode, FALSE, &until), STATUS_SUCCESS) << "past: at once";
  });
}

TEST_F(Waits, SignalBeatsALaterTimeout) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    HANDLE thread = spawn([&] { EXPECT_EQ(wait_for(event, 1000), STATUS_SUCCESS); });
    delay(500);
    KeSetEvent(&event, 0, FALSE);
    join(thread);
    EXPECT_LT(now_us(), 600u);
    delay(2000);  // the timeout that is left over must disturb nobody
  });
}

TEST_F(Waits, DelaysEndInOrderOfTime) {
  build({1, 64, 16});
  run([&] {
    for (int us : {300, 100, 200}) spawn([this, us] { delay(us), log(std::to_string(us)); });
  });
  EXPECT_THAT(log_, ElementsAre("100", "200", "300"));
}

TEST_F(Waits, TimeIsSimulatedTime) {
  run([&] {
    LARGE_INTEGER frequency;
    LARGE_INTEGER start = KeQueryPerformanceCounter(&frequency);
    EXPECT_EQ(frequency.QuadPart, 100000000);
    KeStallExecutionProcessor(30);
    EXPECT_EQ(KeQueryPerformanceCounter(nullptr).QuadPart - start.QuadPart, 3000);
    delay(10000000);  // ten seconds take no time here
  });
}

TEST_F(Waits, AlertEndsAnAlertableWaitOnly) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    HANDLE handle = spawn([&] {
      EXPECT_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, TRUE, nullptr),
                STATUS_ALERTED);
      LARGE_INTEGER timeout = microseconds(500);
      EXPECT_EQ(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout),
                STATUS_TIMEOUT);
      EXPECT_EQ(KeDelayExecutionThread(KernelMode, TRUE, &timeout), STATUS_ALERTED)
          << "an alert that came before stays";
    });
    PKTHREAD thread = object(handle);
    delay(100);
    EXPECT_FALSE(KeAlertThread(thread, KernelMode));
    delay(100);
    EXPECT_FALSE(KeAlertThread(thread, KernelMode));
    EXPECT_TRUE(KeAlertThread(thread, KernelMode));
    join(handle);
    ObDereferenceObject(thread);
  });
}

TEST_F(Waits, ZeroTimeoutIsAllowedAtDispatchLevel) {
  run([&] {
    KEVENT event;
    KeInitializeEvent(&event, SynchronizationEvent, TRUE);
    KIRQL old = KeRaiseIrqlToDpcLevel();
    EXPECT_EQ(wait_for(event, 0), STATUS_SUCCESS);
    EXPECT_EQ(wait_for(event, 0), STATUS_TIMEOUT);
    KeLowerIrql(old);
  });
}

}  // namespace
}  // namespace lockarb
