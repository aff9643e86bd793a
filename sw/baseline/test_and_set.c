/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/baseline.h"

/* Looks before it swaps: where there are caches, waiters do not take the line from each other. */
static uint32_t swap(uintptr_t lock, unsigned core) {
  (void)core;
  while (baseline_swap(lock, 1) != 0) {
    while (baseline_load(lock) != 0) baseline_pause();
  }
  return 0;
}

/* The device does both in one read. */
static uint32_t read(uintptr_t lock, unsigned core) {
  (void)core;
  while (baseline_load(lock) != 0) baseline_pause();
  return 0;
}

static void release(uintptr_t lock, unsigned core, uint32_t kept) {
  (void)core;
  (void)kept;
  baseline_store(lock, 0);
}

const struct baseline_lock baseline_test_and_set = {"test-and-set", swap, release, swap, release};
const struct baseline_lock baseline_hardware_mutex = {"hardware mutex", read, release, read,
                                                      release};
