/* SPDX-License-Identifier: Apache-2.0 */
/** What commands do to a lock in shared memory, with the answers of the arbiter. Interrupts off. */
#ifndef LOCKARB_EXECUTIVE_LOCK_SOFTWARE_RULES_H_
#define LOCKARB_EXECUTIVE_LOCK_SOFTWARE_RULES_H_

#include "executive/lock/cell.h"
#include "executive/lock/lock_operations.h"

#pragma GCC visibility push(hidden)

/** @return How many locks there can be: so many as there are cells, 4096 at most. */
unsigned set_up_software_locks(void);
struct lockarb_answer software_initialize(unsigned number, enum lockarb_order order);
struct lockarb_answer software_acquire(unsigned number, struct thread *self, enum lockarb_kind kind,
                                       bool waits, struct lock_wait *wait);
struct lockarb_answer software_release(unsigned number, uint32_t owner);
/** Of a thread that is gone: CANCELLED, HANDED_SHARED, or ALREADY_GRANTED. */
struct lockarb_answer software_cancel(unsigned number, const struct lock_wait *wait);
/** What the lock is like: HANDED_EXCLUSIVE, HANDED_SHARED, or FREED. */
struct lockarb_answer software_state(unsigned number);
/** All levels of an owner that is gone, as a release; DONE: it owns nothing. */
struct lockarb_answer software_drain(unsigned number, uint32_t owner, struct hold *hold);
struct lockarb_answer software_convert(unsigned number, uint32_t owner);
struct lockarb_answer software_set_owner(unsigned number, uint32_t owner, uint32_t pointer);
struct lockarb_answer software_clear(unsigned number, bool delete);
struct hold software_hold(unsigned number, uint32_t owner);

/** The owners, one by one, as next_owner() has them. */
bool next_software_owner(unsigned number, unsigned *cursor, uint32_t *owner, struct hold *hold);
/** As lock_counts(), without contentions. */
struct lock_counts software_counts(unsigned number);

/* software_lock.c: who the owners are, and how many locks each has */

/** How a software lock names its owners. */
uint32_t owner_of_thread(const struct thread *t);
uint32_t owner_of_pointer(const struct owner_pointer *pointer);
/** @return The thread, or NULL with *pointer set. */
struct thread *thread_of_owner(uint32_t owner, struct owner_pointer **pointer);
/** A cell for its wait; 0: there is none left. */
unsigned take_wait_cell(struct thread *self);
/** owner owns one software lock less, and nobody has got it yet. */
void forget_software_lock(uint32_t owner);
/** The running thread owns one less; merged: the pointer owned it already. */
void give_software_lock(uint32_t pointer, bool merged);

#pragma GCC visibility pop

#endif
