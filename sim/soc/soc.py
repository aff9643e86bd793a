#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a scenario or a program on the RISC-V cores of rtl/soc: what `--machine riscv` does.

    soc.py scenario SCENARIO.yaml [OPTION...]
    soc.py program NAME.elf BUILD [OPTION...]    of a target of lockarb_add_program(), and its build folder

It builds what is missing or old, and becomes lockarb_soc, which knows the options. `make soc` has to have
made build/soc before.
"""

import fcntl
import hashlib
import os
import pathlib
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOC = ROOT / 'build' / 'soc'


# What the linker says then.
TOO_LARGE = ('relocation truncated to fit', 'will not fit', 'overflowed by')


class Bad(Exception):
    """What is wrong, and the cure."""


def cached(name):
    """A variable of the simulator's build."""
    for line in (SOC / 'CMakeCache.txt').read_text().splitlines():
        key, _, value = line.partition('=')
        if key.split(':')[0] == name:
            return value
    raise Bad(f'{SOC}/CMakeCache.txt has no {name}; make soc')


def cmake(what, *arguments):
    done = subprocess.run(['cmake', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    if done.returncode == 0:
        return
    if any(text in done.stdout for text in TOO_LARGE):
        raise Bad(f'{what}: does not fit into the {cached("LOCKARB_SOC_MEMORY_KIB")} KiB of the cores; take fewer '
                  'threads and locks, or make soc SOC_MEMORY_KIB=1024')
    log = SOC / 'run.log'
    log.write_text(done.stdout)
    raise Bad(f'{what} cannot be built; why is in {log}. When it is the simulator, make soc builds it anew')


def simulator(recording):
    """lockarb_soc, built."""
    if not (SOC / 'build.ninja').exists():
        raise Bad(f'--machine riscv: there is no simulator of RISC-V cores in {SOC}; make soc builds it')
    name = 'lockarb_soc_trace' if recording else 'lockarb_soc'
    if not (SOC / name).exists():
        print(f'lockarb: building {name}; this takes a minute or two, once', file=sys.stderr)
    cmake(name, '--build', SOC, '--target', name)
    return SOC / name


def scenario_elf(path):
    if not path.exists():
        raise Bad(f'{path}: no such file')
    path = path.resolve()
    folder = SOC / 'scenarios' / f'{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}'
    settings = {'SCENARIO': path, 'LOCKARB_SOC_PYTHON': cached('LOCKARB_SOC_PYTHON'),
                'LOCKARB_RISCV_CORE': cached('LOCKARB_SOC_CORE'),
                'LOCKARB_RISCV_MEMORY_KIB': cached('LOCKARB_SOC_MEMORY_KIB')}
    cmake(path.name, '-S', ROOT / 'sim/soc/scenario', '-B', folder, '-G', 'Ninja',
          *(f'-D{name}={value}' for name, value in settings.items()))
    cmake(path.name, '--build', folder, '--target', 'scenario_elf')
    return folder / 'scenario.elf'


def program_elf(elf, build):
    cmake(elf.name, '--build', build, '--target', f'{elf.stem}_elf')
    return elf


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ('scenario', 'program'):
        sys.exit(__doc__.strip())
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends a build without a word, as it ends a run
    kind, what, *options = sys.argv[1:]
    what = pathlib.Path(what)
    build = options.pop(0) if kind == 'program' else None
    try:
        recording = any(option.startswith('--trace=') for option in options)
        if not SOC.exists():
            raise Bad(f'--machine riscv: there is no simulator of RISC-V cores in {SOC}; make soc builds it')
        with open(SOC / 'run.lock', 'w') as lock:  # of two that build one waits
            fcntl.flock(lock, fcntl.LOCK_EX)
            command = simulator(recording)
            elf = scenario_elf(what) if build is None else program_elf(what, build)
    except (Bad, OSError) as why:
        print(f'lockarb: {why}', file=sys.stderr)
        sys.exit(2)
    os.execv(command, [str(command), str(elf), *options])


if __name__ == '__main__':
    main()
