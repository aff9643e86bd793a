/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a program can ask the simulation that it runs in.
 */
#ifndef LOCKARB_SIMULATION_H_
#define LOCKARB_SIMULATION_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @return What --seed gave: the one source of random choices, so that a run can be repeated. */
uint64_t lockarb_simulation_seed(void);

#ifdef __cplusplus
}
#endif

#endif
