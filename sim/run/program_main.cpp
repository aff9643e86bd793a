// SPDX-License-Identifier: Apache-2.0
// A program of lockarb_add_program(): DriverEntry() as the first thread of a simulated machine.
#include <fmt/format.h>
#include <lockarb_threads.h>
#include <wdm.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/arbiter_sizes.h"
#include "sim/run/command_line.h"
#include "sim/run/plain_text.h"
#include "sim/run/python_tool.h"
#include "sim/run/run.h"

// Of lockarb_add_program().
extern "C" const char lockarb_program_name[];
extern "C" const char lockarb_program_root[];
extern "C" const char lockarb_program_cache[];
extern "C" const char lockarb_program_elf[];  // what cores run; empty: it cannot be built
extern "C" const char lockarb_program_build[];

namespace {

NTSTATUS status = STATUS_SUCCESS;  // of DriverEntry()
// Here, because a thread that ends itself leaves what is on its stack.
std::u16string registry_path = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";

void enter_driver(void *) {
  DRIVER_OBJECT driver{};
  for (const char *c = lockarb_program_name; *c != '\0'; c++) {
    registry_path += static_cast<char16_t>(*c);
  }
  const auto bytes = static_cast<USHORT>(registry_path.size() * sizeof(WCHAR));
  UNICODE_STRING path{bytes, static_cast<USHORT>(bytes + sizeof(WCHAR)),
                      reinterpret_cast<PWSTR>(registry_path.data())};
  lockarb_enter_callback(LOCKARB_WORKER, "DriverEntry");
  status = DriverEntry(&driver, &path);
  lockarb_leave_callback();
}

// cores: as they were given; empty: all that the simulator has.
[[noreturn]] void run_on_cores(const CLI::App &app, const std::string &cores) {
  using namespace lockarb;
  if (*lockarb_program_elf == '\0') {
    throw std::runtime_error(fmt::format(
        "--machine riscv: {} was not configured with a compiler for RISC-V, or is C++: apt-get "
        "install gcc-riscv64-unknown-elf, and run cmake anew",
        lockarb_program_name));
  }
  std::vector<std::string> arguments{
      "program", lockarb_program_elf, lockarb_program_build,
      fmt::format("--name={}", lockarb_program_name),
      fmt::format("--again={} --machine riscv{}", shell_word(lockarb_program_name),
                  cores.empty() ? "" : " --cores " + cores)};
  for (std::string &option : arguments_for_cores(app)) arguments.push_back(std::move(option));
  become_python(lockarb_program_root, "soc", arguments);
}

}  // namespace

int main(int argc, char **argv) {
  using namespace lockarb;

  CLI::App app{"A program written to wdm.h, on simulated cores with the lockarb peripheral",
               lockarb_program_name};
  std::string cores;
  RunOptions options;
  app.add_option("--cores", cores, "Cores of the machine [4, or as many as the arbiter has]")
      ->type_name("N");
  add_run_options(&app, &options);
  return command_line(&app, argc, argv, [&] {
    if (options.machine == "riscv") run_on_cores(app, cores);
    ModelSize size = model_size();
    if (!options.arbiter.empty()) change_sizes(options.arbiter, &size);
    use_model_size(size, {lockarb_program_root, lockarb_program_cache});
    if (cores.empty()) cores = std::to_string(std::min(4u, size.cores));
    // Known here only, as --arbiter may follow --cores.
    const std::string wrong = whole_number(1, size.cores)(cores);
    if (!wrong.empty()) throw CLI::ValidationError("--cores", wrong);
    const RunRequest request{lockarb_program_name,
                             "",
                             static_cast<unsigned>(std::stoul(cores)),
                             options.seed.value_or(1),
                             0,
                             {},
                             enter_driver,
                             nullptr,
                             nullptr};
    const int exit_code = run_simulation(request, options);
    if (exit_code != kExitOk || NT_SUCCESS(status)) return exit_code;
    fmt::print(stderr, "{}: DriverEntry returned {:#010x}\n", lockarb_program_name,
               static_cast<uint32_t>(status));
    return int{kExitHalted};
  });
}
