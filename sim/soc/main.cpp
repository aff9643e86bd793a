// SPDX-License-Identifier: Apache-2.0
// lockarb_soc: runs a program for RISC-V on the SoC of rtl/soc, clock for clock.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "sim/run/command_line.h"
#include "sim/soc/run.h"

int main(int argc, char **argv) {
  CLI::App app{"Runs a program for RISC-V on the simulated SoC (rtl/soc), clock for clock.",
               "lockarb_soc"};
  lockarb::soc::CoreRun request;
  request.cores = SOC_CORES;
  app.add_option("program", request.file, "an ELF file of lockarb_add_riscv_program()")->required();
  app.add_option("--cores", request.cores, "cores that run; default: all of the model")
      ->transform(lockarb::whole_number(1, UINT32_MAX));
  app.add_option("--scenario", request.scenario,
                 "the scenario that the program was made from, which no output may overwrite");
  app.add_option("--faults", request.faults, "a scenario (YAML), whose faults strike");
  app.add_flag("--quiet", request.is_quiet,
               "of a program that tells nothing: print only what it prints");
  app.add_flag("--marks", request.marks,
               "print the program's marks: core, number, clock, instructions, accesses");
  app.add_option("--name", request.name, "of what runs, for the report [the file]");
  app.add_option("--again", request.again, "the command that runs it, for the report [this one]");
  lockarb::add_options_for_cores(&app, &request.options);
  app.footer(
      "Exit status: 0 the program ended well, 1 it did not, 2 bad input, 3 it did not end, 5 the "
      "arbiter\ndid not do what the contract says, 129 to 143 ended by a signal.");
  return lockarb::command_line(&app, argc, argv, [&] {
    if (request.name.empty()) request.name = request.file;
    if (request.again.empty()) {
      request.again = "lockarb_soc " + request.file + " --cores " + std::to_string(request.cores);
    }
    return lockarb::soc::run(request);
  });
}
