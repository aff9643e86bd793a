# SPDX-License-Identifier: Apache-2.0
"""Reads a VCD of `lockarb run --trace`, clock by clock."""


def clocks(path):
    """Yields {signal: value as text of bits} of the arbiter in each clock: what stands from its edge on.

    A signal of the view is named "u_view.NAME". The values are changed in place from clock to clock.
    """
    codes, scopes, values, rising = {}, [], {}, False
    with open(path) as file:
        for line in file:
            words = line.split()
            if not words:
                continue
            if words[0] == "$scope":
                scopes.append(words[2])
            elif words[0] == "$upscope":
                scopes.pop()
            elif words[0] == "$var" and scopes[1:] in (["lockarb"], ["lockarb", "u_view"]):
                codes.setdefault(words[3], []).append(".".join(scopes[2:] + [words[4]]))
            elif words[0][0] in "01b":
                code, value = (words[1], words[0][1:]) if words[0][0] == "b" else (words[0][1:], words[0][0])
                for name in codes.get(code, ()):
                    if name == "clk_i" and value == "1" and values.get(name) == "0":
                        rising = True
                    values[name] = value
            elif words[0][0] == "#":
                if rising:
                    yield values
                rising = False
