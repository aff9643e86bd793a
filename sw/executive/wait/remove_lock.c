/* SPDX-License-Identifier: Apache-2.0 */
/* Remove locks: references to a device, and the wait for the last one. */
#include "executive/wait/wait.h"
#include "lockarb_push_lock.h"

VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                              ULONG HighWatermark, ULONG RemlockSize) {
  (void)AllocateTag, (void)MaxLockedMinutes, (void)HighWatermark, (void)RemlockSize;
  Lock->Common.Removed = FALSE;
  Lock->Common.IoCount = 1;
  KeInitializeEvent(&Lock->Common.RemoveEvent, SynchronizationEvent, FALSE);
}

_Noreturn static void stop(PIO_REMOVE_LOCK lock, struct call call) {
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE,
                 (ULONG_PTR)lock, 0, 0);
}

/* Whoever counts it down to 0 lets the remover go on. */
static void release(PIO_REMOVE_LOCK lock, struct call call) {
  LONG left = InterlockedDecrement(&lock->Common.IoCount);
  if (left < 0 || (left == 0 && !lock->Common.Removed)) stop(lock, call);
  if (left == 0) KeSetEvent(&lock->Common.RemoveEvent, IO_NO_INCREMENT, FALSE);
}

NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                               ULONG RemlockSize) {
  (void)Tag, (void)File, (void)Line, (void)RemlockSize;
  InterlockedIncrement(&RemoveLock->Common.IoCount);
  if (!RemoveLock->Common.Removed) return STATUS_SUCCESS;
  release(RemoveLock, THIS_CALL);
  return STATUS_DELETE_PENDING;
}

VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize) {
  (void)Tag, (void)RemlockSize;
  release(RemoveLock, THIS_CALL);
}

VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize) {
  (void)Tag, (void)RemlockSize;
  RemoveLock->Common.Removed = TRUE;
  KeMemoryBarrier();
  if (InterlockedDecrement(&RemoveLock->Common.IoCount) < 1) stop(RemoveLock, THIS_CALL);
  if (InterlockedDecrement(&RemoveLock->Common.IoCount) > 0) {
    wait_on(&RemoveLock->Common.RemoveEvent.Header, KernelMode, false, NULL, THIS_CALL);
  }
}
