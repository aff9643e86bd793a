// SPDX-License-Identifier: Apache-2.0
// The hardware figures of one parameter set, counted in clocks on the pins.
#pragma once

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "driver/lockarb_regs.h"
#include "pins.h"
#include "workload.h"

namespace lockarb::bench {

constexpr unsigned status_of(uint32_t word) { return word & LOCKARB_RESULT_STATUS_MASK; }

inline void expect_status(uint32_t word, unsigned status) {
  if (status_of(word) != status)
    throw std::runtime_error("bench: the arbiter answered status " +
                             std::to_string(status_of(word)) + " instead of " +
                             std::to_string(status));
}

// One thread per core (thread slot = core number), locks 0..15 initialized.
template <class Model>
void start_one_thread_per_core(Pins<Model>& pins, unsigned cores, unsigned locks) {
  for (unsigned core = 0; core < cores; ++core)
    pins.write(window(core) + LOCKARB_CURRENT_THREAD_OFFSET, current_thread(core));
  for (unsigned lock = 0; lock < locks; ++lock)
    expect_status(initialize(pins, lock), LOCKARB_STATUS_DONE);
}

// Clocks from the one in which ARVALID is first high to the one in which RVALID is, lock free.
template <class Model>
uint64_t fused_acquire_clocks(unsigned lock) {
  Pins<Model> pins;
  pins.write(LOCKARB_CURRENT_THREAD_OFFSET, current_thread(0));
  expect_status(initialize(pins, lock), LOCKARB_STATUS_DONE);
  while (pins->busy_o) pins.clock();
  const uint64_t start = pins.clocks();
  // read() returns one clock after the one with RVALID high.
  expect_status(pins.read(command(0, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, lock)),
                LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  return pins.clocks() - start - 1;
}

// Core 0 releases; clocks from the acceptance of the release to the interrupt of each waiting core,
// sorted. With shared waiters they are one batch.
template <class Model>
std::vector<uint64_t> handoff_clocks(unsigned cores, unsigned operation, unsigned handed) {
  Pins<Model> pins;
  start_one_thread_per_core(pins, cores, 1);
  expect_status(pins.read(command(0, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, 0)),
                LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  for (unsigned core = 1; core < cores; ++core)
    expect_status(pins.read(command(core, operation, 0)), LOCKARB_STATUS_WAITING);
  pins.offer_read(command(0, LOCKARB_OP_RELEASE_AND_LEAVE, 0));
  while (!pins->s_axil_arready) pins.clock();
  const uint64_t accepted = pins.clocks();
  std::vector<uint64_t> interrupts;
  for (uint32_t seen = 0, answered = 0; !answered || pins->busy_o || interrupts.empty();) {
    pins.clock();
    pins->s_axil_arvalid = 0;
    if (pins->s_axil_rvalid) {
      expect_status(pins->s_axil_rdata, handed);
      answered = 1;
    }
    const uint32_t risen = pins->irq_o & ~seen;
    seen |= risen;
    interrupts.insert(interrupts.end(), __builtin_popcount(risen), pins.clocks() - accepted);
  }
  return interrupts;
}

// Clocks for `commands` acquires and releases that the cores, in turn, send without a pause: each
// on a lock of its own, or all on one lock, shared.
template <class Model>
uint64_t sustained_clocks(unsigned cores, unsigned commands, bool one_lock) {
  Pins<Model> pins;
  start_one_thread_per_core(pins, cores, cores);
  const auto address = [&](unsigned i) {
    const unsigned core = i % cores, round = i / cores;
    return command(core, round % 2 ? LOCKARB_OP_RELEASE : LOCKARB_OP_TRY_SHARED,
                   one_lock ? 0 : core);
  };
  uint64_t first = 0;
  unsigned sent = 0, answered = 0;
  pins.offer_read(address(0));
  while (answered < commands) {
    const bool taken = pins->s_axil_arvalid && pins->s_axil_arready;
    pins.clock();
    if (taken && ++sent < commands) pins.offer_read(address(sent));
    if (sent == commands) pins->s_axil_arvalid = 0;
    if (pins->s_axil_rvalid && answered++ == 0) first = pins.clocks();
  }
  return pins.clocks() - first + 1;
}

}  // namespace lockarb::bench
