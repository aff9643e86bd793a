/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service with three resources, for practice: with seed 1 it is as it should be; with seeds 2 to
 * 4 one slow thing, each time another, is done while a resource is owned. Which resource, and which
 * line? sim/WALKTHROUGH.md finds it in a report and a timeline.
 *
 * An order takes a price (shared), changes the book (exclusive) and is written to the journal
 * (exclusive). Now and then prices are renewed, the book is summed up, and the journal is flushed.
 */
#include <lockarb_simulation.h>
#include <ntddk.h>

#define WORKERS 4
#define ORDERS 300
#define RECORDS 16 /* of the journal, before it is flushed */

static ERESOURCE Prices, Book, Journal;
static ULONG Price = 100, Total, Summed, Pending, Written;
static ULONG Change; /* 0: none */

typedef struct _WORKER {
  PKTHREAD Thread;
  ULONGLONG Random;
} WORKER, *PWORKER;

static WORKER Workers[WORKERS];

static ULONG Choose(PWORKER Worker, ULONG Limit) {
  Worker->Random = Worker->Random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(Worker->Random >> 33) % Limit;
}

/* 20 us, as of a disk or of a message to somebody else. Nobody should own anything meanwhile. */
static VOID SlowThing(VOID) {
  for (ULONG i = 0; i < 10; i++) KeStallExecutionProcessor(2);
}

static ULONG TakePrice(VOID) {
  ExEnterCriticalRegionAndAcquireResourceShared(&Prices);
  ULONG Found = Price;
  KeStallExecutionProcessor(1);
  ExReleaseResourceAndLeaveCriticalRegion(&Prices);
  return Found;
}

static VOID RenewPrice(ULONG Value) {
  if (Change != 1) SlowThing(); /* asks the exchange */
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Prices);
  if (Change == 1) SlowThing();
  Price = Value;
  ExReleaseResourceAndLeaveCriticalRegion(&Prices);
}

static VOID AddToBook(ULONG Value) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Book);
  Total += Value;
  KeStallExecutionProcessor(1);
  ExReleaseResourceAndLeaveCriticalRegion(&Book);
}

static VOID SumUp(VOID) {
  ExEnterCriticalRegionAndAcquireResourceShared(&Book);
  ULONG Found = Total;
  if (Change == 3) SlowThing(); /* prints it */
  ExReleaseResourceAndLeaveCriticalRegion(&Book);
  if (Change != 3) SlowThing();
  InterlockedExchange((LONG *)&Summed, (LONG)Found);
}

static VOID WriteToJournal(VOID) {
  ULONG Flushed = 0;
  ExEnterCriticalRegionAndAcquireResourceExclusive(&Journal);
  if (++Pending == RECORDS) {
    Flushed = Pending;
    Pending = 0;
    Written += Flushed;
    if (Change == 2) SlowThing(); /* the disk */
  }
  ExReleaseResourceAndLeaveCriticalRegion(&Journal);
  if (Flushed != 0 && Change != 2) SlowThing();
}

static VOID WorkerThread(PVOID Context) {
  PWORKER Worker = Context;
  for (ULONG i = 0; i < ORDERS; i++) {
    AddToBook(TakePrice());
    WriteToJournal();
    ULONG Now = Choose(Worker, 40);
    if (Now == 0) RenewPrice(100 + i % 7);
    if (Now == 1) SumUp();
    KeStallExecutionProcessor(4 + Choose(Worker, 4));
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ULONGLONG Seed = lockarb_simulation_seed();
  Change = (ULONG)((Seed + 3) % 4);
  ExInitializeResourceLite(&Prices);
  ExInitializeResourceLite(&Book);
  ExInitializeResourceLite(&Journal);
  for (ULONG i = 0; i < WORKERS; i++) {
    HANDLE Handle;
    Workers[i].Random = i + 1;
    if (!NT_SUCCESS(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, WorkerThread,
                                         &Workers[i]))) {
      return STATUS_INSUFFICIENT_RESOURCES;
    }
    ObReferenceObjectByHandle(Handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                              (PVOID *)&Workers[i].Thread, NULL);
    ZwClose(Handle);
  }
  for (ULONG i = 0; i < WORKERS; i++) {
    KeWaitForSingleObject(Workers[i].Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Workers[i].Thread);
  }
  DbgPrint("slowdown: %u orders, %s\n", Written + Pending,
           Written + Pending == WORKERS * ORDERS ? "all in the journal" : "BROKEN");
  ExDeleteResourceLite(&Prices);
  ExDeleteResourceLite(&Book);
  ExDeleteResourceLite(&Journal);
  return STATUS_SUCCESS;
}
