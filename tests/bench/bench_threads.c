/* SPDX-License-Identifier: Apache-2.0 */
#include "bench_threads.h"

#include <wdm.h>

enum { LOCKS = 64 };
static ERESOURCE locks[LOCKS];

static void take_and_give_back(void *argument) {
  const struct bench_threads *plan = argument;
  /* Each thread draws another sequence. */
  uint32_t state = 1 + (uint32_t)(ULONG_PTR)KeGetCurrentProcessorNumber();
  for (uint64_t i = 0; i < plan->pairs; ++i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    PERESOURCE lock = &locks[state % LOCKS];
    ExEnterCriticalRegionAndAcquireResourceExclusive(lock);
    ExReleaseResourceAndLeaveCriticalRegion(lock);
  }
  PsTerminateSystemThread(STATUS_SUCCESS);
}

void bench_threads_run(void *plan) {
  for (unsigned i = 0; i < LOCKS; ++i) ExInitializeResourceLite(&locks[i]);
  for (unsigned i = 0; i < ((const struct bench_threads *)plan)->threads; ++i) {
    HANDLE thread;
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, take_and_give_back, plan);
    ZwClose(thread);
  }
}
