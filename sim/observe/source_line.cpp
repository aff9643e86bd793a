// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/source_line.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace lockarb {
namespace {

// Line numbers come out of the running files only: no search of the host, no network.
int no_separate_file(Dwfl_Module *, void **, const char *, Dwarf_Addr, const char *, const char *,
                     GElf_Word, char **) {
  return -1;
}

std::string described_file;  // empty: this process

Dwfl *open_program() {
  static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, no_separate_file,
                                           dwfl_offline_section_address, nullptr};
  Dwfl *dwfl = dwfl_begin(&callbacks);
  if (dwfl == nullptr) return nullptr;
  dwfl_report_begin(dwfl);
  if (described_file.empty()) {
    dwfl_linux_proc_report(dwfl, getpid());
  } else {
    dwfl_report_elf(dwfl, described_file.c_str(), described_file.c_str(), -1, 0, false);
  }
  dwfl_report_end(dwfl, nullptr, nullptr);
  return dwfl;
}

// The unit that was compiled to the address. The table of them that a linker for RISC-V makes is
// one that elfutils 0.188 refuses: then each unit is asked.
Dwarf_Die *unit_at(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Addr *bias) {
  Dwarf_Die *unit = dwfl_addrdie(dwfl, address, bias);
  if (unit != nullptr) return unit;
  Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
  while (module != nullptr && (unit = dwfl_module_nextcu(module, unit, bias)) != nullptr) {
    if (dwarf_haspc(unit, address - *bias) == 1) return unit;
  }
  return nullptr;
}

// The innermost function around the address, inlined ones included: what the source says.
std::string function_in(Dwarf_Die *unit, Dwarf_Addr address) {
  Dwarf_Die *found = nullptr;
  const int count = dwarf_getscopes(unit, address, &found);
  const std::unique_ptr<Dwarf_Die, decltype(&std::free)> scopes(found, &std::free);
  for (int i = 0; i < count; ++i) {
    const int tag = dwarf_tag(&found[i]);
    if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine) continue;
    const char *name = dwarf_diename(&found[i]);
    if (name != nullptr) return name;
  }
  return {};
}

const char *file_name(const char *path) {
  const char *slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

Dwfl *program() {
  static Dwfl *const dwfl = open_program();
  return dwfl;
}

// A compiler numbers static variables of functions, "resource.3".
std::string source_name(const char *symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> demangled(
      abi::__cxa_demangle(symbol, nullptr, nullptr, &status), &std::free);
  std::string name = demangled != nullptr ? demangled.get() : symbol;
  // Made private as a program is linked as one unit.
  name.resize(std::min(name.size(), name.find(".lto_priv")));
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
  if (program() == nullptr) return nullptr;
  if (!described_file.empty()) return dwfl_addrmodule(program(), address);
  Loaded loaded{address};
  if (dl_iterate_phdr(find_loaded, &loaded) == 0) return nullptr;
  return dwfl_addrmodule(program(), loaded.begin);
}

// Variables with a place of their own, as the debug information describes them. They lie in its
// units, in namespaces and, those that are static, in functions.
using Variables = std::map<Dwarf_Addr, Dwarf_Die>;

void add_variable(Dwarf_Die *die, Variables &variables) {
  Dwarf_Attribute location;
  Dwarf_Op *operation = nullptr;
  std::size_t count = 0;
  if (dwarf_attr(die, DW_AT_location, &location) == nullptr ||
      dwarf_getlocation(&location, &operation, &count) != 0) {
    return;
  }
  if (count == 1 && operation->atom == DW_OP_addr) variables.try_emplace(operation->number, *die);
}

void add_variables(Dwarf_Die *parent, Variables &variables) {
  Dwarf_Die die;
  if (dwarf_child(parent, &die) != 0) return;
  do {
    switch (dwarf_tag(&die)) {
      case DW_TAG_variable:
        add_variable(&die, variables);
        break;
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
      case DW_TAG_namespace:
        add_variables(&die, variables);
        break;
      default:
        break;
    }
  } while (dwarf_siblingof(&die, &die) == 0);
}

const Variables &variables_of(Dwarf *dwarf) {
  static std::map<Dwarf *, Variables> known;
  const auto [entry, is_new] = known.try_emplace(dwarf);
  Dwarf_CU *unit = nullptr;
  Dwarf_Die die;
  while (is_new && dwarf_get_units(dwarf, unit, &unit, nullptr, nullptr, &die, nullptr) == 0) {
    add_variables(&die, entry->second);
  }
  return entry->second;
}

// false: it has none, or is not described.
bool get_type(Dwarf_Die *die, Dwarf_Die *type) {
  Dwarf_Attribute attribute;
  Dwarf_Die named;
  return dwarf_attr_integrate(die, DW_AT_type, &attribute) != nullptr &&
         dwarf_formref_die(&attribute, &named) != nullptr && dwarf_peel_type(&named, type) == 0;
}

Dwarf_Word size_of(Dwarf_Die *type) {
  Dwarf_Word size = 0;
  return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

// The member that the offset is in, which is left in it. A union's is the first one that is so
// long.
bool find_member(Dwarf_Die *type, Dwarf_Word *offset, Dwarf_Die *member) {
  if (dwarf_child(type, member) != 0) return false;
  do {
    Dwarf_Attribute attribute;
    Dwarf_Die of_member;
    Dwarf_Word place = 0;
    if (dwarf_tag(member) != DW_TAG_member || !get_type(member, &of_member)) continue;
    if (dwarf_attr(member, DW_AT_data_member_location, &attribute) != nullptr) {
      dwarf_formudata(&attribute, &place);
    }
    if (*offset < place || *offset - place >= size_of(&of_member)) continue;
    *offset -= place;
    return true;
  } while (dwarf_siblingof(member, member) == 0);
  return false;
}

// Whether a variable, a member or a name of a type is what threads wait for, by the name of its
// type.
bool is_lock(Dwarf_Die *user) {
  static const std::set<std::string> names = {
      "ERESOURCE", "KMUTEX",     "KMUTANT",      "FAST_MUTEX",     "KGUARDED_MUTEX",
      "KEVENT",    "KSPIN_LOCK", "EX_SPIN_LOCK", "EX_RUNDOWN_REF", "KSEMAPHORE",
      "KTIMER",    "KQUEUE",     "EX_PUSH_LOCK"};
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_attr_integrate(user, DW_AT_type, &attribute) == nullptr ||
      dwarf_formref_die(&attribute, &type) == nullptr) {
    return false;
  }
  const char *name = dwarf_diename(&type);
  if (name != nullptr && names.count(name) != 0) return true;
  return dwarf_tag(&type) == DW_TAG_typedef && is_lock(&type);
}

// ".Lock": the lock that a structure begins with; empty if it begins with none.
std::string first_lock(Dwarf_Die type) {
  Dwarf_Die member, inner;
  Dwarf_Word offset = 0;
  if (dwarf_tag(&type) != DW_TAG_structure_type || !find_member(&type, &offset, &member)) return {};
  const char *name = dwarf_diename(&member);
  const std::string path = name == nullptr ? "" : fmt::format(".{}", name);
  if (is_lock(&member)) return path;
  const std::string more = get_type(&member, &inner) ? first_lock(inner) : "";
  return more.empty() ? "" : path + more;
}

// What the offset into something of that type is in: ".Queue[2].Lock", and in the offset what is
// left then. Of a structure and what begins with it, it is the structure, or else a lock.
std::string path_in(Dwarf_Die type, Dwarf_Word *offset) {
  std::string path, best;
  Dwarf_Word left = *offset;
  for (;;) {
    Dwarf_Die inner;
    const int tag = dwarf_tag(&type);
    if (tag == DW_TAG_array_type && get_type(&type, &inner) && size_of(&inner) > 1) {
      path += fmt::format("[{}]", left / size_of(&inner));
      left %= size_of(&inner);
      best = path;
      *offset = left;
    } else if (left != 0 && (tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
                             tag == DW_TAG_union_type)) {
      Dwarf_Die member;
      if (!find_member(&type, &left, &member) || !get_type(&member, &inner)) return best;
      const char *name = dwarf_diename(&member);
      if (name != nullptr) path += fmt::format(".{}", name);
      if (left < *offset) best = path;
      *offset = left;
    } else {
      return left == 0 ? best + first_lock(type) : best;
    }
    type = inner;
  }
}

struct Symbol {
  std::string name;  // as the linker has it
  Dwarf_Addr begin = 0;
};

Symbol find_symbol(Dwfl_Module *module, Dwarf_Addr address) {
  GElf_Off offset = 0;
  GElf_Sym symbol{};
  const char *name =
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr || offset >= symbol.st_size) return {};
  return {source_name(name), address - offset};
}

// nullptr: it is none, or is not described.
const Dwarf_Die *variable_at(Dwfl_Module *module, Dwarf_Addr begin) {
  Dwarf_Addr bias = 0;
  Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
  if (dwarf == nullptr) return nullptr;
  const Variables &variables = variables_of(dwarf);
  const auto found = variables.find(begin - bias);
  return found == variables.end() ? nullptr : &found->second;
}

std::string look_up_symbol(Dwarf_Addr address) {
  Dwfl_Module *module = module_of(address);
  if (module == nullptr) return {};
  const Symbol symbol = find_symbol(module, address);
  if (symbol.name.empty()) return {};
  Dwarf_Word offset = address - symbol.begin;
  std::string text = symbol.name;
  const Dwarf_Die *variable = variable_at(module, symbol.begin);
  Dwarf_Die die, type;
  if (variable != nullptr) {
    die = *variable;
    if (get_type(&die, &type)) text += path_in(type, &offset);
  }
  if (offset != 0) text += fmt::format(" + 0x{:X}", offset);
  return text;
}

std::string look_up_declaration(Dwarf_Addr address) {
  Dwfl_Module *module = module_of(address);
  if (module == nullptr) return {};
  const Symbol symbol = find_symbol(module, address);
  const Dwarf_Die *variable = symbol.name.empty() ? nullptr : variable_at(module, symbol.begin);
  if (variable == nullptr) return {};
  Dwarf_Die die = *variable;
  int line = 0;
  const char *path = dwarf_decl_file(&die);
  if (path == nullptr || dwarf_decl_line(&die, &line) != 0) return {};
  return fmt::format("{}:{}", file_name(path), line);
}

// The library keeps more on the stack than one of the software's has room for, hence a stack of the
// host's.
std::string on_own_stack(std::string (*look_up)(Dwarf_Addr), Dwarf_Addr address) {
  std::string text;
  std::thread([&] { text = look_up(address); }).join();
  return text;
}

// What was found once is known.
const std::string &found(std::string (*look_up)(Dwarf_Addr), Dwarf_Addr address) {
  static std::map<std::pair<std::string (*)(Dwarf_Addr), Dwarf_Addr>, std::string> known;
  const auto [entry, is_new] = known.try_emplace({look_up, address});
  if (is_new) entry->second = on_own_stack(look_up, address);
  return entry->second;
}

std::string look_up(Dwarf_Addr address) {
  Dwarf_Addr bias = 0;
  Dwarf_Die *unit = program() == nullptr ? nullptr : unit_at(program(), address, &bias);
  Dwarf_Line *line = unit == nullptr ? nullptr : dwarf_getsrc_die(unit, address - bias);
  int number = 0;
  const char *path = line == nullptr ? nullptr : dwarf_linesrc(line, nullptr, nullptr);
  if (path == nullptr || dwarf_lineno(line, &number) != 0 || number == 0) return {};
  std::string text = fmt::format("{}:{}", file_name(path), number);
  const std::string function = function_in(unit, address - bias);
  if (!function.empty()) text += " (" + function + ")";
  return text;
}

}  // namespace

void describe_program(const std::string &file) { described_file = file; }

const std::string &source_line(const void *return_address) {
  // The call itself is the instruction before.
  return found(look_up, reinterpret_cast<Dwarf_Addr>(return_address) - 1);
}

const std::string &symbol_name(const void *address) {
  return found(look_up_symbol, reinterpret_cast<Dwarf_Addr>(address));
}

const std::string &declaration_line(const void *address) {
  return found(look_up_declaration, reinterpret_cast<Dwarf_Addr>(address));
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
