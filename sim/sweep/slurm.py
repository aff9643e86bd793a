# SPDX-License-Identifier: Apache-2.0
"""Runs the points of a sweep as one job array of Slurm.

Each task leaves a file for each of its points in a folder that all machines see. Only the sweep itself writes
the database, where it was started.
"""

import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import time

from refused import Refused

MOST_TASKS = 1000  # MaxArraySize is 1001 unless a site says otherwise
POINTS_OF_A_TASK = 4  # at least: to start a task takes a second
POLL = 1.0  # seconds
GRACE = 15  # polls without a job until its files must have come, also over a network


def command(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        raise Refused(
            f"--engine slurm: there is no {words[0]} here; start it on a machine of the cluster "
            "(Debian: slurm-wlm), or take --engine local"
        ) from None
    if done.returncode:
        raise Refused(
            f"--engine slurm: {words[0]} ends with {done.returncode}: {done.stderr.strip()}; "
            "sinfo shows whether Slurm works"
        )
    return done.stdout.strip()


def write_whole(path, text):
    """Under its name only when it is complete."""
    part = path.with_name(f".{path.name}.{os.getpid()}.{os.uname().nodename}")
    part.write_text(text)
    part.rename(path)


class Array:
    """The folder DATABASE.slurm with a list of points for each task, and their results."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).absolute()
        self.name = f"lockarb-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]}"

    def task(self, number, runs, points):
        """In a job: runs what is left of the task's points."""
        tasks = json.loads((self.folder / "tasks.json").read_text())
        mine = [points[n] for n in tasks[number] if not (self.folder / f"{n}.json").exists()]
        try:
            for point, result in runs.all(mine):
                write_whole(self.folder / f"{point.number}.json", json.dumps(result))
        except Refused as error:
            write_whole(self.folder / "refused", str(error))

    def is_alive(self):
        return command("squeue", "--noheader", "--name", self.name, "--format", "%i") != ""

    def submit(self, again, pending, jobs, sbatch):
        self.folder.mkdir(exist_ok=True)
        pending = sorted(pending)
        count = min(-(-len(pending) // POINTS_OF_A_TASK), MOST_TASKS)
        write_whole(self.folder / "tasks.json", json.dumps([pending[i::count] for i in range(count)]))
        limit = f"%{jobs}" if jobs else ""
        script = shlex.join([*again, "--task-of", str(self.folder)])
        command(
            "sbatch",
            "--parsable",
            "--job-name",
            self.name,
            "--array",
            f"0-{count - 1}{limit}",
            "--requeue",
            "--output",
            str(self.folder / "%a.log"),
            *shlex.split(sbatch),
            "--wrap",
            f"exec {script}",
        )

    def results(self):
        """[(number, result)] of what has come, in the order of the points."""
        if not self.folder.is_dir():
            return []
        names = sorted(int(p.stem) for p in self.folder.glob("[0-9]*.json"))
        return [(n, json.loads((self.folder / f"{n}.json").read_text())) for n in names]

    def collect(self, database, tick):
        """Waits until no point is pending."""
        quiet = 0
        while True:
            alive = self.is_alive()  # before looking: what ends now has left its files
            refused = self.folder / "refused"
            if refused.exists():
                text = refused.read_text()
                self.remove()
                raise Refused(text)
            for number, result in self.results():
                database.add(number, result)
                (self.folder / f"{number}.json").unlink()
            pending = database.pending()
            if not pending:
                return self.remove()
            quiet = 0 if alive else quiet + 1
            if quiet > GRACE:
                logs = " ".join(
                    log.read_text()[-500:] for log in sorted(self.folder.glob("*.log"))[:3]
                ).strip()
                raise Refused(
                    f"--engine slurm: the job has ended without {len(pending)} of its points"
                    f"{': ' + logs if logs else ''}; start the same sweep again, and it goes on"
                )
            tick(len(pending))
            time.sleep(POLL)

    def remove(self):
        subprocess.run(["scancel", "--name", self.name], capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)
