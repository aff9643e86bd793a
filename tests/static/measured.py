# SPDX-License-Identifier: Apache-2.0
"""Tables of figures that take minutes to measure.

The tool that measures one hands it to keep(), which leaves it in BUILD/measured. `make figures` puts it
into its document below a line with date, commit and a stamp of the sources; figures.py compares that stamp
with the sources of today.
"""

import ast
import collections
import datetime
import hashlib
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
RTL = [f"rtl/{name}" for name in (ROOT / "rtl" / "lockarb.f").read_text().split()]
BOARDS = [f"rtl/{name}" for name in (ROOT / "rtl" / "lockarb_board.f").read_text().split()] + \
    [str(file.relative_to(ROOT)) for file in sorted((ROOT / "rtl" / "boards").glob("*/*.v"))]
# What of the driver is mutated, as tests/mutate/software.py lists it.
DRIVER = ast.literal_eval(
    re.search(r"^FILES = (\[.*\])$", (ROOT / "tests/mutate/software.py").read_text(), re.MULTILINE)[1])


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def code(file):
    """The words of a source, without what stands in its comments."""
    text = (ROOT / file).read_text()
    if file.endswith(".py"):
        return text.split()
    return re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL).split()


def words_of(files):
    """Stamp of sources that a figure follows from: another one when a word of them is another."""
    def stamp():
        words = " ".join(word for file in files for word in code(file))
        return hashlib.sha256(words.encode()).hexdigest()[:8]
    return stamp


# document: where the table stands. command: what measures it. stamp: of the sources that it is of.
Table = collections.namedtuple("Table", "document command stamp")
TABLES = {
    "Mutants of the RTL": Table("tests/README.md", "make mutate", words_of(RTL)),
    "Mutants of the driver": Table("tests/README.md", "make mutate",
                                   words_of([f"sw/{name}" for name in DRIVER])),
    "Seeded bugs": Table("tests/README.md", "make seeded-bugs", words_of([*RTL, "tests/rtl/seeded_bugs.py"])),
    "Devices": Table("rtl/README.md", "make area", words_of(RTL)),
    "Small and large": Table("rtl/README.md", "make area", words_of(RTL)),
    "Families": Table("rtl/README.md", "make area", words_of(RTL)),
    "Boards": Table("rtl/README.md", "make synth", words_of(RTL + BOARDS)),
}


def path(build, name):
    return pathlib.Path(build) / "measured" / (name.lower().replace(" ", "_") + ".json")


def keep(build, name, head, rows):
    """Leaves a table for make figures."""
    kept = path(build, name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    changed = "+" if git("status", "--porcelain", "--untracked-files=no") else ""
    kept.write_text(json.dumps({
        "date": datetime.date.today().isoformat(), "commit": git("rev-parse", "--short=8", "HEAD") + changed,
        "stamp": TABLES[name].stamp(), "head": list(head),
        "rows": [[str(cell) for cell in row] for row in rows],
    }, indent=1) + "\n")


def keep_row(build, name, head, row, order):
    """Likewise where each row is a run of its own, named by its first cell; rows of other sources go."""
    before = load(build, name)
    same = before and before["stamp"] == TABLES[name].stamp()
    rows = {old[0]: old for old in before["rows"]} if same else {}
    rows[row[0]] = row
    keep(build, name, head, [rows[first] for first in order if first in rows])


def load(build, name):
    kept = path(build, name)
    return json.loads(kept.read_text()) if kept.exists() else None


def text(name, kept):
    """As it stands in the document."""
    lines = [f'{name}, by `{TABLES[name].command}` on {kept["date"]}, commit {kept["commit"]}, '
             f'sources {kept["stamp"]}:', ""]
    for row in (kept["head"], ["---"] * len(kept["head"]), *kept["rows"]):
        lines.append("| " + " | ".join(row) + " |" if row[0] != "---" else "|" + "---|" * len(row))
    return "\n".join(lines) + "\n"


def standing(document, name):
    """Where the table is in a document, and its stamp there; None when it is gone."""
    found = re.search(rf"^{re.escape(name)}, by `{re.escape(TABLES[name].command)}` on \S+, commit \S+, "
                      r"sources (\w+):\n\n(?:\|.*\n)+", document, re.MULTILINE)
    return found and (found.span(), found[1])
