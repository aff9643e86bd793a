# SPDX-License-Identifier: Apache-2.0
"""Mutants of a Verilog file, all in one text: `lockarb_mutation::mutant` says which one is alive.

The places are those of the syntax tree. What is constant when the model is made stays as it is:
parameters, ranges, widths, the labels of cases, loops.
"""

import re

import pyslang.syntax
from mutant import Mutator, one_line
from pyslang.syntax import SyntaxKind as Kind

# The variable is set when a model is made, by the function of tests/mutate/mutant.cpp.
PACKAGE = '''package lockarb_mutation;
  import "DPI-C" function int lockarb_mutant();
  int mutant = lockarb_mutant();
endpackage
'''

SWAPS = {
    Kind.LogicalAndExpression: '||', Kind.LogicalOrExpression: '&&',
    Kind.EqualityExpression: '!=', Kind.InequalityExpression: '==',
    Kind.LessThanExpression: '<=', Kind.LessThanEqualExpression: '<',
    Kind.GreaterThanExpression: '>=', Kind.GreaterThanEqualExpression: '>',
    Kind.AddExpression: '-', Kind.SubtractExpression: '+',
    Kind.BinaryAndExpression: '|', Kind.BinaryOrExpression: '&', Kind.BinaryXorExpression: '|',
    Kind.LogicalShiftLeftExpression: '>>', Kind.LogicalShiftRightExpression: '<<',
}
LOGICAL = (Kind.LogicalAndExpression, Kind.LogicalOrExpression)
RELATIONS = (Kind.EqualityExpression, Kind.InequalityExpression, Kind.LessThanExpression,
             Kind.LessThanEqualExpression, Kind.GreaterThanExpression, Kind.GreaterThanEqualExpression)
REDUCTIONS = {Kind.UnaryBitwiseAndExpression: '|', Kind.UnaryBitwiseOrExpression: '&',
              Kind.UnaryBitwiseXorExpression: '~^'}
LEAVES = (Kind.IdentifierName, Kind.IdentifierSelectName)
CONSTANTS = (Kind.IntegerVectorExpression, Kind.IntegerLiteralExpression)
ZERO, ONE = "1'b0", "1'b1"


def parse(source):
    """The tree of a text in which macros are names and directives comments, at the same offsets."""
    text = re.sub(r'`LOCKARB', '_LOCKARB', source)
    text = re.sub(r'^`\w', '//', text, flags=re.M)
    return pyslang.syntax.SyntaxTree.fromText(text)


def children(node):
    return [child for child in node if hasattr(child, 'sourceRange')]


def tokens_of(node):
    return [child for child in node if not hasattr(child, 'sourceRange')]


def plain(node):
    """The expression of a connection or an argument: to the parser, a sequence of a property."""
    return node.expr.expr if node.kind == Kind.SimplePropertyExpr else node


def input_ports(sources):
    """Module: the names of its inputs."""
    ports = {}

    def walk(node, module):
        if node.kind == Kind.ModuleDeclaration:
            module = ports.setdefault(str(node.header.name.valueText), set())
        if node.kind == Kind.ImplicitAnsiPort:
            if node.header.direction.valueText == 'input':
                module.add(node.declarator.name.valueText)
        for child in children(node):
            walk(child, module)

    for source in sources:
        walk(parse(source).root, None)
    return ports


class VerilogMutator(Mutator):
    def __init__(self, file, source, first, ports):
        super().__init__(file, source, first)
        self.ports = ports
        self.tree = parse(source)
        self.defaulted = None  # in `always @*`: what has a value already
        self.result = self.rewrite(self.tree.root)
        self.result = source[:self.start(self.tree.root)] + self.result + source[self.end(self.tree.root):]

    # ----------------------------------------------------------------------------------- texts
    @staticmethod
    def start(node):
        return node.sourceRange.start.offset

    @staticmethod
    def end(node):
        return node.sourceRange.end.offset

    def raw(self, node):
        return self.source[self.start(node):self.end(node)]

    def with_children(self, node, rewritten):
        """The node's text, with {child: its new text}."""
        out, at = [], self.start(node)
        for child, text in rewritten:
            out += [self.source[at:self.start(child)], text]
            at = self.end(child)
        return ''.join(out) + self.source[at:self.end(node)]

    def choose(self, node, text, alternatives, site=None):
        """`text`, or one of the alternatives while its mutant is alive."""
        for alternative in alternatives:
            change = f'{one_line(self.raw(node))} -> {one_line(alternative)}'
            number = self.add(self.start(node), self.end(node), change, site)
            text = f"(lockarb_mutation::mutant == {number} ? {alternative} : {text})"
        return text

    # ------------------------------------------------------------------------------- structure
    def rewrite(self, node):
        """A node that is no expression."""
        kind = node.kind
        if kind in (Kind.ModuleHeader, Kind.ParameterDeclarationStatement, Kind.ParameterValueAssignment,
                    Kind.GenvarDeclaration, Kind.VariableDimension):
            return self.raw(node)
        handler = {
            Kind.Declarator: self.declarator,
            Kind.ContinuousAssign: self.continuous_assign,
            Kind.HierarchyInstantiation: self.instantiation,
            Kind.AlwaysBlock: self.always,
            Kind.IfGenerate: self.generate_if,
            Kind.FunctionDeclaration: self.function,
        }.get(kind)
        if handler:
            return handler(node)
        return self.with_children(node, [(child, self.rewrite(child)) for child in children(node)])

    def declarator(self, node):
        # A wire that nobody reads, there so that lint sees its inputs used.
        if node.initializer is None or node.name.valueText.startswith('unused_'):
            return self.raw(node)
        self.note_behaviour(self.start(node), self.end(node))
        value = node.initializer.expr
        return self.with_children(node, [(value, self.value(value))])

    def continuous_assign(self, node):
        self.note_behaviour(self.start(node), self.end(node))
        parts = [(part.right, self.value(part.right)) for part in children(node.assignments)]
        return self.with_children(node, parts)

    def generate_if(self, node):
        parts = [(node.block, self.rewrite(node.block))]
        if node.elseClause is not None:
            parts.append((node.elseClause, self.rewrite(node.elseClause)))
        return self.with_children(node, parts)

    def instantiation(self, node):
        inputs = self.ports.get(node.type.valueText, set())
        parts = []
        for instance in children(node.instances):
            for connection in children(instance.connections):
                if connection.kind != Kind.NamedPortConnection or connection.expr is None:
                    continue
                name = connection.name.valueText
                if name in inputs and name != 'clk_i':
                    self.note_behaviour(self.start(connection), self.end(connection))
                    value = plain(connection.expr)
                    parts.append((value, self.value(value)))
        return self.with_children(node, parts)

    def function(self, node):
        parts = []
        self.defaulted = set()
        for item in children(node.items):
            if item.kind == Kind.ExpressionStatement:
                self.note_behaviour(self.start(item), self.end(item))
                parts.append((item, self.statement(item)))
        self.defaulted = None
        return self.with_children(node, parts)

    def always(self, node):
        body = node.statement.statement
        clocked = 'posedge' in self.raw(node.statement)
        self.defaulted = None if clocked else set()
        if not clocked and body.kind == Kind.SequentialBlockStatement:
            parts = []
            for item in children(body.items):
                parts.append((item, self.statement(item)))
                if item.kind == Kind.ExpressionStatement:
                    self.defaulted.add(self.raw(item.expr.left))
            text = self.with_children(body, parts)
        else:
            text = self.statement(body)
        self.defaulted = None
        return self.with_children(node, [(body, text)])

    # ------------------------------------------------------------------------------ statements
    def statement(self, node, sole=False):
        """`sole`: the only statement of an `if` without `else`, whose condition can be stuck at 0."""
        kind = node.kind
        if kind == Kind.ExpressionStatement:
            return self.assignment(node, sole)
        if kind == Kind.ConditionalStatement:
            return self.conditional(node)
        if kind == Kind.CaseStatement:
            return self.case(node)
        if kind == Kind.ForLoopStatement:
            return self.with_children(node, [(node.statement, self.statement(node.statement))])
        if kind == Kind.SequentialBlockStatement:
            items = children(node.items)
            return self.with_children(
                node, [(item, self.statement(item, sole and len(items) == 1)) for item in items])
        if kind == Kind.EmptyStatement:
            return self.raw(node)
        raise ValueError(f'{self.file}:{self.line_of(self.start(node))}: {kind} is not known here')

    def assignment(self, node, sole):
        self.note_behaviour(self.start(node), self.end(node))
        target, value = node.expr.left, node.expr.right
        # In `always @*` a value that is left out must be there already, else it is a latch.
        droppable = self.defaulted is None or self.raw(target) in self.defaulted
        text = self.with_children(node, [(value, self.value(value, droppable or sole))])
        if not droppable or sole:
            return text
        number = self.add(self.start(node), self.end(node), f'{one_line(self.raw(node))} -> nothing')
        return f'begin if (lockarb_mutation::mutant != {number}) {text} end'

    def conditional(self, node):
        condition = node.predicate
        self.note_behaviour(self.start(condition), self.end(condition))
        test = children(condition.conditions)[0].expr
        parts = [(condition, self.condition(test)),
                 (node.statement, self.statement(node.statement, node.elseClause is None))]
        if node.elseClause is not None:
            clause = node.elseClause.clause
            parts.append((clause, self.statement(clause)))
        return self.with_children(node, parts)

    def condition(self, node):
        text = self.boolean(node, done=(ZERO, ONE, '!'))
        return self.choose(node, text, [ZERO, ONE, f'!({self.raw(node)})'])

    def case(self, node):
        self.note_behaviour(self.start(node.expr), self.end(node.expr))
        items = children(node.items)
        default = [item for item in items if item.kind == Kind.DefaultCaseItem]
        parts = []
        for item in items:
            body = item.clause
            text = self.statement(body)
            if item.kind == Kind.StandardCaseItem and default:
                label = (self.start(item), item.colon.range.start.offset)
                self.note_behaviour(*label)
                number = self.add(self.start(item), self.end(item),
                                  f'{one_line(self.source[slice(*label)])}: -> as default', label)
                text = (f'begin if (lockarb_mutation::mutant == {number}) {self.raw(default[0].clause)} '
                        f'else begin {text} end end')
            parts.append((body, text))
        return self.with_children(node, parts)

    # ----------------------------------------------------------------------------- expressions
    def value(self, node, droppable=False):
        """What is assigned, or connected. `droppable`: a mutant leaves the assignment out."""
        if node.kind in LEAVES or node.kind == Kind.ConcatenationExpression:
            alternatives = ([] if droppable else [ZERO]) + [f'~({self.raw(node)})']
            text = self.expression(node)
            return self.choose(node, text, alternatives)
        return self.boolean(node, ())

    def boolean(self, node, done):
        """An expression; if it is a condition, it is stuck at the values that are not done yet."""
        kind = node.kind
        if kind == Kind.ParenthesizedExpression:
            return f'({self.boolean(node.expression, done)})'
        if kind in LOGICAL:
            left, right = node.left, node.right
            stuck = ZERO if kind == Kind.LogicalAndExpression else ONE
            other = ONE if kind == Kind.LogicalAndExpression else ZERO
            operands = (ZERO, ONE)
            text = (f'({self.boolean(left, operands)} {node.operatorToken.rawText} '
                    f'{self.boolean(right, operands)})')
            alternatives = [self.raw(right), self.raw(left),
                            f'{self.raw(left)} {SWAPS[kind]} {self.raw(right)}']
            alternatives += [value for value in (stuck, other) if value not in done]
            return self.choose(node, text, [f'({a})' for a in alternatives],
                               self.around(node))
        if kind == Kind.UnaryLogicalNotExpression:
            text = f'!{self.boolean(node.operand, (ZERO, ONE))}'
            dropped = [] if '!' in done else [f'({self.raw(node.operand)})']
            return self.choose(node, f'({text})',
                               dropped + [value for value in (ZERO, ONE) if value not in done])
        if kind in RELATIONS:
            left, right = node.left, node.right
            text = f'({self.expression(left)} {node.operatorToken.rawText} {self.expression(right)})'
            negates = kind in (Kind.EqualityExpression, Kind.InequalityExpression) and '!' in done
            swapped = [] if negates else [f'({self.raw(left)} {SWAPS[kind]} {self.raw(right)})']
            return self.choose(node, text,
                               swapped + [value for value in (ZERO, ONE) if value not in done],
                               self.around(node))
        return self.expression(node)

    def around(self, node):
        """Of a chain over several lines: the operator and its right operand."""
        return node.operatorToken.range.start.offset, self.end(node)

    def expression(self, node):
        kind = node.kind
        if kind in LOGICAL or kind in RELATIONS or kind == Kind.UnaryLogicalNotExpression:
            return self.boolean(node, ())
        if kind == Kind.ParenthesizedExpression:
            return f'({self.expression(node.expression)})'
        if kind == Kind.ConditionalExpression:
            test = children(node.predicate.conditions)[0].expr
            left, right = node.left, node.right
            text = (f'({self.boolean(test, (ZERO, ONE, "!"))} ? {self.expression(left)} '
                    f': {self.expression(right)})')
            alternatives = [f'({self.raw(left)})', f'({self.raw(right)})',
                            f'({self.raw(test)} ? {self.raw(right)} : {self.raw(left)})']
            return self.choose(node, text, alternatives, (self.start(node), self.end(left)))
        if kind in SWAPS:
            left, right = node.left, node.right
            text = f'({self.expression(left)} {node.operatorToken.rawText} {self.expression(right)})'
            alternatives = [f'({self.raw(left)} {SWAPS[kind]} {self.raw(right)})', f'({self.raw(left)})']
            return self.choose(node, text, alternatives, self.around(node))
        if kind in REDUCTIONS:
            operand = self.raw(node.operand)
            text = f'({node.operatorToken.rawText}{self.expression(node.operand)})'
            return self.choose(node, text, [f'({REDUCTIONS[kind]}{operand})', ZERO, ONE])
        if kind == Kind.UnaryBitwiseNotExpression:
            text = f'(~{self.expression(node.operand)})'
            return self.choose(node, text, [f'({self.raw(node.operand)})'])
        if kind in CONSTANTS:
            return self.constant(node)
        if kind == Kind.IdentifierName and self.raw(node).startswith('`'):
            return self.choose(node, self.raw(node), [f'({self.raw(node)} + {ONE})'])
        if kind == Kind.ConcatenationExpression:
            parts = []
            for part in children(node.expressions):
                text = self.expression(part)
                if part.kind in LEAVES and not self.raw(part).startswith('`'):
                    text = self.choose(part, text, [f'~({self.raw(part)})'])
                parts.append((part, text))
            return self.with_children(node, parts)
        if kind == Kind.MultipleConcatenationExpression:
            inner = node.concatenation
            return self.with_children(node, [(inner, self.expression(inner))])
        if kind == Kind.InvocationExpression:
            parts = [(argument.expr, self.value(plain(argument.expr)))
                     for argument in children(node.arguments.parameters)]
            return self.with_children(node, parts)
        if kind in LEAVES or kind == Kind.SystemName:
            return self.raw(node)
        raise ValueError(f'{self.file}:{self.line_of(self.start(node))}: {kind} is not known here')

    def constant(self, node):
        raw = self.raw(node)
        found = re.fullmatch(r"(?:(\d+)'([bdhBDH]))?([0-9a-fA-F_]+)", raw)
        base = {'b': 2, 'h': 16}.get((found[2] or 'd').lower(), 10)
        value = int(found[3].replace('_', ''), base)
        if found[1] == '1':
            return self.choose(node, raw, [ZERO if value else ONE])
        more = [f'({raw} + {ONE})']
        return self.choose(node, raw, more + ([f'({raw} - {ONE})'] if value > 1 else []))
