/* SPDX-License-Identifier: Apache-2.0 */
/* A program for a board: DriverEntry() as the first thread. */
#include <wdm.h>

#include "board.h"

DRIVER_INITIALIZE DriverEntry;

/* Of a simulation: what its command line says, before the program. */
void prepare_program(void) __attribute__((weak));

/* Functions with __attribute__((constructor)); of the linker. */
typedef void constructor(void);
extern constructor *const __constructors_start[], *const __constructors_end[];

void program(void *arg);
void program(void *arg) {
  (void)arg;
  static DRIVER_OBJECT driver;
  static UNICODE_STRING path;
  for (constructor *const *next = __constructors_start; next != __constructors_end; next++) {
    (*next)();
  }
  if (prepare_program != NULL) prepare_program();
  if (!NT_SUCCESS(DriverEntry(&driver, &path))) board_halt(1);
}
