// SPDX-License-Identifier: Apache-2.0
// `make bench`: the figures of the arbiter and of its simulation, each beside its goal.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "Vlockarb_bench_16.h"
#include "Vlockarb_bench_4096.h"
#include "Vlockarb_none.h"
#include "contention.h"
#include "eresource_overhead.h"
#include "hardware_figures.h"
#include "lock_overhead.h"
#include "sim/observe/output_file.h"
#include "sim/run/command_line.h"
#include "simulation_speeds.h"

namespace lockarb::bench {
namespace {

enum class Better { kLower, kHigher };

struct Row {
  std::string group;
  std::string name;
  double figure;
  std::string unit;
  std::optional<double> goal = std::nullopt;
  Better better = Better::kLower;

  bool reached() const {
    return !goal || (better == Better::kLower ? figure <= *goal : figure >= *goal);
  }
};

constexpr unsigned kCores = 4;

std::vector<Row> hardware_rows() {
  const auto latency = [](const char* name, uint64_t clocks) {
    return Row{"hardware", name, static_cast<double>(clocks), "clocks", 4};
  };
  std::vector<Row> rows = {
      latency("fused enter + acquire, ARVALID to RVALID", fused_acquire_clocks<Vlockarb_none>(0)),
      latency("  the same with 16 locks", fused_acquire_clocks<Vlockarb_bench_16>(15)),
      latency("  the same with 4096 locks", fused_acquire_clocks<Vlockarb_bench_4096>(4095)),
  };
  const std::vector<uint64_t> one = handoff_clocks<Vlockarb_none>(
      2, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, LOCKARB_STATUS_HANDED_EXCLUSIVE);
  rows.push_back(latency("hand-off, release accepted to interrupt", one.front()));
  const std::vector<uint64_t> batch = handoff_clocks<Vlockarb_none>(
      kCores, LOCKARB_OP_ENTER_ACQUIRE_SHARED, LOCKARB_STATUS_HANDED_SHARED);
  rows.push_back(latency("batch of readers, release accepted to first interrupt", batch.front()));
  rows.push_back(
      {"hardware", "batch of readers, clocks from one interrupt to the next",
       static_cast<double>(batch.back() - batch.front()) / static_cast<double>(batch.size() - 1),
       "clocks", 1});
  constexpr unsigned kCommands = 4000;
  const auto sustained = [](bool one_lock) {
    return static_cast<double>(sustained_clocks<Vlockarb_none>(kCores, kCommands, one_lock)) /
           kCommands;
  };
  rows.push_back(
      {"hardware", "sustained commands, different locks", sustained(false), "clocks each", 1});
  rows.push_back({"hardware", "sustained commands, one lock", sustained(true), "clocks each", 3});
  return rows;
}

// A lock that eight cores want all the time: how many times lockarb's clocks the others need.
std::vector<Row> lock_rows() {
  constexpr unsigned kManyCores = 8;
  std::vector<Row> rows;
  for (const auto& [what, work] : {std::pair("owner computes", Work::kCompute),
                                   std::pair("owner reads memory", Work::kReadMemory)}) {
    const auto beyond = [](const LockOverhead& of) { return of.clocks - kWorkClocks; };
    const LockOverhead lockarb = measure_lock(kLockarb, {kManyCores, work});
    rows.push_back({"lock", fmt::format("lockarb, 8 cores, {}: clocks beyond the work", what),
                    beyond(lockarb), "clocks"});
    rows.push_back({"lock", "  share of the bus", lockarb.bus_taken, "of 1"});
    for (const baseline_lock* lock : {&baseline_ticket, &baseline_mcs}) {
      const LockOverhead other = measure_lock(*lock, {kManyCores, work});
      rows.push_back({"lock", fmt::format("{} / lockarb, {}", lock->name, what),
                      beyond(other) / beyond(lockarb), "x", 1, Better::kHigher});
      rows.push_back({"lock", "  share of the bus", other.bus_taken, "of 1"});
    }
  }
  return rows;
}

// The same calls of wdm.h by the threads of eight cores, on both kinds of locks.
std::vector<Row> resource_rows() {
  struct Case {
    const char* what;
    ResourceLoad load;
    std::optional<double> goal,
        ratio;  // what the locks in software take, by what the arbiter takes
  };
  std::vector<Row> rows;
  for (const auto& [what, load, goal, ratio] : {
           Case{"a resource for each thread", {8, 8, true}, std::nullopt, 14},
           Case{"all exclusive on one", {8, 8}, 21, 4},  // a ticket lock takes 21
           Case{"all exclusive on one, 2 threads on a core", {16, 8}, std::nullopt, std::nullopt},
           Case{"all exclusive on one, 4 threads on a core", {32, 8}, std::nullopt, std::nullopt},
           Case{"all shared on one", {8, 8, false, 100}, std::nullopt, 43},
       }) {
    // Writers follow each other; the others work at the same time.
    const unsigned at_once = load.alone || load.reader_percent == 100 ? load.threads : 1;
    const auto beyond = [at_once](const ResourceOverhead& of) {
      return of.clocks * at_once - kResourceWork;
    };
    const ResourceOverhead hardware = measure_resource(load, false);
    const ResourceOverhead software = measure_resource(load, true);
    rows.push_back({"ERESOURCE", fmt::format("{}: clocks beyond the work", what), beyond(hardware),
                    "clocks", goal});
    rows.push_back({"ERESOURCE", "  share of the bus", hardware.bus_taken, "of 1"});
    if (const HandOff& of = hardware.hand_off; of.all() != 0) {
      const auto part = [&rows, alone = load.threads == load.cores](const char* name, double clocks,
                                                                    double goal_alone) {
        rows.push_back({"ERESOURCE", name, clocks, "clocks",
                        alone ? std::optional<double>(goal_alone) : std::nullopt});
      };
      part("  a hand-off, from the call of release to the next owner", of.all(), 15);
      part("    arbiter", of.arbiter, 9);
      part("    bus", of.bus, 3);
      part("    waiting for the bus", of.waiting, 3);
      part("    software", of.software, 1);
    }
    rows.push_back(
        {"ERESOURCE", "  in software: clocks beyond the work", beyond(software), "clocks"});
    rows.push_back({"ERESOURCE", "  share of the bus", software.bus_taken, "of 1"});
    rows.push_back({"ERESOURCE", fmt::format("  software / hardware"),
                    beyond(software) / beyond(hardware), "x", ratio, Better::kHigher});
  }
  return rows;
}

// The best of several runs, interleaved by the caller: other work on the machine only slows down.
class Best {
 public:
  void add(const Speed& speed) {
    pairs_per_second_ = std::max(pairs_per_second_, speed.pairs_per_second());
  }
  double operator/(const Best& other) const { return pairs_per_second_ / other.pairs_per_second_; }
  double pairs_per_second() const { return pairs_per_second_; }

 private:
  double pairs_per_second_ = 0;
};

struct Speeds {
  Best bare, traced, sync, always, icarus, threads;
};

// All simulators in turn, `rounds` times: the machine's own ups and downs hit all alike. Throws
// when two of them disagree on an answer.
Speeds measure_all(unsigned rounds, const Job& job, const Job& icarus_job) {
  Speeds speeds;
  const auto run = [](Simulator simulator, const Job& what, Best* best) {
    const Speed speed = measure(simulator, what);
    best->add(speed);
    return speed.checksum;
  };
  for (unsigned round = 0; round < rounds; ++round) {
    const std::set<uint32_t> answers = {run(Simulator::kBare, job, &speeds.bare),
                                        run(Simulator::kBareTraced, job, &speeds.traced),
                                        run(Simulator::kSync, job, &speeds.sync),
                                        run(Simulator::kAlwaysClock, job, &speeds.always)};
    // Icarus is too slow for the whole job; the part that it does is compared on its own.
    const std::set<uint32_t> icarus_answers = {measure(Simulator::kBare, icarus_job).checksum,
                                               run(Simulator::kIcarus, icarus_job, &speeds.icarus)};
    if (answers.size() != 1 || icarus_answers.size() != 1)
      throw std::runtime_error("bench: two simulators answered differently");
    if (job.gap == 0) speeds.threads.add(measure_threads(job.pairs));
  }
  return speeds;
}

std::vector<Row> simulation_rows(unsigned rounds) {
  const Speeds busy = measure_all(rounds, {300000, 0}, {3000, 0});
  const Speeds idle = measure_all(rounds, {10000, 1000}, {200, 1000});
  const auto ratio = [](const char* name, double figure, double goal) {
    return Row{"simulation", name, figure, "x", goal, Better::kHigher};
  };
  return {
      ratio("saturated: sync / bare Verilated loop", busy.sync / busy.bare, 0.75),
      ratio("saturated: sync / Icarus", busy.sync / busy.icarus, 190),
      ratio("saturated: always-clock / bare loop", busy.always / busy.bare, 0.40),
      ratio("1000 idle clocks: sync / bare loop", idle.sync / idle.bare, 75),
      ratio("1000 idle clocks: sync / Icarus", idle.sync / idle.icarus, 5000),
      ratio("32 software threads / bare loop", busy.threads / busy.bare, 0.45),
      {"simulation", "waveform compiled in but off: time lost", 1 - busy.traced / busy.bare, "of 1",
       0.05},
  };
}

void print_table(const std::vector<Row>& rows) {
  fmt::print("{:<12}{:<58}{:>10}{:>11}{:>7}  {}\n", "", "figure", "measured", "goal", "ratio",
             "unit");
  for (const Row& row : rows) {
    std::string goal, ratio;
    if (row.goal) {
      goal = fmt::format("{} {:g}", row.better == Better::kLower ? "<=" : ">=", *row.goal);
      ratio = fmt::format("{:.2f}", row.figure / *row.goal);
    }
    fmt::print("{:<12}{:<58}{:>10.4g}{:>11}{:>7}  {}{}\n", row.group, row.name, row.figure, goal,
               ratio, row.unit, row.reached() ? "" : ", MISSED");
  }
}

void write_json(const std::vector<Row>& rows, const std::vector<Contention>& contention,
                OutputFile* file) {
  nlohmann::ordered_json figures = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    nlohmann::ordered_json entry = {
        {"group", row.group}, {"figure", row.name}, {"measured", row.figure}, {"unit", row.unit}};
    if (row.goal) {
      entry["goal"] = *row.goal;
      entry["better"] = row.better == Better::kLower ? "lower" : "higher";
      entry["ratio"] = row.figure / *row.goal;
      entry["reached"] = row.reached();
    }
    figures.push_back(std::move(entry));
  }
  const nlohmann::ordered_json json = {{"figures", figures}, {"contention", to_json(contention)}};
  const std::string text = json.dump(2) + '\n';
  file->write(text.data(), text.size());
  file->commit();
}

int measure_all(const std::string& json, unsigned rounds, bool clocks_only) {
  std::optional<OutputFile> file;  // opened before the work, which takes minutes
  if (!json.empty()) {
    refuse_one_file_twice({{"--json", json}});
    file.emplace(NamedFile{"--json", json});
  }
  std::vector<Row> rows = hardware_rows();
  for (const std::vector<Row>& more : {lock_rows(), resource_rows()}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  if (!clocks_only) {
    const std::vector<Row> more = simulation_rows(rounds);
    rows.insert(rows.end(), more.begin(), more.end());
  }
  print_table(rows);
  const std::vector<Contention> contention = measure_contention();
  print_contention(contention);
  if (file) write_json(rows, contention, &*file);
  return kExitOk;
}

}  // namespace
}  // namespace lockarb::bench

int main(int argc, char** argv) {
  CLI::App app("Measures the arbiter in clocks and its simulations as ratios of one run.",
               "lockarb_bench");
  std::string json;
  unsigned rounds = 3;
  bool clocks_only = false;
  app.add_option("--json", json, "Also write the figures to this file")->type_name("FILE");
  app.add_option("--rounds", rounds, "Rounds of each simulation; the best one counts")
      ->transform(lockarb::whole_number(1, 100));
  app.add_flag("--clocks-only", clocks_only, "Only the figures in simulated clocks");
  return lockarb::command_line(
      &app, argc, argv, [&] { return lockarb::bench::measure_all(json, rounds, clocks_only); });
}
