// SPDX-License-Identifier: Apache-2.0
// The arbiter on the bus, without the executive: what a core sees is what the pins do, in the clock
// in which they do it.
#include "sim/platform/arbiter.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "sim/model/replay_check.h"
#include "sim/platform/bus.h"
#include "sim/platform/core.h"
#include "tests/sim/model_under_test.h"

namespace lockarb {
namespace {

using testing::HasSubstr;

constexpr uint64_t kWindow = 0x100000;
constexpr uint64_t kCurrentThread = 0x20;
constexpr uint64_t kGrant = 0x28;
constexpr uint64_t kControl = 0x18;
constexpr uint64_t kAnswer = 0x48;
constexpr uint64_t kIssue = 0x50;
enum Operation { kAcquireExclusive = 4, kRelease = 16, kInitialize = 22 };
enum Status { kGrantedExclusive = 1, kWaiting = 6, kHandedExclusive = 11, kDone = 16 };

// What a machine sees that binds a port.
class Line : public sc_core::sc_module {
 public:
  sc_core::sc_signal<bool> level{"level"};
  std::vector<InterruptEdge> changes;

  explicit Line(const sc_core::sc_module_name &name) : sc_module(name) {
    // SystemC 2.3 asks for it, 3.0 not.
    using SC_CURRENT_USER_MODULE [[maybe_unused]] = Line;
    SC_METHOD(changed);
    sensitive << level;
    dont_initialize();
  }

 private:
  void changed() { changes.push_back({clock_now(), level.read()}); }
};

class ArbiterOnTheBus : public testing::Test {
 protected:
  using Software = std::function<void(Core &)>;

  void run(const std::vector<Software> &software, bool every_clock = false) {
    const unsigned n = static_cast<unsigned>(software.size());
    std::vector<std::unique_ptr<Core>> cores;
    std::vector<InterruptInputs *> inputs;
    for (unsigned i = 0; i < n; ++i) {
      cores.push_back(std::make_unique<Core>(("core" + std::to_string(i)).c_str(), i,
                                             [&cores, i, body = software[i]] { body(*cores[i]); },
                                             [] {}));
      inputs.push_back(&cores[i]->interrupts);
    }
    Bus bus("bus", n, {{"arbiter", 0, 2 * Arbiter::kSize}});  // the second half is for refusals
    Arbiter device("arbiter", {{every_clock, TraceKind::kNone, model_under_test()},
                               Bus::kRequestClocks,
                               Bus::kResponseClocks + Bus::kRequestClocks});
    device.interrupt = arbiter_lines(inputs);
    Line line("line");
    if (bind_line_of_core_1) device.irq[1].bind(line.level);
    for (unsigned i = 0; i < n; ++i) cores[i]->isock.bind(bus.from_core[i]);
    bus.to_device[0].bind(device.tsock);
    device.record(&replay);
    behind_the_bus = [&device](const Transfer &transfer) { device.model().transfer(transfer); };
    sc_core::sc_start();
    device.finish(clock_now());
    evaluated = device.model().evaluated();
    changes_of_core_1 = line.changes;
    behind_the_bus = nullptr;
  }

  static uint32_t command(Core &core, Operation operation, unsigned lock) {
    const uint64_t offset = 0x80000 + (uint64_t{operation} << 14) + 4 * lock;
    return read(core, offset) & 0x1f;
  }
  static uint32_t read(Core &core, uint64_t offset) {
    uint32_t value = 0;
    core.access(tlm::TLM_READ_COMMAND, core.number() * kWindow + offset, &value, sizeof value);
    return value;
  }
  static void write(Core &core, uint64_t offset, uint32_t value) {
    core.access(tlm::TLM_WRITE_COMMAND, core.number() * kWindow + offset, &value, sizeof value);
  }

  // Its aperture is open, and a thread runs on it.
  static void start(Core &core, uint32_t thread) {
    write(core, kControl, 1);
    write(core, kCurrentThread, thread);
  }
  static void initialize(Core &core, uint32_t lock) {
    write(core, kIssue, (kInitialize << 14) + 4 * lock);
    EXPECT_EQ(read(core, kAnswer), uint32_t{kDone});
  }

  // Core 0 hands lock 3 to core 1, which sleeps; the clocks in which both see it.
  struct Seen {
    uint64_t released = 0;
    uint64_t interrupted = 0;
  };
  Seen hand_off(bool every_clock) {
    Seen seen;
    run({[&](Core &core) {
           start(core, 0x80000000);
           initialize(core, 3);
           EXPECT_EQ(command(core, kAcquireExclusive, 3), kGrantedExclusive);
           core.compute(20000 - core.clock(), false);
           EXPECT_EQ(command(core, kRelease, 3), kHandedExclusive);
           seen.released = core.clock();
         },
         [&](Core &core) {
           core.compute(10000 - core.clock(), false);
           start(core, 0x80000001);
           EXPECT_EQ(command(core, kAcquireExclusive, 3), kWaiting);
           core.wait_for_interrupt();
           seen.interrupted = core.clock();
           EXPECT_EQ(core.pending(), uint32_t{kLineArbiter});
           EXPECT_EQ(read(core, kGrant), 0x80010003u);
           write(core, kGrant, 0);
           core.compute(1, false);
           EXPECT_EQ(core.pending(), 0u);
         }},
        every_clock);
    return seen;
  }

  // A transfer at the pins that nobody saw.
  std::function<void(const Transfer &)> behind_the_bus;
  // What happened at the pins, done again without SystemC.
  ReplayCheck replay;
  uint64_t evaluated = 0;
  bool bind_line_of_core_1 = false;
  std::vector<InterruptEdge> changes_of_core_1;
};

TEST_F(ArbiterOnTheBus, InterruptComesInTheClockInWhichThePinRises) {
  // The same commands in the same clocks on the bare model tell when the pin rises.
  const auto model = ArbiterModel::create({true, TraceKind::kNone, model_under_test()});
  const auto transfer = [&](uint64_t start, unsigned core, uint64_t offset, bool write,
                            uint32_t data) {
    return model->transfer({start, static_cast<uint32_t>(core * kWindow + offset), data, write,
                            static_cast<uint8_t>(core)});
  };
  transfer(1000, 0, kCurrentThread, true, 0x80000000);
  transfer(2000, 1, kCurrentThread, true, 0x80000001);
  transfer(2200, 0, kControl, true, 1);
  transfer(2400, 1, kControl, true, 1);
  transfer(3000, 0, kIssue, true, (kInitialize << 14) + 12);
  transfer(4000, 0, 0x80000 + (kAcquireExclusive << 14) + 12, false, 0);
  transfer(5000, 1, 0x80000 + (kAcquireExclusive << 14) + 12, false, 0);
  transfer(20000 + Bus::kRequestClocks, 0, 0x80000 + (kRelease << 14) + 12, false, 0);
  model->advance(20100);
  ASSERT_EQ(model->edges.size(), 1u);

  const Seen seen = hand_off(false);
  EXPECT_EQ(seen.interrupted, model->edges[0].cycle);
  EXPECT_EQ(replay.mismatches(), 0u);
}

TEST_F(ArbiterOnTheBus, PortsChangeInTheClockInWhichThePinDoes) {
  bind_line_of_core_1 = true;
  const Seen seen = hand_off(false);
  ASSERT_EQ(changes_of_core_1.size(), 2u) << "up with the grant, down when it is taken";
  EXPECT_EQ(changes_of_core_1[0].cycle, seen.interrupted);
  EXPECT_EQ(changes_of_core_1[0].lines, 1u);
  EXPECT_EQ(changes_of_core_1[1].lines, 0u);
  EXPECT_EQ(replay.mismatches(), 0u);
}

TEST_F(ArbiterOnTheBus, ClockOnDemandEvaluatesOnlyWhatIsNeeded) {
  hand_off(false);
  EXPECT_LT(evaluated, 1000u) << "idle clocks were evaluated";
  EXPECT_EQ(replay.mismatches(), 0u);
}

TEST_F(ArbiterOnTheBus, AlwaysClockEvaluatesEveryClock) {
  const Seen seen = hand_off(true);
  EXPECT_GE(evaluated, seen.interrupted);
  EXPECT_EQ(replay.mismatches(), 0u);
}

// The arbiter's state is not what the monitor has seen to come about.
TEST_F(ArbiterOnTheBus, TheLockMonitorEndsTheRun) {
  const Software software = [&](Core &core) {
    start(core, 0x80000000);
    initialize(core, 3);
    core.compute(20000 - core.clock(), false);
    behind_the_bus({15000, 0x80000 + (kAcquireExclusive << 14) + 12, 0, false, 0});
    command(core, kAcquireExclusive, 3);
  };
  try {
    run({software});
    FAIL() << "nobody noticed";
  } catch (const std::exception &error) {
    EXPECT_THAT(error.what(), HasSubstr("lock monitor: core 0: ACQUIRE_EXCLUSIVE of lock 3, thread "
                                        "slot 0: expected GRANTED_EXCLUSIVE"));
  }
}

TEST(ArbiterAlone, RefusesATimeResolutionThatItDoesNotCountIn) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  try {
    const Arbiter device("arbiter");
    FAIL() << "it would count clocks of another length";
  } catch (const std::runtime_error &error) {
    EXPECT_STREQ(error.what(),
                 "arbiter: SystemC's time resolution is 1 ns; leave it at its default, 1 ps");
  }
}

class ArbiterRefuses : public ArbiterOnTheBus {
 protected:
  void expect_refused(const Software &software, const char *status) {
    try {
      run({software});
      FAIL() << "was not refused";
    } catch (const std::exception &error) {
      EXPECT_THAT(error.what(), HasSubstr(status));
    }
  }
};

TEST_F(ArbiterRefuses, TwoWords) {
  expect_refused(
      [](Core &core) {
        uint64_t words = 0;
        core.access(tlm::TLM_READ_COMMAND, kCurrentThread, &words, sizeof words);
      },
      "TLM_BURST_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, PartsOfTwoWords) {
  expect_refused([](Core &core) { read(core, kCurrentThread + 2); }, "TLM_BURST_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, AddressesBehindTheLastWindow) {
  expect_refused([](Core &core) { read(core, Arbiter::kSize); }, "TLM_ADDRESS_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, AddressesWithinAWord) {
  expect_refused(
      [](Core &core) {
        uint16_t half = 0;
        core.access(tlm::TLM_READ_COMMAND, 2, &half, sizeof half);
      },
      "TLM_GENERIC_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, WritesOfHalfAWord) {
  expect_refused(
      [](Core &core) {
        uint16_t half = 0;
        core.access(tlm::TLM_WRITE_COMMAND, kCurrentThread, &half, sizeof half);
      },
      "TLM_GENERIC_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, WindowsOfOtherCores) {
  expect_refused([](Core &core) { read(core, kWindow); }, "TLM_GENERIC_ERROR_RESPONSE");
}

// A read is of the whole word, whatever a core takes of it.
TEST_F(ArbiterOnTheBus, ShowsTheBytesOfAWord) {
  run({[](Core &core) {
    uint16_t half = 0;
    core.access(tlm::TLM_READ_COMMAND, 0, &half, sizeof half);
    EXPECT_EQ(half, read(core, 0) & 0xffff);
  }});
}

TEST_F(ArbiterOnTheBus, KeepsUnprivilegedSoftwareOff) {
  run({[](Core &core) {
    uint32_t word = 0x80000005;
    Core::Access access;
    access.command = tlm::TLM_WRITE_COMMAND;
    access.address = kCurrentThread;
    access.data = &word;
    access.size = access.streaming_width = sizeof word;
    access.privileged = false;
    EXPECT_EQ(core.attempt(access), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(read(core, kCurrentThread), 0u);
    access.privileged = true;
    unsigned char lanes[] = {0xff, 0};
    access.byte_enables = lanes;
    access.byte_enable_length = sizeof lanes;
    EXPECT_EQ(core.attempt(access), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(read(core, kCurrentThread), 0u);
    access.byte_enable_length = 1;
    EXPECT_EQ(core.attempt(access), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(read(core, kCurrentThread), word);
  }});
}

TEST_F(ArbiterRefuses, Atomics) {
  expect_refused(
      [](Core &core) {
        uint32_t word = 1;
        core.access(tlm::TLM_IGNORE_COMMAND, 0, &word, sizeof word, Atomic::kSwap);
      },
      "TLM_COMMAND_ERROR_RESPONSE");
}

TEST_F(ArbiterRefuses, WritesToReadOnlyRegisters) {
  expect_refused([](Core &core) { write(core, 0, 1); }, "TLM_GENERIC_ERROR_RESPONSE");
}

}  // namespace
}  // namespace lockarb
