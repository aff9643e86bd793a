/* SPDX-License-Identifier: Apache-2.0 */
/* Timers, DPCs, and the verifier's rules of dispatcher objects. */
#include "cases.h"

static KTIMER timer, second_timer;
static KEVENT event;
static LONG passed;

static LARGE_INTEGER After(LONG Microseconds) {
  LARGE_INTEGER due;
  due.QuadPart = -10 * Microseconds;
  return due;
}

static NTSTATUS Wait(PVOID Object, LONG Microseconds) {
  LARGE_INTEGER timeout = After(Microseconds);
  return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &timeout);
}

static VOID SetUp(VOID) {
  KeInitializeTimer(&timer);
  KeInitializeTimerEx(&second_timer, SynchronizationTimer);
  KeInitializeEvent(&event, SynchronizationEvent, FALSE);
  passed = 0;
}

/* Timers */

CASE(Timers, GoOffInTimeAndStaySignalled) {
  SetUp();
  ULONGLONG start = KeQueryInterruptTime();
  ASSERT(!KeSetTimer(&timer, After(300), NULL) && !KeReadStateTimer(&timer));
  ASSERT(Wait(&timer, 100) == STATUS_TIMEOUT);
  ASSERT(Wait(&timer, 10000) == STATUS_SUCCESS && KeReadStateTimer(&timer));
  ULONGLONG waited = KeQueryInterruptTime() - start;
  ASSERT(waited >= 3000 && waited < 3500);
  ASSERT(Wait(&timer, 0) == STATUS_SUCCESS);
  ASSERT(!KeSetTimer(&timer, After(100), NULL) && Wait(&timer, 0) == STATUS_TIMEOUT);
  ASSERT(KeSetTimer(&timer, After(200), NULL) && Wait(&timer, 150) == STATUS_TIMEOUT);
  ASSERT(KeCancelTimer(&timer) && !KeCancelTimer(&timer) && Wait(&timer, 200) == STATUS_TIMEOUT);
}

CASE(Timers, OfSynchronizationLetOneThrough) {
  SetUp();
  KeSetTimer(&second_timer, After(50), NULL);
  ASSERT(Wait(&second_timer, 1000) == STATUS_SUCCESS && Wait(&second_timer, 0) == STATUS_TIMEOUT);
}

CASE(Timers, WithAPastTimeGoOffAtOnce) {
  LARGE_INTEGER due = {.QuadPart = 1};
  SetUp();
  ASSERT(!KeSetTimer(&timer, due, NULL) && KeReadStateTimer(&timer) && !KeCancelTimer(&timer));
  KeQuerySystemTime(&due);
  due.QuadPart += 500;
  KeSetTimer(&timer, due, NULL);
  ASSERT(Wait(&timer, 10) == STATUS_TIMEOUT && Wait(&timer, 100) == STATUS_SUCCESS);
}

CASE(Timers, ComeAgainAfterTheirPeriod) {
  SetUp();
  ULONGLONG start = KeQueryInterruptTime();
  KeSetTimerEx(&second_timer, After(500), 1, NULL);
  for (ULONG i = 0; i < 3; i++) ASSERT(Wait(&second_timer, 10000) == STATUS_SUCCESS);
  ULONGLONG waited = KeQueryInterruptTime() - start;
  ASSERT(waited >= 25000 && waited < 25500);
  ASSERT(Wait(&second_timer, 100) == STATUS_TIMEOUT && KeCancelTimer(&second_timer));
  ASSERT(!KeSetCoalescableTimer(&second_timer, After(100), 1, 1000, NULL));
  for (ULONG i = 0; i < 2; i++) ASSERT(Wait(&second_timer, 1500) == STATUS_SUCCESS);
  KeCancelTimer(&second_timer);
}

CASE(Timers, OfOtherCoresAreWaitedForAndCancelled) {
  PVOID objects[2] = {&timer, &second_timer};
  SetUp();
  KeSetTimer(&timer, After(400), NULL);
  KeSetTimer(&second_timer, After(200), NULL);
  ASSERT(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL) ==
         STATUS_WAIT_1);
  ASSERT(Wait(&timer, 10000) == STATUS_SUCCESS);
}

CASE(Timers, CountAsTheClockDoes) {
  LARGE_INTEGER ticks, later, time;
  ULONG64 stamp;
  KeQueryTickCount(&ticks);
  Delay(40000);
  KeQueryTickCount(&later);
  ASSERT(later.QuadPart - ticks.QuadPart == 2 || later.QuadPart - ticks.QuadPart == 3);
  ASSERT(KeQueryTimeIncrement() == 156250);
  KeQuerySystemTimePrecise(&time);
  ULONGLONG interrupt = KeQueryInterruptTimePrecise(&stamp);
  ASSERT(interrupt >= (ULONGLONG)time.QuadPart && interrupt - (ULONGLONG)time.QuadPart < 1000);
  ASSERT(KeQueryUnbiasedInterruptTime() - interrupt < 1000 && stamp != 0);
  ASSERT(KeQueryUnbiasedInterruptTimePrecise(&stamp) - interrupt < 1000);
}

/* The verifier */

VERIFIED_CASE(VerifiedObjects, RightUseIsSilent) {
  PVOID objects[2] = {&timer, &event};
  LARGE_INTEGER none = {.QuadPart = 0};
  KIRQL irql;
  SetUp();
  KeRaiseIrql(DISPATCH_LEVEL, &irql);
  KeSetTimer(&timer, After(50), NULL);
  ASSERT(KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, FALSE, &none, NULL) ==
         STATUS_TIMEOUT);
  KePulseEvent(&event, 0, FALSE);
  KeLowerIrql(irql);
  ASSERT(Wait(&timer, 1000) == STATUS_SUCCESS);
}

VERIFIED_STOP_CASE(VerifiedObjects, TimerSetAboveDispatchLevel, "(0x20011, 0x0, 0x0, 0x0)") {
  SetUp();
  KfRaiseIrql(CLOCK_LEVEL);
  KeSetTimer(&timer, After(1), NULL);
}

VERIFIED_STOP_CASE(VerifiedObjects, TimerCancelledAboveDispatchLevel, "(0x20011, 0x0, 0x0, 0x0)") {
  SetUp();
  KfRaiseIrql(CLOCK_LEVEL);
  KeCancelTimer(&timer);
}

VERIFIED_STOP_CASE(VerifiedObjects, PulseThatWaitsAtDispatchLevel, "(0x20011, 0x0, 0x0, 0x0)") {
  SetUp();
  KfRaiseIrql(DISPATCH_LEVEL);
  KePulseEvent(&event, 0, TRUE);
}

VERIFIED_STOP_CASE(VerifiedObjects, SeveralWaitedForAtDispatchLevel, "(0x121, 0x0,") {
  PVOID objects[2] = {&timer, &event};
  SetUp();
  KfRaiseIrql(DISPATCH_LEVEL);
  KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}
