// SPDX-License-Identifier: Apache-2.0
// The serial line and its protocol: what the bridge does for a host, and what it does not do for
// noise.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <ostream>
#include <random>
#include <unordered_map>

#include "Vlockarb_board.h"
#include "Vlockarb_uartbone.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/rtl/serial_host.h"

namespace lockarb {
namespace {

using Words = std::vector<uint32_t>;

struct BusAccess {
  bool write;
  uint32_t address;
  uint32_t data;  // of a write
  bool operator==(const BusAccess &other) const {
    return write == other.write && address == other.address && data == other.data;
  }
};
std::ostream &operator<<(std::ostream &out, const BusAccess &access) {
  out << (access.write ? "W " : "R ") << std::hex << access.address;
  if (access.write) out << ' ' << access.data;
  return out << std::dec;
}

// Memory in which the upper half of the addresses is refused.
class Memory {
 public:
  static bool refuses(uint32_t address) { return address >> 24 != 0; }
  uint32_t read(uint32_t address) const {
    const auto found = words_.find(address);
    return found == words_.end() ? address * 2654435761u + 12345 : found->second;
  }
  void write(uint32_t address, uint32_t data) { words_[address] = data; }

 private:
  std::unordered_map<uint32_t, uint32_t> words_;
};

// An AXI4-Lite slave that takes its time, and insists on the rules of the channels.
class Slave {
 public:
  explicit Slave(unsigned seed) : random_(seed) {}

  void clock(Vlockarb_uartbone &pins) {
    // Most of the time nothing moves here.
    if (!pins.m_axil_arvalid && !pins.m_axil_awvalid && !pins.m_axil_wvalid && !read_due_ &&
        !address_due_ && !data_due_) {
      refusals_ += pins.bus_error_o;
      pins.m_axil_rvalid = pins.m_axil_bvalid = 0;
      return;
    }
    const uint32_t dice = random_();
    pins.m_axil_arready = dice & 1;
    pins.m_axil_awready = dice >> 1 & 1;
    pins.m_axil_wready = dice >> 2 & 1;
    pins.m_axil_rvalid = read_due_ && (pins.m_axil_rvalid || (dice >> 3 & 1));
    pins.m_axil_bvalid = address_due_ && data_due_ && (pins.m_axil_bvalid || (dice >> 4 & 1));
    if (pins.m_axil_rvalid || pins.m_axil_bvalid) pins.eval();
    refusals_ += pins.bus_error_o;

    expect_stable(pins);
    if (pins.m_axil_rvalid && pins.m_axil_rready) read_due_ = false;
    if (pins.m_axil_bvalid && pins.m_axil_bready) {
      address_due_ = data_due_ = false;
      ++writes_done_;
    }
    if (pins.m_axil_arvalid && pins.m_axil_arready) {
      expect_sideband(pins.m_axil_araddr, pins.m_axil_arprot, pins.m_axil_aruser);
      read_due_ = true;
      pins.m_axil_rdata = memory_.read(pins.m_axil_araddr);
      pins.m_axil_rresp = Memory::refuses(pins.m_axil_araddr) ? 2 : 0;
      seen_.push_back({false, pins.m_axil_araddr, 0});
    }
    if (pins.m_axil_awvalid && pins.m_axil_awready) {
      expect_sideband(pins.m_axil_awaddr, pins.m_axil_awprot, pins.m_axil_awuser);
      address_due_ = true;
      address_ = pins.m_axil_awaddr;
    }
    if (pins.m_axil_wvalid && pins.m_axil_wready) {
      EXPECT_EQ(pins.m_axil_wstrb, 15) << "the map has only whole words";
      data_due_ = true;
      data_ = pins.m_axil_wdata;
    }
    if (address_due_ && data_due_ && written_ == writes_done_) {
      ++written_;
      seen_.push_back({true, address_, data_});
      pins.m_axil_bresp = Memory::refuses(address_) ? 2 : 0;
      if (!Memory::refuses(address_)) memory_.write(address_, data_);
    }
  }

  std::deque<BusAccess> &seen() { return seen_; }
  unsigned refusals() const { return refusals_; }

 private:
  static void expect_sideband(uint32_t address, unsigned prot, unsigned user) {
    EXPECT_EQ(prot, 1u) << "the bridge is privileged";
    EXPECT_EQ(user, address >> LOCKARB_WINDOW_SHIFT) << "the core is the window's";
  }
  // What is valid stays so, with what it says, until it is taken.
  void expect_stable(const Vlockarb_uartbone &pins) {
    EXPECT_TRUE(!waited_[0] || (pins.m_axil_arvalid && pins.m_axil_araddr == waiting_[0]));
    EXPECT_TRUE(!waited_[1] || (pins.m_axil_awvalid && pins.m_axil_awaddr == waiting_[1]));
    EXPECT_TRUE(!waited_[2] || (pins.m_axil_wvalid && pins.m_axil_wdata == waiting_[2]));
    waited_[0] = pins.m_axil_arvalid && !pins.m_axil_arready;
    waited_[1] = pins.m_axil_awvalid && !pins.m_axil_awready;
    waited_[2] = pins.m_axil_wvalid && !pins.m_axil_wready;
    waiting_[0] = pins.m_axil_araddr;
    waiting_[1] = pins.m_axil_awaddr;
    waiting_[2] = pins.m_axil_wdata;
  }

  std::mt19937 random_;
  Memory memory_;
  std::deque<BusAccess> seen_;
  bool read_due_ = false, address_due_ = false, data_due_ = false;
  uint32_t address_ = 0, data_ = 0;
  unsigned written_ = 0, writes_done_ = 0, refusals_ = 0;
  bool waited_[3] = {};
  uint32_t waiting_[3] = {};
};

// The protocol in software: which accesses the bytes of a line ask for, and what is answered.
class ProtocolModel {
 public:
  void byte(uint8_t byte) {
    if (deaf_) return;
    if (answering_) {
      if (waits_) deaf_ = true;
      waits_ = !waits_;
      waiting_ = byte;
      return;
    }
    frame_.push_back(byte);
    if (byte == 0 || byte > 4) deaf_ = frame_.size() == 1;
    if (deaf_) frame_.clear();
    if (frame_.size() >= 6) {
      const unsigned words = frame_[1] == 0 ? 256 : frame_[1];
      const bool write = frame_[0] & 1;
      if (frame_.size() == 6 + (write ? words * 4 : 0)) carry_out(write, frame_[0] > 2, words);
    }
  }
  void broken() {
    deaf_ = true;
    waits_ = false;
    frame_.clear();
  }
  void silence() {
    deaf_ = waits_ = false;
    frame_.clear();
  }
  // The host has the whole answer.
  void answered() {
    answering_ = false;
    if (waits_) {
      waits_ = false;
      byte(waiting_);
    }
  }

  bool answering() const { return answering_; }
  std::deque<BusAccess> &accesses() { return accesses_; }
  Bytes &answer() { return answer_; }
  unsigned words_written() const { return words_written_; }
  unsigned frames() const { return frames_; }

 private:
  void carry_out(bool write, bool fixed, unsigned words) {
    ++frames_;
    const Words values = words_of(Bytes(frame_.begin() + 2, frame_.end()));
    frame_.clear();
    for (unsigned i = 0; i < words; ++i) {
      const uint64_t word = uint64_t{values[0]} + (fixed ? 0 : i);
      const bool outside = word >> 23 != 0;
      const uint32_t address = static_cast<uint32_t>(word * 4);
      const bool refused = outside || Memory::refuses(address);
      if (!outside) accesses_.push_back({write, address, write ? values[1 + i] : 0});
      if (write && !refused) memory_.write(address, values[1 + i]);
      if (!write) append_word(answer_, refused ? 0xffffffff : memory_.read(address));
    }
    answering_ = !write;
    if (write) words_written_ += words;
  }

  bool deaf_ = true;
  bool answering_ = false;
  bool waits_ = false;
  uint8_t waiting_ = 0;
  Bytes frame_;
  Memory memory_;
  std::deque<BusAccess> accesses_;
  Bytes answer_;
  unsigned words_written_ = 0, frames_ = 0;
};

class Uartbone : public ::testing::Test {
 protected:
  Uartbone() { host.be_silent(); }

  Words read(uint32_t address, unsigned words = 1, UartboneCommand command = kRead) {
    host.send(read_frame(address, words, command));
    return words_of(host.receive(words * 4));
  }
  void write(uint32_t address, const Words &words, UartboneCommand command = kWrite) {
    host.send(write_frame(address, words, command));
    // At so few clocks per bit a long write takes longer than the two bytes that may follow at
    // once.
    if (words.size() > 8) host.rest(static_cast<double>(words.size()));
  }
  // What the bus saw since the last question.
  std::deque<BusAccess> accesses() {
    host.rest(8);
    std::deque<BusAccess> seen;
    seen.swap(slave.seen());
    return seen;
  }
  // A host that knows nothing of what was before is answered after a silence.
  void expect_recovered() {
    host.be_silent();
    accesses();
    write(0x40, {0x12345678});
    EXPECT_EQ(read(0x40), Words{0x12345678}) << "the bridge did not come back";
    EXPECT_EQ(accesses().size(), 2u);
  }

  using Host = SerialHost<Vlockarb_uartbone>;
  Slave slave{1};
  Host host{[this](Vlockarb_uartbone &pins) { slave.clock(pins); }};
  const Memory untouched;
};

TEST_F(Uartbone, WritesAndReadsWordsOfEveryLength) {
  for (unsigned words = 1; words <= 256; words = words < 12 ? words + 1 : words * 2 - 8) {
    Words values(words);
    for (unsigned i = 0; i < words; ++i) values[i] = 0x01020304 * i + words;
    write(0x1000, values);
    EXPECT_EQ(read(0x1000, words), values);
    EXPECT_EQ(accesses().size(), 2 * words);
  }
  Words values(256, 7);
  write(0x1000, values);
  EXPECT_EQ(read(0x1000, 256), values) << "0 in the frame means 256 words";
  EXPECT_EQ(accesses().size(), 512u);
}

TEST_F(Uartbone, KeepsAFixedAddress) {
  write(0x24, {1, 2, 3}, kWriteFixed);
  EXPECT_EQ(accesses(), (std::deque<BusAccess>{{true, 0x24, 1}, {true, 0x24, 2}, {true, 0x24, 3}}));
  EXPECT_EQ(read(0x24, 2, kReadFixed), (Words{3, 3}));
  EXPECT_EQ(accesses(), (std::deque<BusAccess>{{false, 0x24, 0}, {false, 0x24, 0}}));
}

TEST_F(Uartbone, TakesFramesWithoutAGapBetweenThem) {
  for (unsigned i = 0; i < 50; ++i) write(0x100 + 4 * i, {i, ~i});
  for (unsigned i = 0; i < 50; ++i) EXPECT_EQ(read(0x100 + 4 * i), Words{i});
  EXPECT_EQ(read(0x100 + 4 * 50), Words{~49u});
}

TEST_F(Uartbone, ToleratesTwoPercentOfBaud) {
  for (const double speed : {0.98, 0.99, 1.0, 1.01, 1.02}) {
    host.set_speed(speed);
    for (unsigned i = 0; i < 40; ++i) {
      const uint32_t value = i * 0x9e3779b9;
      write(4 * i, {value, 0xffffffff, 0, 0x55aa55aa});
      EXPECT_EQ(read(4 * i, 4), (Words{value, 0xffffffff, 0, 0x55aa55aa})) << "at " << speed;
    }
  }
}

TEST_F(Uartbone, ForgetsAFrameThatIsCutAtAnyByte) {
  for (const Bytes &frame : {write_frame(0x80, {1, 2, 3}), read_frame(0x80, 2)}) {
    for (std::size_t cut = 1; cut < frame.size(); ++cut) {
      host.send(Bytes(frame.begin(), frame.begin() + static_cast<long>(cut)));
      host.be_silent();
      EXPECT_TRUE(accesses().empty()) << "a frame was carried out after " << cut << " bytes";
      expect_recovered();
    }
  }
}

TEST_F(Uartbone, WaitsForTheRestOfAFrameThatPauses) {
  for (const uint8_t byte : write_frame(0x80, {0xcafe})) {
    host.rest(Host::kTimeoutBits - 2);
    host.send(byte);
  }
  for (const uint8_t byte : read_frame(0x80)) {
    host.rest(Host::kTimeoutBits - 2);
    host.send(byte);
  }
  EXPECT_EQ(words_of(host.receive(4)), Words{0xcafe});
}

TEST_F(Uartbone, DropsAFrameWithABrokenByteWhereverItIs) {
  const Bytes frame = write_frame(0x80, {0x02010000, 0x00020201});
  for (std::size_t broken = 0; broken < frame.size(); ++broken) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      host.send(frame[i], i != broken);
      if (i == broken) host.rest(1);
    }
    host.send(read_frame(0x80));
    EXPECT_TRUE(accesses().empty()) << "byte " << broken << " of the frame was no byte";
    EXPECT_TRUE(host.pins().deaf_o);
    expect_recovered();
  }
}

TEST_F(Uartbone, DropsAFrameWithABreakInIt) {
  for (const double bits : {10.0, 11.0, 25.0, 300.0}) {
    const Bytes frame = write_frame(0x80, {5});
    host.send(Bytes(frame.begin(), frame.begin() + 7));
    host.drive(false, bits);
    host.rest(1);
    host.send(Bytes(frame.begin() + 7, frame.end()));
    EXPECT_TRUE(accesses().empty());
    expect_recovered();
  }
}

TEST_F(Uartbone, StaysDeafWhileTheLineIsLow) {
  host.drive(false, 10 * Host::kTimeoutBits);
  EXPECT_TRUE(host.pins().deaf_o) << "a line that is low is not silent";
  expect_recovered();
}

TEST_F(Uartbone, DoesNotBelieveWhatFollowsAnUnknownCommand) {
  for (const uint8_t command : {0, 5, 0x42, 0xff}) {
    host.send(command);
    host.send(write_frame(0x80, {5}));
    EXPECT_TRUE(accesses().empty());
    expect_recovered();
  }
}

TEST_F(Uartbone, IgnoresPulsesThatAreNoStartBit) {
  for (unsigned clocks = 1; clocks < Host::kClocksPerBit / 2; ++clocks) {
    const Bytes frame = write_frame(0x80, {clocks});
    for (const uint8_t byte : frame) {
      host.send(byte);
      host.drive(false, clocks / double{Host::kClocksPerBit});
      host.rest(1);
    }
    EXPECT_EQ(read(0x80), Words{clocks});
  }
}

// One clock of the wrong level anywhere in a byte.
TEST_F(Uartbone, ReadsThroughGlitchesOfOneClock) {
  std::minstd_rand random(3);
  for (unsigned round = 0; round < 200; ++round) {
    const uint32_t value = random();
    for (const uint8_t byte : write_frame(0x80, {value})) {
      const unsigned levels = byte << 1 | 1u << 9;
      for (unsigned bit = 0; bit < 10; ++bit) {
        const bool level = levels >> bit & 1;
        const unsigned glitch = 1 + random() % (Host::kClocksPerBit - 2);
        for (unsigned clock = 0; clock < Host::kClocksPerBit; ++clock)
          host.drive(level != (clock == glitch), 1.0 / Host::kClocksPerBit);
      }
    }
    ASSERT_EQ(read(0x80), Words{value});
  }
}

TEST_F(Uartbone, IgnoresWhatComesAfterResetBeforeASilence) {
  host.reset();
  const Bytes frame = write_frame(0x80, {0x02010000});
  host.send(Bytes(frame.begin() + 6, frame.end()));
  host.send(read_frame(0x80));
  EXPECT_TRUE(accesses().empty()) << "the end of a frame that began before the reset";
  expect_recovered();
}

TEST_F(Uartbone, AnswersOnesToWhatTheBusRefuses) {
  EXPECT_EQ(read(0x1000000), Words{0xffffffff});
  EXPECT_EQ(slave.refusals(), 1u);
  write(0x1000000, {1});
  EXPECT_EQ(accesses().size(), 2u);
  EXPECT_EQ(slave.refusals(), 2u);
}

TEST_F(Uartbone, ReachesNothingOutsideItsAddresses) {
  EXPECT_EQ(read(0x1fffff8, 4), Words(4, 0xffffffff));
  EXPECT_EQ(accesses(), (std::deque<BusAccess>{{false, 0x1fffff8, 0}, {false, 0x1fffffc, 0}}));
  EXPECT_EQ(slave.refusals(), 4u);
  for (unsigned bit = 25; bit < 32; ++bit) {
    EXPECT_EQ(read(1u << bit), Words{0xffffffff});
    write(1u << bit, {1});
  }
  // The two bits of a word address that a byte address of 32 bits does not have.
  for (const uint8_t top : {0x40, 0x80}) {
    host.send({kRead, 1, top, 0, 0, 0});
    EXPECT_EQ(words_of(host.receive(4)), Words{0xffffffff});
  }
  EXPECT_TRUE(accesses().empty());
  EXPECT_EQ(slave.refusals(), 20u);
}

TEST_F(Uartbone, KeepsOneByteThatComesDuringAnAnswer) {
  const Bytes next = read_frame(0x44);
  host.send(read_frame(0x40));
  Bytes answer = host.receive(2);
  host.send(next);
  const Bytes rest = host.receive(6);
  answer.insert(answer.end(), rest.begin(), rest.end());
  EXPECT_EQ(words_of(answer), (Words{untouched.read(0x40), untouched.read(0x44)}));
}

TEST_F(Uartbone, ForgetsThatByteWhenASilenceFollows) {
  host.send(read_frame(0x40, 8));
  host.send(kWrite);
  EXPECT_EQ(host.receive(32).size(), 32u);
  EXPECT_EQ(read(0x44), Words{untouched.read(0x44)}) << "the line was silent during the answer";
}

TEST_F(Uartbone, AnswersToTheEndThoughTheHostSpeaksAtTheSameTime) {
  host.send(read_frame(0x40, 8));
  host.send(write_frame(0x40, {1, 2, 3}));
  EXPECT_EQ(host.receive(32).size(), 32u);
  EXPECT_EQ(accesses().size(), 8u) << "a frame was carried out of which bytes are missing";
  expect_recovered();
}

// Whatever the line carries, the bus sees what whole frames ask for.
TEST_F(Uartbone, CarriesOutWholeFramesOnlyInAMillionBytesOfNoise) {
  constexpr unsigned kBytes = 1000000;
  constexpr unsigned kSeed = 20240611;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  std::mt19937 random(kSeed);
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  ProtocolModel model;
  unsigned bytes = 0, valid_frames = 0;
  model.silence();

  const auto wait_for_answer = [&] {
    const std::size_t due = model.answer().size();
    for (unsigned clock = 0; host.received().size() < due && clock < 200000; ++clock) host.tick();
    if (model.answering()) model.answered();
  };
  const auto send = [&](uint8_t byte) {
    const unsigned before = model.words_written();
    host.send(byte);
    model.byte(byte);
    ++bytes;
    // A long write takes longer than a byte: its host waits.
    const unsigned words = model.words_written() - before;
    if (words > 8) host.rest(words);
  };
  const auto compare = [&] {
    ASSERT_EQ(slave.seen().size(), model.accesses().size()) << "after " << bytes << " bytes";
    ASSERT_EQ(slave.seen(), model.accesses()) << "after " << bytes << " bytes";
    slave.seen().clear();
    model.accesses().clear();
    Bytes answer;
    answer.swap(model.answer());
    ASSERT_EQ(host.receive(answer.size()), answer) << "after " << bytes << " bytes";
  };
  // Until the answer is out and nobody has spoken for long enough.
  const auto silence = [&] {
    wait_for_answer();
    host.be_silent();
    model.silence();
    compare();
  };
  const auto any_frame = [&] {
    const unsigned words = below(20) == 0 ? 1 + below(256) : 1 + below(8);
    const uint32_t address = (random() >> below(24)) & 0x3ffffffc;
    const bool fixed = below(4) == 0;
    if (below(2) == 0) return read_frame(address, words, fixed ? kReadFixed : kRead);
    Words values(words);
    for (uint32_t &value : values) value = random();
    return write_frame(address, values, fixed ? kWriteFixed : kWrite);
  };
  const auto any_byte = [&] { return static_cast<uint8_t>(below(2) ? random() : below(6)); };

  while (bytes < kBytes && !HasFatalFailure()) {
    switch (below(8)) {
      case 0:  // random bytes
      case 1:
        for (unsigned left = 1 + below(60); left != 0; --left) send(any_byte());
        break;
      case 2: {  // a frame, cut
        const Bytes frame = any_frame();
        const std::size_t cut = 1 + below(static_cast<unsigned>(frame.size()) - 1);
        for (std::size_t i = 0; i < cut; ++i) send(frame[i]);
        break;
      }
      case 3: {  // a frame with one byte wrong or missing
        Bytes frame = any_frame();
        const long where = below(static_cast<unsigned>(frame.size()));
        if (below(2) != 0) {
          frame.erase(frame.begin() + where);
        } else {
          frame[static_cast<std::size_t>(where)] ^= static_cast<uint8_t>(1u << below(8));
        }
        for (const uint8_t byte : frame) send(byte);
        break;
      }
      case 4:  // a break
        host.drive(false, 10 + below(30));
        host.rest(1);
        model.broken();
        break;
      case 5:  // a byte without its stop bit
        host.send(any_byte(), false);
        host.rest(1);
        model.broken();
        ++bytes;
        break;
      case 6:  // a pulse that is no start bit
        host.drive(false, (1 + below(Host::kClocksPerBit / 2 - 1)) / double{Host::kClocksPerBit});
        host.rest(1);
        break;
      default: {  // a host that waits, and is answered
        silence();
        const unsigned before = model.frames();
        for (unsigned count = 1 + below(3); count != 0; --count) {
          for (const uint8_t byte : any_frame()) send(byte);
          ++valid_frames;
          wait_for_answer();
        }
        EXPECT_GT(model.frames(), before);
        host.rest(15);  // a write of few words is done then
        compare();
        break;
      }
    }
    if (below(2) == 0) silence();
  }
  silence();
  expect_recovered();
  EXPECT_GT(valid_frames, 1000u);
  EXPECT_GT(model.frames(), valid_frames + 1000u) << "no frame was carried out that noise made";
}

// The arbiter behind the line.
class Board : public ::testing::Test {
 protected:
  Board() { host.be_silent(); }

  Words read(uint32_t address, unsigned words = 1, UartboneCommand command = kRead) {
    host.send(read_frame(address, words, command));
    return words_of(host.receive(words * 4));
  }
  uint32_t read_register(unsigned core, uint32_t offset) {
    const Words words = read(core << LOCKARB_WINDOW_SHIFT | offset);
    return words.size() == 1 ? words[0] : 0xdeadbeef;
  }
  void write_register(unsigned core, uint32_t offset, uint32_t value) {
    host.send(write_frame(core << LOCKARB_WINDOW_SHIFT | offset, {value}));
  }
  static uint32_t place_of(unsigned op, unsigned lock) {
    return op << LOCKARB_OP_SHIFT | lock << LOCKARB_LOCK_SHIFT;
  }
  static uint32_t command_address(unsigned core, unsigned op, unsigned lock) {
    return core << LOCKARB_WINDOW_SHIFT | LOCKARB_COMMAND_OFFSET | place_of(op, lock);
  }
  // By a write, which needs no open aperture.
  unsigned status(unsigned core, unsigned op, unsigned lock) {
    write_register(core, LOCKARB_ISSUE_OFFSET, place_of(op, lock));
    return read_register(core, LOCKARB_ANSWER_OFFSET) & LOCKARB_RESULT_STATUS_MASK;
  }
  unsigned status_of_read(unsigned core, unsigned op, unsigned lock) {
    return read(command_address(core, op, lock)).at(0) & LOCKARB_RESULT_STATUS_MASK;
  }
  void set_thread(unsigned core, unsigned thread) {
    write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK | thread);
  }

  SerialHost<Vlockarb_board> host;
};

TEST_F(Board, ReachesEveryRegisterOfEveryCore) {
  for (unsigned core = 0; core < 3; ++core) {
    EXPECT_EQ(read_register(core, LOCKARB_ID_OFFSET) >> LOCKARB_ID_MAGIC_SHIFT,
              LOCKARB_ID_MAGIC_RESET);
    EXPECT_EQ(read_register(core, LOCKARB_PARAMS_OFFSET), 16u << 16 | 8u << 6 | 3u);
    EXPECT_EQ(read_register(core, LOCKARB_LIMITS_OFFSET), LOCKARB_LIMITS_STATISTICS_MASK | 4u);
    write_register(core, LOCKARB_OPERAND_OFFSET, LOCKARB_OPERAND_POINTER_MASK | (core + 1));
    write_register(core, LOCKARB_APC_MASK_OFFSET, 0xfedcba98 + core);
    write_register(core, LOCKARB_IRQL_OFFSET, core + 7);
    write_register(core, LOCKARB_APC_PENDING_OFFSET, core + 1);
    set_thread(core, core + 4);
  }
  for (unsigned core = 0; core < 3; ++core) {
    EXPECT_EQ(read_register(core, LOCKARB_CURRENT_THREAD_OFFSET),
              LOCKARB_CURRENT_THREAD_VALID_MASK | (core + 4));
    EXPECT_EQ(read_register(core, LOCKARB_OPERAND_OFFSET),
              LOCKARB_OPERAND_POINTER_MASK | (core + 1));
    EXPECT_EQ(read_register(core, LOCKARB_APC_MASK_OFFSET), 0xfedcba98 + core);
    EXPECT_EQ(read_register(core, LOCKARB_IRQL_OFFSET), core + 7);
    EXPECT_EQ(read_register(core, LOCKARB_APC_PENDING_OFFSET), core + 1);
    EXPECT_EQ(read_register(core, LOCKARB_APC_DELIVERABLE_OFFSET), 0u);
    EXPECT_EQ(read_register(core, LOCKARB_GRANT_OFFSET), 0u);
    EXPECT_EQ(read_register(core, LOCKARB_ERROR_OFFSET), 0u);
    EXPECT_EQ(read_register(core, LOCKARB_STATUS_OFFSET), 0u);
  }
  EXPECT_FALSE(host.pins().led_o >> 2 & 1) << "the bus refused one of them";
}

TEST_F(Board, ShowsTimeThatGoesOn) {
  const Words first = read(LOCKARB_TIME_LO_OFFSET, 2);
  const uint64_t clocks = host.clocks();
  host.rest(100);
  const Words second = read(LOCKARB_TIME_LO_OFFSET, 2);
  EXPECT_EQ(second.at(0) - first.at(0), host.clocks() - clocks);
  EXPECT_EQ(second.at(1), 0u);
}

TEST_F(Board, HandsALockOverAndShowsIt) {
  EXPECT_EQ(status(0, LOCKARB_OP_INITIALIZE, 9), LOCKARB_STATUS_DONE);
  for (unsigned core = 0; core < 3; ++core) set_thread(core, core + 1);
  EXPECT_EQ(status(0, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 9), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  for (unsigned core = 0; core < 3; ++core) {
    const unsigned next = (core + 1) % 3;
    EXPECT_EQ(status(next, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 9), LOCKARB_STATUS_WAITING);
    EXPECT_EQ(host.pins().led_o >> 4, 0);
    EXPECT_EQ(status(core, LOCKARB_OP_RELEASE, 9), LOCKARB_STATUS_HANDED_EXCLUSIVE);
    EXPECT_EQ(host.pins().led_o >> 4, 1 << next) << "the interrupt of core " << next;
    EXPECT_EQ(read_register(next, LOCKARB_GRANT_OFFSET),
              LOCKARB_GRANT_VALID_MASK | (next + 1) << LOCKARB_GRANT_THREAD_SHIFT |
                  9u << LOCKARB_GRANT_LOCK_SHIFT);
    write_register(next, LOCKARB_GRANT_OFFSET, 0);
  }
  write_register(0, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  EXPECT_EQ(status_of_read(0, LOCKARB_OP_RELEASE, 9), LOCKARB_STATUS_FREED);
  EXPECT_EQ(host.pins().led_o >> 4, 0);
  const uint32_t row = LOCKARB_STATISTICS_OFFSET + (9u << LOCKARB_STATISTICS_LOCK_SHIFT);
  EXPECT_EQ(read_register(0, row + LOCKARB_ACQUISITIONS_OFFSET), 4u);
  EXPECT_EQ(read_register(0, row + LOCKARB_CONTENTIONS_OFFSET), 3u);
}

TEST_F(Board, TakesManyLocksWithOneFrame) {
  set_thread(2, 5);
  write_register(2, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  for (const uint32_t word : read(command_address(2, LOCKARB_OP_INITIALIZE, 0), 16))
    EXPECT_EQ(word & LOCKARB_RESULT_STATUS_MASK, LOCKARB_STATUS_ERR_NOT_ARMED);
  Words places;
  for (unsigned lock = 0; lock < 16; ++lock)
    places.push_back(place_of(LOCKARB_OP_INITIALIZE, lock));
  host.send(write_frame(2u << LOCKARB_WINDOW_SHIFT | LOCKARB_ISSUE_OFFSET, places, kWriteFixed));
  host.rest(static_cast<double>(places.size()));  // as Uartbone's write() does
  EXPECT_EQ(read_register(2, LOCKARB_ANSWER_OFFSET), LOCKARB_STATUS_DONE);
  for (const uint32_t word : read(command_address(2, LOCKARB_OP_ACQUIRE_SHARED, 0), 16))
    EXPECT_EQ(word & LOCKARB_RESULT_STATUS_MASK, LOCKARB_STATUS_GRANTED_SHARED);
  // All at one address: the second release finds nothing left.
  const Words released = read(command_address(2, LOCKARB_OP_RELEASE, 3), 2, kReadFixed);
  EXPECT_EQ(released.at(0) & LOCKARB_RESULT_STATUS_MASK, LOCKARB_STATUS_FREED);
  EXPECT_EQ(released.at(1) & LOCKARB_RESULT_STATUS_MASK, LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
}

// Between the registers, and beyond the last core.
TEST_F(Board, LightsALampWhenTheBusRefuses) {
  const auto refused = [this] { return host.pins().led_o >> 2 & 1; };
  for (const uint32_t address :
       {0x7cu, 0x200u, 0x20000u, 3u << 20, 4u << 20, 8u << 20, 16u << 20}) {
    for (const bool write : {false, true}) {
      host.reset();
      host.be_silent();
      EXPECT_FALSE(refused());
      if (write) {
        host.send(write_frame(address, {1}));
        host.rest(20);
      } else {
        EXPECT_EQ(read(address), Words{0xffffffff}) << std::hex << address;
      }
      EXPECT_TRUE(refused()) << std::hex << address << (write ? ", a write" : ", a read");
    }
  }
}

}  // namespace
}  // namespace lockarb
