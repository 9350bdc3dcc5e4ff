"""The labels of each item, stored sparse: a million items with a thousand labels take some megabytes."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int64, Shaped, UInt64
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.errors import InputError


class LabelMatrix:
    """Items x labels; ``matrix[rows]`` is a dense matrix of those rows, as rules and losses take it.

    Rows are indexed by the batch or tile, not all at once, except in a set known to be small.
    """

    def __init__(self, csr: csr_array):
        """Wrap a sparse matrix whose entries are all True; :meth:`of` converts any other."""
        self._csr = csr

    @classmethod
    def of(cls, labels: Any) -> "LabelMatrix":
        """Convert a dense boolean matrix (tensor or array) or a sparse one; entries other than 0 count as True.

        Raises:
            InputError: Not a matrix, or dense and not boolean.
        """
        if isinstance(labels, Tensor):
            labels = labels.cpu().numpy()
        if isinstance(labels, np.ndarray) and (labels.ndim != 2 or labels.dtype != bool):
            found = f"{labels.dtype} {list(labels.shape)}"
            raise InputError(f"labels are {found}; they must be bool [items, labels]")
        csr = csr_array(labels, dtype=bool)
        csr.sum_duplicates()
        csr.eliminate_zeros()
        return cls(csr)

    @property
    def shape(self) -> tuple[int, int]:
        """Items, labels."""
        return int(self._csr.shape[0]), int(self._csr.shape[1])

    def __len__(self) -> int:
        """Number of items."""
        return self.shape[0]

    def __getitem__(self, rows: Shaped[Tensor, " k"] | np.ndarray | slice) -> Bool[Tensor, "k c"]:
        """Rows as a dense matrix on the CPU."""
        rows = rows.cpu().numpy() if isinstance(rows, Tensor) else rows
        return torch.from_numpy(self._csr[rows].toarray())

    def select(self, rows: Shaped[Tensor, " k"] | np.ndarray | slice) -> "LabelMatrix":
        """Rows as another sparse matrix."""
        return LabelMatrix(self._csr[rows.cpu().numpy() if isinstance(rows, Tensor) else rows])

    def csr(self) -> csr_array:
        """The sparse matrix itself, which must not be changed."""
        return self._csr

    def dense(self) -> Bool[Tensor, "n c"]:
        """All rows, dense: for sets known to be small."""
        return self[:]

    def counts(self) -> Int64[Tensor, " c"]:
        """The number of items with each label."""
        return torch.from_numpy(np.bincount(self._csr.indices, minlength=self.shape[1]).astype(np.int64))

    def counts_of_several(self) -> Int64[Tensor, " c"]:
        """The number of items with each label, of those with two labels or more."""
        return self.select(np.flatnonzero(np.diff(self._csr.indptr) > 1)).counts()

    def sizes(self) -> Int64[Tensor, " n"]:
        """The number of labels of each item."""
        return torch.from_numpy(np.diff(self._csr.indptr).astype(np.int64))

    def set_numbers(self) -> UInt64[np.ndarray, " n"]:
        """A hash of each item's label set: the sum of a random 64-bit number for each label.

        Equal sets have equal hashes; among a million different sets, two have the same hash in one of 30 million cases.
        """
        numbers = np.random.default_rng(0).integers(0, 2**64, self.shape[1], dtype=np.uint64)
        starts = np.append(np.uint64(0), numbers[self._csr.indices].cumsum(dtype=np.uint64))
        return np.diff(starts[self._csr.indptr])

    def distinct(self) -> int:
        """The number of different label sets."""
        return len(np.unique(self.set_numbers()))


__all__ = ["LabelMatrix"]
