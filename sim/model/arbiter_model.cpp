// SPDX-License-Identifier: Apache-2.0
#include "sim/model/arbiter_model.h"

#include <stdexcept>
#include <utility>

#include "Vlockarb_fst.h"
#include "Vlockarb_fst___024root.h"
#ifdef LOCKARB_GATE_LEVEL
#include "Vlockarb_gate.h"
#endif
#include "Vlockarb_none.h"
#include "Vlockarb_none___024root.h"
#include "Vlockarb_vcd.h"
#include "Vlockarb_vcd___024root.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/model/model_on_demand.h"
#include "sim/model/verilated_arbiter.h"

namespace lockarb {
namespace {

constexpr ModelSize kBuiltIn = {LOCKARB_MODEL_CORES,           LOCKARB_MODEL_THREADS,
                                LOCKARB_MODEL_LOCKS,           LOCKARB_MODEL_HOLD_WIDTH,
                                LOCKARB_MODEL_STATISTICS != 0, LOCKARB_MODEL_CHECK_USER != 0};

ModelSize size_in_use = kBuiltIn;
ModelSource source_in_use;

}  // namespace

ModelSize model_size() { return size_in_use; }

bool is_built_in(const ModelSize &size) { return text_of(size) == text_of(kBuiltIn); }

void use_model_size(const ModelSize &size, const ModelSource &source) {
  size_in_use = size;
  source_in_use = source;
}

std::unique_ptr<ArbiterModel> ArbiterModel::create(const Options &options) {
  const bool all = options.every_clock;
  if (options.kind == ModelKind::kGate) {
    if (options.trace_kind != TraceKind::kNone) {
      throw std::runtime_error(
          "the gate-level model records no waveform; that of the RTL shows the same clocks");
    }
#ifdef LOCKARB_GATE_LEVEL
    if (!is_built_in(size_in_use)) {
      throw std::runtime_error("the gate-level model has the sizes " + text_of(kBuiltIn) +
                               " only; give no others, or take --model rtl");
    }
    return std::make_unique<VerilatedArbiter<Vlockarb_gate, NoTrace>>(all);
#else
    throw std::runtime_error(
        "this build has no gate-level model; `make gate` makes one that has, in build/gate");
#endif
  }
  if (!is_built_in(size_in_use)) {
    return model_on_demand(size_in_use, source_in_use, options.trace_kind, all);
  }
  switch (options.trace_kind) {
    case TraceKind::kFst:
      return std::make_unique<VerilatedArbiter<Vlockarb_fst, FstTrace>>(all);
    case TraceKind::kVcd:
      return std::make_unique<VerilatedArbiter<Vlockarb_vcd, VcdTrace>>(all);
    case TraceKind::kNone:
      break;
  }
  return std::make_unique<VerilatedArbiter<Vlockarb_none, NoTrace>>(all);
}

}  // namespace lockarb
