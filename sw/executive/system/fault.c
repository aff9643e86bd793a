/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine does wrong: errors on the bus. */
#include "executive/thread/thread.h"

enum { MOST_ATTEMPTS = 4 };

/* Also while it is still being looked for. */
static bool is_arbiter(uintptr_t address) {
  return address - port_lockarb_base() < (uintptr_t)port_core_count() << LOCKARB_WINDOW_SHIFT;
}

static bool is_repeatable(uintptr_t address, bool write) {
  if (is_arbiter(address)) return lockarb_is_repeatable(address - port_lockarb_base(), write);
  /* A word that locks in software are made of: it belongs to who holds the spin lock. */
  return address - port_shared_base() < port_shared_size();
}

void executive_bus_error(uintptr_t address, bool write, unsigned attempt) {
  if (attempt < MOST_ATTEMPTS && is_repeatable(address, write)) return;
  const struct core *core = this_core();
  struct call call = core->command;
  unsigned lock = call.routine != NULL ? core->command_lock : EXECUTIVE_NO_LOCK;
  unsigned operation = 0, named;
  if (is_arbiter(address) &&
      lockarb_is_command(address - port_lockarb_base(), &operation, &named)) {
    lock = named;
  }
  if (call.routine == NULL) call.routine = "the executive itself";
  executive_stop(call, lock, MACHINE_CHECK_EXCEPTION, address, write, operation, attempt);
}
