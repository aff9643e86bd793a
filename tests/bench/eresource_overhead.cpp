// SPDX-License-Identifier: Apache-2.0
#include "eresource_overhead.h"

#include <array>
#include <stdexcept>

#include "in_child.h"
#include "sim/platform/platform.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb::bench {
namespace {

constexpr unsigned kCores = 8;
constexpr unsigned kRounds = 200;
constexpr uint64_t kWork = 100;

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
  std::array<std::vector<Access>, kCores> takes_;
  HandOff sum_;
  double count_ = 0;
};

ResourceOverhead simulate(eresource_crowd crowd, bool software, unsigned per_core) {
  quiet_systemc();
  const unsigned threads = kCores * per_core;
  eresource_plan plan{threads, kCores, kRounds, kWork, software, crowd, 0, 0, 0, nullptr, nullptr};
  Split split;
  if (crowd == ERESOURCE_WRITERS && !software) {
    plan.watcher = &split;
    plan.handed = [](eresource_plan* of, unsigned core, uint64_t released, uint64_t acquired) {
      static_cast<Split*>(of->watcher)->handed(core, released, acquired);
    };
  }
  PlatformConfig config;
  config.cores = kCores;
  config.first = eresource_threads_run;
  config.argument = &plan;
  Platform machine(config);
  machine.bus().watch = [&split](unsigned core, const tlm::tlm_generic_payload& transaction,
                                 uint64_t requested, uint64_t at, uint64_t end) {
    split.watch(core, transaction, requested, at, end);
  };
  if (machine.run() != Outcome::kEnded) throw std::runtime_error("bench: the threads did not end");
  const auto clocks = static_cast<double>(plan.ended - plan.started);
  // Writers follow each other; the others work at the same time.
  const unsigned in_a_row = crowd == ERESOURCE_WRITERS ? kRounds * threads : kRounds;
  return {clocks / in_a_row - kWork,
          static_cast<double>(machine.bus().busy_clocks()) / static_cast<double>(machine.clock()),
          split.mean()};
}

}  // namespace

ResourceOverhead measure_resource(eresource_crowd crowd, bool software, unsigned per_core) {
  return in_child([&] { return simulate(crowd, software, per_core); });
}

}  // namespace lockarb::bench
