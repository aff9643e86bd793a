# SPDX-License-Identifier: Apache-2.0
"""Reads SWEEP.yaml: a scenario, values of its keys, and seeds (sim/README.md, "Sweeps")."""

import dataclasses
import difflib
import itertools
import json
import pathlib
import random
import re

import yaml

from refused import Refused

MOST_POINTS = 100_000
KEYS = ("scenario", "program", "parameters", "seeds", "sample", "sample_seed")
STEP = re.compile(r"(?P<key>[^.\[\]]+)(?:\[(?P<entry>[^\[\]]*)\])?(?:\.|$)")
# They say where results go, or look at a run; none of them changes one.
NOT_SWEPT = {"--json", "--csv", "--seed", "--trace", "--timeline", "--locks", "--help", "--clocking"}
WATCHES = ("--trace-",)


def flow(value):
    """A value as people read it in a message and as the database has it: JSON in one line."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@dataclasses.dataclass
class Parameter:
    name: str
    values: list
    line: int

    @property
    def is_option(self):
        return self.name.startswith("--")


@dataclasses.dataclass
class Point:
    number: int
    values: tuple  # as Parameters
    seed: int


class SweepFile:
    """The file, read whole; `options`: those that the command of a run knows."""

    def __init__(self, path, options_of):
        self.path = pathlib.Path(path)
        root = self.read(self.path)
        keys = self.mapping(root, "the sweep")
        for key, (line, _) in keys.items():
            if key not in KEYS:
                self.refuse(line, f"{key}: no such key{self.meant(key, KEYS)}")
        if ("scenario" in keys) == ("program" in keys):
            self.refuse(1, "give either scenario: FILE.yaml or program: FILE, whose runs the sweep is of")
        self.program = self.scenario = None
        if "program" in keys:
            line, node = keys["program"]
            path = str(self.beside(line, "program", self.value(node)))
            self.program = path if "/" in path else f"./{path}"  # else it is looked for in PATH
        else:
            self.scenario = self.read_scenario(*keys["scenario"])
        if "parameters" not in keys:
            self.refuse(1, "parameters: missing; give a mapping such as {cores: [1, 2, 4]}")
        options = options_of(self.program)
        self.parameters = [
            self.parameter(name, line, node, options)
            for name, (line, node) in self.mapping(keys["parameters"][1], "parameters").items()
        ]
        if not self.parameters:
            self.refuse(keys["parameters"][0], "parameters: empty; give a mapping such as {cores: [1, 2, 4]}")
        self.seeds = self.read_seeds(keys)
        self.sample = self.number(keys, "sample", None)
        self.sample_seed = self.number(keys, "sample_seed", 1, least=0)
        self.grid = len(self.seeds)
        for parameter in self.parameters:
            self.grid *= len(parameter.values)
        if self.sample is not None and self.sample > self.grid:
            self.refuse(
                keys["sample"][0],
                f"sample: {self.sample}: the grid has {self.grid} points; give so many or fewer",
            )
        count = self.grid if self.sample is None else self.sample
        if count > MOST_POINTS:
            self.refuse(
                1, f"{count} points; {MOST_POINTS} are the most: take fewer values, or a sample: of them"
            )

    def refuse(self, line, text):
        raise Refused(f"{self.path}:{line}: {text}")

    @staticmethod
    def meant(word, words):
        close = difflib.get_close_matches(word, words, 1)
        return f'; did you mean "{close[0]}"?' if close else f"; one of: {', '.join(words)}"

    def read(self, path):
        """The document as nodes, which know their lines."""
        try:
            text = path.read_text(encoding="utf-8")
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except UnicodeDecodeError:
            raise Refused(f"{path}: is not UTF-8; save it so") from None
        except OSError as error:
            raise Refused(f"{path}: cannot be read: {error.strerror}; give the path of a YAML file") from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            raise Refused(
                f"{path}:{line}: is not YAML: {getattr(error, 'problem', error)}; mend that line"
            ) from None
        if node is None:
            raise Refused(f'{path}:1: is empty; sim/README.md, "Sweeps", has an example')
        return node

    def mapping(self, node, what):
        if not isinstance(node, yaml.MappingNode):
            self.refuse(
                node.start_mark.line + 1, f"{what}: {flow(self.value(node))}: is no mapping; write key: value"
            )
        found = {}
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(self.value(key))
            if name in found:
                self.refuse(line, f"{name}: stands twice; take one away")
            found[name] = (line, value)
        return found

    def value(self, node):
        try:
            value = yaml.SafeLoader("").construct_document(node)
            flow(value)
            return value
        except (yaml.YAMLError, TypeError, ValueError):
            self.refuse(node.start_mark.line + 1, "is no number, text, list or mapping of these; write it so")

    def beside(self, line, key, name):
        """A path in the file is meant from the file's folder."""
        path = self.path.parent / str(name)
        if not path.is_file():
            self.refuse(
                line, f"{key}: {name}: there is no file {path}; give a path from the folder of this one"
            )
        return path

    def number(self, keys, key, default, least=1):
        if key not in keys:
            return default
        line, node = keys[key]
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.refuse(line, f"{key}: {flow(value)}: is not a whole number from {least} on")
        return value

    def read_scenario(self, line, node):
        if isinstance(node, yaml.MappingNode):
            return self.value(node)
        path = self.beside(line, "scenario", self.value(node))
        scenario = self.value(self.read(path))
        if not isinstance(scenario, dict):
            raise Refused(f"{path}:1: is no scenario; it is a mapping")
        scenario.setdefault("name", path.stem)
        return scenario

    def read_seeds(self, keys):
        if "seeds" not in keys:
            return [1]
        line, node = keys["seeds"]
        value = self.value(node)
        seeds = list(range(1, value + 1)) if type(value) is int and 0 < value <= MOST_POINTS else value
        if (
            not isinstance(seeds, list)
            or not seeds
            or any(type(s) is not int or not 0 <= s < 1 << 63 for s in seeds)
        ):
            self.refuse(line, f"seeds: {flow(value)}: give how many (from 1 on), or a list of whole numbers")
        if len(set(seeds)) != len(seeds):
            self.refuse(line, f"seeds: {flow(value)}: one stands twice; take one away")
        return seeds

    def parameter(self, name, line, node, options):
        value = self.value(node)
        values = value if isinstance(value, list) else self.steps(name, line, value)
        if not values:
            self.refuse(line, f"{name}: no values; give a list such as [1, 2, 4]")
        known = set()
        for text in map(flow, values):
            if text in known:
                self.refuse(line, f"{name}: {text}: stands twice; take one away")
            known.add(text)
        if name.startswith("--"):
            if name in NOT_SWEPT or name.startswith(WATCHES):
                self.refuse(
                    line,
                    f"{name}: does not change what a run does"
                    + ("; seeds: says which ones" if name == "--seed" else "; take it away"),
                )
            if name not in options:
                self.refuse(
                    line, f"{name}: no such option of a run{self.meant(name, sorted(options - NOT_SWEPT))}"
                )
        elif self.scenario is None:
            self.refuse(line, f"{name}: a program has no keys, only options such as --cores")
        else:
            self.place(self.scenario, name, line)
        return Parameter(name, values, line)

    def steps(self, name, line, value):
        """{from: A, to: B, step: S} or {from: A, to: B, factor: F}."""
        example = (
            "give a list such as [1, 2, 4], or {from: 1, to: 16, step: 3}, or {from: 1, to: 16, factor: 2}"
        )
        if (
            not isinstance(value, dict)
            or set(value) - {"from", "to", "step", "factor"}
            or not {"from", "to"} <= set(value)
        ):
            self.refuse(line, f"{name}: {flow(value)}: {example}")
        if any(type(number) is not int for number in value.values()) or {"step", "factor"} <= set(value):
            self.refuse(line, f"{name}: {flow(value)}: {example}")
        first, last, step, factor = value["from"], value["to"], value.get("step", 1), value.get("factor")
        if first > last or step < 1 or (factor is not None and (factor < 2 or first < 1)):
            self.refuse(line, f"{name}: {flow(value)}: does not go up from {first} to {last}; {example}")
        if factor is None:
            return list(range(first, last + 1, step))[: MOST_POINTS + 1]
        return list(
            itertools.takewhile(lambda number: number <= last, (first * factor**i for i in itertools.count()))
        )

    def place(self, scenario, name, line):
        """[(mapping, key)] that a name such as cores, arbiter.threads or threads[reader].count stands for."""
        steps = list(STEP.finditer(name))
        if "".join(step.group() for step in steps) != name or not steps or name.endswith("."):
            self.refuse(
                line,
                f"{name}: is no key; write it as cores, arbiter.threads, threads[0].count, "
                "threads[NAME].count or threads[*].count",
            )
        places = [scenario]
        for i, step in enumerate(steps):
            key, entry, is_last = step["key"], step["entry"], i + 1 == len(steps)
            if is_last and entry is None:
                return [(place, key) for place in places]
            if entry is None:
                for place in places:
                    if not isinstance(place.setdefault(key, {}), dict):
                        self.refuse(
                            line, f"{name}: {key} has no keys below it; {key} itself can be a parameter"
                        )
                places = [place[key] for place in places]
            elif is_last:
                self.refuse(line, f"{name}: say which key of {step.group()}, such as {step.group()}.count")
            else:
                places = [found for place in places for found in self.entries(place, name, key, entry, line)]
        return []

    def entries(self, place, name, key, entry, line):
        entries = place.get(key)
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self.refuse(line, f"{name}: the scenario has no list {key}{self.meant(key, list(place))}")
        if entry == "*":
            return entries
        names = [str(e.get("name", i)) for i, e in enumerate(entries)]
        if entry.isdigit() and int(entry) < len(entries):
            return [entries[int(entry)]]
        if entry not in names:
            self.refuse(
                line, f"{name}: no entry of {key} has the name or number {entry}{self.meant(entry, names)}"
            )
        return [e for e, of in zip(entries, names) if of == entry]

    def points(self):
        """All of them, or the sample, in one order that depends on the file only."""
        ranges = [parameter.values for parameter in self.parameters] + [self.seeds]
        if self.sample is None:
            chosen = range(self.grid)
        else:
            chosen = sorted(random.Random(self.sample_seed).sample(range(self.grid), self.sample))
        for number, index in enumerate(chosen):
            values = []
            for choices in reversed(ranges):
                index, rest = divmod(index, len(choices))
                values.append(choices[rest])
            seed, *rest = values
            yield Point(number, tuple(reversed(rest)), seed)

    def scenario_of(self, point):
        """The scenario's text with the point's values."""
        scenario = json.loads(json.dumps(self.scenario))
        for parameter, value in zip(self.parameters, point.values):
            if not parameter.is_option:
                for mapping, key in self.place(scenario, parameter.name, parameter.line):
                    mapping[key] = value
        return yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True, width=100)

    def options_of(self, point):
        """The words of the command line that the point has beside its scenario."""
        words = ["--seed", str(point.seed)]
        for parameter, value in zip(self.parameters, point.values):
            if not parameter.is_option or value is False:
                continue
            words.append(parameter.name)
            if value is not True:
                words.append(value if isinstance(value, str) else flow(value))
        return words

    def blame(self, point, message):
        """The message of a run that refused the point, with the line of the parameter that it is about."""
        program = pathlib.Path(self.program).name if self.program else "lockarb"
        message = re.sub(rf"^{re.escape(program)}: (/dev/stdin(:\d+)?: )?", "", message.strip())
        for parameter, value in zip(self.parameters, point.values):
            key = parameter.name.rsplit(".", 1)[-1]
            if re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", message):
                said = re.sub(rf"^([\w.\[\]]*\.)?{re.escape(key)}: ", "", message)
                shown = "" if str(value) in said else f"{flow(value)}: "
                return f"{self.path}:{parameter.line}: {parameter.name}: {shown}{said}"
        values = ", ".join(f"{p.name}: {flow(v)}" for p, v in zip(self.parameters, point.values))
        return f"{self.path}: the run with {values}, seed {point.seed} is refused: {message}"

    def definition(self):
        """All that decides about the content of the database."""
        return {
            "scenario": self.scenario,
            "program": self.program,
            "parameters": {p.name: p.values for p in self.parameters},
            "seeds": self.seeds,
            "sample": self.sample,
            "sample_seed": self.sample_seed,
        }
