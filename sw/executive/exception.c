/* Exceptions: where nobody handles them, a bug check. */
#include "executive/kernel.h"

void executive_raise(struct call call, NTSTATUS code) {
  executive_stop(call, EXECUTIVE_NO_LOCK, 0x7E, (ULONG)code, 0, 0, 0);
}

VOID ExRaiseStatus(NTSTATUS Status) { executive_raise(THIS_CALL, Status); }

VOID ExRaiseAccessViolation(VOID) { executive_raise(THIS_CALL, STATUS_ACCESS_VIOLATION); }

VOID ExRaiseDatatypeMisalignment(VOID) { executive_raise(THIS_CALL, STATUS_DATATYPE_MISALIGNMENT); }
