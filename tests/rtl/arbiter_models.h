// SPDX-License-Identifier: Apache-2.0
// The models that the tests on pins are about. CMakeLists.txt builds these tests twice: the second
// time for arbiters with registers behind their RAMs (RamStage), which answer one clock later and
// else do the same.
#pragma once

#ifdef LOCKARB_RAM_STAGE
#include "Vlockarb_stage.h"
#include "Vlockarb_stage___024root.h"
#include "Vlockarb_stage_many_cores.h"
#include "Vlockarb_stage_odd.h"
#else
#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "Vlockarb_many_cores.h"
#include "Vlockarb_odd.h"
#endif

namespace lockarb {

#ifdef LOCKARB_RAM_STAGE
constexpr unsigned kRamStage = 1;
using Arbiter = Vlockarb_stage;                      // 4 x 64 x 256, statistics
using OddArbiter = Vlockarb_stage_odd;               // 3 x 5 x 7, user checked
using ManyCoresArbiter = Vlockarb_stage_many_cores;  // 32 x 33 x 150, no parity
#else
constexpr unsigned kRamStage = 0;
using Arbiter = Vlockarb;
using OddArbiter = Vlockarb_odd;
using ManyCoresArbiter = Vlockarb_many_cores;
#endif

}  // namespace lockarb
