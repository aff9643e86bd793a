/* SPDX-License-Identifier: Apache-2.0 */
/* Semaphores. */
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit) {
  Semaphore->Header = (DISPATCHER_HEADER){
      .Type = OBJECT_SEMAPHORE, .Size = sizeof(*Semaphore) / sizeof(LONG), .SignalState = Count};
  InitializeListHead(&Semaphore->Header.WaitListHead);
  Semaphore->Limit = Limit;
  object_report = &report_of_objects;
}

LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                        BOOLEAN Wait) {
  (void)Increment;
  verify_object(THIS_CALL, NULL, Wait);
  bool on = lock_dispatcher();
  LONG old = Semaphore->Header.SignalState;
  if (Adjustment < 0 || Adjustment > Semaphore->Limit - old) {
    unlock_dispatcher(on);
    executive_raise(THIS_CALL, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  }
  Semaphore->Header.SignalState = old + Adjustment;
  end_waits(&Semaphore->Header);
  unlock_dispatcher(on);
  return old;
}

LONG KeReadStateSemaphore(PRKSEMAPHORE Semaphore) {
  verify_routine(THIS_CALL);
  return Semaphore->Header.SignalState;
}
