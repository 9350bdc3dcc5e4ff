"""JSON files as tables: whatever program wrote them, their objects give rows and columns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pyarrow as pa

from mlcl_core.data.readers.gz import unpacked
from mlcl_core.data.readers.json_rows.arrow_lines import read_lines
from mlcl_core.data.readers.json_rows.content import LINES, Content, content_of
from mlcl_core.data.readers.json_rows.late import refuse_changed, refuse_late_labels
from mlcl_core.data.readers.json_rows.record import JSON_PARAMS, JsonOptions, RowsKind
from mlcl_core.data.readers.json_rows.records import RECORDS
from mlcl_core.data.readers.json_rows.spread import spread
from mlcl_core.data.readers.record import first_line
from mlcl_core.data.readers.text_file import MARKS, TextFile, open_bytes, text_file
from mlcl_core.data.readers.values import Columns
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead, rows_of_head
from mlcl_core.data.tables.labels import NAMED
from mlcl_core.data.tables.schema import LABEL, TableSchema
from mlcl_core.errors import InputError

ALSO_NAMED = ("cats",)  # spaCy's
Result = TypeVar("Result")
Kinds = Mapping[str, RowsKind]


def json_format(kinds: Kinds) -> TableFormat:
    """The format of JSON files, whose kinds are recognised by their objects, not by the names of files."""

    def head(file: TableFile, options: JsonOptions) -> TableHead:
        return _in_its_encoding(file, options.encoding, lambda text: read_head(kinds, text, file, options))

    def table(file: TableFile, schema: TableSchema) -> pa.Table:
        return _in_its_encoding(file, schema.encoding, lambda text: read(kinds, text, schema))

    endings = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
    return TableFormat("json", "JSON, JSON lines", endings, head, table, JSON_PARAMS, JsonOptions)


def read_head(kinds: Kinds, text: TextFile, file: TableFile, options: JsonOptions) -> TableHead:
    """The first rows of a JSON file, typed, and what its kind says about them.

    Raises:
        InputError: As :func:`mlcl_core.data.readers.json_rows.content.content_of`, and what the kind refuses.
    """
    content, kind = _content(kinds, text)
    roles: dict[str, str] = {}
    if kind is RECORDS:
        first, _, whole = _first_rows(content, text)
        table, names = spread(first)
        if not options.labels:
            labels = (own for key, own in names.items() if key.lower() in (*NAMED, *ALSO_NAMED))
            roles = {name: LABEL for own in labels for name in own}
    else:
        table, whole = kind.table(content.records(), text.path), True
    known = kind.known(table, options, text.path)
    most = rows_of_head(table.num_columns)
    return TableHead(
        file,
        "json",
        table.slice(0, most),
        whole and table.num_rows <= most,
        encoding=text.plain_encoding,
        roles={**roles, **known.roles},
        rows=known.rows,
        said=(*text.said, *content.said, *known.said),
        questions=known.questions,
    )


def read(kinds: Kinds, text: TextFile, schema: TableSchema) -> pa.Table:
    """The columns that a schema needs.

    Raises:
        InputError: As :func:`read_head`; a key that may be a label and stands in no row of the head.
    """
    content, kind = _content(kinds, text)
    columns = needed(schema)
    if kind is not RECORDS:
        return kind.table(content.records(), text.path).select(columns)
    first, plain, _ = _first_rows(content, text)
    wanted = _keys_of(columns, first)
    table = None
    if content.shape == LINES and text.plain_encoding == "utf-8" and set(wanted) <= plain:
        kinds_of = pa.schema([field for field in first.schema if field.name in plain and field.type != pa.null()])
        table = read_lines(text.path if text.raw is None else text.raw, kinds_of, wanted)
    unused = set(first.column_names) - set(wanted)
    if table is None:
        table = _all_rows(content, text, unused)
        refuse_changed(table, first, wanted, text.path)
    table, _ = spread(table.drop_columns([name for name in table.column_names if name in unused]))
    refuse_late_labels(table, schema, text.path)
    return table.select(columns)


def _keys_of(columns: Sequence[str], first: pa.Table) -> list[str]:
    """The keys whose values the columns hold."""
    _, names = spread(first)
    key = {own: name for name, spread_to in names.items() for own in spread_to}
    return list(dict.fromkeys(key.get(name, name) for name in columns))


def kind_of(kinds: Kinds, first: Sequence[Mapping[str, Any]]) -> RowsKind | None:
    """The kind of program that wrote some objects; None where no kind fits."""
    return next((kind for kind in kinds.values() if kind is not RECORDS and kind.recognise(first)), None)


def _content(kinds: Kinds, text: TextFile) -> tuple[Content, RowsKind]:
    content = content_of(text, lambda first: kind_of(kinds, first) is not None)
    return content, kind_of(kinds, content.first) or RECORDS


def _first_rows(content: Content, text: TextFile) -> tuple[pa.Table, set[str], bool]:
    """The first rows, the keys whose values have one type in them, and whether these are all rows."""
    columns, records = Columns(text.path, text.size), content.records()
    for record in records:
        columns.add(record)
        if columns.rows >= rows_of_head(len(columns.values)):
            break
    table, plain = columns.table()
    return table, plain, next(records, None) is None


def _all_rows(content: Content, text: TextFile, unused: set[str]) -> pa.Table:
    columns = Columns(text.path, text.size)
    for record in content.records():
        columns.add({key: value for key, value in record.items() if key not in unused})
    return columns.table()[0]


def _in_its_encoding(file: TableFile, encoding: str, work: Callable[[TextFile], Result]) -> Result:
    """Do something with a file in UTF-8; where it is none, with the file in the encoding that is told or found."""
    raw = unpacked(file) if file.path.name.lower().endswith(".gz") else file.raw
    try:
        with open_bytes(file.path, raw) as opened:
            marked = opened.read(4).startswith(tuple(mark for mark, name in MARKS if "16" in name))
        if not marked and encoding in ("", "utf-8"):
            return work(TextFile(file.path, "utf-8-sig", 0, 0, raw))
    except UnicodeDecodeError:
        pass
    except OSError as error:
        raise InputError(f"{file.path} can't be read: {first_line(error)}") from error
    return work(text_file(file.path, raw, "" if encoding == "utf-16" else encoding))
