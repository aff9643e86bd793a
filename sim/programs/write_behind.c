/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cache that writes behind, and whose threads wait for several things at a time.
 *
 * A user pins a range of blocks and waits until all of them are there. A disk thread waits for a
 * request or for the end. The flusher waits for its timer, for too many dirty blocks, or for the
 * end; it writes what is dirty, and with its timer it drops what nobody has pinned. A fast mutex
 * guards the state of the blocks, a resource what is in them.
 *
 * Shows that who waited for all blocks has all of them, that nobody sees half a block or an old
 * one, and that no write is lost when its block is dropped.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#include "threads.h"

#define BLOCKS 12
#define WORDS 6
#define RANGE 4 /* more than a thread has wait blocks of its own */
#define USERS 6
#define ROUNDS 40
#define DISK_THREADS 2
#define MOST_DIRTY 3

typedef struct _BLOCK {
  KEVENT IsThere;
  enum { Absent, Wanted, Valid } State;
  LIST_ENTRY Links; /* Wanted: in the disk's queue */
  ULONG Pins;
  BOOLEAN Dirty;
  ULONG Words[WORDS]; /* all are the version */
} BLOCK, *PBLOCK;

static struct {
  ERESOURCE Resource; /* of the blocks' words */
  FAST_MUTEX Mutex;   /* of all else */
  BLOCK Blocks[BLOCKS];
  ULONG DirtyCount;
  KEVENT TooManyDirty;
  KTIMER FlushTimer;
  KEVENT Stop;
  ULONG TimedFlushes, ForcedFlushes, Drops;
} Cache;

static struct {
  ULONG Versions[BLOCKS];
  KSEMAPHORE Requests;
  LIST_ENTRY Queue;
  ULONG Reads;
} Disk;

typedef struct _USER {
  PKTHREAD Thread;
  ULONGLONG Random;
  ULONG Seen[BLOCKS]; /* the last version of each block */
  ULONG Reads, Writes;
  ULONG Missing, Torn, Old;
} USER, *PUSER;

static USER Users[USERS];
static ULONG Problems;

static ULONG Choose(PUSER User, ULONG Limit) {
  User->Random = User->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(User->Random >> 33) % Limit;
}

/* The state of blocks */

static PBLOCK BlockAt(ULONG Number) { return &Cache.Blocks[Number % BLOCKS]; }

static VOID Pin(ULONG First, ULONG Count) {
  ExAcquireFastMutex(&Cache.Mutex);
  for (ULONG i = 0; i < Count; i++) {
    PBLOCK Block = BlockAt(First + i);
    Block->Pins++;
    if (Block->State != Absent) continue;
    Block->State = Wanted;
    InsertTailList(&Disk.Queue, &Block->Links);
    KeReleaseSemaphore(&Disk.Requests, 0, 1, FALSE);
  }
  ExReleaseFastMutex(&Cache.Mutex);
}

static VOID Unpin(ULONG First, ULONG Count) {
  ExAcquireFastMutex(&Cache.Mutex);
  for (ULONG i = 0; i < Count; i++) BlockAt(First + i)->Pins--;
  ExReleaseFastMutex(&Cache.Mutex);
}

static VOID SetDirty(PBLOCK Block) {
  ExAcquireFastMutex(&Cache.Mutex);
  if (!Block->Dirty) Cache.DirtyCount++;
  Block->Dirty = TRUE;
  if (Cache.DirtyCount >= MOST_DIRTY) KeSetEvent(&Cache.TooManyDirty, 0, FALSE);
  ExReleaseFastMutex(&Cache.Mutex);
}

/* The disk */

static PBLOCK NextRequest(VOID) {
  ExAcquireFastMutex(&Cache.Mutex);
  PBLOCK Block = CONTAINING_RECORD(RemoveHeadList(&Disk.Queue), BLOCK, Links);
  Disk.Reads++;
  ExReleaseFastMutex(&Cache.Mutex);
  return Block;
}

static VOID DiskThread(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  PVOID Objects[] = {&Disk.Requests, &Cache.Stop};
  while (KeWaitForMultipleObjects(ARRAYSIZE(Objects), Objects, WaitAny, Executive, KernelMode,
                                  FALSE, NULL, NULL) == STATUS_WAIT_0) {
    PBLOCK Block = NextRequest();
    KeStallExecutionProcessor(2);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Cache.Resource);
    for (ULONG w = 0; w < WORDS; w++) Block->Words[w] = Disk.Versions[Block - Cache.Blocks];
    ExReleaseResourceAndLeaveCriticalRegion(&Cache.Resource);
    ExAcquireFastMutex(&Cache.Mutex);
    Block->State = Valid;
    KeSetEvent(&Block->IsThere, 0, FALSE);
    ExReleaseFastMutex(&Cache.Mutex);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* The flusher */

/* With the mutex. */
static VOID FlushBlock(PBLOCK Block) {
  if (!Block->Dirty) return;
  ExAcquireResourceSharedLite(&Cache.Resource, TRUE);
  Disk.Versions[Block - Cache.Blocks] = Block->Words[0];
  ExReleaseResourceLite(&Cache.Resource);
  Block->Dirty = FALSE;
  Cache.DirtyCount--;
}

static VOID Flush(BOOLEAN Drops) {
  for (ULONG i = 0; i < BLOCKS; i++) {
    PBLOCK Block = &Cache.Blocks[i];
    ExAcquireFastMutex(&Cache.Mutex);
    FlushBlock(Block);
    if (Drops && Block->State == Valid && Block->Pins == 0) {
      Block->State = Absent;
      KeClearEvent(&Block->IsThere);
      Cache.Drops++;
    }
    ExReleaseFastMutex(&Cache.Mutex);
  }
}

static VOID FlusherThread(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  PVOID Objects[] = {&Cache.FlushTimer, &Cache.TooManyDirty, &Cache.Stop};
  LARGE_INTEGER DueTime = {.QuadPart = -300}; /* 30 us */
  NTSTATUS Status = STATUS_WAIT_0;
  while (Status != STATUS_WAIT_2) {
    if (Status == STATUS_WAIT_0) KeSetTimer(&Cache.FlushTimer, DueTime, NULL);
    Status = KeWaitForMultipleObjects(ARRAYSIZE(Objects), Objects, WaitAny, Executive, KernelMode,
                                      FALSE, NULL, NULL);
    Cache.TimedFlushes += Status == STATUS_WAIT_0;
    Cache.ForcedFlushes += Status == STATUS_WAIT_1;
    Flush(Status == STATUS_WAIT_0);
  }
  KeCancelTimer(&Cache.FlushTimer);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Users */

static VOID WaitForBlocks(PUSER User, ULONG First, ULONG Count) {
  PVOID Objects[RANGE];
  KWAIT_BLOCK WaitBlocks[RANGE];
  for (ULONG i = 0; i < Count; i++) Objects[i] = &BlockAt(First + i)->IsThere;
  KeWaitForMultipleObjects(Count, Objects, WaitAll, Executive, KernelMode, FALSE, NULL, WaitBlocks);
  for (ULONG i = 0; i < Count; i++) User->Missing += BlockAt(First + i)->State != Valid;
}

static VOID See(PUSER User, const BLOCK *Block) {
  ULONG *Seen = &User->Seen[Block - Cache.Blocks];
  if (Block->Words[0] < *Seen) User->Old++;
  *Seen = Block->Words[0];
}

static VOID ReadBlocks(PUSER User, ULONG First) {
  ExEnterCriticalRegionAndAcquireResourceShared(&Cache.Resource);
  for (ULONG i = 0; i < RANGE; i++) {
    const BLOCK *Block = BlockAt(First + i);
    See(User, Block);
    for (ULONG w = 1; w < WORDS; w++) User->Torn += Block->Words[w] != Block->Words[0];
  }
  KeStallExecutionProcessor(1);
  ExReleaseResourceAndLeaveCriticalRegion(&Cache.Resource);
  User->Reads++;
}

static VOID WriteBlock(PUSER User, PBLOCK Block) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Cache.Resource);
  See(User, Block);
  ULONG Next = Block->Words[0] + 1;
  for (ULONG w = 0; w < WORDS; w++) {
    if (w == WORDS / 2) KeStallExecutionProcessor(1); /* half a block for those who do not wait */
    Block->Words[w] = Next;
  }
  User->Seen[Block - Cache.Blocks] = Next;
  ExReleaseResourceAndLeaveCriticalRegion(&Cache.Resource);
  SetDirty(Block);
  User->Writes++;
}

static VOID UserThread(PVOID Context) {
  PUSER User = Context;
  for (ULONG i = 0; i < ROUNDS; i++) {
    ULONG First = Choose(User, BLOCKS);
    Pin(First, RANGE);
    WaitForBlocks(User, First, RANGE);
    ReadBlocks(User, First);
    if (Choose(User, 2) == 0) WriteBlock(User, BlockAt(First + Choose(User, RANGE)));
    Unpin(First, RANGE);
    KeStallExecutionProcessor(Choose(User, 3));
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start and end */

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("write_behind: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  USER All = {0};
  ULONG Versions = 0, Pins = 0;
  for (ULONG i = 0; i < USERS; i++) {
    All.Reads += Users[i].Reads;
    All.Writes += Users[i].Writes;
    All.Missing += Users[i].Missing;
    All.Torn += Users[i].Torn;
    All.Old += Users[i].Old;
  }
  for (ULONG i = 0; i < BLOCKS; i++) {
    Versions += Disk.Versions[i];
    Pins += Cache.Blocks[i].Pins;
  }
  Expect("blocks that were waited for and not there", 0, All.Missing);
  Expect("words of another version than the first one", 0, All.Torn);
  Expect("blocks older than seen before", 0, All.Old);
  Expect("versions on disk, after so many writes", All.Writes, Versions);
  Expect("dirty blocks", 0, Cache.DirtyCount);
  Expect("pins", 0, Pins);
  Expect("requests to the disk that wait", 0, (ULONG)KeReadStateSemaphore(&Disk.Requests));
  Expect("flushes by the timer, whether there were any", TRUE, Cache.TimedFlushes != 0);
  Expect("flushes of too many dirty blocks, whether there were any", TRUE,
         Cache.ForcedFlushes != 0);
  Expect("blocks read again, whether there were any", TRUE, Disk.Reads > BLOCKS);
  DbgPrint("write_behind: %u reads of %u blocks each, %u writes: %s\n", All.Reads, RANGE,
           All.Writes, Problems == 0 ? "nothing lost" : "BROKEN");
}

static VOID Initialize(VOID) {
  ExInitializeResourceLite(&Cache.Resource);
  ExInitializeFastMutex(&Cache.Mutex);
  for (ULONG i = 0; i < BLOCKS; i++) {
    KeInitializeEvent(&Cache.Blocks[i].IsThere, NotificationEvent, FALSE);
  }
  KeInitializeEvent(&Cache.TooManyDirty, SynchronizationEvent, FALSE);
  KeInitializeTimerEx(&Cache.FlushTimer, SynchronizationTimer);
  KeInitializeEvent(&Cache.Stop, NotificationEvent, FALSE);
  KeInitializeSemaphore(&Disk.Requests, 0, BLOCKS);
  InitializeListHead(&Disk.Queue);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  PKTHREAD Flusher, Disks[DISK_THREADS];
  Initialize();
  NTSTATUS Status = Start(FlusherThread, NULL, &Flusher);
  for (ULONG i = 0; i < DISK_THREADS && NT_SUCCESS(Status); i++) {
    Status = Start(DiskThread, NULL, &Disks[i]);
  }
  for (ULONG i = 0; i < USERS && NT_SUCCESS(Status); i++) {
    Users[i].Random = lockarb_simulation_seed() * USERS + i;
    Status = Start(UserThread, &Users[i], &Users[i].Thread);
  }
  if (!NT_SUCCESS(Status)) return Status;

  for (ULONG i = 0; i < USERS; i++) Finish(Users[i].Thread);
  KeSetEvent(&Cache.Stop, 0, FALSE);
  Finish(Flusher);
  for (ULONG i = 0; i < DISK_THREADS; i++) Finish(Disks[i]);

  Verify();
  ExDeleteResourceLite(&Cache.Resource);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
