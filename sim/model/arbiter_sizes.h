// SPDX-License-Identifier: Apache-2.0
// The sizes of an arbiter by their names, as --arbiter and the scenario's key have them.
#pragma once

#include <string>
#include <vector>

#include "sim/model/arbiter_model.h"

namespace lockarb {

// A parameter of rtl/lockarb.v, with its range there.
struct SizeKey {
  const char *name;
  unsigned least;
  unsigned most;
  unsigned (*get)(const ModelSize &size);
  void (*set)(ModelSize *size, unsigned value);
};
const std::vector<SizeKey> &size_keys();
std::vector<std::string> size_names();

// "cores=4,threads=64,...": all of them.
std::string text_of(const ModelSize &size);

// Changes what a text such as "cores=8,locks=1024" names. Returns what is wrong with the text, or
// "": key, value, and range or choices.
std::string change_sizes(const std::string &text, ModelSize *size);

}  // namespace lockarb
