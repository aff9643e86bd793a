/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The part of wdm.h that the executive implements: base types, threads, dispatcher objects, waits,
 * IRQL and APCs, with the WDK's own names. Programs include <wdm.h>.
 */
#ifndef LOCKARB_KERNEL_H_
#define LOCKARB_KERNEL_H_

#include <bugcodes.h>
#include <interlocked.h>
#include <lockarb_rtl.h>
#include <lockarb_types.h>
#include <ntdef.h>
#include <ntstatus.h>
#include <sdkddkver.h>
#include <stdarg.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* IRQL */

#define PASSIVE_LEVEL 0
#define LOW_LEVEL 0
#define APC_LEVEL 1
#define DISPATCH_LEVEL 2
#define CLOCK_LEVEL 13
#define IPI_LEVEL 14
#define POWER_LEVEL 14
#define PROFILE_LEVEL 15
#define HIGH_LEVEL 15

KIRQL KeGetCurrentIrql(VOID);
/** Raise; lowering with it is a bug check 0x9. */
KIRQL KfRaiseIrql(KIRQL NewIrql);
#define KeRaiseIrql(NewIrql, OldIrql) (*(OldIrql) = KfRaiseIrql(NewIrql))
KIRQL KeRaiseIrqlToDpcLevel(VOID);
/** Lower; raising with it is a bug check 0xA. Dropping below APC_LEVEL delivers held-back APCs. */
VOID KeLowerIrql(KIRQL NewIrql);

/* Dispatcher objects */

typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;
typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _KWAIT_REASON {
  Executive,
  FreePage,
  PageIn,
  PoolAllocation,
  DelayExecution,
  Suspended,
  UserRequest,
  WrExecutive,
  WrFreePage,
  WrPageIn,
  WrPoolAllocation,
  WrDelayExecution,
  WrSuspended,
  WrUserRequest,
  WrResource = 27
} KWAIT_REASON;

typedef struct _DISPATCHER_HEADER {
  UCHAR Type; /**< enum _KOBJECTS, and others of the executive's. */
  union {
    UCHAR Abandoned;
    UCHAR Absolute;
    BOOLEAN Signalling;
  };
  union {
    UCHAR Size;
    UCHAR Hand;
  };
  union {
    UCHAR Inserted; /**< Of a timer. */
    UCHAR Reserved1;
  };
  LONG SignalState;
  LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER;

typedef struct _KEVENT {
  DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

typedef enum _WAIT_TYPE { WaitAll, WaitAny } WAIT_TYPE;

/** That a thread waits for an object: in memory of the caller's while it does. */
typedef struct _KWAIT_BLOCK {
  LIST_ENTRY WaitListEntry; /**< Of the object's WaitListHead. */
  struct _KTHREAD *Thread;
  PVOID Object;
  struct _KWAIT_BLOCK *NextWaitBlock; /**< Of the same wait; NULL: none. */
  USHORT WaitKey;
  UCHAR WaitType;
  UCHAR BlockState;
} KWAIT_BLOCK, *PKWAIT_BLOCK, *PRKWAIT_BLOCK;

/**
 * A thread. Programs read Win32Thread, MutantListHead and Queue, and read and write the two APC
 * disable counters; all else is the executive's.
 */
typedef struct _KTHREAD {
  DISPATCHER_HEADER Header; /**< Signalled when the thread has ended. */
  PVOID Win32Thread;
  union {
    struct {
      SHORT KernelApcDisable;
      SHORT SpecialApcDisable;
    };
    ULONG CombinedApcDisable;
  };
  LIST_ENTRY MutantListHead; /**< The mutexes and mutants that it owns, newest first. */
  struct _KQUEUE *Queue;     /**< The one that it last took an entry of. */
} KTHREAD, *PKTHREAD, *PRKTHREAD;
typedef struct _KTHREAD *PETHREAD;
typedef struct _KPROCESS *PKPROCESS, *PRKPROCESS, *PEPROCESS;

typedef struct _KMUTANT {
  DISPATCHER_HEADER Header; /**< SignalState 1: free; 0: owned once; each further level 1 less. */
  LIST_ENTRY MutantListEntry;
  struct _KTHREAD *OwnerThread;
  BOOLEAN Abandoned;
  UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PRKMUTANT, KMUTEX, *PKMUTEX, *PRKMUTEX;

typedef struct _FAST_MUTEX {
  LONG Count; /**< 1: free; 0 or less: owned. */
  PVOID Owner;
  ULONG Contention;
  KEVENT Event; /**< Lets through who gets the mutex. */
  ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;
#if NTDDI_VERSION >= NTDDI_WS03
/** The same structure, as in newer versions of Windows. */
typedef FAST_MUTEX KGUARDED_MUTEX, *PKGUARDED_MUTEX;
#endif

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);
VOID KeClearEvent(PRKEVENT Event);
LONG KeResetEvent(PRKEVENT Event);
LONG KeReadStateEvent(PRKEVENT Event);

/* Waits */

/**
 * Wait until Object (an event, a semaphore, a mutex, a timer or a thread) is signalled.
 *
 * @param Timeout 100 ns units: negative from now, positive absolute, NULL no limit, 0 do not wait.
 * @return STATUS_SUCCESS, STATUS_ABANDONED of a mutant whose owner has ended (the thread owns it
 *         now), STATUS_TIMEOUT, or for an alertable wait STATUS_USER_APC (UserMode only) and
 *         STATUS_ALERTED.
 * @pre IRQL <= APC_LEVEL, or DISPATCH_LEVEL with a timeout of 0. Broken: bug check 0xB8.
 */
NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout);
NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval);
/** @return Whether the thread was alerted already. */
BOOLEAN KeAlertThread(PKTHREAD Thread, KPROCESSOR_MODE AlertMode);

/* Mutexes */

/**
 * A mutex of the dispatcher: KeWaitForSingleObject() acquires it, recursively. While a thread owns
 * it, the thread is in one critical region more.
 *
 * @param Level Not used, as in Windows.
 */
VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);
/**
 * Give back one level; with the last one the first waiter owns it.
 *
 * @return The signal state before: 0 if it was the last level.
 * @pre The thread owns it. Broken: raises STATUS_MUTANT_NOT_OWNED.
 */
LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);
LONG KeReadStateMutex(PRKMUTEX Mutex);
#define KeWaitForMutexObject KeWaitForSingleObject

/**
 * A fast mutex: its owner runs at APC_LEVEL. It is not recursive: a second acquire waits for ever.
 *
 * The Unsafe pair leaves the IRQL alone; the caller is in a region or at APC_LEVEL.
 *
 * @pre IRQL <= APC_LEVEL (broken: bug check 0x9; Unsafe: 0xB8 if it has to wait). Release: the
 *      thread owns it (broken: bug check 0x20004C4B).
 */
VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex);
VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex);
BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex);
VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex);
VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex);
VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex);

#if NTDDI_VERSION >= NTDDI_WS03
/** A guarded mutex: the same, but its owner is in a guarded region, at the IRQL it had. */
VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex);
VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex);
BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex);
VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex);
VOID KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex);
VOID KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex);
#endif

/**
 * A spin lock: its owner runs at DISPATCH_LEVEL, others spin. KSPIN_LOCK is 0 when it is free.
 *
 * The AtDpcLevel pair leaves the IRQL alone, which is DISPATCH_LEVEL or higher.
 *
 * @pre IRQL <= DISPATCH_LEVEL (broken: bug check 0x9; AtDpcLevel >= DISPATCH_LEVEL, broken: 0xA).
 *      Acquire: the thread does not own it (broken: 0xF). Release: it is owned by the thread
 *      (broken: 0x10).
 */
VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
#define KeAcquireSpinLock(SpinLock, OldIrql) (*(OldIrql) = KeAcquireSpinLockRaiseToDpc(SpinLock))
VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
#if NTDDI_VERSION >= NTDDI_WS03
/** Without waiting, at DISPATCH_LEVEL or higher. @return Whether it is taken now. */
BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock); /**< @return TRUE if it is free. */
#endif

/* APCs */

typedef enum _KAPC_ENVIRONMENT {
  OriginalApcEnvironment,
  AttachedApcEnvironment,
  CurrentApcEnvironment,
  InsertApcEnvironment
} KAPC_ENVIRONMENT;

struct _KAPC;
typedef VOID (*PKNORMAL_ROUTINE)(PVOID NormalContext, PVOID SystemArgument1, PVOID SystemArgument2);
typedef VOID (*PKKERNEL_ROUTINE)(struct _KAPC *Apc, PKNORMAL_ROUTINE *NormalRoutine,
                                 PVOID *NormalContext, PVOID *SystemArgument1,
                                 PVOID *SystemArgument2);
typedef VOID (*PKRUNDOWN_ROUTINE)(struct _KAPC *Apc);

typedef struct _KAPC {
  UCHAR Type;
  UCHAR SpareByte0;
  UCHAR Size;
  UCHAR SpareByte1;
  ULONG SpareLong0;
  PKTHREAD Thread;
  LIST_ENTRY ApcListEntry;
  PKKERNEL_ROUTINE KernelRoutine;
  PKRUNDOWN_ROUTINE RundownRoutine;
  PKNORMAL_ROUTINE NormalRoutine; /**< NULL: a special kernel APC. */
  PVOID NormalContext;
  PVOID SystemArgument1;
  PVOID SystemArgument2;
  CCHAR ApcStateIndex;
  KPROCESSOR_MODE ApcMode;
  BOOLEAN Inserted;
} KAPC, *PKAPC, *PRKAPC;

VOID KeInitializeApc(PRKAPC Apc, PKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                     PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                     PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE ApcMode, PVOID NormalContext);
/** @return FALSE if it is queued already or the thread is ending; nothing changed then. */
BOOLEAN KeInsertQueueApc(PRKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                         KPRIORITY Increment);
/** @return TRUE if it was queued; it will not run. */
BOOLEAN KeRemoveQueueApc(PRKAPC Apc);

/** Hold back normal kernel APCs and user APCs; special ones still run. Nests. */
VOID KeEnterCriticalRegion(VOID);
VOID KeLeaveCriticalRegion(VOID);
#if NTDDI_VERSION >= NTDDI_WINXP
BOOLEAN KeAreApcsDisabled(VOID); /**< Some region is entered; IRQL does not count. */
#endif
#if NTDDI_VERSION >= NTDDI_WS03
/** Hold back every APC. Nests, apart from critical regions. */
VOID KeEnterGuardedRegion(VOID);
VOID KeLeaveGuardedRegion(VOID);
BOOLEAN KeAreAllApcsDisabled(VOID); /**< In a guarded region, or IRQL >= APC_LEVEL. */
#endif

/* Threads, objects, handles */

typedef VOID (*PKSTART_ROUTINE)(PVOID StartContext);
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
typedef struct _OBJECT_HANDLE_INFORMATION *POBJECT_HANDLE_INFORMATION;
typedef struct _CLIENT_ID {
  HANDLE UniqueProcess;
  HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

extern POBJECT_TYPE *PsThreadType, *PsProcessType;

#define THREAD_ALL_ACCESS 0x1FFFFFL
#define SYNCHRONIZE 0x00100000L
#define STANDARD_RIGHTS_ALL 0x001F0000L

PKTHREAD KeGetCurrentThread(VOID);
#define PsGetCurrentThread() ((PETHREAD)KeGetCurrentThread())
/** The only process there is: threads of user processes too are in it. Its id is 4. */
extern PEPROCESS PsInitialSystemProcess;
#define PsGetCurrentProcess() IoGetCurrentProcess()
PEPROCESS IoGetCurrentProcess(VOID);
HANDLE PsGetCurrentProcessId(VOID);
/** 4 times the number that reports give the thread. */
HANDLE PsGetCurrentThreadId(VOID);
NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                              POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                              PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                              PVOID StartContext);
/** Does not return. APCs disabled at this point: bug check 0x20. */
NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus);
NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                   PVOID *Object, POBJECT_HANDLE_INFORMATION HandleInformation);
/** @return STATUS_OBJECT_TYPE_MISMATCH: it is of another type than that one, which is given. */
NTSTATUS ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                    POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode);
LONG_PTR ObfReferenceObject(PVOID Object);
LONG_PTR ObfDereferenceObject(PVOID Object);
#define ObReferenceObject(Object) ObfReferenceObject(Object)
#define ObDereferenceObject(Object) ObfDereferenceObject(Object)
#define ObDereferenceObjectDeferDelete(Object) ((VOID)ObfDereferenceObject(Object))
NTSTATUS ZwClose(HANDLE Handle);
NTSTATUS ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout);

/** @return The priority before. */
KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority);
KPRIORITY KeQueryPriorityThread(PKTHREAD Thread);
#define LOW_PRIORITY 0
#define LOW_REALTIME_PRIORITY 16
#define HIGH_PRIORITY 31

/* Cores and time */

typedef struct _PROCESSOR_NUMBER {
  USHORT Group; /**< 0: there is one. */
  UCHAR Number;
  UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;
#define ALL_PROCESSOR_GROUPS 0xFFFF

/* Any IRQL, but for ...AffinityThread: IRQL <= DISPATCH_LEVEL. */

ULONG KeGetCurrentProcessorNumber(VOID);
KAFFINITY KeQueryActiveProcessors(VOID);
#if NTDDI_VERSION >= NTDDI_VISTA
ULONG KeQueryActiveProcessorCount(KAFFINITY *ActiveProcessors);
#endif
#if NTDDI_VERSION >= NTDDI_WIN7
/** @return 0: there is no such group. */
ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber);
ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber);
/** @param ProcNumber NULL, or it gets the number too. */
ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber);
/** @return STATUS_INVALID_PARAMETER: there is no such core, and nothing has changed. */
NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber);
/** @return INVALID_PROCESSOR_INDEX: there is no such core. */
ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber);
#define INVALID_PROCESSOR_INDEX 0xFFFFFFFF
#endif
/** Whether something better than the thread waits for the core. */
ULONG KeShouldYieldProcessor(VOID);
/** A thread stays on its core. @return That core, its ideal one. */
CCHAR KeSetIdealProcessorThread(PKTHREAD Thread, UCHAR Processor);
/** @pre The thread's core is one of these. Broken: bug check 0x20004C4B (STATUS_NOT_SUPPORTED). */
VOID KeSetSystemAffinityThread(KAFFINITY Affinity);
VOID KeRevertToUserAffinityThread(VOID); /**< Ends that. */
LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);
VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime); /**< 100 ns units since the start. */
VOID KeStallExecutionProcessor(ULONG MicroSeconds);

/* Pool: ordinary memory here, with a kind and a tag that are checked. Tags are written 'kcoL'. */

#pragma GCC diagnostic ignored "-Wmultichar"

typedef enum _POOL_TYPE {
  NonPagedPool,
  NonPagedPoolExecute = NonPagedPool,
  PagedPool = 1,
  NonPagedPoolCacheAligned = 4,
  PagedPoolCacheAligned = 5,
  NonPagedPoolNx = 512,
  NonPagedPoolNxCacheAligned = 516
} POOL_TYPE;
#define POOL_RAISE_IF_ALLOCATION_FAILURE 16

typedef ULONG64 POOL_FLAGS;
#define POOL_FLAG_USE_QUOTA UINT64_C(0x1)
#define POOL_FLAG_UNINITIALIZED UINT64_C(0x2)
#define POOL_FLAG_SESSION UINT64_C(0x4)
#define POOL_FLAG_CACHE_ALIGNED UINT64_C(0x8)
#define POOL_FLAG_RAISE_ON_FAILURE UINT64_C(0x20)
#define POOL_FLAG_NON_PAGED UINT64_C(0x40)
#define POOL_FLAG_NON_PAGED_EXECUTE UINT64_C(0x80)
#define POOL_FLAG_PAGED UINT64_C(0x100)

/**
 * Allocate a block. What is not zeroed holds 0xCC.
 *
 * @return NULL when there is no memory, or ExAllocatePool2() is not told exactly one kind; it
 * raises instead if it is told to.
 * @pre IRQL <= DISPATCH_LEVEL, paged pool <= APC_LEVEL (broken: bug check 0xC2/0x8); a tag (0xC2/
 *      0x9B).
 */
PVOID ExAllocatePoolWithTag(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
PVOID ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes); /**< Tag 'None'. */
#if NTDDI_VERSION >= NTDDI_WIN10_VB
/** Zeroed, unless POOL_FLAG_UNINITIALIZED is given. */
PVOID ExAllocatePool2(POOL_FLAGS Flags, SIZE_T NumberOfBytes, ULONG Tag);
#endif
/**
 * Free a block.
 *
 * @param Tag As allocated; 0: any. Another one: bug check 0xC2/0xA.
 * @pre P was allocated (broken: 0xC2/0x46) and is not free (0xC2/0x7). IRQL as for the allocation
 *      (0xC2/0x9).
 */
VOID ExFreePoolWithTag(PVOID P, ULONG Tag);
VOID ExFreePool(PVOID P);

/* Exceptions */

/** Raise an exception (pseh/pseh2.h). Nobody handles it: bug check 0x7E with the status. */
__attribute__((noreturn)) VOID ExRaiseStatus(NTSTATUS Status);
__attribute__((noreturn)) VOID ExRaiseAccessViolation(VOID);
__attribute__((noreturn)) VOID ExRaiseDatatypeMisalignment(VOID);

/* Printing and stopping */

/**
 * Print a message in the WDK's formats (sw/README.md), of which 512 bytes are printed at most. All
 * messages are: the component and the level filter nothing.
 *
 * @return STATUS_SUCCESS; STATUS_INVALID_PARAMETER and a printed warning for a format that the WDK
 *         does not have.
 */
ULONG DbgPrint(PCSTR Format, ...);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments);
ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format,
                            va_list Arguments);
#define DPFLTR_ERROR_LEVEL 0
#define DPFLTR_WARNING_LEVEL 1
#define DPFLTR_TRACE_LEVEL 2
#define DPFLTR_INFO_LEVEL 3
#define DPFLTR_MASK 0x80000000
#define DPFLTR_IHVDRIVER_ID 77
#define DPFLTR_IHVVIDEO_ID 78
#define DPFLTR_IHVAUDIO_ID 79
#define DPFLTR_IHVNETWORK_ID 80
#define DPFLTR_IHVSTREAMING_ID 81
#define DPFLTR_IHVBUS_ID 82
#define DPFLTR_DEFAULT_ID 101

/* A checked build, unless a program says -DDBG=0. */
#ifndef DBG
#define DBG 1
#endif

/** A broken assertion is printed and raises STATUS_BREAKPOINT, of NT_ASSERT
 * STATUS_ASSERTION_FAILURE. */
VOID RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
               PSTR MutableMessage);
VOID lockarb_nt_assert(PCSTR assertion, PCSTR file, ULONG line);
#define NT_VERIFY_(expression) \
  ((expression) ? TRUE : (lockarb_nt_assert(#expression, __FILE__, __LINE__), FALSE))
#if DBG
#define KdPrint(arguments) DbgPrint arguments
#define KdPrintEx(arguments) DbgPrintEx arguments
#define ASSERT(expression) \
  ((expression) ? (void)0 : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, NULL))
#define ASSERTMSG(message, expression) \
  ((expression) ? (void)0              \
                : RtlAssert((PVOID) #expression, (PVOID)__FILE__, __LINE__, (PSTR)(message)))
#define RTL_VERIFY(expression) ASSERT(expression)
#define NT_ASSERT(expression) ((void)NT_VERIFY_(expression))
#define NT_VERIFY(expression) NT_VERIFY_(expression)
#else
#define KdPrint(arguments) ((void)0)
#define KdPrintEx(arguments) ((void)0)
#define ASSERT(expression) ((void)0)
#define ASSERTMSG(message, expression) ((void)0)
#define RTL_VERIFY(expression) ((void)(expression))
#define NT_ASSERT(expression) ((void)0)
#define NT_VERIFY(expression) ((expression) ? TRUE : FALSE)
#endif

__attribute__((noreturn)) VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                            ULONG_PTR BugCheckParameter2,
                                            ULONG_PTR BugCheckParameter3,
                                            ULONG_PTR BugCheckParameter4);
__attribute__((noreturn)) VOID KeBugCheck(ULONG BugCheckCode);

#ifdef __cplusplus
}
#endif

#endif
