#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions that pair.c retires on an RV32IM core for a free acquire and its release.

    cost.py SW_FOLDER OUT_FOLDER [GCC_OPTION...]

With options the program is compiled with those, and there are no limits; without, with those of `make size`.
Writes the counts, and then which functions of the routines' pair they are in. Exit status 1 when one is above its
limit, 77 when there is no compiler for RISC-V.
"""

import bisect
import collections
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # build/ is the only output folder
import riscv
from core import Core, Stopped

HERE = pathlib.Path(__file__).resolve().parent
ARBITER, WINDOW = 0x84000000, 0x100000  # sw/port/riscv/virt/virt.c
FINISHER, UART, UART_STATUS, UART_CAN_TAKE = 0x100000, 0x10000000, 0x10000005, 0x20
RAM = 256 * 1024  # sw/port/riscv/virt/virt.ld
LONGEST = 1000000  # instructions of the whole program; it takes a tenth of that

# The driver in times of the reads alone, with a window that is kept and without; the routines in instructions.
WINDOW_LIMIT, DRIVER_LIMIT = 1.5, 1.75
ROUTINES_LIMIT = 1420
PUSH_LOCKS = 'push lock in memory', 'push lock on the arbiter'


def arbiter(sw):
    """Reads of an arbiter with 4 cores, 64 thread slots and 64 locks, whose locks are free for an acquire and the
    core's for a release."""
    regs, registers = riscv.arbiter_registers(sw)
    commands = {
        regs['OP_INITIALIZE']: regs['STATUS_DONE'],
        regs['OP_ENTER_ACQUIRE_EXCLUSIVE']: regs['STATUS_GRANTED_EXCLUSIVE'] | 1 << regs['RESULT_OWNERS_SHIFT'],
        regs['OP_ACQUIRE_EXCLUSIVE']: regs['STATUS_GRANTED_EXCLUSIVE'] | 1 << regs['RESULT_OWNERS_SHIFT'],
        regs['OP_RELEASE']: regs['STATUS_FREED'],
        regs['OP_RELEASE_AND_LEAVE']: regs['STATUS_FREED'],
        regs['OP_DELETE']: regs['STATUS_DONE'],
    }

    def read(offset):
        if offset & regs['COMMAND_OFFSET']:
            return commands[offset >> regs['OP_SHIFT'] & 31]
        return registers.get(offset, 0)
    return read


def run(sw, program):
    """What the program prints, and the core."""
    printed, read_arbiter = [], arbiter(sw)

    def read(address):
        if ARBITER <= address < ARBITER + 4 * WINDOW:
            return read_arbiter(address - ARBITER)
        return UART_CAN_TAKE if address == UART_STATUS else 0

    def write(address, value):
        if address == UART:
            printed.append(chr(value & 0xFF))
        elif address == FINISHER:
            raise Stopped

    core = Core(program.read_bytes(), RAM, read, write)
    if not core.run(LONGEST):
        sys.exit(f'{"".join(printed)}cost.py: still running after {LONGEST} instructions')
    return ''.join(printed), core


def by_function(program, counts):
    """Name of each function of the program: what was retired in it, most first."""
    lines = (line.split() for line in riscv.run(f'{riscv.TOOL}nm', program).splitlines())
    starts = sorted((int(words[0], 16), words[2]) for words in lines if words[1] in 'tT')
    functions = collections.Counter()
    for address, times in counts.items():
        functions[starts[bisect.bisect(starts, (address, '~')) - 1][1]] += times
    return functions.most_common()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    riscv.fail_without(f'{riscv.TOOL}gcc', 'gcc-riscv64-unknown-elf')
    sw, out = (pathlib.Path(folder).resolve() for folder in sys.argv[1:3])
    options = sys.argv[3:] or riscv.SMALL
    _, program = riscv.link(sw, HERE / 'pair.c', out, options)
    printed, core = run(sw, program)
    counts = {name: int(count) for name, count in re.findall(r'^(.*): (\d+) instructions$', printed, re.M)}
    if set(counts) != {'reads alone', 'driver', 'driver in a window', 'routines', *PUSH_LOCKS}:
        sys.exit(f'{printed}cost.py: pair.c does not say what it counts')
    limits = {'driver in a window': int(WINDOW_LIMIT * counts['reads alone']),
              'driver': int(DRIVER_LIMIT * counts['reads alone']), 'routines': ROUTINES_LIMIT}
    bad = []
    for name, count in counts.items():
        limit = '' if name not in limits or sys.argv[3:] else f'; at most {limits[name]}'
        print(f'{count:5} {name}{limit}')
        if limit and count > limits[name]:
            bad.append(name)
    print(f'of the routines, compiled with {" ".join(options)}:')
    for name, count in by_function(program, core.before):
        print(f'{count:11} {name}')
    if bad:
        sys.exit(f'cost.py: more instructions than the limit: {", ".join(bad)}')


if __name__ == '__main__':
    main()
