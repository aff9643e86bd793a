// SPDX-License-Identifier: Apache-2.0
// What a core adds to a TLM transaction.
#pragma once

#include <cstdint>
#include <tlm>

namespace lockarb {

enum class Atomic : uint8_t { kNone, kSwap, kAdd, kCompareSwap };

// `core` is the trusted number of the core that asks; the bus sets it from the socket that the
// transaction came through. An atomic operation travels as TLM_IGNORE_COMMAND with `atomic` set:
// the data is the operand on the way in and the old value on the way out.
struct BusAccess : tlm::tlm_extension<BusAccess> {
  unsigned core = 0;
  Atomic atomic = Atomic::kNone;
  bool privileged = true;
  bool hostile = false;  // not the executive's, nor of a program that it runs
  uint64_t compare = 0;  // kCompareSwap writes the operand only if the old value equals this

  tlm::tlm_extension_base *clone() const override { return new BusAccess(*this); }
  void copy_from(const tlm::tlm_extension_base &other) override {
    *this = static_cast<const BusAccess &>(other);
  }
};

}  // namespace lockarb
