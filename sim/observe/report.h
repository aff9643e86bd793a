// SPDX-License-Identifier: Apache-2.0
// What a run says at its end: a table for people, JSON for programs.
#pragma once

#include <cstdint>
#include <string>

#include "sim/observe/statistics.h"
#include "sim/platform/platform.h"

namespace lockarb {

struct RunSummary {
  std::string name;
  uint64_t seed;
  unsigned cores;
  Outcome outcome;
  int exit_code;
  uint64_t clocks;
  double host_seconds;  // in the table only
};

const char *outcome_name(Outcome outcome);

std::string report_table(const RunSummary &summary, const Statistics &statistics,
                         const Platform &platform);
// The same run gives the same bytes: no host time, dates or addresses, and nothing about how the
// run was observed.
std::string report_json(const RunSummary &summary, const Statistics &statistics,
                        const Platform &platform);

}  // namespace lockarb
