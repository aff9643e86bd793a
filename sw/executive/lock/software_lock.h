/** Locks in shared memory, with the answers of the arbiter. Interrupts off. */
#ifndef LOCKARB_EXECUTIVE_LOCK_SOFTWARE_LOCK_H_
#define LOCKARB_EXECUTIVE_LOCK_SOFTWARE_LOCK_H_

#include "executive/lock/lock.h"

#pragma GCC visibility push(hidden)

enum { MAX_SOFTWARE_LOCKS = 4096 };

struct lockarb_answer software_initialize(unsigned number, enum lockarb_order order);
struct lockarb_answer software_acquire(unsigned number, struct thread *self, enum lockarb_kind kind,
                                       bool waits, struct executive_wait *wait);
struct lockarb_answer software_release(unsigned number, uint32_t owner);
/** Of a thread that is gone: CANCELLED, HANDED_SHARED, or ALREADY_GRANTED. */
struct lockarb_answer software_cancel(unsigned number, const struct executive_wait *wait);
/** What the lock is like: HANDED_EXCLUSIVE, HANDED_SHARED, or FREED. */
struct lockarb_answer software_state(unsigned number);
/** All levels of an owner that is gone, as a release; DONE: it owns nothing. */
struct lockarb_answer software_drain(unsigned number, uint32_t owner, struct hold *hold);
struct lockarb_answer software_convert(unsigned number, uint32_t owner);
struct lockarb_answer software_set_owner(unsigned number, uint32_t owner, uint32_t pointer);
struct lockarb_answer software_clear(unsigned number, bool delete);
struct hold software_hold(unsigned number, uint32_t owner);
void end_software_wait(struct thread *self, unsigned cell);
void set_up_software_locks(void);

/** How a software lock names its owners. */
uint32_t owner_of_thread(const struct thread *t);
uint32_t owner_of_pointer(const struct owner_pointer *pointer);
/** @return The thread, or NULL with *pointer set. */
struct thread *thread_of_owner(uint32_t owner, struct owner_pointer **pointer);
/** The owners, one by one, as next_owner() has them. */
bool next_software_owner(unsigned number, unsigned *cursor, uint32_t *owner, struct hold *hold);
/** As lock_counts(), without contentions. */
struct lock_counts software_counts(unsigned number);

/** A wait for a lock begins; executive_wait_for_grant() ends it. */
void begin_lock_wait(struct thread *t, struct executive_wait *wait, unsigned lock, bool exclusive,
                     unsigned place);
/** t owns the lock at last. Dispatcher locked. */
void grant_lock_wait(struct thread *t, unsigned lock, unsigned place);
/** A wait leaves its queue in the middle: is_queued() of the others stays true. Dispatcher locked.
 */
void leave_queue(const struct executive_wait *wait);
/** The account of a lock that loses its owners. Dispatcher locked. */
void forget_owners(unsigned lock);
/** owner owns one software lock less, and nobody has got it yet. */
void forget_software_lock(uint32_t owner);
/** The running thread owns one less; merged: the pointer owned it already. */
void give_software_lock(uint32_t pointer, bool merged);

#pragma GCC visibility pop

#endif
