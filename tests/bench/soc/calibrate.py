#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares clocks of host threads with those of cores.

    calibrate.py BUILD_FOLDER TOOLS [--fit]     of sim/soc, as `make calibrate` makes it; build/sim

Runs operations.c, then each shipped program and scenario, on host threads with --costs vexriscv and on the
cores of rtl/soc. --fit finds the clocks of that set (sim/platform/costs.cpp) by operations.c alone: how often
each of them is charged per operation is what the run gets longer by when one of them is a clock more.
"""

import pathlib
import re
import subprocess
import sys

KINDS = ('interrupt', 'switch', 'wake', 'command', 'access', 'spin_lock', 'wait', 'thread')
PROGRAMS = ('smallest', 'filesystem', 'handover', 'lookaside', 'packet_queue', 'rwcache', 'volume', 'write_behind')
SCENARIOS = {'apc_traffic': 4, 'handoff': 3, 'writer_storm': 4}  # and their cores
BIG = 1000  # clocks that one kind costs more when it is counted
GOAL = 15  # %


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'calibrate.py: {" ".join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}')
    return done.stdout


def operations(text):
    return {name: int(clocks) for clocks, name in re.findall(r'^operation (\d+) (.*)$', text, re.M)}


def clocks_of(text):
    return int(re.search(r"^simulated +([\d']+) clocks", text, re.M)[1].replace("'", ''))


def host_operations(folder, costs):
    return operations(run([folder / 'operations', '--costs', costs]))


def fit(folder, there):
    """Least squares of relative errors, no kind below 0: one kind after the other until nothing moves."""
    nothing = ','.join(f'{kind}=0' for kind in KINDS)
    free = host_operations(folder, 'default,' + nothing)
    alone = [name for name in there if not name.startswith('contended')]  # whose order changes with the clocks
    charged = {kind: host_operations(folder, f'default,{nothing},{kind}={BIG}') for kind in KINDS}
    times = {(kind, name): (charged[kind][name] - free[name]) / BIG for kind in KINDS for name in alone}
    found = dict.fromkeys(KINDS, 0.0)
    for _ in range(2000):
        for kind in KINDS:
            above = below = 0.0
            for name in alone:
                rest = there[name] - free[name] - sum(times[k, name] * found[k] for k in KINDS if k != kind)
                above += times[kind, name] * rest / there[name] ** 2
                below += times[kind, name] ** 2 / there[name] ** 2
            found[kind] = max(0.0, above / below) if below else 0.0
    print('charged per operation:')
    for name in alone:
        print(f'  {name:40}' + ''.join(f'{times[kind, name]:10.2f}' for kind in KINDS))
    print('found: ' + ', '.join(f'{kind} {found[kind]:.0f}' for kind in KINDS))


def table(title, rows):
    print(f'\n{title:40}{"host threads":>14}{"cores":>12}{"error":>9}')
    for name, host, cores in rows:
        error = 100 * (host - cores) / cores
        print(f'{name:40}{host:14}{cores:12}{error:8.0f} %{"" if abs(error) <= GOAL else "  beyond the goal"}')


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    build, tools = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    soc = build / 'lockarb_soc'
    there = operations(run([soc, '--quiet', build / 'bench/operations.elf']))
    of_host = tools.parent / 'tests/bench'
    if '--fit' in sys.argv:
        fit(of_host, there)
        return
    host = host_operations(of_host, 'vexriscv')
    table('operation, clocks', [(name, host[name], clocks) for name, clocks in there.items()])
    rows = []
    for name in PROGRAMS:
        here = run([tools / 'programs' / name, '--costs', 'vexriscv'])
        rows.append((name, clocks_of(here), clocks_of(run([soc, build / f'{name}.elf']))))
    for name, cores in SCENARIOS.items():
        here = run([tools / 'lockarb', 'run', f'sim/scenarios/{name}.yaml', '--costs', 'vexriscv'])
        rows.append((name, clocks_of(here), clocks_of(run([soc, '--cores', cores, build / f'{name}.elf']))))
    table('program or scenario, clocks', rows)


if __name__ == '__main__':
    main()
