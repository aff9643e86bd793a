/* SPDX-License-Identifier: Apache-2.0 */
/* Two threads, one lock: the smallest program (sw/README.md). */
#include <wdm.h>

static ERESOURCE lock;
static ULONG counter;

static VOID count(PVOID context) {
  (void)context;
  for (ULONG i = 0; i < 1000; ++i) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
    ++counter;
    ExReleaseResourceAndLeaveCriticalRegion(&lock);
  }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  HANDLE thread[2];
  ExInitializeResourceLite(&lock);
  for (int i = 0; i < 2; ++i) PsCreateSystemThread(&thread[i], 0, NULL, NULL, NULL, count, NULL);
  for (int i = 0; i < 2; ++i) {
    ZwWaitForSingleObject(thread[i], FALSE, NULL);
    ZwClose(thread[i]);
  }
  DbgPrint("counted to %u\n", counter);
  ExDeleteResourceLite(&lock);
  return counter == 2000 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
