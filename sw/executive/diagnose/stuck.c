/* SPDX-License-Identifier: Apache-2.0 */
/* The report of threads that wait when nothing runs any more: for what, and who has it. */
#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"

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

static void print_ahead(const struct lock_wait *wait) {
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

static void print_lock_wait(const struct lock_wait *wait) {
  print_lock(wait->lock);
  print(" %s", how(wait->exclusive));
  print_line(" at ", wait->call.from);
  print_ahead(wait);
  print_owners(wait->lock);
}

void print_lock_timeout(const struct lock_wait *wait, const struct thread *t) {
  /* The first slice is half a second, the others are four. */
  print("lockarb: thread %u (%s) has waited %u.5 s for ", t->number, t->name,
        4 * (unsigned)wait->slices);
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
  } else if (object_report != NULL && object_report->print_wait(t)) {
    return;
  } else if (t->awaited->Type == OBJECT_MUTEX) {
    const KMUTEX *mutex = CONTAINING_RECORD(t->awaited, KMUTEX, Header);
    print_mutex("a mutex", mutex, mutex->OwnerThread, from);
  } else if (t->awaited->Type == OBJECT_PUSH_LOCK || t->awaited->Type == OBJECT_RUNDOWN) {
    push_lock_report->print_wait(t);
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
    print("    it owns a %s", held_kind_name(held->kind));
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
  uint32_t pending = pending_apcs_of(t);
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
    case WAIT_FOR_DPC: /* it rests */
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
    if (t->state == THREAD_ENDED || t->rests) continue;
    left++;
    if (t->state == THREAD_WAITING || t->state == THREAD_STAYING) print_wait(t);
  }
  executive_cut_off_report();
  return left;
}
