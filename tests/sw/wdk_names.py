#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists the WDK's names that C files use and sw/ does not have.

    wdk_names.py [--sw FOLDER] [--known] FILE...

A name of the WDK is a call of Ex..., Ke..., Rtl... and the like, or a type, macro or constant as the WDK spells
them (KTIMER, PFILE_OBJECT, STATUS_...). Names that the files themselves define or declare do not count, nor do
those in comments and strings. What sw/ has is taken from its headers by the compiler's preprocessor, so it is
what a program that includes them all can use. --known prints that list.

Each name is printed with how many of the files use it, the most used ones first. Exit status: 0 nothing is
missing, 1 something is, 2 bad arguments or a file that cannot be read.
"""

import argparse
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADERS = ["ntifs.h", "ntstrsafe.h", "ntintsafe.h", "initguid.h", "pseh/pseh2.h"]
WORD = re.compile(r"[A-Za-z_]\w*")
# Routines, of the parts of the kernel that this is about; IRPs, caches, security and the registry are others'.
CALL = re.compile(r"\b_?(?:Ex|Interlocked|Io(?:Acquire|Release|Initialize)RemoveLock\w*|Io\w*WorkItem\w*|Ke|Kd|Kf"
                  r"|Mm(?=GetSystemRoutineAddress)|Ob(?:f?De)?[rR]eference|Ps(?=Get|Create|Terminate|Lookup|Is)|Rtl|"
                  r"v?DbgPrint|Zw(?=Close|Wait|Create(?:Event|Mutant|Semaphore|Timer)|SetEvent))[A-Za-z0-9]*"
                  r"(?=\s*\()")
# Types, and constants of families that locking code names.
TYPE = re.compile(r"\b(?:P?K(?:EVENT|MUTEX|MUTANT|SEMAPHORE|TIMER|DPC|QUEUE|SPIN_LOCK|LOCK_QUEUE_HANDLE|APC|IRQL|THREAD"
                  r"|GUARDED_MUTEX|WAIT_BLOCK|AFFINITY|PRIORITY)|P?FAST_MUTEX|P?ERESOURCE|P?EX_[A-Z_]+"
                  r"|P?(?:N?PAGED_)?LOOKASIDE_LIST(?:_EX)?|P?SLIST_(?:HEADER|ENTRY)|P?RTL_[A-Z_]+|P?IO_(?:REMOVE_LOCK"
                  r"|WORKITEM)|P?WORK_QUEUE_ITEM|P?(?:UNICODE|ANSI)_STRING|P?LARGE_INTEGER|P?OBJECT_ATTRIBUTES"
                  r"|P(?:DEVICE_OBJECT|FILE_OBJECT|EPROCESS|ETHREAD|ACCESS_TOKEN|SECURITY_DESCRIPTOR)"
                  r"|(?:C_|NT_)?ASSERT(?:MSG)?|NT_(?:VERIFY|SUCCESS|ERROR|WARNING|INFORMATION)|FIELD_OFFSET"
                  r"|CONTAINING_RECORD|ARRAYSIZE|UNREFERENCED_PARAMETER|DUMMY(?:UNION|STRUCT)NAME\d?"
                  r"|InitializeObjectAttributes|FlagOn|BooleanFlagOn|SetFlag|ClearFlag|IO_NO_INCREMENT"
                  r"|STATUS_(?:SUCCESS|UNSUCCESSFUL|PENDING|TIMEOUT|INSUFFICIENT_RESOURCES|INVALID_PARAMETER"
                  r"|NO_MEMORY|DELETE_PENDING|BUFFER_(?:OVERFLOW|TOO_SMALL)))\b")
DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.M)
# A name before a parameter list and a body, or as what a typedef ends with.
BODY = re.compile(r"\b(\w+)\s*\((?:[^(){};]|\([^(){}]*\))*\)\s*\{")
TYPEDEF = re.compile(r"\btypedef\b[^;{]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})?([^;]*);", re.S)


def fail(text):
    print(f"wdk_names.py: {text}", file=sys.stderr)
    sys.exit(2)


def preprocess(sw, *options):
    source = "".join(f"#include <{header}>\n" for header in HEADERS)
    command = ["gcc", "-std=c11", "-E", *options, f"-I{sw}/executive/include", f"-I{sw}/wdm/include", "-x", "c", "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"--sw {sw}: its headers do not compile; give the folder that has executive/include and wdm/include\n"
             f"{done.stderr.strip()}")
    return done.stdout


def known_names(sw):
    """Every word that the headers declare or define; that some of them are parameters does no harm."""
    macros = re.findall(r"^#define (\w+)", preprocess(sw, "-dM"), re.M)
    return set(macros) | set(WORD.findall(preprocess(sw, "-P")))


def read(name):
    try:
        text = pathlib.Path(name).read_bytes().decode("utf-8", "replace")
    except OSError as error:
        fail(f"{name}: {error.strerror}; give C files that exist")
    if "\0" in text:
        fail(f"{name}: it has zero bytes, so it is no C file in ASCII or UTF-8")
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    return re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text)


def own_names(text):
    own = set(DEFINED.findall(text)) | set(BODY.findall(text))
    for ending in TYPEDEF.findall(text):
        own |= set(WORD.findall(ending))
    return own


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sw", default=ROOT / "sw", help="the folder with the headers")
    parser.add_argument("--known", action="store_true", help="print what sw/ has")
    parser.add_argument("files", nargs="*", metavar="FILE")
    arguments = parser.parse_args()
    known = known_names(arguments.sw)
    if arguments.known:
        print("\n".join(sorted(known)))
        return 0
    if not arguments.files:
        fail("no file; give the C files to look into")
    texts = {name: read(name) for name in arguments.files}
    own = set().union(*(own_names(text) for text in texts.values()))
    missing = collections.Counter()
    for text in texts.values():
        used = set(CALL.findall(text)) | set(TYPE.findall(text))
        missing.update(used - known - own)
    for name, files in sorted(missing.items(), key=lambda item: (-item[1], item[0])):
        print(f"{files:5} {name}")
    print(f"wdk_names.py: {len(texts)} files, {len(missing)} names are missing")
    return 1 if missing else 0


sys.exit(main())
