/* SPDX-License-Identifier: Apache-2.0 */
/* The scenario sim/scenarios/handoff.yaml as data, for the same code of the workload. */
#include <wdm.h>

#include "sim/run/workload.h"

static const unsigned only_lock[] = {0};

#define ALWAYS(clocks) \
  { .min = (clocks), .max = (clocks) }
#define THREAD                                                                           \
  .priority = 8, .loop = 20, .locks = only_lock, .lock_count = RTL_NUMBER_OF(only_lock), \
  .recursion = 1

static const struct workload_thread threads[] = {
    {.name = "writer_a",
     .core = 0,
     .exclusive = 1,
     .hold = ALWAYS(200),
     .think = ALWAYS(100),
     THREAD},
    {.name = "writer_b",
     .core = 1,
     .exclusive = 1,
     .hold = ALWAYS(150),
     .think = ALWAYS(80),
     THREAD},
    {.name = "reader",
     .core = 2,
     .shared = 1,
     .hold = ALWAYS(100),
     .think = ALWAYS(120),
     .apc = WORKLOAD_NORMAL_APC,
     .apc_period = 1500,
     .apc_target = 0,
     THREAD},
};

static struct workload workload = {
    .lock_count = 1, .thread_count = RTL_NUMBER_OF(threads), .threads = threads};

bool workload_attack(unsigned number, uint64_t *rest) { /* nobody is hostile */
  (void)number, (void)rest;
  return false;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  workload_main(&workload);
  DbgPrint("handoff: %u loops\n", (ULONG)workload.loops_done);
  return workload.loops_done == 60 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
