// SPDX-License-Identifier: Apache-2.0
// Lockstep of one small RTL, for seeded_bugs.py: 0 when nothing differs, else 1 and what did.
#include <iostream>

#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "tests/rtl/lockstep.h"

int main() {
  using namespace lockarb;

  constexpr uint64_t kCommands = 200000;
  const ReferenceModel::Sizes sizes{4, 13, 6, 3, true, true};  // those of seeded_bugs.py
  const Set sets[] = {
      {"few", sizes, 5, 2, Lockstep<Vlockarb>::run},
      {"queues", sizes, 13, 3, Lockstep<Vlockarb>::run},
      {"flips", sizes, 13, 3, Lockstep<Vlockarb>::run, 40},
  };
  for (const Set &set : sets) {
    const Result result = run(set, kCommands);
    if (result.mismatches == 0) continue;
    std::cout << result.report;
    return 1;
  }
  return 0;
}
