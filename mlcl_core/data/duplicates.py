"""Duplicate items in a data set, and items of other splits that are also in the training split."""

import numpy as np
from jaxtyping import Bool, Int64

from mlcl_core.data.multilabel import MultiLabelData
from mlcl_core.data.sparse_features import SparseFeatures
from mlcl_core.data.texts import Texts

PIECE = 1 << 22  # numbers hashed at once


def first_occurrence(data: MultiLabelData) -> Int64[np.ndarray, " n"]:
    """For every row, the first row with the same item: itself where no earlier row has it.

    Texts are the same if all characters are, pictures and vectors if all numbers are. Numbers are compared by a hash of
    64 bits, which is fast for a million items: two of a million different items have the same hash in one of 10
    million data sets.
    """
    if isinstance(data.items, Texts):
        codes = data.items.column.combine_chunks().dictionary_encode().indices.to_numpy()
    elif isinstance(data.items, SparseFeatures):
        codes = _sparse_hashes(data.items)
    else:
        codes = _hashes(data.tensor.numpy())
    _, first, place = np.unique(codes, return_index=True, return_inverse=True)
    return first[place]


def train_test_duplicates(data: MultiLabelData, first: Int64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Which items outside the training split are also in it; ``first`` is the result of :func:`first_occurrence`."""
    train = data.split == "train"
    trained_on = np.zeros(len(first), dtype=bool)
    trained_on[first[train]] = True
    return ~train & trained_on[first]


def _hashes(items: np.ndarray) -> np.ndarray:
    rows = np.ascontiguousarray(items).reshape(len(items), -1)
    numbers = rows.view(np.uint32) if rows.dtype.itemsize == 4 else rows
    factors = _factors(numbers.shape[1])
    found = np.empty(len(rows), dtype=np.uint64)
    step = max(1, PIECE // max(1, numbers.shape[1]))
    for start in range(0, len(rows), step):
        part = numbers[start : start + step].astype(np.uint64)
        found[start : start + step] = _mixed(part, factors).sum(1, dtype=np.uint64)
    return found


def _sparse_hashes(items: SparseFeatures) -> np.ndarray:
    """Hashes of what the rows hold beside ``absent``, which is the same in all of them."""
    values = items.values
    bits, factors = values.data.view(np.uint32), _factors(items.shape[1])
    sums = np.zeros(len(bits) + 1, dtype=np.uint64)
    for start in range(0, len(bits), PIECE):
        entries = slice(start, start + PIECE)
        sums[1:][entries] = _mixed(bits[entries].astype(np.uint64), factors[values.indices[entries]])
    # sums overflow, and their differences are exact all the same
    np.cumsum(sums, out=sums)
    return np.diff(sums[values.indptr])


def _factors(columns: int) -> np.ndarray:
    return np.random.default_rng(0).integers(1, 2**64, columns, dtype=np.uint64) | np.uint64(1)


def _mixed(numbers: np.ndarray, factors: np.ndarray) -> np.ndarray:
    # mixed before the sum: in a plain sum of products, small differences could cancel
    return (numbers + factors) * (numbers ^ (factors >> np.uint64(7))) * factors
