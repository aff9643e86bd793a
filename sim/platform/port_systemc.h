// SPDX-License-Identifier: Apache-2.0
// The executive's port on the simulated platform: what the platform has to give it.
#pragma once

#include <cstdint>
#include <string>

#include "executive/port.h"
#include "sim/platform/core.h"

namespace lockarb {

// The address map.
constexpr uint64_t kClintBase = 0x02000000;
constexpr uint64_t kArbiterBase = 0x40000000;
constexpr uint64_t kMemoryBase = 0x80000000;
constexpr uint64_t kMemorySize = 1 << 20;
// Spin locks are in the lower half of the memory, software's own words in the upper one.
constexpr uint64_t kSharedBase = kMemoryBase + kMemorySize / 2;
constexpr uint64_t kSharedSize = kMemorySize / 2;

class PortHost {
 public:
  virtual ~PortHost() = default;
  virtual unsigned cores() const = 0;
  virtual bool commands_by_write() const = 0;
  virtual void note(const struct port_note &note, uint64_t clock) = 0;
  virtual void print(const char *text) = 0;
  // A word of the memory, in no time.
  virtual uint32_t peek(uint64_t address) = 0;
  // The run is over in clock `clock`: the kernel stops at the end of this clock.
  virtual void end(int exit_code, uint64_t clock) = 0;
  // The accesses of a hostile program (workload.h).
  virtual bool attack(unsigned number, uint64_t *rest) = 0;
  // As end(), because the platform itself found something wrong.
  virtual void fail(const std::string &reason, uint64_t clock) = 0;
};

// One access of the running software that is not the executive's: an error is only an answer.
tlm::tlm_response_status attempt(const Core::Access &access);

// The port serves one platform at a time.
void attach_port(PortHost *host);

}  // namespace lockarb
