// SPDX-License-Identifier: Apache-2.0
// Any bytes as what a serial line does under the host's side of the protocol, sw/hal/uartbone.c:
// its accesses end with the words of the answer or with a message, soon, and no command is sent
// twice.
//
// The system calls that it makes are those of this file (CMakeLists.txt), and so is its clock.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstring>
#include <vector>

#include "sw/driver/lockarb_regs.h"
#include "sw/hal/mmio.h"
#include "sw/hal/uartbone.h"
#include "tests/fuzz/fuzz_target.h"

namespace lockarb {
namespace {

constexpr int kDescriptor = 1000;
constexpr int64_t kMillisecond = 1000000;
constexpr int64_t kLongestAccess = 20000;  // ms, tries and silences included
constexpr const char *kDevice = "/dev/ttyFUZZ";

// Both directions of the line, and what they do next.
struct Line {
  explicit Line(Input *bytes) : input(bytes) {}

  // What the line says: the next bytes of a chunk that has arrived.
  bool has_bytes() {
    if (chunk == 0 && !input->empty()) {
      const uint8_t what = input->byte();
      chunk = what & 0x3f;
      if (what >= 0x80) pauses = (what >> 6 & 1) + 1u;
    }
    if (pauses != 0) {
      --pauses;
      return false;
    }
    return chunk != 0 && !input->empty();
  }

  Input *input;
  unsigned chunk = 0;   // bytes that have arrived
  unsigned pauses = 0;  // questions that get nothing first
  int64_t now = 0;      // ns
  std::vector<uint8_t> sent;
  std::vector<uint8_t> heard;
};
Line *line = nullptr;

std::string message;
std::jmp_buf gave_up;

bool repeatable(uintptr_t address) {
  return (address & ((1u << LOCKARB_WINDOW_SHIFT) - 1)) < LOCKARB_COMMAND_OFFSET;
}

// How often the bytes that were sent ask for it, in part or `whole`.
unsigned frames_in(const std::vector<uint8_t> &sent, const std::vector<uint8_t> &frame,
                   bool whole) {
  if (whole && sent.size() % frame.size() != 0) found("half a frame was sent");
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i] != frame[i % frame.size()]) found("a byte was sent that is in no frame");
  }
  return static_cast<unsigned>((sent.size() + frame.size() - 1) / frame.size());
}

std::vector<uint8_t> header(uint8_t command, unsigned count, uintptr_t address) {
  std::vector<uint8_t> frame{command, static_cast<uint8_t>(count)};
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<uint8_t>(address / 4 >> shift));
  }
  return frame;
}

struct Operation {
  bool write;
  uintptr_t address;
  unsigned count;
};
constexpr unsigned kMostWords = 127;
uint32_t words[kMostWords];

// False: it did not return.
bool carry_out(const Operation &operation) {
  if (setjmp(gave_up) != 0) return false;
  if (operation.write) {
    mmio_write32(operation.address, 0x01020304);
  } else {
    uartbone_read(operation.address, words, operation.count);
  }
  return true;
}

// The last bytes: what was cut off, and the silence behind it, came before.
void check_answer(unsigned count) {
  const std::size_t size = std::size_t{count} * 4;
  if (line->heard.size() < size) found("an answer has words that nobody sent");
  const uint8_t *byte = line->heard.data() + line->heard.size() - size;
  for (unsigned i = 0; i < count; ++i) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      if (*byte++ != static_cast<uint8_t>(words[i] >> shift)) found("an answer was changed");
    }
  }
}

void check_message(uintptr_t address) {
  if (message.rfind(std::string(kDevice) + ": ", 0) != 0) found("no device: " + message);
  if (message.find("; ") == std::string::npos) found("no cure: " + message);
  char hex[20];
  std::snprintf(hex, sizeof hex, "0x%08lx", static_cast<unsigned long>(address));
  if (message.find("closed") == std::string::npos &&
      message.find("takes no more") == std::string::npos &&
      message.find(hex) == std::string::npos) {
    found("no address: " + message);
  }
}

// One access, which begins with its kind and an address. False: it did not return.
bool access(bool after_write) {
  const uint8_t kind = line->input->byte();
  const unsigned count = kind % 128u == 0 ? 1 : kind % 128u;
  const Operation operation{kind >= 128, (line->input->word() & 0x1ffffff) / 4 * 4,
                            kind >= 128 ? 1 : count};
  line->sent.clear();
  line->heard.clear();
  const int64_t start = line->now;
  const bool returned = carry_out(operation);
  if (!returned) check_message(operation.address);
  if (returned && !operation.write) check_answer(operation.count);
  if (line->now - start > kLongestAccess * kMillisecond) found("an access took too long");

  std::vector<uint8_t> frame = header(operation.write ? 1 : 2, operation.count, operation.address);
  if (operation.write) frame.insert(frame.end(), {1, 2, 3, 4});
  const unsigned frames = frames_in(line->sent, frame, returned);
  const bool may_repeat = !operation.write && !after_write && repeatable(operation.address);
  if (frames > (may_repeat ? 2u : 1u)) found("sent again what must not be");
  if (returned && frames == 0) found("nothing was sent");
  return returned;
}

}  // namespace
}  // namespace lockarb

using lockarb::line;

// The system calls of uartbone.c.
extern "C" {

int line_open(const char *, int, ...) { return lockarb::kDescriptor; }
int line_close(int) { return 0; }
int line_flock(int, int) { return 0; }
int line_tcgetattr(int, struct termios *settings) {
  *settings = {};
  return 0;
}
int line_tcsetattr(int, int, const struct termios *) { return 0; }
int line_tcflush(int, int) { return 0; }
int line_tcdrain(int) { return 0; }

int line_clock_gettime(clockid_t, struct timespec *now) {
  now->tv_sec = line->now / (1000 * lockarb::kMillisecond);
  now->tv_nsec = line->now % (1000 * lockarb::kMillisecond);
  return 0;
}

int line_poll(struct pollfd *descriptor, nfds_t, int milliseconds) {
  line->now += lockarb::kMillisecond / 10;
  descriptor->revents = descriptor->events;
  if ((descriptor->events & POLLOUT) != 0 || line->has_bytes()) return 1;
  if (line->pauses != 0) {
    errno = EINTR;
    return -1;
  }
  descriptor->revents = 0;
  line->now += milliseconds * lockarb::kMillisecond;
  return 0;
}

ssize_t line_read(int, void *bytes, size_t size) {
  auto *to = static_cast<uint8_t *>(bytes);
  size_t n = 0;
  for (; n < size && line->chunk != 0 && !line->input->empty(); ++n, --line->chunk) {
    to[n] = line->input->byte();
    line->heard.push_back(to[n]);
  }
  if (n != 0) return static_cast<ssize_t>(n);
  errno = EAGAIN;
  return -1;
}

// The first byte of what is written says how much of it goes out.
ssize_t line_write(int, const void *bytes, size_t size) {
  const auto *from = static_cast<const uint8_t *>(bytes);
  const uint8_t what = line->input->byte();
  if (what == 0xff) return 0;
  if (what >= 0xf0) {
    errno = what >= 0xf8 ? EIO : EAGAIN;
    return -1;
  }
  const size_t n = what == 0 || what > size ? size : what;
  line->sent.insert(line->sent.end(), from, from + n);
  return static_cast<ssize_t>(n);
}

int line_fprintf(FILE *, const char *, const char *device) {
  lockarb::message = std::string(device) + ": ";
  return 0;
}
int line_vfprintf(FILE *, const char *format, va_list arguments) {
  char text[600];
  const int n = std::vsnprintf(text, sizeof text, format, arguments);
  lockarb::message += text;
  return n;
}
int line_fputc(int c, FILE *) { return c; }
int line_fflush(FILE *) { return 0; }
void line_exit(int) { std::longjmp(lockarb::gave_up, 1); }

int LLVMFuzzerTestOneInput(const uint8_t *data, std::size_t size) {
  using namespace lockarb;
  Input input(data, size);
  Line now(&input);
  line = &now;
  const uartbone_config config{kDevice, 115200, repeatable};
  char why[300] = "";
  if (!uartbone_open(&config, why, sizeof why)) {
    if (std::strstr(why, kDevice) == nullptr || std::strstr(why, "; see") == nullptr) {
      found(std::string("no cure: ") + why);
    }
    return 0;
  }
  bool after_write = false;
  while (!input.empty()) {
    if (!access(after_write)) break;
    after_write = !line->sent.empty() && (line->sent[0] & 1) != 0;
  }
  uartbone_close();
  return 0;
}
}
