// SPDX-License-Identifier: Apache-2.0
// The Verilated RTL, on its pins.
#include "Vlockarb.h"
#include "arbiter_subject.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb::contract {
namespace {

class RtlSubject : public ArbiterSubject {
 private:
  void reset() override { pins_.reset(); }
  uint32_t read(uint32_t address) override {
    const BusResult result = pins_.read(address);
    if (result.error) throw std::runtime_error("bus error");
    pins_.settle();
    return result.data;
  }
  void write(uint32_t address, uint32_t value) override {
    if (pins_.write(address, value).error) throw std::runtime_error("bus error");
    pins_.settle();
  }
  bool interrupt(unsigned core) override { return pins_.irq(core); }

  ArbiterPins<Vlockarb> pins_;
};

}  // namespace

std::unique_ptr<Subject> make_rtl_subject() { return std::make_unique<RtlSubject>(); }

}  // namespace lockarb::contract
