"""The input of maps: rows of finite numbers, scaled to directions because every loss here depends on cosines."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Shaped

from mlcl_core.errors import InputError


def finite_rows(z: Shaped[np.ndarray, "n d"], what: str = "z") -> Float64[np.ndarray, "n d"]:
    """The rows in double precision.

    Raises:
        InputError: NaN or infinity (row and column named), or no column at all.
    """
    if z.shape[1] == 0:
        raise InputError(f"{what} has no column; a map needs at least one number an item")
    rows = z.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(rows))
    if len(wrong):
        row, column = wrong[0]
        raise InputError(f"{what} is {rows[row, column]} at row {row}, column {column}; every number must be finite")
    return rows


def with_direction(z: Shaped[np.ndarray, "n d"]) -> Bool[np.ndarray, " n"]:
    """Which rows have a direction: all but rows of zeros, whose cosine to every other row is 0 and means nothing."""
    return (z != 0).any(1)


def directions(z: Shaped[np.ndarray, "n d"]) -> Float32[np.ndarray, "n d"]:
    """Rows scaled to length 1: the loss depends on these, and their distances rank pairs as cosines do.

    .. math:: z_i / |z_i|

    Edge cases:
        A row of zeros has no direction and stays zero. One column: every row becomes -1, 0 or 1.

    Raises:
        InputError: NaN or infinity (row and column named).

    Example:
        >>> directions(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
        [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    rows = finite_rows(z)
    # the largest entry first: the squares of huge float64 rows would overflow, those of tiny ones vanish
    largest = np.abs(rows).max(1, keepdims=True)
    rows = rows / np.where(largest > 0, largest, 1)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)
