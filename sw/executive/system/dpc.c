/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DPCs. Each core that one was queued on has a thread for them, which is better than all others and
 * always at DISPATCH_LEVEL: so the dispatcher does the rest. Threaded ones have another thread.
 */
#include "executive/diagnose/report.h"
#include "executive/system/system.h"
#include "executive/wait/wait.h"
#include "lockarb_work.h"

enum { DPC_OBJECT = 19, THREADED_DPC_OBJECT = 26 };

/* Those of a core, of one kind. */
struct dpc_queue {
  LIST_ENTRY dpcs;
  struct thread *thread; /* NULL: it has none yet */
};

struct dpcs {
  struct dpc_queue plain;
  struct dpc_queue threaded;
};

static struct dpc_queue *queue_of(struct core *core, const KDPC *dpc) {
  return dpc->Type == DPC_OBJECT ? &core->dpcs->plain : &core->dpcs->threaded;
}

/* Dispatcher locked. @return NULL: there is none, and it waits for one from now on. */
static KDPC *next_dpc(struct dpc_queue *queue) {
  if (IsListEmpty(&queue->dpcs)) {
    struct thread *self = this_thread();
    InitializeListHead(&self->queue);
    self->rests = true;
    block_and_unlock(this_core(), WAIT_FOR_DPC, false);
    self->rests = false;
    port_interrupts_restore(true);
    return NULL;
  }
  KDPC *dpc = CONTAINING_RECORD(RemoveHeadList(&queue->dpcs), KDPC, DpcListEntry);
  dpc->DpcData = DPC_RUNS;
  return dpc;
}

static void check_irql(PKDEFERRED_ROUTINE routine, KIRQL irql) {
  KIRQL now = this_thread()->irql;
  if (now == irql) return;
  executive_stop((struct call){"the routine of a DPC", (const char *)(ULONG_PTR)routine + 1},
                 EXECUTIVE_NO_LOCK, IRQL_UNEXPECTED_VALUE, (ULONG_PTR)now << 16 | irql << 8,
                 (ULONG_PTR)routine, 0, 0);
}

static VOID run_dpcs(PVOID context) {
  struct dpc_queue *queue = context;
  const KIRQL irql = this_thread()->irql;
  for (;;) {
    lock_dispatcher();
    KDPC *dpc = next_dpc(queue);
    if (dpc == NULL) continue;
    /* The routine may free it. */
    PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
    PVOID context_of_it = dpc->DeferredContext;
    PVOID argument1 = dpc->SystemArgument1, argument2 = dpc->SystemArgument2;
    unlock_dispatcher(true);
    routine(dpc, context_of_it, argument1, argument2);
    check_irql(routine, irql);
  }
}

/* Dispatcher locked. */
static void need_thread(struct dpc_queue *queue, unsigned core, bool threaded, struct call call) {
  struct thread *lost = queue->thread;
  if (lost != NULL && lost->state != THREAD_ENDED) return;
  if (lost != NULL) dereference_locked(lost);
  char name[NAME_SIZE];
  format_text(name, sizeof(name), threaded ? "threaded DPCs %u" : "DPCs %u", core);
  const struct lockarb_thread_options options = {
      .name = name,
      .core = core,
      .priority = threaded ? HIGH_PRIORITY : DPC_PRIORITY,
      .no_slot = true,
  };
  queue->thread = create_server(run_dpcs, queue, &options, call);
  if (!threaded) queue->thread->irql = DISPATCH_LEVEL;
}

static void need_queues(struct core *core, struct call call) {
  if (core->dpcs != NULL) return;
  struct dpcs *dpcs = need_memory(sizeof(*dpcs), call);
  InitializeListHead(&dpcs->plain.dpcs);
  InitializeListHead(&dpcs->threaded.dpcs);
  core->dpcs = dpcs;
}

bool queue_dpc(KDPC *dpc, PVOID argument1, PVOID argument2, struct call call) {
  if (is_queued_dpc(dpc->DpcData)) return false;
  struct core *core = dpc->Number != 0 ? core_at(dpc->Number - 1) : this_core();
  need_queues(core, call);
  struct dpc_queue *queue = queue_of(core, dpc);
  need_thread(queue, core->number, dpc->Type != DPC_OBJECT, call);
  dpc->SystemArgument1 = argument1;
  dpc->SystemArgument2 = argument2;
  dpc->DpcData = queue;
  if (dpc->Importance == HighImportance) {
    InsertHeadList(&queue->dpcs, &dpc->DpcListEntry);
  } else {
    InsertTailList(&queue->dpcs, &dpc->DpcListEntry);
  }
  if (queue->thread->rests && queue->thread->state == THREAD_WAITING) {
    wake(queue->thread, STATUS_SUCCESS);
  }
  return true;
}

static void initialize(KDPC *dpc, UCHAR type, PKDEFERRED_ROUTINE routine, PVOID context) {
  *dpc = (KDPC){.Type = type,
                .Importance = MediumImportance,
                .DeferredRoutine = routine,
                .DeferredContext = context};
  object_report = &report_of_objects;
}

VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext) {
  verify_new(Dpc, sizeof(*Dpc), THIS_CALL);
  initialize(Dpc, DPC_OBJECT, DeferredRoutine, DeferredContext);
}

VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                             PVOID DeferredContext) {
  verify_new(Dpc, sizeof(*Dpc), THIS_CALL);
  initialize(Dpc, THREADED_DPC_OBJECT, DeferredRoutine, DeferredContext);
}

static bool insert(PRKDPC dpc, PVOID argument1, PVOID argument2, struct call call) {
  bool on = lock_dispatcher();
  bool inserted = queue_dpc(dpc, argument1, argument2, call);
  unlock_dispatcher(on);
  return inserted;
}

BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2) {
  return insert(Dpc, SystemArgument1, SystemArgument2, THIS_CALL);
}

BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc) {
  bool on = lock_dispatcher();
  bool queued = is_queued_dpc(Dpc->DpcData);
  if (queued) {
    RemoveEntryList(&Dpc->DpcListEntry);
    Dpc->DpcData = NULL;
  }
  unlock_dispatcher(on);
  return queued;
}

VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance) {
  Dpc->Importance = (UCHAR)Importance;
}

VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number) {
  if ((UCHAR)Number >= port_core_count()) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   (ULONG_PTR)Number, port_core_count(), 0);
  }
  Dpc->Number = (USHORT)(Number + 1);
}

NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber) {
  if (ProcNumber->Group != 0 || ProcNumber->Number >= port_core_count()) {
    return STATUS_INVALID_PARAMETER;
  }
  Dpc->Number = ProcNumber->Number + 1;
  return STATUS_SUCCESS;
}

/* After all of a queue; it waits for that one. */
static VOID say_so(PKDPC dpc, PVOID event, PVOID argument1, PVOID argument2) {
  (void)dpc, (void)argument1, (void)argument2;
  KeSetEvent(event, IO_NO_INCREMENT, FALSE);
}

static void flush(unsigned core, UCHAR type, struct call call) {
  KDPC last;
  KEVENT event;
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  initialize(&last, type, say_so, &event);
  last.Number = (USHORT)(core + 1);
  bool on = lock_dispatcher();
  const struct dpcs *dpcs = core_at(core)->dpcs;
  bool used = dpcs != NULL && queue_of(core_at(core), &last)->thread != NULL;
  if (used) queue_dpc(&last, NULL, NULL, call);
  unlock_dispatcher(on);
  if (used) wait_on(&event.Header, KernelMode, false, NULL, call);
}

VOID KeFlushQueuedDpcs(VOID) {
  for (unsigned i = 0; i < port_core_count(); i++) {
    flush(i, DPC_OBJECT, THIS_CALL);
    flush(i, THREADED_DPC_OBJECT, THIS_CALL);
  }
}

static const KDPC *find_in(const LIST_ENTRY *dpcs, ULONG_PTR start, size_t size) {
  for (const LIST_ENTRY *e = dpcs->Flink; e != dpcs; e = e->Flink) {
    const KDPC *dpc = CONTAINING_RECORD(e, KDPC, DpcListEntry);
    if ((ULONG_PTR)dpc - start < size) return dpc;
  }
  return NULL;
}

const KDPC *find_queued_dpc(const struct core *core, ULONG_PTR start, size_t size) {
  if (core->dpcs == NULL) return NULL;
  const KDPC *dpc = find_in(&core->dpcs->plain.dpcs, start, size);
  return dpc != NULL ? dpc : find_in(&core->dpcs->threaded.dpcs, start, size);
}

LOGICAL KeIsExecutingDpc(VOID) {
  const struct core *core = this_core();
  return core->dpcs != NULL && core->current == core->dpcs->plain.thread;
}
