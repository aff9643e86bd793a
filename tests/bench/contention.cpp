// SPDX-License-Identifier: Apache-2.0
#include "contention.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "eresource_overhead.h"
#include "lock_overhead.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kMostCores = 8;

// The first one is the arbiter.
const std::vector<const baseline_lock*>& locks() {
  static const std::vector<const baseline_lock*> all = {&kLockarb,
                                                        &baseline_ticket,
                                                        &baseline_mcs,
                                                        &baseline_phase_fair,
                                                        &baseline_test_and_set,
                                                        &baseline_hardware_mutex};
  return all;
}

std::string load_of(const Contention& row) {
  return fmt::format("{:<9}{:>6}{:>9}{:>9}%", row.caches ? "caches" : "no caches", row.cores,
                     row.threads, row.reader_percent);
}

// One line for each load, one column for each lock; which of them needs the fewest clocks.
void print_table(const std::vector<Contention>& rows, const char* title) {
  fmt::print("\n{}\n{:<9}{:>6}{:>9}{:>10}", title, "memory", "cores", "threads", "readers");
  const std::string first = load_of(rows.front());
  for (const Contention& row : rows) {
    if (load_of(row) == first) fmt::print("{:>16}", row.lock);
  }
  fmt::print("   fewest\n");
  for (auto row = rows.begin(); row != rows.end();) {
    const std::string load = load_of(*row);
    const auto end = std::find_if(row, rows.end(),
                                  [&load](const Contention& of) { return load_of(of) != load; });
    fmt::print("{}", load);
    for (auto each = row; each != end; ++each) fmt::print("{:>16.0f}", each->clocks);
    const auto fewest = std::min_element(
        row, end, [](const Contention& a, const Contention& b) { return a.clocks < b.clocks; });
    fmt::print("   {}\n", fewest->lock);
    row = end;
  }
}

void print_fairness(const std::vector<Contention>& rows) {
  fmt::print(
      "\nThe most contended of these: longest wait by mean wait, Jain's index, share of the bus\n");
  for (const Contention& row : rows) {
    if (row.cores != kMostCores || row.reader_percent != 0 ||
        (row.resource && row.threads != kMostCores)) {
      continue;
    }
    fmt::print("{:<9}  {:<24}{:>8.1f}{:>8.2f}{:>8.2f}\n", row.caches ? "caches" : "no caches",
               (row.resource ? "ERESOURCE, " : "") + row.lock, row.longest, row.jain,
               row.bus_taken);
  }
}

}  // namespace

std::vector<Contention> measure_contention() {
  std::vector<Contention> rows;
  for (const bool caches : {false, true}) {
    for (const unsigned cores : {1u, 2u, 4u, kMostCores}) {
      for (const unsigned readers : {0u, 50u, 90u, 100u}) {
        for (const baseline_lock* lock : locks()) {
          const LockOverhead of = measure_lock(*lock, {cores, Work::kCompute, readers, caches});
          rows.push_back({lock->name, false, caches, cores, cores, readers, of.clocks, of.bus_taken,
                          of.longest, of.jain});
        }
      }
    }
  }
  for (const bool caches : {false, true}) {
    for (const unsigned threads : {1u, 2u, 4u, 8u, 16u, 32u}) {
      for (const unsigned readers : {0u, 50u, 90u, 100u}) {
        for (const bool software : {false, true}) {
          const unsigned cores = std::min(threads, kMostCores);
          const ResourceOverhead of =
              measure_resource({threads, cores, false, readers, caches}, software);
          rows.push_back({software ? "in software" : "arbiter", true, caches, cores, threads,
                          readers, of.clocks, of.bus_taken, of.longest, of.jain});
        }
      }
    }
  }
  return rows;
}

void print_contention(const std::vector<Contention>& all) {
  std::vector<Contention> bare, resources;
  for (const Contention& row : all) (row.resource ? resources : bare).push_back(row);
  print_table(bare,
              "One lock by bare accesses, 100 clocks of work: clocks for an acquire and a release");
  print_table(resources,
              "One ERESOURCE of wdm.h, 100 clocks of work: clocks for an acquire and a release");
  print_fairness(all);
}

nlohmann::ordered_json to_json(const std::vector<Contention>& all) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Contention& row : all) {
    json.push_back({{"lock", row.lock},
                    {"access", row.resource ? "ERESOURCE" : "bare"},
                    {"caches", row.caches},
                    {"cores", row.cores},
                    {"threads", row.threads},
                    {"reader_percent", row.reader_percent},
                    {"clocks", row.clocks},
                    {"bus_clocks", row.bus_taken * row.clocks},
                    {"longest_by_mean_wait", row.longest},
                    {"jain", row.jain}});
  }
  return json;
}

}  // namespace lockarb::bench
