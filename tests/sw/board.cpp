// SPDX-License-Identifier: Apache-2.0
#include "board.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "driver/lockarb_regs.h"
#include "hal/uartbone.h"
#include "sim/reference/access_text.h"

namespace lockarb {
namespace {

[[noreturn]] void fail(const std::string &what) {
  std::fprintf(stderr, "board: %s\n", what.c_str());
  std::exit(1);
}

uint32_t read_word(uint32_t address) {
  uint32_t word;
  uartbone_read(address, &word, 1);
  return word;
}

uint32_t window(unsigned core) { return core << LOCKARB_WINDOW_SHIFT; }

// Issues the command by a write; its status.
unsigned command(unsigned operation, unsigned lock) {
  uartbone_write(LOCKARB_ISSUE_OFFSET, place_of(operation, lock));
  return read_word(LOCKARB_ANSWER_OFFSET) & LOCKARB_RESULT_STATUS_MASK;
}

// What a machine that is smaller than the board answers for itself.
bool is_of_the_machine(uint32_t address) {
  const uint32_t offset = address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  return offset == LOCKARB_PARAMS_OFFSET || offset == LOCKARB_LIMITS_OFFSET;
}

}  // namespace

Board *Board::attached() {
  static const std::unique_ptr<Board> board([] {
    const char *line = std::getenv("LOCKARB_TEST_BOARD");
    return line == nullptr ? nullptr : new Board(line);
  }());
  return board.get();
}

Board::Board(const char *line) {
  const uartbone_config config{line, 115200, nullptr};
  char why[400];
  if (!uartbone_open(&config, why, sizeof why)) fail(why);
  const uint32_t params = read_word(LOCKARB_PARAMS_OFFSET);
  cores_ = (params & LOCKARB_PARAMS_CORES_MASK) >> LOCKARB_PARAMS_CORES_SHIFT;
  threads_ = (params & LOCKARB_PARAMS_THREADS_MASK) >> LOCKARB_PARAMS_THREADS_SHIFT;
  locks_ = (params & LOCKARB_PARAMS_LOCKS_MASK) >> LOCKARB_PARAMS_LOCKS_SHIFT;
  hold_width_ = read_word(LOCKARB_LIMITS_OFFSET) & LOCKARB_LIMITS_HOLD_WIDTH_MASK;
}

void Board::begin(const ReferenceModel::Sizes &sizes) {
  carry_out();  // of an earlier machine that has not gone yet
  if (sizes.cores > cores_ || sizes.threads > threads_ || sizes.locks > locks_) {
    fail("too small for this test: " + std::to_string(sizes.cores) + " cores, " +
         std::to_string(sizes.threads) + " thread slots, " + std::to_string(sizes.locks) +
         " locks");
  }
  sizes_ = sizes;
}

void Board::reset() const {
  for (unsigned core = 0; core < cores_; ++core) {
    for (const uint32_t offset :
         {LOCKARB_CONTROL_OFFSET, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_OPERAND_OFFSET,
          LOCKARB_APC_MASK_OFFSET, LOCKARB_IRQL_OFFSET, LOCKARB_APC_PENDING_OFFSET}) {
      uartbone_write(window(core) | offset, 0);
    }
  }
  for (unsigned lock = 0; lock < sizes_.locks; ++lock) {
    // Refused in any case: OPERAND is no owner pointer's.
    if (command(LOCKARB_OP_SET_OWNER, lock) == LOCKARB_STATUS_ERR_LOCK) continue;
    for (unsigned thread = 0; thread < threads_; ++thread) {
      uartbone_write(LOCKARB_OPERAND_OFFSET, thread);
      while (command(LOCKARB_OP_DRAIN, lock) != LOCKARB_STATUS_DONE) {
      }
    }
    command(LOCKARB_OP_DELETE, lock);
    uartbone_write(LOCKARB_OPERAND_OFFSET, 0);
  }
  for (unsigned core = 0; core < cores_; ++core) {
    while ((read_word(window(core) | LOCKARB_GRANT_OFFSET) & LOCKARB_GRANT_VALID_MASK) != 0) {
      uartbone_write(window(core) | LOCKARB_GRANT_OFFSET, 0);
    }
  }
  uartbone_write(LOCKARB_ERROR_OFFSET, 0);
  uartbone_write(LOCKARB_USER_ERROR_OFFSET, 0);
}

void Board::interrupts(const ReferenceModel &model) {
  uint32_t up = 0;
  for (unsigned core = 0; core < sizes_.cores; ++core) {
    if (model.interrupt(core)) up |= 1u << core;
  }
  asked_.push_back({Kind::kInterrupts, 0, up});
}

void Board::carry_out() {
  if (asked_.empty()) return;
  const auto [asked, first] = carried_out_.insert({sizes_.cores, std::move(asked_)});
  asked_.clear();
  if (!first) return;
  reset();
  for (const Step &step : asked->second) carry_out(step);
}

void Board::carry_out(const Step &step) const {
  switch (step.kind) {
    case Kind::kRead: {
      if (is_of_the_machine(step.address)) return;
      const uint32_t answer = read_word(step.address);
      if (answer == step.value) return;
      fail(access_text(step.address, false, 0) + ": expected " +
           answer_text(step.address, step.value) + ", got " + answer_text(step.address, answer));
    }
    case Kind::kWrite:
      uartbone_write(step.address, step.value);
      return;
    case Kind::kInterrupts:
      for (unsigned core = 0; core < sizes_.cores; ++core) {
        const uint32_t status = read_word(window(core) | LOCKARB_STATUS_OFFSET);
        const bool up = (status & LOCKARB_STATUS_IRQ_MASK) != 0;
        if (up != ((step.value >> core & 1) != 0)) {
          fail("interrupt of core " + std::to_string(core) + (up ? " is up" : " is down"));
        }
      }
  }
}

}  // namespace lockarb
