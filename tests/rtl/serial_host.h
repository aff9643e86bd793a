// SPDX-License-Identifier: Apache-2.0
// SerialHost: the other end of the UART pins of a Verilated model, clock by clock.
#ifndef LOCKARB_TESTS_RTL_SERIAL_HOST_H_
#define LOCKARB_TESTS_RTL_SERIAL_HOST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

#include "tests/rtl/model_pointer.h"

namespace lockarb {

using Bytes = std::vector<uint8_t>;

template <class Model>
class SerialHost {
 public:
  // What the models are built with.
  static constexpr unsigned kClocksPerBit = 8;
  static constexpr unsigned kTimeoutBits = 16;

  // on_clock sees the pins before each rising edge, and its answers count after it.
  explicit SerialHost(std::function<void(Model &)> on_clock = {})
      : model_(new Model), on_clock_(std::move(on_clock)) {
    model_->uart_rx_i = 1;
    reset();
  }

  Model &pins() { return *model_; }
  uint64_t clocks() const { return clocks_; }

  void reset() {
    model_->rst_ni = 0;
    tick(4);
    model_->rst_ni = 1;
    // Before the first clock of a reset the line says anything.
    bit_number_ = 0;
    received_.clear();
  }

  // How fast the host's clock goes: 1.02 sends bits that are 2 % shorter.
  void set_speed(double speed) { bit_ = kClocksPerBit / speed; }

  void tick(unsigned n = 1) {
    while (n-- != 0) {
      if (on_clock_) on_clock_(*model_);
      model_->clk_i = 1;
      model_->eval();
      model_->clk_i = 0;
      model_->eval();
      ++clocks_;
      listen();
    }
  }

  void drive(bool level, double bits) {
    model_->uart_rx_i = level;
    due_ += bits * bit_;
    const unsigned whole = static_cast<unsigned>(due_);
    due_ -= whole;
    tick(whole);
  }
  void send(uint8_t byte, bool stop = true) {
    drive(false, 1);
    for (unsigned bit = 0; bit < 8; ++bit) drive(byte >> bit & 1, 1);
    drive(stop, 1);
    model_->uart_rx_i = 1;
  }
  void send(const Bytes &bytes) {
    for (const uint8_t byte : bytes) send(byte);
  }
  void rest(double bits) { drive(true, bits); }
  // So long that the bridge begins anew: one bit more than its time, and what the pins take.
  void be_silent() { rest(kTimeoutBits + 2); }

  // The bytes that came, once there are so many; fewer if they do not come.
  Bytes receive(std::size_t count) {
    const uint64_t start = clocks_;
    const uint64_t limit = (count + 20) * 12 * kClocksPerBit + 5000;
    while (received_.size() < count && clocks_ - start < limit) tick();
    Bytes taken;
    taken.swap(received_);
    return taken;
  }
  const Bytes &received() const { return received_; }

 private:
  void listen() {
    const bool level = model_->uart_tx_o;
    if (bit_number_ == 0) {
      if (level) return;
      bit_number_ = 1;
      next_sample_ = static_cast<double>(clocks_) + bit_ / 2;
    }
    if (static_cast<double>(clocks_) < next_sample_) return;
    next_sample_ += bit_;
    if (bit_number_ == 10) {
      if (!level) throw std::runtime_error("the bridge sent a byte without a stop bit");
      received_.push_back(shift_);
      bit_number_ = 0;
      return;
    }
    if (bit_number_ > 1) shift_ = static_cast<uint8_t>(shift_ >> 1 | level << 7);
    ++bit_number_;
  }

  ModelPointer<Model> model_;
  std::function<void(Model &)> on_clock_;
  uint64_t clocks_ = 0;
  double bit_ = kClocksPerBit;
  double due_ = 0;  // the part of a clock that the line is behind
  Bytes received_;
  unsigned bit_number_ = 0;
  uint8_t shift_ = 0;
  double next_sample_ = 0;
};

// Frames of the protocol: a byte address, and so many words.
enum UartboneCommand : uint8_t { kWrite = 1, kRead = 2, kWriteFixed = 3, kReadFixed = 4 };

inline void append_word(Bytes &bytes, uint32_t word) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<uint8_t>(word >> shift));
}
inline Bytes read_frame(uint32_t address, unsigned words = 1, UartboneCommand command = kRead) {
  Bytes frame{command, static_cast<uint8_t>(words)};
  append_word(frame, address / 4);
  return frame;
}
inline Bytes write_frame(uint32_t address, const std::vector<uint32_t> &words,
                         UartboneCommand command = kWrite) {
  Bytes frame = read_frame(address, static_cast<unsigned>(words.size()), command);
  for (const uint32_t word : words) append_word(frame, word);
  return frame;
}
inline std::vector<uint32_t> words_of(const Bytes &bytes) {
  std::vector<uint32_t> words(bytes.size() / 4);
  for (std::size_t i = 0; i < words.size() * 4; ++i) words[i / 4] = words[i / 4] << 8 | bytes[i];
  return words;
}

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_SERIAL_HOST_H_
