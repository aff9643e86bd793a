// SPDX-License-Identifier: Apache-2.0
// Compiled once with each of the two Verilated models; SOC_FST: the one that can record.
#include "sim/soc/machine.h"

#include <Vsoc.h>
#include <verilated_syms.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#ifdef SOC_FST
#include <verilated_fst_c.h>

#include "sim/observe/fst_files.h"
#include "sim/soc/names.h"
#endif
#include SOC_CORE_HEADER
#include "sim/reference/bit_flips.h"
#include "sim/reference/lock_monitor.h"
#include "sim/soc/core_faults.h"
#include "sw/driver/lockarb_regs.h"

namespace lockarb::soc {
namespace {

// Words of the simulator's port (sw/port/riscv/soc/soc.h), from its first one.
enum Note { kConsole = 0, kEnd = 1, kMark = 2, kObserved = 3 };
constexpr unsigned kCores = SOC_CORES;
constexpr std::size_t kMostExceptions = 4;
constexpr std::size_t kMostNameBytes = 64;
// Defaults of lockarb_soc.v.
constexpr ModelSize kArbiter{SOC_CORES, 64, 64, 8, false, true};
// From an answer of the arbiter on, when it is not busy, nothing moves there any more.
constexpr unsigned kQuietClocks = 8;

// The arbiter's RAM, by its place in lockarb, and the word of it.
std::pair<const char *, unsigned> place_of(const RamBit &at) {
  switch (at.ram) {
    case Ram::kRow:
      return {"u_engine.u_store.u_row", at.lock};
    case Ram::kHold:
      return {"u_engine.u_store.u_hold", at.lock * kArbiter.threads + at.thread};
    case Ram::kThread:
      return {"u_engine.u_store.u_thread", at.thread};
    case Ram::kNext:
      return {"u_engine.u_store.u_next", at.thread};
    case Ram::kWalkNext:
      return {"u_engine.u_store.u_walk_next", at.thread};
    case Ram::kCore:
      return {"u_engine.u_store.u_core", at.thread};
    case Ram::kWalkCore:
      return {"u_engine.u_store.u_walk_core", at.thread};
    case Ram::kGrantLink:
      return {"u_grant.u_link", at.thread};
  }
  return {};
}

class VerilatedMachine final : public Machine {
 public:
  VerilatedMachine() {
    memory_ = find<std::uint32_t>(top_ + ".u_memory", "words");
    const std::string bridge = top_ + ".u_arbiter.u_bridge";
    arvalid_ = find<std::uint8_t>(bridge, "m_axil_arvalid");
    arready_ = find<std::uint8_t>(bridge, "m_axil_arready");
    araddr_ = find<std::uint32_t>(bridge, "m_axil_araddr");
    rvalid_ = find<std::uint8_t>(bridge, "m_axil_rvalid");
    rresp_ = find<std::uint8_t>(bridge, "m_axil_rresp");
    rdata_ = find<std::uint32_t>(bridge, "m_axil_rdata");
    bvalid_ = find<std::uint8_t>(bridge, "m_axil_bvalid");
    user_ = find<std::uint8_t>(bridge, "user");
    awvalid_ = find<std::uint8_t>(bridge, "m_axil_awvalid");
    awaddr_ = find<std::uint32_t>(bridge, "m_axil_awaddr");
    wdata_ = find<std::uint32_t>(bridge, "m_axil_wdata");
    wstrb_ = find<std::uint8_t>(bridge, "m_axil_wstrb");
    bresp_ = find<std::uint8_t>(bridge, "m_axil_bresp");
    irq_ = find<std::uint8_t>(top_, "irq");
    refused_ = find<std::uint32_t>(top_, "refused");
    for (unsigned n = 0; n < kCores; ++n) cores_.push_back({CoreView{Find{*this}, top_, n}});
    locks_.resize(kArbiter.locks);
  }
  ~VerilatedMachine() override {
    stop_recording();
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

  std::uint32_t read(std::uint32_t address) const override {
    const std::uint32_t at = (address - kMemoryBase) / 4;
    return at < std::uint32_t{SOC_MEMORY_KIB} * 256 ? memory_[at] : 0;
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
    if (core_faults_) {
      core_faults_->look(clocks_);
      core_faults_->load(true);
      model_.eval();
      core_faults_->load(false);
    }
    dump();
    look();
    if (flips_ != nullptr && flips_->next() <= clocks_ && is_quiet()) flip();
    model_.clk_i = 1;
    model_.eval();
    dump();
    ++clocks_;
  }

  bool can_have_faults() const override {
    return context_.scopeFind((top_ + CoreFaults::kScope).c_str()) != nullptr;
  }
  void strike(FaultAccount *faults) override {
    core_faults_.emplace(Find{*this}, top_, kCores, faults);
    flips_ = faults->flips();
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
    *find<std::uint8_t>(std::string{model_.name()} + ".lockarb_soc.u_arbiter.u_lockarb.u_view",
                        "recording_q") = 1;
    fst_.open(FstFiles::kFstName);
  }
  void stop_recording() override {
    if (!fst_.isOpen()) return;
    fst_.close();
    fst_files_->erase_date();
  }
#else
  bool can_record() const override { return false; }
  void record(OutputFile *) override {}
  void stop_recording() override {}
#endif

  void observe(std::function<void(const struct port_note &, std::uint64_t)> observer) override {
    observer_ = std::move(observer);
  }

  std::uint64_t clocks() const override { return clocks_; }
  std::optional<std::uint32_t> ended() const override { return ended_; }
  std::string take_console() override {
    std::string text;
    text.swap(console_);
    return text;
  }
  const Counts &counts(unsigned core) const override { return cores_[core].counts; }
  const std::vector<Counts> &locks() const override { return locks_; }
  const std::vector<Exception> &exceptions() const override { return exceptions_; }
  const std::vector<Mark> &marks() const override { return marks_; }
  std::uint32_t pc(unsigned core) const override { return cores_[core].view.pc(); }
  std::vector<DeviceUse> devices() const override { return {used_.begin(), used_.end()}; }
  std::uint64_t busy_clocks() const override { return busy_clocks_; }

 private:
  struct Core {
    CoreView view;
    std::uint32_t refused = 0;
    std::uint64_t on_its_way[kPlaces] = {};  // clocks of the access that is
    Counts counts{};
  };

  template <class T>
  T *find(const std::string &scope, const char *name) const {
    const VerilatedScope *found = context_.scopeFind(scope.c_str());
    VerilatedVar *var = found == nullptr ? nullptr : found->varFind(name);
    if (var == nullptr) throw std::logic_error("the model has no " + scope + "." + name);
    return static_cast<T *>(var->datap());
  }

  // Finds wires for whoever keeps pointers to them.
  struct Find {
    const VerilatedMachine &machine;
    template <class T>
    void operator()(const std::string &scope, const char *name, T **wire) const {
      *wire = machine.find<T>(scope, name);
    }
  };

#ifdef SOC_FST
  std::vector<Names::Texts> name_texts() const {
    std::vector<Names::Texts> texts;
    for (unsigned n = 0; n < kCores; ++n) {
      const std::string scope = top_ + ".g_core[" + std::to_string(n) + "].u_names";
      texts.push_back({find<std::uint32_t>(scope, "thread"), find<std::uint32_t>(scope, "lock")});
    }
    return texts;
  }
#endif

  // Half clocks since the recording began: the reset is in it, and is not counted in clocks_.
  void dump() {
#ifdef SOC_FST
    if (fst_.isOpen()) fst_.dump(recorded_++);
#endif
  }

  void keep(unsigned core, Exception exception) {
    if (exceptions_.size() >= kMostExceptions) return;
    const Core &c = cores_[core];
    exception.core = core;
    exception.clock = clocks_;
    if (!exception.refused) {
      exception.pc = c.view.pc();
      exception.is_after = CoreView::kTrapsAfter;
    }
    for (unsigned i = 0; i < 32; ++i) exception.registers[i] = c.view.reg(i);
    exceptions_.push_back(exception);
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

  void count_access(Core *core, unsigned place) {
    const CoreView &view = core->view;
    std::uint64_t &clocks = core->on_its_way[place];
    clocks += view.wanted(place);
    if (!view.answered(place)) return;
    DeviceUse &use = used_[place];
    ++(view.sets() ? use.atomics : view.writes() ? use.writes : use.reads);
    if (clocks > CoreView::kClocks[place]) use.waited_clocks += clocks - CoreView::kClocks[place];
    clocks = 0;
  }

  std::string text(std::uint32_t address) const {
    std::string found;
    for (char c; found.size() < kMostNameBytes &&
                 (c = static_cast<char>(read(address) >> 8 * (address % 4))) != '\0';
         ++address) {
      found += c;
    }
    return found;
  }

  // A struct port_note of a program for RV32 (sw/port/riscv/soc/observer.c).
  void note(std::uint32_t at) {
    struct port_note n {};
    n.kind = static_cast<port_note_kind>(read(at));
    n.thread = read(at + 4);
    const auto [name, is_new] = names_.try_emplace(n.thread);
    if (is_new) name->second = text(read(at + 8));
    n.name = name->second.c_str();
    n.core = read(at + 12);
    n.lock = read(at + 16);
    n.address = read(at + 20);
    n.from = read(at + 24);
    n.apc = static_cast<port_note_apc>(read(at + 28));
    n.exclusive = (read(at + 32) & 1) != 0;
    n.waited = (read(at + 32) >> 8 & 1) != 0;
    n.value = read(at + 40) | std::uint64_t{read(at + 44)} << 32;
#ifdef SOC_FST
    shown_.note(n);
#endif
    if (observer_) observer_(n, clocks_);
  }

  // Nothing is under way in the arbiter, nor begins in this clock.
  bool is_quiet() const {
    return quiet_in_ == 0 && !model_.busy_o && !is_read_ && !*arvalid_ && !is_write_;
  }

  // A bit of one of the arbiter's RAMs.
  void flip() {
    const RamBit *at = monitor_.strike(flips_, clocks_);
    if (at == nullptr) return;
    const auto [ram, word] = place_of(*at);
    const std::string scope = top_ + ".u_arbiter.u_lockarb." + ram;
    const VerilatedVar *words = context_.scopeFind(scope.c_str())->varFind("words");
    auto *bytes = static_cast<std::uint8_t *>(words->datap()) + word * words->entSize();
    bytes[at->bit / 8] ^= static_cast<std::uint8_t>(1u << at->bit % 8);
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
      if (model_.note_word_o == kObserved) note(model_.note_data_o);
    }
    if (*rvalid_ && is_read_) {
      is_read_ = false;
      const Transfer read{clocks_, read_address_, 0, false, static_cast<std::uint8_t>(read_core_)};
      const Answer answer{clocks_, clocks_, *rdata_, static_cast<Response>(*rresp_)};
      if (flips_ != nullptr) flips_->look_at(read, answer, monitor_.reference());
      monitor_.transfer(read, answer);
      quiet_in_ = kQuietClocks;
      if ((read_address_ & LOCKARB_COMMAND_OFFSET) != 0 && *rresp_ == 0) {
        const unsigned operation = read_address_ >> LOCKARB_OP_SHIFT & 0x1f;
        const unsigned status = *rdata_ & LOCKARB_RESULT_STATUS_MASK;
        const unsigned lock = read_address_ >> 2 & 0xfff;
        count(cores_[read_core_].counts, operation, status);
        if (lock < locks_.size()) count(locks_[lock], operation, status);
      }
    }
    if (*arvalid_ && *arready_) {
      is_read_ = true;
      read_address_ = *araddr_;
      read_core_ = *user_;
      ++cores_[read_core_].counts.accesses;
    }
    if (*bvalid_) {
      is_write_ = false;
      ++cores_[write_under_way_.core].counts.accesses;
      monitor_.transfer(write_under_way_, {clocks_, clocks_, 0, static_cast<Response>(*bresp_)});
      quiet_in_ = kQuietClocks;
    }
    if (*awvalid_) {
      is_write_ = true;
      write_under_way_ = {clocks_, *awaddr_, *wdata_, true, *user_, true, *wstrb_};
    }
    if (quiet_in_ != 0 && !model_.busy_o && --quiet_in_ == 0) monitor_.quiet(*irq_);
    bool is_busy = false;
    for (unsigned n = 0; n < kCores; ++n) {
      Core &c = cores_[n];
      c.view.look();
      c.counts.fetching += c.view.fetching();
      c.counts.in_memory += c.view.wanted(kToMemory);
      c.counts.in_arbiter += c.view.wanted(kToArbiter);
      c.counts.in_devices += c.view.wanted(kToDevices);
      is_busy |= c.view.fetching();
      for (unsigned place = 0; place < kPlaces; ++place) {
        is_busy |= c.view.wanted(place);
        count_access(&c, place);
      }
      if (c.view.completes()) ++c.counts.instructions;
      if (c.view.trap()) {
        Exception e;
        e.cause = c.view.trap()->cause;
        e.address = c.view.trap()->value;
        keep(n, e);
      }
      if (refused_[n] != c.refused) {
        c.refused = refused_[n];
        if (c.refused != 0) {
          Exception e;
          e.refused = true;
          e.address = c.refused & ~3u;
          e.write = (c.refused & 2) != 0;
          e.pc = c.view.access_pc(e.write);
          keep(n, e);
        }
      }
    }
    busy_clocks_ += is_busy;
  }

  VerilatedContext context_;
  Vsoc model_{&context_, "TOP"};
  const std::string top_ = std::string{model_.name()} + "." + CoreView::kTop;
#ifdef SOC_FST
  struct Tracing {
    explicit Tracing(VerilatedContext &context) { context.traceEverOn(true); }
  } tracing_{context_};
  std::optional<FstFiles> fst_files_;
  VerilatedFstC fst_;
  std::uint64_t recorded_ = 0;
  Names shown_{name_texts()};
#endif
  std::uint32_t *memory_ = nullptr;
  const std::uint8_t *irq_;
  const std::uint8_t *arvalid_, *arready_, *rvalid_, *rresp_, *bvalid_, *bresp_, *awvalid_, *user_,
      *wstrb_;
  const std::uint32_t *araddr_, *rdata_, *refused_, *awaddr_, *wdata_;
  std::vector<Core> cores_;
  std::vector<Counts> locks_;
  std::vector<Exception> exceptions_;
  std::vector<Mark> marks_;
  std::uint64_t clocks_ = 0;
  bool is_read_ = false, is_write_ = false;  // is under way
  std::uint32_t read_address_ = 0, read_core_ = 0;
  Transfer write_under_way_{};
  LockMonitor monitor_{{kArbiter.cores, kArbiter.threads, kArbiter.locks, kArbiter.hold_width,
                        kArbiter.statistics, kArbiter.check_user}};
  unsigned quiet_in_ = 0;
  std::optional<CoreFaults> core_faults_;
  BitFlips *flips_ = nullptr;
  std::array<DeviceUse, kPlaces> used_{DeviceUse{"arbiter", 0, 0, 0, 0},
                                       DeviceUse{"clint", 0, 0, 0, 0},
                                       DeviceUse{"memory", 0, 0, 0, 0}};
  std::uint64_t busy_clocks_ = 0;
  std::function<void(const struct port_note &, std::uint64_t)> observer_;
  std::unordered_map<unsigned, std::string> names_;  // of threads, by number
  std::string console_;
  std::optional<std::uint32_t> ended_;
};

}  // namespace

std::unique_ptr<Machine> make_machine() { return std::make_unique<VerilatedMachine>(); }

}  // namespace lockarb::soc

lockarb::ModelSize lockarb::model_size() { return soc::kArbiter; }
