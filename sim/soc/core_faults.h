// SPDX-License-Identifier: Apache-2.0
// Faults on the wires of the cores (rtl/soc/lockarb_soc_faults.v).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/faults/fault_account.h"
#include "sim/soc/bus_view.h"

namespace lockarb::soc {

class CoreFaults {
 public:
  static constexpr const char *kScope = ".g_faults.u_faults";  // below the top

  template <class Find>
  CoreFaults(const Find &find, const std::string &top, unsigned cores, FaultAccount *account)
      : account_(*account) {
    for (unsigned n = 0; n < cores; ++n) cores_.push_back({BusView(find, top, n)});
    find(top, "data", &data_);
    find(top, "irq", &irq_);
    find(top, "addr", &addr_);
    find(top, "wdata", &wdata_);
    find(top + kScope, "load", &load_);
    find(top + kScope, "next_hold", &hold_);
    find(top + kScope, "next_fail", &fail_);
    find(top + kScope, "next_spoil", &spoil_);
    find(top + kScope, "next_mute", &mute_);
    find(top + kScope, "next_raise", &raise_);
  }

  // Writes the registers for this clock, by what stands on the wires before its edge. The model has
  // to be evaluated after load(true), and load(false) follows.
  void look(std::uint64_t clock);
  void load(bool level) { *load_ = level ? 1 : 0; }

 private:
  struct Core {
    BusView view;
    bool under_way = false;  // an access
    bool fails = false;      //   of which the bus is not told
    bool spoilt = false;     //   whose answer becomes an error
    std::uint64_t held_until = 0;
    bool line = false, lost = false;
    std::uint64_t muted_until = 0, raised_until = 0;
  };

  void look_at_access(unsigned core, std::uint64_t clock);
  void look_at_line(unsigned core, std::uint64_t clock);
  void raise_for_nothing(std::uint64_t clock);
  std::uint32_t address(unsigned core) const;
  std::string access_text_of(unsigned core) const;

  FaultAccount &account_;
  std::vector<Core> cores_;
  // Wires and registers, a bit for each core, and their addresses and data.
  const std::uint8_t *data_, *irq_;
  const std::uint32_t *addr_, *wdata_;
  std::uint8_t *load_, *hold_, *fail_, *spoil_, *mute_, *raise_;
};

}  // namespace lockarb::soc
