/* SPDX-License-Identifier: Apache-2.0 */
/* A program of somebody else's: two threads count under one lock. */
#include <wdm.h>

static ERESOURCE lock;
static ULONG counter;

static VOID count(PVOID times) {
  for (ULONG_PTR i = 0; i < (ULONG_PTR)times; ++i) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
    const ULONG before = counter;
    KeStallExecutionProcessor(1);
    counter = before + 1;
    ExReleaseResourceAndLeaveCriticalRegion(&lock);
  }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  HANDLE thread[2];
  ExInitializeResourceLite(&lock);
  for (int i = 0; i < 2; ++i) {
    PsCreateSystemThread(&thread[i], 0, NULL, NULL, NULL, count, (PVOID)100);
  }
  for (int i = 0; i < 2; ++i) {
    ZwWaitForSingleObject(thread[i], FALSE, NULL);
    ZwClose(thread[i]);
  }
  ExDeleteResourceLite(&lock);
  return counter == 200 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
