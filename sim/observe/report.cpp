// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/report.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace lockarb {
namespace {

// More threads than this are shown by the scenario's entry that they come from.
constexpr std::size_t kMostThreadRows = 16;
constexpr std::size_t kMostRows = 40;

std::string grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) {
    digits.insert(static_cast<std::size_t>(i), "'");
  }
  return digits;
}

std::string histogram_cells(const Histogram &histogram) {
  if (histogram.count() == 0) return fmt::format("{:>8}{:>8}{:>8}{:>8}", "-", "-", "-", "-");
  return fmt::format("{:>8}{:>8}{:>8}{:>8}", histogram.min(), histogram.percentile(50),
                     histogram.percentile(99), histogram.max());
}

std::string use_cells(const LockUse &use) {
  return fmt::format("{:>9}{:>10}{:>8} {} {}", use.acquisitions, use.contentions, use.refusals,
                     histogram_cells(use.waiting), histogram_cells(use.holding));
}

std::string heading(const char *what) {
  const std::string numbers = fmt::format("{:>8}{:>8}{:>8}{:>8}", "min", "median", "p99", "max");
  return fmt::format("{:22}{:27} {:>32} {:>32}\n{:22}{:>9}{:>10}{:>8} {} {}", "", "",
                     "waiting, clocks", "holding, clocks", what, "acquired", "contended", "refused",
                     numbers, numbers);
}

std::string lock_name(const ModelSize &arbiter, std::size_t lock) {
  return lock >= arbiter.locks ? fmt::format("{} in software", lock) : std::to_string(lock);
}

uint64_t sum(const uint64_t (&counts)[3]) { return counts[0] + counts[1] + counts[2]; }

// "reader.17" belongs to the group "reader".
std::string group_of(const std::string &name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size()) return name;
  return name.find_first_not_of("0123456789", dot + 1) == std::string::npos ? name.substr(0, dot)
                                                                            : name;
}

std::vector<std::pair<std::string, ThreadUse>> thread_rows(const std::vector<ThreadUse> &threads) {
  std::vector<std::pair<std::string, ThreadUse>> rows;
  if (threads.size() <= kMostThreadRows) {
    for (const ThreadUse &thread : threads) {
      rows.emplace_back(fmt::format("{} on core {}", thread.name, thread.core), thread);
    }
    return rows;
  }
  std::vector<unsigned> members;
  std::unordered_map<std::string, std::size_t> row_of;
  for (const ThreadUse &thread : threads) {
    const std::string group = group_of(thread.name);
    const auto row = row_of.emplace(group, rows.size());
    if (row.second) {
      rows.emplace_back(group, ThreadUse());
      members.push_back(0);
    }
    rows[row.first->second].second.add(thread);
    ++members[row.first->second];
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (members[i] > 1) rows[i].first += fmt::format(", {} threads", members[i]);
  }
  return rows;
}

std::string faults_table(const RunSummary &summary) {
  std::string text = "\nfaults\n";
  for (std::size_t i = 0; i < summary.faults.size(); ++i) {
    const FaultResult &result = summary.fault_results[i];
    text += fmt::format("{:53} ", summary.faults[i].text);
    if (result.struck) text += fmt::format("clock {}: {}: ", grouped(result.clock), result.what);
    if (!result.found.empty()) {
      text += fmt::format("told by {} in clock {}: ", result.found, grouped(result.found_in));
    }
    text += fault_outcome_name(result.outcome);
    text += "\n";
  }
  if (!summary.stopped_by.empty()) text += fmt::format("stopped by {}\n", summary.stopped_by);
  return text;
}

// As RFC 4180 has it.
std::string csv_text(const std::string &text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_cells(const LockUse &use) {
  std::string text =
      fmt::format("{},{},{},{}", use.acquisitions, use.recursions, use.contentions, use.refusals);
  for (const Histogram *histogram : {&use.waiting, &use.holding}) {
    text +=
        fmt::format(",{},{},{},{},{},{}", histogram->count(), histogram->sum(), histogram->min(),
                    histogram->percentile(50), histogram->percentile(99), histogram->max());
  }
  return text;
}

}  // namespace

std::string report_table(const RunSummary &summary, const Statistics &statistics) {
  std::string text = heading("lock") + "\n";
  std::size_t row = 0;
  LockUse rest;
  std::size_t rest_count = 0;
  for (std::size_t i = 0; i < statistics.locks().size(); ++i) {
    const LockUse &lock = statistics.locks()[i];
    if (!lock.used) continue;
    if (row < kMostRows) {
      text += fmt::format("{:<22}{}\n", lock_name(summary.arbiter, i), use_cells(lock));
    } else {
      rest.add(lock);
      ++rest_count;
    }
    ++row;
  }
  if (rest_count != 0) {
    text += fmt::format("{:22}{}\n", fmt::format("{} more locks", rest_count), use_cells(rest));
  }

  text += "\n" + heading("thread") + fmt::format("{:>9}{:>10}\n", "APCs run", "held back");
  row = 0;
  const auto rows = thread_rows(statistics.threads());
  for (const auto &[name, thread] : rows) {
    if (row++ == kMostRows) {
      text += fmt::format("({} more rows: --json has them all)\n", rows.size() - kMostRows);
      break;
    }
    text += fmt::format("{:22}{}{:>9}{:>10}\n", name.substr(0, 21), use_cells(thread),
                        sum(thread.apcs_delivered), sum(thread.apcs_held_back));
  }

  if (!summary.faults.empty()) text += faults_table(summary);

  text += fmt::format("\nsimulated  {} clocks, {:.3f} us; the bus was taken {:.1f} % of it\n",
                      grouped(summary.clocks), static_cast<double>(summary.clocks) / 100,
                      summary.clocks == 0 ? 0.0
                                          : 100.0 * static_cast<double>(summary.busy_clocks) /
                                                static_cast<double>(summary.clocks));
  if (statistics.ignored_grants() != 0) {
    text += fmt::format("ignored    {} grants that no thread waited for\n",
                        grouped(statistics.ignored_grants()));
  }
  text += fmt::format("host       {:.2f} s\n", summary.host_seconds);
  if (summary.replay) {
    text += fmt::format("replay     {} transfers, {} interrupt edges: {} mismatches\n",
                        grouped(summary.replay->transfers), grouped(summary.replay->edges),
                        summary.replay->mismatches);
  }
  return text;
}

std::string report_csv(const RunSummary &summary, const Statistics &statistics,
                       const Contention &contention) {
  std::string text = "table,number,name,kind,core,acquisitions,recursions,contentions,refusals";
  for (const char *what : {"waiting", "holding"}) {
    for (const char *which : {"count", "sum", "min", "median", "p99", "max"}) {
      text += fmt::format(",{}_clocks_{}", what, which);
    }
  }
  text += ",apcs_queued,apcs_held_back,apcs_delivered\r\n";
  for (std::size_t i = 0; i < statistics.locks().size(); ++i) {
    const LockUse &lock = statistics.locks()[i];
    if (!lock.used) continue;
    text += fmt::format("lock,{},{},{},,{},,,\r\n", i, csv_text(contention.lock_name(i)),
                        i >= summary.arbiter.locks ? "software" : "hardware", csv_cells(lock));
  }
  for (std::size_t i = 0; i < statistics.threads().size(); ++i) {
    const ThreadUse &thread = statistics.threads()[i];
    text += fmt::format("thread,{},{},,{},{},{},{},{}\r\n", i + 1, csv_text(thread.name),
                        thread.core, csv_cells(thread), sum(thread.apcs_queued),
                        sum(thread.apcs_held_back), sum(thread.apcs_delivered));
  }
  return text;
}

}  // namespace lockarb
