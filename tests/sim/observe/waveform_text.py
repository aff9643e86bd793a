#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""waveform_text.py LOCKARB SCENARIO FOLDER [OPTION...]: the texts of a waveform say what the bus carried.

Reads a VCD of the run, decodes each access from the pins with the names of the driver's header, and holds it
against what rtl/views/lockarb_view.v shows: while it is offered, and in the clock of its answer, the same;
in all other clocks nothing. Options go to `lockarb run`.

waveform_text.py --names: each name of the header is in rtl/views/lockarb_names.vh, and no other.
"""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.dont_write_bytecode = True  # build/ is the only output folder
sys.path.insert(0, str(ROOT / "sim" / "observe"))
from vcd_clocks import clocks  # noqa: E402
HEADER = (ROOT / "sw/driver/lockarb_regs.h").read_text()
NAMES = (ROOT / "rtl/views/lockarb_names.vh").read_text()
COMMAND, STATISTICS = 0x80000, 0x40000
COUNTS = {"owners": 5, "shared_waiters": 14, "exclusive_waiters": 23}
# rtl/README.md: what acts upon OPERAND, and what is about no thread.
OF_OPERAND = ("RELEASE_FOR", "CANCEL", "DRAIN")
OF_NO_THREAD = ("INITIALIZE", "INITIALIZE_WRITER_FIRST", "INITIALIZE_USER", "INITIALIZE_USER_WRITER_FIRST",
                "REINITIALIZE", "DELETE")
# Refused before thread and counts of the lock are looked at, or since they cannot be trusted.
NOT_JUDGED = ("ERR_OPERATION", "ERR_LOCK", "ERR_NOT_ARMED", "ERR_THREAD", "ERR_PARITY")


def section(title, name):
    """{value: name} of the defines below that comment; name says how they are written."""
    lines = HEADER[HEADER.index(f"/* {title}"):].split("\n\n")[0].splitlines()
    found = (re.fullmatch(rf"#define LOCKARB_{name} (\w+)u", line) for line in lines)
    return {int(match[2], 0): match[1] for match in found if match}


OPERATIONS, STATUSES = section("Operations.", r"OP_(\w+)"), section("Status codes.", r"STATUS_(\w+)")
REGISTERS = section("Offsets of the registers", r"(\w+)_OFFSET")
WORDS = section("Statistics of a lock", r"(?!STATISTICS)(\w+)_OFFSET")


def check_names():
    wanted = {
        "operation": OPERATIONS,
        "issue": {value: f"issue {name}" for value, name in OPERATIONS.items()},
        "read": {value: f"read {name}" for value, name in REGISTERS.items()},
        "write": {value: f"write {name}" for value, name in REGISTERS.items()},
        "statistic": {value: f"read {name}" for value, name in WORDS.items()},
        "status": STATUSES,
    }
    failures = []
    for kind, names in wanted.items():
        found = {int(value, 16): name
                 for value, name in re.findall(rf"'h(\w+): name_of_{kind} = \"([^\"]+)\";", NAMES)}
        failures += [f"lockarb_names.vh: name_of_{kind} of {value:#x} is {found.get(value)}, "
                     f"not {names.get(value)}"
                     for value in sorted(found.keys() | names.keys()) if found.get(value) != names.get(value)]
        if len(names) < 5:
            failures.append(f"lockarb_regs.h: only {len(names)} names of {kind}: did it change its form?")
    for name in ("SET_OWNER", "DRAIN", "INITIALIZE_WRITER_FIRST", "INITIALIZE_USER",
                 "INITIALIZE_USER_WRITER_FIRST"):
        if name not in OPERATIONS.values():
            failures.append(f"lockarb_regs.h has no {name}")
    return failures


@functools.lru_cache
def text(bits):
    value = int(bits, 2)
    return value.to_bytes((value.bit_length() + 7) // 8, "big").decode()


def lock_of(place):
    if place >= COMMAND:
        return str(place >> 2 & 0xFFF)
    return str(place >> 5 & 0xFFF) if STATISTICS <= place < STATISTICS + 0x20000 else ""


def name_of(write, place):
    """The access as the address channels show it."""
    if place >= COMMAND:
        return "write to a command" if write else OPERATIONS.get(place >> 14 & 31, "no operation")
    if not write and STATISTICS <= place < STATISTICS + 0x20000:
        return f"read {WORDS.get(place & 31, 'no statistic')}"
    return f"{'write' if write else 'read'} {REGISTERS.get(place, 'no register')}"


class Core:
    def __init__(self):
        self.current = self.operand = 0
        self.issued = {}  # by register: what was shown as the answer that it holds


class Judge:
    """What each answer has to look like."""

    def __init__(self):
        self.cores, self.failures, self.seen = {}, [], set()

    def check(self, holds, message):
        if not holds and len(self.failures) < 10:
            self.failures.append(message)

    def same(self, shown, wanted, what):
        for name, value in wanted.items():
            self.check(shown[name] == value, f"{what}: {name} is '{shown[name]}', not '{value}': {shown}")

    def result(self, core, operation, word):
        """What a command shows that answered word."""
        status = STATUSES.get(word & 31, "no status")
        self.seen.add(status)
        shown = dict.fromkeys(("thread", "hold_count", *COUNTS), "")
        shown["status"] = status
        if status in NOT_JUDGED:
            return shown
        if operation == "HOLD_COUNT":
            shown["hold_count"] = str(word >> 5)
        else:
            shown.update({name: str(word >> shift & 0x1FF) for name, shift in COUNTS.items()})
        if operation not in OF_NO_THREAD:
            shown["thread"] = str(core.operand if operation in OF_OPERAND else core.current)
        return shown

    def answer(self, shown, write, privileged, address, written, error, read):
        place = address & 0xFFFFF
        core = self.cores.setdefault(address >> 20, Core())
        what = f"{'write' if write else 'read'} of {address:#09x} with {written if write else read:#010x}"
        wanted = dict.fromkeys(shown, "")
        wanted["core"] = str(address >> 20)
        issue = write and REGISTERS.get(place) == "ISSUE"
        if issue:
            place = COMMAND | written & 0x7FFFC
            operation = OPERATIONS.get(place >> 14 & 31, "no operation")
            wanted["to"] = f"issue {operation}"
        else:
            operation = wanted["to"] = name_of(write, place)
        wanted["lock"] = lock_of(place)
        self.seen.add(wanted["to"])
        if error:
            wanted["status"] = "SLVERR"
            self.seen.add("SLVERR")
        elif issue:
            # The bus carries its answer when the register is read.
            core.issued["ANSWER" if privileged else "USER_ANSWER"] = core, operation, dict(shown)
            for name in ("status", "hold_count", *COUNTS):
                del wanted[name]
            if operation not in OF_NO_THREAD:
                del wanted["thread"]
            self.check(shown["status"], f"{what}: no status")
        elif place >= COMMAND:
            wanted.update(self.result(core, operation, read))
        else:
            value = written if write else read
            wanted["value"] = f"0x{value:08x}"
            name = REGISTERS.get(place)
            if name in ("GRANT", "TAKE") and not write and value >> 31:
                wanted.update(thread=str(value >> 16 & 0x1FF), lock=str(value & 0xFFF))
            if name == "OPERAND" or name == "CURRENT_THREAD" and value >> 31:
                wanted["thread"] = str(value & 0x1FF)
            if write and name == "CURRENT_THREAD":
                core.current = value & 0x1FF
            if write and name == "OPERAND":
                core.operand = value & 0x1FF
            if write:
                core.issued.pop(name, None)
            elif name in core.issued:
                was, command, then = core.issued.pop(name)
                self.seen.add("answers of ISSUE")
                # Since then, the thread may have changed.
                held = {key: of for key, of in self.result(was, command, value).items() if key != "thread"}
                self.same(then, held, f"{command}, which answered {value:#010x}")
        self.same(shown, wanted, what)


def run_and_judge(command, scenario, folder, options):
    judge = Judge()
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(folder) / "waveform_text.vcd"
    subprocess.run([command, "run", scenario, "--trace", str(path), *options], check=True,
                   stdout=subprocess.DEVNULL)
    reads, addresses, written, answers, silent, grants = [], [], [], 0, 0, 0
    r_stood = b_stood = False
    was, answer_parts = {}, {}
    for now in clocks(path):
        def pin(name):
            return int(now["s_axil_" + name], 2)

        def shows(name):
            return text(now["u_view." + name + "_q"])

        def taken(channel):
            # By the edge with which this clock begins.
            pins = ("rst_ni", f"s_axil_{channel}valid", f"s_axil_{channel}ready")
            return all(was.get(name) == "1" for name in pins)

        for write, channel in ((False, "ar"), (True, "aw")):
            asked, wanted = f"asked_{'write' if write else 'read'}", {}
            address = int(was.get(f"s_axil_{channel}addr", "0"), 2)
            if taken(channel):
                wanted = {"": name_of(write, address & 0xFFFFF), "_core": str(address >> 20),
                          "_lock": lock_of(address & 0xFFFFF)}
            for part in ("", "_core") if write else ("", "_core", "_lock"):
                judge.same({asked + part: shows(asked + part)}, {asked + part: wanted.get(part, "")},
                           f"{channel} {'taken' if wanted else 'not taken'} with {address:#09x}")
        for channel, accepted in (("ar", reads), ("aw", addresses)):
            if taken(channel):
                accepted.append(tuple(int(was[f"s_axil_{channel}{part}"], 2) for part in ("prot", "addr")))
        if taken("w"):
            written.append(int(was["s_axil_wdata"], 2))
        push = was.get("push") == "1"
        grants += push
        judge.same({"thread": shows("granted_thread"), "core": shows("granted_core")},
                   {"thread": str(int(was["push_thread"], 2)) if push else "",
                    "core": str(int(was["push_core"], 2)) if push else ""}, "granted")

        if not answer_parts:
            answer_parts = {part[1]: part[0] for part in
                            (re.fullmatch(r"u_view\.answer_(?!shown_)(\w+)_q", name) for name in now) if part}
        shown = {part: text(now[name]) for part, name in answer_parts.items()}
        before = answers
        if pin("rvalid") and not r_stood:
            _, address = reads[0]
            judge.answer(shown, False, True, address, 0, pin("rresp"), pin("rdata"))
            answers += 1
        if pin("bvalid") and not b_stood:
            protection, address = addresses[0]
            judge.answer(shown, True, protection & 1, address, written[0], pin("bresp"), 0)
            answers += 1
        judge.check(answers <= before + 1, "two answers in one clock, which this test cannot judge")
        if answers == before:
            silent += 1
            judge.check(not any(shown.values()), f"where nothing is answered there is {shown}")

        r_stood = pin("rvalid") and not pin("rready")
        b_stood = pin("bvalid") and not pin("bready")
        if pin("rvalid") and pin("rready"):
            reads.pop(0)
        if pin("bvalid") and pin("bready"):
            addresses.pop(0), written.pop(0)
        was = dict(now)
    path.unlink()
    print(f"{answers} answers, {silent} clocks without one, {grants} grants; seen:", *sorted(judge.seen),
          sep="\n  ")
    judge.check(answers > 500 and silent > 500 and grants > 10, "the run has too little to be judged")
    return judge


def main():
    if sys.argv[1:] == ["--names"]:
        failures = check_names()
    elif len(sys.argv) < 4:
        sys.exit(__doc__)
    else:
        command, scenario, folder, *options = sys.argv[1:]
        # --expect: what the run must have had for this test to say anything of it.
        expected = [option.removeprefix("--expect=") for option in options if option.startswith("--expect=")]
        options = [option for option in options if not option.startswith("--expect=")]
        judge = run_and_judge(command, scenario, folder, options)
        failures = judge.failures + [f"the run had no {what}" for what in expected if what not in judge.seen]
    print(*failures, sep="\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
