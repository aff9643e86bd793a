/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of shared memory: which are unused. */
#include "executive/lock/cell.h"

#include <string.h>

#include "executive/thread/thread.h"

enum { MAX_CELLS = 1 << 16 };

static port_lock cells_lock;
static unsigned *next_unused; /* links of the unused cells, by number; 0: the last one */
static unsigned first_unused;

unsigned set_up_cells(void) {
  memset(&cells_lock, 0, sizeof(cells_lock));
  size_t all = port_shared_size() / CELL_BYTES;
  unsigned cells = all < MAX_CELLS ? (unsigned)all : MAX_CELLS;
  next_unused = allocate_table("cells of shared memory", cells + 1, sizeof(*next_unused));
  for (unsigned cell = 1; cell <= cells; cell++) next_unused[cell] = cell < cells ? cell + 1 : 0;
  first_unused = cells != 0;
  return cells;
}

unsigned take_cell(void) {
  port_spin_lock(&cells_lock);
  unsigned cell = first_unused;
  if (cell != 0) first_unused = next_unused[cell];
  port_spin_unlock(&cells_lock);
  return cell;
}

void give_back(unsigned cell) {
  port_spin_lock(&cells_lock);
  next_unused[cell] = first_unused;
  first_unused = cell;
  port_spin_unlock(&cells_lock);
}
