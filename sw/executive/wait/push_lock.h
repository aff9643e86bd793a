/* SPDX-License-Identifier: Apache-2.0 */
/** Waits for push locks and for rundown protection, as reports see them. */
#ifndef LOCKARB_EXECUTIVE_WAIT_PUSH_LOCK_H_
#define LOCKARB_EXECUTIVE_WAIT_PUSH_LOCK_H_

#include "executive/thread/thread.h"
#include "lockarb_push_lock.h"

#pragma GCC visibility push(hidden)

/** On the stack of who waits. Its gate lets it through. The lock's word has flags in the lowest
 * four bits of its address. */
struct push_wait {
  _Alignas(16) DISPATCHER_HEADER gate; /* OBJECT_PUSH_LOCK */
  PEX_PUSH_LOCK lock;
  struct thread *thread;
  bool exclusive;
  struct push_wait *next; /* who came after it */
  ULONG_PTR owners;       /* of the first one: what the lock's word was before anybody
                             waited */
};

enum {
  CARRIED = 8 /* of a push lock's word: it stands on a lock (system/carried_push_lock.c) */
};
enum way { EXCLUSIVELY, SHARED_WAY, EITHER_WAY };

/** What is done with such push locks; a program that has none is linked without it. */
struct push_lock_carrier {
  void (*initialize)(PEX_PUSH_LOCK lock, struct call call);
  bool (*acquire)(PEX_PUSH_LOCK lock, bool exclusive, bool wait, struct call call);
  void (*release)(PEX_PUSH_LOCK lock, enum way way, struct call call);
  void (*forget_memory)(const char *start, size_t size); /**< It is about to be freed. */
};
extern const struct push_lock_carrier *push_lock_carrier; /**< NULL: there are none. */

struct rundown_wait {
  DISPATCHER_HEADER gate; /* OBJECT_RUNDOWN */
  const void *reference;  /* what the program has */
  LONG_PTR left;
};

#pragma GCC visibility pop

#endif
