#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report_files_test.py LOCKARB PROGRAM SIM FOLDER: what --json and --csv write has its form, and adds up.

Runs scenarios of SIM and the program, and holds each JSON against report.schema.json (by the package
jsonschema, tests/static/requirements.txt), with no field that the schema does not name. What is told twice
must be equal.
"""

import copy
import csv
import io
import json
import pathlib
import subprocess
import sys

import jsonschema


def strict(schema):
    """The same schema, which refuses fields that it does not describe."""
    schema = copy.deepcopy(schema)
    todo = [schema]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if "properties" in part:
                part["additionalProperties"] = False
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return schema


def run(*command, code=0):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == code, f"{command} ends with {done.returncode}:\n{done.stderr}"
    return done


def check_sums(report):
    total = report["total"]
    for use in [total, *report["locks"], *report["threads"]]:
        for what in ("waiting_clocks", "holding_clocks"):
            histogram = use[what]["histogram"]
            assert sum(histogram["count"]) == use[what]["count"], f"{what}: the buckets hold another number"
            assert histogram["from"] == sorted(set(histogram["from"])), f"{what}: the buckets overlap"
            if use[what]["count"]:
                assert histogram["from"][0] <= use[what]["min"], f"{what}: less than the first bucket"
                assert histogram["from"][-1] <= use[what]["max"], f"{what}: nothing is in the last bucket"
    for key in ("acquisitions", "recursions", "contentions", "refusals"):
        for of in ("locks", "threads"):
            assert sum(use[key] for use in report[of]) == total[key], f"{key} of all {of}"
    places = report["places"]
    assert len(places) < 256, "then some are left out, and these are not all"
    assert sum(place["acquisitions"] for place in places) == total["acquisitions"], "acquisitions by line"
    assert (
        sum(place["waiting_clocks"] for place in places) == total["waiting_clocks"]["sum"]
    ), "waiting by line"
    assert (
        sum(place["holding_clocks"] for place in places) == total["holding_clocks"]["sum"]
    ), "holding by line"

    over_time = report["over_time"]
    parts = len(over_time["waiting"])
    assert (
        (parts - 1) * over_time["part_clocks"] < report["clocks"] <= parts * over_time["part_clocks"]
    ), "its end"
    assert sum(over_time["waiting"]) == total["waiting_clocks"]["sum"], "waiting over time"
    by_number = {lock["lock"]: lock for lock in report["locks"]}
    for series in over_time["locks"]:
        of = by_number[series["lock"]]
        assert (
            sum(series["waiting"]) == of["waiting_clocks"]["sum"]
        ), f"lock {series['lock']}: waiting over time"
        assert sum(series["exclusive"] + series["shared"]) == of["holding_clocks"]["sum"], "owning over time"
        assert max(series["exclusive"]) <= over_time["part_clocks"], "two exclusive owners at once"

    if not total["contentions"]:
        assert "longest_wait" not in report and "most_waiting" not in report, "nobody waited"
        return
    longest = report["longest_wait"]
    assert (
        longest["to"] - longest["from"] == total["waiting_clocks"]["max"]
    ), "the longest wait is another one"
    this = ["waits", longest["mode"], longest["lock"], longest["thread"], longest["from"], longest["to"]]
    assert this in longest["around"], "what is around the longest wait is not around it"
    blockers = [
        span
        for span in longest["around"]
        if span[0] == "owns"
        and span[2] == longest["lock"]
        and span[4] < longest["to"]
        and (span[5] is None or span[5] > longest["from"])
    ]
    assert blockers, "nobody owned what the longest wait was for"
    most = report["most_waiting"]
    waiting = [span for span in most["spans"] if span[0] == "waits"]
    assert len(waiting) == min(most["threads"], 512), "as many as are told"
    assert all(span[4] <= most["clock"] and span[5] is None for span in most["spans"]), "it went on then"


def check_csv(text, report):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for table, entries in (("lock", report["locks"]), ("thread", report["threads"])):
        found = [row for row in rows if row["table"] == table]
        assert [int(row["number"]) for row in found] == [
            entry[table] for entry in entries
        ], f"rows of {table}s"
        for row, entry in zip(found, entries):
            assert row["name"] == entry.get("name", ""), row
            assert row["kind"] == entry.get("kind", "") and row["core"] == str(entry.get("core", "")), row
            for key in ("acquisitions", "recursions", "contentions", "refusals"):
                assert int(row[key]) == entry[key], f"{table} {row['number']}: {key}"
            for what in ("waiting_clocks", "holding_clocks"):
                for which in ("count", "sum", "min", "median", "p99", "max"):
                    assert (
                        int(row[f"{what}_{which}"]) == entry[what][which]
                    ), f"{table} {row['number']}: {what}"
            for key in ("apcs_queued", "apcs_held_back", "apcs_delivered"):
                assert row[key] == (str(sum(entry[key].values())) if key in entry else ""), f"{key}: {row}"


def main():
    lockarb, program, sim, folder = (
        sys.argv[1],
        sys.argv[2],
        pathlib.Path(sys.argv[3]),
        pathlib.Path(sys.argv[4]),
    )
    folder.mkdir(parents=True, exist_ok=True)
    schema = json.loads((sim / "observe" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(strict(schema))

    odd = folder / "odd.yaml"  # a name that CSV and a shell must quote; nobody waits
    odd.write_text("name: 'a, \"b\"'\ncores: 1\nthreads: [{name: 'c, \"d\"', loop: 3}]\n")
    scenarios = [
        sim / "scenarios" / f"{name}.yaml"
        for name in ("handoff", "faults", "sixty_four_threads", "locks_in_software", "apc_traffic")
    ]
    runs = [[lockarb, "run", path] for path in (*scenarios, odd)]
    runs.append([*runs[0], "--costs", "vexriscv"])
    for command in ([program], *runs):
        files = folder / "report.json", folder / "report.csv"
        table = run(*command, "--seed", 7, "--json", files[0], "--csv", files[1]).stdout
        text = files[0].read_text()
        report = json.loads(text)
        validator.validate(report)
        check_sums(report)
        check_csv(files[1].read_bytes().decode(), report)
        if report["name"] == "filesystem":
            assert any(
                "filesystem.c:" in place["where"] for place in report["places"]
            ), "lines of the program"
            assert any(lock.get("name") for lock in report["locks"]), "names of variables"
            continue
        # "-": the file alone on the standard output, and the rest on the other one.
        words = report["command"].split(maxsplit=1)
        assert words[0] == "lockarb", report["command"]
        again = subprocess.run(
            ["sh", "-c", f"exec {lockarb} {words[1]} --json -"], capture_output=True, text=True
        )
        assert (again.returncode, again.stdout) == (0, text), f"{report['command']}: other results"
        assert (
            again.stderr.split("\nhost ")[0] == table.split("\nhost ")[0]
        ), "the table is not on the other one"
        other = run(*command, "--seed", 7, "--csv", "-").stdout.encode()
        assert other.replace(b"\n", b"") == files[1].read_bytes().replace(b"\r\n", b""), "--csv -"

    both = run(lockarb, "run", odd, "--json", "-", "--csv", "-", code=2)
    assert "--json" in both.stderr and "--csv" in both.stderr and "are one file" in both.stderr, both.stderr
    print(f"{1 + len(runs)} reports")


main()
