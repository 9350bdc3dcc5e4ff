"""Entries of label cells as a sparse matrix of items x labels with sorted names."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from mlcl_core.data.tables.cells.columns import CellError, decoded, lengths_of
from mlcl_core.data.tables.cells.literals import Bare
from mlcl_core.data.tables.cells.record import Entries, LabelCells

MAX_LABELS = 100_000
CLASS_NUMBER = re.compile(r"\d{1,9}")
NO_CLASS = "-1"  # in the data sets of the Hub, where labels are kept secret
SHOWN = 3  # joined spellings that are named


class Collector:
    """Entries of rows, part by part, with one number for each different word of all parts."""

    def __init__(self) -> None:
        """No rows yet."""
        # a word without quotes is not the same word in quotes, though they compare equal
        self._numbers: dict[tuple[str, type[str]], int] = {}
        self._lengths: list[np.ndarray] = []
        self._codes: list[np.ndarray] = []

    def numbers(self, words: Iterable[str]) -> np.ndarray:
        """The number of each word."""
        numbers = self._numbers
        return np.array([numbers.setdefault((word, type(word)), len(numbers)) for word in words], dtype=np.int32)

    def add(self, lengths: np.ndarray, codes: np.ndarray) -> None:
        """Further rows; a code of -1 is no entry."""
        self._lengths.append(lengths)
        self._codes.append(codes)

    def codes_of(self, values: pa.Array, *, bare: bool = False) -> np.ndarray:
        """The numbers of texts, or of words without quotes; -1 for null."""
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        # a dictionary may hold a word twice, or words that no entry has
        words = decoded(encoded.dictionary).fill_null("").to_pylist()
        table = np.append(self.numbers((Bare(word.strip()) for word in words) if bare else words), np.int32(-1))
        codes = encoded.indices if encoded.indices.null_count == 0 else encoded.indices.cast(pa.int64()).fill_null(-1)
        return table[codes.to_numpy()]

    def of_lists(self, lists: pa.Array, *, bare: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Lengths and codes of lists of texts, or of words without quotes."""
        return lengths_of(lists), self.codes_of(pc.list_flatten(lists), bare=bare)

    def of_different(self, words: Sequence[Sequence[str]], cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lengths and codes of rows, from the words of each different cell and the cell of each row."""
        lengths = np.array([len(found) for found in words], dtype=np.int64)
        codes = self.numbers(word for found in words for word in found)
        starts = np.cumsum(lengths) - lengths
        rows = lengths[cells]
        within = np.arange(int(rows.sum())) - np.repeat(np.cumsum(rows) - rows, rows)
        return rows, codes[np.repeat(starts[cells], rows) + within]

    def add_lists(self, lists: pa.Array) -> None:
        """Further rows, as an Arrow array of lists of texts."""
        self.add(*self.of_lists(lists))

    def add_cells(self, cells: pa.Array) -> None:
        """Further rows with one text each."""
        codes = self.codes_of(cells)
        self.add(np.ones(len(codes), dtype=np.int64), codes)

    def entries(self, *, exact: bool = False, said: tuple[str, ...] = ()) -> Entries:
        """All rows."""
        lengths = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        codes = np.concatenate([np.zeros(0, np.int32), *self._codes])
        self._codes.clear()
        return Entries(lengths, codes, [word for word, _ in self._numbers], exact=exact, said=said)


def scattered(
    mask: np.ndarray, first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and codes of rows that were read in two ways: those of ``first`` where the mask is False."""
    lengths = np.empty(len(mask), dtype=np.int64)
    lengths[~mask], lengths[mask] = first[0], second[0]
    codes = np.empty(int(lengths.sum()), dtype=np.int32)
    of_second = np.repeat(mask, lengths)
    codes[~of_second], codes[of_second] = first[1], second[1]
    return lengths, codes


def matrix_of(
    entries: Entries, name: str, *, classes: Sequence[str] | None = None, no_label: Sequence[str] = ()
) -> LabelCells:
    """The matrix, the labels' names, and what was joined.

    Args:
        entries: Of all rows.
        name: The column, named in sentences.
        classes: Names by class number.
        no_label: Words that say "no label", in any case.

    Raises:
        CellError: A class number without a name, or more than ``MAX_LABELS`` labels.
    """
    names, said = _names(entries, name)
    if classes:
        names = _class_names(names, classes, entries)
    none = {"", *(word.strip().casefold() for word in no_label)}
    kept = [word for word in names if word.strip().casefold() not in none] if len(none) > 1 else [*filter(None, names)]
    labels = kept if entries.ordered else sorted(set(kept))
    if len(labels) > MAX_LABELS:
        raise CellError(
            None,
            f"holds {len(labels):,} different labels, such as {labels[0]!r}; at most {MAX_LABELS:,} are allowed: "
            "another column or another separator must be meant",
        )
    column_of = {label: column for column, label in enumerate(labels)}
    # the last one is for the code -1
    columns = np.array([*(column_of.get(word, -1) for word in names), -1], np.int32)
    return LabelCells(_csr(entries.lengths, columns[entries.codes], len(labels)), tuple(labels), entries.said + said)


def _csr(lengths: np.ndarray, columns: np.ndarray, width: int) -> csr_array:
    """A matrix from the columns of each row's entries; -1 is left out, and a repeated one counts once."""
    kept = columns >= 0
    if not kept.all():
        rows = np.repeat(np.arange(len(lengths)), lengths)[kept]
        lengths, columns = np.bincount(rows, minlength=len(lengths)), columns[kept]
    pointers = np.zeros(len(lengths) + 1, dtype=np.int32 if len(columns) < 2**31 else np.int64)
    np.cumsum(lengths, out=pointers[1:])
    y = csr_array((np.ones(len(columns), dtype=bool), columns, pointers), shape=(len(lengths), width))
    y.sum_duplicates()
    return y


def _names(entries: Entries, name: str) -> tuple[list[str], tuple[str, ...]]:
    """The label of each word: the word itself, or the spelling that several words are joined under."""
    words = entries.words if entries.exact else [word.strip() for word in entries.words]
    keys = [word.strip() if word.isascii() else normalize("NFC", word.strip()) for word in words]
    if keys == words:
        return words, ()
    spellings: dict[str, set[str]] = defaultdict(set)
    for word, key in zip(words, keys, strict=True):
        spellings[key].add(word)
    names = [key if not key or len(spellings[key]) > 1 else word for word, key in zip(words, keys, strict=True)]
    several = [key for key, found in spellings.items() if key and len(found) > 1]
    if not several:
        return names, ()
    more = f" and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
    listed = ", ".join(map(repr, several[:SHOWN]))
    return names, (
        f"column {name!r}: spellings that differ only in blanks or Unicode form are one label: {listed}{more}",
    )


def _class_names(names: list[str], classes: Sequence[str], entries: Entries) -> list[str]:
    """Names by class number, where all words are numbers; names that are classes already stay; -1 is no label."""
    known = set(classes)
    found = []
    for code, word in enumerate(names):
        if CLASS_NUMBER.fullmatch(word) and int(word) < len(classes):
            found.append(classes[int(word)])
        elif word in known or not word.strip():
            found.append(word)
        elif word == NO_CLASS:
            found.append("")
        else:
            raise CellError(
                entries.row_of(code), f"{word!r} is no class; classes are numbers from 0 to {len(classes) - 1}"
            )
    return found
