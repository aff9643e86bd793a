/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The part of wdm.h that needs nothing of the executive: lists, memory and counted strings, inline.
 * Programs include <wdm.h>.
 */
#ifndef LOCKARB_RTL_H_
#define LOCKARB_RTL_H_

#include <ntdef.h>
#if __STDC_HOSTED__
#include <string.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Lists */

static inline VOID InitializeListHead(PLIST_ENTRY ListHead) {
  ListHead->Flink = ListHead->Blink = ListHead;
}
static inline BOOLEAN IsListEmpty(const LIST_ENTRY *ListHead) {
  return ListHead->Flink == ListHead;
}
/** @return TRUE if the list is empty now. */
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY Entry) {
  Entry->Blink->Flink = Entry->Flink;
  Entry->Flink->Blink = Entry->Blink;
  return Entry->Flink == Entry->Blink;
}
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY ListHead) {
  PLIST_ENTRY entry = ListHead->Flink;
  RemoveEntryList(entry);
  return entry;
}
static inline PLIST_ENTRY RemoveTailList(PLIST_ENTRY ListHead) {
  PLIST_ENTRY entry = ListHead->Blink;
  RemoveEntryList(entry);
  return entry;
}
static inline VOID InsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry) {
  Entry->Flink = ListHead;
  Entry->Blink = ListHead->Blink;
  ListHead->Blink->Flink = Entry;
  ListHead->Blink = Entry;
}
/** ListToAppend has no head of its own: any of its entries. */
static inline VOID AppendTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListToAppend) {
  PLIST_ENTRY end = ListHead->Blink;
  ListHead->Blink->Flink = ListToAppend;
  ListHead->Blink = ListToAppend->Blink;
  ListToAppend->Blink->Flink = ListHead;
  ListToAppend->Blink = end;
}
static inline VOID InsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY Entry) {
  InsertTailList(ListHead->Flink, Entry);
}

static inline VOID PushEntryList(PSINGLE_LIST_ENTRY ListHead, PSINGLE_LIST_ENTRY Entry) {
  Entry->Next = ListHead->Next;
  ListHead->Next = Entry;
}
/** @return NULL from an empty list. */
static inline PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY ListHead) {
  PSINGLE_LIST_ENTRY entry = ListHead->Next;
  if (entry != NULL) ListHead->Next = entry->Next;
  return entry;
}

/* Memory and strings */

#define RtlCopyMemory(Destination, Source, Length) \
  __builtin_memcpy((Destination), (Source), (Length))
#define RtlMoveMemory(Destination, Source, Length) \
  __builtin_memmove((Destination), (Source), (Length))
#define RtlFillMemory(Destination, Length, Fill) __builtin_memset((Destination), (Fill), (Length))
#define RtlZeroMemory(Destination, Length) __builtin_memset((Destination), 0, (Length))
#define RtlEqualMemory(Source1, Source2, Length) \
  (__builtin_memcmp((Source1), (Source2), (Length)) == 0)
/* It stays, though nobody reads the memory again. */
static inline PVOID RtlSecureZeroMemory(PVOID Destination, SIZE_T Length) {
  __builtin_memset(Destination, 0, Length);
  __asm__ volatile("" : : "r"(Destination) : "memory");
  return Destination;
}
#define RtlCopyMemoryNonTemporal RtlCopyMemory
#define RtlCopyVolatileMemory(Destination, Source, Length) \
  __builtin_memcpy((PVOID)(Destination), (const VOID *)(Source), (Length))
#define RtlMoveVolatileMemory(Destination, Source, Length) \
  __builtin_memmove((PVOID)(Destination), (const VOID *)(Source), (Length))
#define RtlFillVolatileMemory(Destination, Length, Fill) \
  __builtin_memset((PVOID)(Destination), (Fill), (Length))
#define RtlZeroVolatileMemory(Destination, Length) \
  __builtin_memset((PVOID)(Destination), 0, (Length))
/** Length: in bytes, a multiple of that of the pattern. */
static inline VOID RtlFillMemoryUlong(PVOID Destination, SIZE_T Length, ULONG Pattern) {
  for (SIZE_T i = 0; i < Length / sizeof(Pattern); i++) ((PULONG)Destination)[i] = Pattern;
}
static inline VOID RtlFillMemoryUlonglong(PVOID Destination, SIZE_T Length, ULONGLONG Pattern) {
  for (SIZE_T i = 0; i < Length / sizeof(Pattern); i++) ((PULONGLONG)Destination)[i] = Pattern;
}
/** @return How many bytes, from the first one on, hold the pattern. */
static inline SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern) {
  SIZE_T i = 0;
  while (i < Length / sizeof(Pattern) && ((PULONG)Source)[i] == Pattern) i++;
  return i * sizeof(Pattern);
}
static inline BOOLEAN RtlIsZeroMemory(PVOID Buffer, SIZE_T Length) {
  SIZE_T i = 0;
  while (i < Length && ((PUCHAR)Buffer)[i] == 0) i++;
  return i == Length;
}
#define RtlUshortByteSwap(value) __builtin_bswap16(value)
#define RtlUlongByteSwap(value) __builtin_bswap32(value)
#define RtlUlonglongByteSwap(value) __builtin_bswap64(value)
static inline LARGE_INTEGER RtlConvertLongToLargeInteger(LONG SignedInteger) {
  LARGE_INTEGER number;
  number.QuadPart = SignedInteger;
  return number;
}
static inline LARGE_INTEGER RtlConvertUlongToLargeInteger(ULONG UnsignedInteger) {
  LARGE_INTEGER number;
  number.QuadPart = UnsignedInteger;
  return number;
}
#define RtlCopyBytes RtlCopyMemory
#define RtlFillBytes RtlFillMemory
#define RtlZeroBytes RtlZeroMemory
/** @return How many bytes are equal, from the first one on. */
static inline SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length) {
  SIZE_T equal = 0;
  while (equal < Length && ((const UCHAR *)Source1)[equal] == ((const UCHAR *)Source2)[equal])
    equal++;
  return equal;
}

/** A counted string of a terminated one, which it does not copy. NULL: an empty one. */
static inline VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  SIZE_T length = 0;
  while (SourceString != NULL && length < UNICODE_STRING_MAX_CHARS - 1 && SourceString[length] != 0)
    length++;
  DestinationString->Length = (USHORT)(length * sizeof(WCHAR));
  DestinationString->MaximumLength =
      SourceString == NULL ? 0 : (USHORT)(DestinationString->Length + sizeof(WCHAR));
  DestinationString->Buffer = (PWCH)SourceString;
}
static inline VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSTR SourceString) {
  SIZE_T length = 0;
  while (SourceString != NULL && length < 0xFFFE && SourceString[length] != 0) length++;
  DestinationString->Length = (USHORT)length;
  DestinationString->MaximumLength = SourceString == NULL ? 0 : (USHORT)(length + 1);
  DestinationString->Buffer = (PCHAR)SourceString;
}
#define RtlInitString(DestinationString, SourceString) \
  RtlInitAnsiString((DestinationString), (SourceString))
static inline VOID RtlInitEmptyUnicodeString(PUNICODE_STRING DestinationString, PWCHAR Buffer,
                                             USHORT BufferSize) {
  DestinationString->Length = 0;
  DestinationString->MaximumLength = BufferSize;
  DestinationString->Buffer = Buffer;
}
static inline VOID RtlInitEmptyAnsiString(PANSI_STRING DestinationString, PCHAR Buffer,
                                          USHORT BufferSize) {
  DestinationString->Length = 0;
  DestinationString->MaximumLength = BufferSize;
  DestinationString->Buffer = Buffer;
}

#ifdef __cplusplus
}
#endif

#endif
