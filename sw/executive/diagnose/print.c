/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the executive, notes for the observer, and names that are the same in each run. */
#include "executive/diagnose/diagnose.h"
#include "executive/diagnose/format.h"
#include "executive/lock/lock.h"
#include "executive/system/system.h"

enum { MAX_UNNAMED = 64 };

static ULONG_PTR unnamed[MAX_UNNAMED];
static unsigned unnamed_count;

void set_up_printing(void) { unnamed_count = 0; }

/* Notes */

void note(const struct thread *t, struct port_note n) {
  if (!is_observed()) return;
  n.thread = t->number;
  n.name = t->name;
  n.core = t->core;
  port_note(&n);
}

void note_thread_now(enum port_note_kind kind, const struct thread *t, uint64_t value) {
  bool for_lock = kind == PORT_NOTE_THREAD_WAITING && t->wait_for == WAIT_FOR_LOCK;
  struct port_note n = {.kind = kind, .lock = PORT_NO_LOCK, .value = value};
  if (kind == PORT_NOTE_THREAD_WAITING) n.from = (uintptr_t)t->wait_call.from;
  if (for_lock) {
    n.lock = t->lock_waits->lock;
    n.from = (uintptr_t)t->lock_waits->call.from;
  }
  note(t, n);
}

void note_object_now(enum port_note_kind kind, const volatile void *object, struct call call) {
  struct port_note n = {.kind = kind,
                        .name = "",
                        .lock = PORT_NO_LOCK,
                        .address = (uintptr_t)object,
                        .from = (uintptr_t)call.from};
  if (kind == PORT_NOTE_OBJECT_INITIALIZED) { /* before there are threads, too */
    port_note(&n);
  } else {
    note(this_thread(), n);
  }
}

/* Printing */

void print(const char *format, ...) {
  struct text text;
  struct arguments arguments;
  size_t wrong;
  text.length = 0;
  text.full = false;
  va_start(arguments.list, format);
  add_format(&text, format, &arguments, &wrong);
  va_end(arguments.list);
  text.bytes[text.length] = '\0';
  port_print(text.bytes);
}

void print_line(const char *before, const void *from) {
  char text[160];
  if (from != NULL && port_source_line(from, text, sizeof(text))) print("%s%s", before, text);
}

const char *held_kind_name(enum held_kind kind) {
  static const char *const names[] = {"mutex", "fast mutex", "spin lock", "push lock"};
  return names[kind];
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

/* Names: addresses differ from run to run, numbers of threads, locks and blocks do not. */

static void print_offset(ULONG_PTR offset) {
  if (offset != 0) print(" + 0x%llX", (unsigned long long)offset);
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

static const struct thread *next_thread(const struct thread *t) {
  LIST_ENTRY *next = t != NULL ? t->all.Flink : all_threads.Flink;
  return next != &all_threads ? CONTAINING_RECORD(next, struct thread, all) : NULL;
}

static bool print_in_thread(ULONG_PTR value) {
  for (const struct thread *t = NULL; (t = next_thread(t)) != NULL;) {
    if (value - (ULONG_PTR)t >= sizeof(*t)) continue;
    print("thread %u", t->number);
    print_offset(value - (ULONG_PTR)t);
    return true;
  }
  /* Behind all threads: one of them may begin where a stack ends, and the top of a stack is there.
   */
  for (const struct thread *t = NULL; (t = next_thread(t)) != NULL;) {
    ULONG_PTR top = (ULONG_PTR)t->stack_top;
    if (t->stack == NULL || value < (ULONG_PTR)t->stack || value > top) continue;
    print("stack of thread %u - 0x%llX", t->number, (unsigned long long)(top - value));
    return true;
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
  unsigned lock = value == 0 ? EXECUTIVE_NO_LOCK : executive_find_lock((const void *)value);
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
      print("0x%llX", (unsigned long long)value);
  }
}

void print_name(const void *object) {
  char text[160];
  ULONG_PTR offset;
  unsigned block = pool_block((ULONG_PTR)object, &offset);
  if (block != 0) {
    print(" in pool block %u", block);
    print_offset(offset);
  } else if (port_name_address((ULONG_PTR)object, text, sizeof(text)) == PORT_NAMED) {
    print(" %s", text);
  }
  if (print_made != NULL) print_made(object);
}

void print_object(const void *object) {
  print(" ");
  print_value((ULONG_PTR)object);
  if (print_made != NULL) print_made(object);
}

void print_time(void) {
  uint32_t per_microsecond = port_time_frequency() / 1000000;
  print("%llu.%03u us", (unsigned long long)(port_time() / per_microsecond),
        (unsigned)(port_time() % per_microsecond * 1000 / per_microsecond));
}
