/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Push locks, rundown protection, remove locks, and the fused forms of fast
 * mutexes. Programs include <wdm.h>.
 */
#ifndef LOCKARB_PUSH_LOCK_H_
#define LOCKARB_PUSH_LOCK_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Push locks */

/** Many shared owners, or one exclusive one. As large as a pointer; 0: free. */
typedef ULONG_PTR EX_PUSH_LOCK, *PEX_PUSH_LOCK;

#define EX_DEFAULT_PUSH_LOCK_FLAGS 0
#define EX_PUSH_LOCK_FLAG_DISABLE_AUTO_BOOST 1

VOID ExInitializePushLock(PEX_PUSH_LOCK PushLock);

/**
 * Not of Windows. Push locks that are initialized from now on stand on locks as
 * ERESOURCEs do, on the arbiter's while it has any that are unused; FALSE: in
 * their own memory again, as at the start. Those that are initialized already
 * stay what they are, and no code that uses them is changed. A push lock in the
 * pool gives its lock back when its memory is freed; others keep it.
 * sw/README.md, "Push locks on the arbiter", has the differences.
 */
VOID lockarb_carry_push_locks(BOOLEAN On);

/**
 * Acquire. Waiters get it in order of arrival, neighbours that want it shared
 * together. A new one waits behind them. A thread that owns it shared may get
 * it shared again while nobody waits; any other recursion waits for itself.
 *
 * @param Flags EX_PUSH_LOCK_FLAG_...; they change nothing. Others: bug check
 * 0x20004C4B (STATUS_INVALID_PARAMETER).
 * @pre IRQL <= APC_LEVEL (broken: bug check 0x192). Normal kernel APCs are off
 * (KeEnterCriticalRegion()); the verifier wants to see that.
 * @post One release of the same kind is owed.
 */
VOID ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
VOID ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
/** Without waiting. @return Whether the thread owns it now. */
BOOLEAN ExTryAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
BOOLEAN ExTryAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);

/**
 * Release; the last one hands it to the first who waits.
 *
 * @pre The thread owns it, in that way. Broken: bug check 0x162 (thread, lock,
 * 0, 0). IRQL <= DISPATCH_LEVEL.
 */
VOID ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
VOID ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags);
VOID ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags); /**< In either way. */

#define ExAcquirePushLockExclusive(Lock) \
  ExAcquirePushLockExclusiveEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExAcquirePushLockShared(Lock) ExAcquirePushLockSharedEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExTryAcquirePushLockExclusive(Lock) \
  ExTryAcquirePushLockExclusiveEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExTryAcquirePushLockShared(Lock) \
  ExTryAcquirePushLockSharedEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLockExclusive(Lock) \
  ExReleasePushLockExclusiveEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLockShared(Lock) ExReleasePushLockSharedEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)
#define ExReleasePushLock(Lock) ExReleasePushLockEx(Lock, EX_DEFAULT_PUSH_LOCK_FLAGS)

/* Fast mutexes without a raised IRQL: the critical region comes with them. */

#define ExEnterCriticalRegionAndAcquireFastMutexUnsafe(FastMutex) \
  (KeEnterCriticalRegion(), ExAcquireFastMutexUnsafe(FastMutex))
#define ExReleaseFastMutexUnsafeAndLeaveCriticalRegion(FastMutex) \
  (ExReleaseFastMutexUnsafe(FastMutex), KeLeaveCriticalRegion())

/* Rundown protection: who uses an object takes a reference; who takes it down
 * waits for the last. */

typedef struct _EX_RUNDOWN_REF {
  union {
    ULONG_PTR
    Count; /**< Twice the references; 1: none can be taken any more. */
    PVOID Ptr;
  };
} EX_RUNDOWN_REF, *PEX_RUNDOWN_REF;

VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
/** After it was run down: as new. @pre It is run down, else bug check
 * 0x20004C4B. */
VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
/** @return FALSE: it is run down, or about to be; nothing is owed. IRQL <=
 * DISPATCH_LEVEL. */
BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef);
BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);
/** @pre As many are owed. Broken: bug check 0x20004C4B
 * (STATUS_INVALID_LOCK_SEQUENCE). */
VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef);
VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);
/**
 * Let nobody take a reference any more, and wait until all are given back.
 *
 * @pre IRQL <= APC_LEVEL. No other thread is inside of it (broken: bug check
 * 0x20004C4B).
 */
VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);
VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef); /**< As the wait leaves it. */

/* The same with a counter for each core. Any core may give back what another
 * took. */

typedef struct _EX_RUNDOWN_REF_CACHE_AWARE EX_RUNDOWN_REF_CACHE_AWARE, *PEX_RUNDOWN_REF_CACHE_AWARE;

/** @return NULL: no memory. */
PEX_RUNDOWN_REF_CACHE_AWARE
ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType, ULONG PoolTag);
VOID ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
SIZE_T ExSizeOfRundownProtectionCacheAware(VOID);
/** In memory of the caller, as large as that. */
VOID ExInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                             SIZE_T RunRefSize);
VOID ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
BOOLEAN ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
BOOLEAN ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                               ULONG Count);
VOID ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
VOID ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware,
                                            ULONG Count);
VOID ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);
VOID ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware);

/* Remove locks: the same for a device, which is removed once. */

typedef struct _IO_REMOVE_LOCK_COMMON_BLOCK {
  BOOLEAN Removed;
  BOOLEAN Reserved[3];
  LONG IoCount; /**< References, and 1 while it is not removed. */
  KEVENT RemoveEvent;
} IO_REMOVE_LOCK_COMMON_BLOCK;

typedef struct _IO_REMOVE_LOCK {
  IO_REMOVE_LOCK_COMMON_BLOCK Common;
} IO_REMOVE_LOCK, *PIO_REMOVE_LOCK;

/**
 * @param AllocateTag, MaxLockedMinutes, HighWatermark, Tag Not looked at.
 * @param RemlockSize sizeof(IO_REMOVE_LOCK).
 */
VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG AllocateTag, ULONG MaxLockedMinutes,
                              ULONG HighWatermark, ULONG RemlockSize);
/** @return STATUS_SUCCESS; STATUS_DELETE_PENDING: it is being removed, and
 * nothing is owed. */
NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, PCSTR File, ULONG Line,
                               ULONG RemlockSize);
/** @pre One is owed. Broken: bug check 0x20004C4B
 * (STATUS_INVALID_LOCK_SEQUENCE). */
VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize);
/** Give the last one back, let nobody acquire any more, and wait for all
 * others. IRQL <= APC_LEVEL. */
VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID Tag, ULONG RemlockSize);
#define IoInitializeRemoveLock(Lock, AllocateTag, MaxLockedMinutes, HighWatermark) \
  IoInitializeRemoveLockEx(Lock, AllocateTag, MaxLockedMinutes, HighWatermark,     \
                           sizeof(IO_REMOVE_LOCK))
#define IoAcquireRemoveLock(RemoveLock, Tag) \
  IoAcquireRemoveLockEx(RemoveLock, Tag, __FILE__, __LINE__, sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLock(RemoveLock, Tag) \
  IoReleaseRemoveLockEx(RemoveLock, Tag, sizeof(IO_REMOVE_LOCK))
#define IoReleaseRemoveLockAndWait(RemoveLock, Tag) \
  IoReleaseRemoveLockAndWaitEx(RemoveLock, Tag, sizeof(IO_REMOVE_LOCK))

#ifdef __cplusplus
}
#endif

#endif
