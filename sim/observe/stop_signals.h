// SPDX-License-Identifier: Apache-2.0
// What a signal does to a command: nothing half made stays, and the exit code is the signal's.
#pragma once

namespace lockarb {

// From now on a signal that ends the process removes what remove_at_death() names first, and so
// does exit(). A signal that the caller of the process ignores (nohup) stays ignored. A broken pipe
// and the limit on file sizes are errors of a write, not signals.
void die_cleanly();

// The file of this path is half made; keep it by its returned number once it is not.
int remove_at_death(const char *path);
void keep(int number);

// HUP, INT or TERM that asked for the end while StopSignals lived; 0: none.
int stop_signal();

// While it lives, the first HUP, INT or TERM calls `action` (may be empty) and lets the process go
// on to its end; a system call that waits returns EINTR. The second one ends the process.
class StopSignals {
 public:
  explicit StopSignals(void (*action)());
  ~StopSignals();
  StopSignals(const StopSignals &) = delete;
  StopSignals &operator=(const StopSignals &) = delete;
};

// Ends the process by the signal, as if it had never been caught.
[[noreturn]] void die_of(int signal);

}  // namespace lockarb
