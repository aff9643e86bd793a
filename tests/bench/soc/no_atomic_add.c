/* SPDX-License-Identifier: Apache-2.0 */
/* On cores without the A extension these locks are not there. */
#include "baseline/baseline.h"

const struct baseline_lock baseline_ticket = {0};
const struct baseline_lock baseline_mcs = {0};
