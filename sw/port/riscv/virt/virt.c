/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board: QEMU's machine "virt", with an arbiter where that has none. It is what the size is
 * measured with, and an example.
 */
#include "board.h"
#include "hal/mmio.h"

const struct board board = {
    .lockarb = 0x84000000, /* RAM: it answers what a test has put there */
    .msip = 0x02000000,
    .mtimecmp = 0x02004000,
    .mtime = 0x0200BFF8,
};

/* QEMU starts as many harts as it is told; the linker has set stacks aside for four. */
__attribute__((naked)) unsigned board_core(void) {
  __asm__(
      "csrr a0, mhartid\n"
      "li t0, 4\n"
      "bgeu a0, t0, 1f\n"
      "ret\n"
      "1: wfi\n"
      "j 1b");
}
unsigned board_core_count(void) { return 4; }
uint32_t board_frequency(void) { return 10000000; }

uint32_t board_test_and_set(uint32_t *word) {
  uint32_t before;
  __asm__ volatile(".option push\n.option arch, +a\namoswap.w.aq %0, %2, (%1)\n.option pop"
                   : "=r"(before)
                   : "r"(word), "r"(1)
                   : "memory");
  return before;
}

void board_check_bus(void) {} /* its harts trap */

/* mscratch: how often the core has done its access again. Interrupts are off around an access. */

uint32_t mmio_read32(uintptr_t address) {
  __asm__ volatile("csrw mscratch, zero\n\tfence" ::: "memory");
  return *(volatile uint32_t *)address;
}

void mmio_write32(uintptr_t address, uint32_t value) {
  __asm__ volatile("csrw mscratch, zero\n\tfence" ::: "memory");
  *(volatile uint32_t *)address = value;
  __asm__ volatile("fence" ::: "memory");
}

static volatile uint8_t *const uart = (volatile uint8_t *)0x10000000; /* a 16550 */
enum { UART_LINE_STATUS = 5, UART_CAN_TAKE = 0x20 };

void board_put(char c) {
  while (!(uart[UART_LINE_STATUS] & UART_CAN_TAKE)) continue;
  uart[0] = (uint8_t)c;
}

void board_halt(int exit_code) {
  volatile uint32_t *finisher = (volatile uint32_t *)0x100000;
  *finisher = exit_code == 0 ? 0x5555 : (uint32_t)exit_code << 16 | 0x3333;
  for (;;) continue;
}
