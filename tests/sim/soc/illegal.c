/* SPDX-License-Identifier: Apache-2.0 */
/* A word that is no instruction, in a function of its own: what soc_test.py expects to be named. */
#include <wdm.h>

__attribute__((noinline)) static void stumble(void) { __asm__ volatile(".word 0"); }

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  stumble();
  return STATUS_SUCCESS;
}
