/* SPDX-License-Identifier: Apache-2.0 */
/* Locks of the arbiter, and behind them locks in shared memory. */
#include "executive/lock/lock_operations.h"

const struct lock_operations *const lock_kinds[3] = {&hardware_locks, &software_locks};
