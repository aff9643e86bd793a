// SPDX-License-Identifier: Apache-2.0
// hal/mmio.h over a serial line: what it sends again, what it never does, and what it says.
#include "sw/hal/uartbone.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "sim/reference/access_text.h"
#include "sw/driver/lockarb_regs.h"
#include "sw/hal/mmio.h"
#include "tests/sw/hal/uartbone_board.h"

namespace lockarb {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr ReferenceModel::Sizes kSizes{4, 64, 256};
constexpr uint32_t kTryExclusive0 = LOCKARB_COMMAND_OFFSET | LOCKARB_OP_TRY_EXCLUSIVE
                                                                 << LOCKARB_OP_SHIFT;
constexpr uint32_t kGranted = LOCKARB_STATUS_GRANTED_EXCLUSIVE | 1u << LOCKARB_RESULT_OWNERS_SHIFT;

// A thread may take any lock by a read.
void make_locks(UartboneBoard &board) {
  board.look([](ReferenceModel &model) {
    EXPECT_TRUE(model.write(LOCKARB_CONTROL_OFFSET, LOCKARB_CONTROL_APERTURE_MASK));
    EXPECT_TRUE(model.write(LOCKARB_CURRENT_THREAD_OFFSET, LOCKARB_CURRENT_THREAD_VALID_MASK));
    for (unsigned lock = 0; lock < kSizes.locks; ++lock) {
      EXPECT_TRUE(model.write(LOCKARB_ISSUE_OFFSET, place_of(LOCKARB_OP_INITIALIZE, lock)));
    }
  });
}

bool repeatable(uintptr_t address) { return !is_command(static_cast<uint32_t>(address)); }

void open_line(const std::string &path) {
  static std::string device;
  device = path;
  const uartbone_config config{device.c_str(), 115200, repeatable};
  char why[400] = "";
  ASSERT_TRUE(uartbone_open(&config, why, sizeof why)) << why;
}

// Why the line cannot be opened.
std::string refusal(const std::string &path, unsigned baud = 115200) {
  const uartbone_config config{path.c_str(), baud, nullptr};
  char why[400] = "";
  EXPECT_FALSE(uartbone_open(&config, why, sizeof why)) << path;
  return why;
}

// Cuts the last byte off the first answer from that address.
UartboneBoard::Faults cut_first_answer(uint32_t from, int *cuts) {
  UartboneBoard::Faults faults;
  faults.answer = [from, cuts](uint32_t address, UartboneBoard::Bytes *answer) {
    if (address == from && (*cuts)++ == 0) answer->pop_back();
  };
  return faults;
}

class Uartbone : public testing::Test {
 protected:
  ~Uartbone() override { uartbone_close(); }
};

TEST_F(Uartbone, ReadsAndWritesWords) {
  UartboneBoard board(kSizes);
  open_line(board.path());
  EXPECT_EQ(mmio_read32(LOCKARB_ID_OFFSET), 0x4C4B0200u);
  mmio_write32(3 << LOCKARB_WINDOW_SHIFT | LOCKARB_APC_MASK_OFFSET, 0x89abcdef);
  EXPECT_EQ(mmio_read32(3 << LOCKARB_WINDOW_SHIFT | LOCKARB_APC_MASK_OFFSET), 0x89abcdefu);
  make_locks(board);
  EXPECT_EQ(mmio_read32(kTryExclusive0), kGranted);
  board.look([](ReferenceModel &model) { EXPECT_EQ(model.hold_count(0, 0), 1u); });
}

TEST_F(Uartbone, ReadsABurstInOneFrame) {
  UartboneBoard board(kSizes);
  open_line(board.path());
  make_locks(board);
  uint32_t words[UARTBONE_LONGEST_BURST];
  uartbone_read(kTryExclusive0, words, UARTBONE_LONGEST_BURST);
  EXPECT_THAT(words, testing::Each(kGranted));
  EXPECT_EQ(board.frames(), 1u);
  board.look([](ReferenceModel &model) {
    EXPECT_EQ(model.hold_count(254, 0), 1u);
    EXPECT_EQ(model.hold_count(255, 0), 0u) << "one word too many";
  });
}

TEST_F(Uartbone, SendsARegisterReadAgainWhenItsAnswerWasCut) {
  int answers = 0;
  UartboneBoard board(kSizes, cut_first_answer(LOCKARB_ID_OFFSET, &answers));
  open_line(board.path());
  EXPECT_EQ(mmio_read32(LOCKARB_ID_OFFSET), 0x4C4B0200u);
  EXPECT_EQ(board.frames(), 2u);
}

TEST_F(Uartbone, NeverSendsACommandAgain) {
  int answers = 0;
  UartboneBoard board(kSizes, cut_first_answer(kTryExclusive0, &answers));
  make_locks(board);
  open_line(board.path());
  EXPECT_EXIT(mmio_read32(kTryExclusive0), testing::ExitedWithCode(UARTBONE_EXIT_CODE),
              board.path() + ": 3 of 4 bytes came as the answer to a read at 0x00080000");
  EXPECT_EQ(board.frames(), 1u);
}

TEST_F(Uartbone, SendsNoReadAgainBehindAWriteThatMayBeLost) {
  int answers = 0;
  UartboneBoard board(kSizes, cut_first_answer(LOCKARB_ID_OFFSET, &answers));
  open_line(board.path());
  mmio_write32(LOCKARB_OPERAND_OFFSET, 1);
  EXPECT_EXIT(mmio_read32(LOCKARB_ID_OFFSET), testing::ExitedWithCode(UARTBONE_EXIT_CODE),
              "3 of 4 bytes");
}

TEST_F(Uartbone, OpensBehindWhatAnotherProgramLeft) {
  UartboneBoard board(kSizes);
  const int other = open(board.path().c_str(), O_RDWR | O_NOCTTY);
  // A read whose answer nobody takes, and half a frame.
  const char left[] = {2, 1, 0, 0, 0, 0, 1, 1, 0};
  ASSERT_EQ(write(other, left, sizeof left), static_cast<ssize_t>(sizeof left));
  close(other);
  make_locks(board);
  open_line(board.path());
  EXPECT_EQ(mmio_read32(kTryExclusive0), kGranted);
}

TEST_F(Uartbone, SaysThatNobodyAnswers) {
  UartboneBoard::Faults silent;
  silent.answer = [](uint32_t, UartboneBoard::Bytes *answer) { answer->clear(); };
  UartboneBoard board(kSizes, silent);
  open_line(board.path());
  EXPECT_EXIT(mmio_read32(LOCKARB_ID_OFFSET), testing::ExitedWithCode(UARTBONE_EXIT_CODE),
              board.path() + ": no answer to a read at 0x00000000 .*bitstream is loaded.*115200");
}

TEST_F(Uartbone, TrustsNoAnswerThatHadAByteTooMany) {
  UartboneBoard::Faults noisy;
  noisy.answer = [](uint32_t, UartboneBoard::Bytes *answer) {
    answer->insert(answer->begin(), 0xff);
  };
  UartboneBoard board(kSizes, noisy);
  open_line(board.path());
  EXPECT_EXIT(
      {
        mmio_read32(LOCKARB_ID_OFFSET);
        usleep(100000);
        mmio_write32(LOCKARB_OPERAND_OFFSET, 1);
      },
      testing::ExitedWithCode(UARTBONE_EXIT_CODE), "byte 0x00 arrived unasked .*noise");
}

TEST_F(Uartbone, SaysThatTheLineIsClosed) {
  UartboneBoard board(kSizes);
  open_line(board.path());
  board.hang_up();
  EXPECT_EXIT(mmio_read32(LOCKARB_ID_OFFSET), testing::ExitedWithCode(UARTBONE_EXIT_CODE),
              board.path() + ": the line is closed .*plug the board in");
}

TEST_F(Uartbone, NamesDeviceAndCureWhenItCannotBeOpened) {
  EXPECT_THAT(refusal("/dev/no_such_device"), AllOf(HasSubstr("/dev/no_such_device: No such file"),
                                                    HasSubstr("plug the board in")));
  EXPECT_THAT(refusal("/dev/null"), HasSubstr("/dev/null: not a serial device; give the serial"));
  UartboneBoard board(kSizes);
  EXPECT_THAT(refusal(board.path(), 12345),
              AllOf(HasSubstr("12345 baud"), HasSubstr(" 115200 "), HasSubstr(" 4000000")));
  UartboneBoard::Faults chatters;
  chatters.chatters = true;
  UartboneBoard other(kSizes, chatters);
  EXPECT_THAT(refusal(other.path()), HasSubstr(other.path() + ": sends without being asked"));
}

TEST_F(Uartbone, NamesThatAnotherProgramHasTheDevice) {
  UartboneBoard board(kSizes);
  open_line(board.path());
  EXPECT_EXIT(
      {
        std::fputs(refusal(board.path()).c_str(), stderr);
        std::exit(0);
      },
      testing::ExitedWithCode(0), board.path() + ": in use; end the other program");
}

TEST_F(Uartbone, NamesTheGroupWhenItMayNotOpenTheDevice) {
  UartboneBoard board(kSizes);
  ASSERT_EQ(chmod(board.path().c_str(), 0600), 0);
  if (geteuid() != 0) GTEST_SKIP() << "only root can try it as somebody else";
  EXPECT_EXIT(
      {
        if (setuid(65534) != 0) std::exit(1);
        std::fputs(refusal(board.path()).c_str(), stderr);
        std::exit(0);
      },
      testing::ExitedWithCode(0), board.path() + ": Permission denied; join the group.*dialout");
}

}  // namespace
}  // namespace lockarb
