/* Printing, notes for the observer, warnings, bug checks, the stuck report. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "executive/kernel.h"

/* Notes */

void note(const struct thread *t, struct port_note n) {
  n.thread = t->number;
  n.name = t->name;
  n.core = t->core;
  port_note(&n);
}

void note_thread(enum port_note_kind kind, const struct thread *t, uint64_t value) {
  bool for_lock = kind == PORT_NOTE_THREAD_WAITING && t->wait_for == WAIT_FOR_LOCK;
  note(t, (struct port_note){
              .kind = kind, .lock = for_lock ? t->lock_waits->lock : PORT_NO_LOCK, .value = value});
}

/* Printing */

static void print_arguments(const char *format, va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof(text), format, arguments);
  port_print(text);
}

void print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_arguments(format, arguments);
  va_end(arguments);
}

ULONG DbgPrint(PCSTR Format, ...) {
  va_list arguments;
  va_start(arguments, Format);
  print_arguments(Format, arguments);
  va_end(arguments);
  return STATUS_SUCCESS;
}

static void print_line(const char *before, struct call call) {
  char text[160];
  if (port_source_line(call.from, text, sizeof(text))) print("%s%s", before, text);
}

void executive_warn(struct call call, unsigned lock, const char *text) {
  const struct thread *t = this_thread();
  print("lockarb: %s by thread %u (%s)", call.routine, t->number, t->name);
  if (lock != EXECUTIVE_NO_LOCK) print(" on lock %u", lock);
  print(": %s", text);
  print_line(", at ", call);
  print("\n");
}

/* Bug checks */

#define NAMED(code) \
  { code, #code }

static const struct {
  ULONG code;
  const char *name;
} bug_check_names[] = {
    NAMED(APC_INDEX_MISMATCH),
    NAMED(IRQL_NOT_GREATER_OR_EQUAL),
    NAMED(IRQL_NOT_LESS_OR_EQUAL),
    NAMED(KERNEL_APC_PENDING_DURING_EXIT),
    NAMED(DATA_BUS_ERROR),
    NAMED(SYSTEM_THREAD_EXCEPTION_NOT_HANDLED),
    NAMED(MACHINE_CHECK_EXCEPTION),
    NAMED(ATTEMPTED_SWITCH_FROM_DPC),
    NAMED(BAD_POOL_CALLER),
    NAMED(DRIVER_VERIFIER_DETECTED_VIOLATION),
    NAMED(MANUALLY_INITIATED_CRASH),
    NAMED(RESOURCE_NOT_OWNED),
    NAMED(ERESOURCE_INVALID_RELEASE),
    NAMED(FAST_ERESOURCE_PRECONDITION_VIOLATION),
    NAMED(LOCKARB_MISUSE),
};

static const char *bug_check_name(ULONG code) {
  for (size_t i = 0; i < sizeof(bug_check_names) / sizeof(bug_check_names[0]); i++) {
    if (bug_check_names[i].code == code) return bug_check_names[i].name;
  }
  return "UNKNOWN";
}

/* Addresses differ from run to run, numbers of threads, locks and blocks do not. */
static void print_parameter(ULONG_PTR parameter) {
  const struct thread *thread = find_thread(parameter);
  unsigned lock = parameter == 0 ? EXECUTIVE_NO_LOCK
                                 : executive_find_lock((const void *)parameter, EXECUTIVE_NO_LOCK);
  ULONG_PTR offset;
  unsigned block = pool_block(parameter, &offset);
  if (thread != NULL) {
    print("thread %u", thread->number);
  } else if (lock != EXECUTIVE_NO_LOCK) {
    print("lock %u", lock);
  } else if (block != 0) {
    print("pool block %u", block);
    if (offset != 0) print(" + 0x%" PRIXPTR, offset);
  } else {
    print("0x%" PRIXPTR, parameter);
  }
}

void print_time(void) {
  uint64_t per_microsecond = port_time_frequency() / 1000000;
  print("%" PRIu64 ".%03" PRIu64 " us", port_time() / per_microsecond,
        port_time() % per_microsecond * 1000 / per_microsecond);
}

void executive_stop(struct call call, unsigned lock, ULONG code, ULONG_PTR parameter1,
                    ULONG_PTR parameter2, ULONG_PTR parameter3, ULONG_PTR parameter4) {
  port_interrupts_off();
  const struct thread *t = this_thread();
  print("\n*** STOP 0x%08" PRIX32 " %s (", code, bug_check_name(code));
  print_parameter(parameter1);
  print(", ");
  print_parameter(parameter2);
  print(", ");
  print_parameter(parameter3);
  print(", ");
  print_parameter(parameter4);
  print(")\n    routine  %s", call.routine);
  print_line("\n    at       ", call);
  print("\n    thread   %u (%s)\n    core     %u\n", t->number, t->name, port_core());
  if (lock != EXECUTIVE_NO_LOCK) print("    lock     %u\n", lock);
  print("    time     ");
  print_time();
  print("\n");
  note(t, (struct port_note){.kind = PORT_NOTE_BUG_CHECK, .lock = lock, .value = code});
  list_locks_at_stop();
  print_deadlocks();
  port_halt(1);
}

VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1, ULONG_PTR BugCheckParameter2,
                  ULONG_PTR BugCheckParameter3, ULONG_PTR BugCheckParameter4) {
  executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, BugCheckCode, BugCheckParameter1, BugCheckParameter2,
                 BugCheckParameter3, BugCheckParameter4);
}

VOID KeBugCheck(ULONG BugCheckCode) {
  executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, BugCheckCode, 0, 0, 0, 0);
}

/* The stuck report */

static void print_owners(unsigned lock) {
  const char *before = ", owned by";
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    if (owner.thread != NULL) {
      print("%s thread %u (%s)", before, owner.thread->number, owner.thread->name);
    } else {
      print("%s an owner pointer", before);
    }
    print(" %s", owner.hold.exclusive ? "exclusively" : "shared");
    before = " and";
  }
}

void print_lock_timeout(const struct executive_wait *wait, const struct thread *t) {
  /* The first slice is half a second, the others are four. */
  print("lockarb: thread %u (%s) has waited %" PRIu32 ".5 s for lock %u", t->number, t->name,
        4 * (wait->slices - 1), wait->lock);
  print_owners(wait->lock);
  print(" (EXRESOURCE_TIMEOUT_LIVEDUMP, 0x1CC)\n");
}

static void print_mutex(const char *what, PKTHREAD owner) {
  print("%s", what);
  if (owner == NULL) return;
  print(", owned by thread %u (%s)", thread_of(owner)->number, thread_of(owner)->name);
}

static void print_wait(const struct thread *t) {
  print("thread %u (%s) on core %u waits for ", t->number, t->name, t->core);
  switch (t->wait_for) {
    case WAIT_FOR_LOCK: {
      const struct executive_wait *wait = t->lock_waits;
      print("lock %u %s", wait->lock, wait->exclusive ? "exclusively" : "shared");
      print_owners(wait->lock);
      if (is_overdue(wait)) {
        print("; it was handed the lock, but no interrupt told core %u", t->core);
      }
      break;
    }
    case WAIT_FOR_SLOT:
      print("a thread slot of the arbiter: all are with threads that own or want a lock");
      break;
    case WAIT_FOR_TIME:
      print("its time");
      break;
    case WAIT_FOR_OBJECT:
      if (t->awaited->Type == OBJECT_THREAD) {
        const struct thread *other = CONTAINING_RECORD(t->awaited, struct thread, tcb.Header);
        print("the end of thread %u (%s)", other->number, other->name);
      } else if (t->awaited->Type == OBJECT_MUTEX) {
        print_mutex("a mutex", CONTAINING_RECORD(t->awaited, KMUTEX, Header)->OwnerThread);
      } else if (t->awaited->Type == OBJECT_GATE) {
        print_mutex("a fast mutex", CONTAINING_RECORD(t->awaited, FAST_MUTEX, Gate)->Owner);
      } else {
        print("an event");
      }
      break;
  }
  print("\n");
}

void executive_cut_off_report(void) {
  print_deadlocks();
  list_locks_at_end(true);
}

unsigned executive_all_stuck_report(void) {
  unsigned left = 0;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    const struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->state == THREAD_ENDED) continue;
    left++;
    if (t->state == THREAD_WAITING) print_wait(t);
  }
  executive_cut_off_report();
  return left;
}
