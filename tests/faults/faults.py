#!/usr/bin/env python3
"""Run scenarios with random faults, drawn from a seed each, and judge what comes of them.

  faults.py LOCKARB FOLDER [--count N] [--first SEED] [--jobs N]

A run must end, or stop with a report that a fault of its own kind explains; the lock monitor and
the workload's own checks must be silent; who has ended must have done all its work; and a second
run must give the same bytes. A scenario that fails stays in FOLDER, with the command that replays it.
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
KINDS = ["bus_error", "bus_stall", "late_interrupt", "lost_interrupt", "spurious_interrupt", "flip_bit"]


def draw_flip(pick, locks, threads):
    ram = pick.choice(list(RAMS) + ["row", "row", "hold", "thread"])
    flip = {"ram": ram}
    if ram in ("row", "hold"):
        flip["lock"] = pick.randrange(locks)
    if ram != "row":
        flip["slot"] = pick.randint(0, threads)  # one more: of the main thread
    flip["bit"] = pick.randrange(RAMS[ram])
    flip["after"] = pick.choice([pick.randint(0, 2000), pick.randint(0, 20000)])
    return flip


def draw(seed):
    """The scenario of a seed, as text, and what its judge must know."""
    pick = random.Random(seed)
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
    locks = pick.randint(1, 3)
    faults = []
    for _ in range(pick.randint(1, 4)):
        core = pick.randrange(cores)
        kind = pick.choice(KINDS)
        if kind == "flip_bit":
            faults.append((kind, draw_flip(pick, locks, sum(t["count"] for t in threads))))
            continue
        fault = {"core": core}
        if kind in ("bus_error", "bus_stall"):
            fault["access"] = pick.choice([pick.randint(1, 60), pick.randint(1, 400)])
        if kind == "bus_error" and pick.random() < 0.5:
            fault["carried_out"] = "true"
        if kind in ("late_interrupt", "lost_interrupt"):
            fault["after"] = pick.choice([pick.randint(0, 2000), pick.randint(0, 20000)])
        if kind == "spurious_interrupt":
            fault["at"] = pick.choice([pick.randint(0, 2000), pick.randint(0, 20000)])
        if kind in ("bus_stall", "late_interrupt", "spurious_interrupt"):
            fault["clocks"] = pick.choice([1, 17, 400, 5000])
        faults.append((kind, fault))
    head = {
        "name": f"seed-{seed}",
        "seed": seed,
        "cores": cores,
        "locks": locks,
        "lock": pick.choice(["hardware", "hardware", "software"]),
        "order": pick.choice(["readers_first", "writer_first"]),
    }
    flow = lambda mapping: "{" + ", ".join(f"{k}: {v}" for k, v in mapping.items()) + "}"
    lines = [f"{key}: {value}" for key, value in head.items()]
    lines += ["threads:"] + [f"  - {flow(t)}" for t in threads]
    lines += ["faults:"] + [f"  - {kind}: {flow(fault)}" for kind, fault in faults]
    work = {}
    for t in threads:
        for i in range(t["count"]):
            name = t["name"] if t["count"] == 1 else f"{t['name']}.{i}"
            work[name] = t["loop"] * t["recursion"]
    return "\n".join(lines) + "\n", work


def judge_parity(output, core, struck):
    """The bug check must be that of who was told of a flipped bit."""
    lock = re.search(r"^    lock     (\d+)$", output, re.M)
    if lock is None:
        return "bug check of a flipped bit without a lock"
    told = [f["found"]["by"] for f in struck if f["outcome"] == "named" and "found" in f]
    # A grant may be told to core 0, if that of its core has flipped as well.
    if any(re.fullmatch(rf"core {core}: \w+ of lock {lock[1]}|core ({core}|0): read of GRANT", by) for by in told):
        return None
    return f"bug check of a flipped bit on core {core}, lock {lock[1]}, of which nobody there was told"


def judge(code, output, report, work):
    """What is wrong with a run; None: nothing."""
    if code < 0:
        return f"died of signal {-code}"
    if code not in (0, 1, 3):
        return f"exit code {code}"
    faults = report["faults"]
    struck = [f for f in faults if "clock" in f]
    for fault in faults:
        if "clock" not in fault and fault["outcome"] != "did not strike":
            return f"{fault['text']}: {fault['outcome']}, and has no clock"
    if code == 0:
        for fault in struck:
            if fault["outcome"] != "harmless" or "found" in fault:
                return f"{fault['text']}: {fault['outcome']} in a run that ended"
        for thread in report["threads"]:
            done = work.get(thread["name"])
            if not thread["ended"]:
                return f"{thread['name']} has not ended"
            if done is not None and thread["acquisitions"] != done:
                return f"{thread['name']} acquired {thread['acquisitions']} times in place of {done}"
        return None
    if code == 1:
        core = int(re.search(r"^    core     (\d+)$", output, re.M).group(1))
        if "STOP 0x0000002E DATA_BUS_ERROR" in output:
            return judge_parity(output, core, struck)
        if "STOP 0x0000009C MACHINE_CHECK" not in output:
            return "stopped by another bug check than that of a bus error or of a flipped bit"
        if not any(f["fault"] == "bus_error" and f["text"].startswith(f"bus_error of core {core} ")
                   and f["outcome"] == "named" for f in struck):
            return f"bug check of a bus error on core {core}, which none struck"
        return None
    late = re.findall(r"was handed the lock, but no interrupt told core (\d+)", output)
    if not late:
        return "stuck, and nobody was handed a lock without an interrupt"
    strayed = any(f["fault"] == "flip_bit" and "core of slot" in f["text"] for f in struck)  # to core 0
    for core in late:
        if not any(f["fault"] == "lost_interrupt" and f["outcome"] == "named"
                   and (f["text"].startswith(f"lost_interrupt of core {core} ")
                        or strayed and f["text"].startswith("lost_interrupt of core 0 ")) for f in struck):
            return f"core {core} was not told of a lock, and no interrupt of it was lost"
    return None


def run(lockarb, folder, seed):
    text, work = draw(seed)
    path = os.path.join(folder, f"seed-{seed}.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    command = [lockarb, "run", path]
    wrong, seen = None, []
    for again in range(2):
        result = os.path.join(folder, f"seed-{seed}.{again}.json")
        try:
            done = subprocess.run(command + ["--json", result], capture_output=True, text=True,
                                  timeout=LONGEST, check=False)
        except subprocess.TimeoutExpired:
            wrong = f"has not ended after {LONGEST} s"
            break
        content = ""
        if os.path.exists(result):
            with open(result, encoding="utf-8") as file:
                content = file.read()
            os.remove(result)
        output = done.stdout + done.stderr
        if not content:
            wrong = f"exit code {done.returncode}, no report"
            break
        report = json.loads(content)
        seen.append((done.returncode, content, re.sub(r"(?m)^host .*$", "", output)))
        wrong = wrong or judge(done.returncode, output, report, work)
    if wrong is None and seen[0] != seen[1]:
        wrong = "two runs differ"
    if wrong is None:
        os.remove(path)
    outcomes = [(f["fault"], f["outcome"]) for f in report["faults"]] if seen else []
    return seed, wrong, " ".join(command), outcomes


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
