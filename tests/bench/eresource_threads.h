// SPDX-License-Identifier: Apache-2.0
// Threads take and give back ERESOURCEs through wdm.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ERESOURCE_MOST_THREADS = 32 };

struct eresource_plan {
  unsigned threads;
  unsigned cores;          /* that they are spread over */
  unsigned rounds;         /* of each */
  uint64_t work;           /* clocks while it owns the resource */
  bool software;           /* locks in shared memory; else of the arbiter */
  bool alone;              /* each thread has a resource of its own; else all share one */
  unsigned reader_percent; /* of the acquires are shared */
  uint64_t started, ended; /* set: clocks */
  uint64_t released;       /* set: when the last owner called to release */
  /* Each time a thread has got the resource that another one released. */
  void (*handed)(struct eresource_plan *plan, unsigned core, uint64_t released, uint64_t acquired);
  /* Each time a thread has got the resource for which it asked at that clock. */
  void (*got)(struct eresource_plan *plan, unsigned thread, uint64_t asked, uint64_t acquired);
  void *watcher;
};

/** The first system thread of a platform; `plan` is a struct eresource_plan. */
void eresource_threads_run(void *plan);

#ifdef __cplusplus
}
#endif
