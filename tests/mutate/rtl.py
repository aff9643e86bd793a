# SPDX-License-Identifier: Apache-2.0
"""The RTL with all of its mutants in one model, and the tests that kill them."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

from verilog import PACKAGE, VerilogMutator, input_ports

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'rtl'))
from seeded_bugs import CXX, JOBS, REFERENCE_MODEL, RTL, SOURCE, VERILATOR, run

# lockarb_ram.v is what a vendor replaces.
FILES = ['lockarb_decide.v', 'lockarb_check.v', 'lockarb_pipeline.v', 'lockarb_command.v', 'lockarb_walker.v',
         'lockarb_store.v', 'lockarb_engine.v', 'lockarb_apc.v', 'lockarb_grant.v', 'lockarb_axil.v', 'lockarb_regs.v',
         'lockarb.v', 'lockarb_statistics.v', 'lockarb_stage.v']
# Name of the model: its top, cores, threads, locks, hold width, statistics, user checked, parity, a stage behind the RAMs.
MODELS = {
    'Vlockarb_check': ('lockarb_check', None),
    'Vlockarb_decide': ('lockarb_decide', None),
    'Vlockarb_few': ('lockarb', (4, 13, 6, 3, 1, 1)),
    'Vlockarb_stage': ('lockarb', (4, 13, 6, 3, 1, 1, 1, 1)),
    'Vlockarb_tiny': ('lockarb', (1, 2, 1, 2, 1, 0)),
    'Vlockarb_odd': ('lockarb', (3, 5, 7, 3, 0, 1)),
    'Vlockarb_plain': ('lockarb', (2, 5, 3, 2, 0, 0, 0)),
    'Vlockarb_many_cores': ('lockarb', (32, 33, 150, 2, 0, 0, 0)),
    'Vlockarb': ('lockarb', (4, 64, 256, 4, 1, 0)),
}
PARAMETERS = ('NumCores', 'NumThreads', 'NumLocks', 'HoldWidth', 'Statistics', 'CheckUser', 'Parity', 'RamStage')
ENGINE = ('apc_mask', 'bad_word', 'cancel', 'owner', 'queue', 'register', 'statistics', 'timing')
PROGRAMS = {
    'decide_test': (['tests/rtl/decide_test.cpp'], ['Vlockarb_check', 'Vlockarb_decide']),
    'axil_test': (['tests/rtl/axil_test.cpp'], ['Vlockarb', 'Vlockarb_odd']),
    'reset_test': (['tests/rtl/reset_test.cpp'], ['Vlockarb']),
    'engine_test': ([f'tests/rtl/{topic}_test.cpp' for topic in ENGINE],
                    ['Vlockarb', 'Vlockarb_many_cores', 'Vlockarb_odd']),
    'lockstep_of_mutants': (['tests/mutate/lockstep_of_mutants.cpp'],
                            ['Vlockarb', 'Vlockarb_few', 'Vlockarb_odd', 'Vlockarb_plain', 'Vlockarb_stage', 'Vlockarb_tiny']),
}
LIMIT = 10  # seconds of the processor, for programs that take one at most
COMMON = [*REFERENCE_MODEL, 'tests/rtl/access_list.cpp', 'tests/mutate/mutant.cpp']


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(function, items))


def mutate(out):
    """Writes the mutated sources; a mutator per file."""
    names = (RTL / 'lockarb.f').read_text().split()
    ports = input_ports([(RTL / name).read_text() for name in names])
    out.mkdir(parents=True, exist_ok=True)
    (out / 'lockarb_mutation.sv').write_text(PACKAGE)
    for name in [*names, 'lockarb_regs.vh', 'lockarb.vlt']:
        shutil.copyfile(RTL / name, out / name)
    mutators, first = [], 1
    for name in FILES:
        mutator = VerilogMutator(f'rtl/{name}', (RTL / name).read_text(), first, ports)
        (out / name).write_text(mutator.result)
        mutators.append(mutator)
        first += len(mutator.mutants)
    return mutators


def verilate(rtl, out, name):
    top, sizes = MODELS[name]
    parameters = [f'-G{p}={value}' for p, value in zip(PARAMETERS, sizes)] if sizes else []
    files = [rtl / 'lockarb.vlt', rtl / 'lockarb_mutation.sv', *(rtl / f for f in (RTL / 'lockarb.f').read_text().split())]
    folder = out / name
    run(['verilator', '--cc', '-Wno-fatal', '-Wno-lint', '-Wno-style', '--output-split', '10000',
         '--top-module', top, '--prefix', name, '--Mdir', folder, f'-I{rtl}', *parameters, *files])
    run(['make', '-C', folder, '-f', f'{name}.mk', f'-j{JOBS}', 'VM_PARALLEL_BUILDS=1', 'OPT_FAST=-O1',
         'OPT_SLOW=-O0', f'CXX={" ".join(CXX)}', f'{name}__ALL.a'])


def build(out):
    """Mutators, after the programs are built below `out`."""
    mutators = mutate(out / 'rtl')
    for name in MODELS:
        verilate(out / 'rtl', out, name)
    flags = ['-std=c++17', '-O1', '-w', f'-I{SOURCE}', '-isystem', VERILATOR, '-isystem',
             VERILATOR / 'vltstd', *(f'-I{out / name}' for name in MODELS)]
    sources = [SOURCE / source for parts, _ in PROGRAMS.values() for source in parts]
    sources += [SOURCE / source for source in COMMON]
    sources += [VERILATOR / f'{name}.cpp' for name in ('verilated', 'verilated_threads', 'verilated_dpi')]
    in_parallel(lambda source: run([*CXX, *flags, '-c', source, '-o', out / f'{source.stem}.o']), sources)
    common = [out / f'{pathlib.Path(source).stem}.o' for source in COMMON]
    common += [out / f'{name}.o' for name in ('verilated', 'verilated_threads', 'verilated_dpi')]
    for program, (parts, models) in PROGRAMS.items():
        objects = [out / f'{pathlib.Path(part).stem}.o' for part in parts]
        archives = [out / name / f'{name}__ALL.a' for name in models]
        run(['g++', *objects, *archives, *common, '-lgtest', '-lgtest_main', '-lpthread', '-o',
             out / program])
    return mutators


def killed_by_gtest(program, number, environment={}, *options):
    """The first test of the program that fails on a mutant, or none."""
    done = subprocess.run(['prlimit', f'--cpu={LIMIT}', program, '--gtest_brief=1', '--gtest_fail_fast', *options],
                          capture_output=True, text=True, errors='replace',
                          env=dict(os.environ, LOCKARB_MUTANT=str(number), **environment))
    if done.returncode == 0:
        return None
    found = re.search(r'^\[  FAILED  \] ([\w/]+\.[\w/]+)', done.stdout, re.M)
    return found[1] if found else f'{program.name}, by a crash or its time'


def killed_by_lockstep(program, lists, numbers):
    """Of a share of the mutants, who killed them."""
    output = run([program, str(lists), *map(str, numbers)])
    result = {}
    for line in output.splitlines():
        number, killer = line.split(' ', 1)
        result[int(number)] = None if killer == 'survived' else killer
    return result


def kill(out, mutants):
    """Number: the test that killed it, or none. Cheap tests come first."""
    killers = {mutant.number: None for mutant in mutants}
    where = {mutant.number: mutant.file for mutant in mutants}

    def alive(files=None):
        return [n for n, killer in killers.items() if killer is None and (not files or where[n] in files)]

    def gtest(program, numbers):
        for number, killer in zip(numbers, in_parallel(
                lambda number: killed_by_gtest(out / program, number), numbers)):
            killers[number] = killer

    def lockstep(lists):
        numbers = alive()
        shares = [numbers[at:at + 50] for at in range(0, len(numbers), 50)]
        for result in in_parallel(
                lambda share: killed_by_lockstep(out / 'lockstep_of_mutants', lists, share), shares):
            killers.update(result)

    gtest('decide_test', alive(('rtl/lockarb_decide.v', 'rtl/lockarb_check.v')))
    lockstep(1)
    for program in ('engine_test', 'axil_test', 'reset_test'):
        gtest(program, alive())
    lockstep(20)
    return killers
