#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
seeded_test.py GUIDE PROGRAM: each run that the guide's section "Ten bugs" shows prints what stands there, on
both kinds of locks. In the guide long lines are broken, and "..." stands for lines that are left out.
"""

import re
import subprocess
import sys


def examples(guide):
    """Of the section: options, and the pieces of output that stand there in order."""
    section = re.search(r'^### Ten bugs\n(.*?)^##', guide, re.M | re.S).group(1)
    for block in re.findall(r'(?:^    .*\n)+', section, re.M):
        first, *lines = block.strip().split('\n')
        options = re.fullmatch(r'\$ seeded_program (.*)', first).group(1)
        yield options, [' '.join(piece.split()) for piece in '\n'.join(lines).split('\n    ...\n')]


def on_software(text):
    """The locks in shared memory come after the 256 of the arbiter."""
    return re.sub(r'\block( +)(\d+)', lambda m: f'lock{m[1]}{int(m[2]) + 256}', text)


def main():
    guide, program = sys.argv[1:]
    with open(guide) as file:
        shown = list(examples(file.read()))
    wrong = 0
    for options, pieces in shown:
        for kind in ('hardware', 'software'):
            command = [program, *options.split(), '--lock', kind]
            run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            output, place = ' '.join(run.stdout.split()), 0
            for piece in pieces:
                found = output.find(piece if kind == 'hardware' else on_software(piece), place)
                if found < 0:
                    print(f'{" ".join(command)}\nprints\n{run.stdout}\nand not, or not there,\n{piece}\n')
                    wrong += 1
                    break
                place = found + len(piece)
    seeds = {re.search(r'--seed (\d+)', options).group(1) for options, _ in shown}
    if len(seeds) != 10:
        print(f'the guide shows {len(seeds)} bugs, and there are 10')
        wrong += 1
    return wrong != 0


if __name__ == '__main__':
    sys.exit(main())
