"""Cells that are Arrow's lists or structs: of texts, class numbers, dictionaries, objects with a name."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.tables.arrow_types import is_list, is_number
from mlcl_core.data.tables.cells.columns import LIST, OBJECT, CellError, Cells, decoded, is_text
from mlcl_core.data.tables.cells.literals import Misfit
from mlcl_core.data.tables.cells.looks import label_reading, labels_line, scores_asked
from mlcl_core.data.tables.cells.matrix import Collector, matrix_of
from mlcl_core.data.tables.cells.record import CellForm, CellReading, Entries
from mlcl_core.data.tables.cells.values import FIELDS, has_scores, labels_in
from mlcl_core.data.tables.question import Choice

RIGHT = "labels are texts, whole numbers of classes, or objects with a name"


def look(cells: Cells, separator: str) -> CellReading | None:
    """Lists of labels; None for lists of fractions, such as embeddings, and for bytes."""
    try:
        entries = read(cells, "")
    except CellError:
        return None
    reading = label_reading(cells, entries, "arrow_list", "", "cells are lists", certain=True)
    kind = cells.column.type.value_type if is_list(cells.column.type) else cells.column.type
    if pa.types.is_struct(kind) and any(map(has_scores, cells.column.to_pylist())):
        every = Choice(labels_line(matrix_of(entries, cells.name, classes=cells.classes)), {"cell": "arrow_list"})
        return replace(reading, said=(), questions=scores_asked(cells.name, every))
    return reading


def read(cells: Cells, separator: str) -> Entries:
    """The labels of each list; null and ``[]`` are none."""
    collector, start = Collector(), 0
    for part in cells.slices():
        lists = _lists(part)
        if lists is None:
            collector.add(*_one_by_one(part, start, collector))
        else:
            collector.add_lists(lists)
        start += len(part)
    return collector.entries(exact=True)


def _lists(part: pa.Array) -> pa.Array | None:
    """Lists of texts or dictionaries of texts, without a look at each cell; None where that is not possible."""
    if not is_list(part.type):
        return None
    values = pc.list_flatten(part)
    kind = values.type
    if pa.types.is_struct(kind):
        field = next((field for field in FIELDS if kind.get_field_index(field) >= 0), None)
        if field is None or not is_text(kind.field(field).type):
            return None
        values = pc.struct_field(values, field)
    elif is_number(kind):
        try:
            values = values.cast(pa.int64())
        except pa.ArrowInvalid:
            return None
        values = values.cast(pa.large_string()) if not pa.types.is_boolean(kind) else None
    elif pa.types.is_dictionary(kind):
        if not is_text(kind.value_type):
            return None
    else:
        try:
            values = decoded(values)
        except pa.ArrowInvalid:
            return None
    if values is None or not (is_text(values.type) or pa.types.is_dictionary(values.type)):
        return None
    lengths = np.concatenate(
        [[0], np.cumsum(pc.fill_null(pc.list_value_length(part), 0).to_numpy(zero_copy_only=False))]
    )
    return pa.LargeListArray.from_arrays(pa.array(lengths, pa.int64()), values)


def _one_by_one(part: pa.Array, start: int, collector: Collector) -> tuple[np.ndarray, np.ndarray]:
    found = []
    for row, value in enumerate(part.to_pylist()):
        try:
            found.append(labels_in(dict(value) if pa.types.is_map(part.type) and value is not None else value))
        except Misfit as error:
            raise CellError(start + row, f"{error}; {RIGHT}") from None
    return collector.of_different(found, np.arange(len(found)))


ARROW_LIST = CellForm("arrow_list", "a list of Arrow, Parquet or JSON", look, read, (LIST, OBJECT))
