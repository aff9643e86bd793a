// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/port_systemc.h"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>

#include "hal/mmio.h"
#include "sim/observe/object_lines.h"
#include "sim/observe/source_line.h"
#include "sim/platform/clint.h"
#include "sim/platform/costs.h"
#include "sim/platform/host_stack.h"
#include "sim/reference/access_text.h"
#include "sim/run/workload.h"

namespace lockarb {
namespace {

namespace context = boost::context::detail;

PortHost *host = nullptr;
ObjectLines objects;

// Software that waits for a spin lock does not load the bus: it spins in its cache, so to say,
// until the owner's write.
std::deque<sc_core::sc_event> *released = nullptr;  // by lock number, from 1

// The frames of the simulator itself, waveform writer included, live on the software's stacks.
constexpr std::size_t kSimulatorFrames = 128 * 1024;

[[noreturn]] void fail(const std::string &reason) {
  Core &core = Core::running();
  host->fail(reason, core.clock());
  core.stop();
}

std::size_t guard_size() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

port_context dropped;  // nobody comes back

// Time has passed: a core that was reset meanwhile does not go on here, unless somebody switches
// back to what is kept. Its stacks stay as they are, since other cores may use what is on them.
void obey_reset(port_context *kept = &dropped) {
  Core &core = Core::running();
  if (!core.was_reset()) return;
  constexpr std::size_t kBootStack = 256 * 1024;
  static port_context boot;  // the next one boots later
  core.interrupts_on = false;
  port_context_create(
      &boot, port_stack_allocate(kBootStack), kBootStack, [](void *) { Core::running().restart(); },
      nullptr);
  port_context_switch(kept, &boot);
}

// Exceptions must not leave a software stack: there is nobody below to catch them. A reset is not
// obeyed yet.
void transfer(tlm::tlm_command command, uint64_t address, void *data, unsigned size,
              Atomic atomic) {
  std::string reason;
  for (unsigned attempt = 0;; ++attempt) {
    bool refused = false;  // by somebody who is there: the executive knows what that means
    try {
      Core::running().access(command, address, data, size, atomic);
      return;
    } catch (const BusError &error) {
      refused = !error.no_device;
      if (!refused) reason = error.what();
    } catch (const std::exception &error) {
      reason = error.what();
    }
    if (!refused) break;
    if (Core::running().must_restart()) return;  // and drops this answer
    executive_bus_error(address, command != tlm::TLM_READ_COMMAND, attempt);
  }
  fail(reason);
}

void access(tlm::tlm_command command, uint64_t address, void *data, unsigned size) {
  transfer(command, address, data, size, Atomic::kNone);
  obey_reset();
}

// The software's own instructions (costs.h).
void spend_on(uint64_t clocks) {
  if (clocks == 0) return;
  Core::running().compute(clocks, false);
  obey_reset();
}

// With interrupts off.
uint32_t take_causes(Core &core) {
  const uint32_t causes = core.pending();
  if ((causes & kLineCore) != 0) {
    uint32_t clear = 0;
    access(tlm::TLM_WRITE_COMMAND, kClintBase + Clint::kMsip + 4 * core.number(), &clear,
           sizeof clear);
  }
  return causes;
}

void take_interrupts() {
  Core &core = Core::running();  // threads do not change cores
  while (core.interrupts_on) {
    if (core.pending() == 0) return;
    core.interrupts_on = false;
    executive_interrupt(take_causes(core));
    core.interrupts_on = true;
  }
}

// Half of the software around an access comes before it, the rest after it.
void access_device(tlm::tlm_command command, uintptr_t address, uint32_t *value) {
  const uint64_t around =
      is_command(static_cast<uint32_t>(address - kArbiterBase)) ? costs().command : costs().access;
  spend_on(around / 2);
  access(command, address, value, sizeof *value);
  spend_on(around - around / 2);
  take_interrupts();
}

uint64_t address_of(port_lock *lock) {
  constexpr uint64_t kLine = 64;  // each lock in a cache line of its own
  if (lock->number == 0) {
    released->emplace_back();
    lock->number = static_cast<uint32_t>(released->size());
  }
  return kMemoryBase + kLine * (lock->number - 1);
}

// What a context was suspended by says where to keep it.
void keep(const context::transfer_t &from) {
  static_cast<port_context *>(from.data)->suspended = from.fctx;
}

// The context that is being switched to for the first time on the running core.
port_context *entered = nullptr;

[[noreturn]] void enter(context::transfer_t from) {
  host_stack::arrived();
  port_context *self = entered;
  keep(from);
  self->entry(self->arg);
  std::abort();  // entry does not return (executive/port.h)
}

}  // namespace

tlm::tlm_response_status attempt(const Core::Access &access) {
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  try {
    status = Core::running().attempt(access);
  } catch (const std::exception &error) {
    fail(error.what());
  }
  obey_reset();
  take_interrupts();
  return status;
}

void attach_port(PortHost *attached) {
  static_assert(unsigned{PORT_IRQ_ARBITER} == unsigned{kLineArbiter} &&
                unsigned{PORT_IRQ_TIMER} == unsigned{kLineTimer} &&
                unsigned{PORT_IRQ_CORE} == unsigned{kLineCore});
  host = attached;
  delete released;
  released = attached == nullptr ? nullptr : new std::deque<sc_core::sc_event>;
}

}  // namespace lockarb

using lockarb::Core;
using lockarb::host;

uint32_t mmio_read32(uintptr_t address) {
  uint32_t value = 0;
  lockarb::access_device(tlm::TLM_READ_COMMAND, address, &value);
  return value;
}

void mmio_write32(uintptr_t address, uint32_t value) {
  lockarb::access_device(tlm::TLM_WRITE_COMMAND, address, &value);
}

unsigned port_core_count(void) { return host->cores(); }
unsigned port_core(void) { return Core::running().number(); }
uintptr_t port_lockarb_base(void) { return lockarb::kArbiterBase; }
bool port_lockarb_by_write(void) { return host->commands_by_write(); }

void port_context_create(struct port_context *c, void *stack_base, size_t size,
                         void (*entry)(void *), void *arg) {
  c->suspended = lockarb::context::make_fcontext(
      static_cast<char *>(stack_base) + size + lockarb::kSimulatorFrames,
      size + lockarb::kSimulatorFrames, lockarb::enter);
  c->entry = entry;
  c->arg = arg;
  lockarb::host_stack::created(c, stack_base, size + lockarb::kSimulatorFrames);
}

void port_context_switch(struct port_context *save, struct port_context *load) {
  lockarb::entered = load;
  lockarb::host_stack::leave(save, load);
  lockarb::keep(lockarb::context::jump_fcontext(load->suspended, save));
  lockarb::host_stack::arrived();
}

bool port_interrupts_off(void) {
  Core &core = Core::running();
  const bool on = core.interrupts_on;
  core.interrupts_on = false;
  return on;
}

void port_interrupts_restore(bool on) {
  Core::running().interrupts_on = on;
  lockarb::take_interrupts();
}

void port_wait_for_interrupt(struct port_context *here) {
  Core::running().wait_for_interrupt();
  lockarb::obey_reset(here != nullptr ? here : &lockarb::dropped);
  lockarb::spend_on(lockarb::costs().wake);
  lockarb::take_interrupts();
}

unsigned port_take_interrupts(void) { return lockarb::take_causes(Core::running()); }

void port_interrupt_core(unsigned core) {
  uint32_t set = 1;
  lockarb::access(tlm::TLM_WRITE_COMMAND, lockarb::kClintBase + lockarb::Clint::kMsip + 4 * core,
                  &set, sizeof set);
  lockarb::take_interrupts();
}

void port_spin_lock(port_lock *lock) {
  const uint64_t address = lockarb::address_of(lock);
  lockarb::spend_on(lockarb::costs().spin_lock);
  for (;;) {
    uint32_t taken = 1;
    lockarb::transfer(tlm::TLM_IGNORE_COMMAND, address, &taken, sizeof taken,
                      lockarb::Atomic::kSwap);
    if (taken == 0) ++Core::running().spin_locks;
    lockarb::obey_reset();
    if (taken == 0) return;
    Core::running().wait_for((*lockarb::released)[lock->number - 1]);
    lockarb::obey_reset();
  }
}

void port_spin_unlock(port_lock *lock) {
  uint32_t free = 0;
  lockarb::transfer(tlm::TLM_WRITE_COMMAND, lockarb::address_of(lock), &free, sizeof free,
                    lockarb::Atomic::kNone);
  (*lockarb::released)[lock->number - 1].notify(lockarb::clocks(Core::running().clock()) -
                                                sc_core::sc_time_stamp());
  --Core::running().spin_locks;
  lockarb::obey_reset();
}

uintptr_t port_shared_base(void) { return lockarb::kSharedBase; }
size_t port_shared_size(void) { return lockarb::kSharedSize; }
uint32_t port_shared_read(uintptr_t address) { return mmio_read32(address); }
void port_shared_write(uintptr_t address, uint32_t value) { mmio_write32(address, value); }
uint32_t port_shared_peek(uintptr_t address) { return host->peek(address); }

uint64_t port_time(void) { return Core::running().clock(); }
uint32_t port_time_frequency(void) { return 1000000000 / lockarb::kClockNanoseconds; }

void port_timer_set(uint64_t deadline) {
  Core &core = Core::running();
  if (deadline == core.timer) return;
  core.timer = deadline;
  lockarb::access(tlm::TLM_WRITE_COMMAND,
                  lockarb::kClintBase + lockarb::Clint::kMtimecmp + 8 * core.number(), &deadline,
                  sizeof deadline);
  lockarb::take_interrupts();
}

void port_spend(uint64_t ticks) {
  while (ticks != 0) {
    Core &core = Core::running();
    ticks = core.compute(ticks, core.interrupts_on);
    lockarb::obey_reset();
    lockarb::take_interrupts();
  }
}

void port_charge(enum port_work work) {
  const lockarb::Costs &costs = lockarb::costs();
  switch (work) {
    case PORT_WORK_INTERRUPT:
      return lockarb::spend_on(costs.interrupt);
    case PORT_WORK_SWITCH:
      return lockarb::spend_on(costs.switch_to);
    case PORT_WORK_WAIT:
      return lockarb::spend_on(costs.wait);
    case PORT_WORK_THREAD:
      return lockarb::spend_on(costs.thread);
  }
}

void *port_allocate(size_t size) { return std::calloc(1, size); }
void port_free(void *memory, size_t) { std::free(memory); }

// A page without access below the stack turns an overflow into a fault.
size_t port_stack_size() { return 256 * 1024; }
void *port_stack_allocate(size_t size) {
  const std::size_t guard = lockarb::guard_size();
  void *const all = mmap(nullptr, guard + size + lockarb::kSimulatorFrames, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  mprotect(all, guard, PROT_NONE);
  return static_cast<char *>(all) + guard;
}

void port_stack_free(void *stack, size_t size) {
  const std::size_t guard = lockarb::guard_size();
  lockarb::host_stack::freed(stack, size + lockarb::kSimulatorFrames);
  munmap(static_cast<char *>(stack) - guard, guard + size + lockarb::kSimulatorFrames);
}

void port_print(const char *text) { host->print(text); }

bool port_source_line(const void *return_address, char *text, size_t size) {
  const std::string &line = lockarb::source_line(return_address);
  if (line.empty()) return false;
  std::snprintf(text, size, "%s", line.c_str());
  return true;
}

enum port_address port_name_address(uintptr_t address, char *text, size_t size) {
  if (address < 0x1000) return PORT_NO_ADDRESS;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const std::string &name = lockarb::symbol_name(reinterpret_cast<const void *>(address));
  if (!name.empty()) {
    std::snprintf(text, size, "%s", name.c_str());
    return PORT_NAMED;
  }
  return lockarb::is_host_address(address) ? PORT_UNNAMED : PORT_NO_ADDRESS;
}

bool port_object_line(enum port_object_line of, uintptr_t object, char *text, size_t size) {
  const std::string line =
      of == PORT_LINE_MADE ? lockarb::objects.made(object) : lockarb::objects.released(object);
  if (line.empty()) return false;
  std::snprintf(text, size, "%s", line.c_str());
  return true;
}

void port_halt(int exit_code) {
  Core &core = Core::running();
  host->end(exit_code == 0 ? 1 : exit_code, core.clock());
  core.stop();
}

void port_all_ended(void) {
  Core &core = Core::running();
  host->end(0, core.clock());
  core.stop();
}

bool workload_attack(unsigned number, uint64_t *rest) { return host->attack(number, rest); }

void port_note(const struct port_note *note) {
  lockarb::objects.note(*note);
  if (host != nullptr) host->note(*note, Core::running().clock());
}
