// SPDX-License-Identifier: Apache-2.0
// A board without RTL: the reference model behind the uartbone protocol on a pseudo-terminal,
// served by a thread. Quick, and it breaks what a test wants broken.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/reference/reference_model.h"

namespace lockarb {

class UartboneBoard {
 public:
  using Bytes = std::vector<uint8_t>;
  // What a board may do wrong. `answer` sees the bytes that a read is answered with.
  struct Faults {
    std::function<void(uint32_t address, Bytes *answer)> answer;
    bool chatters = false;  // sends without being asked
  };

  explicit UartboneBoard(const ReferenceModel::Sizes &sizes) : UartboneBoard(sizes, Faults()) {}
  UartboneBoard(const ReferenceModel::Sizes &sizes, Faults faults);
  ~UartboneBoard();

  const std::string &path() const { return path_; }
  unsigned frames() const { return frames_; }  // that were carried out

  // What the arbiter behind the line holds.
  template <class Action>
  void look(Action action) {
    const std::lock_guard<std::mutex> guard(mutex_);
    action(model_);
  }

  // The line ends.
  void hang_up();

 private:
  void serve();
  void take(uint8_t byte);
  void carry_out();
  void send(const Bytes &bytes) const;

  Faults faults_;
  ReferenceModel model_;
  std::mutex mutex_;
  std::atomic<unsigned> frames_{0};
  Bytes frame_;
  int board_;
  int host_;
  int stop_[2];
  std::string path_;
  std::thread thread_;
};

}  // namespace lockarb
