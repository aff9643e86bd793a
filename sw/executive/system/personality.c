/* SPDX-License-Identifier: Apache-2.0 */
/* What changed between versions of Windows, for those who look. */
#include "executive/executive.h"
#include "executive/system/system.h"

static enum lockarb_personality personality;

void set_up_personality(void) { personality = LOCKARB_NT6; }

void lockarb_set_personality(enum lockarb_personality chosen) { personality = chosen; }

bool is_nt52(void) { return personality == LOCKARB_NT52; }

void lockarb_set_thread_entry_value(PKTHREAD Thread, PVOID value) {
  thread_of(Thread)->entry_value = value;
}

SHORT executive_active_count(unsigned owners) {
  return personality == LOCKARB_NT52 ? (SHORT)owners : owners != 0;
}

PVOID executive_entry_value(void) {
  struct thread *self = this_thread();
  return personality == LOCKARB_NT52 ? self->tcb.Win32Thread : self->entry_value;
}
