#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the figures that lockarb_bench does not measure itself, beside their goals.

Usage: goals.py BUILD_FOLDER [--json BENCH]

The size of the smallest program is measured here. Area and clocks on FPGAs take an hour: they are read from
the tables that `make area` and `make synth` left in rtl/README.md, with their date. --json adds all of it
to the report of lockarb_bench.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True  # build/ is the only output folder
sys.path.insert(0, str(ROOT / "tests" / "static"))
import measured  # noqa: E402  pylint: disable=wrong-import-position

# Table, row, column; what it is, unit, goal, whether a higher figure is better.
TABLE_GOALS = [
    ("Devices", "HX8K", "logic cells", "iCE40 HX8K, 4 x 64 x 256: area", "cells", 2000, False),
    ("Devices", "HX8K", "MHz", "iCE40 HX8K, 4 x 64 x 256: clock, median of seeds", "MHz", 100, True),
    ("Devices", "UP5K", "MHz", "iCE40 UP5K, 4 x 64 x 256: clock, median of seeds", "MHz", 40, True),
    (
        "Boards",
        "ULX3S (ECP5, 85k)",
        "reached",
        "ECP5, 8 x 64 x 512, statistics, parity: clock of the board",
        "MHz",
        80,
        True,
    ),
]


def table(name):
    """Rows of a measured table by their first cell, each cell by its column; and its date."""
    document = (ROOT / measured.TABLES[name].document).read_text()
    (first, last), _ = measured.standing(document, name)
    lines = document[first:last].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return {row[0]: dict(zip(cells[0], row)) for row in cells[2:]}, re.search(r" on (\S+),", lines[0])[1]


def number(cell):
    """The figure in a cell; the median of several."""
    found = sorted(float(word) for word in re.findall(r"[\d.]+", cell))
    return found[len(found) // 2]


def from_tables():
    for name, row, column, what, unit, goal, higher in TABLE_GOALS:
        rows, date = table(name)
        yield what, number(rows[row][column]), unit, goal, higher, f"{measured.TABLES[name].command}, {date}"


def from_size(build):
    done = subprocess.run(
        [ROOT / "tests/sw/riscv/size.py", ROOT / "sw", build / "size"],
        capture_output=True,
        text=True,
        check=False,
    )
    for part, size, limit in re.findall(r"(code|data) +(\d+) bytes.*?at most (\d+)", done.stdout):
        yield f"smallest program, RV32IM, 4 x 64 x 64: {part}", int(size), "bytes", int(
            limit
        ), False, "make size"
    if done.returncode not in (0, 1):
        print(f"no figures of size: {(done.stderr or done.stdout).strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="report of lockarb_bench to add these to")
    options = parser.parse_args()
    rows = [*from_size(options.build), *from_tables()]
    print(f"\n{'figures of other commands':<66}{'measured':>10}{'goal':>11}  unit")
    for what, figure, unit, goal, higher, source in rows:
        missed = "" if (figure >= goal if higher else figure <= goal) else ", MISSED"
        print(f"{what:<66}{figure:>10g}{'>= ' if higher else '<= ':>6}{goal:<5g}  {unit}{missed} ({source})")
    if options.json:
        report = json.loads(options.json.read_text())
        report["other"] = [
            {
                "figure": what,
                "measured": figure,
                "unit": unit,
                "goal": goal,
                "better": "higher" if higher else "lower",
                "source": source,
            }
            for what, figure, unit, goal, higher, source in rows
        ]
        options.json.write_text(json.dumps(report, indent=2) + "\n")


main()
