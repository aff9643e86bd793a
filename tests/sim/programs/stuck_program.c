/* SPDX-License-Identifier: Apache-2.0 */
/* Owns a lock shared and waits for it exclusively: contract II.A, row A9. */
#include <wdm.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(&resource, TRUE);
  ExAcquireResourceExclusiveLite(&resource, TRUE);
  return STATUS_SUCCESS;
}
