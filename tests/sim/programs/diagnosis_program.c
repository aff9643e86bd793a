/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that can never run again; the seed chooses why. */
#include <lockarb_simulation.h>
#include <lockarb_threads.h>
#include <ntddk.h>

static ERESOURCE Tree, Fcb;
static FAST_MUTEX Header;
static KMUTEX Volume;
static KEVENT completed, started;
static KAPC apc;

static VOID pause(LONG milliseconds) {
  LARGE_INTEGER interval = {.QuadPart = -10000LL * milliseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

#define wait_for(object) KeWaitForSingleObject((object), Executive, KernelMode, FALSE, NULL)

static HANDLE create(PKSTART_ROUTINE start, const char *name) {
  HANDLE thread;
  const struct lockarb_thread_options options = {.name = name, .core = LOCKARB_ANY_CORE};
  lockarb_create_thread(&thread, start, NULL, &options);
  return thread;
}

/* A reader, a writer in the queue, a reader behind it. */

static VOID fast_write(PVOID context) {
  (void)context;
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&Tree, TRUE);
  pause(3);
  ExAcquireResourceExclusiveLite(&Fcb, TRUE);
}

static VOID flush(PVOID context) {
  (void)context;
  pause(1);
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Tree, TRUE);
}

static VOID write(PVOID context) {
  (void)context;
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Fcb, TRUE);
  pause(2);
  ExAcquireResourceSharedLite(&Tree, TRUE);
}

/* APCs that cannot come */

static VOID complete(PKAPC a, PKNORMAL_ROUTINE *n, PVOID *c, PVOID *x, PVOID *y) {
  (void)a, (void)n, (void)c, (void)x, (void)y;
  KeSetEvent(&completed, 0, FALSE);
}

static VOID prepare(PKAPC a, PKNORMAL_ROUTINE *n, PVOID *c, PVOID *x, PVOID *y) {
  (void)a, (void)n, (void)c, (void)x, (void)y;
}

static VOID normal(PVOID context, PVOID x, PVOID y) {
  (void)context, (void)x, (void)y;
  wait_for(&completed);
}

static VOID open_under_fast_mutex(PVOID context) {
  (void)context;
  ExAcquireFastMutex(&Header);
  KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, complete, NULL, NULL,
                  KernelMode, NULL);
  KeSetEvent(&started, 0, FALSE);
  wait_for(&completed);
}

static VOID open_in_region(PVOID context) {
  (void)context;
  wait_for(&Volume);
  KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, prepare, NULL, normal,
                  KernelMode, NULL);
  KeSetEvent(&started, 0, FALSE);
  wait_for(&completed);
}

static VOID disk(PVOID context) {
  (void)context;
  wait_for(&started);
  KeInsertQueueApc(&apc, NULL, NULL, 0);
}

static VOID wait_in_apc(PVOID context) {
  (void)context;
  KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, prepare, NULL, normal,
                  KernelMode, NULL);
  KeSetEvent(&started, 0, FALSE);
  pause(1);
}

/* Mutexes */

static VOID backwards(PVOID context) {
  (void)context;
  ExAcquireFastMutexUnsafe(&Header);
  pause(1);
  wait_for(&Volume);
}

static VOID forwards(PVOID context) {
  (void)context;
  wait_for(&Volume);
  pause(1);
  ExAcquireFastMutexUnsafe(&Header);
}

/* An owner pointer that nobody releases for */

static VOID post(PVOID context) {
  (void)context;
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&Fcb, TRUE);
  ExSetResourceOwnerPointer(&Fcb, (PVOID)((ULONG_PTR)&Fcb | 3));
  ExAcquireResourceExclusiveLite(&Fcb, TRUE);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver, (void)path;
  HANDLE last = NULL;
  ExInitializeResourceLite(&Tree);
  ExInitializeResourceLite(&Fcb);
  ExInitializeFastMutex(&Header);
  KeInitializeMutex(&Volume, 0);
  KeInitializeEvent(&completed, NotificationEvent, FALSE);
  KeInitializeEvent(&started, NotificationEvent, FALSE);
  switch (lockarb_simulation_seed()) {
    case 1:
      create(fast_write, "fast_write");
      create(flush, "flush");
      last = create(write, "write");
      break;
    case 2:
      create(disk, "disk");
      last = create(open_under_fast_mutex, "opener");
      break;
    case 3:
      create(disk, "disk");
      last = create(open_in_region, "opener");
      break;
    case 4:
      create(disk, "disk");
      last = create(wait_in_apc, "opener");
      break;
    case 5:
      create(backwards, "backwards");
      last = create(forwards, "forwards");
      break;
    default:
      last = create(post, "post");
      break;
  }
  return ZwWaitForSingleObject(last, FALSE, NULL);
}
