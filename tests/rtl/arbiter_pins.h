// SPDX-License-Identifier: Apache-2.0
// ArbiterPins: drives the pins of a Verilated lockarb, clock by clock, as an AXI4-Lite master.
#ifndef LOCKARB_TESTS_RTL_ARBITER_PINS_H_
#define LOCKARB_TESTS_RTL_ARBITER_PINS_H_

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/rtl/model_pointer.h"

namespace lockarb {

// The word that a command answers.
struct Answer {
  uint32_t word;
  unsigned status() const { return word & LOCKARB_RESULT_STATUS_MASK; }
  unsigned owners() const { return word >> LOCKARB_RESULT_OWNERS_SHIFT & 0x1ff; }
  unsigned shared_waiters() const { return word >> LOCKARB_RESULT_SHARED_WAITERS_SHIFT & 0x1ff; }
  unsigned exclusive_waiters() const { return word >> LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT; }
  unsigned hold_count() const { return word >> LOCKARB_HOLD_COUNT_RESULT_COUNT_SHIFT; }
};

struct Grant {
  bool valid;
  unsigned thread;
  unsigned lock;
};

struct BusResult {
  bool error;
  uint32_t data;
  unsigned clocks;  // from address valid to response valid
};

template <class Model>
class ArbiterPins {
 public:
  enum Apertures { kOpen, kClosed };  // closed is how reset leaves them

  explicit ArbiterPins(Apertures apertures = kOpen) : model_(new Model) {
    reset();
    if (apertures == kOpen) open_apertures();
  }

  Model &pins() { return *model_; }
  uint64_t clocks() const { return clocks_; }

  void reset() {
    model_->rst_ni = 0;
    model_->s_axil_arprot = model_->s_axil_awprot = 1;
    model_->s_axil_wstrb = 0xf;
    model_->s_axil_rready = model_->s_axil_bready = 1;
    tick();
    tick();
    model_->rst_ni = 1;
    model_->eval();
  }

  // Of all cores that there are. Reset has closed them.
  void open_apertures() {
    const uint32_t cores = read_register(0, LOCKARB_PARAMS_OFFSET) & LOCKARB_PARAMS_CORES_MASK;
    for (unsigned core = 0; core < cores; ++core) {
      write_register(core, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    }
  }

  void tick(unsigned n = 1) {
    while (n-- != 0) {
      model_->clk_i = 1;
      model_->eval();
      model_->clk_i = 0;
      model_->eval();
      ++clocks_;
    }
  }

  static uint32_t register_address(unsigned core, uint32_t offset) {
    return core << LOCKARB_WINDOW_SHIFT | offset;
  }
  static uint32_t command_address(unsigned core, unsigned op, unsigned lock) {
    return core << LOCKARB_WINDOW_SHIFT | LOCKARB_COMMAND_OFFSET | place_of(op, lock);
  }

  // By the core whose window it is, or by the master of that number.
  BusResult read(uint32_t address) { return read(address, address >> LOCKARB_WINDOW_SHIFT); }
  BusResult read(uint32_t address, unsigned user) {
    const uint64_t start = clocks_;
    model_->s_axil_araddr = address;
    model_->s_axil_aruser = user;
    model_->s_axil_arvalid = 1;
    model_->eval();
    bool taken = false;
    while (!model_->s_axil_rvalid) {
      taken = taken || model_->s_axil_arready;
      tick();
      if (taken) model_->s_axil_arvalid = 0;
      model_->eval();
      expect_progress(start, "read", address);
    }
    const BusResult result{model_->s_axil_rresp != 0, model_->s_axil_rdata,
                           static_cast<unsigned>(clocks_ - start)};
    tick();
    return result;
  }

  BusResult write(uint32_t address, uint32_t value) {
    return write(address, value, address >> LOCKARB_WINDOW_SHIFT);
  }
  BusResult write(uint32_t address, uint32_t value, unsigned user) {
    const uint64_t start = clocks_;
    model_->s_axil_awaddr = address;
    model_->s_axil_awuser = user;
    model_->s_axil_wdata = value;
    model_->s_axil_awvalid = model_->s_axil_wvalid = 1;
    model_->eval();
    while (!model_->s_axil_bvalid) {
      const bool address_taken = model_->s_axil_awready;
      const bool data_taken = model_->s_axil_wready;
      tick();
      if (address_taken) model_->s_axil_awvalid = 0;
      if (data_taken) model_->s_axil_wvalid = 0;
      model_->eval();
      expect_progress(start, "write", address);
    }
    const BusResult result{model_->s_axil_bresp != 0, 0, static_cast<unsigned>(clocks_ - start)};
    tick();
    return result;
  }

  uint32_t read_register(unsigned core, uint32_t offset) {
    return checked(read(register_address(core, offset)), offset).data;
  }
  void write_register(unsigned core, uint32_t offset, uint32_t value) {
    checked(write(register_address(core, offset), value), offset);
  }

  // Armed first, if it has to be.
  Answer command(unsigned core, unsigned op, unsigned lock) {
    if (needs_arm(op)) write_register(core, LOCKARB_ARM_OFFSET, place_of(op, lock));
    return {checked(read(command_address(core, op, lock)), op).data};
  }
  // The command for a thread, which becomes the current one of the core.
  Answer command_for(unsigned core, unsigned thread, unsigned op, unsigned lock) {
    set_thread(core, thread);
    return command(core, op, lock);
  }
  // A slot is the current one of one core: the core that had it gives it up.
  void set_thread(unsigned core, unsigned thread) {
    const auto had = std::find(current_.begin(), current_.end(), thread);
    if (had != current_.end() && had - current_.begin() != core) {
      write_register(static_cast<unsigned>(had - current_.begin()), LOCKARB_CURRENT_THREAD_OFFSET,
                     0);
      *had = kNoThread;
    }
    current_[core] = thread;
    write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | thread);
  }

  Grant grant(unsigned core) {
    const uint32_t word = read_register(core, LOCKARB_GRANT_OFFSET);
    return {(word & LOCKARB_GRANT_VALID_MASK) != 0,
            (word & LOCKARB_GRANT_THREAD_MASK) >> LOCKARB_GRANT_THREAD_SHIFT,
            (word & LOCKARB_GRANT_LOCK_MASK) >> LOCKARB_GRANT_LOCK_SHIFT};
  }
  void remove_grant(unsigned core) { write_register(core, LOCKARB_GRANT_OFFSET, 0); }

  // Until nothing will change without a bus access.
  void settle() {
    const uint64_t start = clocks_;
    for (model_->eval(); model_->busy_o; tick()) expect_progress(start, "wait for busy", 0);
  }

  bool irq(unsigned core) {
    model_->eval();
    return model_->irq_o >> core & 1;
  }

 private:
  void expect_progress(uint64_t start, const char *what, uint32_t address) {
    if (clocks_ - start > 20000)
      throw std::runtime_error(std::string("no answer to the ") + what + " at " +
                               std::to_string(address));
  }
  static const BusResult &checked(const BusResult &result, uint32_t what) {
    if (result.error) throw std::runtime_error("bus error at " + std::to_string(what));
    return result;
  }

  static constexpr unsigned kNoThread = ~0u;

  ModelPointer<Model> model_;
  std::vector<unsigned> current_ =
      std::vector<unsigned>(32, kNoThread);  // as set_thread() has set it
  uint64_t clocks_ = 0;
};

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_ARBITER_PINS_H_
