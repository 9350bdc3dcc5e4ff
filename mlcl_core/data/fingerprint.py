"""Hashes of a data set, row by row: equal where the data are, whatever file they came from."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import UInt8, UInt64
from scipy.sparse import csr_array, issparse
from torch import Tensor

from mlcl_core.data.labels import LabelMatrix
from mlcl_core.data.multilabel import SPLITS, MultiLabelData
from mlcl_core.data.pictures import Pictures
from mlcl_core.data.sparse_features import SparseFeatures
from mlcl_core.data.texts import Texts, digest

BLOCK = 1 << 16  # numbers hashed at a time: they stay in the processor's cache
ENTRIES = 1 << 22  # of a sparse matrix at a time


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What can be compared of a data set after it is gone: 17 bytes a row, and the names of its labels.

    Args:
        kind, shape: Those of the items.
        label_names: In their order.
        items, labels: A hash of each row's item, and of the names of its labels.
        split: Each row's split, as a place in ``SPLITS``; one more: unused.
        item_names: A hash of all names of items.
    """

    kind: str
    shape: tuple[int, ...]
    label_names: tuple[str, ...]
    items: UInt64[np.ndarray, " n"]
    labels: UInt64[np.ndarray, " n"]
    split: UInt8[np.ndarray, " n"]
    item_names: str

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.items)


def fingerprint_of(data: MultiLabelData) -> Fingerprint:
    """The fingerprint of a data set as it was loaded: before a pretrained encoder turns its items into others."""
    return Fingerprint(
        data.kind,
        tuple(int(size) for size in data.items.shape),
        data.label_names,
        data.item_hashes if data.item_hashes is not None else item_hashes(data.originals or data.items),
        label_hashes(data.labels, data.label_names),
        np.select([data.split == name for name in SPLITS], range(len(SPLITS)), len(SPLITS)).astype(np.uint8),
        digest(data.item_names),
    )


def item_hashes(items: Any) -> UInt64[np.ndarray, " n"]:
    """A hash of each item: of its numbers, its text, or the bytes of its picture.

    Formula:
        For numbers x_j the sum over j of k_j m(x_j), modulo 2^64, where m(x) are the 64 bits of x, their upper half
        folded into the lower, and k_j the odd key of column j. As m(0) is 0, a sparse matrix has the hashes of the same
        matrix in full, from its entries alone. Rows that differ have equal hashes with a probability under 2^-40.

    Edge cases:
        -0 counts as 0. Whole numbers and numbers of 32 bits count as the numbers of 64 bits that they equal.

    Args:
        items: A matrix (array, tensor, sparse, or :class:`SparseFeatures`), :class:`Texts`, :class:`Pictures`, or a
            tensor of pictures.
    """
    if isinstance(items, Texts):
        return _of_texts(items)
    if isinstance(items, Pictures):
        return _hashed(items.read(row) for row in range(len(items)))
    if isinstance(items, SparseFeatures):
        return _of_sparse(items.values) + _of_numbers(items.absent[None].numpy())
    if issparse(items):
        return _of_sparse(csr_array(items))
    array = items.numpy() if isinstance(items, Tensor) else np.asarray(items)
    if array.ndim == 2:
        return _of_numbers(array)
    return _hashed(row.tobytes() for row in array)


def label_hashes(labels: LabelMatrix, names: Sequence[str]) -> UInt64[np.ndarray, " n"]:
    """A hash of each row's label set: the sum of its labels' hashes, which come from their names alone."""
    keys = _hashed(name.encode("utf-8", "surrogatepass") for name in names)
    csr = labels.csr()
    return _row_sums(csr.indptr, lambda part: keys[csr.indices[part]])


def _of_numbers(array: np.ndarray) -> UInt64[np.ndarray, " n"]:
    rows, columns = array.shape
    keys, found = _keys(columns), np.empty(rows, np.uint64)
    step = max(1, BLOCK // max(1, columns))
    for start in range(0, rows, step):
        found[start : start + step] = _folded(array[start : start + step]) @ keys
    return found


def _of_sparse(csr: csr_array) -> UInt64[np.ndarray, " n"]:
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    keys = _keys(csr.shape[1])
    return _row_sums(csr.indptr, lambda part: _folded(csr.data[part]) * keys[csr.indices[part]])


def _row_sums(starts: np.ndarray, terms: Callable[[slice], np.ndarray]) -> UInt64[np.ndarray, " n"]:
    """The sum of the terms of each row, modulo 2^64.

    Args:
        starts: Where each row's entries begin, and the end of the last.
        terms: The terms of a slice of the entries.
    """
    found = np.empty(len(starts) - 1, np.uint64)
    start = 0
    while start < len(found):
        # as many rows as have ENTRIES entries, and at least one
        stop = int(np.searchsorted(starts, starts[start] + ENTRIES, side="right")) - 1
        stop = min(len(found), max(start + 1, stop))
        sums = terms(slice(starts[start], starts[stop])).cumsum(dtype=np.uint64)
        found[start:stop] = np.diff(np.append(np.uint64(0), sums)[starts[start : stop + 1] - starts[start]])
        start = stop
    return found


def _of_texts(texts: Texts) -> UInt64[np.ndarray, " n"]:
    found = [np.empty(0, np.uint64)]
    for chunk in texts.column.chunks:
        _, offsets, values = chunk.buffers()
        wide = np.int64 if str(chunk.type).startswith("large") else np.int32
        ends = np.frombuffer(offsets, wide)[chunk.offset : chunk.offset + len(chunk) + 1].tolist()
        whole = memoryview(values if values is not None else b"")
        found.append(_hashed(whole[start:stop] for start, stop in pairwise(ends)))
    return np.concatenate(found)


def _hashed(parts: Any) -> UInt64[np.ndarray, " n"]:
    raw = b"".join(hashlib.blake2b(part, digest_size=8).digest() for part in parts)
    return np.frombuffer(raw, "<u8").astype(np.uint64)


def _folded(numbers: np.ndarray) -> np.ndarray:
    """The bits of some numbers, the upper ones, where small whole numbers have theirs, also in the lower half."""
    bits = (numbers.astype(np.float64) + 0.0).view(np.uint64)
    bits ^= bits >> np.uint64(29)
    return bits


def _keys(count: int) -> UInt64[np.ndarray, " count"]:
    """An odd number for each column, the same in every version: splitmix64 of its place."""
    z = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)
