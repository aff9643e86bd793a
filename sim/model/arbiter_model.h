// SPDX-License-Identifier: Apache-2.0
// The Verilated arbiter, RTL or netlist, behind a plain C++ interface.
//
// Nothing here knows SystemC, and no file but those that include verilated_arbiter.h knows
// Verilator: their headers do not mix well.
//
// Clocks
//   - Clock k lasts from k to k+1 bus clocks of simulated time; cycle() is the first clock that
//     has not been evaluated yet. Nothing runs by itself: the caller advances the model, always
//     to a time that has passed for everybody else.
//   - On demand, clocks in which neither the bus nor busy_o is active are not evaluated: in these
//     no register changes (replay_check.h checks it). With every_clock they are.
//   - While the window of a waveform is open, every clock is evaluated, so that it shows a clock.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/model/units.h"
#include "sim/observe/output_file.h"
#include "sim/reference/ram.h"

namespace lockarb {

// The parameters of rtl/lockarb.v.
struct ModelSize {
  unsigned cores;
  unsigned threads;
  unsigned locks;
  unsigned hold_width;
  bool statistics;
  bool check_user;
};
// Of the arbiters of this process: the built-in ones (sim/CMakeLists.txt), or what use_model_size()
// says.
ModelSize model_size();
bool is_built_in(const ModelSize &size);

// Where models of other sizes come from (model_on_demand.h).
struct ModelSource {
  std::string root;   // the folder with rtl/ and sim/: a source tree, or share/lockarb of a package
  std::string cache;  // folder for what is built; empty: lockarb in the user's cache folder
};
// Arbiters have these sizes from now on. Call it before anything has asked for them.
void use_model_size(const ModelSize &size, const ModelSource &source);

// Of the same sizes and of the same behaviour, clock by clock.
enum class ModelKind {
  kRtl,
  kGate,  // of the cells that synthesis makes of it; only with LOCKARB_GATE_LEVEL (CMakeLists.txt)
};

// A model that can record a waveform is slower even while it does not.
enum class TraceKind { kNone, kFst, kVcd };

struct TraceWindow {
  OutputFile *file = nullptr;  // nullptr: no waveform
  TraceKind kind = TraceKind::kFst;
  uint64_t from = 0;  // clocks
  uint64_t to = kNever;
};

struct Transfer {
  uint64_t start;    // clock in which the address is first valid
  uint32_t address;  // byte address in the arbiter
  uint32_t data;     // of a write
  bool write;
  uint8_t core;  // trusted core number beside the address
  bool privileged = true;
  uint8_t lanes = 15;  // of a write
};

enum class Response : uint8_t { kOkay = 0, kExclusiveOkay = 1, kSlaveError = 2, kDecodeError = 3 };

struct Answer {
  uint64_t start;  // clock in which the address was really first valid
  uint64_t end;    // first clock after the handshake of the answer
  uint32_t data;   // of a read
  Response response;
};

// The interrupt outputs, from clock `cycle` on.
struct InterruptEdge {
  uint64_t cycle;
  uint32_t lines;
};

class ArbiterModel {
 public:
  struct Options {
    bool every_clock = false;
    TraceKind trace_kind = TraceKind::kNone;  // of the RTL; a netlist records none
    ModelKind kind = ModelKind::kRtl;
  };

  // Throws std::runtime_error when this build has no such model, or it cannot be built.
  static std::unique_ptr<ArbiterModel> create(const Options &options);
  virtual ~ArbiterModel() = default;

  // Records clocks from..to-1 in the kind of file given at creation. Call it once, before the first
  // clock. Once file->failed() nothing more is recorded.
  virtual void open_trace(OutputFile *file, uint64_t from, uint64_t to) = 0;
  // Completes the waveform; nothing is recorded afterwards. The file is the caller's to commit.
  virtual void close_trace() = 0;

  // One access, the whole of it. Throws std::runtime_error when the arbiter never answers.
  virtual Answer transfer(const Transfer &transfer) = 0;

  // Evaluates the clocks before `cycle`.
  virtual void advance(uint64_t cycle) = 0;
  // As advance(), but returns once the arbiter is quiet or an interrupt line has changed.
  virtual void advance_while_busy(uint64_t cycle) = 0;

  // A bit of a RAM changes before the next clock, as by radiation. Throws std::runtime_error on a
  // netlist, std::out_of_range where there is no such word.
  virtual void flip(const RamBit &at) = 0;

  // Changes of the interrupt outputs since the caller last cleared this.
  std::vector<InterruptEdge> edges;

  uint64_t cycle() const { return cycle_; }
  bool busy() const { return busy_; }
  uint64_t evaluated() const { return evaluated_; }

 protected:
  uint64_t cycle_ = 0;
  uint64_t evaluated_ = 0;
  uint32_t lines_ = 0;
  bool busy_ = true;
};

}  // namespace lockarb
