# SPDX-License-Identifier: Apache-2.0
"""The driver and the wdm layer with all of their mutants, and the tests that kill them."""

import pathlib

from csource import CMutator
from rtl import CXX, REFERENCE_MODEL, SOURCE, in_parallel, killed_by_gtest, run

FILES = ['driver/lockarb_command.h', 'driver/lockarb.c', 'wdm/resource.c']
INCLUDES = [f'-I{SOURCE}', f'-I{SOURCE}/sw', f'-I{SOURCE}/sw/executive/include', f'-I{SOURCE}/sw/wdm/include',
            f'-I{SOURCE}/tests/sw']
CC = [*CXX[:-1], 'gcc']
# Program: its sources; those of sw/ that are mutated are taken from there.
EXECUTIVE = sorted(f'sw/{path.relative_to(SOURCE / "sw")}' for folder in ('executive', 'wdm')
                   for path in (SOURCE / 'sw' / folder).rglob('*.c') if path.name != 'hardware_only.c')
REFERENCE = ['sim/platform/host_stack.cpp', 'sim/reference/lock_monitor.cpp', *REFERENCE_MODEL]
PROGRAMS = {
    'driver_test': ['tests/sw/driver/driver_test.cpp', 'sw/driver/lockarb.c'],
    'sw_test': [*sorted(str(path.relative_to(SOURCE)) for pattern in ('*', 'executive/*', 'wdm/*')
                        for path in (SOURCE / 'tests/sw').glob(pattern)
                        if path.suffix in ('.c', '.cpp') and path.name != 'every_case.c'),
                *EXECUTIVE, *REFERENCE, 'sw/driver/lockarb.c', 'sw/hal/uartbone.c'],
}
# Program, environment, filter: in order of price. On software locks the one that is left out takes 20 times as
# long as all others.
RUNS = [('driver_test', {}, '*'), ('sw_test', {}, '*'),
        ('sw_test', {'LOCKARB_TEST_LOCKS': 'software'}, '-Hardware*:Debugger.ContentionIsNoDeadlock')]


def mutate(out):
    """Writes the mutated sources; a mutator per file."""
    builtin = run(['gcc', '-print-file-name=include']).strip()
    arguments = ['-std=c11', *INCLUDES, '-isystem', builtin]
    mutators, first = [], 1
    for name in FILES:
        path = SOURCE / 'sw' / name
        mutator = CMutator(f'sw/{name}', path.read_text(), first, path, arguments)
        target = out / 'sw' / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(mutator.result)
        mutators.append(mutator)
        first += len(mutator.mutants)
    return mutators


def build(out):
    """Mutators, after the programs are built below `out`."""
    mutators = mutate(out)
    sources = sorted({source for parts in PROGRAMS.values() for source in parts} | {'tests/mutate/alive.c'})

    def object_of(source):
        return out / 'objects' / (source.replace('/', '_') + '.o')

    def compile_one(source):
        path = out / source if source.startswith('sw/') and source[3:] in FILES else SOURCE / source
        # A mutant of a header may be what C++ needs a cast for.
        compiler = [*CC, '-std=c11'] if source.endswith('.c') else [*CXX, '-std=c++17', '-fpermissive']
        run([*compiler, '-O1', '-w', f'-I{out / "sw"}', *INCLUDES, f'-I{(SOURCE / source).parent}', '-c', path, '-o',
             object_of(source)])

    (out / 'objects').mkdir(exist_ok=True)
    in_parallel(compile_one, sources)
    for program, parts in PROGRAMS.items():
        run(['g++', *map(object_of, [*parts, 'tests/mutate/alive.c']), '-lgmock', '-lgtest', '-lgtest_main',
             '-lboost_context', '-lfmt', '-lpthread', '-o', out / program])
    return mutators


def killed_by(out, number):
    """The first test that fails on a mutant, or none."""
    for program, environment, tests in RUNS:
        killer = killed_by_gtest(out / program, number, environment, f'--gtest_filter={tests}')
        if killer:
            return killer
    return None


def kill(out, mutants):
    """Number: the test that killed it, or none."""
    numbers = [mutant.number for mutant in mutants]
    return dict(zip(numbers, in_parallel(lambda number: killed_by(out, number), numbers)))
