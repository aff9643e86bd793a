#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads rtl/ with every tool that people read it with; any warning fails.

Usage: lint.py TOOL... [--venv FOLDER] [--bad-sizes]     TOOL: verilator, icarus, yosys, slang or verible

Each tool elaborates the arbiter at usual and at awkward sizes, what is built around it (the serial line, the
boards, the SoC, what a waveform shows, what is measured), and only yosys the tops of boards, since it knows the
vendors' cells. Verible looks at style and elaborates nothing. With --bad-sizes a tool must stop on each parameter that is
out of its range, and name the reason. FOLDER has pyslang and Verible (tests/static/requirements.txt); where they
are not installed the script says so and exits 77, which ctest shows as a skipped test. No build is needed.
"""

import argparse
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
RTL = ROOT / "rtl"
HERE = pathlib.Path(__file__).resolve().parent
NOT_INSTALLED = 77

SIZES = ("NumCores", "NumThreads", "NumLocks", "HoldWidth", "CheckUser", "Statistics")


@dataclass
class Design:
    """A top with its parameters; define: of the preprocessor; cells: of a vendor, which only yosys has."""
    top: str
    parameters: dict = field(default_factory=dict)
    define: str = ""
    cells: str = ""

    def name(self):
        values = ", ".join(f"{name}={value}" for name, value in self.parameters.items())
        return self.top + (f" ({values})" if values else "") + (f" with {self.define}" if self.define else "")

    def files(self):
        # With the pins of the cores, which are on PyPI.
        soc = listed("lockarb.f") + listed("lockarb_soc.f") + ["../tests/rtl/VexRiscv.v", "../tests/rtl/picorv32.v"]
        if self.top in ("lockarb_soc", "lockarb_soc_board"):
            return soc
        if self.top == "lockarb_soc_rocket":
            return listed("lockarb.f") + listed("lockarb_soc_rocket.f") + ["../tests/rtl/ExampleRocketSystem.v"]
        if self.top == "lockarb_ulx3s_soc":
            return soc + clocks("ulx3s") + ["soc/boards/ulx3s/lockarb_ulx3s_soc.v"]
        files = listed("lockarb.f") + listed("lockarb_board.f")
        files += ["synth/test_and_set.v", "synth/lockarb_pins.v"]
        if self.define:
            files.append("views/lockarb_view.v")
        if self.cells:
            board = self.top.removeprefix("lockarb_")
            files += clocks(board) + [f"boards/{board}/{self.top}.v"]
        return files


def arbiter(*sizes):
    return Design("lockarb", dict(zip(SIZES, sizes)))


DESIGNS = [
    arbiter(4, 64, 256, 8, 0, 0), arbiter(1, 2, 1, 2, 0, 1), arbiter(3, 5, 7, 3, 1, 0),
    arbiter(32, 511, 4096, 16, 1, 1), arbiter(2, 256, 257, 4, 0, 1),
    Design("lockarb", {"NumCores": 3, "NumThreads": 5, "NumLocks": 7}, define="LOCKARB_VIEW"),
    Design("lockarb", {"RamStage": 1}),
    Design("lockarb", {"NumCores": 3, "NumThreads": 5, "NumLocks": 7, "Statistics": 1, "Parity": 0, "RamStage": 1}),
    Design("lockarb_board"),
    Design("lockarb_board", {"ClockHz": 1000000, "Baud": 125000, "NumCores": 1, "NumThreads": 2, "NumLocks": 1}),
    Design("lockarb_soc"), Design("lockarb_soc", {"NumCores": 1, "MemoryKiB": 16}), Design("lockarb_soc", {"NumCores": 7}),
    Design("lockarb_soc", {"Core": 1}), Design("lockarb_soc", {"Simulation": 1}),
    Design("lockarb_soc_board"), Design("lockarb_soc_board", {"MemoryKiB": 80}),
    Design("lockarb_soc_rocket"), Design("lockarb_soc_rocket", {"NumCores": 1, "MemoryKiB": 16}),
    Design("test_and_set"), Design("test_and_set", {"NumCores": 1, "NumLocks": 1}),
    Design("lockarb_pins", {"TestAndSet": 1}), Design("lockarb_pins", {"Parity": 0, "NumThreads": 5}),
]
BOARDS = [
    Design("lockarb_hx8k", cells="+/ice40/cells_sim.v"), Design("lockarb_icebreaker", cells="+/ice40/cells_sim.v"),
    Design("lockarb_ulx3s", cells="+/ecp5/cells_bb.v"), Design("lockarb_ulx3s_soc", cells="+/ecp5/cells_bb.v"),
]
BAD = [  # and the reason, which is the name of a module that does not exist
    (arbiter(33, 64, 256, 8, 0, 0), "NumCores_must_be_1_to_32"),
    (arbiter(4, 1, 256, 8, 0, 0), "NumThreads_must_be_2_to_511"),
    (arbiter(4, 512, 256, 8, 0, 0), "NumThreads_must_be_2_to_511"),
    (arbiter(4, 64, 4097, 8, 0, 0), "NumLocks_must_be_1_to_4096"),
    (arbiter(4, 64, 256, 1, 0, 0), "HoldWidth_must_be_2_to_16"),
    (arbiter(4, 64, 256, 17, 0, 0), "HoldWidth_must_be_2_to_16"),
    (arbiter(4, 64, 256, 8, 2, 0), "CheckUser_must_be_0_or_1"),
    (arbiter(4, 64, 256, 8, 0, 2), "Statistics_must_be_0_or_1"),
    (Design("lockarb_board", {"Baud": 2000000}), "Baud_must_be_at_most_an_eighth_of_ClockHz"),
    (Design("lockarb_board", {"Baud": 1400000}), "Baud_must_divide_ClockHz_within_1_percent"),
    (Design("lockarb_board", {"Parity": 2}), "Parity_must_be_0_or_1"),
    (Design("lockarb_board", {"RamStage": 2}), "RamStage_must_be_0_or_1"),
    (Design("lockarb_board", {"Timeout": 15}), "Timeout_must_be_16_to_1048576"),
    (Design("lockarb_board", {"Timeout": 1048577}), "Timeout_must_be_16_to_1048576"),
    (Design("lockarb_soc", {"NumCores": 9}), "NumCores_must_be_1_to_8"),
    (Design("lockarb_soc", {"MemoryKiB": 200}), "MemoryKiB_must_be_16_to_1024_and_a_multiple_of_16"),
    (Design("lockarb_soc", {"MemoryKiB": 2048}), "MemoryKiB_must_be_16_to_1024_and_a_multiple_of_16"),
    (Design("lockarb_soc", {"Simulation": 2}), "Simulation_must_be_0_or_1"),
    (Design("lockarb_soc", {"Core": 2}), "Core_must_be_0_or_1"),
    (Design("lockarb_soc", {"Host": 2}), "Host_must_be_0_or_1"),
    (Design("lockarb_soc_rocket", {"NumCores": 5}), "NumCores_must_be_1_to_4"),
    (Design("lockarb_soc_rocket", {"MemoryKiB": 200}), "MemoryKiB_must_be_16_to_1024_and_a_multiple_of_16"),
    (Design("lockarb_soc_rocket", {"Simulation": 2}), "Simulation_must_be_0_or_1"),
]

SLANG = [
    "--std=1364-2005", "-Weverything",
    "-Wno-logical-op-parentheses",  # `a && b || c` is read as the language has it, here and in the contract's tables
    "-Wno-unused-net",  # Verilator looks closer: it knows which bits are meant to be unused
    "-Wno-unused-def",  # a design is read with the files of all
]


def listed(name):
    return (RTL / name).read_text().split()


def clocks(board):
    """What the tops of a board make their clock with, if that is not the board's own."""
    return [str(file.relative_to(RTL)) for file in sorted((RTL / "boards" / board).glob("*_clock.v"))]


def commands(tool, design, venv):
    parameters = design.parameters.items()
    files = design.files()
    if tool == "verilator":
        return ["verilator", "--lint-only", "-Wall", *([f"+define+{design.define}"] if design.define else []),
                "-Iviews", "lockarb.vlt", *files, "--top-module", design.top,
                *(f"-G{name}={value}" for name, value in parameters)]
    if tool == "icarus":
        return ["iverilog", "-g2005", "-Wall", *([f"-D{design.define}"] if design.define else []), "-Iviews",
                "-s", design.top, "-o", "/dev/null",
                *(word for name, value in parameters for word in ("-P", f"{design.top}.{name}={value}")), *files]
    if tool == "yosys":
        cells = f"read_verilog -lib {design.cells}; " if design.cells else ""
        define = f"-D{design.define} " if design.define else ""
        chosen = " ".join(f"-chparam {name} {value}" for name, value in parameters)
        return ["yosys", "-q", "-p", f"{cells}read_verilog {define}-Iviews {' '.join(files)}\n"
                f"hierarchy -check -top {design.top} {chosen}\nproc\ncheck -assert"]
    return [venv / "bin" / "python", HERE / "slang.py", *SLANG,
            *([f"-D{design.define}"] if design.define else []), "-I.", "-Iviews", "--top", design.top,
            *(f"-G{name}={value}" for name, value in parameters), *files]


def run(command):
    """(whether it passed without a word, its words)"""
    try:
        done = subprocess.run(command, cwd=RTL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError:
        sys.exit(f"lint.py: {command[0]} is not installed: make deps")
    # Newer versions of Verilator print a report, each line with a dash before it, also when nothing was found.
    words = "".join(line for line in done.stdout.splitlines(True) if not line.startswith("- "))
    return done.returncode == 0 and not words, words


def fail(tool, what, words):
    print(f"{tool}: {what}\n{words}", end="")
    return 1


def elaborate(tool, venv):
    designs = DESIGNS + (BOARDS if tool == "yosys" else [])
    bad = 0
    for design in designs:
        passed, words = run(commands(tool, design, venv))
        bad += 0 if passed else fail(tool, f"warnings or errors in {design.name()}:", words)
    print(f"{tool}: {len(designs)} designs, {bad} with warnings or errors")
    return bad


def refuse(tool, venv):
    bad = 0
    for design, reason in BAD:
        passed, words = run(commands(tool, design, venv))
        if passed:
            bad += fail(tool, f"accepts {design.name()}\n", "")
        elif not re.search(rf"\b{reason}\b", words):
            bad += fail(tool, f"refuses {design.name()} and does not say {reason}:", words)
    print(f"{tool}: {len(BAD)} bad parameters, {bad} accepted or without a reason")
    return bad


def look_at_style(venv):
    files = sorted(path.relative_to(RTL) for path in RTL.rglob("*.v"))
    passed, words = run([venv / "bin" / "verible-verilog-lint", "--rules_config", HERE / "verible.rules", *files])
    bad = 0 if passed else fail("verible", "findings:", words)
    print(f"verible: {len(files)} files, {'no findings' if passed else 'findings'}")
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("tools", nargs="+", metavar="TOOL",
                        choices=["verilator", "icarus", "yosys", "slang", "verible"])
    parser.add_argument("--venv", type=pathlib.Path, default=ROOT / "build" / "static-venv", metavar="FOLDER")
    parser.add_argument("--bad-sizes", action="store_true")
    options = parser.parse_args()
    venv = options.venv.resolve()
    bad = 0
    for tool in options.tools:
        if tool in ("slang", "verible") and not (venv / ".complete").exists():
            print(f"lint.py: {tool} is not installed in {venv}: make lint installs it")
            sys.exit(NOT_INSTALLED)
        if tool == "verible":
            bad += 0 if options.bad_sizes else look_at_style(venv)
        else:
            bad += (refuse if options.bad_sizes else elaborate)(tool, venv)
    sys.exit(1 if bad else 0)


main()
