/* SPDX-License-Identifier: Apache-2.0 */
/* Cores, as programs see them: one group. A thread stays on the core that it was made for. */
#include "executive/system/system.h"
#include "executive/verify.h"

ULONG KeGetCurrentProcessorNumber(VOID) { return port_core(); }

KAFFINITY KeQueryActiveProcessors(VOID) {
  return (KAFFINITY)((UINT64_C(1) << port_core_count()) - 1);
}

ULONG KeQueryActiveProcessorCount(KAFFINITY *ActiveProcessors) {
  if (ActiveProcessors != NULL) *ActiveProcessors = KeQueryActiveProcessors();
  return port_core_count();
}

ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber) {
  return GroupNumber == 0 || GroupNumber == ALL_PROCESSOR_GROUPS ? port_core_count() : 0;
}

ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber) {
  return KeQueryActiveProcessorCountEx(GroupNumber);
}

NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber) {
  if (ProcIndex >= port_core_count()) return STATUS_INVALID_PARAMETER;
  *ProcNumber = (PROCESSOR_NUMBER){.Number = (UCHAR)ProcIndex};
  return STATUS_SUCCESS;
}

ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber) {
  bool exists = ProcNumber->Group == 0 && ProcNumber->Number < port_core_count();
  return exists ? ProcNumber->Number : INVALID_PROCESSOR_INDEX;
}

ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber) {
  ULONG core = port_core();
  if (ProcNumber != NULL) KeGetProcessorNumberFromIndex(core, ProcNumber);
  return core;
}

ULONG KeShouldYieldProcessor(VOID) { return this_core()->reschedule; }

CCHAR KeSetIdealProcessorThread(PKTHREAD Thread, UCHAR Processor) {
  (void)Processor;
  return (CCHAR)thread_of(Thread)->core;
}

VOID KeSetSystemAffinityThread(KAFFINITY Affinity) {
  unsigned core = port_core();
  if (Affinity >> core & 1) return;
  executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_NOT_SUPPORTED,
                 Affinity, core, 0);
}

VOID KeRevertToUserAffinityThread(VOID) {}
