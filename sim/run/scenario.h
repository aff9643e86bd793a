// SPDX-License-Identifier: Apache-2.0
// A scenario file (sim/README.md, "Scenarios"): a workload as data.
#pragma once

#include <cstdint>
#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/faults/fault.h"
#include "sim/model/arbiter_model.h"
#include "sim/run/workload.h"

namespace lockarb {

// The message names file, line, key, value and cure, as printable() shows them (plain_text.h).
class ScenarioError : public std::runtime_error {
 public:
  explicit ScenarioError(const std::string &message);
};

struct Scenario {
  std::string name;
  ModelSize arbiter = model_size();
  uint64_t seed = 1;
  unsigned cores = 4;
  unsigned locks = 1;
  unsigned resource_flags = 0;  // LOCKARB_RESOURCE_..., of all locks
  uint64_t patience = 0;        // in clocks, for lockarb_set_patience()
  uint64_t loops = 0;           // of all threads together
  std::vector<workload_thread> threads;
  std::vector<Fault> faults;
  std::vector<workload_hostile> hostiles;

  // What the threads point to.
  std::deque<std::string> names;
  std::deque<std::vector<unsigned>> lock_lists;

  // Gives each thread and each hostile program its random numbers.
  void set_seed(uint64_t value);
};

// `sizes` changes those of the scenario, as change_sizes() does (arbiter_sizes.h), and has no
// mistake. Throws ScenarioError.
Scenario read_scenario(const std::string &path, const std::string &sizes = "");

}  // namespace lockarb
