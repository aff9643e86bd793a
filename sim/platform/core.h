// SPDX-License-Identifier: Apache-2.0
// One core: an SC_THREAD that runs the executive and, on stacks of their own, its software threads.
//
// Time
//   - clock() is the core's own time. It may be ahead of the kernel's, but only as long as nothing
//     else happens in between (alone_until()); so software never sees the effect of something that
//     is later than itself, and a lock is never taken in another core's past.
//   - Software takes no time by itself: what it costs is spent by compute() and access().
//
// Interrupts
//   - The inputs are levels; who takes them, and when, is port_systemc.cpp's business.
//
// Reset
//   - reset() ends what the core waits for, but for a transfer, which ends by itself. The software
//     asks was_reset() wherever time has passed; then it starts again on another stack.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <systemc>
#include <utility>

#include "sim/platform/bus_access.h"
#include "sim/platform/clock.h"
#include "sim/platform/interrupt_inputs.h"

namespace lockarb {

// An access that was answered with an error; the message names core, access and answer.
class BusError : public std::runtime_error {
 public:
  BusError(const std::string &what, bool nobody) : runtime_error(what), no_device(nobody) {}
  const bool no_device;  // nobody is at that address
};

class Core : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Core> isock{"isock"};
  InterruptInputs interrupts;
  bool interrupts_on = false;
  uint64_t timer = kNever;  // what this core's mtimecmp holds
  unsigned spin_locks = 0;  // that its software holds
  // Starts the software again after a reset; does not return.
  std::function<void()> restart;

  // `software` is called in the core's thread; `heartbeat` now and then, for
  // whoever watches the host's clock.
  Core(const sc_core::sc_module_name &name, unsigned number, std::function<void()> software,
       std::function<void()> heartbeat);
  ~Core() override;

  // The core whose software is running.
  static Core &running() { return *running_; }

  unsigned number() const { return number_; }
  uint64_t clock() const { return clock_; }
  uint32_t pending() { return interrupts.pending(clock_); }

  // Spends `n` clocks. An interruptible computation ends early in the clock in which an interrupt
  // input is high; returns the clocks that are left.
  uint64_t compute(uint64_t n, bool interruptible);

  // One bus transfer, as it may be; `data` has `size` bytes.
  struct Access {
    tlm::tlm_command command = tlm::TLM_READ_COMMAND;
    uint64_t address = 0;
    void *data = nullptr;
    unsigned size = 0;
    unsigned streaming_width = 0;
    unsigned char *byte_enables = nullptr;
    unsigned byte_enable_length = 0;
    Atomic atomic = Atomic::kNone;
    bool privileged = true;
    bool hostile = false;
  };
  tlm::tlm_response_status attempt(const Access &access);
  // One bus transfer of `size` bytes. Throws BusError.
  void access(tlm::tlm_command command, uint64_t address, void *data, unsigned size,
              Atomic atomic = Atomic::kNone);
  // What the next compare-and-swap compares with.
  void compare_with(uint64_t value) { extension_.compare = value; }

  void reset();
  bool must_restart() const { return reset_; }
  // True once after a reset.
  bool was_reset() { return std::exchange(reset_, false); }

  // Waits until an interrupt input is high.
  void wait_for_interrupt();
  // Waits for `event`, which some core's software notifies. All waits end with a reset.
  void wait_for(const sc_core::sc_event &event);
  // Nothing further happens on this core.
  [[noreturn]] void stop();

 private:
  // A core that is alone for ever must still let the kernel's time go on now and then.
  static constexpr uint64_t kFurthestAhead = 1 << 20;
  static constexpr uint32_t kHeartbeat = 1 << 12;  // steps

  void run();
  template <class... What>
  void pause(const What &...what);  // wait()
  void step() {
    if (++steps_ % kHeartbeat == 0) heartbeat_();
  }
  void resumed();

  static Core *running_;

  const unsigned number_;
  const std::function<void()> software_;
  const std::function<void()> heartbeat_;
  uint64_t clock_ = 0;
  bool reset_ = false;
  sc_core::sc_event reset_now_;
  uint32_t steps_ = 0;  // calls of compute() and access()
  tlm::tlm_generic_payload transaction_;
  BusAccess extension_;
  sc_core::sc_event stopped_;  // never notified
};

}  // namespace lockarb
