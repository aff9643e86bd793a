// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/late_waveform.h"

#include <fmt/format.h>

#include <algorithm>

namespace lockarb {

LateWaveform::LateWaveform(const std::string &event, uint64_t clocks)
    : event_(event), clocks_(clocks) {
  if (!event.empty()) trigger_.emplace(event);
}

void LateWaveform::note(const struct port_note &note, uint64_t clock) {
  if (!trigger_ || trigger_->clock()) return;
  trigger_->note(note, clock);
  if (trigger_->clock()) record_.stop_at(*trigger_->clock() + clocks_);
}

std::string LateWaveform::draw(OutputFile *file, TraceKind kind, uint64_t end) {
  uint64_t at = end;
  if (trigger_) {
    if (!trigger_->clock()) trigger_->finish(end);
    if (!trigger_->clock()) return {};
    at = *trigger_->clock();
  }
  const uint64_t from = at - std::min(at, clocks_);
  const uint64_t to = std::min(end, at + (trigger_ ? clocks_ : 0));
  record_.draw(file, kind, from, to);
  return trigger_ ? fmt::format("clocks {} to {}, around clock {}: {}", from, to, at, event_)
                  : fmt::format("clocks {} to {}, the last ones", from, to);
}

}  // namespace lockarb
