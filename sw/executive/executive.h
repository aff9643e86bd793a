/**
 * What the executive offers the layer above it: commands to the arbiter in the name of the current
 * thread, waits for their grants, the registry of locks, and a way to stop. The routines with the
 * WDK's names are in lockarb_kernel.h.
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
 * Begin a command: interrupts go off, the thread gets a slot if it has none and the lock is the
 * arbiter's (it waits in order for one), and the core's registers get in step with memory. Between
 * begin and end nothing else runs on this core, so that the caller's mirror of the lock follows it
 * without a gap.
 *
 * @return For executive_end_command().
 * Bus: nothing if the thread has a slot and memory did not change behind our back.
 */
bool executive_begin_command(unsigned lock, struct call call);
/** End a command: what was held off meanwhile happens now, due APCs included. */
void executive_end_command(bool interrupts);

/** A wait for a lock, on the stack of the thread that waits. The executive's own. */
struct executive_wait {
  unsigned lock;
  bool exclusive;
  bool granted;
  bool bad;       /**< The arbiter granted it, but a bit of its thread's state there had flipped. */
  unsigned place; /**< Thread slot of the arbiter, or cell of shared memory. */
  unsigned turn;  /**< From 1, among all that ever waited for the lock in that way. */
  struct call call; /**< That waits. */
  uint64_t slice_end;
  ULONG slices; /**< That have ended. */
  struct executive_wait *outer;
};

/**
 * Commands, between begin and end. They count the thread's region and locks; the answers for a lock
 * in shared memory are those of the arbiter. Bus: 1 read each of a lock of the arbiter.
 *
 * On WAITING the caller ends the command and calls executive_wait_for_grant() with the same wait.
 */
struct lockarb_answer executive_acquire(unsigned lock, enum lockarb_kind kind, unsigned flags,
                                        struct executive_wait *wait);
struct lockarb_answer executive_release(unsigned lock, bool leave);
/** owner: a thread or an owner pointer, which need not exist. 1 write more for another one. */
struct lockarb_answer executive_release_for(unsigned lock, ULONG_PTR owner);
struct lockarb_answer executive_convert(unsigned lock);
/** is_thread: the pointer is a thread's address | 3, so that waiters can lift it. 1 write more. */
struct lockarb_answer executive_set_owner(unsigned lock, ULONG_PTR pointer, bool is_thread,
                                          struct call call);

/**
 * Block until the grant comes. Kernel APCs that may run do so meanwhile; the place is kept. After
 * 500 ms, and every 4 s from then on, the owners' priorities are lifted (contract I.5).
 */
void executive_wait_for_grant(struct executive_wait *wait);

/** How often the current thread holds the lock: *count, 0 on an error. Bus: at most 1 read. */
struct lockarb_answer executive_hold_count(unsigned lock, unsigned *count);

/** Whether the current thread owns the lock exclusively. Bus: nothing for a lock of the arbiter. */
bool executive_owns_exclusive(unsigned lock);

/**
 * Show in the object of a lock what a command for another thread, which has ended, did. When nobody
 * knows what its last one did, the status is that of a command that leaves the lock as it is.
 */
typedef void (*executive_mirror)(void *object, struct lockarb_answer answer, ULONG_PTR thread);

/**
 * Find an unused lock for object, initialize it, and put link on the list of all that have one.
 *
 * @param flags LOCKARB_RESOURCE_...; when all locks of the arbiter are used, it is one in shared
 *              memory in any case.
 * @return The lock, or EXECUTIVE_NO_LOCK when all are used.
 */
unsigned executive_allocate_lock(void *object, executive_mirror mirror, PLIST_ENTRY link,
                                 ULONG flags);
/** What lockarb_set_resource_flags() has set. */
ULONG executive_resource_flags(void);
/** Delete the lock. On success (not an error) it is unused again and link is off the list. */
struct lockarb_answer executive_free_lock(unsigned lock, PLIST_ENTRY link);
/** The lock is as new, its owners forget it. */
struct lockarb_answer executive_reinitialize_lock(unsigned lock);
/** Waiters do not lift the owners of this lock. */
void executive_disable_boost(unsigned lock);
/** @return The lock that belongs to object, or EXECUTIVE_NO_LOCK. hint is looked at first. */
unsigned executive_find_lock(const void *object, unsigned hint);

/** @return The thread with that address, or NULL. */
PKTHREAD executive_find_thread(ULONG_PTR address);

/* Personality (lockarb_threads.h) */

SHORT executive_active_count(unsigned owners); /**< What ERESOURCE.ActiveCount shows. */
PVOID executive_entry_value(void);             /**< What the enter-and-acquire routines return. */

#ifdef __cplusplus
}
#endif

#endif
