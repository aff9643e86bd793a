/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits for locks: a thread queues, is granted, and meanwhile lifts the owners when it lasts long.
 * Who waits is known from the waits of all threads; in which order, from the turn of each.
 */
#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/lock/lock_operations.h"
#include "executive/thread/held.h"

enum {
  FIRST_SLICE = 500, /* milliseconds of a wait after which the owners are lifted, */
  NEXT_SLICE = 4000, /*   and again (contract I.5) */
  THIRTY_DAYS = 648000,
};

static uint64_t next_slice_end;
static ULONG slices_until_report;

void set_up_lock_waits(void) {
  next_slice_end = UINT64_MAX;
  slices_until_report = THIRTY_DAYS;
}

static uint64_t milliseconds(unsigned n) { return (uint64_t)n * (port_time_frequency() / 1000); }

void begin_lock_wait(struct lock_wait *wait, unsigned lock, bool exclusive, unsigned place) {
  struct thread *self = this_thread();
  *wait = (struct lock_wait){
      .thread = self,
      .lock = lock,
      .exclusive = exclusive,
      .place = place,
      .turn = ++lock_at(lock)->queued[exclusive],
      .call = this_core()->command,
      .slice_end = port_time() + milliseconds(FIRST_SLICE),
      .outer = self->lock_waits,
  };
  self->lock_waits = wait;
  if (wait->slice_end < next_slice_end) next_slice_end = wait->slice_end;
}

void mark_granted(struct thread *t, struct lock_wait *wait) {
  operations_of(wait->lock)->own(t, wait);
  /* From here on t may go on, and end the wait. */
  __atomic_store_n(&wait->granted, true, __ATOMIC_RELEASE);
}

bool mark_granted_and_look(struct thread *t, struct lock_wait *wait) {
  bool innermost = wait == t->lock_waits;
  mark_granted(t, wait);
  __atomic_thread_fence(__ATOMIC_SEQ_CST); /* who begins to stay has seen it, or is seen */
  if (innermost && t->state == THREAD_STAYING) return true;
  look_for_deadlock(); /* an owner more that may wait for something else */
  return false;
}

void grant_lock_wait(struct thread *t, struct lock_wait *wait) {
  if (!mark_granted_and_look(t, wait)) return;
  if (t->core == port_core()) {
    wake(t, STATUS_SUCCESS);
  } else {
    port_interrupt_core(t->core);
  }
}

/* The only one that has what it waited for; *more: there are others. */
static struct thread *granted_stayer(const struct core *core, bool *more) {
  struct thread *granted = NULL;
  for (LIST_ENTRY *e = core->stayers.Flink; e != &core->stayers; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, queue);
    if (!is_granted(t->lock_waits)) continue;
    *more |= granted != NULL || t->counts_again;
    granted = t;
  }
  return granted;
}

/* The core idles in the context of self, which waits. With one thing to see to, a grant, it does so
 * without the dispatcher. */
static void idle_in_wait(struct core *core, struct thread *self) {
  bool others = !keeps_core(core) || may_run_kernel_apc(self);
  unsigned causes = others || is_granted(self->lock_waits) ? 0 : park(core);
  if (core->current == self) return; /* after a reset */
  others |= (causes & PORT_IRQ_CORE) && (core->is_called || core->has_killed);
  if (!others && (causes & PORT_IRQ_ARBITER)) take_stayers_grant(port_core());
  struct thread *next = granted_stayer(core, &others);
  if (next != NULL && !others) {
    end_stay(core, next);
  } else if (others || causes != 0) {
    serve_interrupt(core, causes);
  }
}

/* Who of this core waits for the same lock and comes before the writer that waits; NULL: none. */
static struct thread *writer_before(const struct core *core, const struct lock_wait *wait) {
  for (LIST_ENTRY *e = core->stayers.Flink; wait->exclusive; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, queue);
    if (t == wait->thread) break;
    if (t->lock_waits->lock == wait->lock) return t;
  }
  return NULL;
}

static void wait_once(struct core *core, struct thread *self, struct lock_wait *wait) {
  if (begin_stay(core)) {
    /* Its turn comes first: the core gets ready for it while there is time. */
    struct thread *before = writer_before(core, wait);
    if (before != NULL) idle_in(core, before);
  } else {
    lock_dispatcher();
    if (is_granted(wait) || may_run_kernel_apc(self)) {
      unlock_dispatcher(false);
      return;
    }
    begin_stay_and_unlock(core);
  }
  while (core->current != self) idle_in_wait(core, self);
}

static void note_granted(const struct thread *self, const struct lock_wait *wait) {
  note_lock(PORT_NOTE_LOCK_ACQUIRED, self, wait->lock,
            (struct port_note){.from = (uintptr_t)wait->call.from,
                               .exclusive = wait->exclusive,
                               .waited = true,
                               .value = 1});
}

void wait_for_grant(struct lock_wait *wait) {
  struct core *core = this_core();
  struct thread *self = core->current;
  bool on = port_interrupts_off();
  while (!is_granted(wait)) {
    if (may_run_kernel_apc(self)) {
      restore_interrupts(on);
      deliver_apcs();
    } else {
      wait_once(core, self, wait);
      if (is_granted(wait)) break;
      port_interrupts_restore(on);
    }
    port_interrupts_off();
  }
  self->lock_waits = wait->outer;
  await_lookers();
  /* It may have owned the lock shared meanwhile, if another thread released for it. */
  void *object = lock_at(wait->lock)->object;
  if (find_held(self->held, object) == NULL) {
    remember(&self->held, wait->lock, object, wait->exclusive, wait->call.from, self->number);
  }
  operations_of(wait->lock)->end_wait(self, wait);
  if (is_observed()) note_granted(self, wait);
  restore_interrupts_of(core, on);
}

/* Who waits before whom */

bool is_queued(const struct lock_wait *wait) {
  /* Both queues are served from their heads, so those who still wait are the last that came. */
  struct lock_counts counts = lock_counts(wait->lock);
  unsigned waiters = wait->exclusive ? counts.exclusive_waiters : counts.shared_waiters;
  return !wait->granted && wait->turn + waiters > lock_at(wait->lock)->queued[wait->exclusive];
}

bool waits_for_owners(const struct lock_wait *wait) {
  /* Owners that share it keep no reader out, only the writer before it does. */
  return wait->exclusive || is_owned_exclusively(wait->lock) ||
         lock_counts(wait->lock).exclusive_waiters == 0;
}

bool next_ahead(const struct lock_wait *wait, unsigned *turn, struct lock_waiter *ahead) {
  bool only_first = !wait->exclusive && !lock_at(wait->lock)->writer_first;
  if (only_first && (*turn != 0 || waits_for_owners(wait))) return false;
  unsigned last = wait->exclusive ? wait->turn : UINT32_MAX, first = last;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    for (const struct lock_wait *w = t->lock_waits; w != NULL; w = w->outer) {
      if (w->lock != wait->lock || !w->exclusive || !is_queued(w)) continue;
      if (w->turn <= *turn || w->turn >= first) continue;
      first = w->turn;
      *ahead = (struct lock_waiter){t, w};
    }
  }
  *turn = first;
  return first != last;
}

void leave_queue(const struct lock_wait *wait) {
  /* Those before it move up to where it was, so that the waiters are still the last that came. */
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    for (struct lock_wait *other = t->lock_waits; other != NULL; other = other->outer) {
      if (other->lock != wait->lock || other->exclusive != wait->exclusive) continue;
      if (other->turn < wait->turn) other->turn++;
    }
  }
}

/* Time */

/* Whoever is in the way of t gets t's priority, as far as Windows lifts it. */
static void lift_owners(const struct lock_wait *wait, const struct thread *t) {
  if (lock_at(wait->lock)->boost_disabled) return;
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(wait->lock, &cursor, &owner)) {
    struct thread *lifted = owner.thread != NULL ? owner.thread : owner.pointer->thread;
    if (lifted != NULL) boost_thread(lifted, t->priority);
  }
}

bool is_overdue(const struct lock_wait *wait) {
  return operations_of(wait->lock)->by_interrupt && !wait->granted && !is_queued(wait);
}

static void end_slices(struct lock_wait *wait, const struct thread *t, uint64_t now) {
  while (wait->slice_end <= now) {
    wait->slice_end += milliseconds(NEXT_SLICE);
    lift_owners(wait, t);
    if (is_overdue(wait)) {
      core_at(t->core)->look_again = true;
      call_core(t->core);
    }
    /* The first slice is half a second, and none of those that are counted. */
    if (wait->slices != 0 && wait->slices % slices_until_report == 0) print_lock_timeout(wait, t);
    wait->slices++;
  }
  if (wait->slice_end < next_slice_end) next_slice_end = wait->slice_end;
}

void expire_lock_slices(void) {
  uint64_t now = port_time();
  if (now < next_slice_end) return;
  next_slice_end = UINT64_MAX;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    const struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    for (struct lock_wait *wait = t->lock_waits; wait != NULL; wait = wait->outer) {
      if (!wait->granted) end_slices(wait, t, now);
    }
  }
}

void lockarb_set_resource_timeout(ULONG slices) { slices_until_report = slices; }
