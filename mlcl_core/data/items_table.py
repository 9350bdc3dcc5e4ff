"""A second table that holds the items of a table of names and labels."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mlcl_core.data.pictures import PictureCells, Pictures
from mlcl_core.data.readers import LoadedData, Reader, reader_of, require_file
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

ReadFile = Callable[[Path, Reader, dict[str, Any]], LoadedData]


def with_items(labels: LoadedData, path: Path, items: str, read: ReadFile) -> LoadedData:
    """Labels of one table and items of another, joined by the names of the items.

    Args:
        labels: Labels and names.
        path: The table that they come from.
        items: The path of the other table: in the folder of ``path``, or as it is.
        read: Opens a file, as :func:`mlcl_core.data.reader_client.read_in_process` does.

    Edge cases:
        Items without a row of labels are left out, as they may never have been looked at; it is said how many.

    Raises:
        InputError: No such file, a table without names, a name that stands twice in it, an item of the labels that it
            lacks.
    """
    beside = path.parent / items
    place = beside if beside.exists() else Path(items).expanduser()
    require_file(place)
    reader = reader_of(place)
    if "labels" not in reader.params:
        raise InputError(f"{place}: items must be a table, such as a CSV file")
    found = read(place, reader, checked_options(f"the file {place}", reader.params, {"labels": "none"}))
    if labels.item_names is None:
        raise InputError(f"{path} names no items, by which those of {place} could be joined; name the column by names=")
    if found.item_names is None:
        raise InputError(f"{place} has no column of names; the items of {path} are joined by names or ids")
    if found.missing:
        raise InputError(f"{place}: {found.missing}")
    row_of: dict[str, int] = {}
    for row, name in enumerate(found.item_names):
        if name in row_of:
            raise InputError(
                f"{place}: {name[:60]!r} stands at rows {row_of[name]} and {row}; every item needs one row"
            )
        row_of[name] = row
    lacking = [name for name in labels.item_names if name not in row_of]
    if lacking:
        raise InputError(
            f"{place} has no row for {len(lacking):,} of {len(labels.item_names):,} items of {path}, the first is "
            f"{lacking[0][:60]!r}"
        )
    rows = np.array([row_of[name] for name in labels.item_names])
    unlabelled = len(row_of) - len(rows)
    said = (f"{unlabelled:,} items of {place.name} have no row of labels and are left out",) if unlabelled else ()
    return replace(
        labels,
        x=_rows(found.x, rows),
        feature_names=found.feature_names,
        split=labels.split if labels.split is not None or found.split is None else found.split[rows],
        groups=labels.groups if labels.groups is not None or found.groups is None else found.groups[rows],
        said=(*labels.said, *found.said, *said),
        missing="",
    )


def _rows(x: Any, rows: np.ndarray) -> Any:
    if isinstance(x, Texts):
        return Texts(x.column.take(pa.array(rows)))
    if isinstance(x, Pictures):
        cells = x.read
        assert isinstance(cells, PictureCells)
        names = [x.names[row] for row in rows]
        encoded = None if cells.encoded is None else cells.encoded.take(pa.array(rows))
        squares = None if x.squares is None else x.squares[rows]
        return Pictures(names, PictureCells(names, encoded, cells.members, cells.source, None), x.source, squares)
    return x[rows]
