"""A first look at a file: what its columns are taken for, what is open, and its first rows, before it is read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mlcl_core.data.parts import PART_PARAMS
from mlcl_core.data.reader_client import look_in_process
from mlcl_core.data.readers import READERS, LoadedData, reader_of, require_file
from mlcl_core.data.stored import kind_of
from mlcl_core.data.tables.question import Question, QuestionError, questions_of
from mlcl_core.data.tables.reader import schema_of
from mlcl_core.data.tables.schema import Column
from mlcl_core.options import checked_options

SHOWN = 8  # rows of the preview
MAX_CELL = 100  # characters of a cell of the preview
COLUMNS = 30  # of the preview


@dataclass(frozen=True)
class Look:
    """What a file is taken for; options correct it.

    Args:
        format: A key of ``READERS``.
        kind: Of the items: ``features``, ``text``, ``picture`` or ``labels_only``.
        options: What was told.
        columns: The columns of a table with their roles; empty for formats without columns.
        facts: What is in force otherwise: format (as in a schema: also a layout, or a kind of export), encoding,
            delimiter, decimal, header, rows, missing.
        holds: What the cells of each column are, whatever its role: ``number``, ``zero_one``, ``word``, ...
        header, preview: The first rows, as shortened texts.
        said, questions: As in :class:`mlcl_core.data.tables.schema.TableSchema`.
    """

    format: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    holds: Mapping[str, str] = field(default_factory=dict)
    header: tuple[str, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    def of_role(self, role: str) -> tuple[str, ...]:
        """The names of the columns of a role."""
        return tuple(column.name for column in self.columns if column.role == role)


def look(path: Path, options: Mapping[str, Any] | None = None) -> Look:
    """Look at a file: the schema by which :func:`mlcl_core.data.load_data` would read it with the same options.

    Args:
        path: A file in a format of ``READERS``; a zip or a folder stands for the table in it.
        options: As ``--set`` takes them. A format that is no table is read as a whole.

    Edge cases:
        Questions are part of the result, and are not raised.

    Raises:
        InputError: An ending that no format has, no file, an empty one or one without rows, an impossible option; and
            as :func:`mlcl_core.data.reader_client.read_in_process`, as another process opens the file.
    """
    reader = reader_of(path)
    require_file(path)
    given = {name: value for name, value in (options or {}).items() if name not in PART_PARAMS}
    checked_options(f"the file {path}", reader.params, given)
    found = look_in_process(path, given)
    return Look(
        **found
        | {
            "columns": tuple(Column(**column) for column in found["columns"]),
            "header": tuple(found["header"]),
            "preview": tuple(map(tuple, found["preview"])),
            "said": tuple(found["said"]),
            "questions": questions_of(found["questions"]),
        }
    )


def look_here(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of :func:`look`, for a file that this process opens."""
    reader = reader_of(path)
    filled = checked_options(f"the file {path}", reader.params, options)
    located = None if reader.locate is None else reader.locate(path)
    if located is None:
        return asdict(_by_reading(path, reader.name, filled, options))
    format, file = located
    chosen = format.options(**{name: value for name, value in filled.items() if name in format.params})
    head, schema, holds = schema_of(format, file, chosen)
    names = head.table.column_names
    # labels stand first or last, where a table is wide
    header = names if len(names) <= COLUMNS else names[: COLUMNS // 2] + names[-COLUMNS // 2 :]
    shown = head.table.slice(0, SHOWN)
    columns = [[_cell(value) for value in shown[name].to_pylist()] for name in header]
    facts = {key: value for key, value in schema.plain().items() if key not in ("kind", "columns")}
    return asdict(
        Look(
            reader.name,
            schema.kind,
            dict(options),
            schema.columns,
            facts | {"missing": schema.missing, "whole": head.whole, "rows_seen": head.table.num_rows},
            holds,
            tuple(header),
            tuple(zip(*columns, strict=True)),
            schema.said,
            schema.questions,
        )
    )


def _by_reading(path: Path, format: str, filled: Mapping[str, Any], options: Mapping[str, Any]) -> Look:
    try:
        loaded = READERS[format].read(path, **filled)
    except QuestionError as error:
        return Look(format, "features", dict(options), questions=error.questions)
    header, preview = _rows_of(loaded)
    columns = tuple(Column(**column) for column in (loaded.schema or {}).get("columns", ()))
    return Look(format, kind_of(loaded), dict(options), columns, header=header, preview=preview, said=loaded.said)


def _rows_of(loaded: LoadedData) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A preview of data without columns: name, labels, and the first numbers where items are numbers."""
    count = min(SHOWN, loaded.rows, loaded.y.shape[0])
    y, numbers = loaded.y[:count], loaded.first_numbers(count)
    dense = np.asarray(y if isinstance(y, np.ndarray) else y.toarray())
    rows = []
    for row in range(count):
        name = loaded.item_names[row] if loaded.item_names else f"row {row}"
        carried = np.flatnonzero(dense[row]).tolist() if dense.ndim == 2 else []
        labels = [loaded.label_names[c] if loaded.label_names else f"label {c}" for c in carried]
        cells = [name, ", ".join(labels)]
        if numbers is not None:
            values = [f"{value:.4g}" for value in np.ravel(numbers[row])[:SHOWN].tolist()]
            cells.append(", ".join(values) + (" …" if np.size(numbers[row]) > SHOWN else ""))
        rows.append(tuple(_short(cell) for cell in cells))
    return ("item", "labels", *(("values",) if numbers is not None else ())), tuple(rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        return "(bytes)"
    if isinstance(value, dict):
        return _short(", ".join(f"{key}: {_cell(cell)}" for key, cell in list(value.items())[:SHOWN]))
    if isinstance(value, list):
        return _short(", ".join(map(_cell, value[:MAX_CELL])))
    return _short(f"{value:g}" if isinstance(value, float) else str(value))


def _short(text: str) -> str:
    line = " ".join(text[: 4 * MAX_CELL].split())
    return line if len(line) <= MAX_CELL else line[: MAX_CELL - 1] + "…"


__all__ = ["Look", "look", "look_here"]
