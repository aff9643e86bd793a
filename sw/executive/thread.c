/* Threads, the dispatcher, objects and handles. */
#include <stdio.h>
#include <string.h>

#include "executive/kernel.h"
#include "lockarb_threads.h"

struct core cores[MAX_CORES];
struct lockarb arbiter;
LIST_ENTRY all_threads;

static port_lock dispatcher_lock;
static bool ready_to_start; /* core 0 has set up what the others share */
static unsigned threads_created;
static unsigned threads_alive;
static unsigned next_core;
static uint64_t quantum;

/* The dispatcher */

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

void dereference_locked(struct thread *t) {
  if (--t->references != 0) return;
  RemoveEntryList(&t->all);
  port_free(t, sizeof(*t));
}

static void dereference(struct thread *t) {
  bool on = lock_dispatcher();
  dereference_locked(t);
  unlock_dispatcher(on);
}

/* On the new thread's stack: nobody uses the ended one's any more. */
static void after_switch(void) {
  struct core *core = this_core();
  core->leaving = NULL;
  if (core->current->killed) port_interrupt_core(port_core()); /* it ends there */
  struct thread *ended = core->ended;
  if (ended == NULL) return;
  core->ended = NULL;
  if (!ended->is_gone) { /* else others may still use what is on it */
    port_stack_free(ended->stack, STACK_SIZE);
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

/* Of a thread in any state: the ready queues and the cores follow. Dispatcher locked. */
static void set_priority(struct thread *t, KPRIORITY priority) {
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

void sync_window(struct core *core) {
  struct thread *t = core->current;
  unsigned number = (unsigned)(core - cores);
  if (core->sent.slot != t->slot) {
    if (t->slot == NO_SLOT) {
      lockarb_clear_current_thread(&arbiter, number);
    } else {
      lockarb_set_current_thread(&arbiter, number, (unsigned)t->slot);
    }
    core->sent.slot = t->slot; /* not before: until then no other core may have the old one */
  }
  if (core->sent.apc_mask != t->tcb.CombinedApcDisable) {
    core->sent.apc_mask = t->tcb.CombinedApcDisable;
    lockarb_set_apc_mask(&arbiter, number, core->sent.apc_mask);
  }
  if (core->sent.irql != t->irql) {
    core->sent.irql = t->irql;
    lockarb_set_irql(&arbiter, number, t->irql);
  }
  uint32_t pending = pending_apcs(t);
  if (core->sent.apc_pending != pending) {
    core->sent.apc_pending = pending;
    lockarb_set_apc_pending(&arbiter, number, pending);
  }
}

void executive_interrupt(unsigned causes) {
  struct core *core = this_core();
  port_charge(PORT_WORK_INTERRUPT);
  lock_dispatcher();
  bool quantum_ended = false;
  if (causes & PORT_IRQ_TIMER) {
    expire_timers(core);
    expire_lock_slices();
    quantum_ended = port_time() >= core->quantum_end;
    if (quantum_ended) end_quantum(core);
    core->timer = UINT64_MAX;
    set_timer(core);
    if (core->timer == UINT64_MAX) port_timer_set(UINT64_MAX);
  }
  if ((causes & PORT_IRQ_ARBITER) || core->look_again) {
    core->look_again = false;
    take_grants(port_core());
  }
  if (core->has_killed) wake_killed(core);
  serve_slot_queue(core);
  if (should_switch(core)) {
    set_current_ready(core, quantum_ended);
    switch_and_unlock(core);
  } else {
    port_spin_unlock(&dispatcher_lock);
  }
  sync_window(this_core());
  check_apcs();
}

/* Threads */

static _Noreturn void terminate(struct call call);

static void thread_entry(void *arg) {
  struct thread *t = arg;
  t->stack_top = __builtin_frame_address(0);
  after_switch();
  port_interrupts_restore(true);
  t->start(t->start_context);
  terminate((struct call){"PsTerminateSystemThread", NULL});
}

static void set_up_thread(struct thread *t, unsigned core, KPRIORITY priority) {
  t->tcb.Header.Type = OBJECT_THREAD;
  InitializeListHead(&t->tcb.Header.WaitListHead);
  InitializeListHead(&t->kernel_apcs);
  InitializeListHead(&t->user_apcs);
  t->core = core;
  t->priority = priority;
  t->slot = NO_SLOT;
}

static struct thread *create_thread(PKSTART_ROUTINE start, PVOID start_context,
                                    const struct lockarb_thread_options *options) {
  struct thread *t = port_allocate(sizeof(*t));
  void *stack = port_stack_allocate(STACK_SIZE);
  if (t == NULL || stack == NULL) {
    if (t != NULL) port_free(t, sizeof(*t));
    if (stack != NULL) port_stack_free(stack, STACK_SIZE);
    return NULL;
  }
  bool on = lock_dispatcher();
  unsigned core = options->core;
  if (core == LOCKARB_ANY_CORE) {
    core = next_core;
    next_core = (next_core + 1) % port_core_count();
  }
  set_up_thread(t, core, options->priority != 0 ? options->priority : DEFAULT_PRIORITY);
  t->stack = stack;
  t->start = start;
  t->start_context = start_context;
  t->number = ++threads_created;
  t->user = options->user;
  t->no_slot = options->no_slot;
  if (options->name != NULL) {
    snprintf(t->name, sizeof(t->name), "%s", options->name);
  } else {
    snprintf(t->name, sizeof(t->name), "thread %u", t->number);
  }
  t->references = 2; /* its own until it ends, and the handle's */
  t->handle_open = true;
  threads_alive++;
  InsertTailList(&all_threads, &t->all);
  port_context_create(&t->context, stack, STACK_SIZE, thread_entry, t);
  note_thread(PORT_NOTE_THREAD_CREATED, t, (uint64_t)t->priority);
  ready_thread(t);
  unlock_dispatcher(on);
  return t;
}

static HANDLE handle_of(const struct thread *t) { return (HANDLE)(ULONG_PTR)(t->number * 4u); }

/* Dispatcher locked. NULL: no such handle. */
static struct thread *find_handle(HANDLE handle) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->handle_open && handle_of(t) == handle) return t;
  }
  return NULL;
}

struct thread *find_thread(ULONG_PTR address) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if ((ULONG_PTR)t == address) return t;
  }
  return NULL;
}

PKTHREAD executive_find_thread(ULONG_PTR address) {
  bool on = lock_dispatcher();
  struct thread *t = find_thread(address);
  unlock_dispatcher(on);
  return t != NULL ? &t->tcb : NULL;
}

NTSTATUS lockarb_create_thread(PHANDLE ThreadHandle, PKSTART_ROUTINE StartRoutine,
                               PVOID StartContext, const struct lockarb_thread_options *options) {
  if (ThreadHandle == NULL || StartRoutine == NULL || options->priority < 0 ||
      options->priority >= PRIORITIES ||
      (options->core != LOCKARB_ANY_CORE && options->core >= port_core_count())) {
    return STATUS_INVALID_PARAMETER;
  }
  struct thread *t = create_thread(StartRoutine, StartContext, options);
  if (t == NULL) return STATUS_INSUFFICIENT_RESOURCES;
  *ThreadHandle = handle_of(t);
  return STATUS_SUCCESS;
}

NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                              POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                              PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                              PVOID StartContext) {
  (void)DesiredAccess, (void)ObjectAttributes, (void)ProcessHandle;
  verify_routine(THIS_CALL);
  const struct lockarb_thread_options options = {.core = LOCKARB_ANY_CORE};
  NTSTATUS status = lockarb_create_thread(ThreadHandle, StartRoutine, StartContext, &options);
  if (NT_SUCCESS(status) && ClientId != NULL) {
    ClientId->UniqueProcess = PsGetCurrentProcessId();
    ClientId->UniqueThread = *ThreadHandle;
  }
  return status;
}

/* The process that all threads are in. Nothing looks into it. */
static struct _KPROCESS { DISPATCHER_HEADER Header; } system_process;

PEPROCESS PsInitialSystemProcess = &system_process;

PEPROCESS IoGetCurrentProcess(VOID) { return PsInitialSystemProcess; }

HANDLE PsGetCurrentProcessId(VOID) { return (HANDLE)4; }

HANDLE PsGetCurrentThreadId(VOID) { return (HANDLE)(4 * (ULONG_PTR)this_thread()->number); }

void run_down(LIST_ENTRY *apcs) {
  while (!IsListEmpty(apcs)) {
    KAPC *apc = CONTAINING_RECORD(RemoveHeadList(apcs), KAPC, ApcListEntry);
    apc->Inserted = FALSE;
    if (apc->RundownRoutine != NULL) {
      port_spin_unlock(&dispatcher_lock);
      apc->RundownRoutine(apc);
      port_spin_lock(&dispatcher_lock);
    }
  }
}

void retire_thread(struct thread *t) {
  return_slot(t);
  return_wait_cell(t);
  free_held(&t->held);
  signal_object(&t->tcb.Header);
  t->state = THREAD_ENDED;
  note_thread(PORT_NOTE_THREAD_ENDED, t, 0);
  if (--threads_alive == 0) {
    list_locks_at_end(false);
    port_all_ended();
  }
}

void end_thread(struct thread *t) {
  retire_thread(t);
  struct core *core = this_core();
  core->ended = t;
  switch_and_unlock(core);
  __builtin_unreachable();
}

static _Noreturn void terminate(struct call call) {
  struct thread *t = this_thread();
  check_apcs();
  if (t->tcb.CombinedApcDisable != 0 || t->irql != PASSIVE_LEVEL) {
    show_regions(0);
    executive_stop(call, EXECUTIVE_NO_LOCK, KERNEL_APC_PENDING_DURING_EXIT, 0,
                   t->tcb.CombinedApcDisable, t->irql, 0);
  }
  if (locks_owned(t) != 0) {
    executive_stop(call, EXECUTIVE_NO_LOCK, 0xC4, 0x1006, (ULONG_PTR)t, locks_owned(t), 0);
  }
  lock_dispatcher();
  t->apcs_refused = true;
  run_down(&t->user_apcs);
  end_thread(t);
}

NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus) {
  (void)ExitStatus;
  verify_routine(THIS_CALL);
  terminate(THIS_CALL);
}

PKTHREAD KeGetCurrentThread(VOID) { return &this_thread()->tcb; }

ULONG lockarb_thread_number(PKTHREAD Thread) { return thread_of(Thread)->number; }
const char *lockarb_thread_name(PKTHREAD Thread) { return thread_of(Thread)->name; }

void lockarb_set_quantum(ULONG microseconds) {
  quantum = microseconds * port_time_frequency() / 1000000;
}

KPRIORITY KeQueryPriorityThread(PKTHREAD Thread) { return thread_of(Thread)->priority; }

KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority) {
  if (Priority < 1 || Priority >= PRIORITIES) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INVALID_PARAMETER,
                   (ULONG_PTR)Thread, (ULONG_PTR)Priority, 0);
  }
  struct thread *t = thread_of(Thread);
  bool on = lock_dispatcher();
  KPRIORITY old = t->priority;
  t->boost = 0;
  set_priority(t, Priority);
  unlock_dispatcher(on);
  return old;
}

/* Objects and handles: threads are the only objects */

static struct _OBJECT_TYPE { enum object_type type; } thread_type = {OBJECT_THREAD};
static POBJECT_TYPE thread_type_pointer = &thread_type;
POBJECT_TYPE *PsThreadType = &thread_type_pointer;

static NTSTATUS reference(HANDLE handle, POBJECT_TYPE type, PVOID *object) {
  if (type != NULL && type != *PsThreadType) return STATUS_OBJECT_TYPE_MISMATCH;
  bool on = lock_dispatcher();
  struct thread *t = find_handle(handle);
  if (t != NULL) t->references++;
  unlock_dispatcher(on);
  if (t == NULL) return STATUS_INVALID_HANDLE;
  *object = t;
  return STATUS_SUCCESS;
}

NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                   PVOID *Object, POBJECT_HANDLE_INFORMATION HandleInformation) {
  (void)DesiredAccess, (void)AccessMode, (void)HandleInformation;
  verify_routine(THIS_CALL);
  return reference(Handle, ObjectType, Object);
}

LONG_PTR ObfReferenceObject(PVOID Object) {
  struct thread *t = Object;
  bool on = lock_dispatcher();
  LONG_PTR references = ++t->references;
  unlock_dispatcher(on);
  return references;
}

LONG_PTR ObfDereferenceObject(PVOID Object) {
  struct thread *t = Object;
  LONG_PTR left = (LONG_PTR)t->references - 1;
  dereference(t);
  return left;
}

static NTSTATUS close(HANDLE handle) {
  bool on = lock_dispatcher();
  struct thread *t = find_handle(handle);
  if (t != NULL) t->handle_open = false;
  unlock_dispatcher(on);
  if (t == NULL) return STATUS_INVALID_HANDLE;
  dereference(t);
  return STATUS_SUCCESS;
}

NTSTATUS ZwClose(HANDLE Handle) {
  verify_routine(THIS_CALL);
  return close(Handle);
}

NTSTATUS ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
  PVOID thread;
  verify_routine(THIS_CALL);
  NTSTATUS status = reference(Handle, *PsThreadType, &thread);
  if (!NT_SUCCESS(status)) return status;
  status = wait_on(&((PKTHREAD)thread)->Header, KernelMode, Alertable, Timeout, THIS_CALL);
  ObDereferenceObject(thread);
  return status;
}

/* Start */

static void set_up_core(unsigned number) {
  struct core *core = &cores[number];
  memset(core, 0, sizeof(*core));
  for (unsigned i = 0; i < PRIORITIES; i++) InitializeListHead(&core->ready[i]);
  InitializeListHead(&core->timers);
  core->timer = UINT64_MAX;
  core->quantum_end = UINT64_MAX;
  core->sent.slot = NO_SLOT;
  set_up_thread(&core->idle, number, -1);
  snprintf(core->idle.name, sizeof(core->idle.name), "idle");
  core->idle.state = THREAD_RUNNING;
  core->current = &core->idle;
}

static void idle_loop(struct core *core) {
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

void executive_start_core(void (*first)(void *arg), void *arg) {
  unsigned number = port_core();
  if (number == 0) {
    ready_to_start = false; /* a machine may have run before */
    memset(&dispatcher_lock, 0, sizeof(dispatcher_lock));
    threads_created = threads_alive = next_core = 0;
    InitializeListHead(&all_threads);
    for (unsigned i = 0; i < port_core_count(); i++) set_up_core(i);
    lockarb_set_quantum(10000);
    set_up_pool();
    set_up_printing();
    set_up_personality();
    set_up_verifier();
    set_up_debugger();
    if (!set_up_locks()) port_halt(1);
    const struct lockarb_thread_options options = {.name = "main", .core = 0};
    struct thread *t = create_thread(first, arg, &options);
    if (t == NULL) port_halt(1);
    close(handle_of(t));
    next_core = 1 % port_core_count();
    ready_to_start = true;
  }
  while (!ready_to_start) {
    port_wait_for_interrupt();
    if (!ready_to_start) port_spend(1); /* a line that is high for nothing is not taken yet */
  }
  if (number != 0) lockarb_start_core(&arbiter, number); /* the probe was core 0's start */
  note_thread(PORT_NOTE_THREAD_RUNNING, this_thread(), 0);
  idle_loop(this_core());
  __builtin_unreachable();
}

/* The core is its idle thread's; who had its context in the core? Dispatcher locked. */
static void take_lost_thread(struct core *core) {
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

/* The window is told all that it may have been told before. */
static void forget_window(struct core *core) {
  core->sent.slot = NO_SLOT - 1;
  core->sent.apc_mask = core->sent.apc_pending = UINT32_MAX;
  core->sent.irql = HIGH_LEVEL + 1;
}

void executive_restart_core(unsigned spin_locks, void (*first)(void *arg), void *arg) {
  if (!ready_to_start) executive_start_core(first, arg);
  struct core *core = this_core();
  /* A thread that is in the middle of something that a spin lock of its own guards. */
  spin_locks += core->current->spin_locks;
  if (spin_locks != 0) {
    executive_stop((struct call){"a reset of the core, which held a spin lock", NULL},
                   core->command.routine != NULL ? core->command_lock : EXECUTIVE_NO_LOCK,
                   MACHINE_CHECK_EXCEPTION, 0, 0, 0, spin_locks);
  }
  lock_dispatcher();
  take_lost_thread(core);
  lockarb_start_core(&arbiter, port_core());
  forget_window(core);
  sync_window(core);
  unlock_dispatcher(false);
  note_thread(PORT_NOTE_THREAD_RUNNING, this_thread(), 0);
  if (core->lost != NULL) end_lost_thread(core->lost, core->lost_in);
  after_switch();
  /* An interrupt that was being taken does not come again. */
  executive_interrupt(PORT_IRQ_ARBITER | PORT_IRQ_TIMER | PORT_IRQ_CORE);
  idle_loop(core);
  __builtin_unreachable();
}
