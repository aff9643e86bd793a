/* SPDX-License-Identifier: Apache-2.0 */
/* In-stack queued, numbered and reader/writer spin locks. */
#include "cases.h"

static KSPIN_LOCK lock, second_lock;
static EX_SPIN_LOCK shared_lock;
static ULONG order[3], arrived, inside, most_inside, total;
static LIST_ENTRY list;

static VOID SetUp(VOID) {
  KeInitializeSpinLock(&lock);
  KeInitializeSpinLock(&second_lock);
  shared_lock = 0;
  arrived = inside = most_inside = total = 0;
}

static VOID QueueUp(PVOID Context) {
  KLOCK_QUEUE_HANDLE handle;
  ULONG number = PtrToUlong(Context);
  KeStallExecutionProcessor(10 * number);
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL && handle.OldIrql == PASSIVE_LEVEL);
  order[arrived++] = number;
  KeStallExecutionProcessor(1);
  KeReleaseInStackQueuedSpinLock(&handle);
  ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

CASE(QueuedSpinLocks, GoToTheirWaitersInOrderOfArrival) {
  KLOCK_QUEUE_HANDLE handle;
  HANDLE threads[3];
  SetUp();
  for (ULONG i = 0; i < 3; i++) threads[i] = Start(QueueUp, UlongToPtr(3 - i), i + 1);
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  KeStallExecutionProcessor(200);
  ASSERT(arrived == 0 && !KeTestSpinLock(&lock));
  KeReleaseInStackQueuedSpinLock(&handle);
  for (ULONG i = 0; i < 3; i++) Join(threads[i]);
  ASSERT(order[0] == 1 && order[1] == 2 && order[2] == 3 && KeTestSpinLock(&lock));
}

static VOID CountQueued(PVOID Context) {
  KLOCK_QUEUE_HANDLE handle;
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 50; i++) {
    KeAcquireInStackQueuedSpinLock(&lock, &handle);
    ULONG before = total;
    KeStallExecutionProcessor(1);
    total = before + 1;
    KeReleaseInStackQueuedSpinLock(&handle);
  }
}

CASE(QueuedSpinLocks, KeepOthersOut) {
  HANDLE threads[4];
  SetUp();
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(CountQueued, NULL, i);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
  ASSERT(total == 200);
}

static VOID CountNumbered(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 50; i++) {
    KIRQL irql = KeAcquireQueuedSpinLock(LockQueueVacbLock);
    ULONG before = total;
    KeStallExecutionProcessor(1);
    total = before + 1;
    KeReleaseQueuedSpinLock(LockQueueVacbLock, irql);
  }
}

CASE(QueuedSpinLocks, WithANumberAreOneForAllCores) {
  HANDLE threads[4];
  KIRQL irql, other;
  SetUp();
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(CountNumbered, NULL, i);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
  ASSERT(total == 200);
  ASSERT(KeTryToAcquireQueuedSpinLock(LockQueueMasterLock, &irql));
  ASSERT(!KeTryToAcquireQueuedSpinLock(LockQueueMasterLock, &other));
  ASSERT(KeTryToAcquireQueuedSpinLock(LockQueueBcbLock, &other) && other == DISPATCH_LEVEL);
  KeReleaseQueuedSpinLock(LockQueueBcbLock, other);
  KeReleaseQueuedSpinLock(LockQueueMasterLock, irql);
  ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
}

STOP_CASE(QueuedSpinLocks, WantedAgainByTheirOwnerStop, "SPIN_LOCK_ALREADY_OWNED") {
  KLOCK_QUEUE_HANDLE handle, again;
  SetUp();
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  KeAcquireInStackQueuedSpinLock(&lock, &again);
}

STOP_CASE(QueuedSpinLocks, ReleasedTwiceStop, "SPIN_LOCK_NOT_OWNED") {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  KeReleaseInStackQueuedSpinLock(&handle);
  KeReleaseInStackQueuedSpinLock(&handle);
}

static VOID ReleaseThat(PVOID Context) { KeReleaseInStackQueuedSpinLock(Context); }

STOP_CASE(QueuedSpinLocks, ReleasedByAnotherThreadStop, "SPIN_LOCK_NOT_OWNED") {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  HANDLE thread = Start(ReleaseThat, &handle, 1);
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  KeStallExecutionProcessor(100);
  KeReleaseInStackQueuedSpinLock(&handle);
  Join(thread);
}

STOP_CASE(QueuedSpinLocks, AcquiredByPlainRoutinesTooStop, "LOCKARB_MISUSE (0xC000001E") {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
  KeAcquireSpinLockAtDpcLevel(&lock);
}

STOP_CASE(QueuedSpinLocks, OwnedByAPlainAcquireStop, "LOCKARB_MISUSE (0xC000001E") {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  KeAcquireSpinLockRaiseToDpc(&lock);
  KeAcquireInStackQueuedSpinLock(&lock, &handle);
}

STOP_CASE(QueuedSpinLocks, AtDpcLevelBelowDispatchLevelStop,
          "IRQL_NOT_LESS_OR_EQUAL (0x0, 0x1, 0x2, 0x0)") {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  KfRaiseIrql(APC_LEVEL);
  KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
}

STOP_CASE(QueuedSpinLocks, OfANumberThatThereIsNotStop, "LOCKARB_MISUSE (0xC000000D, 0x11") {
  KeAcquireQueuedSpinLock(LockQueueMaximumLock);
}

CASE(QueuedSpinLocks, RaiseTheIrqlAsFarAsTheirRoutineSays) {
  KLOCK_QUEUE_HANDLE handle;
  SetUp();
  KeAcquireInStackQueuedSpinLockForDpc(&lock, &handle);
  ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL);
  KIRQL irql = KeAcquireSpinLockForDpc(&second_lock);
  ASSERT(irql == DISPATCH_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
  KeReleaseSpinLockForDpc(&second_lock, irql);
  KeReleaseInStackQueuedSpinLockForDpc(&handle);
  ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
  KeAcquireInStackQueuedSpinLockRaiseToSynch(&lock, &handle);
  ASSERT(KeGetCurrentIrql() == SYNCH_LEVEL);
  KeReleaseInStackQueuedSpinLock(&handle);
  irql = KeAcquireQueuedSpinLockRaiseToSynch(LockQueueIoVpbLock);
  ASSERT(KeGetCurrentIrql() == SYNCH_LEVEL && irql == PASSIVE_LEVEL);
  KeReleaseQueuedSpinLock(LockQueueIoVpbLock, irql);
  irql = KeRaiseIrqlToSynchLevel();
  ASSERT(KeGetCurrentIrql() == SYNCH_LEVEL);
  KeLowerIrql(irql);
}

/* Readers and writers */

static VOID Enter(VOID) {
  if (InterlockedIncrement((PLONG)&inside) > (LONG)most_inside) most_inside = inside;
}
static VOID Leave(VOID) { InterlockedDecrement((PLONG)&inside); }

static VOID Read(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 20; i++) {
    KIRQL irql = ExAcquireSpinLockShared(&shared_lock);
    ASSERT(KeGetCurrentIrql() == DISPATCH_LEVEL && irql == PASSIVE_LEVEL);
    Enter();
    KeStallExecutionProcessor(10);
    Leave();
    ExReleaseSpinLockShared(&shared_lock, irql);
    ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
  }
}

static VOID Write(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 20; i++) {
    KIRQL irql = ExAcquireSpinLockExclusive(&shared_lock);
    ASSERT(inside == 0);
    inside = 1;
    ULONG before = total;
    KeStallExecutionProcessor(1);
    total = before + 1;
    inside = 0;
    ExReleaseSpinLockExclusive(&shared_lock, irql);
  }
}

CASE(SharedSpinLocks, KeepWritersAlone) {
  HANDLE threads[4];
  SetUp();
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(i < 2 ? Read : Write, NULL, i);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
  ASSERT(total == 40 && shared_lock == 0);
}

CASE(SharedSpinLocks, LetReadersInTogether) {
  HANDLE threads[3];
  SetUp();
  for (ULONG i = 0; i < 3; i++) threads[i] = Start(Read, NULL, i + 1);
  for (ULONG i = 0; i < 3; i++) Join(threads[i]);
  ASSERT(most_inside == 3);
}

static VOID WriteOnce(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeStallExecutionProcessor(50);
  KIRQL irql = ExAcquireSpinLockExclusive(&shared_lock);
  order[arrived++] = 1;
  ExReleaseSpinLockExclusive(&shared_lock, irql);
}

static VOID ReadOnce(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeStallExecutionProcessor(150);
  KIRQL irql = KeRaiseIrqlToDpcLevel();
  ASSERT(!ExTryAcquireSpinLockSharedAtDpcLevel(&shared_lock));
  ExAcquireSpinLockSharedAtDpcLevel(&shared_lock);
  order[arrived++] = 2;
  ExReleaseSpinLockSharedFromDpcLevel(&shared_lock);
  KeLowerIrql(irql);
}

CASE(SharedSpinLocks, AWaitingWriterKeepsNewReadersOut) {
  SetUp();
  HANDLE writer = Start(WriteOnce, NULL, 1), reader = Start(ReadOnce, NULL, 2);
  KIRQL irql = ExAcquireSpinLockShared(&shared_lock);
  KeStallExecutionProcessor(300);
  ASSERT(!ExTryConvertSharedSpinLockExclusive(&shared_lock));
  ExReleaseSpinLockShared(&shared_lock, irql);
  Join(writer);
  Join(reader);
  ASSERT(arrived == 2 && order[0] == 1 && order[1] == 2);
}

CASE(SharedSpinLocks, TheOnlyReaderBecomesTheWriter) {
  SetUp();
  KIRQL irql = ExAcquireSpinLockShared(&shared_lock);
  ASSERT(!ExTryAcquireSpinLockExclusiveAtDpcLevel(&shared_lock));
  ASSERT(ExTryConvertSharedSpinLockExclusive(&shared_lock));
  ASSERT(!ExTryAcquireSpinLockSharedAtDpcLevel(&shared_lock));
  ExReleaseSpinLockExclusiveFromDpcLevel(&shared_lock);
  ASSERT(ExTryAcquireSpinLockExclusiveAtDpcLevel(&shared_lock));
  ExReleaseSpinLockExclusive(&shared_lock, irql);
  ASSERT(shared_lock == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
}

STOP_CASE(SharedSpinLocks, WantedAgainByTheWriterStop, "SPIN_LOCK_ALREADY_OWNED") {
  SetUp();
  ExAcquireSpinLockExclusive(&shared_lock);
  ExAcquireSpinLockSharedAtDpcLevel(&shared_lock);
}

STOP_CASE(SharedSpinLocks, ReleasedAsSharedByTheWriterStop, "SPIN_LOCK_NOT_OWNED") {
  SetUp();
  ExAcquireSpinLockExclusive(&shared_lock);
  ExReleaseSpinLockSharedFromDpcLevel(&shared_lock);
}

STOP_CASE(SharedSpinLocks, ReleasedTooOftenStop, "SPIN_LOCK_NOT_OWNED") {
  SetUp();
  ExReleaseSpinLockShared(&shared_lock, ExAcquireSpinLockShared(&shared_lock));
  KeRaiseIrqlToDpcLevel();
  ExReleaseSpinLockSharedFromDpcLevel(&shared_lock);
}

STOP_CASE(SharedSpinLocks, AcquiredAboveDispatchLevelStop,
          "IRQL_NOT_GREATER_OR_EQUAL (0x0, 0xF, 0x2, 0x0)") {
  SetUp();
  KfRaiseIrql(HIGH_LEVEL);
  ExAcquireSpinLockExclusive(&shared_lock);
}

/* The verifier */

VERIFIED_CASE(VerifiedSpinLocks, RightUseIsSilent) {
  KLOCK_QUEUE_HANDLE handle;
  KIRQL irql;
  SetUp();
  for (ULONG i = 0; i < 2; i++) {
    KeAcquireSpinLock(&lock, &irql);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&second_lock, &handle);
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
    KeReleaseSpinLock(&lock, irql);
    irql = ExAcquireSpinLockShared(&shared_lock);
    ExReleaseSpinLockShared(&shared_lock, irql);
    irql = KeAcquireSpinLockRaiseToSynch(&lock);
    KeReleaseSpinLock(&lock, irql);
  }
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, ReleaseBelowDispatchLevel,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x32, 0x0, ") {
  SetUp();
  KeReleaseSpinLock(&lock, PASSIVE_LEVEL);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, NumberedOneReleasedBelowDispatchLevel,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x36, 0x0, 0x4, 0x1)") {
  KeReleaseQueuedSpinLock(LockQueueVacbLock, APC_LEVEL);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, AcquireAtDpcLevelBelowIt,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x40, 0x0, ") {
  SetUp();
  KeAcquireSpinLockAtDpcLevel(&lock);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, ReleaseFromDpcLevelBelowIt,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x41, 0x1, ") {
  SetUp();
  KfRaiseIrql(APC_LEVEL);
  ExReleaseSpinLockSharedFromDpcLevel(&shared_lock);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, AcquireAboveDispatchLevel,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x42, 0xF, ") {
  SetUp();
  KfRaiseIrql(HIGH_LEVEL);
  KeAcquireSpinLockRaiseToDpc(&lock);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, OwnedOverALowerIrql,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x31, 0x2, 0x1, 0x0)") {
  SetUp();
  KeAcquireSpinLockRaiseToDpc(&lock);
  KeLowerIrql(APC_LEVEL);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, OwnedOverAWait,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x121, ") {
  KEVENT event;
  SetUp();
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  KeAcquireSpinLockRaiseToDpc(&lock);
  KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, SharedOneWantedAgain,
                   "the thread owns the spin lock and would wait for itself\n") {
  SetUp();
  ExAcquireSpinLockShared(&shared_lock);
  ExAcquireSpinLockExclusiveAtDpcLevel(&shared_lock);
}

VERIFIED_STOP_CASE(VerifiedSpinLocks, TwoOrders, "DRIVER_VERIFIER_DETECTED_VIOLATION (0x1001, ") {
  KLOCK_QUEUE_HANDLE handle;
  KIRQL irql;
  SetUp();
  KeAcquireSpinLock(&lock, &irql);
  KeAcquireInStackQueuedSpinLockAtDpcLevel(&second_lock, &handle);
  KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);
  KeReleaseSpinLock(&lock, irql);
  KeAcquireInStackQueuedSpinLock(&second_lock, &handle);
  KeAcquireSpinLockAtDpcLevel(&lock);
}

/* Steps under a spin lock */

static VOID PushMany(PVOID Context) {
  for (ULONG i = 0; i < 25; i++) {
    ExInterlockedInsertTailList(&list, (PLIST_ENTRY)Context + i, &lock);
    ExInterlockedAddUlong(&total, 1, &lock);
  }
}

CASE(InterlockedLists, LoseNothingBetweenCores) {
  static LIST_ENTRY entries[4][25];
  HANDLE threads[4];
  ULONG found = 0;
  SetUp();
  InitializeListHead(&list);
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(PushMany, entries[i], i);
  for (ULONG i = 0; i < 4; i++) Join(threads[i]);
  while (ExInterlockedRemoveHeadList(&list, &lock) != NULL) found++;
  ASSERT(found == 100 && total == 100);
}

CASE(InterlockedLists, AreForAnyIrql) {
  LIST_ENTRY entries[2];
  SINGLE_LIST_ENTRY head = {NULL}, single[2];
  LARGE_INTEGER large = {.QuadPart = 5};
  LONG64 seven = 7, twelve = 12;
  KIRQL irql = KfRaiseIrql(HIGH_LEVEL);
  SetUp();
  InitializeListHead(&list);
  ASSERT(ExInterlockedInsertHeadList(&list, &entries[0], &lock) == NULL);
  ASSERT(ExInterlockedInsertHeadList(&list, &entries[1], &lock) == &entries[0]);
  ASSERT(ExInterlockedRemoveHeadList(&list, &lock) == &entries[1]);
  ASSERT(ExInterlockedPushEntryList(&head, &single[0], &lock) == NULL);
  ASSERT(ExInterlockedPushEntryList(&head, &single[1], &lock) == &single[0]);
  ASSERT(ExInterlockedPopEntryList(&head, &lock) == &single[1]);
  ASSERT(ExInterlockedAddLargeInteger(&large, large, &lock).QuadPart == 5 && large.QuadPart == 10);
  ExInterlockedAddLargeStatistic(&large, 2);
  ASSERT(ExInterlockedCompareExchange64(&large.QuadPart, &seven, &twelve, &lock) == 12);
  ASSERT(large.QuadPart == 7);
  ASSERT(KeGetCurrentIrql() == HIGH_LEVEL);
  KeLowerIrql(irql);
}
