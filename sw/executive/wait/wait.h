/* SPDX-License-Identifier: Apache-2.0 */
/** Waits for dispatcher objects and for time. */
#ifndef LOCKARB_EXECUTIVE_WAIT_WAIT_H_
#define LOCKARB_EXECUTIVE_WAIT_WAIT_H_

#include "executive/thread/thread.h"

#pragma GCC visibility push(hidden)

/** Threads whose time has come go on. Dispatcher locked. */
void expire_timers(struct core *core);
/** Dispatcher locked. */
void signal_object(DISPATCHER_HEADER *object);
/** KeWaitForSingleObject(); object NULL: only for time to pass. */
NTSTATUS wait_on(DISPATCHER_HEADER *object, KPROCESSOR_MODE mode, bool alertable,
                 const LARGE_INTEGER *timeout, struct call call);

#pragma GCC visibility pop

#endif
