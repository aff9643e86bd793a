/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the executive offers the layer above it: commands to locks in the name of the current
 * thread, the registry of locks, and ways to stop (call.h) and to verify (verify.h). The routines
 * with the WDK's names are in lockarb_kernel.h.
 */
#ifndef LOCKARB_EXECUTIVE_EXECUTIVE_H_
#define LOCKARB_EXECUTIVE_EXECUTIVE_H_

#include "driver/lockarb.h"
#include "executive/call.h"
#include "executive/verify.h"
#include "lockarb_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Commands to a lock. Each is one call: interrupts are off while the lock, the executive's account,
 * the thread's region and the object in memory (executive_mirror) change together, and what was
 * held off meanwhile, due APCs included, happens before it returns.
 *
 * A thread that has no slot of the arbiter gets one first, if the lock is the arbiter's; it may
 * wait for it, in order. Bus: 1 read each of a lock of the arbiter, and nothing besides if the
 * thread has a slot and memory did not change behind our back.
 *
 * @return LOCKARB_STATUS_..., for a lock in shared memory too. From LOCKARB_STATUS_FIRST_ERROR on,
 *         or on LOCKARB_STATUS_BAD_ARG, nothing has changed, and interrupts may be off still: the
 *         caller stops the machine.
 */

/**
 * Acquire the lock for the current thread. With LOCKARB_WAIT the thread may block; kernel APCs that
 * may run do so meanwhile, and its place is kept. After 500 ms, and every 4 s from then on, the
 * owners' priorities are lifted (contract I.5).
 *
 * @param flags LOCKARB_TRY, or LOCKARB_WAIT and LOCKARB_ENTER or'ed.
 * @return GRANTED_... or RECURSED_...: the thread owns it. NOT_GRANTED: nothing has changed.
 */
unsigned executive_acquire(unsigned lock, enum lockarb_kind how, unsigned flags, struct call call);
unsigned executive_release(unsigned lock, bool leave, struct call call);
/** owner: a thread or an owner pointer, which need not exist. 1 write more for another one. */
unsigned executive_release_for(unsigned lock, ULONG_PTR owner, struct call call);
unsigned executive_convert(unsigned lock, struct call call);
/** is_thread: the pointer is a thread's address | 3, so that waiters can lift it. 1 write more. */
unsigned executive_set_owner(unsigned lock, ULONG_PTR pointer, bool is_thread, struct call call);

/** How often the current thread holds the lock: *count, 0 on an error. Bus: at most 1 read. */
unsigned executive_hold_count(unsigned lock, unsigned *count);
/** Whether the current thread owns the lock exclusively. Bus: nothing for a lock of the arbiter. */
bool executive_owns_exclusive(unsigned lock);

/** How an object in memory shows what happens to its lock. */
struct executive_mirror {
  /**
   * A command for owner, a thread or a pointer, did that; DONE: a pointer owns it now. It may be a
   * command for a thread that has ended; when nobody knows what its last one did, the status is
   * that of one that leaves the lock as it is.
   */
  void (*follow)(void *object, struct lockarb_answer answer, ULONG_PTR owner);
  /** owner goes on, which has waited for exclusive access. */
  void (*go_on)(void *object, ULONG_PTR owner);
};

/**
 * Find an unused lock for object, initialize it, and put link on the list of all that have one.
 * link: NULL for an object without one.
 *
 * @param flags LOCKARB_RESOURCE_...; when all locks of the arbiter are used, it is one in shared
 *              memory in any case.
 * @return The lock, or EXECUTIVE_NO_LOCK when all are used.
 */
unsigned executive_allocate_lock(void *object, const struct executive_mirror *mirror,
                                 PLIST_ENTRY link, ULONG flags, struct call call);
/** What lockarb_set_resource_flags() has set. */
ULONG executive_resource_flags(void);
/** Delete the lock. On success (not an error) it is unused again and link is off the list. */
unsigned executive_free_lock(unsigned lock, PLIST_ENTRY link);
/** The lock is as new, its owners forget it. */
unsigned executive_reinitialize_lock(unsigned lock);
/** Waiters do not lift the owners of this lock. */
void executive_disable_boost(unsigned lock);
/** @return The lock that belongs to object, or EXECUTIVE_NO_LOCK. */
unsigned executive_find_lock(const void *object);
/** Whether it is that one, which may be out of range. */
bool executive_has_lock(const void *object, unsigned lock);

/** @return The thread with that address, or NULL. */
PKTHREAD executive_find_thread(ULONG_PTR address);

/* Personality (lockarb_threads.h) */

SHORT executive_active_count(unsigned owners); /**< What ERESOURCE.ActiveCount shows. */
PVOID executive_entry_value(void);             /**< What the enter-and-acquire routines return. */

#ifdef __cplusplus
}
#endif

#endif
