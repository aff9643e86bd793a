# SPDX-License-Identifier: Apache-2.0
"""Runs points of a sweep on this machine, several at once, each as a process that leaves no file."""

import ctypes
import json
import os
import re
import selectors
import signal
import subprocess

from refused import Refused

# How a run may end and have a result; all else is no property of the point.
OUTCOMES = {0: "ended", 1: "halted", 3: "stuck", 5: "failed"}
COUNTS = ("acquisitions", "recursions", "contentions", "refusals")
DURATIONS = ("waiting_clocks", "holding_clocks")
MOST_LOCKS = 16
LONGEST_MESSAGE = 2000  # characters
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None)


def die_with_parent():
    """In the child: nothing runs on after kill -9 of the sweep."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def use_figures(use):
    figures = {key: use[key] for key in COUNTS}
    for what in DURATIONS:
        found = use[what]
        if found["count"]:
            figures[f"{what}.mean"] = found["sum"] / found["count"]
            figures.update({f"{what}.{key}": found[key] for key in ("median", "p99", "max")})
    return figures


def group_figures(threads):
    """Of threads of one entry: sums of counts, mean of all, longest of all."""
    figures = {key: sum(thread[key] for thread in threads) for key in COUNTS}
    for what in DURATIONS:
        count = sum(thread[what]["count"] for thread in threads)
        if count:
            figures[f"{what}.mean"] = sum(thread[what]["sum"] for thread in threads) / count
            figures[f"{what}.max"] = max(thread[what]["max"] for thread in threads)
    return figures


def figures_of(report):
    """The figures of a run by their names, from its JSON: of all, of each lock, of each entry of threads."""
    figures = {"clocks": report["clocks"]}
    for key, value in report["bus"].items():
        figures.update(
            {f"bus.{key}.{k}": v for k, v in value.items()}
            if isinstance(value, dict)
            else {f"bus.{key}": value}
        )
    total = report["total"]
    figures.update({f"total.{key}": value for key, value in use_figures(total).items()})
    if report["clocks"]:
        figures["bus.busy_percent"] = 100 * report["bus"]["busy_clocks"] / report["clocks"]
    if total["acquisitions"]:
        figures["clocks_per_acquisition"] = report["clocks"] / total["acquisitions"]
        figures["contended_percent"] = 100 * total["contentions"] / total["acquisitions"]
    for lock in report["locks"][:MOST_LOCKS]:
        figures.update({f"locks[{lock['lock']}].{key}": value for key, value in use_figures(lock).items()})
    groups = {}
    for thread in report["threads"]:
        if thread["acquisitions"] or thread["refusals"]:
            groups.setdefault(re.sub(r"(?<=.)\.\d+$", "", thread["name"]), []).append(thread)
    for name, threads in groups.items():
        figures.update({f"threads[{name}].{key}": value for key, value in group_figures(threads).items()})
    return figures


class Runs:
    """At most `jobs` processes at once, all started from this thread."""

    def __init__(self, lockarb, sweep_file, jobs):
        self.lockarb, self.sweep_file, self.jobs = lockarb, sweep_file, jobs
        self.selector = selectors.DefaultSelector()
        self.running = 0

    def all(self, points, tick=lambda running: None):
        """Yields (point, result) of each as it ends. tick() is called twice a second."""
        points = iter(points)
        try:
            more = True
            while more or self.running:
                while more and self.running < self.jobs:
                    point = next(points, None)
                    more = point is not None
                    if more:
                        self.start(point)
                for key, _ in self.selector.select(0.5):
                    yield self.end(key)
                tick(self.running)
        finally:
            self.kill()

    def start(self, point):
        out, err, given = (os.memfd_create(name, os.MFD_CLOEXEC) for name in ("out", "err", "scenario"))
        command = [self.lockarb, "run", "/dev/stdin"]
        if self.sweep_file.program:
            command = [self.sweep_file.program]
        else:
            os.write(given, self.sweep_file.scenario_of(point).encode())
            os.lseek(given, 0, os.SEEK_SET)
        command += [*self.sweep_file.options_of(point), "--json", "-"]
        try:
            child = subprocess.Popen(command, stdin=given, stdout=out, stderr=err, preexec_fn=die_with_parent)
        finally:
            os.close(given)
        watched = os.pidfd_open(child.pid)
        self.selector.register(watched, selectors.EVENT_READ, (point, child, out, err))
        self.running += 1

    def end(self, key):
        point, child, out, err = key.data
        code = child.wait()
        texts = []
        for file in (out, err):
            with open(file, "rb") as stream:
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
        self.selector.unregister(key.fd)
        os.close(key.fd)
        self.running -= 1
        return point, self.result(point, code, *texts)

    def result(self, point, code, out, err):
        said = [line for line in err.splitlines() if line and line != "Run with --help for more information."]
        errors = [line for line in said if line.startswith("lockarb: ")] or said[-1:]
        message = "\n".join(errors)[:LONGEST_MESSAGE] if code else ""
        if code == 2:
            raise Refused(self.sweep_file.blame(point, message))
        if code not in OUTCOMES:
            how = f"ended by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise Refused(
                self.sweep_file.blame(
                    point,
                    f"{how}: {message or 'it said nothing'}; start the sweep again "
                    "when the reason is gone",
                )
            )
        figures = figures_of(json.loads(out)) if out else {}
        return {"exit_code": code, "outcome": OUTCOMES[code], "message": message, "figures": figures}

    def kill(self):
        for key in list(self.selector.get_map().values()):
            _, child, out, err = key.data
            child.kill()
            child.wait()
            for file in (out, err, key.fd):
                os.close(file)
        self.selector.close()
