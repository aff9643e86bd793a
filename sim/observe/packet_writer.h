// SPDX-License-Identifier: Apache-2.0
// Protobuf messages, written without a detour: a run has millions of them. A message inside of
// another one has a length of two bytes, whatever it needs, so that it can be filled in when it
// ends (Perfetto's own writer does the same with four).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "sim/observe/output_file.h"

namespace lockarb {

class PacketWriter {
 public:
  explicit PacketWriter(OutputFile *file) : file_(*file), bytes_(new char[kSize]) {}

  void add(unsigned field, uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void add_fixed64(unsigned field, uint64_t value) {
    varint(field << 3 | 1);
    for (int bit = 0; bit < 64; bit += 8) bytes_[used_++] = static_cast<char>(value >> bit);
  }
  // At most kMostText bytes of it.
  void add(unsigned field, const std::string &text) {
    const std::size_t size = text.size() < kMostText ? text.size() : kMostText;
    varint(field << 3 | 2);
    varint(size);
    std::memcpy(&bytes_[used_], text.data(), size);
    used_ += size;
  }

  // A message in the one that is being written, up to end(). An outermost one may hold 16 KiB.
  std::size_t begin(unsigned field) {
    varint(field << 3 | 2);
    used_ += 2;
    return used_;
  }
  void end(std::size_t begun) {
    const std::size_t size = used_ - begun;
    bytes_[begun - 2] = static_cast<char>(0x80 | size);
    bytes_[begun - 1] = static_cast<char>(size >> 7);
  }

  // After an outermost message: makes room for the next one.
  void pass_on() {
    if (used_ > kSize - kMostMessage) flush();
  }
  void flush() {
    file_.write(bytes_.get(), used_);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kMostText = 1024;
  static constexpr std::size_t kMostMessage = 1 << 14;
  static constexpr std::size_t kSize = 1 << 17;

  void varint(uint64_t value) {
    for (; value > 0x7f; value >>= 7) bytes_[used_++] = static_cast<char>(0x80 | value);
    bytes_[used_++] = static_cast<char>(value);
  }

  OutputFile &file_;
  const std::unique_ptr<char[]> bytes_;
  std::size_t used_ = 0;  // not written yet
};

}  // namespace lockarb
