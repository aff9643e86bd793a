// SPDX-License-Identifier: Apache-2.0
// The model of the arbiter that a test is about: as for `lockarb run`, the environment may say
// which.
#pragma once

#include <cstdlib>
#include <string>

#include "sim/model/arbiter_model.h"

namespace lockarb {

inline ModelKind model_under_test() {
  const char *name = std::getenv("LOCKARB_MODEL");
  return name != nullptr && std::string(name) == "gate" ? ModelKind::kGate : ModelKind::kRtl;
}

}  // namespace lockarb
