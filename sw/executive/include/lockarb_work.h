/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What runs later: DPCs, timers that call back, queues of threads, work items. Programs include
 * <wdm.h>.
 */
#ifndef LOCKARB_WORK_H_
#define LOCKARB_WORK_H_

#include <lockarb_objects.h>
#include <lockarb_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* DPCs: routines that run at DISPATCH_LEVEL, on a core, before any thread goes on there. */

typedef VOID KDEFERRED_ROUTINE(PKDPC Dpc, PVOID DeferredContext, PVOID SystemArgument1,
                               PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;

typedef enum _KDPC_IMPORTANCE {
  LowImportance,
  MediumImportance,
  HighImportance,
  MediumHighImportance
} KDPC_IMPORTANCE;

typedef struct _KDPC {
  UCHAR Type; /**< 19: a DPC; 26: a threaded one. */
  UCHAR Importance;
  volatile USHORT Number; /**< The core, and 1 more; 0: the one that queues it. */
  LIST_ENTRY DpcListEntry;
  PKDEFERRED_ROUTINE DeferredRoutine;
  PVOID DeferredContext;
  PVOID SystemArgument1;
  PVOID SystemArgument2;
  volatile PVOID DpcData; /**< Where it is queued. */
} KDPC;

VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext);
/** Its routine runs at PASSIVE_LEVEL, in a thread of priority 31. */
VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine, PVOID DeferredContext);
/**
 * Queue a DPC: on the core that it is for, or on this one. It runs as soon as the IRQL there is
 * below DISPATCH_LEVEL: on this core before this returns, if it is now.
 *
 * Any IRQL.
 *
 * @return FALSE if it is queued already; nothing has changed then.
 * @pre The first one of a core needs memory for a thread (broken: bug check 0x20004C4B).
 */
BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2);
/** @return TRUE if it was queued; it will not run. It may be running. Any IRQL. */
BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc);
/** HighImportance: it is queued before the others. All run as soon as they can. Any IRQL. */
VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance);
/** @pre There is such a core (broken: bug check 0x20004C4B). Any IRQL. */
VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number);
#if NTDDI_VERSION >= NTDDI_WIN7
/** @return STATUS_INVALID_PARAMETER: there is no such core, and nothing has changed. */
NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber);
#endif
/** Wait until all DPCs that are queued now have run. PASSIVE_LEVEL. */
VOID KeFlushQueuedDpcs(VOID);
/** Whether a DPC runs here that is no threaded one. */
LOGICAL KeIsExecutingDpc(VOID);

/* Queues of entries, from which threads take one after the other. */

/** Of SignalState entries. */
typedef struct _KQUEUE {
  DISPATCHER_HEADER Header;
  LIST_ENTRY EntryListHead;
  volatile ULONG CurrentCount; /**< Threads of the queue that do not wait for anything. */
  ULONG MaximumCount;
  LIST_ENTRY ThreadListHead; /**< Not used: KTHREAD.Queue says whose thread it is. */
} KQUEUE, *PKQUEUE, *PRKQUEUE;

/** @param Count So many threads are let run at a time; 0: as many as there are cores. */
VOID KeInitializeQueue(PRKQUEUE Queue, ULONG Count);
LONG KeReadStateQueue(PRKQUEUE Queue); /**< @return The number of entries. */
/**
 * Put an entry at the end, or the head, of a queue. A thread that waits gets the first one, if
 * fewer than MaximumCount threads of the queue run; the one that came last goes first.
 *
 * IRQL <= DISPATCH_LEVEL.
 *
 * @return The number of entries before.
 */
LONG KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);
LONG KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);
/**
 * Take the first entry, or wait for one. From now on the thread is one of this queue, and of no
 * other: it counts as running while it does, and when it waits for anything, another one may.
 *
 * @return The entry, its Flink is NULL; or STATUS_TIMEOUT, STATUS_USER_APC, or STATUS_ABANDONED if
 *         the queue was run down.
 * @pre The entry is in one queue only, and once. Broken: bug check 0x96 where it can be seen. IRQL
 *      as KeWaitForSingleObject().
 */
PLIST_ENTRY KeRemoveQueue(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, PLARGE_INTEGER Timeout);
#if NTDDI_VERSION >= NTDDI_VISTA
/** The same of up to Count entries. @return Their number; or the status, as above, or
 * STATUS_ALERTED. */
ULONG KeRemoveQueueEx(PRKQUEUE Queue, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                      PLARGE_INTEGER Timeout, PLIST_ENTRY *EntryArray, ULONG Count);
#endif
/**
 * Take all entries, before the queue goes. No thread is one of it any more; those that wait go on.
 *
 * @return The first one, in a ring of them all; NULL: there are none.
 */
PLIST_ENTRY KeRundownQueue(PRKQUEUE Queue);

/* Work items: routines that run at PASSIVE_LEVEL, in threads of the system. */

typedef enum _WORK_QUEUE_TYPE {
  CriticalWorkQueue,     /**< Threads of priority 13, */
  DelayedWorkQueue,      /**<   12, */
  HyperCriticalWorkQueue /**<   15. */
} WORK_QUEUE_TYPE;

typedef VOID WORKER_THREAD_ROUTINE(PVOID Parameter);
typedef WORKER_THREAD_ROUTINE *PWORKER_THREAD_ROUTINE;

typedef struct _WORK_QUEUE_ITEM {
  LIST_ENTRY List; /**< Flink NULL: it is not queued. */
  PWORKER_THREAD_ROUTINE WorkerRoutine;
  PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

static inline VOID ExInitializeWorkItem(PWORK_QUEUE_ITEM Item, PWORKER_THREAD_ROUTINE Routine,
                                        PVOID Context) {
  Item->List.Flink = NULL;
  Item->WorkerRoutine = Routine;
  Item->Parameter = Context;
}
/**
 * Queue a work item. Its routine may free it, or queue it again. The run does not end before it has
 * returned.
 *
 * IRQL <= DISPATCH_LEVEL, as all of these.
 *
 * @pre It is not queued (broken: bug check 0xE4/1). There is memory for the first thread of that
 *      queue (broken: 0x20004C4B). The routine returns at PASSIVE_LEVEL (broken: 0xE1), with the
 *      counts of regions that it was called with (broken: 0x1), and does not end its thread (0xE9).
 */
VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType);

typedef struct _IO_WORKITEM *PIO_WORKITEM;
typedef VOID IO_WORKITEM_ROUTINE(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef IO_WORKITEM_ROUTINE *PIO_WORKITEM_ROUTINE;
typedef VOID IO_WORKITEM_ROUTINE_EX(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem);
typedef IO_WORKITEM_ROUTINE_EX *PIO_WORKITEM_ROUTINE_EX;

/** @param DeviceObject What the routine gets; not looked at. @return NULL: there is no memory. */
PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject);
/** @pre It is not queued. Broken: bug check 0xE4/2. Its own routine may free it. */
VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem);
/** As ExQueueWorkItem(). */
VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                     WORK_QUEUE_TYPE QueueType, PVOID Context);
#if NTDDI_VERSION >= NTDDI_VISTA
VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                       WORK_QUEUE_TYPE QueueType, PVOID Context);
/** In memory of the caller's, of that size. */
ULONG IoSizeofWorkItem(VOID);
VOID IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem);
/** @pre As of IoFreeWorkItem(). */
VOID IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem);
#endif

/* Timers that call back, by DPC. They can be waited for as well. */

#if NTDDI_VERSION >= NTDDI_WINBLUE

typedef struct _EX_TIMER *PEX_TIMER;
typedef VOID EXT_CALLBACK(PEX_TIMER Timer, PVOID Context);
typedef EXT_CALLBACK *PEXT_CALLBACK;
typedef VOID EXT_DELETE_CALLBACK(PVOID Context);
typedef EXT_DELETE_CALLBACK *PEXT_DELETE_CALLBACK;
typedef PVOID PEXT_CANCEL_PARAMETERS;

typedef struct _EXT_SET_PARAMETERS {
  ULONG Version;
  ULONG Reserved;
  LONGLONG NoWakeTolerance;
} EXT_SET_PARAMETERS, *PEXT_SET_PARAMETERS;

typedef struct _EXT_DELETE_PARAMETERS {
  ULONG Version;
  ULONG Reserved;
  PEXT_DELETE_CALLBACK DeleteCallback;
  PVOID DeleteContext;
} EXT_DELETE_PARAMETERS, *PEXT_DELETE_PARAMETERS;

#define EX_TIMER_HIGH_RESOLUTION 4 /**< All are. */
#define EX_TIMER_NO_WAKE 8
#define EX_TIMER_NOTIFICATION 0x80000000u /**< Else a synchronization timer. */

static inline VOID ExInitializeSetTimerParameters(PEXT_SET_PARAMETERS Parameters) {
  Parameters->Version = Parameters->Reserved = 0;
  Parameters->NoWakeTolerance = 0;
}
static inline VOID ExInitializeDeleteTimerParameters(PEXT_DELETE_PARAMETERS Parameters) {
  Parameters->Version = Parameters->Reserved = 0;
  Parameters->DeleteCallback = NULL;
  Parameters->DeleteContext = NULL;
}

/**
 * Make a timer. Callback, if it is not NULL, runs at DISPATCH_LEVEL each time it goes off.
 *
 * IRQL <= DISPATCH_LEVEL, as all of these.
 *
 * @return NULL: there is no memory for it.
 */
PEX_TIMER ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes);
/** As KeSetTimerEx(), Period in 100 ns units; longer ones than 214 s in milliseconds. */
BOOLEAN ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                   PEXT_SET_PARAMETERS Parameters);
BOOLEAN ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS Parameters);
/**
 * Free a timer, as soon as it does not go off any more and its callback does not run.
 *
 * @param Cancel TRUE: it is cancelled; FALSE: it goes off once more, if it was started.
 * @param Wait TRUE, with Cancel: until it is free. IRQL <= APC_LEVEL then.
 * @param Parameters NULL, or DeleteCallback is called when it is free.
 * @return Whether it was cancelled.
 */
BOOLEAN ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                      PEXT_DELETE_PARAMETERS Parameters);
#endif

#ifdef __cplusplus
}
#endif

#endif
