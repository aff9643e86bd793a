/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of a volume, of a packet queue and of a cache as they ship, each with one bug that drivers
 * have. The seed chooses which one; what is said of it stands in sw/README.md, "Ten bugs".
 */
#include <lockarb_simulation.h>
#include <lockarb_threads.h>
#include <ntddk.h>

#define TAG 'deeS'

typedef struct _FILE {
  EX_PUSH_LOCK Lock;
  ULONG Size;
} FILE, *PFILE;

static struct {
  ERESOURCE Resource;
  EX_RUNDOWN_REF Rundown;
  EX_PUSH_LOCK DirectoryLock;
  FILE Files[4];
} Volume;

static struct {
  ULONG Packets;
  KSPIN_LOCK Lock;
  KEVENT Filled;
} Queue;

static struct {
  ULONG Hits;
  FAST_MUTEX Mutex;
} Cache;

static HANDLE Create(PKSTART_ROUTINE Routine, const char *Name) {
  HANDLE Thread;
  const struct lockarb_thread_options Options = {.name = Name, .core = LOCKARB_ANY_CORE};
  lockarb_create_thread(&Thread, Routine, NULL, &Options);
  return Thread;
}

static VOID Finish(HANDLE Thread) {
  ZwWaitForSingleObject(Thread, FALSE, NULL);
  ZwClose(Thread);
}

static VOID Pause(LONG Microseconds) {
  LARGE_INTEGER Interval = {.QuadPart = -10LL * Microseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

/* 1: renaming and deleting take the same locks in two orders; they do not even meet. */

static VOID Rename(PFILE File) {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(&Volume.DirectoryLock);
  ExAcquirePushLockExclusive(&File->Lock);
  ExReleasePushLockExclusive(&File->Lock);
  ExReleasePushLockExclusive(&Volume.DirectoryLock);
  KeLeaveCriticalRegion();
}

static VOID Delete(PFILE File) {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(&File->Lock);
  ExAcquirePushLockExclusive(&Volume.DirectoryLock);
  ExReleasePushLockExclusive(&Volume.DirectoryLock);
  ExReleasePushLockExclusive(&File->Lock);
  KeLeaveCriticalRegion();
}

static VOID LockOrder(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Rename(&Volume.Files[2]);
  Delete(&Volume.Files[2]);
}

/* 2: an error leaves neither the lock nor the region. */

static NTSTATUS Query(PFILE File) {
  ExEnterCriticalRegionAndAcquireResourceShared(&Volume.Resource);
  if (File->Size == 0) return STATUS_INVALID_PARAMETER;
  ExReleaseResourceAndLeaveCriticalRegion(&Volume.Resource);
  return STATUS_SUCCESS;
}

static VOID MissingLeave(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  Query(&Volume.Files[0]);
}

/* 3: who finds the error releases, and so does who called it. */

static NTSTATUS Extend(PFILE File) {
  if (File->Size == 0) {
    ExReleaseResourceLite(&Volume.Resource);
    return STATUS_INVALID_PARAMETER;
  }
  File->Size++;
  return STATUS_SUCCESS;
}

static VOID ReleasedTwice(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Volume.Resource, TRUE);
  Extend(&Volume.Files[0]);
  ExReleaseResourceLite(&Volume.Resource);
  KeLeaveCriticalRegion();
}

/* 4: the queue is empty, and who could fill it needs the spin lock. */

static VOID WaitWithSpinLock(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KIRQL Irql;
  KeAcquireSpinLock(&Queue.Lock, &Irql);
  while (Queue.Packets == 0) {
    KeWaitForSingleObject(&Queue.Filled, Executive, KernelMode, FALSE, NULL);
  }
  Queue.Packets--;
  KeReleaseSpinLock(&Queue.Lock, Irql);
}

/* 5: a thread ends with a file that it has locked. */

static VOID LeakedLock(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeEnterCriticalRegion();
  ExAcquirePushLockShared(&Volume.Files[1].Lock);
  KeLeaveCriticalRegion();
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* 6: the one locks, the other one, who has done the work, unlocks. */

static VOID Complete(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExReleaseFastMutex(&Cache.Mutex);
}

static VOID ReleasedByAnother(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExAcquireFastMutex(&Cache.Mutex);
  Cache.Hits++;
  Create(Complete, "complete");
  Pause(100);
  ExReleaseFastMutex(&Cache.Mutex);
}

/* 7: the volume's resource and a file's push lock, in two orders, and the threads meet. */

static VOID Flush(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Volume.Resource);
  Pause(20);
  ExAcquirePushLockShared(&Volume.Files[3].Lock);
}

static VOID Write(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(&Volume.Files[3].Lock);
  Pause(20);
  ExAcquireResourceSharedLite(&Volume.Resource, TRUE);
}

static VOID Deadlock(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  HANDLE Flusher = Create(Flush, "flush"), Writer = Create(Write, "write");
  Finish(Flusher);
  Finish(Writer);
}

/* 8: memory goes while its lock is in use. */

static PERESOURCE Open(VOID) {
  PERESOURCE Resource = ExAllocatePoolZero(NonPagedPool, sizeof(*Resource), TAG);
  ExInitializeResourceLite(Resource);
  return Resource;
}

static VOID FreedInUse(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  PERESOURCE Resource = Open();
  ExEnterCriticalRegionAndAcquireResourceExclusive(Resource);
  ExFreePoolWithTag(Resource, TAG);
}

/* 9: a routine that locks is called with the lock. */

static VOID Insert(VOID) {
  KIRQL Irql;
  KeAcquireSpinLock(&Queue.Lock, &Irql);
  Queue.Packets++;
  KeReleaseSpinLock(&Queue.Lock, Irql);
}

static VOID LockedTwice(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  KIRQL Irql;
  KeAcquireSpinLock(&Queue.Lock, &Irql);
  if (Queue.Packets == 0) Insert();
  KeReleaseSpinLock(&Queue.Lock, Irql);
}

/* 10: one reference is given back twice. */

static VOID DereferencedTwice(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  if (!ExAcquireRundownProtection(&Volume.Rundown)) return;
  if (Volume.Files[0].Size == 0) ExReleaseRundownProtection(&Volume.Rundown);
  ExReleaseRundownProtection(&Volume.Rundown);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  static const PKSTART_ROUTINE Bugs[] = {
      LockOrder,         MissingLeave, ReleasedTwice, WaitWithSpinLock, LeakedLock,
      ReleasedByAnother, Deadlock,     FreedInUse,    LockedTwice,      DereferencedTwice};
  ExInitializeResourceLite(&Volume.Resource);
  ExInitializeRundownProtection(&Volume.Rundown);
  ExInitializePushLock(&Volume.DirectoryLock);
  for (ULONG i = 0; i < ARRAYSIZE(Volume.Files); i++) ExInitializePushLock(&Volume.Files[i].Lock);
  KeInitializeSpinLock(&Queue.Lock);
  KeInitializeEvent(&Queue.Filled, SynchronizationEvent, FALSE);
  ExInitializeFastMutex(&Cache.Mutex);
  Finish(Create(Bugs[lockarb_simulation_seed() - 1], "worker"));
  return STATUS_SUCCESS;
}
