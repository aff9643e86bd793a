// SPDX-License-Identifier: Apache-2.0
// Units of simulated time, for the parts with and without SystemC.
#pragma once

#include <cstdint>
#include <limits>

namespace lockarb {

constexpr unsigned kClockNanoseconds = 10;  // the bus clock: 100 MHz
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

}  // namespace lockarb
