// SPDX-License-Identifier: Apache-2.0
// Any bytes as a scenario file: a scenario that the platform can run, or an error with its line.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "lockarb_threads.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/run/scenario.h"
#include "tests/fuzz/fuzz_target.h"

namespace lockarb {
namespace {

constexpr std::size_t kMostThreads = 10000;  // sim/README.md
constexpr std::size_t kLongestName = 31;

void expect(bool holds, const char *what) {
  if (!holds) found(std::string("a scenario was accepted in which not ") + what);
}

void check(const Scenario &scenario) {
  const ModelSize &size = scenario.arbiter;
  for (const SizeKey &key : size_keys()) {
    expect(key.get(size) >= key.least && key.get(size) <= key.most, "sizes are in their ranges");
  }
  expect(scenario.cores >= 1 && scenario.cores <= size.cores, "cores are of the model");
  expect(scenario.locks >= 1 && scenario.locks <= size.locks, "locks are of the model");
  expect(!scenario.name.empty(), "the name says anything");
  expect(!scenario.threads.empty() && scenario.threads.size() <= kMostThreads,
         "threads are 1 to 10000");
  for (const workload_thread &thread : scenario.threads) {
    const std::string name = thread.name;
    expect(!name.empty() && name.size() <= kLongestName, "names have 1 to 31 characters");
    expect(thread.core == WORKLOAD_ANY_CORE || thread.core < scenario.cores, "the core exists");
    expect(thread.priority >= 1 && thread.priority <= 31, "priorities are 1 to 31");
    expect(thread.loop >= 1 && thread.recursion >= 1, "loops and levels are at least 1");
    expect(thread.lock_count >= 1, "there is a lock to draw");
    expect(std::all_of(thread.locks, thread.locks + thread.lock_count,
                       [&](unsigned lock) { return lock < scenario.locks; }),
           "the locks exist");
    expect(thread.hold.min <= thread.hold.max && thread.think.min <= thread.think.max &&
               thread.rest.min <= thread.rest.max,
           "ranges rise");
    expect((thread.apc == WORKLOAD_NO_APC) == (thread.apc_period == 0), "APCs have a period");
    expect(thread.apc_target >= WORKLOAD_TARGET_ANY &&
               thread.apc_target < static_cast<int>(scenario.threads.size()),
           "the target exists");
  }
  for (const Fault &fault : scenario.faults) {
    expect(fault.core < scenario.cores, "the core of a fault exists");
    expect(fault.bit.lock < scenario.locks && fault.bit.thread < size.threads,
           "the word of a fault exists");
    expect(fault.hostile.rest.min <= fault.hostile.rest.max, "ranges rise");
    expect(!fault.hostile.lock ||
               (*fault.hostile.lock >= scenario.locks && *fault.hostile.lock < size.locks),
           "a hostile program's lock is its own");
  }
}

// "FILE:LINE: what: why"
void check(const std::string &message, const std::string &path, std::size_t lines) {
  const std::size_t digits = path.size() + 1;
  const std::size_t end = message.find(':', digits);
  if (message.compare(0, digits, path + ':') != 0 || end == std::string::npos ||
      message.find_first_not_of("0123456789", digits) != end || end == digits || end - digits > 9) {
    found("no line: " + message);
  }
  const std::size_t line = std::stoul(message.substr(digits, end - digits));
  if (line < 1 || line > lines) found("there is no such line: " + message);
  if (message.compare(end, 2, ": ") != 0 || message.size() < end + 10) {
    found("no reason: " + message);
  }
}

}  // namespace
}  // namespace lockarb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size) {
  using namespace lockarb;
  static const int file = memfd_create("scenario", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
    std::perror(path.c_str());
    std::exit(2);
  }
  // Wherever a line may end, and the one behind the last.
  const auto lines =
      2 + std::count_if(data, data + size, [](uint8_t c) { return c == '\n' || c == '\r'; });
  try {
    check(read_scenario(path));
  } catch (const ScenarioError &error) {
    check(error.what(), path, static_cast<std::size_t>(lines));
  }
  return 0;
}
