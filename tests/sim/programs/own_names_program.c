/* SPDX-License-Identifier: Apache-2.0 */
/* A driver has names of its own, among them some that the executive has as well. */
#include <wdm.h>

ULONG cores = 7, arbiter, verifier_on;
static ERESOURCE resource;

VOID wake(VOID) { arbiter++; }
VOID note(VOID) { arbiter += 10; }
VOID print(VOID) { arbiter += 100; }
VOID lock_dispatcher(VOID) { arbiter += 1000; }

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  UNREFERENCED_PARAMETER(driver);
  UNREFERENCED_PARAMETER(path);
  ExInitializeResourceLite(&resource);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
  wake(), note(), print(), lock_dispatcher();
  ExReleaseResourceAndLeaveCriticalRegion(&resource);
  ExDeleteResourceLite(&resource);
  return cores == 7 && arbiter == 1111 && verifier_on == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
