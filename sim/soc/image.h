// SPDX-License-Identifier: Apache-2.0
// A program for the SoC: what an ELF file wants to have in memory, and names of its addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lockarb::soc {

struct Segment {
  std::uint32_t address;
  std::vector<std::uint8_t> bytes;
};

// Throws std::runtime_error, which names the file, what is wrong and the cure. Nothing is outside
// of the memory.
std::vector<Segment> read_image(const std::string &file, std::uint32_t base, std::uint32_t size);

// "count, smallest.c:14", or "" when nothing is known.
std::string source_line(const std::string &file, std::uint32_t address);

}  // namespace lockarb::soc
