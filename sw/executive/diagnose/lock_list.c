/* SPDX-License-Identifier: Apache-2.0 */
/* The locks, as !locks of a debugger lists them. Only the statistics are the arbiter's. */

#include "executive/diagnose/diagnose.h"
#include "executive/lock/lock.h"
#include "lockarb_debugger.h"

static bool lists_at_end;
static ULONG flags_at_end;

void set_up_lock_list(void) { lists_at_end = false; }

static bool is_exclusive(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  if (next_owner(lock, &cursor, &owner)) return owner.hold.exclusive;
  /* All its grants are still on their way. */
  for (const struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    for (const struct lock_wait *w = NULL; (w = wait_after(w, t, lock)) != NULL;) {
      if (!is_queued(w)) return w->exclusive;
    }
  }
  return false;
}

static void print_owning_thread(const struct thread *t, unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    if (owner.thread == t) DbgPrint("    %u-%02u<*>", t->number, owner.hold.count);
  }
}

static void print_owning_pointers(unsigned lock) {
  unsigned cursor = 0;
  struct lock_owner owner;
  while (next_owner(lock, &cursor, &owner)) {
    if (owner.pointer == NULL) continue;
    DbgPrint("    pointer %u-%02u<*>", owner.pointer->number, owner.hold.count);
    const struct thread *t = find_thread(owner.pointer->value & ~(ULONG_PTR)3);
    if (t != NULL) DbgPrint(" *** Actual Thread %u", t->number);
  }
}

static void print_threads(unsigned lock) {
  DbgPrint("     Threads:");
  for (const struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    print_owning_thread(t, lock);
    for (const struct lock_wait *w = NULL; (w = wait_after(w, t, lock)) != NULL;) {
      if (!is_queued(w)) {
        DbgPrint("    %u-01<*>", t->number);
      } else if (!w->exclusive) {
        DbgPrint("    %u-01", t->number);
      }
    }
  }
  print_owning_pointers(lock);
  DbgPrint("\n");
}

/* Who waits exclusively, and has the first turn after that one; NULL: nobody. */
static const struct thread *waiter_after(unsigned *turn, unsigned lock) {
  const struct thread *first = NULL;
  unsigned first_turn = UINT32_MAX;
  for (const struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    for (const struct lock_wait *w = NULL; (w = wait_after(w, t, lock)) != NULL;) {
      if (!w->exclusive || !is_queued(w) || w->turn <= *turn || w->turn >= first_turn) continue;
      first = t;
      first_turn = w->turn;
    }
  }
  *turn = first_turn;
  return first;
}

static void print_exclusive_waiters(unsigned lock) {
  DbgPrint("     Threads Waiting On Exclusive Access:");
  unsigned turn = 0;
  for (const struct thread *t; (t = waiter_after(&turn, lock)) != NULL;) {
    DbgPrint("    %u", t->number);
  }
  DbgPrint("\n");
}

static void print_statistics(unsigned lock, bool has_stopped) {
  struct lockarb_statistics s;
  DbgPrint("    Statistics: ");
  if (is_software(lock)) {
    DbgPrint("none of a lock in shared memory\n");
  } else if (has_stopped) {
    DbgPrint("not read, the machine has stopped\n");
  } else if (lockarb_read_statistics(&arbiter, port_core(), lock, &s) != LOCKARB_OK) {
    DbgPrint("none in this arbiter\n");
  } else {
    DbgPrint(
        "%lu acquisitions, %lu contentions, longest wait %lu, longest hold %lu ticks, "
        "deepest queue %lu\n",
        s.acquisitions, s.contentions, s.longest_wait, s.longest_hold, s.deepest_queue);
  }
}

static void print_lock(unsigned lock, const struct lock_counts *counts, ULONG flags,
                       bool has_stopped) {
  DbgPrint("\nResource @ lock %u    ", lock);
  if (counts->owners == 0) {
    DbgPrint("Not owned\n");
  } else if (is_exclusive(lock)) {
    DbgPrint("Exclusively owned\n");
  } else {
    DbgPrint("Shared %u owning threads\n", counts->owners);
  }
  if (print_variable != NULL) print_variable(lock_object(lock));
  if (flags != 0)
    DbgPrint("    Stands on %s\n", is_software(lock) ? "shared memory" : "the arbiter");
  if (counts->contentions != 0) DbgPrint("    Contention Count = %u\n", counts->contentions);
  if (counts->shared_waiters != 0) {
    DbgPrint("    NumberOfSharedWaiters = %u\n", counts->shared_waiters);
  }
  if (counts->exclusive_waiters != 0) {
    DbgPrint("    NumberOfExclusiveWaiters = %u\n", counts->exclusive_waiters);
  }
  if (flags & LOCKARB_LOCKS_STATISTICS) print_statistics(lock, has_stopped);
  if (counts->owners != 0) print_threads(lock);
  if (counts->exclusive_waiters != 0) print_exclusive_waiters(lock);
  if (print_origins != NULL) print_origins(lock);
}

static void print_locks(ULONG flags, bool has_stopped) {
  unsigned total = 0, held = 0;
  DbgPrint("**** Resources ****\n");
  for (unsigned lock = 0; (lock = next_used_lock(lock)) != EXECUTIVE_NO_LOCK; lock++) {
    struct lock_counts counts = lock_counts(lock);
    total++;
    held += counts.owners != 0;
    if ((flags & LOCKARB_LOCKS_ALL) || counts.owners != 0 || counts.contentions != 0) {
      print_lock(lock, &counts, flags, has_stopped);
    }
  }
  DbgPrint("\n%u total locks, %u locks currently held\n", total, held);
}

VOID lockarb_print_locks(ULONG Flags) {
  bool on = lock_dispatcher();
  print_locks(Flags, false);
  unlock_dispatcher(on);
}

VOID lockarb_list_locks_at_end(ULONG Flags) {
  lists_at_end = true;
  flags_at_end = Flags;
}

VOID lockarb_list_locks_now(VOID) {
  bool on = lock_dispatcher();
  list_locks_at_end(false);
  unlock_dispatcher(on);
}

void list_locks_at_end(bool has_stopped) {
  if (lists_at_end) print_locks(flags_at_end, has_stopped);
  lists_at_end = false;
}

void list_locks_at_stop(void) { print_locks(lists_at_end ? flags_at_end : 0, true); }
