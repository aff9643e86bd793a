// A program of lockarb_add_program(): DriverEntry() as the first thread of a simulated machine.
#include <fmt/format.h>
#include <lockarb_threads.h>
#include <wdm.h>

#include "sim/arbiter_model.h"
#include "sim/run.h"

namespace {

NTSTATUS status = STATUS_SUCCESS;  // of DriverEntry()

void enter_driver(void *) {
  DRIVER_OBJECT driver{};
  UNICODE_STRING registry_path{};
  lockarb_enter_callback(LOCKARB_WORKER, "DriverEntry");
  status = DriverEntry(&driver, &registry_path);
  lockarb_leave_callback();
}

}  // namespace

int main(int argc, char **argv) {
  using namespace lockarb;

  CLI::App app{"A program written to wdm.h, on simulated cores with the lockarb peripheral",
               LOCKARB_PROGRAM};
  unsigned cores = 4;
  RunOptions options;
  app.add_option("--cores", cores, "Cores of the machine")
      ->check(CLI::Range(1u, model_size().cores))
      ->capture_default_str();
  add_run_options(&app, &options);
  return command_line(&app, argc, argv, [&] {
    const RunRequest request{LOCKARB_PROGRAM, cores,  options.seed.value_or(1), 0, {}, enter_driver,
                             nullptr,         nullptr};
    const int exit_code = run_simulation(request, options);
    if (exit_code != kExitOk || NT_SUCCESS(status)) return exit_code;
    fmt::print(stderr, "{}: DriverEntry returned {:#010x}\n", LOCKARB_PROGRAM,
               static_cast<uint32_t>(status));
    return int{kExitHalted};
  });
}
