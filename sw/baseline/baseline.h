/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Locks in software that the arbiter is compared with: what the field uses where threads do not
 * sleep. They need nothing of the executive, and run on any machine that provides the port below.
 *
 * A lock lives in shared memory at an address of the port, a multiple of BASELINE_LINE; all its
 * words are 0 in the beginning. Whoever spins reads a word in a line that it shares with nothing
 * else that is written while it waits. A core acquires a lock once at a time, with interrupts off.
 */
#ifndef LOCKARB_BASELINE_H_
#define LOCKARB_BASELINE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  BASELINE_LINE = 64,
  BASELINE_MOST_CORES = 32,
  BASELINE_MOST_LINES = 2 + BASELINE_MOST_CORES
};

/**
 * One kind of lock. Where readers cannot share it, the shared forms are the exclusive ones. What an
 * acquire returns its owner keeps in a register and hands to the release.
 */
struct baseline_lock {
  const char *name;
  uint32_t (*acquire)(uintptr_t lock, unsigned core);
  void (*release)(uintptr_t lock, unsigned core, uint32_t kept);
  uint32_t (*acquire_shared)(uintptr_t lock, unsigned core);
  void (*release_shared)(uintptr_t lock, unsigned core, uint32_t kept);
};

/** A number is drawn; who holds the number served owns the lock. In order; all spin on one word. */
extern const struct baseline_lock baseline_ticket;
/** A queue of nodes; each waiter spins on a word of its own (Mellor-Crummey and Scott, 1991). */
extern const struct baseline_lock baseline_mcs;
/** Readers and writers in turns (Brandenburg and Anderson, "Spin-based reader-writer
 * synchronization for multiprocessor real-time systems", 2010): the form with tickets, PF-T. */
extern const struct baseline_lock baseline_phase_fair;
/** A word that is swapped until it was 0. In no order. */
extern const struct baseline_lock baseline_test_and_set;
/** The same on a mutex in hardware, as microcontrollers ship it (the MUTEX of Nordic's nRF5340): a
 * read that returns 0 has taken it, a write of 0 gives it back. `lock` is the address of its
 * register. */
extern const struct baseline_lock baseline_hardware_mutex;

/* What the machine provides. Each access is one word of 32 bits, in the order of the calls. */

uint32_t baseline_load(uintptr_t address);
void baseline_store(uintptr_t address, uint32_t value);
/** @return The word before. */
uint32_t baseline_add(uintptr_t address, uint32_t value);
uint32_t baseline_swap(uintptr_t address, uint32_t value);
uint32_t baseline_compare_swap(uintptr_t address, uint32_t expected, uint32_t value);
/** Between two looks at a word that somebody else will write. */
void baseline_pause(void);

#ifdef __cplusplus
}
#endif

#endif
