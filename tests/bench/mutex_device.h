// SPDX-License-Identifier: Apache-2.0
// A mutex in hardware as microcontrollers ship it: one register. A read that returns 0 has taken
// it, a write gives it back. As fast as the memory.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstring>
#include <systemc>
#include <utility>

#include "sim/platform/clock.h"
#include "sim/platform/memory.h"

namespace lockarb::bench {

class MutexDevice : public sc_core::sc_module {
 public:
  static constexpr uint64_t kSize = 4;

  tlm_utils::simple_target_socket<MutexDevice> tsock{"tsock"};

  explicit MutexDevice(const sc_core::sc_module_name& name) : sc_module(name) {
    tsock.register_b_transport(this, &MutexDevice::b_transport);
  }

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    const uint32_t before = std::exchange(taken_, transaction.is_read() ? 1 : 0);
    if (transaction.is_read()) std::memcpy(transaction.get_data_ptr(), &before, sizeof before);
    delay += clocks(Memory::kAccessClocks);
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  }

  uint32_t taken_ = 0;
};

}  // namespace lockarb::bench
