/* SPDX-License-Identifier: Apache-2.0 */
/* Bug checks. */
#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"
#include "executive/verify.h"
#include "executive/wait/push_lock.h"

static struct {
  bool wanted;
  ULONG apc_disable;
} regions;

/* Here, and not with the verifier, so that who never turns it on is linked without it. */
const struct verifier *executive_verifier;
bool verifier_was_on;
const struct push_lock_report *push_lock_report;
const struct object_report *object_report;
static const char *special_meaning; /* in the words of who names the bug check */
void (*print_shown_object)(void);
const struct push_lock_carrier *push_lock_carrier;

void set_up_stop(void) {
  regions.wanted = false;
  executive_verifier = NULL;
  special_meaning = NULL;
  verifier_was_on = false;
  print_shown_object = NULL;
  if (set_up_lines != NULL) set_up_lines();
  push_lock_carrier = NULL;
}

#define NAMED(code) \
  { code, #code }

static const struct {
  ULONG code;
  const char *name;
} bug_check_names[] = {
    NAMED(APC_INDEX_MISMATCH),
    NAMED(IRQL_NOT_GREATER_OR_EQUAL),
    NAMED(IRQL_NOT_LESS_OR_EQUAL),
    NAMED(SPIN_LOCK_ALREADY_OWNED),
    NAMED(SPIN_LOCK_NOT_OWNED),
    NAMED(KERNEL_APC_PENDING_DURING_EXIT),
    NAMED(DATA_BUS_ERROR),
    NAMED(SYSTEM_THREAD_EXCEPTION_NOT_HANDLED),
    NAMED(UNEXPECTED_KERNEL_MODE_TRAP),
    NAMED(MACHINE_CHECK_EXCEPTION),
    NAMED(ATTEMPTED_SWITCH_FROM_DPC),
    NAMED(BAD_POOL_CALLER),
    NAMED(DRIVER_VERIFIER_DETECTED_VIOLATION),
    NAMED(MANUALLY_INITIATED_CRASH),
    NAMED(RESOURCE_NOT_OWNED),
    NAMED(DPC_WATCHDOG_VIOLATION),
    NAMED(ERESOURCE_INVALID_RELEASE),
    NAMED(FAST_ERESOURCE_PRECONDITION_VIOLATION),
    NAMED(LOCKARB_MISUSE),
};

static const char *bug_check_name(ULONG code) {
  for (size_t i = 0; i < sizeof(bug_check_names) / sizeof(bug_check_names[0]); i++) {
    if (bug_check_names[i].code == code) return bug_check_names[i].name;
  }
  const char *name = push_lock_report != NULL ? push_lock_report->bug_check_name(code) : NULL;
  if (name == NULL && object_report != NULL) {
    name = object_report->bug_check_name(code, &special_meaning);
  }
  return name != NULL ? name : "UNKNOWN";
}

/* Bug checks that are always on, in words: of their first parameter. The verifier's own rules say
 * them before the bug check. */
static const struct {
  ULONG code;
  ULONG_PTR parameter1;
  const char *words;
} meanings[] = {
    {0xC4, 0xD0, "the resource is initialized already; delete it first"},
    {0xC4, 0xD1, "the resource is not initialized, or is deleted already"},
    {0xC4, 0xD2, "threads wait for the resource, or its memory is freed"},
    {0xC4, 0x1002, "the resource is not initialized"},
    {0xC4, 0x1006, "the thread ends while it owns locks"},
    {BAD_POOL_CALLER, 0x7, "the block is free already"},
    {BAD_POOL_CALLER, 0x8, "the IRQL is too high to allocate"},
    {BAD_POOL_CALLER, 0x9, "the IRQL is too high to free"},
    {BAD_POOL_CALLER, 0xA, "the block was allocated with another tag"},
    {BAD_POOL_CALLER, 0x46, "the address is none of a block"},
    {BAD_POOL_CALLER, 0x9B, "the tag is 0"},
    {FAST_ERESOURCE_PRECONDITION_VIOLATION, 0x16,
     "the thread does not own the resource exclusively"},
    {LOCKARB_MISUSE, LOCKARB_STATUS_ERR_OWNER_VALUE,
     "the two low bits of an owner pointer must be 1"},
    {LOCKARB_MISUSE, LOCKARB_STATUS_ERR_OVERFLOW,
     "the resource is owned as often as it can be, or there is no memory for its owners"},
    {LOCKARB_MISUSE, LOCKARB_STATUS_ERR_THREAD,
     "an APC that broke a wait for a lock returns with a lock of its own"},
    {LOCKARB_MISUSE, (ULONG)STATUS_MUTANT_NOT_OWNED, "the thread does not own the mutex"},
    {LOCKARB_MISUSE, (ULONG)STATUS_INVALID_LOCK_SEQUENCE,
     "that call cannot follow those before it"},
};
/* The same, whatever the parameters are. */
static const struct {
  ULONG code;
  const char *words;
} general_meanings[] = {
    {APC_INDEX_MISMATCH, "the routine returns with other regions than it was called with"},
    {IRQL_NOT_GREATER_OR_EQUAL, "the IRQL would not be raised"},
    {KERNEL_APC_PENDING_DURING_EXIT, "the thread ends in a region, or at a raised IRQL"},
    {SPIN_LOCK_ALREADY_OWNED, "the thread owns the spin lock, and would wait for itself"},
    {SPIN_LOCK_NOT_OWNED, "the thread does not own the spin lock"},
    {ATTEMPTED_SWITCH_FROM_DPC, "the IRQL is too high to wait"},
    {RESOURCE_NOT_OWNED, "the resource is released for an owner that it does not have"},
    {ERESOURCE_INVALID_RELEASE, "the resource is released for what is no thread"},
};

static const char *meaning_of(ULONG code, ULONG_PTR parameter1) {
  for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
    if (meanings[i].code == code && meanings[i].parameter1 == parameter1) return meanings[i].words;
  }
  for (size_t i = 0; i < sizeof(general_meanings) / sizeof(general_meanings[0]); i++) {
    if (general_meanings[i].code == code) return general_meanings[i].words;
  }
  return special_meaning;
}

void show_regions(ULONG apc_disable) {
  regions.wanted = true;
  regions.apc_disable = apc_disable;
}

void stop_mismatch(struct call call, ULONG apc_disable, ULONG worker) {
  show_regions(apc_disable);
  executive_stop(call, EXECUTIVE_NO_LOCK, APC_INDEX_MISMATCH, 0, 0,
                 this_thread()->tcb.CombinedApcDisable, worker);
}

void executive_stop(struct call call, unsigned lock, ULONG code, ULONG_PTR parameter1,
                    ULONG_PTR parameter2, ULONG_PTR parameter3, ULONG_PTR parameter4) {
  port_interrupts_off();
  const struct thread *t = this_thread();
  print("\n*** STOP 0x%08X %s (", (unsigned)code, bug_check_name(code));
  print_value(parameter1);
  print(", ");
  print_value(parameter2);
  print(", ");
  print_value(parameter3);
  print(", ");
  print_value(parameter4);
  print(")\n    routine  %s", call.routine);
  print_line("\n    at       ", call.from);
  print("\n    thread   %u (%s)\n    core     %u\n", t->number, t->name, port_core());
  if (lock != EXECUTIVE_NO_LOCK) {
    print("    lock     %u", lock);
    print_name(lock_object(lock));
    print("\n");
    if (print_released != NULL) print_released(t, lock_object(lock));
  }
  if (print_shown_object != NULL) print_shown_object();
  print("    time     ");
  print_time();
  print("\n");
  const char *meaning = meaning_of(code, parameter1);
  if (meaning != NULL) print("    meaning  %s\n", meaning);
  if (print_lines_of != NULL) print_lines_of(t, regions.wanted ? &regions.apc_disable : NULL);
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
