/* SPDX-License-Identifier: Apache-2.0 */
/**
 * wdm.h for lockarb: code written for the WDK's ERESOURCE routines compiles against it as plain C.
 *
 * The routines do what Windows does; sw/README.md lists each difference. The ERESOURCE in memory is
 * a mirror of the lock in the arbiter, true after every call on it. Tests: tests/sw/.
 */
#ifndef LOCKARB_WDM_H_
#define LOCKARB_WDM_H_

#include <driverspecs.h>
#include <lockarb_bitmap.h>
#include <lockarb_identity.h>
#include <lockarb_kernel.h>
#include <lockarb_lookaside.h>
#include <lockarb_objects.h>
#include <lockarb_push_lock.h>
#include <lockarb_spin_lock.h>
#include <lockarb_string.h>
#include <lockarb_table.h>
#include <lockarb_work.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PAGED_CODE() ((void)0)

/* Drivers */

typedef struct _DRIVER_OBJECT {
  SHORT Type;
  SHORT Size;
  PVOID DriverExtension;
} DRIVER_OBJECT, *PDRIVER_OBJECT;

typedef NTSTATUS DRIVER_INITIALIZE(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath);
typedef DRIVER_INITIALIZE *PDRIVER_INITIALIZE;
/** The program's: runs as the first thread, on core 0. */
DRIVER_INITIALIZE DriverEntry;

typedef VOID KSTART_ROUTINE(PVOID StartContext);

/* ERESOURCE: 104 bytes, 56 on a 32-bit host; the fields of NT 6 */

typedef ULONG_PTR ERESOURCE_THREAD, *PERESOURCE_THREAD;

typedef struct _OWNER_ENTRY {
  ERESOURCE_THREAD OwnerThread; /**< The exclusive owner; 1: handed over, not running yet. */
  union {
    struct {
      ULONG IoPriorityBoosted : 1;
      ULONG OwnerReferenced : 1;
      ULONG IoQoSPriorityBoosted : 1;
      ULONG OwnerCount : 29;
    };
    ULONG TableSize;
  };
} OWNER_ENTRY, *POWNER_ENTRY;

typedef struct _ERESOURCE {
  LIST_ENTRY SystemResourcesList;
  POWNER_ENTRY OwnerTable;
  SHORT ActiveCount; /**< 1: owned; with LOCKARB_NT52 the number of owners. */
  union {
    USHORT Flag;
    struct {
      UCHAR ReservedLowFlags;
      UCHAR WaiterPriority;
    };
  };
#if UINTPTR_MAX > 0xFFFFFFFF
  ULONG lockarb_lock; /**< Padding in the WDK's: the lock's number in the arbiter. */
#endif
  PVOID SharedWaiters;
  PVOID ExclusiveWaiters;
  OWNER_ENTRY OwnerEntry;
  ULONG ActiveEntries; /**< Number of owners. */
  ULONG ContentionCount;
  ULONG NumberOfSharedWaiters;
  ULONG NumberOfExclusiveWaiters;
#if UINTPTR_MAX > 0xFFFFFFFF
  PVOID Reserved2;
#endif
  union {
    PVOID Address;
    ULONG_PTR CreatorBackTraceIndex;
  };
  KSPIN_LOCK SpinLock;
} ERESOURCE, *PERESOURCE;

#define ResourceNeverExclusive 0x10
#define ResourceReleaseByOtherThread 0x20
#define ResourceOwnedExclusive 0x80

/**
 * Take a lock of the arbiter for the resource, whatever its memory holds.
 *
 * @return STATUS_SUCCESS, or STATUS_INSUFFICIENT_RESOURCES when all locks are in use.
 * @pre The resource is not initialized. Broken: bug check 0xC4/0xD0.
 * Bus: 1 read.
 */
NTSTATUS ExInitializeResourceLite(PERESOURCE Resource);

/**
 * Make it as new: free, all counts and flags zero. Its owners forget it, with a warning.
 *
 * @return STATUS_SUCCESS.
 * @pre Initialized, nobody waits (broken: bug check 0xC4/0xD2).
 * Bus: 1 read.
 */
NTSTATUS ExReinitializeResourceLite(PERESOURCE Resource);

/**
 * Give the lock back. A resource that is still owned is deleted all the same, with a warning.
 *
 * @return STATUS_SUCCESS.
 * @pre Initialized (broken: bug check 0xC4/0xD1), nobody waits (broken: 0xC4/0xD2).
 * Bus: 1 read.
 */
NTSTATUS ExDeleteResourceLite(PERESOURCE Resource);

/**
 * Acquire for exclusive access. Rules for all acquires:
 *
 * A thread that owns it exclusively gets it again at once, whatever it asks for. There is no
 * upgrade: a thread that owns it shared and wants it exclusively waits for itself (a warning is
 * printed).
 *
 * @param Wait TRUE: return when access is granted. FALSE: return at once.
 * @return TRUE if the thread owns the resource now; FALSE only without Wait, and then nothing has
 *         changed.
 * @pre Initialized (broken: bug check 0xC4/0x1002), IRQL <= APC_LEVEL (broken: 0xA). Normal kernel
 *      APCs should be off; system threads are exempt.
 * @post On TRUE one ExReleaseResourceLite() is owed.
 * Bus: 1 read when free. Tests: tests/sw/wdm/resource_test.cpp.
 */
BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait);
/** The same as ExAcquireResourceExclusiveLite() with Wait = FALSE. */
BOOLEAN ExTryToAcquireResourceExclusiveLite(PERESOURCE Resource);
/** Acquire for shared access. A newcomer waits behind exclusive waiters, a shared owner does not.
 */
BOOLEAN ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait);
/** Acquire for shared access, past exclusive waiters. */
BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait);
/** Acquire for shared access, behind exclusive waiters even for a shared owner. */
BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait);

/**
 * Give back one level. With the last one the waiters own the resource before this returns: all
 * shared waiters if an exclusive owner leaves, else the first exclusive one.
 *
 * @pre The thread owns it. Broken: bug check 0xE3, parameter 4 = 3, or 1 if another thread owns it
 *      exclusively. IRQL <= DISPATCH_LEVEL.
 * Bus: 1 read.
 */
VOID ExReleaseResourceLite(PERESOURCE Resource);
#define ExReleaseResource(Resource) ExReleaseResourceLite(Resource)

/**
 * The same for the thread or the owner pointer with that value. One that is neither: bug check
 * 0x16E. Bus: 1 read, and 1 write if it is another thread.
 */
VOID ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId);

/**
 * Exclusive to shared, with the same number of levels; all shared waiters own it too then.
 *
 * @pre The thread owns it exclusively. Broken: bug check 0x1C6/0x16.
 * Bus: 1 read.
 */
VOID ExConvertExclusiveToSharedLite(PERESOURCE Resource);

#define FLAG_OWNER_POINTER_IS_THREAD 1

/**
 * Give all levels of the current thread to an owner pointer: anything whose two low bits are 1.
 * From then on the thread is a stranger, and ExReleaseResourceForThreadLite() with the pointer
 * releases. If the pointer is a shared owner already, the levels add up.
 *
 * @param Flags FLAG_OWNER_POINTER_IS_THREAD: the pointer is a thread | 3, which waiters may lift.
 * @pre The thread owns it (broken: bug check 0xE3), the low bits are 1 (broken: 0x20004C4B).
 * Bus: 1 write, 1 read.
 */
VOID ExSetResourceOwnerPointer(PERESOURCE Resource, PVOID OwnerPointer);
#if NTDDI_VERSION >= NTDDI_WIN7
VOID ExSetResourceOwnerPointerEx(PERESOURCE Resource, PVOID OwnerPointer, ULONG Flags);
#endif

/** Waiters do not lift the priority of this resource's owners. Reserved for the system on Windows.
 */
VOID ExDisableResourceBoostLite(PERESOURCE Resource);

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource);
/** @return How often the thread holds it, shared or exclusive. Bus: 1 read. */
ULONG ExIsResourceAcquiredSharedLite(PERESOURCE Resource);
#define ExIsResourceAcquiredLite(Resource) ExIsResourceAcquiredSharedLite(Resource)
ULONG ExGetExclusiveWaiterCount(PERESOURCE Resource);
ULONG ExGetSharedWaiterCount(PERESOURCE Resource);
#define ExGetCurrentResourceThread() ((ERESOURCE_THREAD)KeGetCurrentThread())

#if NTDDI_VERSION >= NTDDI_WS03SP1
/**
 * KeEnterCriticalRegion() and acquire, in one step: a thread that waits does so inside the region.
 *
 * @return NULL, or what lockarb_set_thread_entry_value() gave; with LOCKARB_NT52 the thread's
 *         Win32Thread. Means nothing to a driver.
 * @post One ExReleaseResourceAndLeaveCriticalRegion() is owed.
 * Bus: 1 read when free, and nothing else.
 */
PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource);
PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource);
PVOID ExEnterCriticalRegionAndAcquireSharedWaitForExclusive(PERESOURCE Resource);

/**
 * Release, then KeLeaveCriticalRegion(), in one step. Held-back APCs run before it returns.
 * Bus: 1 read, and nothing else when no APC is queued.
 */
VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource);
#endif

#if NTDDI_VERSION >= NTDDI_WIN7
/** The same here as those of the critical region: there is no priority floor. */
#define ExEnterPriorityRegionAndAcquireResourceExclusive(Resource) \
  ExEnterCriticalRegionAndAcquireResourceExclusive(Resource)
#define ExEnterPriorityRegionAndAcquireResourceShared(Resource) \
  ExEnterCriticalRegionAndAcquireResourceShared(Resource)
#define ExReleaseResourceAndLeavePriorityRegion(Resource) \
  ExReleaseResourceAndLeaveCriticalRegion(Resource)
#endif

/* The same by their names of NT 3. */
#define ExInitializeResource ExInitializeResourceLite
#define ExReinitializeResource ExReinitializeResourceLite
#define ExDeleteResource ExDeleteResourceLite
#define ExAcquireResourceExclusive ExAcquireResourceExclusiveLite
#define ExAcquireResourceShared ExAcquireResourceSharedLite
#define ExReleaseResourceForThread ExReleaseResourceForThreadLite
#define ExConvertExclusiveToShared ExConvertExclusiveToSharedLite
#define ExIsResourceAcquiredExclusive ExIsResourceAcquiredExclusiveLite
#define ExIsResourceAcquiredShared ExIsResourceAcquiredSharedLite
#define ExDisableResourceBoost ExDisableResourceBoostLite

/**
 * The address of a routine, for programs that use one where there is one. Inline ones and macros
 * have none.
 *
 * @return NULL: there is no routine of that name.
 */
PVOID MmGetSystemRoutineAddress(PUNICODE_STRING SystemRoutineName);

#define FsRtlEnterFileSystem() KeEnterCriticalRegion()
#define FsRtlExitFileSystem() KeLeaveCriticalRegion()

#ifdef __cplusplus
}
#endif

#endif
