/* SPDX-License-Identifier: Apache-2.0 */
/* Thread slots of the arbiter: who acts through which, and what is owned through each. */
#include "executive/thread/slot.h"

struct slot *slots;
static unsigned free_slots;
LIST_ENTRY slot_queue;
static int slot_of_pointers;

void set_up_slots(void) {
  slots = allocate_table("thread slots", arbiter.threads, sizeof(*slots));
  slot_of_pointers = NO_SLOT;
  free_slots = arbiter.threads;
  InitializeListHead(&slot_queue);
}

/* Holds */

struct hold hold_of(unsigned slot, unsigned lock) {
  const struct owned *owned = owned_of(&slots[slot], lock);
  if (owned == NULL) return (struct hold){0};
  return (struct hold){.exclusive = (owned->hold & OWNED_EXCLUSIVE) != 0,
                       .count = owned->hold & ~OWNED_EXCLUSIVE};
}

struct owned *make_room_for_hold(struct slot *slot) {
  struct owned *owned = port_allocate(sizeof(*owned));
  if (owned == NULL) return NULL;
  owned->next = slot->owned;
  slot->owned = owned;
  return owned;
}

void set_hold(unsigned number, unsigned lock, struct hold hold) {
  struct slot *slot = &slots[number];
  struct owned *owned = owned_of(slot, lock);
  if (owned == NULL && hold.count == 0) return;
  if (owned == NULL) {
    owned = unused_of(slot);
    owned->lock = lock;
    slot->locks_owned++;
  }
  if (hold.count == 0) slot->locks_owned--;
  owned->hold = hold.count == 0 ? 0 : (hold.exclusive ? OWNED_EXCLUSIVE : 0) | hold.count;
}

/* Lending: dispatcher locked */

static bool is_needed(const struct slot *slot) { return slot->locks_owned != 0 || slot->waits; }

/* A slot is the current one of one core at most: it changes hands when no window names it. */
static bool is_in_window_of_another_core(unsigned number) {
  for (unsigned i = 0; i < port_core_count(); i++) {
    if (i != port_core() && core_at(i)->sent.slot == (int)number) return true;
  }
  return false;
}

static void take_out_of_window(unsigned number) {
  struct core *core = this_core();
  if (core->sent.slot != (int)number) return;
  lockarb_clear_current_thread(&arbiter, port_core());
  core->sent.slot = NO_SLOT;
}

static void assign(unsigned number, struct thread *t, bool for_pointers) {
  slots[number].of_pointers = for_pointers;
  slots[number].thread = for_pointers ? NULL : t;
  *(for_pointers ? &slot_of_pointers : &t->slot) = (int)number;
}

/* Those who waited for the slot of the pointers, which is there now. */
static void wake_borrowers_for_pointers(void) {
  for (LIST_ENTRY *e = slot_queue.Flink, *next; e != &slot_queue; e = next) {
    struct thread *t = CONTAINING_RECORD(e, struct thread, queue);
    next = e->Flink;
    if (t->borrows_for_pointers) wake(t, STATUS_SUCCESS);
  }
}

/* Its user is gone: the next in line gets it. */
static void pass_on(unsigned number) {
  take_out_of_window(number);
  slots[number].thread = NULL;
  slots[number].of_pointers = false;
  if (IsListEmpty(&slot_queue)) {
    free_slots++;
    return;
  }
  struct thread *next = CONTAINING_RECORD(slot_queue.Flink, struct thread, queue);
  assign(number, next, next->borrows_for_pointers);
  if (next->borrows_for_pointers) {
    wake_borrowers_for_pointers();
  } else {
    wake(next, STATUS_SUCCESS);
  }
}

void return_slot(struct thread *t) {
  if (t->slot == NO_SLOT) return;
  unsigned number = (unsigned)t->slot;
  t->slot = NO_SLOT;
  pass_on(number);
}

void return_slots(struct thread *t) {
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (slots[i].thread == t) pass_on(i);
  }
  t->slot = NO_SLOT;
}

void offer_slot(struct thread *t) {
  if (t->slot == NO_SLOT || IsListEmpty(&slot_queue) || is_needed(&slots[t->slot])) return;
  bool runs_elsewhere = t->state == THREAD_RUNNING && t->core != port_core();
  if (runs_elsewhere || is_in_window_of_another_core((unsigned)t->slot)) {
    call_core(t->core); /* it serves the queue */
  } else {
    return_slot(t);
  }
}

void serve_slot_queue(struct core *core) {
  if (IsListEmpty(&slot_queue)) return;
  int number = core->sent.slot;
  struct thread *t = number >= 0 ? slots[number].thread : NULL;
  if (t != NULL && t->slot == number) offer_slot(t); /* it ran here before */
  offer_slot(core->current);
}

void offer_slot_to_queue(struct thread *t) {
  lock_dispatcher();
  offer_slot(t);
  unlock_dispatcher(false);
}

static bool take_free_slot(struct thread *t, bool for_pointers) {
  if (free_slots == 0) return false;
  unsigned number = 0;
  while (slots[number].thread != NULL || slots[number].of_pointers) number++;
  free_slots--;
  assign(number, t, for_pointers);
  return true;
}

void lend_slot(struct thread *t) {
  if (t->slot == NO_SLOT && t->number != 0 && !t->no_slot) take_free_slot(t, false);
}

/* Take one from a thread that neither runs nor needs it; ask the cores whose window may name it. */
static bool take_back_slot(struct thread *t, bool for_pointers) {
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (slots[i].thread == NULL || is_needed(&slots[i])) continue;
    if (slots[i].thread->state == THREAD_RUNNING || is_in_window_of_another_core(i)) continue;
    take_out_of_window(i);
    slots[i].thread->slot = NO_SLOT;
    assign(i, t, for_pointers);
    return true;
  }
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (slots[i].thread == NULL || is_needed(&slots[i])) continue;
    call_core(slots[i].thread->core);
  }
  return false;
}

bool borrow_slot(struct thread *self, bool for_pointers, struct call call) {
  lock_dispatcher();
  if ((for_pointers && slot_of_pointers != NO_SLOT) || take_free_slot(self, for_pointers) ||
      (IsListEmpty(&slot_queue) && take_back_slot(self, for_pointers))) {
    unlock_dispatcher(false);
    return false;
  }
  if (self->irql > APC_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, 0xB8, (ULONG_PTR)self, self->irql, 0, 0);
  }
  self->borrows_for_pointers = for_pointers;
  self->wait_call = call;
  InsertTailList(&slot_queue, &self->queue);
  block_and_unlock(this_core(), WAIT_FOR_SLOT, false);
  return self->outcome == STATUS_KERNEL_APC;
}

int park_slot(struct thread *self) {
  int slot = self->slot;
  if (slot == NO_SLOT || !slots[slot].waits) return NO_SLOT;
  self->slot = NO_SLOT;
  return slot;
}

void unpark_slot(struct thread *self, int parked) {
  if (parked == NO_SLOT) return;
  if (self->slot != NO_SLOT && slots[self->slot].locks_owned != 0) {
    /* They would belong to another owner than the thread's other locks. */
    executive_stop((struct call){"an APC's routine", NULL}, EXECUTIVE_NO_LOCK, LOCKARB_MISUSE,
                   LOCKARB_STATUS_ERR_THREAD, (ULONG_PTR)self, slots[self->slot].locks_owned, 0);
  }
  bool on = lock_dispatcher();
  return_slot(self);
  self->slot = parked;
  unlock_dispatcher(on);
}

int pointers_slot(void) { return slot_of_pointers; }

void return_pointers_slot(void) {
  unsigned number = (unsigned)slot_of_pointers;
  slot_of_pointers = NO_SLOT;
  pass_on(number);
}
