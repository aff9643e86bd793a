/* SPDX-License-Identifier: Apache-2.0 */
/* The dispatcher: who runs on each core, and the switch to it. */
#include <string.h>

#include "executive/diagnose/report.h"
#include "executive/thread/slot.h"
#include "executive/thread/thread.h"

struct core *cores;
LIST_ENTRY all_threads;

static port_lock dispatcher_lock;
static uint64_t quantum;

bool lock_dispatcher(void) {
  bool on = port_interrupts_off();
  port_spin_lock(&dispatcher_lock);
  return on;
}

static bool should_switch(const struct core *core) {
  return core->reschedule && core->current->irql < DISPATCH_LEVEL;
}

static void set_current_ready(struct core *core, bool at_tail) {
  struct thread *t = core->current;
  t->state = THREAD_READY;
  if (t == &core->idle) return;
  LIST_ENTRY *queue = &core->ready[t->priority];
  if (at_tail) {
    InsertTailList(queue, &t->queue);
  } else {
    InsertHeadList(queue, &t->queue);
  }
  core->ready_priorities |= 1u << t->priority;
  note_thread(PORT_NOTE_THREAD_READY, t, 0);
}

static struct thread *take_best(struct core *core) {
  if (core->ready_priorities == 0) return &core->idle;
  unsigned priority = 31 - (unsigned)__builtin_clz(core->ready_priorities);
  LIST_ENTRY *queue = &core->ready[priority];
  struct thread *best = CONTAINING_RECORD(RemoveHeadList(queue), struct thread, queue);
  if (IsListEmpty(queue)) core->ready_priorities &= ~(1u << priority);
  return best;
}

static void remove_ready(struct thread *t) {
  struct core *core = &cores[t->core];
  RemoveEntryList(&t->queue);
  if (IsListEmpty(&core->ready[t->priority])) core->ready_priorities &= ~(1u << t->priority);
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

void after_switch(void) {
  struct core *core = this_core();
  core->leaving = NULL;
  if (core->current->killed) port_interrupt_core(port_core()); /* it ends there */
  struct thread *ended = core->ended;                          /* nobody uses its stack any more */
  if (ended == NULL) return;
  core->ended = NULL;
  if (!ended->is_gone) { /* else others may still use what is on it */
    port_stack_free(ended->stack, port_stack_size());
    ended->stack = NULL;
  }
  dereference(ended);
}

static void set_timer(struct core *core) {
  uint64_t deadline = core->quantum_end;
  if (!IsListEmpty(&core->timers)) {
    uint64_t first = CONTAINING_RECORD(core->timers.Flink, struct thread, timer)->deadline;
    if (first < deadline) deadline = first;
  }
  /* A timer that comes too early is set again then; so most switches need not touch it. */
  if (deadline >= core->timer) return;
  core->timer = deadline;
  port_timer_set(deadline);
}

/* The current thread is in its new state; give the core to the best one and unlock. */
static void switch_and_unlock(struct core *core) {
  struct thread *old = core->current;
  offer_slot(old);
  struct thread *next = take_best(core);
  core->reschedule = false;
  core->current = next;
  if (next != old) core->leaving = old;
  next->state = THREAD_RUNNING;
  lend_slot(next);
  core->quantum_end = next == &core->idle ? UINT64_MAX : port_time() + quantum;
  set_timer(core);
  port_spin_unlock(&dispatcher_lock);
  if (next == old) return;
  sync_window(core);
  note_thread(PORT_NOTE_THREAD_RUNNING, next, 0);
  port_charge(PORT_WORK_SWITCH);
  port_context_switch(&old->context, &next->context);
  after_switch();
}

void unlock_dispatcher(bool on) {
  struct core *core = this_core();
  if (on && should_switch(core)) {
    set_current_ready(core, false);
    switch_and_unlock(core);
  } else {
    port_spin_unlock(&dispatcher_lock);
  }
  port_interrupts_restore(on);
}

void restore_interrupts(bool on) {
  if (on && should_switch(this_core())) {
    port_spin_lock(&dispatcher_lock);
    unlock_dispatcher(on);
  } else {
    port_interrupts_restore(on);
  }
}

void ready_thread(struct thread *t) {
  struct core *core = &cores[t->core];
  t->state = THREAD_READY;
  InsertTailList(&core->ready[t->priority], &t->queue);
  core->ready_priorities |= 1u << t->priority;
  note_thread(PORT_NOTE_THREAD_READY, t, 0);
  if (t->priority <= core->current->priority) return;
  core->reschedule = true;
  if (core != this_core()) port_interrupt_core(t->core);
}

void block_and_unlock(struct core *core, enum wait_for wait_for, bool alertable) {
  struct thread *self = core->current;
  self->state = THREAD_WAITING;
  self->wait_for = wait_for;
  self->alertable = alertable;
  note_thread(PORT_NOTE_THREAD_WAITING, self, 0);
  look_for_deadlock();
  switch_and_unlock(core);
}

void wake(struct thread *t, NTSTATUS outcome) {
  if (t->wait_for == WAIT_FOR_OBJECT || t->wait_for == WAIT_FOR_SLOT) RemoveEntryList(&t->queue);
  if (t->timed) RemoveEntryList(&t->timer);
  t->timed = false;
  t->outcome = outcome;
  ready_thread(t);
}

void set_priority(struct thread *t, KPRIORITY priority) {
  struct core *core = &cores[t->core];
  if (t->state == THREAD_READY) {
    remove_ready(t);
    t->priority = priority;
    ready_thread(t);
  } else {
    t->priority = priority;
  }
  if (core->current == t && priority < 31 && core->ready_priorities >> (priority + 1) != 0) {
    core->reschedule = true;
    if (core != this_core()) port_interrupt_core(t->core);
  }
}

void boost_thread(struct thread *t, KPRIORITY waiter) {
  if (t->state == THREAD_ENDED || t->priority >= waiter || t->priority >= BOOSTED_PRIORITY) return;
  t->boost += (unsigned)(BOOSTED_PRIORITY - t->priority);
  set_priority(t, BOOSTED_PRIORITY);
  if (t->state == THREAD_RUNNING) cores[t->core].quantum_end = port_time() + quantum;
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
  uint32_t equal_or_better = ~UINT32_C(0) << core->current->priority;
  if (core->ready_priorities & equal_or_better) core->reschedule = true;
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
    port_spin_unlock(&dispatcher_lock);
  }
}

void leave_thread(struct thread *t) {
  struct core *core = this_core();
  core->ended = t;
  switch_and_unlock(core);
  __builtin_unreachable();
}

void lockarb_set_quantum(ULONG microseconds) {
  quantum = microseconds * port_time_frequency() / 1000000;
}

/* Start */

void set_up_thread(struct thread *t, unsigned core, KPRIORITY priority) {
  t->tcb.Header.Type = OBJECT_THREAD;
  InitializeListHead(&t->tcb.Header.WaitListHead);
  InitializeListHead(&t->kernel_apcs);
  InitializeListHead(&t->user_apcs);
  t->core = core;
  t->priority = priority;
  t->slot = NO_SLOT;
}

static void set_up_core(unsigned number) {
  struct core *core = &cores[number];
  for (unsigned i = 0; i < PRIORITIES; i++) InitializeListHead(&core->ready[i]);
  InitializeListHead(&core->timers);
  core->timer = UINT64_MAX;
  core->quantum_end = UINT64_MAX;
  core->sent.slot = NO_SLOT;
  set_up_thread(&core->idle, number, -1);
  memcpy(core->idle.name, "idle", sizeof("idle"));
  core->idle.state = THREAD_RUNNING;
  core->current = &core->idle;
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
  InitializeListHead(&all_threads);
  cores = allocate_table("cores", port_core_count(), sizeof(*cores));
  for (unsigned i = 0; i < port_core_count(); i++) set_up_core(i);
  lockarb_set_quantum(10000);
}

void idle(struct core *core) {
  for (;;) {
    port_interrupts_off();
    if (core->ready_priorities != 0) {
      port_spin_lock(&dispatcher_lock);
      switch_and_unlock(core);
    } else {
      port_wait_for_interrupt();
    }
    port_interrupts_restore(true);
  }
}

void take_lost_thread(struct core *core) {
  struct thread *lost = core->current;
  if (core->leaving != NULL) { /* the one that was to run has its context in memory */
    set_current_ready(core, false);
    lost = core->leaving;
    core->leaving = NULL;
  }
  if (lost->state == THREAD_WAITING) wake(lost, STATUS_KERNEL_APC);
  if (lost->state == THREAD_READY && lost != &core->idle) {
    remove_ready(lost);
    lost->state = THREAD_RUNNING;
  }
  core->current = &core->idle;
  core->idle.state = THREAD_RUNNING;
  core->quantum_end = UINT64_MAX;
  if (lost == &core->idle || lost->state == THREAD_ENDED) return;
  core->lost = lost;
  core->lost_in = core->command.routine != NULL ? core->command_lock : EXECUTIVE_NO_LOCK;
}
