"""Generated names, written by each program's rules and read back: identical, or a question; never another set."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.data.tables.cells import look_at_cells
from mlcl_core.data.tables.cells.splitting import MARKS
from mlcl_core.errors import InputError
from tests.data.tables.cells.columns import column_of, looked, sets_of
from tests.data.tables.cells.writers import EXACT, csv_in_cell

TRICKY = st.text(st.sampled_from("abc;|,#'\"[](){} <>\\&=:\n\té木"), min_size=1, max_size=6)
NAMES = st.lists(TRICKY.map(str.strip).filter(bool), min_size=2, max_size=6, unique=True)
SEPARATORS = (";", "|", ",", "#", " ", "\t", "\n", "; ", ", ")
few = settings(max_examples=5, deadline=None)


def rows_of(names: Sequence[str], seed: int) -> list[list[str]]:
    """Items in which every name stands at least twice, alone once."""
    rng = random.Random(seed)
    rows = [[name for name in names if rng.random() < 0.35] for _ in range(16)]
    rows += [[name] for name in names] + [[name, rng.choice(names)] for name in names]
    return [list(dict.fromkeys(row)) for row in rows]


def read_back(cells: list[str]) -> list[set[str]] | None:
    """The labels of each row; None where there is a question or a refusal."""
    reading = look_at_cells(column_of(cells), "labels")
    if reading is None or reading.questions:
        return None
    try:
        return sets_of(cells, reading)
    except InputError:
        return None


@pytest.mark.parametrize("program", EXACT)
@few
@given(names=NAMES, seed=st.integers(0, 1000))
def test_forms_that_hold_every_name(program: str, names: list[str], seed: int) -> None:
    """Lists as programs print them come back identical, without a question."""
    if program == "Postgres":
        # an apostrophe may begin a word there, and quotes elsewhere
        names = [f"a{name}" for name in names]
    rows = rows_of(names, seed)
    cells = [EXACT[program](row) for row in rows]
    reading = looked(cells)
    assert reading.cell == "list"
    assert sets_of(cells, reading) == [set(row) for row in rows]
    # words without quotes may stand together by chance
    assert program in ("DuckDB", "Postgres", "Label Studio") or reading.questions == ()


@pytest.mark.parametrize("separator", SEPARATORS)
@few
@given(names=NAMES, seed=st.integers(0, 1000))
def test_names_without_the_separator(separator: str, names: list[str], seed: int) -> None:
    """Joined names that do not hold the separator: identical or a question; identical once the separator is told."""
    # blanks are looked for where no other separator stands
    left_out = {*'&"', *(MARKS if separator == " " else ()), separator.strip() or separator}
    plain = [clean for name in names if (clean := "".join(char for char in name if char not in left_out).strip())]
    rows = rows_of(list(dict.fromkeys(plain)) or ["a"], seed)
    cells = [separator.join(row) for row in rows]
    right = [set(row) for row in rows]
    assert read_back(cells) in (None, right)
    assert sets_of(cells, looked(cells, cell="unquoted", separator=separator)) == right


@pytest.mark.parametrize("separator", [";", "|", ",", "#", "\t"])
@few
@given(names=NAMES, seed=st.integers(0, 1000))
def test_names_in_quotes_of_csv(separator: str, names: list[str], seed: int) -> None:
    """A line of CSV in a cell holds every name: identical or a question; identical once form and separator are told."""
    names = [clean for name in names if (clean := name.replace("&", "").replace("\n", "").strip())] or ["a"]
    rows = rows_of(list(dict.fromkeys(names)), seed)
    cells = [csv_in_cell(row, separator) for row in rows]
    right = [set(row) for row in rows]
    assert read_back(cells) in (None, right)
    assert sets_of(cells, looked(cells, cell="separated", separator=separator)) == right


@pytest.mark.parametrize("separator", [";", "|", ",", " "])
@few
@given(
    names=st.lists(st.text("abcd", min_size=2, max_size=4), min_size=4, max_size=7, unique=True),
    seed=st.integers(0, 99),
)
def test_a_name_that_holds_the_separator(separator: str, names: list[str], seed: int) -> None:
    """Two pieces that are no names themselves are never taken for two labels: a question."""
    first, second, *others = names
    rows = rows_of([f"{first}{separator}{second}", *others], seed)
    assert read_back([separator.join(row) for row in rows]) is None


@few
@given(
    names=st.lists(st.text("abcd", min_size=2, max_size=4), min_size=4, max_size=7, unique=True),
    seed=st.integers(0, 99),
)
def test_a_comma_in_words_without_quotes(names: list[str], seed: int) -> None:
    """Lists that are printed without any quotes cannot hold a comma: a question."""
    first, second, *others = names
    rows = rows_of([f"{first}, {second}", *others], seed)
    assert read_back([f"[{', '.join(row)}]" for row in rows]) is None
