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
      account_(faults, static_cast<unsigned>(cores.size())),
      cores_(std::move(cores)),
      running_(cores_.size()) {
  // SystemC 2.3 asks for it, 3.0 not.
  using SC_CURRENT_USER_MODULE [[maybe_unused]] = FaultInjector;
  SC_METHOD(strike_in_time);
  sensitive << due_;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].kind != FaultKind::kHostile) continue;
    hostiles_.emplace(static_cast<unsigned>(i),
                      Hostile(faults[i], static_cast<unsigned>(cores_.size())));
  }
}

BusFault FaultInjector::on_access(unsigned core, const tlm::tlm_generic_payload &transaction,
                                  uint64_t clock) {
  return account_.on_access(core, transaction.get_address(), clock,
                            [&transaction] { return text_of(transaction); });
}

uint64_t FaultInjector::on_edge(unsigned core, bool level, uint64_t clock) {
  return level ? account_.on_rise(core, clock) : clock;
}

void FaultInjector::strike_in_time() {
  const uint64_t now = clock_now();
  uint64_t next = kNever;
  for (std::size_t i = 0; i < faults().size(); ++i) {
    const Fault &fault = faults()[i];
    if (!strikes_in_time(fault) || account_.results()[i].struck) continue;
    if (fault.at > now) {
      next = std::min(next, fault.at);
      continue;
    }
    switch (fault.kind) {
      case FaultKind::kKillThread:
        kill(i, now);
        break;
      case FaultKind::kResetCore:
        account_.strike(
            i, now,
            running_[fault.core].empty() ? "it was idle" : "it ran " + running_[fault.core]);
        reset(fault.core);
        break;
      default:
        cores_[fault.core]->set(kLineGlitch, true, now);
        cores_[fault.core]->set(kLineGlitch, false, now + fault.clocks);
        account_.strike_spurious(i, now);
    }
  }
  if (next != kNever) due_.notify(clocks(next - now));
}

bool FaultInjector::attack(unsigned number, uint64_t *rest) {
  if (!account_.results()[number].struck) {
    account_.strike(number, Core::running().clock(), "");
  }
  return hostiles_.at(number).attack(rest);
}

// Of a thread that does not exist yet: note() comes back. Of one that has ended: nothing.
void FaultInjector::kill(std::size_t index, uint64_t clock) {
  const auto victim = threads_.find(faults()[index].thread);
  if (victim == threads_.end()) return;
  const unsigned core = executive_kill_thread(victim->second.number);
  if (core == cores_.size()) return;
  cores_[core]->set(kLineCore, true, clock);
  account_.strike(index, clock, told(victim->second.number, victim->first, kNotEnded));
}

FaultResult &FaultInjector::last_reset(unsigned core) {
  FaultResult *last = nullptr;
  for (std::size_t i = 0; i < faults().size(); ++i) {
    if (faults()[i].kind != FaultKind::kResetCore || faults()[i].core != core) continue;
    FaultResult &result = account_.result(i);
    if (result.struck && (last == nullptr || result.clock >= last->clock)) last = &result;
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
    for (const Fault &fault : faults()) {
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
      for (std::size_t i = 0; i < faults().size(); ++i) {
        if (account_.results()[i].what != pending) continue;
        account_.result(i).what =
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
  account_.conclude(stop);
  for (const auto &[number, hostile] : hostiles_) {
    if (!account_.results()[number].struck) continue;
    account_.result(number).what =
        fmt::format("{} accesses, {} refused", hostile.accesses(), hostile.refused());
  }
}

}  // namespace lockarb
