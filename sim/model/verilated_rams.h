// SPDX-License-Identifier: Apache-2.0
// Flips bits in the RAMs of a Verilated lockarb. For files that know Verilator: the header of the
// model's root (Vname___024root.h) must be included before.
#pragma once

#include <verilated.h>

#include <stdexcept>
#include <type_traits>

#include "sim/reference/ram.h"

namespace lockarb {

// A netlist has no such RAMs, but cells.
template <class Top, class = void>
constexpr bool kHasRams = false;
template <class Top>
inline constexpr bool kHasRams<
    Top, std::void_t<
             decltype(Top::rootp->lockarb__DOT__u_engine__DOT__u_store__DOT__u_row__DOT__words)>> =
    true;

template <class Word>
void flip_bit(Word &word, unsigned bit) {
  word = static_cast<Word>(word ^ Word{1} << bit);
}
template <std::size_t Words>
void flip_bit(VlWide<Words> &word, unsigned bit) {
  flip_bit(word.at(bit / 32), bit % 32);
}

// Between two clocks. Throws std::out_of_range where there is no such word.
template <class Top>
void flip_bit(Top &top, const RamBit &at) {
  auto &root = *top.rootp;
  const auto flip = [&at](auto &words, std::size_t address) {
    if (address >= std::size(words.m_storage)) throw std::out_of_range("no such word in this RAM");
    flip_bit(words[address], at.bit);
  };
  switch (at.ram) {
    case Ram::kRow:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_row__DOT__words, at.lock);
    case Ram::kHold: {
      const std::size_t threads =
          std::size(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_thread__DOT__words.m_storage);
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_hold__DOT__words,
                  at.lock * threads + at.thread);
    }
    case Ram::kThread:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_thread__DOT__words, at.thread);
    case Ram::kNext:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_next__DOT__words, at.thread);
    case Ram::kWalkNext:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_walk_next__DOT__words,
                  at.thread);
    case Ram::kCore:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_core__DOT__words, at.thread);
    case Ram::kWalkCore:
      return flip(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_walk_core__DOT__words,
                  at.thread);
    case Ram::kGrantLink:
      return flip(root.lockarb__DOT__u_grant__DOT__u_link__DOT__words, at.thread);
  }
}

}  // namespace lockarb
