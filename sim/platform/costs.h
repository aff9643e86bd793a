// SPDX-License-Identifier: Apache-2.0
// What the software's own work costs, in clocks, beside its accesses to the bus.
#pragma once

#include <cstdint>
#include <string>

namespace lockarb {

// Software runs on the host, where its instructions take no simulated time. So the clocks that they
// need on a core are charged where the software calls the port (executive/port.h).
struct Costs {
  uint64_t interrupt = 20;  // entry to an interrupt and return from it
  uint64_t switch_to = 30;  // switch to another thread
  uint64_t wake = 0;        // from the interrupt of an idle core to the thread that it wakes
  uint64_t command = 0;  // what surrounds a command to the arbiter: most of an ERESOURCE's routine
  uint64_t access = 0;   // what surrounds any other access to a device
  uint64_t spin_lock = 0;  // what is done under a spin lock and around it
  uint64_t wait = 0;       // for an object or for time, beside its spin locks
  uint64_t thread = 0;     // from its creation to its end, beside its switches
};

// "default", "vexriscv" (measured: rtl/soc/README.md), or such as "vexriscv,switch=50". Throws
// std::runtime_error, which says what is known.
Costs read_costs(const std::string &text);

// Of the platform that runs next.
void use_costs(const Costs &costs);
const Costs &costs();

}  // namespace lockarb
