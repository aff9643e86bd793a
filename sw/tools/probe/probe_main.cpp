// SPDX-License-Identifier: Apache-2.0
// The command `lockarb probe`: shows what an arbiter behind a serial line has, and tests it. A
// program of its own, because hal/mmio.h is chosen when a program is linked, and it needs no
// simulator.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>
#include <vector>

#include "sim/observe/stop_signals.h"
#include "sim/reference/access_text.h"
#include "sim/run/command_line.h"
#include "sw/driver/lockarb_regs.h"
#include "sw/hal/mmio.h"
#include "sw/hal/uartbone.h"
#include "sw/tools/probe/probe_device.h"
#include "sw/tools/probe/self_test.h"

namespace lockarb {
namespace {

volatile std::sig_atomic_t stop = 0;

void request_stop() { stop = 1; }

struct LockCounts {
  unsigned lock;
  uint32_t word;  // RESULT
  unsigned field(uint32_t mask, unsigned shift) const { return (word & mask) >> shift; }
  unsigned owners() const { return field(LOCKARB_RESULT_OWNERS_MASK, LOCKARB_RESULT_OWNERS_SHIFT); }
  unsigned shared_waiters() const {
    return field(LOCKARB_RESULT_SHARED_WAITERS_MASK, LOCKARB_RESULT_SHARED_WAITERS_SHIFT);
  }
  unsigned exclusive_waiters() const {
    return field(LOCKARB_RESULT_EXCLUSIVE_WAITERS_MASK, LOCKARB_RESULT_EXCLUSIVE_WAITERS_SHIFT);
  }
};

struct Locks {
  std::vector<LockCounts> live;
  std::vector<unsigned> free;
};

// Reads of registers change nothing; each read of a command is one.
bool repeatable(uintptr_t address) {
  const uintptr_t in_window = address & ((uintptr_t{1} << LOCKARB_WINDOW_SHIFT) - 1);
  return !is_command(static_cast<uint32_t>(address)) && in_window != LOCKARB_TAKE_OFFSET;
}

[[noreturn]] void refuse_sizes(const std::string &path) {
  const char *name;
  unsigned value, min, max;
  if (!probe_bad_size(&name, &value, &min, &max)) {
    throw std::runtime_error(path +
                             ": PARAMS or LIMITS read differently each time; look for a "
                             "second program on the line, or noise");
  }
  throw std::runtime_error(fmt::format(
      "{}: {} is {}, and an arbiter has {} to {} there; the device or the line is broken, or the "
      "bitstream is no lockarb's: load it anew",
      path, name, value, min, max));
}

void find_device(const std::string &path, probe_device *device) {
  switch (probe_find(device)) {
    case PROBE_FOUND:
      return;
    case PROBE_OTHER_VERSION:
      throw std::runtime_error(fmt::format(
          "{}: an arbiter of another major version (ID {:#010x}, this program knows {}); take the "
          "software that belongs to its bitstream",
          path, mmio_read32(LOCKARB_ID_OFFSET), LOCKARB_ID_MAJOR_RESET));
    case PROBE_BAD_SIZES:
      refuse_sizes(path);
    default:
      throw std::runtime_error(
          fmt::format("{}: no arbiter (ID {:#010x}, not {:#06x}....); load the bitstream of a "
                      "lockarb board, or "
                      "give another device",
                      path, mmio_read32(LOCKARB_ID_OFFSET), LOCKARB_ID_MAGIC_RESET));
  }
}

// A command that is not armed is always refused, and its answer shows the lock: live or not, and
// its counts.
Locks look_at_locks(const probe_device &device) {
  const uint32_t arm = mmio_read32(LOCKARB_ARM_OFFSET);
  const uint32_t error = mmio_read32(LOCKARB_ERROR_OFFSET);
  mmio_write32(LOCKARB_ARM_OFFSET, place_of(LOCKARB_OP_HOLD_COUNT, 0));  // whatever it was
  Locks locks;
  for (unsigned first = 0; first < device.locks; first += UARTBONE_LONGEST_BURST) {
    uint32_t words[UARTBONE_LONGEST_BURST];
    const unsigned count = std::min<unsigned>(device.locks - first, UARTBONE_LONGEST_BURST);
    uartbone_read(LOCKARB_COMMAND_OFFSET | LOCKARB_OP_SET_OWNER << LOCKARB_OP_SHIFT |
                      first << LOCKARB_LOCK_SHIFT,
                  words, count);
    for (unsigned i = 0; i < count; ++i) {
      switch (words[i] & LOCKARB_RESULT_STATUS_MASK) {
        case LOCKARB_STATUS_ERR_LOCK:
          locks.free.push_back(first + i);
          break;
        case LOCKARB_STATUS_ERR_NOT_ARMED:
          locks.live.push_back({first + i, words[i]});
          break;
        default:
          throw std::runtime_error(
              fmt::format("lock {}: answered {:#010x} to what can only be "
                          "refused; the device or the line is broken",
                          first + i, words[i]));
      }
    }
  }
  if ((arm & LOCKARB_ARM_VALID_MASK) != 0) mmio_write32(LOCKARB_ARM_OFFSET, arm);
  // The refusals are this program's; an older error stays.
  if (error == 0) mmio_write32(LOCKARB_ERROR_OFFSET, 0);
  return locks;
}

std::string error_text(uint32_t word) {
  if ((word & LOCKARB_ERROR_VALID_MASK) == 0) return "none";
  return fmt::format("{}: core {}, thread slot {}, lock {}",
                     status_name((word & LOCKARB_ERROR_STATUS_MASK) >> LOCKARB_ERROR_STATUS_SHIFT),
                     (word & LOCKARB_ERROR_CORE_MASK) >> LOCKARB_ERROR_CORE_SHIFT,
                     (word & LOCKARB_ERROR_THREAD_MASK) >> LOCKARB_ERROR_THREAD_SHIFT,
                     (word & LOCKARB_ERROR_LOCK_MASK) >> LOCKARB_ERROR_LOCK_SHIFT);
}

void print_device(const probe_device &device) {
  const uint32_t id = mmio_read32(LOCKARB_ID_OFFSET);
  fmt::print("  version         {}.{}\n", (id & LOCKARB_ID_MAJOR_MASK) >> LOCKARB_ID_MAJOR_SHIFT,
             id & LOCKARB_ID_MINOR_MASK);
  fmt::print("  cores           {}\n", device.cores);
  fmt::print("  thread slots    {}\n", device.threads);
  fmt::print("  locks           {}\n", device.locks);
  fmt::print("  recursion       up to {} levels\n", device.max_hold);
  fmt::print("  statistics      {}\n", device.has_statistics ? "yes" : "no");
  fmt::print("  first error     {}\n", error_text(mmio_read32(LOCKARB_ERROR_OFFSET)));
  fmt::print("  of user code    {}\n", error_text(mmio_read32(LOCKARB_USER_ERROR_OFFSET)));
}

void print_locks(const probe_device &device, const Locks &locks) {
  const auto held = std::count_if(locks.live.begin(), locks.live.end(),
                                  [](const LockCounts &l) { return l.owners() != 0; });
  fmt::print("\n{} locks initialized, {} of them owned\n", locks.live.size(), held);
  if (locks.live.empty()) return;
  fmt::print("{:>6}{:>8}{:>16}{:>19}", "lock", "owners", "shared waiters", "exclusive waiters");
  if (device.has_statistics) {
    fmt::print("{:>14}{:>13}{:>14}{:>14}{:>9}", "acquisitions", "contentions", "longest wait",
               "longest hold", "deepest");
  }
  fmt::print("\n");
  for (const LockCounts &l : locks.live) {
    fmt::print("{:>6}{:>8}{:>16}{:>19}", l.lock, l.owners(), l.shared_waiters(),
               l.exclusive_waiters());
    struct probe_statistics statistics;
    if (probe_statistics(l.lock, &statistics)) {
      fmt::print("{:>14}{:>13}{:>14}{:>14}{:>9}", statistics.acquisitions, statistics.contentions,
                 statistics.longest_wait, statistics.longest_hold, statistics.deepest_queue);
    }
    fmt::print("\n");
  }
}

void close_device(const probe_device &device) {
  mmio_write32(LOCKARB_CONTROL_OFFSET,
               device.aperture_was_open ? LOCKARB_CONTROL_APERTURE_MASK : 0);
  mmio_read32(LOCKARB_ID_OFFSET);  // it has arrived when this is answered
  uartbone_close();
}

int probe(const std::string &path, unsigned baud, bool test) {
  const uartbone_config config{path.c_str(), baud, repeatable};
  char why[400];
  if (!uartbone_open(&config, why, sizeof why)) throw std::runtime_error(why);
  probe_device device;
  find_device(path, &device);
  fmt::print("{}: lockarb\n", path);
  print_device(device);
  const Locks locks = look_at_locks(device);
  print_locks(device, locks);
  if (!test) {
    close_device(device);
    return kExitOk;
  }

  std::fflush(stdout);
  const SelfTestResult result = [&] {
    const StopSignals stop_signals(request_stop);
    return self_test(device, locks.free, &stop);
  }();
  close_device(device);
  fmt::print("\n");
  for (const std::string &line : result.left_out) fmt::print("left out: {}\n", line);
  if (!result.failure.empty()) {
    fmt::print("self-test failed: {}\n", result.failure);
    return kExitHalted;
  }
  if (result.stopped) {
    fmt::print("self-test interrupted after {} locks\n", result.locks);
    return kExitSignal + stop_signal();
  }
  fmt::print(
      "self-test passed: {} locks taken and released by {} thread slots on {} cores, {} "
      "accesses\n",
      result.locks, result.threads, result.cores, result.accesses);
  return kExitOk;
}

}  // namespace
}  // namespace lockarb

int main(int argc, char **argv) {
  CLI::App app{"Show what the arbiter behind a serial line has, and test it", "lockarb probe"};
  std::string path;
  unsigned baud = 115200;
  bool no_self_test = false;
  app.add_option("DEVICE", path, "Serial port of the board, such as /dev/ttyUSB1")->required();
  app.add_option("--baud", baud, "Rate of the line")
      ->transform(lockarb::whole_number(1, UINT32_MAX))
      ->capture_default_str();
  app.add_flag("--no-self-test", no_self_test, "Only look");
  app.footer(
      "The self-test makes locks of its own, and leaves those that are initialized alone; stop "
      "software\n"
      "that uses the device meanwhile. Exit codes: 0 passed, 1 self-test failed, 2 bad argument, "
      "no "
      "such\n"
      "device, or no answer.");
  return lockarb::command_line(&app, argc, argv,
                               [&] { return lockarb::probe(path, baud, !no_self_test); });
}
