// SPDX-License-Identifier: Apache-2.0
// How fast each way of simulating the arbiter does the same job.
#pragma once

#include <cstdint>
#include <ctime>

#include "workload.h"

namespace lockarb::bench {

struct Speed {
  double seconds = 0;  // of CPU time, in the job alone
  uint64_t pairs = 0;
  uint32_t checksum = 0;

  double pairs_per_second() const { return static_cast<double>(pairs) / seconds; }
};

// `work` does the job and returns the checksum.
template <class Work>
Speed timed(const Job& job, const Work& work) {
  const std::clock_t start = std::clock();
  const uint32_t checksum = work();
  return {static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, job.pairs, checksum};
}

enum class Simulator {
  kBare,         // the Verilated model in a plain loop
  kBareTraced,   // the same with the waveform compiled in, but off
  kSync,         // the platform: core, bus, device, clock on demand
  kAlwaysClock,  // the platform, every clock evaluated
  kIcarus,       // Icarus Verilog
};
Speed measure(Simulator simulator, const Job& job);

// 32 software threads on 4 cores, each taking and giving back locks through wdm.h.
Speed measure_threads(uint64_t pairs);

}  // namespace lockarb::bench
