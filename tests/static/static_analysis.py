#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every source of ours against clang-tidy or cppcheck; any finding fails.

Usage: static_analysis.py clang-tidy|cppcheck BUILD_FOLDER [WORD]    WORD: only files with it in their path

What they look for, and what is switched off for which reason: .clang-tidy, tests/.clang-tidy, and
cppcheck_suppressions.txt beside this script. The commands are those of the build, its generated
headers included; each source is looked at once, however many programs it is part of.

What they find depends on their version. Another version than the one in VERSIONS, that of Debian 12, is
not run: the script says so and exits 77, which ctest shows as a skipped test.
"""

import json
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
JOBS = "2"
SKIPPED = 77
VERSIONS = {"clang-tidy": "14", "cppcheck": "2.10"}
TOOLS = {
    "clang-tidy": ["run-clang-tidy", "-quiet", "-j", JOBS, "-p", "{folder}"],
    "cppcheck": ["cppcheck", "--project={folder}/compile_commands.json", "--quiet",
                 "--error-exitcode=1",
                 "--enable=warning,style,performance,portability", "--inline-suppr",
                 "--std=c11", "--std=c++17", "--template=gcc", "--library=googletest",
                 f"--library={HERE / 'cppcheck.cfg'}",
                 f"--suppressions-list={HERE / 'cppcheck_suppressions.txt'}"],
}


def check_version(tool):
    words = subprocess.run([tool, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    version = re.search(r"\d+(\.\d+)+", words)[0]
    if not f"{version}.".startswith(f"{VERSIONS[tool]}."):
        print(f"{tool}: SKIPPED: this is version {version}, and the findings are those of {VERSIONS[tool]}: "
              "run it on Debian 12")
        sys.exit(SKIPPED)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in TOOLS:
        sys.exit(__doc__.strip())
    check_version(sys.argv[1])
    tool, build, word = sys.argv[1], pathlib.Path(sys.argv[2]), "".join(sys.argv[3:])
    commands = json.loads((build / "compile_commands.json").read_text())
    ours = {c["file"]: c for c in commands if "-Werror" in c["command"] and word in c["file"]}
    if not ours:
        sys.exit(f"static_analysis.py: no source of ours in {build}/compile_commands.json")
    folder = build / tool
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(list(ours.values())))
    # The suppressions name files from the top of the source tree.
    done = subprocess.run([word.format(folder=folder.resolve()) for word in TOOLS[tool]], cwd=SOURCE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")
    # run-clang-tidy echoes its commands, and clang-tidy counts what is in other people's headers.
    lines = [line for line in done.stdout.splitlines()
             if not line.startswith("clang-tidy") and "warnings generated" not in line]
    findings = "\n".join(lines).replace(f"{SOURCE}/", "").strip()
    if done.returncode != 0:
        print(re.sub(r"\x1b\[[0-9;]*m", "", findings))
    print(f"{tool}: {len(ours)} sources, {'findings' if done.returncode else 'clean'}")
    sys.exit(done.returncode != 0)


main()
