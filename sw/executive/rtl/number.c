/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and GUIDs as strings. */
#include "executive/rtl/letters.h"

enum { MOST_DIGITS = 64, GUID_UNITS = 38 };

static bool is_base(ULONG base) { return base == 2 || base == 8 || base == 10 || base == 16; }

static NTSTATUS to_string(ULONGLONG value, ULONG base, PUNICODE_STRING string) {
  WCHAR digits[MOST_DIGITS];
  size_t count = 0;
  if (base == 0) base = 10;
  if (!is_base(base)) return STATUS_INVALID_PARAMETER;
  do {
    digits[count++] = (WCHAR) "0123456789ABCDEF"[value % base];
    value /= base;
  } while (value != 0);
  if (count * sizeof(WCHAR) > string->MaximumLength) return STATUS_BUFFER_OVERFLOW;
  for (size_t i = 0; i < count; i++) string->Buffer[i] = digits[count - 1 - i];
  string->Length = (USHORT)(count * sizeof(WCHAR));
  if (string->Length + sizeof(WCHAR) <= string->MaximumLength) string->Buffer[count] = UNICODE_NULL;
  return STATUS_SUCCESS;
}

NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String) {
  return to_string(Value, Base, String);
}

NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String) {
  return to_string(Value, Base, String);
}

/* Characters of a string of either kind; 0: its end. */
struct reader {
  const char *narrow;
  const WCHAR *wide;
  size_t left;
};

static WCHAR peek(const struct reader *reader) {
  if (reader->left == 0) return 0;
  return reader->wide != NULL ? *reader->wide : wide_of(*reader->narrow);
}

static void step(struct reader *reader) {
  reader->left--;
  if (reader->wide != NULL) {
    reader->wide++;
  } else {
    reader->narrow++;
  }
}

static unsigned digit_of(WCHAR c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10u;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10u;
  return 16;
}

static ULONG read_base(struct reader *reader) {
  if (peek(reader) != '0') return 10;
  struct reader after = *reader;
  step(&after);
  ULONG base = peek(&after) == 'x' ? 16 : peek(&after) == 'o' ? 8 : peek(&after) == 'b' ? 2 : 10;
  if (base == 10) return base;
  step(&after);
  *reader = after;
  return base;
}

static NTSTATUS read_number(struct reader reader, ULONG base, PULONG value) {
  while (peek(&reader) != 0 && peek(&reader) <= ' ') step(&reader);
  bool negative = peek(&reader) == '-';
  if (negative || peek(&reader) == '+') step(&reader);
  if (base == 0) base = read_base(&reader);
  if (!is_base(base)) return STATUS_INVALID_PARAMETER;
  ULONG number = 0;
  for (; digit_of(peek(&reader)) < base; step(&reader)) {
    number = number * base + digit_of(peek(&reader));
  }
  *value = negative ? 0 - number : number;
  return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value) {
  return read_number((struct reader){.wide = String->Buffer, .left = units_of(String)}, Base,
                     Value);
}

NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value) {
  size_t length = 0;
  while (String[length] != '\0') length++;
  return read_number((struct reader){.narrow = String, .left = length}, Base, Value);
}

/* GUIDs */

static void put_hex(PUNICODE_STRING string, ULONG value, unsigned digits) {
  while (digits > 0) {
    WCHAR digit = (WCHAR) "0123456789abcdef"[value >> 4 * --digits & 15];
    string->Buffer[string->Length / sizeof(WCHAR)] = digit;
    string->Length += sizeof(WCHAR);
  }
}

static void put(PUNICODE_STRING string, WCHAR c) {
  string->Buffer[string->Length / sizeof(WCHAR)] = c;
  string->Length += sizeof(WCHAR);
}

NTSTATUS RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString) {
  WCHAR room[GUID_UNITS + 1];
  UNICODE_STRING text = {.MaximumLength = sizeof(room), .Buffer = room};
  put(&text, '{');
  put_hex(&text, Guid->Data1, 8);
  put(&text, '-');
  put_hex(&text, Guid->Data2, 4);
  put(&text, '-');
  put_hex(&text, Guid->Data3, 4);
  put(&text, '-');
  for (unsigned i = 0; i < 8; i++) {
    if (i == 2) put(&text, '-');
    put_hex(&text, Guid->Data4[i], 2);
  }
  put(&text, '}');
  room[GUID_UNITS] = UNICODE_NULL;
  return RtlCreateUnicodeString(GuidString, room) ? STATUS_SUCCESS : STATUS_NO_MEMORY;
}

static bool take(struct reader *reader, WCHAR c) {
  if (peek(reader) != c) return false;
  step(reader);
  return true;
}

static bool take_hex(struct reader *reader, unsigned digits, ULONG *value) {
  *value = 0;
  for (; digits > 0; digits--) {
    unsigned digit = digit_of(peek(reader));
    if (digit > 15) return false;
    *value = *value << 4 | digit;
    step(reader);
  }
  return true;
}

NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid) {
  struct reader reader = {.wide = GuidString->Buffer, .left = units_of(GuidString)};
  ULONG part[11];
  bool right = take(&reader, '{') && take_hex(&reader, 8, &part[0]);
  for (unsigned i = 1; i < 3; i++) {
    right = right && take(&reader, '-') && take_hex(&reader, 4, &part[i]);
  }
  right = right && take(&reader, '-');
  for (unsigned i = 3; i < 11; i++) {
    right = right && (i != 5 || take(&reader, '-')) && take_hex(&reader, 2, &part[i]);
  }
  if (!right || !take(&reader, '}')) return STATUS_INVALID_PARAMETER;
  *Guid = (GUID){part[0], (USHORT)part[1], (USHORT)part[2], {0}};
  for (unsigned i = 0; i < 8; i++) Guid->Data4[i] = (UCHAR)part[3 + i];
  return STATUS_SUCCESS;
}
