/* SPDX-License-Identifier: Apache-2.0 */
/* A program for a board: DriverEntry() as the first thread. */
#include <wdm.h>

#include "board.h"

DRIVER_INITIALIZE DriverEntry;

void program(void *arg);
void program(void *arg) {
  (void)arg;
  static DRIVER_OBJECT driver;
  static UNICODE_STRING path;
  if (!NT_SUCCESS(DriverEntry(&driver, &path))) board_halt(1);
}
