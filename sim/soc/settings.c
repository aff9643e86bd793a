/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/soc/settings.h"

#include <lockarb_debugger.h>
#include <lockarb_threads.h>

/* sim/soc/run.cpp finds it by its name. Where start.S clears nothing. */
__attribute__((used, section(".data"))) volatile struct soc_settings lockarb_soc_settings;

uint32_t chosen_resource_flags(uint32_t flags) {
  enum soc_lock lock = (enum soc_lock)lockarb_soc_settings.lock;
  if (lock == SOC_LOCK_HARDWARE) flags &= ~(uint32_t)LOCKARB_RESOURCE_SOFTWARE;
  if (lock == SOC_LOCK_SOFTWARE) flags |= LOCKARB_RESOURCE_SOFTWARE;
  return flags;
}

void prepare_program(void);
void prepare_program(void) {
  lockarb_set_resource_flags(chosen_resource_flags(0));
  lockarb_set_verifier(lockarb_soc_settings.verifier != 0);
  lockarb_set_personality(lockarb_soc_settings.is_nt52 != 0 ? LOCKARB_NT52 : LOCKARB_NT6);
  if (lockarb_soc_settings.list_locks != 0) {
    lockarb_list_locks_at_end(lockarb_soc_settings.list_locks - 1);
  }
  lockarb_watch_deadlocks(lockarb_soc_settings.watch_deadlocks != 0);
}
