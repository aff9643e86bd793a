/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The observer of a simulated machine: one store tells where the note is, and the simulator reads
 * it out of memory in that clock (sim/soc/machine.cpp). A program without this file has none.
 */
#include <stddef.h>

#include "executive/port.h"
#include "soc.h"

/* What the simulator knows of the place of each field. */
_Static_assert(offsetof(struct port_note, name) == 8 && offsetof(struct port_note, address) == 20 &&
                   offsetof(struct port_note, apc) == 28 &&
                   offsetof(struct port_note, exclusive) == 32 &&
                   offsetof(struct port_note, waited) == 33 &&
                   offsetof(struct port_note, value) == 40 && sizeof(enum port_note_kind) == 4,
               "sim/soc/machine.cpp reads notes of another form");

void port_note(const struct port_note *note) {
  __asm__ volatile("" ::: "memory"); /* all of it is in memory before */
  *soc_word(SOC_NOTE_OBSERVED) = (uint32_t)(uintptr_t)note;
}
