// SPDX-License-Identifier: Apache-2.0
#include "simulation_speeds.h"

#include <fmt/format.h>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "bare_loop.h"
#include "bench_threads.h"
#include "in_child.h"
#include "sim/platform/platform.h"

namespace lockarb::bench {
namespace {

// The only initiator on the platform's bus: a core without an executive.
class Initiator {
 public:
  uint32_t read(uint32_t address) {
    uint32_t word = 0;
    Core::running().access(tlm::TLM_READ_COMMAND, kArbiterBase + address, &word, sizeof word);
    return word;
  }
  void write(uint32_t address, uint32_t value) {
    Core::running().access(tlm::TLM_WRITE_COMMAND, kArbiterBase + address, &value, sizeof value);
  }
  void idle(uint64_t clocks) { Core::running().compute(clocks, false); }
};

Speed platform_speed(Clocking clocking, const Job& job) {
  quiet_systemc();
  Speed speed;
  const auto software = [&] {
    Initiator initiator;
    prepare_job(initiator);
    speed = timed(job, [&] { return run_job(initiator, job); });
    sc_core::sc_stop();
    Core::running().stop();
  };
  Core core("core0", 0, software, [] {});
  Bus bus("bus", 1, {{"arbiter", kArbiterBase, Arbiter::kSize}});
  Arbiter arbiter("arbiter", {{clocking == Clocking::kAlwaysClock, TraceKind::kNone},
                              Bus::kRequestClocks,
                              Bus::kResponseClocks + Bus::kRequestClocks});
  arbiter.interrupt = arbiter_lines({&core.interrupts});
  core.isock.bind(bus.from_core[0]);
  bus.to_device[0].bind(arbiter.tsock);
  sc_core::sc_start();
  return speed;
}

// The CPU time of vvp is what bash's time says it is.
Speed icarus_speed(const Job& job) {
  const std::string call =
      fmt::format("bash -c 'TIMEFORMAT=%U; time vvp -n {} +pairs={} +gap={}' 2>&1",
                  LOCKARB_ICARUS_BENCH, job.pairs, job.gap);
  FILE* out = popen(call.c_str(), "r");
  if (out == nullptr) throw std::runtime_error("bench: cannot start vvp");
  Speed speed;
  unsigned long pairs = 0, clocks = 0;
  // Between the figures Icarus 12 says where $finish was called.
  std::string words;
  for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) words += static_cast<char>(c);
  const std::size_t last = words.find_last_of('\n', words.size() < 2 ? 0 : words.size() - 2);
  const bool found = std::sscanf(words.c_str(), "pairs %lu clocks %lu checksum %x", &pairs, &clocks,
                                 &speed.checksum) == 3 &&
                     last != std::string::npos &&
                     std::sscanf(words.c_str() + last, "%lf", &speed.seconds) == 1;
  if (pclose(out) != 0 || !found) throw std::runtime_error("bench: vvp failed: " + words);
  speed.pairs = pairs;
  return speed;
}

}  // namespace

Speed measure(Simulator simulator, const Job& job) {
  switch (simulator) {
    case Simulator::kBare:
      return in_child([&] { return bare_speed(false, job); });
    case Simulator::kBareTraced:
      return in_child([&] { return bare_speed(true, job); });
    case Simulator::kSync:
      return in_child([&] { return platform_speed(Clocking::kSync, job); });
    case Simulator::kAlwaysClock:
      return in_child([&] { return platform_speed(Clocking::kAlwaysClock, job); });
    case Simulator::kIcarus:
      return icarus_speed(job);
  }
  throw std::logic_error("bench: no such simulator");
}

Speed measure_threads(uint64_t pairs) {
  return in_child([&] {
    bench_threads plan = {32, pairs / 32};
    PlatformConfig config;
    config.cores = 4;
    config.first = bench_threads_run;
    config.argument = &plan;
    Platform platform(config);
    Job job;
    job.pairs = pairs;
    return timed(job, [&] {
      if (platform.run() != Outcome::kEnded) throw std::runtime_error("bench: threads failed");
      return 0u;
    });
  });
}

}  // namespace lockarb::bench
