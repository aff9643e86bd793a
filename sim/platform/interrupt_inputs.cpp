// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/interrupt_inputs.h"

#include <algorithm>
#include <utility>

namespace lockarb {

void InterruptInputs::set(InterruptLine line, bool level, uint64_t at) {
  if (line == kLineArbiter && wire) at = wire(level, at);
  if (at == kNever) return;
  edges_.erase(std::remove_if(edges_.begin(), edges_.end(),
                              [&](const Edge &e) { return e.line == line && e.at >= at; }),
               edges_.end());
  bool before = (levels_ & line) != 0;
  for (const Edge &edge : edges_) {
    if (edge.line == line) before = edge.level;
  }
  if (level != before) {
    const auto later = std::upper_bound(edges_.begin(), edges_.end(), at,
                                        [](uint64_t t, const Edge &e) { return t < e.at; });
    edges_.insert(later, {at, line, level});
  }
  arm();
}

void InterruptInputs::take(uint64_t at) {
  auto edge = edges_.begin();
  for (; edge != edges_.end() && edge->at <= at; ++edge) {
    levels_ = edge->level ? levels_ | edge->line : levels_ & ~edge->line;
  }
  edges_.erase(edges_.begin(), edge);
  arm();
}

void InterruptInputs::arm() {
  next_ = edges_.empty() ? kNever : edges_.front().at;
  uint64_t rise = kNever;
  for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
    if (edge->level) rise = edge->at;
  }
  if (rise == next_rise_) return;
  next_rise_ = rise;
  raised.cancel();
  if (rise != kNever) raised.notify(clocks(rise) - sc_core::sc_time_stamp());
}

std::function<void(unsigned core, bool level, uint64_t clock)> arbiter_lines(
    std::vector<InterruptInputs *> cores) {
  return [cores = std::move(cores)](unsigned core, bool level, uint64_t clock) {
    if (core < cores.size()) cores[core]->set(kLineArbiter, level, clock);
  };
}

}  // namespace lockarb
