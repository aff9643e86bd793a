# SPDX-License-Identifier: Apache-2.0
"""A mutant, and the text that holds all of a file's."""

import dataclasses


@dataclasses.dataclass
class Mutant:
    number: int
    file: str  # below the source tree
    line: int
    last_line: int
    text: str  # the line
    change: str  # what stands there -> what stands there instead


def one_line(text, width=64):
    """Without line breaks; of a long text its ends."""
    text = ' '.join(text.split())
    return text if len(text) <= width else f'{text[:width // 2]} ... {text[-width // 2 + 5:]}'


class Mutator:
    """A file's text with all of its mutants in it. `first` is the number of the first one."""

    def __init__(self, file, source, first):
        self.file = file
        self.source = source
        self.lines = source.splitlines()
        self.mutants = []
        self.first = first
        self.behaviour = set()  # the lines that do something

    def line_of(self, offset):
        return self.source.count('\n', 0, offset) + 1

    def add(self, start, end, change, site=None):
        """Notes a mutant of the text from start to end; its number. `site` is where it differs."""
        number = self.first + len(self.mutants)
        first, last = site or (start, end)
        line = self.line_of(first)
        self.mutants.append(Mutant(number, self.file, line, self.line_of(last - 1),
                                   self.lines[line - 1].strip(), change))
        return number

    def note_behaviour(self, start, end):
        """The lines from start to end do something, but for those with nothing but punctuation."""
        for line in range(self.line_of(start), self.line_of(end - 1) + 1):
            if any(c.isalnum() for c in self.lines[line - 1].split('//')[0]):
                self.behaviour.add(line)

    def lines_without_mutant(self):
        covered = {line for m in self.mutants for line in range(m.line, m.last_line + 1)}
        return sorted(self.behaviour - covered)
