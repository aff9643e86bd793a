/* SPDX-License-Identifier: Apache-2.0 */
#include <wdm.h>

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  return STATUS_UNSUCCESSFUL;
}
