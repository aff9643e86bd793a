/*
 * Threads that are killed: a fault of the machine, nothing that software does. What such a thread
 * waits for is cancelled and what it owns is drained, so that the next in line go on.
 *
 * It ends itself, in its own name and on its own core, to which its grants come; so nobody else
 * ever sees it half-way.
 */
#include "executive/kernel.h"

BOOLEAN lockarb_is_killed(PKTHREAD Thread) { return thread_of(Thread)->is_gone; }

unsigned executive_kill_thread(unsigned number) {
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->number != number || t->is_gone || t->apcs_refused) continue;
    t->killed = true;
    cores[t->core].has_killed = true;
    return t->core;
  }
  return port_core_count();
}

void wake_killed(struct core *core) {
  core->has_killed = false;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    if (t->killed && &cores[t->core] == core) break_wait(t);
  }
}

void end_killed_thread(struct thread *self) {
  struct core *core = this_core();
  self->is_gone = true;
  core->command = (struct call){"the end of a killed thread", NULL};
  note_thread(PORT_NOTE_THREAD_KILLED, self, 0);
  unsigned cancelled = cancel_lock_waits(self);
  unsigned drained = drain_locks(self);
  core->command = (struct call){0};
  print("lockarb: thread %u (%s) was killed: locks drained %u, waits cancelled %u\n", self->number,
        self->name, drained, cancelled);
  lock_dispatcher();
  if (self->gives_to != NULL) {
    self->gives_to->takers--;
    forget_pointer(self->gives_to);
  }
  self->apcs_refused = true;
  run_down(&self->kernel_apcs);
  run_down(&self->user_apcs);
  return_slots(self);
  end_thread(self);
}
