"""Items and labels of a table, read exactly as its schema says."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.pictures import Pictures
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.tables.arrow_types import undictionaried
from mlcl_core.data.tables.facts import undictionaried_text
from mlcl_core.data.tables.features import features_of
from mlcl_core.data.tables.head import TableFile
from mlcl_core.data.tables.infer import no_rows_error
from mlcl_core.data.tables.join import JoinedRows, joined_rows
from mlcl_core.data.tables.label_matrix import LabelRows, label_rows
from mlcl_core.data.tables.picture_column import pictures_of
from mlcl_core.data.tables.schema import (
    ANNOTATED,
    FEATURE,
    GROUP,
    IGNORED,
    LABEL,
    NAME,
    PICTURE,
    SPLIT,
    TEXT,
    TableSchema,
)
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError


def needed(schema: TableSchema) -> list[str]:
    """The columns that a schema reads, in the order of the file."""
    used = {column.name for column in schema.columns if column.role != IGNORED}
    if schema.kind in ("text", "picture", "labels_only"):
        # beside texts and pictures, columns of numbers are not read
        used -= {column.name for column in schema.of_role(FEATURE)}
    used.add(schema.key)
    return [column.name for column in schema.columns if column.name in used]


def loaded_from_table(table: pa.Table, schema: TableSchema, file: TableFile) -> LoadedData:
    """Items and labels of a table.

    Args:
        table: At least the columns of :func:`needed`, all rows.
        schema: Without questions.
        file: Names the table in errors, and reads its pictures.

    Edge cases:
        White space around labels, names and splits is ignored. An empty cell of a feature is NaN; an empty name is
        replaced by the row number. Several rows may have the same picture. Label names of a list column are sorted;
        those of columns of 0 and 1 are in the order of the file. Rows that are left out are in ``left_out``.

    Raises:
        InputError: No rows, no label column, no label, a cell that does not fit its form (row and column named), a
            repeated id, an empty cell of pictures, rows of one item that contradict one another.
        QuestionError: Unknown cells that the first rows did not hold.
    """
    path = file.path
    if not table.num_rows:
        raise no_rows_error(path)
    if not schema.of_role(LABEL) and not schema.unlabelled:
        raise no_labels_error(path, [column.name for column in schema.columns])
    labels = label_rows(table, schema, path)
    kept, left_out = _kept(table, schema, labels)
    rows = joined_rows(table, schema, labels, kept, path)
    chosen = rows.first
    return LoadedData(
        _items(table, schema, chosen, file),
        rows.labels,
        feature_names=_feature_names(table, schema),
        label_names=labels.names,
        item_names=_item_names(table, schema, chosen, path),
        split=_split(table, schema, rows, path),
        groups=_groups(table, schema, chosen, path),
        said=(*schema.said, *labels.said, *_left_out_in_words(left_out), *rows.said),
        left_out=tuple(left_out),
        missing=schema.missing,
        schema=schema.plain(),
    )


def no_labels_error(path: object, columns: Sequence[str]) -> InputError:
    """The error for a table in which no column can be labels."""
    from mlcl_core.data.tables.draft import in_short

    return InputError(
        f"{path} has no column of labels; its columns are {in_short(columns)}; name the columns of 0 and 1, or the one "
        "that holds lists such as a;b, in the option labels"
    )


def _kept(table: pa.Table, schema: TableSchema, labels: LabelRows) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Which rows count, and the others with what is missing in them."""
    left: dict[int, str] = {
        int(row): "a label is unknown (unknown=drop_item)" for row in np.flatnonzero(labels.dropped)
    }
    annotated = schema.first(ANNOTATED)
    if annotated is not None:
        cells = undictionaried_text(table[annotated])
        for row in np.flatnonzero(cells.is_null().to_numpy(zero_copy_only=False)):
            left[int(row)] = f"never looked at: its {annotated} is empty"
    kept = np.ones(table.num_rows, bool)
    kept[list(left)] = False
    return kept, sorted(left.items())


def _left_out_in_words(left_out: Sequence[tuple[int, str]]) -> list[str]:
    reasons: dict[str, int] = {}
    for _, reason in left_out:
        reasons[reason] = reasons.get(reason, 0) + 1
    return [f"{count:,} row{'s'[: count != 1]} left out: {reason}" for reason, count in reasons.items()]


def _items(table: pa.Table, schema: TableSchema, rows: np.ndarray, file: TableFile) -> np.ndarray | Texts | Pictures:
    if schema.kind == "picture":
        return pictures_of(table, str(schema.first(PICTURE)), rows, file)
    if schema.kind == "text":
        return Texts(_chosen(_text(table, str(schema.first(TEXT)), file.path), rows))
    if schema.kind == "labels_only":
        return np.empty((len(rows), 0))
    return features_of(table, schema, rows, file.path)


def _feature_names(table: pa.Table, schema: TableSchema) -> tuple[str, ...] | None:
    columns = schema.of_role(FEATURE)
    if schema.kind != "features":
        return ()
    if len(columns) == 1 and columns[0].cell == "embedding":
        return None
    return tuple(column.name for column in columns)


def _text(table: pa.Table, name: str, path: Path) -> pa.ChunkedArray:
    """A column as texts; null cells are empty texts."""
    column = table[name]
    try:
        return pc.fill_null(pc.utf8_trim_whitespace(undictionaried(column).cast(pa.large_string())), "")
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"{path}: column {name!r} holds {column.type}, which is no text in UTF-8") from error


def _chosen(column: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    return column if len(rows) == len(column) else column.take(pa.array(rows))


def _item_names(table: pa.Table, schema: TableSchema, rows: np.ndarray, path: Path) -> tuple[str, ...] | None:
    name = schema.first(NAME)
    if name is None and schema.kind == "labels_only":
        name = schema.key or schema.first(PICTURE)
    if name is None:
        # rows that are left out do not renumber the others
        left_out = len(rows) < table.num_rows and schema.kind == "features"
        return tuple(f"row {row}" for row in rows.tolist()) if left_out else None
    text = _text(table, name, path)
    if name.lower() == "id" and schema.rows == "item":
        _refuse_twice(text, path, name)
    return tuple(word or f"row {row}" for row, word in zip(rows.tolist(), _chosen(text, rows).to_pylist(), strict=True))


def _refuse_twice(text: pa.ChunkedArray, path: Path, name: str) -> None:
    codes = text.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    if len(first) < len(codes):
        again = np.flatnonzero(first[codes] != np.arange(len(codes)))[0]
        rows = f"rows {first[codes[again]]} and {again}"
        word = text[int(again)].as_py()
        shown = "empty" if not word else repr(word[:60])
        raise InputError(f"{path}: {name} {shown} stands at {rows}; every item needs an id of its own")


def _split(table: pa.Table, schema: TableSchema, rows: JoinedRows, path: Path) -> np.ndarray | None:
    name = schema.first(SPLIT)
    if name is None:
        return None
    words = np.array(_text(table, name, path).to_pylist(), dtype=str)
    rows.refuse_contradiction(words, f"{path}: split column {name!r}")
    return words[rows.first]


def _groups(table: pa.Table, schema: TableSchema, rows: np.ndarray, path: Path) -> np.ndarray | None:
    """A number for each different cell; every empty cell is a group by itself."""
    name = schema.first(GROUP)
    if name is None:
        return None
    cells = _chosen(_text(table, name, path), rows).combine_chunks()
    codes = cells.dictionary_encode().indices.to_numpy().astype(np.int64)
    empty = np.flatnonzero(pc.equal(cells, "").to_numpy(zero_copy_only=False))
    codes[empty] = codes.max(initial=0) + 1 + np.arange(len(empty))
    return codes
