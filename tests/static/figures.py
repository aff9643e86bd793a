#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the figures in the documents against what they are today, or writes them there.

Usage: figures.py BUILD_FOLDER [--write]

A figure that takes seconds is measured anew: clocks of `lockarb_bench` (unless it has left newer ones than
itself), the table of `make run`, the number of tests. Each is the same on every machine. PLACES says where
each stands; the script fails when it stands there with another value, and when the place is gone. With
--write it is corrected.

A table that takes longer (measured.py lists them) is not measured here. It is stale when the sources that
it is of have changed since; with --write it becomes what its own command left in BUILD_FOLDER.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # build/ is the only output folder
import measured

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Document, its text with a {figure} where one stands; how many blanks and where a line ends does not matter.
PLACES = [
    ("README.md", "{run}"),
    ("README.md", "100% tests passed, 0 tests failed out of {tests}"),
    ("README.md", "an acquire and a release cost {arbiter_memory} clocks beyond the work; with an MCS lock in software "
     "they cost {mcs_memory}. When the owner stays off the bus it is {arbiter} against {mcs}."),
    ("tests/README.md", "its owner stays off the bus: clocks beyond the work | "
     "{arbiter} (ticket lock {ticket}, MCS lock {mcs}) |"),
    ("tests/README.md", "share of the bus that the waiting takes then | "
     "{arbiter_share} (ticket {ticket_share}, MCS {mcs_share}) |"),
    ("tests/README.md", "its owner reads memory: clocks beyond the work | "
     "{arbiter_memory} (ticket lock {ticket_memory}, MCS lock {mcs_memory}) |"),
    ("tests/README.md", "One lock by bare accesses: {bare_locks}"),
    ("tests/README.md", "One ERESOURCE, by the routines of `wdm.h`: {resources}"),
    ("tests/README.md", "| each thread has a resource of its own | {own} | {own_software} | {own_ratio} |"),
    ("tests/README.md", "| all share one | {shared} | {shared_software} | {shared_ratio} |"),
    ("tests/README.md", "idles in its wait | {exclusive} | {exclusive_software} | {exclusive_ratio} |"),
    ("tests/README.md", "2 threads on a core | {exclusive_2} | {exclusive_2_software} | {exclusive_2_ratio} |"),
    ("tests/README.md", "4 threads on a core | {exclusive_4} | {exclusive_4_software} | {exclusive_4_ratio} |"),
    *(("tests/README.md", f"| {threads} | {{{key}_in_arbiter}} | {{{key}_in_bus}} | {{{key}_in_waiting}} | {{{key}_in_software}} | "
       f"{{{key}_hand_off}} |") for threads, key in (("1 thread on each core", "exclusive"),
                                                     ("2 threads", "exclusive_2"), ("4 threads", "exclusive_4"))),
]
# Figures that are more than a number.
TABLE = r"(\|(?:.|\n)*?\|)(?=\n\n)"
WHOLE = {"run": r"(handoff: (?:.|\n)*?)(?=\nhost )", "bare_locks": TABLE, "resources": TABLE}
HAND_OFF = "  a hand-off, from the call of release to the next owner"


def output(command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"figures.py: {' '.join(map(str, command))} ends with {done.returncode}:\n{done.stderr}")
    return done.stdout


def bench(build):
    """What lockarb_bench measures in clocks, and their ratios, as the documents round them."""
    program, report = build / "tests" / "bench" / "lockarb_bench", build / "bench_clocks.json"
    if not report.exists() or report.stat().st_mtime < program.stat().st_mtime:
        output([program, "--clocks-only", "--json", report])
    report = json.loads(report.read_text())
    measured, above = {}, ""
    for figure in report["figures"]:
        name = figure["figure"]
        above = above if name.startswith("  ") else name
        measured[name if name == above else f"{above}{name}"] = figure["measured"]
    found = {}
    for suffix, owner in (("", "owner computes"), ("_memory", "owner reads memory")):
        arbiter = measured[f"lockarb, 8 cores, {owner}: clocks beyond the work"]
        found[f"arbiter{suffix}"] = f"{arbiter:.0f}"
        found[f"arbiter_share{suffix}"] = \
            f"{measured[f'lockarb, 8 cores, {owner}: clocks beyond the work  share of the bus']:.2f}"
        for key, name in (("ticket", "ticket"), ("mcs", "MCS")):
            found[f"{key}{suffix}"] = f"{arbiter * measured[f'{name} / lockarb, {owner}']:.0f}"
            found[f"{key}_share{suffix}"] = f"{measured[f'{name} / lockarb, {owner}  share of the bus']:.2f}"
    for key, name in (("own", "a resource for each thread"), ("exclusive", "all exclusive on one"),
                      ("exclusive_2", "all exclusive on one, 2 threads on a core"),
                      ("exclusive_4", "all exclusive on one, 4 threads on a core"),
                      ("shared", "all shared on one")):
        clocks = f"{name}: clocks beyond the work"
        ratio = measured[f"{clocks}  software / hardware"]
        found[key] = f"{measured[clocks]:.0f}"
        for part in ("arbiter", "bus", "waiting for the bus", "software"):
            if f"{clocks}    {part}" in measured:
                found[f"{key}_in_{part.split()[0]}"] = str(round(measured[f"{clocks}    {part}"]))
        if f"{clocks}{HAND_OFF}" in measured:
            found[f"{key}_hand_off"] = f"{measured[f'{clocks}{HAND_OFF}']:.0f}"
        found[f"{key}_software"] = f"{measured[f'{clocks}  in software: clocks beyond the work']:.0f}"
        found[f"{key}_ratio"] = f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"
    found["bare_locks"] = contention(report["contention"], "bare", [1, 2, 8], [1, 2, 8])
    found["resources"] = contention(report["contention"], "ERESOURCE", [1, 2, 8], [1, 2, 8, 32])
    return found


def contention(rows, access, cores, threads):
    """A table of clocks: a line for each load, a column for each lock."""
    rows = [row for row in rows if row["access"] == access and row["cores"] in cores
            and row["threads"] in threads and row["reader_percent"] in (0, 90)]
    locks = list(dict.fromkeys(row["lock"] for row in rows))
    lines = [["caches", "cores", "threads", "readers", *locks]]
    for first in range(0, len(rows), len(locks)):
        load = rows[first:first + len(locks)]
        fewest = min(round(row["clocks"]) for row in load)
        lines.append(["yes" if load[0]["caches"] else "no", load[0]["cores"], load[0]["threads"],
                      f'{load[0]["reader_percent"]} %',
                      *("**{0}**".format(fewest) if round(row["clocks"]) == fewest else round(row["clocks"])
                        for row in load)])
    head, below = f"| {' | '.join(lines[0])} |", "|" + "---|" * len(lines[0])
    return "\n".join([head, below, *(f"| {' | '.join(map(str, line))} |" for line in lines[1:])])


def run(build):
    """What `make run` prints of simulated time."""
    printed = output([build / "sim" / "lockarb", "run", ROOT / "sim" / "scenarios" / "handoff.yaml"])
    return {"run": printed[printed.index("handoff: "):printed.index("\nhost ")]}


def tests(build):
    listed = json.loads(output(["ctest", "--show-only=json-v1"], cwd=build))
    return {"tests": str(len(listed["tests"]))}


def pattern(place):
    """Its text, with a group for each figure."""
    parts = re.split(r"\{(\w+)\}", place)
    words = [r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in parts[::2]]
    groups = [WHOLE.get(name, r"([\d.']+?)") for name in parts[1::2]]
    return "".join(word + group for word, group in zip(words, groups + [r"(?![\d'])"])), parts[1::2]


def long_tables(build, write):
    """Compares the tables that their own commands measure, or writes them. Returns how many are stale."""
    stale = 0
    for name, table in measured.TABLES.items():
        path = ROOT / table.document
        document, now, kept = path.read_text(), table.stamp(), measured.load(build, name)
        there = measured.standing(document, name)
        if not there:
            print(f'{table.document}: the table is gone: "{name}, by `{table.command}` on ..., commit ..., '
                  'sources ...:"')
            stale += 1
            continue
        (first, last), then = there
        if write and kept and kept["stamp"] == now:
            path.write_text(document[:first] + measured.text(name, kept) + document[last:])
        elif then != now:
            line = document.count("\n", 0, first) + 1
            print(f"{table.document}:{line}: {name}: of the sources {then}, which are {now} now: "
                  f"{table.command}, then make figures")
            stale += 1
    return stale


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    today = {**bench(build), **run(build), **tests(build)}
    faults = changed = 0
    for document, place in PLACES:
        path = ROOT / document
        text = path.read_text()
        expression, names = pattern(place)
        match = re.search(expression, text)
        if not match:
            print(f'{document}: the text is gone in which a figure stands: "{place}"')
            faults += 1
            continue
        for number in reversed(range(len(names))):
            now = today[names[number]]
            if match[number + 1] == now:
                continue
            changed += 1
            line = text.count("\n", 0, match.start(number + 1)) + 1
            print(f"{document}:{line}: {names[number]} is\n{now}\n  and there stands\n{match[number + 1]}")
            text = text[:match.start(number + 1)] + now + text[match.end(number + 1):]
        if options.write:
            path.write_text(text)
    old = long_tables(build, options.write)
    print(f"figures: {len(PLACES)} places, {changed} {'corrected' if options.write else 'stale'}, "
          f"{faults} gone; {len(measured.TABLES)} tables, {old} stale or gone")
    if changed and not options.write:
        print("make figures writes them")
    sys.exit(1 if faults or old or (changed and not options.write) else 0)


main()
