"""A formula as text -> tensor operations. The text is never executed: it is parsed into a tree of known operations.

It passes three checks, each of which names the column of the first mistake: its characters, Python's grammar (``ast``,
which only parses), and a whitelist of node types, built from the functions below.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from mlcl_core.errors import InputError

MAX_LENGTH, MAX_DEPTH, MAX_NODES = 500, 100, 200

NAMES: dict[str, str] = {
    "s": "|S|, labels of the anchor",
    "t": "|T|, labels of the other item",
    "both": "|S and T|, labels of both",
    "only_s": "labels of the anchor alone",
    "only_t": "labels of the other item alone",
    "either": "|S or T|, labels of at least one",
    "labels": "c, the number of labels",
    "rare": "labels of both, each by its weight",
}
# name: smallest and largest number of arguments, and the function
FUNCTIONS: dict[str, tuple[int, int | None, Callable[..., Tensor]]] = {
    "sqrt": (1, 1, torch.sqrt),
    "exp": (1, 1, torch.exp),
    "log": (1, 1, torch.log),
    "abs": (1, 1, torch.abs),
    "min": (2, None, lambda *values: reduce(torch.minimum, values)),
    "max": (2, None, lambda *values: reduce(torch.maximum, values)),
    "where": (3, 3, lambda condition, a, b: torch.where(condition != 0, a, b)),
}
OPERATORS: dict[type[ast.operator], Callable[[Tensor, Tensor], Tensor]] = {
    ast.Add: torch.add,
    ast.Sub: torch.sub,
    ast.Mult: torch.mul,
    ast.Div: torch.div,
    ast.Pow: torch.pow,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Tensor, Tensor], Tensor]] = {
    ast.Lt: torch.lt,
    ast.LtE: torch.le,
    ast.Gt: torch.gt,
    ast.GtE: torch.ge,
    ast.Eq: torch.eq,
    ast.NotEq: torch.ne,
}
# Python's tokenizer warns of things like "0or 1" and reads 0x1f, 1_0 and 1j; a number here is digits, point, exponent.
TOKEN = re.compile(
    r" +|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|[A-Za-z_]\w*|\*\*|[<>=!]=|[-+*/()<>,]", flags=re.ASCII
)
HINTS = {"=": "; equal is ==", "^": "; a power is **", "&": "; write and", "|": "; write or", "!": "; write not or !="}

Values = Mapping[str, Tensor]
Step = Callable[[Values], Tensor]


@dataclass(frozen=True)
class Expression:
    """A formula that can be computed.

    ``names`` are the names of NAMES in it; ``divisors`` what it divides by, as it is written and as it is computed.
    """

    text: str
    names: frozenset[str]
    step: Step
    divisors: tuple[tuple[str, Step], ...] = ()

    def __call__(self, values: Values) -> Tensor:
        """Its value for the values of its names: tensors of one float type that broadcast together."""
        return self.step(values)


def wrong(column: int, what: str) -> InputError:
    """The error of a formula at a column."""
    return InputError(f"formula: column {column}: {what}")


@lru_cache(maxsize=256)
def parse(text: str) -> Expression:
    """Read a formula over the counts of a pair of label sets.

    Args:
        text: Numbers, the names of NAMES, ``+ - * / **``, comparisons (1 or 0; ``a < b < c`` too), ``and or not`` (1
            or 0, on anything that is not 0), the functions of FUNCTIONS, parentheses.

    Raises:
        InputError: A mistake, with its column; a text that is too long or nested too deeply, or has too many parts.

    Example:
        >>> parse("both / max(s, t)")({"both": torch.tensor(1.0), "s": torch.tensor(1.0), "t": torch.tensor(4.0)})
        tensor(0.2500)
    """
    if len(text) > MAX_LENGTH:
        raise InputError(f"formula: it is {len(text)} characters long; it must be at most {MAX_LENGTH}")
    plain = re.sub(r"\s", " ", text, flags=re.ASCII).rstrip()
    _check_characters(plain)
    start = len(plain) - len(plain.lstrip())
    if start == len(plain):
        raise InputError(f"formula: it is empty; write one from the names {', '.join(NAMES)}")
    try:
        tree = ast.parse(plain[start:], mode="eval").body
    except SyntaxError as error:
        raise _syntax(plain, start, error) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError("formula: it is nested too deeply") from None
    builder = _Builder(plain, start)
    step = builder.build(tree, 1)
    return Expression(text, frozenset(builder.names), step, tuple(builder.divisors))


def _check_characters(text: str) -> None:
    position = 0
    while position < len(text):
        found = TOKEN.match(text, position)
        if found is None:
            what = re.match(r"[\w.]+|.", text[position:], flags=re.ASCII)
            word = what.group() if what else text[position]
            raise wrong(position + 1, f"{_short(word)} cannot stand in a formula{HINTS.get(word, '')}")
        position = found.end()


def _syntax(text: str, start: int, error: SyntaxError) -> InputError:
    # the end of the text has no offset of its own
    column = start + error.offset if error.offset else len(text) + 1
    if "never closed" in error.msg or "unmatched" in error.msg:
        return wrong(column, error.msg)
    if "too many nested" in error.msg:
        return InputError("formula: it is nested too deeply")
    if column > len(text):
        return wrong(len(text) + 1, "the formula breaks off; something is missing here")
    return wrong(column, "the formula cannot be read from here on; is something missing or too much?")


def _short(word: str) -> str:
    return repr(word if len(word) <= 40 else f"{word[:37]}...")


class _Builder:
    """Builds the operations of a tree; ``start`` is the number of characters of ``text`` before the tree's."""

    def __init__(self, text: str, start: int):
        self.text, self.start, self.nodes, self.names = text, start, 0, set[str]()
        self.divisors: list[tuple[str, Step]] = []

    def build(self, node: ast.expr, depth: int) -> Step:
        """The operation of a node and of all nodes below it."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise InputError(f"formula: it is nested more than {MAX_DEPTH} deep")
        if self.nodes > MAX_NODES:
            raise InputError(f"formula: it has more than {MAX_NODES} parts")
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self.number(node, value)
            case ast.Name(id=name):
                return self.name(node, name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not() as op, operand=operand):
                return _unary(op, self.build(operand, depth + 1))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self.binary(op, self.build(left, depth + 1), right, depth)
            case ast.BoolOp(op=op, values=values):
                return _truth(isinstance(op, ast.And), [self.build(value, depth + 1) for value in values])
            case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in COMPARISONS for op in ops):
                steps = [self.build(value, depth + 1) for value in (left, *others)]
                return _compare([COMPARISONS[type(op)] for op in ops], steps)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(node, name, arguments, depth)
            case ast.IfExp():
                raise self.wrong(node, "write where(condition, a, b) for a choice")
        raise self.wrong(
            node, "only numbers, names, + - * / **, comparisons, and, or, not, functions and parentheses can stand here"
        )

    def wrong(self, node: ast.expr, what: str) -> InputError:
        """The error of a node, with the column at which it begins."""
        return wrong(self.start + node.col_offset + 1, what)

    def number(self, node: ast.expr, value: int | float) -> Step:
        """A number, in the type of the other values."""
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if not isfinite(number):
            raise self.wrong(node, "this number is too large")
        return lambda values: values["one"] * number

    def name(self, node: ast.expr, name: str) -> Step:
        """A count of the pair."""
        if name in FUNCTIONS:
            raise self.wrong(node, f"{name!r} is a function; its arguments follow in parentheses")
        if name not in NAMES:
            raise self.wrong(node, f"unknown name {_short(name)}; there are: {', '.join(NAMES)}")
        self.names.add(name)
        return lambda values: values[name]

    def binary(self, op: ast.operator, left: Step, right: ast.expr, depth: int) -> Step:
        """A sum, difference, product, quotient or power; what a quotient divides by is noted."""
        step, operator = self.build(right, depth + 1), OPERATORS[type(op)]
        if isinstance(op, ast.Div):
            written = self.text[self.start + right.col_offset : self.start + (right.end_col_offset or 0)]
            self.divisors.append((written, step))
        return lambda values: operator(left(values), step(values))

    def call(self, node: ast.expr, name: str, arguments: list[ast.expr], depth: int) -> Step:
        """A call of one of FUNCTIONS with a number of arguments that it takes."""
        if name not in FUNCTIONS:
            raise self.wrong(node, f"unknown function {_short(name)}; there are: {', '.join(FUNCTIONS)}")
        fewest, most, function = FUNCTIONS[name]
        if len(arguments) < fewest or (most is not None and len(arguments) > most):
            takes = f"{fewest} or more" if most is None else str(fewest)
            raise self.wrong(node, f"{name} takes {takes} argument{'s' * (takes != '1')}; given: {len(arguments)}")
        steps = [self.build(argument, depth + 1) for argument in arguments]
        return lambda values: function(*(step(values) for step in steps))


def _unary(op: ast.unaryop, step: Step) -> Step:
    if isinstance(op, ast.Not):
        return lambda values: (x := step(values)).eq(0).to(x.dtype)
    return step if isinstance(op, ast.UAdd) else lambda values: -step(values)


def _truth(every: bool, steps: list[Step]) -> Step:
    join: Any = torch.logical_and if every else torch.logical_or

    def step(values: Values) -> Tensor:
        found = [one(values) for one in steps]
        return reduce(join, found).to(found[0].dtype)

    return step


def _compare(operators: list[Callable[[Tensor, Tensor], Tensor]], steps: list[Step]) -> Step:
    def step(values: Values) -> Tensor:
        found = [one(values) for one in steps]
        held = [compare(found[i], found[i + 1]) for i, compare in enumerate(operators)]
        return reduce(torch.logical_and, held).to(found[0].dtype)

    return step
