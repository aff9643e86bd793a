/* SPDX-License-Identifier: Apache-2.0 */
/** What the kinds of spin locks share. */
#ifndef LOCKARB_EXECUTIVE_WAIT_SPIN_LOCK_H_
#define LOCKARB_EXECUTIVE_WAIT_SPIN_LOCK_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

enum {
  QUEUED_SPIN_LOCK = 1
}; /* a bit of a KSPIN_LOCK: the rest is its last waiter, or its owner */

/** Raised to that level, at least DISPATCH_LEVEL. Bug check 0x9. @return The
 * IRQL before. */
KIRQL raise_for_spin_lock(KIRQL irql, struct call call);
/** Below DISPATCH_LEVEL the owner could lose its core: bug check 0xA. */
void check_dispatch_level(struct call call);
/** Let some time pass in a wait for the lock. *start: 0 before the first time, so that who need not
 * wait need not ask for the time. Since then for too long: bug check 0x133. */
void spin(const volatile void *lock, uint64_t *start, struct call call);

/** The running thread owns it now, does not any more. For the verifier, for resets, and for
 * messages where somebody observes. */
void own_spin_lock(const volatile void *lock, bool exclusive, struct call call);
void disown_spin_lock(const volatile void *lock, struct call call);

_Noreturn void stop_owned_already(const volatile void *lock, struct call call);
_Noreturn void stop_not_owned(const volatile void *lock, struct call call);
/** Plain routines for a queued spin lock, or the other way round. */
_Noreturn void stop_mixed(const volatile void *lock, struct call call);

/** A plain one. */
void acquire_spin_lock(PKSPIN_LOCK lock, struct call call);
void release_spin_lock(PKSPIN_LOCK lock, struct call call);

#pragma GCC visibility pop

#endif
