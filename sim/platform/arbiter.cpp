// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/arbiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "sim/model/bus_record.h"
#include "sim/model/replay_check.h"
#include "sim/platform/bus_access.h"
#include "sim/platform/clock.h"
#include "sim/reference/lock_monitor.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

ReferenceModel::Sizes reference_sizes() {
  const ModelSize size = model_size();
  return {size.cores, size.threads, size.locks, size.hold_width, size.statistics, size.check_user};
}

// The byte lanes of a write within a word.
uint8_t lanes_of(const tlm::tlm_generic_payload &transaction) {
  const unsigned first = transaction.get_address() % 4;
  const uint8_t *const enables = transaction.get_byte_enable_ptr();
  unsigned lanes = 0;
  for (unsigned i = 0; i < transaction.get_data_length(); ++i) {
    if (enables == nullptr || enables[i % transaction.get_byte_enable_length()] != 0) {
      lanes |= 1u << (first + i);
    }
  }
  return static_cast<uint8_t>(lanes);
}

BusAccess who_asks(const tlm::tlm_generic_payload &transaction) {
  if (const auto *access = transaction.get_extension<BusAccess>()) return *access;
  BusAccess access;
  access.core = static_cast<unsigned>(transaction.get_address() >> LOCKARB_WINDOW_SHIFT);
  return access;
}

uint64_t clock_at_or_after(const sc_core::sc_time &time) {
  return (time.value() + kClockPicoseconds - 1) / kClockPicoseconds;
}

}  // namespace

Arbiter::Arbiter(const sc_core::sc_module_name &name) : Arbiter(name, Options{}) {}

Arbiter::Arbiter(const sc_core::sc_module_name &name, const Options &options)
    : sc_module(name),
      request_clocks_(options.request_clocks),
      turnaround_clocks_(options.turnaround_clocks),
      model_(ArbiterModel::create(options.model)),
      monitor_(std::make_unique<LockMonitor>(reference_sizes())) {
  if (std::llround(sc_core::sc_get_time_resolution().to_seconds() * 1e15) != 1000) {
    throw std::runtime_error(
        fmt::format("{}: SystemC's time resolution is {}; leave it at its default, 1 ps",
                    this->name(), sc_core::sc_get_time_resolution().to_string()));
  }
  irq.init(model_size().cores);
  tsock.register_b_transport(this, &Arbiter::b_transport);
  // SystemC 2.3 asks for it, 3.0 not.
  using SC_CURRENT_USER_MODULE [[maybe_unused]] = Arbiter;
  SC_METHOD(run_on);
  sensitive << more_;
  SC_METHOD(drive_ports);
  sensitive << port_changes_;
  dont_initialize();
}

Arbiter::~Arbiter() = default;

void Arbiter::start_of_simulation() {
  for (const InterruptPort &port : irq) ports_bound_ = ports_bound_ || port.size() != 0;
}

void Arbiter::b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay) {
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) {
    transaction.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    return;
  }
  if (transaction.get_address() >= kSize) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const unsigned first = transaction.get_address() % 4;
  const unsigned size = transaction.get_data_length();
  if (size == 0 || first + size > 4 || transaction.get_streaming_width() < size) {
    transaction.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  if (transaction.is_read() && transaction.get_byte_enable_ptr() != nullptr) {
    transaction.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  const BusAccess access = who_asks(transaction);
  Transfer transfer{clock_at_or_after(sc_core::sc_time_stamp() + delay),
                    static_cast<uint32_t>(transaction.get_address()),
                    0,
                    transaction.is_write(),
                    static_cast<uint8_t>(access.core),
                    access.privileged};
  uint8_t word[4] = {};
  if (transfer.write) {
    std::memcpy(word + first, transaction.get_data_ptr(), size);
    std::memcpy(&transfer.data, word, sizeof word);
    transfer.lanes = lanes_of(transaction);
  }

  flip_until(transfer.start);
  if (record_ != nullptr) record_->transfer(transfer);
  const Answer answer = model_->transfer(transfer);
  if (replay_ != nullptr) replay_->transfer(transfer, answer);
  if (flips_ != nullptr && !access.hostile)
    flips_->look_at(transfer, answer, monitor_->reference());
  monitor_->transfer(transfer, answer);
  if (!transfer.write) {
    std::memcpy(word, &answer.data, sizeof word);
    std::memcpy(transaction.get_data_ptr(), word + first, size);
  }
  switch (answer.response) {
    case Response::kSlaveError:
      transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
      break;
    case Response::kDecodeError:
      transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
      break;
    default:
      transaction.set_response_status(tlm::TLM_OK_RESPONSE);
      break;
  }
  delay = clocks(answer.end) - sc_core::sc_time_stamp();
  settle(answer.end + turnaround_clocks_);
}

void Arbiter::drive_ports() {
  for (; !due_.empty() && due_.front().cycle <= clock_now(); due_.pop_front()) {
    const uint32_t changed = due_.front().lines ^ driven_;
    driven_ = due_.front().lines;
    for (unsigned core = 0; core < irq.size(); ++core) {
      if ((changed >> core & 1) != 0 && irq[core].size() != 0) {
        irq[core]->write((driven_ >> core & 1) != 0);
      }
    }
  }
  if (!due_.empty()) port_changes_.notify(clocks(due_.front().cycle) - sc_core::sc_time_stamp());
}

// The bits that flip before clock `clock`, up to which nobody uses the arbiter. What is still under
// way in that clock comes before those that are left.
void Arbiter::flip_until(uint64_t clock) {
  while (flips_ != nullptr && flips_->next() <= clock) {
    model_->advance(flips_->next());
    while (model_->busy() && model_->cycle() < clock) model_->advance_while_busy(clock);
    if (model_->busy()) return;
    const RamBit *at = monitor_->strike(flips_, model_->cycle());
    if (at == nullptr) continue;
    model_->flip(*at);
    if (replay_ != nullptr) replay_->flip(model_->cycle(), *at);
    if (record_ != nullptr) record_->flip(model_->cycle(), *at);
  }
}

void Arbiter::run_on() {
  // Who acts in this clock reaches the pins one request later at the earliest.
  const uint64_t now = clock_now();
  const sc_core::sc_time other =
      sc_core::sc_time_to_pending_activity(sc_core::sc_get_curr_simcontext());
  const bool nothing_else = other == sc_core::sc_max_time() - sc_core::sc_time_stamp();
  settle(nothing_else ? kNever : now + to_clocks(other) + request_clocks_);
}

// Evaluates while the arbiter is busy, up to clock `until`, and passes interrupt edges on.
void Arbiter::settle(uint64_t until) {
  model_->advance_while_busy(until);
  for (const InterruptEdge &edge : model_->edges) {
    if (replay_ != nullptr) replay_->edge(edge);
    const uint32_t changed = edge.lines ^ lines_;
    lines_ = edge.lines;
    for (unsigned core = 0; interrupt && core < irq.size(); ++core) {
      if ((changed >> core & 1) != 0) interrupt(core, (lines_ >> core & 1) != 0, edge.cycle);
    }
    if (ports_bound_) {
      due_.push_back(edge);
      port_changes_.notify(clocks(due_.front().cycle) - sc_core::sc_time_stamp());
    }
  }
  model_->edges.clear();
  if (model_->busy()) {
    // While others act in this clock, clocks pass one by one.
    const uint64_t next = std::max(model_->cycle(), clock_now() + 1);
    more_.cancel();
    more_.notify(clocks(next) - sc_core::sc_time_stamp());
  } else {
    more_.cancel();
    monitor_->quiet(lines_);
  }
}

void Arbiter::finish(uint64_t cycle) {
  flip_until(cycle);
  model_->advance(cycle);
  settle(0);
  if (replay_ != nullptr) replay_->finish(model_->cycle());
  model_->close_trace();
}

}  // namespace lockarb
