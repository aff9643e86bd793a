#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compile every source of ours with clang, as CMake compiles it with its own compiler.

Usage: clang_warnings.py BUILD_FOLDER

Warnings are errors in every target, and clang sees others than gcc. Nothing is linked: the generated headers
are those of the build. A source that is part of many programs is compiled once for each set of definitions
that it mentions. The large headers of others are read once for all sources, from BUILD_FOLDER/clang_warnings:
which of them a source includes is what Ninja noted when it built it.
Exits 1 with clang's words when a source does not pass.
"""

import collections
import concurrent.futures
import json
import pathlib
import re
import shlex
import subprocess
import sys

JOBS = 2
# {what a source that includes this one is compiled with}. SystemC is apart: Verilated code is other code beside it.
LARGE = {
    "/systemc": ["systemc", "tlm", "tlm_utils/simple_initiator_socket.h", "tlm_utils/simple_target_socket.h"],
    "/gtest/gtest.h": ["gmock/gmock.h"],
    "/string": ["algorithm", "deque", "filesystem", "fmt/format.h", "fstream", "functional", "map", "optional",
                "random", "set", "sstream", "vector"],
}
WORTH_IT = 5  # sources of one kind
DEFINITIONS = ["-DFMT_SHARED", "-DGTEST_HAS_PTHREAD=1"]
LANGUAGE = re.compile(r"-std=.*|-O.|-f.*|-DNDEBUG")  # what the headers must be read with as well


def once(commands):
    chosen = {}
    for command in commands:
        text = pathlib.Path(command["file"]).read_text()
        words = shlex.split(command["command"])
        if "ccache" in pathlib.Path(words[0]).name:
            words = words[1:]
        names = {word: re.match(r"-D(\w+)", word)[1] for word in words if word.startswith("-D")}
        mentioned = tuple(word for word, name in names.items() if re.search(rf"\b{name}\b", text))
        chosen.setdefault((command["file"], mentioned), (command["file"], command["directory"], words))
    return list(chosen.values())


def large_headers(build):
    """{object file: those of LARGE that it was made from}"""
    found = {}
    for line in subprocess.run(["ninja", "-C", build, "-t", "deps"], stdout=subprocess.PIPE, text=True,
                               check=True).stdout.splitlines():
        if line.startswith(" "):
            found[name] += [large for large in LARGE if line.endswith(large)]
        elif line:
            name = line.split(": ")[0]
            found[name] = []
    return {name: tuple(large for large in LARGE if large in set(headers)) for name, headers in found.items()}


def read_large(folder, number, large, language):
    header = folder / f"{number}.h"
    header.write_text("".join(f"#include <{name}>\n" for key in large for name in LARGE[key]))
    done = subprocess.run(["clang++", "-x", "c++-header", *DEFINITIONS, *language, "-fpch-instantiate-templates",
                           header, "-o", f"{header}.pch"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"clang_warnings.py: {header} does not compile:\n{done.stderr}")
    return f"{header}.pch"


def check(source, directory, words, large):
    words[0] = "clang" if source.endswith(".c") else "clang++"
    words += ["-fsyntax-only", *(["-include-pch", large.result()] if large else [])]
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    sources = once(c for c in commands if "-Werror" in c["command"])
    if not sources:
        sys.exit("clang_warnings.py: no source of ours in compile_commands.json")
    folder = build / "clang_warnings"
    folder.mkdir(exist_ok=True)
    included = large_headers(build)

    def kind(source, words):
        large = included.get(words[words.index("-o") + 1], ()) if source.endswith(".cpp") else ()
        return large, tuple(word for word in words if LANGUAGE.fullmatch(word))

    kinds = collections.Counter(kind(source, words) for source, _, words in sources)
    with concurrent.futures.ThreadPoolExecutor(max_workers=JOBS) as pool:
        read = {(large, language): pool.submit(read_large, folder, number, large, language)
                for number, ((large, language), count) in enumerate(kinds.items()) if large and count >= WORTH_IT}
        results = list(pool.map(lambda s: check(*s, read.get(kind(s[0], s[2]))), sources))
    failed = [words for passed, words in results if not passed]
    print("".join(failed), end="")
    print(f"{len(sources)} sources, {len(failed)} with warnings or errors")
    sys.exit(1 if failed else 0)


main()
