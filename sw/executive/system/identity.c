/* SPDX-License-Identifier: Apache-2.0 */
/* Who a thread is, its stack, and which version of Windows this is. */
#include "lockarb_identity.h"

#include "executive/executive.h"
#include "executive/system/system.h"
#include "executive/thread/thread.h"

/* Threads and the process */

HANDLE PsGetThreadId(PETHREAD Thread) { return (HANDLE)(4 * (ULONG_PTR)thread_of(Thread)->number); }

HANDLE PsGetProcessId(PEPROCESS Process) {
  (void)Process;
  return PsGetCurrentProcessId();
}

PEPROCESS PsGetThreadProcess(PETHREAD Thread) {
  (void)Thread;
  return IoGetCurrentProcess();
}

HANDLE PsGetThreadProcessId(PETHREAD Thread) {
  (void)Thread;
  return PsGetCurrentProcessId();
}

BOOLEAN PsIsSystemThread(PETHREAD Thread) { return !thread_of(Thread)->user; }

BOOLEAN PsIsThreadTerminating(PETHREAD Thread) {
  const struct thread *t = thread_of(Thread);
  return t->apcs_refused || t->killed || t->state == THREAD_ENDED;
}

KPROCESSOR_MODE ExGetPreviousMode(VOID) { return KernelMode; }

NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread) {
  bool on = lock_dispatcher();
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (PsGetThreadId(&t->tcb) != ThreadId || t->state == THREAD_ENDED) continue;
    t->references++;
    *Thread = &t->tcb;
    unlock_dispatcher(on);
    return STATUS_SUCCESS;
  }
  unlock_dispatcher(on);
  return STATUS_INVALID_PARAMETER;
}

NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process) {
  if (ProcessId != PsGetCurrentProcessId()) return STATUS_INVALID_PARAMETER;
  *Process = IoGetCurrentProcess();
  ObReferenceObject(*Process);
  return STATUS_SUCCESS;
}

NTSTATUS PsLookupProcessThreadByCid(PCLIENT_ID ClientId, PEPROCESS *Process, PETHREAD *Thread) {
  bool known =
      ClientId->UniqueProcess == NULL || ClientId->UniqueProcess == PsGetCurrentProcessId();
  if (!known || !NT_SUCCESS(PsLookupThreadByThreadId(ClientId->UniqueThread, Thread))) {
    return STATUS_INVALID_CID;
  }
  if (Process != NULL) PsLookupProcessByProcessId(PsGetCurrentProcessId(), Process);
  return STATUS_SUCCESS;
}

/* The stack */

/* A machine may keep more on it than the program is told of: above, what called the thread; below,
 * what the machine's own calls take. */

PVOID PsGetCurrentThreadStackBase(VOID) {
  return (PVOID)ALIGN_UP_BY(this_thread()->stack_top, MEMORY_ALLOCATION_ALIGNMENT);
}

PVOID PsGetCurrentThreadStackLimit(VOID) {
  ULONG_PTR limit = (ULONG_PTR)PsGetCurrentThreadStackBase() - port_stack_size();
  ULONG_PTR end = (ULONG_PTR)this_thread()->stack;
  return (PVOID)(limit > end ? limit : end);
}

VOID IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit) {
  *LowLimit = (ULONG_PTR)PsGetCurrentThreadStackLimit();
  *HighLimit = (ULONG_PTR)PsGetCurrentThreadStackBase();
}

ULONG_PTR IoGetRemainingStackSize(VOID) {
  return (ULONG_PTR)__builtin_frame_address(0) - (ULONG_PTR)PsGetCurrentThreadStackLimit();
}

/* Version */

struct version {
  ULONG major, minor, build, ntddi;
};

static struct version version(void) {
  if (is_nt52()) return (struct version){5, 2, 3790, NTDDI_WS03};
  return (struct version){10, 0, 22621, NTDDI_WIN10_NI};
}

NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation) {
  struct version v = version();
  lpVersionInformation->dwMajorVersion = v.major;
  lpVersionInformation->dwMinorVersion = v.minor;
  lpVersionInformation->dwBuildNumber = v.build;
  lpVersionInformation->dwPlatformId = VER_PLATFORM_WIN32_NT;
  lpVersionInformation->szCSDVersion[0] = 0;
  if (lpVersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
    PRTL_OSVERSIONINFOEXW more = (PRTL_OSVERSIONINFOEXW)lpVersionInformation;
    more->wServicePackMajor = more->wServicePackMinor = more->wSuiteMask = 0;
    more->wProductType = VER_NT_WORKSTATION;
    more->wReserved = 0;
  }
  return STATUS_SUCCESS;
}

BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                     PUNICODE_STRING CSDVersion) {
  struct version v = version();
  if (MajorVersion != NULL) *MajorVersion = v.major;
  if (MinorVersion != NULL) *MinorVersion = v.minor;
  if (BuildNumber != NULL) *BuildNumber = v.build;
  if (CSDVersion != NULL) *CSDVersion = (UNICODE_STRING){.Length = 0};
  return FALSE;
}

/* Its last bytes are a service pack up to Windows 8, and an edition of Windows 10. */
BOOLEAN RtlIsNtDdiVersionAvailable(ULONG Version) {
  if (Version < NTDDI_WIN10 && (Version & 0xFFFF) != 0) return FALSE;
  return Version <= version().ntddi;
}
