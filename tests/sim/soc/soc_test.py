#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs programs on the simulated SoC, and bad input.

    soc_test.py BUILD_FOLDER CORE TOOLS     of sim/soc, as `make soc-test` makes it; its kind of core; build/sim

The last run, which takes minutes, tells how far it is. On picorv32 it is left out: an instruction takes it 4 clocks,
so most clocks are missed most of the times. On rocket it would take an hour, and most scenarios as long.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
THREADS = ROOT / 'tests/sw/riscv/threads.c'
WORKERS = 8
MEMORY_KIB = {'vexriscv': 256, 'picorv32': 256, 'rocket': 1024}
PREEMPT_LIMIT = 200000000  # clocks; without a fault it takes half of it
CASES_LIMIT = 200000000
PROGRAMS = ('smallest', 'filesystem', 'handover', 'lookaside', 'packet_queue', 'rwcache', 'volume', 'write_behind')
CASES = ('bitmap', 'lookaside', 'object', 'push_lock', 'queue', 'safe_string', 'spin_lock', 'string', 'table', 'timer')
SCENARIOS = {'apc_traffic': 2000, 'handoff': 60, 'writer_storm': 6000}
RESULTS = tuple(f'{name}: ' for name in PROGRAMS) + ('counted to ', '            150 normal')
ELF32 = 1
failures = []


def run(build, *arguments):
    done = subprocess.run([build / 'lockarb_soc', *map(str, arguments)], capture_output=True, text=True, timeout=3600)
    return done.returncode, done.stdout, done.stderr


def run_and_tell(build, *arguments):
    """The same, for a program that says how far it is, maybe beside another one."""
    with subprocess.Popen([build / 'lockarb_soc', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            print(f'  {" ".join(map(str, arguments[:2]))}: {line}', end='', flush=True)
        err = process.stderr.read()
    return process.returncode, ''.join(lines), err


def check(claim, result, status, *expected):
    """That the run ended so, and that each of the texts was written."""
    code, out, err = result
    missing = [text for text in expected if text not in out + err]
    if code == status and not missing:
        print(f'passed: {claim}')
        return
    failures.append(claim)
    print(f'FAILED: {claim}\n  exit status {code}, {status} expected; not written: {missing}\n{out}{err}')


def line_of(source, text):
    """The number of the one line that has it."""
    number, = (n for n, line in enumerate(source.read_text().splitlines(), 1) if text in line)
    return number


def too_large(build):
    """The smallest program, of which the last part wants a MiB of zeros more."""
    image = bytearray((build / 'smallest.elf').read_bytes())
    word, at_table, at_entry, at_size = ('<I', 28, 42, 20) if image[4] == ELF32 else ('<Q', 32, 54, 40)
    table, = struct.unpack_from(word, image, at_table)
    entry, count = struct.unpack_from('<HH', image, at_entry)
    at = table + entry * (count - 1) + at_size
    struct.pack_into(word, image, at, struct.unpack_from(word, image, at)[0] + (1 << 20))
    path = build / 'too_large.elf'
    path.write_bytes(image)
    return path


def results(text):
    """What a program says of its results: lines that are neither the simulation's nor of a table."""
    return [line for line in text.splitlines() if line.startswith(RESULTS) and ' cores, seed ' not in line]


def check_program(build, tools, name):
    """That it says the same of its results on these cores and on host threads."""
    host = subprocess.run([tools / 'programs' / name], capture_output=True, text=True, timeout=600)
    expected = results(host.stdout)
    check(f'{name} has the same results as on host threads', run(build, '--quiet', build / f'{name}.elf'),
          host.returncode, *(expected or ['nothing to compare']))


def check_cases(build, name):
    """The tests of routines that are in C, and end, of a file."""
    source = (ROOT / f'tests/sw/executive/{name}_cases.c').read_text()
    count = len(re.findall(r'^(?:VERIFIED_)?CASE\(', source, re.M))
    code, out, err = run(build, '--limit', CASES_LIMIT, '--quiet', build / f'tests/{name}_cases.elf')
    check(f'the {count} tests of {name}_cases.c pass on cores', (code, f'\n{out}', err), 0, f'\n{count} cases have run')


def check_preemption(build, cores):
    check(f'{cores} cores: an interrupt at each of 2000 clocks around acquire and release: no wake-up is lost, no count '
          'is wrong, and each APC runs where it may',
          run_and_tell(build, '--cores', cores, '--limit', PREEMPT_LIMIT, '--quiet', build / 'tests/preempt.elf'), 0,
          'preempt: 2000 of 2000 clocks', ' special APCs ran, ')


def report_of(folder, *words):
    """What a run says as JSON, and that."""
    path = folder / 'run.json'
    done = subprocess.run([*map(str, words), '--json', path], capture_output=True, text=True, timeout=600)
    return (done.returncode, done.stdout, done.stderr), path.read_bytes() if done.returncode == 0 else b''


def check_machine(build, tools):
    """`--machine riscv`: the options and the outputs of a run on host threads."""
    run_it = (tools / 'lockarb', 'run', ROOT / 'sim/scenarios/handoff.yaml')
    done, text = report_of(build, *run_it, '--machine', 'riscv')
    check('a scenario runs on cores with the table of host threads, and with theirs', done, 0,
          'handoff: 3 cores, seed 1: ended', 'writer_a on core 0', 'instructions')
    _, host_text = report_of(build, *run_it)
    cores, host = json.loads(text), json.loads(host_text)
    counts = [[(thread['name'], thread['acquisitions']) for thread in run['threads']]
              for run in (cores, host)]
    places = [sorted((place['where'], place['acquisitions']) for place in run['places'])
              for run in (cores, host)]
    check('its threads acquire as often as there', (counts[0] != counts[1], str(counts), ''), 0)
    check(f'... in the same lines: {places[0]}', (places[0] != places[1], str(places), ''), 0)
    check('its JSON has the form of all others', (sorted(cores) != sorted(host), str(sorted(cores)), ''), 0)
    done, again = report_of(build, *shlex.split(cores['command'].replace('lockarb', str(tools / 'lockarb'), 1)))
    check('the command of a report does the same run', done, 0)
    check('... and gives the same bytes', (again != text, '', ''), 0)
    done, _ = report_of(build, *run_it, '--machine', 'riscv', '--lock', 'software', '--locks=v')
    check('its locks can be in software, and are listed', done, 0, 'Stands on shared memory',
          '64 in software')
    own = build / 'in_software.yaml'
    own.write_text(run_it[2].read_text() + 'lock: software\n')
    done, text = report_of(build, *run_it[:2], own, '--machine', 'riscv')
    check('a scenario that says so has them there, and its report says it', (done[0], text.decode(), done[2]), 0,
          '"lock": "software"', '"kind": "software"')
    before = own.read_bytes()
    done, _ = report_of(build, *run_it[:2], own, '--machine', 'riscv', '--csv', own)
    check('an output that would overwrite the scenario is refused', done, 2, 'the scenario ', 'are one file')
    check('... which is as it was', (own.read_bytes() != before, '', ''), 0)
    done, text = report_of(build, tools / 'programs/smallest', '--machine', 'riscv', '--cores', 2)
    check('a program runs there', done, 0, 'counted to 2000')
    check('its command has its cores', (0, json.loads(text)['command'], ''), 0,
          'smallest --machine riscv --cores 2 --seed 1')
    check('its lock has the name that it has in the source', (b'"name": "lock"' not in text, '', ''), 0)


WORKERS_ON_THREE_CORES = '''name: faulty
cores: 3
locks: 2
threads:
  - {name: writer, count: 3, loop: 20, do: exclusive, locks: any, hold_clocks: 60, think_clocks: 40}
  - {name: reader, count: 3, loop: 20, do: shared, locks: any, hold_clocks: 40, think_clocks: 60}
faults:
'''
FIRST_ACCESS, LAST_ACCESS = 4000, 7000  # of core 1: among them are those of its first locks


def check_faults(build, tools):
    """`--machine riscv` of scenarios with faults."""
    def run_with(faults):
        path = build / 'faulty.yaml'
        path.write_text(WORKERS_ON_THREE_CORES + ''.join(f'  - {fault}\n' for fault in faults))
        report = build / 'faulty.json'
        report.unlink(missing_ok=True)
        done = subprocess.run([tools / 'lockarb', 'run', path, '--machine', 'riscv', '--json', report,
                               '--limit', '8000000'], capture_output=True, text=True, timeout=600)
        found = json.loads(report.read_text()) if report.exists() else {'faults': []}
        return (done.returncode, done.stdout, done.stderr), found['faults']

    done, faults = run_with((
        'bus_stall: {core: 1, access: 3000, clocks: 400}',
        'late_interrupt: {core: 2, after: 150000, clocks: 3000}',
        'lost_interrupt: {core: 1, after: 200000}', 'spurious_interrupt: {core: 0, at: 250000}',
        'flip_bit: {ram: next, slot: 60, bit: 0, after: 150000}'))
    check('what software gets over is harmless on cores', done, 0, 'faulty: 120 loops',
          'up for 100 clocks: harmless')
    outcomes = [fault['outcome'] for fault in faults]
    check('... each of these faults', (outcomes != ['harmless'] * 5, str(faults), ''), 0)

    # A stall for one clock tells what each access is; then one of the same accesses fails.
    stalls = [f'bus_stall: {{core: 1, access: {n}, clocks: 1}}' for n in range(FIRST_ACCESS, LAST_ACCESS)]
    done, faults = run_with(stalls)
    for text, status, carried_out, expected in (
            ('CURRENT_THREAD = ', 0, 'false', ': harmless'), ('CURRENT_THREAD = ', 0, 'true', ': harmless'),
            ('ENTER_ACQUIRE_EXCLUSIVE of ', 1, 'false', '*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION'),
            ('ENTER_ACQUIRE_EXCLUSIVE of ', 1, 'true', '*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION')):
        at = next((n for n, fault in enumerate(faults) if text in fault.get('what', '')), 0)
        error = f'bus_error: {{core: 1, access: {FIRST_ACCESS + at}, carried_out: {carried_out}}}'
        done, found = run_with(stalls[:at] + [error] + stalls[at + 1:])
        check(f'a bus error of "{text}", carried out: {carried_out}, comes to its end', done, status,
              expected)
        met = found[at].get('what', '') if found else ''
        check('... and was one of that access', (text not in met, met, ''), 0)

    done, _ = run_with(['flip_bit: {ram: row, lock: 1, bit: 3, after: 200000}'])
    check('a bit of a lock in use that flips is found', done, 1, 'told by core ', ': named',
          'stopped by bug check 0x2e')
    for fault, why in (('hostile: {core: 0, accesses: 9}', 'software of the simulated platform'),
                       ('kill_thread: {thread: writer.0, after: 9}', 'nobody outside'),
                       ('reset_core: {core: 0, after: 9}', 'does not start a core again')):
        done, _ = run_with([fault])
        check(f'{fault.split(":")[0]} is refused on cores', done, 2, 'is not for --machine riscv', why)
    check('faults are for a program that tells what it does',
          run(build, '--faults', build / 'faulty.yaml', build / 'smallest.elf'), 2, '--faults: ', 'neither tells')


class Board:
    """The simulated board, with a program in its memory that has begun."""

    def __init__(self, build, tools, folder):
        self.load_tool, self.probe_tool = tools / 'lockarb_load', tools / 'lockarb_probe'
        self.link = folder / 'board.pty'
        self.process = subprocess.Popen([build / 'lockarb_soc_board_sim', '--link', self.link],
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def text(self, seconds):
        """What comes out of the line while nobody says anything."""
        line = os.open(self.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        end, got = time.monotonic() + seconds, b''
        while b'\n' not in got and time.monotonic() < end:
            try:
                got += os.read(line, 256)
            except BlockingIOError:
                time.sleep(0.05)
        os.close(line)
        return got.decode()

    def tool(self, tool, *arguments):
        done = subprocess.run([tool, self.link, *map(str, arguments)], capture_output=True, text=True, timeout=900)
        return done.returncode, done.stdout, done.stderr

    def stop(self):
        self.process.terminate()
        self.process.wait()


def check_board(build, tools):
    board = Board(build, tools, build)
    try:
        check('the board runs what is in its memory, and prints it as text', (0, board.text(900), ''), 0,
              'counted to 2000')
        check('a program is loaded over the line, and its console comes back', board.tool(
            board.load_tool, build / 'filesystem.elf'), 0, 'cores start', 'special APCs ran: consistent', 'exit code 0')
        check('the arbiter can be probed over the same line', board.tool(board.probe_tool), 0,
              'cores           4', 'self-test passed')
        check('another program begins anew, on fewer cores', board.tool(
            board.load_tool, build / 'smallest.elf', '--cores', 2), 0, '2 cores start', 'counted to 2000')
        check('how a program ends is told', board.tool(board.load_tool, build / 'tests/illegal.elf'), 1,
              '*** STOP 0x0000007F', 'exit code 1')
        check('a program that is too large for the board is refused', board.tool(
            board.load_tool, too_large(build)), 2, 'is too large', 'link it with -Wl,--defsym=__memory_size=256K')
        check('more cores than the board has are refused', board.tool(
            board.load_tool, build / 'smallest.elf', '--cores', 5), 2, '--cores 5: the board has 4')
    finally:
        board.stop()


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.strip())
    sys.stdout.reconfigure(line_buffering=True)
    build, core, tools = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    memory = MEMORY_KIB[core]
    # With a cache a store to memory that is not there is a read: of its line, which completes another instruction.
    access, where = ('read', '') if core == 'rocket' else ('write', f'threads.c:{line_of(THREADS, "0x90000000")}')

    code, out, err = run(build, '--quiet', build / 'tests/threads.elf')
    expected = [line for n in range(WORKERS) for line in (f'worker {n} on core {(n + 1) % 4}', f'worker {n} done')]
    lines = collections.Counter(out.splitlines())
    once = all(lines[line] == 1 for line in expected)
    check('threads start, are preempted, wait and end on four cores', (code if once else 99, out, err), 1,
          'lock owned by 1, freed', 'all workers have ended')
    check('an access that the bus refuses stops the program, with core, address and source line', (code, out, err), 1,
          f'*** STOP 0x0000009C MACHINE_CHECK_EXCEPTION (0x90000000, 0x{int(access == "write")}, 0x0, 0xFFFFFFFF)',
          f'the bus refused a {access} of 0x90000000, by', where)
    check('an illegal instruction is named, with core, registers and source line',
          run(build, '--quiet', build / 'tests/illegal.elf'), 1,
          'core 0, clock', 'an illegal instruction', 'illegal.c:', '  ra  80')
    check('one core is enough', run(build, '--cores', 1, '--quiet', build / 'smallest.elf'), 0, 'counted to 2000')
    check('a run that does not end is stopped, and says where its cores are',
          run(build, '--limit', 50000, '--quiet', build / 'smallest.elf'), 3, 'has not ended after 50000 clocks',
          'core 3 0x80')
    check('a program that is too large is refused', run(build, too_large(build)), 2, 'is too large',
          f'memory ends at 0x{0x80000000 + memory * 1024:x} ({memory} KiB); make soc SOC_MEMORY_KIB=1024')
    check('more cores than windows are refused', run(build, '--cores', 9, build / 'smallest.elf'), 2,
          '--cores 9: this model has 4')
    check('what is no program is refused', run(build, pathlib.Path(__file__)), 2, 'is no ELF file')
    check('a file that is not there is named', run(build, 'nowhere.elf'), 2, 'nowhere.elf: No such file')
    check('this one cannot record', run(build, '--trace', 'x.fst', build / 'smallest.elf'), 2, 'lockarb_soc_trace')

    check('a seed is for who asks for one', run(build, '--seed', 2, build / 'tests/threads.elf'), 2,
          'does not ask for a seed')
    check('settings are for who takes them', run(build, '--verifier', build / 'smallest.elf'), 2,
          '--verifier: ', 'neither tells what it does nor takes settings', '--machine riscv')

    if core in ('vexriscv', 'rocket'):
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: check_program(build, tools, name), PROGRAMS))
    if core == 'vexriscv':
        for name, loops in SCENARIOS.items():
            check(f'{name} does all its loops', run(build, '--quiet', build / f'{name}.elf'), 0,
                  f'{name}: {loops} loops')
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: check_cases(build, name), CASES))
        check_machine(build, tools)
        check_faults(build, tools)
        check_board(build, tools)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda cores: check_preemption(build, cores), (1, 2)))
    sys.exit(len(failures))


if __name__ == '__main__':
    main()
