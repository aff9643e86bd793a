/* SPDX-License-Identifier: Apache-2.0 */
/* The tests in C that end, of the files that are linked with it, one after the other in one
 * program; before them every routine, where that is there. */
#include "cases.h"

struct lockarb_case *lockarb_cases;

#ifdef LOCKARB_EVERY_ROUTINE
DRIVER_INITIALIZE LOCKARB_EVERY_ROUTINE;
#endif

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ULONG count = 0;
  NTSTATUS status = STATUS_SUCCESS;
#ifdef LOCKARB_EVERY_ROUTINE
  status = LOCKARB_EVERY_ROUTINE(DriverObject, RegistryPath);
#endif
  for (const struct lockarb_case *tested = lockarb_cases; tested != NULL; tested = tested->next) {
    if (tested->stop != NULL) continue;
    lockarb_set_verifier(tested->verified != 0);
    tested->run();
    count++;
  }
  DbgPrint("%u cases have run\n", count);
  return status;
}
