// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/core.h"

#include <fmt/format.h>

#include <utility>

#include "sim/platform/host_stack.h"

namespace lockarb {

Core *Core::running_ = nullptr;

Core::Core(const sc_core::sc_module_name &name, unsigned number, std::function<void()> software,
           std::function<void()> heartbeat)
    : sc_module(name),
      number_(number),
      software_(std::move(software)),
      heartbeat_(std::move(heartbeat)) {
  transaction_.set_extension(&extension_);
  // SystemC 2.3 asks for it, 3.0 not.
  using SC_CURRENT_USER_MODULE [[maybe_unused]] = Core;
  SC_THREAD(run);
  set_stack_size(0x40000);
}

Core::~Core() { transaction_.clear_extension(&extension_); }

// Software stacks are not SystemC's.
template <class... What>
void Core::pause(const What &...what) {
  const host_stack::AwayInKernel away;
  wait(what...);
}

void Core::run() {
  const host_stack::Process process;
  // Core 0 sets the executive up, so the others start after it.
  if (number_ != 0) pause(clocks(1));
  resumed();
  software_();
}

void Core::resumed() {
  running_ = this;
  clock_ = clock_now();
}

uint64_t Core::compute(uint64_t n, bool interruptible) {
  step();
  if (interruptible && pending() != 0) return n;
  const uint64_t target = clock_ + n;
  if (alone_until(target) && target - clock_now() < kFurthestAhead) {
    clock_ = target;
    return 0;
  }
  if (interruptible) {
    pause(clocks(target) - sc_core::sc_time_stamp(), interrupts.raised | reset_now_);
  } else {
    pause(clocks(target) - sc_core::sc_time_stamp(), reset_now_);
  }
  resumed();
  return target - clock_;
}

tlm::tlm_response_status Core::attempt(const Access &access) {
  step();
  transaction_.set_command(access.command);
  transaction_.set_address(access.address);
  transaction_.set_data_ptr(static_cast<unsigned char *>(access.data));
  transaction_.set_data_length(access.size);
  transaction_.set_streaming_width(access.streaming_width);
  transaction_.set_byte_enable_ptr(access.byte_enables);
  transaction_.set_byte_enable_length(access.byte_enable_length);
  transaction_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  extension_.atomic = access.atomic;
  extension_.privileged = access.privileged;
  extension_.hostile = access.hostile;

  sc_core::sc_time delay = clocks(clock_) - sc_core::sc_time_stamp();
  isock->b_transport(transaction_, delay);
  const uint64_t end = clock_now() + to_clocks(delay);
  if (delay != sc_core::SC_ZERO_TIME && (!alone_until(end) || to_clocks(delay) >= kFurthestAhead)) {
    pause(delay);
  }
  running_ = this;
  clock_ = end;
  return transaction_.get_response_status();
}

void Core::access(tlm::tlm_command command, uint64_t address, void *data, unsigned size,
                  Atomic atomic) {
  Access access;
  access.command = command;
  access.address = address;
  access.data = data;
  access.size = access.streaming_width = size;
  access.atomic = atomic;
  if (attempt(access) != tlm::TLM_OK_RESPONSE) {
    throw BusError(fmt::format("bus error: core {}, {} of {} bytes at {:#x}: {}", number_,
                               command == tlm::TLM_READ_COMMAND    ? "read"
                               : command == tlm::TLM_WRITE_COMMAND ? "write"
                                                                   : "atomic",
                               size, address, transaction_.get_response_string()),
                   transaction_.get_response_status() == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  }
}

void Core::reset() {
  reset_ = true;
  reset_now_.notify();
}

void Core::wait_for_interrupt() {
  while (pending() == 0 && !reset_) wait_for(interrupts.raised);
}

void Core::wait_for(const sc_core::sc_event &event) {
  pause(event | reset_now_);
  resumed();
}

void Core::stop() {
  for (;;) pause(stopped_);
}

}  // namespace lockarb

// libsystemc.so has a main() of its own that wants this; the one of the executable comes first.
int sc_main(int, char *[]) { return 0; }
