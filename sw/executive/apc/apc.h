/* SPDX-License-Identifier: Apache-2.0 */
/** IRQL, the regions that hold APCs back, and APCs. */
#ifndef LOCKARB_EXECUTIVE_APC_APC_H_
#define LOCKARB_EXECUTIVE_APC_APC_H_

#include "executive/diagnose/report.h"
#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/* level.c */

void set_irql(struct thread *self, KIRQL irql); /**< Of the running thread. Interrupts off. */
KIRQL raise_irql(KIRQL NewIrql, struct call call);
/** Dropping below APC_LEVEL delivers held-back APCs. */
void lower_irql(KIRQL NewIrql, struct call call);
/* Of the running thread. */
void enter_region(enum region region, struct call call);
void leave_region(enum region region, struct call call);
static inline SHORT *counter_of(struct thread *t, enum region region) {
  return region == REGION_CRITICAL ? &t->tcb.KernelApcDisable : &t->tcb.SpecialApcDisable;
}
void note_region(const struct thread *t, enum region region, struct call call);
void say_that_regions_wrap(const struct thread *t, int from, int to, struct call call);
/**
 * Count a region of t in memory; the window is not told. step: -1 to enter, 1 to leave. A count
 * that wraps is said.
 */
static inline void count_region(struct thread *t, enum region region, int step, struct call call) {
  SHORT *counter = counter_of(t, region);
  int count = *counter + step;
  if (EXECUTIVE_RARE(count != (SHORT)count)) {
    say_that_regions_wrap(t, *counter, (SHORT)count, call);
  }
  /* The region of depth n, from 0, is entered with the count at -n. A program may write the count
   * itself: then what is kept here is older, and right for the regions around it. */
  unsigned depth = (unsigned)(step < 0 ? -*counter : -count);
  const void *from = step < 0 ? call.from : NULL;
  if (depth < REGIONS_KEPT) {
    t->regions[region][depth] = from;
  } else if (EXECUTIVE_RARE(keep_deep_region != NULL)) {
    keep_deep_region(t, region, depth, from);
  }
  *counter = (SHORT)count;
  if (is_observed()) note_region(t, region, call);
}

/* apc.c */

bool may_run_kernel_apc(const struct thread *t);
/** If it waits alertably in user mode. */
bool may_run_user_apc(const struct thread *t);
/** A waiting thread is woken, on its core, for an APC that it may run, or to end. Dispatcher
 * locked.
 */
void break_wait(struct thread *t);
/** Run what the arbiter lets through. Dispatcher not locked. */
void deliver_apcs(void);
/** The same, if anything is queued at all: costs nothing otherwise. self: the running thread. */
static inline void check_apcs(const struct thread *self) {
  if (EXECUTIVE_RARE(!IsListEmpty(&self->kernel_apcs) || self->killed)) deliver_apcs();
}
/** Their thread ends: those that are queued will not run. Dispatcher locked. */
void run_down(LIST_ENTRY *apcs);

/**
 * A killed thread ends where it could run an APC: the running one does, interrupts off. What it has
 * to give up is in layers above, and so is this (system/kill.c).
 */
_Noreturn void end_killed_thread(struct thread *self);

#pragma GCC visibility pop

#endif
