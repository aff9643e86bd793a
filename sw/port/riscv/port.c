/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The executive's port to RISC-V cores with a CLINT and one arbiter whose interrupt of core n is
 * the external interrupt of hart n. A core cannot be reset alone.
 */
#include "executive/port.h"

#include "board.h"
#include "core.h"

void program(void *arg); /* program.c: the first thread */

static volatile uint32_t *word(uintptr_t address) { return (volatile uint32_t *)address; }

/* Cores and the bus */

unsigned port_core_count(void) { return board_core_count(); }
/* start.S put it there: a thread never leaves its core, so no switch changes it. */
unsigned port_core(void) {
  unsigned core;
  __asm__("mv %0, tp" : "=r"(core));
  return core;
}
uintptr_t port_lockarb_base(void) { return board.lockarb; }
bool port_lockarb_by_write(void) { return board.by_write; }

/* Start and interrupts */

/* On the boot stack of each core, with interrupts off. */
_Noreturn void port_start(void);
void port_start(void) { executive_start_core(program, NULL); }

unsigned port_take_interrupts(void) {
  uint32_t pending = core_pending();
  unsigned causes = 0;
  if (pending & CORE_EXTERNAL) causes |= PORT_IRQ_ARBITER;
  if (pending & CORE_TIMER) causes |= PORT_IRQ_TIMER;
  if (pending & CORE_SOFTWARE) {
    causes |= PORT_IRQ_CORE;
    *word(board.msip + 4 * port_core()) = 0;
    __asm__ volatile("fence" ::: "memory"); /* before anything is looked at that it is about */
  }
  return causes;
}

void port_interrupt(void) {
  board_check_bus();
  unsigned causes = port_take_interrupts();
  if (causes != 0) executive_interrupt(causes); /* else its cause is gone again */
}

void port_interrupt_core(unsigned core) {
  __asm__ volatile("fence" ::: "memory"); /* what it is about is in memory before */
  *word(board.msip + 4 * core) = 1;
}

void port_wait_for_interrupt(struct port_context *here) {
  (void)here; /* no core is reset alone */
  /* Without an access to data: there are cores whose wfi returns at once. */
  do core_wait();
  while (!core_is_interrupted());
}

/* Threads */

void port_first_entry(void);

void port_context_create(struct port_context *c, void *stack_base, size_t size,
                         void (*entry)(void *), void *arg) {
  enum { FRAME_REGISTERS = 16, RA = 0, S0 = 1, S1 = 2 }; /* of port_context_switch() */
  uintptr_t *frame = (uintptr_t *)((uintptr_t)stack_base + size) - FRAME_REGISTERS;
  frame[RA] = (uintptr_t)port_first_entry;
  frame[S0] = (uintptr_t)entry;
  frame[S1] = (uintptr_t)arg;
  *c = (struct port_context){.suspended = frame, .entry = entry, .arg = arg};
}

extern char __stack_size[]; /* of the linker: its address is the number */
size_t port_stack_size(void) { return (size_t)__stack_size; }

/* Spin locks: one test-and-set, and looking only while another core has it */

void port_spin_lock(port_lock *lock) {
  while (board_test_and_set(&lock->number) != 0) {
    while (*(volatile uint32_t *)&lock->number != 0) continue;
  }
}

void port_spin_unlock(port_lock *lock) {
  __asm__ volatile("fence rw, w" ::: "memory");
  *(volatile uint32_t *)&lock->number = 0;
}

/* Shared memory for locks in software: what the linker sets aside, none by default */

extern char __shared_start[], __shared_end[];
uintptr_t port_shared_base(void) { return (uintptr_t)__shared_start; }
size_t port_shared_size(void) { return (size_t)(__shared_end - __shared_start); }
uint32_t port_shared_read(uintptr_t address) { return *word(address); }
void port_shared_write(uintptr_t address, uint32_t value) { *word(address) = value; }
uint32_t port_shared_peek(uintptr_t address) { return *word(address); }

/* Time */

uint64_t port_time(void) {
#if __riscv_xlen == 64
  return *(volatile uint64_t *)board.mtime;
#else
  for (;;) {
    uint32_t high = *word(board.mtime + 4), low = *word(board.mtime);
    if (*word(board.mtime + 4) == high) return (uint64_t)high << 32 | low;
  }
#endif
}

uint32_t port_time_frequency(void) { return board_frequency(); }

void port_timer_set(uint64_t deadline) {
  uintptr_t compare = board.mtimecmp + 8 * port_core();
  *word(compare + 4) = UINT32_MAX; /* no deadline that was never asked for */
  *word(compare) = (uint32_t)deadline;
  *word(compare + 4) = (uint32_t)(deadline >> 32);
}

void port_spend(uint64_t ticks) {
  uint64_t end = port_time() + ticks;
  while (port_time() < end) continue;
  /* What interrupts and other cores have written meanwhile is read anew, inlined or not. */
  __asm__ volatile("" ::: "memory");
}

/* Messages and the end */

void port_print(const char *text) {
  static port_lock one_at_a_time;
  bool on = port_interrupts_off();
  port_spin_lock(&one_at_a_time);
  while (*text != '\0') board_put(*text++);
  port_spin_unlock(&one_at_a_time);
  port_interrupts_restore(on);
}

void port_halt(int exit_code) { board_halt(exit_code); }
void port_all_ended(void) { board_halt(0); }

/* What only a simulator has */

void port_charge(enum port_work work) { (void)work; }
bool port_source_line(const void *return_address, char *text, size_t size) {
  (void)return_address, (void)text, (void)size;
  return false;
}
bool port_object_line(enum port_object_line of, uintptr_t object, char *text, size_t size) {
  (void)of, (void)object, (void)text, (void)size;
  return false;
}
enum port_address port_name_address(uintptr_t address, char *text, size_t size) {
  (void)address, (void)text, (void)size;
  return PORT_NO_ADDRESS; /* they are the same in each run */
}
