/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlocks, as !deadlock of a debugger names them: threads that wait for each other in a ring.
 */
#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"
#include "lockarb_debugger.h"

static bool watches;

void set_up_deadlocks(void) { watches = false; }

/* Where next_obstacle() is in what a thread waits for. */
struct obstacles {
  const struct lock_wait *lock_wait; /* before AT_LOCKS is over */
  enum { AT_LOCKS, AT_OBJECT, AT_SLOTS, AT_END } at;
  unsigned cursor;
  bool ahead; /* all owners of the lock were there; the cursor is that of next_ahead() */
};

static struct obstacles obstacles_of(const struct thread *t) {
  return (struct obstacles){.lock_wait = t->lock_waits};
}

static void set_holder(struct obstacle *obstacle, struct thread *t, struct owner_pointer *pointer) {
  obstacle->by_pointer = pointer != NULL;
  obstacle->holder = pointer != NULL ? pointer->thread : t;
}

/* Of one wait for a lock that is queued. */
static bool next_blocker(struct obstacles *o, struct obstacle *obstacle) {
  const struct lock_wait *wait = o->lock_wait;
  struct lock_owner owner;
  *obstacle = (struct obstacle){.what = WAIT_FOR_LOCK, .lock = wait->lock};
  if (!o->ahead && waits_for_owners(wait) && next_owner(wait->lock, &o->cursor, &owner)) {
    set_holder(obstacle, owner.thread, owner.pointer);
    return true;
  }
  if (!o->ahead) o->cursor = 0;
  o->ahead = true;
  struct lock_waiter ahead;
  if (!next_ahead(wait, &o->cursor, &ahead)) return false;
  obstacle->holder = ahead.thread;
  obstacle->queued = true;
  return true;
}

static bool next_lock_obstacle(struct obstacles *o, struct obstacle *obstacle) {
  while (o->lock_wait != NULL) {
    if (is_queued(o->lock_wait) && next_blocker(o, obstacle)) return true;
    o->lock_wait = o->lock_wait->outer;
    o->cursor = 0;
    o->ahead = false;
  }
  return false;
}

/* Who must end, or give the mutex up; false: nobody knows. */
static bool set_awaited(struct obstacle *obstacle, const struct thread *t) {
  *obstacle = (struct obstacle){.what = WAIT_FOR_OBJECT};
  PKTHREAD owner = NULL;
  if (t->awaited_mutex != NULL) {
    obstacle->mutex = t->awaited_mutex;
    owner = t->awaited_mutex->Owner;
  } else if (t->awaited->Type == OBJECT_MUTEX) {
    const KMUTEX *mutex = CONTAINING_RECORD(t->awaited, KMUTEX, Header);
    obstacle->mutex = mutex;
    owner = mutex->OwnerThread;
  } else if (t->awaited->Type == OBJECT_THREAD) {
    owner = CONTAINING_RECORD(t->awaited, KTHREAD, Header);
  }
  obstacle->holder = owner != NULL ? thread_of(owner) : NULL;
  return owner != NULL;
}

/* An interrupted wait for a lock goes on when its APC has ended; so a thread can have several. */
static bool next_obstacle(const struct thread *t, struct obstacles *o, struct obstacle *obstacle) {
  if (o->at == AT_LOCKS) {
    if (next_lock_obstacle(o, obstacle)) return true;
    o->at = AT_END;
    o->cursor = 0;
    if (t->state == THREAD_WAITING && t->wait_for == WAIT_FOR_OBJECT) o->at = AT_OBJECT;
    if (t->state == THREAD_WAITING && t->wait_for == WAIT_FOR_SLOT) o->at = AT_SLOTS;
  }
  bool several = o->at == AT_OBJECT && t->awaited == NULL;
  if (several || (o->at == AT_OBJECT && t->awaited->Type == OBJECT_PUSH_LOCK)) {
    *obstacle = (struct obstacle){.what = WAIT_FOR_OBJECT};
    obstacle->mutex = several ? object_report->owner(t, o->cursor++, &obstacle->holder)
                              : push_lock_report->owner(t, o->cursor++, &obstacle->holder);
    if (obstacle->mutex != NULL) return true;
    o->at = AT_END;
  }
  if (o->at == AT_OBJECT) {
    o->at = AT_END;
    return !t->timed && !t->alertable && set_awaited(obstacle, t);
  }
  if (o->at == AT_SLOTS && o->cursor < arbiter.threads) {
    const struct slot *slot = slot_at(o->cursor++);
    *obstacle = (struct obstacle){.what = WAIT_FOR_SLOT};
    obstacle->holder = slot->thread; /* that of the pointers: anybody may release for them */
    return true;
  }
  return false;
}

static bool is_stuck(const struct thread *t) { return t != NULL && t->stuck; }

/* It needs all that it waits for, but of the slots any. */
static bool can_go_on(const struct thread *t) {
  bool wants_slot = false, gets_slot = false;
  struct obstacles o = obstacles_of(t);
  struct obstacle obstacle;
  while (next_obstacle(t, &o, &obstacle)) {
    bool stuck = is_stuck(obstacle.holder);
    if (obstacle.what != WAIT_FOR_SLOT && stuck) return false;
    if (obstacle.what != WAIT_FOR_SLOT) continue;
    wants_slot = true;
    gets_slot |= !stuck;
  }
  return gets_slot || !wants_slot;
}

/* Whoever can go on gives up what it holds, then others can go on: those who are left cannot. */
static void find_stuck_threads(void) {
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    t->stuck = t->state != THREAD_ENDED;
  }
  for (bool again = true; again;) {
    again = false;
    for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
      if (!t->stuck || !can_go_on(t)) continue;
      t->stuck = false;
      again = true;
    }
  }
}

static void link_cycle(struct thread *start) {
  struct thread *t = start;
  do {
    t->reached_from->search_next = t;
    t = t->reached_from;
  } while (t != start);
}

/* The shortest cycle through start; then each one's search_next is whom it waits for. */
static bool find_cycle(struct thread *start) {
  static unsigned searches;
  searches++;
  struct thread *last = start;
  start->search_next = NULL;
  for (struct thread *t = start; t != NULL; t = t->search_next) {
    struct obstacles o = obstacles_of(t);
    struct obstacle obstacle;
    while (next_obstacle(t, &o, &obstacle)) {
      struct thread *holder = obstacle.holder;
      if (!is_stuck(holder) || holder->search == searches) continue;
      holder->search = searches;
      holder->reached_from = t;
      holder->reached_by = obstacle;
      if (holder == start) {
        link_cycle(start);
        return true;
      }
      last->search_next = holder;
      last = holder;
      last->search_next = NULL;
    }
  }
  return false;
}

const char *mutex_name(const struct thread *t, const void *mutex) {
  const struct held *held = find_held(t->held, mutex);
  return held != NULL && held->kind == HELD_PUSH_LOCK ? "push lock" : "mutex";
}

/* t is what reached_by says: it holds, or it stands before the next one. */
static void print_link(const struct thread *t) {
  const struct obstacle *by = &t->reached_by;
  DbgPrint(" thread %u (%s)", t->number, t->name);
  if (by->queued) {
    DbgPrint(" stands before it at lock %u", by->lock);
  } else if (by->what == WAIT_FOR_LOCK) {
    DbgPrint(" holds lock %u", by->lock);
  }
  if (by->what == WAIT_FOR_SLOT) DbgPrint(" holds a thread slot");
  if (by->mutex != NULL) DbgPrint(" holds a %s", mutex_name(t, by->mutex));
  if (by->by_pointer) DbgPrint(" by an owner pointer");
}

static void print_cycle(struct thread *start) {
  const char *before = "deadlock:";
  struct thread *t = start;
  do {
    struct thread *next = t->search_next;
    t->named = true;
    DbgPrint("%s", before);
    print_link(t);
    /* The threads of a cycle are linked in a ring.
     * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    if (next->reached_by.what == WAIT_FOR_LOCK) DbgPrint(" waits lock %u", next->reached_by.lock);
    if (next->reached_by.what == WAIT_FOR_SLOT) DbgPrint(" waits for a thread slot");
    if (next->reached_by.what == WAIT_FOR_OBJECT) {
      const void *mutex = next->reached_by.mutex;
      if (mutex != NULL) DbgPrint(" waits for a %s of", mutex_name(next, mutex));
      if (mutex == NULL) DbgPrint(" waits for the end of");
      DbgPrint(" thread %u (%s)", next->number, next->name);
    }
    before = ",";
    t = next;
  } while (t != start);
}

/* Those that have not been named since their threads got stuck. */
static unsigned print_new_deadlocks(bool with_time) {
  unsigned cycles = 0;
  find_stuck_threads();
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    if (!t->stuck) t->named = false;
  }
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    if (!t->stuck || t->named || !find_cycle(t)) continue;
    cycles++;
    note_thread(PORT_NOTE_DEADLOCK, t, 0);
    print_cycle(t);
    if (with_time) {
      DbgPrint("; since ");
      print_time();
    }
    DbgPrint("\n");
    if (print_cycle_lines != NULL) print_cycle_lines(t);
  }
  return cycles;
}

unsigned print_deadlocks(void) {
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) t->named = false;
  return print_new_deadlocks(false);
}

ULONG lockarb_print_deadlock(VOID) {
  bool on = lock_dispatcher();
  unsigned cycles = print_deadlocks();
  unlock_dispatcher(on);
  return cycles;
}

void look_for_deadlock(void) {
  if (watches) print_new_deadlocks(true);
}

VOID lockarb_watch_deadlocks(BOOLEAN On) { watches = On; }
