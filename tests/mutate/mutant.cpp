// SPDX-License-Identifier: Apache-2.0
// Which mutant of the model is alive: the number in the environment, or none.
#include <cstdlib>

extern "C" int lockarb_mutant() {
  const char *number = std::getenv("LOCKARB_MUTANT");
  return number != nullptr ? std::atoi(number) : 0;
}
