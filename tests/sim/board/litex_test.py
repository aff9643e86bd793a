#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LiteX's own host tools, as they come from PyPI, on the simulated board.

litex_server holds the board's serial line, litex_cli reads the ID through it, and a program with LiteX's
RemoteClient takes a lock, which `lockarb probe` then shows.

usage: litex_test.py BOARD_SIM PROBE    (with the Python that has them)
"""
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

from litex.tools.litex_client import RemoteClient

ID = 0x4C4B0200
# sw/driver/lockarb_regs.h
CONTROL, APERTURE, CURRENT_THREAD, VALID, ARM = 0x18, 1, 0x20, 1 << 31, 0x44
LOCK = 5
GRANTED_EXCLUSIVE, HELD_BY_ONE, DONE = 1, 1 << 5, 16


def command(operation):
    return 0x80000 | operation << 14 | LOCK << 2


TRY_EXCLUSIVE, INITIALIZE = command(0), command(22)


def tool(name):
    return os.path.join(os.path.dirname(sys.executable), name)


@contextlib.contextmanager
def running(*words):
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def wait_until(what, condition):
    end = time.monotonic() + 30
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what}: not after 30 s")
        time.sleep(0.05)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("localhost", port)) == 0


def check(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: expected {expected!r}, got {got!r}")
    print(f"{what}: {got!r}")


def main():
    board_sim, probe = sys.argv[1:]
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        line = os.path.join(folder, "board.pty")
        csr_csv = os.path.join(folder, "csr.csv")
        with open(csr_csv, "w", encoding="ascii") as file:
            file.write("constant,config_csr_data_width,32,,\nconstant,config_bus_address_width,32,,\n")
        with running(board_sim, "--link", line) as board:
            board.stdout.readline()  # it says where the line is once the board runs
            with running(tool("litex_server"), "--uart", "--uart-port", line, "--bind-port", str(port)):
                wait_until("litex_server", lambda: accepts(port))
                answer = subprocess.run(
                    [tool("litex_cli"), "--csr-csv", csr_csv, "--port", str(port), "--read", "0x0"],
                    stdout=subprocess.PIPE, text=True, check=True)
                check("litex_cli --read 0x0", answer.stdout.split()[-1], f"0x{ID:08x}")
                client = RemoteClient(port=port, csr_csv=csr_csv)
                client.open()
                check("RemoteClient reads 3 words from 0", hex(client.read(0, 3)[0]), hex(ID))
                client.write(CONTROL, APERTURE)
                client.write(CURRENT_THREAD, VALID | 3)
                client.write(ARM, INITIALIZE & 0x7FFFF)
                check("INITIALIZE", client.read(INITIALIZE), DONE)
                check("TRY_EXCLUSIVE", client.read(TRY_EXCLUSIVE), GRANTED_EXCLUSIVE | HELD_BY_ONE)
                client.close()
            answer = subprocess.run([probe, line, "--no-self-test"], stdout=subprocess.PIPE, text=True, check=True)
            check("lockarb probe", "1 locks initialized, 1 of them owned" in answer.stdout, True)


main()
