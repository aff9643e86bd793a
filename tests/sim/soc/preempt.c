/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt at each of 2000 clocks around the return of an acquire, 1000 before and 1000 after
 * it, where the release is: a thread of a higher priority wakes by the timer, takes the core,
 * queues a special and a normal kernel APC to the thread that it has interrupted, and wants the
 * lock itself, while core 1, if it runs, wants it too. At the end everybody has been there as often
 * as it says, no wait was forgotten, and each APC has run, the normal ones never inside of the
 * lock.
 */
#include <lockarb_threads.h>
#include <wdm.h>

#include "board.h"
#include "executive/port.h"

enum {
  CLOCKS = 2000,
  BEFORE = 1000, /* of them, before the return */
  MOST_ROUNDS =
      4 * CLOCKS,     /* where an instruction is a clock, it takes little more than one for each */
  PROGRESS = 100,     /* clocks */
  MOST_SLEEP = 40000, /* clocks */
  LATER = 50,         /* clocks */
  JITTER = 16,        /* clocks */
  NAPS = 251,         /* clocks */
  SLED = 128,         /* instructions */
};

static ERESOURCE lock;
static volatile ULONG counter, wakes, visits;
static volatile BOOLEAN is_over;
static UCHAR was_met[CLOCKS];
static volatile LONG sleep; /* clocks; more when the others come too late to their next acquire */

static uint32_t next_interrupt(void) { return *(volatile uint32_t *)board.mtimecmp; } /* core 0 */
static uint32_t now(void) { return *(volatile uint32_t *)board.mtime; }

/* Slides down the last so many instructions of the sled: a clock each, when they are in a cache. */
__attribute__((noinline)) static void slide(uint32_t instructions) {
  __asm__ volatile(
      "la t0, 1f\n\t"
      "slli t1, %0, 2\n\t"
      "sub t0, t0, t1\n\t"
      "jr t0\n\t"
      ".rept 128\n\t"
      "nop\n\t"
      ".endr\n"
      "1:" ::"r"(instructions)
      : "t0", "t1");
}

static void visit(void) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
  ULONG before = counter;
  counter = before + 1;
  ExReleaseResourceAndLeaveCriticalRegion(&lock);
  if (KeAreApcsDisabled()) KeBugCheck(LOCKARB_MISUSE);
}

/* To the thread that is interrupted: a special kernel APC, which runs wherever that is, and a
 * normal one, which its critical region holds back. */
static struct delivery {
  KAPC apc;
  ULONG queued, ran;
} special, normal;
static PKTHREAD victim;

static VOID kernel_routine(PKAPC apc, PKNORMAL_ROUTINE *routine, PVOID *context, PVOID *one,
                           PVOID *two) {
  (void)routine, (void)context, (void)one, (void)two;
  if (KeGetCurrentThread() != victim) KeBugCheck(LOCKARB_MISUSE);
  if (apc == &special.apc) special.ran++;
}
static VOID normal_routine(PVOID context, PVOID one, PVOID two) {
  (void)context, (void)one, (void)two;
  if (KeGetCurrentThread() != victim || KeAreApcsDisabled() ||
      ExIsResourceAcquiredExclusiveLite(&lock)) {
    KeBugCheck(LOCKARB_MISUSE);
  }
  normal.ran++;
}

static VOID queue(struct delivery *delivery) {
  if (KeInsertQueueApc(&delivery->apc, NULL, NULL, 0)) delivery->queued++;
}

static VOID interrupter(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  while (!is_over) {
    LARGE_INTEGER interval;                          /* of 100 ns */
    ULONGLONG nap = (ULONGLONG)sleep - wakes % NAPS; /* not the same again and again */
    interval.QuadPart = -(LONGLONG)(nap * 10000000 / port_time_frequency());
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
    queue(&special);
    queue(&normal);
    visit();
    wakes++;
  }
}

static VOID neighbour(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  while (!is_over) {
    visit();
    visits++;
    for (int i = 0; i < 500; i++) __asm__ volatile(""); /* off the bus */
  }
}

static HANDLE start(PKSTART_ROUTINE routine, ULONG core, KPRIORITY priority) {
  HANDLE thread;
  struct lockarb_thread_options options = {.core = core, .priority = priority};
  if (!NT_SUCCESS(lockarb_create_thread(&thread, routine, NULL, &options)))
    KeBugCheck(LOCKARB_MISUSE);
  return thread;
}

static void finish(HANDLE thread) {
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
}

/* The next one that was not met, from this one on. */
static ULONG next_wanted(ULONG clock) {
  do clock = (clock + 1) % CLOCKS;
  while (was_met[clock]);
  return clock;
}

static void sleep_longer(void) {
  if (sleep < MOST_SLEEP) sleep += LATER;
}

/* The next one but the last one that is not sooner than so many clocks. */
static uint32_t coming_interrupt(uint32_t last, uint32_t clocks) {
  for (;;) {
    uint32_t next = next_interrupt(), left = next - now();
    if (next == last || left > (uint32_t)sleep) continue;
    if (left > clocks) return next;
    last = next;
    sleep_longer();
  }
}

/* Clocks of an instruction of the sled. */
static uint32_t sled_clocks(void) {
  uint32_t whole = 0, none = 0;
  for (int i = 0; i < 2; i++) { /* the first one fills the cache */
    uint32_t begin = now();
    slide(SLED);
    uint32_t middle = now();
    slide(0);
    none = now() - middle;
    whole = middle - begin;
  }
  return (whole - none + SLED / 2) / SLED;
}

/* Clocks from the call of an acquire to its return, when nobody else wants the lock. */
static uint32_t acquire_clocks(void) {
  uint32_t clocks = 0;
  for (int i = 0; i < 3; i++) { /* the last one finds its code in the cache, as far as it fits */
    uint32_t begin = now();
    ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
    clocks = now() - begin;
    ExReleaseResourceAndLeaveCriticalRegion(&lock);
  }
  return clocks;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  UNREFERENCED_PARAMETER(driver);
  UNREFERENCED_PARAMETER(path);
  lockarb_set_quantum(1000000); /* its end is no interrupt meanwhile */
  ExInitializeResourceLite(&lock);
  victim = KeGetCurrentThread();
  KeInitializeApc(&special.apc, victim, OriginalApcEnvironment, kernel_routine, NULL, NULL,
                  KernelMode, NULL);
  KeInitializeApc(&normal.apc, victim, OriginalApcEnvironment, kernel_routine, NULL, normal_routine,
                  KernelMode, NULL);
  BOOLEAN is_alone = KeQueryActiveProcessorCount(NULL) == 1;
  uint32_t acquire = acquire_clocks(), sled = sled_clocks();
  uint32_t first = acquire > BEFORE ? acquire - BEFORE : 0;
  sleep = (LONG)(16 * acquire);
  DbgPrint("preempt: an acquire takes %u clocks, an instruction %u\n", acquire, sled);
  HANDLE other = is_alone ? NULL : start(neighbour, 1, 8);
  HANDLE high = start(interrupter, 0, 20);
  ULONG met = 0, rounds = 0, wanted = CLOCKS - 1;
  /* Between a look at the clock and the acquire, the sled apart; then what is found. */
  enum { LATENCY = 30 };
  uint32_t latency = LATENCY;
  for (uint32_t last = 0; met < CLOCKS && rounds < MOST_ROUNDS; rounds++) {
    wanted = next_wanted(wanted); /* another one each time, also when this one is missed */
    /* Another place in the cache each time, another time on the bus. */
    uint32_t ahead = SLED * sled - rounds % JITTER;
    slide(SLED); /* into the cache */
    last = coming_interrupt(last, first + wanted + ahead + LATER);
    uint32_t begin = last - first - wanted;
    while ((int32_t)(now() + ahead - begin) < 0) continue;
    uint32_t early = begin - latency - now();
    if ((int32_t)early < 0) { /* the cache had to be filled first, after the last interrupt */
      early = 0;
      sleep_longer();
    }
    if (early > SLED * sled) early = SLED * sled;
    slide(sled == 1 ? early : early / sled);
    uint32_t clock = last - first - now();
    visit();
    if (clock >= CLOCKS) continue;
    /* Not each time: the last two that are left may need different ones, in turns. */
    if (rounds % 3 == 0 && clock + ahead - wanted < 2 * ahead) latency += wanted - clock;
    if (latency >= ahead) latency = LATENCY;
    if (was_met[clock]) continue;
    was_met[clock] = TRUE;
    if (++met % PROGRESS == 0) DbgPrint("preempt: %u clocks in %u rounds\n", met, rounds + 1);
  }
  is_over = TRUE;
  finish(high);
  if (other != NULL) finish(other);
  ULONG expected = rounds + wakes + visits;
  DbgPrint("preempt: %u of %u clocks in %u rounds, counted to %u of %u\n", met, CLOCKS, rounds,
           counter, expected);
  DbgPrint("preempt: %u of %u special APCs ran, %u of %u normal ones\n", special.ran,
           special.queued, normal.ran, normal.queued);
  ExDeleteResourceLite(&lock);
  BOOLEAN all_ran = special.ran == special.queued && normal.ran == normal.queued;
  /* One that has not run yet is queued already. */
  BOOLEAN are_many = special.queued > rounds / 2 && normal.queued > rounds / 2;
  return met == CLOCKS && counter == expected && all_ran && are_many ? STATUS_SUCCESS
                                                                     : STATUS_UNSUCCESSFUL;
}
