/* SPDX-License-Identifier: Apache-2.0 */
/* Waits for several objects. */
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                  KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                  BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                  PKWAIT_BLOCK WaitBlockArray) {
  (void)WaitReason;
  KWAIT_BLOCK few[THREAD_WAIT_OBJECTS];
  PKWAIT_BLOCK blocks = WaitBlockArray != NULL ? WaitBlockArray : few;
  ULONG most = WaitBlockArray != NULL ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS;
  object_report = &report_of_objects;
  if (Count == 0 || Count > most) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, MAXIMUM_WAIT_OBJECTS_EXCEEDED, Count, most, 0, 0);
  }
  verify_object(THIS_CALL, Object[0], wait_kind(Timeout));
  for (ULONG i = 0; i < Count; i++) {
    check_waitable(Object[i], THIS_CALL);
    blocks[i] = (KWAIT_BLOCK){.Object = Object[i],
                              .NextWaitBlock = i + 1 < Count ? &blocks[i + 1] : NULL,
                              .WaitKey = (USHORT)i,
                              .WaitType = (UCHAR)WaitType};
  }
  return wait_for_blocks(blocks, WaitMode, Alertable, Timeout, THIS_CALL);
}
