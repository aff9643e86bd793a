/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What threads and owner pointers own, and where they got it: for reports, and for the verifier's
 * order of locks. Nobody decides by it who owns what, but for the levels of owner pointers.
 */
#include "executive/thread/held.h"

#include "executive/thread/thread.h"

struct held *find_held(struct held *list, const void *object) {
  while (list != NULL && (!list->used || list->object != object)) list = list->next;
  return list;
}

struct held *remember(struct held **list, struct held what) {
  struct held *held = *list;
  while (held != NULL && held->used) held = held->next;
  if (held == NULL) {
    held = port_allocate(sizeof(*held));
    if (held == NULL) return NULL;
    held->next = *list;
    *list = held;
  }
  what.next = held->next;
  what.used = true;
  *held = what;
  return held;
}

void forget(struct held *list, const void *object) {
  struct held *held = find_held(list, object);
  if (held != NULL) held->used = false;
}

void free_held(struct held **list) {
  while (*list != NULL) {
    struct held *held = *list;
    *list = held->next;
    port_free(held, sizeof(*held));
  }
}

struct held held_lock(unsigned lock, const void *object, bool exclusive, const void *from) {
  return (struct held){.exclusive = exclusive,
                       .lock = lock,
                       .object = object,
                       .from = from,
                       .by = this_thread()->number};
}

struct held held_mutex(const void *mutex, bool fast, const void *from) {
  return (struct held){.exclusive = true,
                       .fast = fast,
                       .lock = EXECUTIVE_NO_LOCK,
                       .object = mutex,
                       .from = from,
                       .by = this_thread()->number};
}
