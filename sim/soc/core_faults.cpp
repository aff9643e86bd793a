// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/core_faults.h"

#include <fmt/format.h>

#include <string>

#include "sim/model/units.h"
#include "sim/reference/access_text.h"

namespace lockarb::soc {
namespace {

// The arbiter's place on the bus (rtl/soc/README.md, "Address map").
constexpr std::uint32_t kArbiterBase = 0x40000000, kArbiterSize = 0x02000000;

bool is_high(const std::uint8_t *levels, unsigned core) { return (*levels >> core & 1) != 0; }

void set(std::uint8_t *levels, unsigned core, bool level) {
  const unsigned bit = 1u << core;
  *levels = static_cast<std::uint8_t>(level ? *levels | bit : *levels & ~bit);
}

}  // namespace

// Of 30 bits for each core, a word's.
std::uint32_t CoreFaults::address(unsigned core) const {
  const unsigned first = 30 * core;
  std::uint64_t bits = addr_[first / 32];
  if (first % 32 > 2) bits |= std::uint64_t{addr_[first / 32 + 1]} << 32;
  return static_cast<std::uint32_t>(bits >> first % 32) << 2;
}

std::string CoreFaults::access_text_of(unsigned core) const {
  const BusView &view = cores_[core].view;
  const bool write = view.writes();
  const std::uint32_t offset = address(core) - kArbiterBase;
  if (offset < kArbiterSize) return access_text(offset, write, write ? wdata_[core] : 0);
  const char *how = write ? "write" : view.sets() ? "atomic" : "read";
  return fmt::format("{} of {:#x}", how, address(core));
}

void CoreFaults::look_at_access(unsigned number, std::uint64_t clock) {
  Core &core = cores_[number];
  const bool wanted = is_high(data_, number);
  if (wanted && !core.under_way) {
    const BusFault fault =
        account_.on_access(number, address(number), clock, [&] { return access_text_of(number); });
    core.under_way = true;
    core.spoilt = fault.error && fault.carried_out;
    core.fails = fault.error && !fault.carried_out;
    // An error that no device gave comes in the clock after the one in which it is asked for.
    core.held_until = clock + fault.stall + (core.fails ? 1 : 0);
  }
  const bool fails = core.under_way && core.fails && clock == core.held_until;
  set(hold_, number, core.under_way && (fails || clock < core.held_until));
  set(fail_, number, fails);
  set(spoil_, number, core.under_way && core.spoilt);
  bool answered = fails;
  for (unsigned place = 0; place < kPlaces; ++place) answered |= core.view.answered(place);
  if (answered || !wanted) core.under_way = false;
}

void CoreFaults::look_at_line(unsigned number, std::uint64_t clock) {
  Core &core = cores_[number];
  const bool line = is_high(irq_, number);
  if (line && !core.line) {
    const std::uint64_t arrives = account_.on_rise(number, clock);
    if (arrives == kNever) {
      core.lost = true;
    } else if (arrives > clock) {
      core.muted_until = arrives;
    }
  }
  core.line = line;
  core.lost = core.lost && line;
  set(mute_, number, core.lost || clock < core.muted_until);
  set(raise_, number, clock < core.raised_until);
}

void CoreFaults::raise_for_nothing(std::uint64_t clock) {
  for (std::size_t i = 0; i < account_.faults().size(); ++i) {
    const Fault &fault = account_.faults()[i];
    if (fault.kind != FaultKind::kSpuriousInterrupt || fault.at > clock) continue;
    if (account_.results()[i].struck) continue;
    account_.strike_spurious(i, clock);
    cores_[fault.core].raised_until = clock + fault.clocks;
  }
}

void CoreFaults::look(std::uint64_t clock) {
  raise_for_nothing(clock);
  for (unsigned core = 0; core < cores_.size(); ++core) {
    look_at_access(core, clock);
    look_at_line(core, clock);
  }
}

}  // namespace lockarb::soc
