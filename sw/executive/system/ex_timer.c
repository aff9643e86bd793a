/* SPDX-License-Identifier: Apache-2.0 */
/* Timers of the pool: a KTIMER, and a DPC that calls back and frees it in the end. */
#include "executive/system/system.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"
#include "lockarb_work.h"

enum { TAG = 0x6D697445 /* 'Etim' */, UNITS_PER_MILLISECOND = 10000 };

struct _EX_TIMER {
  KTIMER timer; /* first: programs wait for it */
  KDPC dpc;
  PEXT_CALLBACK callback;
  PVOID context;
  bool is_deleted; /* free it as soon as it is not busy */
  bool is_awaited; /* by who deletes it, and frees it */
  KEVENT idle;     /* it is not busy any more */
  EXT_DELETE_PARAMETERS parameters;
};

static bool is_busy(const struct _EX_TIMER *timer) {
  return timer->timer.Header.Inserted || timer->dpc.DpcData != NULL;
}

static void free_timer(PEX_TIMER timer) {
  EXT_DELETE_PARAMETERS parameters = timer->parameters;
  ExFreePool(timer);
  if (parameters.DeleteCallback != NULL) parameters.DeleteCallback(parameters.DeleteContext);
}

static VOID call_back(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
  (void)dpc, (void)argument1, (void)argument2;
  PEX_TIMER timer = context;
  if (timer->callback != NULL) timer->callback(timer, timer->context);
  bool on = lock_dispatcher();
  if (timer->dpc.DpcData == DPC_RUNS) timer->dpc.DpcData = NULL; /* else it comes again */
  bool ends = timer->is_deleted && !is_busy(timer);
  bool is_awaited = ends && timer->is_awaited;
  if (is_awaited) signal_object(&timer->idle.Header);
  unlock_dispatcher(on);
  if (ends && !is_awaited) free_timer(timer);
}

PEX_TIMER ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext, ULONG Attributes) {
  verify_routine(THIS_CALL);
  PEX_TIMER timer = ExAllocatePoolZero(NonPagedPool, sizeof(*timer), TAG);
  if (timer == NULL) return NULL;
  KeInitializeTimerEx(
      &timer->timer, Attributes & EX_TIMER_NOTIFICATION ? NotificationTimer : SynchronizationTimer);
  KeInitializeDpc(&timer->dpc, call_back, timer);
  timer->callback = Callback;
  timer->context = CallbackContext;
  return timer;
}

BOOLEAN ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                   PEXT_SET_PARAMETERS Parameters) {
  (void)Parameters;
  ULONG period = Period < PERIOD_IN_UNITS ? (ULONG)Period | PERIOD_IN_UNITS
                                          : (ULONG)(Period / UNITS_PER_MILLISECOND);
  LARGE_INTEGER due = {.QuadPart = DueTime};
  return set_program_timer(&Timer->timer, due, Period != 0 ? period : 0, &Timer->dpc, THIS_CALL);
}

BOOLEAN ExCancelTimer(PEX_TIMER Timer, PEXT_CANCEL_PARAMETERS Parameters) {
  (void)Parameters;
  verify_routine(THIS_CALL);
  return KeCancelTimer(&Timer->timer);
}

BOOLEAN ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                      PEXT_DELETE_PARAMETERS Parameters) {
  verify_routine(THIS_CALL);
  KeInitializeEvent(&Timer->idle, NotificationEvent, FALSE);
  bool on = lock_dispatcher();
  bool was_started = Cancel && stop_timer(&Timer->timer);
  Timer->timer.Period = 0;
  Timer->is_deleted = true;
  if (Parameters != NULL) Timer->parameters = *Parameters;
  bool busy = is_busy(Timer);
  Timer->is_awaited = Wait;
  unlock_dispatcher(on);
  if (busy && Wait) wait_on(&Timer->idle.Header, KernelMode, false, NULL, THIS_CALL);
  if (!busy || Wait) free_timer(Timer);
  return was_started;
}
