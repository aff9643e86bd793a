/* The executive's own printing, notes for the observer, warnings, bug checks, the stuck report. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "executive/kernel.h"

enum { MAX_UNNAMED = 64 };

static ULONG_PTR unnamed[MAX_UNNAMED];
static unsigned unnamed_count;
static struct {
  bool wanted;
  ULONG apc_disable;
} regions;

void set_up_printing(void) {
  unnamed_count = 0;
  regions.wanted = false;
}

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

void print(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  port_print(text);
}

void print_line(const char *before, const void *from) {
  char text[160];
  if (from != NULL && port_source_line(from, text, sizeof(text))) print("%s%s", before, text);
}

void print_held_line(const char *before, const struct held *held) {
  if (held != NULL) print_line(before, held->from);
}

void executive_warn(struct call call, unsigned lock, const char *text) {
  const struct thread *t = this_thread();
  print("lockarb: %s by thread %u (%s)", call.routine, t->number, t->name);
  if (lock != EXECUTIVE_NO_LOCK) print(" on lock %u", lock);
  print(": %s", text);
  print_line(", at ", call.from);
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
    NAMED(SPIN_LOCK_ALREADY_OWNED),
    NAMED(SPIN_LOCK_NOT_OWNED),
    NAMED(KERNEL_APC_PENDING_DURING_EXIT),
    NAMED(DATA_BUS_ERROR),
    NAMED(SYSTEM_THREAD_EXCEPTION_NOT_HANDLED),
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
  return "UNKNOWN";
}

/* Names: addresses differ from run to run, numbers of threads, locks and blocks do not. */

static void print_offset(ULONG_PTR offset) {
  if (offset != 0) print(" + 0x%" PRIXPTR, offset);
}

unsigned unnamed_number(ULONG_PTR value) {
  unsigned number = 0;
  while (number < unnamed_count && unnamed[number] != value) number++;
  if (number == unnamed_count && number < MAX_UNNAMED) unnamed[unnamed_count++] = value;
  return number;
}

static void print_unnamed(ULONG_PTR value) {
  unsigned number = unnamed_number(value);
  if (number < MAX_UNNAMED) {
    print("address %u", number + 1);
  } else {
    print("an address");
  }
}

static bool print_in_thread(ULONG_PTR value) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    const struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    ULONG_PTR object = (ULONG_PTR)t, top = (ULONG_PTR)t->stack_top;
    if (value - object < sizeof(*t)) {
      print("thread %u", t->number);
      print_offset(value - object);
      return true;
    }
    if (t->stack != NULL && value >= (ULONG_PTR)t->stack && value <= top) {
      print("stack of thread %u - 0x%" PRIXPTR, t->number, top - value);
      return true;
    }
  }
  return false;
}

static bool print_in_pool(ULONG_PTR value) {
  ULONG_PTR offset;
  unsigned block = pool_block(value, &offset);
  if (block == 0) return false;
  print("pool block %u", block);
  print_offset(offset);
  return true;
}

void print_value(ULONG_PTR value) {
  char text[160];
  unsigned lock =
      value == 0 ? EXECUTIVE_NO_LOCK : executive_find_lock((const void *)value, EXECUTIVE_NO_LOCK);
  if (lock != EXECUTIVE_NO_LOCK) {
    print("lock %u", lock);
    return;
  }
  if (print_in_thread(value) || print_in_pool(value)) return;
  switch (port_name_address(value, text, sizeof(text))) {
    case PORT_NAMED:
      print("%s", text);
      break;
    case PORT_UNNAMED:
      print_unnamed(value);
      break;
    default:
      print("0x%" PRIXPTR, value);
  }
}

void print_name(const void *object) {
  char text[160];
  ULONG_PTR offset;
  unsigned block = pool_block((ULONG_PTR)object, &offset);
  if (block != 0) {
    print(" (pool block %u", block);
    print_offset(offset);
    print(")");
  } else if (port_name_address((ULONG_PTR)object, text, sizeof(text)) == PORT_NAMED) {
    print(" (%s)", text);
  }
}

void print_time(void) {
  uint64_t per_microsecond = port_time_frequency() / 1000000;
  print("%" PRIu64 ".%03" PRIu64 " us", port_time() / per_microsecond,
        port_time() % per_microsecond * 1000 / per_microsecond);
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
    {0xC4, 0xD2, "threads wait for the resource"},
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
};
/* The same, whatever the parameters are. */
static const struct {
  ULONG code;
  const char *words;
} general_meanings[] = {
    {APC_INDEX_MISMATCH, "the routine returns with other regions than it was called with"},
    {IRQL_NOT_GREATER_OR_EQUAL, "the IRQL would not be raised"},
    {KERNEL_APC_PENDING_DURING_EXIT, "the thread ends in a region, or at a raised IRQL"},
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
  return NULL;
}

void show_regions(ULONG apc_disable) {
  regions.wanted = true;
  regions.apc_disable = apc_disable;
}

/* The calls that entered the regions which are left over, outermost first. */
static void print_region_lines(const struct thread *t, enum region region, SHORT now, SHORT before,
                               const char *words) {
  int depth = before < 0 ? -before : 0;
  for (; depth < -now && depth < REGIONS_KEPT; depth++) {
    char line[160];
    const void *from = t->regions[region][depth];
    if (from == NULL || !port_source_line(from, line, sizeof(line))) continue;
    print("%s%s\n", words, line);
  }
  if (depth < -now) print("%sand %d times more\n", words, -now - depth);
}

static void print_regions(const struct thread *t) {
  ULONG before = regions.apc_disable;
  print_region_lines(t, REGION_CRITICAL, t->tcb.KernelApcDisable, (SHORT)before, "    entered  ");
  print_region_lines(t, REGION_GUARDED, t->tcb.SpecialApcDisable, (SHORT)(before >> 16),
                     "    guarded  ");
  char line[160];
  if (t->irql == PASSIVE_LEVEL || t->irql_raised == NULL) return;
  if (port_source_line(t->irql_raised, line, sizeof(line))) print("    raised   %s\n", line);
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
  print("\n*** STOP 0x%08" PRIX32 " %s (", code, bug_check_name(code));
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
  }
  print("    time     ");
  print_time();
  print("\n");
  const char *meaning = meaning_of(code, parameter1);
  if (meaning != NULL) print("    meaning  %s\n", meaning);
  if (regions.wanted) print_regions(t);
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

static const char *how(bool exclusive) { return exclusive ? "exclusively" : "shared"; }

/* NULL: it is gone. */
static const struct thread *thread_of_number(unsigned number) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    const struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->number == number) return t;
  }
  return NULL;
}

static void print_owner(unsigned lock, const struct lock_owner *owner) {
  const struct held *origin = origin_of(lock, owner);
  if (owner->thread != NULL) {
    print(" thread %u (%s) %s", owner->thread->number, owner->thread->name,
          how(owner->hold.exclusive));
    print_held_line(" since ", origin);
    return;
  }
  print(" owner pointer ");
  print_value(owner->pointer->value);
  print(" %s", how(owner->hold.exclusive));
  if (origin == NULL) return;
  print(", set by thread %u", origin->by);
  const struct thread *setter = thread_of_number(origin->by);
  if (setter != NULL) print(" (%s)", setter->name);
  print_held_line(" at ", origin);
}

static void print_owners(unsigned lock) {
  const char *before = ", owned by";
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    print("%s", before);
    print_owner(lock, &owner);
    before = " and";
  }
}

static void print_ahead(const struct executive_wait *wait) {
  const char *before = ", behind";
  unsigned turn = 0;
  struct lock_waiter ahead;
  while (is_queued(wait) && next_ahead(wait, &turn, &ahead)) {
    print("%s thread %u (%s) exclusively", before, ahead.thread->number, ahead.thread->name);
    print_line(" since ", ahead.wait->call.from);
    before = " and";
  }
}

static void print_lock(unsigned lock) {
  print("lock %u", lock);
  print_name(lock_object(lock));
}

static void print_lock_wait(const struct executive_wait *wait) {
  print_lock(wait->lock);
  print(" %s", how(wait->exclusive));
  print_line(" at ", wait->call.from);
  print_ahead(wait);
  print_owners(wait->lock);
}

void print_lock_timeout(const struct executive_wait *wait, const struct thread *t) {
  /* The first slice is half a second, the others are four. */
  print("lockarb: thread %u (%s) has waited %" PRIu32 ".5 s for ", t->number, t->name,
        4 * wait->slices);
  print_lock_wait(wait);
  print(" (EXRESOURCE_TIMEOUT_LIVEDUMP, 0x1CC)\n");
}

static void print_mutex(const char *what, const void *mutex, PKTHREAD owner, const void *from) {
  print("%s", what);
  print_name(mutex);
  print_line(" at ", from);
  if (owner == NULL) return;
  print(", owned by thread %u (%s)", thread_of(owner)->number, thread_of(owner)->name);
  print_held_line(" since ", find_held(thread_of(owner)->held, mutex));
}

static void print_object_wait(const struct thread *t) {
  const void *from = t->wait_call.from;
  if (t->awaited_mutex != NULL) {
    print_mutex("a fast mutex", t->awaited_mutex, t->awaited_mutex->Owner, from);
  } else if (t->awaited->Type == OBJECT_MUTEX) {
    const KMUTEX *mutex = CONTAINING_RECORD(t->awaited, KMUTEX, Header);
    print_mutex("a mutex", mutex, mutex->OwnerThread, from);
  } else if (t->awaited->Type == OBJECT_THREAD) {
    const struct thread *other = CONTAINING_RECORD(t->awaited, struct thread, tcb.Header);
    print("the end of thread %u (%s)", other->number, other->name);
    print_line(" at ", from);
  } else {
    print("an event");
    print_name(t->awaited);
    print_line(" at ", from);
  }
}

/* Mutexes: the locks are listed by their owners. */
static void print_mutexes(const struct thread *t) {
  for (const struct held *held = t->held; held != NULL; held = held->next) {
    if (!held->used || held->lock != EXECUTIVE_NO_LOCK) continue;
    print("    it owns a %s", held->fast ? "fast mutex" : "mutex");
    print_name(held->object);
    print_held_line(" since ", held);
    print("\n");
  }
}

/* The last one that was entered. */
static void print_region(const struct thread *t, enum region region, SHORT count) {
  if (count < 0 && -count <= REGIONS_KEPT) {
    print_line(", entered at ", t->regions[region][-count - 1]);
  }
}

/* Why an APC that is queued for t does not run. */
static void print_obstacle_of_apc(const struct thread *t, bool special) {
  if (t->irql >= APC_LEVEL) {
    print("IRQL %u", t->irql);
    if (t->irql == APC_LEVEL) print(" (APC_LEVEL)");
    print_line(", raised at ", t->irql_raised);
  } else if (t->tcb.SpecialApcDisable != 0) {
    print("a guarded region");
    print_region(t, REGION_GUARDED, t->tcb.SpecialApcDisable);
  } else if (!special && t->tcb.KernelApcDisable != 0) {
    print("a critical region");
    print_region(t, REGION_CRITICAL, t->tcb.KernelApcDisable);
  } else if (!special && t->apc_in_progress) {
    print("a normal kernel APC, which is not over");
  } else {
    print("nothing");
  }
}

static void print_apcs(const struct thread *t) {
  uint32_t pending = pending_apcs(t);
  if (pending & LOCKARB_APC_PENDING_SPECIAL_MASK) {
    print("    a special kernel APC is pending, held back by ");
    print_obstacle_of_apc(t, true);
    print("\n");
  }
  if (pending & LOCKARB_APC_PENDING_NORMAL_MASK) {
    print("    a normal kernel APC is pending, held back by ");
    print_obstacle_of_apc(t, false);
    print("\n");
  }
  if (pending & LOCKARB_APC_PENDING_USER_MASK) {
    print("    a user APC is pending: it needs an alertable wait in user mode\n");
  }
}

static void print_wait(const struct thread *t) {
  print("thread %u (%s) on core %u waits for ", t->number, t->name, t->core);
  switch (t->wait_for) {
    case WAIT_FOR_LOCK:
      print_lock_wait(t->lock_waits);
      if (is_overdue(t->lock_waits)) {
        print("; it was handed the lock, but no interrupt told core %u", t->core);
      }
      break;
    case WAIT_FOR_SLOT:
      print("a thread slot of the arbiter: all are with threads that own or want a lock");
      print_line(", at ", t->wait_call.from);
      break;
    case WAIT_FOR_TIME:
      print("its time");
      print_line(" at ", t->wait_call.from);
      break;
    case WAIT_FOR_OBJECT:
      print_object_wait(t);
      break;
  }
  if (t->apc_kind != NULL) print(", inside %s", t->apc_kind);
  print("\n");
  print_mutexes(t);
  print_apcs(t);
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
