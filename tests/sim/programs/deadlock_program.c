/* SPDX-License-Identifier: Apache-2.0 */
/* Two threads stop each other early; a third one goes on, and never has to wait for them. */
#include <wdm.h>

static ERESOURCE first, second, other;

static VOID pause(LONGLONG microseconds) {
  LARGE_INTEGER interval = {.QuadPart = -10 * microseconds};
  KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

static VOID take_both(PERESOURCE one, PERESOURCE two) {
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(one, TRUE);
  pause(10);
  ExAcquireResourceExclusiveLite(two, TRUE);
}

static VOID forwards(PVOID context) {
  (void)context;
  take_both(&first, &second);
}

static VOID backwards(PVOID context) {
  (void)context;
  take_both(&second, &first);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  HANDLE thread;
  ExInitializeResourceLite(&first);
  ExInitializeResourceLite(&second);
  ExInitializeResourceLite(&other);
  PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, forwards, NULL);
  PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, backwards, NULL);
  for (int i = 0; i < 10; i++) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&other);
    pause(10);
    ExReleaseResourceAndLeaveCriticalRegion(&other);
  }
  DbgPrint("went on\n");
  return STATUS_SUCCESS;
}
