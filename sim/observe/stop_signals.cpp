// SPDX-License-Identifier: Apache-2.0
#include "sim/observe/stop_signals.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace lockarb {
namespace {

// More than one command makes: a handler cannot allocate.
constexpr int kMostHalfMade = 8;
char *volatile half_made[kMostHalfMade];
pid_t owner = 0;  // whose they are: a child that was forked leaves them alone
volatile std::sig_atomic_t stopped_by = 0;
void (*stop_action)() = nullptr;

constexpr int kStops[] = {SIGHUP, SIGINT, SIGTERM};

// Overflow of a stack is a crash as well, so the handler has one of its own.
alignas(16) char handler_stack[65536];

void remove_half_made() {
  if (getpid() != owner) return;
  for (char *volatile &path : half_made) {
    if (path != nullptr) unlink(path);
    path = nullptr;
  }
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

bool has_default_action(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void on_death(int signal) {
  remove_half_made();
  handle(signal, SIG_DFL, 0);
  raise(signal);  // comes when this handler returns
}

void on_stop(int signal) {
  stopped_by = signal;
  for (const int stop : kStops) {
    if (!is_ignored(stop)) handle(stop, on_death, 0);
  }
  if (stop_action != nullptr) stop_action();
}

}  // namespace

void die_cleanly() {
  owner = getpid();
  std::atexit(remove_half_made);
  const stack_t stack{handler_stack, 0, sizeof handler_stack};
  stack_t present{};
  if (sigaltstack(nullptr, &present) == 0 && (present.ss_flags & SS_DISABLE) != 0) {
    sigaltstack(&stack, nullptr);
  }
  for (const int signal :
       {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
    // A sanitizer's handler stays: its report is worth more.
    if (has_default_action(signal)) handle(signal, on_death, SA_ONSTACK);
  }
  handle(SIGPIPE, SIG_IGN, 0);
  handle(SIGXFSZ, SIG_IGN, 0);
}

int remove_at_death(const char *path) {
  char *const copy = strdup(path);
  for (int i = 0; i < kMostHalfMade; ++i) {
    if (half_made[i] != nullptr) continue;
    half_made[i] = copy;
    return i;
  }
  std::free(copy);
  throw std::logic_error("too many half made files at once");
}

void keep(int number) {
  char *const path = half_made[number];
  half_made[number] = nullptr;
  std::free(path);
}

int stop_signal() { return stopped_by; }

StopSignals::StopSignals(void (*action)()) {
  stop_action = action;
  for (const int stop : kStops) {
    if (!is_ignored(stop)) handle(stop, on_stop, 0);
  }
}

StopSignals::~StopSignals() {
  for (const int stop : kStops) {
    if (!is_ignored(stop)) handle(stop, on_death, 0);
  }
}

void die_of(int signal) {
  remove_half_made();
  handle(signal, SIG_DFL, 0);
  raise(signal);
  _exit(128 + signal);  // blocked: the same to a shell
}

}  // namespace lockarb
