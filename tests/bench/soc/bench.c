/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lock costs on these cores: marks around loops, which bench.py makes a table of. First core
 * 0 alone, then one thread on each core that runs, all for the same lock.
 */
#include <lockarb_threads.h>
#include <wdm.h>

#include "board.h"
#include "driver/lockarb.h"
#include "executive/port.h"
#include "soc/soc.h"

enum { FREE_PAIRS = 50, CONTENDED_PAIRS = 100, HAND_OFFS = 10, LET_IT_SLEEP = 5000 };

enum bench_kind { EMPTY_CALL, RAW, DRIVER, SPIN, HARDWARE, SOFTWARE };
static const char *const names[] = {"nothing",   "two reads of the arbiter", "the driver",
                                    "spin lock", "ERESOURCE, arbiter",       "ERESOURCE, software"};
/* A mark is one of these and a kind. */
enum {
  FREE_BEGIN = 100,
  FREE_END = 200,
  BEGIN = 300,
  END = 400,
  RELEASE = 500,
  OWNER = 600,
  RELEASED = 700
};

static ERESOURCE in_hardware, in_software;
static struct lockarb device;
static port_lock spin;
static volatile ULONG counter;
static KEVENT go;
static enum bench_kind kind;
static volatile ULONG asked, had; /* hand-offs */

static void mark(ULONG number) { *soc_word(SOC_NOTE_MARK) = number; }

static inline uint32_t command(unsigned operation, unsigned lock) {
  return *(volatile uint32_t *)(board.lockarb + LOCKARB_COMMAND_OFFSET +
                                ((uintptr_t)operation << LOCKARB_OP_SHIFT) +
                                ((uintptr_t)lock << LOCKARB_LOCK_SHIFT));
}

enum { MOST_CORES = 8 };
enum { FREE_LOCK = 1 }; /* of the arbiter; in_hardware has 0, the first one that was free */

__attribute__((noinline)) static void no_pair(void) { __asm__ volatile(""); }
__attribute__((noinline)) static void raw_pair(void) {
  if ((command(LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, FREE_LOCK) & LOCKARB_RESULT_STATUS_MASK) !=
          LOCKARB_STATUS_GRANTED_EXCLUSIVE ||
      (command(LOCKARB_OP_RELEASE_AND_LEAVE, FREE_LOCK) & LOCKARB_RESULT_STATUS_MASK) !=
          LOCKARB_STATUS_FREED) {
    KeBugCheck(LOCKARB_MISUSE);
  }
}
__attribute__((noinline)) static void driver_pair(void) {
  if (!lockarb_is_owned(
          lockarb_acquire(&device, 0, FREE_LOCK, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER)
              .status) ||
      lockarb_is_refused(lockarb_release_and_leave(&device, 0, FREE_LOCK).status)) {
    KeBugCheck(LOCKARB_MISUSE);
  }
}
__attribute__((noinline)) static void spin_pair(void) {
  port_spin_lock(&spin);
  port_spin_unlock(&spin);
}
__attribute__((noinline)) static void hardware_pair(void) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&in_hardware);
  ExReleaseResourceAndLeaveCriticalRegion(&in_hardware);
}
__attribute__((noinline)) static void software_pair(void) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&in_software);
  ExReleaseResourceAndLeaveCriticalRegion(&in_software);
}

static void (*const pairs[])(void) = {
    [EMPTY_CALL] = no_pair, [RAW] = raw_pair,           [DRIVER] = driver_pair,
    [SPIN] = spin_pair,     [HARDWARE] = hardware_pair, [SOFTWARE] = software_pair,
};

static void alone(enum bench_kind which) {
  void (*pair)(void) = pairs[which];
  pair(); /* what only the first one does, and fills the cache */
  pair();
  mark(FREE_BEGIN + which);
  for (int i = 0; i < FREE_PAIRS; i++) pair();
  mark(FREE_END + which);
}

/* Adds one with the lock: what is counted wrong shows a lock that two had. */
static void add(void) {
  ULONG before = counter;
  counter = before + 1;
}

static ERESOURCE *lock_of(void) { return kind == HARDWARE ? &in_hardware : &in_software; }

static VOID contend(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  for (int i = 0; i < CONTENDED_PAIRS; i++) {
    if (kind == SPIN) {
      bool on = port_interrupts_off();
      port_spin_lock(&spin);
      add();
      port_spin_unlock(&spin);
      port_interrupts_restore(on);
    } else {
      ExEnterCriticalRegionAndAcquireResourceExclusive(lock_of());
      add();
      ExReleaseResourceAndLeaveCriticalRegion(lock_of());
    }
  }
  mark(END + kind);
}

static VOID wait_for_lock(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  for (ULONG i = 1; i <= HAND_OFFS; i++) {
    while (asked != i) port_spend(100);
    ExEnterCriticalRegionAndAcquireResourceExclusive(lock_of());
    mark(OWNER + kind);
    ExReleaseResourceAndLeaveCriticalRegion(lock_of());
    had = i;
  }
}

/* Core 0 has the lock, core 1 waits for it: from release to the first instruction of the next
 * owner. */
static bool hand_off(enum bench_kind which) {
  HANDLE thread;
  struct lockarb_thread_options options = {.core = 1};
  kind = which;
  asked = had = 0;
  if (!NT_SUCCESS(lockarb_create_thread(&thread, wait_for_lock, NULL, &options))) return false;
  for (ULONG i = 1; i <= HAND_OFFS; i++) {
    ExEnterCriticalRegionAndAcquireResourceExclusive(lock_of());
    asked = i;
    while (ExGetExclusiveWaiterCount(lock_of()) == 0) port_spend(100);
    port_spend(LET_IT_SLEEP);
    mark(RELEASE + kind);
    ExReleaseResourceAndLeaveCriticalRegion(lock_of());
    mark(RELEASED + kind);
    while (had != i) port_spend(100);
  }
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
  return true;
}

static bool together(enum bench_kind which) {
  HANDLE threads[MOST_CORES];
  ULONG cores = port_core_count();
  kind = which;
  counter = 0;
  KeClearEvent(&go);
  for (ULONG i = 0; i < cores; i++) {
    struct lockarb_thread_options options = {.core = i};
    if (!NT_SUCCESS(lockarb_create_thread(&threads[i], contend, NULL, &options))) return false;
  }
  LARGE_INTEGER a_while = {.QuadPart = -2000}; /* 20000 clocks: they all wait for it */
  KeDelayExecutionThread(KernelMode, FALSE, &a_while);
  mark(BEGIN + which);
  KeSetEvent(&go, 0, FALSE);
  for (ULONG i = 0; i < cores; i++) {
    ZwWaitForSingleObject(threads[i], FALSE, NULL);
    ZwClose(threads[i]);
  }
  if (counter == cores * CONTENDED_PAIRS) return true;
  DbgPrint("bench: counted to %u, not to %u\n", counter, cores * CONTENDED_PAIRS);
  return false;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  ERESOURCE other;
  lockarb_probe(&device, board.lockarb, 0, LOCKARB_BY_READ);
  ExInitializeResourceLite(&in_hardware);
  ExInitializeResourceLite(&other); /* FREE_LOCK */
  lockarb_set_resource_flags(LOCKARB_RESOURCE_SOFTWARE);
  ExInitializeResourceLite(&in_software);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
  hardware_pair(); /* the thread has a slot of the arbiter from now on */
  for (enum bench_kind which = EMPTY_CALL; which <= SOFTWARE; which++) alone(which);
  bool good = together(SPIN) && together(HARDWARE) && together(SOFTWARE);
  if (port_core_count() > 1) good = good && hand_off(HARDWARE) && hand_off(SOFTWARE);
  for (enum bench_kind which = EMPTY_CALL; which <= SOFTWARE; which++) {
    DbgPrint("kind %u %s\n", which, names[which]);
  }
  DbgPrint("pairs %u %u\n", FREE_PAIRS, CONTENDED_PAIRS);
  return good ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
