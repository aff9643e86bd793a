#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Links the smallest program for RV32IM and measures it, at 4 cores x 64 threads x 64 locks.

    size.py SW_FOLDER OUT_FOLDER

Writes where code and data go, as if the program had as many threads as there are slots. Exit status 1 when
there is more than the limit of either, 77 when there is no compiler for RISC-V.
"""

import pathlib
import re
import sys

sys.dont_write_bytecode = True  # build/ is the only output folder
import riscv

HERE = pathlib.Path(__file__).resolve().parent
CODE_LIMIT = 48 * 1024
DATA_LIMIT = 32 * 1024  # beside the stacks
CORES, THREADS, LOCKS = 4, 64, 64

# Tables that the executive makes at the start of a run: allocate_table() says what of, a structure of how many.
TABLES = {'cores': ('core', CORES), 'thread slots': ('slot', THREADS), 'locks': ('lock', LOCKS)}


def structure_sizes(program):
    """As the debug information has them."""
    text = riscv.run(f'{riscv.TOOL}readelf', '--debug-dump=info', program)
    found = re.findall(r'DW_TAG_structure_type\)\n.*DW_AT_name\s+: (?:\(.*\): )?(\w+)\n.*DW_AT_byte_size\s+: (\w+)',
                       text)
    return {name: int(size, 0) for name, size in found}


def tables(sources, sizes):
    """Bytes of each table. Stops when the sources make others than are known here."""
    made = {name for source in sources if source.suffix == '.c'
            for name in re.findall(r'allocate_table\("([^"]*)"', source.read_text())}
    if made != set(TABLES):
        sys.exit(f'size.py: correct TABLES: the executive makes tables of {", ".join(sorted(made))}')
    return {name: sizes[structure] * count for name, (structure, count) in TABLES.items()}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    riscv.fail_without(f'{riscv.TOOL}gcc', 'gcc-riscv64-unknown-elf')
    sw, out = (pathlib.Path(folder).resolve() for folder in sys.argv[1:])
    sources, program = riscv.link(sw, HERE / 'smallest.c', out)
    text, data, bss = (int(n) for n in riscv.run(f'{riscv.TOOL}size', program).splitlines()[1].split()[:3])
    sizes = structure_sizes(program)
    parts = {'variables': data + bss, **tables(sources, sizes),
             f'{THREADS} threads': sizes['thread'] * THREADS,
             'one lock that a thread owns': sizes['owned'] + sizes['held']}
    print(f'code  {text:6} bytes, constants included; at most {CODE_LIMIT}')
    print(f'data  {sum(parts.values()):6} bytes beside the stacks; at most {DATA_LIMIT}')
    for name, size in parts.items():
        print(f'      {size:6} {name}')
    sys.exit(text > CODE_LIMIT or sum(parts.values()) > DATA_LIMIT)


if __name__ == '__main__':
    main()
