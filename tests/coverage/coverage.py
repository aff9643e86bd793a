#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the tests reached: HTML of every source, a list of what they did not reach, a table, the goals.

    coverage.py BUILD    a folder that was built with -DLOCKARB_COVERAGE=ON, after its tests

The RTL's counters are those of the tests on its pins, of all sizes and instances together: a line, a branch
or a bit is reached when one of them reached it. exclusions.txt names what does not count, and why. Exit
status 1 below a goal, and when an exclusion is not needed.
"""

import collections
import itertools
import json
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
EXCLUSIONS = pathlib.Path(__file__).resolve().parent / 'exclusions.txt'
GCOVR = pathlib.Path(sys.prefix) / 'bin' / 'gcovr'
AREAS = ('rtl', 'sim', 'sw')
KINDS = ('line', 'branch', 'toggle')
GOALS = {('rtl', 'line'): 98, ('rtl', 'toggle'): 95, ('sim', 'line'): 95, ('sw', 'line'): 95}

# file: from the top of the source tree. what: which branch of the line, or which bit that it declares.
Point = collections.namedtuple('Point', 'kind file line what')


# -------------------------------------------------------------------------------- what was counted
def rtl_points(build):
    """How often each point was reached."""
    written = sorted((build / 'counters').glob('*.dat'))
    if not written:
        sys.exit(f'coverage.py: no counters in {build}/counters: run the tests with LOCKARB_RTL_COVERAGE={build}/counters')
    merged = build / 'rtl.dat'
    subprocess.run(['verilator_coverage', '--write', merged, *written], check=True, stdout=subprocess.DEVNULL)
    points = collections.Counter()
    for record in merged.read_text().splitlines():
        if not record.startswith("C '"):
            continue
        text, count = record[3:].rsplit("' ", 1)
        field = dict(pair.split('\x02') for pair in text.split('\x01')[1:])
        file = str(pathlib.Path(field['f']).relative_to(SOURCE))
        kind = field['page'].split('/')[0].removeprefix('v_')
        if kind != 'line':
            points[Point(kind, file, int(field['l']), field['o'])] += int(count)
        # The statements of a block, wherever they stand: 12,15-17.
        for first, last in re.findall(r'(\d+)(?:-(\d+))?', field.get('S', '')):
            for line in range(int(first), int(last or first) + 1):
                points[Point('line', file, line, '')] += int(count)
    return points


def gcovr(build, *arguments):
    subprocess.run([GCOVR, '--root', SOURCE, *arguments], cwd=build, check=True)


def c_points(build):
    """Likewise of C and C++, of all instances of a template together."""
    counted = build / 'gcovr.json'
    gcovr(build, '--object-directory', build, '--filter', f'{SOURCE}/(sim|sw)/',
          '--merge-mode-functions', 'separate', '--exclude-throw-branches', '--exclude-unreachable-branches',
          '--json', counted, build)
    points = collections.Counter()
    for file in json.loads(counted.read_text())['files']:
        for line in file['lines']:
            at = file['file'], line['line_number']
            points[Point('line', *at, '')] += line['count']
            for branch in line['branches']:
                points[Point('branch', *at, str(branch['branchno']))] += branch['count']
    return points


# ------------------------------------------------------------------------------ what does not count
class Exclusion:
    """toggle FILE PATTERN, of the name of a bit; line FILE PATTERN, of the text of a line and all in it."""

    def __init__(self, number, text):
        self.where = f'{EXCLUSIONS.relative_to(SOURCE)}:{number}: {text}'
        try:
            self.kind, self.file, pattern = text.split(None, 2)
        except ValueError:
            sys.exit(f'{self.where}: write KIND FILE PATTERN')
        if self.kind not in ('line', 'toggle'):
            sys.exit(f'{self.where}: {self.kind}: write line or toggle')
        self.pattern = re.compile(pattern)
        self.needed = False

    def excludes(self, point, text):
        if point.file != self.file or (point.kind == 'toggle') != (self.kind == 'toggle'):
            return False
        return bool(self.pattern.fullmatch(point.what if point.kind == 'toggle' else text))


def exclude(points, exclusions, sources):
    """Those of the points that were not reached, and do not count."""
    excluded = set()
    for point in (point for point, count in points.items() if count == 0):
        for exclusion in exclusions:
            if exclusion.excludes(point, sources[point.file][point.line - 1].strip()):
                exclusion.needed = True
                excluded.add(point)
    return excluded


# --------------------------------------------------------------------------------------- the answers
def bits(names):
    """Bits that stand side by side as one: irq_o[31:4]."""
    numbers = collections.defaultdict(list)
    for name in names:
        signal, _, bit = name.rpartition('[')
        if signal:
            numbers[signal].append(int(bit[:-1]))
        else:
            yield name
    for signal, of_signal in sorted(numbers.items()):
        for _, run in itertools.groupby(enumerate(sorted(of_signal)), lambda pair: pair[1] - pair[0]):
            run = [number for _, number in run]
            yield f'{signal}[{run[-1]}:{run[0]}]' if len(run) > 1 else f'{signal}[{run[0]}]'


def write_missed(path, missed, sources):
    whats = collections.defaultdict(list)
    for point in missed:
        whats[point.file, point.line, point.kind].append(point.what)
    with path.open('w') as out:
        for (file, line, kind), names in sorted(whats.items()):
            names = bits(names) if kind == 'toggle' else sorted(names)
            print(f'{file}:{line}: {kind} {" ".join(names)}: {sources[file][line - 1].strip()}', file=out)


def write_html(build, name, title, points, excluded, part_kind):
    """Branches or bits as the branches of their line."""
    files = collections.defaultdict(lambda: collections.defaultdict(list))
    for point, count in sorted(points.items()):
        files[point.file][point.line].append((point, count))
    trace = []
    for file, lines in sorted(files.items()):
        rows = []
        for number, here in sorted(lines.items()):
            # Where only the parts are counted, the line is reached when all of them are.
            whole = [pair for pair in here if pair[0].kind == 'line'] or here
            counts = [count for point, count in whole if point not in excluded]
            rows.append({'line_number': number, 'count': min(counts, default=0), 'gcovr/excluded': not counts,
                         'branches': [{'branchno': i, 'count': count, 'fallthrough': False, 'throw': False,
                                       'gcovr/excluded': point in excluded}
                                      for i, (point, count) in enumerate(here) if point.kind == part_kind]})
        trace.append({'file': file, 'lines': rows, 'functions': []})
    tracefile = build / f'{name}.json'
    tracefile.write_text(json.dumps({'gcovr/format_version': '0.15', 'files': trace}))
    folder = build / 'html' / name
    folder.mkdir(parents=True, exist_ok=True)
    gcovr(build, '--add-tracefile', tracefile, '--html-nested', folder / 'index.html', '--html-title', title)
    print(f'{title}: {folder}/index.html')


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    build = pathlib.Path(sys.argv[1]).resolve()
    points = {**rtl_points(build), **c_points(build)}
    sources = {file: (SOURCE / file).read_text().splitlines() for file in {point.file for point in points}}
    exclusions = [Exclusion(number, text) for number, text in enumerate(EXCLUSIONS.read_text().splitlines(), 1)
                  if text and not text.startswith('#')]
    excluded = exclude(points, exclusions, sources)

    for name, title, kinds in (('lines', 'lines and branches', ('line', 'branch')),
                               ('toggles', 'bits of the RTL that changed', ('toggle',))):
        write_html(build, name, title, {p: count for p, count in points.items() if p.kind in kinds}, excluded,
                   kinds[-1])
    missed = [point for point, count in points.items() if count == 0 and point not in excluded]
    write_missed(build / 'missed.txt', missed, sources)
    print(f'what was not reached, and counts: {build}/missed.txt\n')

    failures = [f'{exclusion.where}: all that it excludes was reached, or is not there: delete it'
                for exclusion in exclusions if not exclusion.needed]
    print(f'{"":12} {"points":>7} {"reached":>8} {"excluded":>9} {"of all":>8} {"of the rest":>12} {"goal":>6}')
    for area, kind in itertools.product(AREAS, KINDS):
        here = [p for p in points if p.kind == kind and p.file.startswith(f'{area}/')]
        if not here:
            continue
        reached = sum(points[p] > 0 for p in here)
        rest = len(here) - sum(p in excluded for p in here)
        goal = GOALS.get((area, kind))
        print(f'{area + " " + kind:12} {len(here):7} {reached:8} {len(here) - rest:9} '
              f'{100 * reached / len(here):6.2f} % {100 * reached / rest:10.2f} % {f"{goal} %" if goal else "":>6}')
        if goal and 100 * reached < goal * rest:
            failures.append(f'{area}: {kind} below {goal} %')
    if failures:
        sys.exit('\n'.join(['coverage.py:', *failures]))


if __name__ == '__main__':
    main()
