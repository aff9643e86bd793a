// SPDX-License-Identifier: Apache-2.0
// `lockarb probe` as a user types it, on a board without RTL.
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "tests/sim/shell.h"
#include "tests/sw/hal/uartbone_board.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr ReferenceModel::Sizes kSizes{4, 64, 16};

Result probe(const UartboneBoard &board, const std::string &options = "") {
  return shell(LOCKARB_PROBE " " + board.path() + " " + options);
}

uint32_t window(unsigned core) { return core << LOCKARB_WINDOW_SHIFT; }

void command(ReferenceModel &model, unsigned core, unsigned thread, unsigned operation,
             unsigned lock) {
  EXPECT_TRUE(model.write(window(core) | LOCKARB_CURRENT_THREAD_OFFSET,
                          LOCKARB_CURRENT_THREAD_VALID_MASK | thread));
  EXPECT_TRUE(model.write(window(core) | LOCKARB_ISSUE_OFFSET, place_of(operation, lock)));
}

// All that the probe could have changed.
std::vector<uint32_t> state(ReferenceModel &model, const ReferenceModel::Sizes &sizes) {
  std::vector<uint32_t> words;
  for (unsigned core = 0; core < sizes.cores; ++core) {
    words.push_back(model.aperture(core));
    words.push_back(model.armed(core).value_or(0));
    for (uint32_t offset = LOCKARB_CURRENT_THREAD_OFFSET; offset <= LOCKARB_USER_ERROR_OFFSET;
         offset += 4) {
      words.push_back(model.read(window(core) | offset).value());
    }
  }
  for (unsigned lock = 0; lock < sizes.locks; ++lock) {
    words.push_back(model.live(lock));
    for (unsigned thread = 0; thread < sizes.threads; ++thread) {
      words.push_back(model.hold_count(lock, thread));
    }
    if (!model.live(lock)) continue;
    for (uint32_t word = LOCKARB_ACQUISITIONS_OFFSET; word <= LOCKARB_DEEPEST_QUEUE_OFFSET;
         word += 4) {
      const uint32_t row = LOCKARB_STATISTICS_OFFSET | lock << LOCKARB_STATISTICS_LOCK_SHIFT;
      words.push_back(model.read(row + word).value());
    }
  }
  for (unsigned thread = 0; thread < sizes.threads; ++thread) words.push_back(model.idle(thread));
  return words;
}

TEST(Probe, ShowsTheDeviceAndTakesEveryLock) {
  UartboneBoard board(kSizes);
  const Result result = probe(board);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("version         2.0\n"), HasSubstr("cores           4\n"),
                    HasSubstr("thread slots    64\n"), HasSubstr("locks           16\n"),
                    HasSubstr("up to 255 levels\n"), HasSubstr("statistics      yes\n"),
                    HasSubstr("first error     none\n"), HasSubstr("of user code    none\n"),
                    HasSubstr("0 locks initialized, 0 of them owned\n"),
                    HasSubstr("self-test passed: 16 locks taken and released by 5 thread slots on "
                              "4 cores")));
  board.look([](ReferenceModel &model) {
    ReferenceModel fresh(kSizes);
    EXPECT_EQ(state(model, kSizes), state(fresh, kSizes)) << "something is left of the self-test";
  });
}

TEST(Probe, PassesOnDevicesOfAllSizes) {
  for (const ReferenceModel::Sizes &sizes :
       {ReferenceModel::Sizes{1, 2, 1, 2}, {2, 4, 4, 4, false}, {3, 5, 7, 3}, {32, 33, 300, 2}}) {
    UartboneBoard board(sizes);
    const Result result = probe(board);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(result.output, HasSubstr("self-test passed: " + std::to_string(sizes.locks)));
  }
}

TEST(Probe, ShowsLocksInUseAndLeavesThemAlone) {
  UartboneBoard board(kSizes);
  std::vector<uint32_t> before;
  board.look([&](ReferenceModel &model) {
    for (const unsigned lock : {3, 7, 9, 12}) command(model, 0, 0, LOCKARB_OP_INITIALIZE, lock);
    command(model, 1, 1, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 12);
    command(model, 3, 7, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 12);
    command(model, 1, 1, LOCKARB_OP_RELEASE, 12);  // the grant waits at core 3
    model.write(window(2) | LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK);
    command(model, 1, 4, LOCKARB_OP_ACQUIRE_SHARED, 7);
    command(model, 1, 4, LOCKARB_OP_ACQUIRE_SHARED, 7);
    command(model, 0, 0, LOCKARB_OP_ENTER_ACQUIRE_EXCLUSIVE, 3);
    command(model, 1, 1, LOCKARB_OP_ACQUIRE_SHARED, 3);
    command(model, 2, 2, LOCKARB_OP_ACQUIRE_EXCLUSIVE, 3);
    model.write(window(0) | LOCKARB_OPERAND_OFFSET, 5);
    model.write(window(1) | LOCKARB_IRQL_OFFSET, 2);
    model.write(window(1) | LOCKARB_APC_PENDING_OFFSET, LOCKARB_APC_PENDING_SPECIAL_MASK);
    before = state(model, kSizes);
  });
  const Result result = probe(board);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("4 locks initialized, 3 of them owned"),
                    HasSubstr("\n     3       1               1                  1             1"),
                    HasSubstr("\n     7       1               0                  0             2"),
                    HasSubstr("\n     9       0               0                  0             0"),
                    HasSubstr("\nleft out: core 3: a grant waits there\n"),
                    HasSubstr("\nleft out: thread slots that wait for a lock: 2\n"),
                    HasSubstr("passed: 12 locks taken and released by 5 thread slots on 3 cores")));
  board.look([&](ReferenceModel &model) {
    EXPECT_EQ(state(model, kSizes), before);
    command(model, 0, 0, LOCKARB_OP_RELEASE, 3);
    EXPECT_EQ(model.hold_count(3, 1), 1u) << "the reader that waited is next";
  });
}

TEST(Probe, KeepsTheFirstError) {
  UartboneBoard board(kSizes);
  uint32_t before = 0;
  board.look([&](ReferenceModel &model) {
    command(model, 1, 2, LOCKARB_OP_RELEASE, 5);
    before = model.read(LOCKARB_ERROR_OFFSET).value();
  });
  const Result result = probe(board);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr("first error     ERR_LOCK: core 1, thread slot 2, lock 5\n"));
  board.look(
      [&](ReferenceModel &model) { EXPECT_EQ(model.read(LOCKARB_ERROR_OFFSET).value(), before); });
}

TEST(Probe, OnlyLooksWithoutTheSelfTest) {
  UartboneBoard board(kSizes);
  const Result result = probe(board, "--no-self-test");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("0 locks initialized"), Not(HasSubstr("self-test"))));
}

TEST(Probe, SaysWhenThereIsNothingToTest) {
  UartboneBoard board({1, 2, 1});
  board.look([](ReferenceModel &model) { command(model, 0, 0, LOCKARB_OP_INITIALIZE, 0); });
  const Result result = probe(board);
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_THAT(result.output, HasSubstr("self-test failed: no lock is free"));
}

// Turns over a bit of all answers from where `hit` says; of a burst, in the first word.
UartboneBoard::Faults wrong_answers(const std::function<bool(uint32_t)> &hit) {
  UartboneBoard::Faults faults;
  faults.answer = [hit](uint32_t address, UartboneBoard::Bytes *answer) {
    if (answer->size() == 4 && hit(address)) answer->at(3) ^= 0x20;
  };
  return faults;
}

TEST(Probe, NoticesAWrongAnswerToEachOperation) {
  for (unsigned operation = 0; operation <= LOCKARB_OP_INITIALIZE_USER_WRITER_FIRST; ++operation) {
    UartboneBoard board({2, 8, 2}, wrong_answers([=](uint32_t address) {
                          return is_command(address) && operation_of(address) == operation;
                        }));
    const Result result = probe(board);
    EXPECT_EQ(result.exit_code, 1) << operation_name(operation) << "\n" << result.output;
    EXPECT_THAT(result.output,
                HasSubstr(std::string(": ") + operation_name(operation) + " of lock"));
  }
}

TEST(Probe, NoticesAWrongRegister) {
  for (const uint32_t offset :
       {LOCKARB_GRANT_OFFSET, LOCKARB_TAKE_OFFSET, LOCKARB_APC_MASK_OFFSET,
        LOCKARB_APC_DELIVERABLE_OFFSET, LOCKARB_STATUS_OFFSET, LOCKARB_ANSWER_OFFSET,
        LOCKARB_STATISTICS_OFFSET + LOCKARB_ACQUISITIONS_OFFSET,
        LOCKARB_STATISTICS_OFFSET + LOCKARB_CONTENTIONS_OFFSET,
        LOCKARB_STATISTICS_OFFSET + LOCKARB_DEEPEST_QUEUE_OFFSET}) {
    UartboneBoard board({2, 8, 2},
                        wrong_answers([=](uint32_t address) { return address == offset; }));
    const Result result = probe(board);
    EXPECT_EQ(result.exit_code, 1) << access_text(offset, false, 0) << "\n" << result.output;
    EXPECT_THAT(result.output, HasSubstr("self-test failed: lock monitor: " +
                                         access_text(offset, false, 0) + ": expected "));
  }
}

TEST(Probe, CleansUpAfterAWrongAnswer) {
  UartboneBoard board(kSizes, wrong_answers([](uint32_t address) {
                        return is_command(address) && operation_of(address) == LOCKARB_OP_DRAIN;
                      }));
  EXPECT_EQ(probe(board).exit_code, 1);
  board.look([](ReferenceModel &model) {
    ReferenceModel fresh(kSizes);
    EXPECT_EQ(state(model, kSizes), state(fresh, kSizes));
  });
}

TEST(Probe, LeavesNothingWhenItIsInterrupted) {
  const std::string pid_file = testing::TempDir() + "lockarb.probe." + std::to_string(getpid());
  int acquires = 0;
  UartboneBoard::Faults interrupts;
  interrupts.answer = [&](uint32_t address, UartboneBoard::Bytes *) {
    if (!is_command(address) || operation_of(address) != LOCKARB_OP_ACQUIRE_EXCLUSIVE) return;
    if (++acquires != 20) return;
    pid_t pid = 0;
    std::ifstream(pid_file) >> pid;
    kill(pid, SIGINT);
  };
  UartboneBoard board(kSizes, interrupts);
  const Result result =
      shell("sh -c 'echo $$ > " + pid_file + "; exec " LOCKARB_PROBE " " + board.path() + "'");
  std::remove(pid_file.c_str());
  EXPECT_EQ(result.exit_code, 130) << result.output;
  EXPECT_THAT(result.output, HasSubstr("self-test interrupted after "));
  board.look([](ReferenceModel &model) {
    ReferenceModel fresh(kSizes);
    EXPECT_EQ(state(model, kSizes), state(fresh, kSizes));
  });
}

// A device that identifies itself by that word.
Result probe_with_id(uint8_t high, uint8_t major) {
  UartboneBoard::Faults faults;
  faults.answer = [=](uint32_t address, UartboneBoard::Bytes *answer) {
    if (address != LOCKARB_ID_OFFSET) return;
    answer->at(0) = high;
    answer->at(2) = major;
  };
  UartboneBoard board(kSizes, faults);
  return probe(board);
}

TEST(Probe, RefusesWhatIsNoArbiterOfThisVersion) {
  const Result other_device = probe_with_id(0x12, 2);
  EXPECT_EQ(other_device.exit_code, 2);
  EXPECT_THAT(other_device.output,
              HasSubstr(": no arbiter (ID 0x124b0200, not 0x4c4b....); load the bitstream"));
  const Result other_version = probe_with_id(0x4c, 1);
  EXPECT_EQ(other_version.exit_code, 2);
  EXPECT_THAT(other_version.output, HasSubstr("another major version (ID 0x4c4b0100, this program "
                                              "knows 2); take the software"));
}

TEST(Probe, RefusesSizesThatNoArbiterHas) {
  const struct {
    uint32_t address;
    uint32_t word;
    const char *said;
  } kBad[] = {
      {LOCKARB_PARAMS_OFFSET, 64u << 6 | 16u << 16,
       "PARAMS.cores is 0, and an arbiter has 1 to 32"},
      {LOCKARB_PARAMS_OFFSET, 4u | 16u << 16, "PARAMS.threads is 0, and an arbiter has 2 to 511"},
      {LOCKARB_PARAMS_OFFSET, 4u | 64u << 6, "PARAMS.locks is 0, and an arbiter has 1 to 4096"},
      {LOCKARB_LIMITS_OFFSET, 0, "LIMITS.hold_width is 0, and an arbiter has 2 to 16"},
      {LOCKARB_LIMITS_OFFSET, ~0u, "LIMITS.hold_width is 31, and an arbiter has 2 to 16"},
  };
  for (const auto &bad : kBad) {
    UartboneBoard::Faults faults;
    faults.answer = [&](uint32_t address, UartboneBoard::Bytes *answer) {
      if (address != bad.address) return;
      for (int i = 0; i < 4; ++i) (*answer)[i] = static_cast<uint8_t>(bad.word >> (24 - 8 * i));
    };
    UartboneBoard board(kSizes, faults);
    const Result result = probe(board);
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr(board.path() + ": " + bad.said));
  }
}

TEST(Probe, EndsWhenNobodyAnswersOrNothingIsThere) {
  UartboneBoard::Faults silent;
  silent.answer = [](uint32_t, UartboneBoard::Bytes *answer) { answer->clear(); };
  UartboneBoard board(kSizes, silent);
  const Result silence = probe(board);
  EXPECT_EQ(silence.exit_code, 2);
  EXPECT_THAT(silence.output, HasSubstr(board.path() + ": no answer to a read at 0x00000000"));
  const Result nothing = shell(LOCKARB_PROBE " /dev/no_such_device");
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_THAT(nothing.output,
              HasSubstr("lockarb probe: /dev/no_such_device: No such file or directory; plug"));
}

}  // namespace
}  // namespace lockarb
