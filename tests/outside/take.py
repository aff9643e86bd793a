#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes lockarb into the project of this folder, as README.md says, and checks what comes of it.

    take.py MODE BUILD WORK

package       installs BUILD, then runs the commands of README.md, "Take it into your own project"
subdirectory  builds the source of lockarb as a part of the project, which gets no flags of ours
version       (after package) a version that is not installed: the message has both
leaks         (after package) none of our compiler flags reaches the project
sizes         (after package) the command and a program run on an arbiter of other sizes, which is built once
mistakes      (after package) what a CMakeLists.txt can get wrong is named, with the cure
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTSIDE = ROOT / "tests/outside"
HEADING = "## Take it into your own project"


def fail(message):
    sys.exit(f"take.py: {message}")


def run(*command, **options):
    print("$", shlex.join(map(str, command)), flush=True)
    done = subprocess.run(list(map(str, command)), cwd=ROOT, **options)
    if done.returncode != 0 and not options.get("capture_output"):
        fail(f"{command[0]} ended with {done.returncode}")
    return done


def readme_commands():
    """The lines of the first block of code under the heading."""
    text = (ROOT / "README.md").read_text()
    if HEADING not in text:
        fail(f'README.md has no "{HEADING}"')
    block = re.search(r"```\n(.*?)```", text.split(HEADING)[1], re.DOTALL)
    if block is None or "cmake --install build" not in block[1]:
        fail(f'README.md: the first block under "{HEADING}" does not install lockarb')
    return [line.split("#")[0].strip() for line in block[1].splitlines() if line.strip()]


def package(build, work):
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for line in readme_commands():
        if line == "make build":
            continue  # BUILD is that
        # A shell reads them, as a person's would, but in a home and in folders of its own.
        line = re.sub(r"(?<=\s)build/outside\b", f"'{work}/outside'", line)
        line = re.sub(r"(?<=\s)build(?=\s)", f"'{build}'", line)
        if line.startswith("ctest"):
            line += " --output-on-failure --no-tests=error"
        run("sh", "-ec", line, env={**os.environ, "HOME": str(work)})


def subdirectory(_, work):
    shutil.rmtree(work, ignore_errors=True)
    run("cmake", "-S", OUTSIDE, "-B", work, "-G", "Ninja", f"-DLOCKARB_SOURCE={ROOT}",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    check_flags(work)
    run("cmake", "--build", work, "--target", "tally", "machine", "small")
    run("ctest", "--test-dir", work, "--output-on-failure", "--no-tests=error")


def version(build, work):
    prefix = work.parent / "package/lockarb"
    shutil.rmtree(work, ignore_errors=True)
    done = run("cmake", "-S", OUTSIDE, "-B", work, f"-DCMAKE_PREFIX_PATH={prefix}", "-DLOCKARB_VERSION=99.0",
               capture_output=True, text=True)
    there = re.search(r'PACKAGE_VERSION "([\d.]+)"',
                      next(prefix.rglob("lockarbConfigVersion.cmake")).read_text())[1]
    if done.returncode == 0:
        fail("a project that needs version 99.0 was configured")
    for words in ('requested version "99.0"', f"version: {there}"):
        if words not in " ".join(done.stderr.split()):
            fail(f"the message does not say {words}:\n{done.stderr}")


def leaks(_, work):
    work = work.parent / "package/outside"
    run("cmake", "-S", OUTSIDE, "-B", work, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", stdout=subprocess.DEVNULL)
    check_flags(work)


def check_flags(work):
    """What the project's own sources are compiled with is what the project asks for, and nothing else."""
    seen = 0
    for entry in json.loads((work / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]).name not in ("machine.cpp", "masters.c", "small.cpp"):
            continue
        seen += 1
        flags = [word for word in shlex.split(entry["command"])[1:] if word.startswith("-")]
        strange = [flag for flag in flags
                   if not re.fullmatch(r"-isystem|-I.*|-o|-c|-std=\S+|-pthread|-M[DTF]", flag)]
        if strange:
            fail(f"{entry['file']} is compiled with {' '.join(strange)}")
    if seen != 3:
        fail(f"{seen} sources of the project were looked at, not 3")


def sizes(_, work):
    package = work.parent / "package"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "two.yaml").write_text("cores: 2\nthreads: [{count: 4, loop: 10, hold_clocks: 5}]\n")
    option = ["--arbiter", "cores=2,threads=8,locks=12", "--cores=2"]
    home = {**os.environ, "HOME": str(work)}
    home.pop("XDG_CACHE_HOME", None)
    commands = [[package / "lockarb/bin/lockarb", "run", work / "two.yaml", *option[:2]],
                [package / "outside/tally", *option]]
    for command, builds in zip(commands, (True, False)):
        done = run(*command, env=home, capture_output=True, text=True)
        if done.returncode != 0 or ("building an arbiter" in done.stderr) != builds:
            fail(f"{command[0].name} ended with {done.returncode} and said\n{done.stderr}")
    built = list((work / ".cache/lockarb").glob("*.so"))
    if len(built) != 1:
        fail(f"{work}/.cache/lockarb has {len(built)} arbiters, not one")


MISTAKES = [
    ("", "lockarb_verilate(x PREFIX Vx CORES 4 THREADS 600 LOCKS 1)",
     "lockarb_verilate(x): THREADS 600: it is a number from 2 to 511"),
    ("", "lockarb_verilate(x PREFIX Vx CORES many THREADS 2 LOCKS 1)",
     "lockarb_verilate(x): CORES many: it is a number from 1 to 32"),
    ("", "lockarb_verilate(x PREFIX Vx CORES 4 THREADS 2 LOCKS 1 CHECK_USER 2)",
     "lockarb_verilate(x): CHECK_USER 2: it is a number from 0 to 1"),
    ("", "lockarb_verilate(x PREFIX Vx CORES 4 THREADS 2)",
     "lockarb_verilate(x): no LOCKS; add LOCKS and its value"),
    ("", "lockarb_verilate(x PREFIX Vx CORES 4 THREADS 2 LOCKS 1 TRACE PDF)",
     "lockarb_verilate(x): TRACE PDF: it is NONE, FST or VCD"),
    ("", "lockarb_verilate(x PREFIX Vx CORES 4 THREADS 2 LOCKS 1 LOKCS 2)",
     "lockarb_verilate(x): unknown argument LOKCS;2"),
    ("", "lockarb_add_program(x x.c)", "lockarb_add_program(x): no sources; add SOURCES"),
    ("", "lockarb_add_program(x SOURCES x.c)", "C is not enabled; write project(... LANGUAGES C CXX)"),
    ("COMPONENTS Simulator", "", "no component Simulator; there are Software, Rtl and Platform"),
]


def mistakes(_, work):
    prefix = work.parent / "package/lockarb"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for components, line, message in MISTAKES:
        (work / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(mistake CXX)\n"
            f"find_package(lockarb CONFIG REQUIRED {components})\n{line}\n")
        done = run("cmake", "-S", work, "-B", work / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
                   capture_output=True, text=True)
        said = " ".join(done.stderr.split())
        if done.returncode == 0 or message not in said:
            fail(f"{line or components}: is not refused with\n{message}\nbut with\n{said}")


if __name__ == "__main__":
    modes = {"package": package, "subdirectory": subdirectory, "version": version, "leaks": leaks,
             "sizes": sizes, "mistakes": mistakes}
    if len(sys.argv) != 4 or sys.argv[1] not in modes:
        sys.exit(__doc__)
    modes[sys.argv[1]](pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve() / sys.argv[1])
