// SPDX-License-Identifier: Apache-2.0
// A program for the SoC: what an ELF file wants to have in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lockarb::soc {

struct Segment {
  std::uint32_t address;
  std::vector<std::uint8_t> bytes;
};

// Throws std::runtime_error, which names the file, what is wrong and the cure; `larger` is that of
// a program that needs more memory. Nothing is outside of the memory. register_bits: of the cores.
std::vector<Segment> read_image(const std::string &file, std::uint32_t base, std::uint32_t size,
                                const std::string &larger, unsigned register_bits = 32);

// Where the program has something of that name; none: it has nothing.
std::optional<std::uint32_t> find_symbol(const std::string &file, const std::string &name);

}  // namespace lockarb::soc
