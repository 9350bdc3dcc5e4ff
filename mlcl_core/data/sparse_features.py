"""Standardised features of a sparse file: held sparse, and made dense a few rows at a time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float32
from scipy.sparse import csr_array
from torch import Tensor

from mlcl_core.data.scale import MAX_DEVIATION, FeatureScale

DENSE_BYTES = 64_000_000  # in float32; what takes no more is held dense
FILLED = 0.25  # the share of numbers other than 0 from which sparse memory is no longer a gain


@dataclass(frozen=True, eq=False)
class SparseFeatures:
    """Rows x features in float32, as :func:`mlcl_core.data.files.standardised` gives them, but held sparse.

    Standardising turns the zeros of a file into numbers, one for each feature. These stand in ``absent`` once, and
    ``values`` holds only what differs from them.

    Args:
        values: The numbers that differ from ``absent``, rows x features; columns ascend in each row, none twice.
        absent: The number of a feature where ``values`` has none.
    """

    values: csr_array
    absent: Float32[Tensor, " d"]

    def __len__(self) -> int:
        """The number of rows."""
        return self.values.shape[0]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and features, as of a tensor."""
        return self.values.shape

    def some(self, rows: Any) -> Float32[Tensor, "k d"]:
        """Several rows as a dense tensor: a slice, or row numbers in an array or a tensor."""
        part = self.values[rows if isinstance(rows, slice) else np.asarray(rows)]
        height, width = part.shape
        dense = self.absent.repeat(height, 1)
        at = np.repeat(np.arange(height) * width, np.diff(part.indptr)) + part.indices
        dense.view(-1)[torch.from_numpy(at)] = torch.from_numpy(part.data)
        return dense


def is_worth_it(x: csr_array) -> bool:
    """Whether sparse numbers are held sparse: dense they take more than ``DENSE_BYTES``, and most of them are 0."""
    entries = x.shape[0] * x.shape[1]
    return 4 * entries > DENSE_BYTES and x.nnz < FILLED * entries


def standardised_sparse(x: csr_array, train: Bool[np.ndarray, " n"]) -> tuple[SparseFeatures, FeatureScale]:
    """:func:`mlcl_core.data.files.standardised` of a sparse matrix, without making it dense.

    Args:
        x: Finite numbers, rows x features.
        train: The rows that give means and deviations; at least one.

    Error:
        Sums of squares are added in another order than those of a dense matrix, in float64; so numbers may differ by
        the rounding to float32.
    """
    x = csr_array(x, dtype=np.float64, copy=True)
    x.sum_duplicates()
    width, columns = x.shape[1], x.indices
    largest = np.zeros(width)
    np.maximum.at(largest, columns, np.abs(x.data))
    x.data /= largest[columns] + (largest[columns] == 0)  # squares of 1e200 would overflow
    rows = np.repeat(train, np.diff(x.indptr))
    trained, count = columns[rows], int(train.sum())
    mean = np.bincount(trained, x.data[rows], width) / count
    squares = np.bincount(trained, (x.data[rows] - mean[trained]) ** 2, width)
    zeros = count - np.bincount(trained, minlength=width)
    deviation = np.sqrt((squares + zeros * mean**2) / count)
    constant = deviation < 1e-9
    factor = np.where(constant, 1, deviation)

    def scaled(z: np.ndarray, at: Any) -> np.ndarray:
        clipped = np.clip((z - mean[at]) / factor[at], -MAX_DEVIATION, MAX_DEVIATION)
        return np.where(constant[at], 0, clipped).astype(np.float32)

    absent = scaled(np.zeros(width), slice(None))
    numbers = scaled(x.data, columns)
    kept = numbers != absent[columns]  # so that equal rows have equal entries
    ends = np.concatenate([[0], np.cumsum(kept)])[x.indptr]
    values = csr_array((numbers[kept], columns[kept], ends), shape=x.shape)
    scale = FeatureScale(mean * largest, np.where(constant, 0, deviation * largest))
    return SparseFeatures(values, torch.from_numpy(absent)), scale
