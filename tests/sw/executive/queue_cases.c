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

STOP_CASE(Queues, WaitedForAsObjectsStop, "LOCKARB_MISUSE (0xC0000024, ") {
  SetUp(0);
  Insert(0);
  KeWaitForSingleObject(&queue, Executive, KernelMode, FALSE, NULL);
}

/* Work items */

static WORK_QUEUE_ITEM item, items[8];
static KSEMAPHORE done;
static KPRIORITY priority;
static PVOID object_seen;

static VOID SetUpItems(PWORKER_THREAD_ROUTINE Routine) {
  SetUp(0);
  KeInitializeSemaphore(&done, 0, 100);
  ExInitializeWorkItem(&item, Routine, &item);
  for (ULONG i = 0; i < 8; i++) ExInitializeWorkItem(&items[i], Routine, UlongToPtr(i));
}

static NTSTATUS WaitFor(PVOID Object, LONG Microseconds) {
  LARGE_INTEGER timeout = {.QuadPart = -10 * Microseconds};
  return KeWaitForSingleObject(Object, Executive, KernelMode, FALSE, &timeout);
}

static VOID NoteItem(PVOID Parameter) {
  ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL && !KeAreApcsDisabled());
  priority = KeQueryPriorityThread(KeGetCurrentThread());
  order[taken % 8] = Parameter == &item ? 100 : PtrToUlong(Parameter);
  taken++;
  KeReleaseSemaphore(&done, IO_NO_INCREMENT, 1, FALSE);
}

CASE(WorkItems, RunInAThreadOfTheirQueue) {
  const KPRIORITY priorities[] = {13, 12, 15};
  KIRQL irql;
  SetUpItems(NoteItem);
  for (ULONG i = 0; i < 3; i++) {
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    ExQueueWorkItem(&item, (WORK_QUEUE_TYPE)i);
    KeLowerIrql(irql);
    ASSERT(WaitFor(&done, 10000) == STATUS_SUCCESS && order[0] == 100);
    ASSERT(priority == priorities[i] && item.List.Flink == NULL);
    taken = 0;
  }
}

static VOID WaitInItem(PVOID Parameter) {
  if (Parameter == UlongToPtr(7)) {
    KeSetEvent(&go, IO_NO_INCREMENT, FALSE);
  } else {
    KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  }
  KeReleaseSemaphore(&done, IO_NO_INCREMENT, 1, FALSE);
}

CASE(WorkItems, ThatWaitForALaterOneGetAThreadMore) {
  SetUpItems(WaitInItem);
  for (ULONG i = 0; i < 8; i++) {
    ExQueueWorkItem(&items[i], DelayedWorkQueue);
    Delay(20);
  }
  for (ULONG i = 0; i < 8; i++) ASSERT(WaitFor(&done, 10000) == STATUS_SUCCESS);
}

static VOID AgainAndFree(PVOID Parameter) {
  PWORK_QUEUE_ITEM self = Parameter;
  if (++taken < 3) {
    ExQueueWorkItem(self, CriticalWorkQueue);
  } else {
    ExFreePool(self);
    KeReleaseSemaphore(&done, IO_NO_INCREMENT, 1, FALSE);
  }
}

CASE(WorkItems, MayQueueThemselvesAgainAndFreeTheirMemory) {
  SetUpItems(AgainAndFree);
  PWORK_QUEUE_ITEM pooled = ExAllocatePoolWithTag(NonPagedPool, sizeof(*pooled), 'kcoL');
  ExInitializeWorkItem(pooled, AgainAndFree, pooled);
  ExQueueWorkItem(pooled, CriticalWorkQueue);
  ASSERT(WaitFor(&done, 10000) == STATUS_SUCCESS && taken == 3);
}

static VOID NoteDevice(PDEVICE_OBJECT DeviceObject, PVOID Context) {
  object_seen = DeviceObject;
  IoFreeWorkItem(Context);
  KeReleaseSemaphore(&done, IO_NO_INCREMENT, 1, FALSE);
}

static VOID NoteObject(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem) {
  object_seen = IoObject;
  ASSERT(Context == IoWorkItem);
  KeReleaseSemaphore(&done, IO_NO_INCREMENT, 1, FALSE);
}

CASE(WorkItems, OfDevicesGetTheirObject) {
  static ULONG64 memory[16];
  PIO_WORKITEM own = (PIO_WORKITEM)memory;
  SetUpItems(NoteItem);
  PIO_WORKITEM io = IoAllocateWorkItem((PDEVICE_OBJECT)&queue);
  IoQueueWorkItem(io, NoteDevice, DelayedWorkQueue, io);
  ASSERT(WaitFor(&done, 10000) == STATUS_SUCCESS && object_seen == &queue);
  ASSERT(IoSizeofWorkItem() <= sizeof(memory));
  IoInitializeWorkItem(&done, own);
  for (ULONG i = 0; i < 2; i++) {
    IoQueueWorkItemEx(own, NoteObject, CriticalWorkQueue, own);
    ASSERT(WaitFor(&done, 10000) == STATUS_SUCCESS && object_seen == &done);
  }
  IoUninitializeWorkItem(own);
}

static VOID StayInRegion(PVOID Parameter) {
  UNREFERENCED_PARAMETER(Parameter);
  KeEnterCriticalRegion();
}
static VOID StayAtDispatchLevel(PVOID Parameter) {
  UNREFERENCED_PARAMETER(Parameter);
  KeRaiseIrqlToDpcLevel();
}
static VOID EndItsThread(PVOID Parameter) {
  UNREFERENCED_PARAMETER(Parameter);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID RunOne(PWORKER_THREAD_ROUTINE Routine) {
  SetUpItems(Routine);
  ExQueueWorkItem(&item, DelayedWorkQueue);
  WaitFor(&done, 1000);
}

STOP_CASE(WorkItems, ThatReturnInARegionStop, "APC_INDEX_MISMATCH (0x0, 0x0, 0xFFFF, 0x1)") {
  RunOne(StayInRegion);
}

STOP_CASE(WorkItems, ThatReturnAtARaisedIrqlStop, "WORKER_THREAD_RETURNED_AT_BAD_IRQL (") {
  RunOne(StayAtDispatchLevel);
}

STOP_CASE(WorkItems, ThatEndTheirThreadStop, "ACTIVE_EX_WORKER_THREAD_TERMINATION (") {
  RunOne(EndItsThread);
}

static VOID Compute(PVOID Parameter) {
  UNREFERENCED_PARAMETER(Parameter);
  KeStallExecutionProcessor(10000);
}

/* On all cores, beside this thread, which is better: what comes next stays in the queue. */
static VOID QueueWhatComputes(VOID) {
  SetUpItems(Compute);
  KeSetPriorityThread(KeGetCurrentThread(), HIGH_PRIORITY);
  for (ULONG i = 0; i < KeQueryActiveProcessorCount(NULL); i++) {
    ExQueueWorkItem(&items[i], DelayedWorkQueue);
  }
}

STOP_CASE(WorkItems, QueuedTwiceStop, "WORKER_INVALID (0x1, ") {
  QueueWhatComputes();
  for (ULONG i = 0; i < 2; i++) ExQueueWorkItem(&item, DelayedWorkQueue);
}

STOP_CASE(WorkItems, FreedWhileTheyAreQueuedStop, "WORKER_INVALID (0x2, ") {
  PIO_WORKITEM io = IoAllocateWorkItem(NULL);
  QueueWhatComputes();
  IoQueueWorkItem(io, NoteDevice, DelayedWorkQueue, io);
  IoFreeWorkItem(io);
}

static VOID StopLater(PVOID Parameter) {
  UNREFERENCED_PARAMETER(Parameter);
  Delay(100);
  KeBugCheck(MANUALLY_INITIATED_CRASH);
}

STOP_CASE(WorkItems, RunAlsoWhenTheLastThreadHasEnded, "MANUALLY_INITIATED_CRASH") {
  SetUpItems(StopLater);
  ExQueueWorkItem(&item, DelayedWorkQueue);
}

STOP_CASE(WorkItems, OfNoQueueStop, "LOCKARB_MISUSE (0xC000000D, 0x3, 0x3") {
  SetUpItems(NoteItem);
  ExQueueWorkItem(&item, (WORK_QUEUE_TYPE)3);
}

VERIFIED_STOP_CASE(VerifiedWorkItems, InMemoryThatIsFreed, "WORKER_INVALID (0x0, pool") {
  PWORK_QUEUE_ITEM pooled = ExAllocatePoolWithTag(NonPagedPool, 2 * sizeof(*pooled), 'kcoL');
  QueueWhatComputes();
  ExInitializeWorkItem(&pooled[1], NoteItem, NULL);
  ExQueueWorkItem(&pooled[1], DelayedWorkQueue);
  ExFreePool(pooled);
}

VERIFIED_STOP_CASE(VerifiedWorkItems, QueuedAboveDispatchLevel, "LOCKARB_MISUSE (0xC0000010") {
  SetUpItems(NoteItem);
  KfRaiseIrql(CLOCK_LEVEL);
  ExQueueWorkItem(&item, DelayedWorkQueue);
}
