# SPDX-License-Identifier: Apache-2.0
"""Links a program for sw/port/riscv: RV32IM, optimized for size, without what is not used."""

import pathlib
import shutil
import subprocess
import sys

TOOL = 'riscv64-unknown-elf-'
# CSR instructions are part of I in that version of the specification: so one name fits GCC 12 and GCC 14.
MACHINE = ['-march=rv32im', '-mabi=ilp32', '-misa-spec=2.2']
FLAGS = ['-std=c11', '-g', '-Os', '-msave-restore', '-ffreestanding', '-ffunction-sections', '-fdata-sections',
         '-Wall', '-Wextra', '-Werror']
# The board has no shared memory set aside, so no locks in it.
NOT_LINKED = {'both_kinds.c', 'software_lock.c', 'software_rules.c', 'cell.c'}

def fail_without(program, package):
    """Ends the test as skipped."""
    if shutil.which(program) is None:
        print(f'SKIPPED, NOTHING WAS TESTED: there is no {program}; install {package}')
        sys.exit(77)


def run(*command):
    """What it writes. The test ends when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{" ".join(words)}\n{done.stderr}')
    return done.stdout


def link(sw, program, out):
    """Links that program with all that a board has. @return The sources, and the file that is linked."""
    out.mkdir(parents=True, exist_ok=True)
    sources = [source for folder in ('executive', 'wdm', 'driver', 'port/riscv')
               for pattern in ('*.c', '*.S') for source in sorted((sw / folder).rglob(pattern))
               if source.name not in NOT_LINKED] + [program]
    includes = [f'-I{sw / folder}' for folder in ('', 'port/riscv/libc', 'executive/include', 'wdm/include')]
    objects = []
    for source in sources:
        objects.append(out / ('_'.join(source.parts[-3:]) + '.o'))
        run(f'{TOOL}gcc', *MACHINE, *FLAGS, *includes, '-c', source, '-o', objects[-1])
    linked = out / f'{program.stem}.elf'
    run(f'{TOOL}gcc', *MACHINE, '-nostdlib', '-Wl,--gc-sections', '-Wl,--no-warn-rwx-segments', '-T',
        sw / 'port/riscv/virt.ld', *objects, '-lgcc', '-o', linked)
    return sources, linked
