"""Values of JSON as columns of Arrow: of one type where they have one, else as texts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlcl_core.data.limits import refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.tables.draft import refuse_wide
from mlcl_core.errors import InputError

MAX_FIELDS = 200  # of the objects in a column that has them as fields; with more, they are texts
EVERY = 1000  # rows between reports of progress
NONE = type(None)
NUMBERS = ({int}, {float}, {int, float})


class Columns:
    """Columns that grow row by row; a key that a row lacks is null there.

    Args:
        path: Named in errors.
        size: Bytes of the file.
    """

    def __init__(self, path: Path, size: int) -> None:
        """There are no rows yet."""
        self.path, self.size, self.rows = path, size, 0
        self.values: dict[str, list[Any]] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        for key, value in row.items():
            column = self.values.get(key)
            if column is None:
                refuse_wide(len(self.values) + 1, self.path)
                column = self.values[key] = []
            if len(column) < self.rows:
                column.extend([None] * (self.rows - len(column)))
            column.append(value)
        self.rows += 1
        if self.rows % EVERY == 0:
            progress()

    def table(self, names: Iterable[str] | None = None) -> tuple[pa.Table, set[str]]:
        """Some columns, or all, and the names of those whose values are of one type already."""
        chosen = list(self.values) if names is None else list(names)
        what = f"{self.path} holds {self.rows:,} rows of {len(chosen):,} different keys"
        refuse_large(8 * self.rows * len(chosen), self.size, what)
        columns, plain = {}, set()
        for name in chosen:
            values = self.values.get(name, [])
            values.extend([None] * (self.rows - len(values)))
            try:
                columns[name], as_it_is = column_of(values)
            except UnicodeEncodeError as error:
                raise _half_a_character(self.path, name, values) from error
            except RecursionError as error:
                raise InputError(f"{self.path}: key {name!r} holds lists or objects nested too deeply") from error
            plain |= {name} if as_it_is else set()
            progress()
        return pa.table(columns), plain


def table_of(records: Iterable[Mapping[str, Any]], path: Path) -> pa.Table:
    """The table of records, one row each, with the columns in the order in which keys first occur."""
    columns = Columns(path, path.stat().st_size if path.is_file() else 0)
    for record in records:
        columns.add(record)
    return columns.table()[0]


def column_of(values: Sequence[Any]) -> tuple[pa.Array, bool]:
    """A column, and whether its values are of one type as they are.

    Edge cases:
        A text or a number beside lists of such is a list of one; an empty text beside lists is an empty list. Texts and
        numbers in one list are texts. true and false beside numbers are 1 and 0. Whole numbers beyond 64 bits are
        texts, as no digit may be lost. Everything else that has no common type is written as JSON, each cell by itself.
    """
    kinds = {type(value) for value in values} - {NONE}
    if not kinds:
        return pa.nulls(len(values)), True
    if kinds == {str}:
        return pa.array(values, pa.large_string()), True
    if kinds <= {int, float, bool}:
        return _numbers(values, kinds)
    if list in kinds:
        return _lists(values, kinds)
    if kinds == {dict}:
        return _objects(values)
    return _texts(values), False


def as_text(value: Any) -> str | None:
    """A value as a text: texts as they are, everything else in JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _numbers(values: Sequence[Any], kinds: set[type]) -> tuple[pa.Array, bool]:
    if kinds == {bool}:
        return pa.array(values, pa.bool_()), True
    if bool in kinds:
        whole = [int(value) if isinstance(value, bool) else value for value in values]
        return _numbers(whole, kinds - {bool})[0], False
    try:
        return pa.array(values, pa.float64() if float in kinds else pa.int64()), True
    except (pa.ArrowInvalid, OverflowError):
        return _texts(values), False


def _lists(values: Sequence[Any], kinds: set[type]) -> tuple[pa.Array, bool]:
    alone = kinds - {list}
    if not alone <= {str, int, float}:
        return _texts(values), False
    if alone:
        # a bare word beside lists is a set of one
        values = [_listed(value) for value in values]
    entries = {type(entry) for value in values if value for entry in value} - {NONE}
    if entries == {str} or entries in NUMBERS or entries == {bool}:
        try:
            kind = _list_type(entries)
            return pa.array(values, kind), not alone
        except (pa.ArrowInvalid, OverflowError):
            pass
    elif not entries:
        return pa.array(values, pa.list_(pa.null())), not alone
    elif entries == {dict}:
        return _nested(values, [entry for value in values if value for entry in value if entry is not None])
    elif entries <= {str, int, float}:
        words = [None if value is None else [as_text(entry) for entry in value] for value in values]
        return pa.array(words, pa.list_(pa.large_string())), False
    return _texts(values), False


def _listed(value: Any) -> list[Any] | None:
    if isinstance(value, str) and not value.strip():
        return []
    return value if value is None or isinstance(value, list) else [value]


def _list_type(entries: set[type]) -> pa.DataType:
    if entries == {str}:
        return pa.list_(pa.large_string())
    if entries == {bool}:
        return pa.list_(pa.bool_())
    return pa.list_(pa.float64() if float in entries else pa.int64())


def _objects(values: Sequence[Any]) -> tuple[pa.Array, bool]:
    return _nested(values, [value for value in values if value is not None])


def _nested(values: Sequence[Any], objects: Sequence[Mapping[str, Any]]) -> tuple[pa.Array, bool]:
    """Objects with the same few fields as structs; others as texts."""
    fields: set[str] = set()
    for one in objects:
        fields |= one.keys()
        if len(fields) > MAX_FIELDS:
            return _texts(values), False
    if not fields or any({type(one.get(field)) for one in objects} & {list, dict} for field in fields):
        return _texts(values), False
    try:
        return pa.array(values), True
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return _texts(values), False


def _texts(values: Sequence[Any]) -> pa.Array:
    return pa.array([as_text(value) for value in values], pa.large_string())


def _half_a_character(path: Path, name: str, values: Sequence[Any]) -> InputError:
    def broken(value: Any) -> bool:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return True
        return False

    row = next((row for row, value in enumerate(values) if broken(value)), 0)
    return InputError(f"{path}: key {name!r} holds half a character (\\ud800 to \\udfff) at row {row}; write it whole")
