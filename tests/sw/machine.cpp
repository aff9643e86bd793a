// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "driver/lockarb_regs.h"
#include "hal/mmio.h"
#include "sim/platform/host_stack.h"

namespace lockarb {
namespace {

constexpr uintptr_t kArbiterBase = 0x40000000;
constexpr uint32_t kWindowMask = (1u << LOCKARB_WINDOW_SHIFT) - 1;
constexpr uintptr_t kSharedBase = 0x80000000;
constexpr uint64_t kNanosecondsPerTick = 10;
constexpr uint64_t kAccessTicks = 4;
constexpr uint64_t kLineTicks = 8;  // a line takes longer to the core than the answer of an access
constexpr uint64_t kWorkTicks = 20;
constexpr uint64_t kSpinTicks = 5;
constexpr std::size_t kBootStack = 256 * 1024;

Machine *running_machine = nullptr;

// The software never makes one.
[[noreturn]] void bus_error(const char *access) {
  std::fprintf(stderr, "bus error: %s\n", access);
  std::abort();
}

ReferenceModel::Sizes sizes(const MachineConfig &config, const Board *board) {
  const unsigned windows = config.windows != 0 ? config.windows : config.cores;
  ReferenceModel::Sizes sizes{windows, config.threads, config.locks};
  sizes.statistics = config.statistics;
  if (board != nullptr) sizes.hold_width = board->hold_width();
  return sizes;
}

void switch_to(ucontext_t *from, ucontext_t *to) {
  host_stack::leave(from, to);
  swapcontext(from, to);
  host_stack::arrived();
}

void boot() {
  host_stack::arrived();
  executive_start_core([](void *) { Machine::running().main(); }, nullptr);
}

void boot_again() {
  host_stack::arrived();
  Machine::running().spend(Machine::running().reset_ticks, false);
  executive_restart_core(0, nullptr, nullptr);
}

}  // namespace

Machine::Machine(const MachineConfig &config)
    : shared(config.shared_bytes / sizeof(uint32_t)),
      arbiter_(sizes(config, board_)),
      locks_(config.locks),
      id_(config.id),
      cores_(config.cores) {
  if (board_ != nullptr) board_->begin(sizes(config, board_));
}

Machine::~Machine() {
  if (board_ != nullptr) board_->carry_out();
  for (const Core &core : cores_) host_stack::freed(core.boot_stack.data(), core.boot_stack.size());
  for (const auto &stack : further_boot_stacks_) host_stack::freed(stack.data(), stack.size());
  for (void *memory : memory_) {
    host_stack::freed(memory, 0);
    std::free(memory);
  }
}

Machine &Machine::running() { return *running_machine; }

unsigned Machine::pending(unsigned number) const {
  const Core &core = cores_[number];
  unsigned causes = 0;
  if (core.time >= core.line_seen) causes |= PORT_IRQ_ARBITER;
  if (core.time >= core.timer) causes |= PORT_IRQ_TIMER;
  if (core.called) causes |= PORT_IRQ_CORE;
  return causes;
}

uint64_t Machine::next_time(unsigned number) const {
  const Core &core = cores_[number];
  if (!core.interruptible) return core.until;
  if (pending(number) != 0) return std::max(core.time, now_);
  return std::max(core.time, std::min({core.until, core.timer, core.line_seen}));
}

void Machine::sleep(uint64_t until, bool interruptible) {
  Core &self = core();
  self.until = until;
  self.interruptible = interruptible;
  switch_to(&self.context, &scheduler_);
}

unsigned Machine::take_pending() {
  const unsigned causes = pending(current_);
  core().called = false;
  return causes;
}

void Machine::take_interrupts() {
  while (core().interrupts_on) {
    const unsigned causes = take_pending();
    if (causes == 0) return;
    core().interrupts_on = false;
    executive_interrupt(causes);
    core().interrupts_on = true;
  }
}

void Machine::end(End how, int exit_code) {
  how_ = how;
  exit_code_ = exit_code;
  ended_ = true;
  host_stack::leave(&core().context, &scheduler_);
  setcontext(&scheduler_);
  std::abort();
}

void Machine::spend(uint64_t ticks, bool interruptible) {
  const uint64_t until = core().time + ticks;
  for (;;) {
    sleep(until, interruptible);
    if (core().time >= until) return;
    take_interrupts();
  }
}

void Machine::update_lines() {
  if (board_ != nullptr) board_->interrupts(arbiter_);
  for (unsigned i = 0; i < cores_.size(); i++) {
    if (!arbiter_.interrupt(i)) {
      cores_[i].line_seen = UINT64_MAX;
    } else if (cores_[i].line_seen == UINT64_MAX) {
      cores_[i].line_seen = now_ + kLineTicks;
    }
  }
}

// What the core ran stays where it is; nobody comes back to it.
void Machine::reset() {
  reset_in_command = UINT32_MAX;
  core().interrupts_on = false;
  further_boot_stacks_.emplace_back(kBootStack);
  std::vector<char> &stack = further_boot_stacks_.back();
  ucontext_t *dropped = new_context(), *booted = new_context();
  getcontext(booted);
  booted->uc_stack.ss_sp = stack.data();
  booted->uc_stack.ss_size = stack.size();
  booted->uc_link = nullptr;
  makecontext(booted, &boot_again, 0);
  host_stack::created(booted, stack.data(), stack.size());
  switch_to(dropped, booted);
}

bool Machine::commands_by_write() {
  static const char *const way = std::getenv("LOCKARB_TEST_COMMANDS");
  return way != nullptr && std::string(way) == "write";
}

uint32_t Machine::read_arbiter(uintptr_t address) {
  spend(kAccessTicks, false);
  const uint32_t offset = static_cast<uint32_t>(address - kArbiterBase);
  const bool answer = (offset & kWindowMask) == LOCKARB_ANSWER_OFFSET;
  const bool command = answer || (offset & LOCKARB_COMMAND_OFFSET) != 0;
  char text[40];
  std::snprintf(text, sizeof text, "R %x", answer ? core().issued : offset);
  bus_log.push_back(text);
  arbiter_.set_time(core().time);
  std::optional<uint32_t> value = arbiter_.read(offset);
  if (!value) bus_error(text);
  if (board_ != nullptr) board_->read(offset, *value);
  if (id_ && offset == LOCKARB_ID_OFFSET) value = id_;
  update_lines();
  if (current_ == reset_in_command && command) reset();
  take_interrupts();
  return *value;
}

void Machine::write_arbiter(uintptr_t address, uint32_t value) {
  spend(kAccessTicks, false);
  const uint32_t offset = static_cast<uint32_t>(address - kArbiterBase);
  char text[40];
  std::snprintf(text, sizeof text, "W %x %x", offset, value);
  if ((offset & kWindowMask) == LOCKARB_ISSUE_OFFSET) {
    core().issued = (offset & ~kWindowMask) | LOCKARB_COMMAND_OFFSET | value;
  } else {
    bus_log.push_back(text);
  }
  arbiter_.set_time(core().time);
  if (!arbiter_.write(offset, value)) bus_error(text);
  if (board_ != nullptr) board_->write(offset, value);
  update_lines();
  take_interrupts();
}

void *Machine::allocate(std::size_t size) {
  if (allocations_left == 0) return nullptr;
  allocations_left--;
  return *memory_.insert(std::calloc(1, size)).first;
}

void Machine::release(void *memory) {
  memory_.erase(memory);
  std::free(memory);
}

ucontext_t *Machine::new_context() {
  contexts_.push_back(std::make_unique<ucontext_t>());
  return contexts_.back().get();
}

Machine::End Machine::run(const std::function<void()> &main) {
  running_machine = this;
  main_ = main;
  for (Core &core : cores_) {
    core.boot_stack.resize(kBootStack);
    getcontext(&core.context);
    core.context.uc_stack.ss_sp = core.boot_stack.data();
    core.context.uc_stack.ss_size = core.boot_stack.size();
    core.context.uc_link = nullptr;
    makecontext(&core.context, &boot, 0);
    host_stack::created(&core.context, core.boot_stack.data(), core.boot_stack.size());
  }
  while (!ended_) {
    unsigned best = 0;
    for (unsigned i = 1; i < cores_.size(); i++) {
      if (next_time(i) < next_time(best)) best = i;
    }
    if (next_time(best) == UINT64_MAX) {
      executive_all_stuck_report();
      break;
    }
    current_ = best;
    now_ = next_time(best);
    cores_[best].time = now_;
    switch_to(&scheduler_, &cores_[best].context);
  }
  running_machine = nullptr;
  return how_;
}

}  // namespace lockarb

using lockarb::Machine;

static Machine &machine() { return Machine::running(); }

uint32_t mmio_read32(uintptr_t address) { return machine().read_arbiter(address); }
void mmio_write32(uintptr_t address, uint32_t value) { machine().write_arbiter(address, value); }

unsigned port_core_count(void) { return machine().core_count(); }
unsigned port_core(void) { return machine().current(); }
uintptr_t port_lockarb_base(void) { return lockarb::kArbiterBase; }
bool port_lockarb_by_write(void) { return Machine::commands_by_write(); }

// makecontext() passes integers only.
static void enter(unsigned high, unsigned low) {
  lockarb::host_stack::arrived();
  auto *c = reinterpret_cast<port_context *>(static_cast<uintptr_t>(high) << 32 | low);
  c->entry(c->arg);
  std::abort();  // entry does not return
}

void port_context_create(struct port_context *c, void *stack_base, size_t size,
                         void (*entry)(void *), void *arg) {
  auto *context = machine().new_context();
  getcontext(context);
  context->uc_stack.ss_sp = stack_base;
  context->uc_stack.ss_size = size;
  context->uc_link = nullptr;
  c->suspended = context;
  c->entry = entry;
  c->arg = arg;
  const auto address = reinterpret_cast<uintptr_t>(c);
  makecontext(context, reinterpret_cast<void (*)()>(enter), 2, static_cast<unsigned>(address >> 32),
              static_cast<unsigned>(address));
  lockarb::host_stack::created(context, stack_base, size);
}

void port_context_switch(struct port_context *save, struct port_context *load) {
  if (save->suspended == nullptr) save->suspended = machine().new_context();
  lockarb::switch_to(static_cast<ucontext_t *>(save->suspended),
                     static_cast<ucontext_t *>(load->suspended));
}

bool port_interrupts_off(void) {
  const bool on = machine().core().interrupts_on;
  machine().core().interrupts_on = false;
  return on;
}

void port_interrupts_restore(bool on) {
  machine().core().interrupts_on = on;
  machine().take_interrupts();
}

// A core is reset in a command only.
void port_wait_for_interrupt(struct port_context *here) {
  (void)here;
  machine().sleep(UINT64_MAX, true);
  machine().take_interrupts();
}

unsigned port_take_interrupts(void) { return machine().take_pending(); }

void port_interrupt_core(unsigned core) {
  machine().spend(lockarb::kAccessTicks, false);
  machine().core(core).called = true;
}

void port_spin_lock(port_lock *lock) {
  do machine().spend(lockarb::kSpinTicks, false);
  while (lock->number != 0);
  lock->number = 1;
  machine().core().spin_locks_taken++;
}

void port_spin_unlock(port_lock *lock) {
  lock->number = 0;
  machine().spend(lockarb::kSpinTicks, false);
}

uintptr_t port_shared_base(void) { return lockarb::kSharedBase; }
size_t port_shared_size(void) { return machine().shared.size() * sizeof(uint32_t); }

static uint32_t &shared_word(uintptr_t address) {
  return machine().shared.at((address - lockarb::kSharedBase) / sizeof(uint32_t));
}

uint32_t port_shared_read(uintptr_t address) {
  machine().spend(lockarb::kAccessTicks, false);
  return shared_word(address);
}

void port_shared_write(uintptr_t address, uint32_t value) {
  machine().spend(lockarb::kAccessTicks, false);
  shared_word(address) = value;
}

uint32_t port_shared_peek(uintptr_t address) { return shared_word(address); }

uint64_t port_time(void) { return machine().core().time; }
uint32_t port_time_frequency(void) { return 1000000000 / lockarb::kNanosecondsPerTick; }
void port_timer_set(uint64_t deadline) { machine().core().timer = deadline; }

void port_spend(uint64_t ticks) { machine().spend(ticks, machine().core().interrupts_on); }

void port_charge(enum port_work work) {
  if (work != PORT_WORK_INTERRUPT && work != PORT_WORK_SWITCH) return;
  machine().spend(lockarb::kWorkTicks, false);
}

void *port_allocate(size_t size) { return machine().allocate(size); }

void port_free(void *memory, size_t size) {
  (void)size;
  machine().release(memory);
}

size_t port_stack_size(void) { return 256 * 1024; }
void *port_stack_allocate(size_t size) { return port_allocate(size); }
void port_stack_free(void *stack, size_t size) {
  lockarb::host_stack::freed(stack, size);
  port_free(stack, size);
}

void port_print(const char *text) { machine().print(text); }

bool port_source_line(const void *return_address, char *text, size_t size) {
  if (machine().source_line.empty() || return_address == nullptr) return false;
  std::snprintf(text, size, "%s", machine().source_line.c_str());
  return true;
}

enum port_address port_name_address(uintptr_t address, char *text, size_t size) {
  const auto name = machine().names.find(address);
  if (name != machine().names.end()) {
    std::snprintf(text, size, "%s", name->second.c_str());
    return PORT_NAMED;
  }
  // Where the host puts its mappings: such a value differs from run to run.
  const uint64_t value = address;
  return value >= uint64_t{1} << 44 && value < uint64_t{1} << 48 ? PORT_UNNAMED : PORT_NO_ADDRESS;
}

bool port_object_line(enum port_object_line of, uintptr_t object, char *text, size_t size) {
  const auto line = machine().object_lines.find({of, object});
  if (line == machine().object_lines.end()) return false;
  std::snprintf(text, size, "%s", line->second.c_str());
  return true;
}

void port_halt(int exit_code) { machine().end(Machine::End::kStopped, exit_code); }
void port_all_ended(void) { machine().end(Machine::End::kAllEnded, 0); }

void port_note(const struct port_note *note) {
  if (lockarb::running_machine != nullptr) machine().add_note(*note);  // objects are made before
}
