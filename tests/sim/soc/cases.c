/* SPDX-License-Identifier: Apache-2.0 */
/* The tests in C that end, of the files that are linked with it, one after the other on cores. */
#include "cases.h"

struct lockarb_case *lockarb_cases;

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
  UNREFERENCED_PARAMETER(DriverObject);
  UNREFERENCED_PARAMETER(RegistryPath);
  ULONG count = 0;
  for (const struct lockarb_case *tested = lockarb_cases; tested != NULL; tested = tested->next) {
    if (tested->stop != NULL) continue;
    lockarb_set_verifier(tested->verified != 0);
    DbgPrint("%s.%s\n", tested->suite, tested->name);
    tested->run();
    count++;
  }
  DbgPrint("%u cases have run\n", count);
  return STATUS_SUCCESS;
}
