/* SPDX-License-Identifier: Apache-2.0 */
/* Events, waits, timeouts, time. */
#include "executive/wait/wait.h"

#include "executive/apc/apc.h"
#include "executive/thread/held.h"
#include "executive/verify.h"

enum { UNITS_PER_SECOND = 10000000 }; /* Windows counts time in 100 ns */

/* value * to / from, rounded down. A core of 32 bits divides 64 by software: not where it need not.
 */
static uint64_t scale(uint64_t value, uint32_t from, uint32_t to) {
  if (to % from == 0) return value * (to / from);
  if (from % to == 0) return value / (from / to);
  return value / from * to + value % from * to / from;
}

uint64_t units_to_ticks(uint64_t units) {
  return scale(units, UNITS_PER_SECOND, port_time_frequency());
}

uint64_t ticks_to_units(uint64_t ticks) {
  return scale(ticks, port_time_frequency(), UNITS_PER_SECOND);
}

uint64_t deadline_of(const LARGE_INTEGER *timeout) {
  if (timeout->QuadPart >= 0) return units_to_ticks((uint64_t)timeout->QuadPart);
  uint64_t ticks = units_to_ticks(-(uint64_t)timeout->QuadPart);
  uint64_t now = port_time();
  return ticks < UINT64_MAX - now ? now + ticks : UINT64_MAX;
}

/* Timers */

void (*follow_timer)(KTIMER *timer);

static KTIMER *timer_at(LIST_ENTRY *entry) {
  return CONTAINING_RECORD(entry, KTIMER, TimerListEntry);
}

bool stop_timer(KTIMER *timer) {
  if (!timer->Header.Inserted) return false;
  timer->Header.Inserted = FALSE;
  RemoveEntryList(&timer->TimerListEntry);
  return true;
}

/* It is signalled, and no more started. */
static void go_off(KTIMER *timer) {
  stop_timer(timer);
  bool goes_on = timer->Period != 0 || timer->Dpc != NULL;
  signal_object(&timer->Header);
  if (goes_on) follow_timer(timer);
}

static void expire_timers(struct core *core) {
  uint64_t now = port_time();
  while (!IsListEmpty(&core->timers)) {
    KTIMER *timer = timer_at(core->timers.Flink);
    if (timer->DueTime.QuadPart > now) return;
    go_off(timer);
  }
}

/* Dispatcher objects */

static KMUTEX *mutex_of(DISPATCHER_HEADER *object) {
  return CONTAINING_RECORD(object, KMUTEX, Header);
}

const struct queues *queues;

static bool is_signalled(DISPATCHER_HEADER *object, const struct thread *t) {
  if (object->Type == OBJECT_QUEUE) return queues->has_entry(object);
  if (object->SignalState > 0) return true;
  return object->Type == OBJECT_MUTEX && mutex_of(object)->OwnerThread == &t->tcb;
}

/* t owns it once more. @return STATUS_ABANDONED if its last owner has ended. */
static NTSTATUS own(KMUTEX *mutex, struct thread *t) {
  if (--mutex->Header.SignalState != 0) return STATUS_SUCCESS;
  mutex->OwnerThread = &t->tcb;
  InsertHeadList(&t->tcb.MutantListHead, &mutex->MutantListEntry);
  t->mutexes++;
  if (mutex->ApcDisable != 0) count_region(t, REGION_CRITICAL, -1, t->wait_call);
  NTSTATUS status = mutex->Abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
  mutex->Abandoned = FALSE;
  return status;
}

/* t's wait for it, that of its wait_call, succeeded. t runs here, or it waits: then its core knows
 * when it runs again. @return STATUS_SUCCESS, or STATUS_ABANDONED. */
static NTSTATUS consume(DISPATCHER_HEADER *object, struct thread *t) {
  switch (object->Type) {
    case OBJECT_EVENT_SYNCHRONIZATION:
    case OBJECT_GATE:
    case OBJECT_TIMER_SYNCHRONIZATION:
      object->SignalState = 0;
      break;
    case OBJECT_SEMAPHORE:
      object->SignalState--;
      break;
    case OBJECT_MUTEX:
      return own(mutex_of(object), t);
    case OBJECT_QUEUE:
      queues->take_entry(t);
      break;
  }
  return STATUS_SUCCESS;
}

static NTSTATUS take(struct thread *t) {
  bool has_all = true;
  for (KWAIT_BLOCK *block = t->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    DISPATCHER_HEADER *object = block->Object;
    bool any = block->WaitType == WaitAny;
    if (is_signalled(object, t)) {
      if (any) return block->WaitKey | consume(object, t);
    } else if (!any) {
      has_all = false;
    }
  }
  if (t->wait_blocks->WaitType != WaitAll || !has_all) return STATUS_PENDING;
  NTSTATUS status = STATUS_SUCCESS;
  for (KWAIT_BLOCK *block = t->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    if (block->WaitType == WaitAll) status |= consume(block->Object, t);
  }
  return status;
}

static void leave(struct thread *t) {
  for (KWAIT_BLOCK *block = t->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    DISPATCHER_HEADER *object = block->Object;
    RemoveEntryList(&block->WaitListEntry);
    if (object->Type == OBJECT_TIMEOUT) stop_timer(CONTAINING_RECORD(object, KTIMER, Header));
  }
  t->timed = false;
}

static const struct waits waits_for_objects = {
    .take = take, .leave = leave, .expire = expire_timers};

void start_timer(KTIMER *timer) {
  struct core *core = this_core();
  LIST_ENTRY *before = core->timers.Flink;
  while (before != &core->timers && timer_at(before)->DueTime.QuadPart <= timer->DueTime.QuadPart) {
    before = before->Flink;
  }
  InsertTailList(before, &timer->TimerListEntry);
  timer->Header.Inserted = TRUE;
  object_waits = &waits_for_objects;
  set_timer(core);
}

void end_waits(DISPATCHER_HEADER *object) {
  LIST_ENTRY *entry = object->WaitListHead.Flink;
  while (object->SignalState > 0 && entry != &object->WaitListHead) {
    struct thread *t = thread_of(CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry)->Thread);
    NTSTATUS status = object_waits->take(t);
    entry = entry->Flink;
    if (status == STATUS_PENDING) continue; /* others of its objects are not signalled */
    wake(t, status);
    entry = object->WaitListHead.Flink; /* the next one may have been of that thread too */
  }
}

void signal_object(DISPATCHER_HEADER *object) {
  object->SignalState = 1;
  end_waits(object);
}

/* The running thread owns it as often as a mutex can be owned. */
static bool is_full(DISPATCHER_HEADER *object, const struct thread *self) {
  return object->Type == OBJECT_MUTEX && object->SignalState == INT32_MIN &&
         mutex_of(object)->OwnerThread == &self->tcb;
}

/* A wait of the running thread for them is over. Dispatcher locked. */
static void remember_mutexes(const KWAIT_BLOCK *blocks, struct thread *self, struct call call) {
  for (const KWAIT_BLOCK *block = blocks; block != NULL; block = block->NextWaitBlock) {
    DISPATCHER_HEADER *object = block->Object;
    if (object->Type != OBJECT_MUTEX) continue;
    const KMUTEX *mutex = mutex_of(object);
    if (mutex->OwnerThread != &self->tcb || find_held(self->held, mutex) != NULL) continue;
    remember(&self->held, EXECUTIVE_NO_LOCK, mutex, true, call.from, self->number);
  }
}

VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State) {
  Event->Header = (DISPATCHER_HEADER){
      .Type = Type == NotificationEvent ? OBJECT_EVENT_NOTIFICATION : OBJECT_EVENT_SYNCHRONIZATION,
      .Size = sizeof(*Event) / sizeof(LONG),
      .SignalState = State ? 1 : 0};
  InitializeListHead(&Event->Header.WaitListHead);
  note_object(PORT_NOTE_OBJECT_INITIALIZED, Event, THIS_CALL);
}

static LONG set(PRKEVENT Event, bool pulse) {
  bool on = lock_dispatcher();
  LONG old = Event->Header.SignalState;
  signal_object(&Event->Header);
  if (pulse) Event->Header.SignalState = 0;
  unlock_dispatcher(on);
  return old;
}

LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait) {
  (void)Increment;
  verify_object(THIS_CALL, NULL, Wait);
  return set(Event, false);
}

LONG KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait) {
  (void)Increment;
  verify_object(THIS_CALL, NULL, Wait);
  return set(Event, true);
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

void verify_new(const void *object, size_t size, struct call call) {
  if (executive_verifier == NULL) return;
  bool on = lock_dispatcher();
  verify_free(call, object, size);
  unlock_dispatcher(on);
}

/* Waits */

static void check_mutexes(const KWAIT_BLOCK *blocks, bool on, struct call call) {
  for (const KWAIT_BLOCK *block = blocks; block != NULL; block = block->NextWaitBlock) {
    if (!is_full(block->Object, this_thread())) continue;
    unlock_dispatcher(on);
    executive_raise(call, STATUS_MUTANT_LIMIT_EXCEEDED);
  }
}

/* A wait for any of several mutexes is no wait for one of them. */
static void verify_orders(const KWAIT_BLOCK *blocks, struct call call) {
  if (blocks == NULL || (blocks->WaitType == WaitAny && blocks->NextWaitBlock != NULL)) return;
  for (const KWAIT_BLOCK *block = blocks; block != NULL; block = block->NextWaitBlock) {
    DISPATCHER_HEADER *object = block->Object;
    if (object->Type == OBJECT_MUTEX) verify_order(call, mutex_of(object), HELD_MUTEX, false);
  }
}

static void begin_wait(struct thread *self) {
  for (KWAIT_BLOCK *block = self->wait_blocks; block != NULL; block = block->NextWaitBlock) {
    DISPATCHER_HEADER *object = block->Object;
    block->Thread = &self->tcb;
    if (object->Type == OBJECT_QUEUE) {
      InsertHeadList(&object->WaitListHead, &block->WaitListEntry); /* its caches are warm */
    } else {
      InsertTailList(&object->WaitListHead, &block->WaitListEntry);
    }
    if (object->Type == OBJECT_TIMEOUT) start_timer(CONTAINING_RECORD(object, KTIMER, Header));
  }
}

NTSTATUS wait_for_blocks(KWAIT_BLOCK *blocks, KPROCESSOR_MODE mode, bool alertable,
                         const LARGE_INTEGER *timeout, struct call call) {
  struct thread *self = this_thread();
  bool may_block = timeout == NULL || timeout->QuadPart != 0;
  if (may_block) verify_orders(blocks, call);
  if (self->irql > APC_LEVEL && may_block) {
    show_regions(self->tcb.CombinedApcDisable); /* where it was raised, and no region */
    executive_stop(call, EXECUTIVE_NO_LOCK, ATTEMPTED_SWITCH_FROM_DPC, (ULONG_PTR)self, self->irql,
                   0, 0);
  }
  KTIMER timer = {.Header = {.Type = OBJECT_TIMEOUT}};
  KWAIT_BLOCK limit = {.Object = &timer, .WaitKey = STATUS_TIMEOUT, .WaitType = WaitAny};
  KWAIT_BLOCK **end = &blocks;
  DISPATCHER_HEADER *awaited = NULL;
  if (blocks != NULL && blocks->NextWaitBlock == NULL) awaited = blocks->Object;
  enum wait_for wait_for = blocks != NULL ? WAIT_FOR_OBJECT : WAIT_FOR_TIME;
  if (timeout != NULL) {
    timer.DueTime.QuadPart = deadline_of(timeout);
    InitializeListHead(&timer.Header.WaitListHead);
    while (*end != NULL) end = &(*end)->NextWaitBlock;
    *end = &limit;
  }
  bool user = alertable && mode == UserMode;
  NTSTATUS status;
  object_waits = &waits_for_objects;
  bool on = lock_dispatcher();
  port_charge(PORT_WORK_WAIT);
  for (;;) {
    self->wait_call = call;
    self->wait_blocks = blocks;
    check_mutexes(blocks, on, call);
    status = take(self);
    if (status != STATUS_PENDING) {
      sync_window(this_core());
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
    if (!may_block || (timeout != NULL && port_time() >= timer.DueTime.QuadPart)) {
      status = STATUS_TIMEOUT;
      break;
    }
    if (may_run_kernel_apc(self)) {
      unlock_dispatcher(on);
      deliver_apcs();
      lock_dispatcher();
      continue;
    }
    self->user_apcs_open = user;
    self->awaited = awaited;
    self->timed = timeout != NULL;
    begin_wait(self);
    block_and_unlock(this_core(), wait_for, alertable);
    status = self->outcome;
    self->user_apcs_open = false;
    port_interrupts_restore(on); /* an APC that broke the wait is delivered here or above */
    lock_dispatcher();
    if (status != STATUS_KERNEL_APC) break;
  }
  remember_mutexes(blocks, self, call);
  unlock_dispatcher(on);
  if (status == STATUS_USER_APC) {
    self->user_apcs_open = true;
    deliver_apcs();
    self->user_apcs_open = false;
  }
  return status;
}

NTSTATUS wait_on(DISPATCHER_HEADER *object, KPROCESSOR_MODE mode, bool alertable,
                 const LARGE_INTEGER *timeout, struct call call) {
  KWAIT_BLOCK block = {.Object = object, .WaitType = WaitAny};
  return wait_for_blocks(object != NULL ? &block : NULL, mode, alertable, timeout, call);
}

void check_waitable(const DISPATCHER_HEADER *object, struct call call) {
  const unsigned types = 1u << OBJECT_EVENT_NOTIFICATION | 1u << OBJECT_EVENT_SYNCHRONIZATION |
                         1u << OBJECT_MUTEX | 1u << OBJECT_SEMAPHORE | 1u << OBJECT_THREAD |
                         1u << OBJECT_TIMER_NOTIFICATION | 1u << OBJECT_TIMER_SYNCHRONIZATION;
  bool has_type = object->Type <= OBJECT_TIMER_SYNCHRONIZATION && (types >> object->Type & 1) != 0;
  if (has_type && object->WaitListHead.Flink != NULL) return;
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_OBJECT_TYPE_MISMATCH,
                 (ULONG_PTR)object, object->Type, 0);
}

ULONG_PTR wait_kind(const LARGE_INTEGER *timeout) {
  if (timeout == NULL) return WAITS_FOR_EVER;
  return timeout->QuadPart != 0 ? WAITS_A_TIME : WAITS_NOT;
}

NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                               BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
  (void)WaitReason;
  verify_object(THIS_CALL, Object, wait_kind(Timeout));
  check_waitable(Object, THIS_CALL);
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

VOID KeStallExecutionProcessor(ULONG MicroSeconds) {
  port_spend(units_to_ticks(UINT64_C(10) * MicroSeconds));
}
