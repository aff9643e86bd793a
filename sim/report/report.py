#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lockarb report: one page of pictures from the JSON of runs, or from the database of a sweep.

The page has all that it shows inside, the library that draws included: it needs no network and no other file.
"""

import argparse
import json
import os
import pathlib
import re
import sqlite3
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "sweep"))  # how both commands say what is wrong

from refused import Refused, command_line  # noqa: E402
from schema import Schema  # noqa: E402

MOST_RUNS = 8  # side by side
MOST_VALUES = 2_000_000  # of a sweep, in one page
DATABASE = b"SQLite format 3\0"
# Of a sweep too large for one page; the others are in the database.
MAIN_FIGURES = re.compile(r"clocks|bus\.busy|contended_percent|total\.")


def arguments():
    parser = argparse.ArgumentParser(
        prog="lockarb report",
        description="Make one page of pictures from runs (--json FILE of lockarb run), side by side, or "
        "from a sweep. The page works offline.",
        epilog="Exit codes: 0 the page is written, 2 bad argument or input, or the page cannot be written.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "inputs", metavar="FILE", nargs="+", help="JSON of a run (-: the standard input), or one SWEEP.db"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="the page; - is the standard output [FILE with .html]"
    )
    return parser.parse_args()


def read_input(name):
    try:
        return sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
    except OSError as error:
        raise Refused(
            f"{name}: cannot be read: {error.strerror}; give the JSON of a run, or a SWEEP.db"
        ) from None


def read_run(name, text, schema):
    cure = "lockarb run --json makes what this command reads"
    try:
        run = json.loads(text.decode())
    except UnicodeDecodeError:
        raise Refused(f"{name}: is neither JSON nor a database; {cure}") from None
    except json.JSONDecodeError as error:
        raise Refused(f"{name}:{error.lineno}: is not JSON: {error.msg}; {cure}") from None
    if isinstance(run, dict) and run.get("version") != schema.version:
        raise Refused(
            f"{name}: version: {json.dumps(run.get('version'))}: this lockarb reads version "
            f"{schema.version}; run it again"
        )
    wrong = schema.wrong(run)
    if wrong:
        raise Refused(f"{name}: {wrong}; {cure}")
    return {"file": name, **run}


def read_sweep(name):
    """Points as rows of settings and columns of figures."""
    try:
        connection = sqlite3.connect(f"file:{pathlib.Path(name).absolute()}?mode=ro", uri=True)
        known = dict(connection.execute("SELECT key, value FROM sweep"))
        if known.get("version") != "1":
            raise Refused(f"{name}: version {known.get('version')} of a sweep; this lockarb reads version 1")
        parameters = [row[0] for row in connection.execute("SELECT name FROM parameter ORDER BY number")]
        points = [
            {"number": number, "seed": seed, "command": command, "outcome": outcome, "settings": []}
            for number, seed, command, outcome in connection.execute(
                "SELECT number, seed, command, outcome FROM point ORDER BY number"
            )
        ]
        for point, value in connection.execute("SELECT point, value FROM setting ORDER BY point, parameter"):
            points[point]["settings"].append(json.loads(value))
        names = [row[0] for row in connection.execute("SELECT DISTINCT name FROM figure")]
        left_out = 0
        if len(names) * len(points) > MOST_VALUES:
            left_out = len(names)
            names = [figure for figure in names if MAIN_FIGURES.match(figure)]
            left_out -= len(names)
        figures = {figure: [None] * len(points) for figure in names}
        for point, figure, value in connection.execute("SELECT point, name, value FROM figure"):
            if figure in figures:
                figures[figure][point] = value
        connection.close()
    except sqlite3.Error as error:
        raise Refused(f"{name}: is no database of lockarb sweep ({error}); give one") from None
    definition = json.loads(known["definition"])
    return {
        "file": name,
        "of": (definition["scenario"] or {}).get("name") or definition["program"],
        "lockarb": definition["lockarb"],
        "parameters": parameters,
        "points": points,
        "figures": figures,
        "left_out": left_out,
    }


def read_all(names):
    schema = Schema(HERE.parent / "observe" / "report.schema.json")
    if names.count("-") > 1:
        raise Refused("-: stands twice; the standard input is one run")
    texts = [(name, read_input(name)) for name in names]
    sweeps = [name for name, text in texts if text.startswith(DATABASE)]
    if sweeps and len(names) > 1:
        raise Refused(f"{sweeps[0]}: a page is of one sweep, or of runs; give this file alone")
    if sweeps:
        return {"sweep": read_sweep(sweeps[0])}
    if len(names) > MOST_RUNS:
        raise Refused(
            f"{len(names)} runs: {MOST_RUNS} are the most that stand side by side; give fewer, or a sweep"
        )
    return {"runs": [read_run(name, text, schema) for name, text in texts]}


def page(data):
    """The template with styles, scripts, licences and data in their places."""
    # What could end a script in its text is written otherwise; JSON means the same.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    parts = {"data": text, "plots": (HERE / "plots.js").read_text(encoding="utf-8")}
    for name in ("page.css", "page.js", "tables.js", "pictures.js", "sweep.js"):
        parts[name] = (HERE / name).read_text(encoding="utf-8")
    parts["licences"] = (HERE / "plots.licences.txt").read_text(encoding="utf-8").replace("<", "&lt;")
    template = (HERE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{([\w.]+)\}\}", lambda place: parts[place[1]], template)


def write_whole(path, text):
    """Under its name only when it is complete; a device or a pipe is written to."""
    if path == "-" or (os.path.exists(path) and not os.path.isfile(path)):
        if os.path.isdir(path):
            raise Refused(f"--output {path}: it is a folder; give the name of a file")
        with open(sys.stdout.fileno() if path == "-" else path, "wb", closefd=path != "-") as out:
            out.write(text.encode())
        return
    target = os.path.realpath(path)
    try:
        descriptor, part = tempfile.mkstemp(prefix=".lockarb.", dir=os.path.dirname(target))
        try:
            with open(descriptor, "wb") as out:
                out.write(text.encode())
                mask = os.umask(0)
                os.umask(mask)
                os.fchmod(out.fileno(), 0o666 & ~mask)
            os.rename(part, target)
        except BaseException:
            os.unlink(part)
            raise
    except OSError as error:
        raise Refused(f"--output {path}: cannot be written: {error.strerror}; give another name") from None


def main():
    options = arguments()
    output = options.output
    if output is None and options.inputs[0] == "-":
        raise Refused("--output is missing: a run from the standard input has no name for its page")
    data = read_all(options.inputs)
    if output is None:
        output = pathlib.Path(options.inputs[0]).with_suffix(".html").name
    for name in options.inputs:
        if output != "-" and name != "-" and os.path.exists(output) and os.path.exists(name):
            if os.path.samefile(output, name):
                raise Refused(f"--output {output} and {name} are one file; give one of them another name")
    write_whole(output, page(data))
    if output != "-":
        print(output)


command_line("report", main)
