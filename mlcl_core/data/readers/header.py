"""Whether the first row of a text table holds the names of its columns, or the first item."""

from collections.abc import Sequence
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.question import Choice, Question

LONG = 4  # words of a name of a column, at most 3
SEEN = 2  # cells below that are the same


def header_question(names: Sequence[str], table: pa.Table) -> tuple[Question, ...]:
    """The question whether the first row is data; none where it looks like names.

    It looks like data where a cell is a number above numbers, a text of four words or more above such texts, or a word
    that stands in its column again, unless pandas' or numpy's 0, 1, 2, ... number the columns.

    Args:
        names: The first row.
        table: The rows below it, as texts.
    """
    if _numbered(names) or not any(_like_data(name, column) for name, column in zip(names, table.columns, strict=True)):
        return ()
    shown = ", ".join(name[:20] for name in names[:4])
    choices = (
        Choice(f"{table.num_rows + 1:,} items or more, the first row is one of them", {"header": "no"}),
        Choice(f"the columns are called {shown}", {"header": "yes"}),
    )
    return (Question(f"is the first row ({shown}) an item or the names of the columns?", choices),)


def _numbered(names: Sequence[str]) -> bool:
    """Whether the names that are numbers count the columns, one after another."""
    numbers = [int(name) for name in names if name.isdecimal()]
    others = [name for name in names if not name.isdecimal() and _is_number(name)]
    return not others and bool(numbers) and all(b - a == 1 for a, b in pairwise(numbers))


def _like_data(name: str, column: pa.ChunkedArray) -> bool:
    if not name:
        return False
    cells = column.slice(0, 200).to_pylist()
    given = [cell.strip() for cell in cells if cell.strip()]
    if _is_number(name):
        return bool(given) and all(map(_is_number, given))
    if len(name.split()) >= LONG:
        return 2 * sum(len(cell.split()) >= LONG for cell in given) > len(given)
    return (pc.sum(pc.equal(pc.utf8_trim_whitespace(column), name)).as_py() or 0) >= SEEN


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False
