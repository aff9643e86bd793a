/* ERESOURCE on locks of the arbiter. */
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

/* Where to look first: a 32-bit host has no room for it in the structure. */
#if UINTPTR_MAX > 0xFFFFFFFF
static unsigned lock_hint(PERESOURCE resource) { return resource->lockarb_lock; }
static void set_lock_hint(PERESOURCE resource, unsigned lock) { resource->lockarb_lock = lock; }
#else
static unsigned lock_hint(PERESOURCE resource) { return (void)resource, EXECUTIVE_NO_LOCK; }
static void set_lock_hint(PERESOURCE resource, unsigned lock) { (void)resource, (void)lock; }
#endif

static unsigned find_lock(PERESOURCE resource, struct call call) {
  if (resource == NULL) {
    executive_raise(call, STATUS_ACCESS_VIOLATION);
  }
  verify_resource(call, resource);
  return executive_find_lock(resource, lock_hint(resource));
}

static unsigned lock_of(PERESOURCE resource, struct call call) {
  unsigned lock = find_lock(resource, call);
  if (lock == EXECUTIVE_NO_LOCK) {
    executive_stop(call, lock, 0xC4, VERIFIER_NOT_INITIALIZED, (ULONG_PTR)resource, 0, 0);
  }
  return lock;
}

/* The arbiter refused: the bug check that Windows, or its verifier, has for it. */
__attribute__((noreturn)) static void stop_for(struct lockarb_answer answer, PERESOURCE resource,
                                               unsigned lock, ERESOURCE_THREAD thread,
                                               struct call call) {
  ULONG_PTR r = (ULONG_PTR)resource;
  switch (answer.status) {
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
      executive_stop(call, lock, DATA_BUS_ERROR, r, thread, answer.status, 0);
    default:
      executive_stop(call, lock, LOCKARB_MISUSE, answer.status, r, thread, 0);
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

static void mirror(PERESOURCE resource, struct lockarb_answer answer) {
  mirror_counts(resource, answer);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
      mirror_exclusive_owner(resource, ExGetCurrentResourceThread());
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
      mirror_exclusive_owner(resource, HANDED_OVER);
      break;
    case LOCKARB_STATUS_FREED:
    case LOCKARB_STATUS_HANDED_SHARED:
    case LOCKARB_STATUS_CONVERTED:
      mirror_no_exclusive_owner(resource);
      break;
  }
}

static bool refused(struct lockarb_answer answer) {
  return answer.status >= LOCKARB_STATUS_FIRST_ERROR || answer.status == LOCKARB_STATUS_BAD_ARG;
}

/* The end of a thread that was killed. */
static void mirror_end(void *object, struct lockarb_answer answer, ULONG_PTR thread) {
  PERESOURCE resource = object;
  ERESOURCE_THREAD owner = resource->OwnerEntry.OwnerThread;
  bool is_others = (resource->Flag & ResourceOwnedExclusive) && owner != thread;
  if (answer.status == LOCKARB_STATUS_HANDED_EXCLUSIVE && is_others) {
    mirror_counts(resource, answer);
  } else {
    mirror(resource, answer);
  }
}

/* Initialize, delete */

static NTSTATUS initialize(PERESOURCE resource, ULONG flags, struct call call) {
  unsigned lock = find_lock(resource, call);
  if (lock != EXECUTIVE_NO_LOCK) {
    executive_stop(call, lock, 0xC4, VERIFIER_INITIALIZED_TWICE, (ULONG_PTR)resource, 0, 0);
  }
  memset(resource, 0, sizeof(*resource));
  lock = executive_allocate_lock(resource, mirror_end, &resource->SystemResourcesList, flags);
  set_lock_hint(resource, lock);
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
  struct lockarb_answer answer = executive_reinitialize_lock(lock);
  if (refused(answer)) stop_for(answer, Resource, lock, ExGetCurrentResourceThread(), THIS_CALL);
  const LIST_ENTRY link = Resource->SystemResourcesList;
  memset(Resource, 0, sizeof(*Resource));
  Resource->SystemResourcesList = link;
  set_lock_hint(Resource, lock);
  if (answer.status == LOCKARB_STATUS_DONE_HELD) {
    executive_warn(THIS_CALL, lock, "reinitialized while owned");
  }
  return STATUS_SUCCESS;
}

NTSTATUS ExDeleteResourceLite(PERESOURCE Resource) {
  unsigned lock = find_lock(Resource, THIS_CALL);
  if (lock == EXECUTIVE_NO_LOCK) {
    executive_stop(THIS_CALL, lock, 0xC4, VERIFIER_DELETED_TWICE, (ULONG_PTR)Resource, 0, 0);
  }
  struct lockarb_answer answer = executive_free_lock(lock, &Resource->SystemResourcesList);
  if (refused(answer)) stop_for(answer, Resource, lock, ExGetCurrentResourceThread(), THIS_CALL);
  if (answer.status == LOCKARB_STATUS_DONE_HELD) {
    executive_warn(THIS_CALL, lock, "deleted while owned");
  }
  return STATUS_SUCCESS;
}

/* Acquire */

static BOOLEAN acquire(PERESOURCE resource, enum lockarb_kind kind, unsigned flags,
                       struct call call) {
  unsigned lock = lock_of(resource, call);
  struct executive_wait wait;
  bool on = executive_begin_command(lock, call);
  struct lockarb_answer answer = executive_acquire(lock, kind, flags, &wait);
  if (refused(answer)) {
    stop_for(answer, resource, lock, ExGetCurrentResourceThread(), call);
  }
  mirror(resource, answer);
  executive_end_command(on);
  switch (answer.status) {
    case LOCKARB_STATUS_NOT_GRANTED:
      return FALSE;
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      verify_self_block(call, resource);
      executive_warn(call, lock, "waits for its own shared hold to be released");
      break;
    case LOCKARB_STATUS_WAITING:
      break;
    default:
      return TRUE;
  }
  executive_wait_for_grant(&wait);
  if (wait.bad) {
    answer.status = LOCKARB_STATUS_ERR_PARITY;
    stop_for(answer, resource, lock, ExGetCurrentResourceThread(), call);
  }
  if (kind == LOCKARB_EXCLUSIVE) mirror_exclusive_owner(resource, ExGetCurrentResourceThread());
  return TRUE;
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

static PVOID enter_and_acquire(PERESOURCE resource, enum lockarb_kind kind, struct call call) {
  acquire(resource, kind, LOCKARB_WAIT | LOCKARB_ENTER, call);
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

/* Between executive_begin_command() and the end of the mirrored command. */
static void end_release(PERESOURCE resource, unsigned lock, struct lockarb_answer answer,
                        ERESOURCE_THREAD owner, bool on, struct call call) {
  if (refused(answer)) stop_for(answer, resource, lock, owner, call);
  mirror(resource, answer);
  executive_end_command(on);
}

static void release(PERESOURCE resource, bool leave, struct call call) {
  unsigned lock = lock_of(resource, call);
  bool on = executive_begin_command(lock, call);
  end_release(resource, lock, executive_release(lock, leave), ExGetCurrentResourceThread(), on,
              call);
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
  bool on = executive_begin_command(lock, THIS_CALL);
  end_release(Resource, lock, executive_release_for(lock, ResourceThreadId), ResourceThreadId, on,
              THIS_CALL);
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
  bool on = executive_begin_command(lock, THIS_CALL);
  struct lockarb_answer answer = executive_convert(lock);
  if (refused(answer)) stop_for(answer, Resource, lock, ExGetCurrentResourceThread(), THIS_CALL);
  mirror(Resource, answer);
  executive_end_command(on);
}

/* Owner pointers */

static void set_owner(PERESOURCE resource, PVOID pointer, bool is_thread, struct call call) {
  unsigned lock = lock_of(resource, call);
  bool on = executive_begin_command(lock, call);
  struct lockarb_answer answer = executive_set_owner(lock, (ULONG_PTR)pointer, is_thread, call);
  if (refused(answer)) stop_for(answer, resource, lock, ExGetCurrentResourceThread(), call);
  mirror_counts(resource, answer);
  if (resource->Flag & ResourceOwnedExclusive) {
    resource->OwnerEntry.OwnerThread = (ERESOURCE_THREAD)pointer;
  }
  executive_end_command(on);
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
  struct lockarb_answer answer = executive_hold_count(lock, &count);
  if (refused(answer)) stop_for(answer, Resource, lock, ExGetCurrentResourceThread(), THIS_CALL);
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
