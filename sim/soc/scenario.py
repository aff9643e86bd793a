#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a scenario as data for sim/run/workload.c, so that a program without files runs it.

    scenario.py SCENARIO.yaml OUT.c [simulated]

`lockarb run` says what is wrong with a scenario in more words. This one refuses what it does not know, and
faults, unless the program is for the simulator, which lets them strike.
"""

import pathlib
import sys

import yaml

WORD = 1 << 64
NEXT_SEED = 0x100000001B3  # Scenario::set_seed()
APCS = {'special': 'WORKLOAD_SPECIAL_APC', 'normal': 'WORKLOAD_NORMAL_APC', 'user': 'WORKLOAD_USER_APC'}
TARGETS = {'any': 'WORKLOAD_TARGET_ANY', 'self': 'WORKLOAD_TARGET_SELF'}
RANGES = {'hold_clocks': 'hold', 'think_clocks': 'think', 'rest_clocks': 'rest'}


class Bad(Exception):
    """Where, and what."""


class Entry:
    """A mapping, of which each key has to be asked for."""

    def __init__(self, values, where):
        if not isinstance(values, dict):
            raise Bad(f'{where} is no mapping')
        self.values, self.where, self.known = dict(values), where, set()

    def take(self, key, default=None):
        self.known.add(key)
        return self.values.get(key, default)

    def number(self, key, default):
        value = self.take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < WORD:
            raise Bad(f'{self.where}.{key}: {value!r} is no whole number')
        return value

    def one_of(self, key, words, default=None):
        value = self.take(key, default)
        if value not in words:
            raise Bad(f'{self.where}.{key}: {value!r} is not known; one of: {", ".join(words)}')
        return value

    def end(self):
        unknown = sorted(set(self.values) - self.known)
        if unknown:
            raise Bad(f'{self.where}: nothing is known here of: {", ".join(unknown)}')


def a_range(entry, key):
    value = entry.take(key, 0)
    if isinstance(value, dict):
        both = Entry(value, f'{entry.where}.{key}')
        ends = both.number('min', 0), both.number('max', 0)
        both.end()
    else:
        ends = (entry.number(key, 0),) * 2
    return f'{{.min = {ends[0]}u, .max = {ends[1]}u}}'


def weights(entry):
    value = entry.take('do', 'exclusive')
    if not isinstance(value, dict):
        value = entry.one_of('do', ('exclusive', 'shared', 'nothing'), 'exclusive')
        return int(value == 'exclusive'), int(value == 'shared')
    both = Entry(value, f'{entry.where}.do')
    found = both.number('exclusive', 0), both.number('shared', 0)
    both.end()
    return found


def lock_list(entry, locks):
    one, several = entry.take('lock'), entry.take('locks')
    value = several if several is not None else one if one is not None else 0
    found = list(range(locks)) if value == 'any' else value if isinstance(value, list) else [value]
    for lock in found:
        if isinstance(lock, bool) or not isinstance(lock, int) or not 0 <= lock < locks:
            raise Bad(f'{entry.where}: {lock!r} is no lock; there are 0 to {locks - 1}')
    return found


def threads_of(top, locks):
    """Fields of each thread, in C. The first of several that are alike is whom an APC's target means."""
    threads, index_of, aims = [], {}, []
    for number, values in enumerate(top.take('threads') or []):
        entry = Entry(values, f'threads[{number}]')
        name, count = entry.take('name', f'thread{number}'), entry.number('count', 1)
        exclusive, shared = weights(entry)
        fields = {
            'core': 'WORKLOAD_ANY_CORE' if 'core' not in entry.values else f'{entry.number("core", 0)}u',
            'priority': entry.number('priority', 8), 'loop': f'{entry.number("loop", 1)}u',
            'exclusive': f'{exclusive}u', 'shared': f'{shared}u',
            'recursion': f'{entry.number("recursion", 1)}u',
            'try_only': 'true' if entry.one_of('try', (True, False), False) else 'false',
        }
        entry.known |= {'core'}
        fields |= {field: a_range(entry, key) for key, field in RANGES.items()}
        aim = None
        if entry.take('apcs') is not None:
            apcs = Entry(entry.values['apcs'], f'{entry.where}.apcs')
            fields['apc'] = APCS[apcs.one_of('kind', APCS, 'normal')]
            fields['apc_period'] = f'{apcs.number("period", 0)}u'
            aim = apcs.take('target', 'any')
            apcs.end()
        list_ = lock_list(entry, locks)
        entry.end()
        index_of[name] = len(threads)
        for replica in range(count):
            threads.append(({'name': f'"{name}"' if count == 1 else f'"{name}.{replica}"'} | fields, list_))
            aims.append((aim, entry.where))
    for (fields, _), (aim, where) in zip(threads, aims):
        if aim is not None:
            if aim not in TARGETS and aim not in index_of:
                raise Bad(f'{where}.apcs.target: no thread has the name {aim!r}')
            fields['apc_target'] = TARGETS.get(aim, index_of.get(aim))
    if not threads:
        raise Bad('threads: there is none')
    return threads


def translate(path, simulated):
    top = Entry(yaml.safe_load(path.read_text()), path.name)
    if top.take('faults') is not None and not simulated:
        raise Bad(f'{path.name}: it has faults, which a program alone does not have')
    name, locks, seed = top.take('name', path.stem), top.number('locks', 1), top.number('seed', 1)
    cores = top.number('cores', 4)
    software = top.one_of('lock', ('hardware', 'software'), 'hardware') == 'software'
    writer_first = top.one_of('order', ('readers_first', 'writer_first'), 'readers_first') == 'writer_first'
    patience = top.number('patience_clocks', 0)
    top.take('arbiter')  # this machine's is as large as it was made
    threads = threads_of(top, locks)
    top.end()

    lists = sorted({tuple(list_) for _, list_ in threads})
    loops = sum(int(fields['loop'].rstrip('u')) for fields, _ in threads)
    out = [f'/* sim/soc/scenario.py has made this from {path.name}. */', '#include <lockarb_threads.h>',
           '#include <wdm.h>', '', '#include "executive/port.h"', '#include "sim/run/workload.h"',
           '#include "sim/soc/settings.h"', '']
    out += [f'static const unsigned locks_{n}[] = {{{", ".join(map(str, list_))}}};'
            for n, list_ in enumerate(lists)]
    out += ['', 'static struct workload_thread threads[] = {']
    for fields, list_ in threads:
        n = lists.index(tuple(list_))
        fields |= {'locks': f'locks_{n}', 'lock_count': f'{len(list_)}u'}
        out.append('    {' + ', '.join(f'.{field} = {value}' for field, value in fields.items()) + '},')
    flags = ' | '.join(flag for flag, on in (('LOCKARB_RESOURCE_SOFTWARE', software),
                                             ('LOCKARB_RESOURCE_WRITER_FIRST', writer_first)) if on)
    attack = 'bool workload_attack(unsigned number, uint64_t *rest) { return (void)number, (void)rest, false; }'
    out += ['};', '', 'static struct workload workload = {',
            f'    .lock_count = {locks}u,', '    .thread_count = RTL_NUMBER_OF(threads), .threads = threads};', '',
            '/* Nobody is hostile. */', attack, '',
            '/* The simulator writes what --seed says here. */',
            f'__attribute__((used)) volatile uint64_t lockarb_soc_seed = {seed}u;', '',
            'NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path) {', '  (void)driver, (void)path;',
            f'  if (port_core_count() < {cores}u) {{',
            f'    DbgPrint("{name} wants {cores} cores; %u run\\n", port_core_count());',
            '    return STATUS_UNSUCCESSFUL;', '  }']
    out += ['  for (unsigned n = 0; n < RTL_NUMBER_OF(threads); n++)',
            f'    threads[n].seed = lockarb_soc_seed + n * {NEXT_SEED:#x}u;',
            f'  ULONG flags = {flags or 0};',
            '  if (chosen_resource_flags != NULL) flags = chosen_resource_flags(flags);',
            '  lockarb_set_resource_flags(flags);']
    if patience:
        out.append(f'  lockarb_set_patience((ULONG)({patience}ull * 1000000000u / port_time_frequency()));')
    out += ['  workload_main(&workload);', f'  DbgPrint("{name}: %u loops\\n", (ULONG)workload.loops_done);',
            f'  return workload.loops_done == {loops} ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;', '}', '']
    return '\n'.join(out)


def main():
    if len(sys.argv) != 3 and sys.argv[3:] != ['simulated']:
        sys.exit(__doc__.strip())
    path, out = map(pathlib.Path, sys.argv[1:3])
    try:
        out.write_text(translate(path, len(sys.argv) > 3))
    except (Bad, OSError, yaml.YAMLError) as why:
        sys.exit(f'scenario.py: {path}: {why}')


if __name__ == '__main__':
    main()
