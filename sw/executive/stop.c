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

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print_arguments(const char *format, va_list arguments) {
  char text[512];
  vsnprintf(text, sizeof(text), format, arguments);
  port_print(text);
}

static void print(const char *format, ...) {
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

void executive_warn(struct call call, unsigned lock, const char *text) {
  const struct thread *t = this_thread();
  print("lockarb: %s by thread %u (%s)", call.routine, t->number, t->name);
  if (lock != EXECUTIVE_NO_LOCK) print(" on lock %u", lock);
  print(": %s\n", text);
}

/* Bug checks */

static const struct {
  ULONG code;
  const char *name;
} bug_check_names[] = {
    {0x1, "APC_INDEX_MISMATCH"},
    {0x9, "IRQL_NOT_GREATER_OR_EQUAL"},
    {0xA, "IRQL_NOT_LESS_OR_EQUAL"},
    {0x7E, "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"},
    {0x20, "KERNEL_APC_PENDING_DURING_EXIT"},
    {0xB8, "ATTEMPTED_SWITCH_FROM_DPC"},
    {0x16E, "ERESOURCE_INVALID_RELEASE"},
    {0xC4, "DRIVER_VERIFIER_DETECTED_VIOLATION"},
    {0xE2, "MANUALLY_INITIATED_CRASH"},
    {0xE3, "RESOURCE_NOT_OWNED"},
    {0x1C6, "FAST_ERESOURCE_PRECONDITION_VIOLATION"},
    {LOCKARB_MISUSE, "LOCKARB_MISUSE"},
};

static const char *bug_check_name(ULONG code) {
  for (size_t i = 0; i < sizeof(bug_check_names) / sizeof(bug_check_names[0]); i++) {
    if (bug_check_names[i].code == code) return bug_check_names[i].name;
  }
  return "UNKNOWN";
}

/* Addresses of threads and locks differ from run to run, their numbers do not. */
static void print_parameter(ULONG_PTR parameter) {
  const struct thread *thread = find_thread(parameter);
  unsigned lock = parameter == 0 ? EXECUTIVE_NO_LOCK
                                 : executive_find_lock((const void *)parameter, EXECUTIVE_NO_LOCK);
  if (thread != NULL) {
    print("thread %u", thread->number);
  } else if (lock != EXECUTIVE_NO_LOCK) {
    print("lock %u", lock);
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
  print(")\n    routine  %s\n    thread   %u (%s)\n    core     %u\n", call.routine, t->number,
        t->name, port_core());
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
  print("lockarb: thread %u (%s) has waited %u times 4 s for lock %u", t->number, t->name,
        wait->slices, wait->lock);
  print_owners(wait->lock);
  print(" (EXRESOURCE_TIMEOUT_LIVEDUMP, 0x1CC)\n");
}

static void print_wait(const struct thread *t) {
  print("thread %u (%s) on core %u waits for ", t->number, t->name, t->core);
  switch (t->wait_for) {
    case WAIT_FOR_LOCK: {
      const struct executive_wait *wait = t->lock_waits;
      print("lock %u %s", wait->lock, wait->exclusive ? "exclusively" : "shared");
      print_owners(wait->lock);
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
