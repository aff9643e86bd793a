/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls, with its neighbours, each routine that wdm.h declares, as C11, the way WDK code looks:
 * they must compile with gcc and clang without a warning, and they run as a test (wdm_test.cpp).
 */
#include "every_routine.h"

#include <pseh/pseh2.h>

/* Its name, where it is a part of another program. */
#ifndef LOCKARB_EVERY_ROUTINE
#define LOCKARB_EVERY_ROUTINE DriverEntry
#endif
DRIVER_INITIALIZE LOCKARB_EVERY_ROUTINE;

static _Function_class_(KSTART_ROUTINE) VOID NTAPI Worker(_In_ PVOID StartContext) {
  PKEVENT event = (PKEVENT)StartContext;
  PAGED_CODE();
  KeSetEvent(event, 0, FALSE);
  PsTerminateSystemThread(STATUS_SUCCESS);
}

static VOID NTAPI KernelRoutine(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                                PVOID *SystemArgument1, PVOID *SystemArgument2) {
  UNREFERENCED_PARAMETER(Apc);
  UNREFERENCED_PARAMETER(NormalRoutine);
  UNREFERENCED_PARAMETER(NormalContext);
  UNREFERENCED_PARAMETER(SystemArgument1);
  UNREFERENCED_PARAMETER(SystemArgument2);
}

_IRQL_requires_max_(APC_LEVEL) static NTSTATUS UseResource(_Inout_ PERESOURCE Resource) {
  NTSTATUS status = ExInitializeResourceLite(Resource);
  if (!NT_SUCCESS(status)) return status;

  (VOID) ExEnterCriticalRegionAndAcquireResourceExclusive(Resource);
  if (!ExIsResourceAcquiredExclusiveLite(Resource)) return STATUS_UNSUCCESSFUL;
  ExConvertExclusiveToSharedLite(Resource);
  ExReleaseResourceAndLeaveCriticalRegion(Resource);
  (VOID) ExEnterCriticalRegionAndAcquireResourceShared(Resource);
  ExReleaseResourceAndLeaveCriticalRegion(Resource);
  (VOID) ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(Resource);
  ExReleaseResourceAndLeaveCriticalRegion(Resource);

  (VOID) ExEnterPriorityRegionAndAcquireResourceExclusive(Resource);
  ExReleaseResourceAndLeavePriorityRegion(Resource);
  (VOID) ExEnterPriorityRegionAndAcquireResourceShared(Resource);
  ExReleaseResourceAndLeavePriorityRegion(Resource);

  FsRtlEnterFileSystem();
  if (!ExAcquireResourceExclusiveLite(Resource, TRUE)) return STATUS_UNSUCCESSFUL;
  if (!ExTryToAcquireResourceExclusiveLite(Resource)) return STATUS_UNSUCCESSFUL;
  if (!ExAcquireResourceSharedLite(Resource, FALSE)) return STATUS_UNSUCCESSFUL;
  if (!ExAcquireSharedStarveExclusive(Resource, FALSE)) return STATUS_UNSUCCESSFUL;
  if (!ExAcquireSharedWaitForExclusive(Resource, FALSE)) return STATUS_UNSUCCESSFUL;
  if (ExIsResourceAcquiredSharedLite(Resource) != 5) return STATUS_UNSUCCESSFUL;
  if (ExIsResourceAcquiredLite(Resource) != 5) return STATUS_UNSUCCESSFUL;
  if (ExGetExclusiveWaiterCount(Resource) + ExGetSharedWaiterCount(Resource) != 0) {
    return STATUS_UNSUCCESSFUL;
  }
  ExReleaseResourceLite(Resource);
  ExReleaseResource(Resource);
  for (int i = 0; i < 3; i++) {
    ExReleaseResourceForThreadLite(Resource, ExGetCurrentResourceThread());
  }
  FsRtlExitFileSystem();

  ExDisableResourceBoostLite(Resource);
  status = ExReinitializeResourceLite(Resource);
  if (!NT_SUCCESS(status)) return status;
  FsRtlEnterFileSystem();
  ExAcquireResourceSharedLite(Resource, TRUE);
  ExSetResourceOwnerPointer(Resource, (PVOID)((ULONG_PTR)Resource | 3));
  ExReleaseResourceForThreadLite(Resource, (ULONG_PTR)Resource | 3);
  ExAcquireResourceExclusiveLite(Resource, TRUE);
  ExSetResourceOwnerPointerEx(Resource, (PVOID)(ExGetCurrentResourceThread() | 3),
                              FLAG_OWNER_POINTER_IS_THREAD);
  ExReleaseResourceForThreadLite(Resource, ExGetCurrentResourceThread() | 3);
  FsRtlExitFileSystem();
  return ExDeleteResourceLite(Resource);
}

static NTSTATUS UseThread(VOID) {
  KEVENT event;
  HANDLE handle;
  PVOID thread;
  LARGE_INTEGER timeout = {.QuadPart = -10 * 1000 * 1000};

  KeInitializeEvent(&event, SynchronizationEvent, FALSE);
  KeClearEvent(&event);
  if (KeResetEvent(&event) != 0 || KeReadStateEvent(&event) != 0) return STATUS_UNSUCCESSFUL;
  NTSTATUS status =
      PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, &event);
  if (!NT_SUCCESS(status)) return status;
  status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &thread,
                                     NULL);
  if (!NT_SUCCESS(status)) return status;
  KeSetPriorityThread((PKTHREAD)thread, LOW_REALTIME_PRIORITY);
  status = KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, &timeout);
  if (!NT_SUCCESS(status)) return status;
  ObReferenceObject(thread);
  ObDereferenceObject(thread);
  KeAlertThread((PKTHREAD)thread, KernelMode);
  ObDereferenceObject(thread);
  status = ZwWaitForSingleObject(handle, FALSE, NULL);
  ZwClose(handle);
  timeout.QuadPart = -10;
  KeDelayExecutionThread(KernelMode, FALSE, &timeout);
  return status;
}

static NTSTATUS UseMutexes(VOID) {
  KMUTEX mutex;
  FAST_MUTEX fast;
  KGUARDED_MUTEX guarded;

  KeInitializeMutex(&mutex, 0);
  KeWaitForMutexObject(&mutex, Executive, KernelMode, FALSE, NULL);
  if (KeReadStateMutex(&mutex) != 0) return STATUS_UNSUCCESSFUL;
  KeReleaseMutex(&mutex, FALSE);

  ExInitializeFastMutex(&fast);
  ExAcquireFastMutex(&fast);
  ExReleaseFastMutex(&fast);
  if (!ExTryToAcquireFastMutex(&fast)) return STATUS_UNSUCCESSFUL;
  ExReleaseFastMutex(&fast);
  KeEnterCriticalRegion();
  ExAcquireFastMutexUnsafe(&fast);
  ExReleaseFastMutexUnsafe(&fast);
  KeLeaveCriticalRegion();

  KeInitializeGuardedMutex(&guarded);
  KeAcquireGuardedMutex(&guarded);
  KeReleaseGuardedMutex(&guarded);
  if (!KeTryToAcquireGuardedMutex(&guarded)) return STATUS_UNSUCCESSFUL;
  KeReleaseGuardedMutex(&guarded);
  KeEnterGuardedRegion();
  KeAcquireGuardedMutexUnsafe(&guarded);
  KeReleaseGuardedMutexUnsafe(&guarded);
  KeLeaveGuardedRegion();
  return STATUS_SUCCESS;
}

static NTSTATUS UseSpinLocks(VOID) {
  KSPIN_LOCK lock;
  KIRQL irql;

  KeInitializeSpinLock(&lock);
  KeAcquireSpinLock(&lock, &irql);
  if (KeTestSpinLock(&lock)) return STATUS_UNSUCCESSFUL;
  KeReleaseSpinLock(&lock, irql);
  irql = KeAcquireSpinLockRaiseToDpc(&lock);
  KeReleaseSpinLockFromDpcLevel(&lock);
  KeAcquireSpinLockAtDpcLevel(&lock);
  KeReleaseSpinLockFromDpcLevel(&lock);
  if (!KeTryToAcquireSpinLockAtDpcLevel(&lock)) return STATUS_UNSUCCESSFUL;
  KeReleaseSpinLock(&lock, irql);
  return KeTestSpinLock(&lock) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* Each returns what Windows' does: the new value of the first two, the old one of the others. */
static NTSTATUS UseInterlocked(VOID) {
  LONG volatile value = 1;
  SHORT volatile value16 = 1;
  LONG64 volatile value64 = 1;
  LONG volatile bits[2] = {0, 0};
  PVOID volatile pointer = NULL;

  ASSERT(InterlockedIncrement(&value) == 2 && InterlockedDecrement(&value) == 1);
  ASSERT(InterlockedExchange(&value, 5) == 1 && InterlockedExchangeAdd(&value, 2) == 5);
  ASSERT(InterlockedCompareExchange(&value, 9, 6) == 7 && value == 7);
  ASSERT(InterlockedCompareExchange(&value, 9, 7) == 7 && value == 9);
  ASSERT(InterlockedAnd(&value, 12) == 9 && InterlockedOr(&value, 3) == 8);
  ASSERT(InterlockedXor(&value, 1) == 11 && InterlockedAdd(&value, 5) == 15);
  ASSERT(InterlockedIncrement16(&value16) == 2 && InterlockedIncrement64(&value64) == 2);
  ASSERT(InterlockedAdd64(&value64, INT64_C(1) << 40) == (INT64_C(1) << 40) + 2);
  ASSERT(InterlockedExchangePointer(&pointer, (PVOID)&value) == NULL);
  ASSERT(InterlockedCompareExchangePointer(&pointer, NULL, (PVOID)&value) == (PVOID)&value);
  ASSERT(pointer == NULL && !InterlockedBitTestAndSet(bits, 33) && bits[1] == 2);
  ASSERT(InterlockedBitTestAndReset(bits, 33) && bits[1] == 0);
  KeMemoryBarrier();
  KeMemoryBarrierWithoutFence();
  return STATUS_SUCCESS;
}

static NTSTATUS UseMemoryAndStrings(VOID) {
  CHAR from[8] = "abcdefg", to[8];
  ANSI_STRING ansi;
  UNICODE_STRING unicode;
  static WCHAR wide[] = {'a', 'b', 0};

  RtlZeroMemory(to, sizeof(to));
  RtlCopyMemory(to, from, 4);
  if (RtlCompareMemory(from, to, 8) != 4 || !RtlEqualMemory(from, to, 4)) {
    return STATUS_UNSUCCESSFUL;
  }
  RtlMoveMemory(to + 1, to, 4);
  RtlFillMemory(to, 1, 'z');
  if (!RtlEqualMemory(to, "zabcd", 5)) return STATUS_UNSUCCESSFUL;
  RtlInitString(&ansi, from);
  RtlInitAnsiString(&ansi, from);
  if (ansi.Length != 7 || ansi.MaximumLength != 8) return STATUS_UNSUCCESSFUL;
  RtlInitEmptyAnsiString(&ansi, to, sizeof(to));
  if (ansi.Length != 0 || ansi.MaximumLength != 8) return STATUS_UNSUCCESSFUL;
  RtlInitEmptyUnicodeString(&unicode, wide, sizeof(wide));
  if (unicode.Length != 0 || unicode.MaximumLength != 6) return STATUS_UNSUCCESSFUL;
  RtlInitUnicodeString(&unicode, NULL);
  if (unicode.MaximumLength != 0) return STATUS_UNSUCCESSFUL;
  RtlInitUnicodeString(&unicode, wide);
  return unicode.Length == 4 && unicode.MaximumLength == 6 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

/* Types and macros of ntdef.h, with the values that Windows' have. */
typedef struct _SAMPLE {
  BYTE First;
  UINT8 Second;
  DWORD Third;
  UINT64 Fourth;
  PCWSTR Name;
} SAMPLE;
C_ASSERT(sizeof(DWORD) == 4 && sizeof(INT) == 4 && sizeof(BOOL) == 4 && sizeof(UINT16) == 2);
C_ASSERT(FIELD_OFFSET(SAMPLE, Third) == 4 && RTL_FIELD_SIZE(SAMPLE, Fourth) == 8);
C_ASSERT(sizeof(LONG64) == 8 && sizeof(WCHAR) == 2 && MAXULONG == 0xFFFFFFFF);

static NTSTATUS UseMacros(VOID) {
  ULONG flags = 0;
  LIST_ENTRY list, first, last;
  INT numbers[3] = {1, 2, 3};
  OBJECT_ATTRIBUTES attributes;

  SetFlag(flags, 6);
  ClearFlag(flags, 2);
  if (FlagOn(flags, 6) != 4 || BooleanFlagOn(flags, 4) != TRUE || BooleanFlagOn(flags, 2)) {
    return STATUS_UNSUCCESSFUL;
  }
  if (min(numbers[0], 2) != 1 || max(numbers[0], 2) != 2 || ARRAYSIZE(numbers) != 3) {
    return STATUS_UNSUCCESSFUL;
  }
  InitializeListHead(&list);
  InsertTailList(&list, &last);
  InsertHeadList(&list, &first);
  if (RemoveTailList(&list) != &last || RemoveHeadList(&list) != &first || !IsListEmpty(&list)) {
    return STATUS_UNSUCCESSFUL;
  }
  InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
  if (attributes.Length != sizeof(attributes) || attributes.Attributes != 0x200) {
    return STATUS_UNSUCCESSFUL;
  }
  if (NT_ERROR(STATUS_DEVICE_BUSY) || !NT_WARNING(STATUS_DEVICE_BUSY)) return STATUS_UNSUCCESSFUL;
  if (!NT_ERROR(STATUS_UNSUCCESSFUL) || !NT_INFORMATION(0x40000000)) return STATUS_UNSUCCESSFUL;
  if (!NT_VERIFY(flags == 4)) return STATUS_UNSUCCESSFUL;
  NT_ASSERT(flags == 4);
  ASSERTMSG("flags", flags == 4);
  RTL_VERIFY(flags == 4);
  return STATUS_SUCCESS;
}

static ULONG PrintList(PCSTR Format, ...) {
  va_list list;
  va_start(list, Format);
  ULONG status = vDbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, Format, list);
  va_end(list);
  va_start(list, Format);
  status |= vDbgPrintExWithPrefix("prefix: ", DPFLTR_DEFAULT_ID, DPFLTR_ERROR_LEVEL, Format, list);
  va_end(list);
  return status;
}

static NTSTATUS UsePool(VOID) {
  ExFreePool(ExAllocatePool(NonPagedPool, 10));
  ExFreePoolWithTag(ExAllocatePoolWithTag(PagedPool, 10, 'kcoL'), 'kcoL');
  ExFreePoolWithTag(ExAllocatePoolZero(NonPagedPoolNx, 10, 'kcoL'), 'kcoL');
  PULONG memory = (PULONG)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*memory), 'kcoL');
  if (memory == NULL || *memory != 0) return STATUS_INSUFFICIENT_RESOURCES;
  ExFreePoolWithTag(memory, 'kcoL');
  return STATUS_SUCCESS;
}

static NTSTATUS UseExceptions(VOID) {
  volatile ULONG caught = 0;
  _SEH2_TRY { ExRaiseStatus(STATUS_UNSUCCESSFUL); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { caught++; }
  _SEH2_END;
  _SEH2_TRY { ExRaiseAccessViolation(); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { caught++; }
  _SEH2_END;
  _SEH2_TRY { ExRaiseDatatypeMisalignment(); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { caught++; }
  _SEH2_END;
  _SEH2_TRY { RtlAssert((PVOID) "sure", (PVOID) "file.c", 7, (PSTR) "not "); }
  _SEH2_EXCEPT(_SEH2_GetExceptionCode() == STATUS_BREAKPOINT) { caught++; }
  _SEH2_END;
  _SEH2_TRY { lockarb_nt_assert("sure", "file.c", 8); }
  _SEH2_EXCEPT(_SEH2_GetExceptionCode() == STATUS_ASSERTION_FAILURE) { caught++; }
  _SEH2_END;
  return caught == 5 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

static NTSTATUS UseRest(VOID) {
  KAPC apc;
  KIRQL irql;
  KAFFINITY cores;
  LARGE_INTEGER time = KeQueryPerformanceCounter(NULL);

  KeQuerySystemTime(&time);
  KeStallExecutionProcessor(1);
  KeInitializeApc(&apc, (PKTHREAD)PsGetCurrentThread(), OriginalApcEnvironment, KernelRoutine, NULL,
                  NULL, KernelMode, NULL);
  KeEnterGuardedRegion();
  if (!KeAreAllApcsDisabled()) KeBugCheck(0xE2);
  if (!KeInsertQueueApc(&apc, NULL, NULL, 0)) return STATUS_UNSUCCESSFUL;
  if (!KeRemoveQueueApc(&apc)) return STATUS_UNSUCCESSFUL;
  KeLeaveGuardedRegion();
  KeEnterCriticalRegion();
  if (!KeAreApcsDisabled()) KeBugCheckEx(0xE2, 0, 0, 0, 0);
  KeLeaveCriticalRegion();
  KeRaiseIrql(APC_LEVEL, &irql);
  KeRaiseIrqlToDpcLevel();
  KfRaiseIrql(HIGH_LEVEL);
  if (KeGetCurrentIrql() != HIGH_LEVEL) return STATUS_UNSUCCESSFUL;
  KeLowerIrql(irql);
  if (KeQueryActiveProcessorCount(&cores) <= KeGetCurrentProcessorNumber()) {
    return STATUS_UNSUCCESSFUL;
  }
  if (KeQueryPriorityThread(KeGetCurrentThread()) == HIGH_PRIORITY) return STATUS_UNSUCCESSFUL;
  KdPrint(("%s has run\n", "every routine"));
  DbgPrint("cores: %Ix\n", cores);
  DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "thread %Iu\n", PsGetCurrentThreadId());
  KdPrintEx((DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "process %Iu\n", PsGetCurrentProcessId()));
  if (PsGetCurrentProcess() != PsInitialSystemProcess) return STATUS_UNSUCCESSFUL;
  if (IoGetCurrentProcess() != PsInitialSystemProcess) return STATUS_UNSUCCESSFUL;
  if (PrintList("%lu\n", (ULONG)5) != STATUS_SUCCESS) return STATUS_UNSUCCESSFUL;
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI LOCKARB_EVERY_ROUTINE(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  static ERESOURCE resource;
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  NTSTATUS status = UseResource(&resource);
  if (NT_SUCCESS(status)) status = UseThread();
  if (NT_SUCCESS(status)) status = UseMutexes();
  if (NT_SUCCESS(status)) status = UseSpinLocks();
  if (NT_SUCCESS(status)) status = UseInterlocked();
  if (NT_SUCCESS(status)) status = UseMemoryAndStrings();
  if (NT_SUCCESS(status)) status = UseMacros();
  if (NT_SUCCESS(status)) status = UseExceptions();
  if (NT_SUCCESS(status)) status = UsePool();
  if (NT_SUCCESS(status)) status = UseRest();
  if (NT_SUCCESS(status)) UseWidths();
  if (NT_SUCCESS(status)) UseProcessors();
  if (NT_SUCCESS(status)) UseMoreMemory();
  if (NT_SUCCESS(status)) UseIdentity();
  return status;
}
