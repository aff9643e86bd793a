/* Locks in the arbiter: the registry, thread slots, commands, grants. */
#include <string.h>

#include "executive/kernel.h"

enum { MAX_LOCKS = 4096, MAX_SLOTS = 511 };

static const void *objects[MAX_LOCKS];  /* that own a lock; NULL: unused */
static LIST_ENTRY links;                /* of the objects that own a lock */
static struct thread *slots[MAX_SLOTS]; /* NULL: free */
static unsigned free_slots;
static LIST_ENTRY slot_queue; /* threads that wait for a slot */
static uint8_t *holds;        /* enum hold, [slot][lock] */

bool set_up_locks(void) {
  const char *reason = NULL;
  switch (lockarb_probe(&arbiter, port_lockarb_base())) {
    case LOCKARB_OK:
      break;
    case LOCKARB_OTHER_VERSION:
      reason = "lockarb: the arbiter has another version than its driver\n";
      break;
    default:
      reason = "lockarb: there is no arbiter at the given address\n";
  }
  if (reason == NULL && arbiter.cores < port_core_count()) {
    reason = "lockarb: the arbiter has fewer windows than there are cores\n";
  }
  if (reason != NULL) {
    port_print(reason);
    return false;
  }
  memset(objects, 0, sizeof(objects));
  InitializeListHead(&links);
  memset(slots, 0, sizeof(slots));
  free_slots = arbiter.threads;
  InitializeListHead(&slot_queue);
  holds = port_allocate((size_t)arbiter.threads * arbiter.locks);
  if (holds == NULL) port_print("lockarb: there is no memory to keep account of the locks\n");
  return holds != NULL;
}

struct thread *slot_owner(unsigned slot) {
  return slot < arbiter.threads ? slots[slot] : NULL;
}

static uint8_t *hold_at(unsigned slot, unsigned lock) {
  return &holds[(size_t)slot * arbiter.locks + lock];
}

enum hold hold_of(unsigned slot, unsigned lock) { return *hold_at(slot, lock); }

static void note_lock(enum port_note_kind kind, const struct thread *t, unsigned lock,
                      struct port_note more) {
  more.kind = kind;
  more.lock = lock;
  more.address = (uintptr_t)objects[lock];
  note(t, more);
}

/* Slots: dispatcher locked */

static bool needs_slot(const struct thread *t) {
  return t->locks_owned != 0 || t->wanted_lock != EXECUTIVE_NO_LOCK;
}

static void assign(unsigned slot, struct thread *t) {
  slots[slot] = t;
  t->slot = (int)slot;
}

static void give_up_slot(struct thread *t) {
  unsigned slot = (unsigned)t->slot;
  t->slot = NO_SLOT;
  if (IsListEmpty(&slot_queue)) {
    slots[slot] = NULL;
    free_slots++;
    return;
  }
  struct thread *next = CONTAINING_RECORD(slot_queue.Flink, struct thread, queue);
  assign(slot, next);
  wake(next, STATUS_SUCCESS);
}

void return_slot(struct thread *t) {
  if (t->slot != NO_SLOT) give_up_slot(t);
}

void offer_slot(struct thread *t) {
  if (t->slot != NO_SLOT && !IsListEmpty(&slot_queue) && !needs_slot(t)) give_up_slot(t);
}

void lend_slot(struct thread *t) {
  if (t->slot != NO_SLOT || free_slots == 0 || t->number == 0) return;
  unsigned slot = 0;
  while (slots[slot] != NULL) slot++;
  free_slots--;
  assign(slot, t);
}

/* Take one from a thread that neither runs nor needs it; ask those that run. */
static void take_back_slot(struct thread *t) {
  for (unsigned slot = 0; slot < arbiter.threads; slot++) {
    struct thread *owner = slots[slot];
    if (needs_slot(owner)) continue;
    if (owner->state != THREAD_RUNNING) {
      owner->slot = NO_SLOT;
      assign(slot, t);
      return;
    }
  }
  for (unsigned slot = 0; slot < arbiter.threads; slot++) {
    if (!needs_slot(slots[slot])) port_interrupt_core(slots[slot]->core);
  }
}

static void borrow_slot(struct thread *self) {
  lock_dispatcher();
  lend_slot(self);
  if (self->slot == NO_SLOT && IsListEmpty(&slot_queue)) take_back_slot(self);
  if (self->slot != NO_SLOT) {
    unlock_dispatcher(false);
    return;
  }
  if (self->irql > APC_LEVEL) {
    executive_stop(__func__, EXECUTIVE_NO_LOCK, 0xB8, (ULONG_PTR)self, self->irql, 0, 0);
  }
  InsertTailList(&slot_queue, &self->queue);
  block_and_unlock(this_core(), WAIT_FOR_SLOT, false);
  if (self->outcome == STATUS_KERNEL_APC) deliver_apcs();
}

/* Commands */

bool executive_begin_command(void) {
  bool on = port_interrupts_off();
  struct thread *self = this_thread();
  if (self->wanted_lock != EXECUTIVE_NO_LOCK) {
    /* Its slot stands in the arbiter's queue, so it has none to act with. */
    executive_stop(__func__, self->wanted_lock, LOCKARB_COMMAND_REFUSED, LOCKARB_STATUS_ERR_THREAD,
                   0, 0, 0);
  }
  while (self->slot == NO_SLOT) borrow_slot(self);
  sync_window(this_core());
  return on;
}

void executive_end_command(bool interrupts) {
  restore_interrupts(interrupts);
  check_apcs();
}

/* The arbiter has counted the region of the running thread. */
static void count_region(struct thread *self, int step) {
  self->tcb.KernelApcDisable = (SHORT)(self->tcb.KernelApcDisable + step);
  this_core()->sent.apc_mask = self->tcb.CombinedApcDisable;
}

static void own(struct thread *t, unsigned lock, enum hold hold) {
  t->locks_owned++;
  *hold_at((unsigned)t->slot, lock) = (uint8_t)hold;
}

/* A refused command changed nothing; its error is the caller's to tell, not an interrupt's. */
static void clear_error(struct lockarb_answer answer) {
  struct lockarb_error error;
  if (answer.status >= LOCKARB_STATUS_FIRST_ERROR)
    lockarb_take_error(&arbiter, port_core(), &error);
}

struct lockarb_answer executive_acquire(unsigned lock, enum lockarb_kind kind, unsigned flags) {
  struct thread *self = this_thread();
  bool exclusive = kind == LOCKARB_EXCLUSIVE;
  note_lock(PORT_NOTE_LOCK_WANTED, self, lock,
            (struct port_note){.exclusive = exclusive, .value = (flags & LOCKARB_WAIT) != 0});
  struct lockarb_answer answer = lockarb_acquire(&arbiter, port_core(), lock, kind, flags);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
    case LOCKARB_STATUS_GRANTED_SHARED:
      own(self, lock, exclusive ? HOLD_EXCLUSIVE : HOLD_SHARED);
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
      self->wanted_lock = lock;
      self->wanted_exclusive = exclusive;
      note_lock(PORT_NOTE_LOCK_QUEUED, self, lock, (struct port_note){.exclusive = exclusive});
      break;
    case LOCKARB_STATUS_NOT_GRANTED:
      note_lock(PORT_NOTE_LOCK_REFUSED, self, lock, (struct port_note){.exclusive = exclusive});
      return answer;
    default:
      clear_error(answer);
      return answer;
  }
  if (flags & LOCKARB_ENTER) count_region(self, -1);
  return answer;
}

/* One of t's levels is gone, or the arbiter refused. */
static void count_release(struct thread *t, unsigned lock, struct lockarb_answer answer) {
  switch (answer.status) {
    case LOCKARB_STATUS_LEFT:
    case LOCKARB_STATUS_FREED:
    case LOCKARB_STATUS_HANDED_EXCLUSIVE:
    case LOCKARB_STATUS_HANDED_SHARED:
      t->locks_owned--;
      *hold_at((unsigned)t->slot, lock) = HOLD_NONE;
      note_lock(PORT_NOTE_LOCK_RELEASED, t, lock, (struct port_note){.value = 1});
      break;
    case LOCKARB_STATUS_HELD:
      note_lock(PORT_NOTE_LOCK_RELEASED, t, lock, (struct port_note){.value = 0});
      break;
    default:
      clear_error(answer);
  }
}

struct lockarb_answer executive_release(unsigned lock, bool leave) {
  struct thread *self = this_thread();
  struct lockarb_answer answer = leave ? lockarb_release_and_leave(&arbiter, port_core(), lock)
                                       : lockarb_release(&arbiter, port_core(), lock);
  count_release(self, lock, answer);
  if (leave && answer.status < LOCKARB_STATUS_FIRST_ERROR) count_region(self, +1);
  if (!IsListEmpty(&slot_queue)) {
    lock_dispatcher();
    offer_slot(self);
    unlock_dispatcher(false);
  }
  return answer;
}

static bool is_owned_exclusively(unsigned lock) {
  for (unsigned slot = 0; slot < arbiter.threads; slot++) {
    if (hold_of(slot, lock) == HOLD_EXCLUSIVE) return true;
  }
  return false;
}

struct lockarb_answer executive_release_for(unsigned lock, PKTHREAD owner) {
  struct thread *t = thread_of(owner);
  if (t == this_thread()) return executive_release(lock, false);
  /* The lock may be handed to t itself (a self-block ends), on its core: that grant must not be
   * taken before this hold is forgotten. */
  bool on = lock_dispatcher();
  struct lockarb_answer answer;
  if (t->slot != NO_SLOT) {
    answer = lockarb_release_for(&arbiter, port_core(), lock, (unsigned)t->slot);
    count_release(t, lock, answer);
  } else { /* it owns nothing, and the arbiter does not know it */
    answer = (struct lockarb_answer){.status = is_owned_exclusively(lock)
                                                   ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                                   : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED};
  }
  offer_slot(t);
  unlock_dispatcher(on);
  return answer;
}

struct lockarb_answer executive_convert(unsigned lock) {
  struct thread *self = this_thread();
  struct lockarb_answer answer = lockarb_convert(&arbiter, port_core(), lock);
  if (answer.status == LOCKARB_STATUS_CONVERTED || answer.status == LOCKARB_STATUS_HANDED_SHARED) {
    *hold_at((unsigned)self->slot, lock) = HOLD_SHARED;
    note_lock(PORT_NOTE_LOCK_CONVERTED, self, lock, (struct port_note){0});
  } else {
    clear_error(answer);
  }
  return answer;
}

unsigned executive_hold_count(unsigned lock) {
  unsigned count = 0;
  bool on = port_interrupts_off();
  if (this_thread()->slot != NO_SLOT) {
    clear_error(lockarb_hold_count(&arbiter, port_core(), lock, &count));
  }
  port_interrupts_restore(on);
  return count;
}

bool executive_owns_exclusive(unsigned lock) {
  const struct thread *self = this_thread();
  return self->slot != NO_SLOT && hold_of((unsigned)self->slot, lock) == HOLD_EXCLUSIVE;
}

/* Grants */

void take_grants(unsigned core) {
  struct lockarb_grant grant;
  bool any = false;
  while (lockarb_take_grant(&arbiter, core, &grant)) {
    struct thread *t = slots[grant.thread];
    any = true;
    t->granted = true;
    own(t, grant.lock, t->wanted_exclusive ? HOLD_EXCLUSIVE : HOLD_SHARED);
    if (t->state == THREAD_WAITING && t->wait_for == WAIT_FOR_LOCK) wake(t, STATUS_SUCCESS);
  }
  /* Whoever was refused has cleared the error; one that is left would interrupt for ever. */
  struct lockarb_error error;
  if (!any) lockarb_take_error(&arbiter, core, &error);
}

void executive_wait_for_grant(void) {
  struct thread *self = this_thread();
  bool on = lock_dispatcher();
  while (!self->granted) {
    if (may_run_kernel_apc(self)) {
      unlock_dispatcher(on);
      deliver_apcs();
    } else {
      block_and_unlock(this_core(), WAIT_FOR_LOCK, false);
      port_interrupts_restore(on);
    }
    lock_dispatcher();
  }
  unsigned lock = self->wanted_lock;
  self->wanted_lock = EXECUTIVE_NO_LOCK;
  self->granted = false;
  note_lock(PORT_NOTE_LOCK_ACQUIRED, self, lock,
            (struct port_note){.exclusive = self->wanted_exclusive, .waited = true, .value = 1});
  unlock_dispatcher(on);
}

/* The registry */

unsigned executive_allocate_lock(const void *object, PLIST_ENTRY link) {
  bool on = lock_dispatcher();
  unsigned lock = 0;
  while (lock < arbiter.locks && objects[lock] != NULL) lock++;
  if (lock < arbiter.locks &&
      lockarb_initialize(&arbiter, port_core(), lock).status == LOCKARB_STATUS_DONE) {
    objects[lock] = object;
    InsertTailList(&links, link);
    note_lock(PORT_NOTE_LOCK_INITIALIZED, this_thread(), lock, (struct port_note){0});
  } else {
    lock = EXECUTIVE_NO_LOCK;
  }
  unlock_dispatcher(on);
  return lock;
}

struct lockarb_answer executive_free_lock(unsigned lock, PLIST_ENTRY link) {
  bool on = lock_dispatcher();
  struct lockarb_answer answer = lockarb_delete(&arbiter, port_core(), lock);
  if (answer.status < LOCKARB_STATUS_FIRST_ERROR) {
    note_lock(PORT_NOTE_LOCK_DELETED, this_thread(), lock, (struct port_note){0});
    for (unsigned slot = 0; slot < arbiter.threads; slot++) {
      if (hold_of(slot, lock) == HOLD_NONE) continue;
      *hold_at(slot, lock) = HOLD_NONE;
      slots[slot]->locks_owned--;
    }
    RemoveEntryList(link);
    objects[lock] = NULL;
  } else {
    clear_error(answer);
  }
  unlock_dispatcher(on);
  return answer;
}

unsigned executive_find_lock(const void *object, unsigned hint) {
  if (hint < arbiter.locks && objects[hint] == object) return hint;
  for (unsigned lock = 0; lock < arbiter.locks; lock++) {
    if (objects[lock] == object) return lock;
  }
  return EXECUTIVE_NO_LOCK;
}
