#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs programs on the simulated SoC, and bad input.

    soc_test.py BUILD_FOLDER CORE     of sim/soc, as `make soc-test` makes it; its kind of core

The last run, which takes minutes, tells how far it is. On picorv32 it is left out: an instruction takes it 4 clocks,
so most clocks are missed most of the times.
"""

import collections
import pathlib
import struct
import subprocess
import sys

THREADS = pathlib.Path(__file__).resolve().parents[3] / 'tests/sw/riscv/threads.c'
WORKERS = 8
PREEMPT_LIMIT = 150000000  # clocks; without a fault it takes a third of it
failures = 0


def run(build, *arguments):
    done = subprocess.run([build / 'lockarb_soc', *map(str, arguments)], capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout, done.stderr


def run_and_tell(build, *arguments):
    """The same, for a program that says how far it is."""
    with subprocess.Popen([build / 'lockarb_soc', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            print(f'  {line}', end='', flush=True)
        err = process.stderr.read()
    return process.returncode, ''.join(lines), err


def check(claim, result, status, *expected):
    """That the run ended so, and that each of the texts was written."""
    global failures
    code, out, err = result
    missing = [text for text in expected if text not in out + err]
    if code == status and not missing:
        print(f'passed: {claim}')
        return
    failures += 1
    print(f'FAILED: {claim}\n  exit status {code}, {status} expected; not written: {missing}\n{out}{err}')


def line_of(source, text):
    """The number of the one line that has it."""
    number, = (n for n, line in enumerate(source.read_text().splitlines(), 1) if text in line)
    return number


def too_large(build):
    """The smallest program, of which the last part wants a MiB of zeros more."""
    image = bytearray((build / 'smallest.elf').read_bytes())
    table, = struct.unpack_from('<I', image, 28)
    entry, count = struct.unpack_from('<HH', image, 42)
    at = table + entry * (count - 1)
    struct.pack_into('<I', image, at + 20, struct.unpack_from('<I', image, at + 20)[0] + (1 << 20))
    path = build / 'too_large.elf'
    path.write_bytes(image)
    return path


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    sys.stdout.reconfigure(line_buffering=True)
    build = pathlib.Path(sys.argv[1]).resolve()

    code, out, err = run(build, '--quiet', build / 'tests/threads.elf')
    expected = [line for n in range(WORKERS) for line in (f'worker {n} on core {(n + 1) % 4}', f'worker {n} done')]
    lines = collections.Counter(out.splitlines())
    once = all(lines[line] == 1 for line in expected)
    check('threads start, are preempted, wait and end on four cores', (code if once else 99, out, err), 1,
          'lock owned by 1, freed', 'all workers have ended')
    check('an access that the bus refuses stops the program, with core, address and source line', (code, out, err), 1,
          '*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION (0x90000000, 0x1, 0x0, 0xFFFFFFFF)',
          'the bus refused a write of 0x90000000, by', f'threads.c:{line_of(THREADS, "0x90000000")}')
    check('an illegal instruction is named, with core, registers and source line',
          run(build, '--quiet', build / 'tests/illegal.elf'), 1,
          'core 0, clock', 'an illegal instruction', 'illegal.c:', '  ra  80')
    check('one core is enough', run(build, '--cores', 1, '--quiet', build / 'smallest.elf'), 0, 'counted to 2000')
    check('a run that does not end is stopped, and says where its cores are',
          run(build, '--limit', 50000, '--quiet', build / 'smallest.elf'), 3, 'has not ended after 50000 clocks',
          'core 3 0x80')
    check('a program that is too large is refused', run(build, too_large(build)), 2, 'is too large',
          'memory ends at 0x80040000 (256 KiB); make soc SOC_MEMORY_KIB=1024')
    check('more cores than windows are refused', run(build, '--cores', 9, build / 'smallest.elf'), 2,
          '--cores 9: this model has 4')
    check('what is no program is refused', run(build, pathlib.Path(__file__)), 2, 'is no ELF file')
    check('a file that is not there is named', run(build, 'nowhere.elf'), 2, 'nowhere.elf: No such file')
    check('this one cannot record', run(build, '--trace', 'x.fst', build / 'smallest.elf'), 2, 'lockarb_soc_trace')

    if sys.argv[2] == 'vexriscv':
        check('an interrupt at each of 2000 clocks around acquire and release: no wake-up is lost, no count is wrong',
              run_and_tell(build, '--cores', 1, '--limit', PREEMPT_LIMIT, '--quiet', build / 'tests/preempt.elf'), 0,
              'preempt: 2000 of 2000 clocks')
    sys.exit(failures)


if __name__ == '__main__':
    main()
