/* SPDX-License-Identifier: Apache-2.0 */
/* Which mutant of the driver is alive: the number in the environment, or none. */
#include <stdlib.h>

#include "mutant.h"

int lockarb_mutant_alive;

__attribute__((constructor)) static void choose(void) {
  const char *number = getenv("LOCKARB_MUTANT");
  if (number != NULL) lockarb_mutant_alive = atoi(number);
}
