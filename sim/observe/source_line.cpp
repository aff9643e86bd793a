// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/source_line.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace lockarb {
namespace {

// Line numbers come out of the running files only: no search of the host, no network.
int no_separate_file(Dwfl_Module *, void **, const char *, Dwarf_Addr, const char *, const char *,
                     GElf_Word, char **) {
  return -1;
}

Dwfl *own_process() {
  static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, no_separate_file, nullptr,
                                           nullptr};
  Dwfl *dwfl = dwfl_begin(&callbacks);
  if (dwfl == nullptr) return nullptr;
  dwfl_report_begin(dwfl);
  dwfl_linux_proc_report(dwfl, getpid());
  dwfl_report_end(dwfl, nullptr, nullptr);
  return dwfl;
}

// The innermost function around the address, inlined ones included: what the source says.
std::string function_at(Dwfl *dwfl, Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  Dwarf_Die *unit = dwfl_addrdie(dwfl, address, &bias);
  Dwarf_Die *found = nullptr;
  const int count = unit == nullptr ? 0 : dwarf_getscopes(unit, address - bias, &found);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> scopes(found, &std::free);
  for (int i = 0; i < count; ++i) {
    const int tag = dwarf_tag(&found[i]);
    if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine) continue;
    const char *name = dwarf_diename(&found[i]);
    if (name != nullptr) return name;
  }
  return {};
}

Dwfl *process() {
  static Dwfl *const dwfl = own_process();
  return dwfl;
}

// A compiler numbers static variables of functions, "resource.3".
std::string source_name(const char *symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  std::string name = demangled != nullptr ? demangled.get() : symbol;
  const size_t dot = name.rfind('.');
  const bool numbered = dot != std::string::npos && dot != 0 && dot + 1 < name.size() &&
                        name.find_first_not_of("0123456789", dot + 1) == std::string::npos;
  return numbered ? name.substr(0, dot) : name;
}

// Of large variables only the first pages are mapped from the file, and that is all that the
// library takes for the module: the loader knows where it begins and ends.
struct Loaded {
  Dwarf_Addr address;
  Dwarf_Addr begin = 0;  // of what is mapped from the file; 0: nothing has the address
};

int find_loaded(dl_phdr_info *info, size_t, void *data) {
  auto *loaded = static_cast<Loaded *>(data);
  for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    const Dwarf_Addr begin = info->dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || loaded->address - begin >= segment.p_memsz) continue;
    loaded->begin = begin;
    return 1;
  }
  return 0;
}

Dwfl_Module *module_of(Dwarf_Addr address) {
  Loaded loaded{address};
  if (process() == nullptr || dl_iterate_phdr(find_loaded, &loaded) == 0) return nullptr;
  return dwfl_addrmodule(process(), loaded.begin);
}

std::string look_up_symbol(Dwarf_Addr address) {
  Dwfl_Module *module = module_of(address);
  if (module == nullptr) return {};
  GElf_Off offset = 0;
  GElf_Sym symbol{};
  const char *name =
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || offset >= symbol.st_size) return {};
  std::string text = source_name(name);
  if (offset != 0) text += fmt::format(" + 0x{:X}", offset);
  return text;
}

// The library keeps more on the stack than one of the software's has room for, hence a stack of the
// host's.
std::string on_own_stack(std::string (*look_up)(Dwarf_Addr), Dwarf_Addr address) {
  std::string text;
  std::thread([&] { text = look_up(address); }).join();
  return text;
}

std::string look_up(Dwarf_Addr address) {
  Dwfl *const dwfl = process();
  Dwfl_Line *line = dwfl == nullptr ? nullptr : dwfl_getsrc(dwfl, address);
  int number = 0;
  const char *path =
      line == nullptr ? nullptr : dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
  if (path == nullptr || number == 0) return {};
  const char *slash = std::strrchr(path, '/');
  std::string text = fmt::format("{}:{}", slash == nullptr ? path : slash + 1, number);
  const std::string function = function_at(dwfl, address);
  if (!function.empty()) text += " (" + function + ")";
  return text;
}

}  // namespace

const std::string &source_line(const void *return_address) {
  static std::map<const void *, std::string> known;
  const auto [entry, is_new] = known.try_emplace(return_address);
  if (is_new) {
    // The call itself is the instruction before.
    entry->second = on_own_stack(look_up, reinterpret_cast<Dwarf_Addr>(return_address) - 1);
  }
  return entry->second;
}

const std::string &symbol_name(const void *address) {
  static std::map<const void *, std::string> known;
  const auto [entry, is_new] = known.try_emplace(address);
  if (is_new) {
    entry->second = on_own_stack(look_up_symbol, reinterpret_cast<Dwarf_Addr>(address));
  }
  return entry->second;
}

bool is_host_address(uintptr_t value) {
  // What a program made up is small, or negative. Memory that it has given back is not mapped any
  // more, so all that lies where the host puts its mappings counts as an address.
  constexpr uint64_t kSmall = uint64_t{1} << 32, kMappings = uint64_t{1} << 44,
                     kEnd = uint64_t{1} << 48;
  const uint64_t address = value;
  if (address < kSmall || address >= kEnd) return false;
  if (address >= kMappings) return true;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  unsigned char resident = 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return mincore(reinterpret_cast<void *>(value / page * page), page, &resident) == 0;
}

}  // namespace lockarb
