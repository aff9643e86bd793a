#!/usr/bin/env python3
"""Breaks the RTL in every small way that it knows; a test must notice each.

    mutate.py BUILD [FILE...]    all files, or those named: lockarb_decide.v

Writes each survivor, then a table. Exit status 1 when less than 95 % of all mutants are killed.
"""

import pathlib
import sys

import rtl

GOAL = 95.0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    unknown = [name for name in sys.argv[2:] if name not in rtl.FILES]
    if unknown:
        sys.exit(f'mutate.py: {unknown[0]}: no file that is mutated; one of: {", ".join(rtl.FILES)}')
    out = pathlib.Path(sys.argv[1]).resolve() / 'mutate'
    mutators = [m for m in rtl.build(out)
                if not sys.argv[2:] or pathlib.Path(m.file).name in sys.argv[2:]]
    killers = rtl.kill(out, [mutant for mutator in mutators for mutant in mutator.mutants])
    rows = []
    for mutator in mutators:
        survivors = [m for m in mutator.mutants if killers[m.number] is None]
        for mutant in survivors:
            print(f'survived: {mutant.file}:{mutant.line}: {mutant.text}\n    {mutant.change}')
        rows.append((mutator.file, len(mutator.mutants), len(mutator.mutants) - len(survivors),
                     len(mutator.lines_without_mutant())))
    rows.append(('all', *(sum(column) for column in list(zip(*rows))[1:])))
    print(f'{"file":28} {"mutants":>7} {"killed":>7} {"score":>8} {"lines without a mutant":>23}')
    for file, mutants, killed, bare in rows:
        print(f'{file:28} {mutants:7} {killed:7} {100 * killed / mutants:6.1f} % {bare:23}')
    if 100 * rows[-1][2] < GOAL * rows[-1][1]:
        sys.exit(f'mutate.py: less than {GOAL:g} % are killed')


if __name__ == '__main__':
    main()
