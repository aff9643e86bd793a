// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/clint.h"

#include <cstring>
#include <utility>

#include "sim/platform/bus_access.h"

namespace lockarb {

Clint::Clint(const sc_core::sc_module_name &name, std::vector<InterruptInputs *> cores)
    : sc_module(name),
      cores_(std::move(cores)),
      msip_(cores_.size(), 0),
      mtimecmp_(cores_.size(), kNever) {
  tsock.register_b_transport(this, &Clint::b_transport);
}

void Clint::b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay) {
  const uint64_t address = transaction.get_address();
  const bool msip = address < kMtimecmp;
  const uint64_t width = msip ? 4 : 8;
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) {
    transaction.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (transaction.get_data_length() != width || address % width != 0 ||
      transaction.get_byte_enable_ptr() != nullptr || transaction.get_streaming_width() < width) {
    transaction.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const uint64_t core = msip ? address / 4 : (address - kMtimecmp) / 8;
  const bool mtime = address == kMtime;
  if ((!mtime && core >= cores_.size()) || (mtime && transaction.is_write())) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }

  if (!transaction.get_extension<BusAccess>()->privileged && transaction.is_write()) {
    transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  delay += clocks(kAccessClocks);
  const uint64_t end = clock_now() + to_clocks(delay);
  transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  uint8_t *const data = transaction.get_data_ptr();
  if (transaction.is_read()) {
    const uint64_t value = mtime ? end : msip ? msip_[core] : mtimecmp_[core];
    std::memcpy(data, &value, width);
  } else if (msip) {
    std::memcpy(&msip_[core], data, sizeof msip_[core]);
    msip_[core] &= 1;
    cores_[core]->set(kLineCore, msip_[core] != 0, end);
  } else {
    std::memcpy(&mtimecmp_[core], data, sizeof mtimecmp_[core]);
    set_timer(static_cast<unsigned>(core), mtimecmp_[core], end);
  }
}

void Clint::set_timer(unsigned core, uint64_t deadline, uint64_t at) {
  cores_[core]->set(kLineTimer, deadline <= at, at);
  if (deadline > at && deadline != kNever) cores_[core]->set(kLineTimer, true, deadline);
}

}  // namespace lockarb
