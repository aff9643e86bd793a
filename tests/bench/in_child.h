// SPDX-License-Identifier: Apache-2.0
// Runs one simulation in a process of its own: SystemC allows one in each, and none disturbs
// another.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>
#include <systemc>

namespace lockarb::bench {

// `work` returns plain bytes. Throws when the child ended in any other way than by returning.
template <class Work>
auto in_child(const Work& work) {
  std::array<int, 2> ends;
  if (pipe(ends.data()) != 0) throw std::runtime_error("bench: no pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const auto result = work();
    // _exit: nothing that the parent has open is flushed or destroyed twice.
    _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  close(ends[1]);
  decltype(work()) result{};
  const bool whole = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!whole || status != 0) throw std::runtime_error("bench: a measured simulation failed");
  return result;
}

// SystemC tells of every stop.
inline void quiet_systemc() {
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
}

}  // namespace lockarb::bench
