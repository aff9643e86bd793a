/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: who runs on each core, and the switch to it. */
#include <string.h>

#include "executive/diagnose/report.h"
#include "executive/thread/slot.h"
#include "executive/thread/thread.h"

struct core **core_table;
LIST_ENTRY all_threads;
const struct waits *object_waits;
void (*stop_counting)(struct thread *t), (*count_again)(struct thread *t);

static port_lock dispatcher_lock;
static bool is_locked; /* for await_lookers() */
static uint64_t quantum, patience;

/* What this core has written is seen by all before it reads on: of two cores that each write and
 * then read what the other has written, one sees it. */
static void fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

static void take_dispatcher(void) {
  port_spin_lock(&dispatcher_lock);
  __atomic_store_n(&is_locked, true, __ATOMIC_RELAXED);
  fence();
}

static void free_dispatcher(void) {
  __atomic_store_n(&is_locked, false, __ATOMIC_RELEASE);
  port_spin_unlock(&dispatcher_lock);
}

bool lock_dispatcher(void) {
  bool on = port_interrupts_off();
  take_dispatcher();
  return on;
}

void await_lookers(void) {
  fence();
  if (!__atomic_load_n(&is_locked, __ATOMIC_RELAXED)) return;
  take_dispatcher();
  free_dispatcher();
}

void call_core(unsigned core) {
  core_at(core)->is_called = true;
  port_interrupt_core(core);
}

static bool should_switch(const struct core *core) {
  return core->reschedule && core->current->irql < DISPATCH_LEVEL;
}

static uint32_t bit_of(KPRIORITY priority) { return UINT32_C(1) << (priority - 1); }

static LIST_ENTRY *ready_queue(struct core *core, KPRIORITY priority) {
  return &core->ready[priority - 1];
}

/* A thread that is better than that is ready. */
static bool has_better(const struct core *core, KPRIORITY priority) {
  return core->ready_priorities >> priority != 0;
}

static void set_current_ready(struct core *core, bool at_tail) {
  struct thread *t = core->current;
  t->state = THREAD_READY;
  if (t == &core->idle) return;
  LIST_ENTRY *queue = ready_queue(core, t->priority);
  if (at_tail) {
    InsertTailList(queue, &t->queue);
  } else {
    InsertHeadList(queue, &t->queue);
  }
  core->ready_priorities |= bit_of(t->priority);
  note_thread(PORT_NOTE_THREAD_READY, t, 0);
}

static struct thread *take_best(struct core *core) {
  if (core->ready_priorities == 0) return &core->idle;
  KPRIORITY priority = 32 - __builtin_clz(core->ready_priorities);
  LIST_ENTRY *queue = ready_queue(core, priority);
  struct thread *best = CONTAINING_RECORD(RemoveHeadList(queue), struct thread, queue);
  if (IsListEmpty(queue)) core->ready_priorities &= ~bit_of(priority);
  return best;
}

static void remove_ready(struct thread *t) {
  struct core *core = core_at(t->core);
  RemoveEntryList(&t->queue);
  if (IsListEmpty(ready_queue(core, t->priority))) core->ready_priorities &= ~bit_of(t->priority);
}

struct thread *find_thread(ULONG_PTR address) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if ((ULONG_PTR)t == address) return t;
  }
  return NULL;
}

void dereference_locked(struct thread *t) {
  if (--t->references != 0) return;
  RemoveEntryList(&t->all);
  port_free(t, sizeof(*t));
}

void dereference(struct thread *t) {
  bool on = lock_dispatcher();
  dereference_locked(t);
  unlock_dispatcher(on);
}

/* Nobody uses its stack any more. */
__attribute__((noinline)) static void free_ended(struct core *core) {
  struct thread *ended = core->ended;
  core->ended = NULL;
  if (!ended->is_gone) { /* else others may still use what is on it */
    port_stack_free(ended->stack, port_stack_size());
    ended->stack = NULL;
  }
  dereference(ended);
}

static inline void begin_to_run(struct core *core) {
  core->leaving = NULL;
  if (EXECUTIVE_RARE(core->current->killed)) call_core(core->number); /* it ends there */
  if (EXECUTIVE_RARE(core->ended != NULL)) free_ended(core);
}

void after_switch(void) { begin_to_run(this_core()); }

/* A timer that comes too early is set again then; so most switches need not touch it. */
static void set_timer_until(struct core *core, uint64_t deadline) {
  if (deadline >= core->timer) return;
  core->timer = deadline;
  port_timer_set(deadline);
}

void set_timer(struct core *core) {
  uint64_t deadline = core->quantum_end;
  if (!IsListEmpty(&core->timers)) {
    uint64_t first =
        CONTAINING_RECORD(core->timers.Flink, KTIMER, TimerListEntry)->DueTime.QuadPart;
    if (first < deadline) deadline = first;
  }
  set_timer_until(core, deadline);
}

/* The core goes on with its current thread, from the context that it has. */
static void go_on(struct core *core, struct thread *from) {
  struct thread *next = core->current;
  sync_window(core);
  note_thread(PORT_NOTE_THREAD_RUNNING, next, 0);
  if (next != from) {
    port_charge(PORT_WORK_SWITCH);
    port_context_switch(&from->context, &next->context);
  }
  begin_to_run(core);
}

/*
 * The current thread is in its new state; give the core to the best one and unlock.
 *
 * A core that has nobody to run idles in the context of the thread that waits, and in its window,
 * until somebody else needs the core: a thread that is the next one again has not been switched.
 */
static void switch_and_unlock(struct core *core) {
  struct thread *old = core->current, *loaded = core->loaded;
  offer_slot(old);
  struct thread *next = take_best(core);
  bool idles = next == &core->idle && loaded->state != THREAD_ENDED;
  core->reschedule = false;
  core->current = next;
  if (next != loaded && !idles) {
    core->leaving = loaded;
    core->loaded = next;
  }
  next->state = THREAD_RUNNING;
  lend_slot(next);
  core->quantum_end = next == &core->idle ? UINT64_MAX : port_time() + quantum;
  set_timer(core);
  free_dispatcher();
  if (next == old) return;
  if (idles) {
    note_thread(PORT_NOTE_THREAD_RUNNING, next, 0);
  } else {
    go_on(core, loaded);
  }
}

/* The rule: a thread that waits for a lock keeps its core while nobody else is ready to run there,
 * and for the time that lockarb_set_patience() says while nobody better is. */
bool keeps_core(const struct core *core) {
  if (core->ready_priorities == 0) return true;
  if (has_better(core, core->loaded->priority)) return false;
  return port_time() < core->patience_end;
}

unsigned park(struct core *core) {
  if (core->ready_priorities != 0) set_timer_until(core, core->patience_end);
  core->is_parked = true;
  port_wait_for_interrupt(&core->loaded->context);
  core->is_parked = false;
  /* After a reset the thread may have been switched to: then what is pending interrupts it. */
  return core->current == &core->idle ? port_take_interrupts() : 0;
}

/* The core idles, interrupts off: wait for an interrupt, and see to it without a trap. */
static void idle_once(struct core *core) {
  if (core->ready_priorities != 0) {
    take_dispatcher();
    switch_and_unlock(core);
    return;
  }
  unsigned causes = park(core);
  if (causes != 0) serve_interrupt(core, causes);
}

static void enter_stay(struct core *core) {
  struct thread *self = core->current;
  if (self->counts) stop_counting(self);
  self->wait_for = WAIT_FOR_LOCK;
  self->alertable = false;
  self->state = THREAD_STAYING;
  InsertTailList(&core->stayers, &self->queue);
  note_thread(PORT_NOTE_THREAD_WAITING, self, 0);
}

bool begin_stay(struct core *core) {
  core->patience_end = port_time() + patience;
  if (core->current->counts || !keeps_core(core)) return false;
  enter_stay(core);
  look_for_deadlock(); /* without the lock: watching does not change the run */
  core->current = &core->idle;
  core->quantum_end = UINT64_MAX;
  note_thread(PORT_NOTE_THREAD_RUNNING, &core->idle, 0);
  fence(); /* whoever does not interrupt the core has done before what it is about to look at */
  return true;
}

void idle_in(struct core *core, struct thread *t) {
  struct thread *from = core->loaded;
  core->leaving = from;
  core->loaded = t;
  show_in_window(core, t);
  port_charge(PORT_WORK_SWITCH);
  port_context_switch(&from->context, &t->context);
  begin_to_run(core);
}

void begin_stay_and_unlock(struct core *core) {
  enter_stay(core);
  look_for_deadlock();
  switch_and_unlock(core);
}

void end_stay(struct core *core, struct thread *t) {
  struct thread *loaded = core->loaded;
  RemoveEntryList(&t->queue);
  note_thread(PORT_NOTE_THREAD_READY, t, 0);
  t->state = THREAD_RUNNING;
  core->current = t;
  if (t != loaded) {
    core->leaving = loaded;
    core->loaded = t;
  }
  core->quantum_end = port_time() + quantum;
  set_timer_until(core, core->quantum_end);
  fence(); /* ready_thread() sees who runs, or is seen */
  if (has_better(core, t->priority)) core->reschedule = true;
  go_on(core, loaded);
}

void unlock_dispatcher(bool on) {
  struct core *core = this_core();
  if (on && should_switch(core)) {
    set_current_ready(core, false);
    switch_and_unlock(core);
  } else {
    free_dispatcher();
  }
  port_interrupts_restore(on);
}

void restore_interrupts(bool on) {
  if (on && should_switch(this_core())) {
    take_dispatcher();
    unlock_dispatcher(on);
  } else {
    port_interrupts_restore(on);
  }
}

void ready_thread(struct thread *t) {
  struct core *core = core_at(t->core);
  t->state = THREAD_READY;
  InsertTailList(ready_queue(core, t->priority), &t->queue);
  core->ready_priorities |= bit_of(t->priority);
  note_thread(PORT_NOTE_THREAD_READY, t, 0);
  fence(); /* a thread that begins or ends a stay there sees t, or is seen */
  if (t->priority <= core->current->priority) return;
  if (core->loaded->state != THREAD_STAYING || !keeps_core(core)) core->reschedule = true;
  if (core != this_core()) call_core(t->core);
}

void block_and_unlock(struct core *core, enum wait_for wait_for, bool alertable) {
  struct thread *self = core->current;
  self->state = THREAD_WAITING;
  self->wait_for = wait_for;
  self->alertable = alertable;
  if (self->counts) stop_counting(self);
  note_thread(PORT_NOTE_THREAD_WAITING, self, 0);
  look_for_deadlock();
  switch_and_unlock(core);
  while (core->current != self) idle_once(core);
}

void wake(struct thread *t, NTSTATUS outcome) {
  if (t->wait_for <= WAIT_FOR_TIME) {
    object_waits->leave(t);
  } else {
    RemoveEntryList(&t->queue);
  }
  t->outcome = outcome;
  if (t->counts_again) count_again(t);
  ready_thread(t);
}

void set_priority(struct thread *t, KPRIORITY priority) {
  struct core *core = core_at(t->core);
  if (t->state == THREAD_READY) {
    remove_ready(t);
    t->priority = priority;
    ready_thread(t);
  } else {
    t->priority = priority;
  }
  if (core->current == t && has_better(core, priority)) {
    core->reschedule = true;
    if (core != this_core()) call_core(t->core);
  }
}

void boost_thread(struct thread *t, KPRIORITY waiter) {
  if (t->state == THREAD_ENDED || t->priority >= waiter || t->priority >= BOOSTED_PRIORITY) return;
  t->boost += (unsigned)(BOOSTED_PRIORITY - t->priority);
  set_priority(t, BOOSTED_PRIORITY);
  if (t->state == THREAD_RUNNING) core_at(t->core)->quantum_end = port_time() + quantum;
}

/* The quantum of the running thread is over: its equals have their turn. */
static void end_quantum(struct core *core) {
  core->quantum_end = port_time() + quantum;
  struct thread *t = core->current;
  if (t->boost != 0) {
    KPRIORITY unlifted = t->priority - (KPRIORITY)t->boost;
    t->boost = 0;
    set_priority(t, unlifted);
  }
  if (has_better(core, core->current->priority - 1)) core->reschedule = true;
}

bool renew_timer(struct core *core) {
  bool quantum_ended = port_time() >= core->quantum_end;
  if (quantum_ended) end_quantum(core);
  core->timer = UINT64_MAX;
  set_timer(core);
  if (core->timer == UINT64_MAX) port_timer_set(UINT64_MAX);
  return quantum_ended;
}

void end_interrupt_and_unlock(struct core *core, bool quantum_ended) {
  if (should_switch(core)) {
    set_current_ready(core, quantum_ended);
    switch_and_unlock(core);
  } else {
    free_dispatcher();
  }
}

void leave_thread(struct thread *t) {
  struct core *core = this_core();
  core->ended = t;
  switch_and_unlock(core);
  __builtin_unreachable();
}

void lockarb_set_quantum(ULONG microseconds) {
  quantum = (uint64_t)microseconds * port_time_frequency() / 1000000;
}

void lockarb_set_patience(ULONG nanoseconds) {
  if (nanoseconds > LOCKARB_MAX_PATIENCE) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   nanoseconds, LOCKARB_MAX_PATIENCE, 0);
  }
  patience = (uint64_t)nanoseconds * (port_time_frequency() / 1000000) / 1000;
}

/* Start */

void set_up_thread(struct thread *t, unsigned core, KPRIORITY priority) {
  t->tcb.Header.Type = OBJECT_THREAD;
  InitializeListHead(&t->tcb.Header.WaitListHead);
  InitializeListHead(&t->tcb.MutantListHead);
  InitializeListHead(&t->kernel_apcs);
  InitializeListHead(&t->user_apcs);
  t->core = core;
  t->priority = priority;
  t->slot = NO_SLOT;
}

static void set_up_core(unsigned number) {
  struct core *core = core_at(number);
  core->number = number;
  for (unsigned i = 0; i < PRIORITIES; i++) InitializeListHead(&core->ready[i]);
  InitializeListHead(&core->stayers);
  InitializeListHead(&core->timers);
  core->timer = UINT64_MAX;
  core->quantum_end = UINT64_MAX;
  core->sent.slot = NO_SLOT;
  set_up_thread(&core->idle, number, -1);
  memcpy(core->idle.name, "idle", sizeof("idle"));
  core->idle.state = THREAD_RUNNING;
  core->current = core->loaded = &core->idle;
}

void *allocate_table(const char *of_what, unsigned count, size_t size) {
  if (count == 0) return NULL;
  void *table = port_allocate(count * size);
  if (table != NULL) return table;
  print("lockarb: there is no memory for %u %s of %u bytes\n", count, of_what, (unsigned)size);
  port_halt(1);
}

void set_up_dispatcher(void) {
  memset(&dispatcher_lock, 0, sizeof(dispatcher_lock));
  is_locked = false;
  InitializeListHead(&all_threads);
  unsigned count = port_core_count();
  struct core *cores = allocate_table("cores", count, sizeof(struct core) + sizeof(struct core *));
  core_table = (struct core **)(cores + count);
  for (unsigned i = 0; i < count; i++) {
    core_table[i] = &cores[i];
    set_up_core(i);
  }
  lockarb_set_quantum(10000);
  lockarb_set_patience(0);
}

void idle(struct core *core) {
  port_interrupts_off();
  for (;;) idle_once(core);
}

void take_lost_thread(struct core *core) {
  struct thread *lost = core->is_parked ? &core->idle : core->loaded;
  core->is_parked = false;
  if (core->leaving != NULL) { /* the one that was to run has its context in memory */
    set_current_ready(core, false);
    lost = core->leaving;
    core->leaving = NULL;
  }
  bool waits = lost->state == THREAD_WAITING || lost->state == THREAD_STAYING;
  if (waits) wake(lost, STATUS_KERNEL_APC);
  if (lost->state == THREAD_READY && lost != &core->idle) {
    remove_ready(lost);
    lost->state = THREAD_RUNNING;
  }
  core->current = core->loaded = &core->idle;
  core->idle.state = THREAD_RUNNING;
  core->quantum_end = UINT64_MAX;
  if (lost == &core->idle || lost->state == THREAD_ENDED) return;
  core->lost = lost;
  core->lost_in = core->command.routine != NULL ? core->command_lock : EXECUTIVE_NO_LOCK;
}
