// SPDX-License-Identifier: Apache-2.0
// The bus between the cores and the devices.
//
// Policy
//   - One transfer at a time. When several cores wait, the next one after the last served core is
//     served (round-robin): no core waits for more than NumCores-1 transfers.
//   - All requests of one clock are collected before one is served, so the order does not depend on
//     the order in which SystemC runs the cores.
//
// Timing
//   - kRequestClocks + the device's clocks + kResponseClocks; the bus is taken for all of these.
//   - With caches (caches.h) an access that hits needs no bus, and one that misses is answered
//   later than the
//     bus is free again.
//   - A core that is alone until its request (alone_until()) is served inside the call, ahead of
//     the kernel's time. Otherwise its thread waits and the bus's own process calls the device, so
//     devices annotate their delay and never wait().
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <systemc>
#include <vector>

#include "sim/faults/bus_fault.h"
#include "sim/platform/caches.h"
#include "sim/platform/clock.h"

namespace lockarb {

class Bus : public sc_core::sc_module {
 public:
  static constexpr uint64_t kRequestClocks = 1;
  static constexpr uint64_t kResponseClocks = 1;

  struct Region {
    std::string name;
    uint64_t base;
    uint64_t size;
  };

  // Counted per core and region.
  struct Count {
    uint64_t reads = 0;
    uint64_t writes = 0;
    uint64_t atomics = 0;
    uint64_t waited_clocks = 0;  // from the request to the start of the transfer
  };

  using CoreSocket = tlm_utils::simple_target_socket_tagged<Bus>;
  using DeviceSocket = tlm_utils::simple_initiator_socket<Bus>;
  sc_core::sc_vector<CoreSocket> from_core{"from_core"};
  sc_core::sc_vector<DeviceSocket> to_device{"to_device"};  // one for each region, same order

  Bus(const sc_core::sc_module_name &name, unsigned cores, std::vector<Region> regions);

  const std::vector<Region> &regions() const { return regions_; }
  const Count &count(unsigned core, unsigned region) const { return counts_[core][region]; }
  uint64_t busy_clocks() const { return busy_clocks_; }
  uint64_t transfers() const { return transfers_; }

  // The cores have caches for the memory at `region`, from now on.
  void cache(unsigned region, const CacheCosts &costs);

  // Asked about each transfer when it begins, if it is set.
  std::function<BusFault(unsigned core, const tlm::tlm_generic_payload &transaction, uint64_t at)>
      fault;

  // Told of each transfer that a device has answered, if it is set: when it was asked for, when it
  // began, and when its answer is there.
  std::function<void(unsigned core, const tlm::tlm_generic_payload &transaction, uint64_t requested,
                     uint64_t at, uint64_t end)>
      watch;

  // The order in which cores were served, for tests; recorded while it is set.
  std::vector<unsigned> *served = nullptr;

 private:
  struct Request {
    tlm::tlm_generic_payload *transaction = nullptr;
    uint64_t since = 0;
  };

  void b_transport(int core, tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);
  bool hit(unsigned core, tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay);
  unsigned region_of(uint64_t address) const;
  sc_core::sc_time call_device(unsigned core, unsigned region,
                               tlm::tlm_generic_payload &transaction, uint64_t at);
  void serve_next();
  uint64_t run(unsigned core, tlm::tlm_generic_payload &transaction, uint64_t requested,
               uint64_t at);

  const std::vector<Region> regions_;
  std::optional<Caches> caches_;
  std::vector<Request> requests_;  // of cores that wait for the bus
  unsigned waiting_ = 0;
  unsigned last_ = 0;         // the core served last
  uint64_t free_at_ = 0;      // first clock in which a transfer may start
  sc_core::sc_event choose_;  // serve_next() has something to do
  std::deque<sc_core::sc_event> done_;
  std::vector<std::vector<Count>> counts_;
  uint64_t busy_clocks_ = 0;
  uint64_t transfers_ = 0;
};

}  // namespace lockarb
