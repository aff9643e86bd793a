# SPDX-License-Identifier: Apache-2.0
"""A core of RV32IM in machine mode that counts what it retires, for programs of sw/port/riscv.

It has RAM, and a function for each access elsewhere: read(address) and write(address, value). No interrupt ever
comes, and no access is refused. `minstret` counts as on any core. Beside RV32IM there is the one instruction of
the A extension that the port uses, the swap of a spin lock.
"""

import collections
import struct

BASE = 0x80000000  # of RAM
WORD = 0xFFFFFFFF
MINSTRET = 0xB02
LOADS = {0: (1, True), 1: (2, True), 2: (4, False), 4: (1, False), 5: (2, False)}


class Stopped(Exception):
    """Raised by a write, to end the run."""


def signed(value, bits=32):
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


def divide(a, b, function):
    """DIV, DIVU, REM, REMU; quotients are rounded towards zero."""
    if not function & 1:
        a, b = signed(a), signed(b)
    quotient = -1 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return quotient if function < 6 else a - quotient * b if b else a


def multiply(a, b, function):
    """MUL, MULH, MULHSU, MULHU."""
    product = (signed(a) if function in (1, 2) else a) * (signed(b) if function == 1 else b)
    return product if function == 0 else product >> 32


def arithmetic(a, b, function, alternative):
    if function == 0:
        return a - b if alternative else a + b
    if function == 1:
        return a << (b & 31)
    if function == 2:
        return int(signed(a) < signed(b))
    if function == 3:
        return int(a < b)
    if function == 4:
        return a ^ b
    if function == 5:
        return (signed(a) if alternative else a) >> (b & 31)
    return a | b if function == 6 else a & b


def is_taken(a, b, function):
    met = (a == b, None, None, None, signed(a) < signed(b), None, a < b)[function & 6]
    return met != bool(function & 1)


class Core:
    def __init__(self, image, size, read, write):
        """image: an ELF file of 32 bits, whose segments are all in RAM."""
        self.ram = bytearray(size)
        self.read_device, self.write_device = read, write
        self.x = [0] * 32
        self.csrs = collections.defaultdict(int)
        self.retired = 0
        self.at = collections.Counter()  # address: how often it was retired since minstret was read
        self.before = collections.Counter()  # the same between the last two reads of it
        self.pc, = struct.unpack_from('<I', image, 24)
        table, = struct.unpack_from('<I', image, 28)
        size_of_entry, entries = struct.unpack_from('<HH', image, 42)
        for entry in range(entries):
            kind, offset, _, address, in_file = struct.unpack_from('<5I', image, table + entry * size_of_entry)
            if kind == 1:
                self.ram[address - BASE:address - BASE + in_file] = image[offset:offset + in_file]

    def load(self, address, size):
        at = address - BASE
        if 0 <= at < len(self.ram):
            return int.from_bytes(self.ram[at:at + size], 'little')
        return self.read_device(address)

    def store(self, address, size, value):
        at = address - BASE
        if 0 <= at < len(self.ram):
            self.ram[at:at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, 'little')
        else:
            self.write_device(address, value)

    def csr(self, number, function, operand):
        before = self.retired if number == MINSTRET else self.csrs[number]
        if number == MINSTRET:
            self.before, self.at = self.at, collections.Counter()
        changed = {1: operand, 2: before | operand, 3: before & ~operand}[function & 3]
        self.csrs[number] = changed & WORD
        return before & WORD

    def step(self):
        pc, x = self.pc, self.x
        word = self.load(pc, 4)
        self.at[pc] += 1
        opcode, function = word & 0x7F, word >> 12 & 7
        a, b = x[word >> 15 & 31], x[word >> 20 & 31]
        immediate = signed(word >> 20, 12)
        following, result = pc + 4, None
        if opcode == 0x13:
            result = arithmetic(a, immediate & WORD, function, function == 5 and word >> 30 & 1)
        elif opcode == 0x33 and word >> 25 == 1:
            result = multiply(a, b, function) if function < 4 else divide(a, b, function)
        elif opcode == 0x33:
            result = arithmetic(a, b, function, word >> 30 & 1)
        elif opcode == 0x03:
            size, extended = LOADS[function]
            result = self.load(a + immediate & WORD, size)
            result = signed(result, 8 * size) if extended else result
        elif opcode == 0x23:
            self.store(a + signed(word >> 25 << 5 | word >> 7 & 31, 12) & WORD, 1 << function, b)
        elif opcode == 0x63:
            offset = word >> 31 << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 63) << 5 | (word >> 8 & 15) << 1
            following = pc + signed(offset, 13) if is_taken(a, b, function) else following
        elif opcode == 0x6F:
            offset = word >> 31 << 20 | (word >> 12 & 255) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 1023) << 1
            result, following = following, pc + signed(offset, 21)
        elif opcode == 0x67:
            result, following = following, a + immediate & ~1
        elif opcode == 0x37:
            result = word & 0xFFFFF000
        elif opcode == 0x17:
            result = pc + (word & 0xFFFFF000)
        elif opcode == 0x2F and word >> 27 == 1:
            result = self.load(a, 4)
            self.store(a, 4, b)
        elif opcode == 0x73 and function != 0:
            result = self.csr(word >> 20, function, word >> 15 & 31 if function & 4 else a)
        elif opcode not in (0x0F, 0x73) or word == 0x73:
            raise ValueError(f'{word:#010x} at {pc:#x} is no instruction of this core')
        if result is not None and word >> 7 & 31:
            x[word >> 7 & 31] = result & WORD
        self.pc = following & WORD
        self.retired += 1

    def run(self, longest):
        """Until an access raises Stopped. @return Whether one has."""
        try:
            while self.retired < longest:
                self.step()
        except Stopped:
            return True
        return False
