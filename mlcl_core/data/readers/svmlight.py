"""svmlight and LIBSVM rows (.svm, .svmlight, .libsvm): ``label,label index:value index:value ...``."""

from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
from scipy.sparse import csr_array

from mlcl_core.data.limits import MAX_COLUMNS
from mlcl_core.data.progress import progress
from mlcl_core.data.readers.named import Ignore, without_features
from mlcl_core.data.readers.record import LoadedData, Reader, first_line
from mlcl_core.data.readers.sparse import refuse_wide
from mlcl_core.errors import InputError
from mlcl_core.options import declared_options

LINES = 10_000  # between two signs of progress
MAX_LABEL = 2**53  # label ids are read as floats, exact up to here
ROW = "it must read label,label index:value index:value ... with ascending indices"


def read_svmlight(path: Path, ignore: Ignore = "") -> LoadedData:
    """Read svmlight rows; each label id gives a column ``label <id>``, in ascending order.

    Args:
        path: The file.
        ignore: Features that are left out, by their indices in the file.

    Edge cases:
        Rows without labels, comments and empty lines are allowed. A line of a blank, as scikit-learn writes it, is an
        item without labels and values, which scikit-learn itself leaves out when it reads. Indices count from 0 or from
        1: where no row has index 0, the first column is index 1. Query ids are groups where every row has one.

    Raises:
        InputError: A line that is no row, a label id that is no whole number or is repeated in a row, a value that is
            NaN or infinite, no value or no label in the whole file, more features than fit in memory.
    """
    from sklearn.datasets import load_svmlight_file  # takes seconds to import

    try:
        with path.open("rb") as handle:
            lines = _Lines(handle)
            try:
                x, labels, queries = load_svmlight_file(lines, multilabel=True, zero_based=True, query_id=True)
            except (ValueError, OverflowError) as error:
                reason = "a field without a colon" if "unpack" in str(error) else first_line(error)
                raise InputError(f"{path}: line {lines.number} is no svmlight row ({reason}); {ROW}") from error
        x, labels, queries = _with_empty_rows(csr_array(x), labels, queries, lines.empty)
        features, names = _features(x, path)
        y, label_names = _columns(labels, path)
        grouped = len(queries) == len(labels)
        told = "query ids (qid) are groups, which stay together where splits are drawn"
        if not grouped:
            told = f"{len(queries):,} of {len(labels):,} rows have a query id (qid); these are not used"
        said: tuple[str, ...] = (told,) if len(queries) else ()
        if lines.empty:
            said += (f"{len(lines.empty):,} rows that hold a blank are items without labels and without values",)
        loaded = LoadedData(
            features,
            y,
            feature_names=names,
            label_names=label_names,
            groups=queries if grouped else None,
            said=said,
        )
        return without_features(loaded, ignore, path)
    except OSError as error:
        raise InputError(f"{path} can't be read: {first_line(error)}") from error


class _Lines:
    """The lines of a file, counted as they are read, because scikit-learn's errors name no line."""

    def __init__(self, handle: BinaryIO):
        self.handle = handle
        self.number = 0
        self.rows = 0
        self.empty: list[int] = []  # the rows that hold a blank, which scikit-learn leaves out

    def read(self) -> bytes:
        """Never called; scikit-learn recognises a file by this method."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[bytes]:
        for line in self.handle:
            self.number += 1
            if self.number % LINES == 0:
                progress()
            if line.split(b"#", 1)[0].strip():
                self.rows += 1
            elif line.strip(b"\r\n") and not line.strip():
                self.empty.append(self.rows)
                self.rows += 1
            yield line


def _with_empty_rows(
    x: csr_array, labels: list[tuple[float, ...]], queries: np.ndarray, empty: list[int]
) -> tuple[csr_array, list[tuple[float, ...]], np.ndarray]:
    """The rows with those that hold nothing in their places; each of these is a group by itself."""
    if not empty:
        return x, labels, queries
    grouped = len(queries) == len(labels)
    before = np.array(empty) - np.arange(len(empty))
    lengths = np.insert(np.diff(x.indptr), before, 0)
    wider = csr_array((x.data, x.indices, np.concatenate([[0], lengths.cumsum()])), shape=(len(lengths), x.shape[1]))
    found = list(labels)
    for row in empty:
        found.insert(row, ())
    if grouped and len(queries):
        queries = np.insert(queries, before, queries.max() + 1 + np.arange(len(empty)))
    return wider, found, queries


def _line_of(path: Path, row: int) -> int:
    """The line number of a row; the file is read once more, for errors only."""
    with path.open("rb") as handle:
        # the rows that are counted: those with fields, and those of a blank
        filled = (
            number
            for number, line in enumerate(handle, 1)
            if line.split(b"#", 1)[0].split() or (line.strip(b"\r\n") and not line.strip())
        )
        return next(number for at, number in enumerate(filled) if at == row)


def _features(x: csr_array, path: Path) -> tuple[csr_array, tuple[str, ...] | None]:
    """The features, and their indices in the file as names, where they are not too many."""
    if x.nnz == 0:
        raise InputError(f"{path} has no index:value pair; in a row {ROW}")
    wrong = np.flatnonzero(~np.isfinite(x.data))
    if wrong.size:
        entry = int(wrong[0])
        line = _line_of(path, int(np.searchsorted(x.indptr, entry, side="right")) - 1)
        place = f"line {line}, index {x.indices[entry]}"
        raise InputError(f"{path}: {place} is {x.data[entry]:g}; every value must be a finite number")
    width = x.shape[1]
    if width > MAX_COLUMNS:  # without names, a column is its index in every part of a set
        return refuse_wide(x, path.stat().st_size, str(path)), None
    first = int(x.indices.min() > 0)
    names = tuple(map(str, range(first, width)))
    return refuse_wide(x[:, first:], path.stat().st_size, str(path)), names


def _columns(labels: list[tuple[float, ...]], path: Path) -> tuple[csr_array, tuple[str, ...]]:
    """The label ids as a matrix of 0 and 1, and the names of its columns."""
    for row, ids in enumerate(labels):
        for number in ids:
            if not (number.is_integer() and abs(number) < MAX_LABEL):
                place = f"{path}: line {_line_of(path, row)}"
                raise InputError(f"{place} has the label {number:g}; a label must be a whole number")
        if len(set(ids)) < len(ids):
            twice = next(number for number, after in pairwise(ids) if number == after)
            place = f"{path}: line {_line_of(path, row)}"
            raise InputError(f"{place} has the label {twice:.0f} twice; each label must stand once")
    every = np.fromiter(chain.from_iterable(labels), np.float64)
    if not every.size:
        raise InputError(f"{path} has no label in any row; in a row {ROW}")
    known, column = np.unique(every, return_inverse=True)
    ends = np.cumsum([0, *map(len, labels)])
    y = csr_array((np.ones(len(every), bool), column, ends), shape=(len(labels), len(known)))
    return y, tuple(f"label {int(number)}" for number in known)


SVMLIGHT = Reader(
    "svmlight",
    "svmlight / LIBSVM",
    (".svm", ".svmlight", ".libsvm"),
    read_svmlight,
    params=declared_options(read_svmlight),
    libraries=("sklearn.datasets",),
)
