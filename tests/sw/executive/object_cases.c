/* SPDX-License-Identifier: Apache-2.0 */
/* Semaphores, mutants, pulsed events, waits for several objects, and their ends. */
#include <pseh/pseh2.h>

#include "cases.h"

static KEVENT event, second_event, go;
static KSEMAPHORE semaphore;
static KMUTANT mutant;
static KMUTEX mutex, second_mutex;
static KTIMER timer;
static LONG passed, order;
static NTSTATUS seen;

static VOID SetUp(VOID) {
  KeInitializeEvent(&event, SynchronizationEvent, FALSE);
  KeInitializeEvent(&second_event, NotificationEvent, FALSE);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
  KeInitializeSemaphore(&semaphore, 0, 3);
  KeInitializeMutant(&mutant, FALSE);
  KeInitializeMutex(&mutex, 0);
  KeInitializeMutex(&second_mutex, 0);
  KeInitializeTimer(&timer);
  passed = order = 0;
}

static NTSTATUS Wait(PVOID Object, LONG Microseconds) {
  LARGE_INTEGER timeout;
  timeout.QuadPart = -10 * Microseconds;
  return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &timeout);
}

static NTSTATUS WaitForTwo(PVOID First, PVOID Second, WAIT_TYPE Type, LONG Microseconds) {
  PVOID objects[2] = {First, Second};
  LARGE_INTEGER timeout;
  timeout.QuadPart = -10 * Microseconds;
  return KeWaitForMultipleObjects(2, objects, Type, Executive, KernelMode, FALSE,
                                  Microseconds < 0 ? NULL : &timeout, NULL);
}

static NTSTATUS Raised(LONG (*Routine)(VOID)) {
  volatile NTSTATUS status = STATUS_SUCCESS;
  _SEH2_TRY { Routine(); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { status = _SEH2_GetExceptionCode(); }
  _SEH2_END;
  return status;
}

/* Semaphores */

static VOID PassSemaphore(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Wait(&semaphore, MAXLONG / 10);
  InterlockedIncrement(&passed);
}

CASE(Semaphores, LetAsManyThroughAsTheyCount) {
  HANDLE threads[4];
  SetUp();
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(PassSemaphore, NULL, i);
  Delay(100);
  ASSERT(passed == 0);
  ASSERT(KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 2, FALSE) == 0);
  Delay(100);
  ASSERT(passed == 2 && KeReadStateSemaphore(&semaphore) == 0);
  ASSERT(KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 3, FALSE) == 0);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
  ASSERT(passed == 4 && KeReadStateSemaphore(&semaphore) == 1);
  ASSERT(Wait(&semaphore, 0) == STATUS_SUCCESS && Wait(&semaphore, 0) == STATUS_TIMEOUT);
}

static LONG ReleaseTwo(VOID) { return KeReleaseSemaphore(&semaphore, 0, 2, FALSE); }
static LONG ReleaseMost(VOID) { return KeReleaseSemaphore(&semaphore, 0, MAXLONG, FALSE); }
static LONG ReleaseLess(VOID) { return KeReleaseSemaphore(&semaphore, 0, -1, FALSE); }

CASE(Semaphores, KeepTheirLimit) {
  SetUp();
  KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 2, FALSE);
  ASSERT(Raised(ReleaseTwo) == STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  ASSERT(Raised(ReleaseMost) == STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  ASSERT(Raised(ReleaseLess) == STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  ASSERT(KeReleaseSemaphore(&semaphore, IO_NO_INCREMENT, 1, FALSE) == 2);
}

/* Mutants */

static LONG ReleaseMutant(VOID) { return KeReleaseMutant(&mutant, 0, FALSE, FALSE); }

CASE(Mutants, AreOwnedWithoutARegion) {
  SetUp();
  ASSERT(Wait(&mutant, 0) == STATUS_SUCCESS && Wait(&mutant, 0) == STATUS_SUCCESS);
  ASSERT(!KeAreApcsDisabled() && KeReadStateMutant(&mutant) == -1);
  ASSERT(KeGetCurrentThread()->MutantListHead.Flink == &mutant.MutantListEntry);
  ASSERT(ReleaseMutant() == -1 && ReleaseMutant() == 0);
  ASSERT(KeReadStateMutant(&mutant) == 1 && Raised(ReleaseMutant) == STATUS_MUTANT_NOT_OWNED);
  KeInitializeMutant(&mutant, TRUE);
  ASSERT(KeReadStateMutant(&mutant) == 0 && mutant.OwnerThread == KeGetCurrentThread());
  ASSERT(ReleaseMutant() == 0 && mutant.Header.Type == MutantObject);
}

static LONG WaitForMutant(VOID) { return Wait(&mutant, 0); }

CASE(Mutants, AreOwnedNotMoreOftenThanTheyCanCount) {
  SetUp();
  ASSERT(Wait(&mutant, 0) == STATUS_SUCCESS);
  mutant.Header.SignalState = (LONG)MINLONG;
  ASSERT(Raised(WaitForMutant) == STATUS_MUTANT_LIMIT_EXCEEDED);
  mutant.Header.SignalState = 0;
  ASSERT(ReleaseMutant() == 0);
}

static VOID OwnMutantAndEnd(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Wait(&mutant, 0);
  Wait(&mutant, 0);
  KeSetEvent(&go, IO_NO_INCREMENT, FALSE);
  Delay(50);
}

CASE(Mutants, AreAbandonedAtTheEndOfTheirOwner) {
  SetUp();
  HANDLE thread = Start(OwnMutantAndEnd, NULL, 1);
  Wait(&go, 1000);
  ASSERT(Wait(&mutant, 1000) == STATUS_ABANDONED);
  ASSERT(mutant.OwnerThread == KeGetCurrentThread() && KeReadStateMutant(&mutant) == 0);
  ASSERT(Wait(&mutant, 0) == STATUS_SUCCESS); /* it was said */
  ReleaseMutant();
  ReleaseMutant();
  ASSERT(Wait(&mutant, 0) == STATUS_SUCCESS && !mutant.Abandoned);
  ReleaseMutant();
  Join(thread);
  thread = Start(OwnMutantAndEnd, NULL, 1);
  Join(thread);
  ASSERT(mutant.Abandoned && Raised(ReleaseMutant) == STATUS_ABANDONED);
  ASSERT(WaitForTwo(&event, &mutant, WaitAny, 0) == STATUS_ABANDONED_WAIT_0 + 1);
  ASSERT(KeReleaseMutant(&mutant, 0, TRUE, FALSE) == 0);
  KeSetEvent(&event, IO_NO_INCREMENT, FALSE);
  ASSERT(WaitForTwo(&event, &mutant, WaitAll, 0) == STATUS_ABANDONED);
  ReleaseMutant();
}

static VOID OwnMutex(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Wait(&mutex, 0);
}

STOP_CASE(Mutants, OfKernelModeStopWhenTheirOwnerEnds, "THREAD_TERMINATE_HELD_MUTEX") {
  SetUp();
  Join(Start(OwnMutex, NULL, 1));
}

VERIFIED_STOP_CASE(VerifiedMutants, AbandonedAtTheEndOfTheirOwner, "LOCKARB_MISUSE (0x80, ") {
  SetUp();
  Join(Start(OwnMutantAndEnd, NULL, 1));
}

/* Events */

static VOID PassEvents(PVOID Context) {
  KeWaitForSingleObject(Context, Executive, KernelMode, FALSE, NULL);
  InterlockedIncrement(&passed);
}

CASE(PulsedEvents, LetThroughWhoWaitsThenAndNobodyElse) {
  HANDLE threads[4];
  SetUp();
  ASSERT(KePulseEvent(&second_event, 0, FALSE) == 0 && Wait(&second_event, 0) == STATUS_TIMEOUT);
  for (ULONG i = 0; i < 2; i++) threads[i] = Start(PassEvents, &second_event, i);
  for (ULONG i = 2; i < 4; i++) threads[i] = Start(PassEvents, &event, i);
  Delay(100);
  KePulseEvent(&second_event, 0, FALSE);
  KePulseEvent(&event, 0, FALSE);
  Delay(100);
  ASSERT(passed == 3 && KeReadStateEvent(&event) == 0 && KeReadStateEvent(&second_event) == 0);
  KeSetEvent(&event, 0, FALSE);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
}

/* Several objects */

static VOID SignalLater(PVOID Context) {
  Delay(50);
  KeSetEvent(Context, IO_NO_INCREMENT, FALSE);
}

CASE(SeveralObjects, EndAWaitForAnyWithTheirNumber) {
  SetUp();
  HANDLE thread = Start(SignalLater, &second_event, 1);
  ASSERT(WaitForTwo(&event, &second_event, WaitAny, 20) == STATUS_TIMEOUT);
  ASSERT(WaitForTwo(&event, &second_event, WaitAny, -1) == STATUS_WAIT_1);
  Join(thread);
  KeSetEvent(&event, 0, FALSE);
  ASSERT(WaitForTwo(&event, &second_event, WaitAny, 0) == STATUS_WAIT_0);
  ASSERT(KeReadStateEvent(&event) == 0 && IsListEmpty(&event.Header.WaitListHead));
  ASSERT(IsListEmpty(&second_event.Header.WaitListHead));
}

static VOID WaitForAll(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  seen = WaitForTwo(&event, &semaphore, WaitAll, -1);
  InterlockedIncrement(&passed);
}

CASE(SeveralObjects, AreTakenTogetherOrNotAtAll) {
  SetUp();
  HANDLE thread = Start(WaitForAll, NULL, 1);
  Delay(50);
  KeSetEvent(&event, 0, FALSE);
  Delay(50);
  ASSERT(passed == 0 && KeReadStateEvent(&event) == 1);
  KeResetEvent(&event);
  KeReleaseSemaphore(&semaphore, 0, 1, FALSE);
  Delay(50);
  ASSERT(passed == 0 && KeReadStateSemaphore(&semaphore) == 1);
  KeSetEvent(&event, 0, FALSE);
  Join(thread);
  ASSERT(seen == STATUS_SUCCESS && KeReadStateEvent(&event) == 0);
  ASSERT(KeReadStateSemaphore(&semaphore) == 0);
}

static VOID WaitBehind(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Wait(&event, 10000);
  InterlockedIncrement(&passed);
}

CASE(SeveralObjects, ThatCannotBeTakenYetAreLeftToThoseBehind) {
  HANDLE threads[2];
  SetUp();
  threads[0] = Start(WaitForAll, NULL, 1);
  Delay(50);
  threads[1] = Start(WaitBehind, NULL, 2);
  Delay(50);
  KeSetEvent(&event, 0, FALSE);
  Delay(50);
  ASSERT(passed == 1);
  KeReleaseSemaphore(&semaphore, 0, 1, FALSE);
  KeSetEvent(&event, 0, FALSE);
  for (ULONG i = 0; i < 2; i++) Join(threads[i]);
}

static PVOID many[MAXIMUM_WAIT_OBJECTS + 1];
static KEVENT many_events[MAXIMUM_WAIT_OBJECTS];
static KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];

static NTSTATUS WaitForMany(ULONG Count, WAIT_TYPE Type) {
  return KeWaitForMultipleObjects(Count, many, Type, Executive, KernelMode, FALSE, NULL, blocks);
}

static VOID SignalMany(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Delay(50);
  for (ULONG i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) KeSetEvent(&many_events[i], 0, FALSE);
}

CASE(SeveralObjects, AreUpTo64WithWaitBlocks) {
  SetUp();
  for (ULONG i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
    KeInitializeEvent(&many_events[i], SynchronizationEvent, FALSE);
    many[i] = &many_events[i];
  }
  KeSetEvent(&many_events[63], 0, FALSE);
  ASSERT(WaitForMany(MAXIMUM_WAIT_OBJECTS, WaitAny) == STATUS_WAIT_63);
  HANDLE thread = Start(SignalMany, NULL, 1);
  ASSERT(WaitForMany(MAXIMUM_WAIT_OBJECTS, WaitAll) == STATUS_SUCCESS);
  Join(thread);
  ASSERT(KeReadStateEvent(&many_events[0]) == 0 && KeReadStateEvent(&many_events[63]) == 0);
}

STOP_CASE(SeveralObjects, OverTheLimitStop, "MAXIMUM_WAIT_OBJECTS_EXCEEDED (0x41, 0x40") {
  WaitForMany(MAXIMUM_WAIT_OBJECTS + 1, WaitAny);
}

STOP_CASE(SeveralObjects, OverThreeNeedWaitBlocks, "MAXIMUM_WAIT_OBJECTS_EXCEEDED (0x4, 0x3") {
  KeWaitForMultipleObjects(4, many, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}

STOP_CASE(SeveralObjects, ThatAreNotInitializedStop, "LOCKARB_MISUSE (0xC0000024, ") {
  static KEVENT zero;
  SetUp();
  KeSetEvent(&event, 0, FALSE);
  WaitForTwo(&event, &zero, WaitAny, -1);
}

STOP_CASE(SeveralObjects, NeedALowIrqlToBeWaitedFor, "ATTEMPTED_SWITCH_FROM_DPC") {
  SetUp();
  KeRaiseIrqlToDpcLevel();
  ASSERT(WaitForTwo(&event, &second_event, WaitAny, 0) == STATUS_TIMEOUT);
  WaitForTwo(&event, &second_event, WaitAny, -1);
}

static VOID Alert(PVOID Context) {
  Delay(50);
  KeAlertThread(Context, KernelMode);
}

CASE(SeveralObjects, AreLeftByAnAlertedWait) {
  PVOID objects[2] = {&event, &mutant};
  SetUp();
  HANDLE thread = Start(Alert, KeGetCurrentThread(), 1);
  ASSERT(KeWaitForMultipleObjects(2, objects, WaitAll, Executive, KernelMode, TRUE, NULL, NULL) ==
         STATUS_ALERTED);
  Join(thread);
  ASSERT(IsListEmpty(&event.Header.WaitListHead) && mutant.OwnerThread == NULL);
}

CASE(SeveralObjects, MayBeMutexesThatTheThreadOwns) {
  SetUp();
  Wait(&mutex, 0);
  ASSERT(WaitForTwo(&mutex, &second_mutex, WaitAll, 0) == STATUS_SUCCESS);
  ASSERT(KeGetCurrentThread()->KernelApcDisable == -2 && KeReadStateMutex(&mutex) == -1);
  KeReleaseMutex(&second_mutex, FALSE);
  KeReleaseMutex(&mutex, FALSE);
  KeReleaseMutex(&mutex, FALSE);
}

static VOID Pass(PVOID Context) { UNREFERENCED_PARAMETER(Context); }

CASE(SeveralObjects, MayBeThreadsByTheirHandles) {
  HANDLE threads[3];
  SetUp();
  threads[0] = Start(PassEvents, &second_event, 1);
  threads[1] = Start(Pass, NULL, 2);
  threads[2] = (HANDLE)2;
  ASSERT(ZwWaitForMultipleObjects(2, threads, WaitAny, FALSE, NULL) == STATUS_WAIT_1);
  KeSetEvent(&second_event, 0, FALSE);
  ASSERT(ZwWaitForMultipleObjects(2, threads, WaitAll, FALSE, NULL) == STATUS_SUCCESS);
  ASSERT(ZwWaitForMultipleObjects(3, threads, WaitAll, FALSE, NULL) == STATUS_INVALID_HANDLE);
  ASSERT(ZwWaitForMultipleObjects(0, threads, WaitAll, FALSE, NULL) == STATUS_INVALID_PARAMETER_1);
  Join(threads[0]);
  Join(threads[1]);
}

/* What reports say */

static VOID OwnOtherMutexFirst(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Wait(&second_mutex, 0);
  Delay(50);
  Wait(&mutex, MAXLONG / 10);
  KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
}

STOP_CASE(SeveralObjects, InADeadlockAreNamed,
          "deadlock: thread 1 (main) holds a mutex waits for a mutex of thread 2") {
  SetUp();
  Start(OwnOtherMutexFirst, NULL, 1);
  Wait(&mutex, 0);
  Delay(100);
  WaitForTwo(&semaphore, &second_mutex, WaitAll, -1);
}

STOP_CASE(SeveralObjects, ThatNobodySignalsAreListed, "waits for any of an event") {
  SetUp();
  WaitForTwo(&event, &timer, WaitAny, -1);
}

STOP_CASE(Semaphores, ThatNobodyReleasesAreNamed, "waits for a semaphore") {
  SetUp();
  KeWaitForSingleObject(&semaphore, Executive, KernelMode, FALSE, NULL);
}
