/**
 * What the executive offers the layer above it: commands to the arbiter in the name of the current
 * thread, waits for their grants, the registry of locks, and a way to stop. The routines with the
 * WDK's names are in lockarb_kernel.h.
 */
#ifndef LOCKARB_EXECUTIVE_EXECUTIVE_H_
#define LOCKARB_EXECUTIVE_EXECUTIVE_H_

#include "driver/lockarb.h"
#include "lockarb_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EXECUTIVE_NO_LOCK (~0u)

/** A call of a routine with a WDK name: what a bug check names. */
struct call {
  const char *routine;
  const void *from; /**< The return address, in the caller's code. */
};
/** In a routine that programs call, and only there. */
#define THIS_CALL ((struct call){__func__, __builtin_return_address(0)})

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

/** KeBugCheckEx() with the call that went wrong and the lock concerned, or EXECUTIVE_NO_LOCK. */
__attribute__((noreturn)) void executive_stop(struct call call, unsigned lock, ULONG code,
                                              ULONG_PTR parameter1, ULONG_PTR parameter2,
                                              ULONG_PTR parameter3, ULONG_PTR parameter4);

/** Raise an exception in the caller of that routine; unhandled, bug check 0x7E. */
__attribute__((noreturn)) void executive_raise(struct call call, NTSTATUS code);

/* Driver Verifier's rules (verifier.c): these cost one test of a flag when it is off. */

extern bool executive_verifier_on;
void executive_verify_resource(struct call call, const void *resource);
void executive_verify_release_for(struct call call, const void *resource, ULONG_PTR owner);
void executive_verify_self_block(struct call call, const void *resource);
void executive_verify_underflow(struct call call, const void *resource);

/** A routine of the ERESOURCE family was called; nothing has happened yet. */
static inline void verify_resource(struct call call, const void *resource) {
  if (executive_verifier_on) executive_verify_resource(call, resource);
}
/** The same, for a release in the name of that owner. */
static inline void verify_release_for(struct call call, const void *resource, ULONG_PTR owner) {
  if (executive_verifier_on) executive_verify_release_for(call, resource, owner);
}
/** The thread is about to wait for its own shared hold. */
static inline void verify_self_block(struct call call, const void *resource) {
  if (executive_verifier_on) executive_verify_self_block(call, resource);
}
/** A region was left more often than entered. */
static inline void verify_underflow(struct call call, const void *resource) {
  if (executive_verifier_on) executive_verify_underflow(call, resource);
}

/* Personality (lockarb_threads.h) */

SHORT executive_active_count(unsigned owners); /**< What ERESOURCE.ActiveCount shows. */
PVOID executive_entry_value(void);             /**< What the enter-and-acquire routines return. */

/** Print a warning with the call and the thread; the run goes on. */
void executive_warn(struct call call, unsigned lock, const char *text);

#ifdef __cplusplus
}
#endif

#endif
