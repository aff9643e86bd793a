/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles with warnings, as code for another compiler does: its pragmas, a parameter and a
 * variable that nobody uses, a sign that is compared with none, qualifiers that get lost.
 */
#include <ntddk.h>
#pragma warning(disable : 4100)
DRIVER_INITIALIZE DriverEntry;
static VOID Unload(PDRIVER_OBJECT DriverObject);
#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#endif
#pragma prefast(suppress : 28137, "constant")

#define TAG 'gaT1'

static VOID Unload(PDRIVER_OBJECT DriverObject) { PAGED_CODE(); }

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  int unused, i;
  static const ULONG numbers[] = {1, 2, 3};
  PULONG number = numbers;
  ULONG sum = 0;
  for (i = 0; i < sizeof numbers / sizeof *numbers; i++) sum += *number++;
  Unload(DriverObject);
  return sum == 6 && TAG == 0x67615431 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
