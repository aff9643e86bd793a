/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a push lock costs in simulated time, with the number of cores that the run has: one thread
 * on each core takes and releases it. Seed 1: in memory; seed 2: on a lock.
 */
#include <lockarb_simulation.h>
#include <lockarb_threads.h>
#include <ntddk.h>

#define PAIRS 200

static EX_PUSH_LOCK lock;
static ULONG counter;

static VOID count(PVOID context) {
  (void)context;
  for (int i = 0; i < PAIRS; i++) {
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusive(&lock);
    ULONG now = counter;
    KeStallExecutionProcessor(1);
    counter = now + 1;
    ExReleasePushLockExclusive(&lock);
    KeLeaveCriticalRegion();
  }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver, (void)path;
  HANDLE threads[32];
  LARGE_INTEGER frequency, start = KeQueryPerformanceCounter(&frequency), end;
  ULONG cores = KeQueryActiveProcessorCount(NULL);
  lockarb_carry_push_locks(lockarb_simulation_seed() == 2);
  ExInitializePushLock(&lock);
  for (ULONG i = 0; i < cores; i++) {
    const struct lockarb_thread_options options = {.core = i};
    lockarb_create_thread(&threads[i], count, NULL, &options);
  }
  for (ULONG i = 0; i < cores; i++) {
    ZwWaitForSingleObject(threads[i], FALSE, NULL);
    ZwClose(threads[i]);
  }
  end = KeQueryPerformanceCounter(NULL);
  DbgPrint(
      "%u pairs, %u ns each beside the 1000 that it is owned\n", counter,
      (ULONG)((end.QuadPart - start.QuadPart) * 1000000000 / frequency.QuadPart / counter) - 1000);
  return counter == cores * PAIRS ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
