/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the files of diagnosis share, and what the start and the end of a run need of them. All of
 * it looks at the executive's own account and never at the bus. Dispatcher locked, or the machine
 * has stopped.
 */
#ifndef LOCKARB_EXECUTIVE_DIAGNOSE_DIAGNOSE_H_
#define LOCKARB_EXECUTIVE_DIAGNOSE_DIAGNOSE_H_

#include "executive/diagnose/report.h"
#include "executive/thread/held.h"
#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

void set_up_printing(void);
void set_up_stop(void);
void set_up_lock_list(void);
void set_up_deadlocks(void);

/* print.c */

void print_time(void);
/** An address by a name that is the same in each run, anything else in hexadecimal. */
void print_value(ULONG_PTR value);
/**
 * " Tree (tree.c:8)": the variable that is there and the line that declares it. " in pool block 3 +
 * 0x8 (initialized at tree.c:14 (make))": other memory. What the machine does not know is left out.
 */
void print_name(const void *object);
/** The same of what is no ERESOURCE; of memory without a name its value. */
void print_object(const void *object);
void print_held_line(const char *before, const struct held *held);
const char *held_kind_name(enum held_kind kind);
/** Of a value that is no number of ours and has no name: the same one is the same number. */
unsigned unnamed_number(ULONG_PTR value);

/* lines.c: NULL on a machine that is linked without it, and knows no source line */

#define IF_LINES __attribute__((weak))
void set_up_lines(void) IF_LINES;
/** " (tree.c:8)": what print_name() says last. */
void print_made(const void *object) IF_LINES;
void print_variable(const void *object) IF_LINES;
/** Where it was released last, unless t owns it. t: NULL for nobody. */
void print_released(const struct thread *t, const void *object) IF_LINES;
/** What t owns; the regions that it entered since its counts were that, and where the IRQL was
 * raised. apc_disable: NULL: what it owns only. */
void print_lines_of(const struct thread *t, const ULONG *apc_disable) IF_LINES;
void print_origins(unsigned lock) IF_LINES;
/** start: in a ring of threads that wait for each other (deadlock.c). */
void print_cycle_lines(struct thread *start) IF_LINES;

/* lock_list.c: as !locks lists them */

void list_locks_at_end(bool has_stopped); /**< If lockarb_list_locks_at_end() asks for it. */
void list_locks_at_stop(void);

/* stop.c */

extern bool verifier_was_on; /* in this run */

/* lock_order.c */

void set_up_lock_order(void);
void check_lock_order(struct call call, const void *object, unsigned kind, bool starves);
void forget_lock_order(const void *start, size_t size);

/* deadlock.c */

/** Print the cycles that there are now. @return Their number. */
unsigned print_deadlocks(void);
const char *mutex_name(const struct thread *t, const void *mutex); /**< Of one that t owns. */

/* In the order of their numbers; the first one after NULL. */
static inline struct thread *thread_after(const struct thread *t) {
  LIST_ENTRY *e = t != NULL ? t->all.Flink : all_threads.Flink;
  return e != &all_threads ? CONTAINING_RECORD(e, struct thread, all) : NULL;
}

#pragma GCC visibility pop

#endif
