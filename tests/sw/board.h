// SPDX-License-Identifier: Apache-2.0
// A board behind a serial line as the arbiter of the machine: LOCKARB_TEST_BOARD names the line.
// What a machine's model was asked is asked of the board when the machine ends: each answer and
// interrupt of the two must be the same. A board knows no clocks: what was once carried out, from
// the first access to the last, would be the same again.
#ifndef LOCKARB_TESTS_SW_BOARD_H_
#define LOCKARB_TESTS_SW_BOARD_H_

#include <cstdint>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/reference/reference_model.h"

namespace lockarb {

class Board {
 public:
  // The one that LOCKARB_TEST_BOARD names; none: nullptr.
  static Board *attached();

  // Of a machine, which may be smaller than the board.
  unsigned hold_width() const { return hold_width_; }
  // Of a machine. Nobody owns or waits for anything.
  void begin(const ReferenceModel::Sizes &sizes);

  // What its model did just now; of a read, what it answered.
  void read(uint32_t address, uint32_t answer) { asked_.push_back({Kind::kRead, address, answer}); }
  void write(uint32_t address, uint32_t value) { asked_.push_back({Kind::kWrite, address, value}); }
  void interrupts(const ReferenceModel &model);
  void carry_out();

 private:
  enum class Kind { kRead, kWrite, kInterrupts };
  struct Step {
    Kind kind;
    uint32_t address;
    uint32_t value;  // of interrupts: a bit for each core
    bool operator<(const Step &other) const {
      return std::tie(kind, address, value) < std::tie(other.kind, other.address, other.value);
    }
  };

  explicit Board(const char *line);
  void reset() const;
  void carry_out(const Step &step) const;

  unsigned cores_ = 0;
  unsigned threads_ = 0;
  unsigned locks_ = 0;
  unsigned hold_width_ = 0;
  ReferenceModel::Sizes sizes_{};
  std::vector<Step> asked_;
  std::set<std::pair<unsigned, std::vector<Step>>> carried_out_;  // by how many cores
};

}  // namespace lockarb

#endif
