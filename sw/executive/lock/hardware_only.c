/* SPDX-License-Identifier: Apache-2.0 */
/* For machines without shared memory, in place of both_kinds.c: locks of the arbiter only. */
#include "executive/lock/lock_operations.h"

const struct lock_operations *const lock_kinds[3] = {&hardware_locks};
