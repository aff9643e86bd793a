#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lets a program find its headers by the names that Windows' file systems would find them by.

Usage: header_spellings.py FOLDER STAMP DEPFILE --source FILE... --include FOLDER... --system FOLDER...

Where an #include names no file but for upper and lower case, or with backslashes, FOLDER, which is to be
the last of the program's include folders, gets a header of that name that includes the real one. A link would
not do: what the real one includes is looked for beside it. --system folders are searched, and their
headers are not read. STAMP is touched; DEPFILE says, for make and ninja, what would change the answer.
"""

import argparse
import pathlib
import re
import shutil
import sys

DEPTH = 8  # FOLDER is that deep below its root, so that "../" stays inside of it
INCLUDE = re.compile(r'^[ \t]*#[ \t]*(?:include|import)[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)


class Ambiguous(Exception):
    pass


class Finder:
    def __init__(self):
        self.listings = {}
        self.looked_into = set()

    def names(self, folder):
        if folder not in self.listings:
            try:
                self.listings[folder] = sorted(entry.name for entry in folder.iterdir())
            except OSError:
                self.listings[folder] = []
        self.looked_into.add(folder)
        return self.listings[folder]

    def find(self, folder, parts):
        """The path below folder that is spelled like that on Windows, or None."""
        for part in parts:
            if part in (".", ".."):
                folder = folder / part
                continue
            names = self.names(folder)
            fits = [part] if part in names else [name for name in names if name.lower() == part.lower()]
            if len(fits) > 1:
                raise Ambiguous(f"fits {' and '.join(fits)} in {folder}; use one of these names")
            if not fits:
                return None
            folder = folder / fits[0]
        return folder if folder.is_file() else None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("stamp", type=pathlib.Path)
    parser.add_argument("depfile", type=pathlib.Path)
    for name in ("source", "include", "system"):
        parser.add_argument(f"--{name}", nargs="*", default=[], type=pathlib.Path)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    finder = Finder()
    includes = [folder for folder in dict.fromkeys(arguments.include) if folder not in arguments.system]
    wanted = {}  # spelling: the real header
    queue, seen, faults = list(arguments.source), set(), []
    while queue:
        source = queue.pop()
        if source.resolve() in seen:
            continue
        seen.add(source.resolve())
        try:
            text = source.read_text(errors="replace")
        except OSError as error:
            sys.exit(f"header_spellings.py: {source}: {error.strerror}")
        for match in INCLUDE.finditer(text):
            name = match[1] or match[2]
            parts = [part for part in re.split(r"[/\\]+", name) if part]
            folders = ([source.parent] if match[1] else []) + includes
            if name.startswith("/") or any((folder / name).is_file() for folder in folders):
                exact = next((folder / name for folder in folders if (folder / name).is_file()), None)
                if exact is not None:
                    queue.append(exact)
                continue
            if any((folder / name).is_file() for folder in arguments.system):
                continue
            where = f"{source}:{text.count(chr(10), 0, match.start()) + 1}"
            try:
                found = [finder.find(folder, parts) for folder in folders + arguments.system]
            except Ambiguous as ambiguous:
                faults.append(f"{where}: {name} {ambiguous}")
                continue
            real = next((path for path in found if path is not None), None)
            if real is None:
                continue  # the compiler says so, unless the line is not compiled
            if wanted.get(name, real).resolve() != real.resolve():
                faults.append(f"{where}: {name} is {real} here and {wanted[name]} elsewhere; "
                              "use the names that they have")
            wanted[name] = real
            if not any(real.is_relative_to(folder) for folder in arguments.system):
                queue.append(real)
    if faults:
        sys.exit("\n".join(faults))
    write(arguments, wanted, seen | finder.looked_into)


def quoted(real, system):
    """Those of the system look for each other by the order of its folders."""
    folder = next((folder for folder in system if real.is_relative_to(folder)), None)
    return f'"{real.resolve()}"' if folder is None else f"<{real.relative_to(folder)}>"


def write(arguments, wanted, looked_at):
    """Those that are as they should be are left alone, so that nothing is compiled again."""
    root = arguments.folder.parents[DEPTH - 1]
    files = {}
    for name, real in wanted.items():
        path = arguments.folder
        for part in name.split("/"):
            path.mkdir(parents=True, exist_ok=True)
            path = path.parent if part == ".." else path / part
        if not path.is_relative_to(root):
            sys.exit(f"header_spellings.py: {name}: more than {DEPTH} folders up; use the header's own name")
        files[path] = f"#include {quoted(real, arguments.system)}\n"
    for path in root.rglob("*") if root.exists() else []:
        if path.is_file() and path not in files:
            path.unlink()
    for path, text in files.items():
        if path.is_dir():
            shutil.rmtree(path)
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
    names = " ".join(re.sub(r"([ #])", r"\\\1", str(path)) for path in sorted(looked_at))
    arguments.depfile.write_text(f"{arguments.stamp}: {names}\n")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    arguments.stamp.touch()


main()
