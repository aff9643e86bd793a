// SPDX-License-Identifier: Apache-2.0
// Software threads that take and give back locks through wdm.h.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bench_threads {
  unsigned threads;
  uint64_t pairs; /* of each thread */
};

/** The first system thread of a platform; `plan` is a struct bench_threads. */
void bench_threads_run(void *plan);

#ifdef __cplusplus
}
#endif
