#include "sim/command_line.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace lockarb {

int command_line(CLI::App *app, int argc, char **argv, const std::function<int()> &action) {
  try {
    app->parse(argc, argv);
    return action();
  } catch (const CLI::ParseError &error) {
    return app->exit(error) == 0 ? kExitOk : kExitUsage;
  } catch (const std::exception &error) {
    fmt::print(stderr, "{}: {}\n", app->get_name(), error.what());
    return kExitUsage;
  }
}

}  // namespace lockarb
