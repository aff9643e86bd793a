// SPDX-License-Identifier: Apache-2.0
// Shared memory with atomic operations.
//
// Timing
//   - kAccessClocks for a read or a write, kAtomicClocks for swap, add and compare-and-swap: the
//   bus
//     is taken all the while, which is what makes them atomic.
// Refused: anything but aligned 4 or 8 bytes (burst error), addresses beyond the size (address
// error), unprivileged accesses that write (generic error): all of it is the executive's.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <vector>

namespace lockarb {

class Memory : public sc_core::sc_module {
 public:
  static constexpr uint64_t kAccessClocks = 2;
  static constexpr uint64_t kAtomicClocks = 3;

  tlm_utils::simple_target_socket<Memory> tsock{"tsock"};

  Memory(const sc_core::sc_module_name &name, uint64_t size);

  // The word at that offset, as a debugger reads it: in no time.
  uint32_t peek(uint64_t offset) const;

 private:
  void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);

  std::vector<uint8_t> bytes_;
};

}  // namespace lockarb
