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
#define LOCKARB_INTERLOCKED_BYTE(suffix, type)                                                     \
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
#define LOCKARB_INTERLOCKED(suffix, type)                                  \
  LOCKARB_INTERLOCKED_BYTE(suffix, type)                                   \
  static inline type InterlockedIncrement##suffix(type volatile *Addend) { \
    return (type)__atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);          \
  }                                                                        \
  static inline type InterlockedDecrement##suffix(type volatile *Addend) { \
    return (type)__atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);          \
  }

LOCKARB_INTERLOCKED_BYTE(8, CHAR)
LOCKARB_INTERLOCKED(16, SHORT)
LOCKARB_INTERLOCKED(, LONG)
LOCKARB_INTERLOCKED(64, LONG64)
static inline SIZE_T InterlockedIncrementSizeT(SIZE_T volatile *Addend) {
  return __atomic_add_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}
static inline SIZE_T InterlockedDecrementSizeT(SIZE_T volatile *Addend) {
  return __atomic_sub_fetch(Addend, 1, __ATOMIC_SEQ_CST);
}
static inline SIZE_T InterlockedExchangeAddSizeT(SIZE_T volatile *Addend, SIZE_T Value) {
  return __atomic_fetch_add(Addend, Value, __ATOMIC_SEQ_CST);
}
static inline ULONG InterlockedExchangeSubtract(ULONG volatile *Addend, ULONG Value) {
  return __atomic_fetch_sub(Addend, Value, __ATOMIC_SEQ_CST);
}

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

/* Bits are counted from the first byte of Base on. They return whether the bit was set. */
#define LOCKARB_INTERLOCKED_BIT(suffix, type, bits)                                            \
  static inline UCHAR InterlockedBitTestAndSet##suffix(type volatile *Base, type Bit) {        \
    type one = (type)((U##type)1 << (Bit & (bits - 1)));                                       \
    return (__atomic_fetch_or(&Base[Bit / bits], one, __ATOMIC_SEQ_CST) & one) != 0;           \
  }                                                                                            \
  static inline UCHAR InterlockedBitTestAndReset##suffix(type volatile *Base, type Bit) {      \
    type one = (type)((U##type)1 << (Bit & (bits - 1)));                                       \
    return (__atomic_fetch_and(&Base[Bit / bits], ~one, __ATOMIC_SEQ_CST) & one) != 0;         \
  }                                                                                            \
  static inline UCHAR InterlockedBitTestAndComplement##suffix(type volatile *Base, type Bit) { \
    type one = (type)((U##type)1 << (Bit & (bits - 1)));                                       \
    return (__atomic_fetch_xor(&Base[Bit / bits], one, __ATOMIC_SEQ_CST) & one) != 0;          \
  }
LOCKARB_INTERLOCKED_BIT(, LONG, 32)
LOCKARB_INTERLOCKED_BIT(64, LONG64, 64)
#undef LOCKARB_INTERLOCKED_BIT

#ifdef __x86_64__
/**
 * Of 128 bits, aligned to as many. *ComparandResult gets the old value. As on Windows, not every
 * processor has it: only 64-bit x86 here. @return Whether it was exchanged.
 */
static inline UCHAR InterlockedCompareExchange128(LONG64 volatile *Destination, LONG64 ExchangeHigh,
                                                  LONG64 ExchangeLow, LONG64 *ComparandResult) {
  UCHAR equal;
  __asm__ volatile("lock cmpxchg16b %1\n\tsetz %0"
                   : "=q"(equal), "+m"(*(LONG64 volatile(*)[2])Destination),
                     "+a"(ComparandResult[0]), "+d"(ComparandResult[1])
                   : "b"(ExchangeLow), "c"(ExchangeHigh)
                   : "cc", "memory");
  return equal;
}
#endif

/* Those that promise less keep all the same. */

#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedIncrementNoFence InterlockedIncrement
#define InterlockedIncrementAcquire16 InterlockedIncrement16
#define InterlockedIncrementRelease16 InterlockedIncrement16
#define InterlockedIncrementNoFence16 InterlockedIncrement16
#define InterlockedIncrementAcquire64 InterlockedIncrement64
#define InterlockedIncrementRelease64 InterlockedIncrement64
#define InterlockedIncrementNoFence64 InterlockedIncrement64
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedDecrementNoFence InterlockedDecrement
#define InterlockedDecrementAcquire16 InterlockedDecrement16
#define InterlockedDecrementRelease16 InterlockedDecrement16
#define InterlockedDecrementNoFence16 InterlockedDecrement16
#define InterlockedDecrementAcquire64 InterlockedDecrement64
#define InterlockedDecrementRelease64 InterlockedDecrement64
#define InterlockedDecrementNoFence64 InterlockedDecrement64
#define InterlockedExchangeAcquire InterlockedExchange
#define InterlockedExchangeRelease InterlockedExchange
#define InterlockedExchangeNoFence InterlockedExchange
#define InterlockedExchangeAcquire8 InterlockedExchange8
#define InterlockedExchangeRelease8 InterlockedExchange8
#define InterlockedExchangeNoFence8 InterlockedExchange8
#define InterlockedExchangeAcquire16 InterlockedExchange16
#define InterlockedExchangeRelease16 InterlockedExchange16
#define InterlockedExchangeNoFence16 InterlockedExchange16
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
#define InterlockedCompareExchangeAcquire16 InterlockedCompareExchange16
#define InterlockedCompareExchangeRelease16 InterlockedCompareExchange16
#define InterlockedCompareExchangeNoFence16 InterlockedCompareExchange16
#define InterlockedCompareExchangeAcquire64 InterlockedCompareExchange64
#define InterlockedCompareExchangeRelease64 InterlockedCompareExchange64
#define InterlockedCompareExchangeNoFence64 InterlockedCompareExchange64
#define InterlockedAndAcquire InterlockedAnd
#define InterlockedAndRelease InterlockedAnd
#define InterlockedAndNoFence InterlockedAnd
#define InterlockedAndAcquire8 InterlockedAnd8
#define InterlockedAndRelease8 InterlockedAnd8
#define InterlockedAndNoFence8 InterlockedAnd8
#define InterlockedAndAcquire16 InterlockedAnd16
#define InterlockedAndRelease16 InterlockedAnd16
#define InterlockedAndNoFence16 InterlockedAnd16
#define InterlockedAndAcquire64 InterlockedAnd64
#define InterlockedAndRelease64 InterlockedAnd64
#define InterlockedAndNoFence64 InterlockedAnd64
#define InterlockedOrAcquire InterlockedOr
#define InterlockedOrRelease InterlockedOr
#define InterlockedOrNoFence InterlockedOr
#define InterlockedOrAcquire8 InterlockedOr8
#define InterlockedOrRelease8 InterlockedOr8
#define InterlockedOrNoFence8 InterlockedOr8
#define InterlockedOrAcquire16 InterlockedOr16
#define InterlockedOrRelease16 InterlockedOr16
#define InterlockedOrNoFence16 InterlockedOr16
#define InterlockedOrAcquire64 InterlockedOr64
#define InterlockedOrRelease64 InterlockedOr64
#define InterlockedOrNoFence64 InterlockedOr64
#define InterlockedXorAcquire InterlockedXor
#define InterlockedXorRelease InterlockedXor
#define InterlockedXorNoFence InterlockedXor
#define InterlockedXorAcquire8 InterlockedXor8
#define InterlockedXorRelease8 InterlockedXor8
#define InterlockedXorNoFence8 InterlockedXor8
#define InterlockedXorAcquire16 InterlockedXor16
#define InterlockedXorRelease16 InterlockedXor16
#define InterlockedXorNoFence16 InterlockedXor16
#define InterlockedXorAcquire64 InterlockedXor64
#define InterlockedXorRelease64 InterlockedXor64
#define InterlockedXorNoFence64 InterlockedXor64
#define InterlockedAddAcquire InterlockedAdd
#define InterlockedAddRelease InterlockedAdd
#define InterlockedAddNoFence InterlockedAdd
#define InterlockedAddAcquire64 InterlockedAdd64
#define InterlockedAddRelease64 InterlockedAdd64
#define InterlockedAddNoFence64 InterlockedAdd64
#define InterlockedBitTestAndSetAcquire InterlockedBitTestAndSet
#define InterlockedBitTestAndSetRelease InterlockedBitTestAndSet
#define InterlockedBitTestAndSetNoFence InterlockedBitTestAndSet
#define InterlockedBitTestAndSetAcquire64 InterlockedBitTestAndSet64
#define InterlockedBitTestAndSetRelease64 InterlockedBitTestAndSet64
#define InterlockedBitTestAndSetNoFence64 InterlockedBitTestAndSet64
#define InterlockedBitTestAndResetAcquire InterlockedBitTestAndReset
#define InterlockedBitTestAndResetRelease InterlockedBitTestAndReset
#define InterlockedBitTestAndResetNoFence InterlockedBitTestAndReset
#define InterlockedBitTestAndResetAcquire64 InterlockedBitTestAndReset64
#define InterlockedBitTestAndResetRelease64 InterlockedBitTestAndReset64
#define InterlockedBitTestAndResetNoFence64 InterlockedBitTestAndReset64
#define InterlockedExchangePointerAcquire InterlockedExchangePointer
#define InterlockedExchangePointerRelease InterlockedExchangePointer
#define InterlockedExchangePointerNoFence InterlockedExchangePointer
#define InterlockedCompareExchangePointerAcquire InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerRelease InterlockedCompareExchangePointer
#define InterlockedCompareExchangePointerNoFence InterlockedCompareExchangePointer

/* As the compiler for Windows spells them. */

#define _InterlockedIncrement InterlockedIncrement
#define _InterlockedIncrement16 InterlockedIncrement16
#define _InterlockedIncrement64 InterlockedIncrement64
#define _InterlockedDecrement InterlockedDecrement
#define _InterlockedDecrement16 InterlockedDecrement16
#define _InterlockedDecrement64 InterlockedDecrement64
#define _InterlockedExchange InterlockedExchange
#define _InterlockedExchange8 InterlockedExchange8
#define _InterlockedExchange16 InterlockedExchange16
#define _InterlockedExchange64 InterlockedExchange64
#define _InterlockedExchangeAdd InterlockedExchangeAdd
#define _InterlockedExchangeAdd8 InterlockedExchangeAdd8
#define _InterlockedExchangeAdd16 InterlockedExchangeAdd16
#define _InterlockedExchangeAdd64 InterlockedExchangeAdd64
#define _InterlockedCompareExchange InterlockedCompareExchange
#define _InterlockedCompareExchange8 InterlockedCompareExchange8
#define _InterlockedCompareExchange16 InterlockedCompareExchange16
#define _InterlockedCompareExchange64 InterlockedCompareExchange64
#define _InterlockedAnd InterlockedAnd
#define _InterlockedAnd8 InterlockedAnd8
#define _InterlockedAnd16 InterlockedAnd16
#define _InterlockedAnd64 InterlockedAnd64
#define _InterlockedOr InterlockedOr
#define _InterlockedOr8 InterlockedOr8
#define _InterlockedOr16 InterlockedOr16
#define _InterlockedOr64 InterlockedOr64
#define _InterlockedXor InterlockedXor
#define _InterlockedXor8 InterlockedXor8
#define _InterlockedXor16 InterlockedXor16
#define _InterlockedXor64 InterlockedXor64
#define _InterlockedExchangePointer InterlockedExchangePointer
#define _InterlockedCompareExchangePointer InterlockedCompareExchangePointer
#define _interlockedbittestandset InterlockedBitTestAndSet
#define _interlockedbittestandreset InterlockedBitTestAndReset

/*
 * Reads and writes of one variable that the compiler neither tears nor leaves out: in the order of
 * what follows or precedes (Acquire, Release), or in any (NoFence, Raw).
 */
#define LOCKARB_READ_WRITE(name, suffix, type)                                         \
  static inline type Read##name##Acquire##suffix(type const volatile *Source) {        \
    return __atomic_load_n(Source, __ATOMIC_ACQUIRE);                                  \
  }                                                                                    \
  static inline type Read##name##NoFence##suffix(type const volatile *Source) {        \
    return __atomic_load_n(Source, __ATOMIC_RELAXED);                                  \
  }                                                                                    \
  static inline type Read##name##Raw##suffix(type const volatile *Source) {            \
    return __atomic_load_n(Source, __ATOMIC_RELAXED);                                  \
  }                                                                                    \
  static inline VOID Write##name##Release##suffix(type volatile *Target, type Value) { \
    __atomic_store_n(Target, Value, __ATOMIC_RELEASE);                                 \
  }                                                                                    \
  static inline VOID Write##name##NoFence##suffix(type volatile *Target, type Value) { \
    __atomic_store_n(Target, Value, __ATOMIC_RELAXED);                                 \
  }                                                                                    \
  static inline VOID Write##name##Raw##suffix(type volatile *Target, type Value) {     \
    __atomic_store_n(Target, Value, __ATOMIC_RELAXED);                                 \
  }
LOCKARB_READ_WRITE(, 8, CHAR)
LOCKARB_READ_WRITE(, 16, SHORT)
LOCKARB_READ_WRITE(, , LONG)
LOCKARB_READ_WRITE(, 64, LONG64)
LOCKARB_READ_WRITE(UChar, , UCHAR)
LOCKARB_READ_WRITE(Boolean, , BOOLEAN)
LOCKARB_READ_WRITE(UShort, , USHORT)
LOCKARB_READ_WRITE(ULong, , ULONG)
LOCKARB_READ_WRITE(ULong, 64, ULONG64)
LOCKARB_READ_WRITE(Pointer, , PVOID)
#undef LOCKARB_READ_WRITE

/* Barriers */

#define KeMemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define KeMemoryBarrierWithoutFence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define _ReadWriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _ReadBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define _WriteBarrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#ifdef __cplusplus
}
/* In C++ Windows' header takes unsigned ones too. */
LOCKARB_INTERLOCKED(, ULONG)
LOCKARB_INTERLOCKED(, ULONG64)
#endif
#undef LOCKARB_INTERLOCKED
#undef LOCKARB_INTERLOCKED_BYTE

#endif
