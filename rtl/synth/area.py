#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures area and clock over the sizes, and draws them.

    area.py measure OUTPUT     synthesise every point of the sweep, one JSON file each in OUTPUT; then the
                               tables that make figures writes: devices, small and large, families
    area.py draw OUTPUT SVG    draw what was measured
    area.py check OUTPUT       fail when 1024 locks cost more than 1.3 x the LUTs of 64

LUTs, flip-flops and block RAMs are those of lockarb alone (yosys synth_ice40); the clock is that of
lockarb between the two shift registers of lockarb_pins.v on an HX8K (nextpnr-ice40, one seed), where it
fits. A point is measured again when the Verilog or what it was made with has changed.
"""

import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys

RTL = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RTL.parent / 'tests' / 'static'))
sys.dont_write_bytecode = True  # build/ is the only output folder
import measured

JOBS = 2
SIZES = {'HoldWidth': 4, 'Parity': 0}  # as on the iCE40 boards
HX8K_RAMS = 32
LIMIT = 1.3

# (cores, threads, locks); a sweep changes one of the three.
SWEEPS = {
    'locks, 4 cores x 64 threads': [(4, 64, n) for n in (16, 64, 256, 1024, 4096)],
    'locks, 4 cores x 16 threads': [(4, 16, n) for n in (16, 64, 256, 1024)],
    'threads, 4 cores x 64 locks': [(4, n, 64) for n in (4, 16, 64, 256)],
    'cores, 64 threads x 64 locks': [(n, 64, 64) for n in (1, 2, 4, 8, 16, 32)],
}
SMALLEST = (2, 4, 4)
# Banks of test-and-set mutexes: cores, locks.
MUTEXES = [(2, 4), (4, 16), (4, 64), (4, 256)]
# Side by side: a size of the arbiter and of such a bank.
PAIRS = [((2, 4, 4), (2, 4)), ((4, 64, 64), (4, 64)), ((4, 64, 256), (4, 256))]
# What clock.sh is asked for.
DEVICES = {
    'HX8K': ['hx8k'],
    'HX8K, hold width 3, parity': ['hx8k', 4, 64, 256, 3, 0, 1],
    'UP5K': ['up5k'],
}
# Of families.sh: what is counted as LUTs, flip-flops and block RAMs, with a name where there are two.
FAMILIES = {
    'synth_ice40': ('iCE40', 'SB_LUT4', 'SB_DFF', {'4 kbit': 'SB_RAM'}),
    'synth_ecp5': ('ECP5', 'LUT4', 'TRELLIS_FF', {'18 kbit': 'DP16KD'}),
    'synth_xilinx': ('Xilinx 7 series', 'LUT', 'FD', {'36 kbit': 'RAMB36', '18 kbit': 'RAMB18'}),
    'synth_intel_alm': ('Intel Cyclone V', 'MISTRAL_ALUT', 'MISTRAL_FF',
                        {'M10K': 'MISTRAL_M10K', 'MLAB': 'MISTRAL_MLAB'}),
}


FILES = (RTL / 'lockarb.f').read_text().split() + ['synth/test_and_set.v', 'synth/lockarb_pins.v']
SOURCE = hashlib.sha256(b''.join((RTL / file).read_bytes() for file in FILES) + repr(SIZES).encode()).hexdigest()


def points():
    sizes = {size for sweep in SWEEPS.values() for size in sweep} | {SMALLEST}
    found = [('lockarb', *size) for size in sorted(sizes)]
    return found + [('test_and_set', cores, 0, locks) for cores, locks in MUTEXES]


def file_of(output, point):
    top, cores, threads, locks = point
    return output / f'{top}-{cores}x{threads}x{locks}.json'


def run(command, cwd=RTL):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{" ".join(map(str, command))}\n{done.stdout[-2000:]}{done.stderr[-2000:]}')
    return done.stdout


def synthesise(top, parameters, netlist, stat):
    sets = ' '.join(f'-set {name} {value}' for name, value in parameters.items())
    run(['yosys', '-q', '-p', f'read_verilog {" ".join(FILES)}; chparam {sets} {top}; '
         f'synth_ice40 -no-rw-check -top {top} -json {netlist}; tee -q -o {stat} stat -json'])
    text = stat.read_text()
    return json.loads(text[text.index('{'):])['design']['num_cells_by_type']


def devices(output):
    """Rows of the table: logic cells, block RAMs and clock of three seeds."""
    shifted = load(output, 'lockarb', 4, 64, 256)['shifted']
    for name, sizes in DEVICES.items():
        printed = run([RTL / 'synth' / 'clock.sh', output / 'work', *map(str, sizes)])
        cells, rams, clocks = zip(*re.findall(r': (\d+) LC, (\d+) RAM, ([\d.]+) MHz', printed))
        yield name, cells[0], int(cells[0]) - shifted, rams[0], ' / '.join(clocks)


def families():
    """Likewise of other families, by synthesis alone."""
    for block in re.split(r'\n(?=synth_)', run([RTL / 'synth' / 'families.sh'])):
        command, *lines = block.splitlines()
        family, lut, ff, rams = FAMILIES[command.split()[0]]
        cells = {name: int(count) for name, count in map(str.split, lines)}
        count = lambda prefix: sum(n for cell, n in cells.items() if cell.startswith(prefix))
        used = [f'{count(prefix)} of {title}' for title, prefix in rams.items() if count(prefix)]
        yield family, f'`{command}`', count(lut), count(ff), ', '.join(used)


def small_and_large(output):
    for sizes, (cores, locks) in PAIRS:
        arbiter, mutexes = load(output, 'lockarb', *sizes), load(output, 'test_and_set', cores, 0, locks)
        for name, cells in ((f'lockarb, {" x ".join(map(str, sizes))}', arbiter),
                            (f'{locks} mutexes, {cores} cores', mutexes)):
            yield name, cells['lut'], cells['ff'], cells['ram'], cells['mhz']


def measure(output, point):
    path = file_of(output, point)
    if path.exists() and json.loads(path.read_text())['source'] == SOURCE:
        return
    top, cores, threads, locks = point
    work = output / 'work'
    work.mkdir(exist_ok=True)
    base = work / path.stem
    netlist, stat = base.with_suffix('.netlist'), base.with_suffix('.stat')
    parameters = {'NumCores': cores, 'NumLocks': locks}
    if top == 'lockarb':
        parameters |= {'NumThreads': threads, **SIZES}
    cells = synthesise(top, parameters, netlist, stat)
    result = {
        'top': top, 'cores': cores, 'threads': threads, 'locks': locks,
        'lut': cells.get('SB_LUT4', 0),
        'ff': sum(n for name, n in cells.items() if name.startswith('SB_DFF')),
        'ram': sum(n for name, n in cells.items() if name.startswith('SB_RAM')),
        'mhz': None, 'source': SOURCE,
    }
    if result['ram'] <= HX8K_RAMS and result['lut'] < 7000:
        if top == 'test_and_set':
            parameters['TestAndSet'] = 1
        pins = synthesise('lockarb_pins', parameters, netlist, stat)
        result['shifted'] = sum(n for name, n in pins.items() if name.startswith('SB_DFF')) - result['ff']
        report = base.with_suffix('.report')
        run(['nextpnr-ice40', '--hx8k', '--package', 'ct256', '--json', netlist, '--seed', '1', '--freq', '100',
             '--pcf-allow-unconstrained', '--timing-allow-fail', '--report', report, '-q'])
        clocks = json.loads(report.read_text())['fmax']
        result['mhz'] = round(min(clock['achieved'] for clock in clocks.values()), 1)
    path.write_text(json.dumps(result, indent=1) + '\n')
    print(f'{path.stem}: {result["lut"]} LUT, {result["ff"]} FF, {result["ram"]} RAM, {result["mhz"]} MHz',
          flush=True)


def load(output, *point):
    return json.loads(file_of(output, point).read_text())


# Measured before this block was written, with the same tools (locks, LUTs, RAMs, MHz): engines that grant
# and queue, but have one kind of acquire each way and no APC mask; 64 threads, one bit of hold count.
PROTOTYPES = [(256, 472, 10, 133), (1024, 714, 28, 111)]
# And banks of test-and-set mutexes (locks, logic cells, MHz).
PROTOTYPE_MUTEXES = [(4, 155, 110), (16, 370, 74), (32, 656, 61), (64, 1234, 50)]
ROWS = [('lut', 'LUTs'), ('ram', 'block RAMs'), ('mhz', 'MHz on an HX8K')]


def draw(output, svg):
    import matplotlib
    matplotlib.use('svg')
    # The same figures make the same file.
    matplotlib.rcParams.update({'svg.hashsalt': 'lockarb', 'svg.fonttype': 'none', 'font.size': 9,
                                'axes.grid': True, 'grid.alpha': 0.3})
    from matplotlib import pyplot

    columns = ['locks', 'threads', 'cores']
    figure, axes = pyplot.subplots(len(ROWS), len(columns), figsize=(10, 8), sharex='col', sharey='row',
                                   constrained_layout=True)
    for column, varied in enumerate(columns):
        for name, sizes in SWEEPS.items():
            if not name.startswith(varied):
                continue
            results = [load(output, 'lockarb', *size) for size in sizes]
            for row, (key, _) in enumerate(ROWS):
                shown = [(result[varied], result[key]) for result in results if result[key] is not None]
                axes[row][column].plot(*zip(*shown), marker='o', markersize=4, label=name.split(', ')[1])
    smallest = load(output, 'lockarb', *SMALLEST)
    mutexes = [load(output, 'test_and_set', cores, 0, locks) for cores, locks in MUTEXES]
    for row, (key, _) in enumerate(ROWS):
        plot = axes[row][0].plot
        plot(SMALLEST[2], smallest[key], 'k*', label='2 cores x 4 threads')
        plot([mutex['locks'] for mutex in mutexes], [mutex[key] for mutex in mutexes], 'r^', markersize=4,
             label='test-and-set mutexes')
        plot([point[0] for point in PROTOTYPES], [point[row + 1] for point in PROTOTYPES], 'x', color='gray',
             label='prototype, less than the contract')
    for row, index in ((0, 1), (2, 2)):
        axes[row][0].plot([point[0] for point in PROTOTYPE_MUTEXES],
                          [point[index] for point in PROTOTYPE_MUTEXES], '1', color='gray',
                          label='earlier mutexes' + (' (logic cells)' if row == 0 else ''))
    for column, varied in enumerate(columns):
        axes[-1][column].set_xlabel(varied)
        axes[-1][column].set_xscale('log', base=2)
        axes[-1][column].xaxis.set_major_formatter('{x:.0f}')
        axes[0][column].legend(fontsize=7)
    for row, (key, title) in enumerate(ROWS):
        axes[row][0].set_ylabel(title)
        axes[row][0].set_ylim(bottom=0)
    axes[1][0].set_yscale('symlog', base=2, linthresh=8)
    axes[1][0].yaxis.set_major_formatter('{x:.0f}')
    figure.savefig(svg, metadata={'Date': None})


def check(output):
    few, many = (load(output, 'lockarb', 4, 64, locks)['lut'] for locks in (64, 1024))
    ratio = many / few
    print(f'LUTs at 4 cores x 64 threads: {few} with 64 locks, {many} with 1024: {ratio:.2f} x, limit {LIMIT} x')
    if ratio > LIMIT:
        sys.exit('area.py: the LUTs grow with the locks')


def main():
    command, output = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    output.mkdir(parents=True, exist_ok=True)
    if command == 'measure':
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for job in [pool.submit(measure, output, point) for point in points()]:
                job.result()
        build = output.parent
        measured.keep(build, 'Small and large', ('', 'LUT', 'flip-flops', 'block RAM', 'MHz'),
                      small_and_large(output))
        measured.keep(build, 'Devices',
                      ('device', 'logic cells', 'without the shift registers', 'block RAM', 'MHz'),
                      devices(output))
        measured.keep(build, 'Families', ('family', 'command', 'LUTs', 'flip-flops', 'block RAM'), families())
    elif command == 'draw':
        draw(output, sys.argv[3])
    elif command == 'check':
        check(output)


if __name__ == '__main__':
    main()
