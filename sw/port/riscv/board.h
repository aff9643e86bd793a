/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the port has to know of a board: a file of the board's defines it. All addresses are of
 * device registers, which no cache keeps and no core reads ahead.
 */
#ifndef LOCKARB_PORT_RISCV_BOARD_H_
#define LOCKARB_PORT_RISCV_BOARD_H_

#include <stdbool.h>
#include <stdint.h>

struct board {
  unsigned cores;     /**< Harts 0 to cores - 1; others sleep. */
  uintptr_t lockarb;  /**< Its interrupt of core n is the external interrupt of
                         hart n. */
  bool by_write;      /**< See port_lockarb_by_write(). */
  uintptr_t msip;     /**< CLINT: a word for each hart, 1 to interrupt it. */
  uintptr_t mtimecmp; /**< Two words for each hart. */
  uintptr_t mtime;    /**< Two words. */
  uint32_t frequency; /**< Of mtime, in Hz, at least 10 million. */
};
extern const struct board board;

void board_put(char c);                   /**< A character of a message. */
_Noreturn void board_halt(int exit_code); /**< 0: all threads have ended. */

#endif
