/* SPDX-License-Identifier: Apache-2.0 */
/* Every routine, and every test in C that ends, one after the other in one program of the simulated
 * platform. */
#include "cases.h"
#include "every_routine.h"

struct lockarb_case *lockarb_cases;

DRIVER_INITIALIZE RunEveryRoutine;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  ULONG count = 0;
  NTSTATUS status = RunEveryRoutine(DriverObject, RegistryPath);
  for (const struct lockarb_case *tested = lockarb_cases; tested != NULL; tested = tested->next) {
    if (tested->stop != NULL) continue;
    lockarb_set_verifier(tested->verified != 0);
    tested->run();
    count++;
  }
  DbgPrint("%u cases have run\n", count);
  return status;
}
