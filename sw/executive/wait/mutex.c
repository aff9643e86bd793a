/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes: KMUTEX, a dispatcher object; fast and guarded mutexes, which only memory knows. */
#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

/* The verifier forgets what it knew of a mutex there. */
static void is_new(const void *mutex, size_t size, struct call call) {
  note_object(PORT_NOTE_OBJECT_INITIALIZED, mutex, call);
  if (executive_verifier == NULL) return;
  bool on = lock_dispatcher();
  forget_order(mutex, size);
  unlock_dispatcher(on);
}

/* KMUTEX: signalled while SignalState is 1; each level of its owner takes 1 more. */

/* Nobody owns it from now on. Dispatcher locked. */
static void give_up(PRKMUTANT mutant, struct thread *owner, struct call call) {
  RemoveEntryList(&mutant->MutantListEntry);
  mutant->OwnerThread = NULL;
  owner->mutexes--;
  forget(owner->held, mutant);
  note_object(PORT_NOTE_OBJECT_RELEASED, mutant, call);
}

static void abandon(struct thread *t, struct call call) {
  bool on = lock_dispatcher();
  while (!IsListEmpty(&t->tcb.MutantListHead)) {
    PRKMUTANT mutant = CONTAINING_RECORD(t->tcb.MutantListHead.Flink, KMUTANT, MutantListEntry);
    if (mutant->ApcDisable != 0) {
      show_object("mutex", mutant);
      executive_stop(call, EXECUTIVE_NO_LOCK, THREAD_TERMINATE_HELD_MUTEX, (ULONG_PTR)t,
                     (ULONG_PTR)mutant, 0, 0);
    }
    verify_abandon(call, mutant);
    give_up(mutant, t, call);
    mutant->Abandoned = TRUE;
    signal_object(&mutant->Header);
  }
  unlock_dispatcher(on);
}

void (*abandon_mutexes)(struct thread *t, struct call call);

static void initialize_mutant(PRKMUTANT mutant, UCHAR regions, struct call call) {
  abandon_mutexes = abandon;
  object_report = &report_of_objects;
  *mutant = (KMUTANT){
      .Header = {.Type = OBJECT_MUTEX, .Size = sizeof(*mutant) / sizeof(LONG), .SignalState = 1},
      .ApcDisable = regions};
  InitializeListHead(&mutant->Header.WaitListHead);
  is_new(mutant, sizeof(*mutant), call);
}

VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level) {
  (void)Level;
  initialize_mutant(Mutex, 1, THIS_CALL);
}

VOID KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner) {
  LARGE_INTEGER now = {.QuadPart = 0};
  initialize_mutant(Mutant, 0, THIS_CALL);
  if (InitialOwner) wait_on(&Mutant->Header, KernelMode, false, &now, THIS_CALL);
}

LONG KeReadStateMutex(PRKMUTEX Mutex) { return Mutex->Header.SignalState; }

LONG KeReadStateMutant(PRKMUTANT Mutant) { return Mutant->Header.SignalState; }

static LONG release_mutant(PRKMUTANT mutant, bool abandoned, struct call call) {
  struct thread *self = this_thread();
  verify_routine(call);
  bool on = lock_dispatcher();
  LONG old = mutant->Header.SignalState;
  PKTHREAD owner = mutant->OwnerThread;
  if (owner != &self->tcb && !abandoned) {
    NTSTATUS status = mutant->Abandoned ? STATUS_ABANDONED : STATUS_MUTANT_NOT_OWNED;
    unlock_dispatcher(on);
    if (this_thread()->tries == NULL) show_object("mutex", mutant);
    executive_raise(call, status);
  }
  bool last = old == 0 || abandoned;
  UCHAR regions = mutant->ApcDisable; /* as many as the owner entered; the next one may change it */
  if (last) {
    if (owner != NULL) give_up(mutant, thread_of(owner), call);
    if (abandoned) mutant->Abandoned = TRUE;
    signal_object(&mutant->Header);
  } else {
    mutant->Header.SignalState = old + 1;
  }
  unlock_dispatcher(on);
  if (last && regions != 0 && owner == &self->tcb) leave_region(REGION_CRITICAL, call);
  return old;
}

LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait) {
  (void)Wait;
  return release_mutant(Mutex, false, THIS_CALL);
}

LONG KeReleaseMutant(PRKMUTANT Mutant, KPRIORITY Increment, BOOLEAN Abandoned, BOOLEAN Wait) {
  (void)Increment, (void)Wait;
  return release_mutant(Mutant, Abandoned, THIS_CALL);
}

/*
 * Fast and guarded mutexes: Count is 1 when free, and 1 less for the owner and each waiter. A
 * release with waiters hands over: the event lets one thread pass.
 */

/* OldIrql stays as it is, as on Windows: it means something while the mutex is owned only. */
static void initialize(PFAST_MUTEX mutex, struct call call) {
  mutex->Count = 1;
  mutex->Owner = NULL;
  mutex->Contention = 0;
  mutex->Event.Header =
      (DISPATCHER_HEADER){.Type = OBJECT_GATE, .Size = sizeof(mutex->Event) / sizeof(LONG)};
  InitializeListHead(&mutex->Event.Header.WaitListHead);
  is_new(mutex, sizeof(*mutex), call);
}

/* The running thread is the owner. Dispatcher locked. */
static void own(PFAST_MUTEX mutex, struct call call) {
  struct thread *self = this_thread();
  mutex->Owner = &self->tcb;
  struct held *held =
      remember(&self->held, EXECUTIVE_NO_LOCK, mutex, true, call.from, self->number);
  if (held != NULL) held->kind = HELD_FAST_MUTEX;
}

static void acquire(PFAST_MUTEX mutex, struct call call) {
  struct thread *self = this_thread();
  verify_order(call, mutex, HELD_FAST_MUTEX, false);
  bool on = lock_dispatcher();
  bool taken = --mutex->Count == 0;
  self->mutexes++;
  if (taken) {
    own(mutex, call);
  } else {
    mutex->Contention++;
  }
  unlock_dispatcher(on);
  if (taken) return;
  const FAST_MUTEX *outer = self->awaited_mutex; /* that an APC has interrupted the wait for */
  self->awaited_mutex = mutex;
  wait_on(&mutex->Event.Header, KernelMode, false, NULL, call);
  self->awaited_mutex = outer;
  on = port_interrupts_off();
  own(mutex, call);
  port_interrupts_restore(on);
}

static bool try_to_acquire(PFAST_MUTEX mutex, struct call call) {
  bool on = lock_dispatcher();
  bool taken = mutex->Count == 1;
  if (taken) {
    mutex->Count = 0;
    own(mutex, call);
    this_thread()->mutexes++;
  }
  unlock_dispatcher(on);
  return taken;
}

static void release(PFAST_MUTEX mutex, struct call call) {
  if (mutex->Owner != KeGetCurrentThread()) {
    show_object("fast mutex", mutex);
    executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_MUTANT_NOT_OWNED,
                   (ULONG_PTR)mutex->Owner, 0, 0);
  }
  bool on = lock_dispatcher();
  mutex->Owner = NULL;
  this_thread()->mutexes--;
  forget(this_thread()->held, mutex);
  note_object(PORT_NOTE_OBJECT_RELEASED, mutex, call);
  if (++mutex->Count <= 0) signal_object(&mutex->Event.Header);
  unlock_dispatcher(on);
}

VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex) { initialize(FastMutex, THIS_CALL); }

VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex) {
  verify_object(THIS_CALL, FastMutex, 0);
  KIRQL irql = raise_irql(APC_LEVEL, THIS_CALL);
  acquire(FastMutex, THIS_CALL);
  FastMutex->OldIrql = irql;
}

BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex) {
  verify_object(THIS_CALL, FastMutex, 0);
  KIRQL irql = raise_irql(APC_LEVEL, THIS_CALL);
  if (!try_to_acquire(FastMutex, THIS_CALL)) {
    KeLowerIrql(irql);
    return FALSE;
  }
  FastMutex->OldIrql = irql;
  return TRUE;
}

VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex) {
  verify_object(THIS_CALL, FastMutex, 0);
  KIRQL irql = (KIRQL)FastMutex->OldIrql; /* the next owner writes its own */
  release(FastMutex, THIS_CALL);
  KeLowerIrql(irql);
}

VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex) {
  verify_object(THIS_CALL, FastMutex, 0);
  acquire(FastMutex, THIS_CALL);
}

VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex) {
  verify_object(THIS_CALL, FastMutex, 0);
  release(FastMutex, THIS_CALL);
}

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex) { initialize(Mutex, THIS_CALL); }

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  enter_region(REGION_GUARDED, THIS_CALL);
  acquire(Mutex, THIS_CALL);
}

BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  enter_region(REGION_GUARDED, THIS_CALL);
  if (try_to_acquire(Mutex, THIS_CALL)) return TRUE;
  leave_region(REGION_GUARDED, THIS_CALL);
  return FALSE;
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex) {
  release(Mutex, THIS_CALL);
  leave_region(REGION_GUARDED, THIS_CALL);
}

VOID KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
  verify_region(THIS_CALL);
  acquire(Mutex, THIS_CALL);
}

VOID KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
  verify_region(THIS_CALL);
  release(Mutex, THIS_CALL);
}
