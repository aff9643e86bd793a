/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/run/workload.h"

#include <stdlib.h>
#include <wdm.h>

#include "executive/port.h"
#include "lockarb_debugger.h"
#include "lockarb_threads.h"

/* MANUALLY_INITIATED_CRASH: parameters lock, what was wrong, expected, found. */
#define WORKLOAD_BROKEN 0xE2
enum broken { NOT_EXCLUSIVE = 1, NOT_SHARED = 2, LOST_UPDATE = 3, NOT_FREE = 4 };

/** A lock and what it protects: plain memory, so that a broken lock is noticed. */
struct guarded {
  ERESOURCE resource;
  LONG writers;
  LONG readers;     /* who change it at the same time */
  uint64_t updates; /* made by exclusive owners */
};

struct member {
  const struct workload_thread *plan;
  struct crowd *crowd;
  PKTHREAD thread;
  HANDLE handle;
  struct guarded *inside; /* NULL: owns none */
  bool as_writer;
  uint64_t random;
  uint64_t next_apc;
};

struct crowd {
  struct workload *workload;
  struct guarded *locks;
  struct member *members;
  KEVENT all_created;
};

/* splitmix64: the same numbers on every host. */
static uint64_t next_random(struct member *me) {
  uint64_t z = me->random += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

/* next_random() % limit. A core of 32 bits has no such division, and does it by a loop over 64
 * bits; four of its own do when the limit is small. */
static uint64_t random_below(struct member *me, uint64_t limit) {
  uint64_t random = next_random(me);
  if (limit > UINT16_MAX) return random % limit;
  uint32_t rest = 0;
  for (int shift = 48; shift >= 0; shift -= 16) {
    rest = (rest << 16 | (uint16_t)(random >> shift)) % (uint32_t)limit;
  }
  return rest;
}

static uint64_t draw(struct member *me, const struct workload_range *range) {
  return range->min == range->max ? range->min
                                  : range->min + random_below(me, range->max - range->min + 1);
}

static void check(const struct crowd *crowd, const struct guarded *lock, bool right,
                  enum broken broken, uint64_t expected, uint64_t found) {
  if (!right) {
    KeBugCheckEx(WORKLOAD_BROKEN, (ULONG_PTR)(lock - crowd->locks), broken, expected, found);
  }
}

static BOOLEAN acquire(PERESOURCE resource, bool exclusive, bool try_only) {
  if (!try_only) {
    if (exclusive) {
      ExEnterCriticalRegionAndAcquireResourceExclusive(resource);
    } else {
      ExEnterCriticalRegionAndAcquireResourceShared(resource);
    }
    return TRUE;
  }
  KeEnterCriticalRegion();
  if (exclusive ? ExAcquireResourceExclusiveLite(resource, FALSE)
                : ExAcquireResourceSharedLite(resource, FALSE)) {
    return TRUE;
  }
  KeLeaveCriticalRegion();
  return FALSE;
}

static void enter(struct member *me, struct guarded *lock, bool exclusive) {
  me->inside = lock;
  me->as_writer = exclusive;
  InterlockedIncrement(exclusive ? &lock->writers : &lock->readers);
}

static void leave(struct member *m) {
  InterlockedDecrement(m->as_writer ? &m->inside->writers : &m->inside->readers);
  m->inside = NULL;
}

/* Whoever was killed inside has not said good-bye. */
static void forget_killed(const struct crowd *crowd, const struct guarded *lock) {
  for (unsigned i = 0; i < crowd->workload->thread_count; ++i) {
    struct member *m = &crowd->members[i];
    if (m->inside == lock && lockarb_is_killed(m->thread)) leave(m);
  }
}

static void use_lock(struct member *me, struct guarded *lock, bool exclusive) {
  const struct workload_thread *plan = me->plan;
  const struct crowd *crowd = me->crowd;
  unsigned levels = 0;
  while (levels < plan->recursion && acquire(&lock->resource, exclusive, plan->try_only)) ++levels;
  if (levels == 0) return;

  forget_killed(crowd, lock);
  if (exclusive) {
    check(crowd, lock, lock->writers == 0 && lock->readers == 0, NOT_EXCLUSIVE, 0,
          (uint64_t)lock->writers + (uint64_t)lock->readers);
    enter(me, lock, true);
    const uint64_t updates = lock->updates;
    port_spend(draw(me, &plan->hold));
    check(crowd, lock, lock->updates == updates, LOST_UPDATE, updates, lock->updates);
    lock->updates = updates + 1;
    leave(me);
  } else {
    check(crowd, lock, lock->writers == 0, NOT_SHARED, 0, (uint64_t)lock->writers);
    enter(me, lock, false);
    port_spend(draw(me, &plan->hold));
    leave(me);
  }
  while (levels-- != 0) ExReleaseResourceAndLeaveCriticalRegion(&lock->resource);
}

static VOID free_apc(PKAPC apc) { free(apc); }

static VOID apc_kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context,
                               PVOID *argument1, PVOID *argument2) {
  (void)normal;
  (void)context;
  (void)argument1;
  (void)argument2;
  free(apc);
}

static VOID apc_normal_routine(PVOID context, PVOID argument1, PVOID argument2) {
  (void)context;
  (void)argument1;
  (void)argument2;
}

static void send_apc(struct member *me) {
  const struct workload_thread *plan = me->plan;
  struct crowd *crowd = me->crowd;
  int target = plan->apc_target;
  if (target == WORKLOAD_TARGET_SELF) {
    target = (int)(me - crowd->members);
  } else if (target == WORKLOAD_TARGET_ANY) {
    target = (int)random_below(me, crowd->workload->thread_count);
  }
  PKAPC apc = malloc(sizeof *apc);
  if (apc == NULL) return;
  KeInitializeApc(apc, crowd->members[target].thread, OriginalApcEnvironment, apc_kernel_routine,
                  free_apc, plan->apc == WORKLOAD_SPECIAL_APC ? NULL : apc_normal_routine,
                  plan->apc == WORKLOAD_USER_APC ? UserMode : KernelMode, NULL);
  if (!KeInsertQueueApc(apc, NULL, NULL, 0)) free(apc); /* the target has ended */
}

static void rest(uint64_t clocks) {
  if (clocks == 0) return;
  const uint64_t frequency = port_time_frequency();
  LARGE_INTEGER interval; /* 100 ns */
  interval.QuadPart = -(LONGLONG)((clocks * 10000000 + frequency - 1) / frequency);
  KeDelayExecutionThread(UserMode, TRUE, &interval);
}

static VOID member_main(PVOID context) {
  struct member *me = context;
  const struct workload_thread *plan = me->plan;
  struct workload *workload = me->crowd->workload;
  KeWaitForSingleObject(&me->crowd->all_created, Executive, KernelMode, FALSE, NULL);
  me->next_apc = port_time() + plan->apc_period;
  for (uint64_t i = 0; i < plan->loop; ++i) {
    if (plan->exclusive + plan->shared != 0) {
      struct guarded *lock = &me->crowd->locks[plan->locks[random_below(me, plan->lock_count)]];
      const bool exclusive = random_below(me, plan->exclusive + plan->shared) < plan->exclusive;
      use_lock(me, lock, exclusive);
    }
    if (plan->apc != WORKLOAD_NO_APC && port_time() >= me->next_apc) {
      send_apc(me);
      me->next_apc += plan->apc_period;
    }
    port_spend(draw(me, &plan->think));
    rest(draw(me, &plan->rest));
    InterlockedIncrement64(&workload->loops_done);
  }
}

/* Whatever runs on its core is interrupted by it. */
enum { HOSTILE_PRIORITY = 20 };

static VOID hostile_main(PVOID context) {
  const struct workload_hostile *hostile = context;
  uint64_t clocks = port_time() < hostile->after ? hostile->after - port_time() : 0;
  do {
    rest(clocks);
  } while (workload_attack(hostile->number, &clocks));
}

static HANDLE create_hostile(const struct workload_hostile *hostile) {
  HANDLE handle;
  const struct lockarb_thread_options options = {.name = hostile->name,
                                                 .core = hostile->core,
                                                 .priority = HOSTILE_PRIORITY,
                                                 .user = true,
                                                 .no_slot = true};
  if (!NT_SUCCESS(
          lockarb_create_thread(&handle, hostile_main, (PVOID)(ULONG_PTR)hostile, &options))) {
    KeBugCheckEx(WORKLOAD_BROKEN, hostile->number, 0, 0, 0);
  }
  return handle;
}

void workload_main(void *argument) {
  struct workload *workload = argument;
  struct crowd crowd = {.workload = workload};
  crowd.locks = calloc(workload->lock_count, sizeof *crowd.locks);
  crowd.members = calloc(workload->thread_count, sizeof *crowd.members);
  HANDLE *hostiles = calloc(workload->hostile_count + 1u, sizeof *hostiles);
  if (crowd.locks == NULL || crowd.members == NULL || hostiles == NULL) KeBugCheck(WORKLOAD_BROKEN);
  for (unsigned i = 0; i < workload->lock_count; ++i) {
    ExInitializeResourceLite(&crowd.locks[i].resource);
  }
  KeInitializeEvent(&crowd.all_created, NotificationEvent, FALSE);

  for (unsigned i = 0; i < workload->thread_count; ++i) {
    struct member *member = &crowd.members[i];
    const struct workload_thread *plan = &workload->threads[i];
    *member = (struct member){.plan = plan, .crowd = &crowd, .random = plan->seed};
    const struct lockarb_thread_options options = {
        .name = plan->name, .core = plan->core, .priority = plan->priority};
    if (!NT_SUCCESS(lockarb_create_thread(&member->handle, member_main, member, &options))) {
      KeBugCheckEx(WORKLOAD_BROKEN, i, 0, 0, 0);
    }
    ObReferenceObjectByHandle(member->handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                              (PVOID *)&member->thread, NULL);
  }
  for (unsigned i = 0; i < workload->hostile_count; ++i) {
    hostiles[i] = create_hostile(&workload->hostiles[i]);
  }
  KeSetEvent(&crowd.all_created, 0, FALSE);

  for (unsigned i = 0; i < workload->thread_count; ++i) {
    KeWaitForSingleObject(crowd.members[i].thread, Executive, KernelMode, FALSE, NULL);
  }
  for (unsigned i = 0; i < workload->thread_count; ++i) {
    ObDereferenceObject(crowd.members[i].thread);
    ZwClose(crowd.members[i].handle);
  }
  for (unsigned i = 0; i < workload->hostile_count; ++i) {
    ZwWaitForSingleObject(hostiles[i], FALSE, NULL);
    ZwClose(hostiles[i]);
  }
  lockarb_list_locks_now();
  for (unsigned i = 0; i < workload->lock_count; ++i) {
    const ERESOURCE *resource = &crowd.locks[i].resource;
    const ULONG left = (ULONG)resource->ActiveEntries + resource->NumberOfSharedWaiters +
                       resource->NumberOfExclusiveWaiters;
    check(&crowd, &crowd.locks[i], left == 0 && (resource->Flag & ResourceOwnedExclusive) == 0,
          NOT_FREE, 0, left);
    ExDeleteResourceLite(&crowd.locks[i].resource);
  }
  free(hostiles);
  free(crowd.members);
  free(crowd.locks);
}
