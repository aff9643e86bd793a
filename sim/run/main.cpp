// SPDX-License-Identifier: Apache-2.0
// The command `lockarb`: runs scenarios; `lockarb probe` and `load` are programs of their own
// beside it, `sweep` and `report` are Python.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lockarb_threads.h"
#include "sim/run/command_line.h"
#include "sim/run/plain_text.h"
#include "sim/run/python_tool.h"
#include "sim/run/run.h"
#include "sim/run/scenario.h"
#include "sim/run/workload.h"

namespace {

std::string own_path() {
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return path;
}

// Installed, or in the tree that it was built from.
lockarb::ModelSource model_source() {
  const std::string bin = own_path();
  const std::string data = bin.substr(0, bin.rfind('/')) + "/" LOCKARB_DATA_FROM_BIN;
  if (access((data + "/sim/model/on_demand/CMakeLists.txt").c_str(), R_OK) == 0) return {data, ""};
  return {LOCKARB_SOURCE_DIR, LOCKARB_BINARY_DIR "/arbiters"};
}

int become(const std::string &name, std::vector<std::string> arguments) {
  std::string path = own_path() + "_" + name;
  std::vector<char *> words{path.data()};
  for (std::string &argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  execv(path.c_str(), words.data());
  throw std::runtime_error(path + ": " + std::strerror(errno) + "; build the target lockarb_" +
                           name);
}

[[noreturn]] void run_on_cores(const lockarb::Scenario &scenario, const std::string &path,
                               const CLI::App &options) {
  lockarb::refuse_faults_of_host_threads(path, scenario.faults);
  std::vector<std::string> arguments{
      "scenario",
      path,
      "--name=" + scenario.name,
      "--again=lockarb run " + lockarb::shell_word(path) + " --machine riscv",
      "--cores=" + std::to_string(scenario.cores),
      "--scenario=" + path};
  if (!scenario.faults.empty()) arguments.push_back("--faults=" + path);
  const bool says_software = (scenario.resource_flags & LOCKARB_RESOURCE_SOFTWARE) != 0;
  if (says_software && options.count("--lock") == 0) arguments.emplace_back("--lock=software");
  for (std::string &option : lockarb::arguments_for_cores(options)) {
    arguments.push_back(std::move(option));
  }
  lockarb::become_python(model_source().root, "soc", arguments);
}

}  // namespace

int main(int argc, char **argv) {
  using namespace lockarb;

  CLI::App app{"Simulate software threads that contend for locks in the lockarb peripheral",
               "lockarb"};
  app.set_version_flag("--version", "lockarb " LOCKARB_VERSION);
  app.require_subcommand(1);

  CLI::App *run =
      app.add_subcommand("run", "Run a scenario and print what its locks and threads did");
  std::string path;
  RunOptions options;
  run->add_option("SCENARIO", path, "Scenario file (YAML), such as sim/scenarios/handoff.yaml")
      ->required();
  add_run_options(run, &options);
  run->footer(
      "Exit codes: 0 all threads ended, 1 bug check, 2 bad scenario or argument, or an output "
      "that\n"
      "cannot be written, 3 threads are stuck, 4 replay mismatch, 5 bus error, 129 to 143 ended by "
      "a\n"
      "signal. Scenario keys: sim/README.md.");

  CLI::App *probe = app.add_subcommand("probe", "Show and test an arbiter behind a serial port");
  probe->set_help_flag();
  probe->prefix_command();
  CLI::App *load = app.add_subcommand("load", "Run a program on the cores of a board");
  load->set_help_flag();
  load->prefix_command();

  std::vector<CLI::App *> tools;
  for (const auto &[name, what] :
       {std::pair("sweep", "Run a scenario with many values and seeds, into a database"),
        std::pair("report", "Make a page of pictures from runs or from a sweep")}) {
    tools.push_back(app.add_subcommand(name, what));
    tools.back()->set_help_flag();
    tools.back()->prefix_command();
  }

  return command_line(&app, argc, argv, [&] {
    if (probe->parsed()) return become("probe", probe->remaining());
    if (load->parsed()) return become("load", load->remaining());
    for (const CLI::App *tool : tools) {
      if (!tool->parsed()) continue;
      setenv("LOCKARB", own_path().c_str(), 1);
      become_python(model_source().root, tool->get_name(), tool->remaining());
    }
    Scenario scenario = read_scenario(path, options.arbiter);
    if (options.machine == "riscv") run_on_cores(scenario, path, *run);
    use_model_size(scenario.arbiter, model_source());
    if (options.seed) scenario.set_seed(*options.seed);
    workload work{scenario.locks,           static_cast<unsigned>(scenario.threads.size()),
                  scenario.threads.data(),  static_cast<unsigned>(scenario.hostiles.size()),
                  scenario.hostiles.data(), 0};
    const RunRequest request{
        scenario.name,
        path,
        scenario.cores,
        scenario.seed,
        scenario.resource_flags,
        scenario.faults,
        workload_main,
        &work,
        [&] { return static_cast<double>(work.loops_done) / static_cast<double>(scenario.loops); },
        scenario.patience};
    return run_simulation(request, options);
  });
}
