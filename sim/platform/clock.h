// SPDX-License-Identifier: Apache-2.0
// Simulated time in bus clocks: all that happens on the platform happens at a whole clock.
#pragma once

#include <cstdint>
#include <systemc>

#include "sim/model/units.h"

namespace lockarb {

// In SystemC's default resolution of 1 ps.
constexpr uint64_t kClockPicoseconds = 1000 * kClockNanoseconds;

inline sc_core::sc_time clocks(uint64_t n) {
  return sc_core::sc_time::from_value(n * kClockPicoseconds);
}
inline uint64_t to_clocks(const sc_core::sc_time &time) { return time.value() / kClockPicoseconds; }
inline uint64_t clock_now() { return to_clocks(sc_core::sc_time_stamp()); }

// True when nothing else happens before or in clock `when`: a process may act then without having
// waited.
inline bool alone_until(uint64_t when) {
  const sc_core::sc_time other =
      sc_core::sc_time_to_pending_activity(sc_core::sc_get_curr_simcontext());
  return (sc_core::sc_time_stamp() + other).value() > when * kClockPicoseconds;
}

}  // namespace lockarb
