# SPDX-License-Identifier: Apache-2.0
"""Holds JSON against report.schema.json: knows the words of JSON Schema that stand there."""

import json

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}


class Schema:
    def __init__(self, path):
        self.root = json.loads(path.read_text(encoding="utf-8"))
        self.version = self.root["properties"]["version"]["const"]

    def wrong(self, value):
        """The first thing that is wrong with it, with its place; None: nothing."""
        return next(self.faults(value, self.root, ""), None)

    @staticmethod
    def is_of(value, name):
        return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))

    def faults(self, value, schema, place):
        if "$ref" in schema:
            schema = self.root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        shown = json.dumps(value, ensure_ascii=False)
        said = f"{place or 'the whole'}: {shown if len(shown) < 60 else shown[:57] + '...'}: "
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(self.is_of(value, name) for name in types):
            yield f"{said}is no {' or '.join(types)}"
        elif value not in schema.get("enum", [value]) or value != schema.get("const", value):
            yield f"{said}is not one of {json.dumps(schema.get('enum', [schema.get('const')]))}"
        elif isinstance(value, dict):
            yield from self.faults_of_object(value, schema, place)
        elif isinstance(value, list):
            yield from self.faults_of_list(value, schema, place, said)
        elif isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get(
            "maximum", value
        ):
            yield f"{said}is out of range"

    def faults_of_object(self, value, schema, place):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{place + '.' if place else ''}{key}: missing"
        for key, part in schema.get("properties", {}).items():
            if key in value:
                yield from self.faults(value[key], part, f"{place}.{key}" if place else key)

    def faults_of_list(self, value, schema, place, said):
        first = schema.get("prefixItems", [])
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{said}has {len(value)} entries"
        for i, part in enumerate(value):
            of = first[i] if i < len(first) else schema.get("items")
            if of is False:
                yield f"{said}has more than {len(first)} entries"
                return
            if of:
                yield from self.faults(part, of, f"{place}[{i}]")
