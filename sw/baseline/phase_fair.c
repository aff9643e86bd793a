/* SPDX-License-Identifier: Apache-2.0 */
#include "baseline/baseline.h"

/*
 * READERS_IN counts readers that came, from bit 8 on; its two lowest bits are a writer's: that one
 * is there, and the lowest bit of its ticket, by which readers see that the next writer's turn is
 * another one. READERS_OUT counts readers that left. A writer waits for its ticket, then for the
 * readers before it.
 */
enum {
  READERS_IN = 0,
  READERS_OUT = BASELINE_LINE,
  TICKETS = 2 * BASELINE_LINE,
  SERVED = 3 * BASELINE_LINE
};
enum { READER = 0x100, WRITER = 0x2, TURN = 0x1, WRITERS_BITS = WRITER | TURN };

static uint32_t acquire(uintptr_t lock, unsigned core) {
  (void)core;
  uint32_t ticket = baseline_add(lock + TICKETS, 1);
  while (baseline_load(lock + SERVED) != ticket) baseline_pause();
  uint32_t before = baseline_add(lock + READERS_IN, WRITER | (ticket & TURN));
  while (baseline_load(lock + READERS_OUT) != before) baseline_pause();
  return ticket;
}

static void release(uintptr_t lock, unsigned core, uint32_t kept) {
  (void)core;
  baseline_add(lock + READERS_IN, 0u - (WRITER | (kept & TURN)));
  baseline_store(lock + SERVED, kept + 1);
}

static uint32_t acquire_shared(uintptr_t lock, unsigned core) {
  (void)core;
  uint32_t writer = baseline_add(lock + READERS_IN, READER) & WRITERS_BITS;
  if (writer == 0) return 0;
  while ((baseline_load(lock + READERS_IN) & WRITERS_BITS) == writer) baseline_pause();
  return 0;
}

static void release_shared(uintptr_t lock, unsigned core, uint32_t kept) {
  (void)core;
  (void)kept;
  baseline_add(lock + READERS_OUT, READER);
}

const struct baseline_lock baseline_phase_fair = {"phase-fair", acquire, release, acquire_shared,
                                                  release_shared};
