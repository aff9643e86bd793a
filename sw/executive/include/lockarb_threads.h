/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the executive offers beyond the WDK's routines: name, core and priority of a thread at its
 * creation, the run's settings, and marks for the verifier.
 */
#ifndef LOCKARB_THREADS_H_
#define LOCKARB_THREADS_H_

#include "lockarb_kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LOCKARB_ANY_CORE (~0u) /**< The next core in turn, as PsCreateSystemThread() does. */

struct lockarb_thread_options {
  const char *name;   /**< Copied, at most 31 characters; NULL: "thread N". */
  ULONG core;         /**< A core number or LOCKARB_ANY_CORE. */
  KPRIORITY priority; /**< 1 to 31; 0: 8, as PsCreateSystemThread() does. */
  bool user;          /**< A thread of a user process, for the verifier; false: a system thread. */
  bool no_slot; /**< It gets no thread slot of the arbiter before it takes one of its locks. */
};

/**
 * Create a thread, as PsCreateSystemThread() does, with a name, a core and a priority.
 *
 * @param[out] ThreadHandle Owed one ZwClose().
 * @return STATUS_SUCCESS, STATUS_INVALID_PARAMETER (no such core or priority) or
 *         STATUS_INSUFFICIENT_RESOURCES; without success no thread exists.
 */
NTSTATUS lockarb_create_thread(PHANDLE ThreadHandle, PKSTART_ROUTINE StartRoutine,
                               PVOID StartContext, const struct lockarb_thread_options *options);

ULONG lockarb_thread_number(PKTHREAD Thread); /**< 1 is the first thread of the run. */
const char *lockarb_thread_name(PKTHREAD Thread);

/** Whether it has been killed (by a fault of the machine): none of its code runs any more. */
BOOLEAN lockarb_is_killed(PKTHREAD Thread);

/** How long a thread may run while another of its priority waits for its core; default 10 ms. */
void lockarb_set_quantum(ULONG microseconds);

/**
 * How long, from its beginning, a wait for a lock keeps the core from a thread that is ready and
 * not of a higher priority. 0 at the start: not at all. At most LOCKARB_MAX_PATIENCE, else bug
 * check 0x20004C4B.
 */
void lockarb_set_patience(ULONG nanoseconds);
#define LOCKARB_MAX_PATIENCE 1000000

/** What an ERESOURCE stands on; 0: a lock of the arbiter while there is one, readers first. */
enum lockarb_resource_flags {
  LOCKARB_RESOURCE_SOFTWARE = 1,     /**< A lock in shared memory. */
  LOCKARB_RESOURCE_WRITER_FIRST = 2, /**< An exclusive owner hands on to exclusive waiters first. */
};

/** What ExInitializeResourceLite() takes from now on; 0 at the start of a run. */
void lockarb_set_resource_flags(ULONG Flags);

/**
 * After how many times 4 s a wait for a resource is reported as EXRESOURCE_TIMEOUT_LIVEDUMP, and
 * again after as many more; the wait goes on. The half second that every wait begins with does not
 * count. Default 648000: 30 days. At least 1.
 */
void lockarb_set_resource_timeout(ULONG slices);

/** Check the rules that Driver Verifier checks: sw/README.md has them. Off at the start. */
void lockarb_set_verifier(bool on);

/** What a driver's routine that is being called is to the system. */
enum lockarb_callback {
  LOCKARB_DISPATCH,   /**< A dispatch routine. */
  LOCKARB_FAST_IO,    /**< A fast I/O routine. */
  LOCKARB_COMPLETION, /**< A completion routine. */
  LOCKARB_HW_STOR,    /**< A StorPort miniport's HwStor... routine. */
  /** DriverEntry, or a work item. With another APC disable count: bug check 0x1, always. */
  LOCKARB_WORKER,
};

/**
 * Around the call of a driver's routine, by whoever plays the system: the verifier checks what such
 * a routine may do, and that it returns with the APC disable count it was called with.
 *
 * @param name Of the routine, for messages; not copied.
 * @pre At most 8 deep, left as often as entered. Broken: bug check 0x20004C4B.
 */
void lockarb_enter_callback(enum lockarb_callback kind, const char *name);
void lockarb_leave_callback(void);

enum lockarb_personality {
  LOCKARB_NT6,
  /** ActiveCount counts shared owners; the enter-and-acquire routines return Win32Thread. */
  LOCKARB_NT52,
};

/**
 * Behave as that version of Windows where programs can see the difference; NT6 at the start.
 *
 * ActiveCount of a resource changes with the next call on it, so this is for the start of a run.
 */
void lockarb_set_personality(enum lockarb_personality personality);
/** What the enter-and-acquire routines return on that thread with LOCKARB_NT6; NULL at its start.
 */
void lockarb_set_thread_entry_value(PKTHREAD Thread, PVOID value);

#ifdef __cplusplus
}
#endif

#endif
