/*
 * Calls each routine that wdm.h declares, as C11, the way WDK code looks: it must compile with gcc
 * and clang without a warning, and it runs as a test (wdm_test.cpp).
 */
#include <ntifs.h>
#include <pseh/pseh2.h>

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
  return caught == 3 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
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
  DbgPrint("cores: %llx\n", (unsigned long long)cores);
  return STATUS_SUCCESS;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  static ERESOURCE resource;
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  NTSTATUS status = UseResource(&resource);
  if (NT_SUCCESS(status)) status = UseThread();
  if (NT_SUCCESS(status)) status = UseMutexes();
  if (NT_SUCCESS(status)) status = UseExceptions();
  if (NT_SUCCESS(status)) status = UsePool();
  if (NT_SUCCESS(status)) status = UseRest();
  return status;
}
