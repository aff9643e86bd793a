#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""sweep_test.py LOCKARB FOLDER TEST: `lockarb sweep` is complete at every moment, and says what is wrong.

Tests: killed, stopped, refused. The times of kill -9 depend on the host, the content of the
database does not.
"""

import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # build/ is the only output folder

SCENARIO = """cores: 2
threads:
  - {name: writer, count: 2, loop: 30, hold_clocks: 20}
  - {name: reader, loop: 30, do: shared, think_clocks: {min: 0, max: 90}}
"""
SWEEP = """scenario: small.yaml
parameters:
  --lock: [hardware, software]
  threads[writer].hold_clocks: {from: 10, to: 40, step: 10}
  threads[*].core: [0]
seeds: 5
"""
# Slower than the host's load, so that each kill comes in the middle.
PROGRAM = """#!/bin/sh
sleep 0.03
exec "$LOCKARB" run small.yaml "$@"
"""
SLOW_SWEEP = """program: slow
parameters:
  --lock: [hardware, software]
  --commands: [read, write]
seeds: 10
"""
KILLS = 10
SOURCES = pathlib.Path(__file__).resolve().parents[3] / "sim" / "sweep"


class Sweep:
    def __init__(self, lockarb, folder):
        self.lockarb, self.folder = lockarb, folder.absolute()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "small.yaml").write_text(SCENARIO)
        (folder / "sweep.yaml").write_text(SWEEP)

    def start(self, *options):
        return subprocess.Popen(
            [self.lockarb, "sweep", "sweep.yaml", *map(str, options)],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options, code=0):
        process = self.start(*options)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"{options}: exit code {process.returncode}\n{out}{err}"
        return out, err

    def dump(self, name):
        with sqlite3.connect(self.folder / name) as database:
            return "\n".join(database.iterdump())

    def results(self, name):
        try:
            with sqlite3.connect(f"file:{self.folder / name}?mode=ro", uri=True) as database:
                return database.execute("SELECT count(exit_code) FROM point").fetchone()[0]
        except sqlite3.OperationalError:  # it does not exist yet
            return 0


def killed(sweep):
    """kill -9 ten times; each start goes on, and in the end nothing is missing, twice or different."""
    (sweep.folder / "slow").write_text(PROGRAM)
    (sweep.folder / "slow").chmod(0o755)
    (sweep.folder / "sweep.yaml").write_text(SLOW_SWEEP)
    sweep.run("--database", "whole.db", "--jobs", 2)
    chance = random.Random(1)
    for kills in range(KILLS):
        before = sweep.results("killed.db")
        process = sweep.start("--database", "killed.db", "--jobs", 1 + kills % 3)
        while sweep.results("killed.db") < before + 2 and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        _, err = process.communicate()
        assert process.returncode == -signal.SIGKILL, f"kill {kills} came too late: {err}"
        assert not before or f"{before} of 40 points have results; goes on" in err, err
        assert sweep.results("killed.db") < 40, f"all was done before kill {kills + 1}"
    out, _ = sweep.run("--database", "killed.db", "--jobs", 2)
    assert "40 points: 40 ended" in out, out
    assert sweep.dump("killed.db") == sweep.dump("whole.db"), "the databases differ"
    figures = sweep.dump("whole.db").count('INSERT INTO "figure"')
    assert figures > 40 * 30, f"only {figures} figures"
    # All is done: nothing runs, and nothing changes.
    out, _ = sweep.run("--database", "killed.db")
    assert sweep.dump("killed.db") == sweep.dump("whole.db") and "40 ended" in out


def stopped(sweep):
    """A signal ends it with that exit code, and its runs; two cannot write one database."""
    (sweep.folder / "small.yaml").write_text(SCENARIO.replace("loop: 30", "loop: 100000000"))
    process = sweep.start("--database", "a.db")
    while not sweep.folder.joinpath("a.db").exists() or "setting" not in sweep.dump("a.db"):
        time.sleep(0.02)
    _, err = sweep.run("--database", "a.db", code=2)
    assert "a.db: another sweep is writing it; wait for that one" in err, err

    def children():
        return subprocess.run(
            ["pgrep", "-P", str(process.pid)], capture_output=True, text=True
        ).stdout.split()

    while not children():
        time.sleep(0.02)
    runs = children()
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM, process.returncode
    assert not any(pathlib.Path(f"/proc/{run}").exists() for run in runs), "a run goes on"
    assert sorted(path.name for path in sweep.folder.iterdir()) == [
        "a.db",
        "small.yaml",
        "sweep.yaml",
    ], "files"


BAD = [
    ("scenario: small.yaml\n", "sweep.yaml:1: parameters: missing; give a mapping"),
    ("parameters: {cores: [1]}\n", "sweep.yaml:1: give either scenario: FILE.yaml or program: FILE"),
    (
        "scenario: gone.yaml\nparameters: {cores: [1]}\n",
        "sweep.yaml:1: scenario: gone.yaml: there is no file gone.yaml",
    ),
    (
        "scenario: small.yaml\nparameter: {cores: [1]}\n",
        'sweep.yaml:2: parameter: no such key; did you mean "parameters"?',
    ),
    ("scenario: small.yaml\nparameters: {cores: [1\n", "sweep.yaml:3: is not YAML: "),
    (
        "scenario: small.yaml\nparameters:\n  cores: 3\n",
        "sweep.yaml:3: cores: 3: give a list such as [1, 2, 4]",
    ),
    (
        "scenario: small.yaml\nparameters:\n  cores: [1, 2, 1]\n",
        "sweep.yaml:3: cores: 1: stands twice; take one away",
    ),
    (
        "scenario: small.yaml\nparameters:\n  cores: {from: 4, to: 2}\n",
        'cores: {"from":4,"to":2}: does not go up from 4 to 2',
    ),
    (
        "scenario: small.yaml\nparameters:\n  threads[writre].loop: [1]\n",
        "sweep.yaml:3: threads[writre].loop: no entry of threads has the name or number writre; "
        'did you mean "writer"?',
    ),
    (
        "scenario: small.yaml\nparameters:\n  threads[0]: [1]\n",
        "threads[0]: say which key of threads[0], such as threads[0].count",
    ),
    (
        "scenario: small.yaml\nparameters:\n  --lok: [x]\n",
        "sweep.yaml:3: --lok: no such option of a run; did you mean",
    ),
    (
        "scenario: small.yaml\nparameters:\n  --json: [x]\n",
        "sweep.yaml:3: --json: does not change what a run does; take it away",
    ),
    (
        "scenario: small.yaml\nparameters:\n  cores: [1]\nseeds: 0\n",
        "sweep.yaml:4: seeds: 0: give how many (from 1 on)",
    ),
    (
        "scenario: small.yaml\nparameters:\n  cores: [1]\nsample: 5\n",
        "sweep.yaml:4: sample: 5: the grid has 1 points",
    ),
    (
        "scenario: small.yaml\nparameters:\n  seed: {from: 1, to: 90000}\nseeds: 3\n",
        "sweep.yaml:1: 270000 points; 100000 are the most",
    ),
]
# What only a run knows is said with the line of the parameter.
REFUSED_BY_A_RUN = [
    (
        "scenario: small.yaml\nparameters:\n  --lock: [hardware]\n  cores: [99]\n",
        'sweep.yaml:4: cores: "99" is not a whole number from 1 to 16',
    ),
    (
        "scenario: small.yaml\nparameters:\n  --lock: [hardwear]\n",
        'sweep.yaml:3: --lock: "hardwear" is not known; one of: hardware, software',
    ),
    (
        "scenario: small.yaml\nparameters:\n  threads[0].hold_clock: [9]\n",
        'sweep.yaml:3: threads[0].hold_clock: 9: no such key; did you mean "hold_clocks"?',
    ),
]


def refused(sweep):
    """File, line, value and cure; nothing is stored of what was refused."""
    sys.path.insert(0, str(SOURCES))
    from refused import Refused
    from sweep_file import SweepFile

    os.chdir(sweep.folder)
    for text, message in BAD:
        (sweep.folder / "sweep.yaml").write_text(text)
        try:
            SweepFile("sweep.yaml", lambda program: {"--lock", "--json", "--arbiter"})
            sys.exit(f"{text}\nis not refused")
        except Refused as error:
            assert message in str(error) and "\n" not in str(error), f"{text}\nsays: {error}\nnot:  {message}"
    for text, message in REFUSED_BY_A_RUN:
        (sweep.folder / "sweep.yaml").write_text(text)
        out, err = sweep.run("--database", "bad.db", code=2)
        assert message in err and not out, f"{text}\nsays: {err}\nnot:  {message}"
        assert err.count("\n") == 1, f"more than one line: {err}"
        (sweep.folder / "bad.db").unlink(missing_ok=True)
    (sweep.folder / "sweep.yaml").write_text(SWEEP.replace("seeds: 5", "seeds: 1\nsample: 3"))
    sweep.run("--database", "a.db")
    # A figure is that of the run that its command repeats.
    with sqlite3.connect(sweep.folder / "a.db") as database:
        command, clocks = database.execute(
            "SELECT command, value FROM point JOIN figure ON point = number "
            "WHERE name = 'clocks' AND number = 2"
        ).fetchone()
    again = subprocess.run(
        ["sh", "-c", command.replace("lockarb ", f"{sweep.lockarb} ")],
        cwd=sweep.folder,
        capture_output=True,
        text=True,
    )
    assert f"{clocks:,} clocks".replace(",", "'") in again.stdout, f"{command}: {again.stdout}{again.stderr}"
    for options, message in (
        (("--jobs", 0), "--jobs 0: give a number from 1 on"),
        (("--sbatch", "x"), "--sbatch: goes with --engine slurm only"),
        (("--database", "sweep.yaml"), "sweep.yaml: is no database of a sweep"),
        (("--database", "no/a.db"), "no/a.db: No such file or directory"),
        (("--show", 3), "--show 3: the sweep has no such point"),
    ):
        _, err = sweep.run(*options, code=2)
        assert message in err, f"{options}: {err}"
    # What it needs is named: Python, and its package (-S finds none).
    tools = sweep.folder / "tools"
    tools.mkdir()
    for message in (
        "sweep needs Python 3: No such file",
        "sweep: needs Python's package yaml: apt-get install",
    ):
        done = subprocess.run(
            [sweep.lockarb, "sweep", "sweep.yaml"],
            capture_output=True,
            text=True,
            cwd=sweep.folder,
            env={"PATH": str(tools)},
        )
        assert done.returncode == 2 and message in done.stderr, done.stderr
        (tools / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
        (tools / "python3").chmod(0o755)
    (sweep.folder / "sweep.yaml").write_text(SWEEP)
    _, err = sweep.run("--database", "a.db", code=2)
    assert (
        "a.db: is of another sweep: other seeds, sample; give another --database, or remove it first" in err
    ), err


def main():
    sweep = Sweep(str(pathlib.Path(sys.argv[1]).absolute()), pathlib.Path(sys.argv[2]))
    {"killed": killed, "stopped": stopped, "refused": refused}[sys.argv[3]](sweep)


main()
