// SPDX-License-Identifier: Apache-2.0
// What is on its way on the bus of lockarb_soc for one of its cores.
#pragma once

#include <cstdint>
#include <string>

namespace lockarb::soc {

// Where loads and stores go, in the order of a report.
enum Place { kToArbiter, kToDevices, kToMemory, kPlaces };

class BusView {
 public:
  // Of an access that nobody else is in the way of.
  static constexpr unsigned kClocks[kPlaces] = {6, 3, 2};

  template <class Find>
  BusView(const Find &find, const std::string &top, unsigned number) : number_(number) {
    find(top, "fetch", &fetch_);
    find(top, "to_arbiter", &wanted_[kToArbiter]);
    find(top, "to_devices", &wanted_[kToDevices]);
    find(top, "to_memory", &wanted_[kToMemory]);
    find(top, "arbiter_ack", &ack_[kToArbiter]);
    find(top, "devices_ack", &ack_[kToDevices]);
    find(top, "memory_ack", &ack_[kToMemory]);
    find(top, "write", &write_);
    find(top, "sets", &sets_);
  }
  bool fetching() const { return is_high(fetch_); }
  bool wanted(unsigned place) const { return is_high(wanted_[place]); }
  // In the last clock in which it is wanted, or the one after that.
  bool answered(unsigned place) const { return wanted(place) && is_high(ack_[place]); }
  bool writes() const { return is_high(write_); }
  bool sets() const { return is_high(sets_); }

 private:
  bool is_high(const std::uint8_t *levels) const { return *levels >> number_ & 1; }

  unsigned number_;
  const std::uint8_t *fetch_ = nullptr, *write_ = nullptr, *sets_ = nullptr;
  const std::uint8_t *wanted_[kPlaces] = {}, *ack_[kPlaces] = {};  // a bit for each core
};

}  // namespace lockarb::soc
