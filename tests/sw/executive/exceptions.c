/* SPDX-License-Identifier: Apache-2.0 */
#include "exceptions.h"

#include <pseh/pseh2.h>
#include <stdio.h>
#include <string.h>
#include <wdm.h>

char exception_log[512];

static void step(const char *text) {
  strcat(exception_log, text);
  strcat(exception_log, "; ");
}

static void step_code(const char *text, NTSTATUS code) {
  char line[64];
  snprintf(line, sizeof(line), "%s %X", text, (unsigned)code);
  step(line);
}

int raised_by_wait(void *object, int blocks) {
  volatile NTSTATUS raised = 0;
  LARGE_INTEGER none = {.QuadPart = 0};
  _SEH2_TRY { KeWaitForSingleObject(object, Executive, KernelMode, FALSE, blocks ? NULL : &none); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { raised = _SEH2_GetExceptionCode(); }
  _SEH2_END;
  return raised;
}

void handle_null_resource(void) {
  _SEH2_TRY {
    ExAcquireResourceExclusiveLite(NULL, TRUE);
    step("went on");
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
  step("after");
}

static void raise_deep(int depth) {
  if (depth == 0) {
    if (KeGetCurrentIrql() == PASSIVE_LEVEL) ExRaiseStatus(STATUS_INVALID_PARAMETER);
    return;
  }
  raise_deep(depth - 1);
  step("went on");
}

static LONG asked(const char *who, NTSTATUS code, LONG verdict) {
  step_code(who, code);
  return verdict;
}

void handle_by_the_innermost_filter_that_takes_it(void) {
  _SEH2_TRY {
    _SEH2_TRY {
      _SEH2_TRY { raise_deep(3); }
      _SEH2_EXCEPT(asked("inner", _SEH2_GetExceptionCode(), EXCEPTION_CONTINUE_SEARCH)) {
        step("inner handles");
      }
      _SEH2_END;
      step("inner went on");
    }
    _SEH2_EXCEPT(asked("middle", _SEH2_GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
      step("middle handles");
    }
    _SEH2_END;
    step("after middle");
  }
  _SEH2_EXCEPT(asked("outer", _SEH2_GetExceptionCode(), EXCEPTION_EXECUTE_HANDLER)) {
    step("outer handles");
  }
  _SEH2_END;
}

void raise_through_finally_blocks(void) {
  _SEH2_TRY {
    _SEH2_TRY {
      _SEH2_TRY { raise_deep(1); }
      _SEH2_FINALLY { step(_SEH2_AbnormalTermination() ? "inner abnormal" : "inner normal"); }
      _SEH2_END;
      step("went on");
    }
    _SEH2_FINALLY { step("outer"); }
    _SEH2_END;
    step("went on");
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step("handled"); }
  _SEH2_END;
  _SEH2_TRY { step("body"); }
  _SEH2_FINALLY { step(_SEH2_AbnormalTermination() ? "abnormal" : "normal"); }
  _SEH2_END;
}

void leave_bodies(void) {
  _SEH2_TRY {
    for (int i = 0;; i++) {
      if (i == 2) _SEH2_LEAVE;
    }
  }
  _SEH2_FINALLY { step(_SEH2_AbnormalTermination() ? "abnormal" : "normal"); }
  _SEH2_END;
  _SEH2_TRY {
    _SEH2_LEAVE;
    step("went on");
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step("handled"); }
  _SEH2_END;
  for (volatile int i = 0; i < 2; i++) {
    _SEH2_TRY {
      if (i == 0) _SEH2_YIELD(continue);
      step("second time");
    }
    _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step("handled"); }
    _SEH2_END;
  }
}

int return_out_of_body(int how) {
  _SEH2_TRY {
    if (how == 0) return 10;
    if (how == 1) ExRaiseStatus(STATUS_UNSUCCESSFUL);
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { _SEH2_YIELD(return 11); }
  _SEH2_END;
  return 12;
}

void return_out_of_a_body_with_finally(void) {
  _SEH2_TRY { return; }
  _SEH2_FINALLY { step("finally"); }
  _SEH2_END;
}

void raise_in_a_handler(void) {
  _SEH2_TRY {
    _SEH2_TRY { ExRaiseStatus(STATUS_UNSUCCESSFUL); }
    _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { ExRaiseStatus(STATUS_INVALID_HANDLE); }
    _SEH2_END;
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
}

void raise_in_a_finally_block(void) {
  _SEH2_TRY {
    _SEH2_TRY { ExRaiseStatus(STATUS_UNSUCCESSFUL); }
    _SEH2_FINALLY { ExRaiseStatus(STATUS_INVALID_HANDLE); }
    _SEH2_END;
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
}

void continue_execution(void) {
  _SEH2_TRY {
    _SEH2_TRY { ExRaiseStatus(STATUS_UNSUCCESSFUL); }
    _SEH2_EXCEPT(EXCEPTION_CONTINUE_EXECUTION) { step("handled inside"); }
    _SEH2_END;
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
}

void raise_with_finally_blocks_only(void) {
  _SEH2_TRY { ExRaiseAccessViolation(); }
  _SEH2_FINALLY { step("finally"); }
  _SEH2_END;
}

static VOID raiser(PVOID context) {
  LARGE_INTEGER interval = {.QuadPart = -100 * (LONGLONG)((ULONG_PTR)context & 3)};
  _SEH2_TRY {
    KeDelayExecutionThread(KernelMode, FALSE, &interval);
    ExRaiseStatus((NTSTATUS)(ULONG_PTR)context);
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
}

void raise_in_two_threads(void) {
  HANDLE thread[2];
  for (ULONG_PTR i = 0; i < 2; i++) {
    PsCreateSystemThread(&thread[i], 0, NULL, NULL, NULL, raiser, (PVOID)(0xC0000001 + i));
  }
  for (int i = 0; i < 2; i++) {
    ZwWaitForSingleObject(thread[i], FALSE, NULL);
    ZwClose(thread[i]);
  }
}

void raise_at_apc_level_in_a_region(void) {
  _SEH2_TRY {
    KeEnterCriticalRegion();
    KfRaiseIrql(APC_LEVEL);
    ExRaiseStatus(STATUS_UNSUCCESSFUL);
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) {
    step(KeGetCurrentIrql() == APC_LEVEL ? "APC_LEVEL" : "other IRQL");
    KeLowerIrql(PASSIVE_LEVEL);
    step(KeAreApcsDisabled() ? "in the region" : "outside");
    KeLeaveCriticalRegion();
  }
  _SEH2_END;
}

static VOID raise_in_apc(PKAPC Apc, PKNORMAL_ROUTINE *NormalRoutine, PVOID *NormalContext,
                         PVOID *SystemArgument1, PVOID *SystemArgument2) {
  (void)Apc, (void)NormalRoutine, (void)NormalContext, (void)SystemArgument2;
  if (*SystemArgument1 == NULL) ExRaiseStatus(STATUS_UNSUCCESSFUL);
  _SEH2_TRY { ExRaiseStatus(STATUS_UNSUCCESSFUL); }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step("handled in the APC"); }
  _SEH2_END;
}

static void run_apc(PVOID argument) {
  KAPC apc;
  _SEH2_TRY {
    KeInitializeApc(&apc, KeGetCurrentThread(), OriginalApcEnvironment, raise_in_apc, NULL, NULL,
                    KernelMode, NULL);
    KeInsertQueueApc(&apc, argument, NULL, 0);
    ExRaiseStatus(STATUS_INVALID_HANDLE);
  }
  _SEH2_EXCEPT(EXCEPTION_EXECUTE_HANDLER) { step_code("handled", _SEH2_GetExceptionCode()); }
  _SEH2_END;
}

void handle_outside_of_an_apc(void) { run_apc(NULL); }
void handle_inside_of_an_apc(void) { run_apc(exception_log); }
