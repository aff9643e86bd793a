#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the RTL and the driver in every small way that it knows; a test must notice each.

    mutate.py BUILD [FILE...]    all files, or those named: lockarb_decide.v

Writes each survivor, then a table. equivalent.py says which mutants change nothing: those do not count.
Exit status 1 when of the others in the RTL or in the driver less than 95 % are killed.
"""

import dataclasses
import pathlib
import sys

import rtl
import software
from equivalent import EQUIVALENT

GOAL = 95.0
PARTS = {'RTL': rtl, 'driver': software}


def explained(mutants, killers):
    """The numbers of those that change nothing. Stops where equivalent.py is wrong about one."""
    numbers, wrong = set(), []
    files = {mutant.file for mutant in mutants}
    for _, file, text, changes in EQUIVALENT:
        for change in changes if file in files else []:
            # A change can be possible more than once in a line.
            alive = [m.number for m in mutants
                     if (m.file, m.text, m.change) == (file, text, change) and killers[m.number] is None]
            numbers.update(alive)
            if len(alive) != changes.count(change):
                wrong.append(f'{file}: {len(alive)} live: {text}\n    {change}')
    if wrong:
        sys.exit('mutate.py: correct equivalent.py:\n' + '\n'.join(wrong))
    return numbers


def stop_where_a_test_fails_anyway(part, out, mutant):
    """Such a test would kill all mutants."""
    if killer := part.kill(out, [dataclasses.replace(mutant, number=0)])[0]:
        sys.exit(f'mutate.py: {killer} fails without a mutant')


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    names = {pathlib.Path(file).name: part for part in PARTS.values() for file in part.FILES}
    unknown = [name for name in sys.argv[2:] if name not in names]
    if unknown:
        sys.exit(f'mutate.py: {unknown[0]}: no file that is mutated; one of: {", ".join(names)}')
    wanted = sys.argv[2:] or list(names)
    rows, sums = [], {}
    for title, part in PARTS.items():
        if part not in {names[name] for name in wanted}:
            continue
        out = pathlib.Path(sys.argv[1]).resolve() / 'mutate'
        mutators = [m for m in part.build(out) if pathlib.Path(m.file).name in wanted]
        mutants = [mutant for mutator in mutators for mutant in mutator.mutants]
        stop_where_a_test_fails_anyway(part, out, mutants[0])
        killers = part.kill(out, mutants)
        equivalent = explained(mutants, killers)
        first = len(rows)
        for mutator in mutators:
            alive = [m for m in mutator.mutants if killers[m.number] is None]
            survivors = [m for m in alive if m.number not in equivalent]
            for mutant in survivors:
                print(f'survived: {mutant.file}:{mutant.line}: {mutant.text}\n    {mutant.change}')
            rows.append((mutator.file, len(mutator.mutants), len(mutator.mutants) - len(alive),
                         len(alive) - len(survivors), len(survivors), len(mutator.lines_without_mutant())))
        sums[title] = (title, *(sum(column) for column in list(zip(*rows[first:]))[1:]))
        rows.append(sums[title])
    print(f'{"file":28} {"mutants":>7} {"killed":>7} {"explained":>9} {"survived":>8} {"score":>8} '
          f'{"lines without a mutant":>23}')
    for file, mutants, killed, equal, survived, bare in rows:
        print(f'{file:28} {mutants:7} {killed:7} {equal:9} {survived:8} '
              f'{100 * killed / (mutants - equal):6.1f} % {bare:23}')
    bad = [title for title, (_, mutants, killed, equal, *_) in sums.items()
           if 100 * killed < GOAL * (mutants - equal)]
    if bad:
        sys.exit(f'mutate.py: less than {GOAL:g} % are killed in: {", ".join(bad)}')


if __name__ == '__main__':
    main()
