/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a lock can do, whatever it stands on: hardware_lock.c and software_lock.c implement it, and
 * lock.c, lock_wait.c and lock_end.c above them do not ask which of the two a lock is, but where
 * the arbiter's are acquired and released.
 */
#ifndef LOCKARB_EXECUTIVE_LOCK_LOCK_OPERATIONS_H_
#define LOCKARB_EXECUTIVE_LOCK_LOCK_OPERATIONS_H_

#include "executive/apc/apc.h"
#include "executive/lock/lock.h"

#pragma GCC visibility push(hidden)

/**
 * All but clear() are called with interrupts off, for the running thread where they name none.
 * Answers are those of the arbiter, for both kinds. A kind also keeps account: who owns a lock how
 * often, and the region of the thread when a command moves that.
 */
struct lock_operations {
  /** Get what the commands need: a slot of the arbiter. The thread may wait for it. */
  void (*prepare)(struct thread *self, struct call call);

  /* Commands, between begin_command() and end_command() in lock.c. Acquire and release are those
   * of locks in shared memory; hardware_lock.h has the arbiter's. */

  /** On WAITING it has called begin_lock_wait() for wait. core: the running one. */
  struct lockarb_answer (*acquire)(struct core *core, unsigned lock, enum lockarb_kind how,
                                   unsigned flags, struct lock_wait *wait);
  /** One level; leave: and one critical region. */
  struct lockarb_answer (*release)(struct core *core, unsigned lock, bool leave);
  /** Of another thread or a pointer, which stays. The dispatcher is locked; not all the while. */
  struct lockarb_answer (*release_for)(unsigned lock, const struct lock_owner *owner);
  /** Exclusive to shared. */
  struct lockarb_answer (*convert)(unsigned lock);
  /** All levels to a pointer. The dispatcher is not locked before, and locked after. */
  struct lockarb_answer (*give)(unsigned lock, struct owner_pointer *pointer, struct call call);

  /* Queries. */

  /** How often the thread owns it, as the lock itself counts: *count is 0 before. */
  struct lockarb_answer (*hold_count)(unsigned lock, unsigned *count);
  /** The same by the account, and how. */
  struct hold (*hold)(unsigned lock);

  /* Waits. Dispatcher locked. */

  void (*own)(struct thread *t, const struct lock_wait *wait);      /**< The wait is granted. */
  void (*end_wait)(struct thread *t, const struct lock_wait *wait); /**< And its place is free. */
  bool by_interrupt; /**< Grants are told by an interrupt, which may not come. */

  /* The end of a thread, on its core, dispatcher not locked. Objects and observers are told. */

  /** End a wait that is not granted. CANCELLED, HANDED_SHARED; ALREADY_GRANTED: too late. */
  struct lockarb_answer (*cancel)(const struct thread *t, const struct lock_wait *wait);
  /** The command whose answer got lost may have queued t. @return Whether it had. */
  bool (*cancel_unsure)(struct thread *t, unsigned lock);
  /**
   * Release all levels of t. unsure: a command on this lock was lost; again: the core was reset
   * while it did this. @return Whether t owned the lock.
   */
  bool (*drain)(const struct thread *t, unsigned lock, bool unsure, bool again);

  /** t has ended: what is kept for its next wait can go. Dispatcher locked. */
  void (*forget_thread)(struct thread *t);

  /* Lifetime. */

  unsigned (*set_up)(void); /**< At the start of a run. @return How many locks there are. */

  /** Make it usable. Dispatcher locked. */
  struct lockarb_answer (*initialize)(unsigned lock, enum lockarb_order order);
  /** Make it as new, or unusable; it calls forget_owners(). Interrupts on, dispatcher not locked.
   */
  struct lockarb_answer (*clear)(unsigned lock, bool delete);
  /** owner, of whom next_owner() left the cursor at that, is none any more. Dispatcher locked. */
  void (*forget_owner)(unsigned lock, const struct lock_owner *owner, unsigned cursor);

  /* For reports: see lock.h. */

  bool (*next_owner)(unsigned lock, unsigned *cursor, struct lock_owner *owner);
  struct lock_counts (*counts)(unsigned lock);  /**< Without contentions. */
  unsigned (*owned_by)(const struct thread *t); /**< How many locks of this kind it owns. */
};

extern const struct lock_operations hardware_locks, software_locks;

/**
 * The kinds that there are, in the order of their numbers, then NULL: chosen when linking. With
 * both_kinds.c these are hardware_locks and software_locks; a machine without shared memory can
 * have hardware_only.c in its place, and needs no code for the other kind.
 */
extern const struct lock_operations *const lock_kinds[3];

static inline bool is_refused(struct lockarb_answer answer) {
  return lockarb_is_refused(answer.status);
}
static inline struct lockarb_answer refuse(unsigned status) {
  return (struct lockarb_answer){.status = (uint8_t)status};
}

/* lock.c: what is kept of each lock, whatever it stands on */

struct lock {
  void *object; /* that owns the lock; NULL: unused */
  const struct executive_mirror *mirror;
  bool boost_disabled;
  bool writer_first;
  unsigned queued[2]; /* that had to wait so far: shared, exclusive */
  struct account {    /* of a lock of the arbiter: what reports and boosts need to know of it */
    unsigned owners;  /* as the last answer had them, */
    unsigned shared_waiters;
    unsigned exclusive_waiters;
    unsigned pointer_owners; /* owner pointers among the owners, */
    unsigned pointer_levels; /*   and the levels that they own together */
  } account;
};
extern struct lock *locks;
static inline struct lock *lock_at(unsigned lock) { return &locks[lock]; }
static inline const struct lock_operations *operations_of(unsigned lock) {
  return lock_kinds[is_software(lock)];
}

void note_lock_now(enum port_note_kind kind, const struct thread *t, unsigned lock,
                   struct port_note more);
static inline void note_lock(enum port_note_kind kind, const struct thread *t, unsigned lock,
                             struct port_note more) {
  if (is_observed()) note_lock_now(kind, t, lock, more);
}
bool is_owned_exclusively(unsigned lock);
/** What the arbiter answers to who does not own the lock. */
struct lockarb_answer not_owned(unsigned lock);
/** It says there who gives the lock to the pointer, and where. Dispatcher locked. NULL: no memory.
 */
struct held *origin_of_pointer(unsigned lock, struct owner_pointer *pointer, struct call call);
/** The account of a lock that loses its owners. Dispatcher locked. */
void forget_owners(unsigned lock);

/* lock_wait.c */

void set_up_lock_waits(void);
/* Not inline in what acquires a lock that is free. */
/** A wait of the running thread begins. */
__attribute__((noinline)) void begin_lock_wait(struct lock_wait *wait, unsigned lock,
                                               bool exclusive, unsigned place);
/** Block until it is granted. Interrupts on. */
__attribute__((noinline)) void wait_for_grant(struct lock_wait *wait);
/** t owns the lock at last, and is woken, or its core interrupted. Dispatcher locked. */
void grant_lock_wait(struct thread *t, struct lock_wait *wait);
/** The same for a thread of another core, dispatcher not locked: @return whether the caller must
 * interrupt that core. */
bool mark_granted_and_look(struct thread *t, struct lock_wait *wait);
/** What all of these begin with: t owns the lock, its wait is granted, and nobody is told. */
void mark_granted(struct thread *t, struct lock_wait *wait);
/** A wait leaves its queue in the middle: is_queued() of the others stays true. Dispatcher locked.
 */
void leave_queue(const struct lock_wait *wait);

/* lock_end.c */

/** A command for a thread that is gone did something, or was refused: the object shows it, or the
 * machine stops. */
void follow_end(const struct thread *t, unsigned lock, struct lockarb_answer answer);
void note_drained(const struct thread *t, unsigned lock, struct hold hold);

#pragma GCC visibility pop

#endif
