/* SPDX-License-Identifier: Apache-2.0 */
/** Waits for dispatcher objects and for time. */
#ifndef LOCKARB_EXECUTIVE_WAIT_WAIT_H_
#define LOCKARB_EXECUTIVE_WAIT_WAIT_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/** It is signalled once: whoever waits for it goes on. Dispatcher locked. */
void signal_object(DISPATCHER_HEADER *object);
/** The same, when its signal state is set already. */
void end_waits(DISPATCHER_HEADER *object);

/* Time, in ticks of port_time() */

uint64_t units_to_ticks(uint64_t units); /**< Of Windows' units, 100 ns. */
uint64_t ticks_to_units(uint64_t ticks);
uint64_t deadline_of(const LARGE_INTEGER *timeout);

/* Timers. Dispatcher locked. */

/** It goes off on this core, at its DueTime. */
void start_timer(KTIMER *timer);
/** @return Whether it was started. */
bool stop_timer(KTIMER *timer);
/**
 * Queue a DPC, as KeInsertQueueDpc(). It belongs to the layers above (system/dpc.c). @return FALSE:
 * it is queued already.
 */
bool queue_dpc(struct _KDPC *dpc, PVOID argument1, PVOID argument2, struct call call);
#define PERIOD_IN_UNITS (UINT32_C(1) << 31) /* of KTIMER.Period: in 100 ns, not in milliseconds */
/** KeSetTimerEx() */
bool set_program_timer(KTIMER *timer, LARGE_INTEGER due, ULONG period, struct _KDPC *dpc,
                       struct call call);
/** A new object of the program's is there: for the verifier, which knows what it may be still. */
void verify_new(const void *object, size_t size, struct call call);
/** What comes after that: the DPC and the next period. NULL: no timer has either. */
extern void (*follow_timer)(KTIMER *timer);

/* Queues. Dispatcher locked; wait.c asks for them here, so that who has none is linked without. */

struct queues {
  bool (*has_entry)(DISPATCHER_HEADER *object); /**< That a thread more may take. */
  void (*take_entry)(struct thread *t); /**< t waits for a queue, and gets its first entry. */
};
extern const struct queues *queues;
/** It is the one in front of `before`; before: an entry of the queue, or its head. @return The
 * signal state before. */
LONG insert_entry(struct _KQUEUE *queue, LIST_ENTRY *entry, LIST_ENTRY *before);

/* Waits */

/** KeWaitForSingleObject(); object NULL: only for time to pass. */
NTSTATUS wait_on(DISPATCHER_HEADER *object, KPROCESSOR_MODE mode, bool alertable,
                 const LARGE_INTEGER *timeout, struct call call);
/**
 * Wait for several objects. blocks: linked; of each, the caller has set Object, WaitKey, WaitType
 * and NextWaitBlock. @return As KeWaitForMultipleObjects(), WaitKey as the number.
 */
NTSTATUS wait_for_blocks(KWAIT_BLOCK *blocks, KPROCESSOR_MODE mode, bool alertable,
                         const LARGE_INTEGER *timeout, struct call call);
/** Bug check for what is no object that programs wait for, or is not initialized. */
void check_waitable(const DISPATCHER_HEADER *object, struct call call);
ULONG_PTR wait_kind(const LARGE_INTEGER *timeout); /**< For the verifier. */
/** The running thread ends, and owns mutexes. NULL: nobody has made one. */
extern void (*abandon_mutexes)(struct thread *t, struct call call);

#pragma GCC visibility pop

#endif
