// SPDX-License-Identifier: Apache-2.0
#include "eresource_overhead.h"

#include <stdexcept>

#include "in_child.h"
#include "sim/platform/platform.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kCores = 8;
constexpr unsigned kRounds = 200;
constexpr uint64_t kWork = 100;

ResourceOverhead simulate(eresource_crowd crowd, bool software, unsigned per_core) {
  quiet_systemc();
  const unsigned threads = kCores * per_core;
  eresource_plan plan{threads, kCores, kRounds, kWork, software, crowd, 0, 0};
  PlatformConfig config;
  config.cores = kCores;
  config.first = eresource_threads_run;
  config.argument = &plan;
  Platform machine(config);
  if (machine.run() != Outcome::kEnded) throw std::runtime_error("bench: the threads did not end");
  const auto clocks = static_cast<double>(plan.ended - plan.started);
  // Writers follow each other; the others work at the same time.
  const unsigned in_a_row = crowd == ERESOURCE_WRITERS ? kRounds * threads : kRounds;
  return {clocks / in_a_row - kWork,
          static_cast<double>(machine.bus().busy_clocks()) / static_cast<double>(machine.clock())};
}

}  // namespace

ResourceOverhead measure_resource(eresource_crowd crowd, bool software, unsigned per_core) {
  return in_child([&] { return simulate(crowd, software, per_core); });
}

}  // namespace lockarb::bench
