// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/lockstep_sets.h"

#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "Vlockarb_large.h"
#include "Vlockarb_large___024root.h"
#include "Vlockarb_many_cores.h"
#include "Vlockarb_many_cores___024root.h"
#include "Vlockarb_many_locks.h"
#include "Vlockarb_many_locks___024root.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_odd___024root.h"
#include "Vlockarb_stage.h"
#include "Vlockarb_stage___024root.h"
#include "Vlockarb_stage_many_cores.h"
#include "Vlockarb_stage_many_cores___024root.h"
#include "Vlockarb_stage_odd.h"
#include "Vlockarb_stage_odd___024root.h"
#include "Vlockarb_tiny.h"
#include "Vlockarb_tiny___024root.h"
#include "Vlockarb_wide.h"
#include "Vlockarb_wide___024root.h"

namespace lockarb {

const std::vector<Set> &lockstep_sets() {
  static const std::vector<Set> sets = {
      {"tiny", {1, 2, 1, 2, true, false}, 2, 1, Lockstep<Vlockarb_tiny>::run},
      {"odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_odd>::run},
      {"few", {4, 64, 256, 4, true, false}, 5, 2, Lockstep<Vlockarb>::run},
      {"queues", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb>::run},
      {"spread", {4, 64, 256, 4, true, false}, 64, 256, Lockstep<Vlockarb>::run},
      {"wide", {8, 64, 256, 8, true, false}, 24, 4, Lockstep<Vlockarb_wide>::run},
      {"many-locks", {2, 3, 4096, 16, true, true}, 3, 9, Lockstep<Vlockarb_many_locks>::run},
      {"many-cores", {32, 33, 150, 2, false, false}, 33, 5, Lockstep<Vlockarb_many_cores>::run},
      {"large", {8, 300, 1024, 8, true, false}, 100, 5, Lockstep<Vlockarb_large>::run},
      {"flips-odd", {3, 5, 7, 3, false, true}, 5, 2, Lockstep<Vlockarb_odd>::run, 60},
      {"flips", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb>::run, 40},
      {"stage", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb_stage>::run},
      {"stage-spread", {4, 64, 256, 4, true, false}, 64, 256, Lockstep<Vlockarb_stage>::run},
      {"stage-odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_stage_odd>::run},
      {"stage-many-cores",
       {32, 33, 150, 2, false, false},
       33,
       5,
       Lockstep<Vlockarb_stage_many_cores>::run},
      {"stage-flips", {4, 64, 256, 4, true, false}, 40, 3, Lockstep<Vlockarb_stage>::run, 40},
  };
  return sets;
}

}  // namespace lockarb
