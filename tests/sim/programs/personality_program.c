/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the two personalities show: contested points C3 and C4 of the contract. */
#include <wdm.h>

static ERESOURCE resource;
static int gui;

static VOID second_owner(PVOID context) {
  SHORT *count = context;
  ExEnterCriticalRegionAndAcquireResourceShared(&resource);
  *count = resource.ActiveCount;
  ExReleaseResourceAndLeaveCriticalRegion(&resource);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  HANDLE thread;
  SHORT two = 0;
  ExInitializeResourceLite(&resource);
  KeGetCurrentThread()->Win32Thread = &gui;
  BOOLEAN win32 = ExEnterCriticalRegionAndAcquireResourceShared(&resource) == &gui;
  SHORT one = resource.ActiveCount;
  PsCreateSystemThread(&thread, 0, NULL, NULL, NULL, second_owner, &two);
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
  DbgPrint("one owner shows %d, two show %d, Win32Thread %s\n", one, two, win32 ? "yes" : "no");
  ExReleaseResourceAndLeaveCriticalRegion(&resource);
  return ExDeleteResourceLite(&resource);
}
