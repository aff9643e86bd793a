/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <wdm.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  static volatile int never_true;
  ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
  KeStallExecutionProcessor(1);
  assert(never_true);
  return STATUS_SUCCESS;
}
