// SPDX-License-Identifier: Apache-2.0
#include "sim/run/command_line.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <system_error>
#include <utility>

#include "sim/observe/output_file.h"
#include "sim/observe/stop_signals.h"
#include "sim/run/plain_text.h"

namespace lockarb {
namespace {

// A stream that was closed fails; the next file that is opened does not take its place.
void fill_closed_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    if (open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) != stream) return;
  }
}

int parse_and_run(CLI::App *app, int argc, char **argv, const std::function<int()> &action,
                  int *output_error) {
  try {
    app->parse(argc, argv);
    return action();
  } catch (const CLI::ParseError &error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app->exit(error, out, err);
    write_standard_output(out.str().c_str());
    std::fputs(err.str().c_str(), stderr);
    return code == 0 ? kExitOk : kExitUsage;
  } catch (const std::system_error &error) {
    // fmt::print() throws it when the standard output fails.
    if (std::ferror(stdout) != 0) {
      *output_error = error.code().value();
    } else {
      fmt::print(stderr, "{}: {}\n", app->get_name(), error.what());
    }
    return kExitUsage;
  } catch (const std::exception &error) {
    fmt::print(stderr, "{}: {}\n", app->get_name(), error.what());
    return kExitUsage;
  }
}

}  // namespace

CLI::Validator whole_number(uint64_t min, uint64_t max) {
  const auto check = [=](std::string &text) -> std::string {
    const std::size_t zeros = std::min(text.find_first_not_of('0'), text.size());
    const std::string digits = text.substr(zeros);
    uint64_t number = 0;
    const char *const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    const bool is_number =
        !text.empty() && (digits.empty() || (stop == end && error == std::errc()));
    if (!is_number || number < min || number > max) {
      return fmt::format("\"{}\" is not a whole number from {} to {}", printable(text), min, max);
    }
    text = std::to_string(number);  // a zero in front would make it octal
    return {};
  };
  return {check, ""};
}

CLI::Validator one_of(std::vector<std::string> choices) {
  const std::string description = fmt::format("{{{}}}", fmt::join(choices, ","));
  const auto check = [choices = std::move(choices)](std::string &text) -> std::string {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return {};
    return fmt::format("\"{}\" is not known; one of: {}", printable(text),
                       fmt::join(choices, ", "));
  };
  return {check, description};
}

int command_line(CLI::App *app, int argc, char **argv, const std::function<int()> &action) {
  fill_closed_streams();
  die_cleanly();
  int error = 0;
  const int exit_code = parse_and_run(app, argc, argv, action, &error);
  const bool failed = std::ferror(stdout) != 0;
  if (standard_output_error() != 0) error = standard_output_error();
  if (std::fflush(stdout) != 0 && error == 0) error = errno;
  if (error == 0 && failed) error = EIO;
  if (error == 0) return exit_code;
  if (error == EPIPE) die_of(SIGPIPE);  // `| head` has read enough
  fmt::print(stderr, "{}: {}\n", app->get_name(), write_error("the standard output", error));
  return kExitUsage;
}

}  // namespace lockarb
