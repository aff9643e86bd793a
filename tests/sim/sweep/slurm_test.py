#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slurm_test.py LOCKARB FOLDER: a sweep on Slurm gives the content that it gives on this machine.

Starts a cluster of one machine in FOLDER: munged, slurmctld and slurmd, on ports of their own; as root. Kills
the sweep once in the middle: its jobs go on, and the next start collects what they have done.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time

SWEEP = """scenario: {name: small, cores: 2, threads: [{name: writer, count: 2, loop: 2000, hold_clocks: 20}]}
parameters:
  --lock: [hardware, software]
  threads[writer].hold_clocks: {from: 10, to: 60, step: 10}
seeds: 4
"""
CONFIG = """ClusterName=lockarb
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(what, true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{what} does not come within {seconds} s"
        time.sleep(0.1)


@contextlib.contextmanager
def cluster(folder):
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    config = CONFIG.format(host=host, ports=free_ports(2), folder=folder, cpus=os.cpu_count())
    (folder / "slurm.conf").write_text(config)
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")  # it is read, and not used
    os.environ["SLURM_CONF"] = str(folder / "slurm.conf")
    daemons = []
    log = open(folder / "daemons.log", "w")

    def start(*command):
        path = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin") or command[0]
        daemons.append(subprocess.Popen([path, *command[1:]], stdout=log, stderr=log))

    try:
        files = [
            f"--{name}={folder}/munge.{end}"
            for name, end in (
                ("key-file", "key"),
                ("socket", "socket"),
                ("pid-file", "pid"),
                ("log-file", "log"),
                ("seed-file", "seed"),
            )
        ]
        start("munged", "--foreground", "--force", *files)
        wait_for("munged", (folder / "munge.socket").exists)
        start("slurmctld", "-D")
        start("slurmd", "-D", "-N", host)
        wait_for(
            "a node of the cluster",
            lambda: "idle"
            in subprocess.run(["sinfo", "-h", "-o", "%t"], capture_output=True, text=True).stdout,
        )
        yield
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(10)
            daemon.kill()


def dump(path):
    with sqlite3.connect(path) as database:
        return "\n".join(database.iterdump())


def main():
    lockarb, folder = (pathlib.Path(word).absolute() for word in sys.argv[1:3])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.chdir(folder)
    pathlib.Path("sweep.yaml").write_text(SWEEP)
    sweep = [lockarb, "sweep", str(folder / "sweep.yaml"), "--database"]
    subprocess.run([*sweep, "local.db"], check=True)
    with cluster(folder):
        on_slurm = [*sweep, "slurm.db", "--engine", "slurm", "--sbatch=--time=10"]
        first = subprocess.Popen(on_slurm)
        results = folder / "slurm.db.slurm"
        wait_for(
            "a result", lambda: "first" if first.poll() is not None else list(results.glob("[0-9]*.json"))
        )
        first.send_signal(signal.SIGKILL)
        assert first.wait() == -signal.SIGKILL, "it was over before it could be killed"
        subprocess.run(on_slurm, check=True, timeout=300)
        assert not results.exists(), f"{results} is left"
        left = subprocess.run(["squeue", "-h"], capture_output=True, text=True).stdout
        assert not left, f"jobs are left: {left}"
        assert dump("slurm.db") == dump("local.db"), "the databases differ"
        # What a run refuses is said as without Slurm.
        pathlib.Path("sweep.yaml").write_text(SWEEP.replace("hardware,", "hardwear,"))
        bad = subprocess.run(
            [*sweep, "bad.db", "--engine", "slurm"], capture_output=True, text=True, timeout=60
        )
        assert bad.returncode == 2 and "sweep.yaml:3: --lock:" in bad.stderr, bad.stderr
    print("the same on Slurm, also after kill -9")


main()
