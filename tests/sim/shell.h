// SPDX-License-Identifier: Apache-2.0
// A command as a user types it, in a process of its own.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace lockarb {

struct Result {
  int exit_code;
  std::string output;  // both streams
};

inline Result shell(const std::string &command) {
  Result result{-1, ""};
  std::FILE *pipe = popen(("(" + command + ") 2>&1").c_str(), "r");
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) != 0;) {
    result.output.append(buffer, n);
  }
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace lockarb
