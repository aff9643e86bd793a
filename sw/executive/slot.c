/* Thread slots of the arbiter: who acts through which, and what is owned through each. */
#include <string.h>

#include "executive/kernel.h"

enum { MAX_SLOTS = 511, MAX_POINTERS = 4096 };

static struct slot slots[MAX_SLOTS];
static unsigned free_slots;
static LIST_ENTRY slot_queue; /* threads that wait for a slot */
static uint32_t *holds;       /* of each slot, by lock: HOLD_EXCLUSIVE and a count */
static struct owner_pointer pointers[MAX_POINTERS]; /* value 0: unused */

#define HOLD_EXCLUSIVE 0x80000000u

bool set_up_slots(void) {
  memset(slots, 0, sizeof(slots));
  memset(pointers, 0, sizeof(pointers));
  free_slots = arbiter.threads;
  InitializeListHead(&slot_queue);
  holds = port_allocate((size_t)arbiter.threads * arbiter.locks * sizeof(*holds));
  if (holds == NULL) port_print("lockarb: there is no memory to keep account of the locks\n");
  return holds != NULL;
}

struct slot *slot_at(unsigned number) {
  return &slots[number];
}

/* Holds */

static uint32_t *hold_at(unsigned slot, unsigned lock) {
  return &holds[(size_t)slot * arbiter.locks + lock];
}

struct hold hold_of(unsigned slot, unsigned lock) {
  uint32_t hold = *hold_at(slot, lock);
  return (struct hold){.exclusive = (hold & HOLD_EXCLUSIVE) != 0, .count = hold & ~HOLD_EXCLUSIVE};
}

void set_hold(unsigned slot, unsigned lock, struct hold hold) {
  uint32_t *at = hold_at(slot, lock);
  if (*at == 0 && hold.count != 0) slots[slot].locks_owned++;
  if (*at != 0 && hold.count == 0) slots[slot].locks_owned--;
  *at = hold.count == 0 ? 0 : (hold.exclusive ? HOLD_EXCLUSIVE : 0) | hold.count;
}

/* Lending: dispatcher locked */

static bool is_needed(const struct slot *slot) { return slot->locks_owned != 0 || slot->waits; }

static void assign(unsigned number, struct thread *t, struct owner_pointer *pointer) {
  slots[number].pointer = pointer;
  slots[number].thread = pointer == NULL ? t : NULL;
  *(pointer == NULL ? &t->slot : &pointer->slot) = (int)number;
}

/* Its user is gone: the next in line gets it. */
static void pass_on(unsigned number) {
  slots[number].thread = NULL;
  slots[number].pointer = NULL;
  if (IsListEmpty(&slot_queue)) {
    free_slots++;
    return;
  }
  struct thread *next = CONTAINING_RECORD(slot_queue.Flink, struct thread, queue);
  assign(number, next, next->borrows_for);
  wake(next, STATUS_SUCCESS);
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
  if (t->slot == NO_SLOT || IsListEmpty(&slot_queue)) return;
  if (!is_needed(&slots[t->slot])) return_slot(t);
}

void offer_slot_now(struct thread *t) {
  if (IsListEmpty(&slot_queue)) return;
  lock_dispatcher();
  offer_slot(t);
  unlock_dispatcher(false);
}

static bool take_free_slot(struct thread *t, struct owner_pointer *pointer) {
  if (free_slots == 0) return false;
  unsigned number = 0;
  while (slots[number].thread != NULL || slots[number].pointer != NULL) number++;
  free_slots--;
  assign(number, t, pointer);
  return true;
}

void lend_slot(struct thread *t) {
  if (t->slot == NO_SLOT && t->number != 0 && !t->no_slot) take_free_slot(t, NULL);
}

/* Take one from a thread that neither runs nor needs it; ask those that run. */
static bool take_back_slot(struct thread *t, struct owner_pointer *pointer) {
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (slots[i].thread == NULL || is_needed(&slots[i])) continue;
    if (slots[i].thread->state == THREAD_RUNNING) continue;
    slots[i].thread->slot = NO_SLOT;
    assign(i, t, pointer);
    return true;
  }
  for (unsigned i = 0; i < arbiter.threads; i++) {
    if (slots[i].thread == NULL || is_needed(&slots[i])) continue;
    port_interrupt_core(slots[i].thread->core);
  }
  return false;
}

void borrow_slot(struct thread *self, struct owner_pointer *pointer, struct call call) {
  lock_dispatcher();
  if (take_free_slot(self, pointer) ||
      (IsListEmpty(&slot_queue) && take_back_slot(self, pointer))) {
    unlock_dispatcher(false);
    return;
  }
  if (self->irql > APC_LEVEL) {
    executive_stop(call, EXECUTIVE_NO_LOCK, 0xB8, (ULONG_PTR)self, self->irql, 0, 0);
  }
  self->borrows_for = pointer;
  InsertTailList(&slot_queue, &self->queue);
  block_and_unlock(this_core(), WAIT_FOR_SLOT, false);
  if (self->outcome == STATUS_KERNEL_APC) deliver_apcs();
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

/* Owner pointers: dispatcher locked */

struct owner_pointer *find_pointer(ULONG_PTR value, bool make) {
  struct owner_pointer *unused = NULL;
  for (unsigned i = 0; i < MAX_POINTERS; i++) {
    if (pointers[i].value == value) return &pointers[i];
    if (pointers[i].value == 0 && unused == NULL) unused = &pointers[i];
  }
  if (!make || unused == NULL) return NULL;
  *unused = (struct owner_pointer){.value = value, .slot = NO_SLOT};
  return unused;
}

void stand_for_thread(struct owner_pointer *pointer) {
  if (pointer->thread != NULL) return;
  pointer->thread = find_thread(pointer->value & ~(ULONG_PTR)3);
  if (pointer->thread != NULL) pointer->thread->references++;
}

void forget_pointer(struct owner_pointer *pointer) {
  if (pointer->takers != 0) return;
  if (pointer->slot != NO_SLOT && slots[pointer->slot].locks_owned == 0) {
    unsigned number = (unsigned)pointer->slot;
    pointer->slot = NO_SLOT;
    pass_on(number);
  }
  if (pointer->slot != NO_SLOT || pointer->software_locks_owned != 0) return;
  if (pointer->thread != NULL) dereference_locked(pointer->thread);
  *pointer = (struct owner_pointer){0};
}

unsigned pointer_number(const struct owner_pointer *pointer) {
  return (unsigned)(pointer - pointers);
}

struct owner_pointer *pointer_at(unsigned number) {
  return &pointers[number];
}
