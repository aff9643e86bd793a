/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What is owned, and where it was taken. Of the running thread with interrupts off, of an owner
 * pointer with the dispatcher locked.
 */
#ifndef LOCKARB_EXECUTIVE_THREAD_HELD_H_
#define LOCKARB_EXECUTIVE_THREAD_HELD_H_

#include <stdbool.h>

#include "executive/call.h"

#pragma GCC visibility push(hidden)

enum held_kind { HELD_MUTEX, HELD_FAST_MUTEX, HELD_SPIN_LOCK, HELD_PUSH_LOCK };

/**
 * Something that a thread or an owner pointer owns, and where it got it: for reports and for the
 * verifier. One that is not used any more stays in its list and is used again: whoever releases for
 * another thread must not unlink what that one may be looking at.
 */
struct held {
  struct held *next;
  bool used;
  bool exclusive;
  enum held_kind kind; /* if it is no lock of ours; spin locks stand here for
                          the verifier only */
  unsigned lock;       /* EXECUTIVE_NO_LOCK: something of that kind */
  const void *object;  /* the ERESOURCE or the mutex */
  const void *from;    /* the return address of the call, */
  unsigned by;         /*   and the number of the thread that made it */
  unsigned levels;     /* of an owner pointer, in a lock of the arbiter */
};

/**
 * lock: EXECUTIVE_NO_LOCK for a mutex. from: the return address of the call that got it, by: the
 * number of the thread that made it. @return NULL: there is no memory for it.
 */
static inline struct held *remember(struct held **list, unsigned lock, const void *object,
                                    bool exclusive, const void *from, unsigned by);
/** NULL: it is not owned, or nobody knows. object: of the lock, or the mutex. */
struct held *find_held(struct held *list, const void *object);
/** Nothing if it is not owned. */
void forget(struct held *list, const void *object);
/** The list is not needed any more. */
void free_held(struct held **list);
struct held *add_held(struct held **list); /**< One more that is not used. NULL: no memory. */

static inline struct held *remember(struct held **list, unsigned lock, const void *object,
                                    bool exclusive, const void *from, unsigned by) {
  struct held *held = *list;
  while (held != NULL && held->used) held = held->next;
  if (EXECUTIVE_RARE(held == NULL)) held = add_held(list);
  if (EXECUTIVE_RARE(held == NULL)) return NULL;
  held->exclusive = exclusive;
  held->kind = HELD_MUTEX;
  held->lock = lock;
  held->object = object;
  held->from = from;
  held->by = by;
  held->levels = 0;
  held->used = true;
  return held;
}

#pragma GCC visibility pop

#endif
