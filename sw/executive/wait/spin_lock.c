/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spin locks of programs. Their owner runs at DISPATCH_LEVEL with interrupts on, so others wait
 * by letting time pass; the executive's own are port_spin_lock().
 */
#include "executive/apc/apc.h"

enum { WATCHDOG_SECONDS = 120, WATCHDOG_TICKS = 0x1E00 }; /* the same, in Windows' clock ticks */

/* Looks again about 20 times a microsecond, and the more rarely the longer it has taken. */
static void spin(uint64_t start, struct call call) {
  uint64_t waited = port_time() - start;
  if (waited / port_time_frequency() >= WATCHDOG_SECONDS) {
    executive_stop(call, EXECUTIVE_NO_LOCK, DPC_WATCHDOG_VIOLATION, 1, WATCHDOG_TICKS, 0, 0);
  }
  port_spend(port_time_frequency() / 20000000 + waited / 16 + 1);
}

static ULONG_PTR owned_by_this_thread(void) { return (ULONG_PTR)this_thread(); }

/* Below DISPATCH_LEVEL the owner could lose its core. */
static void check_irql(struct call call) {
  KIRQL irql = this_thread()->irql;
  if (irql < DISPATCH_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, IRQL_NOT_LESS_OR_EQUAL, 0, irql, DISPATCH_LEVEL, 0);
  }
}

static bool try_to_acquire(PKSPIN_LOCK lock) {
  ULONG_PTR free = 0;
  if (!__atomic_compare_exchange_n(lock, &free, owned_by_this_thread(), false, __ATOMIC_ACQUIRE,
                                   __ATOMIC_RELAXED)) {
    return false;
  }
  this_thread()->spin_locks++;
  return true;
}

static void acquire(PKSPIN_LOCK lock, struct call call) {
  if (__atomic_load_n(lock, __ATOMIC_RELAXED) == owned_by_this_thread()) {
    executive_stop(call, EXECUTIVE_NO_LOCK, SPIN_LOCK_ALREADY_OWNED, 0, 0, 0, 0);
  }
  uint64_t start = port_time();
  while (!try_to_acquire(lock)) spin(start, call);
}

static void release(PKSPIN_LOCK lock, struct call call) {
  if (__atomic_load_n(lock, __ATOMIC_RELAXED) != owned_by_this_thread()) {
    executive_stop(call, EXECUTIVE_NO_LOCK, SPIN_LOCK_NOT_OWNED, 0, 0, 0, 0);
  }
  this_thread()->spin_locks--;
  __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock) { *SpinLock = 0; }

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock) {
  KIRQL irql = this_thread()->irql;
  if (irql > DISPATCH_LEVEL) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, IRQL_NOT_GREATER_OR_EQUAL, 0, irql, DISPATCH_LEVEL,
                   0);
  }
  KfRaiseIrql(DISPATCH_LEVEL);
  acquire(SpinLock, THIS_CALL);
  return irql;
}

VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
  release(SpinLock, THIS_CALL);
  KeLowerIrql(NewIrql);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  check_irql(THIS_CALL);
  acquire(SpinLock, THIS_CALL);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
  check_irql(THIS_CALL);
  release(SpinLock, THIS_CALL);
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
  check_irql(THIS_CALL);
  return try_to_acquire(SpinLock);
}

BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock) {
  return __atomic_load_n(SpinLock, __ATOMIC_RELAXED) == 0;
}
