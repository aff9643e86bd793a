#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report_test.py LOCKARB SIM FOLDER: a page of `lockarb report` has all inside, and bad input is refused."""

import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys

# Of a run's JSON: what is done to it, and what is said then.
BAD = [
    ("", "bad.json:1: is not JSON: Expecting value; lockarb run --json makes"),
    ('{"version": 1,\n oops}', "bad.json:2: is not JSON: "),
    ("\xff".encode("latin-1"), "bad.json: is neither JSON nor a database"),
    ("[]", "bad.json: the whole: []: is no object"),
    ('{"version": 2}', "bad.json: version: 2: this lockarb reads version 1; run it again"),
    ('{"version": 1}', "bad.json: name: missing; lockarb run --json makes"),
    (
        lambda run: run["locks"][0].update(acquisitions="x"),
        'bad.json: locks[0].acquisitions: "x": is no integer',
    ),
    (lambda run: run["over_time"].update(waiting=[0] * 200), "over_time.waiting: [0, 0, 0,"),
    (lambda run: run["longest_wait"]["around"][0].append(1), "has more than 6 entries"),
    (lambda run: run.update(outcome="lost"), 'bad.json: outcome: "lost": is not one of ["ended", '),
    (lambda run: run["threads"][0].update(thread=0), "bad.json: threads[0].thread: 0: is out of range"),
    (lambda run: run["threads"][0].update(core=True), "bad.json: threads[0].core: true: is no integer"),
]


def check_walkthrough(program, guide, folder):
    """Its figures are those of today, and the table leads where it says."""
    reports = []
    for seed in (1, 4, 2, 3):
        done = subprocess.run([program, "--seed", str(seed), "--json", "-"], capture_output=True, text=True)
        assert done.returncode == 0 and "all in the journal" in done.stderr, done.stderr
        reports.append(json.loads(done.stdout))
    before, after = reports[:2]

    def causes(report):
        return [
            (p["where"], p["others_waited_clocks"])
            for p in sorted(report["places"], key=lambda p: -p["others_waited_clocks"])
        ]

    first = [causes(report)[0][0].split("(")[1] for report in reports]
    assert first == [
        "AddToBook)",
        "SumUp)",
        "RenewPrice)",
        "WriteToJournal)",
    ], f"the first rows of the seeds: {first}"
    assert before["total"]["acquisitions"] == after["total"]["acquisitions"], "both acquire equally often"
    total = [report["total"]["waiting_clocks"] for report in (before, after)]
    longest = after["longest_wait"]
    [hold] = [
        span
        for span in longest["around"]
        if span[:3] == ["owns", "shared", longest["lock"]]
        and span[4] < longest["to"]
        and span[5] > longest["from"]
        and span[5] - span[4] == after["total"]["holding_clocks"]["max"]
    ]
    victim = max(after["places"], key=lambda place: place["waiting_clocks"])
    text = " ".join(guide.read_text().split())
    for said in (
        f"waits {total[1]['sum'] / total[1]['count']:.1f} clocks on average in place of "
        f"{total[0]['sum'] / total[0]['count']:.1f}, and the longest one {total[1]['max']:,} in place of {total[0]['max']}",
        f"The longest hold grew to {hold[5] - hold[4]:,} clocks",
        f"has *waited* most: {victim['waiting_clocks']:,} clocks",
        f"*others waited* {causes(after)[0][1]:,} clocks",
        f"line 55 never for more than {victim['longest_hold']}",
        f"Thread {longest['thread']} waits for `Book` from clock {longest['from']:,} on",
        f"thread {hold[3]} owns it from clock {hold[4]:,} to {hold[5]:,}, shared",
        f"*thread {hold[3]}*, *Book (lock {longest['lock']})* at {hold[4] / 1e5} ms",
        f"lasts {(hold[5] - hold[4]) / 100} us, and names its line: `{causes(after)[0][0]}`",
    ):
        assert said in text, f"sim/WALKTHROUGH.md does not say: {said}"
    source = (guide.parent / "programs" / "slowdown.c").read_text().splitlines()[61:66]
    assert "\n".join(f"  {line}" for line in source) in guide.read_text(), source


def main():
    lockarb, sim, folder, program = (pathlib.Path(word).absolute() for word in sys.argv[1:5])
    check_walkthrough(program, sim / "WALKTHROUGH.md", folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def run(*command, code=0, given=None):
        done = subprocess.run([lockarb, *command], cwd=folder, capture_output=True, text=True, input=given)
        assert done.returncode == code, f"{command}: exit code {done.returncode}\n{done.stderr}"
        return done

    # A name that would end a script, if it were not written otherwise.
    (folder / "odd.yaml").write_text(
        "name: '</script><b>&amp;'\ncores: 2\nthreads: [{count: 3, loop: 20, hold_clocks: 9}]\n"
    )
    run("run", "odd.yaml", "--json", "odd.json")
    assert run("report", "odd.json").stdout == "odd.html\n"
    page = (folder / "odd.html").read_text()
    [text] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    report = json.loads((folder / "odd.json").read_text())
    assert json.loads(text) == {"runs": [{"file": "odd.json", **report}]}, "the page has other figures"
    assert not re.search(
        r"<(script|link|img|iframe)[^>]*(src|href)=|@import|url\((?!#)", page
    ), "it loads something"
    assert "Content-Security-Policy" in page and "Mike Bostock" in page, "no licence of what draws"
    through = run("report", "-", "--output", "-", given=(folder / "odd.json").read_text()).stdout
    assert through.replace('"file":"-"', '"file":"odd.json"') == page, "as a filter it makes another page"

    for change, message in BAD:
        if callable(change):
            changed = json.loads(json.dumps(report))
            change(changed)
            change = json.dumps(changed)
        (folder / "bad.json").write_bytes(change if isinstance(change, bytes) else change.encode())
        error = run("report", "bad.json", code=2).stderr
        assert message in error, f"{message}\nis not in {error}"
    with sqlite3.connect(folder / "other.db") as other:
        other.execute("CREATE TABLE t (x)")
    for command, message in (
        (["gone.json"], "gone.json: cannot be read: No such file or directory; give the JSON"),
        (["."], ".: cannot be read: Is a directory"),
        (["other.db"], "other.db: is no database of lockarb sweep (no such table: sweep); give one"),
        (["other.db", "odd.json"], "other.db: a page is of one sweep, or of runs; give this file alone"),
        (["odd.json"] * 9, "9 runs: 8 are the most that stand side by side"),
        (["odd.json", "--output", "odd.json"], "--output odd.json and odd.json are one file"),
        (
            ["odd.json", "--output", "no/a.html"],
            "--output no/a.html: cannot be written: No such file or directory",
        ),
        (["odd.json", "--output", "."], "--output .: it is a folder"),
        (["-"], "--output is missing"),
    ):
        error = run("report", *command, code=2).stderr
        assert message in error, f"{message}\nis not in {error}"
    assert (
        run("report", "odd.json", "--output", "/dev/full", code=2).stderr.count("No space left on device")
        == 1
    )
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["bad.json", "odd.html", "odd.json", "odd.yaml", "other.db"], f"files: {left}"


main()
