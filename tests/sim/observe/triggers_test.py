#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""triggers_test.py LOCKARB SIM PROGRAMS TEST_PROGRAMS FOLDER: waveforms around events are those of the run.

`--trace-on` and `--trace-last` draw from the record of the bus; `--trace-from` and `--trace-to` record while
the run goes on. Both must be the same bytes, and the event must be where the report says it is.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

WINDOW = re.compile(r"^waveform   clocks (\d+) to (\d+)(?:, around clock (\d+))?", re.M)


class Runs:
    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def run(self, command, *options, code=0):
        done = subprocess.run(
            [*map(str, command), *map(str, options)], cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == code, f"{command} {options}: exit code {done.returncode}\n{done.stderr}"
        return done

    def check(self, command, *options, code=0):
        """The same bytes as recorded on the way. Returns the clock of the event, or None."""
        late = self.run(command, "--trace", "late.vcd", *options, code=code)
        first, end, at = WINDOW.search(late.stdout).groups()
        self.run(command, "--trace", "direct.vcd", "--trace-from", first, "--trace-to", end, code=code)
        a, b = ((self.folder / name).read_bytes() for name in ("late.vcd", "direct.vcd"))
        assert a == b, f"{command} {options}: clocks {first} to {end} differ"
        assert a.count(b"\n#") > 100, f"{options}: nothing is in it"
        return int(at) if at else None


FLIP = """cores: 2
threads: [{count: 2, loop: 50, hold_clocks: 20}]
faults: [{flip_bit: {ram: row, lock: 0, bit: 0, after: 1010}}]
"""
BAD = [
    (["--trace-on", "lok 3"], '--trace-on "lok 3": "lok" begins no event; write "lock 3 waits > 500", '),
    (["--trace-on", "lock 3 wait > 5"], '"wait" is nothing that a lock does; write waits or holds'),
    (["--trace-on", "lock 3 waits = 5"], '"=" does not compare; write >'),
    (["--trace-on", "lock 3 waits > x"], '"x" is no whole number of clocks'),
    (["--trace-on", "lock 3"], 'is not of the form "lock N waits > CLOCKS"'),
    (
        ["--trace-on", "thread a flies"],
        '"flies" is nothing that a thread does; one of: acquires, ended, granted,',
    ),
    (["--trace-on", "thread queued"], 'is not of the form "thread NAME queued"'),
    (["--trace-on", "line x.c"], 'is not of the form "line FILE:N", such as line filesystem.c:98'),
    (["--trace-last", "soon"], "--trace-last soon: not a simulated time; write 12us"),
    (["--trace-around", "3us"], "--trace-around needs --trace-on EVENT"),
    (["--trace-last", "3us", "--trace-from", "1"], "each says which clocks; give one"),
    (["--trace-last", "3us", "--trace-on", "deadlock"], "each says which clocks; give one"),
]


def main():
    lockarb, sim, programs, test_programs, folder = (pathlib.Path(word).absolute() for word in sys.argv[1:6])
    runs = Runs(folder)
    handoff = [lockarb, "run", sim / "scenarios" / "handoff.yaml"]
    runs.run(handoff, "--json", "a.json")
    report = json.loads((folder / "a.json").read_text())
    longest = report["longest_wait"]

    assert runs.check(handoff, "--trace-last", "3us") is None
    limit = longest["to"] - longest["from"] - 1
    at = runs.check(handoff, "--trace-on", f"lock {longest['lock']} waits > {limit}")
    assert at == longest["from"] + limit, f"clock {at}, {longest}"
    limit = report["total"]["holding_clocks"]["max"] - 1
    at = runs.check(handoff, "--trace-on", f"lock any holds > {limit}", "--trace-around", "4us")
    assert (
        any(s[0] == "owns" and s[4] + limit == at for s in longest["around"]) or at < longest["around"][0][4]
    ), at
    # A thread queues before it is granted what it then releases.
    order = [
        runs.check(handoff, "--trace-on", f"thread reader {verb}")
        for verb in ("queued", "granted", "releases")
    ]
    assert order == sorted(set(order)), order
    # By line and by variable, of a program; and bits that flip on the way.
    filesystem = [programs / "filesystem"]
    runs.check(filesystem, "--trace-on", "line filesystem.c:98", "--commands", "read")
    runs.check(filesystem, "--trace-on", "lock directory.resource waits > 2000", "--trace-around", "2us")
    (folder / "flip.yaml").write_text(FLIP)
    runs.check([lockarb, "run", "flip.yaml"], "--trace-last", "20us", code=1)
    # However the run ends.
    runs.check([test_programs / "bug_check_program"], "--trace-on", "bug check", code=1)
    runs.run([test_programs / "assert_program"], "--trace", "late.vcd", "--trace-last", "3us", code=134)
    assert (folder / "late.vcd").read_bytes().count(b"\n#") > 100, "nothing of a failed assert()"

    # What does not happen leaves no file, and what was there before.
    (folder / "late.vcd").write_text("before")
    done = runs.run(handoff, "--trace", "late.vcd", "--trace-on", "bug check")
    assert 'waveform   none: "bug check" did not happen' in done.stdout, done.stdout
    assert (folder / "late.vcd").read_text() == "before"
    for options, message in BAD:
        error = runs.run(handoff, "--trace", "bad.vcd", *options, code=2).stderr
        assert message in error, f"{message}\nis not in {error}"
    error = runs.run(handoff, "--trace-on", "bug check", code=2).stderr
    assert "need --trace FILE" in error, error
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["a.json", "direct.vcd", "flip.yaml", "late.vcd"], left


main()
