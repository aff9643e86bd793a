/* SPDX-License-Identifier: Apache-2.0 */
/* Threads on all cores of a board, one lock, and a bus error: what on_qemu.py expects. */
#include <wdm.h>

enum { WORKERS = 8 };

static ERESOURCE lock;
static KEVENT go;

static LONGLONG microseconds(VOID) {
  LARGE_INTEGER frequency, now = KeQueryPerformanceCounter(&frequency);
  return now.QuadPart * 1000000 / frequency.QuadPart;
}

static VOID wait(LONGLONG milliseconds) {
  LARGE_INTEGER timeout = {.QuadPart = -10000 * milliseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &timeout);
}

/* Two of them share a core: it is taken from each when its quantum of 10 ms is over. */
static VOID worker(PVOID context) {
  ULONG number = (ULONG)(ULONG_PTR)context;
  DbgPrint("worker %u on core %u\n", number, KeGetCurrentProcessorNumber());
  KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  wait(20);
  for (LONGLONG end = microseconds() + 25000; microseconds() < end;) continue;
  DbgPrint("worker %u done\n", number);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  HANDLE threads[WORKERS];
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
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
  *(volatile ULONG *)0x90000000 = 1; /* nothing is there */
  return STATUS_SUCCESS;
}
