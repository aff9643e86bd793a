/* SPDX-License-Identifier: Apache-2.0 */
#include "eresource_threads.h"

#include <lockarb_resource.h>

#include "executive/port.h"

static ERESOURCE resources[ERESOURCE_MOST_THREADS];
static KEVENT begin;

struct member {
  struct eresource_plan *plan;
  PERESOURCE resource;
  unsigned number;
};

static VOID member_main(PVOID context) {
  const struct member *me = context;
  struct eresource_plan *plan = me->plan;
  KeWaitForSingleObject(&begin, Executive, KernelMode, FALSE, NULL);
  for (unsigned i = 0; i < plan->rounds; ++i) {
    uint64_t asked = port_time();
    /* Spread evenly, and each thread begins elsewhere. */
    if ((i * 37 + me->number * 13) % 100 < plan->reader_percent) {
      ExEnterCriticalRegionAndAcquireResourceShared(me->resource);
    } else {
      ExEnterCriticalRegionAndAcquireResourceExclusive(me->resource);
    }
    if (plan->handed != NULL && plan->released != 0) {
      plan->handed(plan, port_core(), plan->released, port_time());
    }
    if (plan->got != NULL) plan->got(plan, me->number, asked, port_time());
    port_spend(plan->work);
    plan->released = port_time();
    ExReleaseResourceAndLeaveCriticalRegion(me->resource);
  }
}

void eresource_threads_run(void *argument) {
  static struct member members[ERESOURCE_MOST_THREADS];
  struct eresource_plan *plan = argument;
  HANDLE handles[ERESOURCE_MOST_THREADS];
  KeInitializeEvent(&begin, NotificationEvent, FALSE);
  for (unsigned i = 0; i < plan->threads; ++i) {
    lockarb_initialize_resource(&resources[i], plan->software ? LOCKARB_RESOURCE_SOFTWARE : 0);
    members[i] = (struct member){plan, &resources[plan->alone ? i : 0], i};
    const struct lockarb_thread_options options = {.core = i % plan->cores};
    lockarb_create_thread(&handles[i], member_main, &members[i], &options);
  }
  plan->started = port_time();
  KeSetEvent(&begin, 0, FALSE);
  for (unsigned i = 0; i < plan->threads; ++i) {
    ZwWaitForSingleObject(handles[i], FALSE, NULL);
    ZwClose(handles[i]);
  }
  plan->ended = port_time();
}
