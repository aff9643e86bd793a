/* SPDX-License-Identifier: Apache-2.0 */
/** Waits for push locks and for rundown protection, as reports see them. */
#ifndef LOCKARB_EXECUTIVE_WAIT_PUSH_LOCK_H_
#define LOCKARB_EXECUTIVE_WAIT_PUSH_LOCK_H_

#include "executive/thread/thread.h"
#include "lockarb_push_lock.h"

#pragma GCC visibility push(hidden)

/** On the stack of who waits. Its gate lets it through. */
struct push_wait {
  DISPATCHER_HEADER gate; /* OBJECT_PUSH_LOCK */
  PEX_PUSH_LOCK lock;
  struct thread *thread;
  bool exclusive;
  struct push_wait *next; /* who came after it */
  ULONG_PTR owners;       /* of the first one: what the lock's word was before anybody
                             waited */
};

struct rundown_wait {
  DISPATCHER_HEADER gate; /* OBJECT_RUNDOWN */
  const void *reference;  /* what the program has */
  LONG_PTR left;
};

#pragma GCC visibility pop

#endif
