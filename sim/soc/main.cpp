// SPDX-License-Identifier: Apache-2.0
// lockarb_soc: runs a program for RISC-V on the SoC of rtl/soc, clock for clock.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "sim/observe/output_file.h"
#include "sim/run/command_line.h"
#include "sim/soc/image.h"
#include "sim/soc/machine.h"

namespace lockarb::soc {
namespace {

constexpr unsigned kMostCores = 8;  // rtl/soc/lockarb_soc.v

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

void print_fault(const Fault &f, const std::string &file) {
  static const char *const names[] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                      "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                      "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                      "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  const std::string line = source_line(file, f.pc);
  if (f.refused) {
    std::fprintf(stderr, "core %u, clock %llu: the bus refused a %s of 0x%08x, by", f.core,
                 static_cast<unsigned long long>(f.clock), f.write ? "write" : "read", f.address);
  } else {
    std::fprintf(stderr, "core %u, clock %llu: %s (mcause %u, mtval 0x%08x) %s", f.core,
                 static_cast<unsigned long long>(f.clock), cause_name(f.cause), f.cause, f.address,
                 f.is_after ? "after" : "at");
  }
  std::fprintf(stderr, " 0x%08x%s%s\n", f.pc, line.empty() ? "" : ": ", line.c_str());
  for (unsigned i = 1; i < 32; ++i) {
    std::fprintf(stderr, "  %-3s %08x%s", names[i], f.registers[i],
                 i % 8 == 7 || i == 31 ? "\n" : "");
  }
}

void print_table(const Machine &machine, unsigned cores) {
  std::printf("\n%-8s %12s %8s %10s %10s %10s %10s %10s\n", "", "instructions", "arbiter",
              "at once", "waited", "refused", "released", "handed on");
  const auto row = [](const std::string &name, const Counts &c, bool is_core) {
    std::printf("%-8s ", name.c_str());
    if (is_core) {
      std::printf("%12llu %8llu", static_cast<unsigned long long>(c.instructions),
                  static_cast<unsigned long long>(c.accesses));
    } else {
      std::printf("%12s %8s", "", "");
    }
    for (const std::uint64_t n : {c.acquired, c.queued, c.refused, c.released, c.handed}) {
      std::printf(" %10llu", static_cast<unsigned long long>(n));
    }
    std::printf("\n");
  };
  for (unsigned n = 0; n < cores; ++n) row("core " + std::to_string(n), machine.counts(n), true);
  for (std::size_t n = 0; n < machine.locks().size(); ++n) {
    const Counts &c = machine.locks()[n];
    if (c.acquired + c.queued + c.refused + c.released != 0)
      row("lock " + std::to_string(n), c, false);
  }
}

void set_seed(Machine *machine, const std::string &file, std::uint64_t seed) {
  const std::optional<std::uint32_t> place = find_symbol(file, "lockarb_soc_seed");
  if (!place) {
    throw std::runtime_error("--seed " + std::to_string(seed) + ": " + file +
                             " does not ask for a seed; it has no lockarb_simulation_seed()");
  }
  std::vector<std::uint8_t> bytes(8);
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(seed >> (8 * i));
  machine->load(*place, bytes);
}

int run(const std::string &file, unsigned cores, const std::string &trace, std::uint64_t limit,
        std::optional<std::uint64_t> seed, bool table, bool marks) {
  if (cores > SOC_CORES) {
    throw std::runtime_error("--cores " + std::to_string(cores) + ": this model has " +
                             std::to_string(SOC_CORES) + ", and as many windows in its arbiter; " +
                             (cores <= kMostCores ? "make soc SOC_CORES=" + std::to_string(cores)
                                                  : "make soc SOC_CORES=8 has the most"));
  }
  const std::vector<Segment> image =
      read_image(file, kMemoryBase, SOC_MEMORY_KIB * 1024, "make soc SOC_MEMORY_KIB=1024");
  std::optional<OutputFile> waveform;
  std::unique_ptr<Machine> machine = make_machine();
  for (const Segment &part : image) machine->load(part.address, part.bytes);
  if (seed) set_seed(machine.get(), file, *seed);
  if (!trace.empty()) {
    if (!machine->can_record()) {
      throw std::runtime_error(
          "--trace " + trace +
          ": this program cannot record; lockarb_soc_trace can (make soc TRACE=" + trace + ")");
    }
    const std::vector<NamedFile> files{{"--trace", trace}, {"the program", file}};
    refuse_one_file_twice(files);
    machine->record(&waveform.emplace(files[0]));
  }
  const auto began = std::chrono::steady_clock::now();
  machine->start(cores);
  while (!machine->ended() && machine->clocks() < limit && standard_output_error() == 0) {
    for (int i = 0; i < 1000 && !machine->ended(); ++i) machine->clock();
    write_standard_output(machine->take_console().c_str());
  }
  if (standard_output_error() != 0) return kExitUsage;  // command_line() says it
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const std::uint32_t code = machine->ended().value_or(0);
  if (!machine->ended() || code != 0) {
    for (const Fault &f : machine->faults()) print_fault(f, file);
  }
  if (!machine->ended()) {
    std::fprintf(stderr,
                 "%s: has not ended after %llu clocks; --limit gives it more. The cores are at\n",
                 file.c_str(), static_cast<unsigned long long>(machine->clocks()));
    for (unsigned n = 0; n < cores; ++n) {
      std::fprintf(stderr, "  core %u 0x%08x %s\n", n, machine->pc(n),
                   source_line(file, machine->pc(n)).c_str());
    }
  }
  if (marks) {
    for (const Mark &m : machine->marks()) {
      std::printf("mark %u %u", m.core, m.number);
      for (const std::uint64_t n : {m.clock, m.counts.instructions, m.counts.fetching,
                                    m.counts.in_memory, m.counts.in_arbiter, m.counts.in_devices}) {
        std::printf(" %llu", static_cast<unsigned long long>(n));
      }
      std::printf("\n");
    }
  }
  if (table) {
    print_table(*machine, cores);
    std::printf(
        "\nsimulated  %llu clocks, %u cores, exit code %u\nhost       %.2f s, %.0f clocks a "
        "second\n",
        static_cast<unsigned long long>(machine->clocks()), cores, code, seconds,
        static_cast<double>(machine->clocks()) / seconds);
  }
  const bool ended = machine->ended().has_value();
  machine.reset();
  if (waveform) waveform->commit();
  if (!ended) return kExitStuck;
  return code == 0 ? kExitOk : kExitHalted;
}

}  // namespace
}  // namespace lockarb::soc

int main(int argc, char **argv) {
  CLI::App app{"Runs a program for RISC-V on the simulated SoC (rtl/soc), clock for clock.",
               "lockarb_soc"};
  std::string file, trace;
  unsigned cores = SOC_CORES;
  std::uint64_t limit = 100000000;
  std::optional<std::uint64_t> seed;
  bool quiet = false, marks = false;
  app.add_option("program", file, "an ELF file of lockarb_add_riscv_program()")->required();
  app.add_option("--cores", cores, "cores that run; default: all of the model")
      ->transform(lockarb::whole_number(1, UINT32_MAX));
  app.add_option("--trace", trace, "record cores, bus and arbiter into FILE.fst")
      ->type_name("FILE.fst");
  app.add_option("--limit", limit, "stop after so many clocks, exit status 3")
      ->transform(lockarb::whole_number(1, UINT64_MAX))
      ->capture_default_str();
  app.add_option("--seed", seed, "what lockarb_simulation_seed() gives the program")
      ->transform(lockarb::whole_number(0, UINT64_MAX));
  app.add_flag("--quiet", quiet, "print only what the program prints");
  app.add_flag("--marks", marks,
               "print the program's marks: core, number, clock, instructions, accesses");
  app.footer("Exit status: 0 the program ended well, 1 it did not, 2 bad input, 3 it did not end.");
  return lockarb::command_line(&app, argc, argv, [&] {
    return lockarb::soc::run(file, cores, trace, limit, seed, !quiet, marks);
  });
}
