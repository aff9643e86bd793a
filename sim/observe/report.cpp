// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace lockarb {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char *kApcKinds[] = {"special", "normal", "user"};
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

// Numbers behind those of the arbiter are locks in shared memory.
bool is_software(std::size_t lock) { return lock >= model_size().locks; }

std::string lock_name(std::size_t lock) {
  return is_software(lock) ? fmt::format("{} in software", lock) : std::to_string(lock);
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

std::string faults_table(const FaultInjector &faults) {
  std::string text = "\nfaults\n";
  for (std::size_t i = 0; i < faults.faults().size(); ++i) {
    const FaultResult &result = faults.results()[i];
    text += fmt::format("{:54}", faults.faults()[i].text);
    if (result.struck) text += fmt::format("clock {}: {}: ", grouped(result.clock), result.what);
    if (!result.found.empty()) {
      text += fmt::format("told by {} in clock {}: ", result.found, grouped(result.found_in));
    }
    text += fault_outcome_name(result.outcome);
    text += "\n";
  }
  if (!faults.stop().empty()) text += fmt::format("stopped by {}\n", faults.stop());
  return text;
}

void add_faults(Json *json, const FaultInjector &faults) {
  (*json)["faults"] = Json::array();
  for (std::size_t i = 0; i < faults.faults().size(); ++i) {
    const Fault &fault = faults.faults()[i];
    const FaultResult &result = faults.results()[i];
    Json entry = {{"fault", fault_name(fault.kind)},
                  {"text", fault.text},
                  {"outcome", fault_outcome_name(result.outcome)}};
    if (result.struck) {
      entry["clock"] = result.clock;
      entry["what"] = result.what;
    }
    if (result.address != 0) entry["address"] = result.address;
    if (!result.found.empty()) {
      entry["found"] = {{"by", result.found}, {"clock", result.found_in}};
    }
    (*json)["faults"].push_back(std::move(entry));
  }
  if (!faults.stop().empty()) (*json)["stopped_by"] = faults.stop();
}

Json histogram_json(const Histogram &histogram) {
  return {{"count", histogram.count()},
          {"min", histogram.min()},
          {"median", histogram.percentile(50)},
          {"p99", histogram.percentile(99)},
          {"max", histogram.max()}};
}

void add_use(Json *json, const LockUse &use) {
  (*json)["acquisitions"] = use.acquisitions;
  (*json)["recursions"] = use.recursions;
  (*json)["contentions"] = use.contentions;
  (*json)["refusals"] = use.refusals;
  (*json)["waiting_clocks"] = histogram_json(use.waiting);
  (*json)["holding_clocks"] = histogram_json(use.holding);
}

Json by_kind(const uint64_t (&counts)[3]) {
  Json json;
  for (int kind = 0; kind < 3; ++kind) json[kApcKinds[kind]] = counts[kind];
  return json;
}

}  // namespace

const char *outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kEnded:
      return "ended";
    case Outcome::kHalted:
      return "halted";
    case Outcome::kStuck:
      return "stuck";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kAbandoned:
      return "abandoned";
    case Outcome::kInterrupted:
      return "interrupted";
  }
  return "";
}

std::string report_table(const RunSummary &summary, const Statistics &statistics,
                         const Platform &platform) {
  std::string text = heading("lock") + "\n";
  std::size_t row = 0;
  LockUse rest;
  std::size_t rest_count = 0;
  for (std::size_t i = 0; i < statistics.locks().size(); ++i) {
    const LockUse &lock = statistics.locks()[i];
    if (!lock.used) continue;
    if (row < kMostRows) {
      text += fmt::format("{:<22}{}\n", lock_name(i), use_cells(lock));
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

  if (const FaultInjector *faults = platform.faults()) text += faults_table(*faults);

  text +=
      fmt::format("\nsimulated  {} clocks, {:.3f} us; the bus was taken {:.1f} % of it\n",
                  grouped(summary.clocks), static_cast<double>(summary.clocks) / 100,
                  summary.clocks == 0 ? 0.0
                                      : 100.0 * static_cast<double>(platform.bus().busy_clocks()) /
                                            static_cast<double>(summary.clocks));
  if (statistics.ignored_grants() != 0) {
    text += fmt::format("ignored    {} grants that no thread waited for\n",
                        grouped(statistics.ignored_grants()));
  }
  text += fmt::format("host       {:.2f} s\n", summary.host_seconds);
  if (const ReplayCheck *replay = platform.replay()) {
    text +=
        fmt::format("replay     {} transfers, {} interrupt edges: {} mismatches\n",
                    grouped(replay->transfers()), grouped(replay->edges()), replay->mismatches());
  }
  return text;
}

std::string report_json(const RunSummary &summary, const Statistics &statistics,
                        const Platform &platform) {
  Json json;
  json["name"] = summary.name;
  json["seed"] = summary.seed;
  json["cores"] = summary.cores;
  json["outcome"] = outcome_name(summary.outcome);
  json["clocks"] = summary.clocks;

  const Bus &bus = platform.bus();
  json["bus"]["busy_clocks"] = bus.busy_clocks();
  for (unsigned region = 0; region < bus.regions().size(); ++region) {
    Bus::Count all;
    for (unsigned core = 0; core < summary.cores; ++core) {
      const Bus::Count &count = bus.count(core, region);
      all.reads += count.reads;
      all.writes += count.writes;
      all.atomics += count.atomics;
      all.waited_clocks += count.waited_clocks;
    }
    json["bus"][bus.regions()[region].name] = {{"reads", all.reads},
                                               {"writes", all.writes},
                                               {"atomics", all.atomics},
                                               {"waited_clocks", all.waited_clocks}};
  }

  json["locks"] = Json::array();
  for (std::size_t i = 0; i < statistics.locks().size(); ++i) {
    if (!statistics.locks()[i].used) continue;
    Json lock = {{"lock", i}, {"kind", is_software(i) ? "software" : "hardware"}};
    add_use(&lock, statistics.locks()[i]);
    json["locks"].push_back(std::move(lock));
  }
  json["threads"] = Json::array();
  for (const ThreadUse &use : statistics.threads()) {
    Json thread = {{"name", use.name}, {"core", use.core}, {"ended", use.ended}};
    if (use.killed) thread["killed"] = true;
    add_use(&thread, use);
    thread["apcs_queued"] = by_kind(use.apcs_queued);
    thread["apcs_held_back"] = by_kind(use.apcs_held_back);
    thread["apcs_delivered"] = by_kind(use.apcs_delivered);
    json["threads"].push_back(std::move(thread));
  }
  json["ignored_grants"] = statistics.ignored_grants();
  if (const FaultInjector *faults = platform.faults()) add_faults(&json, *faults);
  // A program's thread may have any bytes as its name.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockarb
