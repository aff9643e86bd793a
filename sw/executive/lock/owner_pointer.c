/* SPDX-License-Identifier: Apache-2.0 */
/* Owner pointers that own something. */
#include "executive/lock/owner_pointer.h"

#include <string.h>

#include "executive/thread/held.h"
#include "executive/thread/slot.h"

enum { MAX_POINTERS = 4096, BLOCK = 32 };

static struct owner_pointer *blocks[MAX_POINTERS / BLOCK]; /* each made when it is needed */
static unsigned pointers_used;                             /* none from there on is */
static unsigned takers;                                    /* of all of them */

void set_up_owner_pointers(void) {
  memset(blocks, 0, sizeof(blocks));
  pointers_used = takers = 0;
}

struct owner_pointer *pointer_at(unsigned number) {
  return number < pointers_used ? &blocks[number / BLOCK][number % BLOCK] : NULL;
}

/* There is a block for one more. */
static bool make_room(void) {
  if (pointers_used == MAX_POINTERS) return false;
  struct owner_pointer **block = &blocks[pointers_used / BLOCK];
  if (*block == NULL) *block = port_allocate(BLOCK * sizeof(**block));
  return *block != NULL;
}

struct owner_pointer *find_pointer(ULONG_PTR value, bool make) {
  unsigned unused = pointers_used;
  for (unsigned i = pointers_used; i-- > 0;) {
    if (pointer_at(i)->value == value) return pointer_at(i);
    if (pointer_at(i)->value == 0) unused = i;
  }
  if (!make || (unused == pointers_used && !make_room())) return NULL;
  if (unused == pointers_used) pointers_used++;
  *pointer_at(unused) = (struct owner_pointer){.value = value, .number = unused};
  return pointer_at(unused);
}

void stand_for_thread(struct owner_pointer *pointer) {
  if (pointer->thread != NULL) return;
  pointer->thread = find_thread(pointer->value & ~(ULONG_PTR)3);
  if (pointer->thread != NULL) pointer->thread->references++;
}

void begin_taking(struct owner_pointer *pointer) {
  pointer->takers++;
  takers++;
}

void end_taking(struct owner_pointer *pointer) {
  pointer->takers--;
  takers--;
}

void forget_pointer(struct owner_pointer *pointer) {
  int slot = pointers_slot();
  if (takers == 0 && slot != NO_SLOT && slot_at((unsigned)slot)->locks_owned == 0) {
    return_pointers_slot();
  }
  if (pointer->takers != 0 || pointer->locks_owned != 0 || pointer->software_locks_owned != 0) {
    return;
  }
  if (pointer->thread != NULL) dereference_locked(pointer->thread);
  free_held(&pointer->held);
  *pointer = (struct owner_pointer){0};
}
