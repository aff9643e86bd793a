// SPDX-License-Identifier: Apache-2.0
// In a test of the RTL for `make coverage`: when it ends, what its models counted is written to a
// file of its own in the folder that the environment names.
#include <unistd.h>
#include <verilated.h>
#include <verilated_cov.h>

#include <cstdlib>
#include <string>

namespace {

struct Writer {
  // So that the context lives longer than this.
  Writer() { Verilated::threadContextp(); }
  ~Writer() {
    const char *folder = std::getenv("LOCKARB_RTL_COVERAGE");
    if (folder == nullptr) return;
    const std::string file = std::string(folder) + "/" + std::to_string(getpid()) + ".dat";
    Verilated::threadContextp()->coveragep()->write(file.c_str());
  }
};
const Writer writer;

}  // namespace
