#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves the properties of tests/formal and kills the mutants of mutants.py.

    prove.py BUILD [--fast] [--only TASK]    all tasks, the fast ones, or one

A task is a module at one size. Yosys makes one circuit of its RTL and of its property file; ABC proves
the circuit for all time after a reset, by PDR or by one step of induction; where neither is known to show it,
it holds in the first clocks only. Properties of a file are proved together with the lines that make them
inductive. Then each cover must be reached, and each mutant, a text replaced in a copy of the RTL, must break
the property that it names.
Exit status 1 when anything is not as it must be.
"""

import argparse
import concurrent.futures
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
RTL = SOURCE / 'rtl'
JOBS = 2

sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True  # build/ is the only output folder
from mutants import MUTANTS
from tasks import TASKS


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'cd {folder} && {" ".join(map(str, command))}\n{done.stdout[-3000:]}{done.stderr}')
    return done.stdout


def yosys(script, folder, name):
    (folder / f'{name}.ys').write_text(script)
    return run(['yosys', '-q', '-l', f'{name}.log', f'{name}.ys'], folder)


def probe():
    """How this Yosys reads an assertion: whether as a $check cell (since 0.37), and whether it is named after its own
    line, not after that of the token before it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / 'probe.v'
        path.write_text('module probe (input a);\nalways @*\nassert (a);\nendmodule\n')
        run(['yosys', '-q', '-p', 'read_verilog -formal probe.v; write_rtlil probe.il'], folder)
        text = (pathlib.Path(folder) / 'probe.il').read_text()
    return 'cell $check' in text, re.search(r'\$assert\$probe\.v:(\d+)', text)[1] == '3'


def abc(commands, folder, limit):
    """The output, also of one that was stopped after `limit` seconds of its own time: other work beside it does not
    count."""
    done = subprocess.run(['prlimit', f'--cpu={limit}', 'yosys-abc', '-q', commands], cwd=folder,
                          capture_output=True, text=True)
    if done.returncode not in (0, -signal.SIGXCPU, -signal.SIGKILL):
        raise RuntimeError(f'cd {folder} && yosys-abc -q "{commands}"\n{done.stdout[-3000:]}{done.stderr}')
    return done.stdout


CHECK_CELLS, OWN_LINES = probe()
LOWER = 'chformal -lower' if CHECK_CELLS else ''


class Circuit:
    """A task at one size, in a folder of its own. With `mutant`, (file, text, text instead), it is about the property
    that the mutant breaks alone."""

    def __init__(self, build, task, size, mutant=None, breaks=None, name=''):
        self.task, self.size, self.broken = task, size, breaks
        self.folder = build / (name or f'{task.name}-{size.name}'.replace(' ', ''))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for path in [*RTL.glob('*.v'), *RTL.glob('*.vh'), *HERE.glob('*.v'), *HERE.glob('*.vh'),
                     *build.glob('*.vh')]:
            shutil.copy(path, self.folder)
        if not task.joint:
            for path in self.folder.glob('*_props.vh'):
                if path.name != task.properties:
                    path.write_text('')
        # As defaults: Yosys elaborates the defaults of a module with properties as well, and those are large.
        for parameter, value in size.parameters.items():
            self.replace(task.files if task.joint else [f'{task.top}.v'], rf'\bparameter {parameter} = \d+',
                         f'parameter {parameter} = {value}')
        if mutant:
            file, text, instead = mutant
            path = self.folder / file
            path.write_text(path.read_text().replace(text, instead))
        if task.structural:
            shutil.copy(HERE / task.properties, self.folder)
            number, sentence = re.search(r'# (FV-\d+) (.*)', (self.folder / task.properties).read_text()).groups()
            self.properties = {number: (sentence, [])}
            return
        self.apart = []  # assertions that are left out
        self.lines = {}  # of each property file, as Yosys numbers an assertion or cover: its line
        self.properties, inputs = self.read_properties(task.properties)
        if task.idle:
            if not task.joint:
                self.properties = {}
            self.properties |= {'FV-78': ('not busy and no access on the bus: no register changes that holds something.',
                                          [])}
        if task.joint:
            for file in sorted(path.name for path in HERE.glob('*_props.vh') if path.name != task.properties):
                others, conditions = self.read_properties(file)
                inputs += conditions
                self.apart += [line for number in task.apart if number in others for line in others[number][1]]
            self.properties |= {'FV-79': ('each module is driven as its own proof assumes.', inputs)}
        self.make()

    def replace(self, files, pattern, instead):
        total = 0
        for path in (self.folder / file for file in files):
            source, count = re.subn(pattern, instead, path.read_text())
            path.write_text(source)
            total += count
        if total == 0:
            raise RuntimeError(f'{" ".join(files)}: no match of {pattern}')

    def add_idle(self):
        """Asserts that what each flip-flop will be is what it is while f_idle, and while the bit that the task names
        for it says that it holds something. Not those of the proof."""
        path = self.folder / 'words.il'
        text = path.read_text()
        if not self.task.joint:
            text = re.sub(r'  cell \$assert .*?\n  end\n', '', text, flags=re.S)

        def gate(kind, name, a, b, width=1):
            return f'''
  wire \\{name}
  cell ${kind} \\{name}_gate
    parameter \\A_SIGNED 0
    parameter \\A_WIDTH {width}
    parameter \\B_SIGNED 0
    parameter \\B_WIDTH {width}
    parameter \\Y_WIDTH 1
    connect \\A {a}
    connect \\B {b}
    connect \\Y \\{name}
  end
'''
        cells = ''
        for n, found in enumerate(re.finditer(
                r'  cell \$(?:ff|anyinit) .*?parameter \\WIDTH (\d+)\n(.*?)\n  end\n', text, flags=re.S)):
            ends = dict(re.findall(r'connect \\([DQ]) (.*)', found[2]))
            register = ends['Q'].split()[0].lstrip('\\')
            if re.search(r'(^|\.)(f_|g_(formal|lock|slot)\b)|\$formal\$', register):
                continue  # of a property file
            cells += gate('eq', f'f_still{n}', ends['D'], ends['Q'], found[1])
            enable = '\\f_idle'
            if register in self.task.idle:
                cells += gate('and', f'f_holds{n}', enable, f'\\{self.task.idle[register]}')
                enable = f'\\f_holds{n}'
            cells += f'''
  cell $assert $assert$idle:{n}$
    connect \\A \\f_still{n}
    connect \\EN {enable}
  end
'''
        end = text.rindex('end\n')
        path.write_text(text[:end] + cells.lstrip('\n') + text[end:])

    def read_properties(self, file):
        """{FV number: (its sentence, its assertions)}, in the order of the file, and the conditions of its inputs. An
        assertion is a file and a line."""
        properties, inputs, number = {}, [], None
        known = self.lines[file] = {}
        lines = (self.folder / file).read_text().splitlines()
        token = 0
        for at, line in enumerate(lines, 1):
            found = re.match(r'\s*// (FV-\d+) (.*)', line)
            if found:
                number = found[1]
                text = found[2]
                while not text.endswith('.'):
                    at += 1
                    text += ' ' + lines[at - 1].strip().removeprefix('// ')
                properties[number] = (text, [])
            elif re.match(r'\s*// And ', line):
                number = ''  # what follows only helps to prove the others
            code = line.split('//')[0]
            found = re.search(r'\b(assert|cover|assume|\w+_INPUT) ?\(', code)
            if found:
                before = at if OWN_LINES or code[:found.start()].strip(' `') else token
                known[before] = at
                if number and found[1] == 'assert':
                    properties[number][1].append(f'{file}:{before}')
                if found[1].endswith('_INPUT') and found[1] != 'BUS_INPUT':
                    inputs.append(f'{file}:{before}')
            if code.strip():
                token = at
        return properties, inputs

    def make(self):
        """Everything as ANDs and flip-flops, kept in all.il."""
        task = self.task
        # The inputs of the top are free, those of a module in another one come from it.
        defines = ' '.join(f'-D{name.upper()}_INPUT={"assume" if name == task.name else "assert"}'
                           for name in TASKS) + ' -DBUS_INPUT=assume'
        yosys(f'''
read_verilog -formal {defines} -I. {' '.join(task.files)}
hierarchy -check -top {task.top}
proc
flatten
opt_clean
{LOWER}
select -assert-min 1 t:$assert
write_rtlil flat.il
''', self.folder, 'flat')
        said = (self.folder / 'flat.log').read_text()
        if unknown := re.findall(r'Warning: (Identifier .* is implicitly declared)', said):
            raise RuntimeError(f'{", ".join(unknown)}, and so free: see {self.folder}/flat.log')
        # The words of the RAMs, as many and as wide as they are.
        flat = (self.folder / 'flat.il').read_text()
        found = re.findall(r'^  memory (?:width (\d+) )?size (\d+) \\(\S+)$', flat, flags=re.M)
        memories = {ram: (int(width or 1), int(words)) for width, words, ram in found}
        # Yosys makes registers of what is small or written at fixed places only.
        for width, ram, word in re.findall(r'^  wire (?:width (\d+) )?\\(\S+)\[(\d+)\]$', flat, flags=re.M):
            memories[ram] = int(width or 1), max(int(word) + 1, memories.get(ram, (0, 0))[1])
        connects = ''
        for wire, ram in task.rams:
            width, words = memories[ram]
            for n in range(words):
                connects += f'connect -set {wire}[{n * width + width - 1}:{n * width}] \\{ram}[{n}]\n'
        # The signals of other modules that a property file names, in the attribute of a wire.
        for tap, wire in re.findall(r'attribute \\tap "(\S+)"\n(?:  attribute .*\n)*  wire .*?\\(\S+)\n', flat):
            path, name = re.fullmatch(r'(.*\.)?(.*)', wire).groups()
            connects += f'connect -set {wire} \\{path or ""}{tap}{name if tap.endswith(".") else ""}\n'
        yosys(f'''
read_rtlil flat.il
memory_map
cd {task.top}
{connects}
cd ..
delete -output o:*
async2sync
dffunmap
opt -full -fast
setundef -undriven -anyseq
formalff -clk2ff -ff2anyinit
write_rtlil words.il
''', self.folder, 'make')
        if task.idle:
            self.add_idle()
        alone = f'''
select -set kept {self.assertions_of(self.broken)}
delete t:$cover
delete t:$assert @kept %d
opt_clean -purge
''' if self.broken else ''
        yosys(f'''
read_rtlil words.il
{alone}
techmap -map cover_map.v
techmap
opt_clean
abc -g AND -fast
opt_clean
write_rtlil all.il
''', self.folder, 'make')

        for file, line in self.asserted('(?:assert|cover)'):
            if line not in self.lines[file]:
                raise RuntimeError(f'{file}:{line}: Yosys sees an assertion there, prove.py none')

    def assertions_of(self, number):
        if number == 'FV-78':
            return 'c:$assert$idle:*'
        return ' '.join(f'c:*$assert$*{line}$*' for line in self.properties[number][1])

    def asserted(self, kind):
        """[(file, line)] of what Yosys made of the property files."""
        found = set(re.findall(rf'\${kind}\$(\w+\.\w+):(\d+)\$', (self.folder / 'all.il').read_text()))
        return sorted((file, int(line)) for file, line in found)

    def first(self, name, keep, limit):
        """The first clock in which one of the assertions fails that `keep` selects, or None."""
        head = self.aiger(name, keep)
        # What they take out would be searched in each clock: a tenth of the time where pins are far from the fault.
        out = abc(f'{head} dc2; scorr; bmc3 -F {self.task.depth}', self.folder, limit)
        found = re.search(r'asserted in frame\s+(\d+)', out)
        return int(found[1]) if found else None

    def aiger(self, name, keep):
        """One file with the assertions that `keep` selects, all other ones deleted."""
        yosys(f'''
read_rtlil all.il
select -set kept {keep}
select -assert-min 1 @kept
delete t:$assert @kept %d
opt_clean -purge
write_aiger -zinit -map {name}.map {name}.aig
''', self.folder, name)
        return f'read_aiger {name}.aig; fold; strash; orpos; '

    def has_structure(self):
        script = f'''
read_verilog -I. {' '.join(self.task.files)}
hierarchy -check -top {self.task.top}
proc
flatten
memory_map
opt_clean
script {self.task.properties}
'''
        (self.folder / 'paths.ys').write_text(script)
        done = subprocess.run(['yosys', '-q', 'paths.ys'], cwd=self.folder, capture_output=True, text=True)
        if done.returncode and 'Assertion failed: selection is not empty' not in done.stderr:
            raise RuntimeError(f'cd {self.folder} && yosys -q paths.ys\n{done.stderr}')
        return done.returncode == 0

    def prove(self):
        start = time.time()
        size = self.size
        if self.task.structural:
            return 'proved' if self.has_structure() else 'FAILED', time.time() - start
        head = self.aiger('proof', 't:$assert c:*$cover$* %d'
                          + ''.join(f' c:*$assert$*{line}$* %d' for line in self.apart))
        if size.clocks:
            out = abc(f'{head} dc2; scorr; bmc3 -F {size.clocks}', self.folder, size.limit)
            verdict = 'held' if f'No output asserted in {size.clocks} frames' in out else 'unknown'
        elif size.induction:
            # The step begins in any state, also one before the reset: so the first clocks are part of it.
            out = abc(f'{head} ind -F {size.frames}', self.folder, size.limit)
            verdict = 'proved' if 'Networks are equivalent' in out else 'unknown'
            if verdict == 'unknown':  # false, or only not inductive
                out = abc(f'{head} bmc3 -F {self.task.depth}; write_cex -n -a proof.cex', self.folder, size.limit)
        else:
            out = abc(f'{head} {size.before} pdr; write_cex -n -a proof.cex', self.folder, size.limit)
            verdict = 'proved' if 'Property proved' in out else 'unknown'
        if 'was asserted in frame' in out:
            verdict = 'FAILED'
        return verdict, time.time() - start

    def covers(self):
        """[(line, first clock that reaches it, or None)] Of the task's own file: what the file of a module has is
        reached in the module's own proof."""
        if self.task.structural or self.task.idle and not self.task.joint or not self.size.covers:
            return []
        result = []
        for file, line in self.asserted('cover'):
            if file != self.task.properties:
                continue
            clock = self.first(f'cover{line}', f'c:*$cover$*{file}:{line}$* t:$assert %i',
                               self.size.limit)
            result.append((f'{file}:{self.lines[file][line]}', clock))
        return result

    def culprits(self):
        """The lines of properties whose assertions fail, for who looks for the reason."""
        result = []
        stated = {line for _, lines in self.properties.values() for line in lines}
        for file, line in self.asserted('assert'):
            if f'{file}:{line}' not in stated:
                continue
            clock = self.first('culprit', f'c:*$assert$*{file}:{line}$* c:*$cover$* %d', 60)
            if clock is not None:
                result.append(f'{file}:{self.lines[file][line]} in clock {clock}')
        return result

    def breaks(self):
        """The clock in which the assertions of the property fail that the mutant breaks, or None."""
        if self.task.structural:
            return None if self.has_structure() else 0
        return self.first('broken', self.assertions_of(self.broken), self.size.limit)


def prove_one(build, task, size):
    circuit = Circuit(build, task, size)
    verdict, seconds = circuit.prove()
    covers = circuit.covers()
    return circuit, verdict, seconds, covers


def kill_one(build, tasks, number, mutant):
    what, task_name, size_name, broken, *change = mutant
    task = TASKS[task_name]
    size = next(size for size in task.sizes if size.name == size_name)
    return Circuit(build, task, size, change, broken, f'mutant{number:02}').breaks()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build', type=pathlib.Path)
    parser.add_argument('--fast', action='store_true')
    parser.add_argument('--only', choices=TASKS)
    options = parser.parse_args()
    for what, *_, file, text, _ in MUTANTS:
        if (count := (RTL / file).read_text().count(text)) != 1:
            sys.exit(f'prove.py: mutant "{what}": {file} has {count} times: {text}')
    build = options.build.resolve()
    build.mkdir(parents=True, exist_ok=True)

    words = build / 'contract_words'
    run(['g++', '-std=c++17', f'-I{SOURCE}', HERE / 'contract_words.cpp',
         SOURCE / 'sim/reference/contract_tables.cpp', '-o', words], build)
    (build / 'contract_words.vh').write_text(run([words], build))

    chosen = [(task, size) for task in TASKS.values() for size in task.sizes
              if options.only in (None, task.name) and (size.fast or not options.fast)]
    mutants = [(number, mutant) for number, mutant in enumerate(MUTANTS)
               if any(mutant[1] == task.name and mutant[2] == size.name
                      and (not options.fast or size.fast == 'mutants too') for task, size in chosen)]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        proofs = [pool.submit(prove_one, build, task, size) for task, size in chosen]
        kills = [pool.submit(kill_one, build, TASKS, number, mutant) for number, mutant in mutants]
        print(f'{"property":8}  {"module":8}  {"size":14}  {"method":9}  {"seconds":>7}  verdict')
        for (task, size), proof in zip(chosen, proofs):
            circuit, verdict, seconds, covers = proof.result()
            for number in circuit.properties:
                print(f'{number:8}  {task.name:8}  {size.name:14}  '
                      f'{task.method(size):9}  {seconds:7.1f}  {verdict}', flush=True)
            missed = [line for line, clock in covers if clock is None]
            for line in missed:
                print(f'{line} is never covered within {task.depth} clocks')
            if covers:
                print(f'{"":8}  {task.name:8}  {size.name:14}  {len(covers) - len(missed)} of {len(covers)} covered')
            if verdict == 'FAILED' and not task.structural:
                print(f'  false is {"; ".join(circuit.culprits())}')
            if verdict not in ('proved', 'held') or missed:
                bad += 1
                print(f'  replay: {pathlib.Path(__file__).name} {options.build} --only {task.name}; '
                      f'logs and counterexample: {circuit.folder}')
        killed = 0
        for (number, mutant), kill in zip(mutants, kills):
            clock = kill.result()
            killed += clock is not None
            print(f'{mutant[3]:8}  {mutant[1]:8}  {mutant[2]:14}  '
                  f'{f"killed in clock {clock}" if clock is not None else "SURVIVED":18}  {mutant[0]}', flush=True)
        bad += len(mutants) - killed
    print(f'{len(chosen)} proofs, {bad} not as they must be; mutants killed: {killed} of {len(mutants)}')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
