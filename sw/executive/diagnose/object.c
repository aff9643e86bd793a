/* SPDX-License-Identifier: Apache-2.0 */
/* What a bug check says of a mutex, a spin lock or a push lock. */
#include "executive/diagnose/diagnose.h"
#include "executive/wait/push_lock.h"

static struct {
  const char *what;
  const void *object;
} shown;

static void print_thread(const char *what, const struct thread *t, bool exclusive) {
  print("    %s   thread %u (%s)%s", what, t->number, t->name, exclusive ? "" : " shared");
}

/* @return Whether it has any. */
static bool print_owners(void) {
  bool any = false;
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    const struct held *held = find_held(t->held, shown.object);
    if (held == NULL) continue;
    print_thread("owner ", t, held->exclusive);
    print_held_line(" since ", held);
    print("\n");
    any = true;
  }
  return any;
}

/* NULL: t waits for something else. */
static const void *awaited_by(const struct thread *t, bool *exclusive) {
  *exclusive = true;
  if (t->state != THREAD_WAITING || t->wait_for != WAIT_FOR_OBJECT) return NULL;
  if (t->awaited_mutex != NULL) return t->awaited_mutex;
  if (t->awaited->Type != OBJECT_PUSH_LOCK) return t->awaited;
  const struct push_wait *wait = CONTAINING_RECORD(t->awaited, struct push_wait, gate);
  *exclusive = wait->exclusive;
  return wait->lock;
}

static void print_waiters(void) {
  bool exclusive;
  for (struct thread *t = NULL; (t = thread_after(t)) != NULL;) {
    if (awaited_by(t, &exclusive) != shown.object) continue;
    print_thread("waiter", t, exclusive);
    print_line(" at ", t->wait_call.from);
    print("\n");
  }
}

static void print_shown(void) {
  print("    lock     %s", shown.what);
  print_object(shown.object);
  print("\n");
  if (!print_owners() && print_released != NULL) print_released(NULL, shown.object);
  print_waiters();
}

void show_object(const char *what, const volatile void *object) {
  shown.what = what;
  shown.object = (const void *)object;
  print_shown_object = print_shown;
}
