"""CSV and similar text tables, by pyarrow.csv: pandas silently fills rows that are too short."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.csv as arrow_csv

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.gz import unpacked
from mlcl_core.data.readers.header import header_question
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.text_file import CHUNK, TextFile, WatchedFile, text_file
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.draft import check_columns, refuse_wide
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead, rows_of_head
from mlcl_core.data.tables.infer import no_rows_error
from mlcl_core.data.tables.options import DELIMITERS, TEXT_FILE_PARAMS, TextFileOptions, delimiter_of
from mlcl_core.data.tables.schema import TableSchema
from mlcl_core.errors import InputError

MAX_ROW = 1 << 30
csv.field_size_limit(MAX_ROW)  # of the whole process: Python's default of 131,072 characters is less than a book
SEP_LINE = re.compile(r'"?sep=(?P<mark>.)"?;*,*\s*')  # Excel's, before the header
COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
POINT = re.compile(r"[+-]?\d*\.?\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class _Layout:
    """How the rows of a text file are written.

    Args:
        delimiter: Between cells.
        skipped: Lines before the header: 1 where the first says ``sep=;``.
        header: Whether a row of names follows.
        names: Of the columns, without surrounding white space.
        rows: The first rows, without the header.
        whole: Whether these are all.
    """

    delimiter: str
    skipped: int
    header: bool
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    whole: bool


def read_head(file: TableFile, options: TextFileOptions) -> TableHead:
    """The first rows of a text table, as texts.

    Args:
        file: UTF-8 with or without byte order mark, UTF-16 with one, or another encoding, told or found. Cells in
            double quotes may hold delimiters and line breaks; empty lines are ignored.
        options: ``delimiter``: ``,`` ``;`` ``|`` or ``tab``; empty: the one that splits the header into most columns,
            in a ``.tsv`` the tab if there is one. A first line ``sep=;`` names it too.

    Edge cases:
        White space around the names of columns is ignored. A first row that looks like data is a question. Decimal
        commas are found where a column of numbers has them.

    Raises:
        InputError: An empty file, no rows, bytes that are no text, a repeated name of a column.
    """
    text = _text(file, options.encoding)
    layout = _layout(text, options)
    cells = zip(*layout.rows, strict=True)
    table = pa.table([pa.array(column, pa.large_string()) for column in cells], names=list(layout.names))
    asked = layout.header and not options.header
    questions = header_question(layout.names, table) if asked else ()
    return TableHead(
        file,
        "csv",
        table,
        layout.whole,
        text.plain_encoding,
        layout.delimiter,
        options.decimal or _decimal(table, layout.delimiter),
        layout.header,
        said=text.said,
        questions=questions,
    )


def read(file: TableFile, schema: TableSchema) -> pa.Table:
    """The columns that a schema needs, as texts; numbers are parsed where they are features.

    Raises:
        InputError: A row with too many or too few cells or a broken quote (line named, counted from 1).
    """
    text = _text(file, "" if schema.encoding in ("utf-8", "utf-16") else schema.encoding)
    skipped = _skipped(text)
    names = [column.name for column in schema.columns]
    try:
        table = _parsed(text, schema, skipped, needed(schema))
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        if _records(text, schema.delimiter, len(schema.columns), skipped) <= schema.header:
            raise no_rows_error(file.path) from error
        raise InputError(f"{file.path} can't be read as CSV: {first_line(error)}") from error
    # an unclosed quote silently joins lines, as do line breaks in quotes, which are sound
    if text.quotes and (text.quotes % 2 or text.lines != table.num_rows + schema.header + skipped):
        _records(text, schema.delimiter, len(schema.columns), skipped)
    assert set(table.column_names) <= set(names)
    return table


def _text(file: TableFile, encoding: str) -> TextFile:
    packed = file.path.name.lower().endswith(".gz")
    return text_file(file.path, unpacked(file) if packed else file.raw, encoding)


def _layout(text: TextFile, options: TextFileOptions) -> _Layout:
    told = delimiter_of(options.delimiter)
    skipped = _skipped(text)
    told = told or _sep_of(text)
    headers = {mark: _first(text, mark, 1, skipped) for mark in ((told,) if told else DELIMITERS)}
    best = max(headers, key=lambda mark: len(headers[mark][0]) if headers[mark] else 0)
    if text.path.name.lower().endswith((".tsv", ".tsv.gz")) and len((headers.get("\t") or [[]])[0]) > 1:
        best = "\t"
    if not headers[best]:
        raise InputError(
            f"{text.path} is empty; a line with the names of the columns is needed, then one for each item"
        )
    width = len(headers[best][0])
    refuse_wide(width, text.path)
    most = rows_of_head(width)
    rows = _first(text, best, most + 2, skipped)
    header = options.header != "no"
    data = rows[1:] if header else rows
    # a row that is broken is refused before anything is asked about
    joined = text.quotes > 0 and len(rows) < most and text.lines != len(rows) + skipped
    if text.quotes % 2 or joined or not data or any(len(row) != width for row in data):
        _records(text, best, width, skipped)
    if not data:
        raise no_rows_error(text.path)
    names = _names(rows[0], data) if header else tuple(f"column {place}" for place in range(width))
    check_columns(names, text.path)
    return _Layout(best, skipped, header, names, tuple(map(tuple, data[:most])), len(data) <= most)


def _names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names of the columns; empty columns without a name, which spreadsheets leave at the end, are numbered."""
    names = [name.strip() for name in header]
    for place, name in enumerate(names):
        if not name and place and not any(row[place].strip() for row in rows):
            names[place] = f"Unnamed: {place}"
    return tuple(names)


def _first(text: TextFile, delimiter: str, count: int, skipped: int) -> list[list[str]]:
    """The first rows that are not empty; those before a broken one."""
    found: list[list[str]] = []
    with text.opened() as lines, suppress(csv.Error):
        for _ in range(skipped):
            next(lines)
        found.extend(islice(filter(None, csv.reader(lines, delimiter=delimiter)), count))
    return found


def _skipped(text: TextFile) -> int:
    """The lines before the first row: one that names the delimiter, and empty ones."""
    skipped = 1 if _sep_of(text) else 0
    with text.opened() as lines:
        for _ in range(skipped):
            next(lines)
        for line in lines:
            if line.strip("\r\n"):
                break
            skipped += 1
    return skipped


def _sep_of(text: TextFile) -> str:
    """The delimiter that a first line such as ``sep=;`` names; empty where there is none."""
    with text.opened() as lines:
        found = SEP_LINE.fullmatch(lines.readline(20))
    mark = found["mark"] if found else ""
    return mark if mark in DELIMITERS else ""


def _decimal(table: pa.Table, delimiter: str) -> str:
    """The decimal mark: a comma where the columns are parted by another mark and a column of numbers has one."""
    if delimiter == ",":
        return "."
    for column in table.columns:
        cells = [cell.strip() for cell in column.slice(0, 200).to_pylist() if cell and cell.strip()]
        commas = sum(COMMA.fullmatch(cell) is not None for cell in cells)
        # 9,26 among whole numbers may be two classes
        if 2 * commas > len(cells) and all(COMMA.fullmatch(cell) or POINT.fullmatch(cell) for cell in cells):
            # 1.5 and 1,5 in one column are no numbers of one kind
            return "," if not any("." in cell for cell in cells) else "."
    return "."


def _parsed(text: TextFile, schema: TableSchema, skipped: int, columns: Sequence[str]) -> pa.Table:
    # as the file writes them, and each once: columns are chosen by place
    names = [f"{place}" for place in range(len(schema.columns))]
    place = {column.name: f"{k}" for k, column in enumerate(schema.columns)}
    dictionary = pa.dictionary(pa.int32(), pa.large_string())
    kinds = {
        place[column.name]: dictionary if column.name == schema.key or column.cell == "zero_one" else pa.large_string()
        for column in schema.columns
    }

    def parsed(block: int) -> pa.Table:
        with WatchedFile(text.path) if text.raw is None else pa.BufferReader(text.raw) as source:
            return arrow_csv.read_csv(
                source,
                read_options=arrow_csv.ReadOptions(
                    encoding="utf8" if text.plain_encoding == "utf-8" else text.plain_encoding,
                    block_size=min(block, text.size + 1),
                    column_names=names,
                    skip_rows=skipped,
                    skip_rows_after_names=int(schema.header),
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=schema.delimiter, newlines_in_values=text.quotes > 0),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=[place[name] for name in columns],
                    column_types=kinds,
                ),
            )

    try:
        table = parsed(CHUNK)
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):
            raise
        # a row may be longer than a block
        table = parsed(MAX_ROW)
    return table.rename_columns(list(columns))


def _records(text: TextFile, delimiter: str, columns: int, skipped: int) -> int:
    """Count the non-empty rows and the header by a parser that knows the line: slow, so only where a row is broken.

    Raises:
        InputError: A row with too many or too few cells, a quote that isn't closed or is followed by text.
    """
    start, records = 1 + skipped, 0
    with text.opened() as lines:
        for _ in range(skipped):
            next(lines)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for record in reader:
                if record and len(record) != columns:
                    cells = f"{len(record)} cell{'s'[: len(record) != 1]}"
                    raise InputError(f"{text.path}: line {start} has {cells}; the header has {columns}")
                records += bool(record)
                progress()
                start = reader.line_num + 1 + skipped
        except csv.Error as error:
            raise InputError(
                f"{text.path}: the row that begins in line {start} has a quote that isn't closed or is followed by "
                f"text ({first_line(error)}); a quote inside a cell is written twice"
            ) from error
    return records


CSV = TableFormat(
    "csv",
    "CSV",
    (".csv", ".tsv", ".csv.gz", ".tsv.gz"),
    read_head,
    read,
    params=TEXT_FILE_PARAMS,
    options=TextFileOptions,
)
