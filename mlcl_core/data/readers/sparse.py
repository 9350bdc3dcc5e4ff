"""Sparse matrices out of the parts that a file holds: each is checked, as scipy would follow them out of its memory."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csc_array, csr_array

from mlcl_core.data.limits import refuse_large
from mlcl_core.errors import InputError

MAX_LENGTH = 2**31 - 1  # of either axis
BYTES_A_NAME = 100  # of a label in memory
ROWS_AT_ONCE = 256  # which are dense when they go through a network
LAYOUTS = {"csr": ("csr", "csr_matrix", "csr_array"), "csc": ("csc", "csc_matrix", "csc_array")}


def csr_of(
    data: np.ndarray,
    indices: np.ndarray,
    indptr: np.ndarray,
    shape: Sequence[int],
    what: str,
    *,
    layout: str = "",
) -> csr_array:
    """A matrix from the parts of scipy's compressed rows or columns.

    Args:
        data, indices, indptr: The numbers, their columns (or rows), and where each row (or column) begins.
        shape: Rows and columns.
        what: The beginning of errors: the file and the matrix.
        layout: ``csr``, or ``csc`` for compressed columns, as such or as AnnData writes it; empty: the length of
            ``indptr`` tells.

    Raises:
        InputError: Another layout, parts that do not fit together, or a layout that nothing tells.

    Edge cases:
        Entries of one place are summed, as scipy does. Numbers of 16 bits become 32.
    """
    if len(shape) != 2 or not all(0 <= int(length) <= MAX_LENGTH for length in shape):
        raise InputError(f"{what} has shape {list(shape)[:5]}; it must be rows and columns")
    rows, columns = map(int, shape)
    for name, part in (("data", data), ("indices", indices), ("indptr", indptr)):
        if part.ndim != 1 or part.dtype.kind not in ("biuf" if name == "data" else "iu"):
            wanted = "numbers" if name == "data" else "whole numbers"
            raise InputError(
                f"{what}: {name} is {part.dtype} of shape {list(part.shape)}; it must be a row of {wanted}"
            )
    by_rows = _by_rows(layout, len(indptr), rows, columns, what)
    lines, across = (rows, columns) if by_rows else (columns, rows)
    if (
        len(indptr) != lines + 1
        or indptr[0] != 0
        or indptr[-1] != len(data)
        or (np.diff(indptr.astype(np.int64)) < 0).any()
    ):
        raise InputError(f"{what}: indptr must hold {lines + 1:,} numbers that ascend from 0 to {len(data):,}")
    if len(indices) != len(data):
        raise InputError(f"{what} has {len(indices):,} indices and {len(data):,} numbers; they must be as many")
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < across:
        raise InputError(f"{what}: an index is {int(indices.max()):,}; each must lie between 0 and {across - 1:,}")
    # scipy computes in the processor's byte order, and not in 16 bits
    data = data.astype(np.float32 if data.dtype == np.float16 else data.dtype.newbyteorder("="), copy=False)
    parts = (data, indices.astype(np.int32, copy=False), indptr.astype(np.int64, copy=False))
    matrix = csr_array(parts, shape=(rows, columns)) if by_rows else csr_array(csc_array(parts, shape=(rows, columns)))
    matrix.sum_duplicates()
    return matrix


def _by_rows(layout: str, ends: int, rows: int, columns: int, what: str) -> bool:
    for name, spellings in LAYOUTS.items():
        if layout in spellings:
            return name == "csr"
    if layout:
        raise InputError(f"{what} is in the layout {layout[:40]!r}; csr and csc can be read")
    if rows == columns:
        raise InputError(f"{what} has as many rows as columns and nothing tells its layout; add format, csr or csc")
    return ends != columns + 1


def refuse_wide(x: csr_array, size: int, what: str) -> csr_array:
    """The matrix, unless it and a dense batch of its rows take more bytes than a file of ``size`` may expand to."""
    rows, columns = x.shape
    held = x.data.nbytes + x.indices.nbytes + x.indptr.nbytes
    at_once = min(ROWS_AT_ONCE, rows)
    claim = f"{what} holds {rows:,} rows x {columns:,} features, sparse, of which {at_once} at once are dense"
    refuse_large(held + 4 * at_once * columns, size, claim)
    return x


def refuse_many_labels(y: csr_array, size: int, what: str) -> None:
    """Refuse more labels than a file of ``size`` bytes may have, as each takes a name though it may have no entry."""
    claim = f"{what} holds {y.shape[0]:,} rows x {y.shape[1]:,} labels, each with a name"
    refuse_large(BYTES_A_NAME * y.shape[1], size, claim)
