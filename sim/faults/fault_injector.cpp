// SPDX-License-Identifier: Apache-2.0
#include "sim/faults/fault_injector.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "sim/platform/arbiter.h"
#include "sim/platform/port_systemc.h"
#include "sim/reference/access_text.h"

namespace lockarb {
namespace {

bool strikes_in_time(const Fault &fault) {
  return fault.kind == FaultKind::kSpuriousInterrupt || fault.kind == FaultKind::kKillThread ||
         fault.kind == FaultKind::kResetCore;
}

// Software that stops for one of these is wrong.
bool stops_nothing(FaultKind kind) {
  return kind == FaultKind::kBusStall || kind == FaultKind::kLateInterrupt ||
         kind == FaultKind::kSpuriousInterrupt || kind == FaultKind::kHostile ||
         kind == FaultKind::kKillThread;
}

// What the access is, as the lock monitor says it.
std::string text_of(const tlm::tlm_generic_payload &transaction) {
  const uint64_t address = transaction.get_address();
  const bool word = transaction.get_data_length() == 4 && address % 4 == 0 &&
                    transaction.get_command() != tlm::TLM_IGNORE_COMMAND;
  if (address - kArbiterBase < Arbiter::kSize && word) {
    uint32_t data = 0;
    if (transaction.is_write()) std::memcpy(&data, transaction.get_data_ptr(), sizeof data);
    return access_text(static_cast<uint32_t>(address - kArbiterBase), transaction.is_write(), data);
  }
  return fmt::format("{} of {:#x}",
                     transaction.is_read()    ? "read"
                     : transaction.is_write() ? "write"
                                              : "atomic",
                     address);
}

constexpr const char *kNotEnded = "which has not ended";

std::string told(unsigned thread, const std::string &name, const std::string &what) {
  return fmt::format("thread {} ({}), {}", thread, name, what);
}

}  // namespace

FaultInjector::FaultInjector(const sc_core::sc_module_name &name, const std::vector<Fault> &faults,
                             std::vector<InterruptInputs *> cores)
    : sc_module(name),
      faults_(faults),
      cores_(std::move(cores)),
      results_(faults.size()),
      accesses_(cores_.size()),
      running_(cores_.size()) {
  // SystemC 2.3 asks for it, 3.0 not.
  using SC_CURRENT_USER_MODULE [[maybe_unused]] = FaultInjector;
  SC_METHOD(strike_in_time);
  sensitive << due_;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].kind == FaultKind::kFlipBit) flips_.add(i, faults_[i].bit, faults_[i].at);
    if (faults_[i].kind == FaultKind::kHostile) {
      hostiles_.emplace(static_cast<unsigned>(i),
                        Hostile(faults_[i], static_cast<unsigned>(cores_.size())));
    }
  }
}

void FaultInjector::strike(std::size_t index, uint64_t clock, const std::string &what) {
  results_[index].struck = true;
  results_[index].clock = clock;
  results_[index].what = what;
}

bool FaultInjector::waits(std::size_t index, FaultKind kind, unsigned core) const {
  return faults_[index].kind == kind && faults_[index].core == core && !results_[index].struck;
}

BusFault FaultInjector::on_access(unsigned core, const tlm::tlm_generic_payload &transaction,
                                  uint64_t clock) {
  const uint64_t access = ++accesses_[core];
  BusFault effect;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault &fault = faults_[i];
    if (fault.access != access) continue;
    if (waits(i, FaultKind::kBusError, core)) {
      effect.error = true;
      effect.carried_out = fault.carried_out;
    } else if (waits(i, FaultKind::kBusStall, core)) {
      effect.stall += fault.clocks;
    } else {
      continue;
    }
    strike(i, clock, text_of(transaction));
    results_[i].address = transaction.get_address();
  }
  return effect;
}

uint64_t FaultInjector::on_edge(unsigned core, bool level, uint64_t clock) {
  if (!level) return clock;
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

void FaultInjector::strike_in_time() {
  const uint64_t now = clock_now();
  uint64_t next = kNever;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault &fault = faults_[i];
    if (!strikes_in_time(fault) || results_[i].struck) continue;
    if (fault.at > now) {
      next = std::min(next, fault.at);
      continue;
    }
    switch (fault.kind) {
      case FaultKind::kKillThread:
        kill(i, now);
        break;
      case FaultKind::kResetCore:
        strike(i, now,
               running_[fault.core].empty() ? "it was idle" : "it ran " + running_[fault.core]);
        reset(fault.core);
        break;
      default:
        cores_[fault.core]->set(kLineGlitch, true, now);
        cores_[fault.core]->set(kLineGlitch, false, now + fault.clocks);
        strike(i, now, fmt::format("up for {} clocks", fault.clocks));
    }
  }
  if (next != kNever) due_.notify(clocks(next - now));
}

bool FaultInjector::attack(unsigned number, uint64_t *rest) {
  if (!results_[number].struck) strike(number, Core::running().clock(), "");
  return hostiles_.at(number).attack(rest);
}

// Of a thread that does not exist yet: note() comes back. Of one that has ended: nothing.
void FaultInjector::kill(std::size_t index, uint64_t clock) {
  const auto victim = threads_.find(faults_[index].thread);
  if (victim == threads_.end()) return;
  const unsigned core = executive_kill_thread(victim->second.number);
  if (core == cores_.size()) return;
  cores_[core]->set(kLineCore, true, clock);
  strike(index, clock, told(victim->second.number, victim->first, kNotEnded));
}

FaultResult &FaultInjector::last_reset(unsigned core) {
  FaultResult *last = nullptr;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].kind != FaultKind::kResetCore || faults_[i].core != core) continue;
    if (!results_[i].struck) continue;
    if (last == nullptr || results_[i].clock >= last->clock) last = &results_[i];
  }
  if (last == nullptr) throw std::logic_error("a thread is lost without a reset");
  return *last;
}

void FaultInjector::note(const struct port_note &note, uint64_t clock) {
  if (note.kind == PORT_NOTE_THREAD_RUNNING) {
    running_[note.core] =
        note.thread == 0 ? "" : fmt::format("thread {} ({})", note.thread, note.name);
  }
  if (note.kind == PORT_NOTE_THREAD_CREATED) {
    threads_[note.name] = {};
    threads_[note.name].number = note.thread;
    for (const Fault &fault : faults_) {
      if (fault.thread == note.name) due_.notify(clocks(clock) - sc_core::sc_time_stamp());
    }
  }
  const auto victim = threads_.find(note.name);
  if (victim == threads_.end()) return;
  Victim &thread = victim->second;
  const std::string pending = told(thread.number, note.name, kNotEnded);
  switch (note.kind) {
    case PORT_NOTE_LOCK_DRAINED:
      thread.owned += fmt::format("{}lock {} {}{}", thread.owned.empty() ? "" : ", ", note.lock,
                                  note.exclusive ? "exclusively" : "shared",
                                  note.value == 1 ? "" : fmt::format(" {} times", note.value));
      break;
    case PORT_NOTE_LOCK_CANCELLED:
      ++thread.cancelled;
      break;
    case PORT_NOTE_THREAD_KILLED:
      if (note.value != 0) last_reset(note.core).what = pending;
      break;
    case PORT_NOTE_THREAD_ENDED:
      for (FaultResult &result : results_) {
        if (result.what != pending) continue;
        result.what =
            told(thread.number, note.name,
                 fmt::format("which owned {}; waits cancelled: {}",
                             thread.owned.empty() ? "nothing" : thread.owned, thread.cancelled));
      }
      threads_.erase(victim);
      break;
    default:
      break;
  }
}

void FaultInjector::conclude(const std::string &stop) {
  stop_ = stop;
  for (const BitFlips::Flip &flip : flips_.flips()) {
    if (!flip.struck) continue;
    strike(flip.number, flip.clock, flip.what);
    results_[flip.number].found = flip.found;
    results_[flip.number].found_in = flip.found_in;
  }
  for (const auto &[number, hostile] : hostiles_) {
    if (!results_[number].struck) continue;
    results_[number].what =
        fmt::format("{} accesses, {} refused", hostile.accesses(), hostile.refused());
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
