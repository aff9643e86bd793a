// SPDX-License-Identifier: Apache-2.0
// The arbiter beside other locks, from nobody else to everybody, with and without caches.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lockarb::bench {

// One kind of lock under one load. All of it is counted in simulated clocks: the same on every
// machine.
struct Contention {
  std::string lock;
  bool resource;  // an ERESOURCE by threads of wdm.h; else bare accesses by cores
  bool caches;
  unsigned cores, threads, reader_percent;
  double clocks;  // of the whole machine for an acquire and a release, 100 clocks of work included
  double bus_taken;  // share of the time
  double longest;    // wait, by the mean wait
  double jain;       // Jain's index: 1 is fair
};

std::vector<Contention> measure_contention();

void print_contention(const std::vector<Contention>& all);

nlohmann::ordered_json to_json(const std::vector<Contention>& all);

}  // namespace lockarb::bench
