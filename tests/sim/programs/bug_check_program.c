/* SPDX-License-Identifier: Apache-2.0 */
/* Releases a lock that it does not own. */
#include <wdm.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  KeEnterCriticalRegion();
  ExReleaseResourceLite(&resource);
  return STATUS_SUCCESS;
}
