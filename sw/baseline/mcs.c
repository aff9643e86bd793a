/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/baseline.h"

/* Cores are numbered from 1 here; 0 is nobody. */
enum { TAIL = 0, NODES = BASELINE_LINE, NEXT = 0, WAITS = 4 };

static uintptr_t node(uintptr_t lock, uint32_t number) {
  return lock + NODES + (uintptr_t)BASELINE_LINE * (number - 1);
}

static uint32_t acquire(uintptr_t lock, unsigned core) {
  uint32_t self = core + 1;
  baseline_store(node(lock, self) + NEXT, 0);
  uint32_t before = baseline_swap(lock + TAIL, self);
  if (before == 0) return 0;
  baseline_store(node(lock, self) + WAITS, 1);
  baseline_store(node(lock, before) + NEXT, self);
  while (baseline_load(node(lock, self) + WAITS) != 0) baseline_pause();
  return 0;
}

static void release(uintptr_t lock, unsigned core, uint32_t kept) {
  (void)kept;
  uint32_t self = core + 1;
  uint32_t next = baseline_load(node(lock, self) + NEXT);
  if (next == 0) {
    if (baseline_compare_swap(lock + TAIL, self, 0) == self) return;
    while ((next = baseline_load(node(lock, self) + NEXT)) == 0) baseline_pause();
  }
  baseline_store(node(lock, next) + WAITS, 0);
}

const struct baseline_lock baseline_mcs = {"MCS", acquire, release, acquire, release};
