#!/usr/bin/env python3
"""waveform_text.py LOCKARB SCENARIO FOLDER: the texts of a waveform say what the bus carried, and nothing else.

Reads a VCD of the run, decodes each access from the pins with the names of the driver's header, and holds it
against what rtl/views/lockarb_view.v shows: in the clock of an answer the same, between answers nothing.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER = (ROOT / "sw/driver/lockarb_regs.h").read_text()
NAMES = (ROOT / "rtl/views/lockarb_names.vh").read_text()
COMMAND, STATISTICS = 0x80000, 0x40000


def defined(pattern):
    return {int(value, 0): name
            for name, value in re.findall(rf"#define LOCKARB_{pattern} (\w+?)u\n", HEADER)}


OPERATIONS, STATUSES = defined(r"OP_(?!SHIFT)(\w+)"), defined(r"STATUS_(?!\w+_(?:SHIFT|MASK)\b)(?!OFFSET\b)(\w+)")
REGISTERS = {int(value, 0): name for name, value in re.findall(
    r"#define LOCKARB_(\w+)_OFFSET (\w+)u\n",
    HEADER[HEADER.index("Offsets of the registers"):HEADER.index("Statistics of a lock")])}
WORDS = {int(value, 0): name for name, value in re.findall(
    r"#define LOCKARB_(\w+)_OFFSET (\w+)u\n", HEADER[HEADER.index("Statistics of a lock"):])
    if name != "STATISTICS"}


def clocks(path):
    """Yields {signal: value as text of bits} at the end of each clock, just before it rises."""
    codes, scopes, values, rising = {}, [], {}, None
    with open(path) as file:
        for line in file:
            words = line.split()
            if not words:
                continue
            if words[0] == "$scope":
                scopes.append(words[2])
            elif words[0] == "$upscope":
                scopes.pop()
            elif words[0] == "$var":
                codes.setdefault(words[3], []).append(".".join(scopes[1:] + [words[4]]))
            elif words[0][0] in "01b" and codes:
                code, value = (words[1], words[0][1:]) if words[0][0] == "b" else (words[0][1:], words[0][0])
                for name in codes[code]:
                    if name == "lockarb.clk_i" and value == "1" and values.get(name) == "0":
                        rising = True
                    values[name] = value
            elif words[0][0] == "#":
                # What stands at a time is what the clock that begins then shows.
                if rising:
                    yield dict(values)
                rising = None


def text(bits):
    value = int(bits, 2)
    return value.to_bytes((value.bit_length() + 7) // 8, "big").decode()


def expected(write, address, data, error, answer):
    place = address & 0xFFFFF
    core = str(address >> 20)
    issue = write and REGISTERS.get(place) == "ISSUE"
    shown = dict.fromkeys(("owners", "shared_waiters", "exclusive_waiters", "hold_count", "lock", "value",
                           "status"), "")
    if issue or place >= COMMAND:
        if issue:
            place = COMMAND | data & 0x7FFFC
        shown["to"] = OPERATIONS.get(place >> 14 & 31, "no operation")
        shown["lock"] = str(place >> 2 & 0xFFF)
        if not error and not issue:
            shown["status"] = STATUSES.get(answer & 31, "no status")
            if shown["to"] == "HOLD_COUNT":
                shown["hold_count"] = str(answer >> 5)
            else:
                shown["owners"], shown["shared_waiters"], shown["exclusive_waiters"] = (
                    str(answer >> shift & 0x1FF) for shift in (5, 14, 23))
        elif issue:  # the bus does not carry its answer
            for name in ("owners", "shared_waiters", "exclusive_waiters", "hold_count", "status"):
                del shown[name]
    else:
        name = WORDS.get(place & 31, "no statistic") if place >= STATISTICS and not write else REGISTERS.get(
            place, "no register")
        shown["to"] = f"{'write' if write else 'read'} {name}"
        if not error:
            shown["value"] = f"0x{data if write else answer:08x}"
    if error:
        shown["status"] = "SLVERR"
    shown["core"] = core
    return shown


def main():
    command, scenario, folder = sys.argv[1:]
    failures = []

    def check(holds, message):
        if not holds and len(failures) < 10:
            failures.append(message)

    for number, name in (*OPERATIONS.items(), *STATUSES.items()):
        check(re.search(rf"'h{number:02x}: name_of_\w+ = \"{name}\";", NAMES), f"lockarb_names.vh has no {name}")
    for offset, name in REGISTERS.items():
        for verb in ("read", "write"):
            check(f"'h{offset:05x}: name_of_{verb} = \"{verb} {name}\";" in NAMES,
                  f"lockarb_names.vh has no {verb} {name}")
    check(len(OPERATIONS) >= 28 and len(STATUSES) >= 29 and len(REGISTERS) >= 14, "the header has too few names")

    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    path = pathlib.Path(folder) / "waveform_text.vcd"
    subprocess.run([command, "run", scenario, "--trace", str(path)], check=True, stdout=subprocess.DEVNULL)
    reads, addresses, data, answers, silent = [], [], [], 0, 0
    before = None
    for now in clocks(path):
        shown = {name[len("lockarb.u_view.answer_"):].removesuffix("_q"): text(bits)
                 for name, bits in now.items() if name.startswith("lockarb.u_view.answer_") and name.endswith("_q")}

        def pin(name):
            return int(now["lockarb.s_axil_" + name], 2)

        asked = text(now["lockarb.u_view.asked_read"])
        check(bool(asked) == bool(pin("arvalid")), f"asked_read is '{asked}' while ARVALID is {pin('arvalid')}")
        asked = text(now["lockarb.u_view.asked_write"])
        check(bool(asked) == bool(pin("awvalid")), f"asked_write is '{asked}' while AWVALID is {pin('awvalid')}")
        thread = text(now["lockarb.u_view.granted_thread"])
        check(thread == (str(int(now["lockarb.push_thread"], 2)) if now["lockarb.push"] == "1" else ""),
              f"granted_thread is '{thread}'")
        wanted = None
        if pin("rvalid") and reads and not (before and before[0]):
            wanted = expected(False, reads[0], 0, pin("rresp"), pin("rdata"))
        if pin("bvalid") and addresses and not (before and before[1]):
            wanted = expected(True, addresses[0], data[0], pin("bresp"), 0)
        if wanted:
            answers += 1
            for name, value in wanted.items():
                check(shown[name] == value, f"answer {answers}: {name} is '{shown[name]}', not '{value}': {wanted}")
        else:
            silent += 1
            check(not any(shown.values()), f"between answers there is {shown}")
        if pin("rvalid") and pin("rready") and reads:
            reads.pop(0)
        if pin("bvalid") and pin("bready") and addresses:
            addresses.pop(0), data.pop(0)
        if pin("arvalid") and pin("arready"):
            reads.append(pin("araddr"))
        if pin("awvalid") and pin("awready"):
            addresses.append(pin("awaddr"))
        if pin("wvalid") and pin("wready"):
            data.append(pin("wdata"))
        before = (pin("rvalid") and not pin("rready"), pin("bvalid") and not pin("bready"))
    check(answers > 500 and silent > 500, f"only {answers} answers and {silent} clocks without one")
    print(*failures, f"{answers} answers, {silent} clocks without one", sep="\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
