// SPDX-License-Identifier: Apache-2.0
// The AXI4-Lite channels, each driven on its own: in which order addresses, data and readiness for
// answers come changes nothing but clocks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/rtl/arbiter_models.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {
namespace {

constexpr unsigned kLongest = 20000;  // clocks without an answer

// What a channel carries, offered from a clock on. An answer: from when it shows.
struct Address {
  uint64_t clock;
  uint32_t address;
  bool privileged;
  unsigned user;
};
struct Data {
  uint64_t clock;
  uint32_t value;
  unsigned lanes;
};
struct Shown {
  uint64_t clock;
  bool error;
  uint32_t data;
};

// A master whose five channels know nothing of each other.
template <class Model>
class Master {
 public:
  Master() {
    pins.s_axil_rready = pins.s_axil_bready = 0;
    bus.settle();
  }
  ~Master() {
    EXPECT_EQ(reads.size(), asked_reads) << "answers on R";
    EXPECT_EQ(writes.size(), asked_writes) << "answers on B";
  }

  uint64_t now() const { return bus.clocks(); }
  void read(uint64_t clock, uint32_t address, bool privileged = true, int user = -1) {
    ar.push_back({clock, address, privileged, user_of(address, user)});
  }
  void write_address(uint64_t clock, uint32_t address, bool privileged = true, int user = -1) {
    aw.push_back({clock, address, privileged, user_of(address, user)});
  }
  void write_data(uint64_t clock, uint32_t value, unsigned lanes = 0xf) {
    w.push_back({clock, value, lanes});
  }

  void tick() {
    const uint64_t clock = now();
    const bool ar_on = offer(ar, clock, [this](const Address &a) {
      pins.s_axil_araddr = a.address;
      pins.s_axil_arprot = a.privileged;
      pins.s_axil_aruser = a.user;
    });
    const bool aw_on = offer(aw, clock, [this](const Address &a) {
      pins.s_axil_awaddr = a.address;
      pins.s_axil_awprot = a.privileged;
      pins.s_axil_awuser = a.user;
    });
    const bool w_on = offer(w, clock, [this](const Data &d) {
      pins.s_axil_wdata = d.value;
      pins.s_axil_wstrb = d.lanes;
    });
    pins.s_axil_arvalid = ar_on;
    pins.s_axil_awvalid = aw_on;
    pins.s_axil_wvalid = w_on;
    pins.s_axil_rready = takes_reads(clock);
    pins.s_axil_bready = takes_writes(clock);
    pins.eval();
    if (ar_on && pins.s_axil_arready) {
      ar.pop_front();
      ++asked_reads;
    }
    if (aw_on && pins.s_axil_awready) {
      aw.pop_front();
      ++taken_addresses;
    }
    if (w_on && pins.s_axil_wready) {
      w.pop_front();
      ++taken_data;
    }
    see(held_read, pins.s_axil_rvalid, pins.s_axil_rresp, pins.s_axil_rdata, pins.s_axil_rready,
        reads, asked_reads);
    see(held_write, pins.s_axil_bvalid, pins.s_axil_bresp, 0, pins.s_axil_bready, writes,
        asked_writes);
    bus.tick();
    pins.s_axil_arvalid = pins.s_axil_awvalid = pins.s_axil_wvalid = 0;
    asked_writes = std::min(taken_addresses, taken_data);
  }
  void tick(unsigned clocks) {
    while (clocks-- != 0) tick();
  }
  // Until all that was asked is answered.
  void run() {
    for (const uint64_t start = now(); !ar.empty() || !aw.empty() || !w.empty() ||
                                       reads.size() < asked_reads || writes.size() < asked_writes;)
      if (tick(); now() - start > kLongest) {
        ADD_FAILURE() << "no answer";
        break;
      }
  }
  uint32_t value(unsigned core, uint32_t offset) {
    const std::size_t before = reads.size();
    read(now(), ArbiterPins<Model>::register_address(core, offset));
    run();
    if (reads.size() <= before) return ~0u;
    EXPECT_FALSE(reads.back().error);
    return reads.back().data;
  }
  void set(unsigned core, uint32_t offset, uint32_t to) {
    write_address(now(), ArbiterPins<Model>::register_address(core, offset));
    write_data(now(), to);
    run();
  }

  ArbiterPins<Model> bus;
  Model &pins = bus.pins();
  std::deque<Address> ar, aw;
  std::deque<Data> w;
  std::function<bool(uint64_t)> takes_reads = [](uint64_t) { return true; };
  std::function<bool(uint64_t)> takes_writes = takes_reads;
  std::vector<Shown> reads, writes;  // what was taken on R and on B
  std::size_t asked_reads = 0, asked_writes = 0;

 private:
  static unsigned user_of(uint32_t address, int user) {
    return user < 0 ? address >> LOCKARB_WINDOW_SHIFT : static_cast<unsigned>(user);
  }
  template <class Beat, class Drive>
  static bool offer(std::deque<Beat> &channel, uint64_t clock, const Drive &drive) {
    if (channel.empty() || channel.front().clock > clock) return false;
    drive(channel.front());
    return true;
  }
  // An answer stays as it is until it is taken, and somebody asked for it in an earlier clock.
  void see(std::deque<Shown> &held, bool valid, unsigned response, uint32_t data, bool ready,
           std::vector<Shown> &taken, std::size_t asked) {
    if (!held.empty()) {
      EXPECT_TRUE(valid) << "an answer goes away before it is taken, in clock " << now();
      EXPECT_EQ(response != 0, held[0].error) << "an answer changes in clock " << now();
      EXPECT_EQ(data, held[0].data) << "an answer changes in clock " << now();
    } else if (valid) {
      EXPECT_LT(taken.size(), asked) << "an answer that nobody waits for, in clock " << now();
      EXPECT_TRUE(response == 0 || response == 2) << "neither OKAY nor SLVERR";
      held.push_back({now(), response != 0, data});
    }
    if (valid && ready) {
      taken.push_back(held[0]);
      held.clear();
    }
  }

  std::deque<Shown> held_read, held_write;  // what shows, at most one each
  std::size_t taken_addresses = 0, taken_data = 0;
};

class Axil : public ::testing::Test {
 protected:
  static uint32_t operand(unsigned core) {
    return ArbiterPins<Arbiter>::register_address(core, LOCKARB_OPERAND_OFFSET);
  }
  static uint32_t id() { return ArbiterPins<Arbiter>::register_address(0, LOCKARB_ID_OFFSET); }
  uint32_t operand_of(unsigned core) { return master.value(core, LOCKARB_OPERAND_OFFSET); }

  Master<Arbiter> master;
};

TEST_F(Axil, TakesAddressAndDataOfAWriteInEitherOrder) {
  for (int lead = -6; lead <= 6; ++lead) {
    const uint32_t value = static_cast<uint32_t>(lead + 20);
    const uint64_t start = master.now();
    const uint64_t address = start + static_cast<uint64_t>(std::max(lead, 0));
    const uint64_t data = start + static_cast<uint64_t>(std::max(-lead, 0));
    master.write_address(address, operand(1));
    master.write_data(data, value);
    master.run();
    EXPECT_FALSE(master.writes.back().error);
    EXPECT_EQ(master.writes.back().clock - std::max(address, data), 5u + kRamStage)
        << "the address comes " << lead << " clocks after the data";
    EXPECT_EQ(operand_of(1), value);
  }
}

TEST_F(Axil, HalfAWriteChangesNothingUntilTheOtherHalfComes) {
  for (const bool address_first : {true, false}) {
    const uint32_t value = address_first ? 40 : 41;
    const uint32_t before = operand_of(2);
    if (address_first) master.write_address(master.now(), operand(2));
    if (!address_first) master.write_data(master.now(), value);
    master.tick();
    for (unsigned clock = 0; clock < 30; ++clock) {
      EXPECT_FALSE(master.pins.busy_o) << "it stands still";
      EXPECT_EQ(master.pins.s_axil_awready, !address_first);
      EXPECT_EQ(master.pins.s_axil_wready, address_first);
      master.tick();
    }
    EXPECT_EQ(operand_of(2), before) << "and reads go on meanwhile";
    if (!address_first) master.write_address(master.now(), operand(2));
    if (address_first) master.write_data(master.now(), value);
    master.run();
    EXPECT_EQ(operand_of(2), value);
  }
}

// Addresses belong to data by their order, wherever the one channel is ahead of the other.
TEST_F(Axil, TheSecondWriteKeepsApartFromTheFirst) {
  for (int lead = -12; lead <= 12; ++lead) {
    const uint64_t start = master.now();
    for (unsigned core = 0; core < 4; ++core) {
      master.write_address(start + static_cast<uint64_t>(std::max(lead, 0)), operand(core),
                           core != 1);
      master.write_data(start + static_cast<uint64_t>(std::max(-lead, 0)),
                        100 * core + static_cast<uint32_t>(lead + 50), core == 2 ? 0x7 : 0xf);
    }
    const std::size_t before = master.writes.size();
    const uint32_t not_written[] = {operand_of(1), operand_of(2)};
    master.run();
    ASSERT_EQ(master.writes.size(), before + 4);
    for (unsigned core = 0; core < 4; ++core) {
      const bool refused = core == 1 || core == 2;  // unprivileged, and with a lane off
      EXPECT_EQ(master.writes[before + core].error, refused) << core;
      EXPECT_EQ(operand_of(core),
                refused ? not_written[core - 1] : 100 * core + static_cast<uint32_t>(lead + 50))
          << "the addresses come " << lead << " clocks after the data";
    }
  }
}

TEST_F(Axil, AnswersWaitUntilTheyAreTaken) {
  bool ready = false;
  master.takes_reads = master.takes_writes = [&ready](uint64_t) { return ready; };
  for (const uint32_t offset :
       {LOCKARB_ID_OFFSET, LOCKARB_PARAMS_OFFSET, 0x1cu, LOCKARB_LIMITS_OFFSET, LOCKARB_ID_OFFSET})
    master.read(master.now(), ArbiterPins<Arbiter>::register_address(1, offset));
  for (const unsigned core : {0u, 3u}) {
    master.write_address(master.now(), operand(core));
    master.write_data(master.now(), core + 5);
  }
  master.tick(200);
  EXPECT_TRUE(master.pins.s_axil_rvalid) << "the first answer waits";
  EXPECT_FALSE(master.pins.s_axil_arready);
  ready = true;
  master.run();
  ASSERT_EQ(master.reads.size(), 5u);
  const uint32_t kId = 0x4C4B0200, kParams = 256u << 16 | 64u << 6 | 4u;
  EXPECT_EQ(master.reads[0].data, kId);
  EXPECT_EQ(master.reads[1].data, kParams);
  EXPECT_TRUE(master.reads[2].error);
  EXPECT_EQ(master.reads[3].data, LOCKARB_LIMITS_STATISTICS_MASK | 4u);
  EXPECT_EQ(master.reads[4].data, kId);
  for (const std::size_t n : {0u, 1u, 3u, 4u}) EXPECT_FALSE(master.reads[n].error);
  EXPECT_EQ(operand_of(0), 5u);
  EXPECT_EQ(operand_of(3), 8u);
}

// A master may wait for the one answer before it takes the other, since both accesses were there.
TEST_F(Axil, ReadinessForTheOtherChannelTakesNoAnswer) {
  for (const bool read_held : {true, false}) {
    bool reads = !read_held, writes = read_held;
    master.takes_reads = [&reads](uint64_t) { return reads; };
    master.takes_writes = [&writes](uint64_t) { return writes; };
    const std::size_t reads_before = master.reads.size(), writes_before = master.writes.size();
    if (read_held) {
      master.read(master.now(), id());
    } else {
      master.write_address(master.now(), operand(0));
      master.write_data(master.now(), 9);
    }
    master.tick(30);
    EXPECT_EQ(read_held ? master.pins.s_axil_rvalid : master.pins.s_axil_bvalid, 1);
    EXPECT_EQ(master.reads.size() + master.writes.size(), reads_before + writes_before);
    reads = writes = true;
    master.run();
  }
}

// AXI4-Lite lets a master take R only after B, or B only after R.
TEST_F(Axil, WritesAreAnsweredWhileNobodyTakesAnyRead) {
  for (unsigned reads = 1; reads <= 8; ++reads) {
    bool reads_taken = false;
    master.takes_reads = [&](uint64_t) { return reads_taken; };
    const std::size_t reads_before = master.reads.size();
    for (unsigned n = 0; n < reads; ++n) master.read(master.now(), id());
    master.tick(30);
    EXPECT_FALSE(master.pins.busy_o) << "nothing goes on until R is taken";
    for (uint32_t n = 0; n < 20; ++n) {
      const uint64_t start = master.now();
      const std::size_t before = master.writes.size();
      master.write_address(start, operand(1));
      master.write_data(start, 50 * reads + n);
      master.tick(20);
      ASSERT_EQ(master.writes.size(), before + 1) << "B waits for R behind " << reads << " reads";
      EXPECT_EQ(master.writes.back().clock - start, 5u + kRamStage);
    }
    EXPECT_EQ(master.reads.size(), reads_before);
    reads_taken = true;
    master.run();
    EXPECT_EQ(master.reads.size(), reads_before + reads) << "and no answer to a read is lost";
    EXPECT_EQ(operand_of(1), 50 * reads + 19);
  }
}

TEST_F(Axil, ReadsAreAnsweredWhileNobodyTakesAnyWrite) {
  for (uint32_t writes = 1; writes <= 3; ++writes) {
    bool writes_taken = false;
    master.takes_writes = [&](uint64_t) { return writes_taken; };
    const uint32_t before = operand_of(0);
    const std::size_t writes_before = master.writes.size();
    for (uint32_t n = 0; n < writes; ++n) {
      master.write_address(master.now(), operand(0));
      master.write_data(master.now(), before + n + 1);
    }
    master.tick(30);
    EXPECT_TRUE(master.pins.s_axil_bvalid);
    EXPECT_FALSE(master.pins.busy_o) << "nothing goes on until B is taken";
    for (unsigned n = 0; n < 20; ++n) {
      const uint64_t start = master.now();
      master.read(start, operand(0));
      const std::size_t reads_before = master.reads.size();
      master.tick(20);
      ASSERT_EQ(master.reads.size(), reads_before + 1) << "R waits for B";
      EXPECT_EQ(master.reads.back().data, before + 1) << "a write waits for the answer before it";
      EXPECT_EQ(master.reads.back().clock - start, 4u + kRamStage);
    }
    EXPECT_EQ(master.writes.size(), writes_before);
    writes_taken = true;
    master.run();
    EXPECT_EQ(master.writes.size(), writes_before + writes);
    EXPECT_EQ(operand_of(0), before + writes);
  }
}

TEST_F(Axil, ACommandIsCarriedOutOnceHoweverLongItsAnswerWaits) {
  master.set(1, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | 7);
  const auto command = [](unsigned op) { return ArbiterPins<Arbiter>::command_address(1, op, 3); };
  master.set(1, LOCKARB_ISSUE_OFFSET, place_of(LOCKARB_OP_INITIALIZE, 3));
  for (unsigned wait = 0; wait < 8; ++wait) {
    const std::size_t before = master.reads.size();
    uint64_t since = master.now();
    master.takes_reads = [&](uint64_t clock) { return clock - since > wait * 3; };
    for (unsigned n = 1; n <= 5; ++n) master.read(master.now(), command(LOCKARB_OP_TRY_SHARED));
    master.read(master.now(), command(LOCKARB_OP_HOLD_COUNT));
    for (unsigned n = 1; n <= 5; ++n) master.read(master.now(), command(LOCKARB_OP_RELEASE));
    while (master.reads.size() < before + 11) {
      const std::size_t taken = master.reads.size();
      master.tick();
      if (master.reads.size() != taken) since = master.now();
      ASSERT_LT(master.now() - since, kLongest);
    }
    const auto status = [&](std::size_t n) {
      return Answer{master.reads[before + n].data}.status();
    };
    EXPECT_EQ(status(0), LOCKARB_STATUS_GRANTED_SHARED);
    for (const std::size_t n : {1u, 2u, 3u, 4u})
      EXPECT_EQ(status(n), LOCKARB_STATUS_RECURSED_SHARED) << n;
    EXPECT_EQ(Answer{master.reads[before + 5].data}.hold_count(), 5u);
    for (const std::size_t n : {6u, 7u, 8u, 9u}) EXPECT_EQ(status(n), LOCKARB_STATUS_HELD) << n;
    EXPECT_EQ(status(10), LOCKARB_STATUS_FREED);
  }
}

// Neither one that was carried out before nor one that is under way holds it back.
TEST_F(Axil, ACommandOnAnotherLockAnswersAsSoonAsAfterRest) {
  for (unsigned core = 0; core < 2; ++core)
    master.set(core, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | core);
  for (unsigned gap = 1; gap < 6; ++gap) {
    const uint64_t start = master.now();
    for (unsigned core = 0; core < 2; ++core)
      master.read(start + gap * core,
                  ArbiterPins<Arbiter>::command_address(core, LOCKARB_OP_TRY_SHARED, core));
    master.run();
    EXPECT_EQ(master.reads.back().clock - start - gap, 4u + kRamStage)
        << gap << " clocks behind the first one";
    master.tick(10);
  }
}

// A read that comes with a write that is complete already finds what it wrote.
TEST_F(Axil, AWriteThatIsCompleteGoesBeforeAReadThatComesLater) {
  for (unsigned later = 1; later < 8; ++later) {
    const uint64_t start = master.now();
    master.write_address(start, operand(1));
    master.write_data(start, 30 + later);
    for (unsigned n = 0; n < 3; ++n) master.read(start + later, operand(1));
    master.run();
    for (std::size_t n = 1; n <= 3; ++n)
      EXPECT_EQ(master.reads[master.reads.size() - n].data, 30 + later) << later << " clocks later";
  }
}

TEST_F(Axil, NeitherReadsNorWritesStarve) {
  const unsigned kEach = 100;
  for (unsigned n = 0; n < kEach; ++n) {
    master.read(master.now(), id());
    master.write_address(master.now(), operand(0));
    master.write_data(master.now(), n);
  }
  const uint64_t start = master.now();
  master.run();
  EXPECT_LT(master.reads.back().clock - start, 12 * kEach);
  EXPECT_LT(master.writes.back().clock - start, 12 * kEach);
  for (unsigned n = 1; n < kEach; ++n) {
    EXPECT_LE(master.writes[n].clock - master.writes[n - 1].clock, 12u) << "write " << n;
    if (n < kEach / 2) {
      EXPECT_LE(master.reads[n].clock - master.reads[n - 1].clock, 12u) << "read " << n;
    }
  }
  EXPECT_EQ(operand_of(0), kEach - 1);
}

// What came with a refused access counts for it alone.
TEST_F(Axil, RefusedReadsAndOthersKeepApart) {
  const auto params = ArbiterPins<Arbiter>::register_address(0, LOCKARB_PARAMS_OFFSET);
  const uint64_t start = master.now();
  for (unsigned n = 0; n < 60; ++n) {
    const bool privileged = n % 3 != 0;
    master.read(start + n / 5 * 7, n % 2 == 0 ? operand(1) : params, privileged);
  }
  master.run();
  for (unsigned n = 0; n < 60; ++n) {
    EXPECT_EQ(master.reads[n].error, n % 2 == 0 && n % 3 == 0) << "read " << n;
    if (n % 2 == 1) {
      EXPECT_EQ(master.reads[n].data, 256u << 16 | 64u << 6 | 4u) << "read " << n;
    }
  }
}

// A simulator stops the clock when busy_o is down and nothing is on the bus.
TEST_F(Axil, IsBusyFromAnAccessUntilItsAnswerShows) {
  for (const bool write : {false, true}) {
    for (unsigned reads = write ? 0 : 1; reads < 5; ++reads) {
      const auto answers = [&] { return master.reads.size() + master.writes.size(); };
      const std::size_t all = answers() + reads + write;
      ASSERT_FALSE(master.pins.busy_o);
      for (unsigned n = 0; n < reads; ++n) master.read(master.now(), id());
      if (write) {
        master.write_address(master.now(), operand(0));
        master.write_data(master.now(), reads);
      }
      while (answers() < all) {
        master.tick();
        const bool last_shows =
            answers() + master.pins.s_axil_rvalid + master.pins.s_axil_bvalid == all;
        EXPECT_TRUE(master.pins.busy_o || last_shows || answers() == all)
            << "in clock " << master.now();
      }
      master.tick();
      EXPECT_FALSE(master.pins.busy_o);
      master.tick(50);
      EXPECT_EQ(answers(), all);
    }
  }
}

// Random times of everything; what each access must answer is known beforehand, since no register
// is both read and written.
TEST(AxilAtRandomTimes, EveryAccessIsCarriedOutOnceAndAnswered) {
  using Pins = ArbiterPins<OddArbiter>;
  const unsigned kCores = 3, kAccesses = 60;
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
    Master<OddArbiter> master;
    for (unsigned core = 0; core < kCores; ++core) master.set(core, LOCKARB_IRQL_OFFSET, 10 + core);
    const std::size_t reads_before = master.reads.size(), writes_before = master.writes.size();

    // How often each side is ready, and how far apart the accesses are: in four steps each.
    const unsigned r_ready = 1 + below(4), b_ready = 1 + below(4), gap = 1 + below(12);
    master.takes_reads = [&](uint64_t) { return below(4) < r_ready; };
    master.takes_writes = [&](uint64_t) { return below(4) < b_ready; };
    std::vector<Shown> read_answers;
    std::vector<bool> refused;
    std::map<unsigned, uint32_t> written;
    uint64_t read_clock = master.now(), address_clock = read_clock, data_clock = read_clock;
    for (unsigned n = 0; n < kAccesses; ++n) {
      const unsigned core = below(kCores), user = below(5) == 0 ? below(4) : core;
      const bool privileged = below(4) != 0;
      if (below(2) == 0) {
        const bool is_id = below(2) == 0;
        master.read(read_clock += below(gap),
                    Pins::register_address(core, is_id ? LOCKARB_ID_OFFSET : LOCKARB_IRQL_OFFSET),
                    privileged, static_cast<int>(user));
        const bool error = user != core || !(is_id || privileged);
        read_answers.push_back({0, error, is_id ? 0x4C4B0200 : 10 + core});
        continue;
      }
      const uint32_t value = below(512) | (below(2) != 0 ? LOCKARB_OPERAND_POINTER_MASK : 0u);
      const unsigned lanes = below(5) == 0 ? below(16) : 0xf;
      master.write_address(address_clock += below(gap),
                           Pins::register_address(core, LOCKARB_OPERAND_OFFSET), privileged,
                           static_cast<int>(user));
      master.write_data(data_clock += below(gap), value, lanes);
      refused.push_back(user != core || !privileged || lanes != 0xf);
      if (!refused.back()) written[core] = value;
    }
    master.run();
    ASSERT_EQ(master.reads.size(), reads_before + read_answers.size());
    ASSERT_EQ(master.writes.size(), writes_before + refused.size());
    for (std::size_t n = 0; n < read_answers.size(); ++n) {
      const Shown &got = master.reads[reads_before + n];
      EXPECT_EQ(got.error, read_answers[n].error) << "read " << n;
      if (!got.error) {
        EXPECT_EQ(got.data, read_answers[n].data) << "read " << n;
      }
    }
    for (std::size_t n = 0; n < refused.size(); ++n)
      EXPECT_EQ(master.writes[writes_before + n].error, refused[n]) << "write " << n;
    for (const auto &[core, value] : written)
      EXPECT_EQ(master.value(core, LOCKARB_OPERAND_OFFSET), value);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace lockarb
