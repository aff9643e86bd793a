/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The synthetic workload of a scenario: threads that take and release locks, written to wdm.h as a
 * user's program would be. scenario.cpp fills the structures in.
 */
#ifndef LOCKARB_SIM_WORKLOAD_H_
#define LOCKARB_SIM_WORKLOAD_H_

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Clocks, drawn evenly from min..max. */
struct workload_range {
  uint64_t min;
  uint64_t max;
};

enum workload_apc { WORKLOAD_NO_APC, WORKLOAD_SPECIAL_APC, WORKLOAD_NORMAL_APC, WORKLOAD_USER_APC };

#define WORKLOAD_ANY_CORE (~0u)
#define WORKLOAD_TARGET_SELF (-1)
#define WORKLOAD_TARGET_ANY (-2)

struct workload_thread {
  const char *name;
  unsigned core; /**< or WORKLOAD_ANY_CORE */
  int priority;
  uint64_t loop;
  uint64_t seed;
  unsigned exclusive; /**< Weights of the two ways to acquire; both 0: take no lock. */
  unsigned shared;
  const unsigned *locks; /**< One of them is drawn in each loop. */
  unsigned lock_count;
  unsigned recursion; /**< Levels of one acquire. */
  bool try_only;      /**< Do not wait. */
  struct workload_range hold;
  struct workload_range think; /**< computes */
  struct workload_range rest;  /**< waits, alertable in user mode */
  enum workload_apc apc;
  uint64_t apc_period;
  int apc_target; /**< Index of a thread, or WORKLOAD_TARGET_ */
};

/** A program that is not the executive's, and does to the bus what it likes. */
struct workload_hostile {
  unsigned number; /**< For workload_attack(). */
  const char *name;
  unsigned core;
  uint64_t after; /**< Clock in which it begins. */
};

/**
 * Some of its accesses, on the running core.
 *
 * @param[out] rest For how many clocks it lets go of the core then.
 * @return Whether there are more.
 */
bool workload_attack(unsigned number, uint64_t *rest);

struct workload {
  unsigned lock_count;
  unsigned thread_count;
  const struct workload_thread *threads;
  unsigned hostile_count;
  const struct workload_hostile *hostiles;
  int64_t loops_done; /**< Of all threads, for a progress bar. */
};

/** The first system thread; `workload` is a struct workload *. */
void workload_main(void *workload);

#ifdef __cplusplus
}
#endif

#endif
