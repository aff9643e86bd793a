/* SPDX-License-Identifier: Apache-2.0 */
/* Bug checks whose parameters point into the host's memory; the seed chooses one. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <lockarb_simulation.h>
#include <ntddk.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static struct {
  ULONG before;
  ERESOURCE resource;
} file;

static char table[200000];

static VOID routine(VOID) {}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)path;
  ULONG_PTR *heap = malloc(64);
  ULONG_PTR gone;
  ULONG_PTR pool = (ULONG_PTR)ExAllocatePoolWithTag(NonPagedPool, 64, 0x6B636F4C);
  switch (lockarb_simulation_seed()) {
    case 1: /* never initialized */
      ExAcquireResourceExclusiveLite(&file.resource, TRUE);
      break;
    case 2: /* an owner that never owned it */
      ExInitializeResourceLite(&file.resource);
      ExReleaseResourceForThreadLite(&file.resource, (ULONG_PTR)&driver | 3);
      break;
    case 3:
      KeBugCheckEx(0xE2, (ULONG_PTR)heap, (ULONG_PTR)routine, (ULONG_PTR)stdout, pool + 8);
      break;
    case 4: /* given back: the host may have taken it from the process */
      gone = (ULONG_PTR)mmap(NULL, 1 << 24, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      munmap((PVOID)gone, 1 << 24);
      KeBugCheckEx(0xE2, gone, gone + 8, gone, 0);
      break;
    case 5:
      ExFreePoolWithTag(heap, 0);
      break;
    case 7:
      KeBugCheckEx(0xE2, (ULONG_PTR)&table[100000], (ULONG_PTR)table, 0, 0);
      break;
    default:
      KeBugCheckEx(0xE2, 0xDEADBEEF, ~(ULONG_PTR)0, (ULONG_PTR)&file.before, 0x40000000);
  }
  free(heap);
  return STATUS_SUCCESS;
}
