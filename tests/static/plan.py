#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the plan in tests/README.md against the contract's tables, the headers and what ctest runs.

Fails when a row names no test, or one that ctest does not know; when a row of a table or a routine
has no row in the plan; and when a GoogleTest of tests/contract or tests/sw is claimed by nobody.
"""

import fnmatch
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "tests" / "README.md"
TABLES = ROOT / "sim" / "reference" / "contract_tables.cpp"
ROUTINE = re.compile(r"\b((?:Ex|Interlocked|Io|Ke|Kf|Ps|Ob|Obf|Rtl|Zw|FsRtl|v?Dbg|Kd)[A-Z]\w*|lockarb_\w+)(?:##suffix)?\s*\(")

HARDWARE_RUNS = ("", "sw.", "sw.by_write.")  # tests/sw on the arbiter, in both ways to issue commands
SOFTWARE_RUN = "sw.software_locks."  # tests/sw once more, on software locks
SOFTWARE_SUBJECT = "/OnSoftwareLocks"


def read_table(text, name):
    """The first strings and the flags of each row."""
    body = text[text.index(f" {name} = {{{{"):]
    rows, depth = [], 0
    for token in re.findall(r'[{}]|"[^"]*"|\btrue\b|\bfalse\b', body):
        if token == "{":
            depth += 1
            if depth == 3:
                rows.append([])
        elif token == "}":
            depth -= 1
            if depth == 0:
                return rows
        elif depth == 3:
            rows[-1].append(token.strip('"'))


def expected_rows():
    """Row id: what it is about."""
    text = TABLES.read_text()
    rows = {}
    for letter, names in (("A", ["kAcquireTable"]), ("B", ["kReleaseTable"]),
                          ("C", ["kConvertTable"]), ("D", ["kOwnerTable", "kLifetimeTable"])):
        states = [row[0] for name in names for row in read_table(text, name)]
        rows.update({f"{letter}{i}": state for i, state in enumerate(states)})
    for i, row in enumerate(read_table(text, "kApcTable")):
        kernel, special, apc_level = (flag == "true" for flag in row[:3])
        rows[f"E{i}"] = (f"K {'!=0' if kernel else '0'}, P {'!=0' if special else '0'}, "
                         f"{'>=APC' if apc_level else 'PASSIVE'}")
    rows.update({f"F{i}": None for i in range(1, 11)})  # the assertions
    for header in sorted((ROOT / "sw").glob("*/include/*.h")):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", header.read_text(), flags=re.S)
        rows.update({routine: None for routine in ROUTINE.findall(code)})
    return rows


def known_tests(build):
    """Name: whether it is a GoogleTest that must be claimed. Names are as in the sources, without the
    instantiation before the suite; of a parameter only a subject stays."""
    out = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                         capture_output=True, text=True).stdout
    binaries = tuple(str(pathlib.Path(build).resolve() / "tests" / part) for part in
                     ("contract/", "sw/"))
    tests = {}
    for test in json.loads(out)["tests"]:
        name = re.sub(r"\b\w+/(?=\w+\.)", "", test["name"])
        name = re.sub(r"/(?!On[A-Z]).*", "", name)
        tests[name] = test.get("command", [""])[0].startswith(binaries)
    return tests


def names_in(cell):
    """`Suite.Test`, and `.Other` of the same suite."""
    suite = ""
    for name in re.findall(r"(?<!\[)`([\w/.*]+)`", cell):
        if name.startswith("."):
            name = suite + name
        suite = name.split(".")[0]
        yield name


def main():
    tests = known_tests(sys.argv[1])
    expected = expected_rows()
    seen, claimed, faults = set(), set(), []

    def claim(line, names, prefixes, accept=lambda test: True):
        found = False
        for name in names:
            matches = [test for prefix in prefixes for test in fnmatch.filter(tests, prefix + name)
                       if accept(test)]
            if not matches:
                faults.append(f"README.md:{line}: there is no test {name}")
            claimed.update(matches)
            found = True
        return found

    def row(line, cells):
        ids, what = re.findall(r"[\w]+", cells[0]), cells[1]
        for name in ids:
            if name in seen or name not in expected:
                faults.append(f"README.md:{line}: {name} is no row of the contract, or is twice")
            elif expected[name] not in (None, what):
                faults.append(f"README.md:{line}: {name} is about {expected[name]}")
            seen.add(name)
        hardware, software = cells[-2:]
        if software == "the same":
            software = hardware
        of_software = [name for name in names_in(software) if name.endswith(SOFTWARE_SUBJECT)]
        runs_again = [name for name in names_in(software) if not name.endswith(SOFTWARE_SUBJECT)]
        ok = claim(line, names_in(hardware), HARDWARE_RUNS,
                   lambda test: not test.endswith(SOFTWARE_SUBJECT))
        ok &= claim(line, of_software, ("",)) | claim(line, runs_again, (SOFTWARE_RUN,))
        if not ok:
            faults.append(f"README.md:{line}: {cells[0]} has no test")

    section = ""
    for line, text in enumerate(README.read_text().splitlines(), 1):
        if text.startswith("## "):
            section = text[3:]
        if not text.startswith("|") or text.startswith(("|---", "| row |", "| routine |", "| claim |")):
            continue
        cells = [cell.strip() for cell in text.strip("|").split(" | ")]
        if section == "The plan, row by row":
            row(line, cells)
        elif section == "What is claimed, and where":
            claim(line, names_in(cells[-1]), (*HARDWARE_RUNS, SOFTWARE_RUN))

    faults += [f"{name}{' ' + about if about else ''} has no row in README.md"
               for name, about in expected.items() if name not in seen]
    faults += [f"no row in README.md claims {test}"
               for test, must in tests.items() if must and test not in claimed]
    for fault in faults:
        print(f"plan: {fault}")
    print(f"plan: {len(seen)} rows, {sum(tests.values())} tests of tests/contract and tests/sw")
    return 1 if faults else 0


sys.exit(main())
