/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Cells of shared memory, a cache line each, of which locks in software are made. A cell is named
 * by its number, from 1; 0: there is none. Every access costs what the machine's memory costs.
 */
#ifndef LOCKARB_EXECUTIVE_LOCK_CELL_H_
#define LOCKARB_EXECUTIVE_LOCK_CELL_H_

#include "executive/port.h"

#pragma GCC visibility push(hidden)

enum { CELL_WORDS = 16, CELL_BYTES = CELL_WORDS * 4 };

unsigned set_up_cells(void); /**< @return How many there are. */
unsigned take_cell(void);    /**< 0: there is none left. Interrupts off, as of give_back(). */
void give_back(unsigned cell);

static inline uintptr_t cell_address(unsigned cell, unsigned word) {
  return port_shared_base() + (uintptr_t)(cell - 1) * CELL_BYTES + word * 4;
}
static inline uint32_t get(unsigned cell, unsigned word) {
  return port_shared_read(cell_address(cell, word));
}
static inline void put(unsigned cell, unsigned word, uint32_t value) {
  port_shared_write(cell_address(cell, word), value);
}
/** For reports: takes no time. */
static inline uint32_t peek(unsigned cell, unsigned word) {
  return port_shared_peek(cell_address(cell, word));
}

#pragma GCC visibility pop

#endif
