/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Who a thread is, what its stack is, and which version of Windows this is. Programs include
 * <wdm.h>.
 */
#ifndef LOCKARB_IDENTITY_H_
#define LOCKARB_IDENTITY_H_

#include <lockarb_kernel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Threads and the process. Any IRQL, but for the lookups: IRQL <= APC_LEVEL. */

HANDLE PsGetThreadId(PETHREAD Thread); /**< As PsGetCurrentThreadId() of that thread. */
HANDLE PsGetProcessId(PEPROCESS Process);
PEPROCESS PsGetThreadProcess(PETHREAD Thread);
HANDLE PsGetThreadProcessId(PETHREAD Thread);
#define IoThreadToProcess(Thread) PsGetThreadProcess(Thread)
#define PsGetCurrentThreadProcess() IoGetCurrentProcess()
#define PsGetCurrentThreadProcessId() PsGetCurrentProcessId()
/** Whether it is none of a user process (struct lockarb_thread_options). */
BOOLEAN PsIsSystemThread(PETHREAD Thread);
BOOLEAN PsIsThreadTerminating(PETHREAD Thread); /**< It ends, or has ended. */
/** KernelMode: there is no user mode. */
KPROCESSOR_MODE ExGetPreviousMode(VOID);
#define PsGetCurrentThreadPreviousMode() ExGetPreviousMode()

/**
 * Find a thread, or the process, by its id.
 *
 * @return STATUS_SUCCESS, and an ObDereferenceObject() of each one found is owed;
 *         STATUS_INVALID_PARAMETER (of a client id STATUS_INVALID_CID): there is none, and nothing
 *         has changed.
 */
NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);
NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process);
/** @param Process NULL: it is not wanted. */
NTSTATUS PsLookupProcessThreadByCid(PCLIENT_ID ClientId, PEPROCESS *Process, PETHREAD *Thread);

/* The stack of the running thread, which grows down from its base. */

PVOID PsGetCurrentThreadStackBase(VOID);
PVOID PsGetCurrentThreadStackLimit(VOID);
VOID IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit);
ULONG_PTR IoGetRemainingStackSize(VOID);

/* Version: 10.0.22621; with LOCKARB_NT52 5.2.3790. */

typedef struct _OSVERSIONINFOW {
  ULONG dwOSVersionInfoSize;
  ULONG dwMajorVersion;
  ULONG dwMinorVersion;
  ULONG dwBuildNumber;
  ULONG dwPlatformId;
  WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
  ULONG dwOSVersionInfoSize;
  ULONG dwMajorVersion;
  ULONG dwMinorVersion;
  ULONG dwBuildNumber;
  ULONG dwPlatformId;
  WCHAR szCSDVersion[128];
  USHORT wServicePackMajor;
  USHORT wServicePackMinor;
  USHORT wSuiteMask;
  UCHAR wProductType;
  UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW, *PRTL_OSVERSIONINFOEXW;

#define VER_PLATFORM_WIN32_NT 2
#define VER_NT_WORKSTATION 1

/**
 * Fill in the structure.
 *
 * @pre dwOSVersionInfoSize says which of the two it is; of any other size only the fields of the
 *      smaller one are written.
 * @return STATUS_SUCCESS.
 */
NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW lpVersionInformation);
/** Each may be NULL. @return Whether it is a checked build: FALSE. */
BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                     PUNICODE_STRING CSDVersion);
/** @return Whether it is that version or a newer one; FALSE for one with a service pack. */
BOOLEAN RtlIsNtDdiVersionAvailable(ULONG Version);

#define DrvRtPoolNxOptIn 1
/** Says that nonpaged pool is for data only, which it is here. */
static inline VOID ExInitializeDriverRuntime(ULONG RuntimeFlags) { (void)RuntimeFlags; }

#ifdef __cplusplus
}
#endif

#endif
