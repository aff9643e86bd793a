/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Counted strings: copies, comparisons, letters, numbers, GUIDs, and between
 * UTF-16 and the ANSI code page, which is ISO 8859-1. Programs include <wdm.h>.
 *
 * IRQL: any, if the strings are there; PASSIVE_LEVEL on Windows where letters
 * are changed. A routine that allocates takes paged pool.
 */
#ifndef LOCKARB_STRING_H_
#define LOCKARB_STRING_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @return STATUS_NAME_TOO_LONG: it has more characters than a counted string
 * can have. */
NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString);

/* Copies. What does not fit is cut off; a terminator is written where there is
 * room. */

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString);
VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString);
/** @return STATUS_BUFFER_TOO_SMALL: it does not fit, and nothing was appended.
 */
NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source);
NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
NTSTATUS RtlAppendStringToString(PSTRING Destination, const STRING *Source);
NTSTATUS RtlAppendAsciizToString(PSTRING Destination, PCSZ Source);
/** A new string of the pool; RtlFreeUnicodeString() is owed. */
BOOLEAN RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE 1
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING 2
NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                   PUNICODE_STRING StringOut);
/** Free what a routine here has allocated; the string is empty then. */
VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);
VOID RtlFreeAnsiString(PANSI_STRING AnsiString);
/** @return STATUS_INVALID_PARAMETER: odd lengths, more than there is room for,
 * no buffer. */
NTSTATUS RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String);

/* Comparisons: by the units, or by their capitals. */

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive);
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive);
/** @return Whether the second one begins with the first one. */
BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                               BOOLEAN CaseInSensitive);
/** @return Whether the second one ends with the first one. */
BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                               BOOLEAN CaseInSensitive);
LONG RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive);
BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive);
BOOLEAN RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive);
#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599 1
#define HASH_STRING_ALGORITHM_INVALID 0xFFFFFFFF
NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                              PULONG HashValue);

/* Letters: Latin, Greek, Cyrillic, Armenian and full-width ones have capitals
 * here. */

WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter);
CHAR RtlUpperChar(CHAR Character);
/** What does not fit is cut off. */
VOID RtlUpperString(PSTRING DestinationString, const STRING *SourceString);
/**
 * @param AllocateDestinationString TRUE: into a new buffer, and
 * RtlFree...String() is owed.
 * @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW: it does not fit;
 * STATUS_NO_MEMORY. Without success the destination is as before, but that
 * RtlUnicodeStringToAnsiString() fills it.
 */
NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                BOOLEAN AllocateDestinationString);
NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                  BOOLEAN AllocateDestinationString);

/* The ANSI code page. What it does not have becomes '?'. */

NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
                                      BOOLEAN AllocateDestinationString);
NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString);
/* In bytes, with the terminator. */
#define RtlAnsiStringToUnicodeSize(String) \
  (((ULONG)(String)->Length + sizeof(ANSI_NULL)) * sizeof(WCHAR))
#define RtlUnicodeStringToAnsiSize(String) \
  (((ULONG)(String)->Length + sizeof(UNICODE_NULL)) / sizeof(WCHAR))

/* Numbers: to base 2, 8, 10 or 16; 0 stands for 10, and when read for what a
 * prefix 0x, 0o or 0b says. */

/** @return STATUS_INVALID_PARAMETER: no such base; STATUS_BUFFER_OVERFLOW: it
 * does not fit. */
NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
/** What follows the digits does not count; no digits are 0. */
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);

/* GUIDs: {01234567-89ab-cdef-0123-456789abcdef} */

/** In a new buffer; RtlFreeUnicodeString() is owed. */
NTSTATUS RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString);
NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid);

#ifdef __cplusplus
}
#endif

#endif
