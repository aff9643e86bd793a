// SPDX-License-Identifier: Apache-2.0
// A waveform of which only the end of the run shows which part it is: the last clocks, or those
// around an event. It is drawn from the record of the bus, so the run costs nothing more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executive/port.h"
#include "sim/model/bus_record.h"
#include "sim/observe/trigger.h"

namespace lockarb {

class LateWaveform {
 public:
  // `event`: as Trigger has it; empty: `clocks` are the last ones of the run, and else so many
  // before the event and after it. Throws std::runtime_error when the event makes no sense.
  LateWaveform(const std::string &event, uint64_t clocks);

  BusRecord *record() { return &record_; }
  uint64_t last_transfer() const { return record_.last(); }
  void note(const struct port_note &note, uint64_t clock);

  // The run ended in this clock: draws, and says what; empty: the event did not happen, and the
  // file has nothing. Throws as BusRecord::draw() does.
  std::string draw(OutputFile *file, TraceKind kind, uint64_t end);

 private:
  const std::string event_;
  const uint64_t clocks_;
  std::optional<Trigger> trigger_;
  BusRecord record_;
};

}  // namespace lockarb
