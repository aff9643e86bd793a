#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run scenarios with random faults, drawn from a seed each, and judge what comes of them.

  faults.py LOCKARB FOLDER [--count N] [--first SEED] [--jobs N]

A run must end, or stop with a report that a fault of its own kind explains; the lock monitor and
the workload's own checks must be silent; who has ended must have done all its work, unless it was
killed, and no lock may be owned in the end; and a second run must give the same bytes. A run without faults comes first: it says how long faults can strike,
and which cores have interrupts to lose. A scenario that fails stays in FOLDER, with the command
that replays it.
"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys

LONGEST = 60  # seconds of the host; a run lasts some hundredths of one

# Bits of a word, at the sizes of sim/CMakeLists.txt.
RAMS = {"row": 57, "hold": 9, "thread": 12, "next": 7, "walk_next": 7, "core": 5, "walk_core": 5}
ALL_LOCKS = 256
# Clocks from an answer of the bus to the bug check that it makes, and those of the longest access.
TO_STOP = 10
LONGEST_ACCESS = 400


def draw_machine(pick, seed):
    """A scenario without faults."""
    cores = pick.randint(1, 4)
    threads = []
    for i in range(pick.randint(1, 5)):
        thread = {
            "name": f"t{i}",
            "core": pick.randrange(cores),
            "count": pick.randint(1, 3),
            "loop": pick.randint(1, 20),
            "do": pick.choice(["exclusive", "shared"]),
            "locks": "any",
            "recursion": pick.choice([1, 1, 1, 2]),
            "hold_clocks": pick.choice([0, 20, 150]),
            "think_clocks": pick.choice([0, 30, 300]),
        }
        if pick.random() < 0.2:
            thread["rest_clocks"] = 500
        threads.append(thread)
    head = {
        "name": f"seed-{seed}",
        "seed": seed,
        "cores": cores,
        "locks": pick.randint(1, 3),
        "lock": pick.choice(["hardware", "hardware", "software"]),
        "order": pick.choice(["readers_first", "writer_first"]),
    }
    return head, threads


class Faults:
    """Draws faults for a scenario that a run without them has shown."""

    def __init__(self, pick, head, threads, report):
        self.pick, self.head = pick, head
        self.threads = list(work_of(threads))
        self.clocks = report["clocks"]
        transfers = sum(region[what] for region in report["bus"].values() if isinstance(region, dict)
                        for what in ("reads", "writes", "atomics"))
        self.accesses = max(1, transfers // head["cores"])
        contended = {t["core"] for t in report["threads"] if t["contentions"] != 0}
        self.interrupted = sorted(contended) if head["lock"] == "hardware" else []
        self.attacked = set()

    def clock(self):
        """Contention is at the beginning, before the first threads have ended."""
        return int(self.clocks * self.pick.random() ** 2)

    def access(self):
        return {"core": self.pick.randrange(self.head["cores"]), "access": 1 + int(self.accesses * self.pick.random() ** 2)}

    def length(self):
        return self.pick.choice([1, 17, 400, 5000])

    def bus_error(self):
        return {**self.access(), "carried_out": self.pick.choice(["true", "false"])}

    def bus_stall(self):
        return {**self.access(), "clocks": self.length()}

    def late_interrupt(self):
        return {**self.lost_interrupt(), "clocks": self.length()}

    def lost_interrupt(self):
        return {"core": self.pick.choice(self.interrupted), "after": self.clock()}

    def spurious_interrupt(self):
        return {"core": self.pick.randrange(self.head["cores"]), "at": self.clock(), "clocks": self.length()}

    def flip_bit(self):
        ram = self.pick.choice(list(RAMS) + ["row", "row", "hold", "thread"])
        flip = {"ram": ram}
        if ram in ("row", "hold"):
            flip["lock"] = self.pick.randrange(self.head["locks"])
        if ram != "row":
            flip["slot"] = self.pick.randint(0, len(self.threads))  # one more: of the main thread
        return {**flip, "bit": self.pick.randrange(RAMS[ram]), "after": self.clock()}

    def kill_thread(self):
        return {"thread": self.pick.choice(self.threads), "after": self.clock()}

    def reset_core(self):
        return {"core": self.pick.randrange(self.head["cores"]), "after": self.clock()}

    def hostile(self):
        core = self.pick.choice([c for c in range(self.head["cores"]) if c not in self.attacked])
        self.attacked.add(core)
        fault = {
            "core": core,
            "accesses": self.pick.choice([10, 100, 1000]),
            "after": self.clock(),
            "rest_clocks": self.pick.choice([0, 50, "{min: 0, max: 500}"]),
            "privileged": self.pick.choice(["true", "false"]),
        }
        if fault["privileged"] == "true" and self.pick.random() < 0.5:
            fault["lock"] = self.pick.randrange(self.head["locks"], ALL_LOCKS)
        return fault

    def draw(self):
        kinds = [self.bus_error, self.bus_stall, self.spurious_interrupt, self.flip_bit, self.kill_thread,
                 self.reset_core]
        if self.interrupted:
            kinds += [self.late_interrupt, self.lost_interrupt]
        if len(self.attacked) < self.head["cores"]:
            kinds += [self.hostile]
        kind = self.pick.choice(kinds)
        return kind.__name__, kind()


def scenario(head, threads, faults):
    flow = lambda mapping: "{" + ", ".join(f"{k}: {v}" for k, v in mapping.items()) + "}"
    lines = [f"{key}: {value}" for key, value in head.items()]
    lines += ["threads:"] + [f"  - {flow(t)}" for t in threads]
    if faults:
        lines += ["faults:"] + [f"  - {kind}: {flow(fault)}" for kind, fault in faults]
    return "\n".join(lines) + "\n"


def work_of(threads):
    """How often each thread must have acquired in the end."""
    work = {}
    for t in threads:
        for i in range(t["count"]):
            name = t["name"] if t["count"] == 1 else f"{t['name']}.{i}"
            work[name] = t["loop"] * t["recursion"]
    return work


def judge_end(output, report, work):
    for fault in report["faults"]:
        if "clock" in fault and (fault["outcome"] != "harmless" or "found" in fault):
            return f"{fault['text']}: {fault['outcome']} in a run that ended"
    if "deleted while owned" in output:
        return "a lock is owned in the end"
    for thread in report["threads"]:
        done = work.get(thread["name"])
        if not thread["ended"]:
            return f"{thread['name']} has not ended"
        if done is not None and thread["acquisitions"] != done and "killed" not in thread:
            return f"{thread['name']} acquired {thread['acquisitions']} times in place of {done}"
    return None


class Stop:
    """What a bug check prints."""

    def __init__(self, output):
        stop = re.search(r"^\*\*\* STOP 0x([0-9A-F]+) \w+ \(([^)]*)\)$", output, re.M)
        self.code = int(stop[1], 16)
        self.parameters = stop[2].split(", ")
        self.core = int(re.search(r"^    core     (\d+)$", output, re.M)[1])
        lock = re.search(r"^    lock     (\d+)( .*)?$", output, re.M)
        self.lock = lock and int(lock[1])
        self.of_reset = "routine  a reset of the core" in output
        self.clock = round(100 * float(re.search(r"^    time     ([\d.]+) us$", output, re.M)[1]))


def judge_machine_check(stop, struck, patience):
    """It must be of the bus error that struck this access, or of the reset of this core, a moment ago."""
    kind = "reset_core" if stop.of_reset else "bus_error"
    for fault in struck:
        if (fault["fault"] == kind and fault["outcome"] == "named"
                and fault["text"].startswith(f"{kind} of core {stop.core} ")
                and (stop.of_reset or fault["address"] == int(stop.parameters[0], 16))
                and 0 <= stop.clock - fault["clock"] <= LONGEST_ACCESS + TO_STOP + patience):
            return None
    return f"bug check of a {kind} on core {stop.core} in clock {stop.clock}, which none struck there and then"


def judge_parity(stop, struck, patience):
    """It must be that of who was told of a flipped bit."""
    for fault in struck:
        if fault["outcome"] != "named" or "found" not in fault:
            continue
        since = stop.clock - fault["found"]["clock"]
        if since < 0:
            continue
        if (re.fullmatch(rf"core {stop.core}: \w+ of lock {stop.lock}", fault["found"]["by"])
                and since <= TO_STOP + patience):
            return None
        # The thread may lose its core before it stops: with the dispatcher's lock it lets go of
        # interrupts, and a grant is taken by whoever runs. A grant may be told to core 0, if that of
        # its core has flipped as well.
        if re.fullmatch(rf"core {stop.core}: DELETE of lock {stop.lock}|core ({stop.core}|0): read of (GRANT|TAKE)",
                        fault["found"]["by"]):
            return None
    return (f"bug check of a flipped bit on core {stop.core}, lock {stop.lock}, in clock {stop.clock}, "
            "of which nobody there was told")


def judge_stuck(output, report, struck):
    late = re.findall(r"was handed the lock, but no interrupt told core (\d+)", output)
    if not late and "killed" in report["threads"][0]:
        # Its variable and line, or its APC, follow.
        waits = set(re.findall(r"^thread .*? waits for (an event|.*)(?=$| at | \(|, )", output, re.M))
        return None if waits == {"an event"} else "the first thread was lost, and others wait for more than its event"
    if not late:
        return "stuck, and nobody was handed a lock without an interrupt"
    # The core that a thread waits on may have flipped: its grant goes to core 0.
    strayed = any(f["fault"] == "flip_bit" and "core of slot" in f["text"] for f in struck)
    for core in late:
        told = {core, "0"} if strayed else {core}
        if not any(f["fault"] == "lost_interrupt" and f["outcome"] == "named"
                   and f["text"].split()[3] in told for f in struck):
            return f"core {core} was not told of a lock, and no interrupt of it was lost"
    return None


def judge(code, output, report, work, faults):
    """What is wrong with a run; None: nothing."""
    if code < 0:
        return f"died of signal {-code}"
    if code not in (0, 1, 3):
        return f"exit code {code}"
    met = " ".join(fault.get("what", "") for fault in report["faults"])
    for number, thread in enumerate(report["threads"], 1):
        if "killed" in thread and f"thread {number} ({thread['name']})" not in met:
            return f"{thread['name']} was killed without a fault"
    struck = [f for f in report["faults"] if "clock" in f]
    for fault in report["faults"]:
        if "clock" not in fault and fault["outcome"] != "did not strike":
            return f"{fault['text']}: {fault['outcome']}, and has no clock"
    if code == 0:
        return judge_end(output, report, work)
    if code == 3:
        return judge_stuck(output, report, struck)
    stop = Stop(output)
    patience = sum(fault["clocks"] for kind, fault in faults if kind == "bus_stall")
    if stop.code == 0x9C:
        return judge_machine_check(stop, struck, patience)
    if stop.code == 0x2E:
        return judge_parity(stop, struck, patience)
    return f"bug check {stop.code:#x}, which is none of a bus error, a reset or a flipped bit"


class Run:
    """One run of a scenario file: exit code, output, report."""

    def __init__(self, lockarb, path):
        self.command = [lockarb, "run", path]
        result = path + ".json"
        self.timed_out, self.text = False, ""
        try:
            # Whoever is killed or lost leaves behind what only its stack knew.
            done = subprocess.run(self.command + ["--json", result], capture_output=True, text=True,
                                  env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"), timeout=LONGEST, check=False)
        except subprocess.TimeoutExpired:
            self.timed_out = True
            return
        self.code = done.returncode
        self.output = re.sub(r"(?m)^host .*$", "", done.stdout + done.stderr)
        if os.path.exists(result):
            with open(result, encoding="utf-8") as file:
                self.text = file.read()
            os.remove(result)

    def missing(self):
        """Why there is nothing to judge."""
        if self.timed_out:
            return f"has not ended after {LONGEST} s"
        return None if self.text else f"exit code {self.code}, no report"


def run(lockarb, folder, seed):
    pick = random.Random(seed)
    head, threads = draw_machine(pick, seed)
    path = os.path.join(folder, f"seed-{seed}.yaml")

    def write(faults):
        with open(path, "w", encoding="utf-8") as file:
            file.write(scenario(head, threads, faults))

    write([])
    first = Run(lockarb, path)
    command = " ".join(first.command)
    wrong = first.missing() or (f"without faults: exit code {first.code}" if first.code != 0 else None)
    if wrong:
        return seed, wrong, command, []
    draw = Faults(pick, head, threads, json.loads(first.text))
    faults = [draw.draw() for _ in range(pick.randint(1, 4))]
    write(faults)
    once, again = Run(lockarb, path), Run(lockarb, path)
    wrong = once.missing() or again.missing()
    if wrong:
        return seed, wrong, command, []
    report = json.loads(once.text)
    wrong = judge(once.code, once.output, report, work_of(threads), faults)
    if wrong is None and (once.code, once.text, once.output) != (again.code, again.text, again.output):
        wrong = "two runs differ"
    if wrong is None:
        os.remove(path)
    return seed, wrong, command, [(f["fault"], f["outcome"]) for f in report["faults"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lockarb")
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=10000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if arguments.count < 1 or arguments.first < 0 or arguments.jobs < 1:
        parser.error("--count and --jobs must be 1 or more, --first 0 or more")
    if not os.access(arguments.lockarb, os.X_OK):
        parser.error(f"{arguments.lockarb} is no program: build it with cmake --build build --target lockarb")
    os.makedirs(arguments.folder, exist_ok=True)
    seeds = range(arguments.first, arguments.first + arguments.count)
    table, failures = {}, 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for seed, wrong, command, outcomes in pool.map(
                lambda seed: run(arguments.lockarb, arguments.folder, seed), seeds):
            for fault, outcome in outcomes:
                row = table.setdefault(fault, {})
                row[outcome] = row.get(outcome, 0) + 1
            if wrong is not None:
                failures += 1
                print(f"seed {seed}: {wrong}\n  replay: {command}", flush=True)
    words = ["harmless", "named", "before the stop", "did not strike"]
    print(f"{'fault':20}" + "".join(f"{word:>17}" for word in words))
    for fault in sorted(table):
        print(f"{fault:20}" + "".join(f"{table[fault].get(word, 0):>17}" for word in words))
    print(f"{arguments.count} scenarios from seed {arguments.first}: {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
