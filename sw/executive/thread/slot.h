/* SPDX-License-Identifier: Apache-2.0 */
/** Thread slots of the arbiter: who acts through which. Dispatcher locked, where nothing else is
 * said.
 */
#ifndef LOCKARB_EXECUTIVE_THREAD_SLOT_H_
#define LOCKARB_EXECUTIVE_THREAD_SLOT_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/** A thread slot: lent to a thread, or standing for all owner pointers. */
struct slot {
  struct thread *thread; /* NULL and not of the pointers: free */
  bool of_pointers;
  unsigned locks_owned;
  bool waits;          /* queued for a lock, or granted and its thread has not gone on yet */
  struct owned *owned; /* of the arbiter's locks */
};

void set_up_slots(void); /**< The arbiter is found. */
struct slot *slot_at(unsigned number);
void lend_slot(struct thread *t);  /**< t, about to run, gets a slot if one is free. */
void offer_slot(struct thread *t); /**< Somebody waits for a slot, and t needs none: hand it on. */
/** The same with the dispatcher not locked; nothing if nobody waits for one. */
void offer_slot_now(struct thread *t);
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
/**
 * The slot may come to own one lock more, which set_hold() needs memory for. Of the running
 * thread's slot with interrupts off, or with the dispatcher locked. @return Whether there is
 * memory.
 */
bool make_room_for_hold(unsigned slot);
void set_hold(unsigned slot, unsigned lock, struct hold hold);

#pragma GCC visibility pop

#endif
