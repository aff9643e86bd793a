/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Sums, differences, products and conversions of integers that say when they do not fit.
 *
 * @return STATUS_SUCCESS; STATUS_INTEGER_OVERFLOW: it does not fit, and the result is the largest
 *         value of its type, of a signed one -1.
 */
#ifndef LOCKARB_NTINTSAFE_H_
#define LOCKARB_NTINTSAFE_H_

#include <ntdef.h>
#include <ntstatus.h>

#ifdef __cplusplus
extern "C" {
#endif

/* RtlULongAdd(), RtlULongSub(), RtlULongMult() and so on. */
#define LOCKARB_SAFE_STEP(name, operation, builtin, type)                              \
  static inline NTSTATUS Rtl##name##operation(type First, type Second, type *Result) { \
    if (!__builtin_##builtin##_overflow(First, Second, Result)) return STATUS_SUCCESS; \
    *Result = (type)-1;                                                                \
    return STATUS_INTEGER_OVERFLOW;                                                    \
  }
#define LOCKARB_SAFE(name, type)          \
  LOCKARB_SAFE_STEP(name, Add, add, type) \
  LOCKARB_SAFE_STEP(name, Sub, sub, type) \
  LOCKARB_SAFE_STEP(name, Mult, mul, type)
LOCKARB_SAFE(Int8, INT8)
LOCKARB_SAFE(UInt8, UINT8)
LOCKARB_SAFE(Short, SHORT)
LOCKARB_SAFE(UShort, USHORT)
LOCKARB_SAFE(Int, INT)
LOCKARB_SAFE(UInt, UINT)
LOCKARB_SAFE(Long, LONG)
LOCKARB_SAFE(ULong, ULONG)
LOCKARB_SAFE(LongLong, LONGLONG)
LOCKARB_SAFE(ULongLong, ULONGLONG)
LOCKARB_SAFE(IntPtr, INT_PTR)
LOCKARB_SAFE(UIntPtr, UINT_PTR)
LOCKARB_SAFE(LongPtr, LONG_PTR)
LOCKARB_SAFE(ULongPtr, ULONG_PTR)
LOCKARB_SAFE(DWordPtr, ULONG_PTR)
LOCKARB_SAFE(SizeT, SIZE_T)
LOCKARB_SAFE(SSIZET, SSIZE_T)
LOCKARB_SAFE(PtrdiffT, ptrdiff_t)
#undef LOCKARB_SAFE
#undef LOCKARB_SAFE_STEP
#define RtlUInt16Add RtlUShortAdd
#define RtlUInt16Sub RtlUShortSub
#define RtlUInt16Mult RtlUShortMult
#define RtlUInt32Add RtlUIntAdd
#define RtlUInt32Sub RtlUIntSub
#define RtlUInt32Mult RtlUIntMult
#define RtlUInt64Add RtlULongLongAdd
#define RtlUInt64Sub RtlULongLongSub
#define RtlUInt64Mult RtlULongLongMult
#define RtlSIZETAdd RtlSizeTAdd
#define RtlSIZETSub RtlSizeTSub
#define RtlSIZETMult RtlSizeTMult

/* RtlULongToUShort() and so on. */
#define LOCKARB_SAFE_CONVERSION(from_name, from, to_name, to)                     \
  static inline NTSTATUS Rtl##from_name##To##to_name(from Operand, to *Result) {  \
    if (!__builtin_add_overflow(Operand, (from)0, Result)) return STATUS_SUCCESS; \
    *Result = (to)-1;                                                             \
    return STATUS_INTEGER_OVERFLOW;                                               \
  }
#define LOCKARB_SAFE_TO_32(from_name, from)              \
  LOCKARB_SAFE_CONVERSION(from_name, from, Char, CHAR)   \
  LOCKARB_SAFE_CONVERSION(from_name, from, Int8, INT8)   \
  LOCKARB_SAFE_CONVERSION(from_name, from, UChar, UCHAR) \
  LOCKARB_SAFE_CONVERSION(from_name, from, UInt8, UINT8) \
  LOCKARB_SAFE_CONVERSION(from_name, from, Short, SHORT) \
  LOCKARB_SAFE_CONVERSION(from_name, from, UShort, USHORT)
#define LOCKARB_SAFE_TO_WIDE(from_name, from)                   \
  LOCKARB_SAFE_CONVERSION(from_name, from, SizeT, SIZE_T)       \
  LOCKARB_SAFE_CONVERSION(from_name, from, ULongPtr, ULONG_PTR) \
  LOCKARB_SAFE_CONVERSION(from_name, from, LongPtr, LONG_PTR)   \
  LOCKARB_SAFE_CONVERSION(from_name, from, UIntPtr, UINT_PTR)   \
  LOCKARB_SAFE_CONVERSION(from_name, from, IntPtr, INT_PTR)
LOCKARB_SAFE_TO_32(Int, INT)
LOCKARB_SAFE_TO_32(UInt, UINT)
LOCKARB_SAFE_TO_32(Long, LONG)
LOCKARB_SAFE_TO_32(ULong, ULONG)
LOCKARB_SAFE_TO_32(LongLong, LONGLONG)
LOCKARB_SAFE_TO_32(ULongLong, ULONGLONG)
LOCKARB_SAFE_TO_32(SizeT, SIZE_T)
LOCKARB_SAFE_TO_32(ULongPtr, ULONG_PTR)
LOCKARB_SAFE_TO_32(LongPtr, LONG_PTR)
LOCKARB_SAFE_TO_WIDE(Int, INT)
LOCKARB_SAFE_TO_WIDE(UInt, UINT)
LOCKARB_SAFE_TO_WIDE(Long, LONG)
LOCKARB_SAFE_TO_WIDE(ULong, ULONG)
LOCKARB_SAFE_TO_WIDE(LongLong, LONGLONG)
LOCKARB_SAFE_TO_WIDE(ULongLong, ULONGLONG)
LOCKARB_SAFE_CONVERSION(Short, SHORT, UShort, USHORT)
LOCKARB_SAFE_CONVERSION(UShort, USHORT, Short, SHORT)
LOCKARB_SAFE_CONVERSION(Int, INT, UInt, UINT)
LOCKARB_SAFE_CONVERSION(Int, INT, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(Int, INT, ULongLong, ULONGLONG)
LOCKARB_SAFE_CONVERSION(UInt, UINT, Int, INT)
LOCKARB_SAFE_CONVERSION(UInt, UINT, Long, LONG)
LOCKARB_SAFE_CONVERSION(Long, LONG, UInt, UINT)
LOCKARB_SAFE_CONVERSION(Long, LONG, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(Long, LONG, ULongLong, ULONGLONG)
LOCKARB_SAFE_CONVERSION(ULong, ULONG, Int, INT)
LOCKARB_SAFE_CONVERSION(ULong, ULONG, Long, LONG)
LOCKARB_SAFE_CONVERSION(LongLong, LONGLONG, Int, INT)
LOCKARB_SAFE_CONVERSION(LongLong, LONGLONG, UInt, UINT)
LOCKARB_SAFE_CONVERSION(LongLong, LONGLONG, Long, LONG)
LOCKARB_SAFE_CONVERSION(LongLong, LONGLONG, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(LongLong, LONGLONG, ULongLong, ULONGLONG)
LOCKARB_SAFE_CONVERSION(ULongLong, ULONGLONG, Int, INT)
LOCKARB_SAFE_CONVERSION(ULongLong, ULONGLONG, UInt, UINT)
LOCKARB_SAFE_CONVERSION(ULongLong, ULONGLONG, Long, LONG)
LOCKARB_SAFE_CONVERSION(ULongLong, ULONGLONG, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(ULongLong, ULONGLONG, LongLong, LONGLONG)
LOCKARB_SAFE_CONVERSION(SizeT, SIZE_T, Int, INT)
LOCKARB_SAFE_CONVERSION(SizeT, SIZE_T, UInt, UINT)
LOCKARB_SAFE_CONVERSION(SizeT, SIZE_T, Long, LONG)
LOCKARB_SAFE_CONVERSION(SizeT, SIZE_T, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(ULongPtr, ULONG_PTR, Long, LONG)
LOCKARB_SAFE_CONVERSION(ULongPtr, ULONG_PTR, ULong, ULONG)
LOCKARB_SAFE_CONVERSION(LongPtr, LONG_PTR, Long, LONG)
LOCKARB_SAFE_CONVERSION(LongPtr, LONG_PTR, ULong, ULONG)
#undef LOCKARB_SAFE_TO_WIDE
#undef LOCKARB_SAFE_TO_32
#undef LOCKARB_SAFE_CONVERSION

#ifdef __cplusplus
}
#endif

#endif
