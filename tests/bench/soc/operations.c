/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What single operations take, in clocks, on host threads and on cores alike: what calibrate.py
 * finds the costs of the platform with.
 */
#include <lockarb_threads.h>
#include <wdm.h>

enum { TIMES = 40, CORES = 4 };

static ERESOURCE lock;
static KSPIN_LOCK spin;
static KEVENT event, to_other, to_me, go;
static ULONG rounds;

static ULONG clocks(void) { return (ULONG)KeQueryPerformanceCounter(NULL).QuadPart; }

enum { NORMAL = 8, HIGH = 20 };

static HANDLE start_at(PKSTART_ROUTINE routine, ULONG core, KPRIORITY priority) {
  HANDLE thread;
  struct lockarb_thread_options options = {.core = core, .priority = priority};
  if (!NT_SUCCESS(lockarb_create_thread(&thread, routine, NULL, &options)))
    KeBugCheck(LOCKARB_MISUSE);
  return thread;
}

static HANDLE start(PKSTART_ROUTINE routine, ULONG core) { return start_at(routine, core, NORMAL); }

static void finish(HANDLE thread) {
  ZwWaitForSingleObject(thread, FALSE, NULL);
  ZwClose(thread);
}

static void exclusive_pair(void) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
  ExReleaseResourceAndLeaveCriticalRegion(&lock);
}

static void shared_pair(void) {
  ExEnterCriticalRegionAndAcquireResourceShared(&lock);
  ExReleaseResourceAndLeaveCriticalRegion(&lock);
}

static void separate_pair(void) {
  KeEnterCriticalRegion();
  ExAcquireResourceExclusiveLite(&lock, TRUE);
  ExReleaseResourceLite(&lock);
  KeLeaveCriticalRegion();
}

static void recursive_pair(void) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&lock);
  exclusive_pair();
  ExReleaseResourceAndLeaveCriticalRegion(&lock);
}

static void spin_pair(void) {
  KIRQL before;
  KeAcquireSpinLock(&spin, &before);
  KeReleaseSpinLock(&spin, before);
}

static void set_event(void) {
  KeSetEvent(&event, 0, FALSE);
  KeClearEvent(&event);
}

static void wait_for_nothing(void) {
  KeSetEvent(&event, 0, FALSE);
  KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
  KeClearEvent(&event);
}

static void there_and_back(void) {
  KeSetEvent(&to_other, 0, FALSE);
  KeWaitForSingleObject(&to_me, Executive, KernelMode, FALSE, NULL);
}

static void delay(void) {
  LARGE_INTEGER tens = {.QuadPart = -500}; /* 50 us */
  KeDelayExecutionThread(KernelMode, FALSE, &tens);
}

static VOID nothing(PVOID context) { UNREFERENCED_PARAMETER(context); }
static void a_thread(void) { finish(start(nothing, 0)); }

static KAPC apc;
static VOID kernel_routine(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                           PVOID *Argument1, PVOID *Argument2) {
  UNREFERENCED_PARAMETER(Apc);
  (void)NormalRoutine, (void)NormalContext, (void)Argument1, (void)Argument2;
}
static VOID normal_routine(PVOID Context, PVOID Argument1, PVOID Argument2) {
  (void)Context, (void)Argument1, (void)Argument2;
}

static void apc_to_me(PKNORMAL_ROUTINE routine) {
  KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, kernel_routine, NULL, routine,
                  KernelMode, NULL);
  KeInsertQueueApc(&apc, NULL, NULL, 0);
}
static void special_apc(void) { apc_to_me(NULL); }
static void normal_apc(void) { apc_to_me(normal_routine); }

static VOID answer(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  for (ULONG i = 0; i < rounds; ++i) {
    KeWaitForSingleObject(&to_other, Executive, KernelMode, FALSE, NULL);
    KeSetEvent(&to_me, 0, FALSE);
  }
}

static volatile BOOLEAN is_over;
static VOID wake_up(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  for (int i = 0; i < TIMES; ++i) delay();
  is_over = TRUE;
}

static VOID contend(PVOID context) {
  UNREFERENCED_PARAMETER(context);
  KeWaitForSingleObject(&go, Executive, KernelMode, FALSE, NULL);
  for (int i = 0; i < TIMES; ++i) exclusive_pair();
}

/* What a program does in between, so that an operation has to come into the cache anew: as much
 * code as the cache of a VexRiscv Lite holds. */
static void other_code(void) {
#ifdef __riscv
  __asm__ volatile(".rept 512\n\tnop\n\t.endr");
#endif
}

static ULONG clocks_of(void (*operation)(void)) {
  ULONG begin = clocks();
  for (int i = 0; i < TIMES; ++i) {
    other_code();
    operation();
  }
  return (clocks() - begin) / TIMES;
}

static void no_operation(void) {}

static void measure(const char *name, void (*operation)(void)) {
  operation(); /* what only the first one does */
  DbgPrint("operation %u %s\n", clocks_of(operation) - clocks_of(no_operation), name);
}

static void measure_with_other(const char *name, ULONG core) {
  rounds = TIMES + 1;
  HANDLE other = start(answer, core);
  measure(name, there_and_back);
  finish(other);
}

/* What is missing of the running thread's time when another one wakes on its core, and waits again.
 */
static void measure_preemption(const char *name) {
  ULONG pairs = 0, before = clocks();
  for (int i = 0; i < TIMES; ++i) exclusive_pair();
  ULONG pair = clocks() - before;
  HANDLE other = start_at(wake_up, 0, HIGH);
  before = clocks();
  for (; !is_over; ++pairs) exclusive_pair();
  DbgPrint("operation %u %s\n", (clocks() - before - pairs * pair / TIMES) / TIMES, name);
  finish(other);
}

static void measure_contended(ULONG cores, const char *name) {
  HANDLE threads[CORES];
  KeClearEvent(&go);
  for (ULONG i = 0; i < cores; ++i) threads[i] = start(contend, i);
  delay();
  ULONG begin = clocks();
  KeSetEvent(&go, 0, FALSE);
  for (ULONG i = 0; i < cores; ++i) finish(threads[i]);
  DbgPrint("operation %u %s\n", (clocks() - begin) / (TIMES * cores), name);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  UNREFERENCED_PARAMETER(driver);
  UNREFERENCED_PARAMETER(path);
  ExInitializeResourceLite(&lock);
  KeInitializeSpinLock(&spin);
  KeInitializeEvent(&event, NotificationEvent, FALSE);
  KeInitializeEvent(&to_other, SynchronizationEvent, FALSE);
  KeInitializeEvent(&to_me, SynchronizationEvent, FALSE);
  KeInitializeEvent(&go, NotificationEvent, FALSE);
  measure("exclusive pair", exclusive_pair);
  measure("shared pair", shared_pair);
  measure("pair of separate calls", separate_pair);
  measure("recursive pair", recursive_pair);
  measure("KeAcquireSpinLock, KeReleaseSpinLock", spin_pair);
  measure("KeSetEvent", set_event);
  measure("KeSetEvent, KeWaitForSingleObject", wait_for_nothing);
  measure("thread", a_thread);
  measure("special APC to oneself", special_apc);
  measure("normal APC to oneself", normal_apc);
  measure("KeDelayExecutionThread of 5000 clocks", delay);
  measure_with_other("there and back, one core", 0);
  measure_with_other("there and back, two cores", 1);
  measure_preemption("interrupt, another thread, back");
  measure_contended(2, "contended pair, two cores");
  measure_contended(4, "contended pair, four cores");
  ExDeleteResourceLite(&lock);
  return STATUS_SUCCESS;
}
