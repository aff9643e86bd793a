// SPDX-License-Identifier: Apache-2.0
// A reset of one clock in the middle of anything: then the arbiter is as after power-on, and works.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/rtl/arbiter_models.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {
namespace {

using Pins = ArbiterPins<Arbiter>;
constexpr unsigned kCores = 4;

uint32_t command(unsigned core, unsigned op, unsigned lock) {
  return Pins::command_address(core, op, lock);
}

// Everything that can be held: owners and waiters of both kinds, grants, masks, APCs, an error,
// statistics.
void fill(Pins &bus) {
  for (const unsigned lock : {0u, 7u, 255u}) {
    bus.command(0, LOCKARB_OP_INITIALIZE_WRITER_FIRST, lock);
    bus.command_for(0, 1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, lock);
  }
  bus.pins().time_i += 1000;
  // Two grants of lock 0, both on core 1: the second one is behind the first one.
  bus.command_for(1, 2, LOCKARB_OP_ACQUIRE_SHARED, 0);
  bus.command_for(1, 3, LOCKARB_OP_ACQUIRE_SHARED, 0);
  bus.command_for(0, 1, LOCKARB_OP_RELEASE, 0);
  // Waiters of lock 7, far more of lock 255.
  bus.command_for(2, 4, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 7);
  bus.command_for(2, 5, LOCKARB_OP_ENTER_ACQUIRE_SHARED, 7);
  for (unsigned thread = 10; thread < 24; ++thread)
    bus.command_for(thread % kCores, thread, LOCKARB_OP_ACQUIRE_SHARED, 255);
  bus.command_for(3, 2, LOCKARB_OP_CONVERT, 0);  // refused
  for (unsigned core = 0; core < kCores; ++core) {
    bus.set_thread(core, core == 0 ? 1 : 40 + core);
    bus.write_register(core, LOCKARB_OPERAND_OFFSET, LOCKARB_OPERAND_POINTER_MASK | (20 + core));
    bus.write_register(core, LOCKARB_APC_MASK_OFFSET, core == 2 ? 0 : 0x00030002);
    bus.write_register(core, LOCKARB_IRQL_OFFSET, core % 2);
    bus.write_register(core, LOCKARB_APC_PENDING_OFFSET, 0x207);
    bus.write_register(core, LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_CANCEL, 255));
    bus.write_register(core, LOCKARB_ANSWER_OFFSET, 0x5a5a5a5a);
    bus.write_register(core, LOCKARB_USER_ANSWER_OFFSET, 0xa5a5a5a5);
  }
  // Refused, of unprivileged code.
  bus.command(0, LOCKARB_OP_INITIALIZE_USER, 9);
  bus.pins().s_axil_arprot = 0;
  bus.command(3, LOCKARB_OP_RELEASE, 9);
  bus.pins().s_axil_arprot = 1;
  bus.settle();
}

// What software sees of an arbiter: registers, interrupts, locks that are used as the arbiter
// before the reset used them.
std::vector<uint32_t> seen(Pins &bus) {
  std::vector<uint32_t> words;
  const auto registers = [&] {
    for (unsigned core = 0; core < kCores; ++core) {
      for (uint32_t offset = 0; offset <= LOCKARB_USER_ANSWER_OFFSET; offset += 4) {
        const BusResult result = bus.read(Pins::register_address(core, offset));
        words.push_back(result.error ? 0xdeadbeef : result.data);
      }
    }
    words.push_back(bus.pins().irq_o);
  };
  const auto statistics = [&](unsigned lock) {
    for (uint32_t word = 0; word <= LOCKARB_DEEPEST_QUEUE_OFFSET; word += 4)
      words.push_back(bus.read_register(
          0, LOCKARB_STATISTICS_OFFSET + (lock << LOCKARB_STATISTICS_LOCK_SHIFT) + word));
  };
  const auto run = [&](unsigned thread, unsigned op, unsigned lock) {
    words.push_back(bus.command_for(thread % kCores, thread, op, lock).word);
    bus.settle();
  };
  registers();
  for (unsigned core = 0; core < kCores; ++core)
    words.push_back(bus.read(command(core, LOCKARB_OP_HOLD_COUNT, 0)).error);
  bus.open_apertures();
  // To whom lock 9 belongs, and what ARM names, is gone as well.
  bus.pins().s_axil_arprot = 0;
  words.push_back(bus.read(command(0, LOCKARB_OP_HOLD_COUNT, 9)).error);
  bus.pins().s_axil_arprot = 1;
  for (const unsigned lock : {0u, 7u, 255u}) {
    statistics(lock);
    run(1, LOCKARB_OP_HOLD_COUNT, lock);
    bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
    run(1, LOCKARB_OP_INITIALIZE, lock);
    for (unsigned thread = 0; thread < 64; ++thread) run(thread, LOCKARB_OP_HOLD_COUNT, lock);
  }
  for (const unsigned lock : {7u, 255u}) {
    run(1, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, lock);
    for (const unsigned thread : {2u, 6u, 13u, 10u})
      run(thread + lock / 10, LOCKARB_OP_ACQUIRE_SHARED, lock);
    bus.pins().time_i += 5;
    run(1, LOCKARB_OP_RELEASE_AND_LEAVE, lock);
    for (unsigned core = 0; core < kCores; ++core) {
      Grant grant = bus.grant(core);
      for (unsigned n = 0; grant.valid && n < 5; grant = bus.grant(core), ++n) {
        words.push_back(grant.thread << 16 | grant.lock);
        bus.remove_grant(core);
      }
    }
    statistics(lock);
  }
  bus.write_register(2, LOCKARB_APC_PENDING_OFFSET, 1);
  registers();
  return words;
}

void reset(Pins &bus) {
  auto &pins = bus.pins();
  pins.s_axil_arvalid = pins.s_axil_awvalid = pins.s_axil_wvalid = 0;
  pins.rst_ni = 0;
  bus.tick();
  pins.rst_ni = 1;
  pins.eval();
}

const std::vector<uint32_t> &after_power_on() {
  static const std::vector<uint32_t> words = [] {
    Pins bus(Pins::kClosed);
    bus.settle();
    bus.pins().time_i = 0;
    return seen(bus);
  }();
  return words;
}

// Nothing is left of what was on the bus: no answer, no interrupt, and all channels are free.
void expect_silence(Pins &bus) {
  auto &pins = bus.pins();
  unsigned clocks = 0;
  for (; pins.busy_o || clocks < 20; bus.tick()) {
    EXPECT_FALSE(pins.s_axil_rvalid) << "an answer to a read from before the reset";
    EXPECT_FALSE(pins.s_axil_bvalid) << "an answer to a write from before the reset";
    EXPECT_TRUE(pins.s_axil_arready && pins.s_axil_awready && pins.s_axil_wready);
    EXPECT_EQ(pins.irq_o, 0u);
    ASSERT_LT(++clocks, 300u) << "the sweep takes one clock for each of 256 locks";
  }
  EXPECT_GE(clocks, 256u);
}

struct Traffic {
  const char *name;
  std::function<void(Pins &)> start;  // puts something on the pins
  unsigned clocks;                    // until it has ended by itself
  bool ready = true;                  // R and B
};

std::ostream &operator<<(std::ostream &out, const Traffic &traffic) { return out << traffic.name; }

class Reset : public ::testing::TestWithParam<Traffic> {};

void offer_read(Pins &bus, uint32_t address) {
  bus.pins().s_axil_araddr = address;
  bus.pins().s_axil_arvalid = 1;
}
void offer_address(Pins &bus, uint32_t address) {
  bus.pins().s_axil_awaddr = address;
  bus.pins().s_axil_awvalid = 1;
}
void offer_data(Pins &bus, uint32_t value) {
  bus.pins().s_axil_wdata = value;
  bus.pins().s_axil_wvalid = 1;
}

TEST_P(Reset, LeavesNothingInEveryClockOf) {
  const Traffic &traffic = GetParam();
  for (unsigned after = 0; after <= traffic.clocks + kRamStage; ++after) {
    SCOPED_TRACE(std::to_string(after) + " clocks after it began");
    Pins bus;
    auto &pins = bus.pins();
    pins.time_i = 77;
    fill(bus);
    pins.s_axil_rready = pins.s_axil_bready = traffic.ready;
    traffic.start(bus);
    for (unsigned clock = 0; clock < after; ++clock) {
      const bool ar = pins.s_axil_arready, aw = pins.s_axil_awready, w = pins.s_axil_wready;
      bus.tick();
      if (ar) pins.s_axil_arvalid = 0;
      if (aw) pins.s_axil_awvalid = 0;
      if (w) pins.s_axil_wvalid = 0;
    }
    reset(bus);
    pins.s_axil_rready = pins.s_axil_bready = 1;
    pins.time_i = 0;
    expect_silence(bus);
    EXPECT_EQ(seen(bus), after_power_on());
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Of, Reset,
    ::testing::Values(
        Traffic{"Rest", [](Pins &) {}, 0},
        Traffic{"ARead", [](Pins &bus) { offer_read(bus, command(3, LOCKARB_OP_TRY_SHARED, 0)); },
                8},
        Traffic{"AnAnswerThatWaits",
                [](Pins &bus) {
                  for (const unsigned op : {LOCKARB_OP_TRY_SHARED, LOCKARB_OP_RELEASE}) {
                    offer_read(bus, command(3, op, 0));
                    bus.tick();
                  }
                  offer_read(bus, command(3, LOCKARB_OP_TRY_SHARED, 0));
                },
                14, false},
        Traffic{"AWriteWhoseAnswerWaits",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(1, LOCKARB_APC_MASK_OFFSET));
                  offer_data(bus, 0x00050005);
                  offer_read(bus, Pins::register_address(1, LOCKARB_ID_OFFSET));
                },
                14, false},
        Traffic{"TheAddressOfAWrite",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(1, LOCKARB_OPERAND_OFFSET));
                },
                2},
        Traffic{"TheDataOfAWrite", [](Pins &bus) { offer_data(bus, 3); }, 2},
        Traffic{"AWriteOfAMask",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(2, LOCKARB_APC_PENDING_OFFSET));
                  offer_data(bus, 0x7);
                },
                9},
        Traffic{"TheRemovalOfAGrant",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(1, LOCKARB_GRANT_OFFSET));
                  offer_data(bus, 0);
                },
                9},
        Traffic{"AWaiterThatQueues",
                [](Pins &bus) { offer_read(bus, command(3, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 255)); },
                8},
        Traffic{"ARefusedCommand",
                [](Pins &bus) {
                  bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
                  bus.settle();
                  offer_read(bus, command(3, LOCKARB_OP_RELEASE, 255));
                },
                8},
        Traffic{"AHandOffToManyReaders",
                [](Pins &bus) { offer_read(bus, command(0, LOCKARB_OP_RELEASE_AND_LEAVE, 255)); },
                24},
        Traffic{"ACancel", [](Pins &bus) { offer_read(bus, command(1, LOCKARB_OP_CANCEL, 255)); },
                24},
        Traffic{"AnIssuedCommand",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(3, LOCKARB_ISSUE_OFFSET));
                  offer_data(bus, place_of(LOCKARB_OP_TRY_SHARED, 0));
                },
                12},
        Traffic{"AWriteOfARM",
                [](Pins &bus) {
                  offer_address(bus, Pins::register_address(3, LOCKARB_ARM_OFFSET));
                  offer_data(bus, place_of(LOCKARB_OP_DELETE, 0));
                },
                9},
        Traffic{"TheOpeningOfAnAperture",
                [](Pins &bus) {
                  bus.write_register(3, LOCKARB_CONTROL_OFFSET, 0);
                  bus.settle();
                  offer_address(bus, Pins::register_address(3, LOCKARB_CONTROL_OFFSET));
                  offer_data(bus, LOCKARB_CONTROL_APERTURE_MASK);
                },
                9},
        Traffic{"ASetOwner",
                [](Pins &bus) {
                  bus.write_register(0, LOCKARB_OPERAND_OFFSET, LOCKARB_OPERAND_POINTER_MASK | 50);
                  bus.write_register(0, LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_SET_OWNER, 255));
                  bus.settle();
                  offer_read(bus, command(0, LOCKARB_OP_SET_OWNER, 255));
                },
                14},
        Traffic{"AnInitialize",
                [](Pins &bus) {
                  bus.write_register(3, LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_INITIALIZE, 3));
                  bus.settle();
                  offer_read(bus, command(3, LOCKARB_OP_INITIALIZE, 3));
                },
                74}),
    [](const ::testing::TestParamInfo<Traffic> &info) { return std::string(info.param.name); });

// The sweep after a reset begins anew with the next one.
TEST(ResetAgain, BeginsTheSweepAnew) {
  for (const unsigned after : {0u, 1u, 3u, 4u, 100u, 255u, 256u}) {
    Pins bus;
    bus.pins().time_i = 77;
    fill(bus);
    reset(bus);
    offer_read(bus, command(0, LOCKARB_OP_TRY_SHARED, 0));
    for (unsigned clock = 0; clock < after; ++clock) {
      bus.tick();
      bus.pins().s_axil_arvalid = 0;
    }
    reset(bus);
    bus.pins().time_i = 0;
    expect_silence(bus);
    EXPECT_EQ(seen(bus), after_power_on()) << "after " << after << " clocks of the sweep";
  }
}

}  // namespace
}  // namespace lockarb
