// SPDX-License-Identifier: Apache-2.0
// One thread on each core takes and gives back ERESOURCEs through wdm.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum eresource_crowd {
  ERESOURCE_ALONE,   /* each thread has a resource of its own */
  ERESOURCE_WRITERS, /* all want one exclusively */
  ERESOURCE_READERS, /* all want one shared */
};

struct eresource_plan {
  unsigned threads;
  unsigned cores;  /* that they are spread over */
  unsigned rounds; /* of each */
  uint64_t work;   /* clocks while it owns the resource */
  bool software;
  enum eresource_crowd crowd;
  uint64_t started, ended; /* set: clocks */
  uint64_t released;       /* set: when the last owner called to release */
  /* Each time a thread has got the resource that another one released. */
  void (*handed)(struct eresource_plan *plan, unsigned core, uint64_t released, uint64_t acquired);
  void *watcher;
};

/** The first system thread of a platform; `plan` is a struct eresource_plan. */
void eresource_threads_run(void *plan);

#ifdef __cplusplus
}
#endif
