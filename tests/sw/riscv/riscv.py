# SPDX-License-Identifier: Apache-2.0
"""Links a program for sw/port/riscv: RV32IM, without what is not used."""

import fcntl
import pathlib
import re
import shutil
import subprocess
import sys

TOOL = 'riscv64-unknown-elf-'
# CSR instructions are part of I in that version of the specification: so one name fits GCC 12 and GCC 14.
MACHINE = ['-march=rv32im', '-mabi=ilp32', '-misa-spec=2.2']
FLAGS = ['-std=c11', '-g', '-ffreestanding', '-ffunction-sections', '-fdata-sections', '-Wall', '-Wextra', '-Werror']
SMALL = ['-Os', '-msave-restore']
# The board has no shared memory set aside, so no locks in it; it knows no source lines.
NOT_LINKED = {'both_kinds.c', 'software_lock.c', 'software_rules.c', 'cell.c', 'lines.c'}
OTHER_BOARDS = {'soc', 'vexriscv', 'picorv32', 'cacheless', 'rocket'}


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


def arbiter_registers(sw):
    """Numbers of the register map by name; and what the registers of an arbiter with 4 cores, 64 thread slots and 64
    locks show, by offset."""
    text = (sw / 'driver/lockarb_regs.h').read_text()
    regs = {name: int(value, 0) for name, value in re.findall(r'#define LOCKARB_(\w+) (\w+?)u$', text, re.M)}
    return regs, {
        regs['ID_OFFSET']: regs['ID_MAGIC_RESET'] << regs['ID_MAGIC_SHIFT']
        | regs['ID_MAJOR_RESET'] << regs['ID_MAJOR_SHIFT'],
        regs['PARAMS_OFFSET']: 4 << regs['PARAMS_CORES_SHIFT'] | 64 << regs['PARAMS_THREADS_SHIFT']
        | 64 << regs['PARAMS_LOCKS_SHIFT'],
        regs['LIMITS_OFFSET']: 8 << regs['LIMITS_HOLD_WIDTH_SHIFT'],
    }


def changed(folder):
    """When something in it has changed last."""
    return max(path.stat().st_mtime for path in folder.rglob('*') if path.suffix in ('.c', '.h', '.S'))


def link(sw, program, out, optimized=SMALL):
    """Links that program with all that a board has. What is compiled so already, and not older than the sources,
    is taken as it is: tests share a folder. @return The sources, and the file that is linked."""
    out.mkdir(parents=True, exist_ok=True)
    sources = [source for folder in ('executive', 'wdm', 'driver', 'port/riscv')
               for pattern in ('*.c', '*.S') for source in sorted((sw / folder).rglob(pattern))
               if source.name not in NOT_LINKED and source.parent.name not in OTHER_BOARDS] + [program]
    includes = [f'-I{sw / folder}' for folder in ('', 'port/riscv', 'port/riscv/libc', 'executive/include', 'wdm/include')]
    newest = max(changed(sw), program.stat().st_mtime, pathlib.Path(__file__).stat().st_mtime)
    objects = []
    with open(out / 'lock', 'w') as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        for source in sources:
            objects.append(out / ('_'.join([*source.parts[-3:], *optimized]) + '.o'))
            if not objects[-1].exists() or objects[-1].stat().st_mtime <= newest:
                new = objects[-1].with_suffix('.new')  # a run that is cut off leaves no half object
                run(f'{TOOL}gcc', *MACHINE, *FLAGS, *optimized, *includes, '-c', source, '-o', new)
                new.replace(objects[-1])
    linked = out / f'{program.stem}.elf'
    run(f'{TOOL}gcc', *MACHINE, *optimized, '-nostdlib', '-Wl,--gc-sections', '-Wl,--no-warn-rwx-segments', '-L',
        sw / 'port/riscv', '-T', sw / 'port/riscv/virt/virt.ld', *objects, '-lgcc', '-o', linked)
    return sources, linked
