/* SPDX-License-Identifier: Apache-2.0 */
/* KQUEUEs and work items. */
#include "cases.h"

typedef struct _ENTRY {
  LIST_ENTRY Link;
  ULONG Number;
} ENTRY;

static KQUEUE queue, second_queue;
static ENTRY entries[8];
static KEVENT go, event;
static ULONG order[8], taken;
static LONG inside, most_inside;
static ERESOURCE resource;
static LARGE_INTEGER none;

static VOID SetUp(ULONG Count) {
  KeInitializeQueue(&queue, Count);
  KeInitializeQueue(&second_queue, 1);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
  KeInitializeEvent(&event, SynchronizationEvent, FALSE);
  for (ULONG i = 0; i < 8; i++) entries[i].Number = i;
  taken = 0;
  inside = most_inside = 0;
}

static LONG Insert(ULONG Number) { return KeInsertQueue(&queue, &entries[Number].Link); }

static ENTRY *Remove(PLARGE_INTEGER Timeout) {
  PLIST_ENTRY entry = KeRemoveQueue(&queue, KernelMode, Timeout);
  return CONTAINING_RECORD(entry, ENTRY, Link);
}

static BOOLEAN Gives(NTSTATUS Status, PKQUEUE Queue, PLARGE_INTEGER Timeout) {
  return KeRemoveQueue(Queue, KernelMode, Timeout) == (PLIST_ENTRY)(LONG_PTR)Status;
}

CASE(Queues, GiveTheirEntriesInOrder) {
  SetUp(0);
  ASSERT(queue.MaximumCount == KeQueryActiveProcessorCount(NULL) &&
         queue.Header.Type == QueueObject);
  ASSERT(Insert(0) == 0 && Insert(1) == 1);
  ASSERT(KeInsertHeadQueue(&queue, &entries[2].Link) == 2 && KeReadStateQueue(&queue) == 3);
  ASSERT(Remove(NULL)->Number == 2 && entries[2].Link.Flink == NULL);
  ASSERT(Remove(&none)->Number == 0 && Remove(NULL)->Number == 1);
  ASSERT(Gives(STATUS_TIMEOUT, &queue, &none) && queue.CurrentCount == 1);
  ASSERT(KeGetCurrentThread()->Queue == &queue);
  ASSERT(Gives(STATUS_TIMEOUT, &second_queue, &none));
  ASSERT(queue.CurrentCount == 0 && second_queue.CurrentCount == 1);
  KeRundownQueue(&second_queue);
}

static VOID Take(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (;;) {
    ENTRY *entry = Remove(NULL);
    if (entry == CONTAINING_RECORD((PLIST_ENTRY)STATUS_ABANDONED, ENTRY, Link)) return;
    LONG now = InterlockedIncrement(&inside);
    if (now > most_inside) most_inside = now;
    order[taken % 8] = entry->Number;
    KeStallExecutionProcessor(20);
    InterlockedDecrement(&inside);
    InterlockedIncrement((LONG *)&taken);
  }
}

static VOID RunDown(HANDLE Threads[], ULONG Count) {
  Delay(500);
  ASSERT(KeRundownQueue(&queue) == NULL);
  for (ULONG i = 0; i < Count; i++) Join(Threads[i]);
}

CASE(Queues, LetNoMoreThreadsRunThanTheyAreToldTo) {
  HANDLE threads[4];
  SetUp(2);
  for (ULONG i = 0; i < 4; i++) threads[i] = Start(Take, NULL, i);
  Delay(100);
  for (ULONG i = 0; i < 8; i++) Insert(i);
  RunDown(threads, 4);
  ASSERT(taken == 8 && most_inside == 2 && queue.CurrentCount == 0);
}

static VOID TakeOneAndWait(PVOID Context) {
  Remove(NULL);
  InterlockedIncrement((LONG *)&taken);
  if (Context == &event) {
    KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  } else {
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
  }
  while (taken < 8) KeStallExecutionProcessor(1); /* it runs, and counts again */
}

static VOID AnotherOneRuns(PVOID Waits) {
  HANDLE threads[2];
  SetUp(1);
  ExInitializeResourceLite(&resource);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
  for (ULONG i = 0; i < 2; i++) threads[i] = Start(TakeOneAndWait, Waits, i + 1);
  Delay(50);
  for (ULONG i = 0; i < 2; i++) Insert(i);
  Delay(50);
  ASSERT(taken == 2 && queue.CurrentCount == 0); /* both wait for something else */
  KeSetEvent(&go, 0, FALSE);
  ExReleaseResourceAndLeaveCriticalRegion(&resource);
  KeStallExecutionProcessor(100);
  ASSERT(queue.CurrentCount == 2);
  taken = 8;
  for (ULONG i = 0; i < 2; i++) Join(threads[i]);
  ASSERT(queue.CurrentCount == 0 && KeRundownQueue(&queue) == NULL);
  ExDeleteResourceLite(&resource);
}

CASE(Queues, LetAnotherThreadRunWhenOneWaits) { AnotherOneRuns(&event); }

CASE(Queues, LetAnotherThreadRunWhenOneWaitsForALock) { AnotherOneRuns(NULL); }

static VOID WaitForEntry(PVOID Context) {
  ENTRY *entry = Remove(NULL);
  order[taken] = PtrToUlong(Context);
  InterlockedIncrement((LONG *)&taken);
  ASSERT(entry->Number == 0);
}

CASE(Queues, WakeTheThreadThatCameLast) {
  HANDLE threads[2];
  SetUp(0);
  for (ULONG i = 0; i < 2; i++) {
    threads[i] = Start(WaitForEntry, UlongToPtr(i), i + 1);
    Delay(50);
  }
  Insert(0);
  Delay(50);
  ASSERT(taken == 1 && order[0] == 1);
  Insert(0);
  for (ULONG i = 0; i < 2; i++) Join(threads[i]);
  KeRundownQueue(&queue);
}

CASE(Queues, GiveSeveralEntriesAtATime) {
  PLIST_ENTRY array[4];
  SetUp(0);
  for (ULONG i = 0; i < 3; i++) Insert(i);
  ASSERT(KeRemoveQueueEx(&queue, KernelMode, FALSE, NULL, array, 2) == 2);
  ASSERT(array[0] == &entries[0].Link && array[1] == &entries[1].Link);
  ASSERT(KeRemoveQueueEx(&queue, KernelMode, FALSE, NULL, array, 4) == 1);
  ASSERT(KeRemoveQueueEx(&queue, KernelMode, FALSE, &none, array, 4) == STATUS_TIMEOUT);
  KeRundownQueue(&queue);
}

CASE(Queues, AreRunDownWithWhatIsLeft) {
  SetUp(0);
  for (ULONG i = 0; i < 3; i++) Insert(i);
  ASSERT(Remove(NULL)->Number == 0);
  PLIST_ENTRY first = KeRundownQueue(&queue);
  ASSERT(first == &entries[1].Link && first->Flink == &entries[2].Link);
  ASSERT(first->Flink->Flink == first && KeReadStateQueue(&queue) == 0);
  ASSERT(KeGetCurrentThread()->Queue == NULL && KeRundownQueue(&queue) == NULL);
}

STOP_CASE(Queues, WithAnEntryThatWasOverwrittenStop, "INVALID_WORK_QUEUE_ITEM") {
  SetUp(0);
  Insert(0);
  entries[0].Link.Flink = NULL;
  Remove(NULL);
}

STOP_CASE(Queues, ThatNobodyFillsAreNamed, "waits for an entry of a queue") {
  SetUp(0);
  Remove(NULL);
}
