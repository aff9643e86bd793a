#!/usr/bin/env python3
"""Fails on a file that does not name its licence: "SPDX-License-Identifier: Apache-2.0" in its first three lines.

Usage: spdx.py [FOLDER]     FOLDER: a work tree; without it, the one that this script is in
"""

import fnmatch
import pathlib
import subprocess
import sys

LINE = "SPDX-License-Identifier: Apache-2.0"
NO_PLACE_FOR_IT = {
    "LICENSE": "it is the licence",
    "*.json": "JSON has no comments",
    "*.png": "pictures are made",
    "*.svg": "pictures are made",
    "*.xml": "it is made by PeakRDL",
    "sim/report/plots.*": "it is other people's, on their terms: plots.licences.txt",
    "*.f": "a list of files that is read word by word",
    "*.gtkw": "GTKWave writes it anew",
    "*.sucl": "a list of Surfer's commands",
    "tests/fuzz/corpus/*": "each byte is an input",
}


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tracked = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True, text=True)
    names = [name for name in tracked.stdout.split("\0")[:-1]
             if not any(fnmatch.fnmatch(name, pattern) for pattern in NO_PLACE_FOR_IT)]
    if not names:
        sys.exit(f"spdx.py: git tracks no file in {root}")
    missing = [name for name in names
               if LINE not in "".join((root / name).read_text().splitlines(True)[:3])]
    for name in missing:
        print(f'{name}: none of its first three lines says "{LINE}"')
    print(f"spdx: {len(names)} files, {len(missing)} without a licence")
    sys.exit(1 if missing else 0)


main()
