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

sys.dont_write_bytecode = True  # build/ is the only output folder
import rtl
import software
from equivalent import EQUIVALENT

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'static'))
import measured

GOAL = 95.0
PARTS = {'RTL': rtl, 'driver': software}


def explained(mutants):
    """By what equivalent.py says of them, the mutants that change nothing: their numbers, how many survive.

    Stops where it names one that there is not, before the tests run.
    """
    found, wrong = {}, []
    files = {mutant.file for mutant in mutants}
    for _, file, text, changes in EQUIVALENT:
        for change in set(changes) if file in files else []:
            # A change can be possible more than once in a line; how many of those survive is said.
            there = [m.number for m in mutants if (m.file, m.text, m.change) == (file, text, change)]
            found[file, text, change] = there, changes.count(change)
            if len(there) < changes.count(change):
                wrong.append(f'{file}: {len(there)} such mutants: {text}\n    {change}')
    if wrong:
        sys.exit('mutate.py: correct equivalent.py:\n' + '\n'.join(wrong))
    return found


def said_wrongly(expected, killers):
    """Of those the ones that tests notice after all, a line each."""
    for (file, text, change), (there, count) in expected.items():
        alive = sum(killers[number] is None for number in there)
        if alive != count:
            killer = next((killers[number] for number in there if killers[number]), 'nothing')
            yield (f'equivalent.py: {file}: {count} should survive, {alive} do; killed by {killer}: {text}\n'
                   f'    {change}')


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
    rows, sums, faults = [], {}, 0
    for title, part in PARTS.items():
        if part not in {names[name] for name in wanted}:
            continue
        out = pathlib.Path(sys.argv[1]).resolve() / 'mutate'
        mutators = [m for m in part.build(out) if pathlib.Path(m.file).name in wanted]
        mutants = [mutant for mutator in mutators for mutant in mutator.mutants]
        expected = explained(mutants)
        stop_where_a_test_fails_anyway(part, out, mutants[0])
        killers = part.kill(out, mutants)
        equivalent = {number for there, _ in expected.values() for number in there}
        wrong = list(said_wrongly(expected, killers))
        print(*wrong, sep='\n', end='\n' if wrong else '')
        faults += len(wrong)
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
        if len(mutators) == len(part.FILES) and not wrong:
            measured.keep(
                sys.argv[1], f'Mutants of the {title}',
                ('file', 'mutants', 'killed', 'explained', 'survived', 'score'),
                [(f'`{file}`' if file != title else 'all of it', mutants, killed, equal, survived,
                  f'{100 * killed / (mutants - equal):.1f} %')
                 for file, mutants, killed, equal, survived, _ in rows[first:]])
    print(f'{"file":28} {"mutants":>7} {"killed":>7} {"explained":>9} {"survived":>8} {"score":>8} '
          f'{"lines without a mutant":>23}')
    for file, mutants, killed, equal, survived, bare in rows:
        print(f'{file:28} {mutants:7} {killed:7} {equal:9} {survived:8} '
              f'{100 * killed / (mutants - equal):6.1f} % {bare:23}')
    bad = [title for title, (_, mutants, killed, equal, *_) in sums.items()
           if 100 * killed < GOAL * (mutants - equal)]
    if faults:
        sys.exit('mutate.py: correct equivalent.py')
    if bad:
        sys.exit(f'mutate.py: less than {GOAL:g} % are killed in: {", ".join(bad)}')


if __name__ == '__main__':
    main()
