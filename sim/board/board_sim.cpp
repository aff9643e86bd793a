// SPDX-License-Identifier: Apache-2.0
// The simulated board: rtl/boards/lockarb_board.v, UART pins included, with a pseudo-terminal at
// the other end of the line. With LOCKARB_BOARD_SOC it is rtl/soc/lockarb_soc_board.v, which has
// cores.
//
// Clocks
//   - Bits are driven and sampled at the clocks per bit that the board was made for; whatever rate
//     the host sets makes no difference.
//   - The board is evaluated while a bit is on the line, busy, and a byte's time longer, and while
//     a program runs on its cores. Then its clock stands still: a synchronous design cannot tell.
//   - So that it forgets half a frame as a board does, a host that says nothing for kPause counts
//   as
//     one that says nothing for so long that the bridge begins anew: that time runs then, once.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#ifdef LOCKARB_BOARD_SOC
#include "Vsoc_board.h"
using BoardModel = Vsoc_board;
#else
#include "Vlockarb_board_sim.h"
#include "Vlockarb_board_sim___024root.h"
using BoardModel = Vlockarb_board_sim;
#endif
#include "sim/observe/fst_files.h"
#include "sim/observe/output_file.h"
#include "sim/observe/stop_signals.h"
#include "sim/run/command_line.h"
#include "verilated_fst_c.h"

namespace lockarb {
namespace {

constexpr unsigned kClocksPerBit = LOCKARB_BOARD_CLOCK_HZ / LOCKARB_BOARD_BAUD;
constexpr unsigned kBitsPerByte = 10;
constexpr uint64_t kNanoseconds = 1000000000;
// Longer than a loaded host needs between two bytes of a frame; sw/hal/uartbone.c waits
// longer.
constexpr timespec kPause = {0, 120000000};
constexpr timespec kNoTime = {0, 0};
constexpr unsigned kBusyLed = 3;
#ifdef LOCKARB_BOARD_SOC
constexpr unsigned kIsOverLed = 4;
constexpr unsigned kClocksAtATime = 2000;  // between two looks at the line
#endif

[[noreturn]] void fail(const std::string &what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// A pseudo-terminal. This end is the board; the other has a path that programs open.
class Line {
 public:
  Line() {
    board_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (board_ < 0 || grantpt(board_) != 0 || unlockpt(board_) != 0) fail("cannot make a terminal");
    path_ = ptsname(board_);
    // Held open: without a program at the other end, reading would fail instead of wait.
    host_ = open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings;
    if (host_ < 0 || tcgetattr(host_, &settings) != 0) fail(path_);
    cfmakeraw(&settings);
    if (tcsetattr(host_, TCSANOW, &settings) != 0) fail(path_);
  }
  ~Line() {
    if (!link_.empty()) {
      if (target_of(link_) == path_) unlink(link_.c_str());
      keep(at_death_);
    }
    close(host_);
    close(board_);
  }
  Line(const Line &) = delete;
  Line &operator=(const Line &) = delete;

  const std::string &path() const { return path_; }

  // Gives the line a second name, until the end. One that an earlier board left goes.
  void link(const std::string &link) {
    if (target_of(link).rfind("/dev/pts/", 0) == 0) unlink(link.c_str());
    if (symlink(path_.c_str(), link.c_str()) != 0) {
      if (errno != EEXIST) fail("cannot make the link " + link);
      throw std::runtime_error("--link " + link +
                               ": there is something else of this name; remove it, or give "
                               "another name");
    }
    at_death_ = remove_at_death(link.c_str());
    link_ = link;
  }

  // Up to so many bytes; none when the time is over, or after a signal. No limit: nullptr.
  std::size_t wait(uint8_t *bytes, std::size_t size, const timespec *limit,
                   const sigset_t *signals) {
    pollfd descriptor{board_, POLLIN, 0};
    const int ready = ppoll(&descriptor, 1, limit, signals);
    if (ready < 0 && errno != EINTR) fail(path_);
    if (ready <= 0) return 0;
    const ssize_t n = read(board_, bytes, size);
    if (n < 0 && errno != EAGAIN) fail(path_);
    return n < 0 ? 0 : static_cast<std::size_t>(n);
  }

  // What nobody takes is lost, as at the end of a cable.
  void send(uint8_t byte) {
    if (write(board_, &byte, 1) < 0 && errno != EAGAIN) fail(path_);
  }

 private:
  // Empty: it is no link.
  static std::string target_of(const std::string &link) {
    std::string target(4096, '\0');
    const ssize_t size = readlink(link.c_str(), target.data(), target.size());
    target.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return target;
  }

  int board_;
  int host_;
  std::string path_;
  std::string link_;
  int at_death_ = -1;
};

class Board {
 public:
  // trace: nullptr for no waveform.
  Board(Line *line, OutputFile *trace) : line_(*line) {
    context_.traceEverOn(true);
    if (trace != nullptr) {
      trace_files_.emplace(trace);
      trace_ = std::make_unique<VerilatedFstC>();
      trace_->set_time_unit("1ns");
      trace_->set_time_resolution("1ns");
      top_.trace(trace_.get(), 99);
      trace_->open(FstFiles::kFstName);
    }
    top_.uart_rx_i = 1;
    top_.rst_ni = 0;
    run(4);
    // Not before the first clock, which clears it.
#ifndef LOCKARB_BOARD_SOC
    if (trace_) top_.rootp->lockarb_board__DOT__u_lockarb__DOT__u_view__DOT__recording_q = 1;
#endif
    top_.rst_ni = 1;
    bits_ = 0;  // what the line did before is no byte
    be_silent();
  }
  ~Board() {
    if (trace_) {
      trace_->close();
      trace_files_->erase_date();
    }
    top_.final();
  }

  uint64_t clocks() const { return clocks_; }

#ifdef LOCKARB_BOARD_SOC
  bool runs() const { return (top_.led_o >> kIsOverLed & 1) == 0; }
  void run_on() { run(kClocksAtATime); }
#else
  static constexpr bool runs() { return false; }
  void run_on() {}
#endif

  void receive(uint8_t byte) {
    drive(false);
    for (unsigned bit = 0; bit < 8; ++bit) drive((byte >> bit & 1) != 0);
    drive(true);
  }

  // Until nothing has moved for the time of a byte; while a program runs there is no such time.
  void settle() {
    for (unsigned quiet = 0; quiet < kBitsPerByte * kClocksPerBit && !runs(); ++quiet) {
      run(1);
      if (bits_ != 0 || (top_.led_o >> kBusyLed & 1) != 0) quiet = 0;
    }
  }

  // So long that the bridge forgets what it has heard.
  void be_silent() {
    run((LOCKARB_BOARD_TIMEOUT + kBitsPerByte) * kClocksPerBit);
    settle();
  }

 private:
  void drive(bool level) {
    top_.uart_rx_i = level;
    run(kClocksPerBit);
  }

  void run(unsigned clocks) {
    for (; clocks != 0; --clocks) {
      top_.clk_i = 1;
      top_.eval();
      if (trace_) trace_->dump(clocks_ * kNanoseconds / LOCKARB_BOARD_CLOCK_HZ);
      top_.clk_i = 0;
      top_.eval();
      if (trace_) trace_->dump((2 * clocks_ + 1) * kNanoseconds / (2 * LOCKARB_BOARD_CLOCK_HZ));
      ++clocks_;
      listen();
    }
  }

  // Samples each bit in its middle, counted from the edge of the start bit.
  void listen() {
    const bool level = top_.uart_tx_o;
    if (bits_ == 0) {
      if (level) return;
      bits_ = kBitsPerByte;
      countdown_ = kClocksPerBit / 2;
      return;
    }
    if (--countdown_ != 0) return;
    countdown_ = kClocksPerBit;
    --bits_;
    if (bits_ == 0) {
      if (!level) throw std::logic_error("the board sent a byte without a stop bit");
      line_.send(byte_);
    } else if (bits_ != kBitsPerByte - 1) {
      byte_ = static_cast<uint8_t>(byte_ >> 1 | (level ? 0x80 : 0));
    }
  }

  Line &line_;
  VerilatedContext context_;
  BoardModel top_{&context_};
  std::optional<FstFiles> trace_files_;
  std::unique_ptr<VerilatedFstC> trace_;
  uint64_t clocks_ = 0;
  // Of the byte that the board sends: bits that have not been sampled, clocks to the next sample.
  unsigned bits_ = 0;
  unsigned countdown_ = 0;
  uint8_t byte_ = 0;
};

#ifdef LOCKARB_BOARD_SOC
std::string what_to_do(const std::string &, const std::string &line) {
  return "lockarb load " + line + " PROGRAM.elf";
}
#else
// program: how this one was called; `lockarb` is beside it.
std::string what_to_do(const std::string &program, const std::string &line) {
  return program.substr(0, program.rfind('/') + 1) + "lockarb probe " + line;
}
#endif

int simulate(const std::string &program, const std::string &trace_path, const std::string &link) {
  std::optional<OutputFile> trace;
  if (!trace_path.empty()) {
    std::vector<NamedFile> files{{"--trace", trace_path}};
    // A link that an earlier board left is no file.
    if (!link.empty() && access(link.c_str(), F_OK) != 0) files.push_back({"--link", link});
    refuse_one_file_twice(files);
    trace.emplace(files[0]);
  }
  Line line;
  if (!link.empty()) line.link(link);

  // Signals arrive in wait() only.
  const StopSignals stop(nullptr);
  sigset_t stop_signals, other_signals;
  sigemptyset(&stop_signals);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&stop_signals, signal);
  sigprocmask(SIG_BLOCK, &stop_signals, &other_signals);

  std::optional<Board> board(std::in_place, &line, trace ? &*trace : nullptr);
  fmt::print("The board's UART is {0}. In another terminal: {1}\nCtrl-C ends it.\n",
             link.empty() ? line.path() : link,
             what_to_do(program, link.empty() ? line.path() : link));
  std::fflush(stdout);

  const auto goes_on = [&] {
    return stop_signal() == 0 && std::ferror(stdout) == 0 && !(trace && trace->failed());
  };
  bool silent = true;
  std::chrono::steady_clock::time_point heard;
  while (goes_on()) {
    uint8_t bytes[64];
    const timespec *limit = board->runs() ? &kNoTime : silent ? nullptr : &kPause;
    const std::size_t n = line.wait(bytes, sizeof bytes, limit, &other_signals);
    for (std::size_t i = 0; i < n; ++i) board->receive(bytes[i]);
    if (n != 0) {
      board->settle();
      silent = false;
      heard = std::chrono::steady_clock::now();
    } else if (goes_on()) {
      const auto pause = std::chrono::steady_clock::now() - heard;
      if (!silent && pause >= std::chrono::nanoseconds(kPause.tv_nsec)) {
        board->be_silent();
        silent = true;
      }
      if (board->runs()) board->run_on();
    }
  }
  fmt::print("\n{} clocks evaluated\n", board->clocks());
  board.reset();
  if (trace) trace->commit();
  // Ctrl-C is how this program is meant to end, whatever the number of the signal.
  sigprocmask(SIG_SETMASK, &other_signals, nullptr);
  return stop_signal() == SIGINT ? int{kExitOk} : kExitSignal + stop_signal();
}

}  // namespace
}  // namespace lockarb

int main(int argc, char **argv) {
  CLI::App app{"Simulate a lockarb board; its UART is a pseudo-terminal", "lockarb_board_sim"};
  std::string trace;
  std::string link;
  app.add_option("--trace", trace, "Write a waveform (FST) of all clocks")->type_name("FILE");
  app.add_option("--link", link, "A second name for the terminal, such as build/board.pty")
      ->type_name("PATH");
  return lockarb::command_line(&app, argc, argv,
                               [&] { return lockarb::simulate(argv[0], trace, link); });
}
