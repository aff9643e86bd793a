// SPDX-License-Identifier: Apache-2.0
#include "sim/faults/fault_account.h"

#include <fmt/format.h>

#include <utility>

namespace lockarb {
namespace {

// Software that stops for one of these is wrong.
bool stops_nothing(FaultKind kind) {
  return kind == FaultKind::kBusStall || kind == FaultKind::kLateInterrupt ||
         kind == FaultKind::kSpuriousInterrupt || kind == FaultKind::kHostile ||
         kind == FaultKind::kKillThread;
}

}  // namespace

std::string bug_check_text(const struct port_note &note) {
  std::string text = fmt::format("bug check {:#x} of thread {} ({}) on core {}", note.value,
                                 note.thread, note.name, note.core);
  if (note.lock != PORT_NO_LOCK) text += fmt::format(", lock {}", note.lock);
  return text;
}

FaultAccount::FaultAccount(std::vector<Fault> faults, unsigned cores)
    : faults_(std::move(faults)), results_(faults_.size()), accesses_(cores) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].kind == FaultKind::kFlipBit) flips_.add(i, faults_[i].bit, faults_[i].at);
  }
}

void FaultAccount::strike(std::size_t index, uint64_t clock, const std::string &what) {
  results_[index].struck = true;
  results_[index].clock = clock;
  results_[index].what = what;
}

bool FaultAccount::waits(std::size_t index, FaultKind kind, unsigned core) const {
  return faults_[index].kind == kind && faults_[index].core == core && !results_[index].struck;
}

bool FaultAccount::add_effect(std::size_t index, unsigned core, BusFault *effect) const {
  if (waits(index, FaultKind::kBusError, core)) {
    effect->error = true;
    effect->carried_out = faults_[index].carried_out;
    return true;
  }
  if (!waits(index, FaultKind::kBusStall, core)) return false;
  effect->stall += faults_[index].clocks;
  return true;
}

uint64_t FaultAccount::on_rise(unsigned core, uint64_t clock) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault &fault = faults_[i];
    if (fault.at > clock) continue;
    if (waits(i, FaultKind::kLateInterrupt, core)) {
      strike(i, clock, fmt::format("its rise, which arrives in clock {}", clock + fault.clocks));
      return clock + fault.clocks;
    }
    if (waits(i, FaultKind::kLostInterrupt, core)) {
      strike(i, clock, "its rise");
      return kNever;
    }
  }
  return clock;
}

void FaultAccount::strike_spurious(std::size_t index, uint64_t clock) {
  strike(index, clock, fmt::format("up for {} clocks", faults_[index].clocks));
}

void FaultAccount::conclude(const std::string &stop) {
  stop_ = stop;
  for (const BitFlips::Flip &flip : flips_.flips()) {
    if (!flip.struck) continue;
    strike(flip.number, flip.clock, flip.what);
    results_[flip.number].found = flip.found;
    results_[flip.number].found_in = flip.found_in;
  }
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    FaultResult &result = results_[i];
    if (!result.struck) continue;
    const bool stops = faults_[i].kind == FaultKind::kFlipBit ? !result.found.empty()
                                                              : !stops_nothing(faults_[i].kind);
    result.outcome = stop.empty() ? FaultOutcome::kHarmless
                     : stops      ? FaultOutcome::kNamed
                                  : FaultOutcome::kBefore;
  }
}

}  // namespace lockarb
