"""Rows joined into items: one row per item and label, or per item and annotator."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_array

from mlcl_core.data.tables.facts import as_numbers, undictionaried_text
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
    keys = undictionaried_text(table[schema.key])
    if keys.null_count:
        row = int(np.flatnonzero(keys.is_null().to_numpy(zero_copy_only=False))[0])
        raise InputError(f"{path}: {schema.key} is empty at row {row}; every row must name its item")
    codes = keys.combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)[rows]
    # dictionary codes are in the order in which items first occur, except where rows are left out
    _, first, item = np.unique(codes, return_index=True, return_inverse=True)
    given = csr_array(matrix[rows], dtype=np.int64)
    said: tuple[str, ...] = ()
    if schema.rows == "annotator":
        threshold = AGREED if schema.threshold is None else schema.threshold
        counts = np.bincount(item)
        summed = _summed(given, item, len(first))
        share = summed.data / np.repeat(counts, np.diff(summed.indptr))
        summed.data = (share >= threshold) & (summed.data > 0)
        said = (f"a label is carried where at least {threshold:.0%} of an item's annotators give it",)
    else:
        given = _confident(given, table, schema, rows)
        summed = _summed(given, item, len(first))
    summed.eliminate_zeros()
    joined = JoinedRows(csr_array(summed, dtype=bool), rows[first], rows, item, said)
    text = schema.first(TEXT)
    if text is not None and text != schema.key:
        words = np.array(undictionaried_text(table[text]).to_pylist(), dtype=object)
        joined.refuse_contradiction(words, f"{path}: column {text!r}")
    return joined


def _summed(given: csr_array, item: np.ndarray, items: int) -> csr_array:
    """How many rows of each item give each label."""
    of_item = csr_array((np.ones(len(item), np.int64), (item, np.arange(len(item)))), shape=(items, len(item)))
    return csr_array(of_item @ given)


def _confident(given: csr_array, table: pa.Table, schema: TableSchema, rows: np.ndarray) -> csr_array:
    confidence = schema.first(CONFIDENCE)
    if confidence is None:
        return given
    numbers = as_numbers(table[confidence], schema.decimal or ".")
    if numbers is None or np.isnan(numbers[rows]).any():
        wrong = 0 if numbers is None else int(rows[np.flatnonzero(np.isnan(numbers[rows]))[0]])
        raise InputError(f"column {confidence!r} is no number at row {wrong}; it must be 0 to 1")
    sure = numbers[rows] > 0 if schema.threshold is None else numbers[rows] >= schema.threshold
    given.data = given.data * np.repeat(sure, np.diff(given.indptr))
    given.eliminate_zeros()
    return given
