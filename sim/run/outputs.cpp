// SPDX-License-Identifier: Apache-2.0
#include "sim/run/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "sim/observe/stop_signals.h"
#include "sim/run/command_line.h"

namespace lockarb {
namespace {

// "-" of an option that names an output is the standard output.
std::string output_path(const std::string &option) {
  return option == "-" ? "/dev/stdout" : option;
}

void finish_timeline(const RunSummary &summary, Timeline *timeline) {
  for (std::size_t i = 0; i < summary.faults.size(); ++i) {
    const FaultResult &fault = summary.fault_results[i];
    if (fault.struck) timeline->fault(fault.what, fault.clock);
  }
  timeline->finish(outcome_name(summary.outcome), summary.clocks);
}

}  // namespace

int exit_code_of(Outcome outcome, int halted) {
  switch (outcome) {
    case Outcome::kEnded:
      return kExitOk;
    case Outcome::kHalted:
      return halted;
    case Outcome::kStuck:
      return kExitStuck;
    case Outcome::kFailed:
      return kExitFailed;
    case Outcome::kInterrupted:
      return kExitSignal + stop_signal();
    case Outcome::kAbandoned:
      return kExitUsage;
  }
  return kExitFailed;
}

RunOutputs::RunOutputs(const RunOptions &options, const std::vector<NamedFile> &inputs) {
  struct Output {
    const char *option;
    std::string path;
    std::optional<OutputFile> *file;
  };
  const Output outputs[] = {{"--trace", options.trace, &trace_},
                            {"--json", output_path(options.json), &json_},
                            {"--csv", output_path(options.csv), &csv_},
                            {"--timeline", options.timeline, &timeline_file_}};
  std::vector<NamedFile> files = inputs;
  for (const Output &output : outputs) {
    if (!output.path.empty()) files.push_back({output.option, output.path});
  }
  refuse_one_file_twice(files);
  for (const Output &output : outputs) {
    if (!output.path.empty()) output.file->emplace(NamedFile{output.option, output.path});
  }
  // The file has its own way to the standard output by now.
  if (options.json == "-" || options.csv == "-") dup2(STDERR_FILENO, STDOUT_FILENO);
  if (json_ || csv_) contention_.emplace();
  if (timeline_file_) timeline_.emplace(&*timeline_file_);
}

void RunOutputs::note(const struct port_note &note, uint64_t clock) {
  statistics_.note(note, clock);
  if (contention_) contention_->note(note, clock);
  if (timeline_) timeline_->note(note, clock);
}

bool RunOutputs::failed() const {
  return (trace_ && trace_->failed()) || (timeline_file_ && timeline_file_->failed());
}

void RunOutputs::finish(const RunSummary &summary, const std::string &more, std::string lost) {
  if (timeline_) finish_timeline(summary, &*timeline_);
  const std::string table =
      fmt::format("{}: {} cores, seed {}: {}\n\n{}", summary.name, summary.cores, summary.seed,
                  outcome_name(summary.outcome), report_table(summary, statistics_));
  if (summary.outcome != Outcome::kAbandoned) write_standard_output((table + more).c_str());
  const auto commit = [&](std::optional<OutputFile> *file) {
    if (!*file) return;
    try {
      (*file)->commit();
    } catch (const std::exception &error) {
      lost += (lost.empty() ? "" : "\n") + std::string(error.what());
    }
  };
  commit(&trace_);
  commit(&timeline_file_);
  const auto write = [&](std::optional<OutputFile> *file, const std::string &text) {
    (*file)->write(text.data(), text.size());
    commit(file);
  };
  // What came of faults is asked for most when the run did not end by itself.
  if (summary.outcome == Outcome::kEnded ||
      (!summary.faults.empty() && summary.outcome != Outcome::kInterrupted)) {
    if (contention_) contention_->finish(summary.clocks);
    if (json_) write(&json_, report_json(summary, statistics_, *contention_));
    if (csv_) write(&csv_, report_csv(summary, statistics_, *contention_));
  }
  if (!lost.empty() && summary.outcome != Outcome::kInterrupted) throw std::runtime_error(lost);
  if (!lost.empty()) fmt::print(stderr, "lockarb: {}\n", lost);
}

}  // namespace lockarb
