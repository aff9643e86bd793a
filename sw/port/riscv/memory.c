/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: what the linker leaves between the image and the boot stacks, given out first fit.
 * Whoever frees knows the size, so a block needs no head; neighbours that are free are one block.
 */
#include <stdlib.h>
#include <string.h>

#include "executive/port.h"

enum { ALIGNMENT = 16 }; /* of any type, and of a stack */

struct block { /* that is free; in order of address */
  struct block *next;
  size_t size;
};

extern char __pool_start[], __pool_end[]; /* of the linker, aligned */

static struct block *free_blocks;
static bool is_set_up;
static port_lock guard;

static size_t round_up(size_t size) { return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

static void set_up(void) {
  is_set_up = true;
  free_blocks = (struct block *)(void *)__pool_start;
  *free_blocks = (struct block){.next = NULL, .size = (size_t)(__pool_end - __pool_start)};
}

static void *take(size_t size) {
  if (!is_set_up) set_up();
  for (struct block **at = &free_blocks; *at != NULL; at = &(*at)->next) {
    struct block *block = *at;
    if (block->size < size) continue;
    if (block->size == size) {
      *at = block->next;
    } else {
      *at = (struct block *)(void *)((char *)block + size);
      **at = (struct block){.next = block->next, .size = block->size - size};
    }
    return block;
  }
  return NULL;
}

static void join_with_next(struct block *block) {
  if (block->next == NULL || (char *)block + block->size != (char *)block->next) return;
  block->size += block->next->size;
  block->next = block->next->next;
}

static void give_back(struct block *block, size_t size) {
  struct block *before = NULL, *after = free_blocks;
  while (after != NULL && after < block) {
    before = after;
    after = after->next;
  }
  *block = (struct block){.next = after, .size = size};
  join_with_next(block);
  if (before == NULL) {
    free_blocks = block;
  } else {
    before->next = block;
    join_with_next(before);
  }
}

void *port_allocate(size_t size) {
  if (size == 0 || size > (size_t)(__pool_end - __pool_start)) return NULL;
  bool on = port_interrupts_off();
  port_spin_lock(&guard);
  void *memory = take(round_up(size));
  port_spin_unlock(&guard);
  port_interrupts_restore(on);
  if (memory != NULL) memset(memory, 0, size);
  return memory;
}

void port_free(void *memory, size_t size) {
  bool on = port_interrupts_off();
  port_spin_lock(&guard);
  give_back(memory, round_up(size));
  port_spin_unlock(&guard);
  port_interrupts_restore(on);
}

void *port_stack_allocate(size_t size) { return port_allocate(size); }
void port_stack_free(void *stack, size_t size) { port_free(stack, size); }

/* For programs: a head keeps the size. */

struct head {
  _Alignas(ALIGNMENT) size_t size;
};

void *malloc(size_t size) {
  if (size > SIZE_MAX - sizeof(struct head)) return NULL;
  struct head *head = port_allocate(size + sizeof *head);
  if (head == NULL) return NULL;
  head->size = size + sizeof *head;
  return head + 1;
}

void *calloc(size_t count, size_t size) { /* port_allocate() zeroes */
  if (size != 0 && count > SIZE_MAX / size) return NULL;
  return malloc(count * size);
}

void free(void *memory) {
  if (memory == NULL) return;
  struct head *head = (struct head *)memory - 1;
  port_free(head, head->size);
}
