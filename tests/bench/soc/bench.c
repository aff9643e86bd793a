/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lock costs on these cores: marks around calls and loops, which bench.py makes tables of.
 * First core 0 alone, then one thread on each core that runs, all for the same lock.
 */
#include <lockarb_threads.h>
#include <wdm.h>

#include "baseline/baseline.h"
#include "board.h"
#include "driver/lockarb.h"
#include "executive/port.h"
#include "soc/soc.h"

enum {
  FREE_PAIRS = 50,
  SINGLE_CALLS = 9,
  CONTENDED_PAIRS = 100,
  WATCHED_PAIRS = 20,
  HAND_OFFS = 10,
  LET_IT_SLEEP = 5000
};

enum bench_kind { EMPTY_CALL, RAW, DRIVER, SPIN, TICKET, MCS, HARDWARE, SOFTWARE, KINDS };
/* A mark is one of these and a kind. */
enum {
  FREE_BEGIN = 100,
  FREE_END = 200,
  BEGIN = 300,
  END = 400,
  RELEASE = 500, /* before, and RELEASED after it */
  OWNER = 600,
  RELEASED = 700,
  ACQUIRE = 800, /* before, and ACQUIRED after it: core 0 alone */
  ACQUIRED = 900,
  GIVE = 1000, /* before, and GIVEN after that release */
  GIVEN = 1100,
  WANT = 1200, /* the same, where all cores want the lock */
  HAVE = 1300
};

static ERESOURCE in_hardware, in_software;
static struct lockarb device;
static port_lock spin;
static _Alignas(BASELINE_LINE) char ticket[BASELINE_MOST_LINES * BASELINE_LINE],
    mcs[BASELINE_MOST_LINES * BASELINE_LINE];
static volatile ULONG counter;
static KEVENT go;
static enum bench_kind kind;
static volatile ULONG asked, asks, had; /* hand-offs */

static void mark(ULONG number) { *soc_word(SOC_NOTE_MARK) = number; }

static inline uint32_t command(unsigned operation, unsigned lock) {
  return *(volatile uint32_t *)(board.lockarb + LOCKARB_COMMAND_OFFSET +
                                ((uintptr_t)operation << LOCKARB_OP_SHIFT) +
                                ((uintptr_t)lock << LOCKARB_LOCK_SHIFT));
}

enum { MOST_CORES = 8 };
enum { FREE_LOCK = 1 }; /* of the arbiter; in_hardware has 0, the first one that was free */

/* Of those that call each other only, so that none takes a cache line from another: then an empty
 * call costs as much as it does in the others. */
#define TOGETHER __attribute__((noinline, section(".text.bench")))

TOGETHER static void no_pair(void) { __asm__ volatile(""); }
TOGETHER static void raw_pair(void) {
  if ((command(LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, FREE_LOCK) & LOCKARB_RESULT_STATUS_MASK) !=
          LOCKARB_STATUS_GRANTED_EXCLUSIVE ||
      (command(LOCKARB_OP_RELEASE_AND_LEAVE, FREE_LOCK) & LOCKARB_RESULT_STATUS_MASK) !=
          LOCKARB_STATUS_FREED) {
    KeBugCheck(LOCKARB_MISUSE);
  }
}
TOGETHER static void driver_pair(void) {
  if (!lockarb_is_owned(
          lockarb_acquire(&device, 0, FREE_LOCK, LOCKARB_EXCLUSIVE, LOCKARB_WAIT | LOCKARB_ENTER)
              .status) ||
      lockarb_is_refused(lockarb_release_and_leave(&device, 0, FREE_LOCK).status)) {
    KeBugCheck(LOCKARB_MISUSE);
  }
}

/* By a constant kind: the code of that lock and nothing else. */
static inline uint32_t acquire(enum bench_kind which) {
  switch (which) {
    case SPIN:
      port_spin_lock(&spin);
      return 0;
    case TICKET:
      return baseline_ticket.acquire((uintptr_t)ticket, port_core());
    case MCS:
      return baseline_mcs.acquire((uintptr_t)mcs, port_core());
    case HARDWARE:
      ExEnterCriticalRegionAndAcquireResourceExclusive(&in_hardware);
      return 0;
    default:
      ExEnterCriticalRegionAndAcquireResourceExclusive(&in_software);
      return 0;
  }
}
static inline void release(enum bench_kind which, uint32_t kept) {
  switch (which) {
    case SPIN:
      port_spin_unlock(&spin);
      break;
    case TICKET:
      baseline_ticket.release((uintptr_t)ticket, port_core(), kept);
      break;
    case MCS:
      baseline_mcs.release((uintptr_t)mcs, port_core(), kept);
      break;
    case HARDWARE:
      ExReleaseResourceAndLeaveCriticalRegion(&in_hardware);
      break;
    default:
      ExReleaseResourceAndLeaveCriticalRegion(&in_software);
  }
}
/* Their owners have interrupts off. */
static bool is_spun_on(enum bench_kind which) {
  return which == SPIN || which == TICKET || which == MCS;
}

/* Of each lock: a pair; calls with marks around them; what each core does when all want the lock.
 */
#define LOCK(name, kind)                                                   \
  TOGETHER static void name##_pair(void) { release(kind, acquire(kind)); } \
  __attribute__((noinline)) static void name##_calls(void) {               \
    for (int i = 0; i < SINGLE_CALLS; i++) {                               \
      mark(ACQUIRE + kind);                                                \
      uint32_t kept = acquire(kind);                                       \
      mark(ACQUIRED + kind);                                               \
      mark(GIVE + kind);                                                   \
      release(kind, kept);                                                 \
      mark(GIVEN + kind);                                                  \
    }                                                                      \
  }                                                                        \
  __attribute__((noinline)) static void name##_contend(void) {             \
    for (int i = 0; i < CONTENDED_PAIRS; i++) {                            \
      bool on = is_spun_on(kind) && port_interrupts_off();                 \
      uint32_t kept = acquire(kind);                                       \
      add();                                                               \
      release(kind, kept);                                                 \
      port_interrupts_restore(on);                                         \
    }                                                                      \
    mark(END + kind);                                                      \
    for (int i = 0; i < WATCHED_PAIRS; i++) {                              \
      bool on = is_spun_on(kind) && port_interrupts_off();                 \
      mark(WANT + kind);                                                   \
      uint32_t kept = acquire(kind);                                       \
      mark(HAVE + kind);                                                   \
      add();                                                               \
      release(kind, kept);                                                 \
      port_interrupts_restore(on);                                         \
    }                                                                      \
  }

/* Adds one with the lock: what is counted wrong shows a lock that two had. */
static void add(void) {
  ULONG before = counter;
  counter = before + 1;
}

LOCK(spin, SPIN)
LOCK(ticket, TICKET)
LOCK(mcs, MCS)
LOCK(hardware, HARDWARE)
LOCK(software, SOFTWARE)

struct bench {
  const char *name;
  void (*pair)(void), (*calls)(void), (*contend)(void);
};
#define OF(name) name##_pair, name##_calls, name##_contend
static const struct bench benches[KINDS] = {
    [EMPTY_CALL] = {"nothing", no_pair, NULL, NULL},
    [RAW] = {"two reads of the arbiter", raw_pair, NULL, NULL},
    [DRIVER] = {"the driver", driver_pair, NULL, NULL},
    [SPIN] = {"spin lock", OF(spin)},
    [TICKET] = {"ticket lock", OF(ticket)},
    [MCS] = {"MCS lock", OF(mcs)},
    [HARDWARE] = {"ERESOURCE, arbiter", OF(hardware)},
    [SOFTWARE] = {"ERESOURCE, software", OF(software)},
};

/* Ticket and MCS locks add and swap in one, which not all of these cores can. */
static bool is_there(enum bench_kind which) {
  return (which != TICKET || baseline_ticket.acquire != NULL) &&
         (which != MCS || baseline_mcs.acquire != NULL);
}

TOGETHER static void pairs(void (*pair)(void), enum bench_kind which) {
  pair(); /* what only the first one does, and fills the cache */
  pair();
  mark(FREE_BEGIN + which);
  for (int i = 0; i < FREE_PAIRS; i++) pair();
  mark(FREE_END + which);
}

static void alone(enum bench_kind which) {
  const struct bench *b = &benches[which];
  pairs(b->pair, which);
  if (b->calls != NULL) b->calls();
}

static VOID contend(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  benches[kind].contend();
}

static VOID wait_for_lock(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  for (ULONG i = 1; i <= HAND_OFFS; i++) {
    while (asked != i) port_spend(100);
    asks = i;
    uint32_t kept = acquire(kind);
    mark(OWNER + kind);
    release(kind, kept);
    had = i;
  }
}

static ULONG waiters(void) {
  return is_spun_on(kind)
             ? asks == asked
             : ExGetExclusiveWaiterCount(kind == HARDWARE ? &in_hardware : &in_software);
}

/* Core 0 has the lock, core 1 waits for it: from release to the first instruction of the next
 * owner. */
static bool hand_off(enum bench_kind which) {
  HANDLE thread;
  struct lockarb_thread_options options = {.core = 1};
  kind = which;
  asked = asks = had = 0;
  if (!NT_SUCCESS(lockarb_create_thread(&thread, wait_for_lock, NULL, &options))) return false;
  for (ULONG i = 1; i <= HAND_OFFS; i++) {
    uint32_t kept = acquire(kind);
    asked = i;
    while (waiters() == 0) port_spend(100);
    port_spend(LET_IT_SLEEP);
    mark(RELEASE + kind);
    release(kind, kept);
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
  ULONG expected = cores * (CONTENDED_PAIRS + WATCHED_PAIRS);
  if (counter == expected) return true;
  DbgPrint("bench: %s: counted to %u, not to %u\n", benches[which].name, counter, expected);
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
  bool good = true;
  for (enum bench_kind which = EMPTY_CALL; which < KINDS; which++) {
    if (!is_there(which)) continue;
    alone(which);
    if (benches[which].contend == NULL) continue;
    good = good && together(which);
    if (port_core_count() > 1) good = good && hand_off(which);
  }
  for (enum bench_kind which = EMPTY_CALL; which < KINDS; which++) {
    if (is_there(which)) DbgPrint("kind %u %s\n", which, benches[which].name);
  }
  DbgPrint("pairs %u %u\n", FREE_PAIRS, CONTENDED_PAIRS);
  return good ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
