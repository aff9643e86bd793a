/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks in shared memory: the account of who owns how many, and the region of the thread, around
 * what software_rules.c does to the lock itself.
 */
#include "executive/diagnose/report.h"
#include "executive/lock/lock_operations.h"
#include "executive/lock/software_rules.h"

#define POINTER 0x80000000u /* an owner: a pointer's number, else a thread's */

static unsigned number_of(unsigned lock) { return lock - arbiter.locks; }

static void prepare(struct thread *self, struct call call) { (void)self, (void)call; }

static bool is_irql_too_high(void) { return this_thread()->irql > APC_LEVEL; }

static void move_region(struct core *core, int step) {
  count_region(core->current, REGION_CRITICAL, step, core->command);
}

static unsigned *locks_owned_by(struct thread *t, struct owner_pointer *pointer) {
  return t != NULL ? &t->software_locks_owned : &pointer->software_locks_owned;
}

void forget_software_lock(uint32_t owner) {
  struct thread *self = this_thread();
  if (owner == owner_of_thread(self)) {
    self->software_locks_owned--;
    return;
  }
  lock_dispatcher();
  struct owner_pointer *pointer = NULL;
  struct thread *t = thread_of_owner(owner, &pointer);
  --*locks_owned_by(t, pointer);
  unlock_dispatcher(false);
}

void give_software_lock(uint32_t owner, bool merged) {
  lock_dispatcher();
  struct owner_pointer *pointer = NULL;
  thread_of_owner(owner, &pointer);
  this_thread()->software_locks_owned--;
  pointer->software_locks_owned += !merged;
  unlock_dispatcher(false);
}

/* How a lock names its owners */

uint32_t owner_of_thread(const struct thread *t) { return t->number; }

uint32_t owner_of_pointer(const struct owner_pointer *pointer) { return POINTER | pointer->number; }

struct thread *thread_of_owner(uint32_t owner, struct owner_pointer **pointer) {
  if (owner & POINTER) {
    *pointer = pointer_at(owner & ~POINTER);
    return NULL;
  }
  LIST_ENTRY *e = all_threads.Flink;
  while (CONTAINING_RECORD(e, struct thread, all)->number != owner) e = e->Flink;
  return CONTAINING_RECORD(e, struct thread, all);
}

/* Commands */

static struct lockarb_answer acquire(struct core *core, unsigned lock, enum lockarb_kind how,
                                     unsigned flags, struct lock_wait *wait) {
  struct thread *self = core->current;
  if (is_irql_too_high()) return refuse(LOCKARB_STATUS_ERR_IRQL);
  if (flags & LOCKARB_ENTER) {
    move_region(core, -1);
    sync_window(core); /* at once with the lock for whoever looks at the thread */
  }
  struct lockarb_answer answer =
      software_acquire(number_of(lock), self, how, (flags & LOCKARB_WAIT) != 0, wait);
  if (answer.status == LOCKARB_STATUS_GRANTED_EXCLUSIVE ||
      answer.status == LOCKARB_STATUS_GRANTED_SHARED) {
    self->software_locks_owned++;
  }
  return answer;
}

static struct lockarb_answer release(struct core *core, unsigned lock, bool leave) {
  if (leave && is_irql_too_high()) return refuse(LOCKARB_STATUS_ERR_IRQL);
  struct lockarb_answer answer = software_release(number_of(lock), owner_of_thread(core->current));
  if (leave && !is_refused(answer)) move_region(core, +1); /* the window follows in lock.c */
  return answer;
}

static struct lockarb_answer release_for(unsigned lock, const struct lock_owner *owner) {
  uint32_t word =
      owner->thread != NULL ? owner_of_thread(owner->thread) : owner_of_pointer(owner->pointer);
  unlock_dispatcher(false);
  struct lockarb_answer answer = software_release(number_of(lock), word);
  lock_dispatcher();
  return answer;
}

static struct lockarb_answer convert(unsigned lock) {
  if (is_irql_too_high()) return refuse(LOCKARB_STATUS_ERR_IRQL);
  return software_convert(number_of(lock), owner_of_thread(this_thread()));
}

static struct lockarb_answer give(unsigned lock, struct owner_pointer *pointer, struct call call) {
  struct lockarb_answer answer = software_set_owner(number_of(lock), owner_of_thread(this_thread()),
                                                    owner_of_pointer(pointer));
  lock_dispatcher();
  if (!is_refused(answer)) origin_of_pointer(lock, pointer, call);
  return answer;
}

static struct hold hold(unsigned lock) {
  return software_hold(number_of(lock), owner_of_thread(this_thread()));
}

static struct lockarb_answer hold_count(unsigned lock, unsigned *count) {
  *count = hold(lock).count;
  return refuse(LOCKARB_STATUS_DONE);
}

/* Waits */

/* A thread keeps the cell of its first wait for the next one: it is, so to say, part of its stack.
 */
unsigned take_wait_cell(struct thread *self) {
  unsigned cell = self->wait_cell;
  self->wait_cell = 0;
  return cell != 0 ? cell : take_cell();
}

static void forget_thread(struct thread *t) {
  if (t->wait_cell != 0) give_back(t->wait_cell);
  t->wait_cell = 0;
}

static void own(struct thread *t, const struct lock_wait *wait) {
  (void)wait;
  t->software_locks_owned++;
}

static void end_wait(struct thread *t, const struct lock_wait *wait) {
  if (t->wait_cell == 0) {
    t->wait_cell = wait->place;
  } else {
    give_back(wait->place);
  }
}

/* Threads that are gone */

static struct lockarb_answer cancel(const struct thread *t, const struct lock_wait *wait) {
  struct lockarb_answer answer = software_cancel(number_of(wait->lock), wait);
  if (answer.status != LOCKARB_STATUS_ALREADY_GRANTED) follow_end(t, wait->lock, answer);
  return answer;
}

/* A core that is reset inside of a command has the lock's spin lock: then the machine stops. */
static bool cancel_unsure(struct thread *t, unsigned lock) {
  (void)t, (void)lock;
  return false;
}

static bool drain(const struct thread *t, unsigned lock, bool unsure, bool again) {
  unsure |= again; /* a reset between a release and its answer */
  if (t->software_locks_owned == 0 && !unsure) return false;
  struct hold hold;
  struct lockarb_answer answer = software_drain(number_of(lock), owner_of_thread(t), &hold);
  bool owned = answer.status != LOCKARB_STATUS_DONE;
  if (owned) {
    follow_end(t, lock, answer);
    note_drained(t, lock, hold);
  }
  /* The object may not show what the command did whose answer got lost. */
  if (unsure) follow_end(t, lock, software_state(number_of(lock)));
  return owned;
}

/* Lifetime */

static struct lockarb_answer initialize(unsigned lock, enum lockarb_order order) {
  return software_initialize(number_of(lock), order);
}

static struct lockarb_answer clear(unsigned lock, bool delete) {
  if (delete &&is_irql_too_high()) return refuse(LOCKARB_STATUS_ERR_IRQL);
  bool on = port_interrupts_off();
  struct lockarb_answer answer = software_clear(number_of(lock), delete);
  restore_interrupts(on);
  return answer;
}

static void forget_owner(unsigned lock, const struct lock_owner *owner, unsigned cursor) {
  (void)lock, (void)cursor;
  --*locks_owned_by(owner->thread, owner->pointer);
}

/* Reports */

static bool next_owner_of(unsigned lock, unsigned *cursor, struct lock_owner *owner) {
  uint32_t word;
  if (!next_software_owner(number_of(lock), cursor, &word, &owner->hold)) return false;
  owner->thread = thread_of_owner(word, &owner->pointer);
  return true;
}

static struct lock_counts counts(unsigned lock) { return software_counts(number_of(lock)); }

static unsigned owned_by(const struct thread *t) { return t->software_locks_owned; }

const struct lock_operations software_locks = {
    .prepare = prepare,
    .acquire = acquire,
    .release = release,
    .release_for = release_for,
    .convert = convert,
    .give = give,
    .hold_count = hold_count,
    .hold = hold,
    .own = own,
    .end_wait = end_wait,
    .by_interrupt = false,
    .cancel = cancel,
    .cancel_unsure = cancel_unsure,
    .drain = drain,
    .forget_thread = forget_thread,
    .set_up = set_up_software_locks,
    .initialize = initialize,
    .clear = clear,
    .forget_owner = forget_owner,
    .next_owner = next_owner_of,
    .counts = counts,
    .owned_by = owned_by,
};
