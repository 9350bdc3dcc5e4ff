"""Tables: the roles of their columns (items, labels, names, splits), shared by CSV and Parquet."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csc_array, csr_array

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.pictures import ENDINGS, SIGNATURES, PictureCells, Pictures
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.members import InFolder, Read
from mlcl_core.data.readers.record import LoadedData
from mlcl_core.data.texts import Texts
from mlcl_core.errors import InputError
from mlcl_core.options import Option

LIST_COLUMNS = ("labels", "label", "tags", "genres", "classes")
TEXT_COLUMNS = (
    *("text", "sentence", "comment", "review", "abstract", "plot", "synopsis", "overview", "description"),
    *("summary", "body", "document", "content", "question", "utterance", "tweet", "message"),
)
PICTURE_COLUMNS = ("image", "picture", "img", "file_name", "filename", "file", "path")
ONE_COLUMN = ("text", "picture", "names", "split", "group")
SAMPLE = 100  # cells that decide whether a column with such a name holds pictures
NAME_COLUMNS = ("id", "name", "title", "item")
INDEX_COLUMN = (
    "__index_level_"  # pandas' name for a nameless index in Parquet; in CSV it is a first column without a name
)
SEPARATORS = (";", "|", ",")  # names hold commas more often than they hold the other two
RARE = 0.1  # of the cells with any separator: one that is rarer is part of a name, as in "R&amp;B"
MAX_LABELS = 100_000

TABLE_PARAMS = {
    "labels": Option(
        "",
        "Columns of 0 and 1 (names separated by commas, or a pattern such as label_*), or one column that holds lists; "
        "empty: a column called labels, label, tags, genres or classes, else the columns of 0 and 1 at the end.",
        max_length=20_000,
        examples=("sea,sun,fog", "label_*", "genres"),
    ),
    "separator": Option(
        "",
        "What separates the labels in a cell of a list column; empty: guessed among ; | and ,",
        max_length=20,
        examples=(";", "|", ", "),
    ),
    "text": Option(
        "",
        "The column of texts, where the items are texts; empty: a column called text, sentence, comment, review, "
        "abstract, plot, description, summary or the like, if there is one.",
        max_length=500,
        examples=("text", "plot"),
    ),
    "picture": Option(
        "",
        "The column of pictures, where the items are pictures: names of files relative to the table, or encoded bytes; "
        "empty: a column called image, picture, img, file_name, filename, file or path that holds such.",
        max_length=500,
        examples=("image", "file_name"),
    ),
    "names": Option(
        "",
        "The column of the items' names; empty: a column called id, name, title or item, if there is one.",
        max_length=500,
        examples=("title", "url"),
    ),
    "split": Option(
        "",
        "The column that says train, validation or test; empty: a column called split, if there is one.",
        max_length=500,
        examples=("split", "fold"),
    ),
    "group": Option(
        "",
        "A column whose equal cells belong together (patient, author, film): where splits are drawn, items of a group "
        "fall into the same one.",
        max_length=500,
        examples=("patient", "author"),
    ),
    "ignore": Option(
        "",
        "Columns to leave out: names separated by commas, or patterns.",
        max_length=20_000,
        examples=("year,director", "meta_*"),
    ),
}


@dataclass(frozen=True)
class TableOptions:
    """The options of a table, as in ``TABLE_PARAMS``; empty: the columns' names decide."""

    labels: str = ""
    separator: str = ""
    text: str = ""
    picture: str = ""
    names: str = ""
    split: str = ""
    group: str = ""
    ignore: str = ""


@dataclass(frozen=True)
class ColumnRoles:
    """The roles of a table's columns, as far as their names decide.

    Args:
        labels: The label columns; none: those of 0 and 1 at the end of ``others``.
        names, split: One column each, or None.
        text, picture: The column of texts or of pictures, where these are the items; else None.
        group: The column of groups, or None.
        others: Columns of numbers, in the order of the file.
    """

    labels: tuple[str, ...]
    names: str | None
    split: str | None
    others: tuple[str, ...]
    text: str | None = None
    picture: str | None = None
    group: str | None = None

    @property
    def needed(self) -> list[str]:
        """All columns that are read."""
        return [*self.as_written, *(self.labels if len(self.labels) > 1 else ()), *self.others]

    @property
    def as_written(self) -> list[str]:
        """Columns whose cells are kept as written (``007`` is not 7): items, names, splits, groups, a label column."""
        one = self.labels if len(self.labels) == 1 else ()
        found = (self.text, self.picture, self.names, self.split, self.group, *one)
        return list(dict.fromkeys(name for name in found if name is not None))


def roles_of(
    columns: Sequence[str],
    path: Path,
    options: TableOptions,
    cells: Callable[[str], pa.ChunkedArray] | None = None,
) -> ColumnRoles:
    """Decide the role of each column.

    Args:
        columns: Their names, in the order of the file. ``split`` holds the splits; the first existing one of ``id``,
            ``name``, ``title``, ``item`` holds the items' names (in any case). Without any of these, an index saved by
            pandas holds the names; it is never a feature.
        path: Named in errors.
        options: An option that equals a column's name is that column, even if the name holds commas; in a list, a name
            with commas is written in double quotes.
        cells: Cells of a column, at least its first ``SAMPLE``: a column with a name for pictures holds pictures only
            if most of these cells are names of pictures or encoded pictures. None: only an option says so.

    Edge cases:
        Texts and pictures: the items are the pictures, unless only the option ``text`` is given. A column of names may
        be the groups as well.

    Raises:
        InputError: A repeated or empty name, a name or a pattern in an option that matches no column, several columns
            where one is needed, both texts and pictures, no column left for the labels.
    """
    _check_columns(columns, path)
    ignored = _chosen(columns, options.ignore, "ignore", path)
    kept = [name for name in columns if name not in ignored]
    chosen = _chosen(kept, options.labels, "labels", path) or _first_called(kept, LIST_COLUMNS)
    free = [name for name in kept if name not in chosen]
    named = {option: _one(free, getattr(options, option), option, path) for option in ONE_COLUMN}
    free = [name for name in free if name not in {*named["names"], *named["split"]}]
    texts, pictures = named["text"], named["picture"]
    if texts and pictures:
        raise InputError(f"{path}: options text and picture are both given; the items are either texts or pictures")
    if not texts:
        pictures = pictures or _of_pictures(free, cells)
        texts = () if pictures else _first_called(free, TEXT_COLUMNS)
    free = [name for name in free if name not in {*texts, *pictures}]
    split = named["split"] or _first_called(free, ("split",))
    index = [name for name in free if _is_index(name)]
    names = named["names"] or _first_called(free, NAME_COLUMNS) or tuple(index[:1])
    others = tuple(name for name in free if name not in {*split, *names, *index, *named["group"]})
    if not chosen and not others:
        raise _no_labels(path, kept)
    one = [found[0] if found else None for found in (names, split, texts, pictures, named["group"])]
    return ColumnRoles(chosen, one[0], one[1], others, text=one[2], picture=one[3], group=one[4])


def loaded_from_table(
    table: pa.Table, roles: ColumnRoles, path: Path, separator: str = "", members: Read | None = None
) -> LoadedData:
    """Items and labels of a table.

    Args:
        table: At least the columns that ``roles`` needs.
        roles: The result of :func:`roles_of`.
        path: Named in errors.
        separator: Of the labels in a cell, where one column of text holds lists. Empty: the first of ``;``, ``|`` and
            ``,`` that occurs in at least a tenth of the cells with any of the three.
        members: Reads pictures by their names; None: those in the table's folder.

    Several label columns hold 0 and 1 (or true and false). A single one may hold these too; it holds lists if the file
    has lists of text, if a separator is given, or if any cell is not a number. Each whole number other than 0 and 1 is
    a label.

    Edge cases:
        White space around labels, names and splits is ignored. An empty cell or entry of a list column is no label, and
        a repeated label in a cell counts once. An empty cell of a feature is NaN; an empty name is replaced by the row
        number. Several rows may have the same picture. Label names of a list column are sorted; those of columns of 0
        and 1 are in the order of the file.

    Raises:
        InputError: No rows, no labels, more than ``MAX_LABELS`` of them, a label other than 0 and 1, a column of text
            that is neither labels nor names nor splits, a repeated id, an empty cell of pictures.
    """
    if table.num_rows == 0:
        raise no_rows(path)
    beside = roles.text is not None or roles.picture is not None
    columns = roles.labels or _trailing(table, roles.others, beside=beside)
    if not columns:
        raise _no_labels(path, roles.needed)
    y, label_names = _one_column(table, columns[0], path, separator) if len(columns) == 1 else (None, columns)
    # beside texts and pictures, all other columns are ignored
    features = () if beside else tuple(name for name in roles.others if name not in columns)
    return LoadedData(
        _items(table, roles, features, path, members or InFolder(path.parent)),
        _zero_one(table, columns, path) if y is None else y,
        feature_names=features,
        label_names=label_names,
        item_names=None if roles.names is None else _item_names(table, roles.names, path),
        split=None if roles.split is None else np.array(_text(table, roles.split, path).to_pylist(), dtype=str),
        groups=None if roles.group is None else _groups(table, roles.group, path),
    )


def _groups(table: pa.Table, name: str, path: Path) -> np.ndarray:
    """A number for each different cell; every empty cell is a group by itself."""
    cells = _text(table, name, path).combine_chunks()
    codes = cells.dictionary_encode().indices.to_numpy().astype(np.int64)
    empty = np.flatnonzero(pc.equal(cells, "").to_numpy(zero_copy_only=False))
    codes[empty] = codes.max(initial=0) + 1 + np.arange(len(empty))
    return codes


def _items(
    table: pa.Table, roles: ColumnRoles, features: tuple[str, ...], path: Path, members: Read
) -> np.ndarray | Texts | Pictures:
    if roles.picture is not None:
        return _pictures(table, roles.picture, path, members)
    if roles.text is not None:
        return Texts(_text(table, roles.text, path))
    return _features(table, features, path)


def no_rows(path: Path) -> InputError:
    """The error for columns without rows."""
    return InputError(f"{path} names columns but has no rows; one row for each item is needed")


def refuse_wide(columns: int, path: Path) -> None:
    """Raise :class:`InputError` where a table has more columns than ``MAX_COLUMNS``."""
    if columns > MAX_COLUMNS:
        raise InputError(
            f"{path} has {columns:,} columns; at most {MAX_COLUMNS:,} can be read, one row for each item: perhaps its "
            "rows and columns are the wrong way round"
        )


def _no_labels(path: Path, columns: Sequence[str]) -> InputError:
    return InputError(
        f"{path} has no column of labels; its columns are {_listed(columns)}; name the columns of 0 and 1, or the one "
        "that holds lists such as a;b, in the option labels"
    )


def _check_columns(columns: Sequence[str], path: Path) -> None:
    refuse_wide(len(columns), path)
    seen: set[str] = set()
    for place, name in enumerate(columns):
        if name in seen:
            raise InputError(f"{path}: column {name!r} stands twice; every column needs a name of its own")
        if not name and place > 0:
            raise InputError(f"{path}: column {place} (counted from 0) has no name; every column needs one")
        seen.add(name)


def _is_index(name: str) -> bool:
    return not name or name.startswith(INDEX_COLUMN)


def _first_called(columns: Sequence[str], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The column with the first of the wanted names that occurs; or nothing."""
    found = (name for word in wanted for name in columns if name.lower() == word)
    return tuple(name for name, _ in zip(found, range(1), strict=False))


def _one(columns: Sequence[str], text: str, option: str, path: Path) -> tuple[str, ...]:
    """The one column that an option names; or nothing."""
    found = _chosen(columns, text, option, path)
    if len(found) > 1:
        raise InputError(f"{path}: option {option} fits {_listed(found)}; it must name one column")
    return found


def _of_pictures(columns: Sequence[str], cells: Callable[[str], pa.ChunkedArray] | None) -> tuple[str, ...]:
    """The first column that has a name for pictures and holds pictures; or nothing."""
    if cells is None:
        return ()
    named = (name for word in PICTURE_COLUMNS for name in columns if name.lower() == word)
    found = (name for name in named if _mostly(cells(name), _is_picture))
    return tuple(islice(found, 1))


def _mostly(column: pa.ChunkedArray, test: Callable[[Any], bool]) -> bool:
    """Whether more than half of the first non-empty cells pass a test."""
    cells = [cell for cell in column.slice(0, SAMPLE).to_pylist() if cell not in (None, "", b"")]
    return 2 * sum(map(test, cells)) > len(cells)


def _is_picture(cell: Any) -> bool:
    if isinstance(cell, dict):
        return _is_picture(cell.get("bytes")) or (not cell.get("bytes") and _is_picture(cell.get("path")))
    return _is_picture_name(cell) or (isinstance(cell, bytes) and cell.startswith(SIGNATURES))


def _is_picture_name(cell: Any) -> bool:
    if isinstance(cell, bytes):
        cell = cell[-8:].decode("utf-8", "replace")
    # a URL is no file beside the table
    return isinstance(cell, str) and cell.strip().lower().endswith(ENDINGS) and "://" not in cell


def _chosen(columns: Sequence[str], text: str, option: str, path: Path) -> tuple[str, ...]:
    """The columns that an option names, in the order of the file."""
    if text in columns:
        return (text,) if text else ()
    # names may be separated by line breaks as well as by commas
    parts = [part.strip() for part in next(csv.reader([",".join(text.splitlines())], skipinitialspace=True), [])]
    chosen: set[str] = set()
    for part in filter(None, parts):
        fitting = {part} if part in columns else {name for name in columns if fnmatchcase(name, part)}
        if not fitting:
            raise InputError(f"{path} has no column {part!r} (option {option}); its columns are {_listed(columns)}")
        chosen |= fitting
    return tuple(name for name in columns if name in chosen)


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    # names may hold line breaks
    return (", ".join(" ".join(name.split()) or "''" for name in names[:most]) or "none") + more


def _shown(value: Any) -> str:
    """A cell as errors show it."""
    if value is None or value == "":
        return "empty"
    shown = repr(value) if isinstance(value, str) else f"{value}"
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _is_text(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_string, types.is_large_string, types.is_string_view, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in tests)


def holds_bytes(kind: pa.DataType) -> bool:
    """Whether a column of pictures may hold the encoded pictures rather than their names."""
    return _is_binary(kind) or pa.types.is_struct(kind)


def _is_binary(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind)


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(test(kind) for test in tests)


def _is_list(kind: pa.DataType) -> bool:
    types = pa.types
    tests = (
        types.is_list,
        types.is_large_list,
        types.is_fixed_size_list,
        types.is_list_view,
        types.is_large_list_view,
    )
    return any(test(kind) for test in tests)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column without dictionary; texts without surrounding white space, None where they are empty.

    Raises:
        pyarrow.ArrowException: Bytes that are no UTF-8.
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not _is_text(column.type):
        return column
    text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)


def _numbers(column: pa.ChunkedArray) -> np.ndarray | None:
    """A column as float64 with NaN for empty cells; None where a cell is no number."""
    try:
        column = _plain(column)
        if not (_is_number(column.type) or _is_text(column.type)):
            return None
        # unsafe: integers beyond 2^53 are rounded, not refused
        return column.cast(pa.float64(), safe=False).to_numpy()
    except MemoryError:
        raise
    except pa.ArrowException:
        return None


def _first_wrong(column: pa.ChunkedArray) -> int:
    """The row of the first cell that is no number; the column has one."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        if _numbers(column.slice(low, middle - low)) is None:
            high = middle
        else:
            low = middle
    return low


def _features(table: pa.Table, names: tuple[str, ...], path: Path) -> np.ndarray:
    x = np.empty((table.num_rows, len(names)))
    wrong = []
    for place, name in enumerate(names):
        numbers = _numbers(table[name])
        if numbers is None:
            wrong.append(name)
        else:
            x[:, place] = numbers
        progress()
    if wrong:
        column = table[wrong[0]]
        if _is_text(_value_type(column)):
            row = _first_wrong(column)
            holds = f"holds text ({_shown(_cell(column, row))} at row {row})"
        else:
            holds = f"holds {column.type}"
        left_out = ",".join(f'"{name}"' if "," in name else name for name in wrong[:100])
        raise InputError(
            f"{path}: column {wrong[0]!r} {holds}, not numbers; leave out what is no feature by the option "
            f"ignore={' '.join(left_out.split())}, or name the labels by the option labels"
        )
    return x


def _pictures(table: pa.Table, name: str, path: Path, members: Read) -> Pictures:
    """The pictures named or encoded in a column, read when they are accessed."""
    column = table[name]
    kind = _value_type(column)
    if pa.types.is_struct(kind):
        return _in_structs(column, name, path, members)
    if _is_binary(kind) and not _mostly(column, _is_picture_name):
        names = [""] * len(column)
        return Pictures(names, PictureCells(names, _bytes(column), None, str(path)), str(path))
    if not _is_text(kind):
        raise InputError(f"{path}: column {name!r} holds {kind}; pictures are names of files or encoded bytes")
    names = _text(table, name, path).to_pylist()
    if "" in names:
        raise _no_picture(path, name, names.index(""))
    return Pictures(names, PictureCells(names, None, members, str(path)), str(path))


def _in_structs(column: pa.ChunkedArray, name: str, path: Path, members: Read) -> Pictures:
    """Pictures in the form of the ``datasets`` library: encoded in ``bytes``, or else a file's name in ``path``."""
    kinds = {field.name: _plain_type(field.type) for field in column.type}
    if not _is_binary(kinds.get("bytes", pa.null())) and not _is_text(kinds.get("path", pa.null())):
        raise InputError(f"{path}: column {name!r} holds {column.type}; pictures are structs of bytes and path")
    names = [""] * len(column)
    if "path" in kinds and _is_text(kinds["path"]):
        names = pc.fill_null(pc.struct_field(column, "path"), "").to_pylist()
    encoded = _bytes(pc.struct_field(column, "bytes")) if _is_binary(kinds.get("bytes", pa.null())) else None
    return Pictures(names, PictureCells(names, encoded, members, str(path)), str(path))


def _bytes(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _no_picture(path: Path, name: str, row: int) -> InputError:
    return InputError(f"{path}: row {row}, column {name!r} is empty; every row needs a picture")


def _value_type(column: pa.ChunkedArray) -> pa.DataType:
    return _plain_type(column.type)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _cell(column: pa.ChunkedArray, row: int) -> Any:
    value = column[row].as_py()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _text(table: pa.Table, name: str, path: Path) -> pa.ChunkedArray:
    """A column as texts; null cells are empty texts."""
    column = table[name]
    try:
        return pc.fill_null(_plain(column).cast(pa.large_string()), "")
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"{path}: column {name!r} holds {column.type}, which is no text in UTF-8") from error


def _item_names(table: pa.Table, name: str, path: Path) -> tuple[str, ...]:
    text = _text(table, name, path)
    if name.lower() == "id":
        _refuse_twice(text, path, name)
    return tuple(word or f"row {row}" for row, word in enumerate(text.to_pylist()))


def _refuse_twice(text: pa.ChunkedArray, path: Path, name: str) -> None:
    codes = text.combine_chunks().dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    if len(first) < len(codes):
        again = np.flatnonzero(first[codes] != np.arange(len(codes)))[0]
        rows = f"rows {first[codes[again]]} and {again}"
        word = _shown(text[int(again)].as_py())
        raise InputError(f"{path}: {name} {word} stands at {rows}; every item needs an id of its own")


def _trailing(table: pa.Table, others: tuple[str, ...], *, beside: bool) -> tuple[str, ...]:
    """The last columns with 0 and 1 only, if there are others before them or items ``beside`` them; else none."""
    first = len(others)
    while first and _is_zero_one(table[others[first - 1]]):
        first -= 1
    return others[first:] if first or beside else ()


def _is_zero_one(column: pa.ChunkedArray) -> bool:
    numbers = _numbers(column) if _is_number(column.type) else None
    return numbers is not None and bool(((numbers == 0) | (numbers == 1)).all())


def _zero_one(table: pa.Table, names: tuple[str, ...], path: Path) -> csr_array:
    """Columns of 0 and 1 as a sparse matrix, as a thousand dense ones would be large."""
    rows = [_rows_of_ones(table[name], name, path) for name in names]
    indptr = np.concatenate([[0], np.cumsum([len(found) for found in rows])])
    indices = np.concatenate(rows)
    return csr_array(csc_array((np.ones(len(indices), bool), indices, indptr), shape=(table.num_rows, len(names))))


def _rows_of_ones(column: pa.ChunkedArray, name: str, path: Path) -> np.ndarray:
    numbers = _numbers(column)
    progress()
    if numbers is None and not _is_text(_value_type(column)):
        raise InputError(f"{path}: label column {name!r} holds {column.type}; where there are several, each is 0 and 1")
    if numbers is None:
        raise _not_zero_one(column, _first_wrong(column), name, path)
    wrong = (numbers != 0) & (numbers != 1)
    if wrong.any():
        raise _not_zero_one(column, int(np.flatnonzero(wrong)[0]), name, path)
    return np.flatnonzero(numbers)


def _not_zero_one(column: pa.ChunkedArray, row: int, name: str, path: Path) -> InputError:
    value = _shown(_cell(column, row))
    return InputError(f"{path}: label at row {row}, column {name!r} is {value}; every label must be 0 or 1")


def _one_column(table: pa.Table, name: str, path: Path, separator: str) -> tuple[csr_array | None, tuple[str, ...]]:
    """The labels of a list column, as a matrix and names; of a column of 0 and 1, None and its name."""
    column = table[name]
    if _is_list(column.type):
        return _of_lists(column.chunks, name, path)
    numbers = None if separator else _numbers(column)
    if numbers is None or np.isnan(numbers).all():
        return _of_text(_text(table, name, path), name, path, separator)
    whole = numbers == np.floor(numbers)
    if ((numbers == 0) | (numbers == 1)).all() or not (whole | np.isnan(numbers)).all():
        return None, (name,)
    if _is_number(column.type):
        # 3, not 3.0
        text = column.cast(pa.int64(), safe=False).cast(pa.large_string())
        return _of_text(pc.fill_null(text, ""), name, path, separator)
    return _of_text(_text(table, name, path), name, path, separator)


def _of_text(text: pa.ChunkedArray, name: str, path: Path, separator: str) -> tuple[csr_array, tuple[str, ...]]:
    bracketed = pc.match_substring_regex(text, r"(?s)^\[\s*(['\"].*['\"]\s*)?\]$")
    if pc.all(pc.or_(bracketed, pc.equal(text, ""))).as_py() and pc.any(bracketed).as_py():
        row = pc.index(bracketed, True).as_py()
        shown = _shown(text[row].as_py())
        raise InputError(f"{path}: column {name!r} holds lists in brackets ({shown} at row {row}); write them as a;b")
    separator = separator or _guessed_separator(text)
    return _of_lists([pc.split_pattern(chunk, pattern=separator) for chunk in text.chunks], name, path)


def _guessed_separator(text: pa.ChunkedArray) -> str:
    cells = {mark: pc.sum(pc.match_substring(text, mark)).as_py() or 0 for mark in SEPARATORS}
    any_mark = pc.sum(pc.match_substring_regex(text, "[;|,]")).as_py() or 0
    return next(mark for mark in SEPARATORS if cells[mark] >= RARE * any_mark)


def _of_lists(lists: Sequence[pa.Array], name: str, path: Path) -> tuple[csr_array, tuple[str, ...]]:
    """The labels in lists of texts, as a matrix and sorted names."""
    # not list_parent_indices: it counts the entries of a null list, which list_flatten leaves out
    lengths = np.concatenate([pc.fill_null(pc.list_value_length(chunk), 0).to_numpy() for chunk in lists])
    rows = np.repeat(np.arange(len(lengths)), lengths)
    values = pa.chunked_array([pc.list_flatten(chunk) for chunk in lists])
    if not (_is_text(_value_type(values)) or pa.types.is_null(values.type)):
        raise InputError(f"{path}: column {name!r} holds lists of {values.type}; lists of text are needed")
    try:
        encoded = values.cast(pa.large_string()).combine_chunks().dictionary_encode()
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise InputError(f"{path}: column {name!r} holds lists of {values.type}, which is no text in UTF-8") from error
    # white space is removed from the distinct words only, which are few
    words = pc.utf8_trim_whitespace(encoded.dictionary)
    names = pc.unique(words.filter(pc.not_equal(words, "")))
    if len(names) > MAX_LABELS:
        raise InputError(
            f"{path}: column {name!r} holds {len(names):,} different labels, such as {_shown(names[0].as_py())}; at "
            f"most {MAX_LABELS:,} are allowed: another column or another separator must be meant"
        )
    if len(names) == 0:
        raise InputError(f"{path}: column {name!r} holds no label; at least one item needs one")
    label_names = sorted(names.to_pylist())
    columns = pc.index_in(words, value_set=pa.array(label_names, pa.large_string())).take(encoded.indices)
    kept = columns.is_valid().to_numpy(zero_copy_only=False)
    where = (rows[kept], columns.drop_null().to_numpy())
    y = csr_array((np.ones(len(where[0]), bool), where), shape=(len(lengths), len(label_names)))
    return y, tuple(label_names)
