/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that are killed, or lost with a core that was reset: faults of the machine, nothing that
 * software does. What such a thread waits for is cancelled and what it owns is drained, so that the
 * next in line go on.
 *
 * That happens on the thread's core, to which its grants come: a killed thread does it itself, for
 * a lost one the idle thread does.
 */
#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/lock/lock.h"
#include "executive/lock/owner_pointer.h"
#include "executive/system/system.h"
#include "executive/thread/slot.h"

BOOLEAN lockarb_is_killed(PKTHREAD Thread) { return thread_of(Thread)->is_gone; }

unsigned executive_kill_thread(unsigned number) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->number != number || t->apcs_refused) continue;
    t->killed = true;
    core_at(t->core)->has_killed = true;
    return t->core;
  }
  return port_core_count();
}

void wake_killed(struct core *core) {
  core->has_killed = false;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->killed && core_at(t->core) == core) break_wait(t);
  }
}

/* Dispatcher locked in the end. */
static void give_all_up(struct thread *t, unsigned unsure, const char *what) {
  struct core *core = this_core();
  bool again = t->is_gone;
  t->is_gone = true;
  core->command = (struct call){"the end of a killed thread", NULL};
  unsigned cancelled = cancel_lock_waits(t, unsure);
  unsigned drained = drain_locks(t, unsure, again);
  core->command = (struct call){0};
  print("lockarb: thread %u (%s) was %s: locks drained %u, waits cancelled %u\n", t->number,
        t->name, what, drained, cancelled);
  lock_dispatcher();
  if (t->gives_to != NULL) {
    end_taking(t->gives_to);
    forget_pointer(t->gives_to);
  }
  t->apcs_refused = true;
  run_down(&t->kernel_apcs);
  run_down(&t->user_apcs);
  return_slots(t);
}

void end_killed_thread(struct thread *self) {
  note_thread(PORT_NOTE_THREAD_KILLED, self, 0);
  give_all_up(self, EXECUTIVE_NO_LOCK, "killed");
  retire_thread(self);
  leave_thread(self);
}

void end_lost_thread(struct thread *t, unsigned unsure) {
  note_thread(PORT_NOTE_THREAD_KILLED, t, 1);
  give_all_up(t, unsure, "lost with its core");
  retire_thread(t);
  this_core()->lost = NULL;
  if (t->mutexes == 0) dereference_locked(t); /* else they name it for ever */
  unlock_dispatcher(false);
}
