// SPDX-License-Identifier: Apache-2.0
// What a run says at its end: a table for people, JSON and CSV for programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/observe/contention.h"
#include "sim/observe/statistics.h"
#include "sim/platform/platform.h"

namespace lockarb {

struct RunSummary {
  std::string name;
  std::string command;  // does the same run again
  std::string lock;     // "hardware" or "software", unless a lock is made otherwise
  uint64_t seed;
  unsigned cores;
  Outcome outcome;
  int exit_code;
  uint64_t clocks;
  double host_seconds;  // in the table only
};

const char *outcome_name(Outcome outcome);

// Numbers behind those of the arbiter are locks in shared memory.
bool is_software_lock(std::size_t lock);

std::string report_table(const RunSummary &summary, const Statistics &statistics,
                         const Platform &platform);
// The same run gives the same bytes: no host time, dates or addresses, and nothing about how the
// run was observed. Its form is that of report.schema.json.
std::string report_json(const RunSummary &summary, const Statistics &statistics,
                        const Contention &contention, const Platform &platform);
// A row for each lock and each thread, below one line of names; as RFC 4180 has it.
std::string report_csv(const Statistics &statistics, const Contention &contention);

}  // namespace lockarb
