/* SPDX-License-Identifier: Apache-2.0 */
/* Leaves a region that it is not in, then releases a lock that it does not own. */
#include <wdm.h>

/* Without care the compiler makes a jump of this call, and the caller is gone from the stack. */
__attribute__((noinline)) static VOID leave(VOID) { KeLeaveCriticalRegion(); }

static inline __attribute__((always_inline)) VOID release(PERESOURCE resource) {
  KeEnterCriticalRegion();
  ExReleaseResourceLite(resource);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  static ERESOURCE resource;
  ExInitializeResourceLite(&resource);
  leave();
  release(&resource);
  return STATUS_SUCCESS;
}
