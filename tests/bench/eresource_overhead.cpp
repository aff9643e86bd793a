// SPDX-License-Identifier: Apache-2.0
#include "eresource_overhead.h"

#include <array>
#include <stdexcept>
#include <vector>

#include "eresource_threads.h"
#include "fairness.h"
#include "in_child.h"
#include "sim/platform/platform.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kRounds = 200;

// Where the clocks of a hand-off go: the release of the old owner and what the new owner reads and
// writes of the arbiter behind it.
class Split {
 public:
  void watch(unsigned core, const tlm::tlm_generic_payload& transaction, uint64_t requested,
             uint64_t at, uint64_t end) {
    const uint64_t offset = transaction.get_address() - kArbiterBase;
    if (offset >= Arbiter::kSize) return;
    constexpr uint64_t kPlace = LOCKARB_COMMAND_OFFSET | LOCKARB_OP_RELEASE_AND_LEAVE
                                                             << LOCKARB_OP_SHIFT;
    const Access access = {requested, at, end};
    if ((offset & ~uint64_t{0xFFF << LOCKARB_LOCK_SHIFT} & ((1u << LOCKARB_WINDOW_SHIFT) - 1)) ==
        kPlace) {
      release_ = access;
      for (std::vector<Access>& taken : takes_) taken.clear();
    } else if (requested >= release_.at) {
      takes_[core].push_back(access);
    }
  }
  void handed(unsigned core, uint64_t released, uint64_t acquired) {
    if (release_.requested < released) return;  // a lock that was free
    uint64_t waited = 0, on_bus = 0, in_arbiter = 0;
    std::vector<Access> accesses = takes_[core];
    accesses.insert(accesses.begin(), release_);
    for (const Access& access : accesses) {
      waited += access.at - access.requested;
      on_bus += Bus::kRequestClocks + Bus::kResponseClocks;
      in_arbiter += access.end - access.at - Bus::kRequestClocks - Bus::kResponseClocks;
    }
    // The next owner is told in the clock of the answer, not when it is taken and passed on.
    constexpr uint64_t kAnswerTaken = 1;
    in_arbiter -= kAnswerTaken;
    on_bus -= Bus::kResponseClocks;
    ++count_;
    sum_.arbiter += static_cast<double>(in_arbiter);
    sum_.bus += static_cast<double>(on_bus);
    sum_.waiting += static_cast<double>(waited);
    sum_.software += static_cast<double>(acquired - released) -
                     static_cast<double>(waited + on_bus + in_arbiter);
  }
  HandOff mean() const {
    if (count_ == 0) return {};
    return {sum_.arbiter / count_, sum_.bus / count_, sum_.waiting / count_,
            sum_.software / count_};
  }

 private:
  struct Access {
    uint64_t requested, at, end;
  };
  Access release_ = {};
  std::array<std::vector<Access>, 32> takes_;  // by core
  HandOff sum_;
  double count_ = 0;
};

ResourceOverhead simulate(const ResourceLoad& load, bool software) {
  quiet_systemc();
  eresource_plan plan = {};
  plan.threads = load.threads;
  plan.cores = load.cores;
  plan.rounds = kRounds;
  plan.work = kResourceWork;
  plan.software = software;
  plan.alone = load.alone;
  plan.reader_percent = load.reader_percent;
  struct Watcher {
    Split split;
    Fairness fairness;
  } watcher = {{}, Fairness(load.threads, uint64_t{kRounds} * load.threads)};
  plan.watcher = &watcher;
  plan.got = [](eresource_plan* of, unsigned thread, uint64_t asked, uint64_t acquired) {
    static_cast<Watcher*>(of->watcher)->fairness.waited(thread, acquired - asked);
  };
  if (!load.alone && load.reader_percent == 0 && !software) {
    plan.handed = [](eresource_plan* of, unsigned core, uint64_t released, uint64_t acquired) {
      static_cast<Watcher*>(of->watcher)->split.handed(core, released, acquired);
    };
  }
  PlatformConfig config;
  config.cores = load.cores;
  config.first = eresource_threads_run;
  config.argument = &plan;
  if (load.caches) config.caches = CacheCosts();
  Platform machine(config);
  machine.bus().watch = [&watcher](unsigned core, const tlm::tlm_generic_payload& transaction,
                                   uint64_t requested, uint64_t at, uint64_t end) {
    watcher.split.watch(core, transaction, requested, at, end);
  };
  if (machine.run() != Outcome::kEnded) throw std::runtime_error("bench: the threads did not end");
  const auto clocks = static_cast<double>(plan.ended - plan.started);
  return {clocks / (kRounds * load.threads),
          static_cast<double>(machine.bus().busy_clocks()) / static_cast<double>(machine.clock()),
          watcher.fairness.longest_by_mean(), watcher.fairness.jain(), watcher.split.mean()};
}

}  // namespace

ResourceOverhead measure_resource(const ResourceLoad& load, bool software) {
  return in_child([&] { return simulate(load, software); });
}

}  // namespace lockarb::bench
