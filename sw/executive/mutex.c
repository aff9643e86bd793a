/* Mutexes: KMUTEX, a dispatcher object; fast and guarded mutexes, which only memory knows. */
#include "executive/kernel.h"

/* KMUTEX: signalled while SignalState is 1; each level of its owner takes 1 more. */

VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level) {
  (void)Level;
  *Mutex = (KMUTEX){
      .Header = {.Type = OBJECT_MUTEX, .Size = sizeof(*Mutex) / sizeof(LONG), .SignalState = 1},
      .ApcDisable = 1};
  InitializeListHead(&Mutex->Header.WaitListHead);
}

LONG KeReadStateMutex(PRKMUTEX Mutex) { return Mutex->Header.SignalState; }

LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait) {
  (void)Wait;
  struct thread *self = this_thread();
  bool on = lock_dispatcher();
  LONG old = Mutex->Header.SignalState;
  if (Mutex->OwnerThread != &self->tcb) {
    unlock_dispatcher(on);
    executive_raise(THIS_CALL, STATUS_MUTANT_NOT_OWNED);
  }
  bool last = old == 0;
  if (last) {
    Mutex->OwnerThread = NULL;
    self->mutexes--;
    signal_object(&Mutex->Header);
  } else {
    Mutex->Header.SignalState = old + 1;
  }
  unlock_dispatcher(on);
  if (last) leave_region(&self->tcb.KernelApcDisable, THIS_CALL);
  return old;
}

/*
 * Fast and guarded mutexes: Count is 1 when free, and 1 less for the owner and each waiter. A
 * release with waiters hands over: the gate, like a synchronization event, lets one thread pass.
 */

static void initialize(PFAST_MUTEX mutex) {
  *mutex = (FAST_MUTEX){
      .Count = 1,
      .Gate = {.Type = OBJECT_GATE, .Size = sizeof(mutex->Gate) / sizeof(LONG)},
  };
  InitializeListHead(&mutex->Gate.WaitListHead);
}

static void acquire(PFAST_MUTEX mutex, struct call call) {
  bool on = lock_dispatcher();
  bool taken = --mutex->Count == 0;
  this_thread()->mutexes++;
  if (!taken) mutex->Contention++;
  unlock_dispatcher(on);
  if (!taken) wait_on(&mutex->Gate, KernelMode, false, NULL, call);
  mutex->Owner = KeGetCurrentThread();
}

static bool try_to_acquire(PFAST_MUTEX mutex) {
  bool on = lock_dispatcher();
  bool taken = mutex->Count == 1;
  if (taken) {
    mutex->Count = 0;
    mutex->Owner = KeGetCurrentThread();
    this_thread()->mutexes++;
  }
  unlock_dispatcher(on);
  return taken;
}

static void release(PFAST_MUTEX mutex, struct call call) {
  if (mutex->Owner != KeGetCurrentThread()) {
    executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_MUTANT_NOT_OWNED,
                   (ULONG_PTR)mutex->Owner, 0, 0);
  }
  bool on = lock_dispatcher();
  mutex->Owner = NULL;
  this_thread()->mutexes--;
  if (++mutex->Count <= 0) signal_object(&mutex->Gate);
  unlock_dispatcher(on);
}

VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex) { initialize(FastMutex); }

VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex) {
  KIRQL irql = KfRaiseIrql(APC_LEVEL);
  acquire(FastMutex, THIS_CALL);
  FastMutex->OldIrql = irql;
}

BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex) {
  KIRQL irql = KfRaiseIrql(APC_LEVEL);
  if (!try_to_acquire(FastMutex)) {
    KeLowerIrql(irql);
    return FALSE;
  }
  FastMutex->OldIrql = irql;
  return TRUE;
}

VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex) {
  KIRQL irql = (KIRQL)FastMutex->OldIrql; /* the next owner writes its own */
  release(FastMutex, THIS_CALL);
  KeLowerIrql(irql);
}

VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex) { acquire(FastMutex, THIS_CALL); }

VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex) { release(FastMutex, THIS_CALL); }

VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex) { initialize(Mutex); }

VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  enter_region(&this_thread()->tcb.SpecialApcDisable, THIS_CALL);
  acquire(Mutex, THIS_CALL);
}

BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
  enter_region(&this_thread()->tcb.SpecialApcDisable, THIS_CALL);
  if (try_to_acquire(Mutex)) return TRUE;
  leave_region(&this_thread()->tcb.SpecialApcDisable, THIS_CALL);
  return FALSE;
}

VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex) {
  release(Mutex, THIS_CALL);
  leave_region(&this_thread()->tcb.SpecialApcDisable, THIS_CALL);
}

VOID KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) { acquire(Mutex, THIS_CALL); }

VOID KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) { release(Mutex, THIS_CALL); }
