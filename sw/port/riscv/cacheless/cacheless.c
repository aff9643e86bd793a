/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtl/soc with cores that have no data cache and no A extension, and do one access at a time in the
 * order of the program.
 */
#include "board.h"
#include "soc/soc.h"

enum { SET_DISTANCE = 0x40000000 }; /* a read that far above memory sets the word */

const struct board board = {
    .lockarb = 0x40000000,
    .msip = 0x02000000,
    .mtimecmp = 0x02004000,
    .mtime = 0x0200BFF8,
};

uint32_t board_test_and_set(uint32_t *word) {
  return *(volatile uint32_t *)((uintptr_t)word + SET_DISTANCE);
}

void soc_order(void) {}
