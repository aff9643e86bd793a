/* SPDX-License-Identifier: Apache-2.0 */
/* The timers of programs, and what time it is. */
#include "executive/diagnose/report.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

enum { TIME_INCREMENT = 156250, UNITS_PER_MILLISECOND = 10000 };

static void initialize(PKTIMER timer, TIMER_TYPE type, struct call call) {
  verify_new(timer, sizeof(*timer), call);
  *timer = (KTIMER){.Header = {.Type = type == NotificationTimer ? OBJECT_TIMER_NOTIFICATION
                                                                 : OBJECT_TIMER_SYNCHRONIZATION,
                               .Size = sizeof(*timer) / sizeof(LONG)}};
  InitializeListHead(&timer->Header.WaitListHead);
  object_report = &report_of_objects;
}

VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type) { initialize(Timer, Type, THIS_CALL); }

VOID KeInitializeTimer(PKTIMER Timer) { initialize(Timer, NotificationTimer, THIS_CALL); }

/* It has gone off. Its DPC is given the time, in two parts. Times that have passed meanwhile are
 * left out. */
static void follow(KTIMER *timer) {
  uint64_t now = port_time();
  if (timer->Period != 0) {
    bool in_units = timer->Period & PERIOD_IN_UNITS;
    uint64_t units = timer->Period & ~PERIOD_IN_UNITS;
    uint64_t period = units_to_ticks(in_units ? units : units * UNITS_PER_MILLISECOND);
    if (period == 0) period = 1; /* a machine whose ticks are longer */
    timer->DueTime.QuadPart += ((now - timer->DueTime.QuadPart) / period + 1) * period;
    start_timer(timer);
  }
  if (timer->Dpc == NULL) return;
  ULARGE_INTEGER time = {.QuadPart = ticks_to_units(now)};
  queue_dpc(timer->Dpc, (PVOID)(ULONG_PTR)time.LowPart, (PVOID)(ULONG_PTR)time.HighPart,
            (struct call){"a timer", NULL});
}

bool set_program_timer(KTIMER *timer, LARGE_INTEGER due, ULONG period, PKDPC dpc,
                       struct call call) {
  verify_routine(call);
  bool on = lock_dispatcher();
  bool was_started = stop_timer(timer);
  timer->Header.SignalState = 0;
  timer->DueTime.QuadPart = deadline_of(&due);
  timer->Period = period;
  timer->Dpc = dpc;
  follow_timer = follow;
  start_timer(timer);
  unlock_dispatcher(on);
  return was_started;
}

BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc) {
  return set_program_timer(Timer, DueTime, 0, Dpc, THIS_CALL);
}

BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc) {
  return set_program_timer(Timer, DueTime, (ULONG)Period & ~PERIOD_IN_UNITS, Dpc, THIS_CALL);
}

BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                              ULONG TolerableDelay, PKDPC Dpc) {
  (void)TolerableDelay;
  return set_program_timer(Timer, DueTime, Period & ~PERIOD_IN_UNITS, Dpc, THIS_CALL);
}

BOOLEAN KeCancelTimer(PKTIMER Timer) {
  verify_routine(THIS_CALL);
  bool on = lock_dispatcher();
  bool was_started = stop_timer(Timer);
  unlock_dispatcher(on);
  return was_started;
}

BOOLEAN KeReadStateTimer(PKTIMER Timer) {
  verify_routine(THIS_CALL);
  return Timer->Header.SignalState != 0;
}

/* Time */

static ULONGLONG now(void) { return ticks_to_units(port_time()); }

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime) { CurrentTime->QuadPart = (LONGLONG)now(); }

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime) { KeQuerySystemTime(CurrentTime); }

ULONGLONG KeQueryInterruptTime(VOID) { return now(); }

ULONGLONG KeQueryUnbiasedInterruptTime(VOID) { return now(); }

ULONG64 KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp) {
  *QpcTimeStamp = port_time();
  return ticks_to_units(*QpcTimeStamp);
}

ULONGLONG KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp) {
  return KeQueryInterruptTimePrecise(QpcTimeStamp);
}

ULONG KeQueryTimeIncrement(VOID) { return TIME_INCREMENT; }

VOID KeQueryTickCount(PLARGE_INTEGER CurrentCount) {
  CurrentCount->QuadPart = (LONGLONG)(now() / TIME_INCREMENT);
}
