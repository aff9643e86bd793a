// SPDX-License-Identifier: Apache-2.0
#include "sim/reference/access_text.h"

#include <cstddef>
#include <cstdio>

#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

struct Name {
  uint32_t value;
  const char *name;
};

#define OPERATION(name) {LOCKARB_OP_##name, #name},
#define STATUS(name) {LOCKARB_STATUS_##name, #name},
#define OFFSET(name) {LOCKARB_##name##_OFFSET, #name},
const Name kOperations[] = {LOCKARB_EACH_OPERATION(OPERATION)};
const Name kStatuses[] = {LOCKARB_EACH_STATUS(STATUS)};
const Name kRegisters[] = {LOCKARB_EACH_REGISTER(OFFSET)};
const Name kStatistics[] = {LOCKARB_EACH_STATISTIC(OFFSET)};
// In the order of Ram.
const char *const kRams[] = {"row",       "hold", "thread",    "next",
                             "walk_next", "core", "walk_core", "grant_link"};
#undef OPERATION
#undef STATUS
#undef OFFSET

template <std::size_t N>
const char *name_of(const Name (&names)[N], uint32_t value) {
  for (const Name &name : names) {
    if (name.value == value) return name.name;
  }
  return "(no name)";
}

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", value);
  return text;
}

std::string register_text(uint32_t offset) {
  for (const Name &reg : kRegisters) {
    if (reg.value == offset) return reg.name;
  }
  const uint32_t in_array = offset - LOCKARB_STATISTICS_OFFSET;
  for (const Name &statistic : kStatistics) {
    if (offset >= LOCKARB_STATISTICS_OFFSET &&
        statistic.value == (in_array & ((1u << LOCKARB_STATISTICS_LOCK_SHIFT) - 1))) {
      return std::string(statistic.name) + " of lock " +
             std::to_string(in_array >> LOCKARB_STATISTICS_LOCK_SHIFT);
    }
  }
  return "offset " + hex(offset);
}

}  // namespace

const char *operation_name(unsigned operation) { return name_of(kOperations, operation); }
const char *status_name(unsigned status) { return name_of(kStatuses, status); }

const char *ram_name(Ram ram) { return kRams[static_cast<unsigned>(ram)]; }
std::optional<Ram> ram_named(const std::string &name) {
  for (unsigned i = 0; i < std::size(kRams); ++i) {
    if (name == kRams[i]) return static_cast<Ram>(i);
  }
  return std::nullopt;
}

bool is_command(uint32_t address) { return (address & LOCKARB_COMMAND_OFFSET) != 0; }

unsigned operation_of(uint32_t address) { return address >> LOCKARB_OP_SHIFT & 31; }
unsigned lock_of(uint32_t address) { return address >> LOCKARB_LOCK_SHIFT & 4095; }

bool needs_arm(unsigned operation) { return (LOCKARB_OPS_ARMED >> operation & 1) != 0; }
uint32_t place_of(unsigned operation, unsigned lock) {
  return operation << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT;
}

// "DELETE of lock 3".
static std::string command_text(uint32_t place) {
  return std::string(operation_name(operation_of(place))) + " of lock " +
         std::to_string(lock_of(place));
}

std::string place_text(uint32_t address, bool write) {
  if (is_command(address)) return (write ? "write to " : "") + command_text(address);
  const uint32_t offset = address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  return (write ? "write of " : "read of ") + register_text(offset);
}

std::string access_text(uint32_t address, bool write, uint32_t data) {
  std::string text = "core " + std::to_string(address >> LOCKARB_WINDOW_SHIFT) + ": ";
  if (is_command(address)) {
    if (write) text += "write to ";
    return text + command_text(address);
  }
  const uint32_t offset = address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  const std::string reg = register_text(offset);
  if (write && (offset == LOCKARB_ARM_OFFSET || offset == LOCKARB_ISSUE_OFFSET)) {
    return text + reg + " = " + command_text(data);
  }
  return text + (write ? reg + " = " + hex(data) : "read of " + reg);
}

std::string answer_text(uint32_t address, const std::optional<uint32_t> &answer) {
  if (!answer) return "bus error";
  if (!is_command(address)) return hex(*answer);
  const std::string status = status_name(*answer & LOCKARB_RESULT_STATUS_MASK);
  if (operation_of(address) == LOCKARB_OP_HOLD_COUNT) {
    return status + " (hold count " +
           std::to_string(*answer >> LOCKARB_HOLD_COUNT_RESULT_COUNT_SHIFT) + ")";
  }
  const auto field = [&](uint32_t mask, unsigned shift) {
    return std::to_string((*answer & mask) >> shift);
  };
  return status + " (owners " + field(LOCKARB_RESULT_OWNERS_MASK, LOCKARB_RESULT_OWNERS_SHIFT) +
         ", shared waiters " +
         field(LOCKARB_RESULT_SHARED_WAITERS_MASK, LOCKARB_RESULT_SHARED_WAITERS_SHIFT) +
         ", exclusive waiters " +
         field(LOCKARB_RESULT_EXCLUSIVE_WAITERS_MASK, LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT) + ")";
}

}  // namespace lockarb
