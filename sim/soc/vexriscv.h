// SPDX-License-Identifier: Apache-2.0
// What a VexRiscv of the Verilated SoC does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/soc/bus_view.h"

namespace lockarb::soc {

class CoreView : public BusView {
 public:
  static constexpr const char *kTop = "lockarb_soc";
  // A trap is told by the instruction that was completed before it.
  static constexpr bool kTrapsAfter = true;

  template <class Find>
  CoreView(const Find &find, const std::string &top, unsigned number) : BusView(find, top, number) {
    const std::string scope =
        top + ".g_core[" + std::to_string(number) + "].g_vexriscv.u_core.u_core";
    find(scope, "lastStageIsFiring", &firing_);
    find(scope, "lastStagePc", &pc_);
    find(scope, "lastStageInstruction", &instruction_);
    find(scope, "CsrPlugin_hadException", &trapped_);
    find(scope, "CsrPlugin_exceptionPortCtrl_exceptionContext_code", &cause_);
    find(scope, "CsrPlugin_exceptionPortCtrl_exceptionContext_badAddr", &value_);
    find(scope, "RegFilePlugin_regFile", &registers_);
  }

  struct Trap {
    std::uint32_t cause, value;
  };

  // Before each edge, once. An instruction that is completed in this clock; a trap that begins.
  void look() {
    completes_ = *firing_ != 0;
    if (completes_) {
      const std::uint32_t opcode = *instruction_ & 0x7f;
      if (opcode == kLoad) load_pc_ = *pc_;
      if (opcode == kStore) store_pc_ = *pc_;
    }
    trap_.reset();
    const bool trapped = *trapped_ != 0;
    if (trapped && !was_trapped_) trap_ = {*cause_, *value_};
    was_trapped_ = trapped;
  }
  bool completes() const { return completes_; }
  const std::optional<Trap> &trap() const { return trap_; }
  std::uint32_t pc() const { return *pc_; }
  // Of the access that the bus has answered. A store is completed before the bus has it, and the
  // next access waits for it.
  std::uint32_t access_pc(bool write) const { return write ? store_pc_ : load_pc_; }
  std::uint32_t reg(unsigned number) const { return registers_[number]; }

 private:
  static constexpr std::uint32_t kLoad = 0x03, kStore = 0x23;  // opcodes

  const std::uint8_t *firing_ = nullptr, *trapped_ = nullptr, *cause_ = nullptr;
  const std::uint32_t *pc_ = nullptr, *instruction_ = nullptr, *value_ = nullptr;
  const std::uint32_t *registers_ = nullptr;
  std::uint32_t load_pc_ = 0, store_pc_ = 0;
  bool completes_ = false, was_trapped_ = false;
  std::optional<Trap> trap_;
};

}  // namespace lockarb::soc
