// SPDX-License-Identifier: Apache-2.0
// What model_on_demand.cpp asks the library for.
#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "sim/model/verilated_arbiter.h"

extern "C" __attribute__((visibility("default"))) lockarb::ArbiterModel *lockarb_new_arbiter(
    bool every_clock) {
  using namespace lockarb;
  return new VerilatedArbiter<Vlockarb, LOCKARB_TRACE_WRITER>(every_clock);
}
