/* SPDX-License-Identifier: Apache-2.0 */
/* Two wishes for a version of Windows that differ, as public code has them. */
#define _WIN32_WINNT 0x0601
#define NTDDI_VERSION 0x06020000
#include <ntifs.h>

#if NTDDI_VERSION != NTDDI_WIN8 || _WIN32_WINNT != _WIN32_WINNT_WIN7
#error a wish has changed
#endif

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  return STATUS_SUCCESS;
}
