"""Generated names through whole files: read by the reader as the look says, identical, or asked about."""

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcl_core.data.look import look_here
from mlcl_core.data.readers import READERS
from mlcl_core.errors import InputError
from tests.data.tables.cells.test_round_trips import NAMES, SEPARATORS, rows_of
from tests.data.tables.cells.writers import EXACT

few = settings(max_examples=3, deadline=None)


def through_a_file(cells: list[str], sets: list[set[str]]) -> bool:
    """Whether a CSV of these cells is read, as its look says, with the sets; it is asked about or refused otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["text", "labels"])
            writer.writerows((f"The harbour was quiet before storm {row} came", cell) for row, cell in enumerate(cells))
        try:
            seen = look_here(path, {})
        except InputError:
            seen = None
        try:
            loaded = READERS["csv"].read(path)
        except InputError:
            # the look asks what the reader asks
            assert seen is None or seen["questions"] or seen["columns"]
            return False
    assert seen is not None
    assert not seen["questions"]
    assert loaded.schema is not None
    assert [dict(column) for column in seen["columns"]] == loaded.schema["columns"]
    read = [{loaded.label_names[place] for place in row.nonzero()[0]} for row in loaded.y.toarray()]
    assert read == sets
    return True


@pytest.mark.parametrize("program", EXACT)
@few
@given(names=NAMES, seed=st.integers(0, 1000))
def test_lists_of_any_program(program: str, names: list[str], seed: int) -> None:
    """Names that a list can hold are read identical; no other set is ever read."""
    if program == "Postgres":
        names = [f"a{name}" for name in names]
    # a cell of an empty list is no label, whatever it stands in
    rows = rows_of([name for name in names if name not in ("[]", "{}")], seed)
    read = through_a_file([EXACT[program](row) for row in rows], [set(row) for row in rows])
    assert read or program in ("DuckDB", "Postgres", "Label Studio")


@pytest.mark.parametrize("separator", SEPARATORS)
@few
@given(names=NAMES, seed=st.integers(0, 1000))
def test_any_separator(separator: str, names: list[str], seed: int) -> None:
    """Names joined by a separator, which some of them hold: the same sets, or a question."""
    # a name of separators alone is none
    without = [f"a{name.replace(separator.strip() or separator, '')}a" for name in names[:-1]]
    # marks at the end of every name look like separators
    names = [*without, f"b{names[-1]}b"]
    rows = rows_of(list(dict.fromkeys(names)), seed)
    through_a_file([separator.join(row) for row in rows], [set(row) for row in rows])
