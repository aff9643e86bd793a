/* SPDX-License-Identifier: Apache-2.0 */
/* Counted strings: made, copied, compared, converted. */
#include "lockarb_string.h"

#include "executive/rtl/letters.h"

enum { TAG = 0x67727453, MOST_BYTES = 0xFFFE }; /* 'Strg' */

size_t wide_length(PCWSTR string) {
  size_t length = 0;
  while (string[length] != 0) length++;
  return length;
}

static size_t length_of(PCSZ string) {
  size_t length = 0;
  while (string[length] != '\0') length++;
  return length;
}

NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  if (SourceString != NULL && wide_length(SourceString) >= UNICODE_STRING_MAX_CHARS) {
    return STATUS_NAME_TOO_LONG;
  }
  RtlInitUnicodeString(DestinationString, SourceString);
  return STATUS_SUCCESS;
}

NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString) {
  if (SourceString != NULL && length_of(SourceString) > MOST_BYTES) return STATUS_NAME_TOO_LONG;
  RtlInitAnsiString(DestinationString, SourceString);
  return STATUS_SUCCESS;
}

/* Copies */

VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString) {
  USHORT length = SourceString != NULL ? SourceString->Length : 0;
  USHORT room = DestinationString->MaximumLength;
  if (length > room) length = room;
  length &= (USHORT) ~(sizeof(WCHAR) - 1);
  if (length > 0) RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, length);
  DestinationString->Length = length;
  if ((size_t)length + sizeof(WCHAR) <= room) {
    DestinationString->Buffer[length / sizeof(WCHAR)] = UNICODE_NULL;
  }
}

VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString) {
  USHORT length = SourceString != NULL ? SourceString->Length : 0;
  if (length > DestinationString->MaximumLength) length = DestinationString->MaximumLength;
  if (length > 0) RtlMoveMemory(DestinationString->Buffer, SourceString->Buffer, length);
  DestinationString->Length = length;
}

NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
  size_t length = (size_t)Destination->Length + Source->Length;
  if (length > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
  if (Source->Length > 0) {
    RtlMoveMemory((PCHAR)Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
  }
  Destination->Length = (USHORT)length;
  if (length + sizeof(WCHAR) <= Destination->MaximumLength) {
    Destination->Buffer[length / sizeof(WCHAR)] = UNICODE_NULL;
  }
  return STATUS_SUCCESS;
}

NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
  UNICODE_STRING source;
  if (Source == NULL) return STATUS_SUCCESS;
  if (!NT_SUCCESS(RtlInitUnicodeStringEx(&source, Source))) return STATUS_BUFFER_TOO_SMALL;
  return RtlAppendUnicodeStringToString(Destination, &source);
}

NTSTATUS RtlAppendStringToString(PSTRING Destination, const STRING *Source) {
  size_t length = (size_t)Destination->Length + Source->Length;
  if (length > Destination->MaximumLength) return STATUS_BUFFER_TOO_SMALL;
  if (Source->Length > 0) {
    RtlMoveMemory(Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
  }
  Destination->Length = (USHORT)length;
  return STATUS_SUCCESS;
}

NTSTATUS RtlAppendAsciizToString(PSTRING Destination, PCSZ Source) {
  STRING source;
  if (Source == NULL) return STATUS_SUCCESS;
  if (!NT_SUCCESS(RtlInitAnsiStringEx(&source, Source))) return STATUS_BUFFER_TOO_SMALL;
  return RtlAppendStringToString(Destination, &source);
}

/* A buffer of the pool for that many bytes. */
static bool allocate(PVOID *buffer, size_t bytes) {
  *buffer = ExAllocatePoolWithTag(PagedPool, bytes, TAG);
  return *buffer != NULL;
}

static NTSTATUS make_room(PUNICODE_STRING string, size_t length, bool terminated) {
  size_t bytes = length + (terminated ? sizeof(WCHAR) : 0);
  PVOID buffer;
  if (bytes > MOST_BYTES) return STATUS_INVALID_PARAMETER;
  if (!allocate(&buffer, bytes)) return STATUS_NO_MEMORY;
  *string = (UNICODE_STRING){.MaximumLength = (USHORT)bytes, .Buffer = buffer};
  return STATUS_SUCCESS;
}

BOOLEAN RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
  UNICODE_STRING source;
  if (!NT_SUCCESS(RtlInitUnicodeStringEx(&source, SourceString))) return FALSE;
  if (!NT_SUCCESS(make_room(DestinationString, source.Length, true))) return FALSE;
  RtlCopyUnicodeString(DestinationString, &source);
  return TRUE;
}

NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                   PUNICODE_STRING StringOut) {
  const ULONG both = RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE |
                     RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
  bool terminated = Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE;
  if ((Flags & ~both) != 0 || Flags == RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) {
    return STATUS_INVALID_PARAMETER;
  }
  if (StringIn->Length == 0 && Flags != both) {
    *StringOut = (UNICODE_STRING){.Length = 0};
    return STATUS_SUCCESS;
  }
  NTSTATUS status = make_room(StringOut, StringIn->Length, terminated);
  if (NT_SUCCESS(status)) RtlCopyUnicodeString(StringOut, StringIn);
  return status;
}

VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString) {
  if (UnicodeString->Buffer == NULL) return;
  ExFreePoolWithTag(UnicodeString->Buffer, TAG);
  *UnicodeString = (UNICODE_STRING){.Length = 0};
}

VOID RtlFreeAnsiString(PANSI_STRING AnsiString) {
  if (AnsiString->Buffer == NULL) return;
  ExFreePoolWithTag(AnsiString->Buffer, TAG);
  *AnsiString = (ANSI_STRING){.Length = 0};
}

NTSTATUS RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String) {
  if (Flags != 0) return STATUS_INVALID_PARAMETER;
  if (String == NULL) return STATUS_SUCCESS;
  bool odd = String->Length % sizeof(WCHAR) != 0 || String->MaximumLength % sizeof(WCHAR) != 0;
  bool no_buffer = String->Buffer == NULL && String->MaximumLength != 0;
  if (odd || no_buffer || String->Length > String->MaximumLength) return STATUS_INVALID_PARAMETER;
  return STATUS_SUCCESS;
}

/* Comparisons */

static int compare_wide(const WCHAR *a, const WCHAR *b, size_t units, bool ignores_case) {
  for (size_t i = 0; i < units; i++) {
    int left = a[i], right = b[i];
    if (left == right) continue;
    if (ignores_case) {
      left = RtlUpcaseUnicodeChar(a[i]);
      right = RtlUpcaseUnicodeChar(b[i]);
    }
    if (left != right) return left - right;
  }
  return 0;
}

static int compare_bytes(const char *a, const char *b, size_t bytes, bool ignores_case) {
  for (size_t i = 0; i < bytes; i++) {
    int left = (UCHAR)a[i], right = (UCHAR)b[i];
    if (left != right && ignores_case) {
      left = (UCHAR)RtlUpperChar(a[i]);
      right = (UCHAR)RtlUpperChar(b[i]);
    }
    if (left != right) return left - right;
  }
  return 0;
}

LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                             BOOLEAN CaseInSensitive) {
  USHORT both = min(String1->Length, String2->Length);
  int order = compare_wide(String1->Buffer, String2->Buffer, both / sizeof(WCHAR), CaseInSensitive);
  return order != 0 ? order : String1->Length - String2->Length;
}

BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                              BOOLEAN CaseInSensitive) {
  return String1->Length == String2->Length &&
         compare_wide(String1->Buffer, String2->Buffer, units_of(String1), CaseInSensitive) == 0;
}

BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                               BOOLEAN CaseInSensitive) {
  return String1->Length <= String2->Length &&
         compare_wide(String1->Buffer, String2->Buffer, units_of(String1), CaseInSensitive) == 0;
}

BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                               BOOLEAN CaseInSensitive) {
  if (String1->Length > String2->Length) return FALSE;
  const WCHAR *end = String2->Buffer + (units_of(String2) - units_of(String1));
  return compare_wide(String1->Buffer, end, units_of(String1), CaseInSensitive) == 0;
}

LONG RtlCompareString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive) {
  USHORT both = min(String1->Length, String2->Length);
  int order = compare_bytes(String1->Buffer, String2->Buffer, both, CaseInSensitive);
  return order != 0 ? order : String1->Length - String2->Length;
}

BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive) {
  return String1->Length == String2->Length &&
         compare_bytes(String1->Buffer, String2->Buffer, String1->Length, CaseInSensitive) == 0;
}

BOOLEAN RtlPrefixString(const STRING *String1, const STRING *String2, BOOLEAN CaseInSensitive) {
  return String1->Length <= String2->Length &&
         compare_bytes(String1->Buffer, String2->Buffer, String1->Length, CaseInSensitive) == 0;
}

NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive, ULONG HashAlgorithm,
                              PULONG HashValue) {
  if (HashAlgorithm > HASH_STRING_ALGORITHM_X65599) return STATUS_INVALID_PARAMETER;
  ULONG hash = 0;
  for (size_t i = 0; i < units_of(String); i++) {
    WCHAR c = String->Buffer[i];
    hash = hash * 65599 + (CaseInSensitive ? RtlUpcaseUnicodeChar(c) : c);
  }
  *HashValue = hash;
  return STATUS_SUCCESS;
}

/* Conversions */

static NTSTATUS change_case(PUNICODE_STRING to, PCUNICODE_STRING from, bool allocates,
                            WCHAR change(WCHAR)) {
  if (allocates) {
    NTSTATUS status = make_room(to, from->Length, false);
    if (!NT_SUCCESS(status)) return status;
  } else if (from->Length > to->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  for (size_t i = 0; i < units_of(from); i++) to->Buffer[i] = change(from->Buffer[i]);
  to->Length = from->Length;
  return STATUS_SUCCESS;
}

NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                BOOLEAN AllocateDestinationString) {
  return change_case(DestinationString, SourceString, AllocateDestinationString,
                     RtlUpcaseUnicodeChar);
}

NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString,
                                  BOOLEAN AllocateDestinationString) {
  return change_case(DestinationString, SourceString, AllocateDestinationString,
                     RtlDowncaseUnicodeChar);
}

NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString, PCANSI_STRING SourceString,
                                      BOOLEAN AllocateDestinationString) {
  size_t length = SourceString->Length * sizeof(WCHAR);
  if (length + sizeof(WCHAR) > MOST_BYTES) return STATUS_INVALID_PARAMETER_2;
  if (AllocateDestinationString) {
    NTSTATUS status = make_room(DestinationString, length, true);
    if (!NT_SUCCESS(status)) return status;
  } else if (length + sizeof(WCHAR) > DestinationString->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  for (USHORT i = 0; i < SourceString->Length; i++) {
    DestinationString->Buffer[i] = wide_of(SourceString->Buffer[i]);
  }
  DestinationString->Length = (USHORT)length;
  DestinationString->Buffer[SourceString->Length] = UNICODE_NULL;
  return STATUS_SUCCESS;
}

NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString, PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString) {
  size_t length = units_of(SourceString);
  NTSTATUS status = STATUS_SUCCESS;
  if (AllocateDestinationString) {
    PVOID buffer;
    if (!allocate(&buffer, length + 1)) return STATUS_NO_MEMORY;
    *DestinationString = (ANSI_STRING){.MaximumLength = (USHORT)(length + 1), .Buffer = buffer};
  } else if (length + 1 > DestinationString->MaximumLength) {
    status = STATUS_BUFFER_OVERFLOW;
    if (DestinationString->MaximumLength == 0) return status;
    length = DestinationString->MaximumLength - 1u; /* as much as there is room for */
  }
  for (size_t i = 0; i < length; i++) {
    DestinationString->Buffer[i] = ansi_of(SourceString->Buffer[i]);
  }
  DestinationString->Length = (USHORT)length;
  DestinationString->Buffer[length] = '\0';
  return status;
}
