#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the saved views of waveforms, one for each question, and where in a run it is answered.

Usage: views.py LOCKARB FOLDER [--check]
       views.py --scenario-of VIEW

LOCKARB is the command `lockarb`, FOLDER takes the waveforms. VIEWS says which run answers which question,
and by what the clock is found. Each view is written for GTKWave (NAME.gtkw) and for Surfer (NAME.sucl).
With --check nothing is written: the script fails when a view is not that of today's run.
"""

import argparse
import pathlib
import subprocess
import sys
from dataclasses import dataclass
from typing import Callable

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True  # build/ is the only output folder
sys.path.insert(0, str(ROOT / "sim" / "observe"))
from vcd_clocks import clocks  # noqa: E402  pylint: disable=wrong-import-position

CLOCK_NS = 10
LONGEST_US = 40  # of a run that is looked at
MODEL_CORES = 16  # of the model that is compiled in

# Heading, then its rows: label, signal, its bits. Texts are signals of lockarb_view.v.
TEXTS = [
    (
        "Asked, taken from the pins",
        [
            ("read", "asked_read_q", 360),
            ("of core", "asked_read_core_q", 40),
            ("of lock", "asked_read_lock_q", 40),
            ("write", "asked_write_q", 360),
            ("of core", "asked_write_core_q", 40),
        ],
    ),
    (
        "Answered",
        [
            ("answer to", "answer_to_q", 360),
            ("of core", "answer_core_q", 40),
            ("of thread slot", "answer_thread_q", 40),
            ("of lock", "answer_lock_q", 40),
            ("status", "answer_status_q", 184),
            ("owners", "answer_owners_q", 40),
            ("shared waiters", "answer_shared_waiters_q", 40),
            ("exclusive waiters", "answer_exclusive_waiters_q", 40),
            ("hold count", "answer_hold_count_q", 40),
            ("value", "answer_value_q", 80),
        ],
    ),
    (
        "Granted to who waited",
        [("thread slot", "granted_thread_q", 40), ("core it waits on", "granted_core_q", 40)],
    ),
]


def told(clock, text, _before):
    return (
        text("answer_status_q") == "HANDED_EXCLUSIVE" and text("answer_core_q") == "2" and clock > 700
    )  # in the middle of the run


def whole_batch(_clock, text, _before):
    return text("answer_status_q") == "HANDED_SHARED" and int(text("answer_owners_q")) > 2


def apc_let_in(_clock, text, before):
    return text("answer_to_q") == "RELEASE_AND_LEAVE" and text.bits("apc_irq") & ~before.bits("apc_irq")


def refused(_clock, text, _before):
    return text("answer_status_q") == "SLVERR" or text("answer_status_q").startswith("ERR_")


def taken(_clock, text, _before):
    return text("answer_to_q") == "read TAKE" and text("answer_lock_q") != ""


@dataclass
class View:
    name: str
    question: str
    scenario: str
    cores: int
    found: Callable  # (clock, values of it, values of the clock before): is this the clock?
    per_core: list  # heading, label, signal with {core}, its bits; one bit of a bus if that is "bit"


INTERRUPT = ("Interrupt of each core", "irq", "irq_o", "bit")
KERNEL = ("KernelApcDisable of each core", "K", "u_apc.u_kernel.words[{core}]", 16)
DELIVERABLE = ("An APC can run on each core", "deliverable", "apc_irq", "bit")
IRQL = ("IRQL of each core", "IRQL", "u_apc.u_irql.words[{core}]", 5)
VIEWS = [
    View(
        "handoff",
        "Who gets a contended lock, and how is its core told?",
        "handoff",
        3,
        told,
        [INTERRUPT, KERNEL],
    ),
    View(
        "batch",
        "When a writer leaves, who of the readers gets in?",
        "writer_storm",
        4,
        whole_batch,
        [INTERRUPT],
    ),
    View(
        "apc",
        "How long is an APC held back, and what lets it in?",
        "apc_traffic",
        4,
        apc_let_in,
        [DELIVERABLE, KERNEL, IRQL],
    ),
    View("error", "What is refused, and to whom is it told?", "faults", 3, refused, [INTERRUPT]),
    View(
        "wake",
        "How does a waiter go on without a trap or a switch?",
        "handoff",
        3,
        taken,
        [INTERRUPT, KERNEL],
    ),
]


class Values:
    """The signals in one clock: values("NAME") is a text of the view, values.bits("NAME") a number."""

    def __init__(self, values):
        self.values = dict(values)

    def bits(self, name):
        return int(self.values[name].replace("x", "0"), 2)

    def __call__(self, name):
        number = self.bits(f"u_view.{name}")
        return number.to_bytes((number.bit_length() + 7) // 8, "big").replace(b"\0", b"").decode()


def clock_of(lockarb, folder, view):
    """The first clock that answers the question."""
    vcd = folder / f"{view.name}.vcd"
    run = [
        lockarb,
        "run",
        ROOT / "sim" / "scenarios" / f"{view.scenario}.yaml",
        "--trace",
        vcd,
        "--trace-to",
        f"{LONGEST_US}us",
    ]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    if not vcd.exists():
        sys.exit(f"views.py: {' '.join(map(str, run))} ends with {done.returncode}:\n{done.stderr}")
    before = None
    for clock, values in enumerate(clocks(vcd), 1):  # the first edge has no clock before it
        now = Values(values)
        if before and view.found(clock, now, before):
            return clock
        before = now
    return sys.exit(f"views.py: {view.name}: no clock of {view.scenario} answers it any more: correct VIEWS")


def rows_of(view):
    """(heading, [(label, signal in TOP.lockarb, bits or core, is a text)])"""
    for heading, rows in TEXTS:
        yield heading, [(label, f"u_view.{signal}", bits, True) for label, signal, bits in rows]
    for heading, label, signal, bits in view.per_core:
        yield heading, [
            (f"{label} core {core}", signal.format(core=core), bits, False) for core in range(view.cores)
        ]


def gtkwave(view, clock):
    time = clock * CLOCK_NS
    lines = [
        f'[*] {view.question} sim/scenarios/{view.scenario}.yaml: see sim/README.md, "See a waveform".',
        f"[timestart] {time - 50}",
        "[size] 1500 780",
        "[pos] -1 -1",
        f"*-4.000000 {time} -1 -1 -1",
        "[treeopen] TOP.",
        "[sst_width] 0",
        "[signals_width] 430",
        "[sst_expanded] 0",
        "@28",
        "TOP.lockarb.clk_i",
    ]
    for heading, rows in rows_of(view):
        _, _, bits, is_text = rows[0]
        lines += ["@200", f"-{heading}", "@820" if is_text else "@28" if bits == "bit" else "@420"]
        for label, signal, bits, _ in rows:
            if bits == "bit":
                core = int(label.split()[-1])
                lines.append(
                    f"+{{{label}}} ({MODEL_CORES - 1 - core})TOP.lockarb.{signal}[{MODEL_CORES - 1}:0]"
                )
            else:
                lines.append(f"+{{{label}}} TOP.lockarb.{signal}[{bits - 1}:0]")
    return "\n".join(lines) + "\n"


def letters(number):
    """How Surfer numbers the rows that it shows: a, b, ... z, ba, bb, ..."""
    text = ""
    while True:
        text = chr(ord("a") + number % 26) + text
        number //= 26
        if number == 0:
            return text


def surfer(view):
    lines, shown = ["divider_add Clock", "variable_add TOP.lockarb.clk_i"], 2
    for heading, rows in rows_of(view):
        lines.append(f"divider_add {heading}")
        shown += 1
        for _, signal, bits, is_text in rows if rows[0][2] != "bit" else rows[:1]:
            lines.append(f"variable_add TOP.lockarb.{signal}")
            if is_text:
                lines += [f"item_focus {letters(shown)}", "item_set_format ASCII"]
            shown += 1
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("lockarb", type=pathlib.Path, nargs="?")
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--scenario-of", metavar="VIEW", help="print the scenario that a view is of")
    options = parser.parse_args()
    if options.scenario_of is not None:
        scenarios = {view.name: view.scenario for view in VIEWS}
        if options.scenario_of not in scenarios:
            sys.exit(f"there is no view \"{options.scenario_of}\": VIEW is one of {', '.join(scenarios)}")
        print(scenarios[options.scenario_of])
        return
    if options.folder is None:
        parser.error("which command, and which folder for the waveforms?")
    options.folder.mkdir(parents=True, exist_ok=True)
    stale = 0
    for view in VIEWS:
        clock = clock_of(options.lockarb.resolve(), options.folder.resolve(), view)
        for file, text in (
            (HERE / f"{view.name}.gtkw", gtkwave(view, clock)),
            (HERE / f"{view.name}.sucl", surfer(view)),
        ):
            if not options.check:
                file.write_text(text)
            elif not file.exists() or file.read_text() != text:
                print(f"{file.relative_to(ROOT)} is not that of today's run: clock {clock} answers it")
                stale += 1
        print(f"{view.name:8} {view.scenario}, clock {clock}: {view.question}")
    if stale:
        sys.exit("views.py: `make views` writes them anew")


main()
