// SPDX-License-Identifier: Apache-2.0
// Lockstep: lists of accesses into the RTL and the reference model, side by side.
#ifndef LOCKARB_TESTS_RTL_LOCKSTEP_H_
#define LOCKARB_TESTS_RTL_LOCKSTEP_H_

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/verilated_rams.h"
#include "sim/reference/access_text.h"
#include "tests/rtl/access_list.h"
#include "tests/rtl/model_pointer.h"

namespace lockarb {

struct Mismatch {
  std::size_t access;  // number in the list
  std::string text;
};

// A list of accesses into a fresh RTL and a fresh model, up to the first mismatch.
template <class Model>
class Lockstep {
 public:
  explicit Lockstep(const ReferenceModel::Sizes &sizes) : pins_(new Model), reference_(sizes) {
    pins_->rst_ni = 0;
    pins_->s_axil_bready = 1;
    tick();
    tick();
    pins_->rst_ni = 1;
    settle();
  }

  std::optional<Mismatch> run(const AccessList &list) {
    for (at_ = 0; at_ < list.size() && !mismatch_;) {
      std::size_t end = at_ + 1;
      if (list[at_].flip) {
        flip(*list[at_].flip);
        at_ = end;
        continue;
      }
      if (!list[at_].write) {
        while (end < list.size() && list[end].joined && !list[end].write && !list[end].flip) ++end;
      }
      if (list[at_].time != pins_->time_i) {
        settle();  // what is under way goes by the time at which it began
        pins_->time_i = list[at_].time;
        reference_.set_time(list[at_].time);
      }
      if (list[at_].write) {
        write(list[at_]);
      } else {
        read(&list[at_], end - at_);
      }
      if (!mismatch_ && list[end - 1].settle) {
        at_ = end - 1;
        settle();
        compare_interrupts();
      }
      at_ = end;
    }
    return mismatch_;
  }

  static std::optional<Mismatch> run(const AccessList &list, const ReferenceModel::Sizes &sizes) {
    return Lockstep(sizes).run(list);
  }

 private:
  static constexpr unsigned kLongestAnswer = 20000;  // clocks

  // No output depends on an input of the same clock, so the outputs are valid before the edge.
  void tick() {
    pins_->clk_i = 1;
    pins_->eval();
    pins_->clk_i = 0;
    pins_->eval();
  }

  void settle() {
    for (unsigned clocks = 0; pins_->busy_o && !mismatch_; ++clocks) {
      tick();
      if (clocks == kLongestAnswer) differ("busy_o stays up");
    }
  }

  // Whether an access is non-secure, or fetches an instruction, is looked at by nobody.
  static uint8_t protection(const Access &access) {
    return static_cast<uint8_t>(access.privileged | (access.address >> 2 & 3) << 1);
  }

  void read(const Access *accesses, std::size_t count) {
    std::size_t issued = 0, answered = 0;
    for (unsigned clock = 0; answered < count && !mismatch_; ++clock) {
      pins_->s_axil_arvalid = issued < count;
      if (issued < count) {
        const Access &access = accesses[issued];
        pins_->s_axil_araddr = access.address;
        pins_->s_axil_aruser = access.user;
        pins_->s_axil_arprot = protection(access);
      }
      pins_->s_axil_rready = clock % (accesses[answered].gap + 1u) == 0;
      if (pins_->s_axil_arvalid && pins_->s_axil_arready) ++issued;
      if (pins_->s_axil_rvalid && pins_->s_axil_rready) {
        compare(accesses[answered], pins_->s_axil_rresp != 0, pins_->s_axil_rdata);
        ++answered;
        ++at_;
      }
      tick();
      if (clock == kLongestAnswer) differ("no answer to a read");
    }
    pins_->s_axil_arvalid = 0;
    pins_->s_axil_rready = 0;
  }

  void flip(const RamBit &at) {
    settle();
    if constexpr (kHasRams<Model>) {
      if (reference_.flip(at)) flip_bit(*pins_, at);
    } else {
      differ("a netlist has no bits to flip");
    }
  }

  void write(const Access &access) {
    pins_->s_axil_awaddr = access.address;
    pins_->s_axil_awuser = access.user;
    pins_->s_axil_awprot = protection(access);
    pins_->s_axil_wdata = access.data;
    pins_->s_axil_wstrb = access.lanes;
    pins_->s_axil_awvalid = pins_->s_axil_wvalid = 1;
    bool answered = false;
    for (unsigned clock = 0; !answered && !mismatch_; ++clock) {
      const bool address_taken = pins_->s_axil_awready;
      const bool data_taken = pins_->s_axil_wready;
      answered = pins_->s_axil_bvalid;
      const bool error = pins_->s_axil_bresp != 0;
      tick();
      if (address_taken) pins_->s_axil_awvalid = 0;
      if (data_taken) pins_->s_axil_wvalid = 0;
      if (answered && reference_.write(access.address, access.data, access.sideband()) == error) {
        differ(describe(access) + (error ? " got a bus error" : " got no bus error"));
      }
      if (clock == kLongestAnswer) differ("no answer to a write");
    }
  }

  void compare(const Access &access, bool error, uint32_t data) {
    const std::optional<uint32_t> expected = reference_.read(access.address, access.sideband());
    std::optional<uint32_t> got;
    if (!error) got = data;
    if (got != expected) {
      differ(describe(access) + "\n  expected: " + answer_text(access.address, expected) +
             "\n  got:      " + answer_text(access.address, got));
    }
  }
  void compare_interrupts() {
    const uint32_t expected = reference_.interrupts();
    if (mismatch_ || pins_->irq_o == expected) return;
    std::ostringstream text;
    text << "interrupts, one bit per core\n  expected: " << std::hex << expected
         << "\n  got:      " << pins_->irq_o;
    differ(text.str());
  }

  static std::string describe(const Access &access) {
    return access_text(access.address, access.write, access.data);
  }
  void differ(const std::string &text) {
    if (!mismatch_) mismatch_ = Mismatch{at_, text};
  }

  ModelPointer<Model> pins_;
  ReferenceModel reference_;
  std::size_t at_ = 0;
  std::optional<Mismatch> mismatch_;
};

struct Set {
  const char *name;
  ReferenceModel::Sizes sizes;
  unsigned used_threads, used_locks;
  std::optional<Mismatch> (*run)(const AccessList &, const ReferenceModel::Sizes &);
  unsigned steps_per_flip = 0;  // of a bit in a RAM; 0: none
};

// ------------------------------------------------------------------------------------- shortening

inline AccessList without(const AccessList &list, std::size_t from, std::size_t to) {
  AccessList rest(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(from));
  rest.insert(rest.end(), list.begin() + static_cast<std::ptrdiff_t>(std::min(to, list.size())),
              list.end());
  return rest;
}

// Leaves out ever smaller parts, as long as what is left fails.
template <class Fails>
AccessList shortened(AccessList list, const Fails &fails) {
  for (std::size_t part = list.size() / 2; part != 0;) {
    bool shorter = false;
    for (std::size_t from = 0; from < list.size();) {
      AccessList rest = without(list, from, from + part);
      if (!rest.empty() && fails(rest)) {
        list.swap(rest);
        shorter = true;
      } else {
        from += part;
      }
    }
    if (part > 1 || !shorter) part /= 2;
  }
  // What is not needed for the failure goes out of each access as well.
  const auto simpler = [&](auto change) {
    for (Access &access : list) {
      const Access before = access;
      change(access);
      if (!fails(list)) access = before;
    }
  };
  simpler([](Access &access) { access.joined = false; });
  simpler([](Access &access) { access.gap = 0; });
  simpler([](Access &access) { access.settle = false; });
  simpler([](Access &access) { access.settle = true; });
  return list;
}

inline AccessList shortened(const Set &set, const ReferenceModel::Sizes &sizes, AccessList list) {
  const std::optional<Mismatch> first = set.run(list, sizes);
  if (!first) return list;
  list.resize(first->access + 1);
  return shortened(std::move(list),
                   [&](const AccessList &part) { return set.run(part, sizes).has_value(); });
}

// ----------------------------------------------------------------------------------------- a run

struct Result {
  uint64_t commands = 0;
  uint64_t mismatches = 0;
  std::string report;  // of the mismatch
  std::vector<uint64_t> statuses = std::vector<uint64_t>(32);
};

inline std::string failure(const Set &set, unsigned seed, const AccessList &list) {
  const AccessList few = shortened(set, set.sizes, list);
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path path =
      program.parent_path() / ("lockstep_" + std::string(set.name) + ".replay");
  std::ofstream file(path);
  file << "set " << set.name << '\n';
  print(file, few);
  std::ostringstream text;
  text << "set " << set.name << ", seed " << seed << ": RTL and reference model differ. "
       << few.size() << " accesses are enough:\n";
  print(text, few);
  text << set.run(few, set.sizes)->text << "\nreplay: " << program.string() << " --replay "
       << path.string() << '\n';
  return text.str();
}

// Ends at the first mismatch.
inline Result run(const Set &set, uint64_t commands) {
  constexpr unsigned kCommandsPerList = 4000;
  Result result;
  for (unsigned seed = 1; result.commands < commands; ++seed) {
    AccessGenerator generator(set.sizes, set.used_threads, set.used_locks, seed);
    generator.flip_bits(set.steps_per_flip);
    const AccessList list = generator.draw(kCommandsPerList);
    for (const Access &access : list)
      result.commands += !access.write && is_command(access.address);
    for (unsigned status = 0; status < 32; ++status) {
      result.statuses[status] += generator.statuses()[status];
    }
    if (!set.run(list, set.sizes)) continue;
    ++result.mismatches;
    result.report = failure(set, seed, list);
    break;
  }
  return result;
}

}  // namespace lockarb

#endif  // LOCKARB_TESTS_RTL_LOCKSTEP_H_
