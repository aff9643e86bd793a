// SPDX-License-Identifier: Apache-2.0
// The models that lockstep_test runs, each with the sizes that it was made with.
#ifndef LOCKARB_TESTS_RTL_LOCKSTEP_SETS_H_
#define LOCKARB_TESTS_RTL_LOCKSTEP_SETS_H_

#include <ostream>
#include <vector>

#include "tests/rtl/lockstep.h"

namespace lockarb {

// Of the RTL in lockstep_sets.cpp, of netlists in tests/gate. LIMITS and PARAMS tell when the sizes
// are not those of the CMakeLists.txt beside it.
const std::vector<Set> &lockstep_sets();

// What GoogleTest calls a set.
inline void PrintTo(const Set &set, std::ostream *stream) { *stream << set.name; }

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_LOCKSTEP_SETS_H_
