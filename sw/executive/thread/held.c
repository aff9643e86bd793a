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

struct held *add_held(struct held **list) {
  struct held *held = port_allocate(sizeof(*held));
  if (held == NULL) return NULL;
  held->next = *list;
  *list = held;
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
