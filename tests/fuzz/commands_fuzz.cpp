// SPDX-License-Identifier: Apache-2.0
// Any bytes as accesses of all cores, into the Verilated arbiter and the reference model: the
// comparison of the lockstep test.
//
// Byte 0 chooses the sizes. Then each access begins with a byte of flags:
//   1:0  0 command, 1 read of a register, 2 write of a register, 3 any address
//   3:2  the core
//   4    joined to the read before it
//   5    wait until nothing moves, and compare the interrupts
//   6    what is beside the address follows: lanes and privilege, user, gap, steps of time
//   7    what is written is a word, not a small number; of a read of any address: a bit flips in
//   place
//        of it
#include <iterator>
#include <sstream>

#include "Vlockarb_odd.h"
#include "Vlockarb_odd___024root.h"
#include "Vlockarb_tiny.h"
#include "Vlockarb_tiny___024root.h"
#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/rtl/lockstep.h"

namespace lockarb {
namespace {

// As built by tests/rtl/CMakeLists.txt.
const Set kSets[] = {
    {"odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_odd>::run},
    {"tiny", {1, 2, 1, 2, true, false}, 2, 1, Lockstep<Vlockarb_tiny>::run},
};
constexpr std::size_t kMostAccesses = 2000;

constexpr uint32_t kRegisters[] = {LOCKARB_CURRENT_THREAD_OFFSET,
                                   LOCKARB_OPERAND_OFFSET,
                                   LOCKARB_GRANT_OFFSET,
                                   LOCKARB_ERROR_OFFSET,
                                   LOCKARB_APC_MASK_OFFSET,
                                   LOCKARB_IRQL_OFFSET,
                                   LOCKARB_APC_PENDING_OFFSET,
                                   LOCKARB_APC_DELIVERABLE_OFFSET,
                                   LOCKARB_ID_OFFSET,
                                   LOCKARB_PARAMS_OFFSET,
                                   LOCKARB_LIMITS_OFFSET,
                                   LOCKARB_STATUS_OFFSET,
                                   LOCKARB_TIME_LO_OFFSET,
                                   LOCKARB_TIME_HI_OFFSET,
                                   LOCKARB_CONTROL_OFFSET,
                                   LOCKARB_USER_ERROR_OFFSET,
                                   LOCKARB_ARM_OFFSET,
                                   LOCKARB_ANSWER_OFFSET,
                                   LOCKARB_USER_ANSWER_OFFSET,
                                   LOCKARB_ISSUE_OFFSET,
                                   LOCKARB_TAKE_OFFSET};

// A register by the low bits, or a statistic of some lock.
uint32_t register_offset(uint8_t byte) {
  if (byte < 0x80) return kRegisters[byte % std::size(kRegisters)];
  return LOCKARB_STATISTICS_OFFSET + ((byte & 7u) << LOCKARB_STATISTICS_LOCK_SHIFT) +
         (byte >> 3 & 7u) * 4;
}

// Small numbers with the top bit are threads that are valid, pointers and the like.
uint32_t small_number(uint8_t byte) { return (byte & 0x80u) << 24 | (byte & 0x7f); }

// Of the first locks.
uint32_t place(Input *input) {
  const uint32_t operation = input->byte() & 31;
  return place_of(operation, input->byte() & 15u);
}

// Of the RAMs with parity.
RamBit bit_of(Input *input, const ReferenceModel &reference, const ReferenceModel::Sizes &sizes) {
  static constexpr Ram kRams[] = {Ram::kRow,      Ram::kHold, Ram::kThread,  Ram::kNext,
                                  Ram::kWalkNext, Ram::kCore, Ram::kWalkCore};
  RamBit at{};
  at.ram = kRams[input->byte() % std::size(kRams)];
  at.lock = input->byte() % sizes.locks;
  at.thread = input->byte() % sizes.threads;
  at.bit = input->byte() % reference.width(at.ram);
  return at;
}

AccessList decode(Input *input, const ReferenceModel::Sizes &sizes) {
  const ReferenceModel reference(sizes);
  AccessList list;
  uint64_t time = 0;
  const auto write = [&](uint32_t core, uint32_t offset, uint32_t data) {
    Access access;
    access.time = time;
    access.address = core << LOCKARB_WINDOW_SHIFT | offset;
    access.user = static_cast<uint8_t>(core);
    access.write = true;
    access.data = data;
    list.push_back(access);
  };
  for (uint32_t core = 0; core < sizes.cores; ++core) {
    write(core, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  }
  while (!input->empty() && list.size() < kMostAccesses) {
    const uint8_t flags = input->byte();
    const uint32_t core = flags >> 2 & 3;
    Access access;
    switch (flags & 3) {
      case 0: {
        const uint32_t named = place(input);
        access.address = LOCKARB_COMMAND_OFFSET | named;
        if (needs_arm(operation_of(named)) && (flags & 0x80) == 0) {
          write(core, LOCKARB_ARM_OFFSET, named);
        }
        break;
      }
      case 3:
        if ((flags & 0x90) == 0x80) {
          access.flip = bit_of(input, reference, sizes);
          access.time = time;
          list.push_back(access);
          continue;
        }
        access.address = input->word() & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
        access.write = (flags & 0x10) != 0;
        break;
      default:
        access.address = register_offset(input->byte());
        access.write = (flags & 3) == 2;
        break;
    }
    if (access.write) {
      const bool names =
          access.address == LOCKARB_ISSUE_OFFSET || access.address == LOCKARB_ARM_OFFSET;
      access.data = (flags & 0x80) != 0 ? input->word()
                    : names             ? place(input)
                                        : small_number(input->byte());
    }
    access.address |= core << LOCKARB_WINDOW_SHIFT;
    access.user = static_cast<uint8_t>(core);
    access.joined = (flags & 0x10) != 0;
    access.settle = (flags & 0x20) != 0;
    if ((flags & 0x40) != 0) {
      const uint8_t lanes = input->byte();
      access.lanes = lanes & 15;
      access.privileged = (lanes & 16) == 0;
      access.user = static_cast<uint8_t>(core ^ (input->byte() & 31));
      access.gap = input->byte() & 3;
      time += uint64_t{1} * input->byte() << (lanes >> 5) * 4;
    }
    access.time = time;
    list.push_back(access);
  }
  if (!list.empty()) list.back().settle = true;
  return list;
}

}  // namespace
}  // namespace lockarb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size) {
  using namespace lockarb;
  Input input(data, size);
  const Set &set = kSets[input.byte() % std::size(kSets)];
  const AccessList list = decode(&input, set.sizes);
  const std::optional<Mismatch> mismatch = set.run(list, set.sizes);
  if (mismatch) {
    std::ostringstream text;
    text << "set " << set.name << ", access " << mismatch->access + 1 << ": " << mismatch->text
         << "\nfor lockstep_test --replay FILE:\nset " << set.name << '\n';
    print(text, list);
    found(text.str());
  }
  return 0;
}
