/* SPDX-License-Identifier: Apache-2.0 */
/** Thread slots of the arbiter: who acts through which. Dispatcher locked, where nothing else is
 * said.
 */
#ifndef LOCKARB_EXECUTIVE_THREAD_SLOT_H_
#define LOCKARB_EXECUTIVE_THREAD_SLOT_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/** One lock that a slot owns. One that is not owned any more stays in its list and is used again:
 * other cores may be looking at it. */
struct owned {
  struct owned *next;
  unsigned lock;
  uint32_t hold; /* OWNED_EXCLUSIVE and a count; 0: not used */
};
#define OWNED_EXCLUSIVE 0x80000000u

/** A thread slot: lent to a thread, or standing for all owner pointers. */
struct slot {
  struct thread *thread; /* NULL and not of the pointers: free */
  bool of_pointers;
  unsigned locks_owned;
  bool waits;          /* queued for a lock, or granted and its thread has not gone on yet */
  struct owned *owned; /* of the arbiter's locks */
};

void set_up_slots(void);   /**< The arbiter is found. */
extern struct slot *slots; /* arbiter.threads of them */
static inline struct slot *slot_at(unsigned number) { return &slots[number]; }
void lend_slot(struct thread *t);  /**< t, about to run, gets a slot if one is free. */
void offer_slot(struct thread *t); /**< Somebody waits for a slot, and t needs none: hand it on. */
extern LIST_ENTRY slot_queue;      /* threads that wait for a slot */
void offer_slot_to_queue(struct thread *t);
/** The same with the dispatcher not locked; nothing if nobody waits for one. */
static inline void offer_slot_now(struct thread *t) {
  if (EXECUTIVE_RARE(!IsListEmpty(&slot_queue))) offer_slot_to_queue(t);
}
/** This core serves those who wait for a slot: what its window names and what its thread has. */
void serve_slot_queue(struct core *core);
void return_slot(struct thread *t);
/** Those of a thread that is gone: APCs may have taken further ones. */
void return_slots(struct thread *t);
/**
 * The running thread tries to get a slot for itself, or for the pointers; it may wait for one.
 * Interrupts off, dispatcher not locked.
 *
 * @return Whether an APC that may run now has broken the wait. Without, the slot may have got lost
 *         again meanwhile.
 */
bool borrow_slot(struct thread *self, bool for_pointers, struct call call);
/**
 * APCs are about to run: a slot that stands in the queue of a lock cannot act meanwhile, so the
 * thread goes on without, and borrows another one if an APC uses locks. Dispatcher not locked.
 *
 * @return For unpark_slot().
 */
int park_slot(struct thread *self);
void unpark_slot(struct thread *self, int parked);
/** The slot through which the owner pointers own; NO_SLOT: they have none. */
int pointers_slot(void);
void return_pointers_slot(void); /**< There is one. */

/** What a slot owns of a lock: count 0, nothing. */
struct hold {
  bool exclusive;
  unsigned count;
};
struct hold hold_of(unsigned slot, unsigned lock);
/* Of the running thread's slot with interrupts off, or with the dispatcher locked. */

/**
 * The slot may come to own one lock more: memory for that, which set_hold() needs. NULL: there is
 * none.
 */
static inline struct owned *room_for_hold(struct slot *slot);
struct owned *make_room_for_hold(struct slot *slot);
void set_hold(unsigned slot, unsigned lock, struct hold hold);

/* The same for who knows the place: what the slot owns of the lock, and a level more or less. */

/** NULL: nothing. */
static inline struct owned *owned_of(const struct slot *slot, unsigned lock) {
  struct owned *owned = slot->owned;
  while (owned != NULL && (owned->hold == 0 || owned->lock != lock)) owned = owned->next;
  return owned;
}
static inline struct owned *unused_of(const struct slot *slot) {
  struct owned *owned = slot->owned;
  while (owned != NULL && owned->hold != 0) owned = owned->next;
  return owned;
}
static inline struct owned *room_for_hold(struct slot *slot) {
  struct owned *owned = unused_of(slot);
  return EXECUTIVE_RARE(owned == NULL) ? make_room_for_hold(slot) : owned;
}
/** room: of room_for_hold(). */
static inline void begin_hold(struct slot *slot, struct owned *room, unsigned lock,
                              bool exclusive) {
  room->lock = lock;
  slot->locks_owned++;
  room->hold = exclusive ? OWNED_EXCLUSIVE | 1 : 1;
}
/** The same where the slot owns it already, so that room is for nothing, unless the arbiter counts
 * what nobody has taken. */
static inline void add_level(struct slot *slot, struct owned *room, unsigned lock) {
  struct owned *owned = owned_of(slot, lock);
  if (owned != NULL) {
    owned->hold++;
  } else {
    begin_hold(slot, room, lock, false);
  }
}
/** owned: NULL if the arbiter counts what nobody has taken. */
static inline void end_level(struct slot *slot, struct owned *owned) {
  if (owned == NULL || (--owned->hold & ~OWNED_EXCLUSIVE) != 0) return;
  owned->hold = 0;
  slot->locks_owned--;
}

#pragma GCC visibility pop

#endif
