// SPDX-License-Identifier: Apache-2.0
// What a run writes, on whatever machine it is: the table, and the files of --trace, --json, --csv
// and --timeline. It listens to the executive's notes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/observe/contention.h"
#include "sim/observe/output_file.h"
#include "sim/observe/report.h"
#include "sim/observe/statistics.h"
#include "sim/observe/timeline.h"
#include "sim/run/run_options.h"

namespace lockarb {

// What the process ends with; `halted`: with what the software stopped the machine.
int exit_code_of(Outcome outcome, int halted);

class RunOutputs {
 public:
  // `inputs`: the files that the run reads. Throws std::runtime_error when one of the files cannot
  // be opened, or is there twice; nothing of any is left then.
  RunOutputs(const RunOptions &options, const std::vector<NamedFile> &inputs);

  void note(const struct port_note &note, uint64_t clock);
  // Somebody else draws into it; finish() completes it.
  std::optional<OutputFile> &trace() { return trace_; }
  Timeline *timeline() { return timeline_ ? &*timeline_ : nullptr; }
  bool failed() const;

  // After the run: prints the table and `more`, and completes the files, but after a run that was
  // stopped not JSON and CSV. `lost`: what could not be written so far, or "". Throws
  // std::runtime_error with all that could not.
  void finish(const RunSummary &summary, const std::string &more, std::string lost);

 private:
  std::optional<OutputFile> trace_, json_, csv_, timeline_file_;
  Statistics statistics_;
  std::optional<Contention> contention_;
  std::optional<Timeline> timeline_;
};

}  // namespace lockarb
