"""How the label cells of a column are written, by its first rows; and the labels of a whole column, read so."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from mlcl_core.data.tables.cells.columns import TEXT, CellError, Cells, shown
from mlcl_core.data.tables.cells.looks import label_reading
from mlcl_core.data.tables.cells.matrix import matrix_of
from mlcl_core.data.tables.cells.measured import are_measured
from mlcl_core.data.tables.cells.record import CellForm, CellReading, LabelCells
from mlcl_core.data.tables.cells.splitting import unescaped
from mlcl_core.errors import InputError

ZERO_ONE = "zero_one"


def look_at_column(
    forms: Mapping[str, CellForm],
    column: pa.ChunkedArray,
    name: str,
    *,
    cell: str = "",
    separator: str = "",
    classes: Sequence[str] | None = None,
) -> CellReading | None:
    """The reading of the first form that fits; or of the form that is given."""
    cells = Cells(column, name, classes)
    separator = unescaped(separator)
    if not cell and separator:
        cell = "separated"
    if cell:
        return _given(forms, cells, cell, separator)
    # a fraction among 0 and 1 is an unknown cell
    measured = cells.kind == TEXT and are_measured(cells.counts)
    for form in forms.values():
        if cells.kind in form.allows and (form.name == ZERO_ONE or not measured):
            try:
                found = form.look(cells, "")
            except CellError as error:
                raise InputError(f"column {name!r}{_at(cells, error)}: {error.right}") from None
            if found is not None:
                return found
    return None


def _given(forms: Mapping[str, CellForm], cells: Cells, cell: str, separator: str) -> CellReading:
    allowed = [form.name for form in forms.values() if cells.kind in form.allows]
    if cell not in allowed:
        kind = f"column {cells.name!r} holds {cells.column.type}"
        what = f"cell is {cell!r}" if cell in forms else f"there is no cell form {cell!r}"
        may = f"cell may be {', '.join(allowed)}" if allowed else "no form of labels fits it"
        raise InputError(f"{what}, but {kind}; {may}" if cell in forms else f"{what}; {kind}: {may}")
    form = forms[cell]
    try:
        found = form.look(cells, separator)
        if found is not None and found.cell == cell:
            return CellReading(cell, found.separator, found.said, _other_questions(found, separator), found.strength)
        if cell in ("separated", "unquoted") and not separator:
            raise CellError(None, "no separator stands in its cells; the option separator= names one, or cell=one")
        return label_reading(cells, form.read(cells, separator), cell, separator, form.title, certain=True)
    except CellError as error:
        raise InputError(f"column {cells.name!r} is not cell={cell}{_at(cells, error)}: {error.right}") from None


def _other_questions(found: CellReading, separator: str) -> tuple:
    """Questions that the options given leave open: which separator, where only the form is given."""
    if separator:
        return ()
    return tuple(one for one in found.questions if all("separator" in choice.options for choice in one.choices))


def read_column(
    forms: Mapping[str, CellForm],
    column: pa.ChunkedArray,
    name: str,
    reading: CellReading,
    path: Path,
    *,
    classes: Sequence[str] | None = None,
    no_label: Sequence[str] = (),
) -> LabelCells:
    """The labels of a whole column."""
    cells = Cells(column, name, classes)
    form = forms[reading.cell]
    try:
        if cells.kind not in form.allows:
            raise CellError(None, f"{form.title} is not held by {column.type}")
        return matrix_of(form.read(cells, reading.separator), name, classes=classes, no_label=no_label)
    except CellError as error:
        raise InputError(f"{path}: column {name!r}{_at(cells, error)}: {error.right}") from None


def _at(cells: Cells, error: CellError) -> str:
    if error.row is None:
        return ""
    return f", row {error.row} is {shown(cells.column[error.row].as_py())}"


def counts_of(held: LabelCells) -> dict[str, int]:
    """Items of each label, in the order of the labels."""
    counts = np.bincount(held.y.indices, minlength=len(held.names)).tolist()
    return dict(zip(held.names, counts, strict=True))
