/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that a program starts and waits for the end of, by the references that it keeps to them.
 */
#ifndef PROGRAM_THREADS_H_
#define PROGRAM_THREADS_H_

#include <wdm.h>

static NTSTATUS Start(PKSTART_ROUTINE Routine, PVOID Context, PKTHREAD *Thread) {
  HANDLE Handle;
  NTSTATUS Status =
      PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Routine, Context);
  if (!NT_SUCCESS(Status)) return Status;
  ObReferenceObjectByHandle(Handle, SYNCHRONIZE, *PsThreadType, KernelMode, (PVOID *)Thread, NULL);
  return ZwClose(Handle);
}

static VOID Finish(PKTHREAD Thread) {
  KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
  ObDereferenceObject(Thread);
}

#endif
