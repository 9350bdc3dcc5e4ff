"""Rows joined into items: one row per item and label, or per item and annotator."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from mlcl_core.data.tables.facts import as_numbers, coded, undictionaried_text
from mlcl_core.data.tables.label_matrix import LabelRows
from mlcl_core.data.tables.schema import CONFIDENCE, TEXT, TableSchema
from mlcl_core.errors import InputError

AGREED = 0.5  # the share of annotators from which a label is carried, unless a threshold is told


@dataclass(frozen=True)
class JoinedRows:
    """Items, and the rows that they come from.

    Args:
        labels: Bool, items x labels.
        first: The first row of each item, ascending.
        rows: The rows that count, ascending.
        item: The item of each of them.
        said: As in :class:`TableSchema`.
    """

    labels: csr_array
    first: np.ndarray
    rows: np.ndarray
    item: np.ndarray
    said: tuple[str, ...] = ()

    def refuse_contradiction(self, words: np.ndarray, what: str) -> None:
        """Raise :class:`InputError` where two rows of one item have different words."""
        if len(self.first) == len(self.rows):
            return
        wrong = np.flatnonzero(words[self.rows] != words[self.first][self.item])
        if wrong.size:
            row = int(self.rows[wrong[0]])
            first = int(self.first[self.item[wrong[0]]])
            raise InputError(
                f"{what} is {str(words[first])[:40]!r} at row {first} and {str(words[row])[:40]!r} at row {row}, which "
                "are one item; rows of one item must agree"
            )


def joined_rows(table: pa.Table, schema: TableSchema, labels: LabelRows, kept: np.ndarray, path: Path) -> JoinedRows:
    """The items of a table.

    Args:
        table: All rows.
        schema: Says what a row is.
        labels: Of all rows.
        kept: Which rows count.
        path: Named in errors.

    Formula:
        Annotators: a label is carried where ``rows that give it / rows of the item >= threshold`` (.5 by default).
        Labels: an item carries a label where any row gives it; with a confidence, where it is at least the threshold
        (above 0 unless told).
    """
    rows = np.flatnonzero(kept)
    matrix = labels.matrix
    if schema.rows == "item":
        matrix = matrix if kept.all() else csr_array(matrix[rows])
        return JoinedRows(matrix, rows, rows, np.arange(len(rows)))
    codes = coded(table[schema.key])
    if codes.min(initial=0) < 0:
        row = int(codes.argmin())
        raise InputError(f"{path}: {schema.key} is empty at row {row}; every row must name its item")
    first, item = _in_order(codes[rows])
    matrix = matrix if kept.all() else csr_array(matrix[rows])
    said: tuple[str, ...] = ()
    if schema.rows == "annotator":
        threshold = AGREED if schema.threshold is None else schema.threshold
        counts = np.bincount(item)
        summed = _summed(matrix, item, len(first))
        share = summed.data / np.repeat(counts, np.diff(summed.indptr))
        summed.data = (share >= threshold) & (summed.data > 0)
        said = (f"a label is carried where at least {threshold:.0%} of an item's annotators give it",)
    else:
        summed = _summed(_confident(matrix, table, schema, rows), item, len(first))
    summed.eliminate_zeros()
    joined = JoinedRows(csr_array(summed, dtype=bool), rows[first], rows, item, said)
    text = schema.first(TEXT)
    if text is not None and text != schema.key:
        words = np.array(undictionaried_text(table[text]).to_pylist(), dtype=object)
        joined.refuse_contradiction(words, f"{path}: column {text!r}")
    return joined


def _in_order(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each item, ascending, and the item of each row."""
    first = np.full(int(codes.max(initial=-1)) + 1, -1, np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    first = first[first >= 0]
    first.sort()
    item = np.empty(int(codes.max(initial=-1)) + 1, np.int64)
    item[codes[first]] = np.arange(len(first))
    return first, item[codes]


def _summed(given: csr_array, item: np.ndarray, items: int) -> csr_array:
    """How many rows of each item give each label."""
    of_entries = np.repeat(item, np.diff(given.indptr))
    ones = np.ones(len(given.indices), np.int32)
    return csr_array((ones, (of_entries, given.indices)), shape=(items, given.shape[1]))


def _confident(given: csr_array, table: pa.Table, schema: TableSchema, rows: np.ndarray) -> csr_array:
    confidence = schema.first(CONFIDENCE)
    if confidence is None:
        return given
    numbers = as_numbers(table[confidence], schema.decimal or ".")
    if numbers is None or np.isnan(numbers[rows]).any():
        wrong = 0 if numbers is None else int(rows[np.flatnonzero(np.isnan(numbers[rows]))[0]])
        raise InputError(f"column {confidence!r} is no number at row {wrong}; it must be 0 to 1")
    sure = numbers[rows] > 0 if schema.threshold is None else numbers[rows] >= schema.threshold
    kept = csr_array((np.repeat(sure, np.diff(given.indptr)), given.indices, given.indptr), shape=given.shape)
    kept.eliminate_zeros()
    return kept
