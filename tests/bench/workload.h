// SPDX-License-Identifier: Apache-2.0
// The command sequence that every simulation speed is measured on: one initiator on core 0 takes
// and gives back pseudo-random locks, half of them shared. icarus_bench.v draws the same sequence,
// and the checksum of every answer shows that all simulators did the same work.
#pragma once

#include <cstdint>

#include "driver/lockarb_regs.h"

namespace lockarb::bench {

constexpr unsigned kLocks = 256;

constexpr uint32_t window(unsigned core) { return core << LOCKARB_WINDOW_SHIFT; }
constexpr uint32_t command(unsigned core, unsigned operation, unsigned lock) {
  return window(core) + LOCKARB_COMMAND_OFFSET + (operation << LOCKARB_OP_SHIFT) +
         (lock << LOCKARB_LOCK_SHIFT);
}
// Makes the lock; the answer.
template <class Bus>
uint32_t initialize(Bus& bus, unsigned lock) {
  const uint32_t address = command(0, LOCKARB_OP_INITIALIZE, lock);
  bus.write(LOCKARB_ARM_OFFSET, address - LOCKARB_COMMAND_OFFSET);
  return bus.read(address);
}
constexpr uint32_t current_thread(unsigned thread) {
  return LOCKARB_CURRENT_THREAD_VALID_MASK | thread;
}

struct Job {
  uint64_t pairs = 0;  // of an acquire and a release
  uint64_t gap = 0;    // clocks without a command after each pair
};

// Runs the job on anything that has read(address), write(address, value) and idle(clocks); returns
// the checksum.
template <class Bus>
uint32_t run_job(Bus& bus, const Job& job) {
  uint32_t state = 1, checksum = 2166136261u;
  const auto answer = [&](uint32_t word) { checksum = (checksum ^ word) * 16777619u; };
  for (uint64_t i = 0; i < job.pairs; ++i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    const unsigned shared = state >> 31, lock = state % kLocks;
    answer(bus.read(command(0, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE + shared, lock)));
    answer(bus.read(command(0, LOCKARB_OP_RELEASE_AND_LEAVE, lock)));
    if (job.gap != 0) bus.idle(job.gap);
  }
  return checksum;
}

// What has to be there before a job.
template <class Bus>
void prepare_job(Bus& bus) {
  bus.write(LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  bus.write(LOCKARB_CURRENT_THREAD_OFFSET, current_thread(0));
  for (unsigned lock = 0; lock < kLocks; ++lock) initialize(bus, lock);
}

}  // namespace lockarb::bench
