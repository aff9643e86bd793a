/* SPDX-License-Identifier: Apache-2.0 */
/* Events, waits, timeouts, time. */
#include "executive/wait/wait.h"

#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"

enum { UNITS_PER_SECOND = 10000000 }; /* Windows counts time in 100 ns */

static uint64_t units_to_ticks(uint64_t units) {
  uint64_t per_second = port_time_frequency();
  return units / UNITS_PER_SECOND * per_second +
         units % UNITS_PER_SECOND * per_second / UNITS_PER_SECOND;
}

static uint64_t ticks_to_units(uint64_t ticks) {
  uint64_t per_second = port_time_frequency();
  return ticks / per_second * UNITS_PER_SECOND + ticks % per_second * UNITS_PER_SECOND / per_second;
}

static uint64_t deadline_of(const LARGE_INTEGER *timeout) {
  if (timeout->QuadPart >= 0) return units_to_ticks((uint64_t)timeout->QuadPart);
  uint64_t ticks = units_to_ticks(-(uint64_t)timeout->QuadPart);
  uint64_t now = port_time();
  return ticks < UINT64_MAX - now ? now + ticks : UINT64_MAX;
}

/* Dispatcher locked. */
static void add_timer(struct core *core, struct thread *t, uint64_t deadline) {
  t->deadline = deadline;
  t->timed = true;
  LIST_ENTRY *before = core->timers.Flink;
  while (before != &core->timers &&
         CONTAINING_RECORD(before, struct thread, timer)->deadline <= deadline) {
    before = before->Flink;
  }
  InsertTailList(before, &t->timer);
}

void expire_timers(struct core *core) {
  uint64_t now = port_time();
  while (!IsListEmpty(&core->timers)) {
    struct thread *t = CONTAINING_RECORD(core->timers.Flink, struct thread, timer);
    if (t->deadline > now) return;
    wake(t, STATUS_TIMEOUT);
  }
}

/* Dispatcher objects */

static KMUTEX *mutex_of(DISPATCHER_HEADER *object) {
  return CONTAINING_RECORD(object, KMUTEX, Header);
}

static bool is_signalled(DISPATCHER_HEADER *object, const struct thread *t) {
  if (object->SignalState > 0) return true;
  return object->Type == OBJECT_MUTEX && mutex_of(object)->OwnerThread == &t->tcb;
}

/* t's wait for it, that of its wait_call, succeeded. t runs here, or it waits: then its core knows
 * when it runs again. */
static void consume(DISPATCHER_HEADER *object, struct thread *t) {
  switch (object->Type) {
    case OBJECT_EVENT_SYNCHRONIZATION:
    case OBJECT_GATE:
      object->SignalState = 0;
      break;
    case OBJECT_MUTEX:
      if (--object->SignalState != 0) break;
      mutex_of(object)->OwnerThread = &t->tcb;
      t->mutexes++;
      if (mutex_of(object)->ApcDisable != 0) count_region(t, REGION_CRITICAL, -1, t->wait_call);
      break;
  }
}

/* The running thread owns it as often as a mutex can be owned. */
static bool is_full(DISPATCHER_HEADER *object, const struct thread *self) {
  return object->Type == OBJECT_MUTEX && object->SignalState == INT32_MIN &&
         mutex_of(object)->OwnerThread == &self->tcb;
}

/* A wait of the running thread for it succeeded. Dispatcher locked. */
static void remember_mutex(const DISPATCHER_HEADER *object, struct thread *self, struct call call) {
  if (object == NULL || object->Type != OBJECT_MUTEX) return;
  const KMUTEX *mutex = CONTAINING_RECORD(object, KMUTEX, Header);
  if (find_held(self->held, mutex) == NULL) {
    remember(&self->held, EXECUTIVE_NO_LOCK, mutex, true, call.from, self->number);
  }
}

void signal_object(DISPATCHER_HEADER *object) {
  object->SignalState = 1;
  while (object->SignalState > 0 && !IsListEmpty(&object->WaitListHead)) {
    struct thread *t = CONTAINING_RECORD(object->WaitListHead.Flink, struct thread, queue);
    consume(object, t);
    wake(t, STATUS_SUCCESS);
  }
}

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State) {
  Event->Header = (DISPATCHER_HEADER){
      .Type = Type == NotificationEvent ? OBJECT_EVENT_NOTIFICATION : OBJECT_EVENT_SYNCHRONIZATION,
      .Size = sizeof(*Event) / sizeof(LONG),
      .SignalState = State ? 1 : 0};
  InitializeListHead(&Event->Header.WaitListHead);
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait) {
  (void)Increment;
  verify_object(THIS_CALL, NULL, Wait);
  bool on = lock_dispatcher();
  LONG old = Event->Header.SignalState;
  signal_object(&Event->Header);
  unlock_dispatcher(on);
  return old;
}

static LONG reset(PRKEVENT Event, struct call call) {
  verify_routine(call);
  bool on = lock_dispatcher();
  LONG old = Event->Header.SignalState;
  Event->Header.SignalState = 0;
  unlock_dispatcher(on);
  return old;
}

LONG KeResetEvent(PRKEVENT Event) { return reset(Event, THIS_CALL); }

VOID KeClearEvent(PRKEVENT Event) { reset(Event, THIS_CALL); }

LONG KeReadStateEvent(PRKEVENT Event) {
  verify_routine(THIS_CALL);
  return Event->Header.SignalState;
}

/* Waits */

NTSTATUS wait_on(DISPATCHER_HEADER *object, KPROCESSOR_MODE mode, bool alertable,
                 const LARGE_INTEGER *timeout, struct call call) {
  struct thread *self = this_thread();
  bool may_block = timeout == NULL || timeout->QuadPart != 0;
  if (object != NULL && object->Type == OBJECT_MUTEX && may_block) {
    verify_order(call, mutex_of(object), HELD_MUTEX, false);
  }
  if (self->irql > APC_LEVEL && may_block) {
    executive_stop(call, EXECUTIVE_NO_LOCK, ATTEMPTED_SWITCH_FROM_DPC, (ULONG_PTR)self, self->irql,
                   0, 0);
  }
  uint64_t deadline = timeout != NULL ? deadline_of(timeout) : UINT64_MAX;
  bool user = alertable && mode == UserMode;
  NTSTATUS status;
  bool on = lock_dispatcher();
  for (;;) {
    self->wait_call = call;
    if (object != NULL && is_full(object, self)) {
      unlock_dispatcher(on);
      executive_raise(call, STATUS_MUTANT_LIMIT_EXCEEDED);
    }
    if (object != NULL && is_signalled(object, self)) {
      consume(object, self);
      sync_window(this_core());
      status = STATUS_SUCCESS;
      break;
    }
    if (alertable && self->alerted) {
      self->alerted = false;
      status = STATUS_ALERTED;
      break;
    }
    if (user && may_run_user_apc(self)) {
      status = STATUS_USER_APC;
      break;
    }
    if (!may_block || port_time() >= deadline) {
      status = STATUS_TIMEOUT;
      break;
    }
    if (may_run_kernel_apc(self)) {
      unlock_dispatcher(on);
      deliver_apcs();
      lock_dispatcher();
      continue;
    }
    struct core *core = this_core();
    self->user_apcs_open = user;
    self->awaited = object;
    if (object != NULL) InsertTailList(&object->WaitListHead, &self->queue);
    if (timeout != NULL) add_timer(core, self, deadline);
    block_and_unlock(core, object != NULL ? WAIT_FOR_OBJECT : WAIT_FOR_TIME, alertable);
    status = self->outcome;
    self->user_apcs_open = false;
    port_interrupts_restore(on); /* an APC that broke the wait is delivered here or above */
    lock_dispatcher();
    if (status != STATUS_KERNEL_APC) break;
  }
  if (status == STATUS_SUCCESS) remember_mutex(object, self, call);
  unlock_dispatcher(on);
  if (status == STATUS_USER_APC) {
    self->user_apcs_open = true;
    deliver_apcs();
    self->user_apcs_open = false;
  }
  return status;
}

static ULONG_PTR wait_kind(const LARGE_INTEGER *timeout) {
  if (timeout == NULL) return WAITS_FOR_EVER;
  return timeout->QuadPart != 0 ? WAITS_A_TIME : WAITS_NOT;
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
  (void)WaitReason;
  verify_object(THIS_CALL, Object, wait_kind(Timeout));
  return wait_on(Object, WaitMode, Alertable, Timeout, THIS_CALL);
}

NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                PLARGE_INTEGER Interval) {
  verify_routine(THIS_CALL);
  NTSTATUS status = wait_on(NULL, WaitMode, Alertable, Interval, THIS_CALL);
  return status == STATUS_TIMEOUT ? STATUS_SUCCESS : status;
}

BOOLEAN KeAlertThread(PKTHREAD Thread, KPROCESSOR_MODE AlertMode) {
  (void)AlertMode;
  struct thread *t = thread_of(Thread);
  bool on = lock_dispatcher();
  bool old = t->alerted;
  if (t->state == THREAD_WAITING && t->alertable) {
    wake(t, STATUS_ALERTED);
  } else {
    t->alerted = true;
  }
  unlock_dispatcher(on);
  return old;
}

/* Time */

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency) {
  if (PerformanceFrequency != NULL) {
    PerformanceFrequency->QuadPart = (LONGLONG)port_time_frequency();
  }
  return (LARGE_INTEGER){.QuadPart = (LONGLONG)port_time()};
}

VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime) {
  CurrentTime->QuadPart = (LONGLONG)ticks_to_units(port_time());
}

VOID KeStallExecutionProcessor(ULONG MicroSeconds) {
  port_spend(units_to_ticks(UINT64_C(10) * MicroSeconds));
}

ULONG KeGetCurrentProcessorNumber(VOID) { return port_core(); }

ULONG KeQueryActiveProcessorCount(KAFFINITY *ActiveProcessors) {
  unsigned count = port_core_count();
  if (ActiveProcessors != NULL) *ActiveProcessors = (KAFFINITY)((UINT64_C(1) << count) - 1);
  return count;
}
