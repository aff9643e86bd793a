/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system in small: one directory resource, one resource per file, and threads that open,
 * read, write, rename and close while kernel APCs arrive.
 *
 * Lock order: directory before file. Who changes names holds the directory exclusively, who follows
 * a name holds it shared. Each lock is held inside a critical region, as file systems must: a
 * normal APC here takes the directory itself, and would wait for its own thread otherwise.
 *
 * DriverEntry fails when an invariant is broken at the end.
 */
#include <lockarb_simulation.h>
#include <wdm.h>

enum { FILES = 8, WORDS = 16, WORKERS = 12, ROUNDS = 60, POSTMAN_ROUNDS = 150, ANY_KIND = 10 };

struct file {
  ERESOURCE resource;
  ULONG name;
  ULONG opened; /* handles */
  ULONG writes;
  ULONG words[WORDS]; /* all equal while nobody writes */
};

struct worker {
  PKTHREAD thread;
  HANDLE handle;
  ULONGLONG random;
  ULONG opens, reads, writes, renames, closes;
  ULONG torn_reads;
};

static struct {
  ERESOURCE resource;
  struct file *by_name[FILES];
} directory;

static struct file files[FILES];
static struct worker workers[WORKERS];

static struct {
  ULONG normal_queued, special_queued;
  /* Of APCs, which run on several cores at a time and own the directory shared at most. */
  LONG normal_run, special_run;
  LONG names_seen;
  LONG inside_region; /* normal APCs that ran where they must not */
} apcs;

static struct mail { KAPC apc; } mail[2 * POSTMAN_ROUNDS];

static ULONG choose(ULONGLONG *random, ULONG n) {
  *random = *random * 6364136223846793005u + 1442695040888963407u;
  return (ULONG)(*random >> 33) % n;
}

static struct file *open_file(struct worker *me) {
  ExEnterCriticalRegionAndAcquireResourceShared(&directory.resource);
  struct file *file = directory.by_name[choose(&me->random, FILES)];
  ExEnterCriticalRegionAndAcquireResourceExclusive(&file->resource);
  ++file->opened;
  ExReleaseResourceAndLeaveCriticalRegion(&file->resource);
  ExReleaseResourceAndLeaveCriticalRegion(&directory.resource);
  ++me->opens;
  return file;
}

static VOID close_file(struct worker *me, struct file *file) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&file->resource);
  --file->opened;
  ExReleaseResourceAndLeaveCriticalRegion(&file->resource);
  ++me->closes;
}

static VOID read_file(struct worker *me, struct file *file) {
  ExEnterCriticalRegionAndAcquireResourceShared(&file->resource);
  const ULONG first = file->words[0];
  KeStallExecutionProcessor(1);
  for (int i = 1; i < WORDS; ++i) me->torn_reads += file->words[i] != first;
  ExReleaseResourceAndLeaveCriticalRegion(&file->resource);
  ++me->reads;
}

static VOID write_file(struct worker *me, struct file *file) {
  ExEnterCriticalRegionAndAcquireResourceExclusive(&file->resource);
  const ULONG next = file->words[0] + 1;
  for (int i = 0; i < WORDS; ++i) {
    if (i == WORDS / 2) KeStallExecutionProcessor(1); /* a torn file for those who do not wait */
    file->words[i] = next;
  }
  ++file->writes;
  ExReleaseResourceAndLeaveCriticalRegion(&file->resource);
  ++me->writes;
}

static VOID rename_files(struct worker *me) {
  const ULONG a = choose(&me->random, FILES);
  const ULONG b = choose(&me->random, FILES);
  ExEnterCriticalRegionAndAcquireResourceExclusive(&directory.resource);
  struct file *file = directory.by_name[a];
  directory.by_name[a] = directory.by_name[b];
  KeStallExecutionProcessor(1);
  directory.by_name[b] = file;
  directory.by_name[a]->name = a;
  directory.by_name[b]->name = b;
  ExReleaseResourceAndLeaveCriticalRegion(&directory.resource);
  ++me->renames;
}

static VOID work(PVOID context) {
  struct worker *me = context;
  for (int round = 0; round < ROUNDS; ++round) {
    struct file *file = open_file(me);
    const ULONG kind = choose(&me->random, ANY_KIND);
    for (ULONG i = 0; i <= choose(&me->random, 4); ++i) {
      if (kind < 3) {
        write_file(me, file);
      } else {
        read_file(me, file);
      }
    }
    if (kind == 9) rename_files(me);
    close_file(me, file);
    KeStallExecutionProcessor(choose(&me->random, 3));
  }
}

/* Runs in the target thread as soon as it is not in a guarded region: may not take locks. */
static VOID special_arrived(PKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context, PVOID *argument1,
                            PVOID *argument2) {
  (void)apc, (void)normal, (void)context, (void)argument1, (void)argument2;
  InterlockedIncrement(&apcs.special_run);
}

static VOID normal_taken(PKAPC apc, PKNORMAL_ROUTINE *normal, PVOID *context, PVOID *argument1,
                         PVOID *argument2) {
  (void)apc, (void)normal, (void)context, (void)argument1, (void)argument2;
}

/* Runs in the target thread outside of all regions, so it may take locks. */
static VOID normal_arrived(PVOID context, PVOID argument1, PVOID argument2) {
  (void)context, (void)argument1, (void)argument2;
  if (KeAreApcsDisabled()) InterlockedIncrement(&apcs.inside_region);
  ExEnterCriticalRegionAndAcquireResourceShared(&directory.resource);
  LONG seen = 0;
  for (ULONG i = 0; i < FILES; ++i) seen += directory.by_name[i]->name == i;
  InterlockedExchangeAdd(&apcs.names_seen, seen);
  ExReleaseResourceAndLeaveCriticalRegion(&directory.resource);
  InterlockedIncrement(&apcs.normal_run);
}

/* Queues an APC of each kind to some worker every 5 us. */
static VOID deliver_mail(PVOID context) {
  ULONGLONG random = *(ULONGLONG *)context;
  for (int round = 0; round < POSTMAN_ROUNDS; ++round) {
    LARGE_INTEGER pause = {.QuadPart = -50};
    KeDelayExecutionThread(KernelMode, FALSE, &pause);
    PKAPC normal = &mail[2 * round].apc;
    PKAPC special = &mail[2 * round + 1].apc;
    KeInitializeApc(normal, workers[choose(&random, WORKERS)].thread, OriginalApcEnvironment,
                    normal_taken, NULL, normal_arrived, KernelMode, NULL);
    KeInitializeApc(special, workers[choose(&random, WORKERS)].thread, OriginalApcEnvironment,
                    special_arrived, NULL, NULL, KernelMode, NULL);
    apcs.normal_queued += KeInsertQueueApc(normal, NULL, NULL, 0);
    apcs.special_queued += KeInsertQueueApc(special, NULL, NULL, 0);
  }
}

static ULONG problems;

static VOID expect(const char *what, ULONG wanted, ULONG found) {
  if (wanted == found) return;
  DbgPrint("BROKEN: %s: expected %u, found %u\n", what, wanted, found);
  ++problems;
}

static VOID verify(VOID) {
  struct worker all = {0};
  for (int i = 0; i < WORKERS; ++i) {
    all.opens += workers[i].opens;
    all.reads += workers[i].reads;
    all.writes += workers[i].writes;
    all.renames += workers[i].renames;
    all.closes += workers[i].closes;
    all.torn_reads += workers[i].torn_reads;
  }
  ULONG writes = 0;
  for (ULONG i = 0; i < FILES; ++i) {
    writes += files[i].writes;
    expect("handles left open", 0, files[i].opened);
    expect("last version of a file", files[i].writes, files[i].words[WORDS - 1]);
    expect("name of a file", i, directory.by_name[i]->name);
  }
  expect("closes", all.opens, all.closes);
  expect("writes", all.writes, writes);
  expect("torn reads", 0, all.torn_reads);
  expect("normal APCs inside a region", 0, apcs.inside_region);
  expect("normal APCs run", apcs.normal_queued, apcs.normal_run);
  expect("special APCs run", apcs.special_queued, apcs.special_run);
  expect("names seen by normal APCs", FILES * apcs.normal_run, apcs.names_seen);
  DbgPrint(
      "filesystem: %u opens, %u reads, %u writes, %u renames, %u closes;\n"
      "            %u normal and %u special APCs ran: %s\n",
      all.opens, all.reads, all.writes, all.renames, all.closes, apcs.normal_run, apcs.special_run,
      problems == 0 ? "consistent" : "BROKEN");
}

static HANDLE start(PKSTART_ROUTINE routine, PVOID context, PKTHREAD *thread) {
  HANDLE handle = NULL;
  PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, context);
  ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, (PVOID *)thread,
                            NULL);
  return handle;
}

static VOID finish(HANDLE handle, PKTHREAD thread) {
  KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
  ObDereferenceObject(thread);
  ZwClose(handle);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {
  (void)driver;
  (void)path;
  ExInitializeResourceLite(&directory.resource);
  for (ULONG i = 0; i < FILES; ++i) {
    ExInitializeResourceLite(&files[i].resource);
    files[i].name = i;
    directory.by_name[i] = &files[i];
  }
  for (int i = 0; i < WORKERS; ++i) {
    workers[i].random = lockarb_simulation_seed() * WORKERS + (ULONGLONG)i;
    workers[i].handle = start(work, &workers[i], &workers[i].thread);
  }
  ULONGLONG random = lockarb_simulation_seed();
  PKTHREAD postman;
  HANDLE postman_handle = start(deliver_mail, &random, &postman);

  for (int i = 0; i < WORKERS; ++i) {
    KeWaitForSingleObject(workers[i].thread, Executive, KernelMode, FALSE, NULL);
  }
  finish(postman_handle, postman); /* it needs the workers' thread objects until here */
  for (int i = 0; i < WORKERS; ++i) finish(workers[i].handle, workers[i].thread);

  verify();
  for (ULONG i = 0; i < FILES; ++i) ExDeleteResourceLite(&files[i].resource);
  ExDeleteResourceLite(&directory.resource);
  return problems == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}
