"""Formulas: their values, and the errors of mistakes and hostile texts."""

import builtins
import random
from math import exp, log, sqrt

import pytest
import torch
from hypothesis import example, given, strategies

from mlcl_core.errors import InputError
from mlcl_core.pairs.expression import FUNCTIONS, MAX_LENGTH, NAMES, parse

NUMBERS = {"s": 3.0, "t": 2.0, "both": 1.0, "only_s": 2.0, "only_t": 1.0, "either": 4.0, "labels": 9.0, "rare": 0.5}
VALUES = {"one": torch.ones((), dtype=torch.float64)} | {
    name: torch.tensor([value], dtype=torch.float64) for name, value in NUMBERS.items()
}


def value(text):
    """A formula for s = 3, t = 2, both = 1, of 9 labels."""
    return float(parse(text)(VALUES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2 - 3 - 4", -5),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("--2", 2),
        ("+2", 2),
        ("8 / 4 / 2", 1),
        (".5 + 2. + 1e-1 + 1E+1", 12.6),
        ("both / s / (1 + only_t)", 1 / 6),
        ("s < t", 0),
        ("s > t", 1),
        ("s >= 3", 1),
        ("s <= 2", 0),
        ("s == 3", 1),
        ("s != 3", 0),
        ("1 < t < s", 1),
        ("1 < s < t", 0),
        ("(s > t) * 5", 5),
        ("s and t", 1),
        ("0 and s", 0),
        ("0 or t", 1),
        ("0 or 0 or 0", 0),
        ("1 or 0 and 0", 1),
        ("not s", 0),
        ("not 0", 1),
        ("not s < t and t", 1),
        ("sqrt(either)", 2),
        ("exp(-1)", exp(-1)),
        ("log(labels)", log(9)),
        ("abs(t - s)", 1),
        ("min(s, t)", 2),
        ("max(s, t, 7, 1)", 7),
        ("where(s > t, 10, 20)", 10),
        ("where(0, 10, where(2, 30, 40))", 30),
        ("\n  sqrt(\n 2 )\t", sqrt(2)),
    ],
)
def test_by_hand(text, expected):
    """Numbers, precedence, comparisons as 0 and 1, truth of anything but 0, functions, blanks anywhere."""
    assert value(text) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("both / foo", "column 8: unknown name 'foo'; there are: s, t, both, only_s, only_t, either, labels"),
        ("  both / foo", "column 10: unknown name 'foo'"),
        ("tan(s)", "column 1: unknown function 'tan'; there are: sqrt, exp, log, abs, min, max, where"),
        ("1 + sqrt", "column 5: 'sqrt' is a function; its arguments follow in parentheses"),
        ("sqrt(s, t)", "column 1: sqrt takes 1 argument; given: 2"),
        ("min(s)", "column 1: min takes 2 or more arguments; given: 1"),
        ("where(s, t)", "column 1: where takes 3 arguments; given: 2"),
        ("sqrt()", "column 1: sqrt takes 1 argument; given: 0"),
        ("both /", "column 7: the formula breaks off; something is missing here"),
        ("both s", "column 6: the formula cannot be read from here on"),
        ("(both", "column 1: '(' was never closed"),
        ("both)", "column 5: unmatched ')'"),
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("s = t", "column 3: '=' cannot stand in a formula; equal is =="),
        ("s ^ 2", "column 3: '^' cannot stand in a formula; a power is **"),
        ("s & t", "column 3: '&' cannot stand in a formula; write and"),
        ("s // t", "column 1: only numbers, names"),
        ("s % t", "column 3: '%' cannot stand in a formula"),
        ("0x1f", "column 1: '0x1f' cannot stand in a formula"),
        ("1_0", "column 1: '1_0' cannot stand in a formula"),
        ("2j", "column 1: '2j' cannot stand in a formula"),
        ("0or 1", "column 1: '0or' cannot stand in a formula"),
        ("1.2.3", "column 1: '1.2.3' cannot stand in a formula"),
        ("1e999", "column 1: this number is too large"),
        ("9" * 400, "column 1: this number is too large"),
        ("1 if s else t", "column 1: write where(condition, a, b) for a choice"),
        ("s is t", "column 1: only numbers, names"),
        ("s in t", "column 1: only numbers, names"),
        ("True", "column 1: only numbers, names"),
        ("None", "column 1: only numbers, names"),
        ("(s, t)", "column 1: only numbers, names"),
        ("()", "column 1: only numbers, names"),
        ("min(*s, t)", "column 5: only numbers, names"),
        ("sqrt(s)(t)", "column 1: only numbers, names"),
        ("lambda", "column 7: the formula breaks off"),
        ("é", "column 1: 'é' cannot stand in a formula"),
        ("s²", "column 2: '²' cannot stand in a formula"),
        ("s\x00", "column 2: '\\x00' cannot stand in a formula"),
        ("|S|", "column 1: '|' cannot stand in a formula; write or"),
        ("(" * 240 + "1" + ")" * 240, "it is nested too deeply"),
        ("-" * 400 + "1", "it is nested more than 100 deep"),
        ("+".join(["s"] * 150), "it is nested more than 100 deep"),
        ("max(" + ",".join(["s"] * 220) + ")", "it has more than 200 parts"),
        ("s" * 501, "it is 501 characters long; it must be at most 500"),
    ],
)
def test_mistakes_are_named_with_their_column(text, message):
    """One line with the column and the mistake."""
    with pytest.raises(InputError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"formula: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "__import__",
        "s.__class__",
        "().__class__.__bases__",
        "[x for x in s]",
        "{}",
        "f'{s}'",
        "(s := 1)",
        "open(s)",
        "eval(s)",
        "print(s)",
        "one",
        "values",
        "torch",
        "lambda: s",
        "yield s",
        "await s",
        "s; t",
        "s # t",
        "s \\\n + t",
        "9**9**9**9**9 and __name__",
        *(name for name in dir(builtins) if name not in FUNCTIONS),
    ],
)
def test_hostile_texts_are_refused(text):
    """Attributes, subscripts, calls of anything else, comprehensions, names of Python are errors of the formula."""
    with pytest.raises(InputError, match=r"^formula: "):
        parse(text)


def test_the_longest_sum_is_read():
    """Texts just within the limits are read."""
    assert value("+".join(["s"] * 99)) == 297
    assert value("(" * 90 + "1" + ")" * 90) == 1


def test_towers_of_powers_cost_nothing():
    """9**9**9**9 is an infinite float at once; no integer is computed."""
    assert value("9**9**9**9**9") == float("inf")
    assert value("0 * 9**9**9**9") != value("0 * 9**9**9**9")


@given(strategies.text(max_size=40))
@example("s" + "\r" + "+ t")
@example("\x0c")
def test_any_text_is_read_or_refused(text):
    """Any text is a formula or an InputError, never another exception or a warning."""
    refusal = "formula: "
    try:
        parse(text)
    except InputError as error:
        refusal = str(error)
    assert refusal.startswith("formula: ")


pieces = strategies.sampled_from([*NAMES, *FUNCTIONS, *"+-*/()<>,", "**", "==", "and", "or", "not", "if", "1", "2.5"])


@given(strategies.lists(pieces, max_size=30))
def test_any_order_of_known_pieces_is_read_or_refused(words):
    """The same for texts close to formulas, which reach the grammar; every formula that is read can be computed."""
    try:
        formula = parse(" ".join(words))
    except InputError:
        return
    assert formula(VALUES).shape in ((), (1,))


@strategies.composite
def formulas(draw, depth=3):
    """A formula and its value, made together."""
    if depth == 0 or draw(strategies.booleans()):
        name = draw(strategies.sampled_from(sorted(NUMBERS)))
        return name, NUMBERS[name]
    (a, x), (b, y) = draw(formulas(depth - 1)), draw(formulas(depth - 1))
    shape = draw(strategies.sampled_from(["{} + {}", "{} - {}", "{} * {}", "min({}, {})", "{} < {}", "{} and {}"]))
    worth = {
        "{} + {}": x + y,
        "{} - {}": x - y,
        "{} * {}": x * y,
        "min({}, {})": min(x, y),
        "{} < {}": float(x < y),
        "{} and {}": float(x != 0 and y != 0),
    }[shape]
    return f"({shape.format(a, b)})", worth


@given(formulas())
def test_any_formula_has_its_value(made):
    """Random formulas with parentheses equal the values built beside them."""
    text, worth = made
    assert value(text) == pytest.approx(worth)


def test_texts_of_the_greatest_length_are_answered_at_once():
    """Each of two thousand texts of 500 characters from the tokens of the language is a formula or an InputError."""
    draw = random.Random(0)
    words = [*NAMES, *FUNCTIONS, *"+-*/()<>,", "**", "==", "and", "or", "not", "1", "0.5"]
    refused = 0
    for _ in range(2000):
        text = " ".join(draw.choices(words, k=200))[:MAX_LENGTH]
        try:
            parse(text)
        except InputError:
            refused += 1
    assert refused > 1900


def test_only_the_names_that_are_used_are_asked_for():
    """A formula lists its names, so that no unused count is computed."""
    assert parse("both / s + both").names == {"both", "s"}
    assert parse("1").names == frozenset()
