/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What messages say by source lines. A machine that knows none is linked without this file; what it
 * declares is looked for where it would be said.
 */
#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"
#include "executive/system/system.h"

/* Objects */

static void print_object_line(enum port_object_line of, const void *object, const char *before,
                              const char *after) {
  char text[160];
  if (port_object_line(of, (ULONG_PTR)object, text, sizeof(text))) {
    print("%s%s%s", before, text, after);
  }
}

static bool has_name(const void *object) {
  char text[160];
  ULONG_PTR offset;
  return pool_block((ULONG_PTR)object, &offset) != 0 ||
         port_name_address((ULONG_PTR)object, text, sizeof(text)) == PORT_NAMED;
}

void print_made(const void *object) { print_object_line(PORT_LINE_MADE, object, " (", ")"); }

void print_variable(const void *object) {
  if (has_name(object)) {
    print("    Variable");
    print_name(object);
    print("\n");
  } else {
    print_object_line(PORT_LINE_MADE, object, "    Was ", "\n"); /* initialized */
  }
}

void print_released(const struct thread *t, const void *object) {
  if (t != NULL && find_held(t->held, object) != NULL) return;
  print_object_line(PORT_LINE_RELEASED, object, "    released ", "\n");
}

/* Regions */

enum { MORE_REGIONS = 64 };

/* The calls that entered the regions of a thread from the depth REGIONS_KEPT on. No lock: a machine
 * that knows source lines is a simulation, whose cores take turns. */
struct deep_regions {
  struct deep_regions *next;
  unsigned thread, region, room;
  const void *from[];
};

static struct deep_regions *all_deep;

/* What a run before had is gone with its memory. */
void set_up_lines(void) { all_deep = NULL; }

/* Where NULL is: it has none. */
static struct deep_regions **deep_of(const struct thread *t, unsigned region) {
  struct deep_regions **at = &all_deep;
  while (*at != NULL && ((*at)->thread != t->number || (*at)->region != region)) at = &(*at)->next;
  return at;
}

static size_t size_of_deep(unsigned room) {
  return sizeof(struct deep_regions) + room * sizeof(const void *);
}

void keep_deep_region(const struct thread *t, unsigned region, unsigned depth, const void *from) {
  struct deep_regions **at = deep_of(t, region), *deep = *at;
  unsigned place = depth - REGIONS_KEPT, room = deep != NULL ? deep->room : 0;
  if (place >= room && place < UINT16_MAX && from != NULL) {
    struct deep_regions *larger = port_allocate(size_of_deep(place + MORE_REGIONS));
    if (larger != NULL) {
      *larger = (struct deep_regions){.thread = t->number, .region = region};
      for (unsigned i = 0; i < room; i++) larger->from[i] = deep->from[i];
      larger->room = place + MORE_REGIONS;
      larger->next = deep != NULL ? deep->next : NULL;
      *at = larger;
      if (deep != NULL) port_free(deep, size_of_deep(room));
      deep = larger;
    }
  }
  if (deep != NULL && place < deep->room) deep->from[place] = from;
}

/* The innermost one; NULL: not known. */
static const void *deep_region(const struct thread *t, unsigned region, unsigned depth) {
  const struct deep_regions *deep = *deep_of(t, region);
  return deep != NULL && depth - REGIONS_KEPT < deep->room ? deep->from[depth - REGIONS_KEPT]
                                                           : NULL;
}

/* Bug checks */

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
  if (depth >= -now) return;
  print("%sand %d times more", words, -now - depth);
  print_line(", at last ", deep_region(t, region, (unsigned)(-now - 1)));
  print("\n");
}

static void print_regions(const struct thread *t, ULONG before) {
  print_region_lines(t, REGION_CRITICAL, t->tcb.KernelApcDisable, (SHORT)before, "    entered  ");
  print_region_lines(t, REGION_GUARDED, t->tcb.SpecialApcDisable, (SHORT)(before >> 16),
                     "    guarded  ");
  char line[160];
  if (t->irql == PASSIVE_LEVEL || t->irql_raised == NULL) return;
  if (port_source_line(t->irql_raised, line, sizeof(line))) print("    raised   %s\n", line);
}

/* What the running thread owns, and since where. */
static void print_owned(const struct thread *t) {
  for (const struct held *held = t->held; held != NULL; held = held->next) {
    if (!held->used) continue;
    print("    owns     ");
    if (held->lock != EXECUTIVE_NO_LOCK) {
      print("lock %u", held->lock);
      print_name(held->object);
    } else {
      print("%s", held_kind_name(held->kind));
      print_object(held->object);
    }
    print_held_line(" since ", held);
    print("\n");
  }
}

void print_lines_of(const struct thread *t, const ULONG *apc_disable) {
  if (apc_disable != NULL) print_regions(t, *apc_disable);
  print_owned(t);
}

/* Locks */

/* Where each owner got the lock and where each waiter wants it, as far as that is known. */

static void print_origin(const char *what, const char *how, const void *from) {
  char line[160];
  if (from == NULL || !port_source_line(from, line, sizeof(line))) return;
  print("         %s %s %s\n", what, how, line);
}

void print_origins(unsigned lock) {
  char who[40];
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    const struct held *origin = origin_of(lock, &owner);
    if (origin == NULL) continue;
    if (owner.thread != NULL) {
      format_text(who, sizeof(who), "%u", owner.thread->number);
      print_origin(who, "owns since", origin->from);
    } else {
      format_text(who, sizeof(who), "pointer %u", owner.pointer->number);
      char set[40];
      format_text(set, sizeof(set), "was set by %u at", origin->by);
      print_origin(who, set, origin->from);
    }
  }
  for (const struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    for (const struct lock_wait *w = NULL; (w = wait_after(w, t, lock)) != NULL;) {
      format_text(who, sizeof(who), "%u", t->number);
      print_origin(who, "waits since", w->call.from);
    }
  }
}

/* Deadlocks */

/* Where t got what the one before it in the ring waits for. */
static const void *origin_of_link(const struct thread *t) {
  const struct obstacle *by = &t->reached_by;
  if (by->queued) {
    for (const struct lock_wait *w = NULL; (w = wait_after(w, t, by->lock)) != NULL;) {
      if (w->exclusive) return w->call.from;
    }
    return NULL;
  }
  const struct held *held = NULL;
  if (by->mutex != NULL) held = find_held(t->held, by->mutex);
  if (by->what == WAIT_FOR_LOCK) {
    unsigned cursor = 0;
    struct lock_owner owner;
    while (held == NULL && next_owner(by->lock, &cursor, &owner)) {
      bool is_it = owner.pointer != NULL ? owner.pointer->thread == t : owner.thread == t;
      if (is_it) held = origin_of(by->lock, &owner);
    }
  }
  return held != NULL ? held->from : NULL;
}

/* Where `before` waits for t; before: the one that reached t. */
static const void *origin_of_wait(const struct thread *before, const struct thread *t) {
  if (t->reached_by.what != WAIT_FOR_LOCK) return before->wait_call.from;
  const struct lock_wait *w = wait_after(NULL, before, t->reached_by.lock);
  return w != NULL ? w->call.from : NULL;
}

/* A line for each wait of the cycle, if there is more to say than the line above does. */
void print_cycle_lines(struct thread *start) {
  struct thread *t = start;
  do {
    struct thread *next = t->search_next;
    const struct obstacle *by = &next->reached_by;
    const void *object = by->what == WAIT_FOR_LOCK ? lock_object(by->lock) : by->mutex;
    const void *wants = origin_of_wait(t, next), *has = origin_of_link(next);
    char text[160];
    bool known = (object != NULL && has_name(object)) ||
                 (wants != NULL && port_source_line(wants, text, sizeof(text))) ||
                 (has != NULL && port_source_line(has, text, sizeof(text)));
    if (known) {
      print("    thread %u waits", t->number);
      if (by->what == WAIT_FOR_LOCK) print(" for lock %u", by->lock);
      if (by->mutex != NULL) print(" for a %s", mutex_name(next, by->mutex));
      if (by->what == WAIT_FOR_SLOT) print(" for a thread slot");
      if (by->what == WAIT_FOR_OBJECT && by->mutex == NULL) {
        print(" for the end of thread %u", next->number);
      }
      if (object != NULL) print_name(object);
      print_line(" at ", wants);
      if (by->queued) {
        print(", behind thread %u", next->number);
        print_line(", which waits at ", has);
      } else if (object != NULL) {
        print("; thread %u has it", next->number);
        print_line(" since ", has);
      }
      print("\n");
    }
    t = next;
  } while (t != start);
}
