/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume that is dismounted while it is busy, and mounted again.
 *
 * A resource guards which volume is mounted. Whoever does I/O takes a reference to its rundown
 * protection and gives the resource back; dismounting lets nobody in any more, waits until the last
 * one has left, writes what is dirty and frees the memory. Inside, push locks guard the directory,
 * the bitmap of blocks and each file. A file is written lazily by a work item, which has a
 * reference of its own.
 *
 * Shows that nobody touches a volume that is gone, that no reader sees half a file or an old one,
 * also after the next mount, and that no block is lost or given to two files.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#include "threads.h"

#define FILES 6
#define BLOCKS 32
#define WORDS 6
#define USERS 6
#define VISITS 24
#define OPERATIONS 4 /* of a visit */
#define MOUNTS 8
#define TAG 'loVL'

/* What stays when nothing is mounted. */
static struct {
  ULONG Versions[FILES];
  ULONG Blocks[FILES]; /* how many each has */
} Disk;

struct _VOLUME;

typedef struct _FILE {
  EX_PUSH_LOCK Lock;
  struct _VOLUME *Volume;
  ULONG Number;       /* on disk */
  ULONG Words[WORDS]; /* all are the version */
  ULONG Owned;        /* bit n: block n is the file's */
  BOOLEAN Dirty;
  BOOLEAN IsQueued;
  WORK_QUEUE_ITEM LazyWrite;
} FILE, *PFILE;

typedef struct _VOLUME {
  EX_RUNDOWN_REF Rundown;
  EX_PUSH_LOCK DirectoryLock;
  PFILE Directory[FILES]; /* by name */
  EX_PUSH_LOCK BitmapLock;
  RTL_BITMAP Bitmap;
  ULONG BitmapBuffer[BLOCKS / 32];
  FILE Files[FILES];
  LONG Busy; /* threads inside */
} VOLUME, *PVOLUME;

static struct {
  ERESOURCE Resource;
  PVOLUME Mounted;
  KEVENT IsMounted; /* or over */
  ULONG Mounts, BusyDismounts;
} Volumes;

typedef struct _USER {
  PKTHREAD Thread;
  ULONGLONG Random;
  ULONG Seen[FILES]; /* the last version of each file */
  ULONG Reads, Writes, Renames, Resizes;
  ULONG Torn, Old, Lost;
} USER, *PUSER;

static USER Users[USERS];
static ULONG Problems;

static ULONG Choose(PUSER User, ULONG Limit) {
  User->Random = User->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(User->Random >> 33) % Limit;
}

static VOID Pause(LONGLONG Microseconds) {
  LARGE_INTEGER Interval = {.QuadPart = -10 * Microseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &Interval);
}

/* In a critical region from the acquire to the release. */

static VOID LockExclusive(PEX_PUSH_LOCK Lock) {
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(Lock);
}

static VOID LockShared(PEX_PUSH_LOCK Lock) {
  KeEnterCriticalRegion();
  ExAcquirePushLockShared(Lock);
}

static VOID Unlock(PEX_PUSH_LOCK Lock) {
  ExReleasePushLock(Lock);
  KeLeaveCriticalRegion();
}

/* Which volume is mounted */

static PVOLUME ReferenceVolume(VOID) {
  for (;;) {
    PVOLUME Volume = NULL;
    ExEnterCriticalRegionAndAcquireResourceShared(&Volumes.Resource);
    if (Volumes.Mounted != NULL && ExAcquireRundownProtection(&Volumes.Mounted->Rundown)) {
      Volume = Volumes.Mounted;
      InterlockedIncrement(&Volume->Busy);
    }
    ExReleaseResourceAndLeaveCriticalRegion(&Volumes.Resource);
    if (Volume != NULL) return Volume;
    KeWaitForSingleObject(&Volumes.IsMounted, Executive, KernelMode, FALSE, NULL);
  }
}

static VOID DereferenceVolume(PVOLUME Volume) {
  InterlockedDecrement(&Volume->Busy);
  ExReleaseRundownProtection(&Volume->Rundown);
}

static ULONG CountBlocks(const FILE *File) {
  ULONG Count = 0;
  for (ULONG Block = 0; Block < BLOCKS; Block++) Count += File->Owned >> Block & 1;
  return Count;
}

static VOID WriteToDisk(PFILE File) {
  KeStallExecutionProcessor(2);
  Disk.Versions[File->Number] = File->Words[0];
  Disk.Blocks[File->Number] = CountBlocks(File);
  File->Dirty = FALSE;
}

static WORKER_THREAD_ROUTINE WriteLazily;

static PVOLUME CreateVolume(VOID) {
  PVOLUME Volume = ExAllocatePoolZero(NonPagedPool, sizeof(*Volume), TAG);
  if (Volume == NULL) return NULL;
  ExInitializeRundownProtection(&Volume->Rundown);
  ExInitializePushLock(&Volume->DirectoryLock);
  ExInitializePushLock(&Volume->BitmapLock);
  RtlInitializeBitMap(&Volume->Bitmap, Volume->BitmapBuffer, BLOCKS);
  RtlClearAllBits(&Volume->Bitmap);
  for (ULONG i = 0; i < FILES; i++) {
    PFILE File = &Volume->Files[i];
    ExInitializePushLock(&File->Lock);
    ExInitializeWorkItem(&File->LazyWrite, WriteLazily, File);
    File->Volume = Volume;
    File->Number = i;
    for (ULONG w = 0; w < WORDS; w++) File->Words[w] = Disk.Versions[i];
    for (ULONG b = 0; b < Disk.Blocks[i]; b++) {
      File->Owned |= 1u << RtlFindClearBitsAndSet(&Volume->Bitmap, 1, 0);
    }
    Volume->Directory[i] = File;
  }
  return Volume;
}

static BOOLEAN Mount(VOID) {
  PVOLUME Volume = CreateVolume();
  if (Volume == NULL) return FALSE;
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Volumes.Resource);
  Volumes.Mounted = Volume;
  Volumes.Mounts++;
  KeSetEvent(&Volumes.IsMounted, 0, FALSE);
  ExReleaseResourceAndLeaveCriticalRegion(&Volumes.Resource);
  return TRUE;
}

/* Nobody is inside any more. */
static VOID CheckVolume(PVOLUME Volume) {
  ULONG Owned = 0;
  if (Volume->Busy != 0) Problems++;
  for (ULONG i = 0; i < FILES; i++) {
    if ((Owned & Volume->Files[i].Owned) != 0 || Volume->Files[i].IsQueued) Problems++;
    Owned |= Volume->Files[i].Owned;
  }
  if (Owned != Volume->BitmapBuffer[0]) Problems++;
}

static VOID Dismount(VOID) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Volumes.Resource);
  PVOLUME Volume = Volumes.Mounted;
  Volumes.Mounted = NULL;
  KeClearEvent(&Volumes.IsMounted);
  ExReleaseResourceAndLeaveCriticalRegion(&Volumes.Resource);
  if (Volume->Busy != 0) Volumes.BusyDismounts++;
  ExWaitForRundownProtectionRelease(&Volume->Rundown);
  CheckVolume(Volume);
  for (ULONG i = 0; i < FILES; i++) {
    if (Volume->Files[i].Dirty) WriteToDisk(&Volume->Files[i]);
  }
  ExFreePoolWithTag(Volume, TAG);
}

/* Lazy writing */

static VOID WriteLazily(PVOID Context) {
  PFILE File = Context;
  PVOLUME Volume = File->Volume;
  LockExclusive(&File->Lock);
  File->IsQueued = FALSE;
  WriteToDisk(File);
  Unlock(&File->Lock);
  ExReleaseRundownProtection(&Volume->Rundown);
}

/* The caller has a reference, and the file's lock exclusively. */
static VOID QueueFile(PFILE File) {
  if (File->IsQueued || !ExAcquireRundownProtection(&File->Volume->Rundown)) return;
  File->IsQueued = TRUE;
  ExQueueWorkItem(&File->LazyWrite, DelayedWorkQueue);
}

/* I/O: the directory's lock before that of a file, that one before the bitmap's */

static PFILE LookUp(PVOLUME Volume, ULONG Name) {
  LockShared(&Volume->DirectoryLock);
  PFILE File = Volume->Directory[Name];
  Unlock(&Volume->DirectoryLock);
  return File;
}

static VOID See(PUSER User, PFILE File) {
  if (File->Words[0] < User->Seen[File->Number]) User->Old++;
  User->Seen[File->Number] = File->Words[0];
}

static VOID ReadFile(PUSER User, PFILE File) {
  LockShared(&File->Lock);
  ULONG First = File->Words[0];
  KeStallExecutionProcessor(1);
  for (ULONG w = 1; w < WORDS; w++) User->Torn += File->Words[w] != First;
  See(User, File);
  Unlock(&File->Lock);
  User->Reads++;
}

static VOID WriteFile(PUSER User, PFILE File) {
  LockExclusive(&File->Lock);
  See(User, File);
  ULONG Next = File->Words[0] + 1;
  for (ULONG w = 0; w < WORDS; w++) {
    if (w == WORDS / 2) KeStallExecutionProcessor(1); /* half a file for those who do not wait */
    File->Words[w] = Next;
  }
  User->Seen[File->Number] = Next;
  File->Dirty = TRUE;
  QueueFile(File);
  Unlock(&File->Lock);
  User->Writes++;
}

/* A block more, or none at all. */
static VOID ResizeFile(PUSER User, PVOLUME Volume, PFILE File) {
  LockExclusive(&File->Lock);
  LockExclusive(&Volume->BitmapLock);
  ULONG Block = RtlFindClearBitsAndSet(&Volume->Bitmap, 1, 0);
  KeStallExecutionProcessor(1);
  if (Block != 0xFFFFFFFF) {
    if ((File->Owned >> Block & 1) != 0) User->Lost++;
    File->Owned |= 1u << Block;
  } else {
    for (Block = 0; Block < BLOCKS; Block++) {
      if ((File->Owned >> Block & 1) != 0) RtlClearBits(&Volume->Bitmap, Block, 1);
    }
    File->Owned = 0;
  }
  Unlock(&Volume->BitmapLock);
  File->Dirty = TRUE;
  Unlock(&File->Lock);
  User->Resizes++;
}

static VOID RenameFiles(PUSER User, PVOLUME Volume, ULONG One, ULONG Other) {
  LockExclusive(&Volume->DirectoryLock);
  PFILE File = Volume->Directory[One];
  Volume->Directory[One] = Volume->Directory[Other];
  KeStallExecutionProcessor(1);
  Volume->Directory[Other] = File;
  Unlock(&Volume->DirectoryLock);
  User->Renames++;
}

static VOID DoSomething(PUSER User, PVOLUME Volume) {
  ULONG Kind = Choose(User, 10), One = Choose(User, FILES), Other = Choose(User, FILES);
  if (Kind < 5) {
    ReadFile(User, LookUp(Volume, One));
  } else if (Kind < 8) {
    WriteFile(User, LookUp(Volume, One));
  } else if (Kind < 9) {
    ResizeFile(User, Volume, LookUp(Volume, One));
  } else {
    RenameFiles(User, Volume, One, Other);
  }
}

static VOID UserThread(PVOID Context) {
  PUSER User = Context;
  for (ULONG i = 0; i < VISITS; i++) {
    PVOLUME Volume = ReferenceVolume();
    for (ULONG j = 0; j < OPERATIONS; j++) DoSomething(User, Volume);
    DereferenceVolume(Volume);
    KeStallExecutionProcessor(Choose(User, 2));
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start and end */

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("volume: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  USER All = {0};
  ULONG Versions = 0, Blocks = 0;
  for (ULONG i = 0; i < USERS; i++) {
    All.Reads += Users[i].Reads;
    All.Writes += Users[i].Writes;
    All.Renames += Users[i].Renames;
    All.Resizes += Users[i].Resizes;
    All.Torn += Users[i].Torn;
    All.Old += Users[i].Old;
    All.Lost += Users[i].Lost;
  }
  for (ULONG i = 0; i < FILES; i++) {
    Versions += Disk.Versions[i];
    Blocks += Disk.Blocks[i];
  }
  Expect("volumes that were left in disorder", 0, Problems);
  Expect("words of another version than the first one", 0, All.Torn);
  Expect("files older than seen before", 0, All.Old);
  Expect("blocks given out twice", 0, All.Lost);
  Expect("versions on disk, after so many writes", All.Writes, Versions);
  Expect("blocks in use, whether there are not too many", TRUE, Blocks <= BLOCKS);
  Expect("mounts", MOUNTS, Volumes.Mounts);
  Expect("dismounts while busy, whether there were any", TRUE, Volumes.BusyDismounts != 0);
  DbgPrint("volume: %u reads, %u writes, %u resizes, %u renames, %u mounts: %s\n", All.Reads,
           All.Writes, All.Resizes, All.Renames, Volumes.Mounts,
           Problems == 0 ? "nothing lost" : "BROKEN");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ExInitializeResourceLite(&Volumes.Resource);
  KeInitializeEvent(&Volumes.IsMounted, NotificationEvent, FALSE);
  NTSTATUS Status = STATUS_SUCCESS;
  for (ULONG i = 0; i < USERS && NT_SUCCESS(Status); i++) {
    Users[i].Random = lockarb_simulation_seed() * USERS + i;
    Status = Start(UserThread, &Users[i], &Users[i].Thread);
  }
  if (!NT_SUCCESS(Status)) return Status;

  /* So that a pause ends on time, in the middle of somebody's I/O. */
  KeSetPriorityThread(KeGetCurrentThread(), LOW_REALTIME_PRIORITY);
  for (ULONG i = 1; i < MOUNTS; i++) {
    if (!Mount()) return STATUS_INSUFFICIENT_RESOURCES;
    Pause(47);
    Dismount();
    Pause(5);
  }
  if (!Mount()) return STATUS_INSUFFICIENT_RESOURCES;
  for (ULONG i = 0; i < USERS; i++) Finish(Users[i].Thread);
  Dismount();

  Verify();
  ExDeleteResourceLite(&Volumes.Resource);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
