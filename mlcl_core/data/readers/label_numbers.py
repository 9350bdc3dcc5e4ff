"""Labels as numbers: 0 and 1, -1 and 1, and cells that nothing is known about."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array, issparse

from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.data.texts import Texts
from mlcl_core.options import Param

Unknown = Annotated[
    Literal["", "no", "yes", "drop_item"],
    Param("What a label that is not known (?, NaN, -1 among 0 and 1) counts as; empty: the file has none."),
]


def with_labels_known(loaded: LoadedData, path: Path, unknown: str) -> LoadedData:
    """Loaded data whose labels are 0 and 1, as far as the file says which are which.

    Args:
        loaded: ``y`` holds numbers; NaN is an unknown label, and so is -1 where there is a 0 as well.
        path: Named in questions.
        unknown: ``no``, ``yes``, ``drop_item``; empty: an unknown label is a question.

    Returns:
        -1 is 0 where all labels are -1 and 1, which is said. Other numbers are left as they are, to be refused with
        their row and column.

    Raises:
        QuestionError: There are unknown labels, and ``unknown`` is empty.
    """
    if loaded.y.dtype.kind not in "if" or loaded.y.ndim != 2:
        return loaded
    values = loaded.y.data if issparse(loaded.y) else np.asarray(loaded.y).ravel()
    if not np.any(values == -1) and not np.any(np.isnan(values)):
        return loaded
    y = csr_array(loaded.y)
    y.eliminate_zeros()
    below, unknown_cells = y.data == -1, np.isnan(y.data)
    if y.nnz == y.shape[0] * y.shape[1]:  # no 0 anywhere
        if below.any():
            said = (*loaded.said, "labels are -1 and 1; -1 is taken for no")
            y, loaded = _replaced(y, below, 0.0), replace(loaded, said=said)
    else:
        unknown_cells |= below
    return _decided(replace(loaded, y=y), y, unknown_cells, path, unknown)


def _replaced(y: csr_array, cells: np.ndarray, value: float) -> csr_array:
    return csr_array((np.where(cells, value, y.data), y.indices, y.indptr), shape=y.shape)


def _decided(loaded: LoadedData, y: csr_array, cells: np.ndarray, path: Path, unknown: str) -> LoadedData:
    """The data with its unknown labels as ``unknown`` says; ``cells`` tells which entries of ``y`` they are."""
    places = np.flatnonzero(cells)
    if not places.size:
        return loaded
    rows, columns = np.searchsorted(y.indptr, places, side="right") - 1, y.indices[places]
    if not unknown:
        raise QuestionError(path, (_question(loaded.label_names, rows, columns, y.shape),))
    loaded = replace(loaded, y=_replaced(y, cells, 1.0 if unknown == "yes" else 0.0))
    what = f"{len(rows):,} of {y.shape[0] * y.shape[1]:,} labels are unknown"
    if unknown != "drop_item":
        return replace(loaded, said=(*loaded.said, f"{what} and count as {unknown}"))
    first = dict(zip(rows[::-1].tolist(), columns[::-1].tolist(), strict=True))
    reasons = tuple((row, f"label {_name(loaded.label_names, first[row])} is unknown") for row in sorted(first))
    said = f"{what}; {len(first):,} item{'s are' if len(first) > 1 else ' is'} left out"
    left = with_rows(loaded, np.setdiff1d(np.arange(y.shape[0]), rows))
    return replace(left, said=(*loaded.said, said), left_out=(*loaded.left_out, *reasons))


def _question(names: Sequence[str] | None, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, int]) -> Question:
    items = len(np.unique(rows))
    what = f"{len(rows):,} of {shape[0] * shape[1]:,} labels are unknown"
    place = f"row {rows[0]}, label {_name(names, int(columns[0]))}"
    return Question(
        f"{what} (the first: {place}); what do they count as?",
        (
            Choice("as labels that the item does not carry", {"unknown": "no"}),
            Choice("as labels that the item carries", {"unknown": "yes"}),
            Choice(f"{items:,} of {shape[0]:,} items are left out", {"unknown": "drop_item"}),
        ),
    )


def _name(names: Sequence[str] | None, column: int) -> str:
    return names[column] if names is not None and column < len(names) else f"{column}"


def with_rows(loaded: LoadedData, rows: np.ndarray) -> LoadedData:
    """Loaded data of some rows; ``rows`` are their numbers, ascending. Items are numbers or texts."""
    assert not isinstance(loaded.x, Pictures)
    listed = rows.tolist()
    x = Texts(loaded.x.column.take(pa.array(rows))) if isinstance(loaded.x, Texts) else loaded.x[rows]
    return replace(
        loaded,
        x=x,
        y=loaded.y[rows],
        item_names=None if loaded.item_names is None else tuple(loaded.item_names[row] for row in listed),
        split=None if loaded.split is None else loaded.split[rows],
        groups=None if loaded.groups is None else loaded.groups[rows],
    )
