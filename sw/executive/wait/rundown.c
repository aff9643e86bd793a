/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rundown protection. The count is twice the references. When it is being run
 * down it is the wait | RUN_DOWN, and the wait has the references that are
 * left; at last RUN_DOWN alone.
 */
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "executive/wait/push_lock.h"
#include "executive/wait/wait.h"

enum { RUN_DOWN = 1, ONE = 2, LINE = 64 };

static ULONG_PTR look(const EX_RUNDOWN_REF *reference) {
  return __atomic_load_n(&reference->Count, __ATOMIC_ACQUIRE);
}

static bool change(PEX_RUNDOWN_REF reference, ULONG_PTR from, ULONG_PTR to) {
  return __atomic_compare_exchange_n(&reference->Count, &from, to, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}

static struct rundown_wait *wait_of(ULONG_PTR count) {
  return (struct rundown_wait *)(count & ~(ULONG_PTR)RUN_DOWN);
}

_Noreturn static void stop(const void *reference, struct call call) {
  show_object("rundown protection", reference);
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE,
                 (ULONG_PTR)reference, 0, 0);
}

static bool acquire(PEX_RUNDOWN_REF reference, ULONG count) {
  for (;;) {
    ULONG_PTR now = look(reference);
    if (now & RUN_DOWN) return false;
    if (change(reference, now, now + (ULONG_PTR)count * ONE)) return true;
  }
}

/* The last reference that was waited for lets the waiter go on. */
static void release_to(struct rundown_wait *wait, ULONG count) {
  bool on = lock_dispatcher();
  wait->left -= (LONG_PTR)count;
  if (wait->left == 0) signal_object(&wait->gate);
  unlock_dispatcher(on);
}

/* any: another core may have taken it, so that this counter falls below 0. */
static void release(PEX_RUNDOWN_REF reference, ULONG count, bool any, const void *object,
                    struct call call) {
  for (;;) {
    ULONG_PTR now = look(reference);
    if (now & RUN_DOWN) {
      struct rundown_wait *wait = wait_of(now);
      if (wait == NULL || (!any && (LONG_PTR)count > wait->left)) stop(object, call);
      note_object(PORT_NOTE_OBJECT_RELEASED, object, call);
      release_to(wait, count);
      return;
    }
    if (!any && now < (ULONG_PTR)count * ONE) stop(object, call);
    if (change(reference, now, now - (ULONG_PTR)count * ONE)) break;
  }
  note_object(PORT_NOTE_OBJECT_RELEASED, object, call);
}

static struct rundown_wait new_wait(const void *reference) {
  return (struct rundown_wait){
      .gate = {.Type = OBJECT_RUNDOWN, .Size = sizeof(DISPATCHER_HEADER) / sizeof(LONG)},
      .reference = reference};
}

/* Of one counter: what it had. */
static ULONG_PTR begin_rundown(PEX_RUNDOWN_REF reference, struct rundown_wait *wait,
                               const void *object, struct call call) {
  for (;;) {
    ULONG_PTR now = look(reference);
    if (now & RUN_DOWN && wait_of(now) != NULL) stop(object, call);
    if (now & RUN_DOWN) return 0;
    if (change(reference, now, (ULONG_PTR)wait | RUN_DOWN)) return now;
  }
}

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
  RunRef->Count = 0;
  note_object(PORT_NOTE_OBJECT_INITIALIZED, RunRef, THIS_CALL);
}

VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
  if (!change(RunRef, RUN_DOWN, 0)) stop(RunRef, THIS_CALL);
}

VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef) {
  __atomic_store_n(&RunRef->Count, RUN_DOWN, __ATOMIC_RELEASE);
}

BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef) { return acquire(RunRef, 1); }

BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
  return acquire(RunRef, Count);
}

VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef) {
  release(RunRef, 1, false, RunRef, THIS_CALL);
}

VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
  release(RunRef, Count, false, RunRef, THIS_CALL);
}

/* Whoever gives the last one back may be looking at it until the wait has seen
 * that. */
static void wait_for_references(struct rundown_wait *wait, struct call call) {
  push_lock_report = &report_of_push_locks;
  wait_on(&wait->gate, KernelMode, false, NULL, call);
}

VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef) {
  verify_object(THIS_CALL, RunRef, WAITS_FOR_EVER);
  struct rundown_wait wait = new_wait(RunRef);
  InitializeListHead(&wait.gate.WaitListHead);
  ULONG_PTR count;
  do { /* the references are in the wait before anybody can give one back to it
        */
    count = look(RunRef);
    if (count & RUN_DOWN && wait_of(count) != NULL) stop(RunRef, THIS_CALL);
    if (count & RUN_DOWN) return;
    wait.left = (LONG_PTR)(count / ONE);
  } while (!change(RunRef, count, count == 0 ? RUN_DOWN : (ULONG_PTR)&wait | RUN_DOWN));
  if (count == 0) return;
  wait_for_references(&wait, THIS_CALL);
  ExRundownCompleted(RunRef);
}

/* A counter for each core, in a cache line of its own. */

struct _EX_RUNDOWN_REF_CACHE_AWARE {
  char *counters;
  ULONG number;
  bool is_allocated;
};

static PEX_RUNDOWN_REF counter(PEX_RUNDOWN_REF_CACHE_AWARE reference, unsigned core) {
  return (PEX_RUNDOWN_REF)(void *)(reference->counters + (size_t)core * LINE);
}

static void set_counters(PEX_RUNDOWN_REF_CACHE_AWARE reference, ULONG_PTR count) {
  for (unsigned i = 0; i < reference->number; i++) {
    __atomic_store_n(&counter(reference, i)->Count, count, __ATOMIC_RELEASE);
  }
}

SIZE_T ExSizeOfRundownProtectionCacheAware(VOID) {
  return sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE) + ((SIZE_T)port_core_count() + 1) * LINE;
}

VOID ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                             SIZE_T RunRefSize) {
  if (RunRefSize < ExSizeOfRundownProtectionCacheAware()) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   RunRefSize, ExSizeOfRundownProtectionCacheAware(), 0);
  }
  RunRefCacheAware->counters = (char *)ALIGN_UP_BY(RunRefCacheAware + 1, LINE);
  RunRefCacheAware->number = port_core_count();
  set_counters(RunRefCacheAware, 0);
  note_object(PORT_NOTE_OBJECT_INITIALIZED, RunRefCacheAware, THIS_CALL);
}

PEX_RUNDOWN_REF_CACHE_AWARE
ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag) {
  SIZE_T size = ExSizeOfRundownProtectionCacheAware();
  PEX_RUNDOWN_REF_CACHE_AWARE reference = ExAllocatePoolWithTag(PoolType, size, PoolTag);
  if (reference != NULL) ExInitializeRundownProtectionCacheAware(reference, size);
  return reference;
}

VOID ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  ExFreePool(RunRefCacheAware);
}

VOID ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  if (look(counter(RunRefCacheAware, 0)) != RUN_DOWN) stop(RunRefCacheAware, THIS_CALL);
  set_counters(RunRefCacheAware, 0);
}

VOID ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  set_counters(RunRefCacheAware, RUN_DOWN);
}

BOOLEAN ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  return acquire(counter(RunRefCacheAware, port_core()), 1);
}

BOOLEAN ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                               ULONG Count) {
  return acquire(counter(RunRefCacheAware, port_core()), Count);
}

VOID ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  release(counter(RunRefCacheAware, port_core()), 1, true, RunRefCacheAware, THIS_CALL);
}

VOID ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                            ULONG Count) {
  release(counter(RunRefCacheAware, port_core()), Count, true, RunRefCacheAware, THIS_CALL);
}

VOID ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
  verify_object(THIS_CALL, RunRefCacheAware, WAITS_FOR_EVER);
  struct rundown_wait wait = new_wait(RunRefCacheAware);
  InitializeListHead(&wait.gate.WaitListHead);
  ULONG_PTR counts = 0; /* some are below 0: only the sum says how many there are */
  for (unsigned i = 0; i < RunRefCacheAware->number; i++) {
    counts += begin_rundown(counter(RunRefCacheAware, i), &wait, RunRefCacheAware, THIS_CALL);
  }
  bool on = lock_dispatcher();
  wait.left += (LONG_PTR)counts / ONE; /* less those that were given back meanwhile */
  bool is_left = wait.left > 0, is_wrong = wait.left < 0;
  unlock_dispatcher(on);
  if (is_wrong) stop(RunRefCacheAware, THIS_CALL);
  if (is_left) wait_for_references(&wait, THIS_CALL);
  ExRundownCompletedCacheAware(RunRefCacheAware);
}
