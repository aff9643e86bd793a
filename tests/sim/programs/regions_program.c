/* SPDX-License-Identifier: Apache-2.0 */
/* A path returns without leaving its region; the seed chooses who calls it. */
#include <lockarb_simulation.h>
#include <lockarb_threads.h>
#include <ntddk.h>

static NTSTATUS query(const VOID *handle) {
  KeEnterCriticalRegion();
  if (!handle) return STATUS_INVALID_PARAMETER;
  KeLeaveCriticalRegion();
  return STATUS_SUCCESS;
}

static VOID thread(PVOID context) { query(context); }

/* Deeper than a thread keeps: what was entered and left in between does not count. */
static VOID leak(PVOID context) {
  (void)context;
  for (int i = 0; i < 100; i++) {
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    KeLeaveCriticalRegion();
  }
  KeEnterCriticalRegion();
  KeEnterCriticalRegion();
  KeLeaveCriticalRegion();
}

static VOID raise(PVOID context) {
  (void)context;
  KeRaiseIrqlToDpcLevel();
}

static VOID run(PKSTART_ROUTINE start) {
  HANDLE handle;
  PsCreateSystemThread(&handle, 0, NULL, NULL, NULL, start, NULL);
  ZwWaitForSingleObject(handle, FALSE, NULL);
  ZwClose(handle);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver, (void)path;
  switch (lockarb_simulation_seed()) {
    case 1:
      query(NULL);
      break;
    case 2:
      run(thread);
      break;
    case 3:
      lockarb_enter_callback(LOCKARB_DISPATCH, "query");
      query(NULL);
      lockarb_leave_callback();
      break;
    case 5:
      run(leak);
      break;
    default:
      run(raise);
  }
  return STATUS_SUCCESS;
}
