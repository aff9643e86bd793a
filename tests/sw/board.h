// A board behind a serial line as the arbiter of the machine: LOCKARB_TEST_BOARD names the line.
// The machine's model runs beside it, and each answer and interrupt of the two must be the same.
#ifndef LOCKARB_TESTS_SW_BOARD_H_
#define LOCKARB_TESTS_SW_BOARD_H_

#include <cstdint>

#include "sim/reference_model.h"

namespace lockarb {

class Board {
 public:
  // The one that LOCKARB_TEST_BOARD names; none: nullptr.
  static Board *attached();

  // Of a machine, which may be smaller than the board.
  unsigned hold_width() const { return hold_width_; }
  // Nobody owns or waits for anything.
  void reset(const ReferenceModel::Sizes &sizes);

  // As the model's, which did the same just now and answered `expected`.
  uint32_t read(uint32_t address, uint32_t expected);
  void write(uint32_t address, uint32_t value);
  void expect_interrupts(const ReferenceModel &model);

 private:
  explicit Board(const char *line);

  unsigned cores_ = 0;
  unsigned threads_ = 0;
  unsigned locks_ = 0;
  unsigned hold_width_ = 0;
  unsigned cores_in_use_ = 0;
};

}  // namespace lockarb

#endif
