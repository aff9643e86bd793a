/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Push locks that stand on a lock, of the arbiter or in shared memory, as an ERESOURCE does:
 * lockarb_carry_push_locks(). The word of such a push lock is the number of its lock, and CARRIED.
 */
#include "executive/diagnose/report.h"
#include "executive/lock/lock.h"
#include "executive/thread/held.h"
#include "executive/wait/push_lock.h"

enum { NUMBER_SHIFT = 4 };

static bool carries;

static unsigned lock_of(const EX_PUSH_LOCK *push_lock) {
  return (unsigned)(*push_lock >> NUMBER_SHIFT);
}

/* Nothing in memory shows what happens to the lock. */
static void follow(void *object, struct lockarb_answer answer, ULONG_PTR owner) {
  (void)object, (void)answer, (void)owner;
}
static void go_on(void *object, ULONG_PTR owner) { (void)object, (void)owner; }

static const struct executive_mirror mirror = {follow, go_on};

static void initialize(PEX_PUSH_LOCK push_lock, struct call call) {
  /* Nobody says when a push lock ends: memory that is used again may have had one. */
  unsigned lock = executive_find_lock(push_lock);
  if (lock != EXECUTIVE_NO_LOCK) executive_free_lock(lock, NULL);
  if (!carries) return;
  lock = executive_allocate_lock(push_lock, &mirror, NULL, executive_resource_flags(), call);
  if (lock != EXECUTIVE_NO_LOCK) *push_lock = (EX_PUSH_LOCK)lock << NUMBER_SHIFT | CARRIED;
}

_Noreturn static void stop(unsigned lock, ULONG code, ULONG_PTR parameter1, ULONG_PTR parameter2,
                           struct call call) {
  executive_stop(call, lock, code, parameter1, parameter2, 0, 0);
}

static bool acquire(PEX_PUSH_LOCK push_lock, bool exclusive, bool wait, struct call call) {
  struct thread *self = this_thread();
  unsigned lock = lock_of(push_lock);
  self->mutexes++; /* an owner cannot be killed */
  unsigned status = executive_acquire(lock, exclusive ? LOCKARB_EXCLUSIVE : LOCKARB_SHARED,
                                      wait ? LOCKARB_WAIT : LOCKARB_TRY, call);
  if (lockarb_is_refused(status)) stop(lock, LOCKARB_MISUSE, status, (ULONG_PTR)push_lock, call);
  if (status == LOCKARB_STATUS_RECURSED_EXCLUSIVE) { /* a lock recurses, a push lock does not */
    if (wait) {
      stop(lock, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE, (ULONG_PTR)push_lock, call);
    }
    executive_release(lock, false, call);
    status = LOCKARB_STATUS_NOT_GRANTED;
  }
  if (status == LOCKARB_STATUS_NOT_GRANTED) self->mutexes--;
  return status != LOCKARB_STATUS_NOT_GRANTED;
}

static void release(PEX_PUSH_LOCK push_lock, enum way way, struct call call) {
  struct thread *self = this_thread();
  unsigned lock = lock_of(push_lock);
  const struct held *held = find_held(self->held, push_lock);
  bool is_wrong = held == NULL || way == (held->exclusive ? SHARED_WAY : EXCLUSIVELY);
  if (is_wrong || lockarb_is_refused(executive_release(lock, false, call))) {
    stop(lock, KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, (ULONG_PTR)self, (ULONG_PTR)push_lock, call);
  }
  self->mutexes--;
}

static void forget_memory(const char *start, size_t size) {
  for (unsigned lock = 0; (lock = next_used_lock(lock)) != EXECUTIVE_NO_LOCK; lock++) {
    const char *object = lock_object(lock);
    if ((size_t)(object - start) >= size) continue;
    PEX_PUSH_LOCK push_lock = (PEX_PUSH_LOCK)(uintptr_t)object;
    if (*push_lock == ((EX_PUSH_LOCK)lock << NUMBER_SHIFT | CARRIED))
      executive_free_lock(lock, NULL);
  }
}

VOID lockarb_carry_push_locks(BOOLEAN On) {
  static const struct push_lock_carrier carrier = {initialize, acquire, release, forget_memory};
  push_lock_carrier = &carrier;
  carries = On;
}
