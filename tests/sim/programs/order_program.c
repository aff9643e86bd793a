/* SPDX-License-Identifier: Apache-2.0 */
/* Two locks in two orders, one after the other: no deadlock happens. The seed chooses the kind. */
#include <lockarb_simulation.h>
#include <ntddk.h>

static FAST_MUTEX FastA, FastB;
static KMUTEX MutexA, MutexB;
static ERESOURCE ResourceA, ResourceB;

#define take(mutex) KeWaitForSingleObject(mutex, Executive, KernelMode, FALSE, NULL)

static VOID forwards(uint64_t kind) {
  KeEnterCriticalRegion();
  if (kind == 1) {
    ExAcquireFastMutex(&FastA);
    ExAcquireFastMutex(&FastB);
    ExReleaseFastMutex(&FastB);
    ExReleaseFastMutex(&FastA);
  } else if (kind == 2) {
    take(&MutexA);
    take(&MutexB);
    KeReleaseMutex(&MutexB, FALSE);
    KeReleaseMutex(&MutexA, FALSE);
  } else {
    ExAcquireResourceExclusiveLite(&ResourceA, TRUE);
    ExAcquireResourceExclusiveLite(&ResourceB, TRUE);
    ExReleaseResourceLite(&ResourceB);
    ExReleaseResourceLite(&ResourceA);
  }
  KeLeaveCriticalRegion();
}

static VOID backwards(PVOID context) {
  (void)context;
  KeEnterCriticalRegion();
  if (lockarb_simulation_seed() == 1) {
    ExAcquireFastMutex(&FastB);
    ExAcquireFastMutex(&FastA);
    ExReleaseFastMutex(&FastA);
    ExReleaseFastMutex(&FastB);
  } else if (lockarb_simulation_seed() == 2) {
    take(&MutexB);
    take(&MutexA);
    KeReleaseMutex(&MutexA, FALSE);
    KeReleaseMutex(&MutexB, FALSE);
  } else {
    ExAcquireResourceExclusiveLite(&ResourceB, TRUE);
    ExAcquireResourceExclusiveLite(&ResourceA, TRUE);
    ExReleaseResourceLite(&ResourceA);
    ExReleaseResourceLite(&ResourceB);
  }
  KeLeaveCriticalRegion();
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver, (void)path;
  HANDLE thread;
  ExInitializeFastMutex(&FastA);
  ExInitializeFastMutex(&FastB);
  KeInitializeMutex(&MutexA, 0);
  KeInitializeMutex(&MutexB, 0);
  ExInitializeResourceLite(&ResourceA);
  ExInitializeResourceLite(&ResourceB);
  forwards(lockarb_simulation_seed());
  PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, backwards, NULL);
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
  DbgPrint("end\n");
  return STATUS_SUCCESS;
}
