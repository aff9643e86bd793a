/* SPDX-License-Identifier: Apache-2.0 */
/* ntstrsafe.h and ntintsafe.h */
#include <ntintsafe.h>
#include <ntstrsafe.h>
#include <string.h>

#include "cases.h"

/* Wide text of a host, whose own wide literals may have 32 bits. */
static PWCHAR Wide(PWCHAR Room, PCSTR Text) {
  ULONG i = 0;
  do Room[i] = (UCHAR)Text[i];
  while (Text[i++] != '\0');
  return Room;
}

static BOOLEAN Is(const WCHAR *String, PCSTR Text) {
  ULONG i = 0;
  for (; String[i] != 0; i++) {
    if (String[i] != (UCHAR)Text[i]) return FALSE;
  }
  return Text[i] == '\0';
}

CASE(SafeStrings, AreCutOffAndTerminated) {
  CHAR bytes[6] = "12345";
  WCHAR wide[6], text[20];
  size_t length;
  ASSERT(RtlStringCchCopyA(bytes, 6, "abcde") == STATUS_SUCCESS &&
         RtlEqualMemory(bytes, "abcde", 6));
  ASSERT(RtlStringCchCopyA(bytes, 4, "xyzw") == STATUS_BUFFER_OVERFLOW);
  ASSERT(RtlEqualMemory(bytes, "xyz", 4) && bytes[4] == 'e'); /* nothing behind its room */
  ASSERT(RtlStringCbCopyNA(bytes, 6, "abcde", 2) == STATUS_SUCCESS && bytes[2] == '\0');
  ASSERT(RtlStringCchCatA(bytes, 6, "cd") == STATUS_SUCCESS && RtlEqualMemory(bytes, "abcd", 5));
  ASSERT(RtlStringCbCatA(bytes, 6, "ef") == STATUS_BUFFER_OVERFLOW);
  ASSERT(RtlEqualMemory(bytes, "abcde", 6));
  ASSERT(RtlStringCbCopyA(bytes, 0, "") == STATUS_INVALID_PARAMETER);
  ASSERT(RtlStringCchCatNA(bytes, 5, "f", 1) == STATUS_INVALID_PARAMETER); /* no end in its room */
  ASSERT(RtlStringCchLengthA(bytes, 6, &length) == STATUS_SUCCESS && length == 5);
  ASSERT(RtlStringCbLengthA(bytes, 5, &length) == STATUS_INVALID_PARAMETER && length == 0);
  bytes[1] = '\0';
  ASSERT(RtlStringCbCatNA(bytes, 6, "1234", 2) == STATUS_SUCCESS &&
         RtlEqualMemory(bytes, "a12", 4));
  ASSERT(RtlStringCchCopyNA(bytes, 3, "1234", 3) == STATUS_BUFFER_OVERFLOW && bytes[1] == '2');

  ASSERT(RtlStringCchCopyW(wide, 6, Wide(text, "abc")) == STATUS_SUCCESS && Is(wide, "abc"));
  ASSERT(RtlStringCbCatW(wide, 12, Wide(text, "def")) == STATUS_BUFFER_OVERFLOW);
  ASSERT(Is(wide, "abcde"));
  ASSERT(RtlStringCbCopyNW(wide, 12, Wide(text, "xyz"), 4) == STATUS_SUCCESS && Is(wide, "xy"));
  ASSERT(RtlStringCchCatW(wide, 6, text) == STATUS_SUCCESS && Is(wide, "xyxyz"));
  ASSERT(RtlStringCbLengthW(wide, 12, &length) == STATUS_SUCCESS && length == 10);
  ASSERT(RtlStringCchLengthW(wide, 6, &length) == STATUS_SUCCESS && length == 5);
  ASSERT(RtlStringCbCopyW(wide, 7, text) == STATUS_BUFFER_OVERFLOW && Is(wide, "xy"));
  ASSERT(RtlStringCchCopyNW(wide, 6, text, 1) == STATUS_SUCCESS && Is(wide, "x"));
  ASSERT(RtlStringCchCatNW(wide, 6, text, 1) == STATUS_SUCCESS && Is(wide, "xx"));
  ASSERT(RtlStringCbCatNW(wide, 12, text, 2) == STATUS_SUCCESS && Is(wide, "xxx"));
}

static NTSTATUS PrintListA(PSTR Room, size_t Size, PCSTR Format, ...) {
  va_list list;
  va_start(list, Format);
  NTSTATUS status = RtlStringCbVPrintfA(Room, Size, Format, list);
  va_end(list);
  va_start(list, Format);
  if (status == STATUS_SUCCESS) status = RtlStringCchVPrintfA(Room, Size, Format, list);
  va_end(list);
  return status;
}

static NTSTATUS PrintListW(PWSTR Room, size_t Size, PCWSTR Format, ...) {
  va_list list;
  va_start(list, Format);
  NTSTATUS status = RtlStringCbVPrintfW(Room, Size * sizeof(WCHAR), Format, list);
  va_end(list);
  va_start(list, Format);
  if (status == STATUS_SUCCESS) status = RtlStringCchVPrintfW(Room, Size, Format, list);
  va_end(list);
  return status;
}

static NTSTATUS PrintListCounted(PUNICODE_STRING String, PCWSTR Format, ...) {
  va_list list;
  va_start(list, Format);
  NTSTATUS status = RtlUnicodeStringVPrintf(String, Format, list);
  va_end(list);
  return status;
}

CASE(SafeStrings, ArePrinted) {
  static CHAR bytes[1000];
  static WCHAR wide[1000];
  WCHAR text[40], word[20];
  UNICODE_STRING string, counted;
  ANSI_STRING ansi;
  RtlInitUnicodeString(&counted, Wide(word, "wide"));
  RtlInitAnsiString(&ansi, "ansi");
  ASSERT(RtlStringCchPrintfA(bytes, 100, "%-4d|%04x|%*u|%.3s|%5c|%%|%I64d|%wZ|%Z|%ws|%S", -1, 255u,
                             4, 7u, "abcdef", 'c', (LONGLONG)1 << 40, &counted, &ansi, word,
                             word) == STATUS_SUCCESS);
  ASSERT(strcmp(bytes, "-1  |00ff|   7|abc|    c|%|1099511627776|wide|ansi|wide|wide") == 0);
  ASSERT(RtlStringCbPrintfA(bytes, 5, "%s", "abcdef") == STATUS_BUFFER_OVERFLOW);
  ASSERT(strcmp(bytes, "abcd") == 0);
  ASSERT(RtlStringCchPrintfA(bytes, 9, "%f", 0) == STATUS_INVALID_PARAMETER);
  ASSERT(PrintListA(bytes, 10, "%lu%s", 5u, (PSTR)NULL) == STATUS_SUCCESS);
  ASSERT(strcmp(bytes, "5(null)") == 0);

  ASSERT(RtlStringCchPrintfW(wide, 100, Wide(text, "%s|%-7S|%hs|%.2ls|%c|%u"), word, "bytes", "h",
                             word, 'x', 12u) == STATUS_SUCCESS);
  ASSERT(Is(wide, "wide|bytes  |h|wi|x|12"));
  ASSERT(RtlStringCbPrintfW(wide, 8, Wide(text, "%d"), 12345) == STATUS_BUFFER_OVERFLOW);
  ASSERT(Is(wide, "123"));
  ASSERT(PrintListW(wide, 20, Wide(text, "%wZ."), &counted) == STATUS_SUCCESS && Is(wide, "wide."));
  for (ULONG i = 0; i < 900; i++) bytes[i] = 'y';
  bytes[900] = '\0';
  ASSERT(RtlStringCchPrintfW(wide, 1000, Wide(text, "%S%u"), bytes, 1u) == STATUS_SUCCESS);
  ASSERT(wide[899] == 'y' && wide[900] == '1' && wide[901] == 0); /* longer than a message */

  RtlInitEmptyUnicodeString(&string, wide, 12);
  ASSERT(RtlUnicodeStringPrintf(&string, Wide(text, "%u-%s"), 1u, word) == STATUS_SUCCESS);
  ASSERT(string.Length == 12 && wide[5] == 'e');
  ASSERT(RtlUnicodeStringPrintf(&string, text, 12u, word) == STATUS_BUFFER_OVERFLOW);
  ASSERT(PrintListCounted(&string, Wide(text, "%X"), 255u) == 0 && string.Length == 4);
  ASSERT(RtlUnicodeStringCopyString(&string, Wide(text, "ab")) == 0 && string.Length == 4);
  ASSERT(RtlUnicodeStringCat(&string, &counted) == STATUS_SUCCESS && string.Length == 12);
  ASSERT(RtlUnicodeStringCatString(&string, text) == STATUS_BUFFER_OVERFLOW);
  ASSERT(RtlUnicodeStringCopy(&string, &counted) == STATUS_SUCCESS && string.Length == 8);
  ASSERT(RtlUnicodeStringInit(&string, text) == STATUS_SUCCESS && string.Length == 4);
}

CASE(SafeIntegers, SayWhenTheyDoNotFit) {
  ULONG sum;
  LONG difference;
  USHORT half;
  SIZE_T size;
  ULONGLONG large;
  UINT8 byte;
  ASSERT(RtlULongAdd(MAXULONG - 1, 1, &sum) == STATUS_SUCCESS && sum == MAXULONG);
  ASSERT(RtlULongAdd(MAXULONG, 1, &sum) == STATUS_INTEGER_OVERFLOW && sum == MAXULONG);
  ASSERT(RtlULongSub(1, 2, &sum) == STATUS_INTEGER_OVERFLOW && RtlULongSub(2, 1, &sum) == 0);
  ASSERT(RtlULongMult(65536, 65535, &sum) == STATUS_SUCCESS);
  ASSERT(RtlULongMult(65536, 65536, &sum) == STATUS_INTEGER_OVERFLOW);
  ASSERT(RtlLongSub((LONG)MINLONG, 1, &difference) == STATUS_INTEGER_OVERFLOW && difference == -1);
  ASSERT(RtlSizeTAdd(MAXSIZE_T, 1, &size) == STATUS_INTEGER_OVERFLOW && size == MAXSIZE_T);
  ASSERT(RtlULongLongMult(MAXULONGLONG, 1, &large) == STATUS_SUCCESS && large == MAXULONGLONG);
  ASSERT(RtlUInt8Add(200, 56, &byte) == STATUS_INTEGER_OVERFLOW &&
         RtlUInt8Add(200, 55, &byte) == 0);
  ASSERT(RtlULongToUShort(65536, &half) == STATUS_INTEGER_OVERFLOW && half == MAXUSHORT);
  ASSERT(RtlULongToUShort(65535, &half) == STATUS_SUCCESS && half == 65535);
  ASSERT(RtlLongToULong(-1, &sum) == STATUS_INTEGER_OVERFLOW);
  ASSERT(RtlULongLongToULong(UINT64_C(1) << 32, &sum) == STATUS_INTEGER_OVERFLOW);
  ASSERT(RtlSizeTToULong(5, &sum) == STATUS_SUCCESS && sum == 5);
}
