"""A guess at what each column of a user's file holds, from its first rows; it can be corrected before reading."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from mlcl_core.data.pictures import ENDINGS, SIGNATURES
from mlcl_core.data.reader_client import guess_in_process
from mlcl_core.data.readers import READERS, LoadedData, existing, reader_of
from mlcl_core.data.readers.csv import DELIMITERS, MARKS, TAB, delimiter_of
from mlcl_core.data.readers.members import Archive, the_table, top_folder
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.table import (
    INDEX_COLUMN,
    LIST_COLUMNS,
    NAME_COLUMNS,
    RARE,
    SEPARATORS,
    TEXT_COLUMNS,
    no_rows,
    refuse_wide,
)
from mlcl_core.data.readers.zip import MAX_TABLE
from mlcl_core.data.stored import kind_of
from mlcl_core.errors import InputError
from mlcl_core.options import checked_options

ROWS = 2000  # that the guess is made from
SHOWN = 8  # rows of the preview
MAX_CELL = 100  # characters of a cell of the preview
COLUMNS = 30  # of the preview
WORDS = 4  # per text, on average; names and labels are shorter
REPEATED = 0.5  # the largest share of different labels among all entries of a list column
FEW_CLASSES = 0.2  # the same where each cell holds one label
LABEL_WORDS = (*LIST_COLUMNS, "topics", "topic", "categories", "category", "genre", "keywords", "themes", "class")
ONE_LABEL = "\x1f"  # a separator that occurs in no cell: the whole cell is one label

# kinds of cells
NUMBERS, ZERO_ONE, TEXT, WORD, LISTS, PICTURE, OTHER = (
    *("numbers", "0 and 1", "texts", "words", "lists", "pictures", "something else"),
)


@dataclass(frozen=True)
class Column:
    """One column of a table, by its first rows.

    Args:
        name: As in the header.
        holds: ``numbers``, ``0 and 1``, ``texts``, ``words``, ``lists``, ``pictures`` or ``something else``.
        separator: The separator of labels in a cell, if the column holds labels; empty: none, or the cells are lists.
    """

    name: str
    holds: str
    separator: str = ""


@dataclass(frozen=True)
class Guess:
    """A guess at the role of each column; corrected by ``dataclasses.replace``, from which ``params`` follow.

    Args:
        format: A key of ``READERS``.
        kind: The kind of the items: ``features``, ``text`` or ``picture``.
        columns: The columns of a table; empty for other formats, whose files say what they hold.
        header, preview: The first rows, as shortened texts.
        labels: One column of lists, or columns of 0 and 1; empty: none found.
        separator: Of the labels in a cell; ``ONE_LABEL``: none; empty: cells are lists, or the reader finds it.
        text, picture: The column of the items, where they are texts or pictures in a table.
        names, split, group: The columns of names, splits and groups, or None.
        delimiter: Of the columns of CSV.
        options: Further parameters of the reader, for a format that is no table.
    """

    format: str
    kind: str
    columns: tuple[Column, ...] = ()
    header: tuple[str, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()
    labels: tuple[str, ...] = ()
    separator: str = ""
    text: str | None = None
    picture: str | None = None
    names: str | None = None
    split: str | None = None
    group: str | None = None
    delimiter: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def role(self, column: Column) -> str:
        """The role of a column: label, text, picture, name, split, group, feature or nothing."""
        roles = {self.group: "group", self.split: "split", self.names: "name"}
        roles |= {self.text: "text"} if self.kind == "text" else {}
        roles |= {self.picture: "picture"} if self.kind == "picture" else {}
        roles |= dict.fromkeys(self.labels, "label")
        if column.name in roles:
            return roles[column.name]
        numbers = self.kind == "features" and column.holds in (NUMBERS, ZERO_ONE)
        return "feature" if numbers and not self._mistaken(column.name) else "nothing"

    def _mistaken(self, name: str) -> bool:
        """Whether the reader would give a column another role, by its name, unless an option excludes the column."""
        word = name.lower()
        if word in NAME_COLUMNS:
            before = NAME_COLUMNS if self.names is None else NAME_COLUMNS[: _place(self.names)]
            return word in before
        # where an option names the column of texts or pictures, the reader uses no other
        return (word == "split" and self.split is None) or (word in TEXT_COLUMNS and self.kind == "features")

    @property
    def params(self) -> dict[str, Any]:
        """The parameters for ``READERS[format].read``."""
        if not self.columns:
            return dict(self.options)
        unused = [column.name for column in self.columns if self.role(column) == "nothing"]
        # beside texts and pictures, other columns do no harm
        ignored = [name for name in unused if self.kind == "features" or self._mistaken(name)]
        params: dict[str, Any] = {
            "labels": _joined(self.labels),
            "separator": self.separator,
            "ignore": _joined(ignored),
        }
        # columns that the reader finds by their names need no option
        params["names"] = "" if self.names is None or _found(self.names) else self.names
        params["split"] = "" if self.split is None or self.split.lower() == "split" else self.split
        params["group"] = self.group or ""
        params["text"] = (self.text or "") if self.kind == "text" else ""
        params["picture"] = (self.picture or "") if self.kind == "picture" else ""
        params["delimiter"] = TAB[0] if self.delimiter == "\t" else self.delimiter
        known = READERS[self.format].params
        return {name: value for name, value in params.items() if name in known}


def guess(path: Path, *, delimiter: str = "", options: Mapping[str, Any] | None = None) -> Guess:
    """Guess the role of each column from the first rows of a file.

    The role follows from the column's name if that is one of the readers' words (text, genres, id, split ...).
    Otherwise the text is the longest column of mostly different cells with four words or more, and the labels are the
    columns of 0 and 1 at the end, or else the column whose cells, split at ``;``, ``|`` or ``,``, repeat a few entries.

    Args:
        path: A file in a format of ``READERS``; a zip or a folder stands for the table in it.
        delimiter: Of CSV; empty: guessed from the header.
        options: Of the reader of a format that is no table; such files are read as a whole.

    Edge cases:
        No column can be labels: ``labels`` is empty, and reading raises. A cell that breaks the rules of CSV ends the
        rows that are used; reading names its line.

    Raises:
        InputError: An ending that no format has, no file, an empty one or one without rows, no Parquet file; and as
            :func:`mlcl_core.data.reader_client.read_in_process`, as another process opens the file.
    """
    reader_of(path)
    found = guess_in_process(path, delimiter, dict(options or {}))
    rows = {"header": tuple(found["header"]), "preview": tuple(map(tuple, found["preview"]))}
    columns = tuple(Column(**column) for column in found["columns"])
    return Guess(**found | rows | {"columns": columns, "labels": tuple(found["labels"])})


def guess_here(path: Path, *, delimiter: str = "", options: Mapping[str, Any] | None = None) -> Guess:
    """The guess of :func:`guess`, for a file that this process opens."""
    reader = reader_of(path)
    if "text" not in reader.params:
        return _by_reading(path, reader.name, dict(options or {}))
    existing(path)
    place, raw = _table_of(path)
    if place.suffix.lower() == ".parquet":
        table, delimiter = _parquet_head(place, raw), ""
    else:
        table, delimiter = _csv_head(place, raw, delimiter_of(delimiter))
    columns = tuple(
        Column(name, _holds(cells), _separator(cells))
        for name, cells in zip(table.column_names, table.columns, strict=True)
    )
    by_name = {column.name: table.column(place) for place, column in enumerate(columns)}
    picture = next((column.name for column in columns if column.holds == PICTURE), None)
    labels = _called(columns, LIST_COLUMNS, but=())
    text = None if picture else _text_column(columns, by_name, labels)
    split = next(iter(_called(columns, ("split",), but=(*labels, text))), None)
    names = next(iter(_called(columns, NAME_COLUMNS, but=(*labels, text))), None)
    kind = "picture" if picture else "text" if text else "features"
    labels = labels or _label_columns(columns, by_name, (text, split, names, picture), beside=kind != "features")
    separator = next(column.separator for column in columns if column.name == labels[0]) if len(labels) == 1 else ""
    return Guess(
        reader.name,
        kind,
        columns,
        header=tuple(table.column_names[:COLUMNS]),
        preview=_preview(table),
        labels=labels,
        separator=separator,
        text=text,
        picture=picture,
        names=names,
        split=split,
        delimiter=delimiter,
    )


def can_be_text(column: Column) -> bool:
    """Whether items may be the texts of a column."""
    return column.holds in (TEXT, WORD, LISTS)


def can_be_list(column: Column) -> bool:
    """Whether one column may hold the labels of every item."""
    return column.holds not in (PICTURE, OTHER)


def _by_reading(path: Path, format: str, options: dict[str, Any]) -> Guess:
    reader = READERS[format]
    try:
        loaded = reader.read(path, **checked_options(f"the file {path}", reader.params, options))
    except InputError:
        if not reader.params:
            raise
        # an option may be missing, which the user has yet to give
        return Guess(format, "features", options=options)
    header, preview = _rows_of(loaded)
    return Guess(format, kind_of(loaded), header=header, preview=preview, options=options)


def _rows_of(loaded: LoadedData) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A preview of data without columns: name, labels, and the first numbers where items are numbers."""
    count = min(SHOWN, len(loaded.x), loaded.y.shape[0])
    y = loaded.y[:count]
    dense = np.asarray(y if isinstance(y, np.ndarray) else y.toarray())
    rows = []
    for row in range(count):
        name = loaded.item_names[row] if loaded.item_names else f"row {row}"
        carried = np.flatnonzero(dense[row]).tolist() if dense.ndim == 2 else []
        labels = [loaded.label_names[c] if loaded.label_names else f"label {c}" for c in carried]
        cells = [name, ", ".join(labels)]
        if isinstance(loaded.x, np.ndarray):
            values = [f"{value:.4g}" for value in np.ravel(loaded.x[row])[:SHOWN].tolist()]
            cells.append(", ".join(values) + (" …" if np.size(loaded.x[row]) > SHOWN else ""))
        rows.append(tuple(_short(cell) for cell in cells))
    return ("item", "labels", *(("values",) if isinstance(loaded.x, np.ndarray) else ())), tuple(rows)


def _table_of(path: Path) -> tuple[Path, bytes | None]:
    """The path of the table, and its bytes where it is inside an archive."""
    if path.is_dir():
        return path / the_table([entry.name for entry in path.iterdir() if entry.is_file()], f"the folder {path}"), None
    if path.suffix.lower() != ".zip":
        return path, None
    archive = Archive(path)
    with archive.file:
        names = archive.names()
        top = top_folder(names)
        inside = [name[len(top) + 1 if top else 0 :] for name in names]
        name = the_table([name for name in inside if "/" not in name], str(path))
        place = path / top / name
        return place, archive.read(f"{top}/{name}" if top else name, str(place), MAX_TABLE)


def _csv_head(path: Path, raw: bytes | None, delimiter: str) -> tuple[pa.Table, str]:
    """The first rows, typed as the reader would, and the delimiter."""

    def opened() -> io.BufferedReader | io.BytesIO:
        return path.open("rb") if raw is None else io.BytesIO(raw)

    encoding = _encoding(opened)
    headers = {mark: _records(opened, encoding, mark, 1) for mark in ((delimiter,) if delimiter else DELIMITERS)}
    found = {mark: len(records[0]) if records else 0 for mark, records in headers.items()}
    best = max(found, key=lambda mark: found[mark])
    refuse_wide(found[best], path)
    if path.suffix.lower() == ".tsv" and found.get("\t", 0) > 1:
        best = "\t"
    if not found[best]:
        raise InputError(f"{path} is empty; a line with the names of the columns is needed, then one for each item")
    header, *rows = _records(opened, encoding, best, ROWS + 1)
    if not rows:
        raise no_rows(path)
    width = len(header)
    whole = io.StringIO()
    # the reader refuses rows that are too long or too short, and names their line
    csv.writer(whole).writerows([*row[:width], *[""] * (width - len(row))] for row in rows)
    names = [f"{place}" for place in range(width)]
    table = arrow_csv.read_csv(
        io.BytesIO(whole.getvalue().encode("utf-8", "replace")),
        read_options=arrow_csv.ReadOptions(column_names=names, block_size=max(1, 4 * len(whole.getvalue()))),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
    )
    return table.rename_columns([name.strip() for name in header]), best


def _encoding(opened: Callable[[], io.BufferedReader | io.BytesIO]) -> str:
    with opened() as file:
        start = file.read(4)
    found = next((name for mark, name in MARKS if start.startswith(mark)), "utf-8")
    return "utf-16" if "16" in found else "utf-8-sig"


def _records(
    opened: Callable[[], io.BufferedReader | io.BytesIO], encoding: str, delimiter: str, count: int
) -> list[list[str]]:
    found: list[list[str]] = []
    # the rows before a broken one are kept
    text = io.TextIOWrapper(opened(), encoding=encoding, errors="replace", newline="")
    with text as lines, suppress(csv.Error, UnicodeError):
        found.extend(islice(filter(None, csv.reader(lines, delimiter=delimiter)), count))
    return found


def _parquet_head(path: Path, raw: bytes | None) -> pa.Table:
    try:
        with pq.ParquetFile(path if raw is None else pa.BufferReader(raw)) as file:
            schema = file.schema_arrow
            refuse_wide(len(schema), path)
            # pictures are large: only as many as are shown are read
            large = [name for name, kind in zip(schema.names, schema.types, strict=True) if _bytes_type(kind)]
            batches = file.iter_batches(batch_size=SHOWN if large else ROWS)
            batch = next(batches, None)
    except (InputError, MemoryError):
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} is damaged or not a Parquet file: {first_line(error)}") from error
    if batch is None or not batch.num_rows:
        raise no_rows(path)
    return pa.Table.from_batches([batch])


def _bytes_type(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(_bytes_type(part.type) for part in kind)
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def _holds(column: pa.ChunkedArray) -> str:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if _bytes_type(kind):
        return PICTURE if _encoded_picture(column) else OTHER
    if pa.types.is_boolean(kind):
        return ZERO_ONE
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        numbers = column.cast(pa.float64(), safe=False).to_numpy()
        return ZERO_ONE if len(numbers) and ((numbers == 0) | (numbers == 1)).all() else NUMBERS
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return LISTS if _is_string(kind.value_type) else OTHER
    if not _is_string(kind):
        return OTHER
    cells = _cells(column)
    if cells and all(cell.lower().endswith(ENDINGS) for cell in cells):
        return PICTURE
    words = sum(len(cell.split()) for cell in cells) / max(1, len(cells))
    different = len(set(cells)) / max(1, len(cells))
    if _sameness(cells) <= REPEATED and _parts(cells, _separator_of(cells)):
        return LISTS
    return TEXT if words >= WORDS and different >= REPEATED else WORD


def _encoded_picture(column: pa.ChunkedArray) -> bool:
    cells = [cell.get("bytes") if isinstance(cell, dict) else cell for cell in column.slice(0, SHOWN).to_pylist()]
    return any(isinstance(cell, bytes) and cell.startswith(SIGNATURES) for cell in cells)


def _is_string(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _cells(column: pa.ChunkedArray) -> list[str]:
    """The non-empty cells of a column of strings, without surrounding white space."""
    return [cell.strip() for cell in column.to_pylist() if isinstance(cell, str) and cell.strip()]


def _separator_of(cells: Sequence[str]) -> str:
    """The separator by the readers' rule: the first of ; | , in a tenth of the cells that hold any; empty: none."""
    holding = [cell for cell in cells if any(mark in cell for mark in SEPARATORS)]
    for mark in SEPARATORS:
        if holding and sum(mark in cell for cell in holding) >= RARE * len(holding):
            return mark
    return ""


def _parts(cells: Sequence[str], separator: str) -> list[str]:
    """The entries of all cells; none where there is no separator."""
    if not separator:
        return []
    return [part.strip() for cell in cells for part in cell.split(separator) if part.strip()]


def _sameness(cells: Sequence[str]) -> float:
    """The share of different entries among all; 1 where the entries are no labels but pieces of sentences."""
    separator = _separator_of(cells)
    parts = _parts(cells, separator) or list(cells)
    if not parts or sum(len(part.split()) for part in parts) >= WORDS * len(parts):
        return 1.0
    return len(set(parts)) / len(parts)


def _separator(column: pa.ChunkedArray) -> str:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return _separator_of(_cells(column)) if _is_string(kind) else ""


def _place(name: str) -> int:
    """The position of a column in the order in which readers look for names; an index, without a name, is last."""
    return NAME_COLUMNS.index(name.lower()) if name.lower() in NAME_COLUMNS else len(NAME_COLUMNS)


def _found(name: str) -> bool:
    """Whether readers use a column as the items' names because of its own name."""
    return _place(name) < len(NAME_COLUMNS) or not name or name.startswith(INDEX_COLUMN)


def _called(columns: Sequence[Column], wanted: Sequence[str], *, but: Sequence[str | None]) -> tuple[str, ...]:
    """The column with the first of the wanted names that occurs; or nothing."""
    found = [column.name for word in wanted for column in columns if column.name.lower() == word]
    return tuple([name for name in found if name not in but][:1])


def _text_column(
    columns: Sequence[Column], by_name: Mapping[str, pa.ChunkedArray], labels: tuple[str, ...]
) -> str | None:
    strings = [column for column in columns if can_be_text(column) and column.name not in labels]
    if named := _called([column for column in strings if column.holds != LISTS], TEXT_COLUMNS, but=()):
        return named[0]
    long = {
        column.name: pc.sum(pc.utf8_length(by_name[column.name].cast(pa.large_string()))).as_py()
        for column in strings
        if column.holds == TEXT
    }
    return max(long, key=lambda name: long[name]) if long else None


def _label_columns(
    columns: Sequence[Column],
    by_name: Mapping[str, pa.ChunkedArray],
    taken: Sequence[str | None],
    *,
    beside: bool,
) -> tuple[str, ...]:
    """The columns of 0 and 1 after all other numbers; or else the column that is most likely to hold lists."""
    free = [column for column in columns if column.name not in taken and column.name]
    numbers = [column for column in free if column.holds in (NUMBERS, ZERO_ONE)]
    first = len(numbers)
    while first and numbers[first - 1].holds == ZERO_ONE:
        first -= 1
    if first < len(numbers) and (first or beside):
        return tuple(column.name for column in numbers[first:])
    ranked = []
    for place, column in enumerate(free):
        cells = _cells(by_name[column.name]) if column.holds in (LISTS, WORD) else []
        listed = column.holds == LISTS
        sameness = _sameness(cells) if cells else 0.0
        if column.holds in (LISTS, WORD) and (listed or sameness <= FEW_CLASSES):
            ranked.append((column.name.lower() not in LABEL_WORDS, not listed, sameness, place, column.name))
    return (min(ranked)[-1],) if ranked else ()


def _preview(table: pa.Table) -> tuple[tuple[str, ...], ...]:
    shown = table.slice(0, SHOWN)
    columns = [[_cell(value) for value in column.to_pylist()] for column in shown.columns[:COLUMNS]]
    return tuple(zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes | dict):
        return "(bytes)"
    if isinstance(value, list):
        return _short(", ".join(map(_cell, value)))
    return _short(f"{value:g}" if isinstance(value, float) else str(value))


def _short(text: str) -> str:
    line = " ".join(text[: 4 * MAX_CELL].split())
    return line if len(line) <= MAX_CELL else line[: MAX_CELL - 1] + "…"


def _joined(names: Sequence[str]) -> str:
    """Names of columns in the form that an option takes."""
    if len(names) == 1:
        return names[0]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


__all__ = ["ONE_LABEL", "Column", "Guess", "can_be_list", "can_be_text", "guess"]
