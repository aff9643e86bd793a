// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/image.h"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lockarb::soc {
namespace {

constexpr const char *kMemoryEnd = "__boot_stacks_end";  // sw/port/riscv/program.ld

std::vector<char> read_file(const std::string &file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file + ": " + std::strerror(errno));
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
T take(const std::string &file, const std::vector<char> &bytes, std::size_t at) {
  T value;
  if (at > bytes.size() || bytes.size() - at < sizeof value) {
    throw std::runtime_error(file + ": is cut off after " + std::to_string(bytes.size()) +
                             " bytes; build it again");
  }
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string hex(std::uint64_t value) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

struct Elf32 {
  using Head = Elf32_Ehdr;
  using Part = Elf32_Phdr;
  using Section = Elf32_Shdr;
  using Symbol = Elf32_Sym;
  static constexpr unsigned char kClass = ELFCLASS32;
  static constexpr const char *kCure = "RV32; compile it with -march=rv32im -mabi=ilp32";
};

struct Elf64 {
  using Head = Elf64_Ehdr;
  using Part = Elf64_Phdr;
  using Section = Elf64_Shdr;
  using Symbol = Elf64_Sym;
  static constexpr unsigned char kClass = ELFCLASS64;
  static constexpr const char *kCure =
      "RV64; compile it with -march=rv64imac -mabi=lp64 -mcmodel=medany";
};

template <class Elf>
std::optional<std::uint32_t> symbol_of(const std::string &file, const std::vector<char> &bytes,
                                       const std::string &name) {
  const auto head = take<typename Elf::Head>(file, bytes, 0);
  const auto section = [&](unsigned number) {
    return take<typename Elf::Section>(file, bytes,
                                       head.e_shoff + std::size_t{number} * head.e_shentsize);
  };
  for (unsigned i = 0; i < head.e_shnum; ++i) {
    const auto table = section(i);
    if (table.sh_type != SHT_SYMTAB) continue;
    const std::size_t names = section(table.sh_link).sh_offset;
    for (std::size_t at = 0; at < table.sh_size; at += sizeof(typename Elf::Symbol)) {
      const auto symbol = take<typename Elf::Symbol>(file, bytes, table.sh_offset + at);
      const std::size_t place = names + symbol.st_name;
      if (place + name.size() < bytes.size() &&
          std::memcmp(bytes.data() + place, name.c_str(), name.size() + 1) == 0) {
        return static_cast<std::uint32_t>(symbol.st_value);
      }
    }
  }
  return std::nullopt;
}

template <class Elf>
std::vector<Segment> segments_of(const std::string &file, const std::vector<char> &bytes,
                                 std::uint32_t base, std::uint32_t size,
                                 const std::string &larger) {
  const auto head = take<typename Elf::Head>(file, bytes, 0);
  if (head.e_ident[EI_CLASS] != Elf::kClass || head.e_machine != EM_RISCV ||
      head.e_type != ET_EXEC) {
    throw std::runtime_error(file + ": is no program for " + Elf::kCure);
  }
  if (head.e_entry != base) {
    throw std::runtime_error(file + ": starts at " + hex(head.e_entry) + ", the cores at " +
                             hex(base) + "; link it with sw/port/riscv/soc/soc.ld");
  }
  std::vector<Segment> segments;
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    const auto part =
        take<typename Elf::Part>(file, bytes, head.e_phoff + std::size_t{i} * head.e_phentsize);
    if (part.p_type != PT_LOAD || part.p_memsz == 0) continue;
    const std::uint64_t end = std::uint64_t{part.p_paddr} + part.p_memsz;
    if (part.p_paddr < base || end > std::uint64_t{base} + size) {
      throw std::runtime_error(file + ": is too large: it needs " + hex(part.p_paddr) + " to " +
                               hex(end) + ", and memory ends at " +
                               hex(std::uint64_t{base} + size) + " (" +
                               std::to_string(size / 1024) + " KiB); " + larger);
    }
    if (part.p_filesz == 0) continue;
    take<char>(file, bytes, part.p_offset + std::size_t{part.p_filesz} - 1);
    const auto *from = reinterpret_cast<const std::uint8_t *>(bytes.data()) + part.p_offset;
    segments.push_back({static_cast<std::uint32_t>(part.p_paddr), {from, from + part.p_filesz}});
  }
  const std::optional<std::uint32_t> end = symbol_of<Elf>(file, bytes, kMemoryEnd);
  if (end && *end > base + size) {
    throw std::runtime_error(file + ": is linked for " + std::to_string((*end - base) / 1024) +
                             " KiB of memory, and here are " + std::to_string(size / 1024) + "; " +
                             larger);
  }
  return segments;
}

}  // namespace

std::vector<Segment> read_image(const std::string &file, std::uint32_t base, std::uint32_t size,
                                const std::string &larger, unsigned register_bits) {
  const std::vector<char> bytes = read_file(file);
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0) {
    throw std::runtime_error(file + ": is no ELF file; lockarb_add_riscv_program() makes one");
  }
  return register_bits == 64 ? segments_of<Elf64>(file, bytes, base, size, larger)
                             : segments_of<Elf32>(file, bytes, base, size, larger);
}

std::optional<std::uint32_t> find_symbol(const std::string &file, const std::string &name) {
  const std::vector<char> bytes = read_file(file);
  return bytes.at(EI_CLASS) == ELFCLASS64 ? symbol_of<Elf64>(file, bytes, name)
                                          : symbol_of<Elf32>(file, bytes, name);
}

}  // namespace lockarb::soc
