/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-stack queued spin locks: the word is the last handle in the queue, whose
 * first one owns the lock. Each waits for a flag of its own, so they get it in
 * order of arrival.
 */
#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"
#include "executive/wait/spin_lock.h"
#include "lockarb_spin_lock.h"

static USHORT name_of_this_thread(void) { return (USHORT)this_thread()->number; }

static PKLOCK_QUEUE_HANDLE handle_of(ULONG_PTR word) {
  return (PKLOCK_QUEUE_HANDLE)(word & ~(ULONG_PTR)QUEUED_SPIN_LOCK);
}

static void acquire(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle, struct call call) {
  verify_order(call, lock, HELD_SPIN_LOCK, false);
  handle->LockQueue.Next = NULL;
  handle->LockQueue.Lock = lock;
  handle->lockarb_owner = name_of_this_thread();
  handle->lockarb_waits = TRUE;
  ULONG_PTR last =
      __atomic_exchange_n(lock, (ULONG_PTR)handle | QUEUED_SPIN_LOCK, __ATOMIC_ACQ_REL);
  if (last != 0) {
    if ((last & QUEUED_SPIN_LOCK) == 0) stop_mixed(lock, call);
    /* It cannot leave before it has seen who comes next. */
    if (handle_of(last)->lockarb_owner == name_of_this_thread()) stop_owned_already(lock, call);
    __atomic_store_n(&handle_of(last)->LockQueue.Next, &handle->LockQueue, __ATOMIC_RELEASE);
    uint64_t start = 0;
    while (__atomic_load_n(&handle->lockarb_waits, __ATOMIC_ACQUIRE)) spin(lock, &start, call);
  }
  handle->lockarb_waits = FALSE;
  own_spin_lock(lock, true, call);
}

static bool try_to_acquire(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle, struct call call) {
  ULONG_PTR word = 0;
  handle->LockQueue.Next = NULL;
  if (!__atomic_compare_exchange_n(lock, &word, (ULONG_PTR)handle | QUEUED_SPIN_LOCK, false,
                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    return false;
  }
  handle->LockQueue.Lock = lock;
  handle->lockarb_owner = name_of_this_thread();
  handle->lockarb_waits = FALSE;
  own_spin_lock(lock, true, call);
  return true;
}

static void release(PKLOCK_QUEUE_HANDLE handle, struct call call) {
  PKSPIN_LOCK lock = handle->LockQueue.Lock;
  if (lock == NULL || handle->lockarb_waits || handle->lockarb_owner != name_of_this_thread()) {
    stop_not_owned(lock, call);
  }
  disown_spin_lock(lock, call);
  handle->LockQueue.Lock = NULL; /* a second release is seen */
  ULONG_PTR word = (ULONG_PTR)handle | QUEUED_SPIN_LOCK;
  PKSPIN_LOCK_QUEUE next = __atomic_load_n(&handle->LockQueue.Next, __ATOMIC_ACQUIRE);
  if (next == NULL &&
      __atomic_compare_exchange_n(lock, &word, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
    return;
  }
  uint64_t start = 0;
  while ((next = __atomic_load_n(&handle->LockQueue.Next, __ATOMIC_ACQUIRE)) == NULL) {
    spin(lock, &start, call);
  }
  __atomic_store_n(&CONTAINING_RECORD(next, KLOCK_QUEUE_HANDLE, LockQueue)->lockarb_waits, FALSE,
                   __ATOMIC_RELEASE);
}

static void acquire_at(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle, KIRQL irql, struct call call) {
  verify_object(call, lock, 0);
  handle->OldIrql = raise_for_spin_lock(irql, call);
  acquire(lock, handle, call);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle) {
  acquire_at(SpinLock, LockHandle, DISPATCH_LEVEL, THIS_CALL);
}

VOID KeAcquireInStackQueuedSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock,
                                                PKLOCK_QUEUE_HANDLE LockHandle) {
  acquire_at(SpinLock, LockHandle, SYNCH_LEVEL, THIS_CALL);
}

VOID KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle) {
  KIRQL irql = this_thread()->irql;
  acquire_at(SpinLock, LockHandle, irql > DISPATCH_LEVEL ? irql : DISPATCH_LEVEL, THIS_CALL);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                              PKLOCK_QUEUE_HANDLE LockHandle) {
  verify_object(THIS_CALL, SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  LockHandle->OldIrql = this_thread()->irql;
  acquire(SpinLock, LockHandle, THIS_CALL);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle) {
  verify_object(THIS_CALL, LockHandle->LockQueue.Lock, 0);
  release(LockHandle, THIS_CALL);
  lower_irql(LockHandle->OldIrql, THIS_CALL);
}

VOID KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle) {
  verify_object(THIS_CALL, LockHandle->LockQueue.Lock, 0);
  release(LockHandle, THIS_CALL);
  lower_irql(LockHandle->OldIrql, THIS_CALL);
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle) {
  verify_object(THIS_CALL, LockHandle->LockQueue.Lock, 0);
  check_dispatch_level(THIS_CALL);
  release(LockHandle, THIS_CALL);
}

/* With a number: each core has a handle of each. */

enum { CORES = 32 };

static KSPIN_LOCK numbered[LockQueueMaximumLock];
static KLOCK_QUEUE_HANDLE handles[CORES][LockQueueMaximumLock];

static PKLOCK_QUEUE_HANDLE numbered_handle(KSPIN_LOCK_QUEUE_NUMBER number, struct call call) {
  if ((unsigned)number >= LockQueueMaximumLock) {
    executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   (ULONG_PTR)number, 0, 0);
  }
  return &handles[port_core()][number];
}

static KIRQL acquire_numbered(KSPIN_LOCK_QUEUE_NUMBER number, KIRQL irql, struct call call) {
  PKLOCK_QUEUE_HANDLE handle = numbered_handle(number, call);
  KIRQL old = raise_for_spin_lock(irql, call); /* from here on the handle is this thread's */
  if (handle->LockQueue.Lock != NULL) stop_owned_already(&numbered[number], call);
  acquire(&numbered[number], handle, call);
  return old;
}

KIRQL KeAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number) {
  verify_routine(THIS_CALL);
  return acquire_numbered(Number, DISPATCH_LEVEL, THIS_CALL);
}

KIRQL KeAcquireQueuedSpinLockRaiseToSynch(KSPIN_LOCK_QUEUE_NUMBER Number) {
  return acquire_numbered(Number, SYNCH_LEVEL, THIS_CALL);
}

VOID KeReleaseQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, KIRQL OldIrql) {
  verify_object(THIS_CALL, (const void *)(ULONG_PTR)Number, OldIrql);
  release(numbered_handle(Number, THIS_CALL), THIS_CALL);
  lower_irql(OldIrql, THIS_CALL);
}

LOGICAL KeTryToAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, PKIRQL OldIrql) {
  PKLOCK_QUEUE_HANDLE handle = numbered_handle(Number, THIS_CALL);
  KIRQL irql = raise_for_spin_lock(DISPATCH_LEVEL, THIS_CALL);
  if (handle->LockQueue.Lock != NULL || !try_to_acquire(&numbered[Number], handle, THIS_CALL)) {
    lower_irql(irql, THIS_CALL);
    return FALSE;
  }
  *OldIrql = irql;
  return TRUE;
}
