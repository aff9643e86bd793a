#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lockarb sweep: runs a scenario with many values of its keys and many seeds (sim/README.md, "Sweeps")."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

from refused import Refused, command_line, fail

try:
    import yaml  # noqa: F401
except ImportError:
    sys.exit(fail("sweep", "needs Python's package yaml: apt-get install python3-yaml"))

from database import Database
from runs import Runs
from slurm import Array
from sweep_file import SweepFile

LOCKARB = os.environ.get("LOCKARB", "lockarb")  # the one that started this


def arguments():
    parser = argparse.ArgumentParser(
        prog="lockarb sweep",
        description="Run a scenario with each of many values and seeds; the results go into a "
        "database (SQLite). A sweep that was stopped or killed goes on when it is started again.",
        epilog="Exit codes: 0 all points have a result, 2 bad argument or sweep, or an output that cannot be "
        "written, 129 to 143 ended by a signal.",
        allow_abbrev=False,
    )
    parser.add_argument("sweep", metavar="SWEEP", help='sweep file (YAML): sim/README.md, "Sweeps"')
    parser.add_argument(
        "--database", metavar="FILE", help="where results go [SWEEP with .db, in this folder]"
    )
    parser.add_argument(
        "--jobs", metavar="N", type=int, help="runs at once [as many as cores; Slurm: as it allows]"
    )
    parser.add_argument(
        "--engine",
        choices=("local", "slurm"),
        default="local",
        help="slurm: a job array on the machines of a cluster [local]",
    )
    parser.add_argument(
        "--sbatch", metavar="OPTIONS", default="", help="options of sbatch, such as --sbatch='--partition=x'"
    )
    parser.add_argument(
        "--show", metavar="POINT", type=int, help="print the scenario of a point, and do nothing else"
    )
    parser.add_argument("--task-of", metavar="FOLDER", help=argparse.SUPPRESS)  # what a job of Slurm runs
    options = parser.parse_args()
    if options.jobs is not None and options.jobs < 1:
        parser.error(f"--jobs {options.jobs}: give a number from 1 on")
    if options.sbatch and options.engine != "slurm":
        parser.error("--sbatch: goes with --engine slurm only")
    return options


def said_by(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Refused(f"{command[0]}: cannot be run: {error}; build it first") from None


def options_of(program):
    return set(
        re.findall(r"(--[a-z][a-z-]*)", said_by(*([program] if program else [LOCKARB, "run"]), "--help"))
    )


class Progress:
    """Done, rate and time left: on a terminal in one line, else a line each ten seconds."""

    def __init__(self, total, done):
        self.total, self.before, self.done = total, done, done
        self.start = self.last = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def show(self, now=False):
        seconds = time.monotonic() - self.start
        if time.monotonic() - self.last < (0.2 if self.terminal else 10) and not now:
            return
        self.last = time.monotonic()
        rate = (self.done - self.before) / seconds if seconds else 0
        left = f"{(self.total - self.done) / rate:.0f} s left" if rate else ""
        filled = 30 * self.done // self.total
        text = (
            f"[{'#' * filled}{'.' * (30 - filled)}] {self.done} of {self.total}, {rate:.1f} a second, {left}"
        )
        print(
            f"\r{text}\033[K" if self.terminal else text,
            end="" if self.terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def main():
    options = arguments()
    sweep_file = SweepFile(options.sweep, options_of)
    jobs = options.jobs or int(os.environ.get("SLURM_CPUS_PER_TASK", 0)) or len(os.sched_getaffinity(0))
    if options.show is not None:
        points = {point.number: point for point in sweep_file.points()}
        if options.show not in points or sweep_file.program:
            raise Refused(
                f"--show {options.show}: the sweep has no such point with a scenario; 0 to {len(points) - 1}"
            )
        print(sweep_file.scenario_of(points[options.show]), end="")
        return
    points = {point.number: point for point in sweep_file.points()}
    runs = Runs(LOCKARB, sweep_file, jobs)
    if options.task_of:
        Array(options.task_of).task(int(os.environ["SLURM_ARRAY_TASK_ID"]), runs, points)
        return

    path = options.database or pathlib.Path(options.sweep).with_suffix(".db").name
    database = Database(path, sweep_file, said_by(LOCKARB, "--version").strip())
    pending = database.pending()
    progress = Progress(len(points), len(points) - len(pending))
    if progress.done and pending:
        print(
            f"lockarb sweep: {progress.done} of {len(points)} points have results; goes on", file=sys.stderr
        )
    if options.engine == "local":
        on_this_machine(database, runs, [points[number] for number in sorted(pending)], progress)
    elif pending:
        on_slurm(database, options, path, pending, progress)
    progress.clear()
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in database.outcomes().items())
    database.close()
    print(f"{path}: {len(points)} points: {outcomes}")


def on_this_machine(database, runs, points, progress):
    for point, result in runs.all(points, lambda _: progress.show()):
        database.add(point.number, result)
        progress.done += 1


def on_slurm(database, options, path, pending, progress):
    array = Array(f"{path}.slurm")
    for number, result in array.results():  # of a sweep that was killed
        database.add(number, result)
    left = database.pending()
    if left and not array.is_alive():
        again = [LOCKARB, "sweep", str(pathlib.Path(options.sweep).absolute()), "--jobs", "1"]
        array.submit(again, left, options.jobs, options.sbatch)

    def tick(count):
        progress.done = progress.total - count
        progress.show()

    try:
        array.collect(database, tick)
    except (KeyboardInterrupt, SystemExit):
        print(
            "\nlockarb sweep: the jobs go on: start it again to have their results, or "
            f"scancel --name {array.name}",
            file=sys.stderr,
        )
        raise


command_line("sweep", main)
