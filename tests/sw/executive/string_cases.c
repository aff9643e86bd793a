/* SPDX-License-Identifier: Apache-2.0 */
/* Counted strings, letters, numbers and GUIDs. */
#include "cases.h"

/* Wide text of a host, whose own wide literals may have 32 bits. */
static PWCHAR Wide(PWCHAR Room, PCSTR Text) {
  ULONG i = 0;
  do Room[i] = (UCHAR)Text[i];
  while (Text[i++] != '\0');
  return Room;
}

static BOOLEAN Is(PCUNICODE_STRING String, PCSTR Text) {
  ULONG i = 0;
  for (; i < String->Length / sizeof(WCHAR); i++) {
    if (String->Buffer[i] != (UCHAR)Text[i]) return FALSE;
  }
  return Text[i] == '\0';
}

CASE(Strings, AreCopiedAndAppendedAsFarAsThereIsRoom) {
  WCHAR room[6], text[20];
  UNICODE_STRING to, from;
  RtlInitEmptyUnicodeString(&to, room, sizeof(room));
  ASSERT(RtlInitUnicodeStringEx(&from, Wide(text, "abcd")) == STATUS_SUCCESS);
  RtlCopyUnicodeString(&to, &from);
  ASSERT(Is(&to, "abcd") && room[4] == 0);
  ASSERT(RtlAppendUnicodeStringToString(&to, &from) == STATUS_BUFFER_TOO_SMALL && Is(&to, "abcd"));
  ASSERT(RtlAppendUnicodeToString(&to, Wide(text, "ef")) == STATUS_SUCCESS && Is(&to, "abcdef"));
  ASSERT(RtlAppendUnicodeToString(&to, NULL) == STATUS_SUCCESS);
  RtlInitUnicodeString(&from, Wide(text, "0123456789"));
  RtlCopyUnicodeString(&to, &from);
  ASSERT(Is(&to, "012345"));
  RtlCopyUnicodeString(&to, NULL);
  ASSERT(to.Length == 0);

  CHAR bytes[4];
  STRING narrow, source;
  RtlInitEmptyAnsiString(&narrow, bytes, sizeof(bytes));
  ASSERT(RtlInitAnsiStringEx(&source, "ab") == STATUS_SUCCESS);
  RtlCopyString(&narrow, &source);
  ASSERT(RtlAppendAsciizToString(&narrow, "c") == STATUS_SUCCESS && narrow.Length == 3);
  ASSERT(RtlAppendStringToString(&narrow, &source) == STATUS_BUFFER_TOO_SMALL);
  ASSERT(RtlEqualMemory(bytes, "abc", 3));
}

CASE(Strings, AreAllocatedAndFreed) {
  WCHAR text[20];
  UNICODE_STRING a, b;
  ASSERT(RtlCreateUnicodeString(&a, Wide(text, "abc")) && a.MaximumLength == 8);
  ASSERT(RtlDuplicateUnicodeString(0, &a, &b) == STATUS_SUCCESS && Is(&b, "abc"));
  ASSERT(b.MaximumLength == 6 && b.Buffer != a.Buffer);
  RtlFreeUnicodeString(&b);
  ASSERT(b.Buffer == NULL);
  RtlFreeUnicodeString(&b);
  ASSERT(RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &a, &b) ==
         STATUS_SUCCESS);
  ASSERT(b.Buffer[3] == 0 && b.MaximumLength == 8);
  RtlFreeUnicodeString(&b);
  ASSERT(RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING, &a, &b) ==
         STATUS_INVALID_PARAMETER);
  RtlFreeUnicodeString(&a);
  a.Length = 0;
  ASSERT(RtlDuplicateUnicodeString(0, &a, &b) == STATUS_SUCCESS && b.Buffer == NULL);
  ASSERT(RtlDuplicateUnicodeString(3, &a, &b) == STATUS_SUCCESS && b.Buffer[0] == 0);
  RtlFreeUnicodeString(&b);
  ASSERT(RtlValidateUnicodeString(0, &b) == STATUS_SUCCESS);
  b.MaximumLength = 2;
  ASSERT(RtlValidateUnicodeString(0, &b) == STATUS_INVALID_PARAMETER);
}

CASE(Strings, CompareByUnitsOrByCapitals) {
  WCHAR text[4][20];
  UNICODE_STRING lower, upper, prefix, suffix;
  STRING a, b;
  ULONG hash, same;
  RtlInitUnicodeString(&lower, Wide(text[0], "b\xe4rst"));
  RtlInitUnicodeString(&upper, Wide(text[1], "B\xc4RST"));
  RtlInitUnicodeString(&prefix, Wide(text[2], "B\xc4"));
  RtlInitUnicodeString(&suffix, Wide(text[3], "ST"));
  ASSERT(RtlEqualUnicodeString(&lower, &upper, TRUE) &&
         !RtlEqualUnicodeString(&lower, &upper, FALSE));
  ASSERT(RtlCompareUnicodeString(&lower, &upper, FALSE) == 'b' - 'B');
  ASSERT(RtlCompareUnicodeString(&lower, &upper, TRUE) == 0);
  ASSERT(RtlCompareUnicodeString(&prefix, &lower, TRUE) < 0);
  ASSERT(RtlPrefixUnicodeString(&prefix, &lower, TRUE) &&
         !RtlPrefixUnicodeString(&prefix, &lower, FALSE));
  ASSERT(!RtlPrefixUnicodeString(&lower, &prefix, TRUE));
  ASSERT(RtlSuffixUnicodeString(&suffix, &lower, TRUE) &&
         !RtlSuffixUnicodeString(&suffix, &lower, FALSE));
  ASSERT(RtlHashUnicodeString(&lower, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash) ==
         STATUS_SUCCESS);
  ASSERT(RtlHashUnicodeString(&upper, FALSE, HASH_STRING_ALGORITHM_X65599, &same) ==
         STATUS_SUCCESS);
  ASSERT(hash == same);
  ASSERT(RtlHashUnicodeString(&upper, FALSE, 7, &same) == STATUS_INVALID_PARAMETER);
  RtlInitString(&a, "abc");
  RtlInitString(&b, "ABCD");
  ASSERT(RtlPrefixString(&a, &b, TRUE) && !RtlPrefixString(&a, &b, FALSE));
  ASSERT(RtlCompareString(&a, &b, FALSE) > 0 && RtlCompareString(&a, &b, TRUE) < 0);
  ASSERT(!RtlEqualString(&a, &b, TRUE));
}

CASE(Strings, HaveCapitals) {
  static const struct {
    WCHAR small, capital;
  } pairs[] = {{'a', 'A'},     {0xE9, 0xC9},   {0xFF, 0x178},  {0x101, 0x100},
               {0x17E, 0x17D}, {0x3B1, 0x391}, {0x3CE, 0x38F}, {0x430, 0x410},
               {0x451, 0x401}, {0x4D9, 0x4D8}, {0x561, 0x531}, {0xFF41, 0xFF21}};
  for (ULONG i = 0; i < ARRAYSIZE(pairs); i++) {
    ASSERT(RtlUpcaseUnicodeChar(pairs[i].small) == pairs[i].capital);
    ASSERT(RtlDowncaseUnicodeChar(pairs[i].capital) == pairs[i].small);
    ASSERT(RtlUpcaseUnicodeChar(pairs[i].capital) == pairs[i].capital);
    ASSERT(RtlDowncaseUnicodeChar(pairs[i].small) == pairs[i].small);
  }
  ASSERT(RtlUpcaseUnicodeChar(0xF7) == 0xF7 && RtlUpcaseUnicodeChar('1') == '1');
  ASSERT(RtlUpcaseUnicodeChar(0xDF) == 0xDF && RtlUpperChar('\xff') == '\xff');

  WCHAR text[20], room[3];
  UNICODE_STRING from, to;
  RtlInitUnicodeString(&from, Wide(text, "a1Z"));
  RtlInitEmptyUnicodeString(&to, room, sizeof(room));
  ASSERT(RtlUpcaseUnicodeString(&to, &from, FALSE) == STATUS_SUCCESS && Is(&to, "A1Z"));
  ASSERT(RtlDowncaseUnicodeString(&to, &from, TRUE) == STATUS_SUCCESS && Is(&to, "a1z"));
  RtlFreeUnicodeString(&to);
  RtlInitEmptyUnicodeString(&to, room, 4);
  ASSERT(RtlUpcaseUnicodeString(&to, &from, FALSE) == STATUS_BUFFER_OVERFLOW && to.Length == 0);
  CHAR bytes[2];
  STRING narrow, source;
  RtlInitString(&source, "xyz");
  RtlInitEmptyAnsiString(&narrow, bytes, sizeof(bytes));
  RtlUpperString(&narrow, &source);
  ASSERT(narrow.Length == 2 && bytes[1] == 'Y');
}

CASE(Strings, GoToTheAnsiCodePageAndBack) {
  WCHAR room[4];
  CHAR bytes[3];
  UNICODE_STRING wide;
  ANSI_STRING ansi;
  RtlInitAnsiString(&ansi, "a\xe4z");
  RtlInitEmptyUnicodeString(&wide, room, sizeof(room));
  ASSERT(RtlAnsiStringToUnicodeSize(&ansi) == 8 &&
         RtlAnsiStringToUnicodeString(&wide, &ansi, FALSE) == 0);
  ASSERT(wide.Length == 6 && room[1] == 0xE4 && room[3] == 0);
  wide.MaximumLength = 6;
  ASSERT(RtlAnsiStringToUnicodeString(&wide, &ansi, FALSE) == STATUS_BUFFER_OVERFLOW);
  room[0] = 0x20AC;
  ASSERT(RtlUnicodeStringToAnsiSize(&wide) == 4);
  ASSERT(RtlUnicodeStringToAnsiString(&ansi, &wide, TRUE) == STATUS_SUCCESS);
  ASSERT(ansi.Length == 3 && RtlEqualMemory(ansi.Buffer, "?\xe4z", 4));
  RtlFreeAnsiString(&ansi);
  RtlInitEmptyAnsiString(&ansi, bytes, sizeof(bytes));
  ASSERT(RtlUnicodeStringToAnsiString(&ansi, &wide, FALSE) == STATUS_BUFFER_OVERFLOW);
  ASSERT(ansi.Length == 2 && RtlEqualMemory(bytes, "?\xe4", 3));
  RtlInitAnsiString(&ansi, "new");
  ASSERT(RtlAnsiStringToUnicodeString(&wide, &ansi, TRUE) == STATUS_SUCCESS && Is(&wide, "new"));
  RtlFreeUnicodeString(&wide);
}

CASE(Strings, AreNumbersToFourBases) {
  WCHAR room[12], text[30];
  UNICODE_STRING string;
  ULONG value;
  RtlInitEmptyUnicodeString(&string, room, sizeof(room));
  ASSERT(RtlIntegerToUnicodeString(4294967295u, 0, &string) == 0 && Is(&string, "4294967295"));
  ASSERT(RtlInt64ToUnicodeString(0xABCDEF01, 16, &string) == 0 && Is(&string, "ABCDEF01"));
  ASSERT(RtlIntegerToUnicodeString(0, 2, &string) == 0 && Is(&string, "0") && room[1] == 0);
  ASSERT(RtlInt64ToUnicodeString(MAXULONGLONG, 10, &string) == STATUS_BUFFER_OVERFLOW);
  ASSERT(RtlIntegerToUnicodeString(1, 7, &string) == STATUS_INVALID_PARAMETER);
  RtlInitUnicodeString(&string, Wide(text, " -0x1fz"));
  ASSERT(RtlUnicodeStringToInteger(&string, 0, &value) == 0 && value == (ULONG)-31);
  RtlInitUnicodeString(&string, Wide(text, "0b101"));
  ASSERT(RtlUnicodeStringToInteger(&string, 0, &value) == 0 && value == 5);
  ASSERT(RtlUnicodeStringToInteger(&string, 10, &value) == 0 && value == 0);
  ASSERT(RtlUnicodeStringToInteger(&string, 3, &value) == STATUS_INVALID_PARAMETER);
  ASSERT(RtlCharToInteger("+778", 8, &value) == 0 && value == 63);
}

CASE(Routines, AreFoundByTheirNames) {
  static const struct {
    PCSTR name;
    PVOID address;
  } known[] = {{"DbgPrint", (PVOID)(ULONG_PTR)DbgPrint},
               {"ExAcquireResourceExclusiveLite", (PVOID)(ULONG_PTR)ExAcquireResourceExclusiveLite},
               {"KeSetEvent", (PVOID)(ULONG_PTR)KeSetEvent},
               {"RtlGetVersion", (PVOID)(ULONG_PTR)RtlGetVersion},
               {"ZwWaitForSingleObject", (PVOID)(ULONG_PTR)ZwWaitForSingleObject},
               {"vDbgPrintExWithPrefix", (PVOID)(ULONG_PTR)vDbgPrintExWithPrefix},
               {"KeSetEven", NULL},
               {"KeSetEvents", NULL},
               {"keSetEvent", NULL},
               {"", NULL}};
  WCHAR text[40];
  UNICODE_STRING name;
  for (ULONG i = 0; i < ARRAYSIZE(known); i++) {
    RtlInitUnicodeString(&name, Wide(text, known[i].name));
    ASSERT(MmGetSystemRoutineAddress(&name) == known[i].address);
  }
}

CASE(Strings, AreGuids) {
  static const GUID guid = {0x01234567, 0x89AB, 0xCDEF, {1, 2, 3, 4, 5, 6, 0xAB, 0xCD}};
  GUID back;
  REFGUID reference = &guid;
  UNICODE_STRING string;
  ASSERT(RtlStringFromGUID(reference, &string) == STATUS_SUCCESS);
  ASSERT(Is(&string, "{01234567-89ab-cdef-0102-03040506abcd}"));
  ASSERT(RtlGUIDFromString(&string, &back) == STATUS_SUCCESS && IsEqualGUID(&guid, &back));
  string.Buffer[10] = 'x';
  ASSERT(RtlGUIDFromString(&string, &back) == STATUS_INVALID_PARAMETER);
  RtlFreeUnicodeString(&string);
}
