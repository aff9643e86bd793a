#include "sim/source_line.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
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

std::string look_up(Dwarf_Addr address) {
  static Dwfl *const dwfl = own_process();
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
    // The call itself is the instruction before. The library keeps more on the stack than one of
    // the software's has room for, hence a stack of the host's.
    std::thread([text = &entry->second,
                 address = reinterpret_cast<Dwarf_Addr>(return_address) - 1] {
      *text = look_up(address);
    }).join();
  }
  return entry->second;
}

}  // namespace lockarb
