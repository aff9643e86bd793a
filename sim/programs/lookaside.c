/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lookaside list in front of a small pool, used by threads that take page faults.
 *
 * A worker allocates entries, checks that they are its own, and frees them. Now and then it takes a
 * page fault, also while it owns the list: it hands a request to the pager and waits. The pager's
 * answer is a special kernel APC, which reaches the worker although it is in a critical region; if
 * it did not, nobody would ever get the list again. Beside that a balancer sends normal kernel APCs
 * in memory from the list: their routine takes the list itself to free it, so they must stay out
 * until the worker has left its region.
 *
 * Shows that no entry is lost or given out twice, and that every APC arrives once, where it may.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#include "threads.h"

#define WORKERS 6
#define ROUNDS 40
#define MOST_ENTRIES 4 /* that a worker has at a time */
#define TRIMS 60       /* normal APCs */
#define DEPTH 8
#define ENTRIES (WORKERS * MOST_ENTRIES + TRIMS)

typedef struct _ENTRY {
  LIST_ENTRY Links;
  PVOID Owner; /* NULL: free */
  KAPC Apc;
} ENTRY, *PENTRY;

typedef struct _LOOKASIDE {
  ERESOURCE Resource;
  LIST_ENTRY Free;
  ULONG Depth;
  ULONG Allocates, AllocateMisses;
  ULONG Frees, FreeMisses;
} LOOKASIDE;

typedef struct _POOL {
  ERESOURCE Resource;
  LIST_ENTRY Free;
  ULONG Count;
} POOL;

typedef struct _WORKER {
  PKTHREAD Thread;
  ULONGLONG Random;
  LIST_ENTRY Links; /* in the pager's queue */
  KAPC PageRead;
  KEVENT PageIsThere;
  ULONG Faults, FaultsAsOwner;
  ULONG Allocated;
  ULONG PagesRead; /* special APCs that ran */
  ULONG Trimmed;   /* normal APCs that ran */
  ULONG Misplaced; /* of both: in the wrong thread, or where they must not run */
  ULONG Corrupted;
} WORKER, *PWORKER;

static struct {
  ERESOURCE Resource;
  LIST_ENTRY Faults;
  KEVENT Wanted;
  BOOLEAN Stop;
  PKTHREAD Thread;
  ULONGLONG Random;
  ULONG Trims;
} Pager;

static LOOKASIDE List;
static POOL Pool;
static ENTRY Entries[ENTRIES];
static WORKER Workers[WORKERS];
static KEVENT TrimsAreSent;
static ULONG Problems;

static ULONG Choose(ULONGLONG *Random, ULONG Limit) {
  *Random = *Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(*Random >> 33) % Limit;
}

/* The pool: owner of the list exclusively, then of the pool. */

static PENTRY AllocateFromPool(VOID) {
  ExAcquireResourceExclusiveLite(&Pool.Resource, TRUE);
  PENTRY Entry = NULL;
  if (!IsListEmpty(&Pool.Free)) {
    Entry = CONTAINING_RECORD(RemoveHeadList(&Pool.Free), ENTRY, Links);
    Pool.Count--;
  }
  KeStallExecutionProcessor(1);
  ExReleaseResourceLite(&Pool.Resource);
  return Entry;
}

static VOID FreeToPool(PENTRY Entry) {
  ExAcquireResourceExclusiveLite(&Pool.Resource, TRUE);
  InsertTailList(&Pool.Free, &Entry->Links);
  Pool.Count++;
  ExReleaseResourceLite(&Pool.Resource);
}

/* Page faults */

static VOID RemoveApc(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                      PVOID *Argument1, PVOID *Argument2) {
  UNREFERENCED_PARAMETER(Apc);
  UNREFERENCED_PARAMETER(NormalRoutine);
  UNREFERENCED_PARAMETER(NormalContext);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
}

/* Runs inside whatever the worker is doing, so it takes no resource. */
static VOID PageReadCompleted(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                              PVOID *Argument1, PVOID *Argument2) {
  PWORKER Worker = CONTAINING_RECORD(Apc, WORKER, PageRead);
  UNREFERENCED_PARAMETER(NormalRoutine);
  UNREFERENCED_PARAMETER(NormalContext);
  UNREFERENCED_PARAMETER(Argument1);
  UNREFERENCED_PARAMETER(Argument2);
  if (KeGetCurrentThread() != Worker->Thread || KeGetCurrentIrql() != APC_LEVEL) {
    Worker->Misplaced++;
  }
  Worker->PagesRead++;
  KeSetEvent(&Worker->PageIsThere, 0, FALSE);
}

static VOID PageFault(PWORKER Worker) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Pager.Resource, TRUE);
  InsertTailList(&Pager.Faults, &Worker->Links);
  KeSetEvent(&Pager.Wanted, 0, FALSE);
  ExReleaseResourceLite(&Pager.Resource);
  KeWaitForSingleObject(&Worker->PageIsThere, WrPageIn, KernelMode, FALSE, NULL);
  KeLeaveCriticalRegion();
  Worker->Faults++;
}

/* The list */

static PENTRY Allocate(PVOID Owner, PWORKER FaultsHere) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&List.Resource, TRUE);
  PENTRY Entry;
  List.Allocates++;
  if (IsListEmpty(&List.Free)) {
    List.AllocateMisses++;
    Entry = AllocateFromPool();
  } else {
    Entry = CONTAINING_RECORD(RemoveHeadList(&List.Free), ENTRY, Links);
    List.Depth--;
  }
  if (FaultsHere != NULL) {
    PageFault(FaultsHere);
    FaultsHere->FaultsAsOwner++;
  }
  if (Entry != NULL) {
    if (Entry->Owner != NULL) Problems++;
    Entry->Owner = Owner;
  }
  ExReleaseResourceLite(&List.Resource);
  KeLeaveCriticalRegion();
  return Entry;
}

static VOID Free(PENTRY Entry) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&List.Resource, TRUE);
  List.Frees++;
  Entry->Owner = NULL;
  if (List.Depth < DEPTH) {
    InsertHeadList(&List.Free, &Entry->Links);
    List.Depth++;
  } else {
    List.FreeMisses++;
    FreeToPool(Entry);
  }
  ExReleaseResourceLite(&List.Resource);
  KeLeaveCriticalRegion();
}

/* Threads */

static VOID WorkerThread(PVOID Context) {
  PWORKER Worker = Context;
  for (ULONG Round = 0; Round < ROUNDS; Round++) {
    PENTRY Mine[MOST_ENTRIES];
    ULONG Count = 1 + Choose(&Worker->Random, MOST_ENTRIES);
    for (ULONG i = 0; i < Count; i++) {
      BOOLEAN Faults = Choose(&Worker->Random, 8) == 0;
      Mine[i] = Allocate(Worker, Faults ? Worker : NULL);
      Worker->Allocated++;
    }
    if (Choose(&Worker->Random, 4) == 0) PageFault(Worker);
    KeStallExecutionProcessor(Choose(&Worker->Random, 3));
    for (ULONG i = 0; i < Count; i++) {
      if (Mine[i] == NULL || Mine[i]->Owner != Worker) {
        Worker->Corrupted++;
      } else {
        Free(Mine[i]);
      }
    }
  }
  /* An APC cannot be queued to a thread that has ended. */
  KeWaitForSingleObject(&TrimsAreSent, Executive, KernelMode, FALSE, NULL);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Runs outside of all regions, so it may take the list. */
static VOID Trim(PVOID Context, PVOID Argument1, PVOID Argument2) {
  PWORKER Worker = Context;
  UNREFERENCED_PARAMETER(Argument2);
  if (KeGetCurrentThread() != Worker->Thread || KeGetCurrentIrql() != PASSIVE_LEVEL ||
      KeAreApcsDisabled()) {
    Worker->Misplaced++;
  }
  Free(Argument1);
  Worker->Trimmed++;
}

static VOID SendTrim(VOID) {
  PWORKER Worker = &Workers[Choose(&Pager.Random, WORKERS)];
  PENTRY Entry = Allocate(&Pager, NULL);
  if (Entry == NULL) return;
  KeInitializeApc(&Entry->Apc, Worker->Thread, OriginalApcEnvironment, RemoveApc, NULL, Trim,
                  KernelMode, Worker);
  if (KeInsertQueueApc(&Entry->Apc, Entry, NULL, 0)) Pager.Trims++;
}

static PWORKER NextFault(VOID) {
  PWORKER Worker = NULL;
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Pager.Resource, TRUE);
  if (!IsListEmpty(&Pager.Faults)) {
    Worker = CONTAINING_RECORD(RemoveHeadList(&Pager.Faults), WORKER, Links);
  }
  ExReleaseResourceLite(&Pager.Resource);
  KeLeaveCriticalRegion();
  return Worker;
}

/* Serves the faults; takes none, and never wants the list, which a faulting thread may own. */
static VOID PagerThread(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  while (!Pager.Stop) {
    KeWaitForSingleObject(&Pager.Wanted, Executive, KernelMode, FALSE, NULL);
    for (PWORKER Worker; (Worker = NextFault()) != NULL;) {
      KeStallExecutionProcessor(2); /* the disk */
      KeInitializeApc(&Worker->PageRead, Worker->Thread, OriginalApcEnvironment, PageReadCompleted,
                      NULL, NULL, KernelMode, NULL);
      if (!KeInsertQueueApc(&Worker->PageRead, NULL, NULL, 0)) Problems++;
    }
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Once every 10 us some worker is told to trim. */
static VOID BalancerThread(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < TRIMS; i++) {
    LARGE_INTEGER Pause = {.QuadPart = -100};
    KeDelayExecutionThread(KernelMode, FALSE, &Pause);
    SendTrim();
  }
  KeSetEvent(&TrimsAreSent, 0, FALSE);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start and end */

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("lookaside: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  WORKER All = {0};
  for (ULONG i = 0; i < WORKERS; i++) {
    All.Faults += Workers[i].Faults;
    All.FaultsAsOwner += Workers[i].FaultsAsOwner;
    All.Allocated += Workers[i].Allocated;
    All.PagesRead += Workers[i].PagesRead;
    All.Trimmed += Workers[i].Trimmed;
    All.Misplaced += Workers[i].Misplaced;
    All.Corrupted += Workers[i].Corrupted;
  }
  ULONG OnList = 0, InPool = 0, Owned = 0;
  for (PLIST_ENTRY Link = List.Free.Flink; Link != &List.Free; Link = Link->Flink) OnList++;
  for (PLIST_ENTRY Link = Pool.Free.Flink; Link != &Pool.Free; Link = Link->Flink) InPool++;
  for (ULONG i = 0; i < ENTRIES; i++) Owned += Entries[i].Owner != NULL;
  Expect("entries given out twice, and APCs refused", 0, Problems);
  Expect("allocates", All.Allocated + TRIMS, List.Allocates);
  Expect("frees", List.Allocates, List.Frees);
  Expect("entries on the list", List.Depth, OnList);
  Expect("entries of the pool", Pool.Count, InPool);
  Expect("entries in all", ENTRIES, OnList + InPool);
  Expect("entries that somebody still owns", 0, Owned);
  Expect("allocates that the pool served, less the frees", ENTRIES - Pool.Count,
         List.AllocateMisses - List.FreeMisses);
  Expect("special APCs run", All.Faults, All.PagesRead);
  Expect("normal APCs queued", TRIMS, Pager.Trims);
  Expect("normal APCs run", Pager.Trims, All.Trimmed);
  Expect("APCs in a wrong place", 0, All.Misplaced);
  Expect("corrupted entries", 0, All.Corrupted);
  Expect("faults of owners, whether there were any", TRUE, All.FaultsAsOwner != 0);
  DbgPrint(
      "lookaside: %u allocates and frees, %u page faults (%u by owners of the list), "
      "%u trims: %s\n",
      List.Allocates, All.Faults, All.FaultsAsOwner, All.Trimmed,
      Problems == 0 ? "nothing lost" : "BROKEN");
}

static VOID Initialize(VOID) {
  ExInitializeResourceLite(&List.Resource);
  ExInitializeResourceLite(&Pool.Resource);
  ExInitializeResourceLite(&Pager.Resource);
  InitializeListHead(&List.Free);
  InitializeListHead(&Pool.Free);
  InitializeListHead(&Pager.Faults);
  KeInitializeEvent(&Pager.Wanted, SynchronizationEvent, FALSE);
  KeInitializeEvent(&TrimsAreSent, NotificationEvent, FALSE);
  for (ULONG i = 0; i < ENTRIES; i++) InsertTailList(&Pool.Free, &Entries[i].Links);
  Pool.Count = ENTRIES;
  Pager.Random = lockarb_simulation_seed();
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  Initialize();
  NTSTATUS Status = Start(PagerThread, NULL, &Pager.Thread);
  for (ULONG i = 0; i < WORKERS && NT_SUCCESS(Status); i++) {
    Workers[i].Random = lockarb_simulation_seed() * WORKERS + i;
    KeInitializeEvent(&Workers[i].PageIsThere, SynchronizationEvent, FALSE);
    Status = Start(WorkerThread, &Workers[i], &Workers[i].Thread);
  }
  PKTHREAD Balancer;
  if (NT_SUCCESS(Status)) Status = Start(BalancerThread, NULL, &Balancer);
  if (!NT_SUCCESS(Status)) return Status;

  Finish(Balancer);
  for (ULONG i = 0; i < WORKERS; i++) Finish(Workers[i].Thread);
  Pager.Stop = TRUE;
  KeSetEvent(&Pager.Wanted, 0, FALSE);
  Finish(Pager.Thread);

  Verify();
  ExDeleteResourceLite(&Pager.Resource);
  ExDeleteResourceLite(&Pool.Resource);
  ExDeleteResourceLite(&List.Resource);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
