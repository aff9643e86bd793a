/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Spin locks beside the plain ones of lockarb_kernel.h: in-stack queued ones,
 * those with a number, and reader/writer spin locks. Programs include <wdm.h>.
 *
 * IRQL, of all of them: acquire at <= DISPATCH_LEVEL (broken: bug check 0x9),
 * which they raise it to; AtDpcLevel, FromDpcLevel and Try... at >=
 * DISPATCH_LEVEL (broken: 0xA), which they leave alone. Release: the thread
 * owns it (broken: 0x10), and has it back at the IRQL given. One that its owner
 * wants again is bug check 0xF where that can be seen, else 0x133/1 after 120
 * s. The verifier knows the order of all of them.
 */
#ifndef LOCKARB_SPIN_LOCK_H_
#define LOCKARB_SPIN_LOCK_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The IRQL is raised if it is lower, and stays if not: for a DPC that may be a
 * threaded one. */
KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock);
VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql);

/* What the interrupts between cores are below of. */
#define CMCI_LEVEL 5
#define SYNCH_LEVEL 12
KIRQL KeRaiseIrqlToSynchLevel(VOID);
KIRQL KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock);

/* In-stack queued: whoever waits gets the lock in order of arrival. */

typedef struct _KSPIN_LOCK_QUEUE {
  struct _KSPIN_LOCK_QUEUE *volatile Next;
  PKSPIN_LOCK volatile Lock;
} KSPIN_LOCK_QUEUE, *PKSPIN_LOCK_QUEUE;

/** Of one acquire, until its release. */
typedef struct _KLOCK_QUEUE_HANDLE {
  KSPIN_LOCK_QUEUE LockQueue;
  KIRQL OldIrql;
  BOOLEAN lockarb_waits; /**< Padding in the WDK's, as the next one. */
  USHORT lockarb_owner;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

/**
 * Acquire a spin lock that KeInitializeSpinLock() has made, in turn.
 *
 * @param LockHandle Of the caller, on its stack as a rule, until it releases
 * with it.
 * @pre The lock is used with these routines only. One that a plain acquire
 * owns, or a plain acquire of one that these own: bug check 0x20004C4B
 * (STATUS_INVALID_LOCK_SEQUENCE).
 */
VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock, PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle);
VOID KeAcquireInStackQueuedSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock,
                                                PKLOCK_QUEUE_HANDLE LockHandle);

/** The system's own queued spin locks, which nothing else here uses. */
typedef enum _KSPIN_LOCK_QUEUE_NUMBER {
  LockQueueUnusedSpare0,
  LockQueueUnusedSpare1,
  LockQueueUnusedSpare2,
  LockQueueUnusedSpare3,
  LockQueueVacbLock,
  LockQueueMasterLock,
  LockQueueNonPagedPoolLock,
  LockQueueIoCancelLock,
  LockQueueUnusedSpare8,
  LockQueueIoVpbLock,
  LockQueueIoDatabaseLock,
  LockQueueIoCompletionLock,
  LockQueueNtfsStructLock,
  LockQueueAfdWorkQueueLock,
  LockQueueBcbLock,
  LockQueueUnusedSpare15,
  LockQueueUnusedSpare16,
  LockQueueMaximumLock
} KSPIN_LOCK_QUEUE_NUMBER,
    *PKSPIN_LOCK_QUEUE_NUMBER;

/** @pre Number < LockQueueMaximumLock. Broken: bug check 0x20004C4B
 * (STATUS_INVALID_PARAMETER). */
KIRQL KeAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number);
VOID KeReleaseQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, KIRQL OldIrql);
/** Without waiting. @return Whether it is taken now; if not, the IRQL is as
 * before. */
LOGICAL KeTryToAcquireQueuedSpinLock(KSPIN_LOCK_QUEUE_NUMBER Number, PKIRQL OldIrql);
KIRQL KeAcquireQueuedSpinLockRaiseToSynch(KSPIN_LOCK_QUEUE_NUMBER Number);

#if NTDDI_VERSION >= NTDDI_VISTASP1

/** Reader/writer: many shared owners, or one exclusive one. 0: free, and
 * initialized. */
typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

/**
 * Acquire for exclusive or shared access. A writer that waits keeps new readers
 * out, so it waits for those only that were there. There is no recursion, not
 * of readers either.
 *
 * @return The IRQL before, which is the release's argument.
 */
KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);
KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);
VOID ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
VOID ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock);
/** Without waiting. @return Whether it is taken now. */
LOGICAL ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
LOGICAL ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
/** Shared to exclusive. @return FALSE: others own it shared or a writer waits;
 * nothing changed. */
LOGICAL ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock);

#endif

/*
 * One step under a spin lock, at any IRQL, with interrupts off. The spin lock
 * is used for such steps only, or by code that has interrupts off.
 */

/** @return The first or the last entry before, NULL: the list was empty. */
PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock);
PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                        PKSPIN_LOCK Lock);
/** @return The entry, NULL from an empty list. */
PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock);
/** @return The first entry before; NULL: the list was empty. */
PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                              PSINGLE_LIST_ENTRY ListEntry, PKSPIN_LOCK Lock);
PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock);
/** @return The value before. */
ULONG ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock);
LARGE_INTEGER ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                           PKSPIN_LOCK Lock);

/* They need no lock. */

#define ExInterlockedAddLargeStatistic(Addend, Increment) \
  ((VOID)InterlockedAdd64(&(Addend)->QuadPart, (ULONG)(Increment)))
#define ExInterlockedCompareExchange64(Destination, Exchange, Comparand, Lock) \
  InterlockedCompareExchange64((Destination), *(Exchange), *(Comparand))

#ifdef __cplusplus
}
#endif

#endif
