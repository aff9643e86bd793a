/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work items: three KQUEUEs, each with threads that are made when an item comes and none of them
 * waits for one. So items that wait for each other do not wait for ever, as long as they are few.
 */
#include "executive/diagnose/report.h"
#include "executive/system/system.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"
#include "lockarb_work.h"

enum { QUEUES = 3, THREADS_AT_MOST = 16, TAG = 0x6B776F49 /* 'Iowk' */ };

struct work_queue {
  KQUEUE queue;
  unsigned threads;
};

static const struct kind {
  const char *name;
  KPRIORITY priority;
} kinds[QUEUES] = {
    [CriticalWorkQueue] = {"critical worker", 13},
    [DelayedWorkQueue] = {"delayed worker", 12},
    [HyperCriticalWorkQueue] = {"hypercritical worker", 15},
};

/* A return address in it, for its line. */
static struct call call_of(PWORKER_THREAD_ROUTINE routine) {
  return (struct call){"the routine of a work item", (const char *)(ULONG_PTR)routine + 1};
}

static void check_return(PWORKER_THREAD_ROUTINE routine, PVOID parameter,
                         const WORK_QUEUE_ITEM *item) {
  const struct thread *self = this_thread();
  if (self->irql != PASSIVE_LEVEL) {
    executive_stop(call_of(routine), EXECUTIVE_NO_LOCK, WORKER_THREAD_RETURNED_AT_BAD_IRQL,
                   (ULONG_PTR)routine, self->irql, (ULONG_PTR)parameter, (ULONG_PTR)item);
  }
  if (self->tcb.CombinedApcDisable != 0) stop_mismatch(call_of(routine), 0, 1);
}

static VOID work(PVOID context) {
  struct work_queue *queue = context;
  struct thread *self = this_thread();
  for (;;) {
    self->rests = true;
    PLIST_ENTRY entry = KeRemoveQueue(&queue->queue, KernelMode, NULL);
    self->rests = false;
    PWORK_QUEUE_ITEM item = CONTAINING_RECORD(entry, WORK_QUEUE_ITEM, List);
    PWORKER_THREAD_ROUTINE routine = item->WorkerRoutine; /* which may free the item */
    PVOID parameter = item->Parameter;
    routine(parameter);
    check_return(routine, parameter, item);
    bool on = lock_dispatcher();
    end_life();
    unlock_dispatcher(on);
  }
}

/* code: what it is about to be, queued (1) or freed (2). */
static void check_not_queued(const WORK_QUEUE_ITEM *item, ULONG_PTR code, struct call call) {
  if (item->List.Flink == NULL) return;
  executive_stop(call, EXECUTIVE_NO_LOCK, WORKER_INVALID, code, (ULONG_PTR)item,
                 (ULONG_PTR)item->WorkerRoutine, 0);
}

static void need_queues(struct call call) {
  if (work_queues != NULL) return;
  work_queues = need_memory(QUEUES * sizeof(*work_queues), call);
  for (unsigned i = 0; i < QUEUES; i++) KeInitializeQueue(&work_queues[i].queue, 0);
}

/* Dispatcher locked. */
static void need_thread(WORK_QUEUE_TYPE type, struct call call) {
  struct work_queue *queue = &work_queues[type];
  bool has_idle = !IsListEmpty(&queue->queue.Header.WaitListHead);
  if (has_idle || queue->threads == THREADS_AT_MOST) return;
  char name[NAME_SIZE];
  format_text(name, sizeof(name), "%s %u", kinds[type].name, ++queue->threads);
  const struct lockarb_thread_options options = {
      .name = name, .core = LOCKARB_ANY_CORE, .priority = kinds[type].priority};
  create_server(work, queue, &options, call);
}

static void queue_work(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type, struct call call) {
  verify_routine(call);
  if ((unsigned)type >= QUEUES) {
    executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   (ULONG_PTR)type, QUEUES, 0);
  }
  bool on = lock_dispatcher();
  need_queues(call);
  check_not_queued(item, 1, call);
  need_thread(type, call);
  begin_life();
  KQUEUE *queue = &work_queues[type].queue;
  insert_entry(queue, &item->List, &queue->EntryListHead);
  unlock_dispatcher(on);
}

VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType) {
  queue_work(WorkItem, QueueType, THIS_CALL);
}

const WORK_QUEUE_ITEM *find_queued_work(ULONG_PTR start, size_t size) {
  for (unsigned i = 0; work_queues != NULL && i < QUEUES; i++) {
    const LIST_ENTRY *head = &work_queues[i].queue.EntryListHead;
    for (const LIST_ENTRY *e = head->Flink; e != head; e = e->Flink) {
      const WORK_QUEUE_ITEM *item = CONTAINING_RECORD(e, WORK_QUEUE_ITEM, List);
      if ((ULONG_PTR)item - start < size) return item;
    }
  }
  return NULL;
}

/* Of a device: the same with its parameters. */

struct _IO_WORKITEM {
  WORK_QUEUE_ITEM item;
  PVOID object;
  PIO_WORKITEM_ROUTINE routine;
  PIO_WORKITEM_ROUTINE_EX routine_ex;
  PVOID context;
};

static VOID run(PVOID parameter) {
  PIO_WORKITEM item = parameter;
  if (item->routine != NULL) {
    item->routine(item->object, item->context);
  } else {
    item->routine_ex(item->object, item->context, item);
  }
}

ULONG IoSizeofWorkItem(VOID) { return sizeof(struct _IO_WORKITEM); }

VOID IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem) {
  *IoWorkItem = (struct _IO_WORKITEM){.object = IoObject};
  ExInitializeWorkItem(&IoWorkItem->item, run, IoWorkItem);
}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject) {
  PIO_WORKITEM item = ExAllocatePoolZero(NonPagedPool, sizeof(*item), TAG);
  if (item != NULL) IoInitializeWorkItem(DeviceObject, item);
  return item;
}

VOID IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem) {
  check_not_queued(&IoWorkItem->item, 2, THIS_CALL);
}

VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem) {
  check_not_queued(&IoWorkItem->item, 2, THIS_CALL);
  ExFreePool(IoWorkItem);
}

VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                     WORK_QUEUE_TYPE QueueType, PVOID Context) {
  check_not_queued(&IoWorkItem->item, 1, THIS_CALL);
  IoWorkItem->routine = WorkerRoutine;
  IoWorkItem->context = Context;
  queue_work(&IoWorkItem->item, QueueType, THIS_CALL);
}

VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                       WORK_QUEUE_TYPE QueueType, PVOID Context) {
  check_not_queued(&IoWorkItem->item, 1, THIS_CALL);
  IoWorkItem->routine = NULL;
  IoWorkItem->routine_ex = WorkerRoutine;
  IoWorkItem->context = Context;
  queue_work(&IoWorkItem->item, QueueType, THIS_CALL);
}
