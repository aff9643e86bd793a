// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/costs.h"

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace lockarb {
namespace {

// What tests/bench/soc/calibrate.py --fit finds.
constexpr Costs kVexriscv{599, 1271, 1690, 1598, 553, 307, 1274, 9091};

Costs used;

struct Field {
  const char *name;
  uint64_t Costs::*value;
};
constexpr Field kFields[] = {{"interrupt", &Costs::interrupt}, {"switch", &Costs::switch_to},
                             {"wake", &Costs::wake},           {"command", &Costs::command},
                             {"access", &Costs::access},       {"spin_lock", &Costs::spin_lock},
                             {"wait", &Costs::wait},           {"thread", &Costs::thread}};

[[noreturn]] void refuse(const std::string &word) {
  throw std::runtime_error(
      "--costs: \"" + word +
      "\" is not known; a set is default or vexriscv, and what follows it, after commas, makes one "
      "of its charges 0 to 1000000 clocks: interrupt, switch, wake, command, access, spin_lock, "
      "wait or thread, as in vexriscv,switch=50");
}

void change(const std::string &word, Costs *costs) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos) refuse(word);
  constexpr uint64_t kMost = 1000000;
  for (const Field &field : kFields) {
    if (word.compare(0, equals, field.name) != 0) continue;
    uint64_t value = 0;
    const char *end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data() + equals + 1, end, value);
    if (error != std::errc{} || stop != end || value > kMost) refuse(word);
    costs->*field.value = value;
    return;
  }
  refuse(word);
}

}  // namespace

Costs read_costs(const std::string &text) {
  Costs costs;
  std::istringstream words(text);
  std::string word;
  for (bool first = true; std::getline(words, word, ','); first = false) {
    if (first && word == "vexriscv") {
      costs = kVexriscv;
    } else if (!first || word != "default") {
      change(word, &costs);
    }
  }
  return costs;
}

void use_costs(const Costs &costs) { used = costs; }
const Costs &costs() { return used; }

}  // namespace lockarb
