#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws the timing diagrams of rtl/README.md from runs of the simulator.

Usage: draw.py LOCKARB FOLDER [--check]

LOCKARB is the command `lockarb`, FOLDER takes the waveforms. Each diagram is written as WaveDrom JSON and as a
picture, which names the JSON that it shows. With --check nothing is written: the script fails when a diagram is
not that of today's run, or a picture not that of its JSON. Only drawing needs the package wavedrom.
"""

import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True  # build/ is the only output folder
sys.path.insert(0, str(ROOT / "sim" / "observe"))
from vcd_clocks import clocks  # noqa: E402

# Rows: the label, the signal, and for a bus the signal that says when it is valid.
READ = [("ARVALID", "s_axil_arvalid"), ("ARADDR", "s_axil_araddr", "s_axil_arvalid"),
        ("RVALID", "s_axil_rvalid"), ("RDATA", "s_axil_rdata", "s_axil_rvalid")]
BUSY = [("busy_o", "busy_o")]


def interrupts(*cores):
    return [(f"irq_o[{core}]", f"irq_o[{core}]") for core in cores]


@dataclass
class Diagram:
    name: str
    title: str
    scenario: str
    clocks: range
    rows: list


DIAGRAMS = [
    Diagram("handoff", "Core 2 releases, core 0 waits", "handoff", range(781, 789),
            READ + interrupts(0) + BUSY),
    Diagram("grant", "Core 0 takes the grant by one read", "handoff", range(788, 797),
            READ + interrupts(0)),
    Diagram("batch", "A writer leaves, four readers own the lock", "writer_storm", range(1496, 1504),
            READ + interrupts(1, 2, 3) + BUSY),
]


def value(values, signal):
    name, _, bit = signal.rstrip("]").partition("[")
    number = int(values[name], 2)
    return number >> int(bit) & 1 if bit else number


def wave(label, signal, valid, recorded):
    """A row as WaveDrom has it."""
    shape, data, last = "", [], None
    for values in recorded:
        if valid is None:
            now = str(value(values, signal))
        else:
            now = f"0x{value(values, signal):X}" if value(values, valid) else "x"
        if now == last:
            shape += "."
        elif now in ("0", "1", "x"):
            shape += now
        else:
            shape += "="
            data.append(now)
        last = now
    return {"name": label, "wave": shape, **({"data": data} if data else {})}


def record(lockarb, folder, diagram):
    """The values of all signals in each clock of the diagram."""
    vcd = folder / f"{diagram.name}.vcd"
    first, behind = diagram.clocks[0], diagram.clocks[-1] + 1
    run = [lockarb, "run", ROOT / "sim" / "scenarios" / f"{diagram.scenario}.yaml", "--trace", vcd,
           "--trace-from", str(first - 1), "--trace-to", str(behind)]  # its first edge has no clock before it
    done = subprocess.run(run, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"draw.py: {' '.join(map(str, run))} ends with {done.returncode}:\n{done.stderr}")
    recorded = [dict(values) for values in clocks(vcd)]
    if len(recorded) != behind - first:
        sys.exit(f"draw.py: {vcd} has {len(recorded)} clocks, not {behind - first}")
    return recorded


def drawing(diagram, recorded):
    """WaveDrom JSON, a row per line."""
    clock = {"name": "clk_i", "wave": "p" + "." * (len(recorded) - 1)}
    rows = [clock] + [wave(row[0], row[1], row[2] if len(row) > 2 else None, recorded) for row in diagram.rows]
    lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    head = json.dumps({"text": diagram.title, "tick": 0})
    return f'{{\n  "signal": [\n{lines}\n  ],\n  "config": {{"hscale": 2}},\n  "head": {head}\n}}\n'


def mark(text):
    return f"<!-- of the JSON with SHA-256 {hashlib.sha256(text.encode()).hexdigest()} -->"


def picture(text):
    """The SVG without the many shapes that it does not use."""
    import wavedrom
    svg = "{http://www.w3.org/2000/svg}"
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(wavedrom.render(text).tostring())
    whole = ElementTree.tostring(root, encoding="unicode")
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', whole))
    used = {name for pair in used for name in pair}
    for definitions in root.iter(f"{svg}defs"):
        for shape in list(definitions):
            if shape.tag == f"{svg}g" and shape.get("id") not in used:
                definitions.remove(shape)
    trimmed = re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode"))
    trimmed = re.sub(r"><(g|use|text|defs|style|path)", r">\n<\1", trimmed)
    return f"{trimmed}\n{mark(text)}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lockarb", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    stale = []
    for diagram in DIAGRAMS:
        text = drawing(diagram, record(options.lockarb.resolve(), options.folder.resolve(), diagram))
        source, svg = HERE / f"{diagram.name}.json", HERE / f"{diagram.name}.svg"
        if not options.check:
            source.write_text(text)
            svg.write_text(picture(text))
        elif source.read_text() != text:
            stale.append(f"{source.relative_to(ROOT)} is not what the run shows today, which is:\n{text}")
        elif mark(text) not in svg.read_text():
            stale.append(f"{svg.relative_to(ROOT)} is not the picture of {source.name}")
    for line in stale:
        print(line)
    if stale:
        sys.exit("draw.py: `make timing` draws them anew")
    print(f"draw.py: {len(DIAGRAMS)} diagrams")


main()
