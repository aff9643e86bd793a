/* SPDX-License-Identifier: Apache-2.0 */
/* The structures that programs read have the size and the offsets of the WDK's, NT 6. */
#include <wdm.h>

/* Some are the same on both. NOLINTBEGIN(bugprone-branch-clone) */
#define IS(value, on_32_bits, on_64_bits) \
  _Static_assert((value) == (sizeof(void *) == 8 ? (on_64_bits) : (on_32_bits)), #value)

IS(sizeof(ULONG), 4, 4);
IS(sizeof(OWNER_ENTRY), 8, 16);
IS(sizeof(ERESOURCE), 56, 104);
IS(offsetof(ERESOURCE, OwnerTable), 8, 16);
IS(offsetof(ERESOURCE, ActiveCount), 12, 24);
IS(offsetof(ERESOURCE, Flag), 14, 26);
IS(offsetof(ERESOURCE, SharedWaiters), 16, 32);
IS(offsetof(ERESOURCE, ExclusiveWaiters), 20, 40);
IS(offsetof(ERESOURCE, OwnerEntry), 24, 48);
IS(offsetof(ERESOURCE, ActiveEntries), 32, 64);
IS(offsetof(ERESOURCE, ContentionCount), 36, 68);
IS(offsetof(ERESOURCE, NumberOfSharedWaiters), 40, 72);
IS(offsetof(ERESOURCE, NumberOfExclusiveWaiters), 44, 76);
IS(offsetof(ERESOURCE, Address), 48, 88);
IS(offsetof(ERESOURCE, SpinLock), 52, 96);
IS(sizeof(KEVENT), 16, 24);
IS(sizeof(KMUTEX), 32, 56);
IS(sizeof(KSEMAPHORE), 20, 32);
IS(sizeof(KTIMER), 40, 64);
IS(offsetof(KTIMER, DueTime), 16, 24);
IS(offsetof(KTIMER, TimerListEntry), 24, 32);
IS(offsetof(KTIMER, Period), 36, 60);
IS(sizeof(KDPC), 32, 64);
IS(offsetof(KDPC, DeferredRoutine), 12, 24);
IS(sizeof(KQUEUE), 40, 64);
IS(sizeof(KWAIT_BLOCK), 24, 48);
IS(sizeof(FAST_MUTEX), 32, 56);
IS(offsetof(FAST_MUTEX, Owner), 4, 8);
IS(offsetof(FAST_MUTEX, Contention), 8, 16);
IS(offsetof(FAST_MUTEX, Event), 12, 24);
IS(offsetof(FAST_MUTEX, OldIrql), 28, 48);
IS(sizeof(UNICODE_STRING), 8, 16);
IS(sizeof(OBJECT_ATTRIBUTES), 24, 48);
IS(sizeof(KAPC), 48, 88);
#if UINTPTR_MAX > 0xFFFFFFFF
_Static_assert(offsetof(ERESOURCE, lockarb_lock) == 28, "padding");
#endif
/* NOLINTEND(bugprone-branch-clone) */
