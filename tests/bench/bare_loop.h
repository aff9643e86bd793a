// SPDX-License-Identifier: Apache-2.0
// The Verilated arbiter in a plain C++ loop: what the platform's speed is compared with.
#pragma once

#include "simulation_speeds.h"

namespace lockarb::bench {

// `traced`: the model has the waveform compiled in; it stays off.
Speed bare_speed(bool traced, const Job& job);

}  // namespace lockarb::bench
