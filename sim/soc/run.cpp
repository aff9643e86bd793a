// SPDX-License-Identifier: Apache-2.0
#include "sim/soc/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/faults/fault_account.h"
#include "sim/model/arbiter_sizes.h"
#include "sim/observe/source_line.h"
#include "sim/observe/stop_signals.h"
#include "sim/run/command_line.h"
#include "sim/run/outputs.h"
#include "sim/run/scenario.h"
#include "sim/soc/image.h"
#include "sim/soc/machine.h"
#include "sim/soc/settings.h"

namespace lockarb::soc {
namespace {

volatile std::sig_atomic_t stop_requested = 0;
void request_stop() { stop_requested = 1; }

const char *cause_name(std::uint32_t cause) {
  switch (cause) {
    case 0:
      return "a jump to an address that is no multiple of 4";
    case 1:
      return "no instruction there";
    case 2:
      return "an illegal instruction";
    case 3:
      return "a breakpoint";
    case 4:
      return "a load from an address that is no multiple of its size";
    case 6:
      return "a store to an address that is no multiple of its size";
    case 11:
      return "an ecall";
    default:
      return "a trap";
  }
}

std::string line_at(std::uint32_t pc) {
  // As of a call that returns behind it.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  return source_line(reinterpret_cast<const void *>(std::uintptr_t{pc} + 1));
}

void print_exception(const Exception &e) {
  static const char *const names[] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                      "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                      "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                      "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  const std::string line = line_at(e.pc);
  if (e.refused) {
    std::fprintf(stderr, "core %u, clock %llu: the bus refused a %s of 0x%08llx, by", e.core,
                 static_cast<unsigned long long>(e.clock), e.write ? "write" : "read",
                 static_cast<unsigned long long>(e.address));
  } else {
    std::fprintf(stderr, "core %u, clock %llu: %s (mcause %u, mtval 0x%08llx) %s", e.core,
                 static_cast<unsigned long long>(e.clock), cause_name(e.cause), e.cause,
                 static_cast<unsigned long long>(e.address), e.is_after ? "after" : "at");
  }
  std::fprintf(stderr, " 0x%08x%s%s\n", e.pc, line.empty() ? "" : ": ", line.c_str());
  for (unsigned i = 1; i < 32; ++i) {
    std::fprintf(stderr, "  %-3s %08llx%s", names[i],
                 static_cast<unsigned long long>(e.registers[i]),
                 i % 8 == 7 || i == 31 ? "\n" : "");
  }
}

std::string cores_table(const Machine &machine, unsigned cores) {
  std::string text =
      fmt::format("\n{:8} {:>12} {:>8} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "", "instructions",
                  "arbiter", "at once", "waited", "refused", "released", "handed on");
  const auto row = [&](const std::string &name, const std::string &instructions,
                       const std::string &accesses, const Counts &c) {
    text +=
        fmt::format("{:8} {:>12} {:>8} {:>10} {:>10} {:>10} {:>10} {:>10}\n", name, instructions,
                    accesses, c.acquired, c.queued, c.refused, c.released, c.handed);
  };
  for (unsigned n = 0; n < cores; ++n) {
    const Counts &c = machine.counts(n);
    row(fmt::format("core {}", n), std::to_string(c.instructions), std::to_string(c.accesses), c);
  }
  for (std::size_t n = 0; n < machine.locks().size(); ++n) {
    const Counts &c = machine.locks()[n];
    if (c.acquired + c.queued + c.refused + c.released != 0)
      row(fmt::format("lock {}", n), "", "", c);
  }
  return text;
}

void print_marks(const Machine &machine) {
  for (const Mark &m : machine.marks()) {
    std::printf("mark %u %u", m.core, m.number);
    for (const std::uint64_t n : {m.clock, m.counts.instructions, m.counts.fetching,
                                  m.counts.in_memory, m.counts.in_arbiter, m.counts.in_devices}) {
      std::printf(" %llu", static_cast<unsigned long long>(n));
    }
    std::printf("\n");
  }
}

void print_places(const Machine &machine, const std::string &file, unsigned cores) {
  std::fprintf(stderr,
               "%s: has not ended after %llu clocks; --limit gives it more. The cores are at\n",
               file.c_str(), static_cast<unsigned long long>(machine.clocks()));
  for (unsigned n = 0; n < cores; ++n) {
    std::fprintf(stderr, "  core %u 0x%08x %s\n", n, machine.pc(n), line_at(machine.pc(n)).c_str());
  }
}

// The seed that the program has.
std::uint64_t apply_seed(Machine *machine, const std::string &file,
                         const std::optional<std::uint64_t> &seed) {
  const std::optional<std::uint32_t> place = find_symbol(file, "lockarb_soc_seed");
  if (!seed)
    return place ? machine->read(*place) | std::uint64_t{machine->read(*place + 4)} << 32 : 1;
  if (!place) {
    throw std::runtime_error("--seed " + std::to_string(*seed) + ": " + file +
                             " does not ask for a seed; it has no lockarb_simulation_seed()");
  }
  std::vector<std::uint8_t> bytes(8);
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(*seed >> (8 * i));
  machine->load(*place, bytes);
  return *seed;
}

// Of a program that was built for it; it tells what happens, too.
bool apply_settings(Machine *machine, const std::string &file, const RunOptions &options) {
  const std::optional<std::uint32_t> place = find_symbol(file, "lockarb_soc_settings");
  if (!place) return false;
  const soc_settings settings{options.lock.empty()         ? SOC_LOCK_AS_PROGRAM
                              : options.lock == "software" ? SOC_LOCK_SOFTWARE
                                                           : SOC_LOCK_HARDWARE,
                              options.verifier, options.deadlock_check,
                              options.personality == "nt5.2",
                              options.locks.empty() ? 0 : 1 + locks_flags(options)};
  const auto *bytes = reinterpret_cast<const std::uint8_t *>(&settings);
  machine->load(*place, {bytes, bytes + sizeof settings});
  return true;
}

void refuse_what_needs_notes(const std::string &file, const CoreRun &request) {
  const RunOptions &options = request.options;
  const std::pair<const char *, bool> given[] = {{"--faults", !request.faults.empty()},
                                                 {"--json", !options.json.empty()},
                                                 {"--csv", !options.csv.empty()},
                                                 {"--timeline", !options.timeline.empty()},
                                                 {"--lock", !options.lock.empty()},
                                                 {"--locks", !options.locks.empty()},
                                                 {"--deadlock-check", options.deadlock_check},
                                                 {"--verifier", options.verifier},
                                                 {"--personality", options.personality != "nt6"}};
  for (const auto &[name, is_given] : given) {
    if (!is_given) continue;
    throw std::runtime_error(std::string(name) + ": " + file +
                             " neither tells what it does nor takes settings; `lockarb run "
                             "SCENARIO --machine riscv` and `PROGRAM --machine riscv` build what "
                             "does");
  }
}

// Of the scenario that is run, in an arbiter of this size.
std::optional<FaultAccount> faults_of(const CoreRun &request, const Machine &machine) {
  if (request.faults.empty()) return std::nullopt;
  if (!machine.can_have_faults()) {
    throw std::runtime_error("--faults " + request.faults +
                             ": cores of this kind have none; make soc SOC_CORE=vexriscv");
  }
  const std::string &path = request.faults;
  std::vector<lockarb::Fault> faults = read_scenario(path, text_of(model_size())).faults;
  refuse_faults_of_host_threads(path, faults);
  return FaultAccount(std::move(faults), SOC_CORES);
}

// Why the run did not end by itself, when no bug check says it.
std::string stop_text(Outcome outcome, const Machine &machine) {
  switch (outcome) {
    case Outcome::kEnded:
      return "";
    case Outcome::kHalted:
      return fmt::format("exit code {}", *machine.ended());
    case Outcome::kStuck:
      return fmt::format("--limit: it has not ended after {} clocks", machine.clocks());
    default:
      return outcome_name(outcome);
  }
}

// Up to the end of the run, of the waveform's window, or for a while.
void go_on(Machine *machine, const TraceWindow &window, OutputFile *trace) {
  const std::uint64_t now = machine->clocks();
  if (trace != nullptr && now == window.from) machine->record(trace);
  if (trace != nullptr && now == window.to) machine->stop_recording();
  std::uint64_t until = now + 1000;
  for (const std::uint64_t edge : {window.from, window.to}) {
    if (edge > now) until = std::min(until, edge);
  }
  while (machine->clocks() < until && !machine->ended()) machine->clock();
  write_standard_output(machine->take_console().c_str());
}

}  // namespace

int run(const CoreRun &request) {
  const RunOptions &options = request.options;
  const std::string &file = request.file;
  const unsigned cores = request.cores;
  if (cores > SOC_CORES) {
    throw std::runtime_error(
        "--cores " + std::to_string(cores) + ": this model has " + std::to_string(SOC_CORES) +
        ", and as many windows in its arbiter; " +
        (cores <= SOC_MOST_CORES
             ? "make soc SOC_CORES=" + std::to_string(cores)
             : "make soc SOC_CORES=" + std::to_string(SOC_MOST_CORES) + " has the most"));
  }
  const std::vector<Segment> image = read_image(file, kMemoryBase, SOC_MEMORY_KIB * 1024,
                                                "make soc SOC_MEMORY_KIB=1024", SOC_REGISTER_BITS);
  describe_program(file);
  std::unique_ptr<Machine> machine = make_machine();
  for (const Segment &part : image) machine->load(part.address, part.bytes);
  const std::uint64_t seed = apply_seed(machine.get(), file, options.seed);
  const bool tells = apply_settings(machine.get(), file, options);
  if (!tells) refuse_what_needs_notes(file, request);
  std::optional<FaultAccount> faults = faults_of(request, *machine);
  if (faults) machine->strike(&*faults);
  const TraceWindow window = trace_window(options);
  if (!options.trace.empty() && !machine->can_record()) {
    throw std::runtime_error("--trace " + options.trace +
                             ": this program cannot record; lockarb_soc_trace can (make soc "
                             "TRACE=" +
                             options.trace + ")");
  }
  if (!options.trace.empty() && window.kind != TraceKind::kFst) {
    throw std::runtime_error("--trace " + options.trace + ": of cores the name must end in .fst");
  }
  std::vector<NamedFile> inputs{{"the program", file}};
  if (!request.scenario.empty()) inputs.push_back({"the scenario", request.scenario});
  RunOutputs outputs(options, inputs);
  OutputFile *const trace = outputs.trace() ? &*outputs.trace() : nullptr;
  std::string stop;  // why it did not end by itself
  machine->observe([&](const struct port_note &note, std::uint64_t clock) {
    if (note.kind == PORT_NOTE_BUG_CHECK) stop = bug_check_text(note);
    outputs.note(note, clock);
  });

  const auto began = std::chrono::steady_clock::now();
  machine->start(cores);
  Outcome outcome = Outcome::kStuck;
  try {
    const StopSignals stop(request_stop);
    while (!machine->ended() && machine->clocks() < options.limit && !stop_requested &&
           standard_output_error() == 0 && !outputs.failed()) {
      go_on(machine.get(), window, trace);
    }
    const bool is_over = machine->ended().has_value();
    if (is_over) outcome = *machine->ended() == 0 ? Outcome::kEnded : Outcome::kHalted;
    if (!is_over && stop_requested) outcome = Outcome::kInterrupted;
    if (outputs.failed()) outcome = Outcome::kAbandoned;
  } catch (const std::exception &error) {
    outcome = Outcome::kFailed;
    stop = error.what();
    std::fprintf(stderr, "lockarb_soc: %s (clock %llu)\n", error.what(),
                 static_cast<unsigned long long>(machine->clocks()));
  }
  if (standard_output_error() != 0) return kExitUsage;  // command_line() says it
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (outcome != Outcome::kEnded) {
    for (const Exception &e : machine->exceptions()) print_exception(e);
  }
  if (outcome == Outcome::kStuck) print_places(*machine, file, cores);
  if (request.marks) print_marks(*machine);

  const int exit_code = exit_code_of(outcome, kExitHalted);
  std::string text = cores_table(*machine, cores);
  const std::uint64_t clocks = machine->clocks();
  const double speed = static_cast<double>(clocks) / seconds;
  RunSummary summary{request.name,
                     fmt::format("{} --seed {}{}", request.again, seed, replay_options(options)),
                     options.lock == "software" ? "software" : "hardware",
                     seed,
                     cores,
                     outcome,
                     exit_code,
                     clocks,
                     seconds,
                     model_size(),
                     machine->busy_clocks(),
                     machine->devices()};
  if (faults) {
    faults->conclude(stop.empty() ? stop_text(outcome, *machine) : stop);
    summary.faults = faults->faults();
    summary.fault_results = faults->results();
    summary.stopped_by = faults->stop();
  }
  machine.reset();  // ends the waveform
  if (tells) {
    text += fmt::format("\nspeed      {:.0f} clocks a second\n", speed);
    outputs.finish(summary, text, "");
    return exit_code;
  }
  text += fmt::format(
      "\nsimulated  {} clocks, {} cores, exit code {}\nhost       {:.2f} s, {:.0f} clocks a "
      "second\n",
      clocks, cores, exit_code, seconds, speed);
  if (!request.is_quiet) write_standard_output(text.c_str());
  if (outputs.trace()) outputs.trace()->commit();
  return exit_code;
}

}  // namespace lockarb::soc
