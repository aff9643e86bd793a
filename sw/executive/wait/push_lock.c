/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Push locks. The word of a lock that nobody waits for:
 *   0                        free
 *   the owner | OWNED        owned exclusively
 *   owners << 4 | SHARED | OWNED
 * changes without the dispatcher's lock. While somebody waits it is the first
 * waiter | WAITED_FOR, the waiter keeps what it was, and it changes with the
 * dispatcher locked. A release hands over. A word that is CARRIED is the number
 * of a lock that the push lock stands on.
 */
#include "executive/wait/push_lock.h"

#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/thread/held.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

enum { OWNED = 1, SHARED = 2, WAITED_FOR = 4, FLAGS = 15, ONE_OWNER = 16 };

static ULONG_PTR look(const EX_PUSH_LOCK *lock) { return __atomic_load_n(lock, __ATOMIC_ACQUIRE); }

static bool change(PEX_PUSH_LOCK lock, ULONG_PTR from, ULONG_PTR to) {
  return __atomic_compare_exchange_n(lock, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static ULONG_PTR owned_by(const struct thread *t) { return (ULONG_PTR)t | OWNED; }

static struct push_wait *first_waiter(ULONG_PTR word) {
  return (struct push_wait *)(word & ~(ULONG_PTR)FLAGS);
}

/* What an owner more makes of the word; 0: it has to wait. */
static ULONG_PTR with_owner(ULONG_PTR word, const struct thread *t, bool exclusive) {
  if (word & WAITED_FOR) return 0;
  if (exclusive) return word == 0 ? owned_by(t) : 0;
  if (word == 0) return ONE_OWNER | SHARED | OWNED;
  return word & SHARED ? word + ONE_OWNER : 0;
}

/* The same without the thread, one owner less. */
static ULONG_PTR without_owner(ULONG_PTR word) {
  if (!(word & SHARED) || word < 2 * ONE_OWNER) return 0;
  return word - ONE_OWNER;
}

/* Each routine begins with it. */
static void check_flags(ULONG flags, struct call call) {
  push_lock_report = &report_of_push_locks;
  if ((flags & ~(ULONG)EX_PUSH_LOCK_FLAG_DISABLE_AUTO_BOOST) == 0) return;
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER, flags, 0,
                 0);
}

static void check_irql(PEX_PUSH_LOCK lock, struct call call) {
  const struct thread *self = this_thread();
  verify_object(call, lock, 0);
  if (self->irql <= APC_LEVEL) return;
  show_object("push lock", lock);
  executive_stop(call, EXECUTIVE_NO_LOCK, KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL,
                 (ULONG_PTR)self, (ULONG_PTR)lock, self->irql, 0);
}

/* A thread that owns a lock, or is in its queue, cannot be killed. Interrupts
 * off. */
static void own(PEX_PUSH_LOCK lock, bool exclusive, struct call call) {
  struct thread *self = this_thread();
  struct held *held = find_held(self->held, lock);
  if (held == NULL) {
    held = remember(&self->held, EXECUTIVE_NO_LOCK, lock, exclusive, call.from, self->number);
  }
  if (held == NULL) return;
  held->kind = HELD_PUSH_LOCK;
  held->levels++;
}

static bool try_to_acquire(PEX_PUSH_LOCK lock, bool exclusive, struct call call) {
  struct thread *self = this_thread();
  if (look(lock) & CARRIED) return push_lock_carrier->acquire(lock, exclusive, false, call);
  ULONG_PTR word, wanted;
  bool on = port_interrupts_off();
  do {
    word = look(lock);
    wanted = with_owner(word, self, exclusive);
  } while (wanted != 0 && !change(lock, word, wanted));
  if (wanted != 0) {
    self->mutexes++;
    own(lock, exclusive, call);
  }
  port_interrupts_restore(on);
  return wanted != 0;
}

/* At the end of the queue. Dispatcher locked. false: the lock could be had at
 * once. */
static bool queue_up(PEX_PUSH_LOCK lock, struct push_wait *wait) {
  for (;;) {
    ULONG_PTR word = look(lock);
    if (word & WAITED_FOR) {
      struct push_wait *last = first_waiter(word);
      while (last->next != NULL) last = last->next;
      last->next = wait;
      return true;
    }
    ULONG_PTR wanted = with_owner(word, wait->thread, wait->exclusive);
    wait->owners = word;
    if (change(lock, word, wanted != 0 ? wanted : (ULONG_PTR)wait | WAITED_FOR)) return wanted == 0;
  }
}

static void acquire(PEX_PUSH_LOCK lock, bool exclusive, struct call call) {
  struct thread *self = this_thread();
  if (look(lock) & CARRIED) {
    push_lock_carrier->acquire(lock, exclusive, true, call);
    return;
  }
  verify_order(call, lock, HELD_PUSH_LOCK, false);
  if (try_to_acquire(lock, exclusive, call)) return;
  struct push_wait wait = {
      .gate = {.Type = OBJECT_PUSH_LOCK, .Size = sizeof(wait.gate) / sizeof(LONG)},
      .lock = lock,
      .thread = self,
      .exclusive = exclusive};
  InitializeListHead(&wait.gate.WaitListHead);
  bool on = lock_dispatcher();
  self->mutexes++;
  bool queued = queue_up(lock, &wait);
  unlock_dispatcher(on);
  if (queued) wait_on(&wait.gate, KernelMode, false, NULL, call);
  on = port_interrupts_off();
  own(lock, exclusive, call);
  port_interrupts_restore(on);
}

/* The last owner has left: the first waiter owns it, and those behind who share
 * with it. Dispatcher locked. */
static void hand_over(PEX_PUSH_LOCK lock, struct push_wait *wait) {
  ULONG_PTR word = 0;
  while (wait != NULL) {
    ULONG_PTR more = with_owner(word, wait->thread, wait->exclusive);
    if (more == 0) break;
    word = more;
    struct push_wait *next = wait->next; /* its stack goes on as soon as it is woken */
    signal_object(&wait->gate);
    wait = next;
  }
  if (wait != NULL) {
    wait->owners = word;
    word = (ULONG_PTR)wait | WAITED_FOR;
  }
  __atomic_store_n(lock, word, __ATOMIC_RELEASE);
}

static void leave_queued(PEX_PUSH_LOCK lock) {
  bool on = lock_dispatcher();
  for (;;) {
    ULONG_PTR word = look(lock);
    if (word & WAITED_FOR) {
      struct push_wait *first = first_waiter(word);
      first->owners = without_owner(first->owners);
      if (first->owners == 0) hand_over(lock, first);
      break;
    }
    if (change(lock, word, without_owner(word))) break;
  }
  unlock_dispatcher(on);
}

static void check_owner(PEX_PUSH_LOCK lock, enum way way, struct call call) {
  struct thread *self = this_thread();
  ULONG_PTR word = look(lock);
  if (word & WAITED_FOR) word = first_waiter(word)->owners; /* it stays while this thread owns it */
  const struct held *held = find_held(self->held, lock);
  bool shared = (word & SHARED) != 0;
  bool is_owner = shared ? held != NULL : word == owned_by(self);
  if (is_owner && way != (shared ? EXCLUSIVELY : SHARED_WAY)) return;
  show_object("push lock", lock);
  executive_stop(call, EXECUTIVE_NO_LOCK, KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE, (ULONG_PTR)self,
                 (ULONG_PTR)lock, 0, 0);
}

static void release(PEX_PUSH_LOCK lock, enum way way, ULONG flags, struct call call) {
  struct thread *self = this_thread();
  check_flags(flags, call);
  verify_object(call, lock, 0);
  if (look(lock) & CARRIED) {
    push_lock_carrier->release(lock, way, call);
    return;
  }
  check_owner(lock, way, call);
  struct held *held = find_held(self->held, lock);
  if (held != NULL && --held->levels == 0) held->used = false;
  note_object(PORT_NOTE_OBJECT_RELEASED, lock, call);
  ULONG_PTR word = look(lock);
  if ((word & WAITED_FOR) || !change(lock, word, without_owner(word))) leave_queued(lock);
  self->mutexes--;
}

VOID ExInitializePushLock(PEX_PUSH_LOCK PushLock) {
  if (executive_verifier != NULL) {
    bool on = lock_dispatcher();
    forget_order(PushLock, sizeof(*PushLock));
    unlock_dispatcher(on);
  }
  *PushLock = 0;
  if (push_lock_carrier != NULL) push_lock_carrier->initialize(PushLock, THIS_CALL);
  note_object(PORT_NOTE_OBJECT_INITIALIZED, PushLock, THIS_CALL);
}

VOID ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  check_flags(Flags, THIS_CALL);
  check_irql(PushLock, THIS_CALL);
  acquire(PushLock, true, THIS_CALL);
}

VOID ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  check_flags(Flags, THIS_CALL);
  check_irql(PushLock, THIS_CALL);
  acquire(PushLock, false, THIS_CALL);
}

BOOLEAN ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  check_flags(Flags, THIS_CALL);
  check_irql(PushLock, THIS_CALL);
  return try_to_acquire(PushLock, true, THIS_CALL);
}

BOOLEAN ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  check_flags(Flags, THIS_CALL);
  check_irql(PushLock, THIS_CALL);
  return try_to_acquire(PushLock, false, THIS_CALL);
}

VOID ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  release(PushLock, EXCLUSIVELY, Flags, THIS_CALL);
}

VOID ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  release(PushLock, SHARED_WAY, Flags, THIS_CALL);
}

VOID ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags) {
  release(PushLock, EITHER_WAY, Flags, THIS_CALL);
}
