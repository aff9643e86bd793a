/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cache of blocks of a slow disk, under one reader/writer resource.
 *
 * Lookups share the resource. A miss gives it up and takes it exclusively, because a shared owner
 * cannot become the exclusive one; so it must look again, since another thread may have filled the
 * block meanwhile. Then it evicts the oldest block, fills it, and lets the readers in while it
 * copies the data out (ExConvertExclusiveToSharedLite). Updates write through.
 *
 * Shows that no reader ever sees half a block, an old block, or the block of another number.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#define DISK_BLOCKS 24
#define CACHE_BLOCKS 8
#define BLOCK_WORDS 8
#define USERS 8
#define ROUNDS 120

typedef struct _BLOCK {
  ULONG Number;
  ULONG Words[BLOCK_WORDS]; /* all are the block's version */
} BLOCK, *PBLOCK;

typedef struct _CACHE_ENTRY {
  LIST_ENTRY Links; /* oldest first */
  BOOLEAN Valid;
  BLOCK Block;
} CACHE_ENTRY, *PCACHE_ENTRY;

typedef struct _CACHE {
  ERESOURCE Resource;
  LIST_ENTRY Entries;
  CACHE_ENTRY Storage[CACHE_BLOCKS];
  ULONG Fills;
  ULONG Evictions;
} CACHE;

typedef struct _USER {
  PKTHREAD Thread;
  ULONGLONG Random;
  ULONG Seen[DISK_BLOCKS]; /* the last version of each block */
  ULONG Lookups, Updates;
  ULONG Hits, Misses, Races;
  ULONG NumberSum;
  ULONG Torn, Stale, Wrong, Overtaken;
} USER, *PUSER;

static ULONG Disk[DISK_BLOCKS]; /* versions; the cache's resource guards them too */
static CACHE Cache;
static USER Users[USERS];
static ULONG Problems;

static ULONG Choose(PUSER User, ULONG Limit) {
  User->Random = User->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(User->Random >> 33) % Limit;
}

/* Shared or exclusive owner. */
static PCACHE_ENTRY FindEntry(ULONG Number) {
  for (PLIST_ENTRY Link = Cache.Entries.Flink; Link != &Cache.Entries; Link = Link->Flink) {
    PCACHE_ENTRY Entry = CONTAINING_RECORD(Link, CACHE_ENTRY, Links);
    if (Entry->Valid && Entry->Block.Number == Number) return Entry;
  }
  return NULL;
}

/* Exclusive owner. The middle of it is a torn block for whoever looks. */
static VOID WriteEntry(PCACHE_ENTRY Entry, ULONG Number, ULONG Version) {
  Entry->Valid = TRUE;
  Entry->Block.Number = Number;
  for (ULONG i = 0; i < BLOCK_WORDS; i++) {
    if (i == BLOCK_WORDS / 2) KeStallExecutionProcessor(1);
    Entry->Block.Words[i] = Version;
  }
}

/* Exclusive owner. */
static PCACHE_ENTRY FillOldest(ULONG Number) {
  PCACHE_ENTRY Entry = CONTAINING_RECORD(RemoveHeadList(&Cache.Entries), CACHE_ENTRY, Links);
  if (Entry->Valid) Cache.Evictions++;
  Entry->Valid = FALSE;
  KeStallExecutionProcessor(2); /* the disk */
  WriteEntry(Entry, Number, Disk[Number]);
  InsertTailList(&Cache.Entries, &Entry->Links);
  Cache.Fills++;
  return Entry;
}

/* Shared or exclusive owner. */
static VOID CopyOut(PCACHE_ENTRY Entry, PBLOCK Block) {
  Block->Number = Entry->Block.Number;
  for (ULONG i = 0; i < BLOCK_WORDS; i++) {
    if (i == BLOCK_WORDS / 2) KeStallExecutionProcessor(1);
    Block->Words[i] = Entry->Block.Words[i];
  }
}

static VOID Lookup(PUSER User, ULONG Number, PBLOCK Block) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&Cache.Resource, TRUE);
  PCACHE_ENTRY Entry = FindEntry(Number);
  ULONG Fills = Cache.Fills;
  if (Entry != NULL) {
    User->Hits++;
  } else {
    ExReleaseResourceLite(&Cache.Resource);
    ExAcquireResourceExclusiveLite(&Cache.Resource, TRUE);
    Entry = FindEntry(Number);
    if (Entry != NULL) {
      User->Races++;
    } else {
      User->Misses++;
      Entry = FillOldest(Number);
    }
    Fills = Cache.Fills;
    ExConvertExclusiveToSharedLite(&Cache.Resource);
  }
  CopyOut(Entry, Block);
  User->Overtaken += Cache.Fills != Fills;
  ExReleaseResourceLite(&Cache.Resource);
  KeLeaveCriticalRegion();
  User->Lookups++;
}

static VOID Update(PUSER User, ULONG Number) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Cache.Resource, TRUE);
  ULONG Version = ++Disk[Number];
  PCACHE_ENTRY Entry = FindEntry(Number);
  if (Entry != NULL) WriteEntry(Entry, Number, Version);
  ExReleaseResourceLite(&Cache.Resource);
  KeLeaveCriticalRegion();
  User->Updates++;
}

static VOID Check(PUSER User, ULONG Number, const BLOCK *Block) {
  User->Wrong += Block->Number != Number;
  for (ULONG i = 1; i < BLOCK_WORDS; i++) User->Torn += Block->Words[i] != Block->Words[0];
  User->Stale += Block->Words[0] < User->Seen[Number];
  User->Seen[Number] = Block->Words[0];
  User->NumberSum += Block->Number;
}

static VOID UserThread(PVOID Context) {
  PUSER User = Context;
  for (ULONG i = 0; i < ROUNDS; i++) {
    /* Most of it goes to a few blocks, as with every cache that is worth having. */
    ULONG Number = Choose(User, Choose(User, 4) == 0 ? DISK_BLOCKS : CACHE_BLOCKS / 2);
    if (Choose(User, 10) == 0) {
      Update(User, Number);
    } else {
      BLOCK Block;
      Lookup(User, Number, &Block);
      Check(User, Number, &Block);
    }
    KeStallExecutionProcessor(Choose(User, 3));
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("rwcache: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  USER All = {0};
  ULONG Versions = 0, Resident = 0, Current = 0;
  for (ULONG i = 0; i < USERS; i++) {
    All.Lookups += Users[i].Lookups;
    All.Updates += Users[i].Updates;
    All.Hits += Users[i].Hits;
    All.Misses += Users[i].Misses;
    All.Races += Users[i].Races;
    All.NumberSum += Users[i].NumberSum;
    All.Torn += Users[i].Torn;
    All.Stale += Users[i].Stale;
    All.Wrong += Users[i].Wrong;
    All.Overtaken += Users[i].Overtaken;
  }
  for (ULONG i = 0; i < DISK_BLOCKS; i++) Versions += Disk[i];
  for (ULONG i = 0; i < CACHE_BLOCKS; i++) {
    const CACHE_ENTRY *Entry = &Cache.Storage[i];
    Resident += Entry->Valid;
    Current += Entry->Valid && Entry->Block.Words[0] == Disk[Entry->Block.Number];
  }
  Expect("lookups that were a hit, a miss or a race", All.Lookups,
         All.Hits + All.Misses + All.Races);
  Expect("fills", All.Misses, Cache.Fills);
  Expect("blocks in the cache", Cache.Fills - Cache.Evictions, Resident);
  Expect("blocks in the cache that are current", Resident, Current);
  Expect("versions on the disk", All.Updates, Versions);
  Expect("words of torn blocks", 0, All.Torn);
  Expect("stale blocks", 0, All.Stale);
  Expect("wrong blocks", 0, All.Wrong);
  Expect("fills while somebody owned the cache shared", 0, All.Overtaken);
  Expect("evictions, whether there were any", TRUE, Cache.Evictions != 0);
  DbgPrint("rwcache: %u lookups and %u updates of %u blocks, sum of numbers %u: %s\n", All.Lookups,
           All.Updates, DISK_BLOCKS, All.NumberSum, Problems == 0 ? "consistent" : "BROKEN");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  NTSTATUS Status = ExInitializeResourceLite(&Cache.Resource);
  if (!NT_SUCCESS(Status)) return Status;
  InitializeListHead(&Cache.Entries);
  for (ULONG i = 0; i < CACHE_BLOCKS; i++) {
    InsertTailList(&Cache.Entries, &Cache.Storage[i].Links);
  }

  for (ULONG i = 0; i < USERS; i++) {
    HANDLE Handle;
    Users[i].Random = lockarb_simulation_seed() * USERS + i;
    Status =
        PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, UserThread, &Users[i]);
    if (!NT_SUCCESS(Status)) return Status;
    ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode,
                              (PVOID *)&Users[i].Thread, NULL);
    ZwClose(Handle);
  }
  for (ULONG i = 0; i < USERS; i++) {
    KeWaitForSingleObject(Users[i].Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Users[i].Thread);
  }

  Verify();
  ExDeleteResourceLite(&Cache.Resource);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
