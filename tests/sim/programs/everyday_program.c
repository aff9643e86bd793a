/* SPDX-License-Identifier: Apache-2.0 */
/* The names that most drivers use beside a lock. Two threads count under a spin lock, and without.
 */
#include <wdm.h>

typedef struct _QUEUE {
  KSPIN_LOCK Lock;
  LIST_ENTRY List;
  LONG Count;
  volatile LONG Total;
} QUEUE, *PQUEUE;

static QUEUE Queue;
static ERESOURCE Resource;

static VOID Thread(PVOID Context) {
  PQUEUE queue = (PQUEUE)Context;
  KIRQL irql;
  int i;
  ASSERT(queue == &Queue);
  for (i = 0; i < 100; i++) {
    LONG count;
    KeAcquireSpinLock(&queue->Lock, &irql);
    ASSERT(irql == PASSIVE_LEVEL && KeGetCurrentIrql() == DISPATCH_LEVEL);
    count = queue->Count;
    KeStallExecutionProcessor(1);
    queue->Count = count + 1;
    KeReleaseSpinLock(&queue->Lock, irql);
    ASSERT(KeGetCurrentIrql() == PASSIVE_LEVEL);
    InterlockedIncrement(&queue->Total);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  HANDLE threads[2];
  OBJECT_ATTRIBUTES attributes;
  PEPROCESS process = PsGetCurrentProcess();
  int i;
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ASSERT(process == PsInitialSystemProcess);
  RtlZeroMemory(&Queue, sizeof(Queue));
  KeInitializeSpinLock(&Queue.Lock);
  InitializeListHead(&Queue.List);
  ExInitializeResourceLite(&Resource);
  InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
  for (i = 0; i < 2; i++) {
    PsCreateSystemThread(&threads[i], THREAD_ALL_ACCESS, &attributes, NULL, NULL, Thread, &Queue);
  }
  for (i = 0; i < 2; i++) {
    ZwWaitForSingleObject(threads[i], FALSE, NULL);
    ZwClose(threads[i]);
  }
  ExDeleteResourceLite(&Resource);
  DbgPrint("counted to %ld and %ld\n", Queue.Count, Queue.Total);
  return Queue.Count == 200 && Queue.Total == 200 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
