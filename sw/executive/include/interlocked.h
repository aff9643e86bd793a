/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Interlocked operations and barriers: atomic between cores, and in one order for all of them.
 * Nothing of the simulated machine is touched, so they take no simulated time.
 */
#ifndef LOCKARB_INTERLOCKED_H_
#define LOCKARB_INTERLOCKED_H_

#include <ntdef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Increment and Decrement return the new value; all others return the old one. */
#define LOCKARB_INTERLOCKED(suffix, type)                                                          \
  static inline type InterlockedIncrement##suffix(type volatile *Addend) {                         \
    return (type)__atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                  \
  }                                                                                                \
  static inline type InterlockedDecrement##suffix(type volatile *Addend) {                         \
    return (type)__atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);                                  \
  }                                                                                                \
  static inline type InterlockedExchange##suffix(type volatile *Target, type Value) {              \
    return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);                                   \
  }                                                                                                \
  static inline type InterlockedExchangeAdd##suffix(type volatile *Addend, type Value) {           \
    return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);                                    \
  }                                                                                                \
  static inline type InterlockedCompareExchange##suffix(type volatile *Destination, type Exchange, \
                                                        type Comparand) {                          \
    __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST,            \
                                __ATOMIC_SEQ_CST);                                                 \
    return Comparand;                                                                              \
  }                                                                                                \
  static inline type InterlockedAnd##suffix(type volatile *Destination, type Value) {              \
    return __atomic_fetch_and(Destination, Value, __ATOMIC_SEQ_CST);                               \
  }                                                                                                \
  static inline type InterlockedOr##suffix(type volatile *Destination, type Value) {               \
    return __atomic_fetch_or(Destination, Value, __ATOMIC_SEQ_CST);                                \
  }                                                                                                \
  static inline type InterlockedXor##suffix(type volatile *Destination, type Value) {              \
    return __atomic_fetch_xor(Destination, Value, __ATOMIC_SEQ_CST);                               \
  }

LOCKARB_INTERLOCKED(, LONG)
LOCKARB_INTERLOCKED(16, SHORT)
LOCKARB_INTERLOCKED(64, LONG64)
#undef LOCKARB_INTERLOCKED

static inline LONG InterlockedAdd(LONG volatile *Addend, LONG Value) {
  return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST); /* the new value */
}
static inline LONG64 InterlockedAdd64(LONG64 volatile *Addend, LONG64 Value) {
  return __atomic_add_fetch(Addend, Value, __ATOMIC_SEQ_CST);
}
static inline PVOID InterlockedExchangePointer(PVOID volatile *Target, PVOID Value) {
  return __atomic_exchange_n(Target, Value, __ATOMIC_SEQ_CST);
}
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *Destination, PVOID Exchange,
                                                      PVOID Comparand) {
  __atomic_compare_exchange_n(Destination, &Comparand, Exchange, 0, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
  return Comparand;
}
/** @return Whether the bit was set. */
static inline UCHAR InterlockedBitTestAndSet(LONG volatile *Base, LONG Bit) {
  return (
      UCHAR)((ULONG)__atomic_fetch_or(&Base[Bit / 32], (LONG)(1u << Bit % 32), __ATOMIC_SEQ_CST) >>
                 Bit % 32 &
             1);
}
static inline UCHAR InterlockedBitTestAndReset(LONG volatile *Base, LONG Bit) {
  return (UCHAR)((ULONG)__atomic_fetch_and(&Base[Bit / 32], (LONG) ~(1u << Bit % 32),
                                           __ATOMIC_SEQ_CST) >>
                     Bit % 32 &
                 1);
}

/* Those that promise less keep all the same. */

#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedIncrementAcquire64 InterlockedIncrement64
#define InterlockedIncrementRelease64 InterlockedIncrement64
#define InterlockedIncrementNoFence64 InterlockedIncrement64
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedDecrementAcquire64 InterlockedDecrement64
#define InterlockedDecrementRelease64 InterlockedDecrement64
#define InterlockedDecrementNoFence64 InterlockedDecrement64
#define InterlockedExchangeAcquire InterlockedExchange
#define InterlockedExchangeRelease InterlockedExchange
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedExchangeAcquire64 InterlockedExchange64
#define InterlockedExchangeRelease64 InterlockedExchange64
#define InterlockedExchangeNoFence64 InterlockedExchange64
#define InterlockedExchangeAddAcquire InterlockedExchangeAdd
#define InterlockedExchangeAddRelease InterlockedExchangeAdd
#define InterlockedExchangeAddNoFence InterlockedExchangeAdd
#define InterlockedExchangeAddAcquire64 InterlockedExchangeAdd64
#define InterlockedExchangeAddRelease64 InterlockedExchangeAdd64
#define InterlockedExchangeAddNoFence64 InterlockedExchangeAdd64
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange
#define InterlockedCompareExchangeNoFence InterlockedCompareExchange
#define InterlockedCompareExchangeAcquire64 InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64 InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64 InterlockedCompareExchange64
#define InterlockedAndAcquire InterlockedAnd
#define InterlockedAndRelease InterlockedAnd
#define InterlockedAndNoFence InterlockedAnd
#define InterlockedAndAcquire64 InterlockedAnd64
#define InterlockedAndRelease64 InterlockedAnd64
#define InterlockedAndNoFence64 InterlockedAnd64
#define InterlockedOrAcquire InterlockedOr
#define InterlockedOrRelease InterlockedOr
#define InterlockedOrNoFence InterlockedOr
#define InterlockedOrAcquire64 InterlockedOr64
#define InterlockedOrRelease64 InterlockedOr64
#define InterlockedOrNoFence64 InterlockedOr64
#define InterlockedExchangePointerAcquire InterlockedExchangePointer
#define InterlockedExchangePointerRelease InterlockedExchangePointer
#define InterlockedExchangePointerNoFence InterlockedExchangePointer
#define InterlockedCompareExchangePointerAcquire InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerRelease InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer

/* Barriers */
#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#ifdef __cplusplus
}
#endif

#endif
