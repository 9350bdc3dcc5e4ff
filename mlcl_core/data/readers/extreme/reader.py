"""The reader of .txt files of the Extreme Classification Repository."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import MAX_COLUMNS, refuse_large
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.beside import file_beside, is_file, not_outside
from mlcl_core.data.readers.extreme.rows import Rows, first_line_of, read_rows
from mlcl_core.data.readers.named import Ignore, without_features
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import MAX_LENGTH, refuse_wide
from mlcl_core.data.tables.question import Choice, Question, QuestionError
from mlcl_core.errors import InputError
from mlcl_core.options import Param, declared_options

FEATURES, LABELS = "_X_Xf", "_X_Y"  # in the names of two files that belong together
BYTES_A_NAME = 60
NEEDED = "a line of three numbers (items, features, labels), or rows of label,label index:value ..."


def read_extreme(
    path: Path,
    labels: Annotated[
        str,
        Param(
            "The file of the items' labels, in the same folder, where it is another one; empty: NAME_X_Y.txt beside "
            "NAME_X_Xf.txt.",
            examples=("trn_X_Y.txt",),
        ),
    ] = "",
    label_names: Annotated[
        str,
        Param("A file in the same folder with the name of a label in each line; empty: labels are called by number."),
    ] = "",
    first: Annotated[
        Literal["", "0", "1"],
        Param("The number of the first label and feature; empty: the numbers in the file say."),
    ] = "",
    ignore: Ignore = "",
) -> LoadedData:
    """Read ``label,label index:value index:value ...``, with or without a line of three numbers before.

    Args:
        path: The file.
        labels: The file of labels, where rows here are pairs only.
        label_names: The file of names.
        first: Whether numbers begin with 0 or with 1.
        ignore: Features that are left out, by their numbers.

    Edge cases:
        A row may have no labels (it begins with a blank), no features, or neither (an empty line). Indices may stand in
        any order. The three numbers give the size also where the last labels are carried by no item; without them, the
        labels are those that occur. Two numbers before the rows: these are pairs only, and labels stand in a file of
        the same kind.

    Raises:
        InputError: A line that is no row, another number of rows than the first line says, an index beyond it, a value
            that is not finite, no labels, a file outside the folder, more than the memory for such a file.
        QuestionError: There are names of labels, and numbers could begin with 0 or with 1.
    """
    try:
        x, y = _two_files(path, labels) or _one_file(path)
        names = _names(path, label_names, y, first) if label_names else None
        features, feature_names = _matrix(x, "feature", first)
        if names is None and y.declared is None:
            carried, numbers = _those_that_occur(y)
        else:
            carried, numbers = _matrix(y if names is None else replace(y, declared=len(names)), "label", first)
        refuse_wide(features, path.stat().st_size, str(path))
        claim = f"{path} claims {len(numbers):,} labels with their names"
        refuse_large(BYTES_A_NAME * len(numbers), path.stat().st_size, claim)
        loaded = LoadedData(
            features,
            carried,
            feature_names=tuple(map(str, feature_names)) if len(feature_names) <= MAX_COLUMNS else None,
            label_names=names or tuple(f"label {number}" for number in numbers),
        )
        return without_features(loaded, ignore, path)
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


@dataclass(frozen=True)
class Entries:
    """One matrix: its entries by row, and its width where the file says it.

    Args:
        indices, values, ends: The entries of all rows.
        declared: How many columns there are; None: as many as occur.
        lines: The line of each row.
        path: The file.
    """

    indices: np.ndarray
    values: np.ndarray
    ends: np.ndarray
    declared: int | None
    lines: np.ndarray
    path: Path

    def line(self, entry: int) -> int:
        """The line of an entry."""
        return int(self.lines[int(np.searchsorted(self.ends, entry, side="right")) - 1])


def _one_file(path: Path) -> tuple[Entries, Entries]:
    header, rows = _read(path, labelled=True)
    if not len(rows.labels):
        raise InputError(f"{path} has no label in any row; it must hold {NEEDED}")
    _, features, labels = header or (None, None, None)
    return (
        Entries(rows.indices, rows.values, rows.ends, features, rows.lines, path),
        Entries(rows.labels, np.ones(len(rows.labels)), rows.label_ends, labels, rows.lines, path),
    )


def _two_files(path: Path, labels: str) -> tuple[Entries, Entries] | None:
    """Features here, labels in another file; None where both are here."""
    with path.open("rb") as file:
        header, _ = first_line_of(file)
    beside = path.with_name(path.name.replace(FEATURES, LABELS)) if FEATURES in path.name else path
    if labels:
        other = file_beside(path, labels, "labels")
    elif len(header) == 2 and beside != path and is_file(beside):
        other = not_outside(beside, path)
    elif len(header) == 2:
        raise InputError(
            f"{path} has two numbers in its first line, so its rows are pairs of one matrix; labels=FILE must name the "
            "file of labels beside the one of features"
        )
    else:
        return None
    found = []
    for each in (path, other):
        sizes, rows = _read(each, labelled=False)
        found.append(Entries(rows.indices, rows.values, rows.ends, sizes[1] if sizes else None, rows.lines, each))
    x, y = found
    if len(x.ends) != len(y.ends):
        raise InputError(f"{path} has {len(x.ends) - 1:,} rows, {other} has {len(y.ends) - 1:,}; they must be as many")
    return x, y


def _read(path: Path, *, labelled: bool) -> tuple[list[int], Rows]:
    """The numbers in the first line, if it holds some, and the rows: as many as it says."""
    right = 3 if labelled else 2
    with path.open("rb") as file:
        header, lines = first_line_of(file)
        if header and len(header) != right:
            raise InputError(f"{path}: line 1 has {len(header)} numbers; it must have {right}, or be a row")
        if max(header, default=0) > MAX_LENGTH:
            raise InputError(f"{path}: line 1 claims {max(header):,} rows or columns; at most {MAX_LENGTH:,} are read")
        rows = read_rows(file, path, lines + 1, labelled=labelled)
    filled = np.flatnonzero(np.diff(rows.ends) + np.diff(rows.label_ends))
    least = int(filled[-1]) + 1 if filled.size else 0
    items = header[0] if header else least
    if not least <= items <= len(rows):
        raise InputError(f"{path}: line 1 says {items:,} rows, and there are {len(rows):,}; one of them is wrong")
    return header, rows.first(items)


def _begins(entries: Entries, what: str, first: str) -> int:
    """The number of the first column: 0 or 1."""
    indices, width = entries.indices, entries.declared
    lowest, highest = (int(indices.min()), int(indices.max())) if len(indices) else (0, -1)
    if first:
        begin = int(first)
    else:
        begin = int(lowest > 0 if width is None else lowest > 0 and highest == width)
    last = highest if width is None else width - 1 + begin
    wrong = np.flatnonzero((indices < begin) | (indices > last))
    if wrong.size:
        at = int(wrong[0])
        place = f"{entries.path}: line {entries.line(at)} has the {what} {indices[at]:,}"
        raise InputError(f"{place}; it must lie between {begin} and {last:,}")
    return begin


def _matrix(entries: Entries, what: str, first: str) -> tuple[csr_array, Sequence[int]]:
    """A matrix, and the numbers of its columns as in the file."""
    wrong = np.flatnonzero(~np.isfinite(entries.values))
    if wrong.size:
        at = int(wrong[0])
        place = f"{entries.path}: line {entries.line(at)}, index {entries.indices[at]}"
        raise InputError(f"{place} is {entries.values[at]:g}; every value must be a finite number")
    begin = _begins(entries, what, first)
    width = entries.declared
    if width is None:
        width = max(int(entries.indices.max(initial=-1)) + 1 - begin, 0)
    return _csr(entries, entries.indices - begin, width), range(begin, begin + width)


def _those_that_occur(entries: Entries) -> tuple[csr_array, Sequence[int]]:
    """A matrix with a column for each number that occurs, and these numbers."""
    known, columns = np.unique(entries.indices, return_inverse=True)
    return _csr(entries, columns, len(known)), known.tolist()


def _csr(entries: Entries, columns: np.ndarray, width: int) -> csr_array:
    if width > MAX_LENGTH:
        raise InputError(f"{entries.path} has an index of {width - 1:,}; at most {MAX_LENGTH:,} can be read")
    progress()
    matrix = csr_array((entries.values, columns, entries.ends), shape=(len(entries.ends) - 1, width))
    matrix.sort_indices()
    return matrix


def _names(path: Path, name: str, y: Entries, first: str) -> tuple[str, ...]:
    """The names of the labels, once it is clear which is the first."""
    file = file_beside(path, name, "label_names")
    refuse_large(file.stat().st_size, path.stat().st_size, f"{file} holds the names of labels")
    try:
        names = tuple(file.read_text(encoding="utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is no text in UTF-8 (byte {error.start}); save it as UTF-8") from error
    width = len(names) if y.declared is None else y.declared
    if len(names) != width:
        raise InputError(f"{file} has {len(names):,} lines, and there are {width:,} labels; each line must name one")
    lowest, highest = int(y.indices.min(initial=width)), int(y.indices.max(initial=0))
    if not first and 0 < lowest <= highest < width:
        occur = f"labels {lowest:,} to {highest:,} of {width:,} occur"
        text = f"{occur}: is the first line of {file.name} label 0 or label 1?"
        choices = tuple(Choice(f"label {lowest} is {names[lowest - begin]}", {"first": str(begin)}) for begin in (0, 1))
        raise QuestionError(path, (Question(text, choices),))
    return names


EXTREME = Reader(
    "extreme",
    "Extreme classification text",
    (".txt",),
    read_extreme,
    params=declared_options(read_extreme),
)
