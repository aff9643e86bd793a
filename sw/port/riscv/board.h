/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the port has to know of a board: a folder of the board's defines it, the functions of
 * hal/mmio.h too. All addresses are of device registers, which no cache keeps and no core reads
 * ahead.
 */
#ifndef LOCKARB_PORT_RISCV_BOARD_H_
#define LOCKARB_PORT_RISCV_BOARD_H_

#include <stdbool.h>
#include <stdint.h>

struct board {
  uintptr_t lockarb;  /**< Its interrupt of core n is an external interrupt of that core. */
  bool by_write;      /**< See port_lockarb_by_write(). */
  uintptr_t msip;     /**< CLINT: a word for each hart, 1 to interrupt it. */
  uintptr_t mtimecmp; /**< Two words for each hart. */
  uintptr_t mtime;    /**< Two words. */
};
extern const struct board board;

/**
 * The first that each core calls after reset: makes ready what is the board's own, and tells the
 * core's number. It has no stack yet, and may change a0, ra and t0 to t6 only. A core that the
 * software does not use never returns from it.
 */
unsigned board_core(void);
uint32_t board_frequency(void);  /**< Of mtime, in Hz, at least 10 million. */
unsigned board_core_count(void); /**< Those that return from board_core(), from 0. */

/** Set a word to other than 0, as one with the reading of it. @return What it was. */
uint32_t board_test_and_set(uint32_t *word);

/**
 * On a core that does not trap when the bus refuses an access, an interrupt asks: see whether it is
 * that, and stop. Else nothing.
 */
void board_check_bus(void);

void board_put(char c);                   /**< A character of a message. */
_Noreturn void board_halt(int exit_code); /**< 0: all threads have ended. */

#endif
