// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/lockstep_sets.h"

#include "Vlockarb.h"
#include "Vlockarb_gate.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_tiny.h"

namespace lockarb {

const std::vector<Set> &lockstep_sets() {
  static const std::vector<Set> sets = {
      {"tiny", {1, 2, 1, 2, true, false}, 2, 1, Lockstep<Vlockarb_tiny>::run},
      {"odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_odd>::run},
      {"few", {4, 64, 256, 4, true, false}, 5, 2, Lockstep<Vlockarb>::run},
      {"queues", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb>::run},
      {"spread", {4, 64, 256, 4, true, false}, 64, 256, Lockstep<Vlockarb>::run},
      {"board", {4, 64, 256, 4, false, true}, 40, 3, Lockstep<Vlockarb_gate>::run},
  };
  return sets;
}

}  // namespace lockarb
