/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What commands do to a lock in shared memory: contract II.A to II.D in C, with the answers of the
 * arbiter.
 *
 * A lock is one cell of shared memory, a cache line, under a spin lock. Owners beyond the first
 * four are in further cells; each waiter is in a cell of its own, linked in the order of their
 * coming. Every access costs what the machine's memory costs.
 *
 * Who holds the spin lock may lock the dispatcher, not the other way round. A thread that waits, or
 * that has just been granted the lock, cannot end before the spin lock is free.
 */
#include "executive/lock/software_rules.h"

enum {
  MAX_COUNT = (1 << 29) - 1, /* OWNER_ENTRY.OwnerCount */
  MAX_LOCKS = 4096,
};

/* Words of a lock's cell. */
enum {
  STATE,   /* EXCLUSIVE, and the number of owners; 0: free, and nobody waits */
  WAITERS, /* exclusive ones in the upper half, shared ones in the lower */
  SHARED_HEAD,
  SHARED_TAIL,
  EXCLUSIVE_HEAD,
  EXCLUSIVE_TAIL,
  MORE_OWNERS,       /* the next cell with entries */
  FIRST_ENTRY = 8,   /* {owner, count}: four of them */
  FURTHER_ENTRY = 2, /* in a further cell, whose word 0 is the next one: seven of them */
};
/* Words of a waiter's cell. */
enum { WAITER_OWNER, WAITER_NEXT };

#define EXCLUSIVE 0x80000000u
#define ONE_EXCLUSIVE_WAITER 0x10000u

struct software_lock {
  port_lock spin;
  unsigned cell; /* 0: not initialized */
  bool writer_first;
};

static struct software_lock *rows; /* as many as set_up_software_locks() says */
static struct lock_wait **wait_in; /* by cell, of those that are waiters' */

unsigned set_up_software_locks(void) {
  unsigned count = set_up_cells();
  wait_in = allocate_table("cells of waiters", count + 1, sizeof(*wait_in));
  if (count > MAX_LOCKS) count = MAX_LOCKS;
  rows = allocate_table("locks in shared memory", count, sizeof(*rows));
  return count;
}

/* Owners */

/* Where an owner's entry is; cell 0: nowhere. */
struct entry {
  unsigned cell, word;
};

static struct entry first_entry(const struct software_lock *lock) {
  return (struct entry){lock->cell, FIRST_ENTRY};
}

static struct entry next_entry(const struct software_lock *lock, struct entry e,
                               uint32_t (*read)(unsigned cell, unsigned word)) {
  e.word += 2;
  if (e.word < CELL_WORDS) return e;
  return (struct entry){read(e.cell, e.cell == lock->cell ? MORE_OWNERS : 0), FURTHER_ENTRY};
}

/* Among so many owners. */
static struct entry find_owner(const struct software_lock *lock, uint32_t owner, unsigned owners) {
  struct entry e = first_entry(lock);
  for (unsigned seen = 0; seen < owners; e = next_entry(lock, e, get)) {
    uint32_t word = get(e.cell, e.word);
    if (word == owner) return e;
    seen += word != 0;
  }
  return (struct entry){0, 0};
}

/* Searching begins at *from, which is left at the new entry. false: there is no memory. */
static bool add_owner(const struct software_lock *lock, struct entry *from, uint32_t owner,
                      uint32_t count) {
  while (get(from->cell, from->word) != 0) {
    struct entry next = next_entry(lock, *from, get);
    if (next.cell == 0) {
      next.cell = take_cell();
      if (next.cell == 0) return false;
      for (unsigned word = 0; word < CELL_WORDS; word++) put(next.cell, word, 0);
      put(from->cell, from->cell == lock->cell ? MORE_OWNERS : 0, next.cell);
    }
    *from = next;
  }
  put(from->cell, from->word, owner);
  put(from->cell, from->word + 1, count);
  return true;
}

bool next_software_owner(unsigned number, unsigned *cursor, uint32_t *owner, struct hold *hold) {
  const struct software_lock *lock = &rows[number];
  bool exclusive = (peek(lock->cell, STATE) & EXCLUSIVE) != 0;
  struct entry e = first_entry(lock);
  for (unsigned place = 0; e.cell != 0; place++, e = next_entry(lock, e, peek)) {
    *owner = peek(e.cell, e.word);
    if (place < *cursor || *owner == 0) continue;
    *cursor = place + 1;
    *hold = (struct hold){exclusive, peek(e.cell, e.word + 1)};
    return true;
  }
  return false;
}

static unsigned owners_in(uint32_t state) { return state & ~EXCLUSIVE; }
static unsigned exclusive_waiters_in(uint32_t waiters) { return waiters >> 16; }
static unsigned shared_waiters_in(uint32_t waiters) { return waiters & 0xFFFF; }

struct lock_counts software_counts(unsigned number) {
  const struct software_lock *lock = &rows[number];
  /* One that is being deleted is listed until its spin lock is free, but has no memory. */
  if (lock->cell == 0) return (struct lock_counts){0};
  uint32_t waiters = peek(lock->cell, WAITERS);
  return (struct lock_counts){.owners = owners_in(peek(lock->cell, STATE)),
                              .shared_waiters = shared_waiters_in(waiters),
                              .exclusive_waiters = exclusive_waiters_in(waiters)};
}

/* Answers: with the spin lock held, and the last thing before it is freed */

static struct lockarb_answer answer(struct software_lock *lock, unsigned status, uint32_t state,
                                    uint32_t waiters) {
  port_spin_unlock(&lock->spin);
  return (struct lockarb_answer){.status = (uint8_t)status,
                                 .owners = (uint16_t)owners_in(state),
                                 .shared_waiters = (uint16_t)shared_waiters_in(waiters),
                                 .exclusive_waiters = (uint16_t)exclusive_waiters_in(waiters)};
}

/* II.A */

static bool may_acquire(enum lockarb_kind kind, bool mine, bool writers_wait) {
  switch (kind) { /* of a lock that is shared */
    case LOCKARB_EXCLUSIVE:
      return false;
    case LOCKARB_SHARED:
      return mine || !writers_wait;
    case LOCKARB_SHARED_STARVE_EXCLUSIVE:
      return true;
    default:
      return !writers_wait;
  }
}

static void push(struct software_lock *lock, bool exclusive, unsigned cell, uint32_t owner,
                 bool first) {
  unsigned head = exclusive ? EXCLUSIVE_HEAD : SHARED_HEAD;
  unsigned tail = exclusive ? EXCLUSIVE_TAIL : SHARED_TAIL;
  put(cell, WAITER_OWNER, owner);
  put(cell, WAITER_NEXT, 0);
  if (first) {
    put(lock->cell, head, cell);
  } else {
    put(get(lock->cell, tail), WAITER_NEXT, cell);
  }
  put(lock->cell, tail, cell);
}

struct lockarb_answer software_acquire(unsigned number, struct thread *self, enum lockarb_kind kind,
                                       bool waits, struct lock_wait *wait) {
  struct software_lock *lock = &rows[number];
  uint32_t me = owner_of_thread(self);
  bool exclusive = kind == LOCKARB_EXCLUSIVE;
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  struct entry entry = first_entry(lock);
  if (state == 0) {
    state = exclusive ? EXCLUSIVE | 1 : 1;
    put(lock->cell, STATE, state);
    put(entry.cell, entry.word, me);
    put(entry.cell, entry.word + 1, 1);
    return answer(lock,
                  exclusive ? LOCKARB_STATUS_GRANTED_EXCLUSIVE : LOCKARB_STATUS_GRANTED_SHARED,
                  state, 0);
  }
  uint32_t waiters = get(lock->cell, WAITERS);
  bool is_exclusive = (state & EXCLUSIVE) != 0;
  struct entry mine = find_owner(lock, me, owners_in(state));
  bool granted = is_exclusive
                     ? mine.cell != 0
                     : may_acquire(kind, mine.cell != 0, exclusive_waiters_in(waiters) != 0);
  if (granted && mine.cell != 0) {
    uint32_t count = get(mine.cell, mine.word + 1);
    if (count == MAX_COUNT) return answer(lock, LOCKARB_STATUS_ERR_OVERFLOW, state, waiters);
    put(mine.cell, mine.word + 1, count + 1);
    return answer(lock,
                  is_exclusive ? LOCKARB_STATUS_RECURSED_EXCLUSIVE : LOCKARB_STATUS_RECURSED_SHARED,
                  state, waiters);
  }
  if (granted) {
    if (!add_owner(lock, &entry, me, 1)) {
      return answer(lock, LOCKARB_STATUS_ERR_OVERFLOW, state, waiters);
    }
    put(lock->cell, STATE, ++state);
    return answer(lock, LOCKARB_STATUS_GRANTED_SHARED, state, waiters);
  }
  if (!waits) return answer(lock, LOCKARB_STATUS_NOT_GRANTED, state, waiters);
  unsigned cell = take_wait_cell(self);
  if (cell == 0) return answer(lock, LOCKARB_STATUS_ERR_OVERFLOW, state, waiters);
  push(lock, exclusive, cell, me,
       (exclusive ? exclusive_waiters_in(waiters) : shared_waiters_in(waiters)) == 0);
  waiters += exclusive ? ONE_EXCLUSIVE_WAITER : 1;
  put(lock->cell, WAITERS, waiters);
  begin_lock_wait(wait, arbiter.locks + number, exclusive, cell);
  wait_in[cell] = wait;
  return answer(lock, mine.cell != 0 ? LOCKARB_STATUS_WAITING_SELF_BLOCK : LOCKARB_STATUS_WAITING,
                state, waiters);
}

/* II.B and II.C. Who is granted leaves the count of waiters first, so that is_queued() is true. */

/* *tell: a bit for each core to be interrupted when the spin lock is free, so that no new owner
 * runs before the release is over. */
static struct thread *grant(unsigned cell, uint32_t *tell) {
  struct thread *t = wait_in[cell]->thread;
  if (t->core == port_core()) {
    lock_dispatcher();
    grant_lock_wait(t, wait_in[cell]);
    unlock_dispatcher(false);
  } else if (mark_granted_and_look(t, wait_in[cell])) {
    *tell |= UINT32_C(1) << t->core;
  }
  return t;
}

static struct lockarb_answer answer_and_tell(struct software_lock *lock, unsigned status,
                                             uint32_t state, uint32_t waiters, uint32_t tell) {
  struct lockarb_answer given = answer(lock, status, state, waiters);
  for (unsigned core = 0; tell != 0; core++, tell >>= 1) {
    if (tell & 1) port_interrupt_core(core);
  }
  return given;
}

/* All shared waiters become owners beside so many others; may_own: they may be among them. */
static struct lockarb_answer hand_to_batch(struct software_lock *lock, unsigned others,
                                           bool may_own, uint32_t waiters) {
  unsigned batch = shared_waiters_in(waiters);
  struct entry entry = first_entry(lock);
  uint32_t tell = 0;
  waiters -= batch;
  put(lock->cell, WAITERS, waiters);
  unsigned owners = others;
  for (unsigned cell = get(lock->cell, SHARED_HEAD), left = batch; left != 0; left--) {
    uint32_t owner = get(cell, WAITER_OWNER);
    unsigned next = get(cell, WAITER_NEXT);
    struct entry mine = may_own ? find_owner(lock, owner, owners) : (struct entry){0, 0};
    if (mine.cell != 0) {
      put(mine.cell, mine.word + 1, get(mine.cell, mine.word + 1) + 1);
      grant(cell, &tell)->software_locks_owned--; /* it is no second lock */
    } else if (add_owner(lock, &entry, owner, 1)) {
      grant(cell, &tell);
      owners++;
    } else {
      executive_stop((struct call){"a hand-off", NULL}, arbiter.locks, LOCKARB_MISUSE,
                     (ULONG)STATUS_INSUFFICIENT_RESOURCES, 0, 0, 0);
    }
    cell = next;
  }
  put(lock->cell, STATE, owners);
  return answer_and_tell(lock, LOCKARB_STATUS_HANDED_SHARED, owners, waiters, tell);
}

static struct lockarb_answer hand_to_head(struct software_lock *lock, uint32_t waiters) {
  unsigned cell = get(lock->cell, EXCLUSIVE_HEAD);
  uint32_t owner = get(cell, WAITER_OWNER);
  uint32_t tell = 0;
  waiters -= ONE_EXCLUSIVE_WAITER;
  put(lock->cell, WAITERS, waiters);
  put(lock->cell, EXCLUSIVE_HEAD, get(cell, WAITER_NEXT));
  put(lock->cell, STATE, EXCLUSIVE | 1);
  put(lock->cell, FIRST_ENTRY, owner);
  put(lock->cell, FIRST_ENTRY + 1, 1);
  grant(cell, &tell);
  return answer_and_tell(lock, LOCKARB_STATUS_HANDED_EXCLUSIVE, EXCLUSIVE | 1, waiters, tell);
}

/* What table II.B says when t is no owner. */
static struct lockarb_answer refuse_stranger(struct software_lock *lock, uint32_t state) {
  return answer(lock,
                state & EXCLUSIVE ? LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE
                                  : LOCKARB_STATUS_ERR_NOT_OWNED_SHARED,
                state, get(lock->cell, WAITERS));
}

/* The last level of an owner. */
static struct lockarb_answer leave(struct software_lock *lock, struct entry entry, uint32_t owner,
                                   uint32_t state, uint32_t waiters) {
  put(entry.cell, entry.word, 0);
  forget_software_lock(owner);
  if (owners_in(state) > 1) {
    put(lock->cell, STATE, --state);
    return answer(lock, LOCKARB_STATUS_LEFT, state, waiters);
  }
  bool ew = exclusive_waiters_in(waiters) != 0, sw = shared_waiters_in(waiters) != 0;
  if ((state & EXCLUSIVE) && sw && !(ew && lock->writer_first)) {
    return hand_to_batch(lock, 0, false, waiters);
  }
  if (ew) return hand_to_head(lock, waiters);
  put(lock->cell, STATE, 0);
  return answer(lock, LOCKARB_STATUS_FREED, 0, waiters);
}

struct lockarb_answer software_release(unsigned number, uint32_t owner) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  struct entry entry = find_owner(lock, owner, owners_in(state));
  if (entry.cell == 0) return refuse_stranger(lock, state);
  uint32_t waiters = get(lock->cell, WAITERS);
  uint32_t count = get(entry.cell, entry.word + 1);
  if (count == 1) return leave(lock, entry, owner, state, waiters);
  put(entry.cell, entry.word + 1, count - 1);
  return answer(lock, LOCKARB_STATUS_HELD, state, waiters);
}

/* Of whoever is gone */

/* Another core may be deleting the lock. */
static struct lockarb_answer nothing_to_end(struct software_lock *lock, unsigned status) {
  port_spin_unlock(&lock->spin);
  return (struct lockarb_answer){.status = (uint8_t)status};
}

struct lockarb_answer software_drain(unsigned number, uint32_t owner, struct hold *hold) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  if (lock->cell == 0) return nothing_to_end(lock, LOCKARB_STATUS_DONE);
  uint32_t state = get(lock->cell, STATE);
  struct entry entry = find_owner(lock, owner, owners_in(state));
  if (entry.cell == 0) return nothing_to_end(lock, LOCKARB_STATUS_DONE);
  *hold = (struct hold){(state & EXCLUSIVE) != 0, get(entry.cell, entry.word + 1)};
  return leave(lock, entry, owner, state, get(lock->cell, WAITERS));
}

struct lockarb_answer software_state(unsigned number) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  if (lock->cell == 0) return nothing_to_end(lock, LOCKARB_STATUS_FREED);
  uint32_t state = get(lock->cell, STATE);
  unsigned status = LOCKARB_STATUS_HANDED_SHARED;
  if (state == 0) status = LOCKARB_STATUS_FREED;
  if (state & EXCLUSIVE) status = LOCKARB_STATUS_HANDED_EXCLUSIVE;
  return answer(lock, status, state, get(lock->cell, WAITERS));
}

/* false: it is not queued. */
static bool unlink_waiter(const struct software_lock *lock, const struct lock_wait *wait,
                          unsigned waiters) {
  unsigned head = wait->exclusive ? EXCLUSIVE_HEAD : SHARED_HEAD;
  unsigned tail = wait->exclusive ? EXCLUSIVE_TAIL : SHARED_TAIL;
  unsigned before = 0;
  for (unsigned cell = waiters != 0 ? get(lock->cell, head) : 0; cell != wait->place;) {
    if (waiters-- <= 1) return false;
    before = cell;
    cell = get(cell, WAITER_NEXT);
  }
  unsigned next = get(wait->place, WAITER_NEXT);
  if (before == 0) {
    put(lock->cell, head, next);
  } else {
    put(before, WAITER_NEXT, next);
  }
  if (next == 0) put(lock->cell, tail, before);
  return true;
}

struct lockarb_answer software_cancel(unsigned number, const struct lock_wait *wait) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  if (lock->cell == 0) return nothing_to_end(lock, LOCKARB_STATUS_ALREADY_GRANTED);
  uint32_t state = get(lock->cell, STATE);
  uint32_t waiters = get(lock->cell, WAITERS);
  unsigned ahead = wait->exclusive ? exclusive_waiters_in(waiters) : shared_waiters_in(waiters);
  if (!unlink_waiter(lock, wait, ahead)) {
    return nothing_to_end(lock, LOCKARB_STATUS_ALREADY_GRANTED);
  }
  waiters -= wait->exclusive ? ONE_EXCLUSIVE_WAITER : 1;
  lock_dispatcher();
  put(lock->cell, WAITERS, waiters);
  leave_queue(wait);
  unlock_dispatcher(false);
  bool frees = !(state & EXCLUSIVE) && exclusive_waiters_in(waiters) == 0;
  if (!frees || shared_waiters_in(waiters) == 0) {
    return answer(lock, LOCKARB_STATUS_CANCELLED, state, waiters);
  }
  return hand_to_batch(lock, owners_in(state), true, waiters);
}

struct lockarb_answer software_convert(unsigned number, uint32_t owner) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  uint32_t waiters = get(lock->cell, WAITERS);
  if (!(state & EXCLUSIVE) || get(lock->cell, FIRST_ENTRY) != owner) {
    return answer(lock, LOCKARB_STATUS_ERR_CONVERT, state, waiters);
  }
  if (shared_waiters_in(waiters) == 0) {
    put(lock->cell, STATE, 1);
    return answer(lock, LOCKARB_STATUS_CONVERTED, 1, waiters);
  }
  return hand_to_batch(lock, 1, false, waiters);
}

/* II.D */

struct lockarb_answer software_set_owner(unsigned number, uint32_t owner, uint32_t pointer) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  struct entry from = find_owner(lock, owner, owners_in(state));
  if (from.cell == 0) return refuse_stranger(lock, state);
  uint32_t waiters = get(lock->cell, WAITERS);
  struct entry to = find_owner(lock, pointer, owners_in(state));
  if (to.cell == 0) {
    put(from.cell, from.word, pointer);
    give_software_lock(pointer, false);
    return answer(lock, LOCKARB_STATUS_DONE, state, waiters);
  }
  uint32_t count = get(from.cell, from.word + 1) + get(to.cell, to.word + 1);
  if (count > MAX_COUNT) return answer(lock, LOCKARB_STATUS_ERR_OVERFLOW, state, waiters);
  put(to.cell, to.word + 1, count);
  put(from.cell, from.word, 0);
  give_software_lock(pointer, true);
  put(lock->cell, STATE, --state);
  return answer(lock, LOCKARB_STATUS_DONE, state, waiters);
}

struct hold software_hold(unsigned number, uint32_t owner) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  struct entry entry = find_owner(lock, owner, owners_in(state));
  struct hold hold = {(state & EXCLUSIVE) != 0,
                      entry.cell != 0 ? get(entry.cell, entry.word + 1) : 0};
  port_spin_unlock(&lock->spin);
  return hold;
}

struct lockarb_answer software_initialize(unsigned number, enum lockarb_order order) {
  struct software_lock *lock = &rows[number];
  unsigned cell = take_cell();
  if (cell == 0) return (struct lockarb_answer){.status = LOCKARB_STATUS_ERR_OVERFLOW};
  lock->writer_first = order == LOCKARB_WRITER_FIRST;
  for (unsigned word = 0; word < CELL_WORDS; word++) put(cell, word, 0);
  lock->cell = cell; /* the end of a thread may look at it from now on */
  return (struct lockarb_answer){.status = LOCKARB_STATUS_DONE};
}

struct lockarb_answer software_clear(unsigned number, bool delete) {
  struct software_lock *lock = &rows[number];
  port_spin_lock(&lock->spin);
  uint32_t state = get(lock->cell, STATE);
  uint32_t waiters = get(lock->cell, WAITERS);
  if (waiters != 0) return answer(lock, LOCKARB_STATUS_ERR_WAITERS, state, waiters);
  lock_dispatcher();
  forget_owners(arbiter.locks + number);
  unlock_dispatcher(false);
  for (unsigned cell = get(lock->cell, MORE_OWNERS); cell != 0;) {
    unsigned next = get(cell, 0);
    give_back(cell);
    cell = next;
  }
  for (unsigned word = 0; word < CELL_WORDS; word++) put(lock->cell, word, 0);
  if (delete) {
    give_back(lock->cell);
    lock->cell = 0;
  }
  return answer(lock, state != 0 ? LOCKARB_STATUS_DONE_HELD : LOCKARB_STATUS_DONE, 0, 0);
}
