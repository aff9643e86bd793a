// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/caches.h"

#include <algorithm>

namespace lockarb {

Caches::Caches(uint64_t base, uint64_t size, const CacheCosts &costs)
    : base_(base), size_(size), costs_(costs), lines_(size / kLineBytes) {}

std::optional<uint64_t> Caches::hit(unsigned core, const tlm::tlm_generic_payload &access) const {
  const uint64_t address = access.get_address();
  if (!covers(address)) return std::nullopt;
  const Line &line = lines_[(address - base_) / kLineBytes];
  if ((line.cores >> core & 1) == 0) return std::nullopt;
  if (access.is_read()) return costs_.read_hit;
  if (!line.exclusive) return std::nullopt;
  return access.is_write() ? costs_.write_hit : costs_.atomic_hit;
}

uint64_t Caches::served(unsigned core, const tlm::tlm_generic_payload &access, uint64_t at,
                        uint64_t end) {
  const uint64_t address = access.get_address();
  if (!covers(address)) return end + costs_.device;
  Line &line = lines_[(address - base_) / kLineBytes];
  line.there = std::max(std::max(at, line.there) + costs_.line, end);
  const uint32_t self = 1u << core;
  line.exclusive = !access.is_read() || line.cores == 0;
  line.cores = access.is_read() ? line.cores | self : self;
  return line.there;
}

}  // namespace lockarb
