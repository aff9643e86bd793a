/* Locks in the arbiter: the registry, thread slots, commands, grants. */
#include <string.h>

#include "executive/kernel.h"

enum { MAX_LOCKS = 4096, MAX_SLOTS = 511 };

static const void *objects[MAX_LOCKS]; /* that own a lock; NULL: unused */
static LIST_ENTRY links;               /* of the objects that own a lock */
static struct slot slots[MAX_SLOTS];
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
  for (unsigned i = 0; i < MAX_SLOTS; i++) {
    slots[i] = (struct slot){.wanted_lock = EXECUTIVE_NO_LOCK};
  }
  free_slots = arbiter.threads;
  InitializeListHead(&slot_queue);
  holds = port_allocate((size_t)arbiter.threads * arbiter.locks);
  if (holds == NULL) port_print("lockarb: there is no memory to keep account of the locks\n");
  return holds != NULL;
}

const struct slot *slot_at(unsigned number) { return &slots[number]; }

static struct slot *slot_of(const struct thread *t) { return &slots[t->slot]; }

unsigned locks_owned(const struct thread *t) {
  return t->slot != NO_SLOT ? slot_of(t)->locks_owned : 0;
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

static bool is_needed(const struct slot *slot) {
  return slot->locks_owned != 0 || slot->wanted_lock != EXECUTIVE_NO_LOCK;
}

static void assign(unsigned number, struct thread *t) {
  slots[number].thread = t;
  t->slot = (int)number;
}

static void give_up_slot(struct thread *t) {
  unsigned number = (unsigned)t->slot;
  t->slot = NO_SLOT;
  if (IsListEmpty(&slot_queue)) {
    slots[number].thread = NULL;
    free_slots++;
    return;
  }
  struct thread *next = CONTAINING_RECORD(slot_queue.Flink, struct thread, queue);
  assign(number, next);
  wake(next, STATUS_SUCCESS);
}

void return_slot(struct thread *t) {
  if (t->slot != NO_SLOT) give_up_slot(t);
}

void offer_slot(struct thread *t) {
  if (t->slot != NO_SLOT && !IsListEmpty(&slot_queue) && !is_needed(slot_of(t))) give_up_slot(t);
}

void lend_slot(struct thread *t) {
  if (t->slot != NO_SLOT || free_slots == 0 || t->number == 0) return;
  unsigned number = 0;
  while (slots[number].thread != NULL) number++;
  free_slots--;
  assign(number, t);
}

/* Take one from a thread that neither runs nor needs it; ask those that run. */
static void take_back_slot(struct thread *t) {
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (is_needed(&slots[i]) || slots[i].thread->state == THREAD_RUNNING) continue;
    slots[i].thread->slot = NO_SLOT;
    assign(i, t);
    return;
  }
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (!is_needed(&slots[i])) port_interrupt_core(slots[i].thread->core);
  }
}

static void borrow_slot(struct thread *self, struct call call) {
  lock_dispatcher();
  lend_slot(self);
  if (self->slot == NO_SLOT && IsListEmpty(&slot_queue)) take_back_slot(self);
  if (self->slot != NO_SLOT) {
    unlock_dispatcher(false);
    return;
  }
  if (self->irql > APC_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, 0xB8, (ULONG_PTR)self, self->irql, 0, 0);
  }
  InsertTailList(&slot_queue, &self->queue);
  block_and_unlock(this_core(), WAIT_FOR_SLOT, false);
  if (self->outcome == STATUS_KERNEL_APC) deliver_apcs();
}

int park_slot(struct thread *self) {
  int slot = self->slot;
  if (slot == NO_SLOT || slots[slot].wanted_lock == EXECUTIVE_NO_LOCK) return NO_SLOT;
  self->slot = NO_SLOT;
  return slot;
}

void unpark_slot(struct thread *self, int parked) {
  if (parked == NO_SLOT) return;
  if (locks_owned(self) != 0) {
    /* They would belong to another owner than the thread's other locks. */
    executive_stop(THIS_CALL, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE, LOCKARB_STATUS_ERR_THREAD,
                   (ULONG_PTR)self, locks_owned(self), 0);
  }
  bool on = lock_dispatcher();
  return_slot(self);
  self->slot = parked;
  unlock_dispatcher(on);
}

/* Commands */

bool executive_begin_command(struct call call) {
  bool on = port_interrupts_off();
  struct thread *self = this_thread();
  while (self->slot == NO_SLOT) borrow_slot(self, call);
  sync_window(this_core());
  return on;
}

void executive_end_command(bool interrupts) {
  restore_interrupts(interrupts);
  check_apcs();
}

/* The arbiter has counted the region of the running thread. */
static void follow_region(struct thread *self, int step) {
  self->tcb.KernelApcDisable = (SHORT)(self->tcb.KernelApcDisable + step);
  this_core()->sent.apc_mask = self->tcb.CombinedApcDisable;
}

static void own(unsigned slot, unsigned lock, bool exclusive) {
  slots[slot].locks_owned++;
  *hold_at(slot, lock) = exclusive ? HOLD_EXCLUSIVE : HOLD_SHARED;
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
      own((unsigned)self->slot, lock, exclusive);
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
      slot_of(self)->wanted_lock = lock;
      slot_of(self)->wanted_exclusive = exclusive;
      note_lock(PORT_NOTE_LOCK_QUEUED, self, lock, (struct port_note){.exclusive = exclusive});
      break;
    case LOCKARB_STATUS_NOT_GRANTED:
      note_lock(PORT_NOTE_LOCK_REFUSED, self, lock, (struct port_note){.exclusive = exclusive});
      return answer;
    default:
      return answer;
  }
  if (flags & LOCKARB_ENTER) follow_region(self, -1);
  return answer;
}

/* One of t's levels is gone, or the arbiter refused. */
static void count_release(struct thread *t, unsigned lock, struct lockarb_answer answer) {
  switch (answer.status) {
    case LOCKARB_STATUS_LEFT:
    case LOCKARB_STATUS_FREED:
    case LOCKARB_STATUS_HANDED_EXCLUSIVE:
    case LOCKARB_STATUS_HANDED_SHARED:
      slot_of(t)->locks_owned--;
      *hold_at((unsigned)t->slot, lock) = HOLD_NONE;
      note_lock(PORT_NOTE_LOCK_RELEASED, t, lock, (struct port_note){.value = 1});
      break;
    case LOCKARB_STATUS_HELD:
      note_lock(PORT_NOTE_LOCK_RELEASED, t, lock, (struct port_note){.value = 0});
      break;
  }
}

struct lockarb_answer executive_release(unsigned lock, bool leave) {
  struct thread *self = this_thread();
  struct lockarb_answer answer = leave ? lockarb_release_and_leave(&arbiter, port_core(), lock)
                                       : lockarb_release(&arbiter, port_core(), lock);
  count_release(self, lock, answer);
  if (leave && answer.status < LOCKARB_STATUS_FIRST_ERROR) follow_region(self, +1);
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
  }
  return answer;
}

unsigned executive_hold_count(unsigned lock) {
  unsigned count = 0;
  bool on = port_interrupts_off();
  if (this_thread()->slot != NO_SLOT) {
    sync_window(this_core());
    lockarb_hold_count(&arbiter, port_core(), lock, &count);
  }
  port_interrupts_restore(on);
  return count;
}

bool executive_owns_exclusive(unsigned lock) {
  bool on = port_interrupts_off(); /* an unused slot can be taken back at any interrupt */
  const struct thread *self = this_thread();
  bool owns = self->slot != NO_SLOT && hold_of((unsigned)self->slot, lock) == HOLD_EXCLUSIVE;
  port_interrupts_restore(on);
  return owns;
}

/* Grants */

void take_grants(unsigned core) {
  struct lockarb_grant grant;
  bool any = false;
  while (lockarb_take_grant(&arbiter, core, &grant)) {
    struct slot *slot = &slots[grant.thread];
    struct thread *t = slot->thread;
    any = true;
    slot->granted = true;
    own(grant.thread, grant.lock, slot->wanted_exclusive);
    bool waits = t->state == THREAD_WAITING && t->wait_for == WAIT_FOR_LOCK;
    if (waits && slot_of(t) == slot) wake(t, STATUS_SUCCESS);
  }
  /* Whoever was refused has its answer; but an error that is left interrupts for ever. */
  struct lockarb_error error;
  if (!any) lockarb_take_error(&arbiter, core, &error);
}

void executive_wait_for_grant(void) {
  struct thread *self = this_thread();
  struct slot *slot = slot_of(self);
  bool on = lock_dispatcher();
  while (!slot->granted) {
    if (may_run_kernel_apc(self)) {
      unlock_dispatcher(on);
      deliver_apcs();
    } else {
      block_and_unlock(this_core(), WAIT_FOR_LOCK, false);
      port_interrupts_restore(on);
    }
    lock_dispatcher();
  }
  unsigned lock = slot->wanted_lock;
  slot->wanted_lock = EXECUTIVE_NO_LOCK;
  slot->granted = false;
  note_lock(PORT_NOTE_LOCK_ACQUIRED, self, lock,
            (struct port_note){.exclusive = slot->wanted_exclusive, .waited = true, .value = 1});
  unlock_dispatcher(on);
}

/* The registry */

unsigned executive_allocate_lock(const void *object, PLIST_ENTRY link) {
  bool on = lock_dispatcher();
  unsigned lock = 0;
  while (lock < arbiter.locks && objects[lock] != NULL) lock++;
  if (lock < arbiter.locks &&
      lockarb_initialize(&arbiter, port_core(), lock, LOCKARB_READERS_FIRST).status ==
          LOCKARB_STATUS_DONE) {
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
      slots[slot].locks_owned--;
    }
    RemoveEntryList(link);
    objects[lock] = NULL;
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
