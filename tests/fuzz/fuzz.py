#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fuzzes the targets of tests/fuzz, two at a time, and prints what each of them did.

MINUTES are divided among the targets (all of them, if none is named). New inputs that reach new code go
to BUILD/corpus, where the next run goes on from. An input that is a finding is kept in
BUILD/findings, the command that replays it is printed, and the exit status is 1.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
HERE = SOURCE / "tests" / "fuzz"
JOBS = 2
# Name: the longest input, further seeds, and what libFuzzer is told beside.
TARGETS = {
    "scenario": (4096, [SOURCE / "sim" / "scenarios"], [f"-dict={HERE / 'scenario.dict'}"]),
    "commands": (600, [], []),
    "line": (1024, [], []),
}


def fuzz(build, name, seconds):
    """The line of the table, and the inputs that are findings."""
    longest, seeds, options = TARGETS[name]
    corpus, findings = build / "corpus" / name, build / "findings"
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(exist_ok=True)
    log = build / f"{name}.log"
    known = set(findings.iterdir())
    with log.open("w") as out:
        subprocess.run(
            ["nice", build / "tests" / "fuzz" / f"{name}_fuzz", f"-max_total_time={seconds}",
             f"-max_len={longest}", "-timeout=10", "-rss_limit_mb=2048", "-malloc_limit_mb=256",
             "-print_final_stats=1", f"-artifact_prefix={findings}/{name}-", *options, corpus,
             HERE / "corpus" / name, *seeds],
            stdout=out, stderr=subprocess.STDOUT, check=False)
    text = log.read_text(errors="replace")
    runs = (re.findall(r"stat::number_of_executed_units: (\d+)", text) or ["0"])[-1]
    reached = (re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", text) or [("0", "0", "0")])[-1]
    new = sorted(path for path in findings.iterdir()
                 if path not in known and path.name.startswith(f"{name}-"))
    if not new and "Done " not in text:  # the target itself did not run
        print(text[-2000:])
        sys.exit(f"fuzz.py: {name}_fuzz stopped; its words: {log}")
    return (name, seconds, runs, *reached, str(len(new))), new


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("minutes", type=float)
    parser.add_argument("target", nargs="*", default=list(TARGETS))
    arguments = parser.parse_args()
    build, minutes, names = arguments.build, arguments.minutes, arguments.target
    if minutes <= 0:
        parser.error(f"{minutes:g} minutes: must be more than 0")
    for name in names:
        if name not in TARGETS:
            parser.error(f"no target {name}; one of: {', '.join(TARGETS)}")
    seconds = max(1, int(minutes * 60 * min(JOBS, len(names)) / len(names)))
    with concurrent.futures.ThreadPoolExecutor(max_workers=JOBS) as pool:
        results = list(pool.map(lambda name: fuzz(build, name, seconds), names))
    row = "{:<10} {:>8} {:>10} {:>8} {:>9} {:>7} {:>9}"
    print(row.format("target", "seconds", "runs", "edges", "features", "inputs", "findings"))
    for line, _ in results:
        print(row.format(*line))
    found = [(line[0], path) for line, new in results for path in new]
    for name, path in found:
        print(f"finding, replay: {build / 'tests' / 'fuzz'}/{name}_fuzz {path}")
    sys.exit(1 if found else 0)


main()
