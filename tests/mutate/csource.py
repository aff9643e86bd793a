# SPDX-License-Identifier: Apache-2.0
"""Mutants of a C source, all in one text: LOCKARB_MUTANT(n) of mutant.h says which one is alive.

The places are those of clang's syntax tree, inside of functions. What a macro with arguments makes
stays as it is, as do initial values that are constant, labels of cases, and the headers of loops but
for their conditions.
"""

import clang.cindex
from clang.cindex import CursorKind as Kind
from clang.cindex import TypeKind
from mutant import Mutator, one_line

SWAPS = {
    '&&': '||', '||': '&&', '==': '!=', '!=': '==', '<': '<=', '<=': '<', '>': '>=', '>=': '>',
    '+': '-', '-': '+', '*': '+', '/': '*', '%': '/', '&': '|', '|': '&', '^': '|', '<<': '>>', '>>': '<<',
}
ASSIGNMENTS = {'+=': '-=', '-=': '+=', '|=': '&=', '&=': '|=', '^=': '|=', '<<=': '>>=', '>>=': '<<=',
               '*=': '/=', '/=': '*='}
RELATIONS = ('==', '!=', '<', '<=', '>', '>=')
SCALARS = (TypeKind.INT, TypeKind.UINT, TypeKind.LONG, TypeKind.ULONG, TypeKind.LONGLONG,
           TypeKind.ULONGLONG, TypeKind.BOOL, TypeKind.ENUM, TypeKind.UCHAR, TypeKind.CHAR_S,
           TypeKind.SCHAR, TypeKind.USHORT, TypeKind.SHORT, TypeKind.POINTER)
LEAVES = (Kind.DECL_REF_EXPR, Kind.MEMBER_REF_EXPR, Kind.ARRAY_SUBSCRIPT_EXPR, Kind.CALL_EXPR)


class CMutator(Mutator):
    def __init__(self, file, source, first, path, arguments):
        super().__init__(file, source, first)
        unit = clang.cindex.Index.create().parse(
            str(path), args=arguments,
            options=clang.cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD)
        errors = [d for d in unit.diagnostics if d.severity >= clang.cindex.Diagnostic.Error]
        if errors:
            raise ValueError(f'{errors[0].location.file}:{errors[0].location.line}: {errors[0].spelling}')
        here = [c for c in unit.cursor.get_children()
                if c.location.file and c.location.file.name == str(path)]
        self.macros = [self.span(c) for c in here if c.kind == Kind.MACRO_INSTANTIATION]
        self.bytes = source.encode()
        if len(self.bytes) != len(source):
            raise ValueError(f'{file} has letters beyond ASCII')
        out, at = [], 0
        for cursor in here:
            if cursor.kind == Kind.FUNCTION_DECL and cursor.is_definition():
                body = list(cursor.get_children())[-1]
                self.result_type = cursor.result_type
                start, end = self.span(body)
                out += [source[at:start], self.statement(body)]
                at = end
        self.result = f'#include "tests/mutate/mutant.h"\n#line 1 "{file}"\n' + ''.join(out) + source[at:]

    # ----------------------------------------------------------------------------------- texts
    @staticmethod
    def span(cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def raw(self, cursor):
        return self.source[slice(*self.span(cursor))]

    def opaque(self, cursor):
        """Whether it is a macro, or part of one."""
        start, end = self.span(cursor)
        return any(first <= start and end <= last for first, last in self.macros)

    def with_children(self, cursor, rewritten):
        out, (at, stop) = [], self.span(cursor)
        for child, text in sorted(rewritten, key=lambda pair: self.span(pair[0])):
            start, end = self.span(child)
            out += [self.source[at:start], text]
            at = end
        return ''.join(out) + self.source[at:stop]

    def choose(self, cursor, text, alternatives, site=None):
        start, end = self.span(cursor)
        for alternative in alternatives:
            change = f'{one_line(self.source[start:end])} -> {one_line(alternative)}'
            number = self.add(start, end, change, site)
            text = f'(LOCKARB_MUTANT({number}) ? {alternative} : {text})'
        return text

    # ------------------------------------------------------------------------------ statements
    def statement(self, cursor, sole=False):
        """`sole`: the only statement of an `if` without `else`, whose condition can be stuck at 0."""
        kind = cursor.kind
        children = list(cursor.get_children())
        if self.opaque(cursor):
            self.note_behaviour(*self.span(cursor))
            return self.dropped(cursor, self.raw(cursor), sole)
        if kind == Kind.COMPOUND_STMT:
            return self.with_children(
                cursor, [(child, self.statement(child, sole and len(children) == 1)) for child in children])
        if kind == Kind.IF_STMT:
            test, *branches = children
            parts = [(test, self.condition(test))]
            parts += [(branch, self.statement(branch, len(branches) == 1)) for branch in branches]
            return self.with_children(cursor, parts)
        if kind == Kind.WHILE_STMT:
            test, body = children
            return self.with_children(cursor, [(test, self.condition(test)), (body, self.statement(body))])
        if kind == Kind.DO_STMT:
            body, test = children
            return self.with_children(cursor, [(body, self.statement(body)), (test, self.condition(test))])
        if kind == Kind.FOR_STMT:
            return self.for_loop(cursor, children)
        if kind in (Kind.SWITCH_STMT, Kind.CASE_STMT, Kind.DEFAULT_STMT, Kind.LABEL_STMT):
            body = children[-1]
            parts = [(body, self.statement(body))]
            if kind == Kind.SWITCH_STMT:
                self.note_behaviour(*self.span(children[0]))
                parts.append((children[0], self.expression(children[0])))
            return self.with_children(cursor, parts)
        if kind == Kind.RETURN_STMT:
            self.note_behaviour(*self.span(cursor))
            if not children:
                return self.dropped(cursor, self.raw(cursor), sole)
            return self.with_children(cursor, [(children[0], self.value(children[0], self.result_type))])
        if kind == Kind.DECL_STMT:
            parts = []
            for child in children:
                if child.kind == Kind.VAR_DECL and child.storage_class.name != 'STATIC':
                    inside = list(child.get_children())
                    if inside and '=' in self.raw(child) and not self.opaque(inside[-1]):
                        self.note_behaviour(*self.span(child))
                        parts.append((inside[-1], self.value(inside[-1], child.type)))
            return self.with_children(cursor, parts)
        if kind in (Kind.BREAK_STMT, Kind.NULL_STMT, Kind.GOTO_STMT):
            return self.raw(cursor)
        if kind == Kind.CONTINUE_STMT:
            self.note_behaviour(*self.span(cursor))
            return self.dropped(cursor, self.raw(cursor), sole)
        self.note_behaviour(*self.span(cursor))
        return self.dropped(cursor, self.expression(cursor, top=True), sole)

    def dropped(self, cursor, text, sole):
        """The semicolon that follows an expression stays where it is."""
        if sole:
            return text
        start, end = self.span(cursor)
        number = self.add(start, end, f'{one_line(self.source[start:end])} -> nothing')
        return f'if (LOCKARB_MUTANT({number})) {{}} else {text}'

    def for_loop(self, cursor, children):
        """Which parts there are only the text tells."""
        start = self.span(cursor)[0]
        body = children[-1]
        depth, semicolons = 0, []
        for at in range(start, self.span(body)[0]):
            c = self.source[at]
            depth += (c in '({[') - (c in ')}]')
            if c == ';' and depth == 1:
                semicolons.append(at)
        parts = [(body, self.statement(body))]
        for child in children[:-1]:
            if semicolons[0] < self.span(child)[0] < semicolons[1]:
                parts.append((child, self.condition(child)))
        return self.with_children(cursor, parts)

    # ----------------------------------------------------------------------------- expressions
    def condition(self, cursor):
        self.note_behaviour(*self.span(cursor))
        text = self.boolean(cursor, ('0', '1', '!'))
        return self.choose(cursor, text, ['0', '1', f'!({self.raw(cursor)})'])

    def value(self, cursor, wanted):
        """What is returned, or what a variable begins with."""
        inner = self.inner(cursor)
        kind = wanted.get_canonical().kind
        text = self.expression(cursor)
        if inner.kind in LEAVES and kind in SCALARS and not self.opaque(inner):
            raw = self.raw(cursor)
            return self.choose(cursor, text, ['0'] if kind == TypeKind.POINTER else ['0', f'!({raw})'])
        return text

    @staticmethod
    def inner(cursor):
        """Without the conversions that have no text."""
        while cursor.kind == Kind.UNEXPOSED_EXPR:
            children = list(cursor.get_children())
            if len(children) != 1 or children[0].extent != cursor.extent:
                break
            cursor = children[0]
        return cursor

    def between(self, left, right):
        """The operator's place and text."""
        start, end = self.span(left)[1], self.span(right)[0]
        text = self.source[start:end]
        operator = text.strip()
        at = start + len(text) - len(text.lstrip())
        return at, operator

    def boolean(self, cursor, done):
        cursor = self.inner(cursor)
        if self.opaque(cursor):
            return self.expression(cursor)
        children = list(cursor.get_children())
        if cursor.kind == Kind.PAREN_EXPR:
            return f'({self.boolean(children[0], done)})'
        if cursor.kind == Kind.BINARY_OPERATOR:
            left, right = children
            at, operator = self.between(left, right)
            site = (at, self.span(cursor)[1])
            if operator in ('&&', '||'):
                text = f'({self.boolean(left, ("0", "1"))} {operator} {self.boolean(right, ("0", "1"))})'
                stuck = '0' if operator == '&&' else '1'
                other = '1' if operator == '&&' else '0'
                # C may not look at the right operand when the left one says enough.
                alternatives = [f'({self.raw(left)})', f'({self.raw(right)})',
                                f'({self.raw(left)} {SWAPS[operator]} {self.raw(right)})']
                alternatives += [value for value in (stuck, other) if value not in done]
                return self.choose(cursor, text, alternatives, site)
            if operator in RELATIONS:
                text = f'({self.expression(left)} {operator} {self.expression(right)})'
                negates = operator in ('==', '!=') and '!' in done
                swapped = [] if negates else [f'({self.raw(left)} {SWAPS[operator]} {self.raw(right)})']
                return self.choose(cursor, text,
                                   swapped + [value for value in ('0', '1') if value not in done], site)
        if cursor.kind == Kind.UNARY_OPERATOR and self.raw(cursor).startswith('!'):
            dropped = [] if '!' in done else [f'({self.raw(children[0])})']
            return self.choose(cursor, f'(!{self.boolean(children[0], ("0", "1"))})',
                               dropped + [value for value in ('0', '1') if value not in done])
        return self.expression(cursor)

    def expression(self, cursor, top=False):
        """`top`: its value is not used."""
        cursor = self.inner(cursor)
        kind = cursor.kind
        children = list(cursor.get_children())
        raw = self.raw(cursor)
        if self.opaque(cursor):
            if raw in ('true', 'false'):
                return self.choose(cursor, raw, ['false' if raw == 'true' else 'true'])
            if raw.isidentifier() and raw != 'NULL' and cursor.type.get_canonical().kind in SCALARS[:-1]:
                return self.choose(cursor, raw, [f'({raw} + 1)'])
            return raw
        if kind == Kind.PAREN_EXPR:
            return f'({self.expression(children[0])})'
        if kind == Kind.BINARY_OPERATOR:
            left, right = children
            at, operator = self.between(left, right)
            if operator == '=':
                return self.with_children(cursor, [(left, self.place(left)), (right, self.expression(right))])
            if operator in ('&&', '||') or operator in RELATIONS:
                return self.boolean(cursor, ())
            if operator == ',':
                return self.with_children(cursor, [(left, self.expression(left)),
                                                   (right, self.expression(right))])
            text = f'({self.expression(left)} {operator} {self.expression(right)})'
            alternatives = [f'({self.raw(left)} {SWAPS[operator]} {self.raw(right)})', f'({self.raw(left)})']
            if right.type.get_canonical().kind == TypeKind.POINTER:
                alternatives = []
            return self.choose(cursor, text, alternatives, (at, self.span(cursor)[1]))
        if kind == Kind.COMPOUND_ASSIGNMENT_OPERATOR:
            left, right = children
            at, operator = self.between(left, right)
            text = self.with_children(cursor, [(left, self.place(left)), (right, self.expression(right))])
            if operator not in ASSIGNMENTS:
                return text
            swapped = f'({self.raw(left)} {ASSIGNMENTS[operator]} {self.raw(right)})'
            return self.choose(cursor, f'({text})', [swapped])
        if kind == Kind.UNARY_OPERATOR:
            operand = self.raw(children[0])
            if raw.startswith('!'):
                return self.boolean(cursor, ())
            if raw.startswith('++') or raw.startswith('--'):
                return self.choose(cursor, raw, [f'({"--" if raw[0] == "+" else "++"}{operand})'])
            if raw.endswith('++') or raw.endswith('--'):
                return self.choose(cursor, raw, [f'({operand}{"--" if raw[-1] == "+" else "++"})'])
            if raw.startswith('&'):
                return self.with_children(cursor, [(children[0], self.place(children[0]))])
            text = self.with_children(cursor, [(children[0], self.expression(children[0]))])
            if raw.startswith(('~', '-')):
                return self.choose(cursor, text, [f'({operand})'])
            return text
        if kind == Kind.CONDITIONAL_OPERATOR:
            test, left, right = children
            text = (f'({self.boolean(test, ("0", "1", "!"))} ? {self.expression(left)} '
                    f': {self.expression(right)})')
            alternatives = [f'({self.raw(left)})', f'({self.raw(right)})',
                            f'({self.raw(test)} ? {self.raw(right)} : {self.raw(left)})']
            return self.choose(cursor, text, alternatives, (self.span(test)[0], self.span(left)[1]))
        if kind == Kind.INTEGER_LITERAL:
            value = int(raw.rstrip('uUlL') or '0', 0)
            return self.choose(cursor, raw, [f'({raw} + 1)'] + ([f'({raw} - 1)'] if value else []))
        if kind == Kind.CALL_EXPR:
            callee, *arguments = children
            return self.with_children(cursor, [(a, self.expression(a)) for a in arguments])
        if kind in (Kind.MEMBER_REF_EXPR, Kind.ARRAY_SUBSCRIPT_EXPR):
            return self.place(cursor)
        if kind == Kind.CSTYLE_CAST_EXPR:
            return self.with_children(cursor, [(children[-1], self.expression(children[-1]))])
        if kind == Kind.UNEXPOSED_EXPR and len(children) == 1:
            return self.with_children(cursor, [(children[0], self.expression(children[0]))])
        if kind in (Kind.COMPOUND_LITERAL_EXPR, Kind.INIT_LIST_EXPR):
            parts = [(child, self.expression(child)) for child in children
                     if child.kind not in (Kind.TYPE_REF, Kind.MEMBER_REF)]
            return self.with_children(cursor, parts)
        return raw  # a name, a string, sizeof

    def place(self, cursor):
        """What is assigned to, or whose address is taken: only an index in it is an expression."""
        cursor = self.inner(cursor)
        children = list(cursor.get_children())
        if self.opaque(cursor):
            return self.raw(cursor)
        if cursor.kind == Kind.ARRAY_SUBSCRIPT_EXPR:
            base, index = children
            if self.inner(index).kind == Kind.INTEGER_LITERAL:
                return self.raw(cursor)
            return self.with_children(cursor, [(base, self.place(base)), (index, self.expression(index))])
        if cursor.kind in (Kind.MEMBER_REF_EXPR, Kind.PAREN_EXPR) and children:
            return self.with_children(cursor, [(children[0], self.place(children[0]))])
        if cursor.kind == Kind.CALL_EXPR:
            return self.expression(cursor)
        return self.raw(cursor)
