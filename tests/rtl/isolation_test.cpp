// SPDX-License-Identifier: Apache-2.0
// What those who share the arbiter owe each other (contract part IV): reads that do no harm,
// commands that have to be armed, locks of two classes, windows of one master each.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "Vlockarb.h"
#include "Vlockarb___024root.h"
#include "Vlockarb_odd.h"
#include "Vlockarb_odd___024root.h"
#include "sim/reference/access_text.h"
#include "sim/reference/reference_model.h"
#include "tests/rtl/access_list.h"
#include "tests/rtl/arbiter_pins.h"

namespace lockarb {
namespace {

using Pins = ArbiterPins<Vlockarb>;
constexpr unsigned kCores = 4;
constexpr unsigned kOperations = 32;
constexpr unsigned kNotArmed = LOCKARB_STATUS_ERR_NOT_ARMED;
constexpr uint32_t kValid = LOCKARB_CURRENT_THREAD_VALID_MASK;

// ------------------------------------------------------------------------------------- the state

using Words = std::vector<uint32_t>;

void append(Words &words, uint64_t word) {
  words.push_back(static_cast<uint32_t>(word));
  words.push_back(static_cast<uint32_t>(word >> 32));
}
template <std::size_t N>
void append(Words &words, const VlWide<N> &word) {
  words.insert(words.end(), std::begin(word.m_storage), std::end(word.m_storage));
}
template <class Ram>
void append_all(Words &words, const Ram &ram) {
  for (const auto &word : ram.m_storage) append(words, word);
}

template <class Root, class = void>
constexpr bool kHasStatistics = false;
template <class Root>
inline constexpr bool kHasStatistics<
    Root,
    std::void_t<
        decltype(Root::
                     lockarb__DOT__u_engine__DOT__g_statistics__DOT__u_statistics__DOT__u_row__DOT__words)>> =
    true;

// All RAMs that say who owns, waits and was granted, the masks of the cores, and statistics.
template <class Model>
Words rams_of(const Model &model) {
  const auto &root = *model.rootp;
  Words words;
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_row__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_hold__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_thread__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_next__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_walk_next__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_core__DOT__words);
  append_all(words, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_walk_core__DOT__words);
  append_all(words, root.lockarb__DOT__u_grant__DOT__u_link__DOT__words);
  append_all(words, root.lockarb__DOT__u_apc__DOT__u_kernel__DOT__words);
  append_all(words, root.lockarb__DOT__u_apc__DOT__u_irql__DOT__words);
  if constexpr (kHasStatistics<std::decay_t<decltype(root)>>) {
    append_all(
        words,
        root.lockarb__DOT__u_engine__DOT__g_statistics__DOT__u_statistics__DOT__u_row__DOT__words);
  }
  return words;
}

// ... and every register of every core that is no clock, with the interrupts.
template <class Model>
Words state_of(ArbiterPins<Model> &bus, unsigned cores) {
  auto &pins = bus.pins();
  const auto privileged = std::exchange(pins.s_axil_arprot, 1);
  bus.settle();
  Words words = rams_of(pins);
  for (unsigned core = 0; core < cores; ++core) {
    for (uint32_t offset = LOCKARB_STATUS_OFFSET; offset < LOCKARB_ISSUE_OFFSET; offset += 4) {
      if (offset == LOCKARB_TIME_LO_OFFSET || offset == LOCKARB_TIME_HI_OFFSET) continue;
      words.push_back(bus.read(bus.register_address(core, offset)).data);
    }
  }
  words.push_back(pins.irq_o);
  pins.s_axil_arprot = privileged;
  return words;
}

// ------------------------------------------------------------------------------------- each rule

class Isolation : public ::testing::Test {
 protected:
  static constexpr unsigned kLock = 7;   // of privileged code; thread 5 has it, thread 6 waits
  static constexpr unsigned kFree = 9;   // of privileged code
  static constexpr unsigned kMine = 10;  // of privileged code; thread 3 has it
  static constexpr unsigned kUser = 8;   // of everybody
  static constexpr unsigned kDead = 20;  // of nobody
  static constexpr unsigned kActor = 3;  // the core that does it, with thread 3

  Isolation() {
    for (const unsigned lock : {kLock, kFree, kMine}) initialize(lock, LOCKARB_OP_INITIALIZE);
    initialize(kUser, LOCKARB_OP_INITIALIZE_USER);
    EXPECT_EQ(bus.command_for(1, 5, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kLock).status(),
              LOCKARB_STATUS_GRANTED_EXCLUSIVE);
    EXPECT_EQ(bus.command_for(2, 6, LOCKARB_OP_ACQUIRE_SHARED, kLock).status(),
              LOCKARB_STATUS_WAITING);
    EXPECT_EQ(bus.command_for(kActor, 3, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kMine).status(),
              LOCKARB_STATUS_GRANTED_EXCLUSIVE);
    bus.settle();
  }

  void initialize(unsigned lock, unsigned op) {
    EXPECT_EQ(bus.command(0, op, lock).status(), LOCKARB_STATUS_DONE);
  }
  Words state() { return state_of(bus, kCores); }
  void privileged(bool yes) { bus.pins().s_axil_arprot = bus.pins().s_axil_awprot = yes; }

  void arm(unsigned core, unsigned op, unsigned lock) {
    bus.write_register(core, LOCKARB_ARM_OFFSET, place_of(op, lock));
  }
  bool armed(unsigned core) {
    return (bus.read_register(core, LOCKARB_ARM_OFFSET) & LOCKARB_ARM_VALID_MASK) != 0;
  }
  // A read of the aperture and nothing before it.
  BusResult read(unsigned core, unsigned op, unsigned lock) {
    const BusResult result = bus.read(Pins::command_address(core, op, lock));
    bus.settle();
    return result;
  }
  unsigned status(unsigned core, unsigned op, unsigned lock) {
    const BusResult result = read(core, op, lock);
    EXPECT_FALSE(result.error);
    return Answer{result.data}.status();
  }
  BusResult issue(unsigned core, unsigned op, unsigned lock) {
    return bus.write(Pins::register_address(core, LOCKARB_ISSUE_OFFSET), place_of(op, lock));
  }
  uint32_t error() { return bus.read_register(0, LOCKARB_ERROR_OFFSET); }
  uint32_t user_error() { return bus.read_register(0, LOCKARB_USER_ERROR_OFFSET); }
  static uint32_t error_word(unsigned status, unsigned core, unsigned thread, unsigned lock) {
    return 1u << 31 | status << 26 | core << 21 | thread << 12 | lock;
  }

  // What has to be armed, where it can be done, with what in OPERAND, and its answer.
  struct Armed {
    unsigned op, lock;
    uint32_t operand;
    unsigned status;
  };
  static std::vector<Armed> operations() {
    return {
        {LOCKARB_OP_RELEASE_FOR, kLock, 5, LOCKARB_STATUS_HANDED_SHARED},
        {LOCKARB_OP_SET_OWNER, kMine, LOCKARB_OPERAND_POINTER_MASK | 40, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_CANCEL, kLock, 6, LOCKARB_STATUS_CANCELLED},
        {LOCKARB_OP_DRAIN, kLock, 5, LOCKARB_STATUS_HANDED_SHARED},
        {LOCKARB_OP_INITIALIZE, kDead, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_INITIALIZE_WRITER_FIRST, kDead, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_INITIALIZE_USER, kDead, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST, kDead, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_REINITIALIZE, kFree, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_REINITIALIZE, kMine, 0, LOCKARB_STATUS_DONE_HELD},
        {LOCKARB_OP_DELETE, kFree, 0, LOCKARB_STATUS_DONE},
        {LOCKARB_OP_DELETE, kMine, 0, LOCKARB_STATUS_DONE_HELD},
    };
  }
  void set_operand(const Armed &what) {
    bus.write_register(kActor, LOCKARB_OPERAND_OFFSET, what.operand);
  }
  // Refused as not armed, with nothing changed but that ERROR says so, which is cleared again.
  void expect_refused(const Armed &what) {
    bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
    // What ARM names, if it names another command, is used up all the same.
    Words before = state();
    EXPECT_EQ(status(kActor, what.op, what.lock), kNotArmed);
    const bool of_operand = what.op == LOCKARB_OP_RELEASE_FOR || what.op == LOCKARB_OP_CANCEL ||
                            what.op == LOCKARB_OP_DRAIN;
    EXPECT_EQ(error(), error_word(kNotArmed, kActor, of_operand ? what.operand : 3, what.lock));
    bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
    EXPECT_EQ(state(), before);
    EXPECT_FALSE(armed(kActor));
  }
  // ... and what would have been done can be, when it is armed.
  void expect_possible(const Armed &what) {
    arm(kActor, what.op, what.lock);
    EXPECT_EQ(status(kActor, what.op, what.lock), what.status);
    EXPECT_EQ(error(), 0u);
  }
  static std::string name(const Armed &what) {
    return std::string(operation_name(what.op)) + " of lock " + std::to_string(what.lock);
  }

  Pins bus;
};

class IsolationOfEach : public Isolation, public ::testing::WithParamInterface<unsigned> {
 protected:
  static constexpr unsigned kCount = 12;
  const Armed what = operations().at(GetParam());
};

TEST_P(IsolationOfEach, IsRefusedWhenItIsNotArmed) {
  ASSERT_EQ(operations().size(), kCount);
  SCOPED_TRACE(name(what));
  set_operand(what);
  for (unsigned times = 0; times < 3; ++times) expect_refused(what);
  expect_possible(what);
}

TEST_P(IsolationOfEach, IsArmedForOneOperationOnOneLock) {
  SCOPED_TRACE(name(what));
  set_operand(what);
  for (unsigned op = 0; op < kOperations; ++op) {
    if (op == what.op) continue;
    arm(kActor, op, what.lock);
    EXPECT_EQ(status(kActor, what.op, what.lock), kNotArmed) << "armed for " << op;
    EXPECT_FALSE(armed(kActor));
    expect_refused(what);
  }
  for (unsigned bit = 0; bit < 12; ++bit) {
    arm(kActor, what.op, what.lock ^ 1u << bit);
    EXPECT_EQ(status(kActor, what.op, what.lock), kNotArmed) << "another lock, bit " << bit;
    EXPECT_FALSE(armed(kActor));
    expect_refused(what);
  }
  expect_possible(what);
}

TEST_P(IsolationOfEach, IsArmedForOneCommandWhicheverComes) {
  SCOPED_TRACE(name(what));
  set_operand(what);
  for (unsigned op = 0; op < kOperations; ++op) {
    for (const bool by_write : {false, true}) {
      // On a lock that is not there: each is refused or does nothing.
      arm(kActor, what.op, what.lock);
      const BusResult result = by_write ? issue(kActor, op, 300) : read(kActor, op, 300);
      EXPECT_FALSE(result.error);
      EXPECT_FALSE(armed(kActor)) << "operation " << op << (by_write ? ", issued" : ", read");
      expect_refused(what);
    }
  }
  // One that is carried out, and one of unprivileged code.
  arm(kActor, what.op, what.lock);
  EXPECT_EQ(status(kActor, LOCKARB_OP_HOLD_COUNT, kUser), LOCKARB_STATUS_DONE);
  expect_refused(what);
  arm(kActor, what.op, what.lock);
  privileged(false);
  EXPECT_EQ(status(kActor, LOCKARB_OP_HOLD_COUNT, kUser), LOCKARB_STATUS_DONE);
  privileged(true);
  expect_refused(what);
  // The command itself uses it up as well.
  expect_possible(what);
  EXPECT_FALSE(armed(kActor));
  EXPECT_GE(status(kActor, what.op, what.lock), kNotArmed);
}

TEST_P(IsolationOfEach, IsArmedByAWriteOfItsCoreOnly) {
  SCOPED_TRACE(name(what));
  set_operand(what);
  for (unsigned core = 0; core < kCores; ++core) {
    if (core == kActor) continue;
    // What the actor's own ARM named before must not come to life again, either.
    arm(kActor, what.op, what.lock);
    EXPECT_EQ(status(kActor, LOCKARB_OP_HOLD_COUNT, kUser), LOCKARB_STATUS_DONE);
    arm(core, what.op, what.lock);
    expect_refused(what);
    EXPECT_TRUE(armed(core)) << "a command of another core leaves it as it is";
  }
  // Nor do commands of other cores use it up.
  arm(kActor, what.op, what.lock);
  for (unsigned core = 0; core < kCores; ++core) {
    if (core == kActor) continue;
    EXPECT_EQ(status(core, what.op, 300), LOCKARB_STATUS_ERR_LOCK);
    EXPECT_TRUE(armed(kActor));
  }
  bus.write_register(0, LOCKARB_ERROR_OFFSET, 0);
  EXPECT_EQ(status(kActor, what.op, what.lock), what.status);
}

TEST_P(IsolationOfEach, IsNotArmedAnyMoreForTheNextThread) {
  SCOPED_TRACE(name(what));
  set_operand(what);
  for (const uint32_t thread : {kValid | 3u, 3u, kValid | 3u}) {
    arm(kActor, what.op, what.lock);
    bus.write_register(kActor, LOCKARB_CURRENT_THREAD_OFFSET, thread);
    EXPECT_FALSE(armed(kActor)) << "the same thread is written";
  }
  expect_refused(what);
  // Other cores' threads may change.
  arm(kActor, what.op, what.lock);
  for (unsigned core = 0; core < kActor; ++core)
    bus.write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, kValid | (50 + core));
  EXPECT_TRUE(armed(kActor));
  EXPECT_EQ(status(kActor, what.op, what.lock), what.status);
}

TEST_P(IsolationOfEach, IsNotArmedAfterReset) {
  SCOPED_TRACE(name(what));
  for (unsigned core = 0; core < kCores; ++core) arm(core, what.op, what.lock);
  bus.reset();
  for (unsigned core = 0; core < kCores; ++core)
    EXPECT_EQ(bus.read_register(core, LOCKARB_ARM_OFFSET), 0u);
  bus.open_apertures();
  const bool makes = what.lock == kDead;  // the other locks are gone
  EXPECT_EQ(status(kActor, what.op, what.lock), makes ? kNotArmed : LOCKARB_STATUS_ERR_LOCK);
}

TEST_P(IsolationOfEach, NeedsNoArmWhenItIsIssued) {
  SCOPED_TRACE(name(what));
  set_operand(what);
  EXPECT_FALSE(issue(kActor, what.op, what.lock).error);
  EXPECT_EQ(Answer{bus.read_register(kActor, LOCKARB_ANSWER_OFFSET)}.status(), what.status);
  EXPECT_EQ(error(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Operation, IsolationOfEach, ::testing::Range(0u, 12u),
                         [](const auto &info) { return std::to_string(info.param); });

TEST_F(Isolation, WhatIsNoCommandLeavesArmAsItIs) {
  arm(1, LOCKARB_OP_DELETE, kFree);
  const Words before = state();
  for (uint32_t offset = 0; offset < 0x80; offset += 4) bus.read(Pins::register_address(1, offset));
  privileged(false);
  EXPECT_TRUE(bus.read(Pins::command_address(1, LOCKARB_OP_RELEASE, kLock)).error);
  EXPECT_TRUE(issue(1, LOCKARB_OP_RELEASE, kLock).error);
  EXPECT_TRUE(
      bus.write(Pins::register_address(1, LOCKARB_ARM_OFFSET), place_of(LOCKARB_OP_DELETE, kMine))
          .error);
  privileged(true);
  EXPECT_TRUE(bus.read(Pins::command_address(1, LOCKARB_OP_RELEASE, kLock) + 1).error);
  EXPECT_TRUE(bus.write(Pins::command_address(1, LOCKARB_OP_RELEASE, kLock), 0).error);
  EXPECT_EQ(state(), before);
  EXPECT_TRUE(armed(1));
}

// ---------------------------------------------------------------------------------- the aperture

TEST(IsolationAfterReset, TheApertureOfEachCoreIsClosed) {
  Pins bus(Pins::kClosed);
  bus.settle();
  for (unsigned core = 0; core < kCores; ++core)
    EXPECT_EQ(bus.read_register(core, LOCKARB_CONTROL_OFFSET), 0u);
  const Words before = state_of(bus, kCores);
  for (unsigned core = 0; core < kCores; ++core)
    for (unsigned op = 0; op < kOperations; ++op)
      EXPECT_TRUE(bus.read(Pins::command_address(core, op, 0)).error) << "operation " << op;
  EXPECT_EQ(state_of(bus, kCores), before);
  // It opens alone, and a reset closes it.
  for (unsigned open = 0; open < kCores; ++open) {
    bus.write_register(open, LOCKARB_CONTROL_OFFSET, 0xffffffff);
    for (unsigned core = 0; core < kCores; ++core) {
      EXPECT_EQ(bus.read_register(core, LOCKARB_CONTROL_OFFSET), core == open) << "core " << core;
      EXPECT_EQ(bus.read(Pins::command_address(core, LOCKARB_OP_HOLD_COUNT, 0)).error, core != open)
          << "core " << core << " beside core " << open;
    }
    bus.reset();
    EXPECT_EQ(bus.read_register(open, LOCKARB_CONTROL_OFFSET), 0u);
  }
}

TEST_F(Isolation, AClosedApertureAnswersNothingAndChangesNothing) {
  bus.write_register(1, LOCKARB_OPERAND_OFFSET, 6);
  bus.write_register(1, LOCKARB_CONTROL_OFFSET, 0xfffffffe);
  for (unsigned op = 0; op < kOperations; ++op) {
    for (const unsigned lock : {kLock, kFree, kUser, kDead, 256u, 4095u}) {
      arm(1, op, lock);
      const Words before = state();
      for (const bool yes : {false, true}) {
        privileged(yes);
        const BusResult result = read(1, op, lock);
        EXPECT_TRUE(result.error) << "operation " << op << " of lock " << lock;
        EXPECT_EQ(result.data, 0u);
      }
      ASSERT_EQ(state(), before) << "operation " << op << " of lock " << lock;
    }
  }
  bus.write_register(1, LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE, kLock), LOCKARB_STATUS_HANDED_SHARED);
}

// Two arbiters get the same random commands, the one as reads that are armed, the other one as
// writes.
TEST(IsolationOfIssue, WritesAnswerAsReadsDoForEveryOperation) {
  Pins reads(Pins::kClosed), writes(Pins::kClosed);
  reads.settle();
  writes.settle();
  reads.open_apertures();
  std::set<unsigned> statuses;
  std::array<unsigned, kOperations> done{};
  unsigned refused = 0;
  AccessGenerator generator({4, 64, 256, 4, true, false}, 9, 3, 1);
  for (const Access &access : generator.draw(8000)) {
    const unsigned core = access.address >> LOCKARB_WINDOW_SHIFT;
    const uint32_t offset = access.address & ((1u << LOCKARB_WINDOW_SHIFT) - 1);
    const bool issued = access.write && offset == LOCKARB_ISSUE_OFFSET;
    if (core >= kCores || access.address % 4 != 0 || access.lanes != 15) continue;
    for (Pins *bus : {&reads, &writes}) {
      bus->settle();
      bus->pins().time_i = access.time;
    }
    if (!issued && !is_command(access.address)) {
      const bool of_both = offset == LOCKARB_CURRENT_THREAD_OFFSET ||
                           offset == LOCKARB_OPERAND_OFFSET || offset == LOCKARB_GRANT_OFFSET ||
                           offset == LOCKARB_ERROR_OFFSET || offset == LOCKARB_USER_ERROR_OFFSET ||
                           offset == LOCKARB_IRQL_OFFSET || offset == LOCKARB_APC_MASK_OFFSET;
      if (access.write && access.privileged && of_both) {
        ASSERT_EQ(writes.write(access.address, access.data).error,
                  reads.write(access.address, access.data).error);
      }
      continue;
    }
    if (access.write && !issued) continue;
    const uint32_t place = issued ? access.data : access.address;
    const unsigned op = operation_of(place), lock = lock_of(place);
    const std::string text = access_text(Pins::command_address(core, op, lock), false, 0);
    if (needs_arm(op)) reads.write_register(core, LOCKARB_ARM_OFFSET, place_of(op, lock));
    reads.pins().s_axil_arprot = writes.pins().s_axil_awprot = access.privileged;
    const BusResult read = reads.read(Pins::command_address(core, op, lock));
    const BusResult write =
        writes.write(Pins::register_address(core, LOCKARB_ISSUE_OFFSET), place_of(op, lock));
    reads.pins().s_axil_arprot = writes.pins().s_axil_awprot = 1;
    ASSERT_EQ(write.error, read.error) << text;
    refused += read.error;
    if (!read.error) {
      for (unsigned times = 0; times < 3; ++times) {
        ASSERT_EQ(writes.read_register(
                      core, access.privileged ? LOCKARB_ANSWER_OFFSET : LOCKARB_USER_ANSWER_OFFSET),
                  read.data)
            << text;
      }
      statuses.insert(Answer{read.data}.status());
      done[op] += Answer{read.data}.status() < kNotArmed;
    }
    for (const uint32_t error : {LOCKARB_ERROR_OFFSET, LOCKARB_USER_ERROR_OFFSET})
      ASSERT_EQ(writes.read_register(core, error), reads.read_register(core, error)) << text;
  }
  reads.settle();
  writes.settle();
  EXPECT_EQ(rams_of(writes.pins()), rams_of(reads.pins()));
  for (unsigned op = 0; op <= LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST; ++op)
    EXPECT_GT(done[op], 2u) << operation_name(op);
  EXPECT_EQ(statuses.count(kNotArmed), 0u);
  EXPECT_GE(statuses.size(), 24u) << "of 28 there are";
  EXPECT_GT(refused, 100u);
}

TEST_F(Isolation, AnAnswerStaysUntilTheNextOneAndCanBePutBack) {
  EXPECT_FALSE(issue(1, LOCKARB_OP_HOLD_COUNT, kLock).error);
  const uint32_t answer = bus.read_register(1, LOCKARB_ANSWER_OFFSET);
  EXPECT_EQ(Answer{answer}.hold_count(), 1u);
  // Commands that come as reads, those of other cores, and those of unprivileged code are others.
  status(1, LOCKARB_OP_TRY_SHARED, kFree);
  EXPECT_FALSE(issue(kActor, LOCKARB_OP_TRY_SHARED, kFree).error);
  privileged(false);
  EXPECT_FALSE(issue(1, LOCKARB_OP_TRY_SHARED, kUser).error);
  EXPECT_TRUE(issue(1, LOCKARB_OP_TRY_SHARED, kLock).error) << "refused";
  EXPECT_EQ(Answer{bus.read_register(1, LOCKARB_USER_ANSWER_OFFSET)}.status(),
            LOCKARB_STATUS_GRANTED_SHARED);
  privileged(true);
  const Words before = state();
  for (unsigned times = 0; times < 5; ++times)
    EXPECT_EQ(bus.read_register(1, LOCKARB_ANSWER_OFFSET), answer);
  EXPECT_EQ(state(), before);
  for (const uint32_t value : {0x5a5a5a5au, 0xffffffffu, 0u}) {
    bus.write_register(1, LOCKARB_ANSWER_OFFSET, value);
    bus.write_register(1, LOCKARB_USER_ANSWER_OFFSET, ~value);
    EXPECT_EQ(bus.read_register(1, LOCKARB_ANSWER_OFFSET), value);
    EXPECT_EQ(bus.read_register(1, LOCKARB_USER_ANSWER_OFFSET), ~value);
  }
  // Half a write is no command.
  bus.pins().s_axil_wstrb = 0xe;
  EXPECT_TRUE(issue(1, LOCKARB_OP_RELEASE, kLock).error);
  bus.pins().s_axil_wstrb = 0xf;
  EXPECT_EQ(bus.read_register(1, LOCKARB_ANSWER_OFFSET), 0u);
  EXPECT_EQ(status(1, LOCKARB_OP_HOLD_COUNT, kLock), LOCKARB_STATUS_DONE);
}

// -------------------------------------------------------------------------- classes, errors, slots

TEST_F(Isolation, UnprivilegedCodeReachesNoLockOfPrivilegedCode) {
  bus.write_register(1, LOCKARB_OPERAND_OFFSET, 6);
  const Words before = state();
  privileged(false);
  for (unsigned op = 0; op < kOperations; ++op) {
    for (const unsigned lock : {kLock, kFree, kMine, kDead, 256u + kUser, 4095u}) {
      EXPECT_TRUE(read(1, op, lock).error) << "operation " << op << " of lock " << lock;
      EXPECT_TRUE(issue(1, op, lock).error) << "operation " << op << " of lock " << lock;
    }
  }
  EXPECT_EQ(state(), before);
  EXPECT_EQ(status(1, LOCKARB_OP_TRY_EXCLUSIVE, kUser), LOCKARB_STATUS_GRANTED_EXCLUSIVE);
  EXPECT_FALSE(issue(1, LOCKARB_OP_CONVERT, kUser).error);
  EXPECT_EQ(status(kActor, LOCKARB_OP_ACQUIRE_EXCLUSIVE, kUser), LOCKARB_STATUS_WAITING);
  EXPECT_EQ(status(1, LOCKARB_OP_RELEASE, kUser), LOCKARB_STATUS_HANDED_EXCLUSIVE);
  privileged(true);
  bus.remove_grant(kActor);
  EXPECT_EQ(status(kActor, LOCKARB_OP_RELEASE, kUser), LOCKARB_STATUS_FREED)
      << "privileged code uses locks of both classes";
}

TEST_F(Isolation, ALockBelongsToTheClassThatInitializedItUntilItIsDeleted) {
  const auto reached = [this] {
    privileged(false);
    const bool yes = !read(1, LOCKARB_OP_HOLD_COUNT, kDead).error;
    privileged(true);
    return yes;
  };
  EXPECT_FALSE(reached());
  for (const unsigned op :
       {LOCKARB_OP_INITIALIZE_USER, LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST,
        LOCKARB_OP_INITIALIZE_WRITER_FIRST}) {
    const bool user =
        op == LOCKARB_OP_INITIALIZE_USER || op == LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST;
    initialize(kDead, op);
    EXPECT_EQ(reached(), user) << "operation " << op;
    // What is done with it meanwhile changes nothing.
    bus.write_register(1, LOCKARB_OPERAND_OFFSET, 6);
    bus.set_thread(1, 5);
    for (const unsigned other :
         {LOCKARB_OP_ACQUIRE_EXCLUSIVE, LOCKARB_OP_CONVERT, LOCKARB_OP_RELEASE, LOCKARB_OP_DRAIN,
          LOCKARB_OP_REINITIALIZE, LOCKARB_OP_INITIALIZE, LOCKARB_OP_INITIALIZE_USER}) {
      bus.command(1, other, kDead);
      EXPECT_EQ(reached(), user) << "operation " << op << ", then " << other;
    }
    EXPECT_EQ(bus.command(0, LOCKARB_OP_DELETE, kDead).status(), LOCKARB_STATUS_DONE);
    EXPECT_FALSE(reached()) << "deleted, operation " << op;
  }
}

TEST_F(Isolation, ErrorsOfUnprivilegedCodeAreKeptApart) {
  const uint32_t first = error_word(LOCKARB_STATUS_ERR_NOT_OWNED_SHARED, 1, 5, kUser);
  const uint32_t other = error_word(LOCKARB_STATUS_ERR_CONVERT, kActor, 3, kFree);
  const auto fail_unprivileged = [&](unsigned core, unsigned op) {
    privileged(false);
    EXPECT_GT(status(core, op, kUser), kNotArmed);
    privileged(true);
  };
  const auto bits = [this] {
    return bus.read_register(1, LOCKARB_STATUS_OFFSET) &
           (LOCKARB_STATUS_ERROR_MASK | LOCKARB_STATUS_USER_ERROR_MASK);
  };
  for (const bool user_first : {true, false}) {
    if (user_first) {
      fail_unprivileged(1, LOCKARB_OP_RELEASE);
      EXPECT_EQ(error(), 0u);
      EXPECT_EQ(bits(), LOCKARB_STATUS_USER_ERROR_MASK);
      EXPECT_EQ(bus.pins().irq_o, 1u << 1);
    }
    EXPECT_EQ(status(kActor, LOCKARB_OP_CONVERT, kFree), LOCKARB_STATUS_ERR_CONVERT);
    EXPECT_EQ(error(), other) << "neither hidden nor late";
    EXPECT_TRUE(bus.irq(kActor));
    if (!user_first) {
      EXPECT_EQ(user_error(), 0u);
      EXPECT_EQ(bits(), LOCKARB_STATUS_ERROR_MASK);
      EXPECT_EQ(bus.pins().irq_o, 1u << kActor);
      fail_unprivileged(1, LOCKARB_OP_RELEASE);
    }
    EXPECT_EQ(bits(), LOCKARB_STATUS_ERROR_MASK | LOCKARB_STATUS_USER_ERROR_MASK);
    EXPECT_EQ(bus.pins().irq_o, 1u << 1 | 1u << kActor);
    // The first one of each is kept.
    fail_unprivileged(kActor, LOCKARB_OP_CONVERT);
    EXPECT_EQ(status(1, LOCKARB_OP_RELEASE, kFree), LOCKARB_STATUS_ERR_NOT_OWNED_SHARED);
    EXPECT_EQ(user_error(), first);
    EXPECT_EQ(error(), other);
    // Each is cleared alone, by privileged code.
    privileged(false);
    for (const uint32_t offset : {LOCKARB_ERROR_OFFSET, LOCKARB_USER_ERROR_OFFSET}) {
      EXPECT_TRUE(bus.write(Pins::register_address(1, offset), 0).error);
      EXPECT_TRUE(bus.read(Pins::register_address(1, offset)).error);
    }
    privileged(true);
    EXPECT_EQ(bits(), LOCKARB_STATUS_ERROR_MASK | LOCKARB_STATUS_USER_ERROR_MASK);
    bus.write_register(0, user_first ? LOCKARB_ERROR_OFFSET : LOCKARB_USER_ERROR_OFFSET, 0);
    EXPECT_EQ(error(), user_first ? 0 : other);
    EXPECT_EQ(user_error(), user_first ? first : 0);
    EXPECT_EQ(bus.pins().irq_o, 1u << (user_first ? 1 : kActor));
    bus.write_register(0, user_first ? LOCKARB_USER_ERROR_OFFSET : LOCKARB_ERROR_OFFSET, 0);
    EXPECT_EQ(bus.pins().irq_o, 0u);
    EXPECT_EQ(bits(), 0u);
  }
}

TEST_F(Isolation, ASlotIsTheCurrentOneOfOneCore) {
  const auto refused = [this](unsigned core, uint32_t value) {
    return bus.write(Pins::register_address(core, LOCKARB_CURRENT_THREAD_OFFSET), value).error;
  };
  for (unsigned core = 0; core < kCores; ++core)
    bus.write_register(core, LOCKARB_CURRENT_THREAD_OFFSET, 0);
  for (const unsigned thread : {0u, 1u, 31u, 62u, 63u}) {
    for (unsigned first = 0; first < kCores; ++first) {
      for (unsigned second = 0; second < kCores; ++second) {
        if (first == second) continue;
        SCOPED_TRACE("cores " + std::to_string(first) + " and " + std::to_string(second));
        const unsigned other = thread ^ 16;
        EXPECT_FALSE(refused(first, kValid | thread));
        EXPECT_FALSE(refused(first, kValid | thread)) << "its own, again";
        EXPECT_FALSE(refused(second, kValid | other));
        arm(second, LOCKARB_OP_DELETE, kFree);
        const Words before = state();
        EXPECT_TRUE(refused(second, kValid | thread));
        EXPECT_EQ(state(), before) << "nor is ARM cleared";
        EXPECT_FALSE(refused(second, thread)) << "that is no thread";
        EXPECT_TRUE(refused(second, kValid | thread));
        // Given up for none, and for another one.
        EXPECT_FALSE(refused(first, thread));
        EXPECT_FALSE(refused(second, kValid | thread));
        EXPECT_TRUE(refused(first, kValid | thread));
        EXPECT_FALSE(refused(second, kValid | other));
        EXPECT_FALSE(refused(first, kValid | thread));
        EXPECT_FALSE(refused(first, 0));
        EXPECT_FALSE(refused(second, 0));
      }
    }
  }
  EXPECT_FALSE(refused(0, kValid | 5));
  bus.reset();
  EXPECT_FALSE(refused(1, kValid | 5)) << "a reset gives it up";
}

// ------------------------------------------------------------------------ dumps of whole windows

// An arbiter and a reference model beside it: every answer is compared.
template <class Model>
class Machine {
 public:
  explicit Machine(const ReferenceModel::Sizes &sizes)
      : bus(ArbiterPins<Model>::kClosed), reference(sizes), sizes_(sizes) {
    bus.settle();
  }

  void run(const AccessList &list) {
    for (const Access &access : list) {
      if (access.time != bus.pins().time_i) {
        bus.settle();
        bus.pins().time_i = access.time;
        reference.set_time(access.time);
      }
      if (access.write) {
        write(access.address, access.data, access.privileged, access.user, access.lanes);
      } else {
        read(access.address, access.privileged, access.user);
      }
    }
  }
  // No value: refused by the bus.
  std::optional<uint32_t> read(uint32_t address, bool privileged, unsigned user) {
    bus.pins().s_axil_arprot = privileged;
    const BusResult result = bus.read(address, user);
    const std::optional<uint32_t> expected = reference.read(address, {privileged, user, 15});
    EXPECT_EQ(result.error, !expected) << access_text(address, false, 0);
    if (!result.error && expected) {
      EXPECT_EQ(result.data, *expected) << access_text(address, false, 0);
    }
    bus.pins().s_axil_arprot = 1;
    if (result.error) return std::nullopt;
    return result.data;
  }
  bool write(uint32_t address, uint32_t value, bool privileged, unsigned user,
             unsigned lanes = 15) {
    bus.pins().s_axil_awprot = privileged;
    bus.pins().s_axil_wstrb = lanes;
    const BusResult result = bus.write(address, value, user);
    EXPECT_EQ(!result.error, reference.write(address, value, {privileged, user, lanes}))
        << access_text(address, true, value);
    bus.pins().s_axil_awprot = 1;
    bus.pins().s_axil_wstrb = 15;
    return !result.error;
  }
  void set(unsigned core, uint32_t offset, uint32_t value) {
    EXPECT_TRUE(write(core << LOCKARB_WINDOW_SHIFT | offset, value, true, core))
        << access_text(core << LOCKARB_WINDOW_SHIFT | offset, true, value);
  }
  Words state() { return state_of(bus, sizes_.cores); }

  // What the RAMs of the RTL say, where the model says it as well.
  void expect_same_locks() {
    bus.settle();
    const auto &root = *bus.pins().rootp;
    const unsigned threads = static_cast<unsigned>(
        std::size(root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_thread__DOT__words.m_storage));
    const unsigned width = reference.width(Ram::kRow);
    for (unsigned lock = 0; lock < sizes_.locks; ++lock) {
      Words row;
      append(row, root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_row__DOT__words[lock]);
      // {parity, user, live, ...}, parity of two bits.
      const auto bit = [&](unsigned at) { return (row[at / 32] >> at % 32 & 1) != 0; };
      EXPECT_EQ(bit(width - 4), reference.live(lock)) << "lock " << lock;
      EXPECT_EQ(bit(width - 3), reference.user(lock)) << "lock " << lock;
      if (!reference.live(lock)) continue;
      for (unsigned thread = 0; thread < sizes_.threads; ++thread) {
        const unsigned hold =
            root.lockarb__DOT__u_engine__DOT__u_store__DOT__u_hold__DOT__words[lock * threads +
                                                                               thread] &
            ((1u << sizes_.hold_width) - 1);
        EXPECT_EQ(hold, reference.hold_count(lock, thread))
            << "lock " << lock << ", thread " << thread;
      }
    }
  }

  ArbiterPins<Model> bus;
  ReferenceModel reference;

 private:
  ReferenceModel::Sizes sizes_;
};

constexpr ReferenceModel::Sizes kSizes{4, 64, 256, 4, true, false};
constexpr ReferenceModel::Sizes kCheckedSizes{3, 5, 7, 3, false, true};

std::vector<uint32_t> whole_window() {
  std::vector<uint32_t> offsets;
  for (uint32_t offset = 0; offset < 1u << LOCKARB_WINDOW_SHIFT; offset += 4)
    offsets.push_back(offset);
  return offsets;
}
// The registers and what lies between them, some of the holes, statistics and commands of the locks
// that are used and of a few others.
std::vector<uint32_t> spread(unsigned locks) {
  std::vector<uint32_t> offsets{0x1000, 0x3fffc, 0x7fffc, 1, 2, LOCKARB_ISSUE_OFFSET + 1};
  for (uint32_t offset = 0; offset < 0x180; offset += 4) offsets.push_back(offset);
  std::set<unsigned> some{0, 1, locks / 2, locks - 2, locks - 1, locks, 4095};
  for (unsigned i = 0; i < 5; ++i) some.insert(i * (locks - 1) / 4);
  for (const unsigned lock : some) {
    for (uint32_t word = 0; word < 32; word += 4)
      offsets.push_back(LOCKARB_STATISTICS_OFFSET + lock * 32 + word);
    for (unsigned op = 0; op < kOperations; ++op)
      offsets.push_back(LOCKARB_COMMAND_OFFSET | place_of(op, lock));
  }
  return offsets;
}

// A random state: what some hundred commands of all cores have left.
template <class Model>
void fill(Machine<Model> &machine, const ReferenceModel::Sizes &sizes, unsigned seed) {
  AccessGenerator generator(sizes, std::min(sizes.threads, 9u), 5, seed);
  machine.run(generator.draw(150 + seed % 7 * 50));
}
// The current thread of the core is one that may command, and that has something to lose: it owns
// a lock for which another one waits, best of all.
template <class Model>
void choose_thread(Machine<Model> &machine, const ReferenceModel::Sizes &sizes, unsigned core,
                   unsigned seed) {
  const ReferenceModel &model = machine.reference;
  unsigned best = 0;
  std::optional<unsigned> chosen;
  for (unsigned n = 0; n < sizes.threads; ++n) {
    const unsigned thread = (n + seed) % sizes.threads;
    bool free = model.idle(thread);
    for (unsigned other = 0; other < sizes.cores; ++other)
      if (other != core && model.current_thread(other) == (kValid | thread)) free = false;
    if (!free) continue;
    unsigned worth = 1;
    for (unsigned lock = 0; lock < sizes.locks; ++lock) {
      if (model.hold_count(lock, thread) == 0) continue;
      worth = std::max(worth, 2u);
      for (unsigned waiter = 0; waiter < sizes.threads; ++waiter)
        if (model.waits_for(waiter) == lock) worth = 3;
    }
    if (worth <= best) continue;
    best = worth;
    chosen = thread;
  }
  if (chosen) machine.set(core, LOCKARB_CURRENT_THREAD_OFFSET, kValid | *chosen);
}

// A debugger, a DMA engine or another core reads and writes all that a window has.
class DumpByAnotherMaster : public ::testing::TestWithParam<unsigned> {};

TEST_P(DumpByAnotherMaster, IsRefusedAndChangesNothing) {
  const unsigned seed = GetParam();
  Machine<Vlockarb_odd> machine(kCheckedSizes);
  fill(machine, kCheckedSizes, seed);
  for (unsigned core = 0; core < kCheckedSizes.cores; ++core) {
    machine.set(core, LOCKARB_CONTROL_OFFSET, seed % 4 != 0);
    machine.set(core, LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_DELETE, core));
  }
  const Words before = machine.state();
  const auto dump = [&](unsigned core, unsigned user, bool privileged, bool writes,
                        const std::vector<uint32_t> &offsets) {
    for (const uint32_t offset : offsets) {
      const uint32_t address = core << LOCKARB_WINDOW_SHIFT | offset;
      ASSERT_FALSE(machine.read(address, privileged, user)) << access_text(address, false, 0);
      if (!writes) continue;
      for (const uint32_t value : {0u, kValid | 1u, place_of(LOCKARB_OP_DELETE, core)})
        ASSERT_FALSE(machine.write(address, value, privileged, user))
            << access_text(address, true, value);
    }
  };
  if (seed == 1) dump(1, 2, true, false, whole_window());
  for (unsigned core = 0; core < 4; ++core)  // the last one is none
    for (const unsigned user : {(core + 1) % 3, (core + 2) % 3, 3u, 4u + core, 31u})
      for (const bool privileged : {true, false})
        if (user != core) dump(core, user, privileged, true, spread(kCheckedSizes.locks));
  EXPECT_EQ(machine.state(), before);
  machine.expect_same_locks();
}

INSTANTIATE_TEST_SUITE_P(Seed, DumpByAnotherMaster, ::testing::Range(1u, 13u));

// The core itself, or a stub that it runs, reads its window while its aperture is closed.
class DumpOfAClosedAperture : public ::testing::TestWithParam<unsigned> {};

TEST_P(DumpOfAClosedAperture, ChangesNothing) {
  const unsigned seed = GetParam();
  Machine<Vlockarb> machine(kSizes);
  fill(machine, kSizes, seed);
  const unsigned core = seed % kCores;
  choose_thread(machine, kSizes, core, seed);
  for (unsigned other = 0; other < kCores; ++other)
    machine.set(other, LOCKARB_CONTROL_OFFSET, other != core);
  const unsigned ops[] = {LOCKARB_OP_DELETE, LOCKARB_OP_CANCEL, LOCKARB_OP_INITIALIZE_USER};
  machine.set(core, LOCKARB_ARM_OFFSET, place_of(ops[seed % 3], seed % 5 * 255 / 4));
  const Words before = machine.state();
  for (const bool privileged : {true, false}) {
    for (const uint32_t offset : seed == 1 ? whole_window() : spread(kSizes.locks)) {
      const auto word = machine.read(core << LOCKARB_WINDOW_SHIFT | offset, privileged, core);
      if ((offset & LOCKARB_COMMAND_OFFSET) != 0) {
        ASSERT_FALSE(word) << access_text(offset, false, 0);
      }
    }
    EXPECT_EQ(machine.state(), before);
  }
  machine.expect_same_locks();
}

INSTANTIATE_TEST_SUITE_P(Seed, DumpOfAClosedAperture, ::testing::Range(1u, 41u));

// ... and while it is open: then it may do what its running thread could.
class DumpOfAnOpenAperture : public ::testing::Test {
 protected:
  // Of another core, and of all but the running thread.
  struct Others {
    std::vector<bool> live, user;
    std::vector<std::vector<unsigned>> holds;  // per lock and thread
    std::vector<std::optional<unsigned>> waits;
    std::vector<bool> idle;
    std::vector<std::array<uint32_t, 6>> cores;
    std::vector<std::optional<uint32_t>> armed;
  };
  static Others others(const ReferenceModel &model) {
    Others seen;
    for (unsigned lock = 0; lock < kSizes.locks; ++lock) {
      seen.live.push_back(model.live(lock));
      seen.user.push_back(model.user(lock));
      seen.holds.emplace_back();
      for (unsigned thread = 0; thread < kSizes.threads; ++thread)
        seen.holds.back().push_back(model.hold_count(lock, thread));
    }
    for (unsigned thread = 0; thread < kSizes.threads; ++thread) {
      seen.waits.push_back(model.waits_for(thread));
      seen.idle.push_back(model.idle(thread));
    }
    for (unsigned core = 0; core < kCores; ++core) {
      seen.cores.push_back({model.current_thread(core), model.operand(core), model.irql(core),
                            model.aperture(core), model.issued(core), model.apc_mask(core)});
      seen.armed.push_back(model.armed(core));
    }
    return seen;
  }

  void expect_only_the_thread(const Others &before, const Others &after, unsigned core,
                              bool privileged) {
    EXPECT_EQ(after.live, before.live) << "a lock was made or deleted";
    EXPECT_EQ(after.user, before.user) << "a lock changed its class";
    const uint32_t current = before.cores[core][0];
    const unsigned running =
        (current & kValid) != 0 ? current & LOCKARB_CURRENT_THREAD_THREAD_MASK : kSizes.threads;
    for (unsigned lock = 0; lock < kSizes.locks; ++lock) {
      for (unsigned thread = 0; thread < kSizes.threads; ++thread) {
        const unsigned was = before.holds[lock][thread], is = after.holds[lock][thread];
        const bool granted = before.waits[thread] == lock && !after.waits[thread];
        if (thread == running && (privileged || before.user[lock])) continue;
        // Handed over by the running thread, which is what it may.
        EXPECT_EQ(is, was + granted) << "lock " << lock << ", thread " << thread;
        handed += granted;
      }
    }
    for (unsigned thread = 0; thread < kSizes.threads; ++thread) {
      if (thread == running) continue;
      if (!before.waits[thread]) {
        EXPECT_EQ(after.waits[thread], before.waits[thread]) << "thread " << thread;
        EXPECT_EQ(after.idle[thread], before.idle[thread]) << "thread " << thread;
      } else if (after.waits[thread]) {
        EXPECT_EQ(after.waits[thread], before.waits[thread]) << "thread " << thread;
      } else {
        EXPECT_FALSE(after.idle[thread]) << "the wait of thread " << thread << " was cancelled";
      }
    }
    for (unsigned other = 0; other < kCores; ++other) {
      auto cores = after.cores[other];
      if (other == core && privileged) cores[5] = before.cores[other][5];  // its mask
      EXPECT_EQ(cores, before.cores[other]) << "core " << other;
      if (other != core) {
        EXPECT_EQ(after.armed[other], before.armed[other]) << "core " << other;
      }
    }
  }

  void dump(unsigned seed, bool privileged, std::vector<uint32_t> offsets, bool shuffled) {
    SCOPED_TRACE("seed " + std::to_string(seed) + (privileged ? "" : ", unprivileged"));
    Machine<Vlockarb> machine(kSizes);
    fill(machine, kSizes, seed);
    const unsigned core = seed % kCores;
    choose_thread(machine, kSizes, core, seed);
    std::mt19937 random(seed);
    if (shuffled) std::shuffle(offsets.begin(), offsets.end(), random);
    for (unsigned other = 0; other < kCores; ++other) {
      machine.set(other, LOCKARB_CONTROL_OFFSET, 1);
      machine.set(other, LOCKARB_ERROR_OFFSET, 0);
      machine.set(other, LOCKARB_USER_ERROR_OFFSET, 0);
      if (seed % 3 == 0) machine.set(other, LOCKARB_IRQL_OFFSET, 0);
    }
    // Armed for a command that is not the first of the dump: it is used up before that comes.
    const auto first = std::find_if(offsets.begin(), offsets.end(), is_command);
    const unsigned op = seed % 2 == 0 ? LOCKARB_OP_DELETE : LOCKARB_OP_DRAIN;
    const uint32_t place = place_of(op, seed % 5 * 255 / 4);
    const bool arms = (*first & ~LOCKARB_COMMAND_OFFSET) != place;
    if (arms) machine.set(core, LOCKARB_ARM_OFFSET, place);
    const Others before = others(machine.reference);
    const uint32_t control = machine.bus.read_register(core, LOCKARB_GRANT_OFFSET);
    unsigned accepted = 0;
    for (const uint32_t offset : offsets) {
      const auto word = machine.read(core << LOCKARB_WINDOW_SHIFT | offset, privileged, core);
      if (!word || !is_command(offset)) continue;
      ++accepted;
      ++statuses[*word & LOCKARB_RESULT_STATUS_MASK];
    }
    expect_only_the_thread(before, others(machine.reference), core, privileged);
    if ((control & LOCKARB_GRANT_VALID_MASK) != 0) {
      EXPECT_EQ(machine.bus.read_register(core, LOCKARB_GRANT_OFFSET), control);
    }
    if (accepted != 0) {
      EXPECT_FALSE(machine.reference.armed(core));
    }
    // Errors of unprivileged code are apart.
    const uint32_t errors[] = {machine.bus.read_register(core, LOCKARB_USER_ERROR_OFFSET),
                               machine.bus.read_register(core, LOCKARB_ERROR_OFFSET)};
    EXPECT_EQ(errors[!privileged], 0u);
    for (unsigned other = 0; other < kCores; ++other)  // RTL and model agree on the registers
      for (uint32_t offset = LOCKARB_STATUS_OFFSET; offset < LOCKARB_ISSUE_OFFSET; offset += 4)
        machine.read(other << LOCKARB_WINDOW_SHIFT | offset, true, other);
    machine.bus.settle();
    EXPECT_EQ(machine.bus.pins().irq_o, machine.reference.interrupts());
    machine.expect_same_locks();
  }

  unsigned handed = 0;
  std::array<unsigned, 32> statuses{};
};

TEST_F(DumpOfAnOpenAperture, DoesWhatTheRunningThreadCould) {
  const std::vector<uint32_t> offsets = spread(kSizes.locks);
  for (unsigned seed = 1; seed <= 120 && !HasFailure(); ++seed)
    dump(seed, true, offsets, seed % 4 != 0);
  // Dumps did do something: grants, waits, releases, hand-overs, and refusals of each kind.
  for (const unsigned status :
       {LOCKARB_STATUS_GRANTED_EXCLUSIVE, LOCKARB_STATUS_GRANTED_SHARED,
        LOCKARB_STATUS_RECURSED_SHARED, LOCKARB_STATUS_NOT_GRANTED, LOCKARB_STATUS_WAITING,
        LOCKARB_STATUS_HELD, LOCKARB_STATUS_LEFT, LOCKARB_STATUS_FREED,
        LOCKARB_STATUS_HANDED_SHARED, LOCKARB_STATUS_CONVERTED, LOCKARB_STATUS_DONE,
        LOCKARB_STATUS_ERR_NOT_ARMED, LOCKARB_STATUS_ERR_NOT_OWNED_SHARED,
        LOCKARB_STATUS_ERR_NOT_OWNED_EXCLUSIVE, LOCKARB_STATUS_ERR_THREAD,
        LOCKARB_STATUS_ERR_OPERATION, LOCKARB_STATUS_ERR_LOCK})
    EXPECT_GT(statuses[status], 0u) << status_name(status);
  EXPECT_GT(statuses[kNotArmed], 3000u);
  EXPECT_GT(handed, 0u);
}

TEST_F(DumpOfAnOpenAperture, OfUnprivilegedCodeReachesItsClassOfLocksOnly) {
  const std::vector<uint32_t> offsets = spread(kSizes.locks);
  for (unsigned seed = 1; seed <= 120 && !HasFailure(); ++seed)
    dump(seed, false, offsets, seed % 4 != 0);
  for (const unsigned status :
       {LOCKARB_STATUS_GRANTED_EXCLUSIVE, LOCKARB_STATUS_GRANTED_SHARED, LOCKARB_STATUS_WAITING,
        LOCKARB_STATUS_FREED, LOCKARB_STATUS_DONE, LOCKARB_STATUS_ERR_NOT_OWNED_SHARED})
    EXPECT_GT(statuses[status], 0u) << status_name(status);
  EXPECT_EQ(statuses[kNotArmed], 0u) << "such commands are refused by the bus";
}

TEST_F(DumpOfAnOpenAperture, OfAWholeWindowToo) {
  dump(2, true, whole_window(), false);
  dump(3, false, whole_window(), false);
  EXPECT_GT(statuses[kNotArmed], 1000u);
}

}  // namespace
}  // namespace lockarb
