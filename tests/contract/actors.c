/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actors of the contract suite as threads on RISC-V cores: the first thread, alone on core 0,
 * does what the host asks for (actors.h), as wdm_subject.cpp does on host threads.
 */
#include "actors.h"

#include <lockarb_threads.h>
#include <setjmp.h>

#include "calls.h"
#include "executive/port.h"

/* Longer than any step that a thread takes without a note. */
enum { QUIET_MICROSECONDS = 60, WORKER_CORES = 3 };

struct call {
  enum actor_request request;
  uint32_t arguments[2];
};

struct worker {
  HANDLE handle;
  PKTHREAD thread;
  ULONG number;
  KEVENT asked;
  struct call call;
  volatile BOOLEAN busy, ends;
  volatile BOOLEAN waits;
  BOOLEAN alertable;
  jmp_buf refused; /* behind the call, for a bug check */
  KAPC in_progress, apcs[APC_KINDS];
};

/* Part of the image: what is zero at first is cleared when the program starts, and the host may
 * have written before. */
volatile struct actors lockarb_actors = {.lock = PORT_NO_LOCK};

static struct worker workers[ACTORS];
static ERESOURCE resource;
static ULONG64 pointed;
static volatile ULONG notes[8]; /* of each core, that were made */

/* It is asked of what threads do, since a thread that waits cannot say so. */
void port_note(const struct port_note *note) {
  notes[port_core()]++;
  if (note->kind == PORT_NOTE_LOCK_INITIALIZED) lockarb_actors.lock = note->lock;
  for (unsigned i = 0; i < ACTORS; i++) {
    struct worker *worker = &workers[i];
    if (worker->number != note->thread || note->thread == 0) continue;
    if (note->kind == PORT_NOTE_THREAD_WAITING) worker->waits = note->lock != PORT_NO_LOCK;
    if (note->kind == PORT_NOTE_THREAD_READY) worker->waits = FALSE;
    if (note->kind != PORT_NOTE_BUG_CHECK) continue;
    /* The thread goes on behind the call that was refused, as a debugger could make it. */
    lockarb_actors.bug_check = (uint32_t)note->value;
    longjmp(worker->refused, 1);
  }
}

static PVOID owner_pointer(ULONG low_bits) { return (char *)&pointed + low_bits; }

static ERESOURCE_THREAD owner_value(ULONG owner) {
  return owner == ACTOR_POINTER ? (ERESOURCE_THREAD)owner_pointer(3)
                                : (ERESOURCE_THREAD)workers[owner].thread;
}

static VOID tell_apc_state(VOID) {
  lockarb_actors.kernel_apc_disable = KeGetCurrentThread()->KernelApcDisable;
  lockarb_actors.special_apc_disable = KeGetCurrentThread()->SpecialApcDisable;
  lockarb_actors.apcs_disabled = KeAreApcsDisabled();
  lockarb_actors.all_apcs_disabled = KeAreAllApcsDisabled();
}

static VOID do_call(struct worker *self) {
  volatile struct actor_view *view = &lockarb_actors.actors[self - workers];
  const uint32_t *arguments = self->call.arguments;
  switch (self->call.request) {
    case ACTORS_ACQUIRE:
      view->result = call_acquire(&resource, arguments[0], arguments[1]);
      break;
    case ACTORS_RELEASE:
      call_release(&resource, arguments[0], owner_value(arguments[1]));
      break;
    case ACTORS_CONVERT:
      ExConvertExclusiveToSharedLite(&resource);
      break;
    case ACTORS_SET_OWNER:
      call_set_owner(&resource, arguments[0] != 0, owner_pointer(arguments[1]));
      break;
    case ACTORS_LIFETIME:
      view->result = call_lifetime(&resource, arguments[0], arguments[1]);
      break;
    case ACTORS_LOOK:
      view->hold_count = ExIsResourceAcquiredSharedLite(&resource);
      view->hold_exclusive = ExIsResourceAcquiredExclusiveLite(&resource);
      break;
    case ACTORS_REGION:
      call_region(arguments[0] != 0, arguments[1] != 0);
      break;
    case ACTORS_IRQL:
      call_irql((KIRQL)arguments[0]);
      break;
    case ACTORS_APC_STATE:
      tell_apc_state();
      break;
    default:
      self->alertable = arguments[0] != 0;
  }
}

static VOID work(PVOID Context) {
  struct worker *self = Context;
  for (;;) {
    NTSTATUS status = KeWaitForSingleObject(
        &self->asked, Executive, self->alertable ? UserMode : KernelMode, self->alertable, NULL);
    if (status == STATUS_USER_APC) continue;
    if (self->ends) break;
    if (setjmp(self->refused) == 0) {
      do_call(self);
    } else {
      port_interrupts_restore(true); /* a stop turns them off */
    }
    self->busy = FALSE;
  }
  self->ends = FALSE;
}

static struct worker *worker_of(ULONG actor) {
  struct worker *worker = &workers[actor];
  if (worker->thread != NULL) return worker;
  struct lockarb_thread_options options = {.core = 1 + actor % WORKER_CORES};
  PVOID thread;
  KeInitializeEvent(&worker->asked, SynchronizationEvent, FALSE);
  worker->busy = worker->ends = worker->waits = worker->alertable = FALSE;
  if (!NT_SUCCESS(lockarb_create_thread(&worker->handle, work, worker, &options)) ||
      !NT_SUCCESS(ObReferenceObjectByHandle(worker->handle, THREAD_ALL_ACCESS, *PsThreadType,
                                            KernelMode, &thread, NULL))) {
    KeBugCheck(MANUALLY_INITIATED_CRASH);
  }
  worker->thread = thread;
  worker->number = lockarb_thread_number(thread);
  return worker;
}

static VOID ask(struct worker *worker, const struct call *call) {
  worker->call = *call;
  worker->busy = TRUE;
  KeSetEvent(&worker->asked, 0, FALSE);
}

static ULONG all_notes(VOID) {
  ULONG all = 0;
  for (unsigned core = 0; core <= WORKER_CORES; core++) all += notes[core];
  return all;
}

/* Until each actor has come back, or waits for the lock and is not on its way. */
static VOID wait_until_quiet(VOID) {
  ULONG before;
  BOOLEAN all_stand;
  do {
    before = all_notes();
    KeStallExecutionProcessor(QUIET_MICROSECONDS);
    all_stand = TRUE;
    for (unsigned i = 0; i < ACTORS; i++) all_stand &= !workers[i].busy || workers[i].waits;
  } while (!all_stand || all_notes() != before);
}

static VOID end_scene(VOID) {
  for (unsigned i = 0; i < ACTORS; i++) {
    struct worker *worker = &workers[i];
    if (worker->thread == NULL) continue;
    worker->ends = TRUE;
    KeSetEvent(&worker->asked, 0, FALSE);
    ZwWaitForSingleObject(worker->handle, FALSE, NULL);
    ObDereferenceObject(worker->thread);
    ZwClose(worker->handle);
    worker->thread = NULL;
    worker->number = 0;
  }
}

static VOID look(const struct call *call) {
  for (unsigned i = 0; i < ACTORS; i++) {
    if (workers[i].thread != NULL && !workers[i].busy) ask(&workers[i], call);
  }
  wait_until_quiet();
  lockarb_actors.exclusive = (resource.Flag & ResourceOwnedExclusive) != 0;
  lockarb_actors.owners = resource.ActiveEntries;
  lockarb_actors.shared_waiters = ExGetSharedWaiterCount(&resource);
  lockarb_actors.exclusive_waiters = ExGetExclusiveWaiterCount(&resource);
  lockarb_actors.contentions = resource.ContentionCount;
}

/* APCs */

static VOID nothing(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                    PVOID *SystemArgument1, PVOID *SystemArgument2) {
  (void)Apc, (void)NormalRoutine, (void)NormalContext, (void)SystemArgument1;
  (void)SystemArgument2;
}

static VOID note_special(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                         PVOID *SystemArgument1, PVOID *SystemArgument2) {
  (void)Apc, (void)NormalRoutine, (void)NormalContext, (void)SystemArgument2;
  *(volatile uint32_t *)*SystemArgument1 = 1;
}

static VOID note_normal(PVOID NormalContext, PVOID SystemArgument1, PVOID SystemArgument2) {
  (void)NormalContext, (void)SystemArgument2;
  *(volatile uint32_t *)SystemArgument1 = 1;
}

/* The actor takes its calls inside of the APC's normal routine. */
static VOID work_in_apc(PVOID NormalContext, PVOID SystemArgument1, PVOID SystemArgument2) {
  (void)SystemArgument1, (void)SystemArgument2;
  work(NormalContext);
}

static VOID set_in_apc(struct worker *worker, BOOLEAN in) {
  if (in) {
    KeInitializeApc(&worker->in_progress, worker->thread, OriginalApcEnvironment, nothing, NULL,
                    work_in_apc, KernelMode, worker);
    KeInsertQueueApc(&worker->in_progress, NULL, NULL, 0);
  } else {
    worker->ends = TRUE;
    KeSetEvent(&worker->asked, 0, FALSE);
  }
}

enum { SPECIAL_APC, NORMAL_APC, USER_APC };

static VOID queue_apc(ULONG actor, ULONG kind) {
  struct worker *worker = worker_of(actor);
  volatile uint32_t *ran = &lockarb_actors.actors[actor].ran[kind];
  *ran = 0;
  KeInitializeApc(&worker->apcs[kind], worker->thread, OriginalApcEnvironment,
                  kind == SPECIAL_APC ? note_special : nothing, NULL,
                  kind == SPECIAL_APC ? NULL : note_normal,
                  kind == USER_APC ? UserMode : KernelMode, NULL);
  KeInsertQueueApc(&worker->apcs[kind], (PVOID)ran, NULL, 0);
}

/* What the host asks for */

static VOID serve(const struct call *call, ULONG actor) {
  switch (call->request) {
    case ACTORS_BEGIN:
      RtlFillMemory(&resource, sizeof(resource), 0xCC);
      ask(worker_of(ACTOR_HELPER),
          &(struct call){ACTORS_LIFETIME, {LIFETIME_INITIALIZE, call->arguments[0]}});
      break;
    case ACTORS_END:
      end_scene();
      break;
    case ACTORS_LOOK:
      look(call);
      break;
    case ACTORS_IN_APC:
      set_in_apc(worker_of(actor), call->arguments[0] != 0);
      break;
    case ACTORS_QUEUE_APC:
      queue_apc(actor, call->arguments[0]);
      break;
    case ACTORS_DROP_APC:
      KeRemoveQueueApc(&workers[actor].apcs[call->arguments[0]]);
      break;
    default:
      if (call->request == ACTORS_RELEASE && call->arguments[1] < ACTORS) {
        worker_of(call->arguments[1]); /* it may not have done anything so far */
      }
      ask(worker_of(actor), call);
  }
  wait_until_quiet();
}

static VOID tell_of_actors(VOID) {
  for (unsigned i = 0; i < ACTORS; i++) {
    volatile struct actor_view *view = &lockarb_actors.actors[i];
    const struct worker *worker = &workers[i];
    view->number = worker->number;
    view->busy = worker->busy;
    view->waits = worker->waits;
    view->kernel_apc_disable = worker->thread != NULL ? worker->thread->KernelApcDisable : 0;
  }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  for (uint32_t asked = 1;; asked++) {
    while (lockarb_actors.asked != asked) continue;
    lockarb_actors.bug_check = 0;
    serve(&(struct call){(enum actor_request)lockarb_actors.request,
                         {lockarb_actors.arguments[0], lockarb_actors.arguments[1]}},
          lockarb_actors.actor);
    tell_of_actors();
    lockarb_actors.done = asked;
  }
}
