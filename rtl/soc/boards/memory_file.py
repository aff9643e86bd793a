#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the words of a program as a file for $readmemh: what is in the memory of a SoC at first.

    memory_file.py PROGRAM.elf OUT.hex
"""

import pathlib
import struct
import sys

BASE = 0x80000000  # of the memory
LOAD = 1  # the type of a part that is to be in memory


def parts(image):
    """(address, bytes) of each part of an ELF file for RV32."""
    if image[:5] != b'\x7fELF\x01':
        raise ValueError('is no ELF file for 32 bits; lockarb_add_riscv_program() makes one')
    table, = struct.unpack_from('<I', image, 28)
    entry, count = struct.unpack_from('<HH', image, 42)
    for n in range(count):
        kind, offset, _, address, size = struct.unpack_from('<5I', image, table + n * entry)
        if kind == LOAD and size:
            yield address, image[offset:offset + size]


def words(image):
    """The text: each part after its address, which counts words."""
    out = []
    for address, data in parts(image):
        if address < BASE or address % 4:
            raise ValueError(f'has a part at {address:#x}; link it with sw/port/riscv/soc/soc.ld')
        data += bytes(-len(data) % 4)
        out.append(f'@{(address - BASE) // 4:x}')
        out += [f'{word:08x}' for word, in struct.iter_unpack('<I', data)]
    return '\n'.join(out) + '\n'


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip())
    program, out = map(pathlib.Path, sys.argv[1:])
    try:
        out.write_text(words(program.read_bytes()))
    except (OSError, ValueError, struct.error) as why:
        sys.exit(f'memory_file.py: {program}: {why}')


if __name__ == '__main__':
    main()
