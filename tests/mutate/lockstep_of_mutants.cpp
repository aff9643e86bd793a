// SPDX-License-Identifier: Apache-2.0
// Lockstep of each mutant with the reference model, up to its first mismatch.
//
//   lockstep_of_mutants LISTS MUTANT...    the first so many lists of accesses of each set
//
// The lists are drawn once; each mutant runs in a process of its own, so that it may crash. A line
// per mutant says which set noticed it, or "survived".
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "Vlockarb_few.h"
#include "Vlockarb_few___024root.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_odd___024root.h"
#include "Vlockarb_plain.h"
#include "Vlockarb_plain___024root.h"
#include "Vlockarb_stage.h"
#include "Vlockarb_stage___024root.h"
#include "Vlockarb_tiny.h"
#include "Vlockarb_tiny___024root.h"
#include "tests/rtl/lockstep.h"

namespace lockarb {
namespace {

// The sizes are those of tests/mutate/rtl.py.
const std::vector<Set> &sets() {
  static const std::vector<Set> sets = {
      {"few", {4, 13, 6, 3, true, true}, 5, 2, Lockstep<Vlockarb_few>::run},
      {"queues", {4, 13, 6, 3, true, true}, 13, 3, Lockstep<Vlockarb_few>::run},
      {"tiny", {1, 2, 1, 2, true, false}, 2, 1, Lockstep<Vlockarb_tiny>::run},
      {"odd", {3, 5, 7, 3, false, true}, 5, 7, Lockstep<Vlockarb_odd>::run},
      {"plain", {2, 5, 3, 2, false, false}, 5, 3, Lockstep<Vlockarb_plain>::run},
      {"flips", {4, 13, 6, 3, true, true}, 8, 2, Lockstep<Vlockarb_few>::run, 40},
      {"stage", {4, 13, 6, 3, true, true}, 13, 3, Lockstep<Vlockarb_stage>::run, 40},
      {"spread", {4, 64, 256, 4, true, false}, 64, 256, Lockstep<Vlockarb>::run},
  };
  return sets;
}

struct Drawn {
  const Set *set;
  AccessList list;
};

// The number of the set that noticed a mutant; none, or more for one that crashed.
unsigned noticed_by(const std::vector<Drawn> &lists, const char *mutant) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    setenv("LOCKARB_MUTANT", mutant, 1);
    for (const Drawn &drawn : lists) {
      if (!drawn.set->run(drawn.list, drawn.set->sizes)) continue;
      _exit(static_cast<int>(drawn.set - sets().data()) + 1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? static_cast<unsigned>(WEXITSTATUS(status)) : ~0u;
}

}  // namespace
}  // namespace lockarb

int main(int argc, char **argv) {
  using namespace lockarb;

  constexpr unsigned kCommandsPerList = 2000;
  if (argc < 2) {
    std::fprintf(stderr, "usage: lockstep_of_mutants LISTS MUTANT...\n");
    return 2;
  }
  std::vector<Drawn> lists;
  for (int seed = 1; seed <= std::atoi(argv[1]); ++seed) {
    for (const Set &set : sets()) {
      AccessGenerator generator(set.sizes, set.used_threads, set.used_locks,
                                static_cast<unsigned>(seed));
      generator.flip_bits(set.steps_per_flip);
      lists.push_back({&set, generator.draw(kCommandsPerList)});
    }
  }
  for (int i = 2; i < argc; ++i) {
    const unsigned set = noticed_by(lists, argv[i]);
    std::printf("%s %s\n", argv[i],
                set == 0               ? "survived"
                : set <= sets().size() ? (std::string("lockstep ") + sets()[set - 1].name).c_str()
                                       : "lockstep, by a crash");
  }
  return 0;
}
