// SPDX-License-Identifier: Apache-2.0
// The command `lockarb load`: puts a program into the memory of a board with cores (rtl/soc),
// starts it, and prints what it prints. A program of its own, as `lockarb probe` is.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/observe/stop_signals.h"
#include "sim/run/command_line.h"
#include "sim/soc/image.h"
#include "sw/hal/uartbone.h"

namespace lockarb {
namespace {

// The map of rtl/soc/lockarb_soc_host.v.
constexpr std::uintptr_t kMemory = 0x1000000;
enum Register : std::uintptr_t {
  kId = 0x1800000,
  kSizes = 0x1800004,
  kRun = 0x1800008,
  kEnd = 0x180000c,
  kConsole = 0x1801000,  // 256 words, all the same
};
constexpr std::uint32_t kIdWord = 0x4c4b5343;
constexpr std::uint32_t kMemoryBase = 0x80000000;  // of the cores
// As many words as each board takes without a pause, with 8 clocks per bit too.
constexpr unsigned kBurst = 16;
// So little that a simulated board has done it before the host takes it for dead.
constexpr unsigned kPart = 32;
constexpr unsigned kConsoleWords = 16;
constexpr std::uint32_t kConsoleValid = 0x100, kEnded = 0x80000000;
constexpr auto kPoll = std::chrono::milliseconds(20);

volatile std::sig_atomic_t stop = 0;

void request_stop() { stop = 1; }

bool repeatable(uintptr_t address) { return address < kConsole; }

std::uint32_t read_word(std::uintptr_t address) {
  std::uint32_t word;
  uartbone_read(address, &word, 1);
  return word;
}

// Words of memory, as the bus has them.
std::vector<std::uint32_t> words_of(const std::vector<std::uint8_t> &bytes) {
  std::vector<std::uint32_t> words((bytes.size() + 3) / 4);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    words[i / 4] |= std::uint32_t{bytes[i]} << (8 * (i % 4));
  return words;
}

// Writes them, and looks whether they are there: the line has no check sum.
void put(const std::string &device, std::uintptr_t at, const std::uint32_t *words, unsigned size) {
  for (unsigned i = 0; i < size; i += kBurst)
    uartbone_write_words(at + 4 * i, words + i, std::min(kBurst, size - i));
  std::uint32_t read[kPart];
  uartbone_read(at, read, size);
  for (unsigned i = 0; i < size; ++i) {
    if (read[i] == words[i]) continue;
    throw std::runtime_error(fmt::format(
        "{}: the board's memory has {:#010x} at {:#010x}, and {:#010x} was written; look for noise "
        "on the line, or try again",
        device, read[i], kMemoryBase + (at - kMemory) + 4 * i, words[i]));
  }
}

// True: there was something to print.
bool print_console() {
  std::uint32_t words[kConsoleWords];
  uartbone_read(kConsole, words, kConsoleWords);
  std::string text;
  for (const std::uint32_t word : words) {
    if ((word & kConsoleValid) != 0) text += static_cast<char>(word & 0xff);
  }
  fmt::print("{}", text);
  std::fflush(stdout);
  return !text.empty();
}

int load(const std::string &device, const std::string &file, unsigned baud, unsigned cores) {
  const uartbone_config config{device.c_str(), baud, repeatable};
  char why[400];
  if (!uartbone_open(&config, why, sizeof why)) throw std::runtime_error(why);
  // From its first access on, the console is for the host to read: what was on its way as text is
  // over after the second opening.
  uartbone_write(kRun, 0);
  uartbone_close();
  if (!uartbone_open(&config, why, sizeof why)) throw std::runtime_error(why);
  const std::uint32_t id = read_word(kId);
  if (id != kIdWord) {
    throw std::runtime_error(
        fmt::format("{}: no cores there (ID {:#010x}, not {:#010x}); load the bitstream of make "
                    "synth BOARD=ulx3s_soc, or start "
                    "make board-sim SOC=1",
                    device, id, kIdWord));
  }
  const std::uint32_t sizes = read_word(kSizes);
  const unsigned most_cores = sizes & 0xffff, kib = sizes >> 16;
  if (cores > most_cores) {
    throw std::runtime_error(fmt::format("--cores {}: the board has {}", cores, most_cores));
  }
  if (cores == 0) cores = most_cores;
  const std::vector<soc::Segment> image =
      soc::read_image(file, kMemoryBase, kib * 1024,
                      fmt::format("link it with -Wl,--defsym=__memory_size={}K", kib));
  std::size_t size = 0;
  for (const soc::Segment &part : image) {
    if (part.address % 4 != 0)
      throw std::runtime_error(fmt::format("{}: a part of it begins at {:#x}", file, part.address));
    const std::vector<std::uint32_t> words = words_of(part.bytes);
    for (std::size_t i = 0; i < words.size(); i += kPart) {
      put(device, kMemory + (part.address - kMemoryBase) + 4 * i, words.data() + i,
          static_cast<unsigned>(std::min<std::size_t>(kPart, words.size() - i)));
    }
    size += part.bytes.size();
  }
  fmt::print("{}: {} bytes loaded, {} cores start\n", device, size, cores);
  std::fflush(stdout);
  uartbone_write(kRun, (1u << cores) - 1);

  const StopSignals stop_signals(request_stop);
  std::uint32_t end = 0;
  while (stop == 0) {
    if (print_console()) continue;
    // What it printed is there before its end: one more look.
    if ((end & kEnded) != 0) break;
    end = read_word(kEnd);
    if ((end & kEnded) == 0) std::this_thread::sleep_for(kPoll);
  }
  uartbone_close();
  if (stop != 0) {
    fmt::print("\nthe program runs on, and waits when nobody reads its console\n");
    return kExitSignal + stop_signal();
  }
  const unsigned code = end & 0xff;
  fmt::print("exit code {}\n", code);
  return code == 0 ? kExitOk : kExitHalted;
}

}  // namespace
}  // namespace lockarb

int main(int argc, char **argv) {
  CLI::App app{"Run a program on the cores of a board, through its serial line", "lockarb load"};
  std::string device, file;
  unsigned baud = 115200, cores = 0;
  app.add_option("DEVICE", device, "Serial port of the board, such as /dev/ttyUSB0")->required();
  app.add_option("PROGRAM", file, "An ELF file of lockarb_add_riscv_program()")->required();
  app.add_option("--baud", baud, "Rate of the line")
      ->transform(lockarb::whole_number(1, UINT32_MAX))
      ->capture_default_str();
  app.add_option("--cores", cores, "Cores that run; default: all")
      ->transform(lockarb::whole_number(1, 8));
  app.footer(
      "Cores, arbiter and devices are reset before. Exit codes: 0 the program ended well, 1 it did "
      "not, 2 bad "
      "argument, no such device, or no answer, 129 to 143 ended by a signal; the program runs on "
      "then.");
  return lockarb::command_line(&app, argc, argv,
                               [&] { return lockarb::load(device, file, baud, cores); });
}
