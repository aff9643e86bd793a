/* Owner pointers that own something. */
#include "executive/lock/owner_pointer.h"

#include <string.h>

#include "executive/thread/held.h"
#include "executive/thread/slot.h"

enum { MAX_POINTERS = 4096 };

static struct owner_pointer pointers[MAX_POINTERS]; /* value 0: unused */
static unsigned pointers_used;                      /* none from there on is */
static unsigned takers;                             /* of all of them */

void set_up_owner_pointers(void) {
  memset(pointers, 0, sizeof(pointers));
  pointers_used = takers = 0;
}

struct owner_pointer *find_pointer(ULONG_PTR value, bool make) {
  unsigned unused = MAX_POINTERS;
  for (unsigned i = 0; i < pointers_used; i++) {
    if (pointers[i].value == value) return &pointers[i];
    if (pointers[i].value == 0 && unused == MAX_POINTERS) unused = i;
  }
  if (unused == MAX_POINTERS) unused = pointers_used;
  if (!make || unused == MAX_POINTERS) return NULL;
  if (unused == pointers_used) pointers_used++;
  pointers[unused] = (struct owner_pointer){.value = value};
  return &pointers[unused];
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

unsigned pointer_number(const struct owner_pointer *pointer) {
  return (unsigned)(pointer - pointers);
}

struct owner_pointer *pointer_at(unsigned number) {
  return number < pointers_used ? &pointers[number] : NULL;
}
