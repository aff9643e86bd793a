/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spin locks of programs. Their owner runs at DISPATCH_LEVEL with interrupts on, so others wait
 * by letting time pass; the executive's own are port_spin_lock().
 */
#include "executive/wait/spin_lock.h"

#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"
#include "lockarb_spin_lock.h"

enum { WATCHDOG_SECONDS = 120, WATCHDOG_TICKS = 0x1E00 }; /* the same, in Windows' clock ticks */

/* Looks again about 20 times a microsecond, and the more rarely the longer it has taken. */
void spin(const volatile void *lock, uint64_t *start, struct call call) {
  uint64_t now = port_time();
  if (*start == 0) *start = now;
  uint64_t waited = now - *start;
  if (waited >= (uint64_t)WATCHDOG_SECONDS * port_time_frequency()) {
    show_object("spin lock", lock);
    executive_stop(call, EXECUTIVE_NO_LOCK, DPC_WATCHDOG_VIOLATION, 1, WATCHDOG_TICKS, 0, 0);
  }
  port_spend(port_time_frequency() / 20000000 + waited / 16 + 1);
}

KIRQL raise_for_spin_lock(KIRQL irql, struct call call) {
  KIRQL old = this_thread()->irql;
  if (old > irql) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_GREATER_OR_EQUAL, 0, old, irql, 0);
  }
  return raise_irql(irql, call);
}

void check_dispatch_level(struct call call) {
  KIRQL irql = this_thread()->irql;
  if (irql < DISPATCH_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_LESS_OR_EQUAL, 0, irql, DISPATCH_LEVEL, 0);
  }
}

void own_spin_lock(const volatile void *lock, bool exclusive, struct call call) {
  struct thread *self = this_thread();
  self->spin_locks++;
  if (executive_verifier == NULL && !is_observed()) return;
  bool on = port_interrupts_off();
  struct held *held = remember(&self->held, EXECUTIVE_NO_LOCK, (const void *)lock, exclusive,
                               call.from, self->number);
  if (held != NULL) held->kind = HELD_SPIN_LOCK;
  port_interrupts_restore(on);
}

void disown_spin_lock(const volatile void *lock, struct call call) {
  struct thread *self = this_thread();
  self->spin_locks--;
  forget(self->held, (const void *)lock);
  note_object(PORT_NOTE_OBJECT_RELEASED, lock, call);
}

void stop_owned_already(const volatile void *lock, struct call call) {
  show_object("spin lock", lock);
  executive_stop(call, EXECUTIVE_NO_LOCK, SPIN_LOCK_ALREADY_OWNED, (ULONG_PTR)lock, 0, 0, 0);
}

void stop_not_owned(const volatile void *lock, struct call call) {
  show_object("spin lock", lock);
  executive_stop(call, EXECUTIVE_NO_LOCK, SPIN_LOCK_NOT_OWNED, (ULONG_PTR)lock, 0, 0, 0);
}

void stop_mixed(const volatile void *lock, struct call call) {
  show_object("spin lock", lock);
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE,
                 (ULONG_PTR)lock, 0, 0);
}

/* Plain ones: the word is the owner. */

static ULONG_PTR owned_by_this_thread(void) { return (ULONG_PTR)this_thread(); }

static bool try_to_acquire(PKSPIN_LOCK lock, struct call call) {
  ULONG_PTR owner = 0;
  if (!__atomic_compare_exchange_n(lock, &owner, owned_by_this_thread(), false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_RELAXED)) {
    if (owner & QUEUED_SPIN_LOCK) stop_mixed(lock, call);
    return false;
  }
  own_spin_lock(lock, true, call);
  return true;
}

void acquire_spin_lock(PKSPIN_LOCK lock, struct call call) {
  if (__atomic_load_n(lock, __ATOMIC_RELAXED) == owned_by_this_thread()) {
    stop_owned_already(lock, call);
  }
  verify_order(call, lock, HELD_SPIN_LOCK, false);
  uint64_t start = 0;
  while (!try_to_acquire(lock, call)) spin(lock, &start, call);
}

void release_spin_lock(PKSPIN_LOCK lock, struct call call) {
  if (__atomic_load_n(lock, __ATOMIC_RELAXED) != owned_by_this_thread()) {
    stop_not_owned(lock, call);
  }
  disown_spin_lock(lock, call);
  __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static KIRQL acquire_at(PKSPIN_LOCK lock, KIRQL irql, struct call call) {
  verify_object(call, lock, 0);
  KIRQL old = raise_for_spin_lock(irql, call);
  acquire_spin_lock(lock, call);
  return old;
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock) {
  *SpinLock = 0;
  note_object(PORT_NOTE_OBJECT_INITIALIZED, SpinLock, THIS_CALL);
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock) {
  return acquire_at(SpinLock, DISPATCH_LEVEL, THIS_CALL);
}

KIRQL KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock) {
  return acquire_at(SpinLock, SYNCH_LEVEL, THIS_CALL);
}

KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock) {
  KIRQL irql = this_thread()->irql;
  return acquire_at(SpinLock, irql > DISPATCH_LEVEL ? irql : DISPATCH_LEVEL, THIS_CALL);
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
  verify_object(THIS_CALL, SpinLock, 0);
  release_spin_lock(SpinLock, THIS_CALL);
  lower_irql(NewIrql, THIS_CALL);
}

VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql) {
  verify_object(THIS_CALL, SpinLock, 0);
  release_spin_lock(SpinLock, THIS_CALL);
  lower_irql(OldIrql, THIS_CALL);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  acquire_spin_lock(SpinLock, THIS_CALL);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  release_spin_lock(SpinLock, THIS_CALL);
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  check_dispatch_level(THIS_CALL);
  return try_to_acquire(SpinLock, THIS_CALL);
}

BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock) {
  return __atomic_load_n(SpinLock, __ATOMIC_RELAXED) == 0;
}
