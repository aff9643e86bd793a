/* SPDX-License-Identifier: Apache-2.0 */
/* APCs: queued for a thread, and run when the arbiter lets them through. */
#include "executive/apc/apc.h"

#include "executive/diagnose/report.h"
#include "executive/thread/slot.h"

static enum port_note_apc kind_of(const KAPC *apc) {
  if (apc->ApcMode == UserMode) return PORT_APC_USER;
  return is_special(apc) ? PORT_APC_SPECIAL : PORT_APC_NORMAL;
}

static const char *const kernel_routines[] = {
    [PORT_APC_SPECIAL] = "the kernel routine of a special kernel APC",
    [PORT_APC_NORMAL] = "the kernel routine of a normal kernel APC",
    [PORT_APC_USER] = "the kernel routine of a user APC"};
static const char *const normal_routines[] = {
    [PORT_APC_NORMAL] = "the normal routine of a kernel APC",
    [PORT_APC_USER] = "the routine of a user APC"};

static void note_apc(enum port_note_kind kind, const KAPC *apc) {
  note(thread_of(apc->Thread),
       (struct port_note){
           .kind = kind, .lock = PORT_NO_LOCK, .address = (uintptr_t)apc, .apc = kind_of(apc)});
}

/*
 * Contract II.E once more, for threads that are not on a core: the arbiter judges running ones. A
 * waiting thread must be woken for an APC, and only for one that the arbiter will let through.
 */
bool may_run_kernel_apc(const struct thread *t) {
  const KAPC *apc = first_apc(&t->kernel_apcs);
  if (t->irql >= APC_LEVEL || t->tcb.SpecialApcDisable != 0) return false;
  if (must_end(t)) return true;
  if (apc == NULL) return false;
  return is_special(apc) || (t->tcb.KernelApcDisable == 0 && !t->apc_in_progress);
}

bool may_run_user_apc(const struct thread *t) {
  return !IsListEmpty(&t->user_apcs) && t->irql == PASSIVE_LEVEL && t->tcb.CombinedApcDisable == 0;
}

VOID KeInitializeApc(PRKAPC Apc, PKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                     PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                     PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE ApcMode, PVOID NormalContext) {
  *Apc = (KAPC){
      .Type = 18, /* ApcObject */
      .Size = sizeof(*Apc),
      .Thread = Thread,
      .KernelRoutine = KernelRoutine,
      .RundownRoutine = RundownRoutine,
      .NormalRoutine = NormalRoutine,
      .NormalContext = NormalRoutine != NULL ? NormalContext : NULL,
      .ApcStateIndex = (CCHAR)Environment,
      .ApcMode = NormalRoutine != NULL ? ApcMode : KernelMode,
  };
}

/* Dispatcher locked. */
static void enqueue(struct thread *t, KAPC *apc) {
  if (apc->ApcMode == UserMode) {
    InsertTailList(&t->user_apcs, &apc->ApcListEntry);
    return;
  }
  LIST_ENTRY *before = &t->kernel_apcs;
  if (is_special(apc)) {
    before = t->kernel_apcs.Flink;
    while (before != &t->kernel_apcs && is_special(CONTAINING_RECORD(before, KAPC, ApcListEntry))) {
      before = before->Flink;
    }
  }
  InsertTailList(before, &apc->ApcListEntry);
}

void break_wait(struct thread *t) {
  bool stays = t->state == THREAD_STAYING;
  if (t->state != THREAD_WAITING && !stays) return;
  if (may_run_kernel_apc(t)) {
    if (stays && t->core != port_core()) {
      call_core(t->core);
    } else {
      wake(t, STATUS_KERNEL_APC);
    }
  } else if (t->user_apcs_open && may_run_user_apc(t)) {
    wake(t, STATUS_USER_APC);
  }
}

BOOLEAN KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                         KPRIORITY Increment) {
  (void)Increment;
  struct thread *t = thread_of(Apc->Thread);
  bool on = lock_dispatcher();
  if (Apc->Inserted || t->apcs_refused) {
    unlock_dispatcher(on);
    return FALSE;
  }
  Apc->SystemArgument1 = SystemArgument1;
  Apc->SystemArgument2 = SystemArgument2;
  Apc->Inserted = TRUE;
  enqueue(t, Apc);
  note_apc(PORT_NOTE_APC_QUEUED, Apc);
  bool runs =
      Apc->ApcMode == UserMode ? t->user_apcs_open && may_run_user_apc(t) : may_run_kernel_apc(t);
  if (!runs) note_apc(PORT_NOTE_APC_HELD_BACK, Apc);
  break_wait(t);
  if (t->state == THREAD_RUNNING && t != this_thread()) call_core(t->core);
  unlock_dispatcher(on);
  if (t == this_thread()) check_apcs(t);
  return TRUE;
}

BOOLEAN KeRemoveQueueApc(PRKAPC Apc) {
  bool on = lock_dispatcher();
  bool inserted = Apc->Inserted;
  if (inserted) {
    RemoveEntryList(&Apc->ApcListEntry);
    Apc->Inserted = FALSE;
  }
  unlock_dispatcher(on);
  return inserted;
}

/* What the arbiter lets through now, off its queue; NULL: nothing. */
static KAPC *take_deliverable(struct thread *self) {
  KAPC *apc = NULL;
  bool on = lock_dispatcher();
  sync_window(this_core());
  uint32_t open = lockarb_apc_deliverable(&arbiter, port_core());
  if (open & (LOCKARB_APC_DELIVERABLE_SPECIAL_MASK | LOCKARB_APC_DELIVERABLE_NORMAL_MASK)) {
    apc = first_apc(&self->kernel_apcs);
  } else if (open & LOCKARB_APC_DELIVERABLE_USER_MASK) {
    apc = first_apc(&self->user_apcs);
  }
  if (apc != NULL) {
    RemoveEntryList(&apc->ApcListEntry);
    apc->Inserted = FALSE;
    note_apc(PORT_NOTE_APC_DELIVERED, apc);
  }
  unlock_dispatcher(on);
  return apc;
}

/* An APC's routine returned; it was called with that count of regions. */
static void check_return(const struct thread *self, const char *kind, ULONG apc_disable) {
  if (self->tcb.CombinedApcDisable == apc_disable) return;
  stop_mismatch((struct call){kind, NULL}, apc_disable, 0);
}

void deliver_apcs(void) {
  bool on = port_interrupts_off();
  struct thread *self = this_thread();
  if (must_end(self) && may_run_kernel_apc(self)) end_killed_thread(self);
  int parked = park_slot(self);
  const char *interrupted = self->apc_kind;
  ULONG apc_disable = self->tcb.CombinedApcDisable;
  struct lockarb_try *tries = self->tries; /* of the interrupted code: none of the APC's business */
  self->tries = NULL;
  KAPC *apc;
  while ((apc = take_deliverable(self)) != NULL) {
    /* The kernel routine may free the APC. */
    enum port_note_apc kind = kind_of(apc);
    PKNORMAL_ROUTINE normal_routine = apc->NormalRoutine;
    PVOID context = apc->NormalContext;
    PVOID argument1 = apc->SystemArgument1;
    PVOID argument2 = apc->SystemArgument2;
    set_irql(self, APC_LEVEL);
    self->apc_kind = kernel_routines[kind];
    port_interrupts_restore(true);
    apc->KernelRoutine(apc, &normal_routine, &context, &argument1, &argument2);
    check_return(self, self->apc_kind, apc_disable);
    port_interrupts_off();
    if (kind != PORT_APC_SPECIAL && normal_routine != NULL) {
      if (kind == PORT_APC_NORMAL) self->apc_in_progress = true;
      /* A user APC's routine is user-mode code: the next one waits for its end. */
      if (kind == PORT_APC_USER) self->user_apcs_open = false;
      set_irql(self, PASSIVE_LEVEL);
      self->apc_kind = normal_routines[kind];
      port_interrupts_restore(true);
      normal_routine(context, argument1, argument2);
      check_return(self, self->apc_kind, apc_disable);
      port_interrupts_off();
      if (kind == PORT_APC_NORMAL) self->apc_in_progress = false;
      if (kind == PORT_APC_USER) self->user_apcs_open = true;
    }
    set_irql(self, PASSIVE_LEVEL);
    self->apc_kind = interrupted;
  }
  self->tries = tries;
  unpark_slot(self, parked);
  restore_interrupts(on);
}

void run_down(LIST_ENTRY *apcs) {
  while (!IsListEmpty(apcs)) {
    KAPC *apc = CONTAINING_RECORD(RemoveHeadList(apcs), KAPC, ApcListEntry);
    apc->Inserted = FALSE;
    if (apc->RundownRoutine != NULL) {
      unlock_dispatcher(false);
      apc->RundownRoutine(apc);
      lock_dispatcher();
    }
  }
}
