/* SPDX-License-Identifier: Apache-2.0 */
#include <wdm.h>

#include "hal/mmio.h"

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  mmio_read32(0x12340000);
  return STATUS_SUCCESS;
}
