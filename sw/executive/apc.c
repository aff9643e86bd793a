/* IRQL, the regions that hold APCs back, and APCs. */
#include "executive/kernel.h"

/* IRQL */

static void set_irql(struct thread *self, KIRQL irql) {
  self->irql = irql;
  sync_window(this_core());
}

KIRQL KeGetCurrentIrql(VOID) { return this_thread()->irql; }

KIRQL raise_irql(KIRQL NewIrql, struct call call) {
  struct thread *self = this_thread();
  KIRQL old = self->irql;
  if (NewIrql < old || NewIrql > HIGH_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_GREATER_OR_EQUAL, 0, old, NewIrql, 0);
  }
  bool on = port_interrupts_off();
  set_irql(self, NewIrql);
  if (NewIrql != old) self->irql_raised = call.from;
  port_interrupts_restore(on);
  return old;
}

KIRQL KfRaiseIrql(KIRQL NewIrql) { return raise_irql(NewIrql, THIS_CALL); }

KIRQL KeRaiseIrqlToDpcLevel(VOID) {
  verify_routine(THIS_CALL);
  return raise_irql(DISPATCH_LEVEL, THIS_CALL);
}

VOID KeLowerIrql(KIRQL NewIrql) {
  struct thread *self = this_thread();
  if (NewIrql > self->irql) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, IRQL_NOT_LESS_OR_EQUAL, 0, self->irql, NewIrql, 0);
  }
  bool on = port_interrupts_off();
  set_irql(self, NewIrql);
  restore_interrupts(on);
  check_apcs();
}

/* Regions */

static SHORT *counter_of(struct thread *t, enum region region) {
  return region == REGION_CRITICAL ? &t->tcb.KernelApcDisable : &t->tcb.SpecialApcDisable;
}

void count_region(struct thread *t, enum region region, int step, struct call call) {
  SHORT *counter = counter_of(t, region);
  int count = *counter + step;
  if (count < INT16_MIN || count > INT16_MAX) {
    print("lockarb: %s by thread %u (%s): the count of regions wraps from %d to %d", call.routine,
          t->number, t->name, *counter, (SHORT)count);
    print_line(", at ", call.from);
    print("\n");
  }
  /* The region of depth n, from 0, is entered with the count at -n. A program may write the count
   * itself: then what is kept here is older, and right for the regions around it. */
  int from = step < 0 ? -*counter : -count, to = step < 0 ? -count : -*counter;
  for (int depth = from < 0 ? 0 : from; depth < to && depth < REGIONS_KEPT; depth++) {
    t->regions[region][depth] = step < 0 ? call.from : NULL;
  }
  *counter = (SHORT)count;
}

static void move_region(struct thread *self, enum region region, int step, struct call call) {
  bool on = port_interrupts_off();
  count_region(self, region, step, call);
  sync_window(this_core());
  port_interrupts_restore(on);
}

void enter_region(enum region region, struct call call) {
  verify_region(call);
  move_region(this_thread(), region, -1, call);
}

void leave_region(enum region region, struct call call) {
  struct thread *self = this_thread();
  verify_region(call);
  move_region(self, region, +1, call);
  if (*counter_of(self, region) > 0) {
    verify_underflow(call, NULL);
    executive_warn(call, EXECUTIVE_NO_LOCK, "left more often than entered");
  }
  check_apcs();
}

VOID KeEnterCriticalRegion(VOID) { enter_region(REGION_CRITICAL, THIS_CALL); }

VOID KeLeaveCriticalRegion(VOID) { leave_region(REGION_CRITICAL, THIS_CALL); }

VOID KeEnterGuardedRegion(VOID) { enter_region(REGION_GUARDED, THIS_CALL); }

VOID KeLeaveGuardedRegion(VOID) { leave_region(REGION_GUARDED, THIS_CALL); }

BOOLEAN KeAreApcsDisabled(VOID) {
  verify_routine(THIS_CALL);
  return this_thread()->tcb.CombinedApcDisable != 0;
}

BOOLEAN KeAreAllApcsDisabled(VOID) {
  struct thread *self = this_thread();
  verify_routine(THIS_CALL);
  return self->tcb.SpecialApcDisable != 0 || self->irql >= APC_LEVEL;
}

/* APCs */

static bool is_special(const KAPC *apc) { return apc->NormalRoutine == NULL; }

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

static KAPC *first_apc(const LIST_ENTRY *queue) {
  return IsListEmpty(queue) ? NULL : CONTAINING_RECORD(queue->Flink, KAPC, ApcListEntry);
}

uint32_t pending_apcs(const struct thread *t) {
  uint32_t pending = 0;
  if (!IsListEmpty(&t->kernel_apcs)) {
    if (is_special(first_apc(&t->kernel_apcs))) pending |= LOCKARB_APC_PENDING_SPECIAL_MASK;
    const KAPC *last = CONTAINING_RECORD(t->kernel_apcs.Blink, KAPC, ApcListEntry);
    if (!is_special(last)) pending |= LOCKARB_APC_PENDING_NORMAL_MASK;
  }
  if (!IsListEmpty(&t->user_apcs)) pending |= LOCKARB_APC_PENDING_USER_MASK;
  if (t->apc_in_progress) pending |= LOCKARB_APC_PENDING_IN_PROGRESS_MASK;
  if (t->user_apcs_open) pending |= LOCKARB_APC_PENDING_ALERTABLE_MASK;
  return pending;
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
  if (t->state != THREAD_WAITING) return;
  if (may_run_kernel_apc(t)) {
    wake(t, STATUS_KERNEL_APC);
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
  if (t->state == THREAD_RUNNING && t != this_thread()) port_interrupt_core(t->core);
  unlock_dispatcher(on);
  if (t == this_thread()) check_apcs();
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

void check_apcs(void) {
  struct thread *self = this_thread();
  if (!IsListEmpty(&self->kernel_apcs) || self->killed) deliver_apcs();
}
