// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/memory.h"

#include <cstring>

#include "sim/platform/bus_access.h"
#include "sim/platform/clock.h"

namespace lockarb {
namespace {

uint64_t load(const uint8_t *from, unsigned size) {
  uint64_t value = 0;
  std::memcpy(&value, from, size);
  return value;
}

}  // namespace

Memory::Memory(const sc_core::sc_module_name &name, uint64_t size) : sc_module(name), bytes_(size) {
  tsock.register_b_transport(this, &Memory::b_transport);
}

uint32_t Memory::peek(uint64_t offset) const {
  return static_cast<uint32_t>(load(&bytes_[offset], sizeof(uint32_t)));
}

void Memory::b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay) {
  const unsigned size = transaction.get_data_length();
  const uint64_t address = transaction.get_address();
  if ((size != 4 && size != 8) || address % size != 0 ||
      transaction.get_byte_enable_ptr() != nullptr || transaction.get_streaming_width() < size) {
    transaction.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (address >= bytes_.size() || bytes_.size() - address < size) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const BusAccess *access = transaction.get_extension<BusAccess>();
  if (!access->privileged && !transaction.is_read()) {
    transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return;
  }
  uint8_t *const cell = &bytes_[address];
  uint8_t *const data = transaction.get_data_ptr();
  transaction.set_response_status(tlm::TLM_OK_RESPONSE);
  delay += clocks(kAccessClocks);
  if (transaction.is_read()) {
    std::memcpy(data, cell, size);
    return;
  }
  if (transaction.is_write()) {
    std::memcpy(cell, data, size);
    return;
  }
  const uint64_t old = load(cell, size);
  uint64_t value = load(data, size);
  switch (access->atomic) {
    case Atomic::kSwap:
      break;
    case Atomic::kAdd:
      value += old;
      break;
    case Atomic::kCompareSwap:
      value = old == access->compare ? value : old;
      break;
    case Atomic::kNone:
      transaction.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
      return;
  }
  delay += clocks(kAtomicClocks - kAccessClocks);
  std::memcpy(cell, &value, size);
  std::memcpy(data, &old, size);
}

}  // namespace lockarb
