// SPDX-License-Identifier: Apache-2.0
// The arbiter's pins, driven from plain C++ in the shortest way there is: what a simulation costs
// without SystemC, and where clocks are counted from.
#pragma once

#include <verilated.h>

#include <cstdint>
#include <memory>

#include "driver/lockarb_regs.h"

namespace lockarb::bench {

template <class Model>
class Pins {
 public:
  Pins() : top_(std::make_unique<Model>(&context_)) {
    top_->s_axil_arprot = top_->s_axil_awprot = 1;
    top_->s_axil_rready = top_->s_axil_bready = 1;
    top_->s_axil_wstrb = 0xF;
    top_->rst_ni = 0;
    for (int i = 0; i < 4; ++i) clock();
    top_->rst_ni = 1;
    do clock();
    while (top_->busy_o);
    const unsigned cores = read(LOCKARB_PARAMS_OFFSET) & LOCKARB_PARAMS_CORES_MASK;
    for (unsigned core = 0; core < cores; ++core)
      write((core << LOCKARB_WINDOW_SHIFT) + LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  }
  ~Pins() {
    top_->final();
    // A model's scopes leave the context of the thread, which another one may have set and ended.
    Verilated::threadContextp(&context_);
  }

  Model& operator*() { return *top_; }
  Model* operator->() { return top_.get(); }
  uint64_t clocks() const { return clocks_; }

  void clock() {
    top_->clk_i = 1;
    top_->eval();
    top_->clk_i = 0;
    top_->eval();
    ++clocks_;
  }

  void idle(uint64_t clocks) {
    while (clocks-- != 0) clock();
  }

  // The sideband names the core whose window it is, since models may check it.
  void offer_read(uint32_t address) {
    top_->s_axil_araddr = address;
    top_->s_axil_aruser = address >> LOCKARB_WINDOW_SHIFT;
    top_->s_axil_arvalid = 1;
  }

  uint32_t read(uint32_t address) {
    offer_read(address);
    for (bool taken = false; !taken;) {
      taken = top_->s_axil_arready;
      clock();
    }
    top_->s_axil_arvalid = 0;
    while (!top_->s_axil_rvalid) clock();
    const uint32_t word = top_->s_axil_rdata;
    clock();
    return word;
  }

  void write(uint32_t address, uint32_t value) {
    top_->s_axil_awaddr = address;
    top_->s_axil_awuser = address >> LOCKARB_WINDOW_SHIFT;
    top_->s_axil_wdata = value;
    top_->s_axil_awvalid = top_->s_axil_wvalid = 1;
    while (top_->s_axil_awvalid || top_->s_axil_wvalid) {
      const bool address_taken = top_->s_axil_awready, data_taken = top_->s_axil_wready;
      clock();
      if (address_taken) top_->s_axil_awvalid = 0;
      if (data_taken) top_->s_axil_wvalid = 0;
    }
    while (!top_->s_axil_bvalid) clock();
    clock();
  }

 private:
  VerilatedContext context_;
  std::unique_ptr<Model> top_;
  uint64_t clocks_ = 0;
};

}  // namespace lockarb::bench
