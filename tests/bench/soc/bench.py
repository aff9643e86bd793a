#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a lock costs on the simulated RISC-V cores of rtl/soc.

    bench.py BUILD_FOLDER CORES     of sim/soc, as `make soc-bench` makes it; how many cores that has

Runs bench.c on one core and on more, up to all, and writes tables in clocks. An empty call is taken off the free
pairs. The marks themselves are stores, which cost what a store to a device costs; what lies between two of them
that follow each other is taken off single calls.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import statistics
import subprocess
import sys

(FREE_BEGIN, FREE_END, BEGIN, END, RELEASE, OWNER, RELEASED, ACQUIRE, ACQUIRED, GIVE, GIVEN, WANT,
 HAVE) = range(100, 1400, 100)

Mark = collections.namedtuple('Mark', 'core number clock instructions fetching memory arbiter devices')


class Run:
    def __init__(self, build, cores):
        program = build / 'bench/bench.elf'
        done = subprocess.run([build / 'lockarb_soc', '--quiet', '--marks', '--cores', str(cores), program],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f'bench.py: {program} on {cores} cores: exit status {done.returncode}\n{done.stdout}{done.stderr}')
        self.cores = cores
        self.names = {int(number): name for number, name in re.findall(r'^kind (\d+) (.*)$', done.stdout, re.M)}
        self.free_pairs, self.pairs = map(int, re.search(r'^pairs (\d+) (\d+)$', done.stdout, re.M).groups())
        self.marks = [Mark(*map(int, line.split()[1:])) for line in done.stdout.splitlines()
                      if line.startswith('mark ')]

    def at(self, number):
        return [mark for mark in self.marks if mark.number == number]

    def free(self, kind):
        """Clocks, instructions, and clocks of accesses, of a pair; the empty call included."""
        (begin,), (end,) = self.at(FREE_BEGIN + kind), self.at(FREE_END + kind)
        return [(b - a) / self.free_pairs for a, b in zip(begin[2:], end[2:])]

    def between(self, begin, end, kind):
        """Clocks and instructions from a mark to the next one of its core, the medians; None: was not run."""
        begun, spent = {}, []
        for mark in self.marks:
            if mark.number == begin + kind:
                begun[mark.core] = mark
            elif mark.number == end + kind and mark.core in begun:
                first = begun.pop(mark.core)
                spent.append((mark.clock - first.clock, mark.instructions - first.instructions))
        return tuple(map(statistics.median, zip(*spent))) if spent else None

    def call(self, begin, end, kind):
        """The same of a call, without what the marks take."""
        call, marks = self.between(begin, end, kind), self.between(ACQUIRED, GIVE, kind)
        return call and tuple(a - b for a, b in zip(call, marks))

    def contended(self, kind):
        """Clocks of an acquire, an increment and a release, all cores together; None: was not run."""
        begin, ends = self.at(BEGIN + kind), self.at(END + kind)
        if not begin:
            return None
        return (max(end.clock for end in ends) - begin[0].clock) / (self.pairs * self.cores)

    def hand_off(self, kind):
        """Clocks from the call of release: to its return, and to the return of the acquire on the other core."""
        begins = self.at(RELEASE + kind)
        if not begins:
            return None
        return tuple(statistics.median(end.clock - begin.clock for begin, end in zip(begins, self.at(number + kind)))
                     for number in (RELEASED, OWNER))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    build, counts = pathlib.Path(sys.argv[1]).resolve(), range(1, int(sys.argv[2]) + 1)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = dict(zip(counts, pool.map(lambda cores: Run(build, cores), counts)))
    alone = runs[1]
    print(f'{"free pair, one core":28} {"clocks":>7} {"instructions":>13}   clocks with an access on its way:')
    print(f'{"":28} {"":>7} {"":>13} {"fetch":>7} {"memory":>7} {"arbiter":>8} {"devices":>8}')
    nothing = alone.free(0)
    for kind, name in alone.names.items():
        if kind == 0:
            continue
        clocks, instructions, fetch, memory, arbiter, devices = (round(a - b) for a, b in zip(alone.free(kind), nothing))
        print(f'{name:28} {clocks:7} {instructions:13} {fetch:7} {memory:7} {arbiter:8} {devices:8}')
    locks = {kind: name for kind, name in alone.names.items() if alone.contended(kind) is not None}
    print(f'\n{"single calls, one core":28} {"acquire":>7} {"instructions":>13} {"release":>8} {"instructions":>13}')
    for kind, name in locks.items():
        acquire, release = alone.call(ACQUIRE, ACQUIRED, kind), alone.call(GIVE, GIVEN, kind)
        print(f'{name:28} {acquire[0]:7.0f} {acquire[1]:13.0f} {release[0]:8.0f} {release[1]:13.0f}')
    heads = ''.join(f'{f"{cores} cores":>9}' for cores in counts)
    print(f'\n{"contended, clocks per pair":28}{heads}')
    for kind, name in locks.items():
        print(f'{name:28}' + ''.join(f'{runs[cores].contended(kind):9.0f}' for cores in counts))
    print(f'\n{"acquire, call to return":28}{heads}')
    for kind, name in locks.items():
        print(f'{name:28}' + ''.join(f'{runs[cores].call(WANT, HAVE, kind)[0]:9.0f}' for cores in counts))
    if len(counts) == 1:
        return
    print(f'\n{"hand-off, two cores, clocks":28} {"release returns":>16} {"next owner runs":>16}')
    for kind, name in alone.names.items():
        both = runs[2].hand_off(kind)
        if both is not None:
            print(f'{name:28} {both[0]:16.0f} {both[1]:16.0f}')


if __name__ == '__main__':
    main()
