#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts the simulated board that has cores, runs programs on it, and leaves it running for more.

    board.py SIMULATOR FOLDER_OF_LOCKARB LINK [--trace FILE] PROGRAM.elf...
"""

import pathlib
import subprocess
import sys


def start(simulator, link, options):
    """The board, once its line is there."""
    board = subprocess.Popen([simulator, '--link', link, *options], stdout=subprocess.PIPE, text=True)
    if not board.stdout.readline():
        sys.exit(board.wait())
    return board


def run(tools, link, program):
    """The exit code of `lockarb load`, which prints what the program prints."""
    return subprocess.run([pathlib.Path(tools) / 'lockarb_load', link, program]).returncode


def main():
    arguments = sys.argv[1:]
    if len(arguments) < 4:
        sys.exit(__doc__.strip())
    simulator, tools, link, *rest = arguments
    options = rest[:2] if rest[0] == '--trace' else []
    board = start(simulator, link, options)
    try:
        for program in rest[len(options):]:
            if code := run(tools, link, program):
                sys.exit(code)
            print()
        print(f'The board goes on. In another terminal: {tools}/lockarb load {link} PROGRAM.elf, or '
              f'{tools}/lockarb probe {link}\nCtrl-C ends it.', flush=True)
        board.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if board.poll() is None:
            board.terminate()
        board.wait()


if __name__ == '__main__':
    main()
