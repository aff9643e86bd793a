// SPDX-License-Identifier: Apache-2.0
// What a fuzz target is made of. libFuzzer calls it with bytes, or replay.cpp with those of files.
#ifndef LOCKARB_TESTS_FUZZ_FUZZ_TARGET_H_
#define LOCKARB_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size);

namespace lockarb {

// A finding: libFuzzer keeps the input of a process that aborts.
[[noreturn]] inline void found(const std::string &what) {
  std::fprintf(stderr, "found: %s\n", what.c_str());
  std::abort();
}

// The bytes one by one, and zeros behind the last.
class Input {
 public:
  Input(const uint8_t *data, std::size_t size) : next_(data), end_(data + size) {}
  bool empty() const { return next_ == end_; }
  uint8_t byte() { return empty() ? 0 : *next_++; }
  uint32_t word() {
    uint32_t word = 0;
    for (unsigned i = 0; i < 4; ++i) word = word << 8 | byte();
    return word;
  }

 private:
  const uint8_t *next_;
  const uint8_t *const end_;
};

}  // namespace lockarb

#endif  // LOCKARB_TESTS_FUZZ_FUZZ_TARGET_H_
