/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks: which object has which, and the commands. A command has its effect on the lock, on the
 * account of who owns what, on the object in memory and on the observers; what the lock stands on
 * does the first two (lock_operations.h).
 *
 * The first numbers are locks of the arbiter, those behind them locks in shared memory.
 */
#include "executive/apc/apc.h"
#include "executive/diagnose/report.h"
#include "executive/lock/hardware_lock.h"
#include "executive/lock/lock_operations.h"
#include "executive/thread/held.h"
#include "executive/verify.h"

struct lock *locks;
unsigned first_of_second;
static unsigned lock_count;
static LIST_ENTRY links; /* of the objects that own a lock */
static ULONG resource_flags;

void set_up_locks(void) {
  first_of_second = lock_kinds[0]->set_up();
  lock_count = first_of_second + (lock_kinds[1] != NULL ? lock_kinds[1]->set_up() : 0);
  locks = allocate_table("locks", lock_count, sizeof(*locks));
  InitializeListHead(&links);
  resource_flags = 0;
  set_up_lock_waits();
  set_up_owner_pointers();
}

const void *lock_object(unsigned lock) { return locks[lock].object; }

unsigned locks_owned(const struct thread *t) {
  unsigned owned = 0;
  for (unsigned i = 0; lock_kinds[i] != NULL; i++) owned += lock_kinds[i]->owned_by(t);
  return owned;
}

void forget_lock_waits(struct thread *t) {
  for (unsigned i = 0; lock_kinds[i] != NULL; i++) lock_kinds[i]->forget_thread(t);
}

void note_lock_now(enum port_note_kind kind, const struct thread *t, unsigned lock,
                   struct port_note more) {
  more.kind = kind;
  more.lock = lock;
  more.address = (uintptr_t)locks[lock].object;
  note(t, more);
}

/* Who owns a lock */

bool next_owner(unsigned lock, unsigned *cursor, struct lock_owner *owner) {
  *owner = (struct lock_owner){0};
  return operations_of(lock)->next_owner(lock, cursor, owner);
}

static struct held *held_by(const struct lock_owner *owner, unsigned lock) {
  return find_held(owner->thread != NULL ? owner->thread->held : owner->pointer->held,
                   locks[lock].object);
}

const struct held *origin_of(unsigned lock, const struct lock_owner *owner) {
  return held_by(owner, lock);
}

bool is_owned_exclusively(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  return next_owner(lock, &cursor, &owner) && owner.hold.exclusive;
}

struct lockarb_answer not_owned(unsigned lock) {
  return refuse(is_owned_exclusively(lock) ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                           : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
}

struct lock_counts lock_counts(unsigned lock) {
  struct lock_counts counts = operations_of(lock)->counts(lock);
  counts.contentions = locks[lock].queued[false] + locks[lock].queued[true];
  return counts;
}

/* Commands: between begin and end nothing else runs on this core, so that the object in memory
 * follows the lock without a gap. */

static inline bool begin_command(struct core *core, struct thread *self, unsigned lock,
                                 struct call call) {
  bool on = port_interrupts_off();
  if (EXECUTIVE_RARE(self->slot == NO_SLOT)) operations_of(lock)->prepare(self, call);
  show_in_window(core, self);
  core->command = call;
  core->command_lock = lock;
  return on;
}

/* What was held off meanwhile happens now, due APCs included. After an error nothing does: the
 * machine is about to stop. */
static inline unsigned end_command(struct core *core, const struct thread *self,
                                   const struct lock *of, struct lockarb_answer answer,
                                   ULONG_PTR owner, bool on) {
  if (is_refused(answer)) return answer.status;
  of->mirror->follow(of->object, answer, owner);
  core->command = (struct call){0};
  restore_interrupts_of(core, on);
  check_apcs(self);
  return answer.status;
}

__attribute__((noinline)) static void tell_command(enum port_note_kind kind,
                                                   const struct thread *self, unsigned lock,
                                                   bool exclusive, unsigned value) {
  note_lock(
      kind, self, lock,
      (struct port_note){
          .from = (uintptr_t)this_core()->command.from, .exclusive = exclusive, .value = value});
}

/* Where nobody observes, it costs the question. */
static inline void note_command(enum port_note_kind kind, const struct thread *self, unsigned lock,
                                bool exclusive, unsigned value) {
  if (is_observed()) tell_command(kind, self, lock, exclusive, value);
}

static inline struct lockarb_answer acquire(struct core *core, struct thread *self, unsigned lock,
                                            void *object, enum lockarb_kind how, unsigned flags,
                                            struct call call, struct lock_wait *wait) {
  bool exclusive = how == LOCKARB_EXCLUSIVE;
  if (flags & LOCKARB_WAIT) {
    verify_order(call, object, HELD_MUTEX, how == LOCKARB_SHARED_STARVE_EXCLUSIVE);
  }
  note_command(PORT_NOTE_LOCK_WANTED, self, lock, exclusive, (flags & LOCKARB_WAIT) != 0);
  struct lockarb_answer answer = is_software(lock)
                                     ? operations_of(lock)->acquire(core, lock, how, flags, wait)
                                     : acquire_hardware(core, self, lock, how, flags, wait);
  switch (answer.status) {
    case LOCKARB_STATUS_GRANTED_EXCLUSIVE:
    case LOCKARB_STATUS_GRANTED_SHARED:
      remember(&self->held, lock, object, exclusive, call.from, self->number);
      note_command(PORT_NOTE_LOCK_ACQUIRED, self, lock, exclusive, 1);
      break;
    case LOCKARB_STATUS_RECURSED_EXCLUSIVE:
    case LOCKARB_STATUS_RECURSED_SHARED:
      note_command(PORT_NOTE_LOCK_ACQUIRED, self, lock,
                   answer.status == LOCKARB_STATUS_RECURSED_EXCLUSIVE, 0);
      break;
    case LOCKARB_STATUS_WAITING:
    case LOCKARB_STATUS_WAITING_SELF_BLOCK:
      note_command(PORT_NOTE_LOCK_QUEUED, self, lock, exclusive, 0);
      break;
    case LOCKARB_STATUS_NOT_GRANTED:
      note_command(PORT_NOTE_LOCK_REFUSED, self, lock, exclusive, 0);
      break;
  }
  return answer;
}

unsigned executive_acquire(unsigned lock, enum lockarb_kind how, unsigned flags, struct call call) {
  struct lock_wait wait;
  struct core *core = this_core();
  struct thread *self = core->current;
  struct lock *of = lock_at(lock);
  bool on = begin_command(core, self, lock, call);
  struct lockarb_answer answer = acquire(core, self, lock, of->object, how, flags, call, &wait);
  unsigned status = end_command(core, self, of, answer, (ULONG_PTR)self, on);
  if (status == LOCKARB_STATUS_WAITING_SELF_BLOCK) {
    verify_self_block(call, of->object);
    executive_warn(call, lock, "waits for its own shared hold to be released");
  } else if (status != LOCKARB_STATUS_WAITING) {
    return status;
  }
  wait_for_grant(&wait);
  if (wait.bad) return LOCKARB_STATUS_ERR_PARITY;
  if (!wait.exclusive) return LOCKARB_STATUS_GRANTED_SHARED;
  of->mirror->go_on(of->object, (ULONG_PTR)self);
  return LOCKARB_STATUS_GRANTED_EXCLUSIVE;
}

/* Of a release. */
static bool is_last_level(struct lockarb_answer answer) {
  return !is_refused(answer) && answer.status != LOCKARB_STATUS_HELD;
}

/* t: the owner, or who acts for an owner pointer. */
static void note_release(const struct thread *t, unsigned lock, struct lockarb_answer answer) {
  if (is_refused(answer)) return;
  note_command(PORT_NOTE_LOCK_RELEASED, t, lock, false, is_last_level(answer));
}

static inline struct lockarb_answer release(struct core *core, struct thread *self, unsigned lock,
                                            bool leave) {
  bool software = is_software(lock);
  struct lockarb_answer answer = software ? operations_of(lock)->release(core, lock, leave)
                                          : release_hardware(core, self, lock, leave);
  if (is_refused(answer)) return answer;
  if (is_last_level(answer)) forget(self->held, locks[lock].object);
  note_release(self, lock, answer);         /* before time goes on: the next owner is on its way */
  if (leave && software) sync_window(core); /* the arbiter does not know that it was left */
  offer_slot_now(self);
  return answer;
}

unsigned executive_release(unsigned lock, bool leave, struct call call) {
  struct core *core = this_core();
  struct thread *self = core->current;
  bool on = begin_command(core, self, lock, call);
  struct lockarb_answer answer = release(core, self, lock, leave);
  return end_command(core, self, lock_at(lock), answer, (ULONG_PTR)self, on);
}

static struct lockarb_answer release_for(struct core *core, unsigned lock, ULONG_PTR value) {
  struct thread *self = core->current;
  if (value == (ULONG_PTR)self) return release(core, self, lock, false);
  /* The lock may be handed to the owner itself (a self-block ends), on its core: that grant must
   * not be taken before this hold is forgotten. */
  bool on = lock_dispatcher();
  struct lock_owner owner = {.thread = find_thread(value)};
  if (owner.thread == NULL) owner.pointer = find_pointer(value, false);
  bool exists = owner.thread != NULL || owner.pointer != NULL;
  /* It may end as soon as the lock is handed on. */
  if (owner.thread != NULL) owner.thread->references++;
  struct lockarb_answer answer =
      exists ? operations_of(lock)->release_for(lock, &owner) : not_owned(lock);
  if (exists && is_last_level(answer)) {
    struct held *held = held_by(&owner, lock);
    if (held != NULL) held->used = false;
  }
  note_release(owner.thread != NULL ? owner.thread : self, lock, answer);
  if (owner.thread != NULL) {
    offer_slot(owner.thread);
    dereference_locked(owner.thread);
  }
  if (owner.pointer != NULL) forget_pointer(owner.pointer);
  unlock_dispatcher(on);
  return answer;
}

unsigned executive_release_for(unsigned lock, ULONG_PTR owner, struct call call) {
  struct core *core = this_core();
  struct thread *self = core->current;
  bool on = begin_command(core, self, lock, call);
  struct lockarb_answer answer = release_for(core, lock, owner);
  return end_command(core, self, lock_at(lock), answer, owner, on);
}

static struct lockarb_answer convert(unsigned lock) {
  struct thread *self = this_thread();
  struct lockarb_answer answer = operations_of(lock)->convert(lock);
  if (is_refused(answer)) return answer;
  struct held *held = find_held(self->held, locks[lock].object);
  if (held != NULL) held->exclusive = false;
  note_lock(PORT_NOTE_LOCK_CONVERTED, self, lock, (struct port_note){0});
  return answer;
}

unsigned executive_convert(unsigned lock, struct call call) {
  struct core *core = this_core();
  struct thread *self = core->current;
  bool on = begin_command(core, self, lock, call);
  return end_command(core, self, lock_at(lock), convert(lock), (ULONG_PTR)self, on);
}

struct held *origin_of_pointer(unsigned lock, struct owner_pointer *pointer, struct call call) {
  const void *object = locks[lock].object;
  unsigned by = this_thread()->number;
  struct held *held = find_held(pointer->held, object);
  if (held == NULL) {
    return remember(&pointer->held, lock, object, is_owned_exclusively(lock), call.from, by);
  }
  held->by = by;
  held->from = call.from;
  return held;
}

static struct lockarb_answer set_owner(unsigned lock, ULONG_PTR value, bool is_thread,
                                       struct call call) {
  if ((value & 3) != 3) return refuse(LOCKARB_STATUS_ERR_OWNER_VALUE);
  struct thread *self = this_thread();
  lock_dispatcher();
  struct owner_pointer *pointer = find_pointer(value, true);
  self->gives_to = pointer;
  if (pointer != NULL) begin_taking(pointer);
  unlock_dispatcher(false);
  if (pointer == NULL) return refuse(LOCKARB_STATUS_ERR_OVERFLOW);

  struct lockarb_answer answer = operations_of(lock)->give(lock, pointer, call);
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

unsigned executive_set_owner(unsigned lock, ULONG_PTR pointer, bool is_thread, struct call call) {
  struct core *core = this_core();
  struct thread *self = core->current;
  bool on = begin_command(core, self, lock, call);
  struct lockarb_answer answer = set_owner(lock, pointer, is_thread, call);
  return end_command(core, self, lock_at(lock), answer, pointer, on);
}

/* Queries */

unsigned executive_hold_count(unsigned lock, unsigned *count) {
  *count = 0;
  bool on = port_interrupts_off();
  struct lockarb_answer answer = operations_of(lock)->hold_count(lock, count);
  port_interrupts_restore(on);
  return answer.status;
}

bool executive_owns_exclusive(unsigned lock) {
  bool on = port_interrupts_off(); /* an unused slot can be taken back at any interrupt */
  struct hold hold = operations_of(lock)->hold(lock);
  port_interrupts_restore(on);
  return hold.count != 0 && hold.exclusive;
}

/* The registry */

void lockarb_set_resource_flags(ULONG Flags) { resource_flags = Flags; }
ULONG executive_resource_flags(void) { return resource_flags; }

unsigned executive_allocate_lock(void *object, const struct executive_mirror *mirror,
                                 PLIST_ENTRY link, ULONG flags, struct call call) {
  bool writer_first = (flags & LOCKARB_RESOURCE_WRITER_FIRST) != 0;
  enum lockarb_order order = writer_first ? LOCKARB_WRITER_FIRST : LOCKARB_READERS_FIRST;
  bool on = lock_dispatcher();
  unsigned lock = (flags & LOCKARB_RESOURCE_SOFTWARE) != 0 ? first_of_second : 0;
  while (lock < lock_count && locks[lock].object != NULL) lock++;
  if (lock < lock_count &&
      operations_of(lock)->initialize(lock, order).status == LOCKARB_STATUS_DONE) {
    locks[lock] = (struct lock){.object = object, .mirror = mirror, .writer_first = writer_first};
    if (link != NULL) InsertTailList(&links, link);
    note_lock(PORT_NOTE_LOCK_INITIALIZED, this_thread(), lock,
              (struct port_note){.from = (uintptr_t)call.from});
  } else {
    lock = EXECUTIVE_NO_LOCK;
  }
  unlock_dispatcher(on);
  return lock;
}

void forget_owners(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    struct held *held = held_by(&owner, lock);
    operations_of(lock)->forget_owner(lock, &owner, cursor);
    if (held != NULL) held->used = false;
    if (owner.pointer != NULL) forget_pointer(owner.pointer);
  }
}

unsigned executive_reinitialize_lock(unsigned lock) {
  struct lockarb_answer answer = operations_of(lock)->clear(lock, false);
  if (is_refused(answer)) return answer.status;
  locks[lock].boost_disabled = false;
  locks[lock].queued[false] = locks[lock].queued[true] = 0;
  return answer.status;
}

unsigned executive_free_lock(unsigned lock, PLIST_ENTRY link) {
  struct lockarb_answer answer = operations_of(lock)->clear(lock, true);
  if (is_refused(answer)) return answer.status;
  bool on = lock_dispatcher();
  note_lock(PORT_NOTE_LOCK_DELETED, this_thread(), lock, (struct port_note){0});
  forget_order(locks[lock].object, 1);
  if (link != NULL) RemoveEntryList(link);
  locks[lock].object = NULL;
  unlock_dispatcher(on);
  return answer.status;
}

unsigned next_used_lock(unsigned lock) {
  while (lock < lock_count && locks[lock].object == NULL) lock++;
  return lock < lock_count ? lock : EXECUTIVE_NO_LOCK;
}

void executive_disable_boost(unsigned lock) { locks[lock].boost_disabled = true; }

bool executive_has_lock(const void *object, unsigned lock) {
  return lock < lock_count && locks[lock].object == object;
}

unsigned executive_find_lock(const void *object) {
  for (unsigned lock = 0; lock < lock_count; lock++) {
    if (locks[lock].object == object) return lock;
  }
  return EXECUTIVE_NO_LOCK;
}
