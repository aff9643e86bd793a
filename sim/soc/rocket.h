// SPDX-License-Identifier: Apache-2.0
// What a core of the Verilated Rocket cluster does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/soc/bus_view.h"

namespace lockarb::soc {

class CoreView {
 public:
  static constexpr const char *kTop = "lockarb_soc_rocket";
  static constexpr unsigned kClocks[kPlaces] = {11, 10, 18};  // as in bus_view.h
  static constexpr bool kTrapsAfter = false;  // a trap is told by its own instruction

  template <class Find>
  CoreView(const Find &find, const std::string &top, unsigned number) {
    const std::string domain = number == 0 ? "" : "_" + std::to_string(number);
    const std::string tile =
        top + ".u_cluster.tile_prci_domain" + domain + ".tile_reset_domain_tile";
    find(tile + ".core", "coreMonitorBundle_valid", &completes_);
    find(tile + ".core", "csr_io_trace_0_iaddr", &pc_);
    find(tile + ".core", "csr_io_exception", &excepts_);
    find(tile + ".core", "csr_io_cause", &cause_);
    find(tile + ".core", "csr_io_tval", &value_);
    find(tile + ".core", "rf", &registers_);
    find(tile + ".frontend.icache", "refill_valid", &refills_);
    find(tile + ".dcache", "cached_grant_wait", &line_comes_);
    find(tile + ".dcache", "uncachedInFlight_0", &device_);
    find(tile + ".dcache", "uncachedReqs_0_addr", &device_address_);
  }

  struct Trap {
    std::uint32_t cause;
    std::uint64_t value;
  };

  // Before each edge, once. An instruction that is completed in this clock; a trap that begins.
  void look() {
    trap_.reset();
    const bool interrupt = *cause_ >> 63 != 0;
    if (*excepts_ && !interrupt) trap_ = {static_cast<std::uint32_t>(*cause_), *value_};
    if (completes()) last_pc_ = static_cast<std::uint32_t>(*pc_);
    for (unsigned place = 0; place < kPlaces; ++place) {
      answered_[place] = was_wanted_[place] && !wanted(place);
      was_wanted_[place] = wanted(place);
    }
  }
  bool completes() const { return *completes_ != 0; }
  const std::optional<Trap> &trap() const { return trap_; }
  std::uint32_t pc() const { return trap_ ? static_cast<std::uint32_t>(*pc_) : last_pc_; }
  // Near it: loads and stores of devices are on their way while the core goes on.
  std::uint32_t access_pc(bool) const { return last_pc_; }
  std::uint64_t reg(unsigned number) const { return number == 0 ? 0 : registers_[31 - number]; }

  // Lines of its caches, and what goes past them, on their way.
  bool fetching() const { return *refills_ != 0; }
  bool wanted(unsigned place) const {
    if (place == kToMemory) return *line_comes_ != 0;
    return *device_ && (place == kToArbiter) == is_arbiter();
  }
  bool answered(unsigned place) const { return answered_[place]; }
  // Its wires do not tell, and no report of these cores needs it.
  bool writes() const { return false; }
  bool sets() const { return false; }

 private:
  bool is_arbiter() const { return *device_address_ >> 25 == 0x40000000u >> 25; }

  const std::uint8_t *completes_ = nullptr, *excepts_ = nullptr, *refills_ = nullptr;
  const std::uint8_t *line_comes_ = nullptr, *device_ = nullptr;
  const std::uint64_t *pc_ = nullptr, *cause_ = nullptr, *value_ = nullptr, *registers_ = nullptr;
  const std::uint64_t *device_address_ = nullptr;
  std::uint32_t last_pc_ = 0;
  bool was_wanted_[kPlaces] = {}, answered_[kPlaces] = {};
  std::optional<Trap> trap_;
};

}  // namespace lockarb::soc
