// SPDX-License-Identifier: Apache-2.0
// The RTL in sizes of its own, on its pins: reads PARAMS.
#include <driver/lockarb_regs.h>

#include <cstdio>

#include "Vsmall.h"

namespace {

void tick(Vsmall *pins) {
  pins->clk_i = 0;
  pins->eval();
  pins->clk_i = 1;
  pins->eval();
}

}  // namespace

int main() {
  Vsmall pins;
  tick(&pins);
  tick(&pins);
  pins.rst_ni = 1;
  pins.s_axil_araddr = LOCKARB_PARAMS_OFFSET;
  pins.s_axil_arprot = 1;  // privileged
  pins.s_axil_arvalid = 1;
  pins.s_axil_rready = 1;
  for (int clock = 0; clock < 100; ++clock) {
    pins.clk_i = 0;
    pins.eval();
    const bool answered = pins.s_axil_rvalid;
    const unsigned params = pins.s_axil_rdata;
    tick(&pins);
    if (!answered) continue;
    std::printf("PARAMS %#x\n", params);
    const unsigned cores = params & LOCKARB_PARAMS_CORES_MASK;
    const unsigned locks = (params & LOCKARB_PARAMS_LOCKS_MASK) >> LOCKARB_PARAMS_LOCKS_SHIFT;
    return cores == 2 && locks == 12 ? 0 : 1;
  }
  std::puts("no answer");
  return 1;
}
