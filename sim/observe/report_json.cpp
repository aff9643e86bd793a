// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sim/model/arbiter_sizes.h"
#include "sim/observe/report.h"
#include "sim/observe/source_line.h"

namespace lockarb {
namespace {

using Json = nlohmann::ordered_json;

// Of report.schema.json: a field that goes, or means something else, makes it one more.
constexpr unsigned kVersion = 1;
constexpr const char *kApcKinds[] = {"special", "normal", "user"};
// What is listed by need, not by number, has a bound: the rest is in the sums.
constexpr std::size_t kMostPlaces = 256;
constexpr std::size_t kMostSeries = 16;

// Lists of numbers stand in one line, so that a file of many can be read.
std::string text_of(const Json &json, const std::string &indent) {
  const auto is_simple = [](const Json &part) { return !part.is_structured(); };
  // A program's thread may have any bytes as its name.
  const auto flat = [](const Json &part) {
    return part.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  if (is_simple(json) || json.empty() ||
      (json.is_array() && std::all_of(json.begin(), json.end(), is_simple))) {
    return flat(json);
  }
  const std::string inner = indent + "  ";
  std::string text;
  for (const auto &[key, part] : json.items()) {
    text += text.empty() ? "\n" : ",\n";
    text += inner;
    if (json.is_object()) text += flat(key) + ": ";
    text += text_of(part, inner);
  }
  text += "\n" + indent;
  return json.is_object() ? "{" + text + "}" : "[" + text + "]";
}

void add_faults(Json *json, const RunSummary &summary) {
  (*json)["faults"] = Json::array();
  for (std::size_t i = 0; i < summary.faults.size(); ++i) {
    const Fault &fault = summary.faults[i];
    const FaultResult &result = summary.fault_results[i];
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
  if (!summary.stopped_by.empty()) (*json)["stopped_by"] = summary.stopped_by;
}

Json histogram_json(const Histogram &histogram) {
  Json from = Json::array();
  Json count = Json::array();
  for (const Histogram::Bucket &bucket : histogram.coarse()) {
    from.push_back(bucket.from);
    count.push_back(bucket.count);
  }
  return {{"count", histogram.count()},
          {"sum", histogram.sum()},
          {"min", histogram.min()},
          {"median", histogram.percentile(50)},
          {"p99", histogram.percentile(99)},
          {"max", histogram.max()},
          {"histogram", {{"from", from}, {"count", count}}}};
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

const char *mode(bool exclusive) { return exclusive ? "exclusive" : "shared"; }

std::string where(uintptr_t from) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return from == 0 ? std::string() : source_line(reinterpret_cast<const void *>(from));
}

Json places_json(const Contention &contention) {
  std::vector<Contention::Place> places = contention.places();
  std::stable_sort(places.begin(), places.end(), [](const auto &a, const auto &b) {
    return a.others_waited + a.waiting_clocks > b.others_waited + b.waiting_clocks;
  });
  places.resize(std::min(places.size(), kMostPlaces));
  Json json = Json::array();
  for (const Contention::Place &place : places) {
    json.push_back({{"lock", place.lock},
                    {"where", where(place.from)},
                    {"acquisitions", place.acquisitions},
                    {"contentions", place.contentions},
                    {"waiting_clocks", place.waiting_clocks},
                    {"longest_wait", place.longest_wait},
                    {"holding_clocks", place.holding_clocks},
                    {"longest_hold", place.longest_hold},
                    {"others_waited_clocks", place.others_waited}});
  }
  return json;
}

Json series_json(const Contention &contention, uint64_t clocks) {
  const auto &locks = contention.locks();
  std::vector<std::pair<uint64_t, std::size_t>> most;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    if (locks[i].waited != 0) most.emplace_back(locks[i].waited, i);
  }
  std::stable_sort(most.begin(), most.end(),
                   [](const auto &a, const auto &b) { return a.first > b.first; });
  most.resize(std::min(most.size(), kMostSeries));
  Json json = {{"part_clocks", TimeSeries::width(clocks)},
               {"waiting", contention.waiting().parts(clocks)},
               {"locks", Json::array()}};
  for (const auto &[waited, i] : most) {
    json["locks"].push_back({{"lock", i},
                             {"waiting", locks[i].waiting.parts(clocks)},
                             {"exclusive", locks[i].exclusive.parts(clocks)},
                             {"shared", locks[i].shared.parts(clocks)}});
  }
  return json;
}

Json spans_json(const std::vector<Contention::Span> &spans) {
  Json json = Json::array();
  for (const Contention::Span &span : spans) {
    json.push_back(
        Json::array({span.waits ? "waits" : "owns", mode(span.exclusive), span.lock, span.thread,
                     span.from, span.to == span.from ? Json() : Json(span.to)}));
  }
  return json;
}

void add_contention(Json *json, const Contention &contention, uint64_t clocks) {
  (*json)["places"] = places_json(contention);
  (*json)["over_time"] = series_json(contention, clocks);
  if (contention.around_longest_wait().empty()) return;
  const Contention::Span &longest = contention.longest_wait();
  (*json)["longest_wait"] = {{"lock", longest.lock},
                             {"thread", longest.thread},
                             {"mode", mode(longest.exclusive)},
                             {"from", longest.from},
                             {"to", longest.to},
                             {"where", where(contention.longest_wait_from())},
                             {"around", spans_json(contention.around_longest_wait())}};
  (*json)["most_waiting"] = {{"clock", contention.most_waiting_clock()},
                             {"threads", contention.most_waiting_threads()},
                             {"spans", spans_json(contention.most_waiting())}};
}

}  // namespace

std::string report_json(const RunSummary &summary, const Statistics &statistics,
                        const Contention &contention) {
  Json json;
  json["version"] = kVersion;
  json["name"] = summary.name;
  json["seed"] = summary.seed;
  json["cores"] = summary.cores;
  json["outcome"] = outcome_name(summary.outcome);
  json["clocks"] = summary.clocks;
  json["command"] = summary.command;
  json["lock"] = summary.lock;
  for (const SizeKey &key : size_keys()) json["arbiter"][key.name] = key.get(summary.arbiter);

  json["bus"]["busy_clocks"] = summary.busy_clocks;
  for (const DeviceUse &device : summary.devices) {
    json["bus"][device.name] = {{"reads", device.reads},
                                {"writes", device.writes},
                                {"atomics", device.atomics},
                                {"waited_clocks", device.waited_clocks}};
  }

  LockUse total;
  for (const LockUse &use : statistics.locks()) total.add(use);
  add_use(&json["total"], total);
  json["locks"] = Json::array();
  for (std::size_t i = 0; i < statistics.locks().size(); ++i) {
    if (!statistics.locks()[i].used) continue;
    Json lock = {{"lock", i}, {"kind", i >= summary.arbiter.locks ? "software" : "hardware"}};
    const std::string &name = contention.lock_name(i);
    if (!name.empty()) lock["name"] = name;
    add_use(&lock, statistics.locks()[i]);
    json["locks"].push_back(std::move(lock));
  }
  json["threads"] = Json::array();
  for (const ThreadUse &use : statistics.threads()) {
    Json thread = {{"thread", json["threads"].size() + 1},
                   {"name", use.name},
                   {"core", use.core},
                   {"ended", use.ended}};
    if (use.killed) thread["killed"] = true;
    add_use(&thread, use);
    thread["apcs_queued"] = by_kind(use.apcs_queued);
    thread["apcs_held_back"] = by_kind(use.apcs_held_back);
    thread["apcs_delivered"] = by_kind(use.apcs_delivered);
    json["threads"].push_back(std::move(thread));
  }
  json["ignored_grants"] = statistics.ignored_grants();
  if (!summary.faults.empty()) add_faults(&json, summary);
  add_contention(&json, contention, summary.clocks);
  return text_of(json, "") + "\n";
}

}  // namespace lockarb
