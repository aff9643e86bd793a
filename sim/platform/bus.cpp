// SPDX-License-Identifier: Apache-2.0
#include "sim/platform/bus.h"

#include <utility>

#include "sim/platform/bus_access.h"
#include "sim/platform/host_stack.h"

namespace lockarb {

Bus::Bus(const sc_core::sc_module_name &name, unsigned cores, std::vector<Region> regions)
    : sc_module(name),
      regions_(std::move(regions)),
      requests_(cores),
      last_(cores - 1),
      done_(cores),
      counts_(cores, std::vector<Count>(regions_.size())) {
  from_core.init(cores);
  to_device.init(static_cast<unsigned>(regions_.size()));
  for (unsigned core = 0; core < cores; ++core) {
    from_core[core].register_b_transport(this, &Bus::b_transport, static_cast<int>(core));
  }
  // SystemC 2.3 asks for it, 3.0 not.
  using SC_CURRENT_USER_MODULE [[maybe_unused]] = Bus;
  SC_METHOD(serve_next);
  sensitive << choose_;
  dont_initialize();
}

void Bus::cache(unsigned region, const CacheCosts &costs) {
  caches_.emplace(regions_[region].base, regions_[region].size, costs);
}

unsigned Bus::region_of(uint64_t address) const {
  unsigned index = 0;
  while (index < regions_.size() && address - regions_[index].base >= regions_[index].size) ++index;
  return index;
}

// The device's clocks.
sc_core::sc_time Bus::call_device(unsigned core, unsigned region,
                                  tlm::tlm_generic_payload &transaction, uint64_t at) {
  const uint64_t address = transaction.get_address();
  transaction.get_extension<BusAccess>()->core = core;
  transaction.set_address(address - regions_[region].base);
  sc_core::sc_time delay = clocks(at) - sc_core::sc_time_stamp();
  to_device[region]->b_transport(transaction, delay);
  transaction.set_address(address);
  return delay;
}

// An access that the core's cache carries out, if it is one. Whoever acts in an earlier clock acts
// first.
bool Bus::hit(unsigned core, tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay) {
  if (!caches_ || !caches_->hit(core, transaction)) return false;
  const uint64_t requested = clock_now() + to_clocks(delay);
  if (!alone_until(requested) && delay != sc_core::SC_ZERO_TIME) {
    const host_stack::AwayInKernel away;
    wait(delay);
    delay = sc_core::SC_ZERO_TIME;
  }
  const std::optional<uint64_t> cost = caches_->hit(core, transaction);
  if (!cost) return false;  // another core has the line by now
  call_device(core, region_of(transaction.get_address()), transaction, requested);
  delay += clocks(*cost);
  return true;
}

void Bus::b_transport(int core, tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay) {
  const unsigned index = static_cast<unsigned>(core);
  if (hit(index, transaction, delay)) return;
  const uint64_t requested = clock_now() + to_clocks(delay);
  if (waiting_ == 0 && free_at_ <= requested && alone_until(requested)) {
    const uint64_t end = run(index, transaction, requested, requested);
    delay = clocks(end) - sc_core::sc_time_stamp();
    return;
  }
  if (delay != sc_core::SC_ZERO_TIME) {
    const host_stack::AwayInKernel away;
    wait(delay);
  }
  requests_[index] = {&transaction, requested};
  if (waiting_++ == 0) {
    choose_.notify(free_at_ > requested ? clocks(free_at_ - requested) : sc_core::SC_ZERO_TIME);
  }
  {
    const host_stack::AwayInKernel away;
    wait(done_[index]);
  }
  delay = sc_core::SC_ZERO_TIME;
}

void Bus::serve_next() {
  if (sc_core::sc_pending_activity_at_current_time()) {  // somebody may still ask in this clock
    choose_.notify(sc_core::SC_ZERO_TIME);
    return;
  }
  const unsigned cores = static_cast<unsigned>(requests_.size());
  unsigned core = last_;
  do {
    core = core + 1 == cores ? 0 : core + 1;
  } while (requests_[core].transaction == nullptr);
  Request &request = requests_[core];
  const uint64_t now = clock_now();
  const uint64_t end = run(core, *request.transaction, request.since, now);
  request.transaction = nullptr;
  done_[core].notify(clocks(end - now));
  if (--waiting_ != 0) choose_.notify(clocks(free_at_ - now));
}

uint64_t Bus::run(unsigned core, tlm::tlm_generic_payload &transaction, uint64_t requested,
                  uint64_t at) {
  const unsigned index = region_of(transaction.get_address());
  const BusFault fault_now = fault ? fault(core, transaction, at) : BusFault();
  uint64_t end = at + kRequestClocks;
  if (fault_now.error && !fault_now.carried_out) {
    transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else if (index == regions_.size()) {
    transaction.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
  } else {
    end = clock_now() + to_clocks(call_device(core, index, transaction, end));

    Count &count = counts_[core][index];
    switch (transaction.get_command()) {
      case tlm::TLM_READ_COMMAND:
        ++count.reads;
        break;
      case tlm::TLM_WRITE_COMMAND:
        ++count.writes;
        break;
      default:
        ++count.atomics;
        break;
    }
    count.waited_clocks += at - requested;
    if (fault_now.error) transaction.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  }
  end += kResponseClocks + fault_now.stall;
  free_at_ = end;
  last_ = core;
  busy_clocks_ += end - at;
  if (caches_) end = caches_->served(core, transaction, at, end);
  if (watch) watch(core, transaction, requested, at, end);
  ++transfers_;
  if (served != nullptr) served->push_back(core);
  return end;
}

}  // namespace lockarb
