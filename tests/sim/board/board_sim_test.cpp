// SPDX-License-Identifier: Apache-2.0
// The simulated board, through its terminal: the RTL of the board's top behind `lockarb probe`.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/sim/shell.h"

namespace lockarb {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

class BoardSim : public testing::Test {
 protected:
  void SetUp() override {
    const auto *test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) /
              (std::string("lockarb.BoardSim.") + test->name() + "." + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override {
    if (pid_ > 0) stop(SIGKILL);
    fs::remove_all(folder_);
  }

  std::string file(const std::string &name) const { return (folder_ / name).string(); }
  std::string folder() const { return folder_.string(); }
  std::string line() const { return file("board.pty"); }

  // Returns once the board runs.
  void start(std::vector<std::string> options = {}) {
    int output[2];
    ASSERT_EQ(pipe(output), 0);
    options.insert(options.begin(), {LOCKARB_BOARD_SIM, "--link", line()});
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output[1], STDOUT_FILENO);
      dup2(output[1], STDERR_FILENO);
      close(output[0]);
      close(output[1]);
      std::vector<char *> words;
      for (std::string &option : options) words.push_back(option.data());
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
    close(output[1]);
    output_ = fdopen(output[0], "r");
    EXPECT_THAT(next_line(), StartsWith("The board's UART is " + line()));
  }

  std::string next_line() {
    char text[500] = "";
    return fgets(text, sizeof text, output_) == nullptr ? "" : text;
  }

  // How it ended, and all that it said.
  Result stop(int signal = SIGINT) {
    kill(pid_, signal);
    Result result{-1, ""};
    for (std::string text = next_line(); !text.empty(); text = next_line()) result.output += text;
    fclose(output_);
    int status;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
  }

  // Of the simulated board, since it began.
  long processor_ticks() const {
    std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
    std::string word;
    for (int field = 1; field < 14; ++field) stat >> word;  // the name has no blank
    long user = 0;
    long system = 0;
    stat >> user >> system;
    EXPECT_GT(user + system, 0);
    return user + system;
  }

  Result probe(const std::string &options = "") const {
    return shell(LOCKARB_PROBE " " + line() + " " + options);
  }

 private:
  fs::path folder_;
  pid_t pid_ = -1;
  std::FILE *output_ = nullptr;
};

TEST_F(BoardSim, PassesTheSelfTestOfProbe) {
  start();
  const Result result = probe();
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("locks           256\n"));
  EXPECT_THAT(result.output, HasSubstr("self-test passed: 256 locks taken and released by 5 thread "
                                       "slots on 4 cores"));
}

TEST_F(BoardSim, ForgetsHalfAFrame) {
  start();
  const int other = open(line().c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(write(other, "\1\1\0\0\0", 5), 5);
  close(other);
  const Result result = probe("--no-self-test");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(BoardSim, StandsStillWhileNobodyTalks) {
  start();
  EXPECT_EQ(probe("--no-self-test").exit_code, 0);
  usleep(500000);  // the silence that it takes to forget half a frame
  const long before = processor_ticks();
  usleep(1000000);
  EXPECT_EQ(processor_ticks(), before) << "clocks ran while nothing was on the line";
}

TEST_F(BoardSim, EndsWithItsWaveformComplete) {
  start({"--trace", file("board.fst")});
  EXPECT_EQ(probe("--no-self-test").exit_code, 0);
  const Result result = stop(SIGINT);
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_GT(fs::file_size(file("board.fst")), 10000u);
  EXPECT_FALSE(fs::is_symlink(line())) << "the link outlives the board";
}

TEST_F(BoardSim, SaysWhatIsWrongWithItsArguments) {
  Result result = shell(LOCKARB_BOARD_SIM " --trace /no/such/folder/a.fst");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output,
              HasSubstr("lockarb_board_sim: --trace: cannot write /no/such/folder/a.fst"));
  result = shell("touch " + file("taken") + "; " LOCKARB_BOARD_SIM " --link " + file("taken"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("--link " + file("taken") + ": there is something else"));
  result = shell("cd " + folder() + " && ln -s elsewhere mine; " LOCKARB_BOARD_SIM " --link mine");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(fs::read_symlink(file("mine")), "elsewhere") << "somebody's link is gone";
  result = shell(LOCKARB_BOARD_SIM " --trace " + file("a.fst") + " --link " + file("a.fst"));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("are one file"));
}

TEST_F(BoardSim, LeavesNothingHalfMadeWhenASignalEndsIt) {
  for (const int signal : {SIGHUP, SIGTERM}) {
    start({"--trace", file("board.fst")});
    const Result result = stop(signal);
    EXPECT_EQ(result.exit_code, 128 + signal) << result.output;
    EXPECT_FALSE(fs::is_symlink(line())) << "the link outlives the board";
    EXPECT_TRUE(fs::remove(file("board.fst"))) << "the waveform is complete up to here";
    EXPECT_TRUE(fs::is_empty(folder()));
  }
  start({"--trace", file("board.fst")});
  EXPECT_EQ(stop(SIGQUIT).exit_code, 128 + SIGQUIT);
  fs::remove(file("core"));
  EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(BoardSim, SaysThatTheDiskIsFull) {
  fs::create_symlink("/dev/full", file("full.fst"));
  start({"--trace", file("full.fst")});
  const Result result = stop(SIGINT);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("no space left on " + file("full.fst")));
}

}  // namespace
}  // namespace lockarb
