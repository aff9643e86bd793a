/* SPDX-License-Identifier: Apache-2.0 */
/* What a program can ask the simulation for, on cores. */
#include <lockarb_simulation.h>

/* The simulator writes what --seed says here before the program begins (sim/soc/run.cpp). */
__attribute__((used)) volatile uint64_t lockarb_soc_seed = 1;

uint64_t lockarb_simulation_seed(void) { return lockarb_soc_seed; }
