/* SPDX-License-Identifier: Apache-2.0 */
/* ERESOURCE: misuse becomes a bug check, and the structure in memory mirrors its lock. */
#include <string.h>
#include <wdm.h>

#include "executive/executive.h"
#include "lockarb_resource.h"

enum {
  BOOST_DISABLED = 0x08, /* of Flag */
  HANDED_OVER = 1, /* OwnerThread between a hand-off and the new owner's first step, as Windows */
};

/* 0xC4, parameter 1 */
enum {
  VERIFIER_INITIALIZED_TWICE = 0xD0,
  VERIFIER_DELETED_TWICE = 0xD1,
  VERIFIER_DELETED_ACTIVE = 0xD2,
  VERIFIER_NOT_INITIALIZED = 0x1002,
};

/* Where to look first: a 32-bit host has no room for it in the structure, so resources share a few
 * places. */
#if UINTPTR_MAX > 0xFFFFFFFF
static ULONG *lock_hint(PERESOURCE resource) { return &resource->lockarb_lock; }
#else
static USHORT *lock_hint(PERESOURCE resource) {
  static USHORT hints[64];
  return &hints[(ULONG_PTR)resource / sizeof(PVOID) % (sizeof hints / sizeof hints[0])];
}
#endif

/* Not inline where it most often is not needed. */
__attribute__((noinline)) static unsigned search_lock(PERESOURCE resource) {
  unsigned lock = executive_find_lock(resource);
  if (lock != EXECUTIVE_NO_LOCK) *lock_hint(resource) = lock;
  return lock;
}

static unsigned find_lock(PERESOURCE resource, struct call call) {
  if (resource == NULL) {
    executive_raise(call, STATUS_ACCESS_VIOLATION);
  }
  verify_resource(call, resource);
  unsigned hint = *lock_hint(resource);
  return executive_has_lock(resource, hint) ? hint : search_lock(resource);
}

static unsigned lock_of(PERESOURCE resource, struct call call) {
  unsigned lock = find_lock(resource, call);
  if (lock == EXECUTIVE_NO_LOCK) {
    executive_stop(call, lock, 0xC4, VERIFIER_NOT_INITIALIZED, (ULONG_PTR)resource, 0, 0);
  }
  return lock;
}

/* The arbiter refused: the bug check that Windows, or its verifier, has for it. */
__attribute__((noreturn)) static void stop_for(unsigned status, PERESOURCE resource, unsigned lock,
                                               ERESOURCE_THREAD thread, struct call call) {
  ULONG_PTR r = (ULONG_PTR)resource;
  switch (status) {
    case LOCKARB_STATUS_ERR_NOT_OWNED_SHARED:
      executive_stop(call, lock, 0xE3, r, thread, (ULONG_PTR)resource->OwnerTable, 3);
    case LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE:
      executive_stop(call, lock, 0xE3, r, thread, (ULONG_PTR)resource->OwnerTable, 1);
    case LOCKARB_STATUS_ERR_CONVERT:
      executive_stop(call, lock, 0x1C6, 0x16, r, thread, 0);
    case LOCKARB_STATUS_ERR_IRQL:
      executive_stop(call, lock, 0xA, r, KeGetCurrentIrql(), 0, 0);
    case LOCKARB_STATUS_ERR_WAITERS:
      executive_stop(call, lock, 0xC4, VERIFIER_DELETED_ACTIVE, r, 0, 0);
    case LOCKARB_STATUS_ERR_PARITY:
      executive_stop(call, lock, DATA_BUS_ERROR, r, thread, status, 0);
    default:
      executive_stop(call, lock, LOCKARB_MISUSE, status, r, thread, 0);
  }
}

/* Of a command of the running thread. */
static void expect_done(unsigned status, PERESOURCE resource, unsigned lock, struct call call) {
  if (lockarb_is_refused(status)) {
    stop_for(status, resource, lock, ExGetCurrentResourceThread(), call);
  }
}

/* The mirror */

static void mirror_counts(PERESOURCE resource, struct lockarb_answer answer) {
  resource->ActiveEntries = answer.owners;
  resource->ActiveCount = executive_active_count(answer.owners);
  resource->NumberOfSharedWaiters = answer.shared_waiters;
  resource->NumberOfExclusiveWaiters = answer.exclusive_waiters;
}

static void mirror_exclusive_owner(PERESOURCE resource, ERESOURCE_THREAD owner) {
  resource->Flag |= ResourceOwnedExclusive;
  resource->OwnerEntry.OwnerThread = owner;
  resource->OwnerEntry.OwnerCount = 1;
}

static void mirror_no_exclusive_owner(PERESOURCE resource) {
  resource->Flag &= (USHORT)~ResourceOwnedExclusive;
  resource->OwnerEntry.OwnerThread = 0;
  resource->OwnerEntry.OwnerCount = 0;
}

/* The owner of an exclusive lock was another one than the command was for, which is gone. */
static bool is_others(PERESOURCE resource, ERESOURCE_THREAD owner) {
  return (resource->Flag & ResourceOwnedExclusive) && resource->OwnerEntry.OwnerThread != owner;
}

static void follow(void *object, struct lockarb_answer answer, ULONG_PTR owner) {
  PERESOURCE resource = object;
  mirror_counts(resource, answer);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
      mirror_exclusive_owner(resource, owner);
      break;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
      resource->OwnerEntry.OwnerCount++;
      break;
    case LOCKARB_STATUS_WAITING:
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      resource->ContentionCount++;
      break;
    case LOCKARB_STATUS_HELD:
      if (resource->Flag & ResourceOwnedExclusive) resource->OwnerEntry.OwnerCount--;
      break;
    case LOCKARB_STATUS_HANDED_EXCLUSIVE:
      if (!is_others(resource, owner)) mirror_exclusive_owner(resource, HANDED_OVER);
      break;
    case LOCKARB_STATUS_FREED:
    case LOCKARB_STATUS_HANDED_SHARED:
    case LOCKARB_STATUS_CONVERTED:
      mirror_no_exclusive_owner(resource);
      break;
    case LOCKARB_STATUS_DONE: /* owner is a pointer, which owns it now */
      if (resource->Flag & ResourceOwnedExclusive) resource->OwnerEntry.OwnerThread = owner;
      break;
  }
}

static void go_on(void *object, ULONG_PTR owner) { mirror_exclusive_owner(object, owner); }

static const struct executive_mirror mirror = {follow, go_on};

/* Initialize, delete */

static NTSTATUS initialize(PERESOURCE resource, ULONG flags, struct call call) {
  unsigned lock = find_lock(resource, call);
  if (lock != EXECUTIVE_NO_LOCK) {
    executive_stop(call, lock, 0xC4, VERIFIER_INITIALIZED_TWICE, (ULONG_PTR)resource, 0, 0);
  }
  memset(resource, 0, sizeof(*resource));
  lock = executive_allocate_lock(resource, &mirror, &resource->SystemResourcesList, flags, call);
  *lock_hint(resource) = lock;
  return lock != EXECUTIVE_NO_LOCK ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS ExInitializeResourceLite(PERESOURCE Resource) {
  return initialize(Resource, executive_resource_flags(), THIS_CALL);
}

NTSTATUS lockarb_initialize_resource(PERESOURCE Resource, ULONG Flags) {
  const ULONG known = LOCKARB_RESOURCE_SOFTWARE | LOCKARB_RESOURCE_WRITER_FIRST;
  if (Flags & ~known) return STATUS_INVALID_PARAMETER;
  return initialize(Resource, Flags, THIS_CALL);
}

NTSTATUS ExReinitializeResourceLite(PERESOURCE Resource) {
  unsigned lock = lock_of(Resource, THIS_CALL);
  unsigned status = executive_reinitialize_lock(lock);
  expect_done(status, Resource, lock, THIS_CALL);
  const LIST_ENTRY link = Resource->SystemResourcesList;
  memset(Resource, 0, sizeof(*Resource));
  Resource->SystemResourcesList = link;
  *lock_hint(Resource) = lock;
  if (status == LOCKARB_STATUS_DONE_HELD) {
    executive_warn(THIS_CALL, lock, "reinitialized while owned");
  }
  return STATUS_SUCCESS;
}

NTSTATUS ExDeleteResourceLite(PERESOURCE Resource) {
  unsigned lock = find_lock(Resource, THIS_CALL);
  if (lock == EXECUTIVE_NO_LOCK) {
    executive_stop(THIS_CALL, lock, 0xC4, VERIFIER_DELETED_TWICE, (ULONG_PTR)Resource, 0, 0);
  }
  unsigned status = executive_free_lock(lock, &Resource->SystemResourcesList);
  expect_done(status, Resource, lock, THIS_CALL);
  if (status == LOCKARB_STATUS_DONE_HELD) {
    executive_warn(THIS_CALL, lock, "deleted while owned");
  }
  return STATUS_SUCCESS;
}

/* Acquire */

static BOOLEAN acquire(PERESOURCE resource, enum lockarb_kind how, unsigned flags,
                       struct call call) {
  unsigned lock = lock_of(resource, call);
  unsigned status = executive_acquire(lock, how, flags, call);
  expect_done(status, resource, lock, call);
  return status != LOCKARB_STATUS_NOT_GRANTED;
}

BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait) {
  return acquire(Resource, LOCKARB_EXCLUSIVE, Wait ? LOCKARB_WAIT : LOCKARB_TRY, THIS_CALL);
}

BOOLEAN ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource) {
  return acquire(Resource, LOCKARB_EXCLUSIVE, LOCKARB_TRY, THIS_CALL);
}

BOOLEAN ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait) {
  return acquire(Resource, LOCKARB_SHARED, Wait ? LOCKARB_WAIT : LOCKARB_TRY, THIS_CALL);
}

BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait) {
  return acquire(Resource, LOCKARB_SHARED_STARVE_EXCLUSIVE, Wait ? LOCKARB_WAIT : LOCKARB_TRY,
                 THIS_CALL);
}

BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait) {
  return acquire(Resource, LOCKARB_SHARED_WAIT_FOR_EXCLUSIVE, Wait ? LOCKARB_WAIT : LOCKARB_TRY,
                 THIS_CALL);
}

static PVOID enter_and_acquire(PERESOURCE resource, enum lockarb_kind how, struct call call) {
  acquire(resource, how, LOCKARB_WAIT | LOCKARB_ENTER, call);
  return executive_entry_value();
}

PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource) {
  return enter_and_acquire(Resource, LOCKARB_EXCLUSIVE, THIS_CALL);
}

PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource) {
  return enter_and_acquire(Resource, LOCKARB_SHARED, THIS_CALL);
}

PVOID ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(PERESOURCE Resource) {
  return enter_and_acquire(Resource, LOCKARB_SHARED_WAIT_FOR_EXCLUSIVE, THIS_CALL);
}

/* Release, convert */

static void release(PERESOURCE resource, bool leave, struct call call) {
  unsigned lock = lock_of(resource, call);
  unsigned status = executive_release(lock, leave, call);
  expect_done(status, resource, lock, call);
}

VOID ExReleaseResourceLite(PERESOURCE Resource) { release(Resource, false, THIS_CALL); }

static bool is_owner_pointer(ULONG_PTR value) { return (value & 3) == 3; }

VOID ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId) {
  unsigned lock = lock_of(Resource, THIS_CALL);
  verify_release_for(THIS_CALL, Resource, ResourceThreadId);
  if (!is_owner_pointer(ResourceThreadId) && executive_find_thread(ResourceThreadId) == NULL) {
    executive_stop(THIS_CALL, lock, 0x16E, (ULONG_PTR)Resource, ExGetCurrentResourceThread(),
                   ResourceThreadId, 0);
  }
  unsigned status = executive_release_for(lock, ResourceThreadId, THIS_CALL);
  if (lockarb_is_refused(status)) stop_for(status, Resource, lock, ResourceThreadId, THIS_CALL);
}

VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource) {
  release(Resource, true, THIS_CALL);
  if (KeGetCurrentThread()->KernelApcDisable > 0) {
    verify_underflow(THIS_CALL, Resource);
    executive_warn(THIS_CALL, lock_of(Resource, THIS_CALL), "left more often than entered");
  }
}

VOID ExConvertExclusiveToSharedLite(PERESOURCE Resource) {
  unsigned lock = lock_of(Resource, THIS_CALL);
  unsigned status = executive_convert(lock, THIS_CALL);
  expect_done(status, Resource, lock, THIS_CALL);
}

/* Owner pointers */

static void set_owner(PERESOURCE resource, PVOID pointer, bool is_thread, struct call call) {
  unsigned lock = lock_of(resource, call);
  unsigned status = executive_set_owner(lock, (ULONG_PTR)pointer, is_thread, call);
  expect_done(status, resource, lock, call);
}

VOID ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer) {
  set_owner(Resource, OwnerPointer, false, THIS_CALL);
}

VOID ExSetResourceOwnerPointerEx(PERESOURCE Resource, PVOID OwnerPointer, ULONG Flags) {
  set_owner(Resource, OwnerPointer, (Flags & FLAG_OWNER_POINTER_IS_THREAD) != 0, THIS_CALL);
}

VOID ExDisableResourceBoostLite(PERESOURCE Resource) {
  unsigned lock = lock_of(Resource, THIS_CALL);
  Resource->Flag |= BOOST_DISABLED;
  executive_disable_boost(lock);
}

/* Queries */

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource) {
  return executive_owns_exclusive(lock_of(Resource, THIS_CALL));
}

ULONG ExIsResourceAcquiredSharedLite(PERESOURCE Resource) {
  unsigned lock = lock_of(Resource, THIS_CALL);
  unsigned count;
  unsigned status = executive_hold_count(lock, &count);
  expect_done(status, Resource, lock, THIS_CALL);
  return count;
}

ULONG ExGetExclusiveWaiterCount(PERESOURCE Resource) {
  lock_of(Resource, THIS_CALL);
  return Resource->NumberOfExclusiveWaiters;
}

ULONG ExGetSharedWaiterCount(PERESOURCE Resource) {
  lock_of(Resource, THIS_CALL);
  return Resource->NumberOfSharedWaiters;
}
