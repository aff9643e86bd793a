#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs threads.c on QEMU's machine "virt", four cores of it.

    on_qemu.py SW_FOLDER OUT_FOLDER

There is no arbiter in QEMU: where it would be is RAM with the answers to the few commands of the program. So
start, switch, timers, interrupts between cores, time, bus errors and printing of sw/port/riscv are real.
Exit status 77 when there is no compiler for RISC-V, or no QEMU.
"""

import collections
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # build/ is the only output folder
import riscv

HERE = pathlib.Path(__file__).resolve().parent
QEMU = 'qemu-system-riscv32'
ARBITER = 0x84000000  # sw/port/riscv/virt/virt.c
WORKERS = 8
LONGEST = 60  # seconds; it takes one


def answers(sw):
    """Words of an arbiter with 4 cores, 64 thread slots and 64 locks, of which lock 0 is used once."""
    regs, registers = riscv.arbiter_registers(sw)

    def command(operation):
        return regs['COMMAND_OFFSET'] | regs[f'OP_{operation}'] << regs['OP_SHIFT']

    one_owner = 1 << regs['RESULT_OWNERS_SHIFT']
    return registers | {
        command('INITIALIZE'): regs['STATUS_DONE'],
        command('ACQUIRE_EXCLUSIVE'): regs['STATUS_GRANTED_EXCLUSIVE'] | one_owner,
        command('RELEASE'): regs['STATUS_FREED'],
        command('DELETE'): regs['STATUS_DONE'],
    }


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    riscv.fail_without(f'{riscv.TOOL}gcc', 'gcc-riscv64-unknown-elf')
    riscv.fail_without(QEMU, 'qemu-system-misc (Debian 12) or qemu-system-riscv (Debian 13)')
    sw, out = (pathlib.Path(folder).resolve() for folder in sys.argv[1:])
    _, program = riscv.link(sw, HERE / 'threads.c', out)
    loads = [word for offset, value in answers(sw).items()
             for word in ('-device', f'loader,addr={ARBITER + offset:#x},data={value:#x},data-len=4')]
    command = [QEMU, '-M', 'virt', '-smp', '4', '-m', '128M', '-nographic', '-bios', 'none', '-kernel', str(program),
               *loads]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired as stuck:
        sys.exit(f'{(stuck.stdout or b"").decode()}\non_qemu.py: still running after {LONGEST} s')
    expected = [line for n in range(WORKERS) for line in (f'worker {n} on core {(n + 1) % 4}', f'worker {n} done')]
    expected += ['lock owned by 1, freed', 'all workers have ended', 'counted to 4000, 4000, 4000, 4000, 4000, 3 left',
                 '*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION (0x90000000, 0x1, 0x0, 0x0)']
    lines = collections.Counter(line.rstrip('\r') for line in done.stdout.splitlines())
    missing = [line for line in expected if lines[line] != 1]
    if missing or done.returncode != 1:
        sys.exit(f'{done.stdout}{done.stderr}\non_qemu.py: exit status {done.returncode}, 1 was expected; '
                 f'not there once: {missing}')


if __name__ == '__main__':
    main()
