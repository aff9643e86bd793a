#!/usr/bin/env python3
"""Compile every source of ours with clang, as CMake compiles it with its own compiler.

Usage: clang_warnings.py BUILD_FOLDER

Warnings are errors in every target, and clang sees others than gcc. Nothing is linked or written: the
generated headers are those of the build. Exits 1 with clang's words when a source does not pass.
"""

import concurrent.futures
import json
import pathlib
import shlex
import subprocess
import sys


def check(command):
    words = shlex.split(command["command"])
    words[0] = "clang" if command["file"].endswith(".c") else "clang++"
    words += ["-fsyntax-only"]
    done = subprocess.run(words, cwd=command["directory"], capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def main():
    build = pathlib.Path(sys.argv[1])
    commands = json.loads((build / "compile_commands.json").read_text())
    ours = [c for c in commands if "-Werror" in c["command"]]
    if not ours:
        sys.exit("clang_warnings.py: no source of ours in compile_commands.json")
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(check, ours))
    failed = [words for passed, words in results if not passed]
    print("".join(failed), end="")
    print(f"{len(ours)} sources, {len(failed)} with warnings or errors")
    sys.exit(1 if failed else 0)


main()
