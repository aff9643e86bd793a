/* SPDX-License-Identifier: Apache-2.0 */
/* Wide literals have 16 bits a character, and so have the functions of wchar.h. */
#include <wchar.h>

#include <ntddk.h>

C_ASSERT(sizeof(L'a') == sizeof(WCHAR) && sizeof(wchar_t) == 2);

static DECLARE_CONST_UNICODE_STRING(Constant, L"\\Constant");

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNICODE_STRING name = {8, 10, L"\\Foo"}, initialized, literal = RTL_CONSTANT_STRING(L"\\Bar");
  WCHAR copy[32];
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ASSERT(name.Buffer[1] == 'F' && Constant.Length == 18);
  RtlInitUnicodeString(&initialized, L"\\Device\\Lock");
  ASSERT(initialized.Length == 24 && initialized.MaximumLength == 26 && literal.Length == 8);

  wcscpy(copy, L"one");
  wcscat(copy, L", two");
  ASSERT(wcslen(copy) == 8 && wcsnlen(copy, 5) == 5 && wcscmp(copy, L"one, two") == 0);
  ASSERT(wcsncmp(copy, L"one; two", 3) == 0 && wcsncmp(copy, L"one; two", 4) < 0);
  ASSERT(wcschr(copy, L't') == copy + 5 && wcsrchr(copy, L'o') == copy + 7);
  ASSERT(wcschr(copy, L'x') == NULL && wcschr(copy, 0) == copy + 8 &&
         wcsstr(copy, L"tw") == copy + 5);
  ASSERT(wcsstr(copy, L"twx") == NULL && wcsncpy(copy, L"ab", 4) == copy && copy[3] == 0);
  ASSERT(wcscmp(wcsncat(copy, L"cdef", 2), L"abcd") == 0);
  DbgPrint("%ws %wZ\n", copy, &Constant);
  return STATUS_SUCCESS;
}
