#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write, or check, all products of lockarb.rdl.

IP-XACT comes from PeakRDL, the rest from here: peakrdl-cheader makes structures to overlay on
memory, which would pass by hal/mmio.h, and knows neither operations nor Verilog; peakrdl-markdown
writes a chapter for each of the 4096 words of each operation of each core.
"""

import argparse
import filecmp
import pathlib
import subprocess
import sys
import tempfile
import textwrap

from systemrdl import RDLCompiler
from systemrdl.node import RegNode

REGS = pathlib.Path(__file__).resolve().parent
ROOT = REGS.parent.parent
RDL = REGS / "lockarb.rdl"
APERTURE = 0x80000
# Properties of an operation: name in the description, of the set in C and Verilog, and in the table.
SETS = [
    ("acts_for_operand", "FOR_OPERAND", "for the thread in OPERAND"),
    ("needs_thread", "NEEDS_THREAD", "needs a thread"),
    ("privileged", "PRIVILEGED", "privileged"),
    ("armed", "ARMED", "armed"),
    ("low_irql", "LOW_IRQL", "IRQL at most APC_LEVEL"),
    ("moves_region", "MOVES_REGION", "moves KernelApcDisable"),
    ("alone", "ALONE", "runs alone"),
]
LICENCE = "SPDX-License-Identifier: Apache-2.0"
NOTE = "Made from rtl/regs/lockarb.rdl by `make regs`: do not edit."


def log2(value):
    assert value & (value - 1) == 0, f"{value} is no power of two"
    return value.bit_length() - 1


def split(window):
    registers = [r for r in window.children() if isinstance(r, RegNode)]
    return [r for r in registers if r.is_array], [r for r in registers if not r.is_array]


def statistics_of(window):
    return window.get_child_by_name("lock_statistics")


def size_of(operation):
    return operation.array_dimensions[0] * operation.array_stride


def numbered(operations):
    """[(number, operation)]: the number is the place in the command aperture."""
    return [((r.raw_address_offset - APERTURE) // size_of(r), r) for r in operations]


def statuses_of(operations):
    return operations[0].get_child_by_name("status").get_property("encode")


def words_of(operations, registers):
    """The distinct word layouts by name; operations share theirs."""
    words = {r.orig_type_name: r for r in operations}
    words.update({r.inst_name: r for r in registers})
    return words


def constants(window):
    """Yields (comment, [(name, value, width)]): width None for what only the C side needs."""
    operations, registers = split(window)
    first = operations[0]

    yield "Place of {core, 1, operation, lock} in the address of a command.", [
        ("WINDOW_SHIFT", log2(window.array_stride), None),
        ("COMMAND_OFFSET", APERTURE, None),
        ("OP_SHIFT", log2(size_of(first)), None),
        ("LOCK_SHIFT", log2(first.array_stride), None),
    ]
    numbers = numbered(operations)
    yield "Operations.", [("OP_" + r.inst_name.upper(), n, 5) for n, r in numbers]
    yield "Sets of operations: bit n is operation n.", [
        ("OPS_ALL", sum(1 << n for n, _ in numbers), 32)
    ] + [
        ("OPS_" + name, sum(1 << n for n, r in numbers if r.get_property(prop)), 32)
        for prop, name, _ in SETS
    ]
    yield "Status codes.", [("STATUS_" + m.name, m.value, 5) for m in statuses_of(operations)]
    yield "Offsets of the registers in a window.", [
        (r.inst_name.upper() + "_OFFSET", r.address_offset, 19) for r in registers
    ]
    statistics = statistics_of(window)
    yield "Statistics of a lock: begin in the window, shift of the lock number, offsets of the words.", [
        ("STATISTICS_OFFSET", statistics.raw_address_offset, 19),
        ("STATISTICS_LOCK_SHIFT", log2(statistics.array_stride), None),
    ] + [
        (r.inst_name.upper() + "_OFFSET", r.address_offset, 5) for r in statistics.children()
    ]
    for name, reg in words_of(operations, registers).items():
        prefix = name.upper()
        fields = []
        for f in reg.fields():
            field = f"{prefix}_{f.inst_name.upper()}"
            fields.append((field + "_SHIFT", f.low, None))
            fields.append((field + "_MASK", ((1 << f.width) - 1) << f.low, None))
            if f.get_property("reset") is not None:
                fields.append((field + "_RESET", f.get_property("reset"), f.width))
        yield f"Fields of {prefix}: a mask is in place, not shifted down.", fields


def text_of(value, name):
    in_hex = name.endswith(("_OFFSET", "_MASK")) or name.startswith("OPS_")
    return f"0x{value:x}u" if in_hex else f"{value}u"


def c_header(window):
    lines = [f"/* {LICENCE} */", f"/* {NOTE} */", "#ifndef LOCKARB_REGS_H", "#define LOCKARB_REGS_H"]
    for comment, entries in constants(window):
        lines += ["", f"/* {comment} */"]
        lines += [f"#define LOCKARB_{name} {text_of(value, name)}" for name, value, _ in entries]
    operations, registers = split(window)
    for name, members in (
            ("OPERATION", [r.inst_name for r in operations]),
            ("STATUS", [m.name for m in statuses_of(operations)]),
            ("REGISTER", [r.inst_name for r in registers]),
            ("STATISTIC", [r.inst_name for r in statistics_of(window).children()])):
        macro = [f"#define LOCKARB_EACH_{name}(X)"] + [f"  X({m.upper()})" for m in members]
        width = max(map(len, macro))
        lines += ["", f"/* X(NAME) for each {name.lower()}. */",
                  *(f"{line:{width}} \\" for line in macro[:-1]), macro[-1]]
    return "\n".join(lines + ["", "#endif", ""])


def verilog_header(window):
    lines = [f"// {LICENCE}", f"// {NOTE}", "`ifndef LOCKARB_REGS_VH", "`define LOCKARB_REGS_VH"]
    for comment, entries in constants(window):
        entries = [e for e in entries if e[2] is not None]
        if entries:
            lines += ["", f"// {comment}"]
            lines += [f"`define LOCKARB_{n} {w}'h{v:x}" for n, v, w in entries]
    return "\n".join(lines + ["", "`endif", ""])


def verilog_names(window):
    """Functions that say what the view of rtl/views shows: texts as wide as the longest one."""
    operations, registers = split(window)
    statistics = statistics_of(window)
    status = [(m.value, m.name) for m in statuses_of(operations)]
    commands = [(n, r.inst_name.upper()) for n, r in numbered(operations)]
    places = [(r.address_offset, r.inst_name.upper()) for r in registers]
    words = [(r.address_offset, r.inst_name.upper()) for r in statistics.children()]
    width = max(len(name) for _, name in commands + places + words) + len("write ")
    status_width = max(len(name) for _, name in status)

    def function(name, chars, select_width, prefix, cases, default):
        digits = (select_width + 3) // 4
        return ([f"function [8*{chars}-1:0] {name}(input [{select_width - 1}:0] of);", "  case (of)"] +
                [f"    {select_width}'h{value:0{digits}x}: {name} = \"{prefix}{text}\";"
                 for value, text in cases] +
                [f"    default: {name} = \"{prefix}{default}\";", "  endcase", "endfunction"])

    lines = [f"// {LICENCE}", f"// {NOTE}",
             f"localparam NameChars = {width};", f"localparam StatusChars = {status_width};", ""]
    lines += function("name_of_operation", width, 5, "", commands, "no operation")
    lines += function("name_of_issue", width, 5, "issue ", commands, "no operation")
    lines += function("name_of_read", width, 19, "read ", places, "no register")
    lines += function("name_of_write", width, 19, "write ", places, "no register")
    lines += function("name_of_statistic", width, 5, "read ", words, "no statistic")
    lines += function("name_of_status", status_width, 5, "", status, "no status")
    return "\n".join(lines + [""])


def fields_table(reg):
    lines = ["", "| bits | field | reset | meaning |", "|---|---|---|---|"]
    for f in sorted(reg.fields(), key=lambda f: -f.low):
        bits = str(f.low) if f.width == 1 else f"{f.high}:{f.low}"
        reset = f.get_property("reset")
        lines.append(f"| {bits} | {f.inst_name} | {'' if reset is None else hex(reset)} | "
                     f"{f.get_property('desc')} |")
    return lines + [""]


def prose(text):
    return textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False)


def markdown(top, window):
    operations, registers = split(window)
    lines = [f"<!-- {LICENCE} -->", f"<!-- {NOTE} -->", "# Registers and commands of lockarb", "",
             *prose(top.get_property("desc")), "", "## Registers", "",
             *prose(window.get_property("desc"))]
    for r in registers:
        access = ", ".join(["read"] * r.has_sw_readable + ["write"] * r.has_sw_writable)
        lines += ["", f"### {r.inst_name.upper()}: {r.get_property('name')} "
                  f"(0x{r.address_offset:03x}, {access})", "", *prose(r.get_property("desc"))]
        lines += fields_table(r)
    statistics = statistics_of(window)
    lines += [f"### LOCK_STATISTICS: {statistics.get_property('name')} "
              f"(0x{statistics.raw_address_offset:x} + lock * 0x{statistics.array_stride:x}, read)",
              "", *prose(statistics.get_property("desc")), "",
              "| offset | register | meaning |", "|---|---|---|"]
    lines += [f"| 0x{r.address_offset:02x} | {r.inst_name.upper()} | {r.get_property('desc')} |"
              for r in statistics.children()]
    lines += ["", "## Operations", "", "| number | operation | in the window from | effect | rules |",
              "|---|---|---|---|---|"]
    lines += [f"| {number} | {r.inst_name.upper()} | "
              f"0x{r.raw_address_offset:x} | {r.get_property('desc')} | "
              f"{', '.join(text for prop, _, text in SETS if r.get_property(prop))} |"
              for number, r in numbered(operations)]
    lines += ["", "## Results"]
    for name, r in words_of(operations, []).items():
        # Each operation overrides the description; what the type says is about every one.
        lines += ["", f"### {name.upper()}", "",
                  *prose(r.inst.original_def.properties["desc"].get_value())]
        lines += fields_table(r)
    lines += ["## Status codes", "", "| code | status | meaning |", "|---|---|---|"]
    lines += [f"| {m.value} | {m.name} | {m.rdl_desc} |" for m in statuses_of(operations)]
    return "\n".join(lines + [""])


def peakrdl(command, output, *options):
    subprocess.run(
        [sys.executable, "-m", "peakrdl", command, str(RDL), "-o", str(output), *options],
        check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    check = parser.parse_args().check

    compiler = RDLCompiler()
    compiler.compile_file(str(RDL))
    top = compiler.elaborate().top
    window = top.get_child_by_name("window")
    stale = False
    with tempfile.TemporaryDirectory() as folder:
        fresh = pathlib.Path(folder)
        (fresh / "lockarb_regs.h").write_text(c_header(window))
        (fresh / "lockarb_regs.vh").write_text(verilog_header(window))
        (fresh / "lockarb_names.vh").write_text(verilog_names(window))
        (fresh / "lockarb.md").write_text(markdown(top, window))
        peakrdl("ip-xact", fresh / "lockarb.xml", "--vendor", "lockarb", "--version", "1.0")
        for path in ("sw/driver/lockarb_regs.h", "rtl/lockarb_regs.vh", "rtl/views/lockarb_names.vh",
                     "rtl/regs/lockarb.md", "rtl/regs/lockarb.xml"):
            product = ROOT / path
            made = fresh / product.name
            if product.exists() and filecmp.cmp(made, product, shallow=False):
                continue
            if check:
                print(f"stale: {path} (run: make regs)")
                stale = True
            else:
                product.parent.mkdir(parents=True, exist_ok=True)
                product.write_text(made.read_text())
                print(f"wrote {path}")
    sys.exit(stale)


if __name__ == "__main__":
    main()
