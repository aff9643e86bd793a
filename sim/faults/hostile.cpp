// SPDX-License-Identifier: Apache-2.0
#include "sim/faults/hostile.h"

#include <algorithm>
#include <cstring>

#include "sim/platform/arbiter.h"
#include "sim/platform/clint.h"
#include "sim/platform/port_systemc.h"
#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

constexpr unsigned kLongestBurst = 16;
constexpr uint64_t kRegisters = 22;  // words of a window, holes among them

#define ONE_MORE(name) +1
constexpr unsigned kCommands = LOCKARB_EACH_OPERATION(ONE_MORE);  // that exist
#undef ONE_MORE

// All bytes of an aligned word of that size.
bool is_whole(const Core::Access &access, unsigned size) {
  for (unsigned i = 0; i < size && access.byte_enables != nullptr; ++i) {
    if (access.byte_enables[i % access.byte_enable_length] == 0) return false;
  }
  return access.size == size && access.address % size == 0 && access.streaming_width >= size;
}

}  // namespace

Hostile::Hostile(const Fault &fault, unsigned cores)
    : fault_(fault), cores_(cores), random_(fault.hostile.seed) {}

bool Hostile::attack(uint64_t *rest) {
  for (uint64_t burst = 1 + below(kLongestBurst); burst != 0; --burst) {
    if (accesses_ == fault_.hostile.accesses) return false;
    Core::Access access;
    do {
      access = fault_.hostile.lock && one_in(3) ? access_to_own_lock() : any_access();
    } while (does_harm(access));
    ++accesses_;
    if (attempt(access) != tlm::TLM_OK_RESPONSE) ++refused_;
  }
  const workload_range &range = fault_.hostile.rest;
  *rest = range.min + below(range.max - range.min + 1);
  return true;
}

Core::Access Hostile::any_access() {
  static constexpr unsigned kSizes[] = {4, 4, 4, 4, 4, 4, 1, 2, 3, 8, 8, 16, kLongestAccess};
  Core::Access access;
  access.hostile = true;
  access.privileged = fault_.hostile.privileged;
  access.command = one_in(10)  ? tlm::TLM_IGNORE_COMMAND
                   : one_in(2) ? tlm::TLM_READ_COMMAND
                               : tlm::TLM_WRITE_COMMAND;
  access.address = any_address();
  if (one_in(8)) access.address += below(8);
  access.data = data_;
  access.size = kSizes[below(std::size(kSizes))];
  access.streaming_width =
      one_in(8) ? 1 + static_cast<unsigned>(below(2 * access.size)) : access.size;
  if (one_in(8)) {
    access.byte_enables = enables_;
    access.byte_enable_length = 1 + static_cast<unsigned>(below(sizeof enables_));
    for (unsigned char &enable : enables_) enable = one_in(3) ? 0 : 0xff;
  }
  if (one_in(2)) access.atomic = static_cast<Atomic>(below(4));
  for (unsigned char &byte : data_) byte = static_cast<unsigned char>(random_());
  // Small numbers mean something: thread slots, levels.
  if (!one_in(3)) {
    const uint32_t word = static_cast<uint32_t>(below(2)) << 31 |
                          static_cast<uint32_t>(below(model_size().threads + 2));
    std::memcpy(data_, &word, sizeof word);
  }
  return access;
}

// So that its slots own, wait and are granted now and then.
Core::Access Hostile::access_to_own_lock() {
  Core::Access access;
  access.hostile = access.privileged = true;
  access.data = data_;
  access.size = access.streaming_width = 4;
  access.address = kArbiterBase + (uint64_t{fault_.core} << LOCKARB_WINDOW_SHIFT);
  if (one_in(2)) {
    const uint32_t place = place_of(static_cast<unsigned>(below(kCommands)), *fault_.hostile.lock);
    if (one_in(2)) {
      access.address += LOCKARB_COMMAND_OFFSET | place;
      return access;
    }
    access.command = tlm::TLM_WRITE_COMMAND;
    access.address += one_in(2) ? LOCKARB_ISSUE_OFFSET : LOCKARB_ARM_OFFSET;
    std::memcpy(data_, &place, sizeof place);
    return access;
  }
  access.command = tlm::TLM_WRITE_COMMAND;
  access.address += one_in(2) ? LOCKARB_CURRENT_THREAD_OFFSET : LOCKARB_OPERAND_OFFSET;
  const uint32_t word = LOCKARB_CURRENT_THREAD_VALID_MASK |
                        static_cast<uint32_t>(model_size().threads - 1 - below(kHostileSlots));
  std::memcpy(data_, &word, sizeof word);
  return access;
}

uint64_t Hostile::any_address() {
  switch (below(16)) {
    case 0:
      return random_() >> below(40);
    case 1: {  // where something begins or ends
      static constexpr uint64_t kEdges[] = {kClintBase,   kClintBase + Clint::kSize,
                                            kArbiterBase, kArbiterBase + Arbiter::kSize,
                                            kMemoryBase,  kMemoryBase + kMemorySize};
      return kEdges[below(std::size(kEdges))] + below(64) - 32;
    }
    case 2:
    case 3: {
      static constexpr uint64_t kWords[] = {Clint::kMsip, Clint::kMtimecmp, Clint::kMtime};
      return kClintBase + kWords[below(std::size(kWords))] + 4 * below(2 * cores_ + 2);
    }
    case 4:
    case 5:
    case 6:
      // The first words of the spin locks, of what software locks are made of, or anything else.
      return one_in(4) ? kMemoryBase + below(kMemorySize)
                       : (one_in(2) ? kMemoryBase : kSharedBase) + 4 * below(256);
    default:
      return kArbiterBase + arbiter_offset();
  }
}

uint64_t Hostile::arbiter_offset() {
  const uint64_t windows = Arbiter::kSize >> LOCKARB_WINDOW_SHIFT;
  const uint64_t window = one_in(2) ? fault_.core : one_in(4) ? below(windows) : below(cores_);
  const uint64_t base = window << LOCKARB_WINDOW_SHIFT;
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      return base + 4 * below(kRegisters);
    case 3:
      return base + LOCKARB_STATISTICS_OFFSET +
             4 * below(2 * model_size().locks << (LOCKARB_STATISTICS_LOCK_SHIFT - 2));
    case 4:
      return base + below(uint64_t{1} << LOCKARB_WINDOW_SHIFT);
    default:
      break;
  }
  const bool own = fault_.hostile.lock.has_value() && one_in(2);
  const uint64_t lock = own         ? *fault_.hostile.lock
                        : one_in(4) ? below(LOCKARB_GRANT_LOCK_MASK + uint64_t{1})
                                    : below(8);
  return base +
         (LOCKARB_COMMAND_OFFSET | below(32) << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT);
}

bool Hostile::does_harm(const Core::Access &access) const {
  if (!access.privileged) return false;
  const uint64_t in_arbiter = access.address - kArbiterBase;
  if (in_arbiter < Arbiter::kSize) {
    if (in_arbiter >> LOCKARB_WINDOW_SHIFT != fault_.core) return false;
    return does_harm_in_own_window(
        access, static_cast<uint32_t>(in_arbiter & ((1u << LOCKARB_WINDOW_SHIFT) - 1)));
  }
  return access.command != tlm::TLM_READ_COMMAND && (is_whole(access, 4) || is_whole(access, 8));
}

bool Hostile::does_harm_in_own_window(const Core::Access &access, uint32_t offset) const {
  const unsigned threads = model_size().threads;
  if (access.command == tlm::TLM_WRITE_COMMAND) {
    if (!is_whole(access, 4)) return false;
    uint32_t value;
    std::memcpy(&value, access.data, sizeof value);
    switch (offset) {
      case LOCKARB_CURRENT_THREAD_OFFSET: {
        const unsigned slot = value & LOCKARB_OPERAND_THREAD_MASK;
        const bool own = fault_.hostile.lock.has_value() && slot >= threads - kHostileSlots;
        return (value & LOCKARB_CURRENT_THREAD_VALID_MASK) != 0 && slot < threads && !own;
      }
      case LOCKARB_ISSUE_OFFSET:
        return command_does_harm(value);
      case LOCKARB_CONTROL_OFFSET:
      case LOCKARB_GRANT_OFFSET:
      case LOCKARB_ERROR_OFFSET:
      case LOCKARB_APC_MASK_OFFSET:
      case LOCKARB_IRQL_OFFSET:
      case LOCKARB_APC_PENDING_OFFSET:
        return true;
      default:
        return false;
    }
  }
  if (!is_command(offset) || access.command != tlm::TLM_READ_COMMAND) return false;
  return command_does_harm(offset);
}

bool Hostile::command_does_harm(uint32_t place) const {
  const unsigned operation = operation_of(place);
  if (operation >= kCommands || operation == LOCKARB_OP_HOLD_COUNT) return false;
  // The core's APC mask is the executive's.
  if ((LOCKARB_OPS_MOVES_REGION >> operation & 1) != 0) return true;
  return lock_of(place) != fault_.hostile.lock;
}

}  // namespace lockarb
