"""CSV and similar text tables, by pyarrow.csv: pandas silently fills rows that are too short."""

import codecs
import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.csv as arrow_csv

from mlcl_core.data.progress import progress
from mlcl_core.data.readers.members import Read
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.table import TABLE_PARAMS, ColumnRoles, TableOptions, loaded_from_table, no_rows, roles_of
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

DELIMITERS = (",", ";", "\t", "|")
TAB = ("tab", "\\t")
CHUNK = 1 << 24
MAX_ROW = 1 << 30
csv.field_size_limit(MAX_ROW)  # of the whole process: Python's default of 131,072 characters is less than a book
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def delimiter_of(text: str) -> str:
    """The delimiter that an option names: a tab for ``tab``, else the text itself; empty: to be guessed.

    Raises:
        InputError: The text is not one of the delimiters.
    """
    mark = "\t" if text in TAB else text
    if mark and mark not in DELIMITERS:
        raise InputError(f"delimiter is {text!r}; it must be one of , ; | tab, or empty to guess it from the header")
    return mark


def read_csv(
    path: Path,
    *,
    delimiter: Annotated[
        str,
        Param(
            "What separates columns: , ; | or tab; empty: guessed from the header.",
            max_length=3,
            examples=(",", ";", "tab"),
            validate=delimiter_of,
        ),
    ] = "",
    raw: bytes | None = None,
    members: Read | None = None,
    **options: str,
) -> LoadedData:
    """Read a text table whose first line names the columns.

    Args:
        path: UTF-8 with or without byte order mark, or UTF-16 with one. Cells in double quotes may hold delimiters and
            line breaks; empty lines are ignored.
        delimiter: ``,``, ``;``, ``|`` or ``tab``; empty: the one that splits the header into most columns, in a
            ``.tsv`` the tab if there is one.
        raw: The contents of a file in an archive; None: the file is read from its path.
        members: Reads pictures by the names in the table; None: those in the table's folder.
        **options: As in ``TABLE_PARAMS``.

    Edge cases:
        White space around the names of columns is ignored. A first column without a name is the index that pandas
        saves: the names of the items, unless another column holds them.

    Raises:
        InputError: An empty file, no rows, another encoding (line and byte named), a row with too many or too few cells
            or a broken quote (line named, counted from 1), a header of numbers, a repeated name of a column,
            and what :func:`loaded_from_table` refuses.
    """
    found = _checked(path, raw)
    header, mark = _header(path, found, delimiter_of(delimiter))
    names = [name.strip() for name in header]
    _refuse_numbers(names, path)
    as_written = dict(zip(names, header, strict=True))

    def cells(name: str) -> pa.ChunkedArray:
        return _table(path, found, mark, as_written, ColumnRoles((), name, None, ()))[name]

    chosen = TableOptions(**options)
    roles = roles_of(names, path, chosen, cells)
    table = _table(path, found, mark, as_written, roles)
    return loaded_from_table(table, roles, path, chosen.separator, members)


@dataclass(frozen=True)
class _Text:
    """A file's encoding, its numbers of lines and of double quotes, and its bytes if it is in an archive."""

    encoding: str
    lines: int
    quotes: int
    raw: bytes | None


class _Watched(io.FileIO):
    """A file that reports progress whenever it is read."""

    def read(self, size: int | None = -1, /) -> bytes:
        progress()
        return super().read(-1 if size is None else size)


def _opened(path: Path, raw: bytes | None) -> io.BufferedReader | io.BytesIO:
    return path.open("rb") if raw is None else io.BytesIO(raw)


def _lines(path: Path, text: _Text) -> io.TextIOWrapper:
    return io.TextIOWrapper(_opened(path, text.raw), encoding=text.encoding, newline="")


def _checked(path: Path, raw: bytes | None = None) -> _Text:
    """Decode the whole file once: where bytes are no UTF-8, pyarrow would read cells of bytes."""
    lines = quotes = 0
    last = "\n"
    try:
        with _opened(path, raw) as file:
            start = file.read(4)
            mark, encoding = next(((mark, name) for mark, name in MARKS if start.startswith(mark)), (b"", "utf-8"))
            file.seek(len(mark))
            decoder = codecs.getincrementaldecoder(encoding)()
            more = True
            while more:
                chunk = file.read(CHUNK)
                progress()
                more = bool(chunk)
                offset = file.tell() - len(chunk) - len(decoder.getstate()[0])
                decoded = _decoded(decoder, chunk, encoding, offset, lines, path)
                lines, quotes = lines + decoded.count("\n"), quotes + decoded.count('"')
                last = decoded[-1:] or last
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error
    return _Text("utf-16" if "16" in encoding else "utf-8-sig", lines + (last != "\n"), quotes, raw)


def _decoded(
    decoder: codecs.IncrementalDecoder, chunk: bytes, encoding: str, offset: int, lines: int, path: Path
) -> str:
    try:
        decoded = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        line = lines + 1 + error.object[: error.start].decode(encoding).count("\n")
        place = f"line {line} (byte {offset + error.start})"
        wrong = f"{place} is no {encoding[:6].rstrip('-').upper()}"
        raise InputError(f"{path}: {wrong}; save the file in UTF-8") from error
    if "\0" in decoded:
        line = lines + 1 + decoded[: decoded.index("\0")].count("\n")
        raise InputError(
            f"{path}: line {line} holds a zero byte: no text, or UTF-16 without its mark; save it in UTF-8"
        )
    return decoded


def _header(path: Path, text: _Text, delimiter: str) -> tuple[list[str], str]:
    """The cells of the first non-empty line, and the delimiter between them."""
    headers = {mark: _first_record(path, text, mark) for mark in ((delimiter,) if delimiter else DELIMITERS)}
    best = max(headers, key=lambda mark: len(headers[mark]))
    if path.suffix.lower() == ".tsv" and len(headers.get("\t", ())) > 1:
        best = "\t"
    if not headers[best]:
        raise InputError(f"{path} is empty; a line with the names of the columns is needed, then one for each item")
    return headers[best], best


def _first_record(path: Path, text: _Text, delimiter: str) -> list[str]:
    with _lines(path, text) as lines:
        try:
            return next(filter(None, csv.reader(lines, delimiter=delimiter)), [])
        except csv.Error as error:
            raise InputError(f"{path}: line 1 can't be read as names of columns: {first_line(error)}") from error


def _refuse_numbers(names: list[str], path: Path) -> None:
    # pandas names columns 0, 1, 2 where they have no names
    if all(map(_is_number, names)) and names != [str(place) for place in range(len(names))]:
        raise InputError(f"{path}: line 1 holds numbers ({names[0]}); it must hold the names of the columns")


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False


def _table(path: Path, text: _Text, mark: str, raw: dict[str, str], roles: ColumnRoles) -> pa.Table:
    """The needed columns, named without surrounding white space."""
    try:
        table = _parsed(path, text, mark, raw, roles)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        if _records(path, text, mark, len(raw)) <= 1:
            raise no_rows(path) from error
        raise InputError(f"{path} can't be read as CSV: {first_line(error)}") from error
    # an unclosed quote silently joins lines, as do line breaks in quotes, which are sound
    if text.quotes and (text.quotes % 2 or text.lines != table.num_rows + 1):
        _records(path, text, mark, len(raw))
    return table.rename_columns(roles.needed)


def _parsed(path: Path, text: _Text, mark: str, raw: dict[str, str], roles: ColumnRoles) -> pa.Table:
    def parsed(block: int) -> pa.Table:
        with _Watched(path) if text.raw is None else pa.BufferReader(text.raw) as source:
            return arrow_csv.read_csv(
                source,
                read_options=arrow_csv.ReadOptions(
                    encoding="utf-16" if text.encoding == "utf-16" else "utf8", block_size=min(block, size + 1)
                ),
                parse_options=arrow_csv.ParseOptions(delimiter=mark, newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    include_columns=[raw[name] for name in roles.needed],
                    column_types={raw[name]: pa.string() for name in roles.as_written},
                ),
            )

    size = path.stat().st_size if text.raw is None else len(text.raw)
    try:
        return parsed(CHUNK)
    except pa.ArrowInvalid as error:
        if "straddl" not in str(error):
            raise
        # a row may be longer than a block
        return parsed(MAX_ROW)


def _records(path: Path, text: _Text, delimiter: str, columns: int) -> int:
    """Count the non-empty rows and the header by a parser that knows the line: slow, so only where a row is broken.

    Raises:
        InputError: A row with too many or too few cells, a quote that isn't closed or is followed by text.
    """
    start, records = 1, 0
    with _lines(path, text) as lines:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for record in reader:
                if record and len(record) != columns:
                    cells = f"{len(record)} cell{'s'[: len(record) != 1]}"
                    raise InputError(f"{path}: line {start} has {cells}; the header has {columns}")
                records += bool(record)
                progress()
                start = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"{path}: the row that begins in line {start} has a quote that isn't closed or is followed by text "
                f"({first_line(error)}); a quote inside a cell is written twice"
            ) from error
    return records


CSV = Reader("csv", "CSV", (".csv", ".tsv"), read_csv, params=TABLE_PARAMS | declared_options(read_csv))
