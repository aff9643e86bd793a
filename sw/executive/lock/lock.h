/* SPDX-License-Identifier: Apache-2.0 */
/** Locks, as the rest of the executive sees them: whatever they stand on. */
#ifndef LOCKARB_EXECUTIVE_LOCK_LOCK_H_
#define LOCKARB_EXECUTIVE_LOCK_LOCK_H_

#include "executive/executive.h"
#include "executive/lock/owner_pointer.h"
#include "executive/thread/slot.h"
#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

void set_up_locks(void); /**< The arbiter is found. */

/* lock.c: the registry, and what has happened to each lock */

/** The ERESOURCE that the lock belongs to. */
const void *lock_object(unsigned lock);
/** How many it owns. */
unsigned locks_owned(const struct thread *t);
/** What a thread that has ended leaves of its waits. */
void forget_lock_waits(struct thread *t);

/* For reports and boosts: no bus is touched. Dispatcher locked, or the machine has stopped. */

/** The first lock from that number on that is in use, or EXECUTIVE_NO_LOCK. */
unsigned next_used_lock(unsigned lock);
extern unsigned first_of_second; /* the first lock of the second kind; as many as there are locks:
                                    there is none */
/** Whether it stands on shared memory, and not on the arbiter. */
static inline bool is_software(unsigned lock) { return lock >= first_of_second; }
/** One owner of a lock: a thread, or an owner pointer. */
struct lock_owner {
  struct thread *thread;
  struct owner_pointer *pointer;
  struct hold hold;
};
/** The owners of a lock, one by one; *cursor is 0 at first. */
bool next_owner(unsigned lock, unsigned *cursor, struct lock_owner *owner);
/** Where an owner got the lock; NULL: not known. */
const struct held *origin_of(unsigned lock, const struct lock_owner *owner);
/** Of a lock. */
struct lock_counts {
  unsigned owners;
  unsigned shared_waiters;
  unsigned exclusive_waiters;
  unsigned contentions; /* that have waited since it was initialized */
};
/** As true as the last command on it. */
struct lock_counts lock_counts(unsigned lock);

/* lock_wait.c: threads that wait for a lock */

/** On the stack of the thread that waits. */
struct lock_wait {
  struct thread *thread;
  unsigned lock;
  bool exclusive;
  bool granted;
  bool bad;         /* the arbiter granted it, but a bit of its thread's state there had flipped */
  unsigned place;   /* thread slot of the arbiter, or cell of shared memory */
  unsigned turn;    /* from 1, among all that ever waited for the lock in that way */
  struct call call; /* that waits */
  uint64_t slice_end;
  ULONG slices; /* that have ended */
  struct lock_wait *outer;
};

static inline bool is_granted(const struct lock_wait *wait) {
  return __atomic_load_n(&wait->granted, __ATOMIC_ACQUIRE);
}

/** t's next wait for the lock that is not over, as far as t knows; the first one after NULL. */
static inline const struct lock_wait *wait_after(const struct lock_wait *wait,
                                                 const struct thread *t, unsigned lock) {
  wait = wait != NULL ? wait->outer : t->lock_waits;
  while (wait != NULL && (wait->lock != lock || wait->granted)) wait = wait->outer;
  return wait;
}

/** What the interrupt of the arbiter is about. Dispatcher locked. */
void take_grants(unsigned core);
/** The oldest grant of the core, if it ends the wait of a thread that stays there: that is marked.
 * Any other one is left. Dispatcher not locked. */
void take_stayers_grant(unsigned core);
/** Time has passed: whoever waits too long lifts the owners. Dispatcher locked. */
void expire_lock_slices(void);
/* Of a thread that is gone, on its core. Interrupts off, dispatcher not locked. unsure: the lock of
 * a command whose answer got lost, or EXECUTIVE_NO_LOCK. */
/** @return How many waits it had that were not granted. */
unsigned cancel_lock_waits(struct thread *t, unsigned unsure);
/** again: the core was reset while it did this. @return How many locks it owned. */
unsigned drain_locks(struct thread *t, unsigned unsure, bool again);

/* For reports, as above. */

/** Not granted; a grant that is still on its way to the thread counts. */
bool is_queued(const struct lock_wait *wait);
/** The arbiter has handed it the lock, and its core does not know: the interrupt did not come. */
bool is_overdue(const struct lock_wait *wait);
/** Whether the owners of the lock, too, must give it up before the wait ends. */
bool waits_for_owners(const struct lock_wait *wait);
/** A wait, and whose it is. */
struct lock_waiter {
  struct thread *thread;
  const struct lock_wait *wait;
};
/**
 * The exclusive waiters that get the lock before a wait that is still queued, one by one; *turn is
 * 0 at first. An exclusive wait: those that came before it; a shared one: the writer for which it
 * was queued, or all of them if writers are first.
 */
bool next_ahead(const struct lock_wait *wait, unsigned *turn, struct lock_waiter *ahead);

#pragma GCC visibility pop

#endif
