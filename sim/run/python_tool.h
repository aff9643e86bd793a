// SPDX-License-Identifier: Apache-2.0
// Tools of this project that are Python.
#pragma once

#include <string>
#include <vector>

namespace lockarb {

// Becomes sim/`tool`/`tool`.py below that folder. Returns only by throwing std::runtime_error: what
// is missing, and the cure.
[[noreturn]] void become_python(const std::string &root, const std::string &tool,
                                const std::vector<std::string> &arguments);

}  // namespace lockarb
