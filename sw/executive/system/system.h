/* SPDX-License-Identifier: Apache-2.0 */
/** The top: start, interrupts, threads as programs see them, their end, and the pool. */
#ifndef LOCKARB_EXECUTIVE_SYSTEM_SYSTEM_H_
#define LOCKARB_EXECUTIVE_SYSTEM_SYSTEM_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/* thread_object.c */

void set_up_thread_objects(void);
/** Thread 1, on core 0; later ones begin on core 1. @return Whether there is memory for it. */
bool create_first_thread(PKSTART_ROUTINE start, PVOID context);
/**
 * A thread that does the executive's work, and that the end of a run does not wait for. It stays,
 * also after its end, until dereference_locked(). Bug check if there is no memory for it.
 * Dispatcher locked.
 */
struct thread *create_server(PKSTART_ROUTINE start, PVOID start_context,
                             const struct lockarb_thread_options *options, struct call call);
/* KDPC.DpcData of one whose routine runs, or has run: it may be gone, so nobody clears it. */
#define DPC_RUNS ((PVOID)1)
static inline bool is_queued_dpc(const void *data) { return data != NULL && data != DPC_RUNS; }
/** The work items, and their threads; NULL: none was queued so far (work_item.c). */
struct work_queue;
extern struct work_queue *work_queues;
/** A work item that is queued and lies there; NULL: none does. Dispatcher locked. */
const struct _WORK_QUEUE_ITEM *find_queued_work(ULONG_PTR start, size_t size);
/** Something that the run does not end before begins, ends. Dispatcher locked. */
void begin_life(void);
void end_life(void);
/** A DPC that is queued on the core and lies there; NULL: none does. Dispatcher locked. */
const struct _KDPC *find_queued_dpc(const struct core *core, ULONG_PTR start, size_t size);
void *need_memory(size_t size, struct call call); /**< All zero. Bug check if there is none. */
/** t has ended: nothing of it runs any more. Dispatcher locked. */
void retire_thread(struct thread *t);

/* kill.c */

/** Whoever was killed on this core may have to stop waiting. Dispatcher locked. */
void wake_killed(struct core *core);
/** The core that ran t was reset. Interrupts off. unsure: see cancel_lock_waits(). */
void end_lost_thread(struct thread *t, unsigned unsure);

/* pool.c */

void set_up_pool(void);
/** @return The number of the block at or around the address, 0: none. Dispatcher locked. */
unsigned pool_block(ULONG_PTR address, ULONG_PTR *offset);
bool is_paged_pool(ULONG_PTR address);

/* personality.c */

void set_up_personality(void);
bool is_nt52(void);

#pragma GCC visibility pop

#endif
