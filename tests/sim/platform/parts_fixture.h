// SPDX-License-Identifier: Apache-2.0
// Cores on a bus with the platform's parts but without the executive: what a core does is a lambda.
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "sim/platform/bus.h"
#include "sim/platform/clint.h"
#include "sim/platform/core.h"
#include "sim/platform/memory.h"

namespace lockarb {

constexpr uint64_t kTestMemory = 0x1000;
constexpr uint64_t kTestMemorySize = 0x1000;
constexpr uint64_t kTestClint = 0x10000;

class Parts : public testing::Test {
 protected:
  using Software = std::function<void(Core &)>;

  // `reversed`: SystemC knows the cores in the opposite order.
  void build(const std::vector<Software> &software, bool reversed = false) {
    const unsigned n = static_cast<unsigned>(software.size());
    cores.resize(n);
    for (unsigned i = 0; i < n; ++i) {
      const unsigned core = reversed ? n - 1 - i : i;
      cores[core] =
          std::make_unique<Core>(("core" + std::to_string(core)).c_str(), core,
                                 [this, core, run = software[core]] { run(*cores[core]); }, [] {});
    }
    bus = std::make_unique<Bus>("bus", n,
                                std::vector<Bus::Region>{{"memory", kTestMemory, kTestMemorySize},
                                                         {"clint", kTestClint, Clint::kSize}});
    memory = std::make_unique<Memory>("memory", kTestMemorySize);
    std::vector<InterruptInputs *> inputs;
    for (const auto &core : cores) inputs.push_back(&core->interrupts);
    clint = std::make_unique<Clint>("clint", inputs);
    for (unsigned i = 0; i < n; ++i) cores[i]->isock.bind(bus->from_core[i]);
    bus->to_device[0].bind(memory->tsock);
    bus->to_device[1].bind(clint->tsock);
    bus->served = &served;
  }

  // An access of the software ends the run with that status.
  void expect_refused(const Software &software, const char *status) {
    build({software});
    try {
      sc_core::sc_start();
      FAIL() << "was not refused";
    } catch (const std::exception &error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(status));
    }
  }

  static uint32_t read(Core &core, uint64_t address) {
    uint32_t value = 0;
    core.access(tlm::TLM_READ_COMMAND, address, &value, sizeof value);
    return value;
  }
  static void write(Core &core, uint64_t address, uint32_t value) {
    core.access(tlm::TLM_WRITE_COMMAND, address, &value, sizeof value);
  }
  static void set_timer(Core &core, uint64_t deadline) {
    core.access(tlm::TLM_WRITE_COMMAND, kTestClint + Clint::kMtimecmp + 8 * core.number(),
                &deadline, sizeof deadline);
  }
  static uint32_t atomic(Core &core, Atomic operation, uint64_t address, uint32_t operand,
                         uint32_t compare = 0) {
    core.compare_with(compare);
    core.access(tlm::TLM_IGNORE_COMMAND, address, &operand, sizeof operand, operation);
    return operand;
  }

  std::vector<std::unique_ptr<Core>> cores;
  std::unique_ptr<Bus> bus;
  std::unique_ptr<Memory> memory;
  std::unique_ptr<Clint> clint;
  std::vector<unsigned> served;
};

}  // namespace lockarb
