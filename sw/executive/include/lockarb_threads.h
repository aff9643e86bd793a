/**
 * What the executive offers beyond the WDK's routines: name, core and priority of a thread at its
 * creation, and the run's settings.
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
};

/**
 * Create a system thread, as PsCreateSystemThread() does, with a name, a core and a priority.
 *
 * @param[out] ThreadHandle Owed one ZwClose().
 * @return STATUS_SUCCESS, STATUS_INVALID_PARAMETER (no such core or priority) or
 *         STATUS_INSUFFICIENT_RESOURCES; without success no thread exists.
 */
NTSTATUS lockarb_create_thread(PHANDLE ThreadHandle, PKSTART_ROUTINE StartRoutine,
                               PVOID StartContext, const struct lockarb_thread_options *options);

ULONG lockarb_thread_number(PKTHREAD Thread); /**< 1 is the first thread of the run. */
const char *lockarb_thread_name(PKTHREAD Thread);

/** How long a thread may run while another of its priority waits for its core; default 10 ms. */
void lockarb_set_quantum(ULONG microseconds);

/** What an ERESOURCE stands on; 0: a lock of the arbiter while there is one, readers first. */
enum lockarb_resource_flags {
  LOCKARB_RESOURCE_SOFTWARE = 1,     /**< A lock in shared memory. */
  LOCKARB_RESOURCE_WRITER_FIRST = 2, /**< An exclusive owner hands on to exclusive waiters first. */
};

/** What ExInitializeResourceLite() takes from now on; 0 at the start of a run. */
void lockarb_set_resource_flags(ULONG Flags);

/**
 * After how many times 4 s a wait for a resource is reported as EXRESOURCE_TIMEOUT_LIVEDUMP, and
 * again after as many more; the wait goes on. Default 648000: 30 days. At least 1.
 */
void lockarb_set_resource_timeout(ULONG slices);

#ifdef __cplusplus
}
#endif

#endif
