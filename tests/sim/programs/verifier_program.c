/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of a user process acquires without a critical region: only the verifier minds. */
#include <lockarb_threads.h>
#include <wdm.h>

static ERESOURCE resource;

static VOID read_without_region(PVOID context) {
  (void)context;
  ExAcquireResourceSharedLite(&resource, TRUE);
  ExReleaseResourceLite(&resource);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  const struct lockarb_thread_options options = {
      .name = "application", .core = LOCKARB_ANY_CORE, .user = true};
  HANDLE thread;
  ExInitializeResourceLite(&resource);
  lockarb_create_thread(&thread, read_without_region, NULL, &options);
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
  return ExDeleteResourceLite(&resource);
}
