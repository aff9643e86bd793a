/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Dispatcher objects beside those of lockarb_kernel.h: semaphores, mutants, timers, and waits for
 * several objects. Programs include <wdm.h>.
 *
 * IRQL: initialize at any; all else at <= DISPATCH_LEVEL, waits as KeWaitForSingleObject().
 */
#ifndef LOCKARB_OBJECTS_H_
#define LOCKARB_OBJECTS_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/** DISPATCHER_HEADER.Type */
typedef enum _KOBJECTS {
  EventNotificationObject = 0,
  EventSynchronizationObject = 1,
  MutantObject = 2,
  ProcessObject = 3,
  QueueObject = 4,
  SemaphoreObject = 5,
  ThreadObject = 6,
  GateObject = 7,
  TimerNotificationObject = 8,
  TimerSynchronizationObject = 9
} KOBJECTS;

/**
 * Signal the event for those who wait for it now, and for nobody else: all of them, or the first
 * one of a synchronization event.
 *
 * @return The signal state before.
 */
LONG KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);

/* Semaphores */

typedef struct _KSEMAPHORE {
  DISPATCHER_HEADER Header; /**< SignalState: how many waits it lets through. */
  LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE, *PRKSEMAPHORE;

VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit);
/**
 * Let Adjustment waits more through.
 *
 * @return The signal state before.
 * @pre Adjustment is not negative, and the sum is at most Limit. Broken: raises
 *      STATUS_SEMAPHORE_LIMIT_EXCEEDED, and nothing has changed.
 */
LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait);
LONG KeReadStateSemaphore(PRKSEMAPHORE Semaphore);

/* Mutants: mutexes whose owner is in no critical region. */

VOID KeInitializeMutant(PRKMUTANT Mutant, BOOLEAN InitialOwner);
/**
 * Give back one level; with the last one the first waiter owns it.
 *
 * @param Abandoned TRUE: of whoever owns it, all levels; the next owner's wait returns
 *                  STATUS_ABANDONED.
 * @return The signal state before: 0 if it was the last level.
 * @pre The thread owns it. Broken: raises STATUS_MUTANT_NOT_OWNED, or STATUS_ABANDONED if it was
 *      abandoned and nobody has owned it since.
 */
LONG KeReleaseMutant(PRKMUTANT Mutant, KPRIORITY Increment, BOOLEAN Abandoned, BOOLEAN Wait);
LONG KeReadStateMutant(PRKMUTANT Mutant);

/* Waits for several objects */

#define THREAD_WAIT_OBJECTS 3   /**< So many without a WaitBlockArray, */
#define MAXIMUM_WAIT_OBJECTS 64 /**<   and so many with one. */

/**
 * Wait until one of the objects is signalled, or, with WaitAll, all of them at the same time.
 *
 * @param WaitBlockArray Count of them, that are the executive's until the call returns.
 * @return WaitAny: STATUS_WAIT_0, or STATUS_ABANDONED_WAIT_0, and the number of the object.
 * WaitAll: STATUS_SUCCESS, or STATUS_ABANDONED if one of the mutants was. Else as
 *         KeWaitForSingleObject().
 * @pre Count is not too large. Broken: bug check 0xC.
 */
NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                  KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                  BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                  PKWAIT_BLOCK WaitBlockArray);
/** The same of handles. @return Also STATUS_INVALID_HANDLE, STATUS_INVALID_PARAMETER_1. */
NTSTATUS ZwWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType,
                                  BOOLEAN Alertable, PLARGE_INTEGER Timeout);

/* Timers */

typedef struct _KDPC *PKDPC, *PRKDPC;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;

typedef struct _KTIMER {
  DISPATCHER_HEADER Header;
  ULARGE_INTEGER DueTime;
  LIST_ENTRY TimerListEntry;
  struct _KDPC *Dpc;
#if UINTPTR_MAX > 0xFFFFFFFF
  ULONG Processor;
#endif
  ULONG Period;
} KTIMER, *PKTIMER, *PRKTIMER;

VOID KeInitializeTimer(PKTIMER Timer); /**< A NotificationTimer. */
VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);
/**
 * Start a timer: it is not signalled, until DueTime. Then its DPC, if there is one, is queued on
 * the core that started it.
 *
 * @param DueTime 100 ns units: negative from now, positive absolute.
 * @param Period Milliseconds between later times; 0: there are none.
 * @param TolerableDelay Not used: it comes in time.
 * @return Whether it had been started already; that is cancelled.
 */
BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc);
BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc);
#if NTDDI_VERSION >= NTDDI_WIN7
BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                              ULONG TolerableDelay, PKDPC Dpc);
#endif
/** A DPC that is queued already stays so. @return Whether it was started. */
BOOLEAN KeCancelTimer(PKTIMER Timer);
BOOLEAN KeReadStateTimer(PKTIMER Timer);

/* Time: 100 ns units since the start, but for ticks. */

ULONG KeQueryTimeIncrement(VOID); /**< 156250: of a tick. */
#if NTDDI_VERSION >= NTDDI_WIN2K
VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount);
#endif
ULONGLONG KeQueryInterruptTime(VOID);
#if NTDDI_VERSION >= NTDDI_WIN7
ULONGLONG KeQueryUnbiasedInterruptTime(VOID);
#endif
#if NTDDI_VERSION >= NTDDI_WIN8
VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
ULONG64 KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp);
ULONGLONG KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp);
#endif

#ifdef __cplusplus
}
#endif

#endif
