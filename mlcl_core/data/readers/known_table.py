"""A table with known roles, made of what is no table in a file: the pictures of an export, their labels and splits."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlcl_core.data.readers.sentences import shown_names
from mlcl_core.data.readers.splits import split_word, splits_of
from mlcl_core.data.tables.build import needed
from mlcl_core.data.tables.head import TableFile, TableFormat, TableHead
from mlcl_core.data.tables.options import TABLE_PARAMS, TableOptions
from mlcl_core.data.tables.question import Question
from mlcl_core.data.tables.schema import LABEL as LABEL_ROLE
from mlcl_core.data.tables.schema import PICTURE as PICTURE_ROLE
from mlcl_core.data.tables.schema import SPLIT as SPLIT_ROLE
from mlcl_core.data.tables.schema import TableSchema
from mlcl_core.errors import InputError
from mlcl_core.options import Option

FILE, LABELS, SPLIT = "file", "labels", "split"
ROLES = {FILE: PICTURE_ROLE, LABELS: LABEL_ROLE, SPLIT: SPLIT_ROLE}
CELLS = {LABELS: "arrow_list"}
EXPORT_PARAMS = {name: TABLE_PARAMS[name] for name in ("split", "no_label")}


@dataclass(frozen=True)
class KnownTable:
    """Pictures and their labels.

    Args:
        table: Columns ``file`` (of text), ``labels`` (lists of text), and ``split`` (of text) if there are splits.
        classes: All classes that the export declares; none where it declares none.
        said: What was taken without a question, one sentence each.
        questions: What has to be decided; the table is of the likelier reading.
    """

    table: pa.Table
    classes: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def known_table(
    path: Path,
    *,
    files: Sequence[str],
    labels: Sequence[Sequence[str]],
    split: Sequence[str] | None = None,
    classes: Collection[str] = (),
    said: Sequence[str] = (),
) -> KnownTable:
    """A table of pictures.

    Args:
        path: Named in errors.
        files: The file of each picture.
        labels: The names of its labels.
        split: Its split; None: splits are drawn.
        classes, said: As in :class:`KnownTable`.

    Raises:
        InputError: No picture, one that stands twice, a name that is no text in Unicode.
    """
    if not files:
        raise InputError(f"{path} names no picture")
    refuse_twice(files, path, lambda row: f", once with labels {', '.join(labels[row]) or 'none'}")
    columns: dict[str, tuple[Sequence, pa.DataType]] = {
        FILE: (files, pa.large_string()),
        LABELS: (labels, pa.list_(pa.large_string())),
    }
    if split is not None:
        columns[SPLIT] = (split, pa.large_string())
    try:
        table = pa.table({name: pa.array(*column) for name, column in columns.items()})
    except UnicodeError as error:
        wrong = str(getattr(error, "object", ""))[:60]
        raise InputError(f"{path}: {wrong!a} is no text in Unicode: half of a character stands alone") from error
    return KnownTable(table, tuple(dict.fromkeys(classes)), tuple(said))


def refuse_twice(files: Sequence[str], path: Path, told: Callable[[int], str] = lambda row: "") -> None:
    """Refuse a picture that stands twice.

    Args:
        files: One for each row.
        path: Named in the error.
        told: What more to say of a row.

    Raises:
        InputError: A repeated name.
    """
    if len(set(files)) < len(files):
        twice = next(name for name, count in Counter(files).items() if count > 1)
        rows = [row for row, name in enumerate(files) if name == twice][:2]
        raise InputError(f"{path} names picture {twice[:200]!r} twice{''.join(map(told, rows))}; each needs one entry")


def combined(parts: Mapping[str, KnownTable], path: Path, said: Sequence[str] = ()) -> KnownTable:
    """The tables of several files of one export as one, with the splits of which their names speak.

    Args:
        parts: By the name of the file, relative to the folder or the archive.
        path: Named in errors.
        said: To be said before the rest.

    What is said: pictures without labels, classes that none has, and how splits were taken.

    Raises:
        InputError: A picture in two of the files.
    """
    split, told = _split(parts)
    origin: dict[str, str] = {}
    for name, part in parts.items():
        for file in part.table[FILE].to_pylist():
            if origin.setdefault(file, name) != name:
                raise InputError(f"{path}: picture {file[:200]!r} stands in {origin[file]} and in {name}")
    table = pa.concat_tables([part.table.select([FILE, LABELS]) for part in parts.values()])
    if split is not None:
        table = table.append_column(SPLIT, pa.array(split, pa.large_string()))
    classes = tuple(dict.fromkeys(name for part in parts.values() for name in part.classes))
    parts_said = [text for part in parts.values() for text in part.said]
    return KnownTable(table, classes, (*said, *parts_said, *_said(table, classes), *told))


def _split(parts: Mapping[str, KnownTable]) -> tuple[list[str] | None, tuple[str, ...]]:
    """The split of each row, by the rows themselves or by the names of the files; and what is said of them."""
    words: list[str] = []
    unnamed = []
    for name, part in parts.items():
        if SPLIT in part.table.column_names:
            words += part.table[SPLIT].to_pylist()
            continue
        word = split_word(name.rpartition("/")[2]) or split_word(name.rpartition("/")[0])
        words += [word] * part.table.num_rows
        unnamed += [] if word else [name]
    if unnamed:
        said = (f"splits are drawn, as not every file is of one: {shown_names(unnamed)}",)
        return None, said if len(parts) > 1 else ()
    return splits_of(words)


def _said(table: pa.Table, classes: Sequence[str]) -> list[str]:
    said = []
    empty = pc.sum(pc.equal(pc.list_value_length(table[LABELS]), 0)).as_py()
    if empty:
        several = f"{empty:,} picture{'s'[: empty != 1]} without annotation"
        said.append(f"{several}, never annotated or of none of the classes, taken as without labels")
    used = set(pc.unique(pc.list_flatten(table[LABELS])).to_pylist())
    if unused := [name for name in classes if name not in used]:
        several = f"{len(unused):,} class{'es'[: 2 * (len(unused) != 1)]}"
        said.append(f"{several} without annotation, not among the labels: {shown_names(unused)}")
    return said


def known_format(
    name: str,
    title: str,
    make: Callable[[TableFile, Any], KnownTable],
    *,
    suffixes: tuple[str, ...] = (),
    options: type[TableOptions] = TableOptions,
    params: Mapping[str, Option] = EXPORT_PARAMS,
) -> TableFormat:
    """A table format whose rows are made of what is no table.

    Args:
        name, title, suffixes, options, params: As in :class:`TableFormat`.
        make: The rows of a file, with the options that are told; raises :class:`InputError`.
    """
    made: list[KnownTable] = []

    def read_head(file: TableFile, chosen: TableOptions) -> TableHead:
        made[:] = [make(file, chosen)]
        table, said, questions = made[0].table, made[0].said, made[0].questions
        # all rows: those of a class may stand last
        return TableHead(file, name, table, roles=ROLES, cells=CELLS, rows="item", said=said, questions=questions)

    def read(file: TableFile, schema: TableSchema) -> pa.Table:
        del file
        return made[0].table.select(needed(schema))

    return TableFormat(name, title, suffixes, read_head, read, params, options)
