/* SPDX-License-Identifier: Apache-2.0 */
/** Owner pointers (ExSetResourceOwnerPointer) that own something. Dispatcher locked. */
#ifndef LOCKARB_EXECUTIVE_LOCK_OWNER_POINTER_H_
#define LOCKARB_EXECUTIVE_LOCK_OWNER_POINTER_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/**
 * One of them. All own their locks of the arbiter through one slot, however many they are: they
 * never ask for a lock, so to the arbiter they may be one owner. Which of them owns how many levels
 * of what is kept in `held`.
 */
struct owner_pointer {
  ULONG_PTR value;       /* both low bits are 1; 0: unused */
  unsigned number;       /* the lowest one that was unused */
  struct thread *thread; /* that a waiter may boost, referenced; NULL: it stands for none */
  struct held *held;
  unsigned locks_owned; /* of the arbiter */
  unsigned software_locks_owned;
  unsigned takers; /* threads that are about to give it what they own */
};

void set_up_owner_pointers(void);
/** NULL: it owns nothing; with make: there is no room for one more. */
struct owner_pointer *find_pointer(ULONG_PTR value, bool make);
void stand_for_thread(struct owner_pointer *pointer); /**< Its value is a thread's address | 3. */
/** A thread will give it what it owns: it is kept until then, as is the slot of the pointers. */
void begin_taking(struct owner_pointer *pointer);
void end_taking(struct owner_pointer *pointer);     /**< forget_pointer() follows. */
void forget_pointer(struct owner_pointer *pointer); /**< Unless it still owns something. */
struct owner_pointer *pointer_at(unsigned number);  /**< NULL: there is none from there on. */

#pragma GCC visibility pop

#endif
