/* SPDX-License-Identifier: Apache-2.0 */
/* What reports and bug checks say of push locks and of rundown protection. */
#include "executive/diagnose/diagnose.h"
#include "executive/wait/push_lock.h"

static const char *how(bool exclusive) { return exclusive ? "exclusively" : "shared"; }

static const void *owner(const struct thread *t, unsigned number, struct thread **found) {
  const struct push_wait *wait = CONTAINING_RECORD(t->awaited, struct push_wait, gate);
  for (struct thread *other = NULL; (other = thread_after(other)) != NULL;) {
    if (find_held(other->held, wait->lock) == NULL || number-- != 0) continue;
    *found = other;
    return wait->lock;
  }
  return NULL;
}

static void print_push_lock(const struct thread *t) {
  const struct push_wait *wait = CONTAINING_RECORD(t->awaited, struct push_wait, gate);
  print("a push lock");
  print_name(wait->lock);
  print(" %s", how(wait->exclusive));
  print_line(" at ", t->wait_call.from);
  struct thread *other;
  for (unsigned i = 0; owner(t, i, &other) != NULL; i++) {
    const struct held *held = find_held(other->held, wait->lock);
    print("%s thread %u (%s) %s", i == 0 ? ", owned by" : " and", other->number, other->name,
          how(held->exclusive));
    print_held_line(" since ", held);
  }
}

static void print_rundown(const struct thread *t) {
  const struct rundown_wait *wait = CONTAINING_RECORD(t->awaited, struct rundown_wait, gate);
  print("the references to rundown protection");
  print_name(wait->reference);
  print_line(" at ", t->wait_call.from);
  print(", %d are left", (int)wait->left);
}

static void print_wait(const struct thread *t) {
  if (t->awaited->Type == OBJECT_PUSH_LOCK) {
    print_push_lock(t);
  } else {
    print_rundown(t);
  }
}

static void check_end(const struct thread *t, struct call call) {
  for (const struct held *held = t->held; held != NULL; held = held->next) {
    if (!held->used || held->kind != HELD_PUSH_LOCK) continue;
    executive_stop(call, EXECUTIVE_NO_LOCK, KERNEL_LOCK_ENTRY_LEAKED_ON_THREAD_TERMINATION,
                   (ULONG_PTR)t, (ULONG_PTR)held->object, 0, 0);
  }
}

#define NAME(code) \
  case code:       \
    return #code

static const char *bug_check_name(ULONG code) {
  switch (code) {
    NAME(KERNEL_LOCK_ENTRY_LEAKED_ON_THREAD_TERMINATION);
    NAME(KERNEL_AUTO_BOOST_INVALID_LOCK_RELEASE);
    NAME(KERNEL_AUTO_BOOST_LOCK_ACQUISITION_WITH_RAISED_IRQL);
    default:
      return NULL;
  }
}

const struct push_lock_report report_of_push_locks = {.print_wait = print_wait,
                                                      .owner = owner,
                                                      .check_end = check_end,
                                                      .bug_check_name = bug_check_name};
