/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks of the arbiter. It decides; here is the account of it that reports and boosts need. Acquire
 * and release are in hardware_lock.h.
 */
#include "executive/lock/hardware_lock.h"
#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/thread/held.h"

/* Slots */

/* APCs run meanwhile if they break the wait for one. */
static void get_slot(struct thread *self, bool for_pointers, struct call call) {
  while ((for_pointers ? pointers_slot() : self->slot) == NO_SLOT) {
    if (borrow_slot(self, for_pointers, call)) deliver_apcs();
  }
}

static void prepare(struct thread *self, struct call call) { get_slot(self, false, call); }

/* Levels */

static void count_release(unsigned number, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) return;
  struct slot *slot = slot_at(number);
  end_level(slot, owned_of(slot, lock));
}

/* An owner pointer owns levels fewer. Dispatcher locked. */
static void count_levels(unsigned lock, struct owner_pointer *pointer, struct held *held,
                         unsigned levels) {
  held->levels -= levels;
  lock_at(lock)->account.pointer_levels -= levels;
  if (held->levels != 0) return;
  held->used = false;
  pointer->locks_owned--;
  lock_at(lock)->account.pointer_owners--;
}

/* Commands */

static struct lockarb_answer release_for_pointer(unsigned lock, struct owner_pointer *pointer) {
  struct held *held = find_held(pointer->held, lock_object(lock));
  if (held == NULL) return not_owned(lock);
  unsigned slot = (unsigned)pointers_slot();
  struct lockarb_answer answer = {.status = LOCKARB_STATUS_HELD};
  /* The arbiter counts fewer levels than there are when several pointers own the lock. */
  struct account *account = &lock_at(lock)->account;
  bool is_counted = hold_of(slot, lock).count == account->pointer_levels;
  if (is_counted) {
    answer = lockarb_release_for(&arbiter, port_core(), lock, slot);
    if (is_refused(answer)) return answer;
    count_release(slot, lock, answer);
  }
  count_levels(lock, pointer, held, 1);
  if (is_counted) {
    answer = keep_counts(lock, answer);
  } else {
    if (held->levels == 0) account->owners--;
    answer.owners = (uint16_t)account->owners;
    answer.shared_waiters = (uint16_t)account->shared_waiters;
    answer.exclusive_waiters = (uint16_t)account->exclusive_waiters;
  }
  bool leaves = answer.status == LOCKARB_STATUS_HELD && held->levels == 0;
  if (leaves) answer.status = LOCKARB_STATUS_LEFT;
  return answer;
}

static struct lockarb_answer release_for(unsigned lock, const struct lock_owner *owner) {
  if (owner->pointer != NULL) return release_for_pointer(lock, owner->pointer);
  /* Without a slot it owns no lock of the arbiter. */
  if (owner->thread->slot == NO_SLOT) return not_owned(lock);
  unsigned slot = (unsigned)owner->thread->slot;
  struct lockarb_answer answer =
      keep_counts(lock, lockarb_release_for(&arbiter, port_core(), lock, slot));
  count_release(slot, lock, answer);
  return answer;
}

static struct lockarb_answer convert(unsigned lock) {
  struct lockarb_answer answer = keep_counts(lock, lockarb_convert(&arbiter, port_core(), lock));
  if (!is_refused(answer)) {
    unsigned slot = (unsigned)this_thread()->slot;
    struct hold hold = hold_of(slot, lock);
    hold.exclusive = false;
    set_hold(slot, lock, hold);
  }
  return answer;
}

/* The hold of the running thread's slot becomes the pointers'. Dispatcher locked. */
static struct lockarb_answer give_slots_hold(unsigned lock, unsigned from) {
  unsigned to = (unsigned)pointers_slot();
  struct hold hold = hold_of(from, lock);
  struct lockarb_answer answer;
  if (hold_of(to, lock).count == 0) {
    if (room_for_hold(slot_at(to)) == NULL) return refuse(LOCKARB_STATUS_ERR_OVERFLOW);
    answer = lockarb_set_owner(&arbiter, port_core(), lock, to);
    if (is_refused(answer)) return answer;
    set_hold(to, lock, hold);
    set_hold(from, lock, (struct hold){0});
    return answer;
  }
  /* The pointers share the lock with the thread. Its levels need not be counted once more there:
   * so no count of the arbiter limits how many pointers there are. */
  if (hold.count == 0) return not_owned(lock);
  do {
    answer = lockarb_release(&arbiter, port_core(), lock);
    if (is_refused(answer)) return answer;
    count_release(from, lock, answer);
  } while (answer.status == LOCKARB_STATUS_HELD);
  answer.status = LOCKARB_STATUS_DONE;
  return answer;
}

/* mine: where the pointer's levels are counted; not used before: it has none. Dispatcher locked. */
static struct lockarb_answer give_to_pointer(unsigned lock, struct owner_pointer *pointer,
                                             struct held *mine) {
  unsigned slot = (unsigned)this_thread()->slot;
  struct hold hold = hold_of(slot, lock);
  struct lockarb_answer answer = give_slots_hold(lock, slot);
  if (is_refused(answer)) return answer;
  if (mine->levels == 0) {
    pointer->locks_owned++;
    lock_at(lock)->account.pointer_owners++;
  }
  mine->levels += hold.count;
  lock_at(lock)->account.pointer_levels += hold.count;
  return keep_counts(lock, answer);
}

static struct lockarb_answer give(unsigned lock, struct owner_pointer *pointer, struct call call) {
  struct thread *self = this_thread();
  get_slot(self, true, call);
  get_slot(self, false, call);
  sync_window(this_core());
  lock_dispatcher();
  struct held *held = origin_of_pointer(lock, pointer, call);
  if (held == NULL) return refuse(LOCKARB_STATUS_ERR_OVERFLOW);
  struct lockarb_answer answer = give_to_pointer(lock, pointer, held);
  if (held->levels == 0) held->used = false;
  return answer;
}

static struct lockarb_answer hold_count(unsigned lock, unsigned *count) {
  /* Without a slot it owns no lock of the arbiter. */
  if (this_thread()->slot == NO_SLOT) return refuse(LOCKARB_STATUS_DONE);
  sync_window(this_core());
  return lockarb_hold_count(&arbiter, port_core(), lock, count);
}

static struct hold hold(unsigned lock) {
  int slot = this_thread()->slot;
  return slot != NO_SLOT ? hold_of((unsigned)slot, lock) : (struct hold){0};
}

/* Waits */

static void own(struct thread *t, const struct lock_wait *wait) {
  (void)t;
  struct slot *slot = slot_at(wait->place);
  struct owned *owned = owned_of(slot, wait->lock);
  if (owned == NULL) {
    begin_hold(slot, unused_of(slot), wait->lock, wait->exclusive);
  } else { /* it owned the lock shared, and waited for one level more */
    owned->hold = (wait->exclusive ? OWNED_EXCLUSIVE : 0) | ((owned->hold & ~OWNED_EXCLUSIVE) + 1);
  }
}

static void end_wait(struct thread *t, const struct lock_wait *wait) {
  (void)t;
  slot_at(wait->place)->waits = false;
}

/* The wait that a grant ends; NULL: there is none, another program used the slot. The lock in a bad
 * one may be another, but a slot waits for one lock only. */
static struct lock_wait *wait_for(const struct lockarb_grant *grant) {
  if (grant->thread >= arbiter.threads) return NULL;
  const struct thread *t = slot_at(grant->thread)->thread;
  struct lock_wait *wait = t != NULL ? t->lock_waits : NULL;
  while (wait != NULL &&
         (wait->granted || is_software(wait->lock) || wait->place != grant->thread ||
          (wait->lock != grant->lock && !grant->bad))) {
    wait = wait->outer;
  }
  return wait;
}

/* See to a grant of the core that is shown, or was taken. stayer: only to one that ends the wait of
 * a thread that stays there, which is marked and not woken, or that was taken. */
static inline void take_grant(unsigned core, struct lockarb_take take, bool stayer) {
  struct lockarb_grant grant = take.grant;
  struct lock_wait *wait = wait_for(&grant);
  struct thread *t = wait != NULL ? slot_at(grant.thread)->thread : NULL;
  if (take.what == LOCKARB_SHOWN) {
    bool stays =
        t != NULL && t->state == THREAD_STAYING && t->core == core && wait == t->lock_waits;
    if (stayer && !stays) return;
    if (wait != NULL) wait->bad = grant.bad;
    /* A reset in the removal loses the thread whose context the core has, and no other one: that
     * must be marked before. */
    if (stayer && t != core_at(core)->loaded) mark_granted(t, wait);
    lockarb_remove_grant(&arbiter, core);
  }
  if (wait != NULL) wait->bad = grant.bad; /* the thread stops when it runs: it knows its caller */
  if (wait == NULL) {
    note(this_thread(),
         (struct port_note){
             .kind = PORT_NOTE_GRANT_IGNORED, .lock = grant.lock, .value = grant.thread});
  } else if (!stayer) {
    grant_lock_wait(t, wait);
  } else if (!wait->granted) {
    mark_granted(t, wait);
  }
}

void take_stayers_grant(unsigned core) {
  struct lockarb_take take = lockarb_take_in(&core_at(core)->window);
  if (take.what >= LOCKARB_SHOWN) take_grant(core, take, true);
}

/* The thread of the window waits for nothing any more: if it does not know, a read of TAKE that was
 * done again, or that nobody made, has taken its grant. */
static void find_taken_grant(unsigned core) {
  int slot = core_at(core)->sent.slot;
  if (slot < 0 || core_at(core)->loaded->state != THREAD_STAYING) return;
  struct lock_wait *wait = wait_for(&(struct lockarb_grant){.thread = (unsigned)slot, .bad = true});
  if (wait != NULL && wait->thread == core_at(core)->loaded) grant_lock_wait(wait->thread, wait);
}

void take_grants(unsigned core) {
  struct lockarb_take take;
  bool any = false;
  while ((take = lockarb_take_in(&core_at(core)->window)).what >= LOCKARB_SHOWN) {
    take_grant(core, take, false);
    any = true;
  }
  if (take.what == LOCKARB_NO_GRANT) find_taken_grant(core);
  /* Whoever was refused has its answer; but an error that is left interrupts for ever. */
  struct lockarb_error error;
  if (!any && take.error) lockarb_take_error(&arbiter, core, &error);
}

/* Threads that are gone */

static struct lockarb_answer cancel(const struct thread *t, const struct lock_wait *wait) {
  lock_dispatcher();
  struct lockarb_answer answer =
      keep_counts(wait->lock, lockarb_cancel(&arbiter, port_core(), wait->lock, wait->place));
  if (answer.status == LOCKARB_STATUS_ALREADY_GRANTED) {
    take_grants(port_core()); /* before the slot is another's */
    /* A bit that flipped may have sent it to core 0, which will ignore it: it is an owner all the
     * same. */
    if (!wait->granted) set_hold(wait->place, wait->lock, (struct hold){wait->exclusive, 1});
  } else {
    follow_end(t, wait->lock, answer);
    leave_queue(wait);
  }
  unlock_dispatcher(false);
  return answer;
}

static bool cancel_unsure(struct thread *t, unsigned lock) {
  struct lock_wait wait = {.lock = lock, .place = (unsigned)t->slot, .outer = t->lock_waits};
  lock_dispatcher();
  t->lock_waits = &wait;
  struct lockarb_answer answer =
      keep_counts(lock, lockarb_cancel(&arbiter, port_core(), lock, wait.place));
  if (answer.status == LOCKARB_STATUS_ALREADY_GRANTED) take_grants(port_core());
  if (answer.status == LOCKARB_STATUS_ERR_PARITY) follow_end(t, lock, answer);
  t->lock_waits = wait.outer;
  bool cancelled =
      answer.status == LOCKARB_STATUS_CANCELLED || answer.status == LOCKARB_STATUS_HANDED_SHARED;
  if (cancelled) note_lock(PORT_NOTE_LOCK_CANCELLED, t, lock, (struct port_note){0});
  unlock_dispatcher(false);
  return cancelled;
}

/* The object may not show what the command did whose answer got lost. */
static void show_again(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (answer.owners == 0) {
    answer.status = LOCKARB_STATUS_FREED;
  } else { /* a release by who is no owner is refused according to who is */
    unsigned status = lockarb_release_for(&arbiter, port_core(), lock, (unsigned)t->slot).status;
    answer.status = status == LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                        ? LOCKARB_STATUS_HANDED_EXCLUSIVE
                        : LOCKARB_STATUS_HANDED_SHARED;
  }
  follow_end(t, lock, answer);
}

static bool drain_slot(const struct thread *t, unsigned slot, unsigned lock, bool unsure) {
  bool owned = false;
  struct lockarb_answer answer;
  lock_dispatcher();
  struct hold hold = hold_of(slot, lock);
  set_hold(slot, lock, (struct hold){0});
  while ((answer = keep_counts(lock, lockarb_drain(&arbiter, port_core(), lock, slot))).status !=
         LOCKARB_STATUS_DONE) {
    follow_end(t, lock, answer);
    note_drained(t, lock, hold);
    owned = true;
  }
  if (unsure) show_again(t, lock, answer);
  unlock_dispatcher(false);
  return owned;
}

static bool drain(const struct thread *t, unsigned lock, bool unsure, bool again) {
  (void)again; /* what was done is in the account */
  bool owned = false;
  for (unsigned slot = 0; slot < arbiter.threads; slot++) {
    if (slot_at(slot)->thread != t) continue;
    bool is_unsure = unsure && t->slot == (int)slot;
    if (hold_of(slot, lock).count != 0 || is_unsure) owned |= drain_slot(t, slot, lock, is_unsure);
  }
  return owned;
}

/* Lifetime */

static struct lockarb_answer initialize(unsigned lock, enum lockarb_order order) {
  return lockarb_initialize(&arbiter, port_core(), lock, order, LOCKARB_PRIVILEGED);
}

static struct lockarb_answer clear(unsigned lock, bool delete) {
  bool on = lock_dispatcher();
  struct lockarb_answer answer = delete ? lockarb_delete(&arbiter, port_core(), lock)
                                        : lockarb_reinitialize(&arbiter, port_core(), lock);
  if (!is_refused(answer)) forget_owners(lock);
  if (!is_refused(answer) && !delete) lock_at(lock)->account = (struct account){0};
  unlock_dispatcher(on);
  return answer;
}

static void forget_owner(unsigned lock, const struct lock_owner *owner, unsigned cursor) {
  if (owner->pointer == NULL) {
    set_hold(cursor - 1, lock, (struct hold){0});
    return;
  }
  struct held *held = find_held(owner->pointer->held, lock_object(lock));
  count_levels(lock, owner->pointer, held, held->levels);
  bool last =
      lock_at(lock)->account.pointer_owners == 0; /* which may give the slot of the pointers back */
  if (last) set_hold((unsigned)pointers_slot(), lock, (struct hold){0});
}

/* Reports */

/* The cursor: slots, and behind them pointers. */
static bool next_owner_of(unsigned lock, unsigned *cursor, struct lock_owner *owner) {
  while (*cursor < arbiter.threads) {
    unsigned slot = (*cursor)++;
    if (slot_at(slot)->of_pointers) continue;
    owner->hold = hold_of(slot, lock);
    if (owner->hold.count == 0) continue;
    owner->thread = slot_at(slot)->thread;
    return true;
  }
  if (lock_at(lock)->account.pointer_owners == 0) return false;
  struct owner_pointer *pointer;
  while ((pointer = pointer_at(*cursor - arbiter.threads)) != NULL) {
    ++*cursor;
    const struct held *held = find_held(pointer->held, lock_object(lock));
    if (held == NULL) continue;
    owner->pointer = pointer;
    owner->hold = (struct hold){held->exclusive, held->levels};
    return true;
  }
  return false;
}

static struct lock_counts counts(unsigned lock) {
  const struct account *account = &lock_at(lock)->account;
  return (struct lock_counts){.owners = account->owners,
                              .shared_waiters = account->shared_waiters,
                              .exclusive_waiters = account->exclusive_waiters};
}

static unsigned owned_by(const struct thread *t) {
  return t->slot != NO_SLOT ? slot_at((unsigned)t->slot)->locks_owned : 0;
}

static void forget_thread(struct thread *t) { (void)t; }

static unsigned set_up(void) { return arbiter.locks; }

const struct lock_operations hardware_locks = {
    .prepare = prepare,
    .release_for = release_for,
    .convert = convert,
    .give = give,
    .hold_count = hold_count,
    .hold = hold,
    .own = own,
    .end_wait = end_wait,
    .by_interrupt = true,
    .cancel = cancel,
    .cancel_unsure = cancel_unsure,
    .drain = drain,
    .forget_thread = forget_thread,
    .set_up = set_up,
    .initialize = initialize,
    .clear = clear,
    .forget_owner = forget_owner,
    .next_owner = next_owner_of,
    .counts = counts,
    .owned_by = owned_by,
};
