/* SPDX-License-Identifier: Apache-2.0 */
/* Push locks, rundown protection, remove locks. */
#include "cases.h"

static EX_PUSH_LOCK lock, second_lock;
static EX_RUNDOWN_REF reference;
static PEX_RUNDOWN_REF_CACHE_AWARE aware;
static IO_REMOVE_LOCK remove_lock;
static ULONG order[8], arrived, total;
static LONG inside, most_inside;

static VOID SetUp(VOID) {
  lockarb_carry_push_locks(FALSE);
  ExInitializePushLock(&lock);
  ExInitializePushLock(&second_lock);
  ExInitializeRundownProtection(&reference);
  IoInitializeRemoveLock(&remove_lock, 'kcoL', 0, 0);
  arrived = total = 0;
  inside = most_inside = 0;
}

/* Threads arrive one after the other at a lock that is owned. */

static VOID WriteInTurn(PVOID Context) {
  Delay(100 * (LONG)PtrToUlong(Context));
  KeEnterCriticalRegion();
  ExAcquirePushLockExclusive(&lock);
  ASSERT(InterlockedIncrement(&inside) == 1);
  order[arrived++] = PtrToUlong(Context);
  Delay(10);
  InterlockedDecrement(&inside);
  ExReleasePushLockExclusive(&lock);
  KeLeaveCriticalRegion();
}

static VOID ReadInTurn(PVOID Context) {
  Delay(100 * (LONG)PtrToUlong(Context));
  KeEnterCriticalRegion();
  ExAcquirePushLockShared(&lock);
  LONG now = InterlockedIncrement(&inside);
  if (now > most_inside) most_inside = now;
  order[arrived++] = PtrToUlong(Context);
  Delay(10);
  InterlockedDecrement(&inside);
  ExReleasePushLockShared(&lock);
  KeLeaveCriticalRegion();
}

CASE(PushLocks, GoToTheirWaitersInOrderOfArrival) {
  HANDLE threads[5];
  SetUp();
  ExAcquirePushLockExclusive(&lock);
  for (ULONG i = 0; i < 5; i++) {
    threads[i] = Start(i == 1 || i == 2 ? ReadInTurn : WriteInTurn, UlongToPtr(i + 1), i % 4);
  }
  Delay(1000);
  ASSERT(arrived == 0);
  ExReleasePushLockExclusive(&lock);
  for (ULONG i = 0; i < 5; i++) Join(threads[i]);
  for (ULONG i = 0; i < 5; i++) {
    ASSERT(order[i] == i + 1 || (i == 1 && order[i] == 3) || (i == 2 && order[i] == 2));
  }
  ASSERT(most_inside == 2 && lock == 0);
}

CASE(PushLocks, NewReadersWaitBehindAWriter) {
  SetUp();
  ExAcquirePushLockShared(&lock);
  ExAcquirePushLockShared(&lock);
  HANDLE writer = Start(WriteInTurn, UlongToPtr(1), 1);
  HANDLE reader = Start(ReadInTurn, UlongToPtr(2), 2);
  Delay(500);
  ASSERT(arrived == 0 && !ExTryAcquirePushLockShared(&lock));
  ExReleasePushLockShared(&lock);
  Delay(100);
  ASSERT(arrived == 0);
  ExReleasePushLockShared(&lock);
  Join(writer);
  Join(reader);
  ASSERT(order[0] == 1 && order[1] == 2 && lock == 0);
}

CASE(PushLocks, TryDoesNotWait) {
  SetUp();
  ASSERT(ExTryAcquirePushLockShared(&lock) && ExTryAcquirePushLockShared(&lock));
  ASSERT(!ExTryAcquirePushLockExclusive(&lock));
  ExReleasePushLock(&lock);
  ExReleasePushLockShared(&lock);
  ASSERT(ExTryAcquirePushLockExclusive(&lock) && !ExTryAcquirePushLockShared(&lock));
  ExReleasePushLockEx(&lock, EX_PUSH_LOCK_FLAG_DISABLE_AUTO_BOOST);
  ASSERT(ExTryAcquirePushLockExclusiveEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS));
  ExReleasePushLockExclusiveEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
  ExAcquirePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
  ASSERT(ExTryAcquirePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS));
  ExReleasePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
  ExReleasePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
  ASSERT(lock == 0);
}

static VOID CountUnderBoth(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  for (ULONG i = 0; i < 30; i++) {
    ExAcquirePushLockExclusive(&lock);
    ULONG before = total;
    KeStallExecutionProcessor(3);
    total = before + 1;
    ExReleasePushLockExclusive(&lock);
    ExAcquirePushLockShared(&lock);
    KeStallExecutionProcessor(1);
    ExReleasePushLockShared(&lock);
  }
}

CASE(PushLocks, EightThreadsShareOne) {
  HANDLE threads[8];
  SetUp();
  for (ULONG i = 0; i < 8; i++) threads[i] = Start(CountUnderBoth, NULL, i % 4);
  for (ULONG i = 0; i < 8; i++) Join(threads[i]);
  ASSERT(total == 240 && lock == 0);
}

static VOID ReleaseLock(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExReleasePushLockExclusive(&lock);
}

STOP_CASE(PushLocks, ReleasedByAStrangerStop,
          "KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE (thread 2, ") {
  SetUp();
  ExAcquirePushLockExclusive(&lock);
  Join(Start(ReleaseLock, NULL, 1));
}

STOP_CASE(PushLocks, ReleasedInTheOtherWayStop,
          "KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE (thread 1, ") {
  SetUp();
  ExAcquirePushLockShared(&lock);
  ExReleasePushLockExclusive(&lock);
}

STOP_CASE(PushLocks, ReleasedTooOftenStop, "KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE (thread 1, ") {
  SetUp();
  ExAcquirePushLockShared(&lock);
  ExReleasePushLockShared(&lock);
  ExReleasePushLockShared(&lock);
}

STOP_CASE(PushLocks, AcquiredAtDispatchLevelStop,
          "KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL (thread 1, ") {
  SetUp();
  KeRaiseIrqlToDpcLevel();
  ExAcquirePushLockShared(&lock);
}

static VOID AcquireAndEnd(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExAcquirePushLockShared(&lock);
}

STOP_CASE(PushLocks, OwnedByAThreadThatEndsStop,
          "KERNEL_LOCK_ENTRY_LEAKED_ON_THREAD_TERMINATION (thread 2, ") {
  SetUp();
  Join(Start(AcquireAndEnd, NULL, 1));
}

STOP_CASE(PushLocks, WithUnknownFlagsStop, "LOCKARB_MISUSE (0xC000000D, 0x8, 0x0, 0x0)") {
  SetUp();
  ExAcquirePushLockExclusiveEx(&lock, 8);
}

static VOID AcquireSecondThenFirst(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExAcquirePushLockShared(&second_lock);
  Delay(100);
  ExAcquirePushLockExclusive(&lock);
}

STOP_CASE(PushLocks, CloseADeadlockThatIsNamed,
          "deadlock: thread 1 (main) holds a push lock waits for a push lock "
          "of thread 2 (thread 2), "
          "thread 2 (thread 2) holds a push lock waits for a push lock of "
          "thread 1 (main)") {
  SetUp();
  Start(AcquireSecondThenFirst, NULL, 1);
  ExAcquirePushLockShared(&lock);
  Delay(100);
  ExAcquirePushLockExclusive(&second_lock);
}

STOP_CASE(PushLocks, StuckThreadsNameTheOwners,
          "waits for a push lock exclusively, owned by thread 1 (main) shared\n") {
  SetUp();
  ExAcquirePushLockShared(&lock);
  ExAcquirePushLockExclusive(&lock);
}

static VOID AcquireAsUser(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExAcquirePushLockShared(&lock);
}

VERIFIED_STOP_CASE(VerifiedPushLocks, AcquireWithApcsOn,
                   "normal kernel APCs are on; call KeEnterCriticalRegion first\n") {
  const struct lockarb_thread_options options = {.core = 1, .user = true};
  HANDLE thread = NULL;
  SetUp();
  lockarb_create_thread(&thread, AcquireAsUser, NULL, &options);
  Join(thread);
}

VERIFIED_STOP_CASE(VerifiedPushLocks, WantedAgain,
                   "the thread owns the push lock and would wait for itself\n") {
  SetUp();
  ExAcquirePushLockExclusive(&lock);
  ExAcquirePushLockShared(&lock);
}

VERIFIED_STOP_CASE(VerifiedPushLocks, TwoOrders, "DRIVER_VERIFIER_DETECTED_VIOLATION (0x1001, ") {
  FAST_MUTEX mutex;
  SetUp();
  ExInitializeFastMutex(&mutex);
  ExAcquireFastMutex(&mutex);
  ExAcquirePushLockExclusive(&lock);
  ExReleasePushLockExclusive(&lock);
  ExReleaseFastMutex(&mutex);
  ExAcquirePushLockShared(&lock);
  ExAcquireFastMutex(&mutex);
}

/* On locks, as ERESOURCEs are */

static VOID SetUpCarried(VOID) {
  SetUp();
  lockarb_carry_push_locks(TRUE);
  ExInitializePushLock(&lock);
}

CASE(CarriedPushLocks, LetOneWriterOrManyReadersIn) {
  HANDLE threads[5];
  SetUpCarried();
  ExAcquirePushLockExclusive(&lock);
  for (ULONG i = 0; i < 5; i++) {
    threads[i] = Start(i < 2 ? WriteInTurn : ReadInTurn, UlongToPtr(i + 1), i % 4);
  }
  Delay(1000);
  ASSERT(arrived == 0);
  ExReleasePushLockExclusive(&lock);
  for (ULONG i = 0; i < 5; i++) Join(threads[i]);
  ASSERT(arrived == 5 && most_inside == 3 && inside == 0);
}

CASE(CarriedPushLocks, CanBeTried) {
  SetUpCarried();
  ASSERT(ExTryAcquirePushLockExclusive(&lock) && !ExTryAcquirePushLockExclusive(&lock));
  ASSERT(!ExTryAcquirePushLockShared(&lock));
  ExReleasePushLock(&lock);
  ASSERT(ExTryAcquirePushLockShared(&lock) && ExTryAcquirePushLockShared(&lock));
  ASSERT(!ExTryAcquirePushLockExclusive(&lock));
  ExReleasePushLockShared(&lock);
  ExReleasePushLockShared(&lock);
}

/* There are fewer locks than that. */
CASE(CarriedPushLocks, GiveTheirLockBackWithTheirMemory) {
  SetUpCarried();
  for (ULONG i = 0; i < 1000; i++) {
    PEX_PUSH_LOCK mine = ExAllocatePoolZero(NonPagedPool, sizeof(*mine), 'kcoL');
    ExInitializePushLock(mine);
    ASSERT(*mine != 0);
    ExAcquirePushLockShared(mine);
    ExReleasePushLockShared(mine);
    ExFreePoolWithTag(mine, 'kcoL');
  }
}

CASE(CarriedPushLocks, AreInMemoryAgainWhenThatIsTurnedOff) {
  SetUpCarried();
  EX_PUSH_LOCK carried = lock;
  lockarb_carry_push_locks(FALSE);
  ExInitializePushLock(&lock);
  ASSERT(carried != 0 && lock == 0);
  ExAcquirePushLockShared(&lock);
  ExReleasePushLockShared(&lock);
  ASSERT(lock == 0);
}

STOP_CASE(CarriedPushLocks, WantedAgainStop, "LOCKARB_MISUSE (0xC000001E") {
  SetUpCarried();
  ExAcquirePushLockExclusive(&lock);
  ExAcquirePushLockExclusive(&lock);
}

STOP_CASE(CarriedPushLocks, ReleasedInTheOtherWayStop, "KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE") {
  SetUpCarried();
  ExAcquirePushLockShared(&lock);
  ExReleasePushLockExclusive(&lock);
}

STOP_CASE(CarriedPushLocks, ReleasedByAnotherStop, "KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE") {
  SetUpCarried();
  ExReleasePushLock(&lock);
}

/* Rundown protection */

static VOID RunDown(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  ExWaitForRundownProtectionRelease(&reference);
  order[arrived++] = 1;
}

CASE(Rundown, WaitsForTheLastReference) {
  SetUp();
  ASSERT(ExAcquireRundownProtection(&reference));
  ASSERT(ExAcquireRundownProtectionEx(&reference, 3) && reference.Count == 8);
  HANDLE thread = Start(RunDown, NULL, 1);
  Delay(100);
  ASSERT(arrived == 0 && !ExAcquireRundownProtection(&reference));
  ExReleaseRundownProtectionEx(&reference, 3);
  Delay(100);
  ASSERT(arrived == 0);
  ExReleaseRundownProtection(&reference);
  Join(thread);
  ASSERT(arrived == 1 && reference.Count == 1);
  ExWaitForRundownProtectionRelease(&reference); /* it is run down already */
  ExReInitializeRundownProtection(&reference);
  ASSERT(ExAcquireRundownProtection(&reference));
  ExReleaseRundownProtection(&reference);
  ExWaitForRundownProtectionRelease(&reference);
  ASSERT(!ExAcquireRundownProtection(&reference));
  ExReInitializeRundownProtection(&reference);
  ExRundownCompleted(&reference);
  ASSERT(reference.Count == 1);
}

static VOID UseUntilRunDown(PVOID Context) {
  UNREFERENCED_PARAMETER(Context);
  while (ExAcquireRundownProtection(&reference)) {
    ASSERT(InterlockedIncrement(&inside) > 0);
    KeStallExecutionProcessor(7);
    InterlockedDecrement(&inside);
    ExReleaseRundownProtection(&reference);
    InterlockedIncrement((PLONG)&total);
  }
}

CASE(Rundown, IsOverWhenNobodyIsInside) {
  HANDLE threads[3];
  SetUp();
  for (ULONG i = 0; i < 3; i++) threads[i] = Start(UseUntilRunDown, NULL, i + 1);
  Delay(300);
  ExWaitForRundownProtectionRelease(&reference);
  ASSERT(inside == 0 && total > 10);
  for (ULONG i = 0; i < 3; i++) Join(threads[i]);
}

STOP_CASE(Rundown, ReleasedTooOftenStops, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  ExReleaseRundownProtection(&reference);
}

STOP_CASE(Rundown, ReleasedAfterItsEndStops, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  ExWaitForRundownProtectionRelease(&reference);
  ExReleaseRundownProtection(&reference);
}

STOP_CASE(Rundown, OfTwoThreadsStops, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  ExAcquireRundownProtection(&reference);
  Start(RunDown, NULL, 1);
  Delay(100);
  ExWaitForRundownProtectionRelease(&reference);
}

STOP_CASE(Rundown, MadeAsNewInUseStops, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  ExReInitializeRundownProtection(&reference);
}

STOP_CASE(Rundown, ThatNeverEndsSaysHowManyReferencesAreLeft,
          "waits for the references to rundown protection, 2 are left\n") {
  SetUp();
  ExAcquireRundownProtectionEx(&reference, 2);
  ExWaitForRundownProtectionRelease(&reference);
}

VERIFIED_STOP_CASE(VerifiedPushLocks, RundownAtDispatchLevel,
                   "DRIVER_VERIFIER_DETECTED_VIOLATION (0x121, ") {
  SetUp();
  KeRaiseIrqlToDpcLevel();
  ExWaitForRundownProtectionRelease(&reference);
}

static VOID GiveBackOnAnotherCore(PVOID Context) {
  Delay(PtrToUlong(Context));
  ExReleaseRundownProtectionCacheAwareEx(aware, 2);
}

CASE(Rundown, CountsForEachCoreAndWaitsForAll) {
  HANDLE threads[2];
  SetUp();
  aware = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, 'kcoL');
  ASSERT(aware != NULL);
  ASSERT(ExAcquireRundownProtectionCacheAwareEx(aware, 4));
  ASSERT(ExAcquireRundownProtectionCacheAware(aware));
  threads[0] = Start(GiveBackOnAnotherCore, UlongToPtr(50), 1); /* before, and in the middle */
  threads[1] = Start(GiveBackOnAnotherCore, UlongToPtr(500), 2);
  Delay(100);
  ExReleaseRundownProtectionCacheAware(aware);
  ExWaitForRundownProtectionReleaseCacheAware(aware);
  ASSERT(!ExAcquireRundownProtectionCacheAware(aware));
  for (ULONG i = 0; i < 2; i++) Join(threads[i]);
  ExReInitializeRundownProtectionCacheAware(aware);
  ASSERT(ExAcquireRundownProtectionCacheAware(aware));
  ExReleaseRundownProtectionCacheAware(aware);
  ExWaitForRundownProtectionReleaseCacheAware(aware);
  ExRundownCompletedCacheAware(aware);
  ExFreeCacheAwareRundownProtection(aware);
  PVOID own = ExAllocatePoolWithTag(NonPagedPoolNx, ExSizeOfRundownProtectionCacheAware(), 'kcoL');
  ExInitializeRundownProtectionCacheAware(own, ExSizeOfRundownProtectionCacheAware());
  ExWaitForRundownProtectionReleaseCacheAware(own);
  ExFreePoolWithTag(own, 'kcoL');
}

/* Remove locks */

static VOID UseDevice(PVOID Context) {
  Delay(PtrToUlong(Context));
  order[arrived++] = 1;
  IoReleaseRemoveLock(&remove_lock, Context);
}

CASE(RemoveLocks, WaitForAllOthers) {
  HANDLE threads[2];
  SetUp();
  for (ULONG i = 0; i < 2; i++) {
    ASSERT(IoAcquireRemoveLock(&remove_lock, UlongToPtr(i + 1)) == STATUS_SUCCESS);
    threads[i] = Start(UseDevice, UlongToPtr(100 * (i + 1)), i + 1);
  }
  ASSERT(IoAcquireRemoveLock(&remove_lock, NULL) == STATUS_SUCCESS);
  IoReleaseRemoveLockAndWait(&remove_lock, NULL);
  ASSERT(arrived == 2 && IoAcquireRemoveLock(&remove_lock, NULL) == STATUS_DELETE_PENDING);
  for (ULONG i = 0; i < 2; i++) Join(threads[i]);
}

CASE(RemoveLocks, HaveAnExForm) {
  IoInitializeRemoveLockEx(&remove_lock, 'kcoL', 0, 0, sizeof(remove_lock));
  ASSERT(IoAcquireRemoveLockEx(&remove_lock, NULL, "", 0, sizeof(remove_lock)) == STATUS_SUCCESS);
  ASSERT(IoAcquireRemoveLockEx(&remove_lock, NULL, "", 0, sizeof(remove_lock)) == STATUS_SUCCESS);
  IoReleaseRemoveLockEx(&remove_lock, NULL, sizeof(remove_lock));
  IoReleaseRemoveLockAndWaitEx(&remove_lock, NULL, sizeof(remove_lock));
  ASSERT(remove_lock.Common.IoCount == 0);
}

STOP_CASE(RemoveLocks, ReleasedTooOftenStop, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  IoReleaseRemoveLock(&remove_lock, NULL);
}

STOP_CASE(RemoveLocks, RemovedByWhoHasNoneStop, "LOCKARB_MISUSE (0xC000001E") {
  SetUp();
  IoReleaseRemoveLockAndWait(&remove_lock, NULL);
}

CASE(FastMutexes, ComeWithTheirRegion) {
  FAST_MUTEX mutex;
  ExInitializeFastMutex(&mutex);
  ExEnterCriticalRegionAndAcquireFastMutexUnsafe(&mutex);
  ASSERT(KeAreApcsDisabled() && mutex.Count == 0 && KeGetCurrentIrql() == PASSIVE_LEVEL);
  ExReleaseFastMutexUnsafeAndLeaveCriticalRegion(&mutex);
  ASSERT(!KeAreApcsDisabled() && mutex.Count == 1);
}
