# SPDX-License-Identifier: Apache-2.0
"""The results of a sweep in SQLite: complete at every moment, and the same whoever ran it in whichever order.

A point is pending until its result is written, in one transaction. No host time, path of a database or
number of jobs is in it. The tables are described in sim/README.md, "Sweeps".
"""

import fcntl
import json
import os
import shlex
import sqlite3

from refused import Refused
from sweep_file import flow

VERSION = "1"
TABLES = """
CREATE TABLE sweep (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE parameter (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE point (number INTEGER PRIMARY KEY, seed INTEGER NOT NULL, command TEXT NOT NULL,
                    exit_code INTEGER, outcome TEXT, message TEXT);
CREATE TABLE setting (point INTEGER, parameter INTEGER, value TEXT NOT NULL,
                      PRIMARY KEY (point, parameter)) WITHOUT ROWID;
CREATE TABLE figure (point INTEGER, name TEXT, value NUMERIC NOT NULL,
                     PRIMARY KEY (point, name)) WITHOUT ROWID;
"""


class Database:
    """Opens or makes it for one sweep. Two sweeps cannot have it open at once."""

    def __init__(self, path, sweep_file, version):
        self.path = path
        definition = flow({**sweep_file.definition(), "lockarb": version})
        # Closed at the end of the process only: closing a file drops SQLite's own locks on it.
        self.lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                f"{path}: another sweep is writing it; wait for that one, or give another --database"
            ) from None
        try:
            self.connection = sqlite3.connect(path, isolation_level=None)
            if not self.connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                self.make(sweep_file, definition)
            known = dict(self.connection.execute("SELECT key, value FROM sweep"))
        except sqlite3.DatabaseError as error:
            raise Refused(f"{path}: is no database of a sweep ({error}); give another --database") from None
        if known.get("version") != VERSION:
            raise Refused(
                f"{path}: has version {known.get('version')}, this lockarb writes {VERSION}; "
                "give another --database"
            )
        if known["definition"] != definition:
            old, new = json.loads(known["definition"]), json.loads(definition)
            changed = ", ".join(key for key in new if old.get(key) != new[key])
            raise Refused(
                f"{path}: is of another sweep: other {changed}; give another --database, or remove it first"
            )

    def make(self, sweep_file, definition):
        with self.transaction():
            for statement in TABLES.split(";")[:-1]:
                self.connection.execute(statement)
            self.connection.executemany(
                "INSERT INTO sweep VALUES (?, ?)", [("version", VERSION), ("definition", definition)]
            )
            self.connection.executemany(
                "INSERT INTO parameter VALUES (?, ?)",
                enumerate(parameter.name for parameter in sweep_file.parameters),
            )
            for point in sweep_file.points():
                self.connection.execute(
                    "INSERT INTO point (number, seed, command) VALUES (?, ?, ?)",
                    (point.number, point.seed, self.command(sweep_file, point)),
                )
                self.connection.executemany(
                    "INSERT INTO setting VALUES (?, ?, ?)",
                    [(point.number, i, flow(value)) for i, value in enumerate(point.values)],
                )

    @staticmethod
    def command(sweep_file, point):
        words = shlex.join(sweep_file.options_of(point))
        if sweep_file.program:
            return f"{shlex.quote(sweep_file.program)} {words}"
        show = f"lockarb sweep {shlex.quote(str(sweep_file.path))} --show {point.number}"
        return f"{show} | lockarb run /dev/stdin {words}"

    def transaction(self):
        self.connection.execute("BEGIN IMMEDIATE")
        return self.connection  # as a context it commits, or rolls back

    def pending(self):
        return {
            number for number, in self.connection.execute("SELECT number FROM point WHERE exit_code IS NULL")
        }

    def add(self, number, result):
        """The result of a pending point; of another one it is known already."""
        with self.transaction():
            changed = self.connection.execute(
                "UPDATE point SET exit_code = ?, outcome = ?, message = ? "
                "WHERE number = ? AND exit_code IS NULL",
                (result["exit_code"], result["outcome"], result["message"], number),
            ).rowcount
            if changed:
                self.connection.executemany(
                    "INSERT INTO figure VALUES (?, ?, ?)",
                    [(number, name, value) for name, value in result["figures"].items()],
                )

    def outcomes(self):
        return dict(
            self.connection.execute(
                "SELECT outcome, count(*) FROM point WHERE exit_code IS NOT NULL "
                "GROUP BY outcome ORDER BY outcome"
            )
        )

    def close(self):
        self.connection.close()
