// SPDX-License-Identifier: Apache-2.0
// What a run says at its end: a table for people, JSON and CSV for programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/faults/fault.h"
#include "sim/model/arbiter_model.h"
#include "sim/observe/contention.h"
#include "sim/observe/outcome.h"
#include "sim/observe/statistics.h"

namespace lockarb {

// What the cores did with a device on the bus.
struct DeviceUse {
  const char *name;
  uint64_t reads, writes, atomics;
  uint64_t waited_clocks;  // for the bus, and for a device that was busy
};

struct ReplayResult {
  uint64_t transfers, edges, mismatches;
};

struct RunSummary {
  std::string name;
  std::string command;  // does the same run again
  std::string lock;     // "hardware" or "software", unless a lock is made otherwise
  uint64_t seed;
  unsigned cores;
  Outcome outcome;
  int exit_code;
  uint64_t clocks;
  double host_seconds;   // in the table only
  ModelSize arbiter;     // locks with numbers behind its own are in shared memory
  uint64_t busy_clocks;  // of the bus
  std::vector<DeviceUse> devices;
  std::vector<Fault> faults{};
  std::vector<FaultResult> fault_results{};  // of each of them
  std::string stopped_by{};                  // why a run with faults did not end by itself
  std::optional<ReplayResult> replay{};
};

std::string report_table(const RunSummary &summary, const Statistics &statistics);
// The same run gives the same bytes: no host time, dates or addresses, and nothing about how the
// run was observed. Its form is that of report.schema.json.
std::string report_json(const RunSummary &summary, const Statistics &statistics,
                        const Contention &contention);
// A row for each lock and each thread, below one line of names; as RFC 4180 has it.
std::string report_csv(const RunSummary &summary, const Statistics &statistics,
                       const Contention &contention);

}  // namespace lockarb
