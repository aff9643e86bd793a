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
  ASSERT(KeCancelTimer(&timer));
  ASSERT(!KeCancelTimer(&timer) && Wait(&timer, 200) == STATUS_TIMEOUT);
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

/* DPCs */

static KDPC dpc, second_dpc;
static ULONG order[8], ran;
static KIRQL irql_seen;
static ULONG core_seen;
static LOGICAL is_dpc;

static VOID Note(PKDPC Dpc, PVOID Context, PVOID First, PVOID Second) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Second);
  order[ran % 8] = PtrToUlong(Context) + PtrToUlong(First);
  irql_seen = KeGetCurrentIrql();
  core_seen = KeGetCurrentProcessorNumber();
  is_dpc = KeIsExecutingDpc();
  InterlockedIncrement((LONG *)&ran);
}

static VOID SetUpDpcs(VOID) {
  SetUp();
  KeInitializeDpc(&dpc, Note, UlongToPtr(10));
  KeInitializeDpc(&second_dpc, Note, UlongToPtr(20));
  ran = 0;
  irql_seen = PASSIVE_LEVEL;
}

CASE(Dpcs, RunAtOnceAtDispatchLevel) {
  SetUpDpcs();
  ULONG core = KeGetCurrentProcessorNumber();
  ASSERT(KeInsertQueueDpc(&dpc, UlongToPtr(3), NULL) && ran == 1 && order[0] == 13);
  ASSERT(irql_seen == DISPATCH_LEVEL && core_seen == core && is_dpc && !KeIsExecutingDpc());
  ASSERT(KeInsertQueueDpc(&dpc, NULL, NULL) && ran == 2 && order[1] == 10);
  ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

CASE(Dpcs, WaitUntilTheIrqlDrops) {
  KIRQL irql;
  SetUpDpcs();
  KeRaiseIrql(DISPATCH_LEVEL, &irql);
  ASSERT(KeInsertQueueDpc(&dpc, NULL, NULL));
  ASSERT(!KeInsertQueueDpc(&dpc, NULL, NULL));
  KeSetImportanceDpc(&second_dpc, HighImportance);
  ASSERT(KeInsertQueueDpc(&second_dpc, NULL, NULL) && ran == 0 && KeShouldYieldProcessor());
  KeLowerIrql(irql);
  ASSERT(ran == 2 && order[0] == 20 && order[1] == 10);
  KeRaiseIrql(DISPATCH_LEVEL, &irql);
  KeInsertQueueDpc(&dpc, NULL, NULL);
  ASSERT(KeRemoveQueueDpc(&dpc));
  ASSERT(!KeRemoveQueueDpc(&dpc));
  KeLowerIrql(irql);
  ASSERT(ran == 2);
}

CASE(Dpcs, RunOnTheCoreThatTheyAreFor) {
  PROCESSOR_NUMBER number = {0, 2, 0}, none = {0, 99, 0};
  SetUpDpcs();
  ASSERT(KeSetTargetProcessorDpcEx(&dpc, &none) == STATUS_INVALID_PARAMETER);
  ASSERT(KeSetTargetProcessorDpcEx(&dpc, &number) == STATUS_SUCCESS);
  ASSERT(KeInsertQueueDpc(&dpc, NULL, NULL));
  KeFlushQueuedDpcs();
  ASSERT(ran == 1 && core_seen == 2);
  KeSetTargetProcessorDpc(&dpc, 1);
  KeInsertQueueDpc(&dpc, NULL, NULL);
  KeFlushQueuedDpcs();
  ASSERT(ran == 2 && core_seen == 1 && irql_seen == DISPATCH_LEVEL);
}

static VOID Compute(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeSetPriorityThread(KeGetCurrentThread(), HIGH_PRIORITY);
  KeSetEvent(&event, 0, FALSE);
  for (ULONG i = 0; i < 100 && ran == 0; i++) KeStallExecutionProcessor(10);
  ASSERT(ran == 1);
}

CASE(Dpcs, GoBeforeEveryThread) {
  SetUpDpcs();
  HANDLE thread = Start(Compute, NULL, 1);
  Wait(&event, 10000);
  KeSetTargetProcessorDpc(&dpc, 1);
  KeInsertQueueDpc(&dpc, NULL, NULL);
  Join(thread);
}

CASE(Dpcs, OfTimersRunWhenTheyGoOff) {
  SetUpDpcs();
  KeSetTimer(&timer, After(100), &dpc);
  KeSetTimerEx(&second_timer, After(150), 1, &second_dpc);
  ASSERT(Wait(&timer, 1000) == STATUS_SUCCESS);
  KeStallExecutionProcessor(10);
  ASSERT(ran == 1);
  Delay(2600);
  ASSERT(ran == 4 && irql_seen == DISPATCH_LEVEL && core_seen == KeGetCurrentProcessorNumber());
  ASSERT(KeCancelTimer(&second_timer));
  Delay(2000);
  ASSERT(ran == 4);
}

CASE(Dpcs, ThatAreThreadedRunAtPassiveLevel) {
  SetUpDpcs();
  KeInitializeThreadedDpc(&dpc, Note, UlongToPtr(10));
  KeInsertQueueDpc(&dpc, UlongToPtr(1), NULL);
  KeFlushQueuedDpcs();
  ASSERT(ran == 1 && order[0] == 11 && irql_seen == PASSIVE_LEVEL && !is_dpc);
}

static VOID ReleaseLock(PKDPC Dpc, PVOID Context, PVOID First, PVOID Second) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(Second);
  ExReleaseResourceForThreadLite(Context, (ERESOURCE_THREAD)First);
  InterlockedIncrement((LONG *)&ran);
}

static ERESOURCE resource;

static VOID Acquire(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
  KeStallExecutionProcessor(5);
  ExReleaseResourceAndLeaveCriticalRegion(&resource);
}

/* The core of each waiter idles in its context; the DPC comes in between. */
CASE(Dpcs, RunWhileACoreIdlesInAWaitForALock) {
  HANDLE threads[3];
  SetUpDpcs();
  ExInitializeResourceLite(&resource);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
  for (ULONG i = 0; i < 3; i++) threads[i] = Start(Acquire, NULL, i + 1);
  Delay(100);
  for (ULONG i = 1; i < 4; i++) {
    KeSetTargetProcessorDpc(&dpc, (CCHAR)i);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    KeFlushQueuedDpcs();
    ASSERT(ran == i && core_seen == i);
  }
  KeInitializeDpc(&dpc, ReleaseLock, &resource);
  KeSetTargetProcessorDpc(&dpc, 2);
  KeInsertQueueDpc(&dpc, (PVOID)ExGetCurrentResourceThread(), NULL);
  KeFlushQueuedDpcs();
  KeLeaveCriticalRegion();
  for (ULONG i = 0; i < 3; i++) Join(threads[i]);
  ASSERT(ran == 4 && ExGetExclusiveWaiterCount(&resource) == 0);
  ExDeleteResourceLite(&resource);
}

static VOID WaitInDpc(PKDPC Dpc, PVOID Context, PVOID First, PVOID Second) {
  UNREFERENCED_PARAMETER(Dpc);
  UNREFERENCED_PARAMETER(First);
  UNREFERENCED_PARAMETER(Second);
  KeWaitForSingleObject(Context, Executive, KernelMode, FALSE, NULL);
}

STOP_CASE(Dpcs, ThatWaitStop, "ATTEMPTED_SWITCH_FROM_DPC") {
  SetUpDpcs();
  KeInitializeDpc(&dpc, WaitInDpc, &event);
  KeInsertQueueDpc(&dpc, NULL, NULL);
}

static VOID LowerInDpc(PKDPC Dpc, PVOID Context, PVOID First, PVOID Second) {
  Note(Dpc, Context, First, Second);
  KeLowerIrql(PASSIVE_LEVEL);
}

STOP_CASE(Dpcs, ThatReturnAtAnotherIrqlStop, "IRQL_UNEXPECTED_VALUE (0x200") {
  SetUpDpcs();
  KeInitializeDpc(&dpc, LowerInDpc, NULL);
  KeInsertQueueDpc(&dpc, NULL, NULL);
}

STOP_CASE(Dpcs, ForACoreThatDoesNotExistStop, "LOCKARB_MISUSE (0xC000000D, 0x63, ") {
  SetUpDpcs();
  KeSetTargetProcessorDpc(&dpc, 99);
}

STOP_CASE(Affinity, ForAnotherCoreStops, "LOCKARB_MISUSE (0xC00000BB, 0x2, 0x0, ") {
  KeSetSystemAffinityThread(2);
}

/* Timers of the pool */

static KEVENT deleted;

static VOID CallBack(PEX_TIMER Timer, PVOID Context) {
  UNREFERENCED_PARAMETER(Timer);
  ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL && Context == &passed);
  passed++;
}

static VOID IsDeleted(PVOID Context) { KeSetEvent(Context, IO_NO_INCREMENT, FALSE); }

CASE(ExTimers, CallBackUntilTheyAreCancelled) {
  EXT_SET_PARAMETERS set;
  EXT_DELETE_PARAMETERS parameters;
  SetUp();
  KeInitializeEvent(&deleted, NotificationEvent, FALSE);
  PEX_TIMER ex = ExAllocateTimer(CallBack, &passed, EX_TIMER_HIGH_RESOLUTION);
  ASSERT(ex != NULL);
  ExInitializeSetTimerParameters(&set);
  ASSERT(!ExSetTimer(ex, -500, 500, &set)); /* 50 us each */
  for (LONG i = 1; i < 4; i++) ASSERT(Wait(ex, 60) == STATUS_SUCCESS && passed == i);
  ASSERT(ExCancelTimer(ex, NULL));
  ASSERT(!ExCancelTimer(ex, NULL));
  Delay(200);
  ASSERT(passed == 3);
  ExInitializeDeleteTimerParameters(&parameters);
  parameters.DeleteCallback = IsDeleted;
  parameters.DeleteContext = &deleted;
  ASSERT(!ExSetTimer(ex, -1000, 0, NULL));
  ASSERT(ExDeleteTimer(ex, TRUE, TRUE, &parameters) && KeReadStateEvent(&deleted) == 1);
  ASSERT(passed == 3);
}

CASE(ExTimers, ThatAreDeletedGoOffOnceMoreIfTheyAreNotCancelled) {
  EXT_DELETE_PARAMETERS parameters;
  SetUp();
  KeInitializeEvent(&deleted, NotificationEvent, FALSE);
  ExInitializeDeleteTimerParameters(&parameters);
  parameters.DeleteCallback = IsDeleted;
  parameters.DeleteContext = &deleted;
  PEX_TIMER ex = ExAllocateTimer(CallBack, &passed, EX_TIMER_NOTIFICATION);
  ExSetTimer(ex, -500, 500, NULL);
  ASSERT(!ExDeleteTimer(ex, FALSE, FALSE, &parameters) && KeReadStateEvent(&deleted) == 0);
  ASSERT(Wait(&deleted, 1000) == STATUS_SUCCESS && passed == 1);
}

static VOID TakeLong(PEX_TIMER Timer, PVOID Context) {
  UNREFERENCED_PARAMETER(Timer);
  KeStallExecutionProcessor(100);
  ++*(LONG *)Context;
}

static VOID SetIt(PVOID Context) {
  ExSetTimer(Context, -200, 0, NULL);
  Delay(100);
}

CASE(ExTimers, WaitForTheirCallbackBeforeTheyAreDeleted) {
  SetUp();
  PEX_TIMER ex = ExAllocateTimer(TakeLong, &passed, 0);
  HANDLE thread = Start(SetIt, ex, 1);
  ASSERT(Wait(ex, 1000) == STATUS_SUCCESS);
  KeStallExecutionProcessor(20);
  ASSERT(passed == 0 && !ExDeleteTimer(ex, TRUE, TRUE, NULL) && passed == 1);
  Join(thread);
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

VERIFIED_STOP_CASE(VerifiedObjects, FreedTimerThatIsStarted, "TIMER_OR_DPC_INVALID (0x0, pool") {
  PCHAR block = ExAllocatePoolWithTag(NonPagedPool, 16 + sizeof(KTIMER), 'kcoL');
  PKTIMER started = (PKTIMER)(block + 16);
  KeInitializeTimer(started);
  KeSetTimer(started, After(100), NULL);
  ExFreePool(block);
}

VERIFIED_STOP_CASE(VerifiedObjects, FreedDpcThatIsQueued, "TIMER_OR_DPC_INVALID (0x1, pool") {
  PKDPC queued = ExAllocatePoolWithTag(NonPagedPool, sizeof(KDPC), 'kcoL');
  KeInitializeDpc(queued, Note, NULL);
  KeRaiseIrqlToDpcLevel();
  KeInsertQueueDpc(queued, NULL, NULL);
  ExFreePool(queued);
}

VERIFIED_CASE(VerifiedObjects, FreedAfterTheyWereCancelledAreSilent) {
  PKTIMER started = ExAllocatePoolWithTag(NonPagedPool, sizeof(KTIMER), 'kcoL');
  PKDPC queued = ExAllocatePoolWithTag(NonPagedPool, sizeof(KDPC), 'kcoL');
  KeInitializeTimer(started);
  KeInitializeDpc(queued, Note, NULL);
  KeSetTimer(started, After(100), queued);
  KeCancelTimer(started);
  KeInsertQueueDpc(queued, NULL, NULL);
  ExFreePool(started);
  ExFreePool(queued);
}

VERIFIED_STOP_CASE(VerifiedObjects, InitializedAgainWhileItIsStarted,
                   "TIMER_OR_DPC_INVALID (0x0,") {
  SetUp();
  KeSetTimer(&timer, After(100), NULL);
  KeInitializeTimer(&timer);
}

VERIFIED_STOP_CASE(VerifiedObjects, InitializedAgainWhileItIsQueued, "TIMER_OR_DPC_INVALID (0x1,") {
  SetUpDpcs();
  KeRaiseIrqlToDpcLevel();
  KeInsertQueueDpc(&dpc, NULL, NULL);
  KeInitializeThreadedDpc(&dpc, Note, NULL);
}
