// SPDX-License-Identifier: Apache-2.0
#include "sim/reference/bit_flips.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb {
namespace {

bool is_link(Ram ram) { return ram == Ram::kNext || ram == Ram::kWalkNext; }

std::string word_text(const RamBit &at, const ReferenceModel &reference) {
  switch (at.ram) {
    case Ram::kRow:
      return reference.live(at.lock) ? "a lock in use" : "a lock not in use";
    case Ram::kHold:
      return fmt::format("a hold count of {}", reference.hold_count(at.lock, at.thread));
    default:
      break;
  }
  if (const auto lock = reference.waits_for(at.thread)) {
    return fmt::format("a thread that waits for lock {}", *lock);
  }
  return reference.idle(at.thread) ? "a thread that does not wait" : "a thread with a grant";
}

}  // namespace

void BitFlips::add(std::size_t number, const RamBit &at, uint64_t after) {
  Flip flip{};
  flip.number = number;
  flip.at = at;
  flip.after = after;
  const auto later = std::upper_bound(flips_.begin(), flips_.end(), after,
                                      [](uint64_t t, const Flip &f) { return t < f.after; });
  flips_.insert(later, flip);
}

uint64_t BitFlips::next() const { return next_ < flips_.size() ? flips_[next_].after : kNever; }

const RamBit *BitFlips::strike(uint64_t clock, ReferenceModel *reference) {
  Flip &flip = flips_[next_++];
  const std::string what = word_text(flip.at, *reference);
  if (!reference->flip(flip.at)) return nullptr;
  flip.struck = true;
  flip.clock = clock;
  flip.what = what;
  if (is_link(flip.at.ram)) {
    flip.used = reference->is_followed(flip.at.thread);
    flip.lock = reference->waits_for(flip.at.thread).value_or(0);
  } else {
    flip.used = flip.at.ram != Ram::kRow || reference->bad(flip.at.lock);
    flip.lock = flip.at.lock;
  }
  return &flip.at;
}

void BitFlips::look_at(const Transfer &transfer, const Answer &answer,
                       const ReferenceModel &reference) {
  if (next_ == 0 || transfer.write || answer.response != Response::kOkay) return;
  const unsigned core = transfer.address >> LOCKARB_WINDOW_SHIFT;
  const uint32_t offset = transfer.address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
  const bool by_write = offset == LOCKARB_ANSWER_OFFSET;
  const bool command = is_command(offset) || by_write;
  if (command) {
    if ((answer.data & LOCKARB_RESULT_STATUS_MASK) != LOCKARB_STATUS_ERR_PARITY) return;
  } else {
    if (offset != LOCKARB_GRANT_OFFSET && offset != LOCKARB_TAKE_OFFSET) return;
    if ((answer.data & LOCKARB_GRANT_BAD_MASK) == 0) return;
  }
  const unsigned lock = lock_of(by_write ? reference.issued(core) : offset);
  const unsigned granted = (answer.data & LOCKARB_GRANT_THREAD_MASK) >> LOCKARB_GRANT_THREAD_SHIFT;
  const auto acts_for = [&](unsigned thread) {
    return command ? thread == (reference.current_thread(core) & LOCKARB_OPERAND_THREAD_MASK) ||
                         thread == (reference.operand(core) & LOCKARB_OPERAND_THREAD_MASK)
                   : thread == granted;
  };
  for (std::size_t i = 0; i < next_; ++i) {
    Flip &flip = flips_[i];
    if (!flip.struck || !flip.used || !flip.found.empty()) continue;
    bool met = false;
    switch (flip.at.ram) {
      case Ram::kThread:
        met = acts_for(flip.at.thread) && reference.bad_thread(flip.at.thread);
        break;
      case Ram::kHold:
        met = command && flip.lock == lock && acts_for(flip.at.thread) &&
              reference.bad_hold(lock, flip.at.thread);
        break;
      case Ram::kRow:
      case Ram::kNext:
      case Ram::kWalkNext:
        met = command && flip.lock == lock;
        break;
      default:  // of a bad core nobody is told: the grant goes to core 0
        break;
    }
    if (!met) continue;
    flip.found = access_text(transfer.address, false, 0);
    flip.found_in = answer.end;
  }
}

}  // namespace lockarb
