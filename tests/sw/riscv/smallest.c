/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program with a lock: what the executive takes at least. */
#include <wdm.h>

static ERESOURCE lock;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  NTSTATUS status = ExInitializeResourceLite(&lock);
  if (!NT_SUCCESS(status)) return status;
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&lock, TRUE);
  ExReleaseResourceLite(&lock);
  KeLeaveCriticalRegion();
  return ExDeleteResourceLite(&lock);
}
