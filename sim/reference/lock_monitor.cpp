// SPDX-License-Identifier: Apache-2.0
#include "sim/reference/lock_monitor.h"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

// The bits of a register that are compared.
uint32_t compared(uint32_t address) {
  if (is_command(address)) return ~0u;
  const uint32_t offset = address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  switch (offset) {
    case LOCKARB_TIME_LO_OFFSET:
    case LOCKARB_TIME_HI_OFFSET:
      return 0;
    case LOCKARB_STATUS_OFFSET:
      return ~LOCKARB_STATUS_BUSY_MASK;
    default:
      break;
  }
  if (offset < LOCKARB_STATISTICS_OFFSET) return ~0u;
  const uint32_t word = offset & ((1u << LOCKARB_STATISTICS_LOCK_SHIFT) - 1);
  return word == LOCKARB_LONGEST_WAIT_OFFSET || word == LOCKARB_LONGEST_HOLD_OFFSET ? 0 : ~0u;
}

bool acts_for_operand(unsigned operation) {
  return (LOCKARB_OPS_FOR_OPERAND >> operation & 1) != 0;
}

}  // namespace

void LockMonitor::transfer(const Transfer &transfer, const Answer &answer) {
  const ReferenceModel::Sideband sideband{transfer.privileged, transfer.core, transfer.lanes};
  const bool error = answer.response != Response::kOkay;
  std::optional<uint32_t> expected;
  bool differs;
  if (transfer.write) {
    if (reference_.write(transfer.address, transfer.data, sideband)) expected = transfer.data;
    differs = error == expected.has_value();
  } else {
    expected = reference_.read(transfer.address, sideband);
    differs = error == expected.has_value() ||
              (expected && ((*expected ^ answer.data) & compared(transfer.address)) != 0);
  }
  if (!differs) return;

  std::optional<uint32_t> got;
  if (!error) got = transfer.write ? transfer.data : answer.data;
  throw std::runtime_error(fmt::format("lock monitor: {}: expected {}, got {}", subject(transfer),
                                       answer_text(transfer.address, expected),
                                       answer_text(transfer.address, got)));
}

void LockMonitor::quiet(uint32_t lines) const {
  const uint32_t changed = lines ^ reference_.interrupts();
  if (changed == 0) return;
  unsigned core = 0;
  while ((changed >> core & 1) == 0) ++core;
  const bool up = (lines >> core & 1) != 0;
  throw std::runtime_error(fmt::format("lock monitor: interrupt of core {}: expected {}, got {}",
                                       core, up ? "down" : "up", up ? "up" : "down"));
}

// "core 1: ACQUIRE_SHARED of lock 3, thread slot 5".
std::string LockMonitor::subject(const Transfer &transfer) const {
  std::string text = access_text(transfer.address, transfer.write, transfer.data);
  const unsigned core = transfer.address >> LOCKARB_WINDOW_SHIFT;
  const uint32_t offset = transfer.address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  const bool by_write = transfer.write && offset == LOCKARB_ISSUE_OFFSET;
  if (is_command(offset) || by_write) {
    const uint32_t slot = acts_for_operand(operation_of(by_write ? transfer.data : offset))
                              ? reference_.operand(core)
                              : reference_.current_thread(core);
    text += fmt::format(", thread slot {}", slot & LOCKARB_OPERAND_THREAD_MASK);
  }
  return text;
}

}  // namespace lockarb
