/* SPDX-License-Identifier: Apache-2.0 */
/* Threads as programs see them: created and ended, objects with references and handles. */
#include "executive/apc/apc.h"
#include "executive/diagnose/diagnose.h"
#include "executive/executive.h"
#include "executive/lock/lock.h"
#include "executive/system/system.h"
#include "executive/thread/slot.h"
#include "executive/verify.h"
#include "executive/wait/wait.h"

static unsigned threads_created;
static unsigned threads_alive;
static unsigned next_core;

struct work_queue *work_queues;

static _Noreturn void terminate(struct call call);

void begin_life(void) { threads_alive++; }

void end_life(void) {
  if (--threads_alive != 0) return;
  list_locks_at_end(false);
  port_all_ended();
}

static void thread_entry(void *arg) {
  struct thread *t = arg;
  t->stack_top = __builtin_frame_address(0);
  after_switch();
  port_interrupts_restore(true);
  t->start(t->start_context);
  terminate((struct call){"PsTerminateSystemThread", NULL});
}

/* Dispatcher locked. NULL: there is no memory for it. */
static struct thread *create_locked(PKSTART_ROUTINE start, PVOID start_context,
                                    const struct lockarb_thread_options *options) {
  struct thread *t = port_allocate(sizeof(*t));
  void *stack = port_stack_allocate(port_stack_size());
  if (t == NULL || stack == NULL) {
    if (t != NULL) port_free(t, sizeof(*t));
    if (stack != NULL) port_stack_free(stack, port_stack_size());
    return NULL;
  }
  port_charge(PORT_WORK_THREAD);
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
    format_text(t->name, sizeof(t->name), "%s", options->name);
  } else {
    format_text(t->name, sizeof(t->name), "thread %u", t->number);
  }
  t->references = 2; /* its own until it ends, and the handle's */
  t->handle_open = true;
  begin_life();
  InsertTailList(&all_threads, &t->all);
  port_context_create(&t->context, stack, port_stack_size(), thread_entry, t);
  note_thread(PORT_NOTE_THREAD_CREATED, t, (uint64_t)t->priority);
  ready_thread(t);
  return t;
}

static struct thread *create_thread(PKSTART_ROUTINE start, PVOID start_context,
                                    const struct lockarb_thread_options *options) {
  bool on = lock_dispatcher();
  struct thread *t = create_locked(start, start_context, options);
  unlock_dispatcher(on);
  return t;
}

static _Noreturn void stop_without_memory(struct call call) {
  executive_stop(call, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, (ULONG)STATUS_INSUFFICIENT_RESOURCES, 0,
                 0, 0);
}

void *need_memory(size_t size, struct call call) {
  void *memory = port_allocate(size);
  if (memory == NULL) stop_without_memory(call);
  return memory;
}

struct thread *create_server(PKSTART_ROUTINE start, PVOID start_context,
                             const struct lockarb_thread_options *options, struct call call) {
  struct thread *t = create_locked(start, start_context, options);
  if (t == NULL) stop_without_memory(call);
  t->serves = true;
  t->handle_open = false;
  threads_alive--;
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
static struct _KPROCESS {
  DISPATCHER_HEADER Header;
  LONG references; /* it stays, however many there are */
} system_process;

PEPROCESS PsInitialSystemProcess = &system_process;

PEPROCESS IoGetCurrentProcess(VOID) { return PsInitialSystemProcess; }

HANDLE PsGetCurrentProcessId(VOID) { return (HANDLE)4; }

HANDLE PsGetCurrentThreadId(VOID) { return (HANDLE)(4 * (ULONG_PTR)this_thread()->number); }

void retire_thread(struct thread *t) {
  return_slot(t);
  forget_lock_waits(t);
  free_held(&t->held);
  if (t->callbacks != NULL) port_free(t->callbacks, CALLBACK_DEPTH * sizeof(*t->callbacks));
  t->callbacks = NULL;
  if (t->counts) stop_counting(t);
  signal_object(&t->tcb.Header);
  t->state = THREAD_ENDED;
  note_thread(PORT_NOTE_THREAD_ENDED, t, 0);
  bool has_work_item = t->tcb.Queue != NULL && !t->rests; /* if it serves */
  if (!t->serves || has_work_item) end_life();
}

static _Noreturn void terminate(struct call call) {
  struct thread *t = this_thread();
  check_apcs(this_thread());
  if (!IsListEmpty(&t->tcb.MutantListHead)) abandon_mutexes(t, call);
  if (t->tcb.CombinedApcDisable != 0 || t->irql != PASSIVE_LEVEL) {
    show_regions(0);
    executive_stop(call, EXECUTIVE_NO_LOCK, KERNEL_APC_PENDING_DURING_EXIT, 0,
                   t->tcb.CombinedApcDisable, t->irql, 0);
  }
  if (locks_owned(t) != 0) {
    executive_stop(call, EXECUTIVE_NO_LOCK, 0xC4, 0x1006, (ULONG_PTR)t, locks_owned(t), 0);
  }
  if (push_lock_report != NULL) push_lock_report->check_end(t, call);
  lock_dispatcher();
  t->apcs_refused = true;
  run_down(&t->user_apcs);
  retire_thread(t);
  leave_thread(t);
}

NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus) {
  (void)ExitStatus;
  verify_routine(THIS_CALL);
  struct thread *self = this_thread();
  if (self->serves) {
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, ACTIVE_EX_WORKER_THREAD_TERMINATION,
                   (ULONG_PTR)self, 0, 0, 0);
  }
  terminate(THIS_CALL);
}

PKTHREAD KeGetCurrentThread(VOID) { return &this_thread()->tcb; }

ULONG lockarb_thread_number(PKTHREAD Thread) { return thread_of(Thread)->number; }
const char *lockarb_thread_name(PKTHREAD Thread) { return thread_of(Thread)->name; }

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

static struct _OBJECT_TYPE {
  enum object_type type;
} thread_type = {OBJECT_THREAD}, process_type = {OBJECT_PROCESS};
static POBJECT_TYPE thread_type_pointer = &thread_type, process_type_pointer = &process_type;
POBJECT_TYPE *PsThreadType = &thread_type_pointer, *PsProcessType = &process_type_pointer;

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

NTSTATUS ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                    POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode) {
  (void)DesiredAccess, (void)AccessMode;
  POBJECT_TYPE type = Object == &system_process ? *PsProcessType : *PsThreadType;
  if (ObjectType != NULL && ObjectType != type) return STATUS_OBJECT_TYPE_MISMATCH;
  ObReferenceObject(Object);
  return STATUS_SUCCESS;
}

LONG_PTR ObfReferenceObject(PVOID Object) {
  if (Object == &system_process) return InterlockedIncrement(&system_process.references);
  struct thread *t = Object;
  bool on = lock_dispatcher();
  LONG_PTR references = ++t->references;
  unlock_dispatcher(on);
  return references;
}

LONG_PTR ObfDereferenceObject(PVOID Object) {
  if (Object == &system_process) return InterlockedDecrement(&system_process.references);
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

NTSTATUS ZwWaitForMultipleObjects(ULONG Count, HANDLE Handles[], WAIT_TYPE WaitType,
                                  BOOLEAN Alertable, PLARGE_INTEGER Timeout) {
  PVOID threads[MAXIMUM_WAIT_OBJECTS];
  ULONG referenced = 0;
  NTSTATUS status = STATUS_SUCCESS;
  verify_routine(THIS_CALL);
  if (Count == 0 || Count > MAXIMUM_WAIT_OBJECTS) return STATUS_INVALID_PARAMETER_1;
  while (referenced < Count && NT_SUCCESS(status)) {
    status = reference(Handles[referenced], *PsThreadType, &threads[referenced]);
    if (NT_SUCCESS(status)) referenced++;
  }
  if (NT_SUCCESS(status)) {
    KWAIT_BLOCK blocks[MAXIMUM_WAIT_OBJECTS];
    status = KeWaitForMultipleObjects(Count, threads, WaitType, UserRequest, KernelMode, Alertable,
                                      Timeout, blocks);
  }
  while (referenced != 0) ObDereferenceObject(threads[--referenced]);
  return status;
}

/* Start */

void set_up_thread_objects(void) {
  threads_created = threads_alive = next_core = 0;
  work_queues = NULL;
}

bool create_first_thread(PKSTART_ROUTINE start, PVOID context) {
  const struct lockarb_thread_options options = {.name = "main", .core = 0};
  struct thread *t = create_thread(start, context, &options);
  if (t == NULL) return false;
  close(handle_of(t));
  next_core = 1 % port_core_count();
  return true;
}
