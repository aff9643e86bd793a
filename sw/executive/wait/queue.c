/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KQUEUEs. CurrentCount is the number of the queue's threads that run: it goes down when one of
 * them begins to wait for anything (block_and_unlock(), begin_stay()), which lets another one take
 * an entry, and up again in wake(). A thread that asks for an entry does not count until it has
 * one.
 */
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"
#include "lockarb_work.h"

/* Of a thread that waits for an entry, on its stack. */
struct queue_wait {
  KWAIT_BLOCK block;
  LIST_ENTRY *entry; /* that it has got */
};

static KQUEUE *queue_at(DISPATCHER_HEADER *object) {
  return CONTAINING_RECORD(object, KQUEUE, Header);
}

static bool has_entry(DISPATCHER_HEADER *object) {
  const KQUEUE *queue = queue_at(object);
  return object->SignalState > 0 && queue->CurrentCount < queue->MaximumCount;
}

static void count(struct thread *t) {
  t->counts = true;
  t->counts_again = false;
  t->tcb.Queue->CurrentCount++;
}

static void uncount(struct thread *t) {
  t->counts = false;
  t->counts_again = true;
  t->tcb.Queue->CurrentCount--;
  end_waits(&t->tcb.Queue->Header);
}

static LIST_ENTRY *remove_first(KQUEUE *queue) {
  LIST_ENTRY *entry = queue->EntryListHead.Flink;
  if (entry->Flink == NULL || entry->Blink == NULL) {
    executive_stop((struct call){"KeRemoveQueue", NULL}, EXECUTIVE_NO_LOCK, INVALID_WORK_QUEUE_ITEM,
                   (ULONG_PTR)entry, (ULONG_PTR)queue, 0, 0);
  }
  RemoveEntryList(entry);
  entry->Flink = NULL;
  queue->Header.SignalState--;
  return entry;
}

static void take_entry(struct thread *t) {
  struct queue_wait *wait = CONTAINING_RECORD(t->wait_blocks, struct queue_wait, block);
  wait->entry = remove_first(t->tcb.Queue);
  count(t);
}

VOID KeInitializeQueue(PRKQUEUE Queue, ULONG Count) {
  static const struct queues operations = {.has_entry = has_entry, .take_entry = take_entry};
  *Queue = (KQUEUE){.Header = {.Type = OBJECT_QUEUE, .Size = sizeof(*Queue) / sizeof(LONG)},
                    .MaximumCount = Count != 0 ? Count : port_core_count()};
  InitializeListHead(&Queue->Header.WaitListHead);
  InitializeListHead(&Queue->EntryListHead);
  InitializeListHead(&Queue->ThreadListHead);
  queues = &operations;
  stop_counting = uncount;
  count_again = count;
  object_report = &report_of_objects;
}

LONG KeReadStateQueue(PRKQUEUE Queue) {
  verify_routine(THIS_CALL);
  return Queue->Header.SignalState;
}

LONG insert_entry(KQUEUE *queue, LIST_ENTRY *entry, LIST_ENTRY *before) {
  LONG old = queue->Header.SignalState;
  InsertTailList(before, entry);
  queue->Header.SignalState = old + 1;
  end_waits(&queue->Header);
  return old;
}

static LONG insert(KQUEUE *queue, LIST_ENTRY *entry, LIST_ENTRY *before, struct call call) {
  verify_routine(call);
  bool on = lock_dispatcher();
  LONG old = insert_entry(queue, entry, before);
  unlock_dispatcher(on);
  return old;
}

LONG KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry) {
  return insert(Queue, Entry, &Queue->EntryListHead, THIS_CALL);
}

LONG KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry) {
  return insert(Queue, Entry, Queue->EntryListHead.Flink, THIS_CALL);
}

/* The running thread asks for an entry: it is one of this queue, and does not count. */
static void join(KQUEUE *queue) {
  struct thread *self = this_thread();
  bool on = lock_dispatcher();
  if (self->counts) uncount(self);
  self->counts_again = false;
  self->tcb.Queue = queue;
  unlock_dispatcher(on);
}

/* @return STATUS_SUCCESS: there is an entry. */
static NTSTATUS wait_for_entry(KQUEUE *queue, KPROCESSOR_MODE mode, bool alertable,
                               const LARGE_INTEGER *timeout, LIST_ENTRY **entry, struct call call) {
  struct thread *self = this_thread();
  struct queue_wait wait = {.block = {.Object = queue, .WaitType = WaitAny}};
  join(queue);
  NTSTATUS status = wait_for_blocks(&wait.block, mode, alertable, timeout, call);
  *entry = wait.entry;
  if (status != STATUS_SUCCESS && self->tcb.Queue == queue) {
    bool on = lock_dispatcher();
    count(self);
    unlock_dispatcher(on);
  }
  return status;
}

PLIST_ENTRY KeRemoveQueue(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, PLARGE_INTEGER Timeout) {
  verify_object(THIS_CALL, Queue, wait_kind(Timeout));
  LIST_ENTRY *entry;
  bool user = WaitMode == UserMode; /* a user APC ends it */
  NTSTATUS status = wait_for_entry(Queue, WaitMode, user, Timeout, &entry, THIS_CALL);
  return status == STATUS_SUCCESS ? entry : (PLIST_ENTRY)(LONG_PTR)status;
}

ULONG KeRemoveQueueEx(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                      PLARGE_INTEGER Timeout, PLIST_ENTRY *EntryArray, ULONG Count) {
  verify_object(THIS_CALL, Queue, wait_kind(Timeout));
  NTSTATUS status = wait_for_entry(Queue, WaitMode, Alertable, Timeout, &EntryArray[0], THIS_CALL);
  if (status != STATUS_SUCCESS) return (ULONG)status;
  ULONG taken = 1;
  bool on = lock_dispatcher();
  while (taken < Count && Queue->Header.SignalState > 0) EntryArray[taken++] = remove_first(Queue);
  unlock_dispatcher(on);
  return taken;
}

PLIST_ENTRY KeRundownQueue(PRKQUEUE Queue) {
  verify_routine(THIS_CALL);
  bool on = lock_dispatcher();
  LIST_ENTRY *first = IsListEmpty(&Queue->EntryListHead) ? NULL : Queue->EntryListHead.Flink;
  RemoveEntryList(&Queue->EntryListHead);
  InitializeListHead(&Queue->EntryListHead);
  Queue->Header.SignalState = 0;
  while (!IsListEmpty(&Queue->Header.WaitListHead)) {
    const KWAIT_BLOCK *block =
        CONTAINING_RECORD(Queue->Header.WaitListHead.Flink, KWAIT_BLOCK, WaitListEntry);
    wake(thread_of(block->Thread), STATUS_ABANDONED);
  }
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->tcb.Queue != Queue) continue;
    t->tcb.Queue = NULL;
    t->counts = t->counts_again = false;
  }
  Queue->CurrentCount = 0;
  unlock_dispatcher(on);
  return first;
}
