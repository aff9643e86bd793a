// SPDX-License-Identifier: Apache-2.0
// The faults of a run, and what came of each, on whatever machine they strike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "executive/port.h"
#include "sim/faults/bus_fault.h"
#include "sim/faults/fault.h"
#include "sim/reference/bit_flips.h"

namespace lockarb {

// Why a run stops, of a note of a bug check.
std::string bug_check_text(const struct port_note &note);

class FaultAccount {
 public:
  FaultAccount(std::vector<Fault> faults, unsigned cores);

  const std::vector<Fault> &faults() const { return faults_; }
  const std::vector<FaultResult> &results() const { return results_; }
  FaultResult &result(std::size_t index) { return results_[index]; }

  // nullptr: the run has none.
  BitFlips *flips() { return flips_.empty() ? nullptr : &flips_; }

  void strike(std::size_t index, uint64_t clock, const std::string &what);

  // A core begins an access, to `address`. `text` says what it is.
  template <class Text>
  BusFault on_access(unsigned core, uint64_t address, uint64_t clock, const Text &text) {
    const uint64_t access = ++accesses_[core];
    BusFault effect;
    for (std::size_t i = 0; i < faults_.size(); ++i) {
      if (faults_[i].access == access && add_effect(i, core, &effect)) {
        strike(i, clock, text());
        results_[i].address = address;
      }
    }
    return effect;
  }
  // The arbiter's line to the core rises: the clock in which it arrives; kNever: not at all.
  uint64_t on_rise(unsigned core, uint64_t clock);
  // The line to the core is seen high from this clock on, for Fault::clocks.
  void strike_spurious(std::size_t index, uint64_t clock);

  // The run is over. `stop` says why it did not end by itself; empty: it did.
  void conclude(const std::string &stop);
  const std::string &stop() const { return stop_; }

 private:
  bool waits(std::size_t index, FaultKind kind, unsigned core) const;
  bool add_effect(std::size_t index, unsigned core, BusFault *effect) const;

  const std::vector<Fault> faults_;
  std::vector<FaultResult> results_;
  BitFlips flips_;
  std::vector<uint64_t> accesses_;  // of each core
  std::string stop_;
};

}  // namespace lockarb
