/* SPDX-License-Identifier: Apache-2.0 */
/* What drivers print: LONG and ULONG by %l, 64 bits by %I64, counted strings by %Z, wide ones. */
#include <ntddk.h>

static ULONG Variable;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  NTSTATUS status = STATUS_UNSUCCESSFUL;
  ULONG number = 5;
  LONG minus = -7;
  LARGE_INTEGER large;
  UNREFERENCED_PARAMETER(DriverObject);
  large.QuadPart = -5000000000;
  DbgPrint("status %08lx, number %lu, minus %ld\n", status, number, minus);
  DbgPrint("large %I64d, %I64x\n", large.QuadPart, large.QuadPart);
  DbgPrint("%wZ, %ws\n", RegistryPath, L"wide");
  DbgPrint("%p %p %p %p\n", &number, &Variable, DriverEntry, PsGetCurrentThread());
  DbgPrint("%f\n", 1.0);
  return STATUS_SUCCESS;
}
