/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/baseline.h"

/* Who draws a number disturbs nobody who waits. */
enum { NEXT = 0, SERVED = BASELINE_LINE };

static uint32_t acquire(uintptr_t lock, unsigned core) {
  (void)core;
  uint32_t ticket = baseline_add(lock + NEXT, 1);
  while (baseline_load(lock + SERVED) != ticket) baseline_pause();
  return ticket;
}

static void release(uintptr_t lock, unsigned core, uint32_t kept) {
  (void)core;
  baseline_store(lock + SERVED, kept + 1);
}

const struct baseline_lock baseline_ticket = {"ticket", acquire, release, acquire, release};
