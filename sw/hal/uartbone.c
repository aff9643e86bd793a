/* SPDX-License-Identifier: Apache-2.0 */
/* What POSIX and Linux have beyond C11: termios with rates above 38400, flock. */
#define _DEFAULT_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "hal/uartbone.h"

enum { WRITE_RISING = 1, READ_RISING = 2, HEADER_BYTES = 6, WORD_BYTES = 4 };

enum {
  ANSWER_MS = 2000, /* a USB adapter and a busy host need a few ten; a simulated board more */
  SILENCE_BITS =
      20000,         /* a board forgets half a frame after 16384 bit times (lockarb_uartbone.v) */
  SILENCE_MS = 200,  /* ... and a simulated one after less than this, whatever its bit times */
  CHATTER_MS = 3000, /* who sends for so long without being asked is no board of ours */
  TRIES = 2,
};

static struct uartbone_config line;
static int64_t silence_ms;
static int line_fd = -1;
/* Writes since the last answer: whether they have arrived, only an answer to something later tells.
 */
static bool unconfirmed_write;

struct rate {
  unsigned baud;
  speed_t speed;
};
static const struct rate rates[] = {
    {9600, B9600},       {19200, B19200},     {38400, B38400},     {57600, B57600},
    {115200, B115200},   {230400, B230400},   {460800, B460800},   {500000, B500000},
    {921600, B921600},   {1000000, B1000000}, {2000000, B2000000}, {3000000, B3000000},
    {4000000, B4000000},
};

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fflush(stdout);
  fprintf(stderr, "%s: ", line.device);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(UARTBONE_EXIT_CODE);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static _Noreturn void fail_gone(int error) {
  fail("the line is closed (%s); plug the board in, or start the simulated one, and begin again",
       error == 0 ? "end of file" : strerror(error));
}

/* One of POLLIN and POLLOUT within that time. */
static bool wait_for(short events, int64_t milliseconds) {
  const int64_t end = now_ms() + milliseconds;
  for (;;) {
    struct pollfd descriptor = {.fd = line_fd, .events = events};
    const int64_t left = end - now_ms();
    const int ready = poll(&descriptor, 1, left > 0 ? (int)left : 0);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail_gone(errno);
  }
}

/* How many bytes came: fewer than asked for when the line was silent for that time. */
static size_t receive(uint8_t *bytes, size_t size, int64_t milliseconds) {
  size_t received = 0;
  while (received < size && wait_for(POLLIN, milliseconds)) {
    const ssize_t n = read(line_fd, bytes + received, size - received);
    if (n > 0) {
      received += (size_t)n;
    } else if (n == 0) {
      fail_gone(0);
    } else if (errno != EAGAIN && errno != EINTR) {
      fail_gone(errno);
    }
  }
  return received;
}

static void send(const uint8_t *bytes, size_t size) {
  size_t sent = 0;
  while (sent < size) {
    if (!wait_for(POLLOUT, ANSWER_MS)) {
      fail("takes no more bytes; look for a second program on the line, and for flow control");
    }
    const ssize_t n = write(line_fd, bytes + sent, size - sent);
    if (n > 0) {
      sent += (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
      fail_gone(errno);
    }
  }
}

/* Until both ends have forgotten the last frame. False: the line is never silent. */
static bool resynchronize(void) {
  const int64_t end = now_ms() + CHATTER_MS;
  uint8_t byte;
  while (receive(&byte, 1, silence_ms) != 0) {
    if (now_ms() > end) return false;
  }
  return true;
}

static void put_word(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < WORD_BYTES; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

static uint32_t get_word(const uint8_t *bytes) {
  uint32_t word = 0;
  for (int i = 0; i < WORD_BYTES; i++) word = word << 8 | bytes[i];
  return word;
}

static void begin_frame(uint8_t *frame, unsigned command, unsigned count, uintptr_t address) {
  uint8_t stray;
  if (line_fd < 0) {
    line.device = "uartbone";
    fail("not open");
  }
  /* Then the answer before was not the whole one, or not an answer. */
  if (receive(&stray, 1, 0) != 0) {
    fail(
        "byte 0x%02x arrived unasked before the access at 0x%08lx, so the answer before cannot be "
        "trusted; look for a second program on the line, noise, or another baud rate than %u",
        stray, (unsigned long)address, line.baud);
  }
  frame[0] = (uint8_t)command;
  frame[1] = (uint8_t)count;
  put_word(frame + 2, (uint32_t)(address / WORD_BYTES));
}

void uartbone_read(uintptr_t address, uint32_t *words, unsigned count) {
  uint8_t frame[HEADER_BYTES];
  uint8_t answer[UARTBONE_LONGEST_BURST * WORD_BYTES];
  const size_t size = (size_t)count * WORD_BYTES;
  size_t received = 0;
  for (int attempt = 0; attempt < TRIES; attempt++) {
    begin_frame(frame, READ_RISING, count, address);
    send(frame, sizeof frame);
    received = receive(answer, size, ANSWER_MS);
    if (received == size) {
      for (unsigned i = 0; i < count; i++) words[i] = get_word(answer + (size_t)i * WORD_BYTES);
      unconfirmed_write = false;
      return;
    }
    if (unconfirmed_write || line.repeatable == NULL || !line.repeatable(address)) break;
    if (!resynchronize()) break;
  }
  if (received == 0) {
    fail(
        "no answer to a read at 0x%08lx for %d ms; see that the bitstream is loaded, that this is "
        "the board's serial port, and that it runs at %u baud",
        (unsigned long)address, ANSWER_MS, line.baud);
  }
  fail(
      "%zu of %zu bytes came as the answer to a read at 0x%08lx; look for noise, or another baud "
      "rate than %u",
      received, size, (unsigned long)address, line.baud);
}

void uartbone_write(uintptr_t address, uint32_t word) { uartbone_write_words(address, &word, 1); }

void uartbone_write_words(uintptr_t address, const uint32_t *words, unsigned count) {
  uint8_t frame[HEADER_BYTES + UARTBONE_LONGEST_BURST * WORD_BYTES];
  begin_frame(frame, WRITE_RISING, count, address);
  for (unsigned i = 0; i < count; i++) put_word(frame + HEADER_BYTES + i * WORD_BYTES, words[i]);
  send(frame, HEADER_BYTES + (size_t)count * WORD_BYTES);
  unconfirmed_write = true;
}

static const char *cure(int error) {
  switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return "plug the board in, or start the simulated one; `ls /dev/ttyUSB* /dev/ttyACM*` lists "
             "serial devices";
    case EACCES:
    case EPERM:
      return "join the group that owns the device: `sudo usermod -aG dialout $USER`, then log in "
             "again";
    case EBUSY:
    case EWOULDBLOCK:
      return "end the other program that has it open (`fuser DEVICE` names it)";
    default:
      return "give the serial port of a board";
  }
}

bool uartbone_open(const struct uartbone_config *config, char *why, size_t size) {
  const struct rate *rate = NULL;
  for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
    if (rates[i].baud == config->baud) rate = &rates[i];
  }
  if (rate == NULL) {
    int n =
        snprintf(why, size, "%u baud: no rate of a serial port here; take one of", config->baud);
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
      if (n >= 0 && (size_t)n < size)
        n += snprintf(why + n, size - (size_t)n, " %u", rates[i].baud);
    }
    return false;
  }
  struct termios settings;
  line = *config;
  silence_ms = (int64_t)SILENCE_BITS * 1000 / config->baud;
  if (silence_ms < SILENCE_MS) silence_ms = SILENCE_MS;
  line_fd = open(config->device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  bool ready =
      line_fd >= 0 && tcgetattr(line_fd, &settings) == 0 && flock(line_fd, LOCK_EX | LOCK_NB) == 0;
  if (ready) {
    cfmakeraw(&settings);
    settings.c_cflag |= CREAD | CLOCAL;
    settings.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
    ready = cfsetspeed(&settings, rate->speed) == 0 &&
            tcsetattr(line_fd, TCSANOW, &settings) == 0 && tcflush(line_fd, TCIOFLUSH) == 0;
  }
  if (!ready) {
    const int error = errno;
    snprintf(why, size, "%s: %s; %s", config->device,
             error == ENOTTY        ? "not a serial device"
             : error == EWOULDBLOCK ? "in use"
                                    : strerror(error),
             cure(error));
  } else if (!resynchronize()) {
    ready = false;
    snprintf(why, size,
             "%s: sends without being asked; see that this is the board's serial port, and that no "
             "other program talks to it",
             config->device);
  }
  if (!ready && line_fd >= 0) {
    close(line_fd);
    line_fd = -1;
  }
  unconfirmed_write = false;
  return ready;
}

void uartbone_close(void) {
  if (line_fd < 0) return;
  tcdrain(line_fd);
  close(line_fd);
  line_fd = -1;
}
