/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

ULONG call_acquire(PERESOURCE Resource, ULONG Routine, ULONG Way) {
  BOOLEAN wait = Way != WAY_TRY, fused = Way == WAY_ENTER_REGION, granted = TRUE;
  switch (Routine) {
    case TRY_EXCLUSIVE:
      granted = ExTryToAcquireResourceExclusiveLite(Resource);
      break;
    case EXCLUSIVE:
      if (fused) {
        ExEnterCriticalRegionAndAcquireResourceExclusive(Resource);
      } else {
        granted = ExAcquireResourceExclusiveLite(Resource, wait);
      }
      break;
    case SHARED:
      if (fused) {
        ExEnterCriticalRegionAndAcquireResourceShared(Resource);
      } else {
        granted = ExAcquireResourceSharedLite(Resource, wait);
      }
      break;
    case STARVE_EXCLUSIVE:
      granted = ExAcquireSharedStarveExclusive(Resource, wait);
      break;
    default:
      if (fused) {
        ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(Resource);
      } else {
        granted = ExAcquireSharedWaitForExclusive(Resource, wait);
      }
  }
  if (!granted) return 0;
  ULONG levels = ExIsResourceAcquiredSharedLite(Resource);
  return CALL_OK | (ExIsResourceAcquiredExclusiveLite(Resource) ? CALL_EXCLUSIVE : 0) |
         (levels > 1 ? CALL_RECURSED : 0);
}

VOID call_release(PERESOURCE Resource, ULONG How, ERESOURCE_THREAD Owner) {
  switch (How) {
    case RELEASE_OWN:
      ExReleaseResourceLite(Resource);
      break;
    case RELEASE_FOR_THREAD:
      ExReleaseResourceForThreadLite(Resource, Owner);
      break;
    default:
      ExReleaseResourceAndLeaveCriticalRegion(Resource);
  }
}

VOID call_set_owner(PERESOURCE Resource, BOOLEAN Ex, PVOID Pointer) {
  if (Ex) {
    ExSetResourceOwnerPointerEx(Resource, Pointer, 0);
  } else {
    ExSetResourceOwnerPointer(Resource, Pointer);
  }
}

ULONG call_lifetime(PERESOURCE Resource, ULONG Operation, ULONG Flags) {
  NTSTATUS status;
  switch (Operation) {
    case LIFETIME_DELETE:
      status = ExDeleteResourceLite(Resource);
      break;
    case LIFETIME_REINITIALIZE:
      status = ExReinitializeResourceLite(Resource);
      break;
    default:
      status = lockarb_initialize_resource(Resource, Flags);
  }
  return NT_SUCCESS(status) ? CALL_OK : 0;
}

VOID call_region(BOOLEAN Guarded, BOOLEAN Enters) {
  if (Guarded) {
    Enters ? KeEnterGuardedRegion() : KeLeaveGuardedRegion();
  } else {
    Enters ? KeEnterCriticalRegion() : KeLeaveCriticalRegion();
  }
}

VOID call_irql(KIRQL Irql) {
  if (Irql > KeGetCurrentIrql()) {
    KfRaiseIrql(Irql);
  } else {
    KeLowerIrql(Irql);
  }
}
