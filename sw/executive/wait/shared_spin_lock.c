/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader/writer spin locks. The word: how many own it shared; or WRITER and the
 * number of the thread that owns it exclusively; or WRITER, DRAINS and how many
 * readers it still waits for.
 */
#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"
#include "executive/wait/spin_lock.h"
#include "lockarb_spin_lock.h"

#define WRITER 0x80000000u
#define DRAINS 0x40000000u
#define NUMBER (DRAINS - 1)

static uint32_t look(PEX_SPIN_LOCK lock) {
  return (uint32_t)__atomic_load_n(lock, __ATOMIC_ACQUIRE);
}

static bool change(PEX_SPIN_LOCK lock, uint32_t from, uint32_t to) {
  LONG expected = (LONG)from;
  return __atomic_compare_exchange_n(lock, &expected, (LONG)to, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}

static uint32_t owned_by_this_thread(void) { return WRITER | (this_thread()->number & NUMBER); }

static void check_not_owned(PEX_SPIN_LOCK lock, uint32_t word, struct call call) {
  if (word == owned_by_this_thread()) stop_owned_already(lock, call);
}

static void acquire_exclusive(PEX_SPIN_LOCK lock, struct call call) {
  verify_order(call, (const void *)lock, HELD_SPIN_LOCK, false);
  uint64_t start = 0;
  uint32_t word;
  for (;;) {
    word = look(lock);
    check_not_owned(lock, word, call);
    uint32_t wanted = word == 0 ? owned_by_this_thread() : WRITER | DRAINS | word;
    if ((word & WRITER) == 0 && change(lock, word, wanted)) break;
    spin(lock, &start, call);
  }
  if (word != 0) {
    while ((look(lock) & NUMBER) != 0) spin(lock, &start, call);
    __atomic_store_n(lock, (LONG)owned_by_this_thread(), __ATOMIC_RELAXED);
  }
  own_spin_lock(lock, true, call);
}

static bool try_shared(PEX_SPIN_LOCK lock, struct call call) {
  uint32_t word = look(lock);
  while ((word & WRITER) == 0) {
    if (change(lock, word, word + 1)) {
      own_spin_lock(lock, false, call);
      return true;
    }
    word = look(lock);
  }
  return false;
}

static void acquire_shared(PEX_SPIN_LOCK lock, struct call call) {
  verify_order(call, (const void *)lock, HELD_SPIN_LOCK, false);
  uint64_t start = 0;
  while (!try_shared(lock, call)) {
    check_not_owned(lock, look(lock), call);
    spin(lock, &start, call);
  }
}

static void release_exclusive(PEX_SPIN_LOCK lock, struct call call) {
  if (look(lock) != owned_by_this_thread()) stop_not_owned(lock, call);
  disown_spin_lock(lock, call);
  __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static void release_shared(PEX_SPIN_LOCK lock, struct call call) {
  uint32_t word;
  do {
    word = look(lock);
    bool is_shared = (word & WRITER) == 0 || (word & DRAINS) != 0;
    if (!is_shared || (word & NUMBER) == 0) stop_not_owned(lock, call);
  } while (!change(lock, word, word - 1));
  disown_spin_lock(lock, call);
}

KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  KIRQL irql = raise_for_spin_lock(DISPATCH_LEVEL, THIS_CALL);
  acquire_exclusive(SpinLock, THIS_CALL);
  return irql;
}

KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  KIRQL irql = raise_for_spin_lock(DISPATCH_LEVEL, THIS_CALL);
  acquire_shared(SpinLock, THIS_CALL);
  return irql;
}

VOID ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  acquire_exclusive(SpinLock, THIS_CALL);
}

VOID ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  acquire_shared(SpinLock, THIS_CALL);
}

VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  release_exclusive(SpinLock, THIS_CALL);
  lower_irql(OldIrql, THIS_CALL);
}

VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  release_shared(SpinLock, THIS_CALL);
  lower_irql(OldIrql, THIS_CALL);
}

VOID ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  release_exclusive(SpinLock, THIS_CALL);
}

VOID ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
  verify_object(THIS_CALL, (const void *)SpinLock, 0);
  check_dispatch_level(THIS_CALL);
  release_shared(SpinLock, THIS_CALL);
}

LOGICAL ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  check_dispatch_level(THIS_CALL);
  if (!change(SpinLock, 0, owned_by_this_thread())) return FALSE;
  own_spin_lock(SpinLock, true, THIS_CALL);
  return TRUE;
}

LOGICAL ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
  check_dispatch_level(THIS_CALL);
  return try_shared(SpinLock, THIS_CALL);
}

LOGICAL ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
  check_dispatch_level(THIS_CALL);
  uint32_t word = look(SpinLock);
  if (word == 0 || word == owned_by_this_thread()) stop_not_owned(SpinLock, THIS_CALL);
  if (!change(SpinLock, 1, owned_by_this_thread())) return FALSE;
  struct held *held = find_held(this_thread()->held, (const void *)SpinLock);
  if (held != NULL) held->exclusive = true;
  return TRUE;
}
