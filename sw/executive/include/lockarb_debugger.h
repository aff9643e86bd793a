/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a kernel debugger would show, callable from a program: the locks, as !locks lists them, and
 * who waits for whom in a cycle, as !deadlock says it. Threads and locks appear by their numbers.
 */
#ifndef LOCKARB_DEBUGGER_H_
#define LOCKARB_DEBUGGER_H_

#include "lockarb_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which locks to list, and how much of them; 0: the owned ones, and those that were contended. */
enum lockarb_locks_flags {
  /** -v: all that are initialized, what they stand on, and the lines of owners and waiters. */
  LOCKARB_LOCKS_ALL = 1,
  LOCKARB_LOCKS_STATISTICS = 2, /**< -p: what the arbiter has counted for each. */
};

/**
 * List the locks.
 *
 * A thread is shown as NUMBER-COUNT, with <*> if it owns the lock; an owner pointer as pointer
 * NUMBER-COUNT<*>, with the thread that it is made of.
 *
 * Bus: nothing; with LOCKARB_LOCKS_STATISTICS 5 reads for each lock of the arbiter.
 */
VOID lockarb_print_locks(ULONG Flags);

/**
 * Print each cycle of threads that wait for each other: for locks and mutexes, for who stands
 * before them in a queue, for the end of a thread, for a thread slot; then the variables and source
 * lines of each wait, where they are known. Waits that can end by themselves (with a timeout,
 * alertable) and those for an event close no cycle, nor does an owner pointer unless it is known to
 * stand for a thread.
 *
 * @return The number of cycles printed: so many that every thread in a cycle is in one of them.
 * Bus: nothing.
 */
ULONG lockarb_print_deadlock(VOID);

/** TRUE: print each cycle in the moment that closes it; the run goes on. FALSE at the start. */
VOID lockarb_watch_deadlocks(BOOLEAN On);

/**
 * List the locks when the run ends: when the last thread has ended, when none can ever run again,
 * when the user ends it, or at a bug check (which lists them in any case). Without statistics if
 * the machine has stopped.
 */
VOID lockarb_list_locks_at_end(ULONG Flags);
/** Do now what lockarb_list_locks_at_end() asked for, if it did: before locks are deleted. */
VOID lockarb_list_locks_now(VOID);

#ifdef __cplusplus
}
#endif

#endif
