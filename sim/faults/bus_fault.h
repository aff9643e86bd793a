// SPDX-License-Identifier: Apache-2.0
// What a fault does to an access; nothing, unless one strikes.
#pragma once

#include <cstdint>

namespace lockarb {

struct BusFault {
  bool error = false;        // answered with an error,
  bool carried_out = false;  //   by a device that did it all the same; else no device sees it
  uint64_t stall = 0;        // answered so many clocks later; the bus is taken meanwhile
};

}  // namespace lockarb
