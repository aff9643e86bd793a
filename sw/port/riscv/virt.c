/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A board: QEMU's machine "virt", with an arbiter where that has none. It is what the size is
 * measured with, and an example.
 */
#include "board.h"

const struct board board = {
    .cores = 4,
    .lockarb = 0x84000000, /* RAM: it answers what a test has put there */
    .msip = 0x02000000,
    .mtimecmp = 0x02004000,
    .mtime = 0x0200BFF8,
    .frequency = 10000000,
};

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
