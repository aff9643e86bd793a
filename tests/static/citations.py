#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what the repository cites against what is there.

    citations.py [ROOT]       checks the tracked files; exit status 1 and a line for each fault
    citations.py --self-test  plants one fault of each kind in a small tree: each must be found

A fault is
- a citation of the specification, sim/reference/CONTRACT.md, that names no heading or row of it: "II.A",
  "contract III.2", "contract IV, I5", "contested point C1", "II.A, row A9";
- a cited heading, FILE.md, "Heading", that FILE.md does not have; in a Markdown file also: see "Heading";
- a property FV-nn that tests/formal does not state;
- a path into rtl/, sim/, sw/ or tests/ where no file is;
- a Markdown link to a file or an anchor that does not exist;
- a reference to what a reader of the repository does not have: numbers of a tracker, papers of its first
  authors;
- a cell of a table of the specification that is not the one of sim/reference/contract_tables.cpp;
- an example of CONTRIBUTING.md, the lines behind "From `FILE`:", that is not in FILE;
- a file that a recipe of CONTRIBUTING.md names and that is not there, or does not name the recipe's example;
  a source of rtl/, sim/ or sw/ that does name it and is missing in the recipe.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

CONTRACT = "sim/reference/CONTRACT.md"
TABLES = "sim/reference/contract_tables.cpp"
RECIPES = "CONTRIBUTING.md"

# Text of others, made by tools, or bytes that mean nothing to a reader.
NOT_OURS = re.compile(r"LICENSE$|.*\.(svg|png|fst|xml)$|tests/fuzz/corpus/")
# The lines of this file that state what is looked for would be found themselves.
ITSELF = "tests/static/citations.py"

# Between two words of a citation: a blank, or the end of a line and the beginning of the next comment line.
GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?://+|/?\*+|#+|;)?[ \t]*)"
ROMAN = r"(?:I{1,3}|IV|V)"

SECTION = re.compile(rf"(?<![\w.])({ROMAN}\.(?:[A-Z]|\d+))\b(?!\()")
PART = re.compile(rf"\b[Pp]arts?{GAP}({ROMAN})\b(?!\.)")
BAD_FORM = re.compile(rf"\bcontract(?:'s)?(?:{GAP}[Pp]arts?)?(?:{GAP}[Ss]ections?)?{GAP}"
                      r"(\d[\d., ]*|[A-Z]\d+\b)")
RULE = re.compile(rf"(?<![\w.])({ROMAN}),{GAP}(?:row{GAP})?([A-Z]\d+)\b")
ROW = re.compile(rf"(?<![\w.])({ROMAN}\.[A-Z]),{GAP}row{GAP}(\w+)")
POINT = re.compile(rf"\bcontested{GAP}points?{GAP}([A-Z]\d+(?:(?:,{GAP}|{GAP}and{GAP})C\d+)*)")
QUOTED = re.compile(rf'([\w./-]+\.md)(?:\]\([^)]*\))?[`)]?,{GAP}"([^"]+)"')
HERE = re.compile(r'(?:\b[Ss]ee|\bby|\bin) "([A-Z][^"]+)"')
PROPERTY = re.compile(r"\bFV-(\d\d)(?: to (\d\d)|((?:, \d\d)+))?")
PATH = re.compile(r"(?<![\w./$}{-])((?:rtl|sim|sw|tests)/[\w./-]*\w\."
                  r"(?:md|c|h|v|vh|f|cpp|py|sh|rdl|yaml|txt|vlt|ys))\b")
LINK = re.compile(r"(?<!`)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
NOT_HERE = [
    (re.compile(r"\bissues?" + GAP + r"#?\d+", re.I), "a number of a tracker that is not in the repository"),
    (re.compile(r"\b(?:DESIGN|FINDINGS|STYLE)\b"), "a paper that is not in the repository"),
    (re.compile(r"/work/|\.\./shared/"), "a place outside of the repository"),
]


class Markdown:
    """Headings, anchors and the first cells of tables."""

    def __init__(self, text):
        self.headings, self.anchors, self.first_cells = [], set(), set()
        fenced = False
        for line in text.splitlines():
            if line.startswith("```"):
                fenced = not fenced
            elif not fenced and (match := re.match(r"#+ +(.*)", line)):
                self.headings.append(match[1].replace("`", ""))
                anchor = re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-")
                number = self.headings[:-1].count(self.headings[-1])
                self.anchors.add(f"{anchor}-{number}" if number else anchor)
            elif not fenced and line.startswith("|"):
                self.first_cells.add(cells_of(line)[0])

    def has(self, heading):
        return heading in self.headings


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def without_code(text):
    """Markdown with the code blanked, at the same offsets; a link within a code span is none."""
    blank = lambda match: re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r"^```.*?^```", blank, text, flags=re.S | re.M)
    return re.sub(r"(?<!`)`[^`\n]+`(?!\])", blank, text)


def names_of_contract(text):
    """What a citation of the specification may name: "II", "II.A", "C1", "I5", "A9"."""
    names, words = set(), Markdown(text)
    for heading in words.headings:
        first = re.sub(r"^Part ", "", heading).split()[0].rstrip(":")
        names.add(first)
    return names | {cell for cell in words.first_cells if re.fullmatch(r"[A-F]\d+", cell)}


def read_table(text, name):
    """The strings and flags of each row of a table in C++."""
    body = text[text.index(f" {name} = {{{{"):]
    rows, depth = [], 0
    for token in re.findall(r'[{}]|"[^"]*"|\btrue\b|\bfalse\b', body):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0:
            return rows
        if token == "{" and depth == 3:
            rows.append([])
        elif token not in "{}":
            rows[-1].append(token.strip('"'))
    raise ValueError(f"{TABLES}: {name} does not end")


def tables_in_code(text):
    rows = {}
    for letter, names in (("A", ["kAcquireTable"]), ("B", ["kReleaseTable"]), ("C", ["kConvertTable"]),
                          ("D", ["kOwnerTable", "kLifetimeTable"])):
        every = [row for name in names for row in read_table(text, name)]
        rows.update({f"{letter}{i}": row for i, row in enumerate(every)})
    for i, row in enumerate(read_table(text, "kApcTable")):
        flags = [flag == "true" for flag in row[:5]]
        rows[f"E{i}"] = ["!=0" if flags[0] else "0", "!=0" if flags[1] else "0",
                         ">=APC" if flags[2] else "PASSIVE", str(int(flags[3])), str(int(flags[4])), *row[5:]]
    return rows


class Tree:
    def __init__(self, root, tracked):
        self.root, self.tracked = root, set(tracked)
        self.folders = {str(parent) for name in tracked for parent in pathlib.PurePath(name).parents}
        self.texts, self.markdown, self.faults = {}, {}, []
        for name in sorted(self.tracked):
            path = root / name
            if NOT_OURS.match(name) or not path.is_file():
                continue
            try:
                self.texts[name] = path.read_text()
            except UnicodeDecodeError:
                continue
            if name.endswith(".md"):
                self.markdown[name] = Markdown(self.texts[name])
        self.contract = names_of_contract(self.texts.get(CONTRACT, ""))
        self.properties = {number for name, text in self.texts.items() if name.startswith("tests/formal/")
                           for numbers in re.findall(r"(?://|#) FV-(\d\d) \w|'FV-(\d\d)': \('\w", text)
                           for number in numbers}

    def read(self, name):
        path = self.root / name
        return self.texts.get(name) or path.is_file() and path.read_text(errors="replace") or ""

    def fault(self, name, offset, message):
        line = self.texts[name].count("\n", 0, offset) + 1
        self.faults.append(f"{name}:{line}: {message}")

    def resolve(self, name, target):
        """A path as it is cited in the file `name`: from the root, or from its folder."""
        parts = []
        for part in [*pathlib.PurePath(name).parent.parts, *pathlib.PurePath(target).parts]:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            elif part != ".":
                parts.append(part)
        return "/".join(parts) or "."

    def find(self, name, target):
        """The tracked file that a path cited in `name` means; None if there is none."""
        for candidate in (target, self.resolve(name, target)):
            if candidate in self.tracked or candidate in self.folders:
                return candidate
        return None

    # ------------------------------------------------------------------------------ kinds of faults

    def check_contract(self, name, text):
        no_such = f"is no heading or row of {CONTRACT}"
        for pattern in (SECTION, PART):
            for match in pattern.finditer(text):
                if match[1] not in self.contract:
                    self.fault(name, match.start(), f"{match[1]} {no_such}")
        for match in BAD_FORM.finditer(text):
            self.fault(name, match.start(), f"contract {match[1].strip(' ,.')} {no_such}: say the part (I.5, "
                                            "IV, I5), or contested point C1")
        for match in [*RULE.finditer(text), *ROW.finditer(text)]:
            letter = match[1].split(".")[-1]
            if match[2] not in self.contract or "." in match[1] and match[2][0] != letter:
                self.fault(name, match.start(), f"{match[1]}, {match[2]} {no_such}")
        for match in POINT.finditer(text):
            for point in re.findall(r"[A-Z]\d+", match[1]):
                if not any(heading.startswith(f"{point}:") for heading in self.markdown[CONTRACT].headings):
                    self.fault(name, match.start(), f"contested point {point} {no_such}")

    def check_headings(self, name, text):
        for match in QUOTED.finditer(text):
            target = self.find(name, match[1])
            heading = re.sub(GAP, " ", match[2])
            if target is None:
                self.fault(name, match.start(), f"there is no file {match[1]}")
            elif not self.markdown[target].has(heading):
                self.fault(name, match.start(), f'{target} has no heading "{heading}"')
        if name in self.markdown:
            for match in HERE.finditer(text):
                if not self.markdown[name].has(match[1]):
                    self.fault(name, match.start(), f'{name} has no heading "{match[1]}"')

    def check_properties(self, name, text):
        for match in PROPERTY.finditer(text):
            numbers = [match[1], match[2], *re.findall(r"\d\d", match[3] or "")]
            for number in filter(None, numbers):
                if number not in self.properties:
                    self.fault(name, match.start(), f"tests/formal states no FV-{number}")

    def check_paths(self, name, text):
        for match in PATH.finditer(text):
            if self.find(name, match[1]) is None:
                self.fault(name, match.start(), f"there is no file {match[1]}")

    def check_links(self, name, text):
        for match in LINK.finditer(without_code(text)):
            target, _, anchor = match[1].partition("#")
            if re.match(r"\w+:", target):
                continue
            found = self.resolve(name, target) if target else name
            if found not in self.tracked and found not in self.folders:
                self.fault(name, match.start(), f"link to {match[1]}: there is no {found}")
            elif anchor and anchor not in self.markdown.get(found, Markdown("")).anchors:
                self.fault(name, match.start(), f"link to {match[1]}: {found} has no such anchor")

    def check_not_here(self, name, text):
        for pattern, what in NOT_HERE:
            for match in pattern.finditer(text):
                self.fault(name, match.start(), f'"{match[0]}" is {what}: cite a heading, or give the reason')

    def check_tables(self):
        rows = {}
        for offset, line in lines_of(self.texts[CONTRACT]):
            if line.startswith("|"):  # a second row of a name says where the first one comes from
                rows.setdefault(cells_of(line)[0], (offset, cells_of(line)[1:]))
        for row, cells in tables_in_code(self.texts[TABLES]).items():
            offset, shown = rows.get(row, (0, []))
            if shown[:len(cells)] != cells:
                self.fault(CONTRACT, offset,
                           f"row {row} is {' | '.join(shown)}, but in {TABLES} {' | '.join(cells)}")

    def check_examples(self):
        text = self.texts[RECIPES]
        for match in re.finditer(r"From\s+`([^`]+)`:\n\n```\n(.*?)^```", text, flags=re.S | re.M):
            lines = {line.strip() for line in self.texts.get(match[1], "").splitlines()}
            for line in match[2].splitlines():
                if line.strip() not in lines | {"", "..."}:
                    self.fault(RECIPES, match.start(), f'{match[1]} has no line "{line.strip()}"')

    def check_recipes(self):
        """A recipe is a section with a line "Example: `NAME` (`PATTERN`), N files." and a table of files."""
        text = self.texts[RECIPES]
        for section in re.split(r"^(?=#+ )", text, flags=re.M):
            example = re.search(r"^Example: `([^`]+)` \(`([^`]+)`\), (\d+) files?\.", section, flags=re.M)
            if not example:
                continue
            offset = text.index(section)
            listed = [name for _, line in lines_of(section) if line.startswith("| `")
                      for name in re.findall(r"`([^`]+)`", cells_of(line)[0])]
            if len(listed) != int(example[3]):
                self.fault(RECIPES, offset,
                           f"{example[1]}: {example[3]} files are said, {len(listed)} are listed")
            names_it = {name for name in self.tracked if re.search(example[2], f"{name}\n{self.read(name)}")}
            for name in listed:
                if name not in self.tracked:
                    self.fault(RECIPES, offset, f"{example[1]}: there is no file {name}")
                elif name not in names_it:
                    self.fault(RECIPES, offset, f"{example[1]}: {name} does not name it")
            for name in sorted(names_it - set(listed)):
                if re.match(r"(rtl|sim|sw)/", name):
                    self.fault(RECIPES, offset, f"{example[1]}: {name} names it and is not listed")

    def check(self):
        for name, text in self.texts.items():
            if name == ITSELF:
                continue
            self.check_contract(name, text)
            self.check_headings(name, text)
            self.check_properties(name, text)
            self.check_paths(name, text)
            self.check_not_here(name, text)
            if name in self.markdown:
                self.check_links(name, text)
        self.check_tables()
        self.check_examples()
        self.check_recipes()
        return self.faults


def lines_of(text):
    offset = 0
    for line in text.splitlines(keepends=True):
        yield offset, line.rstrip("\n")
        offset += len(line)


def tree_of(root):
    out = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True,
                         text=True).stdout
    return Tree(root, [name for name in out.split("\0") if name])


# ------------------------------------------------------------------------------------ the self-test

SMALL = {
    CONTRACT: "# Part I: words\n## I.1 One\n### C1: a point\n# Part II: tables\n## II.A Acquires\n"
              "|row|state|\n|---|---|\n|A0|FREE|GRANT-X|\n|B0|X(t)|-|\n|C0|X(me)|S(me n)|\n|D0|p|error|\n"
              "|D1|Delete|no lock|\n|E0|0|!=0|PASSIVE|1|1|no|\n# Part IV: rules\n### I5: classes\n",
    TABLES: ' kAcquireTable = {{ {"FREE", {"GRANT-X"}}, }};\n kReleaseTable = {{ {"X(t)", "-"}, }};\n'
            ' kConvertTable = {{ {"X(me)", "S(me n)"}, }};\n kOwnerTable = {{ {"p", {"error"}}, }};\n'
            ' kLifetimeTable = {{ {"Delete", {"no lock"}}, }};\n'
            ' kApcTable = {{ {false, true, false, true, true, "no"}, }};\n',
    RECIPES: "# Recipes\nFrom `sw/a.c`:\n\n```\n// does\".\n```\n## A thing\n"
             "Example: `THING` (`\\bTHING\\b`), 1 file.\n\n| file | what |\n|---|---|\n| `sw/a.c` | all |\n",
    "sw/a.c": "// THING: contract II.A and I.1; contract IV, I5; contested point C1; II.A, row A0; FV-01;\n"
              '// sw/README.md, "What it\n// does".\n',
    "sw/README.md": "# Software\n## What it does\n## What it does\n[a](a.c), [b](#what-it-does-1),\n"
                    '[c](../CONTRIBUTING.md#recipes)\nsee "What it does"; `[x](y)`\n',
    "tests/formal/p.vh": "// FV-01 it holds\n",
}
# Appended to sw/README.md: what must be found. Split, so that nobody who searches finds them here.
ADDED = [
    ("II." + "Q", "II.Q is no"), ("contract 5", "contract 5 is no"),
    ("contract C" + "3", "contract C3 is no"), ("contract III." + "2", "III.2 is no"), ("Part " + "III", "III is no"),
    ("contract IV, I" + "9", "IV, I9 is no"), ("II.A, row A" + "7", "II.A, A7 is no"),
    ("II.A, row C" + "0", "II.A, C0 is no"), ("contested point C" + "9", "contested point C9 is no"),
    ('CONTRIBUTING.md, "No ' + 'such"', 'no heading "No such"'),
    ('see "No ' + 'such"', 'no heading "No such"'), ('none.md, "No ' + 'such"', "no file none.md"),
    ("FV-" + "77", "no FV-77"), ("`sw/" + "gone.c`", "no file sw/gone.c"),
    ("[x](" + "gone.md)", "there is no sw/gone.md"), ("[x](#" + "gone)", "no such anchor"),
    ("[x](../CONTRIBUTING.md#" + "gone)", "no such anchor"),
    ("as issue " + "5 says", "a number of a tracker"), ("Issue #" + "12", "a number of a tracker"),
    ("DESIGN" + " 5", "a paper"), ("../shared" + "/x", "a place outside"),
]
# File, what is replaced, by what, what must be found.
CHANGED = [
    (CONTRACT, "GRANT-X", "REC-X", "row A0 is"),
    (CONTRACT, "PASSIVE", ">=APC", "row E0 is"),
    (RECIPES, "1 file", "2 files", "2 files are said, 1 are listed"),
    (RECIPES, "// does", "// did", "sw/a.c has no line"),
    (RECIPES, "sw/a.c", "sw/b.c", "there is no file sw/b.c"),
    ("sw/a.c", "THING", "thing", "sw/a.c does not name it"),
    ("sw/README.md", "# Software", "# THING", "sw/README.md names it and is not listed"),
]


def faults_of(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return Tree(root, list(files)).check()


def self_test():
    cases = [(SMALL, None)]
    cases += [(SMALL | {"sw/README.md": SMALL["sw/README.md"] + text + "\n"}, found) for text, found in ADDED]
    cases += [(SMALL | {name: SMALL[name].replace(old, new)}, found) for name, old, new, found in CHANGED]
    bad = 0
    for files, found in cases:
        faults = faults_of(files)
        if found is None and faults or found and not any(found in fault for fault in faults):
            bad += 1
            print(f"citations: expected {found or 'no fault'}, found {faults}")
    print(f"citations: {len(cases) - 1} faults planted, {bad} not found")
    return 1 if bad else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tree = tree_of(pathlib.Path(root))
    faults = tree.check()
    for fault in faults:
        print(f"citations: {fault}")
    print(f"citations: {len(tree.texts)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
