// SPDX-License-Identifier: Apache-2.0
// The Verilated SoC of rtl/soc, clock for clock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executive/port.h"
#include "sim/faults/fault_account.h"
#include "sim/model/arbiter_model.h"
#include "sim/observe/output_file.h"
#include "sim/observe/report.h"

namespace lockarb::soc {

constexpr std::uint32_t kMemoryBase = 0x80000000;

// What a core was doing when it trapped for something that is not an interrupt, or when the bus
// refused its access.
struct Exception {
  unsigned core = 0;
  std::uint64_t clock = 0;
  bool refused = false;       // by the bus; else a trap
  std::uint32_t cause = 0;    // of a trap: mcause
  std::uint32_t pc = 0;       // of the access, or of the trap
  bool is_after = false;      // the trap: pc is that of the last instruction that was completed
  std::uint64_t address = 0;  // refused: of the access; a trap: mtval
  bool write = false;
  std::array<std::uint64_t, 32> registers{};
};

// What went over the arbiter's pins and through the cores.
struct Counts {
  std::uint64_t instructions = 0;
  // Clocks in which an access of the core is on its way: of its instruction cache, or of a load or
  // store. A store and the instructions that follow it go side by side.
  std::uint64_t fetching = 0, in_memory = 0, in_arbiter = 0, in_devices = 0;
  std::uint64_t accesses = 0;  // of the arbiter
  std::uint64_t acquired = 0;  // at once
  std::uint64_t queued = 0;    // the thread has to wait
  std::uint64_t refused = 0;   // a try that was not granted, or an error
  std::uint64_t released = 0;
  std::uint64_t handed = 0;  // by a release, to waiters
};

// A store of the program that says where it is.
struct Mark {
  unsigned core;
  std::uint32_t number;
  std::uint64_t clock;
  Counts counts;  // of the core, up to here
};

class Machine {
 public:
  virtual ~Machine() = default;

  virtual void load(std::uint32_t address, const std::vector<std::uint8_t> &bytes) = 0;
  virtual std::uint32_t read(std::uint32_t address) const = 0;  // a word
  // Reset, then cores 0 to count - 1 run.
  virtual void start(unsigned count) = 0;
  // Throws std::runtime_error when the arbiter does not do what the contract says.
  virtual void clock() = 0;
  // Lets faults strike, from the next clock on; the machine must have them.
  virtual bool can_have_faults() const = 0;
  virtual void strike(FaultAccount *faults) = 0;
  // Line 2 of the core's external interrupts, from the next clock on.
  virtual void interrupt(unsigned core, bool on) = 0;
  virtual bool can_record() const = 0;
  // A waveform (FST) from now on to stop_recording(), or to the end of the machine. Only one that
  // can.
  virtual void record(OutputFile *file) = 0;
  virtual void stop_recording() = 0;
  // Of a program that tells what happens, in that clock.
  virtual void observe(std::function<void(const struct port_note &, std::uint64_t clock)>) = 0;

  virtual std::uint64_t clocks() const = 0;
  virtual std::optional<std::uint32_t> ended() const = 0;  // the exit code
  virtual std::string take_console() = 0;                  // what was printed since the last call
  virtual const Counts &counts(unsigned core) const = 0;
  virtual const std::vector<Counts> &locks() const = 0;          // without instructions
  virtual const std::vector<Exception> &exceptions() const = 0;  // the first few
  virtual const std::vector<Mark> &marks() const = 0;
  // Loads and stores, by what they are to: arbiter, the other devices, memory.
  virtual std::vector<DeviceUse> devices() const = 0;
  virtual std::uint64_t busy_clocks() const = 0;  // in which one of them had something to do
  virtual std::uint32_t pc(unsigned core) const = 0;
};

std::unique_ptr<Machine> make_machine();

}  // namespace lockarb::soc
