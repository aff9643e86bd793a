/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that own resources until a worker has done them.
 *
 * A client that writes to a file takes the volume shared and the file exclusively, in this order,
 * hands both to owner pointers and queues the request; from then on it is a stranger to them. The
 * worker writes and releases for the pointers. The file's pointer is the request. The volume's is
 * the client's thread (FLAG_OWNER_POINTER_IS_THREAD), one for all its requests that are under way:
 * their levels add up. Now and then a client takes a checkpoint: it owns the volume exclusively,
 * which it gets when no request is left.
 *
 * Shows that a resource stays owned from the client to the worker, and that no level is lost.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#include "threads.h"

#define FILES 4
#define WORDS 6
#define CLIENTS 6
#define THREADS 2  /* that do the work */
#define BATCHES 15 /* of each client */
#define BATCH 3    /* requests under way at a time */

typedef struct _FILE {
  ERESOURCE Resource;
  ULONG Words[WORDS]; /* all equal while nobody writes */
  ULONG Writes;
} FILE, *PFILE;

typedef struct _CLIENT {
  PKTHREAD Thread;
  ULONGLONG Random;
  KEVENT BatchIsDone;
  ULONG UnderWay; /* guarded by the queue's resource */
  ULONG Requests, Added, Checkpoints;
  ULONG Torn, NotQuiet, StillOwner;
} CLIENT, *PCLIENT;

typedef struct _REQUEST {
  LIST_ENTRY Links;
  PCLIENT Client;
  PFILE File;
  ULONG Add;
} REQUEST, *PREQUEST;

typedef struct _WORKER {
  PKTHREAD Thread;
  ULONG Done;
  ULONG NotOwned, HalfWritten;
} WORKER, *PWORKER;

static struct {
  ERESOURCE Resource;
  FILE Files[FILES];
} Volume;

static struct {
  ERESOURCE Resource;
  LIST_ENTRY Requests;
  KEVENT IsNotEmpty;
  BOOLEAN Stop;
} Queue;

static REQUEST Requests[CLIENTS][BATCH];
static CLIENT Clients[CLIENTS];
static WORKER Workers[THREADS];
static ULONG Problems;

static ULONG Choose(PCLIENT Client, ULONG Limit) {
  Client->Random = Client->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(Client->Random >> 33) % Limit;
}

/* The two low bits of an owner pointer are set, as in no thread's address. */
static PVOID OwnerPointer(PVOID Object) { return (PVOID)((ULONG_PTR)Object | 3); }

/* The queue */

static VOID QueueRequest(PREQUEST Request) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Queue.Resource, TRUE);
  InsertTailList(&Queue.Requests, &Request->Links);
  Request->Client->UnderWay++;
  KeClearEvent(&Request->Client->BatchIsDone);
  KeSetEvent(&Queue.IsNotEmpty, 0, FALSE);
  ExReleaseResourceLite(&Queue.Resource);
  KeLeaveCriticalRegion();
}

/* NULL: there will be no more. */
static PREQUEST NextRequest(VOID) {
  PAGED_CODE();
  for (;;) {
    PREQUEST Request = NULL;
    KeWaitForSingleObject(&Queue.IsNotEmpty, Executive, KernelMode, FALSE, NULL);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(&Queue.Resource, TRUE);
    BOOLEAN Stop = Queue.Stop;
    if (!IsListEmpty(&Queue.Requests)) {
      Request = CONTAINING_RECORD(RemoveHeadList(&Queue.Requests), REQUEST, Links);
    } else if (!Stop) {
      KeClearEvent(&Queue.IsNotEmpty);
    }
    ExReleaseResourceLite(&Queue.Resource);
    KeLeaveCriticalRegion();
    if (Request != NULL || Stop) return Request;
  }
}

static VOID StopQueue(VOID) {
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Queue.Resource, TRUE);
  Queue.Stop = TRUE;
  KeSetEvent(&Queue.IsNotEmpty, 0, FALSE);
  ExReleaseResourceLite(&Queue.Resource);
  KeLeaveCriticalRegion();
}

static VOID CompleteRequest(PREQUEST Request) {
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Queue.Resource, TRUE);
  if (--Request->Client->UnderWay == 0) KeSetEvent(&Request->Client->BatchIsDone, 0, FALSE);
  ExReleaseResourceLite(&Queue.Resource);
  KeLeaveCriticalRegion();
}

/* Clients */

static VOID StartWrite(PCLIENT Client, PREQUEST Request) {
  PAGED_CODE();
  Request->Client = Client;
  Request->File = &Volume.Files[Choose(Client, FILES)];
  Request->Add = 1 + Choose(Client, 100);
  PERESOURCE FileResource = &Request->File->Resource;

  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&Volume.Resource, TRUE);
  ExAcquireResourceExclusiveLite(FileResource, TRUE);
  ExSetResourceOwnerPointer(FileResource, OwnerPointer(Request));
  ExSetResourceOwnerPointerEx(&Volume.Resource, OwnerPointer(Client->Thread),
                              FLAG_OWNER_POINTER_IS_THREAD);
  KeLeaveCriticalRegion();
  if (ExIsResourceAcquiredExclusiveLite(FileResource)) Client->StillOwner++;
  if (ExIsResourceAcquiredSharedLite(&Volume.Resource) != 0) Client->StillOwner++;

  Client->Requests++;
  Client->Added += Request->Add;
  QueueRequest(Request);
}

static VOID ReadFile(PCLIENT Client, PFILE File) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&Volume.Resource, TRUE);
  ExAcquireResourceSharedLite(&File->Resource, TRUE);
  ULONG First = File->Words[0];
  KeStallExecutionProcessor(1);
  for (ULONG i = 1; i < WORDS; i++) Client->Torn += File->Words[i] != First;
  ExReleaseResourceLite(&File->Resource);
  ExReleaseResourceLite(&Volume.Resource);
  KeLeaveCriticalRegion();
}

/* Nobody has a request under way: the files are free, and quiet. */
static VOID TakeCheckpoint(PCLIENT Client) {
  PAGED_CODE();
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&Volume.Resource, TRUE);
  for (ULONG i = 0; i < FILES; i++) {
    PFILE File = &Volume.Files[i];
    if (!ExTryToAcquireResourceExclusiveLite(&File->Resource)) {
      Client->NotQuiet++;
      continue;
    }
    ULONG First = File->Words[0];
    KeStallExecutionProcessor(1);
    Client->NotQuiet += File->Words[WORDS - 1] != First;
    ExReleaseResourceLite(&File->Resource);
  }
  ExReleaseResourceLite(&Volume.Resource);
  KeLeaveCriticalRegion();
  Client->Checkpoints++;
}

static VOID ClientThread(PVOID Context) {
  PCLIENT Client = Context;
  Client->Thread = KeGetCurrentThread();
  PREQUEST Batch = Requests[Client - Clients];
  for (ULONG i = 0; i < BATCHES; i++) {
    for (ULONG j = 0; j < BATCH; j++) StartWrite(Client, &Batch[j]);
    if (Choose(Client, 3) == 0) TakeCheckpoint(Client); /* waits for its own requests, too */
    ReadFile(Client, &Volume.Files[Choose(Client, FILES)]);
    KeWaitForSingleObject(&Client->BatchIsDone, Executive, KernelMode, FALSE, NULL);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Workers */

static VOID DoRequest(PWORKER Worker, PREQUEST Request) {
  PAGED_CODE();
  PFILE File = Request->File;
  PVOID ClientsPointer = OwnerPointer(Request->Client->Thread);
  if (ExTryToAcquireResourceExclusiveLite(&File->Resource)) Worker->NotOwned++;

  ULONG Before = File->Words[0];
  for (ULONG i = 1; i < WORDS; i++) Worker->HalfWritten += File->Words[i] != Before;
  for (ULONG i = 0; i < WORDS; i++) {
    if (i == WORDS / 2) KeStallExecutionProcessor(3); /* a torn file for those who do not wait */
    File->Words[i] = Before + Request->Add;
  }
  File->Writes++;

  ExReleaseResourceForThreadLite(&File->Resource, (ERESOURCE_THREAD)OwnerPointer(Request));
  ExReleaseResourceForThreadLite(&Volume.Resource, (ERESOURCE_THREAD)ClientsPointer);
  CompleteRequest(Request);
  Worker->Done++;
}

static VOID WorkerThread(PVOID Context) {
  PWORKER Worker = Context;
  for (PREQUEST Request; (Request = NextRequest()) != NULL;) DoRequest(Worker, Request);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

/* Start and end */

static VOID Expect(PCSTR What, ULONG Wanted, ULONG Found) {
  if (Wanted == Found) return;
  DbgPrint("handover: BROKEN: %s: expected %u, found %u\n", What, Wanted, Found);
  Problems++;
}

static VOID Verify(VOID) {
  CLIENT Asked = {0};
  WORKER Did = {0};
  ULONG Writes = 0, Sum = 0;
  for (ULONG i = 0; i < CLIENTS; i++) {
    Asked.Requests += Clients[i].Requests;
    Asked.Added += Clients[i].Added;
    Asked.Checkpoints += Clients[i].Checkpoints;
    Asked.Torn += Clients[i].Torn;
    Asked.NotQuiet += Clients[i].NotQuiet;
    Asked.StillOwner += Clients[i].StillOwner;
  }
  for (ULONG i = 0; i < THREADS; i++) {
    Did.Done += Workers[i].Done;
    Did.NotOwned += Workers[i].NotOwned;
    Did.HalfWritten += Workers[i].HalfWritten;
  }
  for (ULONG i = 0; i < FILES; i++) {
    Writes += Volume.Files[i].Writes;
    Sum += Volume.Files[i].Words[WORDS - 1];
    Expect("owners of a file", 0, Volume.Files[i].Resource.ActiveEntries);
  }
  Expect("owners of the volume", 0, Volume.Resource.ActiveEntries);
  Expect("requests done", Asked.Requests, Did.Done);
  Expect("writes", Asked.Requests, Writes);
  Expect("sum of the files", Asked.Added, Sum);
  Expect("torn reads", 0, Asked.Torn);
  Expect("files in use at a checkpoint", 0, Asked.NotQuiet);
  Expect("clients that still owned what they had handed over", 0, Asked.StillOwner);
  Expect("files that nobody owned when they came to the worker", 0, Did.NotOwned);
  Expect("words that another worker had not written yet", 0, Did.HalfWritten);
  DbgPrint("handover: %u requests handed over and done, %u checkpoints, sum of the files %u: %s\n",
           Did.Done, Asked.Checkpoints, Sum, Problems == 0 ? "no level lost" : "BROKEN");
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ExInitializeResourceLite(&Volume.Resource);
  ExInitializeResourceLite(&Queue.Resource);
  for (ULONG i = 0; i < FILES; i++) ExInitializeResourceLite(&Volume.Files[i].Resource);
  InitializeListHead(&Queue.Requests);
  KeInitializeEvent(&Queue.IsNotEmpty, NotificationEvent, FALSE);

  PKTHREAD Threads[CLIENTS];
  NTSTATUS Status = STATUS_SUCCESS;
  for (ULONG i = 0; i < THREADS && NT_SUCCESS(Status); i++) {
    Status = Start(WorkerThread, &Workers[i], &Workers[i].Thread);
  }
  for (ULONG i = 0; i < CLIENTS && NT_SUCCESS(Status); i++) {
    Clients[i].Random = lockarb_simulation_seed() * CLIENTS + i;
    KeInitializeEvent(&Clients[i].BatchIsDone, NotificationEvent, FALSE);
    Status = Start(ClientThread, &Clients[i], &Threads[i]);
  }
  if (!NT_SUCCESS(Status)) return Status;

  for (ULONG i = 0; i < CLIENTS; i++) Finish(Threads[i]);
  StopQueue();
  for (ULONG i = 0; i < THREADS; i++) Finish(Workers[i].Thread);

  Verify();
  for (ULONG i = 0; i < FILES; i++) ExDeleteResourceLite(&Volume.Files[i].Resource);
  ExDeleteResourceLite(&Queue.Resource);
  ExDeleteResourceLite(&Volume.Resource);
  return Problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
