#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""timeline_test.py LOCKARB SCENARIO FOLDER: a timeline says what the run's table says, by Perfetto's own schema.

Runs the scenario with --timeline and --json, reads the timeline with the messages of the package perfetto
(tests/static/requirements.txt), and looks for what a viewer would show wrongly: a track or a name that nobody
described, a slice without an end, an arrow to nowhere, other numbers than those of the report.
"""

import collections
import json
import pathlib
import subprocess
import sys

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as perfetto

Event = perfetto.TrackEvent
CLOCK = 10  # nanoseconds


class Timeline:
    """The events of a file, by the path of their track: (time, type, name, source, arrows, value)."""

    def __init__(self, data):
        trace = perfetto.Trace()
        trace.ParseFromString(data)
        self.paths, self.events, names, sources = {}, collections.defaultdict(list), {0: ""}, {0: ""}
        for packet in trace.packet:
            if packet.HasField("track_descriptor"):
                track = packet.track_descriptor
                assert track.uuid not in self.paths, f"track {track.uuid} is described twice"
                outer = self.paths[track.parent_uuid] if track.parent_uuid else ()
                self.paths[track.uuid] = (*outer, track.name)
            for name in packet.interned_data.event_names:
                names[name.iid] = name.name
            for place in packet.interned_data.source_locations:
                sources[place.iid] = f"{place.file_name}:{place.line_number} ({place.function_name})"
            if packet.HasField("track_event"):
                event = packet.track_event
                self.events[self.paths[event.track_uuid]].append(
                    (packet.timestamp, event.type, names[event.name_iid], sources[event.source_location_iid],
                     tuple(event.flow_ids), event.counter_value))
        for events in self.events.values():
            events.sort(key=lambda event: event[0])  # as a viewer does; those of one time stay in order

    def slices(self, path):
        """[(begin, end, name, source)] of a track. None is in another one, and each has its end."""
        found, begun = [], None
        for time, kind, name, source, _, _ in self.events[path]:
            if kind == Event.TYPE_SLICE_BEGIN:
                assert begun is None, f"{path}: {name} begins at {time} ns in {begun}"
                begun = (time, name, source)
            elif kind == Event.TYPE_SLICE_END:
                assert begun is not None, f"{path}: nothing to end at {time} ns"
                found.append((begun[0], time, *begun[1:]))
                begun = None
        assert begun is None, f"{path}: {begun} does not end"
        return found

    def instants(self, path, word):
        return [event for event in self.events[path] if event[1] == Event.TYPE_INSTANT and event[2].startswith(word)]


def run(lockarb, scenario, folder, name):
    files = folder / f"{name}.pftrace", folder / f"{name}.json"
    for file in files:
        file.unlink(missing_ok=True)
    subprocess.run([lockarb, "run", scenario, "--timeline", files[0], "--json", files[1]], check=True,
                   stdout=subprocess.DEVNULL)
    return files[0].read_bytes(), json.loads(files[1].read_text())


def main():
    lockarb, scenario, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    data, report = run(lockarb, scenario, folder, "first")
    assert run(lockarb, scenario, folder, "second")[0] == data, "two runs have other bytes"
    timeline = Timeline(data)
    tracks = list(timeline.events)
    slices = {path: timeline.slices(path) for path in tracks}

    clocks = report["clocks"]
    last = max(event[0] for events in timeline.events.values() for event in events)
    assert last == clocks * CLOCK, f"ends at {last} ns, the run after {clocks} clocks"

    # Who owns the lock is one thread at a time, or its readers: what the table counts.
    [lock] = [lock for lock in report["locks"] if lock["acquisitions"]]
    name = f"lock {lock['lock']}"
    owners = [s for s in slices[("Locks", name)]]
    readers = [e for e in timeline.events[("Locks", f"{name}: shared owners")]]
    waiters = [e for e in timeline.events[("Locks", f"{name}: waiters")]]
    grown = sum(1 for before, after in zip([0] + [e[5] for e in readers], [e[5] for e in readers])
                if after > before)
    assert len(owners) + grown == lock["acquisitions"] - lock["recursions"], "acquisitions of the lock"
    queued = sum(1 for before, after in zip([0] + [e[5] for e in waiters], [e[5] for e in waiters])
                 if after > before)
    assert queued == lock["contentions"], f"{queued} queued, {lock['contentions']} contended"
    assert readers[-1][5] == waiters[-1][5] == 0, "nobody is left"
    assert min(e[5] for e in readers + waiters) == 0, "a count below nothing"

    # Each thread: what it owns, why it waits, and an arrow to each grant from a release before it.
    released = {}
    for path in tracks:
        for time, _, _, _, arrows, _ in timeline.instants(path, "releases "):
            for arrow in arrows:
                released[arrow] = (time, path)
    for number, thread in enumerate(report["threads"], 1):
        path = ("Threads", f"{thread['name']} (thread {number})")
        states = slices[path]
        assert states, f"{path} does nothing"
        if not thread["acquisitions"]:
            continue
        held = slices[(*path, name)]
        assert len(held) == thread["acquisitions"] - thread["recursions"], f"{path}: holds"
        assert all("workload.c:" in source for _, _, _, source in held), f"{path}: where it acquired"
        granted = timeline.instants(path, "granted ")
        assert len(granted) == thread["contentions"], f"{path}: grants"
        for time, _, text, _, arrows, _ in granted:
            [arrow] = arrows
            assert released[arrow][0] <= time and released[arrow][1] != path, f"{path}: {text} at {time} ns"
        inside = slices[(*path, "critical region")]
        for begin, end, _, _ in held:
            assert any(b <= begin and end <= e for b, e, _, _ in inside), f"{path}: owns outside of a region"

    # What each core ran is what its threads ran, and the bus was taken for as long as the report says.
    for core in range(report["cores"]):
        for begin, end, text, _ in slices.get(("Cores", f"core {core}"), []):
            state = slices[("Threads", text)]
            assert any(b == begin and text == f"runs on core {core}" for b, _, text, _ in state), \
                f"core {core} runs {text} at {begin} ns, which does not"
    busy = sum(end - begin for begin, end, _, _ in slices[("Bus",)])
    assert busy == report["bus"]["busy_clocks"] * CLOCK, f"the bus was taken for {busy} ns"
    assert any("TAKE" in text for _, _, text, _ in slices[("Bus",)]), "no grant was taken"
    print(f"{sum(map(len, timeline.events.values()))} events on {len(tracks)} tracks, {len(released)} arrows")


main()
