/* SPDX-License-Identifier: Apache-2.0 */
/* Threads on all cores of a board, one lock, and a bus error: what on_qemu.py expects. */
#include <wdm.h>

enum { WORKERS = 8, ROUNDS = 500 };

static ERESOURCE lock;
static KEVENT go;

static LONG volatile atomic;
static LONG64 volatile atomic64;
static KSPIN_LOCK plain_lock, queued_lock;
static EX_SPIN_LOCK shared_lock;
static ULONG guarded, guarded_in_turn, guarded_alone;
static SLIST_HEADER entries;
static SLIST_ENTRY some_entries[3];

static LONGLONG microseconds(VOID) {
  LARGE_INTEGER frequency, now = KeQueryPerformanceCounter(&frequency);
  return now.QuadPart * 1000000 / frequency.QuadPart;
}

static VOID wait(LONGLONG milliseconds) {
  LARGE_INTEGER timeout = {.QuadPart = -10000 * milliseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &timeout);
}

/* More cores count at once than would go well without atomic operations, spin locks and S-lists. */
static VOID count(VOID) {
  for (ULONG i = 0; i < ROUNDS; i++) {
    KLOCK_QUEUE_HANDLE handle;
    KIRQL irql;
    InterlockedIncrement(&atomic);
    InterlockedAdd64(&atomic64, UINT64_C(1) << 31);
    KeAcquireSpinLock(&plain_lock, &irql);
    guarded++;
    KeReleaseSpinLock(&plain_lock, irql);
    KeAcquireInStackQueuedSpinLock(&queued_lock, &handle);
    guarded_in_turn++;
    KeReleaseInStackQueuedSpinLock(&handle);
    irql = ExAcquireSpinLockExclusive(&shared_lock);
    guarded_alone++;
    ExReleaseSpinLockExclusive(&shared_lock, irql);
    PSLIST_ENTRY entry = InterlockedPopEntrySList(&entries);
    if (entry != NULL) InterlockedPushEntrySList(&entries, entry);
  }
}

static NTSTATUS check_counts(VOID) {
  const LONG all = WORKERS * ROUNDS;
  DbgPrint("counted to %d, %u, %u, %u, %I64d, %u left\n", atomic, guarded, guarded_in_turn,
           guarded_alone, atomic64 >> 31, QueryDepthSList(&entries));
  return atomic == all ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* Two of them share a core: it is taken from each when its quantum of 10 ms is over. */
static VOID worker(PVOID context) {
  ULONG number = (ULONG)(ULONG_PTR)context;
  DbgPrint("worker %u on core %u\n", number, KeGetCurrentProcessorNumber());
  KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  wait(20);
  count();
  for (LONGLONG end = microseconds() + 25000; microseconds() < end;) continue;
  DbgPrint("worker %u done\n", number);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  HANDLE threads[WORKERS];
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
  KeInitializeSpinLock(&plain_lock);
  KeInitializeSpinLock(&queued_lock);
  InitializeSListHead(&entries);
  for (ULONG i = 0; i < 3; i++) InterlockedPushEntrySList(&entries, &some_entries[i]);
  for (ULONG_PTR i = 0; i < WORKERS; i++) {
    NTSTATUS status = PsCreateSystemThread(&threads[i], 0, NULL, NULL, NULL, worker, (PVOID)i);
    if (!NT_SUCCESS(status)) return status;
  }
  ExInitializeResourceLite(&lock);
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&lock, TRUE);
  ULONG owners = lock.ActiveEntries;
  ExReleaseResourceLite(&lock);
  KeLeaveCriticalRegion();
  DbgPrint("lock owned by %u, %s\n", owners, lock.ActiveEntries == 0 ? "freed" : "kept");
  ExDeleteResourceLite(&lock);
  wait(50); /* the other cores are idle by now, and only an interrupt wakes them */
  KeSetEvent(&go, 0, FALSE);
  for (ULONG i = 0; i < WORKERS; i++) {
    ZwWaitForSingleObject(threads[i], FALSE, NULL);
    ZwClose(threads[i]);
  }
  DbgPrint("all workers have ended\n");
  if (!NT_SUCCESS(check_counts())) return STATUS_UNSUCCESSFUL;
  *(volatile ULONG *)0x90000000 = 1; /* nothing is there */
  return STATUS_SUCCESS;
}
