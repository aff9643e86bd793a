// SPDX-License-Identifier: Apache-2.0
#include "tests/sw/hal/uartbone_board.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace lockarb {
namespace {

constexpr std::size_t kHeader = 6;
constexpr std::size_t kWord = 4;
// Shorter than the silence that a host keeps when it opens the line.
constexpr int kForgetMilliseconds = 100;
constexpr int kChatterMilliseconds = 10;

uint32_t word_at(const UartboneBoard::Bytes &bytes, std::size_t at) {
  uint32_t word = 0;
  for (std::size_t i = 0; i < kWord; ++i) word = word << 8 | bytes[at + i];
  return word;
}

}  // namespace

UartboneBoard::UartboneBoard(const ReferenceModel::Sizes &sizes, Faults faults)
    : faults_(std::move(faults)), model_(sizes) {
  board_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (board_ < 0 || grantpt(board_) != 0 || unlockpt(board_) != 0 || pipe(stop_) != 0) {
    throw std::runtime_error("cannot make a terminal");
  }
  path_ = ptsname(board_);
  host_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings;
  tcgetattr(host_, &settings);
  cfmakeraw(&settings);
  tcsetattr(host_, TCSANOW, &settings);
  thread_ = std::thread([this] { serve(); });
}

UartboneBoard::~UartboneBoard() {
  if (thread_.joinable()) hang_up();
  close(stop_[0]);
  close(stop_[1]);
}

void UartboneBoard::hang_up() {
  (void)!write(stop_[1], "", 1);
  thread_.join();
  close(host_);
  close(board_);
}

void UartboneBoard::serve() {
  for (;;) {
    pollfd descriptors[] = {{board_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
    const int limit = faults_.chatters ? kChatterMilliseconds : kForgetMilliseconds;
    if (poll(descriptors, 2, limit) == 0) {
      frame_.clear();
      if (faults_.chatters) send({'.'});
      continue;
    }
    if (descriptors[1].revents != 0) return;
    uint8_t bytes[256];
    const ssize_t n = read(board_, bytes, sizeof bytes);
    for (ssize_t i = 0; i < n; ++i) take(bytes[i]);
  }
}

void UartboneBoard::take(uint8_t byte) {
  frame_.push_back(byte);
  if (frame_.size() < kHeader) return;
  const bool write = frame_[0] % 2 != 0;
  if (write && frame_.size() < kHeader + kWord * frame_[1]) return;
  carry_out();
  frame_.clear();
}

void UartboneBoard::carry_out() {
  const std::lock_guard<std::mutex> guard(mutex_);
  const uint32_t first = word_at(frame_, 2) * kWord;
  const bool write = frame_[0] % 2 != 0;
  const bool rising = frame_[0] <= 2;
  Bytes answer;
  for (unsigned i = 0; i < frame_[1]; ++i) {
    const uint32_t address = first + (rising ? i * kWord : 0);
    if (write) {
      model_.write(address, word_at(frame_, kHeader + kWord * i));
      continue;
    }
    const uint32_t word = model_.read(address).value_or(~0u);
    for (int shift = 24; shift >= 0; shift -= 8) {
      answer.push_back(static_cast<uint8_t>(word >> shift));
    }
  }
  ++frames_;
  if (write) return;
  if (faults_.answer) faults_.answer(first, &answer);
  send(answer);
}

void UartboneBoard::send(const Bytes &bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::write(board_, bytes.data() + sent, bytes.size() - sent);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

}  // namespace lockarb
