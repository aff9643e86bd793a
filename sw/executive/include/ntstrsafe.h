/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Strings that are not written past their end: terminated ones of bytes (A) and UTF-16 (W), whose
 * room is counted in bytes (Cb) or characters (Cch), terminator included; and counted ones.
 *
 * @return STATUS_SUCCESS; STATUS_BUFFER_OVERFLOW: cut off, and terminated;
 * STATUS_INVALID_PARAMETER: no room, more than NTSTRSAFE_MAX_CCH of it, a string that does not end
 * in it, or a format that the WDK does not have.
 *
 * Formats: as of DbgPrint() (sw/README.md). In a W format %s is UTF-16 and %S is bytes, as of
 * swprintf(). Between the two: the ANSI code page.
 */
#ifndef LOCKARB_NTSTRSAFE_H_
#define LOCKARB_NTSTRSAFE_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xFFFF / sizeof(WCHAR))
#define NTSTRSAFEDDI NTSTATUS

#define LOCKARB_SAFE_STRINGS(kind, character)                                                      \
  NTSTATUS RtlStringCchCopy##kind(character *Destination, size_t Size, const character *Source);   \
  NTSTATUS RtlStringCbCopy##kind(character *Destination, size_t Size, const character *Source);    \
  NTSTATUS RtlStringCchCopyN##kind(character *Destination, size_t Size, const character *Source,   \
                                   size_t Most);                                                   \
  NTSTATUS RtlStringCbCopyN##kind(character *Destination, size_t Size, const character *Source,    \
                                  size_t Most);                                                    \
  NTSTATUS RtlStringCchCat##kind(character *Destination, size_t Size, const character *Source);    \
  NTSTATUS RtlStringCbCat##kind(character *Destination, size_t Size, const character *Source);     \
  NTSTATUS RtlStringCchCatN##kind(character *Destination, size_t Size, const character *Source,    \
                                  size_t Most);                                                    \
  NTSTATUS RtlStringCbCatN##kind(character *Destination, size_t Size, const character *Source,     \
                                 size_t Most);                                                     \
  NTSTATUS RtlStringCchLength##kind(const character *String, size_t Most, size_t *Length);         \
  NTSTATUS RtlStringCbLength##kind(const character *String, size_t Most, size_t *Length);          \
  NTSTATUS RtlStringCchPrintf##kind(character *Destination, size_t Size, const character *Format,  \
                                    ...);                                                          \
  NTSTATUS RtlStringCbPrintf##kind(character *Destination, size_t Size, const character *Format,   \
                                   ...);                                                           \
  NTSTATUS RtlStringCchVPrintf##kind(character *Destination, size_t Size, const character *Format, \
                                     va_list Arguments);                                           \
  NTSTATUS RtlStringCbVPrintf##kind(character *Destination, size_t Size, const character *Format,  \
                                    va_list Arguments);
LOCKARB_SAFE_STRINGS(A, CHAR)
LOCKARB_SAFE_STRINGS(W, WCHAR)
#undef LOCKARB_SAFE_STRINGS

/* Counted strings are not terminated. */

/** @return STATUS_INVALID_PARAMETER: it is too long for a counted string. */
NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING DestinationString, PCWSTR Source);
NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString);
NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING DestinationString, PCWSTR Source);
NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString);
NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING DestinationString, PCWSTR Source);
NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING DestinationString, PCWSTR Format, ...);
NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING DestinationString, PCWSTR Format,
                                 va_list Arguments);

#ifdef __cplusplus
}
#endif

#endif
