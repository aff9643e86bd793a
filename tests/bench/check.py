#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the figures in clocks of lockarb_bench with those that are committed, and fails on a worse one.

Usage: check.py BASELINE MEASURED [--write]

MEASURED is what `lockarb_bench --clocks-only --json` wrote. Its figures are counted in simulated clocks, so
they are the same on every machine, and each difference comes from a change of the sources. A lock that the
arbiter is compared with must not become slower either. A better figure is named and passes; --write makes
MEASURED the baseline.
"""

import argparse
import json
import pathlib
import sys

# Of a row of the contention tables.
FIGURES = {"clocks": min, "bus_clocks": min, "longest_by_mean_wait": min, "jain": max}


def rows_of(path):
    """Each figure by its name: (value, min or max: which is better)."""
    try:
        report = json.loads(pathlib.Path(path).read_text())
        if not isinstance(report, dict) or not {"figures", "contention"} <= report.keys():
            raise ValueError("no report of lockarb_bench")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        sys.exit(f"check.py: {path}: {what}; lockarb_bench --clocks-only --json {path} writes it")
    figures, above = {}, ""
    for row in report["figures"]:
        name = row["figure"]
        if row["unit"] == "of 1":  # the share of the bus rises when a run gets shorter
            continue
        above = above if name.startswith("  ") else name
        higher = row.get("better", "higher" if row["unit"] == "x" else "lower") == "higher"
        figures[f"{row['group']}, {above}{name if name != above else ''}"] = row["measured"], (
            max if higher else min
        )
    for row in report["contention"]:
        load = (
            f"{row['lock']} {row['access']}, {'' if row['caches'] else 'no '}caches, {row['cores']} cores, "
            f"{row['threads']} threads, {row['reader_percent']} % readers"
        )
        figures.update({f"{load}: {name}": (row[name], better) for name, better in FIGURES.items()})
    return report, figures


def write(path, report):
    """A line for each row: a change of one figure is a change of one line."""
    parts = [
        f'"{part}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for part, rows in report.items()
    ]
    pathlib.Path(path).write_text("{" + ",\n".join(parts) + "}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("baseline")
    parser.add_argument("measured")
    parser.add_argument("--write", action="store_true", help="make MEASURED the baseline")
    options = parser.parse_args()
    report, now = rows_of(options.measured)
    if options.write:
        write(options.baseline, report)
        print(f"check.py: {options.baseline} holds {len(now)} figures")
        return
    _, before = rows_of(options.baseline)
    worse = better = 0
    for name, (value, best) in before.items():
        if name not in now:
            print(f"gone: {name}")
            worse += 1
            continue
        is_now = now[name][0]
        if abs(is_now - value) <= 1e-9 * abs(value):
            continue
        is_worse = best(is_now, value) == value
        print(f"{'worse' if is_worse else 'better'}: {name}: {value:g}, now {is_now:g}")
        worse, better = worse + is_worse, better + (not is_worse)
    new = len(now.keys() - before.keys())
    print(f"bench-check: {len(before)} figures, {worse} worse or gone, {better} better, {new} new")
    if worse or better or new:
        print("make bench-baseline makes those of today the baseline")
    sys.exit(1 if worse else 0)


main()
