/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are pending own their files' resources through owner pointers, more of them than
 * the arbiter has thread slots; then a server answers them all. */
#include <lockarb_threads.h>
#include <ntddk.h>

enum { REQUESTS = 150 };

static ERESOURCE files[REQUESTS], directory;
static KEVENT posted;

static ULONG_PTR pointer_of(PERESOURCE file) { return (ULONG_PTR)file | 3; }

static VOID server(PVOID context) {
  (void)context;
  KeWaitForSingleObject(&posted, Executive, KernelMode, FALSE, NULL);
  for (int i = 0; i < REQUESTS; i++) {
    ExReleaseResourceForThreadLite(&files[i], pointer_of(&files[i]));
    ExReleaseResourceForThreadLite(&directory, pointer_of(&files[i]));
  }
}

static VOID post(PERESOURCE resource, PERESOURCE file) {
  KeEnterCriticalRegion();
  ExAcquireResourceSharedLite(resource, TRUE);
  ExSetResourceOwnerPointer(resource, (PVOID)pointer_of(file));
  KeLeaveCriticalRegion();
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver, (void)path;
  HANDLE thread;
  const struct lockarb_thread_options options = {.name = "server", .core = LOCKARB_ANY_CORE};
  KeInitializeEvent(&posted, NotificationEvent, FALSE);
  lockarb_create_thread(&thread, server, NULL, &options);
  ExInitializeResourceLite(&directory);
  for (int i = 0; i < REQUESTS; i++) {
    ExInitializeResourceLite(&files[i]);
    post(&files[i], &files[i]);
    post(&directory, &files[i]);
  }
  DbgPrint("%u requests are pending\n", directory.ActiveEntries);
  KeSetEvent(&posted, 0, FALSE);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&directory);
  ExReleaseResourceAndLeaveCriticalRegion(&directory);
  ZwWaitForSingleObject(thread, FALSE, NULL);
  for (int i = 0; i < REQUESTS; i++) {
    if (files[i].ActiveEntries != 0) return STATUS_UNSUCCESSFUL;
    ExDeleteResourceLite(&files[i]);
  }
  DbgPrint("all are answered, %u are pending\n", directory.ActiveEntries);
  return ExDeleteResourceLite(&directory);
}
