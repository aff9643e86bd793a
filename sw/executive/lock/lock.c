/*
 * Locks: the registry, commands, waits. The first numbers are locks of the arbiter, those behind
 * them locks in shared memory (software_lock.c), which give the same answers.
 */
#include "executive/lock/lock.h"

#include <string.h>

#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/lock/software_lock.h"
#include "executive/thread/held.h"
#include "executive/verify.h"

enum {
  MAX_LOCKS = 4096 + MAX_SOFTWARE_LOCKS,
  FIRST_SLICE = 500, /* milliseconds of a wait after which the owners are lifted, */
  NEXT_SLICE = 4000, /*   and again (contract I.5) */
  THIRTY_DAYS = 648000,
};

static struct {
  void *object; /* that owns the lock; NULL: unused */
  executive_mirror mirror;
  bool boost_disabled;
  bool writer_first;
  struct lock_counts counts; /* of one of the arbiter, as its last answer had them */
  unsigned pointer_owners;   /* owner pointers among the owners of one of the arbiter, */
  unsigned pointer_levels;   /*   and the levels that they own together */
  unsigned queued[2];        /* that had to wait so far: shared, exclusive */
} locks[MAX_LOCKS];
static LIST_ENTRY links; /* of the objects that own a lock */
static uint64_t next_slice_end;
static ULONG slices_until_report;
static ULONG resource_flags;

void set_up_locks(void) {
  memset(locks, 0, sizeof(locks));
  InitializeListHead(&links);
  next_slice_end = UINT64_MAX;
  slices_until_report = THIRTY_DAYS;
  resource_flags = 0;
  set_up_owner_pointers();
  set_up_software_locks();
}

static unsigned software_number(unsigned lock) { return lock - arbiter.locks; }

unsigned locks_owned(const struct thread *t) {
  return t->software_locks_owned +
         (t->slot != NO_SLOT ? slot_at((unsigned)t->slot)->locks_owned : 0);
}

const void *lock_object(unsigned lock) { return locks[lock].object; }

static void note_lock(enum port_note_kind kind, const struct thread *t, unsigned lock,
                      struct port_note more) {
  more.kind = kind;
  more.lock = lock;
  more.address = (uintptr_t)locks[lock].object;
  note(t, more);
}

/* Who owns a lock */

bool next_owner(unsigned lock, unsigned *cursor, struct lock_owner *owner) {
  *owner = (struct lock_owner){0};
  if (is_software(lock)) {
    uint32_t word;
    if (!next_software_owner(software_number(lock), cursor, &word, &owner->hold)) return false;
    owner->thread = thread_of_owner(word, &owner->pointer);
    return true;
  }
  while (*cursor < arbiter.threads) {
    unsigned slot = (*cursor)++;
    if (slot_at(slot)->of_pointers) continue;
    owner->hold = hold_of(slot, lock);
    if (owner->hold.count == 0) continue;
    owner->thread = slot_at(slot)->thread;
    return true;
  }
  if (locks[lock].pointer_owners == 0) return false;
  struct owner_pointer *pointer;
  while ((pointer = pointer_at(*cursor - arbiter.threads)) != NULL) {
    ++*cursor;
    const struct held *held = find_held(pointer->held, locks[lock].object);
    if (held == NULL) continue;
    owner->pointer = pointer;
    owner->hold = (struct hold){held->exclusive, held->levels};
    return true;
  }
  return false;
}

const struct held *origin_of(unsigned lock, const struct lock_owner *owner) {
  struct held *list = owner->thread != NULL ? owner->thread->held : owner->pointer->held;
  return find_held(list, locks[lock].object);
}

static bool is_owned_exclusively(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  return next_owner(lock, &cursor, &owner) && owner.hold.exclusive;
}

/* Counts */

struct lock_counts lock_counts(unsigned lock) {
  struct lock_counts counts =
      is_software(lock) ? software_counts(software_number(lock)) : locks[lock].counts;
  counts.contentions = locks[lock].queued[false] + locks[lock].queued[true];
  return counts;
}

bool is_queued(const struct executive_wait *wait) {
  /* Both queues are served from their heads, so those who still wait are the last that came. */
  struct lock_counts counts = lock_counts(wait->lock);
  unsigned waiters = wait->exclusive ? counts.exclusive_waiters : counts.shared_waiters;
  return !wait->granted && wait->turn + waiters > locks[wait->lock].queued[wait->exclusive];
}

bool waits_for_owners(const struct executive_wait *wait) {
  /* Owners that share it keep no reader out, only the writer before it does. */
  return wait->exclusive || is_owned_exclusively(wait->lock) ||
         lock_counts(wait->lock).exclusive_waiters == 0;
}

bool next_ahead(const struct executive_wait *wait, unsigned *turn, struct lock_waiter *ahead) {
  bool only_first = !wait->exclusive && !locks[wait->lock].writer_first;
  if (only_first && (*turn != 0 || waits_for_owners(wait))) return false;
  unsigned last = wait->exclusive ? wait->turn : UINT32_MAX, first = last;
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    for (const struct executive_wait *w = t->lock_waits; w != NULL; w = w->outer) {
      if (w->lock != wait->lock || !w->exclusive || !is_queued(w)) continue;
      if (w->turn <= *turn || w->turn >= first) continue;
      first = w->turn;
      *ahead = (struct lock_waiter){t, w};
    }
  }
  *turn = first;
  return first != last;
}

static void forget_counts(unsigned lock) {
  locks[lock].counts = (struct lock_counts){0};
  locks[lock].queued[false] = locks[lock].queued[true] = 0;
}

/* Commands */

/* Gets the running thread a slot, or the pointers; APCs run meanwhile if they break its wait. */
static void get_slot(struct thread *self, bool for_pointers, struct call call) {
  while ((for_pointers ? pointers_slot() : self->slot) == NO_SLOT) {
    if (borrow_slot(self, for_pointers, call)) deliver_apcs();
  }
}

bool executive_begin_command(unsigned lock, struct call call) {
  bool on = port_interrupts_off();
  struct thread *self = this_thread();
  if (!is_software(lock)) get_slot(self, false, call);
  sync_window(this_core());
  this_core()->command = call;
  this_core()->command_lock = lock;
  return on;
}

void executive_end_command(bool interrupts) {
  this_core()->command = (struct call){0};
  restore_interrupts(interrupts);
  check_apcs();
}

static void move_region(struct thread *self, int step) {
  count_region(self, REGION_CRITICAL, step, this_core()->command);
}

/* The arbiter has counted the region of the running thread. */
static void follow_region(struct thread *self, int step) {
  move_region(self, step);
  this_core()->sent.apc_mask = self->tcb.CombinedApcDisable;
}

static bool is_refused(struct lockarb_answer answer) {
  return answer.status >= LOCKARB_STATUS_FIRST_ERROR || answer.status == LOCKARB_STATUS_BAD_ARG;
}

/* What the arbiter answered about the lock. To it, all owner pointers are one owner. */
static struct lockarb_answer keep_counts(unsigned lock, struct lockarb_answer answer) {
  if (!is_refused(answer)) {
    unsigned pointers = locks[lock].pointer_owners;
    if (pointers != 0) answer.owners = (uint16_t)(answer.owners + pointers - 1);
    locks[lock].counts = (struct lock_counts){.owners = answer.owners,
                                              .shared_waiters = answer.shared_waiters,
                                              .exclusive_waiters = answer.exclusive_waiters};
  }
  return answer;
}

static struct lockarb_answer refuse(unsigned status) {
  return (struct lockarb_answer){.status = (uint8_t)status};
}

static struct lockarb_answer acquire_in_software(unsigned lock, enum lockarb_kind kind,
                                                 unsigned flags, struct executive_wait *wait) {
  struct thread *self = this_thread();
  if (self->irql > APC_LEVEL) return refuse(LOCKARB_STATUS_ERR_IRQL);
  if (flags & LOCKARB_ENTER) {
    move_region(self, -1);
    sync_window(this_core());
  }
  struct lockarb_answer answer =
      software_acquire(software_number(lock), self, kind, (flags & LOCKARB_WAIT) != 0, wait);
  if (answer.status == LOCKARB_STATUS_GRANTED_EXCLUSIVE ||
      answer.status == LOCKARB_STATUS_GRANTED_SHARED) {
    self->software_locks_owned++;
  }
  return answer;
}

static struct lockarb_answer acquire_in_hardware(unsigned lock, enum lockarb_kind kind,
                                                 unsigned flags, struct executive_wait *wait) {
  struct thread *self = this_thread();
  struct lockarb_answer answer =
      keep_counts(lock, lockarb_acquire(&arbiter, port_core(), lock, kind, flags));
  unsigned slot = (unsigned)self->slot;
  struct hold hold = hold_of(slot, lock);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
    case LOCKARB_STATUS_GRANTED_SHARED:
      set_hold(slot, lock, (struct hold){kind == LOCKARB_EXCLUSIVE, 1});
      break;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
    case LOCKARB_STATUS_RECURSED_SHARED:
      hold.count++;
      set_hold(slot, lock, hold);
      break;
    case LOCKARB_STATUS_WAITING:
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      slot_at(slot)->waits = true;
      begin_lock_wait(self, wait, lock, kind == LOCKARB_EXCLUSIVE, slot);
      break;
    default:
      return answer;
  }
  if (flags & LOCKARB_ENTER) follow_region(self, -1);
  return answer;
}

struct lockarb_answer executive_acquire(unsigned lock, enum lockarb_kind kind, unsigned flags,
                                        struct executive_wait *wait) {
  struct thread *self = this_thread();
  bool exclusive = kind == LOCKARB_EXCLUSIVE;
  if (flags & LOCKARB_WAIT) {
    verify_order(this_core()->command, locks[lock].object, false,
                 kind == LOCKARB_SHARED_STARVE_EXCLUSIVE);
  }
  note_lock(PORT_NOTE_LOCK_WANTED, self, lock,
            (struct port_note){.exclusive = exclusive, .value = (flags & LOCKARB_WAIT) != 0});
  struct lockarb_answer answer = is_software(lock) ? acquire_in_software(lock, kind, flags, wait)
                                                   : acquire_in_hardware(lock, kind, flags, wait);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
    case LOCKARB_STATUS_GRANTED_SHARED:
      remember(&self->held,
               held_lock(lock, locks[lock].object, exclusive, this_core()->command.from));
      note_lock(PORT_NOTE_LOCK_ACQUIRED, self, lock,
                (struct port_note){.exclusive = exclusive, .value = 1});
      break;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
    case LOCKARB_STATUS_RECURSED_SHARED:
      note_lock(
          PORT_NOTE_LOCK_ACQUIRED, self, lock,
          (struct port_note){.exclusive = answer.status == LOCKARB_STATUS_RECURSED_EXCLUSIVE});
      break;
    case LOCKARB_STATUS_WAITING:
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      note_lock(PORT_NOTE_LOCK_QUEUED, self, lock, (struct port_note){.exclusive = exclusive});
      break;
    case LOCKARB_STATUS_NOT_GRANTED:
      note_lock(PORT_NOTE_LOCK_REFUSED, self, lock, (struct port_note){.exclusive = exclusive});
      break;
  }
  return answer;
}

static unsigned *software_locks_of(struct thread *t, struct owner_pointer *pointer) {
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
  --*software_locks_of(t, pointer);
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

/* Of a release. */
static bool is_last_level(struct lockarb_answer answer) {
  return !is_refused(answer) && answer.status != LOCKARB_STATUS_HELD;
}

/* t: the owner, or who acts for an owner pointer. */
static void note_release(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) return;
  note_lock(PORT_NOTE_LOCK_RELEASED, t, lock, (struct port_note){.value = is_last_level(answer)});
}

static void count_release(unsigned slot, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) return;
  struct hold hold = hold_of(slot, lock);
  hold.count--;
  set_hold(slot, lock, hold);
}

struct lockarb_answer executive_release(unsigned lock, bool leave) {
  struct thread *self = this_thread();
  struct lockarb_answer answer;
  if (is_software(lock)) {
    if (leave && self->irql > APC_LEVEL) return refuse(LOCKARB_STATUS_ERR_IRQL);
    answer = software_release(software_number(lock), owner_of_thread(self));
    if (leave && !is_refused(answer)) {
      move_region(self, +1);
      sync_window(this_core());
    }
  } else {
    answer = keep_counts(lock, leave ? lockarb_release_and_leave(&arbiter, port_core(), lock)
                                     : lockarb_release(&arbiter, port_core(), lock));
    count_release((unsigned)self->slot, lock, answer);
    if (leave && !is_refused(answer)) follow_region(self, +1);
  }
  if (is_last_level(answer)) forget(self->held, locks[lock].object);
  note_release(self, lock, answer);
  offer_slot_now(self);
  return answer;
}

static struct lockarb_answer not_owned(unsigned lock) {
  return refuse(is_owned_exclusively(lock) ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                           : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
}

/* An owner pointer owns levels fewer of a lock of the arbiter. Dispatcher locked. */
static void count_levels(unsigned lock, struct owner_pointer *pointer, struct held *held,
                         unsigned levels) {
  held->levels -= levels;
  locks[lock].pointer_levels -= levels;
  if (held->levels != 0) return;
  held->used = false;
  pointer->locks_owned--;
  locks[lock].pointer_owners--;
}

/* Dispatcher locked. */
static struct lockarb_answer release_for_pointer(unsigned lock, struct owner_pointer *pointer) {
  struct held *held = find_held(pointer->held, locks[lock].object);
  if (held == NULL) return not_owned(lock);
  unsigned slot = (unsigned)pointers_slot();
  struct lockarb_answer answer = {.status = LOCKARB_STATUS_HELD};
  /* The arbiter counts fewer levels than there are when several pointers own the lock. */
  bool is_counted = hold_of(slot, lock).count == locks[lock].pointer_levels;
  if (is_counted) {
    answer = lockarb_release_for(&arbiter, port_core(), lock, slot);
    if (is_refused(answer)) return answer;
    count_release(slot, lock, answer);
  }
  count_levels(lock, pointer, held, 1);
  if (is_counted) {
    answer = keep_counts(lock, answer);
  } else {
    if (held->levels == 0) locks[lock].counts.owners--;
    answer.owners = (uint16_t)locks[lock].counts.owners;
    answer.shared_waiters = (uint16_t)locks[lock].counts.shared_waiters;
    answer.exclusive_waiters = (uint16_t)locks[lock].counts.exclusive_waiters;
  }
  bool leaves = answer.status == LOCKARB_STATUS_HELD && held->levels == 0;
  if (leaves) answer.status = LOCKARB_STATUS_LEFT;
  return answer;
}

static struct lockarb_answer release_for_thread(unsigned lock, const struct thread *t) {
  /* Without a slot it owns no lock of the arbiter, which does not know it. */
  if (t->slot == NO_SLOT) return not_owned(lock);
  unsigned slot = (unsigned)t->slot;
  struct lockarb_answer answer =
      keep_counts(lock, lockarb_release_for(&arbiter, port_core(), lock, slot));
  count_release(slot, lock, answer);
  return answer;
}

struct lockarb_answer executive_release_for(unsigned lock, ULONG_PTR owner) {
  struct thread *self = this_thread();
  if (owner == (ULONG_PTR)self) return executive_release(lock, false);
  /* The lock may be handed to the owner itself (a self-block ends), on its core: that grant must
   * not be taken before this hold is forgotten. */
  bool on = lock_dispatcher();
  struct thread *t = find_thread(owner);
  struct owner_pointer *pointer = t == NULL ? find_pointer(owner, false) : NULL;
  struct lockarb_answer answer;
  if (t == NULL && pointer == NULL) {
    answer = not_owned(lock);
  } else if (is_software(lock)) {
    uint32_t word = t != NULL ? owner_of_thread(t) : owner_of_pointer(pointer);
    if (t != NULL) t->references++; /* it may end as soon as the lock is handed on */
    unlock_dispatcher(false);
    answer = software_release(software_number(lock), word);
    lock_dispatcher();
  } else {
    answer = t != NULL ? release_for_thread(lock, t) : release_for_pointer(lock, pointer);
  }
  if (is_last_level(answer) && (t != NULL || pointer != NULL)) {
    forget(t != NULL ? t->held : pointer->held, locks[lock].object);
  }
  note_release(t != NULL ? t : self, lock, answer);
  if (t != NULL) offer_slot(t);
  if (t != NULL && is_software(lock)) dereference_locked(t);
  if (pointer != NULL) forget_pointer(pointer);
  unlock_dispatcher(on);
  return answer;
}

struct lockarb_answer executive_convert(unsigned lock) {
  struct thread *self = this_thread();
  struct lockarb_answer answer;
  if (is_software(lock)) {
    if (self->irql > APC_LEVEL) return refuse(LOCKARB_STATUS_ERR_IRQL);
    answer = software_convert(software_number(lock), owner_of_thread(self));
  } else {
    answer = keep_counts(lock, lockarb_convert(&arbiter, port_core(), lock));
    if (!is_refused(answer)) {
      struct hold hold = hold_of((unsigned)self->slot, lock);
      hold.exclusive = false;
      set_hold((unsigned)self->slot, lock, hold);
    }
  }
  if (!is_refused(answer)) {
    struct held *held = find_held(self->held, locks[lock].object);
    if (held != NULL) held->exclusive = false;
    note_lock(PORT_NOTE_LOCK_CONVERTED, self, lock, (struct port_note){0});
  }
  return answer;
}

/* The hold of the running thread's slot becomes the pointers'. Dispatcher locked. */
static struct lockarb_answer give_slots_hold(unsigned lock, const struct thread *self) {
  unsigned from = (unsigned)self->slot, to = (unsigned)pointers_slot();
  struct hold hold = hold_of(from, lock);
  struct lockarb_answer answer;
  if (hold_of(to, lock).count == 0) {
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

/* Dispatcher locked. mine: where the pointer's levels are counted; not used before: it has none. */
static struct lockarb_answer give_to_pointer(unsigned lock, struct owner_pointer *pointer,
                                             struct held *mine) {
  const struct thread *self = this_thread();
  struct hold hold = hold_of((unsigned)self->slot, lock);
  struct lockarb_answer answer = give_slots_hold(lock, self);
  if (is_refused(answer)) return answer;
  if (mine->levels == 0) {
    pointer->locks_owned++;
    locks[lock].pointer_owners++;
  }
  mine->levels += hold.count;
  locks[lock].pointer_levels += hold.count;
  return keep_counts(lock, answer);
}

/* Where it says who gave the lock to the pointer, and where. Dispatcher locked. NULL: no memory. */
static struct held *origin_of_pointer(unsigned lock, struct owner_pointer *pointer,
                                      struct call call) {
  struct held origin = held_lock(lock, locks[lock].object, is_owned_exclusively(lock), call.from);
  struct held *held = find_held(pointer->held, locks[lock].object);
  if (held == NULL) return remember(&pointer->held, origin);
  held->by = origin.by;
  held->from = origin.from;
  return held;
}

struct lockarb_answer executive_set_owner(unsigned lock, ULONG_PTR value, bool is_thread,
                                          struct call call) {
  if ((value & 3) != 3) return refuse(LOCKARB_STATUS_ERR_OWNER_VALUE);
  struct thread *self = this_thread();
  lock_dispatcher();
  struct owner_pointer *pointer = find_pointer(value, true);
  self->gives_to = pointer;
  if (pointer != NULL) begin_taking(pointer);
  unlock_dispatcher(false);
  if (pointer == NULL) return refuse(LOCKARB_STATUS_ERR_OVERFLOW);

  struct lockarb_answer answer;
  struct held *held;
  if (is_software(lock)) {
    answer =
        software_set_owner(software_number(lock), owner_of_thread(self), owner_of_pointer(pointer));
    lock_dispatcher();
    if (!is_refused(answer)) origin_of_pointer(lock, pointer, call);
  } else {
    get_slot(self, true, call);
    get_slot(self, false, call);
    sync_window(this_core());
    lock_dispatcher();
    held = origin_of_pointer(lock, pointer, call);
    answer =
        held != NULL ? give_to_pointer(lock, pointer, held) : refuse(LOCKARB_STATUS_ERR_OVERFLOW);
    if (held != NULL && held->levels == 0) held->used = false;
  }
  end_taking(pointer);
  self->gives_to = NULL;
  if (!is_refused(answer)) {
    forget(self->held, locks[lock].object);
    if (is_thread) stand_for_thread(pointer);
    look_for_deadlock();
    note_lock(PORT_NOTE_LOCK_GIVEN, self, lock, (struct port_note){.value = 1});
  }
  forget_pointer(pointer);
  offer_slot(self);
  unlock_dispatcher(false);
  return answer;
}

struct lockarb_answer executive_hold_count(unsigned lock, unsigned *count) {
  struct lockarb_answer answer = {.status = LOCKARB_STATUS_DONE};
  *count = 0;
  bool on = port_interrupts_off();
  struct thread *self = this_thread();
  if (is_software(lock)) {
    *count = software_hold(software_number(lock), owner_of_thread(self)).count;
  } else if (self->slot != NO_SLOT) {
    sync_window(this_core());
    answer = lockarb_hold_count(&arbiter, port_core(), lock, count);
  }
  port_interrupts_restore(on);
  return answer;
}

bool executive_owns_exclusive(unsigned lock) {
  bool on = port_interrupts_off(); /* an unused slot can be taken back at any interrupt */
  struct thread *self = this_thread();
  struct hold hold = {0};
  if (is_software(lock)) {
    hold = software_hold(software_number(lock), owner_of_thread(self));
  } else if (self->slot != NO_SLOT) {
    hold = hold_of((unsigned)self->slot, lock);
  }
  port_interrupts_restore(on);
  return hold.count != 0 && hold.exclusive;
}

/* Waits */

static uint64_t milliseconds(unsigned n) { return n * (port_time_frequency() / 1000); }

void begin_lock_wait(struct thread *t, struct executive_wait *wait, unsigned lock, bool exclusive,
                     unsigned place) {
  *wait = (struct executive_wait){
      .lock = lock,
      .exclusive = exclusive,
      .place = place,
      .turn = ++locks[lock].queued[exclusive],
      .call = this_core()->command,
      .slice_end = port_time() + milliseconds(FIRST_SLICE),
      .outer = t->lock_waits,
  };
  t->lock_waits = wait;
  if (wait->slice_end < next_slice_end) next_slice_end = wait->slice_end;
}

static void grant_wait(struct thread *t, struct executive_wait *wait) {
  wait->granted = true;
  if (is_software(wait->lock)) {
    t->software_locks_owned++;
  } else {
    struct hold hold = {wait->exclusive, hold_of(wait->place, wait->lock).count + 1};
    set_hold(wait->place, wait->lock, hold);
  }
  bool blocked = t->state == THREAD_WAITING && t->wait_for == WAIT_FOR_LOCK;
  if (blocked && wait == t->lock_waits) {
    wake(t, STATUS_SUCCESS);
  } else {
    look_for_deadlock(); /* an owner more that may wait for something else */
  }
}

void grant_lock_wait(struct thread *t, unsigned lock, unsigned place) {
  struct executive_wait *wait = t->lock_waits;
  while (wait->lock != lock || wait->place != place) wait = wait->outer;
  grant_wait(t, wait);
}

/* The wait that a grant ends; NULL: there is none, another program used the slot. The lock in a bad
 * one may be another, but a slot waits for one lock only. */
static struct executive_wait *wait_for(const struct lockarb_grant *grant) {
  if (grant->thread >= arbiter.threads) return NULL;
  const struct thread *t = slot_at(grant->thread)->thread;
  struct executive_wait *wait = t != NULL ? t->lock_waits : NULL;
  while (wait != NULL &&
         (wait->granted || is_software(wait->lock) || wait->place != grant->thread ||
          (wait->lock != grant->lock && !grant->bad))) {
    wait = wait->outer;
  }
  return wait;
}

void take_grants(unsigned core) {
  struct lockarb_grant grant;
  bool any = false;
  while (lockarb_take_grant(&arbiter, core, &grant)) {
    any = true;
    struct executive_wait *wait = wait_for(&grant);
    if (wait == NULL) {
      note(this_thread(),
           (struct port_note){
               .kind = PORT_NOTE_GRANT_IGNORED, .lock = grant.lock, .value = grant.thread});
      continue;
    }
    wait->bad = grant.bad; /* the thread stops when it runs: it knows its caller */
    grant_wait(slot_at(grant.thread)->thread, wait);
  }
  /* Whoever was refused has its answer; but an error that is left interrupts for ever. */
  struct lockarb_error error;
  if (!any) lockarb_take_error(&arbiter, core, &error);
}

void executive_wait_for_grant(struct executive_wait *wait) {
  struct thread *self = this_thread();
  bool on = lock_dispatcher();
  while (!wait->granted) {
    if (may_run_kernel_apc(self)) {
      unlock_dispatcher(on);
      deliver_apcs();
    } else {
      block_and_unlock(this_core(), WAIT_FOR_LOCK, false);
      port_interrupts_restore(on);
    }
    lock_dispatcher();
  }
  self->lock_waits = wait->outer;
  /* It may have owned the lock shared meanwhile, if another thread released for it. */
  if (find_held(self->held, locks[wait->lock].object) == NULL) {
    remember(&self->held,
             held_lock(wait->lock, locks[wait->lock].object, wait->exclusive, wait->call.from));
  }
  if (is_software(wait->lock)) {
    end_software_wait(self, wait->place);
  } else {
    slot_at(wait->place)->waits = false;
  }
  note_lock(PORT_NOTE_LOCK_ACQUIRED, self, wait->lock,
            (struct port_note){.exclusive = wait->exclusive, .waited = true, .value = 1});
  unlock_dispatcher(on);
}

/* Threads that are gone */

void leave_queue(const struct executive_wait *wait) {
  /* Those before it move up to where it was, so that the waiters are still the last that came. */
  for (LIST_ENTRY *e = all_threads.Flink; e != &all_threads; e = e->Flink) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, all);
    for (struct executive_wait *other = t->lock_waits; other != NULL; other = other->outer) {
      if (other->lock != wait->lock || other->exclusive != wait->exclusive) continue;
      if (other->turn < wait->turn) other->turn++;
    }
  }
}

/* A command for a thread that is gone did something, or was refused. */
static void follow_end(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) {
    executive_stop(this_core()->command, lock,
                   answer.status == LOCKARB_STATUS_ERR_PARITY ? DATA_BUS_ERROR : LOCKARB_MISUSE,
                   (ULONG_PTR)locks[lock].object, (ULONG_PTR)t, answer.status, 0);
  }
  locks[lock].mirror(locks[lock].object, answer, (ULONG_PTR)t);
}

static struct lockarb_answer cancel_in_hardware(const struct thread *t,
                                                const struct executive_wait *wait) {
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

static struct lockarb_answer cancel(const struct thread *t, const struct executive_wait *wait) {
  if (!is_software(wait->lock)) return cancel_in_hardware(t, wait);
  struct lockarb_answer answer = software_cancel(software_number(wait->lock), wait);
  if (answer.status != LOCKARB_STATUS_ALREADY_GRANTED) follow_end(t, wait->lock, answer);
  return answer;
}

/* The command whose answer got lost may have queued t's slot. true: it had. */
static bool cancel_unsure(struct thread *t, unsigned lock) {
  struct executive_wait wait = {.lock = lock, .place = (unsigned)t->slot, .outer = t->lock_waits};
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

unsigned cancel_lock_waits(struct thread *t, unsigned unsure) {
  unsigned cancelled = 0;
  for (struct executive_wait *wait; (wait = t->lock_waits) != NULL;) {
    this_core()->command_lock = wait->lock;
    struct lockarb_answer answer = {.status = LOCKARB_STATUS_ALREADY_GRANTED};
    if (!wait->granted) answer = cancel(t, wait);
    if (answer.status != LOCKARB_STATUS_ALREADY_GRANTED) {
      cancelled++;
      note_lock(PORT_NOTE_LOCK_CANCELLED, t, wait->lock,
                (struct port_note){.exclusive = wait->exclusive});
    } else if (wait->bad) {
      follow_end(t, wait->lock, refuse(LOCKARB_STATUS_ERR_PARITY));
    }
    t->lock_waits = wait->outer;
    if (is_software(wait->lock)) {
      end_software_wait(t, wait->place);
    } else {
      slot_at(wait->place)->waits = false;
    }
  }
  if (unsure < arbiter.locks) cancelled += cancel_unsure(t, unsure);
  return cancelled;
}

static void note_drained(const struct thread *t, unsigned lock, struct hold hold) {
  note_lock(PORT_NOTE_LOCK_DRAINED, t, lock,
            (struct port_note){.exclusive = hold.exclusive, .value = hold.count});
}

/* The object may not show what the command did whose answer got lost. */
static void show_again(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (is_software(lock)) {
    answer = software_state(software_number(lock));
  } else if (answer.owners == 0) {
    answer.status = LOCKARB_STATUS_FREED;
  } else { /* a release by who is no owner is refused according to who is */
    unsigned status = lockarb_release_for(&arbiter, port_core(), lock, (unsigned)t->slot).status;
    answer.status = status == LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                        ? LOCKARB_STATUS_HANDED_EXCLUSIVE
                        : LOCKARB_STATUS_HANDED_SHARED;
  }
  locks[lock].mirror(locks[lock].object, answer, (ULONG_PTR)t);
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

static bool drain_in_hardware(const struct thread *t, unsigned lock, bool unsure) {
  bool owned = false;
  for (unsigned slot = 0; slot < arbiter.threads; slot++) {
    if (slot_at(slot)->thread != t) continue;
    bool is_unsure = unsure && t->slot == (int)slot;
    if (hold_of(slot, lock).count != 0 || is_unsure) owned |= drain_slot(t, slot, lock, is_unsure);
  }
  return owned;
}

static bool drain_in_software(const struct thread *t, unsigned lock, bool unsure) {
  if (t->software_locks_owned == 0 && !unsure) return false;
  struct hold hold;
  struct lockarb_answer answer = software_drain(software_number(lock), owner_of_thread(t), &hold);
  bool owned = answer.status != LOCKARB_STATUS_DONE;
  if (owned) {
    follow_end(t, lock, answer);
    note_drained(t, lock, hold);
  }
  if (unsure) show_again(t, lock, answer);
  return owned;
}

unsigned drain_locks(struct thread *t, unsigned unsure, bool again) {
  unsigned drained = 0;
  for (unsigned lock = 0; (lock = next_used_lock(lock)) != EXECUTIVE_NO_LOCK; lock++) {
    this_core()->command_lock = lock;
    drained += is_software(lock) ? drain_in_software(t, lock, again || lock == unsure)
                                 : drain_in_hardware(t, lock, lock == unsure);
  }
  return drained;
}

/* Whoever is in the way of t gets t's priority, as far as Windows lifts it. */
static void lift_owners(const struct executive_wait *wait, const struct thread *t) {
  if (locks[wait->lock].boost_disabled) return;
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(wait->lock, &cursor, &owner)) {
    struct thread *lifted = owner.thread != NULL ? owner.thread : owner.pointer->thread;
    if (lifted != NULL) boost_thread(lifted, t->priority);
  }
}

bool is_overdue(const struct executive_wait *wait) {
  return !is_software(wait->lock) && !wait->granted && !is_queued(wait);
}

static void end_slices(struct executive_wait *wait, const struct thread *t, uint64_t now) {
  while (wait->slice_end <= now) {
    wait->slice_end += milliseconds(NEXT_SLICE);
    lift_owners(wait, t);
    if (is_overdue(wait)) {
      cores[t->core].look_again = true;
      port_interrupt_core(t->core);
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
    for (struct executive_wait *wait = t->lock_waits; wait != NULL; wait = wait->outer) {
      if (!wait->granted) end_slices(wait, t, now);
    }
  }
}

void lockarb_set_resource_timeout(ULONG slices) { slices_until_report = slices; }

/* The registry */

void lockarb_set_resource_flags(ULONG Flags) { resource_flags = Flags; }
ULONG executive_resource_flags(void) { return resource_flags; }

static struct lockarb_answer initialize(unsigned lock, enum lockarb_order order) {
  return is_software(lock)
             ? software_initialize(software_number(lock), order)
             : lockarb_initialize(&arbiter, port_core(), lock, order, LOCKARB_PRIVILEGED);
}

unsigned executive_allocate_lock(void *object, executive_mirror mirror, PLIST_ENTRY link,
                                 ULONG flags) {
  bool writer_first = (flags & LOCKARB_RESOURCE_WRITER_FIRST) != 0;
  enum lockarb_order order = writer_first ? LOCKARB_WRITER_FIRST : LOCKARB_READERS_FIRST;
  bool on = lock_dispatcher();
  unsigned all = arbiter.locks + MAX_SOFTWARE_LOCKS;
  unsigned lock = (flags & LOCKARB_RESOURCE_SOFTWARE) != 0 ? arbiter.locks : 0;
  while (lock < all && locks[lock].object != NULL) lock++;
  if (lock < all && initialize(lock, order).status == LOCKARB_STATUS_DONE) {
    locks[lock].object = object;
    locks[lock].mirror = mirror;
    locks[lock].boost_disabled = false;
    locks[lock].writer_first = writer_first;
    forget_counts(lock);
    InsertTailList(&links, link);
    note_lock(PORT_NOTE_LOCK_INITIALIZED, this_thread(), lock, (struct port_note){0});
  } else {
    lock = EXECUTIVE_NO_LOCK;
  }
  unlock_dispatcher(on);
  return lock;
}

static void forget_owner(unsigned lock, const struct lock_owner *owner, unsigned slot) {
  struct owner_pointer *pointer = owner->pointer;
  struct held *held =
      find_held(pointer != NULL ? pointer->held : owner->thread->held, locks[lock].object);
  if (is_software(lock)) {
    --*software_locks_of(owner->thread, pointer);
  } else if (pointer == NULL) {
    set_hold(slot, lock, (struct hold){0});
  } else {
    count_levels(lock, pointer, held, held->levels);
    bool last = locks[lock].pointer_owners == 0; /* which may give the slot of the pointers back */
    if (last) set_hold((unsigned)pointers_slot(), lock, (struct hold){0});
  }
  if (held != NULL) held->used = false;
  if (pointer != NULL) forget_pointer(pointer);
}

void forget_owners(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    forget_owner(lock, &owner, cursor - 1);
  }
}

static struct lockarb_answer clear(unsigned lock, bool delete) {
  struct lockarb_answer answer;
  if (is_software(lock)) {
    if (delete &&this_thread()->irql > APC_LEVEL) return refuse(LOCKARB_STATUS_ERR_IRQL);
    bool on = port_interrupts_off();
    answer = software_clear(software_number(lock), delete);
    restore_interrupts(on);
  } else {
    bool on = lock_dispatcher();
    answer = delete ? lockarb_delete(&arbiter, port_core(), lock)
                    : lockarb_reinitialize(&arbiter, port_core(), lock);
    if (!is_refused(answer)) forget_owners(lock);
    unlock_dispatcher(on);
  }
  return answer;
}

struct lockarb_answer executive_reinitialize_lock(unsigned lock) {
  struct lockarb_answer answer = clear(lock, false);
  if (is_refused(answer)) return answer;
  locks[lock].boost_disabled = false;
  forget_counts(lock);
  return answer;
}

struct lockarb_answer executive_free_lock(unsigned lock, PLIST_ENTRY link) {
  struct lockarb_answer answer = clear(lock, true);
  if (is_refused(answer)) return answer;
  bool on = lock_dispatcher();
  note_lock(PORT_NOTE_LOCK_DELETED, this_thread(), lock, (struct port_note){0});
  forget_order(locks[lock].object, 1);
  RemoveEntryList(link);
  locks[lock].object = NULL;
  unlock_dispatcher(on);
  return answer;
}

unsigned next_used_lock(unsigned lock) {
  unsigned all = arbiter.locks + MAX_SOFTWARE_LOCKS;
  while (lock < all && locks[lock].object == NULL) lock++;
  return lock < all ? lock : EXECUTIVE_NO_LOCK;
}

void executive_disable_boost(unsigned lock) { locks[lock].boost_disabled = true; }

unsigned executive_find_lock(const void *object, unsigned hint) {
  if (hint < MAX_LOCKS && locks[hint].object == object) return hint;
  for (unsigned lock = 0; lock < arbiter.locks + MAX_SOFTWARE_LOCKS; lock++) {
    if (locks[lock].object == object) return lock;
  }
  return EXECUTIVE_NO_LOCK;
}
