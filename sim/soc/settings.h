/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the command line of a run says to its program on simulated cores: the simulator writes it
 * into the program's memory, as lockarb_soc_settings, before the cores start.
 */
#ifndef LOCKARB_SIM_SOC_SETTINGS_H_
#define LOCKARB_SIM_SOC_SETTINGS_H_

#include <stdint.h>

enum soc_lock { SOC_LOCK_AS_PROGRAM, SOC_LOCK_HARDWARE, SOC_LOCK_SOFTWARE };

struct soc_settings {
  uint32_t lock;     /**< enum soc_lock: what resources stand on */
  uint32_t verifier; /**< 0 or 1, as the two that follow */
  uint32_t watch_deadlocks;
  uint32_t is_nt52;
  uint32_t list_locks; /**< 0: no, else 1 + LOCKARB_LOCKS_... */
};

/** Those flags of a scenario's resources, but on what --lock says. Only a program with settings
 * has it. */
uint32_t chosen_resource_flags(uint32_t flags) __attribute__((weak));

#endif
