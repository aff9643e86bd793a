// SPDX-License-Identifier: Apache-2.0
// A model of other sizes than the built-in ones: a library of its own, which is built when it is
// first asked for, stays in a cache, and is loaded into the program.
//
// Cache
//   - One library for each set of sizes, kind of waveform, and hash of what it is made from: our
//     sources, the compiler, Verilator. So what is stale is never found.
//   - It takes its name when it is complete. Of several processes that want it at once one builds,
//     and the others wait.
//   - A message on the standard error says what is built, and where. What is found costs nothing
//     and says nothing.
#pragma once

#include <memory>

#include "sim/model/arbiter_model.h"

namespace lockarb {

// Throws std::runtime_error: a tool is missing (with its package), the build failed (with its log),
// or the cache cannot be written.
std::unique_ptr<ArbiterModel> model_on_demand(const ModelSize &size, const ModelSource &source,
                                              TraceKind trace, bool every_clock);

}  // namespace lockarb
