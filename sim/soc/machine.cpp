// SPDX-License-Identifier: Apache-2.0
// Compiled once with each of the two Verilated models; SOC_FST: the one that can record.
#include "sim/soc/machine.h"

#include <Vsoc.h>
#include <verilated_syms.h>

#include <stdexcept>
#include <type_traits>
#ifdef SOC_FST
#include <verilated_fst_c.h>

#include "sim/observe/fst_files.h"
#endif
#include SOC_CORE_HEADER
#include "sw/driver/lockarb_regs.h"

namespace lockarb::soc {
namespace {

// Words of the simulator's port (sw/port/riscv/soc/soc.h), from its first one.
enum Note { kConsole = 0, kEnd = 1, kMark = 2 };
constexpr unsigned kCores = SOC_CORES;
constexpr std::size_t kMostFaults = 4;
constexpr std::size_t kLocks = 64;

class VerilatedMachine final : public Machine {
 public:
  VerilatedMachine() {
    const std::string top = std::string{model_.name()} + ".lockarb_soc";
    memory_ = find<std::uint32_t>(top + ".u_memory", "words");
    const std::string bridge = top + ".u_bridge";
    arvalid_ = find<std::uint8_t>(bridge, "m_axil_arvalid");
    arready_ = find<std::uint8_t>(bridge, "m_axil_arready");
    araddr_ = find<std::uint32_t>(bridge, "m_axil_araddr");
    rvalid_ = find<std::uint8_t>(bridge, "m_axil_rvalid");
    rresp_ = find<std::uint8_t>(bridge, "m_axil_rresp");
    rdata_ = find<std::uint32_t>(bridge, "m_axil_rdata");
    bvalid_ = find<std::uint8_t>(bridge, "m_axil_bvalid");
    user_ = find<std::uint8_t>(bridge, "user");
    awvalid_ = find<std::uint8_t>(bridge, "m_axil_awvalid");
    refused_ = find<std::uint32_t>(top, "refused");
    fetch_ = find<std::uint8_t>(top, "fetch");
    to_memory_ = find<std::uint8_t>(top, "to_memory");
    to_arbiter_ = find<std::uint8_t>(top, "to_arbiter");
    to_devices_ = find<std::uint8_t>(top, "to_devices");
    const auto look_for = [this](const std::string &scope, const char *name, auto **wire) {
      *wire = find<std::remove_reference_t<decltype(**wire)>>(scope, name);
    };
    for (unsigned n = 0; n < kCores; ++n) {
      const std::string core = top + ".g_core[" + std::to_string(n) + "]" + CoreView::kScope;
      cores_.push_back({CoreView{look_for, core}});
    }
    locks_.resize(kLocks);
  }
  ~VerilatedMachine() override {
#ifdef SOC_FST
    if (fst_.isOpen()) {
      fst_.close();
      fst_files_->erase_date();
    }
#endif
    model_.final();
  }

  void load(std::uint32_t address, const std::vector<std::uint8_t> &bytes) override {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const std::size_t at = address - kMemoryBase + i;
      if (at >= std::size_t{SOC_MEMORY_KIB} * 1024) throw std::out_of_range("not in the memory");
      std::uint32_t &word = memory_[at / 4];
      const unsigned shift = 8 * (at % 4);
      word = (word & ~(0xffu << shift)) | std::uint32_t{bytes[i]} << shift;
    }
  }

  void start(unsigned count) override {
    model_.rst_ni = 0;
    model_.uart_rx_i = 1;
    model_.run_i = static_cast<std::uint8_t>((1u << count) - 1);
    for (int i = 0; i < 4; ++i) clock();
    model_.rst_ni = 1;
    clocks_ = 0;
  }

  void clock() override {
    model_.clk_i = 0;
    model_.eval();
    dump();
    look();
    model_.clk_i = 1;
    model_.eval();
    dump();
    ++clocks_;
  }

  void interrupt(unsigned core, bool on) override {
    const unsigned mask = 1u << core;
    model_.interrupt_i =
        static_cast<std::uint8_t>(on ? model_.interrupt_i | mask : model_.interrupt_i & ~mask);
  }

#ifdef SOC_FST
  bool can_record() const override { return true; }
  void record(OutputFile *file) override {
    fst_files_.emplace(file);
    model_.trace(&fst_, 99);
    fst_.open(FstFiles::kFstName);
  }
#else
  bool can_record() const override { return false; }
  void record(OutputFile *) override {}
#endif

  std::uint64_t clocks() const override { return clocks_; }
  std::optional<std::uint32_t> ended() const override { return ended_; }
  std::string take_console() override {
    std::string text;
    text.swap(console_);
    return text;
  }
  const Counts &counts(unsigned core) const override { return cores_[core].counts; }
  const std::vector<Counts> &locks() const override { return locks_; }
  const std::vector<Fault> &faults() const override { return faults_; }
  const std::vector<Mark> &marks() const override { return marks_; }
  std::uint32_t pc(unsigned core) const override { return cores_[core].view.pc(); }

 private:
  struct Core {
    CoreView view;
    std::uint32_t refused = 0;
    Counts counts{};
  };

  template <class T>
  T *find(const std::string &scope, const char *name) const {
    const VerilatedScope *found = context_.scopeFind(scope.c_str());
    VerilatedVar *var = found == nullptr ? nullptr : found->varFind(name);
    if (var == nullptr) throw std::logic_error("the model has no " + scope + "." + name);
    return static_cast<T *>(var->datap());
  }

  // Half clocks since the recording began: the reset is in it, and is not counted in clocks_.
  void dump() {
#ifdef SOC_FST
    if (fst_.isOpen()) fst_.dump(recorded_++);
#endif
  }

  void fault(unsigned core, Fault fault) {
    if (faults_.size() >= kMostFaults) return;
    const Core &c = cores_[core];
    fault.core = core;
    fault.clock = clocks_;
    if (!fault.refused) {
      fault.pc = c.view.pc();
      fault.is_after = CoreView::kTrapsAfter;
    }
    for (unsigned i = 0; i < 32; ++i) fault.registers[i] = c.view.reg(i);
    faults_.push_back(fault);
  }

  static void count(Counts &counts, unsigned operation, unsigned status) {
    if (operation <= LOCKARB_OP_ENTER_ACQUIRE_SHARED_WAIT_FOR_EXCLUSIVE) {
      if (status <= LOCKARB_STATUS_RECURSED_SHARED) {
        ++counts.acquired;
      } else if (status == LOCKARB_STATUS_WAITING || status == LOCKARB_STATUS_WAITING_SELF_BLOCK) {
        ++counts.queued;
      } else {
        ++counts.refused;
      }
    } else if (operation == LOCKARB_OP_RELEASE || operation == LOCKARB_OP_RELEASE_AND_LEAVE) {
      ++counts.released;
      if (status == LOCKARB_STATUS_HANDED_EXCLUSIVE || status == LOCKARB_STATUS_HANDED_SHARED)
        ++counts.handed;
    }
  }

  // What stands on the wires before the edge.
  void look() {
    if (model_.note_valid_o) {
      if (model_.note_word_o == kConsole) console_ += static_cast<char>(model_.note_data_o);
      if (model_.note_word_o == kMark) {
        const unsigned core = model_.note_core_o;
        marks_.push_back({core, model_.note_data_o, clocks_, cores_[core].counts});
      }
      if (model_.note_word_o == kEnd && !ended_) ended_ = model_.note_data_o;
    }
    if (*rvalid_ && is_read_) {
      is_read_ = false;
      if ((read_address_ & LOCKARB_COMMAND_OFFSET) != 0 && *rresp_ == 0) {
        const unsigned operation = read_address_ >> LOCKARB_OP_SHIFT & 0x1f;
        const unsigned status = *rdata_ & LOCKARB_RESULT_STATUS_MASK;
        const unsigned lock = read_address_ >> 2 & 0xfff;
        count(cores_[read_core_].counts, operation, status);
        if (lock < kLocks) count(locks_[lock], operation, status);
      }
    }
    if (*arvalid_ && *arready_) {
      is_read_ = true;
      read_address_ = *araddr_;
      read_core_ = *user_;
      ++cores_[read_core_].counts.accesses;
    }
    if (*bvalid_) ++cores_[write_core_].counts.accesses;
    if (*awvalid_) write_core_ = *user_;
    for (unsigned n = 0; n < kCores; ++n) {
      Core &c = cores_[n];
      c.counts.fetching += *fetch_ >> n & 1;
      c.counts.in_memory += *to_memory_ >> n & 1;
      c.counts.in_arbiter += *to_arbiter_ >> n & 1;
      c.counts.in_devices += *to_devices_ >> n & 1;
      c.view.look();
      if (c.view.completes()) ++c.counts.instructions;
      if (c.view.trap()) {
        Fault f;
        f.cause = c.view.trap()->cause;
        f.address = c.view.trap()->value;
        fault(n, f);
      }
      if (refused_[n] != c.refused) {
        c.refused = refused_[n];
        if (c.refused != 0) {
          Fault f;
          f.refused = true;
          f.address = c.refused & ~3u;
          f.write = (c.refused & 2) != 0;
          f.pc = c.view.access_pc(f.write);
          fault(n, f);
        }
      }
    }
  }

  VerilatedContext context_;
  Vsoc model_{&context_, "TOP"};
#ifdef SOC_FST
  struct Tracing {
    explicit Tracing(VerilatedContext &context) { context.traceEverOn(true); }
  } tracing_{context_};
  std::optional<FstFiles> fst_files_;
  VerilatedFstC fst_;
  std::uint64_t recorded_ = 0;
#endif
  std::uint32_t *memory_ = nullptr;
  const std::uint8_t *fetch_, *to_memory_, *to_arbiter_, *to_devices_;
  const std::uint8_t *arvalid_, *arready_, *rvalid_, *rresp_, *bvalid_, *awvalid_, *user_;
  const std::uint32_t *araddr_, *rdata_, *refused_;
  std::vector<Core> cores_;
  std::vector<Counts> locks_;
  std::vector<Fault> faults_;
  std::vector<Mark> marks_;
  std::uint64_t clocks_ = 0;
  bool is_read_ = false;
  std::uint32_t read_address_ = 0, read_core_ = 0, write_core_ = 0;
  std::string console_;
  std::optional<std::uint32_t> ended_;
};

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<VerilatedMachine>(); }

}  // namespace lockarb::soc
