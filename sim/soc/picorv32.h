// SPDX-License-Identifier: Apache-2.0
// What a PicoRV32 of the Verilated SoC does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/soc/bus_view.h"

namespace lockarb::soc {

class CoreView : public BusView {
 public:
  static constexpr const char *kTop = "lockarb_soc";
  static constexpr bool kTrapsAfter = false;  // a trap is told by its own instruction

  template <class Find>
  CoreView(const Find &find, const std::string &top, unsigned number) : BusView(find, top, number) {
    const std::string scope =
        top + ".g_core[" + std::to_string(number) + "].g_picorv32.u_core.u_core";
    find(scope, "launch_next_insn", &launches_);
    find(scope, "dbg_insn_addr", &pc_);
    find(scope, "dbg_insn_opcode", &instruction_);
    find(scope, "irq_state", &irq_state_);
    find(scope, "irq_pending", &irq_pending_);
    find(scope, "irq_mask", &irq_mask_);
    find(scope, "trap", &halted_);
    find(scope, "cpuregs", &registers_);
  }

  struct Trap {
    std::uint32_t cause, value;
  };

  // Before each edge, once. An instruction that begins in this clock: the one before it is over.
  void look() {
    const std::uint32_t faults = *irq_pending_ & ~*irq_mask_ & (kNoInstruction | kNotAligned);
    trap_.reset();
    const bool trapped =
        *halted_ != 0 || (*irq_state_ == 1 && faults != 0 && *instruction_ != kEbreak);
    if (trapped && !was_trapped_)
      trap_ = {(faults & kNotAligned) != 0 ? kCauseLoad : kCauseIllegal, 0};
    was_trapped_ = trapped;
  }
  bool completes() const { return *launches_ != 0; }
  const std::optional<Trap> &trap() const { return trap_; }
  std::uint32_t pc() const { return *pc_; }
  std::uint32_t access_pc(bool) const { return *pc_; }  // it waits for each access
  std::uint32_t reg(unsigned number) const { return registers_[number]; }

 private:
  static constexpr std::uint32_t kNoInstruction = 2, kNotAligned = 4;  // interrupts of its own
  static constexpr std::uint32_t kEbreak = 0x00100073;  // how the port leaves its handler
  static constexpr std::uint32_t kCauseIllegal = 2, kCauseLoad = 4;  // as others have it in mcause

  const std::uint8_t *launches_ = nullptr, *irq_state_ = nullptr, *halted_ = nullptr;
  const std::uint32_t *pc_ = nullptr, *instruction_ = nullptr, *irq_pending_ = nullptr;
  const std::uint32_t *irq_mask_ = nullptr, *registers_ = nullptr;
  bool was_trapped_ = false;
  std::optional<Trap> trap_;
};

}  // namespace lockarb::soc
